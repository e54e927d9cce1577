package main

// This file is about one thing: what TAB offers, and whose names it never offers.

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// offered asks as the shells' scripts do.
func offered(t *testing.T, s *stage, words ...string) string {
	t.Helper()
	r := run(t, s.environ(), s.dir, "", append([]string{"__complete"}, words...)...)
	if r.exit != 0 || strings.Contains(r.stderr, "assword") {
		t.Errorf("__complete %v ended with %d: %s", words, r.exit, r.stderr)
	}
	return r.stdout
}

func TestCompletionOffers(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		words string
		want  string
	}{
		{"display get Lob", "Lobby North\toffline, Harbour Street 1\n"}, // the first TAB, with nothing in the cache
		{"display get lobby", "Lobby North\t"},
		{"playlist update Sum", "Summer Menu\t2 items, 50 seconds\n"},
		{"display assign x --playlist Sum", "Summer Menu\t"},
		{"display list --columns name,st", "name,status\tonline, offline"},
		{"playlist list --columns ", "itemCount\t"},
		{"display create x --orientation po", "portrait"},
		{"watch device:", "device:status-update"},
		{"help jour", "journal\t"},
		{"schema di", "display\t"},
		{"profile set out", "output=\t"},
		{"profile set output=j", "output=json"},
		{"completion z", "zsh"},
		{"pl", "playlist\t"},
		{"content list --type im", "image"},
		{"playlist list --offline ne", "never"},
	} {
		if got := offered(t, s, strings.Split(c.words, " ")...); !strings.Contains("\n"+got, "\n"+c.want) {
			t.Errorf("%s: offers %q, want %q", c.words, got, c.want)
		}
	}
	id := strings.SplitN(run(t, s.environ(), s.dir, "", "display", "list", "-o", "csv", "--no-headers", "--columns", "id").stdout, "\n", 2)[0]
	if got := offered(t, s, "display", "get", id[:8]); !strings.HasPrefix(got, id+"\t") {
		t.Errorf("an id's beginning offers %q, want %s", got, id)
	}
	if got := offered(t, s, "display", "enable", "Lobby North", "Lobby"); strings.Contains(got, "North") {
		t.Errorf("a name that was given is offered again: %q", got)
	}
}

// TestCompletionOfConditions: fields, operators and values, where each may stand.
func TestCompletionOfConditions(t *testing.T) {
	s := newStage(t)
	s.must(`playlist update "Lobby Loop" --description mine --async`, 9)
	s.file("c.csv", `name,description\nSummer Menu,changed\n`)
	s.must(`bulk run c.csv --kind playlist --job nightly --async`, 9)
	s.must(`content list`)
	id := strings.TrimSpace(s.must(`journal list -o jq=.[0].id`).stdout)
	for _, c := range []struct {
		words []string
		want  string // a whole line
		not   string
	}{
		{[]string{"display", "list", "--where", ""}, "status\tonline, offline, pairing, error", ""},
		{[]string{"display", "list", "--where", "status "}, "status ==", "name"},
		{[]string{"display", "list", "--where", "status == "}, `status == "online"`, "name"},
		{[]string{"display", "list", "--where", `status != "off`}, `status != "offline"`, ""},
		{[]string{"display", "list", "--where", `status == "online" && !(na`}, `status == "online" && !(name` + "\tname; not unique", ""},
		{[]string{"playlist", "list", "--where", "itemCount "}, "itemCount <", "~"},
		{[]string{"playlist", "list", "--where", "loop == "}, "loop == true", ""},
		{[]string{"bulk", "run", "--kind", "display", "--where", "st"}, "status\tonline, offline, pairing, error", "itemCount"},
		{[]string{"bulk", "run", "--kind", "display", "--set", ""}, "location=\twhere it hangs", "status="},
		{[]string{"bulk", "run", "--kind", "display", "--set", "orientation="}, "orientation=portrait", ""},
		{[]string{"bulk", "run", "--kind", "display", "--verb", ""}, "assign", "duplicate"},
		{[]string{"bulk", "run", "--kind", "fol"}, "folder", ""},
		{[]string{"bulk", "resume", ""}, "nightly\t1 operation of ", ""},
		{[]string{"bulk", "undo", "nightly", ""}, "", "nightly"},
		{[]string{"journal", "show", ""}, id + "\tqueued: ", ""},
		{[]string{"journal", "drop", id[:6]}, id + "\tqueued: ", ""},
		{[]string{"journal", "resolve", ""}, "", id},
		{[]string{"journal", "list", "--state", ""}, "conflict", ""},
		{[]string{"watch", "device:status-update", ""}, "playlist:updated", "device:status-update"},
		{[]string{"playlist", "get", "Lobby Loop", ""}, "", "Summer"},
		{[]string{"playlist", "item", "add", "Lobby Loop", "Open"}, "Opening Hours\t", ""},
		{[]string{"playlist", "item", "remove", "Lobby Loop", "Open"}, "Opening Hours\t", ""},
		{[]string{"display", "tag", "Lobby North", "in"}, "indoor\t", ""},
		{[]string{"org", "mfa", ""}, "required", ""},
		{[]string{"api", "PA"}, "PATCH", ""},
		{[]string{"display", "wait", "Lobby North", "--for", "status="}, "status=online", ""},
		{[]string{"playlist", "usage", "Lobby Loop", "--only", ""}, "display", ""},
	} {
		got := "\n" + offered(t, s, c.words...)
		if !strings.Contains(got, "\n"+c.want) || c.not != "" && strings.Contains(got, "\n"+c.not) {
			t.Errorf("%q: offers %q; want %q, not %q", c.words, got, c.want, c.not)
		}
	}
	s.must("profile add staging --url https://staging.example.com")
	if got := offered(t, s, "profile", "use", ""); !strings.Contains(got, "staging\thttps://staging.example.com") {
		t.Errorf("profile use offers %q", got)
	}
}

