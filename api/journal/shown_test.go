package journal

// This file is about one thing: looking at many resources by the pages of their
// list without missing what somebody else, or this run itself, has changed.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// looks counts a log's GETs: of single resources, and of pages.
func looks(s *fakeServer) (single, pages int) {
	for _, line := range s.log(http.MethodGet) {
		if strings.Count(line, "/") > 1 {
			single++
		} else {
			pages++
		}
	}
	return single, pages
}

// playlists puts n of them, and returns their ids as the list shows them.
func playlists(s *fakeServer, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[n-1-i] = s.put("playlists", row{"name": "P", "description": "0"})
	}
	return ids
}

func TestManyUpdatesLookByThePage(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	ids := playlists(s, 250)
	var ops []Operation
	for _, id := range ids {
		ops = append(ops, update(id, changes("name", "P", "description", "0"), changes("description", "1")))
	}
	queue(t, j, ops...)
	if report := drain(t, j); report.Applied != 250 {
		t.Fatalf("report %+v", report)
	}
	for _, r := range s.all("playlists") {
		if r["description"] != "1" {
			t.Fatalf("%v", r)
		}
	}
	// A page serves those of the next moment. How long a moment is on this
	// machine no test can know, so the bar is a wide one.
	if single, pages := looks(s); single > 100 || pages > 100 || single+pages == 0 {
		t.Errorf("%d looked at one by one, %d pages of the list", single, pages)
	}
}

// What a page has shown does not hide what was changed since by this run, nor
// what somebody else had changed before.
func TestLooksByThePageMissNothing(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	ids := playlists(s, 120)
	var ops []Operation
	for n := range 3 {
		for _, id := range ids {
			ops = append(ops, update(id, changes("name", "P", "description", fmt.Sprint(n)), changes("description", fmt.Sprint(n+1))))
		}
	}
	queue(t, j, ops...)
	theirs, gone := ids[70], ids[90]
	s.put("playlists", row{"id": theirs, "description": "theirs"})
	s.remove("playlists", gone)
	report := drain(t, j)
	if report.Applied != 3*118 || report.Conflict != 6 {
		t.Fatalf("%d applied, %d conflicts", report.Applied, report.Conflict)
	}
	for _, r := range s.all("playlists") {
		want := "3"
		if r["id"] == theirs {
			want = "theirs"
		}
		if r["description"] != want {
			t.Errorf("%v, want %s", r, want)
		}
	}
}

// A row counts until this process has written to it, and no longer than a moment.
func TestShownRowsAreForgotten(t *testing.T) {
	l := &listings{}
	show := func(asked time.Time) {
		l.keep("Playlist", 1, asked, rowsOf(`{"id":"a"}`, `{"id":"b"}`))
	}
	a, b := rowKey{"Playlist", "a"}, rowKey{"Playlist", "b"}
	seen := func() string { return fmt.Sprint(l.recent(a) != nil, l.recent(b) != nil) }
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"nothing was read", func() {}, "false false"},
		{"a page was read", func() { show(time.Now()) }, "true true"},
		{"one was written", func() { l.written(&Operation{Effect: Update, Kind: "Playlist", Target: "a"}) }, "false true"},
		{"the page was asked for before that", func() { show(time.Now().Add(-time.Second)) }, "false true"},
		{"it was read again", func() { time.Sleep(time.Millisecond); show(time.Now()) }, "true true"},
		{"several were written", func() { l.written(&Operation{Effect: Many, Kind: "Playlist", Touches: []string{"b"}}) }, "true false"},
		{"an action may have changed any", func() { l.written(&Operation{Effect: Absolute, Kind: "Display", Target: "d"}) }, "false false"},
		{"it was read long ago", func() { l.cleared = time.Time{}; show(time.Now().Add(-freshFor)) }, "false false"},
	}
	for _, step := range steps {
		step.do()
		if got := seen(); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
}

// The place of a write is waited for before the resource is looked at: what
// somebody changes during the wait is seen.
func TestLookComesAfterTheWait(t *testing.T) {
	s := newServer(t)
	j := s.journal(func(o *Options) { o.Retry.MaxWait = time.Minute })
	id, other := s.put("playlists", row{"name": "A"}), s.put("playlists", row{"name": "O"})
	s.fault(fault{method: http.MethodPatch, path: "/playlists/" + other, times: 1, status: http.StatusTooManyRequests, header: map[string]string{"Retry-After-Short": "1"}})
	queue(t, j, update(other, changes("name", "O"), changes("name", "P")))
	first := make(chan *SyncReport)
	go func() {
		report, _ := j.Sync(context.Background(), SyncOptions{})
		first <- report
	}()
	for len(s.log(http.MethodPatch)) == 0 {
		time.Sleep(time.Millisecond)
	}
	// The route is blocked for a second. What is queued now waits for it, and
	// somebody else is quicker.
	time.AfterFunc(300*time.Millisecond, func() { s.put("playlists", row{"id": id, "name": "theirs"}) })
	base := update(id, changes("name", "A"), changes("name", "B"))
	_, err := j.Submit(context.Background(), base, SubmitOptions{})
	wantKind(t, err, api.KindConflict)
	if report := <-first; report == nil || report.Applied != 1 {
		t.Errorf("report %+v", report)
	}
	if got := s.get("playlists", id)["name"]; got != "theirs" {
		t.Errorf("%v was overwritten", got)
	}
}

func rowsOf(texts ...string) (rows []json.RawMessage) {
	for _, text := range texts {
		rows = append(rows, json.RawMessage(text))
	}
	return rows
}
