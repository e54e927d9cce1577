package journal

// This file is about one thing: the overlay of pending operations, and the
// snapshot cache under it.

import (
	"context"
	"encoding/json"
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
