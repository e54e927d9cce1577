package journal

// This file is about one thing: changes of playlist items by intent.

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

func item(id, content string, seconds int) api.PlaylistItem {
	return api.PlaylistItem{ID: id, ContentID: content, Duration: &seconds}
}

// numbered gives items their orders.
func numbered(items ...api.PlaylistItem) []api.PlaylistItem {
	out := slices.Clone(items)
	for i := range out {
		out[i].Order = i
	}
	return out
}

func plainItems(items []api.PlaylistItem) []any {
	var out []any
	if err := json.Unmarshal(raw(items), &out); err != nil {
		panic(err)
	}
	return out
}

func itemsOp(id string, base []api.PlaylistItem, edits ...api.ItemEdit) Operation {
	op := Operation{Effect: Items, Kind: "Playlist", Verb: "edit", Target: id, Label: id, Edits: edits, BaseItems: base}
	if base != nil {
		op.BaseFrom, op.BaseAt, op.Base = "cache", time.Now().Add(-time.Minute), changes("name", "A")
	}
	return op
}

func insert(content string, where api.Place) api.ItemEdit {
	return api.ItemEdit{Op: api.ItemInsert, Content: &api.ItemRef{ContentID: content}, Where: where}
}

func contents(t *testing.T, s *fakeServer, id string) string {
	t.Helper()
	items, err := decodeItems(raw(s.get("playlists", id)["items"]))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range items {
		names = append(names, i.ContentID)
	}
	return strings.Join(names, " ")
}

func TestItems(t *testing.T) {
	a, b, c := item("i1", "a", 5), item("i2", "b", 5), item("i3", "c", 5)
	base := numbered(a, b, c)
	ref := func(i int) *api.ItemRef { r := api.RefTo(base, i); return &r }
	nine := 9
	tests := []struct {
		name    string
		remote  []api.PlaylistItem // nil = as base
		op      Operation
		kind    api.ErrorKind
		want    string
		patches int
	}{
		{"insert", nil, itemsOp("", base, insert("x", api.Place{After: ref(0)})), "", "a x b c", 1},
		{"insert into a list that somebody reordered", numbered(c, b, a), itemsOp("", base, insert("x", api.Place{After: ref(0)})), "", "c b a x", 1},
		{"remove what is gone: done", numbered(a, c), itemsOp("", base, api.ItemEdit{Op: api.ItemRemove, Item: ref(1)}), "", "a c", 0},
		{"move next to what is gone: conflict", numbered(a, c), itemsOp("", base, api.ItemEdit{Op: api.ItemMove, Item: ref(0), Where: api.Place{After: ref(1)}}), api.KindConflict, "a c", 0},
		{"set a duration that was changed since: conflict", numbered(item("i1", "a", 7), b, c), itemsOp("", base, api.ItemEdit{Op: api.ItemSet, Item: ref(0), Duration: &nine}), api.KindConflict, "a b c", 0},
		{"set a duration", nil, itemsOp("", base, api.ItemEdit{Op: api.ItemSet, Item: ref(0), Duration: &nine}), "", "a b c", 1},
		{"the same content twice is refused by PATCH", nil, itemsOp("", base, insert("a", api.Place{})), api.KindInvalid, "a b c", 0},
		{"blind", numbered(b), itemsOp("", nil, insert("x", api.Place{})), "", "b x", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			j := s.journal()
			remote := test.remote
			if remote == nil {
				remote = base
			}
			id := s.put("playlists", row{"name": "A", "items": plainItems(remote)})
			test.op.Target = id
			_, err := j.Submit(context.Background(), test.op, SubmitOptions{})
			wantKind(t, err, test.kind)
			if got := contents(t, s, id); got != test.want {
				t.Errorf("items %q, want %q", got, test.want)
			}
			if n := len(s.log("PATCH")); n != test.patches {
				t.Errorf("%d PATCHes, want %d", n, test.patches)
			}
		})
	}
}

