package bulk

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// shelfOf makes a shelf of playlists as pages of a list would.
func shelfOf(t *testing.T, fields []string, pages ...string) *shelf {
	t.Helper()
	sh := &shelf{schema: &api.Playlists.Schema, fields: fields, tags: map[string]string{}}
	for _, text := range pages {
		var rows []*api.RawRow
		if err := json.Unmarshal([]byte(text), &rows); err != nil {
			t.Fatal(err)
		}
		if err := sh.addPage(rows, func(shown func(string) any) bool { return shown("name") == "B" }); err != nil {
			t.Fatal(err)
		}
	}
	sh.order()
	return sh
}

func TestShelfFindsByIDAndName(t *testing.T) {
	sh := shelfOf(t, []string{"description", "loop", "name"},
		`[{"id":"c3","name":"B","description":"x\u0000 = y","loop":true},{"id":"c1","name":"A \"q\"","description":null}]`,
		`[{"id":"c2","name":"B"},{"id":"c4","name":""}]`)
	if e := sh.withID("c1"); e == nil || e.name() != `A "q"` || string(e.value("description")) != "null" || e.value("loop") != nil || e.picked {
		t.Errorf("c1: %+v", e)
	}
	e := sh.withID("c3")
	if e == nil || !e.picked || string(e.value("description")) != `"x\u0000 = y"` || string(e.value("loop")) != "true" || string(e.value("name")) != `"B"` || len(e.values()) != 3 {
		t.Fatalf("c3: %+v %v", e, e.values())
	}
	e.detail = api.Changes{"loop": nil, "items": json.RawMessage("[]")}
	if e.value("loop") != nil || string(e.value("items")) != "[]" || string(e.value("name")) != `"B"` {
		t.Errorf("with detail: %v", e.values())
	}
	if sh.withID("c5") != nil || sh.withID("") != nil || len(sh.named("C")) != 0 {
		t.Error("something was found that is not there")
	}
	if two := sh.named("B"); len(two) != 2 || two[0].id() != "c2" || two[1].id() != "c3" {
		t.Errorf("%v", two)
	}
	for arg, want := range map[string]string{"c4": "c4", `A "q"`: "c1", `a "Q"`: "c1", "C3": "c3"} {
		if e, err := sh.find(arg); err != nil || e.id() != want {
			t.Errorf("%s: %v, %v", arg, e, err)
		}
	}
	if _, err := sh.find("B"); err == nil || !strings.Contains(cmdutil.AsError(err).Hint, "c2, c3") {
		t.Errorf("an ambiguous name: %v", err)
	}
	var sorted []string
	for _, e := range sh.sorted() {
		sorted = append(sorted, e.id())
	}
	if got := strings.Join(sorted, " "); got != "c4 c1 c2 c3" {
		t.Errorf("sorted %s", got)
	}
}

// A row that comes again, because the list moved while it was read, counts once,
// as it was last.
func TestShelfTakesTheLaterRow(t *testing.T) {
	sh := shelfOf(t, []string{"name"}, `[{"id":"a","name":"old"},{"id":"b","name":"B"}]`, `[{"id":"a","name":"new"},{"id":"a","name":"newest"}]`)
	if len(sh.rows) != 2 || sh.withID("a").name() != "newest" || len(sh.named("old"))+len(sh.named("new")) != 0 || len(sh.named("newest")) != 1 {
		t.Errorf("%+v", sh.rows)
	}
}
