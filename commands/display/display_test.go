package display

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

func TestHelpIsWhole(t *testing.T) {
	io, _, _, _ := output.Test()
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, child := range cmd.Commands() {
			walk(child)
		}
		if cmd.HasSubCommands() {
			return
		}
		lines := strings.Split(cmd.Example, "\n")
		if cmd.Short == "" || len(lines) != 2 {
			t.Errorf("%s: short %q, %d examples, want 2", cmd.CommandPath(), cmd.Short, len(lines))
		}
		for _, line := range lines {
			if !strings.HasPrefix(line, "  vizora "+cmd.CommandPath()+" ") && line != "  vizora "+cmd.CommandPath() {
				t.Errorf("%s: example %q is not of this command", cmd.CommandPath(), line)
			}
		}
	}
	walk(New(cmdutil.New(io, cmdutil.Build{}, func(string) (string, bool) { return "", false })))
}

func TestListAndGet(t *testing.T) {
	w := newWorld(t, nil)
	var rows []map[string]any
	w.run("list", "-o", "json").ok(t).json(t, &rows)
	if len(rows) != 6 || rows[0]["kind"] != "Display" {
		t.Fatalf("%d rows: %v", len(rows), rows)
	}
	if got := w.run("list", "--search", "lobby", "-o", "name").ok(t).out; got != "Lobby South\nLobby North\n" {
		t.Errorf("names %q", got)
	}
	if got := w.run("list", "--status", "online", "-o", "json").ok(t).out; got != "[]\n" {
		t.Errorf("online displays: %q", got)
	}
	w.run("get", "Lobby Nort").fails(t, api.KindNotFound, `did you mean "Lobby North"?`)
	w.run("get", "Lobby North", "-o", "jq=.location").ok(t)
}

func TestUpdateKeepsOverlay(t *testing.T) {
	w := newWorld(t, nil)
	w.run("qr", "set", "Lobby North", "--url", "https://example.com/a").ok(t)
	w.run("update", "Lobby North", "--metadata", `{"floor":"2"}`).ok(t).said(t, "keeps the QR overlay")
	var meta map[string]json.RawMessage
	if err := json.Unmarshal(w.display("Lobby North").Metadata, &meta); err != nil {
		t.Fatal(err)
	}
	if string(meta["floor"]) != `"2"` || !strings.Contains(string(meta["qrOverlay"]), "https://example.com/a") {
		t.Errorf("metadata %s", meta)
	}
	w.run("update", "Lobby North", "--metadata", `{"qrOverlay":null}`).ok(t)
	if overlay := overlayOf(w.display("Lobby North").Metadata); overlay != nil {
		t.Errorf("an overlay that was taken out by hand came back: %s", overlay)
	}
}

func TestDeleteNamesWhatGoes(t *testing.T) {
	w := newWorld(t, nil)
	d := w.display("Lobby North")
	var group, schedule struct {
		ID string `json:"id"`
	}
	w.send(http.MethodPost, "/display-groups", map[string]any{"name": "Entrance"}, &group)
	w.send(http.MethodPost, "/display-groups/"+group.ID+"/displays", map[string]any{"displayIds": []string{d.ID}}, nil)
	w.send(http.MethodPost, "/schedules", map[string]any{
		"name": "Mornings", "playlistId": *d.CurrentPlaylist, "displayId": d.ID, "startDate": "2026-01-01T00:00:00.000Z", "daysOfWeek": []int{1, 2}, "startTime": 480, "endTime": 600,
	}, &schedule)

	w.run("delete", "Lobby North").fails(t, api.KindDeclined)
	asked := w.answer("n\n", "delete", "Lobby North")
	asked.fails(t, api.KindDeclined, "nothing was changed")
	asked.said(t, `schedule "Mornings" (`+schedule.ID+`) is deleted`, `group "Entrance"`, "told to disconnect", "Delete display")
	if sent := w.writes(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	w.run("delete", "Lobby North", "Lobby South", "--yes").ok(t).said(t, "deleted display", "Mornings")
	if sent := w.writes(); len(sent) != 2 {
		t.Errorf("sent %v", sent)
	}
	w.run("get", "Lobby North").fails(t, api.KindNotFound)
}

func TestEnableDisable(t *testing.T) {
	w := newWorld(t, nil)
	w.run("disable", "Lobby North", "Lobby South").fails(t, api.KindDeclined, "disable 2 displays", "Lobby North", "Lobby South")
	w.run("disable", "Lobby North", "--dry-run", "-o", "jq=.path").ok(t)
	if sent := w.writes(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	w.answer("y\n", "disable", "Lobby North", "Lobby South").ok(t).silent(t).said(t, "Disable 2 displays", `disabled display "Lobby North"`)
	if d := w.display("Lobby South"); !d.IsDisabled {
		t.Error("not disabled")
	}
	var one map[string]any
	w.run("enable", "Lobby North", "-o", "json").ok(t).json(t, &one)
	if one["isDisabled"] != false || one["name"] != "Lobby North" {
		t.Errorf("%v", one)
	}
	var many []map[string]any
	w.run("enable", "Lobby North", "Lobby South", "-o", "json").ok(t).json(t, &many)
	if len(many) != 2 {
		t.Errorf("%v", many)
	}
	w.run("enable").fails(t, api.KindUsage, "NAME|ID... is missing")
	w.signIn("viewer")
	w.run("disable", "Lobby North", "--yes").fails(t, api.KindForbidden)
}