func TestWholeListConflictsWithAnyChange(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	base := numbered(item("i1", "a", 5), item("i2", "b", 5))
	id := s.put("playlists", row{"name": "A", "items": plainItems(numbered(base[1], base[0]))})
	op := itemsOp(id, base)
	op.ReplaceAll, op.NewItems = true, []api.ItemSpec{{ContentID: "x"}}
	r, err := j.Submit(context.Background(), op, SubmitOptions{})
	wantKind(t, err, api.KindConflict)
	if len(r.Operation.RemoteItems) != 2 {
		t.Fatalf("the remote side is not kept: %+v", r.Operation)
	}
	if _, err := j.Reapply(context.Background(), r.Operation.ID); err != nil {
		t.Fatal(err)
	}
	if report, err := j.Sync(context.Background(), SyncOptions{}); err != nil || report.Applied != 1 {
		t.Fatalf("report %+v, %v", report, err)
	}
	if got := contents(t, s, id); got != "x" {
		t.Fatalf("items %q", got)
	}
}

// A lost answer must not insert twice, also when the list was rebased.
func TestLostItemsAnswer(t *testing.T) {
	base := numbered(item("i1", "a", 5), item("i2", "b", 5))
	for _, executed := range []bool{true, false} {
		for name, remote := range map[string][]api.PlaylistItem{"as base": base, "rebased": numbered(base[0], base[1], item("i3", "c", 5))} {
			t.Run(name+map[bool]string{true: ", executed", false: ", not executed"}[executed], func(t *testing.T) {
				s := newServer(t)
				j := s.journal(func(o *Options) { o.Retry.Attempts = 1 })
				id := s.put("playlists", row{"name": "A", "items": plainItems(remote)})
				s.fault(fault{method: "PATCH", times: 1, after: executed})
				_, err := j.Submit(context.Background(), itemsOp(id, base, insert("x", api.Place{})), SubmitOptions{})
				wantKind(t, err, api.KindQueued)
				report, err := j.Sync(context.Background(), SyncOptions{})
				if err != nil || report.Applied != 1 {
					t.Fatalf("report %+v, %v", report, err)
				}
				want := map[string]string{"as base": "a b x", "rebased": "a b c x"}[name]
				if got := contents(t, s, id); got != want {
					t.Fatalf("items %q, want %q", got, want)
				}
			})
		}
	}
}

func TestLostItemsAnswerWithAnEditInBetweenIsUnknown(t *testing.T) {
	s := newServer(t)
	j := s.journal(func(o *Options) { o.Retry.Attempts = 1 })
	base := numbered(item("i1", "a", 5))
	id := s.put("playlists", row{"name": "A", "items": plainItems(base)})
	s.fault(fault{method: "PATCH", times: 1})
	_, err := j.Submit(context.Background(), itemsOp(id, base, insert("x", api.Place{})), SubmitOptions{})
	wantKind(t, err, api.KindQueued)
	s.put("playlists", row{"id": id, "items": plainItems(numbered(item("n1", "a", 5), item("n2", "z", 5)))})
	report, err := j.Sync(context.Background(), SyncOptions{})
	if err != nil || report.Unknown != 1 {
		t.Fatalf("report %+v, %v", report, err)
	}
	wantLeft(t, j, Unknown)
}

func TestItemsWithFieldsGoInOnePatch(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	base := numbered(item("i1", "a", 5))
	id := s.put("playlists", row{"name": "A", "description": "d", "items": plainItems(base)})
	op := itemsOp(id, base, insert("x", api.Place{First: true}))
	op.Changes = changes("description", "new")
	if _, err := j.Submit(context.Background(), op, SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := s.get("playlists", id); got["description"] != "new" || got["name"] != "A" || contents(t, s, id) != "x a" {
		t.Fatalf("row %v", got)
	}
}

func TestItemsOfADeletedPlaylist(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	_, err := j.Submit(context.Background(), itemsOp("c00000000000000000000000z", numbered(item("i1", "a", 5)), insert("x", api.Place{})), SubmitOptions{})
	wantKind(t, err, api.KindConflict)
	var e *api.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "deleted since") {
		t.Fatal(err)
	}
}

