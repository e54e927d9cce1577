package display

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
)

func TestAssignOne(t *testing.T) {
	w := newWorld(t, nil)
	w.run("assign", "Lobby North", "--playlist", "Lobby Loop").ok(t).silent(t).
		said(t, `assigned playlist "Lobby Loop"`, `display "Lobby North"`)
	if sent := w.writes(); len(sent) > 1 {
		t.Errorf("sent %v", sent)
	}
	var row map[string]any
	w.run("assign", "Lobby North", "--playlist", "Summer Menu", "-o", "json").ok(t).json(t, &row)
	if d := w.display("Lobby North"); row["playlist"] != *d.CurrentPlaylist || row["kind"] != "Display" {
		t.Errorf("row %v, current %s", row["playlist"], *d.CurrentPlaylist)
	}
	r := w.run("assign", "Lobby North", "--none").ok(t).said(t, "took the playlist away", "does not tell players")
	if strings.Contains(r.err, "playing") {
		t.Errorf("claims to know what is playing: %s", r.err)
	}
	if d := w.display("Lobby North"); d.CurrentPlaylist != nil {
		t.Errorf("still %s", *d.CurrentPlaylist)
	}
}

func TestAssignMany(t *testing.T) {
	w := newWorld(t, func(o *sandbox.Options) { o.Displays = 130 })
	w.run("assign", "--all", "--playlist", "Summer Menu").fails(t, api.KindDeclined, "130 displays", "and 122 more")
	w.run("assign", "--all", "--playlist", "Summer Menu", "--dry-run").ok(t)
	if sent := w.writes(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	var rows []map[string]any
	w.run("assign", "--all", "--playlist", "Summer Menu", "--yes", "-o", "json").ok(t).json(t, &rows)
	if sent := w.writes(); len(rows) != 130 || len(sent) != 2 || sent[0] != "POST /displays/bulk/assign-playlist" {
		t.Errorf("%d rows, sent %v", len(rows), sent)
	}
	for _, row := range rows {
		if row["playlist"] != rows[0]["playlist"] {
			t.Fatalf("row %v", row)
		}
	}
	w.answer("n\n", "assign", "Lobby North", "Lobby South", "--none").fails(t, api.KindDeclined).said(t, "Take the playlist away from 2 displays")
	w.run("assign", "Lobby North", "Lobby South", "--none", "--yes").ok(t)
	if sent := w.writes(); len(sent) != 2 || !strings.HasPrefix(sent[0], "PATCH /displays/") {
		t.Errorf("sent %v", sent)
	}
}

func TestAssignSelectors(t *testing.T) {
	w := newWorld(t, withTags(t, true))
	var group struct {
		ID string `json:"id"`
	}
	north := w.display("Lobby North")
	w.send(http.MethodPost, "/display-groups", map[string]any{"name": "Entrance"}, &group)
	w.send(http.MethodPost, "/display-groups/"+group.ID+"/displays", map[string]any{"displayIds": []string{north.ID}}, nil)
	w.srv.SetDisplayStatus(north.ID, "online", north.CreatedAt)

	for _, c := range []struct {
		name string
		args string
		want []string
	}{
		{"group", "--group Entrance", []string{"Lobby North"}},
		{"group and name", "--group Entrance Lobby_South", []string{"Lobby South", "Lobby North"}},
		{"status", "--status online", []string{"Lobby North"}},
		{"tag", "--tag PORTRAIT", []string{"Lobby North"}},
		{"either of two tags", "--tag portrait,spare", []string{"Counter Left", "Lobby North"}},
		{"all narrowed", "--all --status online", []string{"Lobby North"}},
		{"name twice", "Lobby_North Lobby_North", []string{"Lobby North"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"assign", "--playlist", "Lobby Loop", "--yes", "-o", "name"}, strings.Fields(c.args)...)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "_", " ")
			}
			if got := strings.Fields(strings.ReplaceAll(w.run(args...).ok(t).out, " ", "_")); strings.ReplaceAll(strings.Join(got, ","), "_", " ") != strings.Join(c.want, ",") {
				t.Errorf("assigned to %q, want %q", got, c.want)
			}
		})
	}
	refusals := []struct {
		args  string
		kind  api.ErrorKind
		words string
	}{
		{"--playlist X", api.KindUsage, "no display is named"},
		{"--all Terrace --playlist X", api.KindUsage, "--all already"},
		{"--all --group G --playlist X", api.KindUsage, "--all already"},
		{"Terrace", api.KindUsage, "--playlist is missing"},
		{"Terrace --playlist X --none", api.KindUsage, "not both"},
		{"--status onlin --playlist X", api.KindInvalid, `did you mean "online"?`},
		{"--tag nope --none", api.KindNotFound, "no display carries a tag"},
		{"--status error --none", api.KindNotFound, "no display fits"},
		{"--group Nope --none", api.KindNotFound, "no group is named"},
		{"Terrace --playlist Nope", api.KindNotFound, "no playlist is named"},
	}
	for _, c := range refusals {
		t.Run(c.args, func(t *testing.T) {
			w.run(append([]string{"assign"}, strings.Fields(c.args)...)...).fails(t, c.kind, c.words)
		})
	}
}

