package main

// This file is about one thing: what the real program leaves on the disk of the
// journal, and makes of it: secrets that were delivered, and records that a disk
// has damaged.

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const journalCanary = "Canary-in-the-journal-12345678"

// holding lists the files below a folder that hold a text.
func holding(t *testing.T, dir, text string) []string {
	t.Helper()
	var found []string
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(text)) {
			found = append(found, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// TestNoSecretStaysBehind: a webhook's secret is on the disk while it has to be
// sent, in the journal's file alone, and nowhere afterwards; no command shows it.
func TestNoSecretStaysBehind(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.file("secret.txt", journalCanary)
	create := `webhook create $NAME --url https://example.com/hook --secret-file secret.txt --events content.created`
	for _, way := range []struct {
		name, line, then string
		exit             int
	}{
		{"online", create, "journal list", 0},
		{"later", create + " --async", "sync", 9},
		{"dropped", create + " --async", "journal drop $OPERATION --yes", 9},
		{"exported", create + " --async", "journal export moved.jsonl", 9},
	} {
		s.env["NAME"] = way.name
		r := s.try(way.line)
		if r.exit != way.exit {
			t.Fatalf("%s: exit %d: %s", way.name, r.exit, r.stderr)
		}
		if way.exit == 9 {
			if held := holding(t, s.env["XDG_STATE_HOME"], journalCanary); len(held) != 1 || filepath.Base(held[0]) != "journal.db" {
				t.Fatalf("%s: while it is pending the secret is in %v", way.name, held)
			}
			s.env["OPERATION"] = strings.TrimSpace(s.must(`journal list -o jq=.[0].id`).stdout)
			for _, look := range []string{"journal show $OPERATION", "journal show $OPERATION -o json", "journal list -o yaml", "sync --plan", "sync --plan -o json", "webhook list -o json --offline always"} {
				if r := s.try(look); strings.Contains(r.stdout+r.stderr, journalCanary) {
					t.Errorf("%s shows the secret:\n%s%s", look, r.stdout, r.stderr)
				}
			}
		}
		s.must(way.then)
		for _, dir := range []string{"XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"} {
			if _, err := os.Stat(s.env[dir]); err != nil {
				continue // it keeps nothing there
			}
			if held := holding(t, s.env[dir], journalCanary); len(held) > 0 {
				t.Errorf("%s: the secret is left in %v", way.name, held)
			}
		}
	}
}

// TestDamageIsNamedAndTheRestGoesOn: every reader of the journal shows the rest
// and names the record that cannot be read, and the rest is delivered.
func TestDamageIsNamedAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.must("profile set manual-sync=true")
	for _, name := range []string{"first", "rotten-name", "last"} {
		if r := s.try("playlist create " + name + " --async"); r.exit != 9 {
			t.Fatal(r.stderr)
		}
	}
	id := strings.TrimSpace(s.must(`journal list -o jq=.[1].id`).stdout)
	file := holding(t, s.env["XDG_STATE_HOME"], "rotten-name")[0]
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(content, []byte("rotten-name"), []byte("Rotten-name")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		line, shows string
		exit        int
	}{
		{"status -o jq=.pending", "2", 0},
		{"journal list -o jq=.[].label", "first\nlast", 1},
		{"sync --plan -o jq=.[].name", "first\nlast", 1},
		{"playlist list -o jq=.[]|select(.pending)|.name", "last\nfirst", 0},
		{"doctor -o wide", "2 operations are whole", 1},
		{"journal export copy.jsonl --keep", "", 1},
		{"sync -o jq=.[].result", "applied\napplied", 1},
		{"journal show " + id, "", 1},
	} {
		r := s.try(look.line)
		if r.exit != look.exit || !strings.Contains(r.stdout, look.shows) || !strings.Contains(r.stdout+r.stderr, "journal drop "+id) {
			t.Errorf("vizora %s: exit %d\n%s%s", look.line, r.exit, r.stdout, r.stderr)
		}
	}
	s.must("journal drop " + id + " --yes")
	if r := s.must("journal list"); r.stderr != "" {
		t.Errorf("still damaged: %s", r.stderr)
	}
}