// TestCompletionNeverAsks: TAB reads no token: a store that must not be read, a
// keyring that is silent, a server that never answers are nothing to it.
func TestCompletionNeverAsks(t *testing.T) {
	s := newStage(t)
	delete(s.env, "VIZORA_TOKEN")
	s.env["VIZORA_PASSWORD"] = s.env["PASSWORD"]
	s.must("auth login --email $EMAIL")
	s.must("display list")
	s.must(`playlist update "Lobby Loop" --description mine --offline always`, 1, 9)
	delete(s.env, "VIZORA_PASSWORD")
	if err := os.Remove(filepath.Join(s.dir, "state", "vizora", "default", "tokens.json")); err != nil {
		t.Fatal(err)
	}
	s.env["VIZORA_TOKEN_STORE"], s.env["DBUS_SESSION_BUS_ADDRESS"] = "keyring", "unix:path="+silent(t, s)
	s.order("faults", "GET /playlists: hang")
	for _, c := range []struct{ words, want string }{
		{"display get Lob", "Lobby North\t"}, {"bulk resume ", ""}, {"journal show ", ""}, {"profile use d", "default\t"}, {"playlist get Lob", ""}, {"watch dev", "device:status-update"},
	} {
		if got := offered(t, s, strings.Split(c.words, " ")...); !strings.Contains("\n"+got, "\n"+c.want) {
			t.Errorf("%s: offers %q, want %q", c.words, got, c.want)
		}
	}
}

// silent is a socket that takes connections and never says a word.
func silent(t *testing.T, s *stage) string {
	t.Helper()
	path := filepath.Join(s.dir, "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return path
}

// TestCompletionFollowsWrites: what was just made is offered.
func TestCompletionFollowsWrites(t *testing.T) {
	s := newStage(t)
	offered(t, s, "playlist", "get", "Win")
	run(t, s.environ(), s.dir, "", "playlist", "create", "Winter Menu")
	end := time.Now().Add(30 * time.Second) // a process of its own reads it
	for !strings.Contains(offered(t, s, "playlist", "get", "Win"), "Winter Menu") {
		if time.Now().After(end) {
			t.Fatal("a new playlist is never offered")
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// TestCompletionOwner: names belong to a profile, a server and an organisation.
func TestCompletionOwner(t *testing.T) {
	s := newStage(t)
	delete(s.env, "VIZORA_TOKEN")
	s.env["VIZORA_PASSWORD"] = s.env["PASSWORD"]
	if r := run(t, s.environ(), s.dir, "", "auth", "login", "--profile", "one", "--email", s.env["EMAIL"]); r.exit != 0 {
		t.Fatal(r.stderr)
	}
	url := s.env["VIZORA_URL"]
	delete(s.env, "VIZORA_PASSWORD")
	delete(s.env, "VIZORA_URL")
	if got := offered(t, s, "display", "get", "Lob"); !strings.Contains(got, "Lobby North") {
		t.Fatalf("signed in, TAB offers %q", got)
	}
	if got := offered(t, s, "display", "get", "--profile", "two", "Lob"); strings.Contains(got, "Lobby") {
		t.Errorf("an unknown profile is offered %q", got)
	}
	run(t, s.environ(), s.dir, "", "profile", "add", "two", "url="+url)
	run(t, s.environ(), s.dir, "", "profile", "use", "two")
	if got := offered(t, s, "display", "get", "Lob"); strings.Contains(got, "Lobby") {
		t.Errorf("after a profile switch the other's names are offered: %q", got)
	}
	run(t, s.environ(), s.dir, "", "profile", "use", "one")
	s.front.down()
	if got := offered(t, s, "display", "get", "Lob"); !strings.Contains(got, "Lobby North") {
		t.Errorf("without a network TAB offers %q", got)
	}
	s.front.up(t)
	if r := run(t, s.environ(), s.dir, "", "auth", "logout"); r.exit != 0 {
		t.Fatal(r.stderr)
	}
	if got := offered(t, s, "display", "get", "Lob"); strings.Contains(got, "Lobby") {
		t.Errorf("after signing out TAB offers %q", got)
	}

	for _, l := range s.world.Logins() { // the same profile, another organisation
		if l.Organization == "Lighthouse Books" {
			s.env["VIZORA_PASSWORD"] = l.Password
			if r := run(t, s.environ(), s.dir, "", "auth", "login", "--email", l.Email); r.exit != 0 {
				t.Fatal(r.stderr)
			}
		}
	}
	s.must("display list")
	if got := offered(t, s, "display", "get", ""); strings.Contains(got, "Lobby North") || s.env["VIZORA_PASSWORD"] == "" {
		t.Errorf("in another organisation TAB offers %q", got)
	}
}
