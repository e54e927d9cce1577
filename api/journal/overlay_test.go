package journal

// This file is about one thing: the overlay of pending operations, and the
// snapshot cache under it.

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

func TestOverlay(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	a := s.put("playlists", row{"name": "A", "items": plainItems(numbered(item("i1", "x", 5))), "itemCount": 1})
	b := s.put("playlists", row{"name": "B"})
	c := s.put("playlists", row{"name": "C"})
	made := create("<b>New</b> & old")
	made.ID = NewID(time.Now())
	queue(t, j, update(a, nil, changes("name", "A2")), itemsOp(a, nil, insert("y", api.Place{})), remove(b, nil),
		made, update(TemporaryID(&made), nil, changes("description", "d")))
	var rows []json.RawMessage
	for _, r := range s.all("playlists") {
		rows = append(rows, raw(r))
	}
	got, err := j.Overlay(context.Background(), &api.Playlists.Schema, rows)
	if err != nil || len(got) != 4 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	marks := []Mark{MarkCreated, MarkUpdated, MarkDeleted, MarkNone}
	pending := []int{2, 2, 1, 0}
	for i, r := range got {
		if r.Mark != marks[i] || len(r.Pending) != pending[i] {
			t.Errorf("row %d: %q %v", i, r.Mark, r.Pending)
		}
	}
	created, err := api.Playlists.Decode(got[0].Row)
	if err != nil || created.ID != TemporaryID(&made) || created.Name != "New & old" || created.Description == nil {
		t.Fatalf("created %+v, %v", created, err)
	}
	edited, err := api.Playlists.Decode(got[1].Row)
	if err != nil || edited.Name != "A2" || len(edited.Items) != 2 || edited.Size() != 2 {
		t.Fatalf("edited %+v, %v", edited, err)
	}
	if string(got[3].Row) != string(rows[2]) || !strings.Contains(string(got[3].Row), c) {
		t.Fatal("an untouched row changed")
	}
}

// A conflict disappears from the overlay: the remote value is shown.
func TestOverlayLeavesOutWhatLost(t *testing.T) {
	op := update("c1", nil, changes("name", "mine"))
	op.State = Conflict
	got := Overlay(&api.Playlists.Schema, []json.RawMessage{[]byte(`{"id":"c1","name":"theirs"}`)}, []Operation{op})
	if len(got) != 1 || got[0].Mark != MarkNone || !strings.Contains(string(got[0].Row), "theirs") {
		t.Fatalf("%+v", got)
	}
}

func TestOverlayLeavesOddRowsAlone(t *testing.T) {
	op := update("", nil, changes("name", "x"))
	op.State = Queued
	for _, odd := range []string{`null`, `[]`, `"x"`, `{`, ``} {
		if got := Overlay(&api.Playlists.Schema, []json.RawMessage{[]byte(odd)}, []Operation{op}); string(got[0].Row) != odd {
			t.Errorf("%q became %q", odd, got[0].Row)
		}
	}
}

func TestSnapshotCache(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	dir := t.TempDir()
	c := OpenCache(dir, testOwner, func() time.Time { return now })
	if s, err := c.List("Playlist", ""); s != nil || err != nil {
		t.Fatal(s, err)
	}
	if err := c.PutRow("Playlist", "c1", []byte(`{"id":"c1","name":"detail"}`)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if err := c.PutList("Playlist", "", []json.RawMessage{[]byte(`{"id":"c1","name":"list"}`)}); err != nil {
		t.Fatal(err)
	}
	if err := c.PutList("Playlist", "search=x", nil); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	s, err := c.Row("Playlist", "c1")
	if err != nil || s.Age(now) != time.Hour || !strings.Contains(string(s.Rows[0]), "list") {
		t.Fatalf("%+v, %v", s, err)
	}
	if s, err := c.List("Playlist", "search=x"); err != nil || s == nil || len(s.Rows) != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := c.PutRow("Playlist", "c1", []byte(`{"id":"c1","name":"younger"}`)); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Row("Playlist", "c1"); err != nil || !strings.Contains(string(s.Rows[0]), "younger") {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := c.Forget("Playlist", "c1"); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Row("Playlist", "c2"); s != nil || err != nil {
		t.Fatal(s, err)
	}
	other := testOwner
	other.Organization = "another"
	if s, err := OpenCache(dir, other, nil).List("Playlist", ""); s != nil || err != nil {
		t.Fatal("another organization's snapshot was shown", s, err)
	}
	if err := os.WriteFile(c.listPath("Playlist", ""), []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := c.List("Playlist", ""); s != nil || err != nil {
		t.Fatal("a broken snapshot counts as none", s, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "*", "new-*")); len(left) != 0 {
		t.Fatalf("left behind: %v", left)
	}
	if err := c.Clear(); err != nil {
		t.Fatal(err)
	}
}

func TestIDsSortByTimeAndDiffer(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000)
	seen := map[string]bool{}
	last := ""
	for i := range 1000 {
		id := NewID(at.Add(time.Duration(i) * time.Millisecond))
		if len(id) != idLength || id <= last || seen[id] || len(temporaryIn([]byte(temporaryPrefix+id))) != 1 {
			t.Fatalf("id %q after %q", id, last)
		}
		seen[id], last = true, id
	}
	if id := NewID(time.UnixMilli(0)); !strings.HasPrefix(id, "0000000000") {
		t.Fatalf("id %q at time zero", id)
	}
}
