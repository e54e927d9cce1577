package journal

// This file is about one thing: one request that sets fields of several
// resources, and bases of operations that stand behind others.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// assign sets the playlist of displays by the bulk route.
func assign(playlist, was string, ids ...string) Operation {
	op := Operation{
		Effect: Many, Kind: "Display", Verb: "assign", Touches: ids, IDKey: "displayIds", Changes: changes("playlist", playlist),
		Bases: map[string]api.Changes{}, BaseFrom: "server", BaseAt: time.Now().Add(-time.Minute),
		Request: api.Request{Method: "POST", Path: "/displays/bulk/assign-playlist", Body: raw(row{"displayIds": ids, "playlistId": playlist})},
	}
	for _, id := range ids {
		op.Bases[id] = changes("playlist", was)
	}
	return op
}

func TestManyMeetsEachBase(t *testing.T) {
	tests := []struct {
		name   string
		remote []string // playlists of the displays when it is delivered; "-" = deleted
		sent   []int    // displays in the request; nil = none was sent
		kind   api.ErrorKind
		lost   []int
	}{
		{"nobody else was there", []string{"p0", "p0", "p0"}, []int{0, 1, 2}, "", nil},
		{"one is as wanted", []string{"p0", "p1", "p0"}, []int{0, 2}, "", nil},
		{"all are as wanted", []string{"p1", "p1", "p1"}, nil, "", nil},
		{"one was changed", []string{"p0", "p9", "p0"}, []int{0, 2}, api.KindConflict, []int{1}},
		{"one was deleted", []string{"p0", "-", "p1"}, []int{0}, api.KindConflict, []int{1}},
		{"all were changed", []string{"p9", "p9", "p9"}, nil, api.KindConflict, []int{0, 1, 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			j := s.journal()
			var ids []string
			for _, p := range test.remote {
				id := s.put("displays", row{"nickname": "D", "currentPlaylistId": p})
				if ids = append(ids, id); p == "-" {
					s.remove("displays", id)
				}
			}
			queue(t, j, assign("p1", "p0", ids...))
			plan, err := j.Plan(context.Background())
			if err != nil || len(plan) != 1 || len(s.log("POST")) != 0 {
				t.Fatalf("plan %+v, %v", plan, err)
			}
			report := drain(t, j)
			wantKind(t, report.Results[0].Err, test.kind)
			var want []string
			for _, i := range test.sent {
				want = append(want, ids[i])
			}
			if posts := s.log("POST"); len(posts) != min(1, len(want)) {
				t.Fatalf("requests %v", posts)
			}
			if len(want) > 0 && s.body(-1) != string(raw(row{"displayIds": want, "playlistId": "p1"})) {
				t.Errorf("sent %s", s.body(-1))
			}
			op := report.Results[0].Operation
			for _, i := range test.lost {
				if !slices.Contains(op.Dropped, ids[i]) {
					t.Errorf("%s is not among %v", ids[i], op.Dropped)
				}
			}
			if len(op.Dropped) != len(test.lost) || (plan[0].Verdict == PlanSend) != (test.kind == "" && len(want) > 0) {
				t.Errorf("dropped %v, plan %s", op.Dropped, plan[0].Verdict)
			}
		})
	}
}

// What lost is sent again over what won; what was deleted is left out.
func TestReapplyMany(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	a, b := s.put("displays", row{"currentPlaylistId": "p9"}), s.put("displays", row{})
	s.remove("displays", b)
	ids := queue(t, j, assign("p1", "p0", a, b))
	if report := drain(t, j); report.Conflict != 1 {
		t.Fatalf("report %+v", report)
	}
	if _, err := j.Reapply(context.Background(), ids[0]); err != nil {
		t.Fatal(err)
	}
	if report := drain(t, j); report.Applied != 1 || !strings.Contains(s.body(-1), `["`+a+`"]`) {
		t.Fatalf("report %+v, sent %s", report, s.body(-1))
	}
}

// Several changes of one field in a row are all ours; somebody else's in
// between is not.
func TestOwnChangesInARowAreNoConflict(t *testing.T) {
	for _, foreign := range []bool{false, true} {
		t.Run(fmt.Sprint("somebody else: ", foreign), func(t *testing.T) {
			s := newServer(t)
			j := s.journal()
			id := s.put("displays", row{"description": "0", "currentPlaylistId": "p0"})
			set := func(text string) Operation { // each based on what the server showed
				op := update(id, changes("description", "0"), changes("description", text))
				op.Kind = "Display"
				return op
			}
			queue(t, j, set("1"), set("2"), assign("p1", "p0", id), assign("p2", "p0", id))
			queue(t, j, set("3"))
			if foreign {
				s.put("displays", row{"id": id, "description": "theirs"})
			}
			report := drain(t, j)
			got := s.get("displays", id)["description"]
			if !foreign && (report.Applied != 5 || got != "3") || foreign && (report.Conflict != 3 || report.Applied != 2 || got != "theirs") {
				t.Fatalf("report %+v, description %v", report, got)
			}
		})
	}
}