// What was said relative to an item that is gone is applied again next to what
// is left around it, and what changes an item that is gone is left out.
func TestReapplyFindsAPlaceWhenTheAnchorIsGone(t *testing.T) {
	ref := func(content string) *api.ItemRef { return &api.ItemRef{ContentID: content, Of: 1} }
	base := numbered(item("1", "a", 5), item("2", "b", 5), item("3", "c", 5), item("4", "d", 5))
	cases := map[string]struct {
		edits  []api.ItemEdit
		remote []api.PlaylistItem
		want   string // contents after it is applied again; "" = refused
		said   string
	}{
		"after":                    {[]api.ItemEdit{insert("x", api.Place{After: ref("b")})}, numbered(item("1", "a", 5), item("4", "d", 5)), "a x d", `it goes after "a" instead`},
		"before":                   {[]api.ItemEdit{insert("x", api.Place{Before: ref("b")})}, numbered(item("1", "a", 5), item("3", "c", 5)), "a x c", `it goes before "c" instead`},
		"first is gone":            {[]api.ItemEdit{insert("x", api.Place{After: ref("a")})}, numbered(item("2", "b", 5)), "x b", `it goes before "b" instead`},
		"all are gone":             {[]api.ItemEdit{insert("x", api.Place{After: ref("a")})}, numbered(item("9", "n", 5)), "n x", "it goes to the end instead"},
		"one after the other":      {[]api.ItemEdit{insert("x", api.Place{After: ref("b")}), insert("y", api.Place{After: ref("x")})}, numbered(item("1", "a", 5), item("4", "d", 5)), "a x y d", `after "a"`},
		"replace":                  {[]api.ItemEdit{{Op: api.ItemReplace, Item: ref("b"), Content: ref("x")}}, numbered(item("1", "a", 5), item("3", "c", 5)), "a x c", `what was to replace it goes after "a"`},
		"move beside what is gone": {[]api.ItemEdit{{Op: api.ItemMove, Item: ref("d"), Where: api.Place{Before: ref("b")}}}, numbered(item("1", "a", 5), item("3", "c", 5), item("4", "d", 5)), "a d c", `before "c"`},
		"partly":                   {[]api.ItemEdit{{Op: api.ItemMove, Item: ref("b")}, insert("x", api.Place{First: true})}, numbered(item("1", "a", 5)), "x a", "left out"},
		"nothing is left":          {[]api.ItemEdit{{Op: api.ItemMove, Item: ref("b"), Where: api.Place{First: true}}}, numbered(item("1", "a", 5)), "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			told := ""
			j := s.journal(func(o *Options) { o.OnEvent = func(e Event) { told += e.Message } })
			id := s.put("playlists", row{"name": "A", "items": plainItems(c.remote)})
			r, err := j.Submit(context.Background(), itemsOp(id, base, c.edits...), SubmitOptions{})
			wantKind(t, err, api.KindConflict)
			base, mine, remote := r.Operation.Sides()
			if base["items"] == nil || mine["items"] == nil || remote["items"] == nil {
				t.Errorf("both sides are to be shown: %s, %s, %s", base, mine, remote)
			}
			_, err = j.Reapply(context.Background(), r.Operation.ID)
			if c.want == "" {
				wantKind(t, err, api.KindInvalid)
				wantLeft(t, j, Conflict)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(told, c.said) || !strings.Contains(told, "no longer holds") {
				t.Errorf("told %q", told)
			}
			if drain(t, j); contents(t, s, id) != c.want {
				t.Errorf("the server has %q, want %q", contents(t, s, id), c.want)
			}
			wantLeft(t, j)
		})
	}
}
