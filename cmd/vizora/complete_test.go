package main

// This file is about one thing: what TAB offers, and whose names it never offers.

import (
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
}