func TestTags(t *testing.T) {
	w := newWorld(t, withTags(t, true))
	if got := w.run("tags", "Lobby North", "-o", "name").ok(t).out; got != "portrait\n" {
		t.Errorf("tags %q", got)
	}
	w.run("tag", "Lobby North", "Lobby", "spare").ok(t).silent(t).said(t, `tagged display "Lobby North"`, `with "lobby", "spare"`)
	var tags []map[string]any
	w.run("tag", "Lobby North", "lobby", "-o", "json").ok(t).said(t, "nothing was sent").json(t, &tags)
	if len(tags) != 3 {
		t.Errorf("tags %v", tags)
	}
	if sent := w.writes(); len(sent) != 1 {
		t.Errorf("sent %v", sent)
	}
	w.run("tag", "Lobby North", "brandnew").fails(t, api.KindNotFound, "cannot create tags", "known tag: lobby", "known tag: spare")
	w.run("untag", "Lobby North", "lobby", "--dry-run").ok(t)
	w.run("untag", "Lobby North", "lobby", "portrait").ok(t).said(t, `untagged display "Lobby North"`)
	w.run("untag", "Lobby North", "lobby").fails(t, api.KindNotFound, "carries no tag", "known tags: spare")
	if got := w.run("tags", "Lobby North", "-o", "name").ok(t).out; got != "spare\n" {
		t.Errorf("tags %q", got)
	}
	w.signIn("manager")
	w.run("untag", "Lobby North", "spare").fails(t, api.KindForbidden)
}

func TestTagsWhereThereAreNone(t *testing.T) {
	w := newWorld(t, withTags(t, false))
	w.run("tag", "Lobby North", "lobby").fails(t, api.KindNotFound, "there are no tags")
	if got := w.run("tags", "Lobby North", "-o", "json").ok(t).out; got != "[]\n" {
		t.Errorf("tags %q", got)
	}
}

// TestOffline: what may wait is recorded, with the exit code that says so.
func TestOffline(t *testing.T) {
	w := newWorld(t, nil)
	r := w.run("assign", "Lobby North", "--playlist", "Lobby Loop", "--async").fails(t, api.KindQueued)
	if ops := r.pending(t); len(ops) != 1 || ops[0].Verb != "assign" || ops[0].Base["playlist"] == nil {
		t.Errorf("the journal holds %+v", ops)
	}
	w.run("disable", "Counter Left", "Front Window", "--yes", "--offline", "always").fails(t, api.KindQueued, "2 display operations are recorded")
	w.run("push", "Lobby North", "Opening Hours", "--dry-run").ok(t) // reads what the next ones need
	w.run("push", "Lobby North", "Opening Hours", "--offline", "always").fails(t, api.KindInvalid, "cannot wait")
	r = w.run("push", "Lobby North", "Opening Hours", "--offline", "always", "--expires", "1h").fails(t, api.KindQueued)
	if ops := r.pending(t); len(ops) != 4 {
		t.Errorf("the journal holds %d operations", len(ops))
	}
	if sent := w.writes(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}