// A base that was read a moment ago does not count as fresh behind an operation
// that then loses.
func TestWriteBehindALostOneIsCompared(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id := s.put("playlists", row{"name": "theirs"})
	queue(t, j, update(id, changes("name", "A"), changes("name", "B")))
	op := update(id, changes("name", "B"), changes("name", "C"))
	op.BaseFrom, op.BaseAt = "server", time.Now()
	_, err := j.Submit(context.Background(), op, SubmitOptions{})
	wantKind(t, err, api.KindConflict)
	if s.get("playlists", id)["name"] != "theirs" {
		t.Fatal("the remote's value was overwritten")
	}
}

// TestManyIsReadByTheList looks at a hundred resources by one page of their
// list, and by itself at what the list no longer shows.
func TestManyIsReadByTheList(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	var ids []string
	for range 150 {
		ids = append(ids, s.put("displays", row{"nickname": "D", "currentPlaylistId": "p0"}))
	}
	queue(t, j, assign("p1", "p0", ids[:75]...))
	queue(t, j, assign("p1", "p0", ids[75:]...))
	s.remove("displays", ids[3])
	report := drain(t, j)
	if lost := report.Results[0].Operation.Dropped; len(lost) != 1 || lost[0] != ids[3] {
		t.Errorf("lost %v", lost)
	}
	wantKind(t, report.Results[1].Err, "")
	single := 0
	for _, line := range s.log("GET") {
		if strings.Contains(line, "/displays/") {
			single++
		}
	}
	if pages := len(s.log("GET")) - single; single != 1 || pages > 4 {
		t.Errorf("%d displays read one by one, %d pages of the list", single, pages)
	}
}

// archive does something to several content items by a route for many.
func archive(ids ...string) Operation {
	return Operation{
		Effect: Absolute, Kind: "Content", Verb: "archive", Touches: ids, IDKey: "ids",
		Request: api.Request{Method: "POST", Path: "/content/bulk/archive", Body: raw(row{"ids": ids})},
	}
}

// Where one of many is gone, the server does nothing for the others; they are
// sent again without it, and it is told.
func TestManyAreNotRefusedForOne(t *testing.T) {
	tests := []struct {
		name  string
		gone  []int // of five
		calls int
		kind  api.ErrorKind
	}{
		{"all are there", nil, 1, ""},
		{"one is gone", []int{2}, 2, api.KindConflict},
		{"two are gone", []int{0, 4}, 2, api.KindConflict},
		{"all are gone", []int{0, 1, 2, 3, 4}, 1, api.KindConflict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			j := s.journal()
			var ids, left []string
			for i := range 5 {
				id := s.put("content", row{"name": "C"})
				ids = append(ids, id)
				if slices.Contains(test.gone, i) {
					s.remove("content", id)
				} else {
					left = append(left, id)
				}
			}
			queue(t, j, archive(ids...))
			report := drain(t, j)
			op := report.Results[0].Operation
			wantKind(t, report.Results[0].Err, test.kind)
			if len(op.Dropped) != len(test.gone) {
				t.Errorf("dropped %v", op.Dropped)
			}
			for _, i := range test.gone {
				if !strings.Contains(fmt.Sprint(asError(report.Results[0].Err).Details), ids[i]) {
					t.Errorf("%s is not named: %v", ids[i], asError(report.Results[0].Err).Details)
				}
			}
			for _, id := range left {
				if s.get("content", id)["status"] != "archived" {
					t.Errorf("%s was not archived", id)
				}
			}
			if calls := len(s.log("POST")); calls != test.calls {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

// A refusal that is about all of them stands, after one look.
func TestManyAreRefusedTogether(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id := s.put("content", row{"name": "C"})
	s.fault(fault{method: "POST", status: 400})
	queue(t, j, archive(id))
	report := drain(t, j)
	wantKind(t, report.Results[0].Err, api.KindRejected)
	if len(s.log("POST")) != 2 || report.Results[0].Operation.State != Rejected {
		t.Errorf("%d calls, %s", len(s.log("POST")), report.Results[0].Operation.State)
	}
}

// One that vanishes between the look and the request does not keep the others.
func TestManyMeetOneThatVanishes(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	a, b := s.put("displays", row{"currentPlaylistId": "p0"}), s.put("displays", row{"currentPlaylistId": "p0"})
	s.fault(fault{method: "POST", times: 1, status: 404, do: func() { s.remove("displays", b) }})
	queue(t, j, assign("p1", "p0", a, b))
	report := drain(t, j)
	wantKind(t, report.Results[0].Err, api.KindConflict)
	if s.get("displays", a)["currentPlaylistId"] != "p1" || !slices.Equal(report.Results[0].Operation.Dropped, []string{b}) {
		t.Errorf("dropped %v", report.Results[0].Operation.Dropped)
	}
}
