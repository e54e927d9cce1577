package journal

// This file is about one thing: properties of the merge and of the order of
// delivery, on random input.

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vizora/vizora-cli/api"
)

// values draws values that collide often.
var values = rapid.SampledFrom([]string{`"a"`, `"b"`, `" b "`, `"<i>b</i>"`, `null`, `true`, `1`, `1.0`, `"x & y"`})

func drawChanges(t *rapid.T, label string) api.Changes {
	c := api.Changes{}
	for _, name := range []string{"name", "description", "loop"} {
		if rapid.Bool().Draw(t, label+" has "+name) {
			c[name] = []byte(values.Draw(t, label+" "+name))
		}
	}
	return c
}

func TestMergeProperties(t *testing.T) {
	s := &api.Playlists.Schema
	rapid.Check(t, func(t *rapid.T) {
		base, mine, remote := drawChanges(t, "base"), drawChanges(t, "mine"), drawChanges(t, "remote")
		m := mergeFields(s, base, mine, remote)
		if len(m.send)+len(m.already)+len(m.lost) != len(mine) {
			t.Fatalf("fields got lost or doubled: %+v", m)
		}
		after := maps.Clone(remote)
		maps.Copy(after, m.send)
		for name, value := range mine {
			lost := slices.Contains(m.lost, name)
			if same := sameValue(s.Field(name), value, after[name]); same == lost {
				t.Fatalf("%s: lost %v, yet the outcome is mine: %v", name, lost, same)
			}
			_, based := base[name]
			if lost && (!based || sameValue(s.Field(name), base[name], remote[name])) {
				t.Fatalf("%s was lost although the remote had not moved", name)
			}
			if _, sent := m.send[name]; sent && based && !sameValue(s.Field(name), base[name], remote[name]) {
				t.Fatalf("%s overwrites what the remote had changed", name)
			}
		}
		for name := range remote {
			if _, touched := mine[name]; !touched && string(after[name]) != string(remote[name]) {
				t.Fatalf("%s was not touched and changed", name)
			}
		}
		if again := mergeFields(s, base, mine, after); len(again.send) != 0 {
			for name := range again.send { // only what has no base, or equals it, may go again
				if !sameValue(s.Field(name), base[name], after[name]) || !sameValue(s.Field(name), mine[name], after[name]) {
					t.Fatalf("a second delivery would send %s again", name)
				}
			}
		}
	})
}

// Whatever somebody else did to the list, an insertion adds its item once and
// leaves the others in their order; a lost list is never half changed.
func TestItemMergeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.SliceOfNDistinct(rapid.SampledFrom(strings.Split("abcdefgh", "")), 0, 6, rapid.ID[string])
		list := func(names []string) []api.PlaylistItem {
			var items []api.PlaylistItem
			for i, n := range names {
				items = append(items, api.PlaylistItem{ID: "i" + n, ContentID: n, Order: i})
			}
			return items
		}
		base, remote := list(draw.Draw(t, "base")), list(draw.Draw(t, "remote"))
		where := api.Place{}
		if len(base) > 0 {
			ref := api.RefTo(base, rapid.IntRange(0, len(base)-1).Draw(t, "anchor"))
			where.After = &ref
		}
		op := itemsOp("c1", base, insert("new", where))
		got, won, err := mergeItems(&op, remote)
		if err != nil {
			t.Fatal(err)
		}
		if won != "" {
			if where.After == nil || where.After.Find(remote) >= 0 || got != nil {
				t.Fatalf("a conflict without a reason: %s", won)
			}
			return
		}
		rest := slices.DeleteFunc(slices.Clone(got), func(i api.PlaylistItem) bool { return i.ContentID == "new" })
		if len(got) != len(remote)+1 || !api.SameItems(rest, remote) {
			t.Fatalf("%v became %v", remote, got)
		}
		at := slices.IndexFunc(got, func(i api.PlaylistItem) bool { return i.ContentID == "new" })
		if where.After != nil && got[at-1].ContentID != where.After.ContentID {
			t.Fatalf("it is not behind its anchor: %v", got)
		}
	})
}

// Operations on one resource are executed in the order in which they were taken
// in, each once, whatever answers get lost on the way.
func TestOrderProperty(t *testing.T) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > 25 && !long() {
			return
		}
		s := newServer(t)
		dir := filepath.Join(t.TempDir(), fmt.Sprint(n))
		j := openTest(t, s.client(), dir)
		resources := []string{s.put("displays", row{}), s.put("displays", row{}), s.put("displays", row{})}
		var ops []Operation
		want := map[string]int{}
		for i := range rapid.IntRange(1, 12).Draw(rt, "operations") {
			id := rapid.SampledFrom(resources).Draw(rt, "resource")
			op := update(id, nil, changes("description", fmt.Sprint(i)))
			op.Kind = "Display"
			ops = append(ops, op)
			want[id] = i
		}
		queue(t, j, ops...)
		for range rapid.IntRange(0, 4).Draw(rt, "faults") {
			s.fault(fault{times: 1, after: rapid.Bool().Draw(rt, "executed"), status: rapid.SampledFrom([]int{0, 408, 502}).Draw(rt, "status")})
		}
		for range 4 {
			if report, err := j.Sync(context.Background(), SyncOptions{}); err != nil {
				rt.Fatal(err)
			} else if report.Left == 0 {
				break
			}
		}
		wantLeft(t, j)
		for id, last := range want {
			if got := s.get("displays", id)["description"]; got != fmt.Sprint(last) {
				rt.Fatalf("%s ends with %v, want %d", id, got, last)
			}
		}
	})
}

func TestSameValue(t *testing.T) {
	f := func(kind *api.Schema, name string) *api.Field { return kind.Field(name) }
	tests := []struct {
		field       *api.Field
		sent, shown string
		want        bool
	}{
		{f(&api.Playlists.Schema, "name"), `" a & b "`, `"a & b"`, true},
		{f(&api.Playlists.Schema, "name"), `"5>3"`, `"5&gt;3"`, true},
		{f(&api.Playlists.Schema, "name"), `"a"`, `"b"`, false},
		{f(&api.Playlists.Schema, "description"), `null`, ``, true},
		{f(&api.Playlists.Schema, "description"), `null`, `""`, false},
		{f(&api.Contents.Schema, "expiresAt"), `"2026-12-31T00:00:00Z"`, `"2026-12-31T00:00:00.000Z"`, true},
		{f(&api.Contents.Schema, "duration"), `10`, `10.0`, true},
		{f(&api.Contents.Schema, "metadata"), `{"b":1,"a":[" x "]}`, `{"a":["x"],"b":1}`, true},
		{f(&api.Contents.Schema, "metadata"), `{"a":1}`, `{"a":1,"b":2}`, false},
		{f(&api.Playlists.Schema, "items"), `[{"contentId":"a","order":0}]`, `[{"id":"i","contentId":"a","order":0,"duration":null,"content":{"id":"a"}}]`, true},
		{f(&api.Playlists.Schema, "items"), `[{"contentId":"a","order":0}]`, `[]`, false},
		{nil, `"x"`, `1`, false},
	}
	for _, test := range tests {
		if got := sameValue(test.field, []byte(test.sent), []byte(test.shown)); got != test.want {
			t.Errorf("sameValue(%s, %s) = %v", test.sent, test.shown, got)
		}
	}
}
