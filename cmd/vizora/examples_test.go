package main

// This file is about one thing: every command is run as its help shows it,
// against a sandbox. The examples must work, with -o json they must write
// nothing but JSON, and no secret may show anywhere, not even with --debug.

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api/redis/redistest"
	"github.com/vizora/vizora-cli/commands"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// outcome is how an example ends that does not end with 0, and why that is right.
type outcome struct {
	exit int
	why  string
}

func outcomes() map[string]outcome {
	return map[string]outcome{
		"vizora watch": {cmdutil.ExitInterrupted, "it runs until Ctrl-C"},
		relaying:       {cmdutil.ExitInterrupted, "it runs until Ctrl-C"},
		reading:        {cmdutil.ExitInterrupted, "it runs until Ctrl-C"},
	}
}

// Examples that need a Redis server.
const (
	relaying = "vizora watch --publish rediss://redis.example.com/0/events"
	reading  = "vizora watch --from rediss://redis.example.com/0/events --group ci --exec ./handle.sh"
)

// nothing is why a command's stdout stays empty.
const nothing = "has nothing to print"

// once are the commands that can be run once only, though nothing asks before
// they do it.
func once() []string {
	return []string{"content download", "journal import", "journal reapply", "journal resolve", "journal retry", "profile add"}
}

// noJSON are the commands, and the examples, whose stdout is not JSON whatever -o says.
func noJSON() map[string]string {
	return map[string]string{
		"demo":           "tells a story to a person",
		"help":           "is read by a person",
		"completion":     "is a shell's script",
		"auth logout":    nothing,
		"journal import": nothing,
		relaying:         nothing,
		reading:          "has nothing to read once the relay was stopped",
		"vizora export playlists schedules --out signage/": "writes files",
		"vizora journal export pending.jsonl":              "writes a file",
	}
}

func TestExamples(t *testing.T) {
	term, _, _, _ := output.Test()
	root := commands.NewRoot(cmdutil.New(term, cmdutil.Build{}, func(string) (string, bool) { return "", false }))
	root.InitDefaultHelpCmd()
	leaves := commands.Leaves(root)
	if len(leaves) < 200 {
		t.Fatalf("walked only %d commands", len(leaves))
	}
	for _, leaf := range leaves {
		name := strings.TrimPrefix(leaf.CommandPath(), "vizora ")
		lines := strings.Split(leaf.Example, "\n")
		if len(lines) < 2 {
			t.Errorf("%s has %d examples, want two", name, len(lines))
		}
		t.Run(name, func(t *testing.T) {
			s, sc := newScene(t, name)
			for i, line := range lines {
				if i > 0 && sc.each {
					s.secretsOnDisk(t)
					s, sc = newScene(t, name)
				}
				if strings.Contains(line, "redis.example.com") && s.env["REDIS"] == "" {
					s.env["REDIS"] = redistest.Start(t).URL("")
				}
				s.example(t, strings.TrimSpace(line), leaf, sc)
			}
			s.secretsOnDisk(t)
		})
	}
}

// example runs a line of the help with --debug, and with -o json where it does
// not choose a format. What reads is also run as it stands.
func (s *stage) example(t *testing.T, line string, leaf *cobra.Command, sc scene) {
	t.Helper()
	if sc.commands == "top" {
		s.onScreen(t, line)
		return
	}
	one := !strings.ContainsAny(line, "<;&") && !strings.Contains(line, " > ") && !strings.Contains(line, " | ")
	if !one {
		s.carryOut(t, line, "", sc)
		return
	}
	if strings.Contains(line, " -o ") || strings.Contains(line, " --jq ") || noJSON()[sc.commands] != "" || noJSON()[line] != "" {
		if r := s.carryOut(t, line, " --debug --trace-timings", sc); noJSON()[sc.commands] == nothing && r.stdout != "" {
			t.Errorf("%s\nwrote %s", line, r.stdout)
		}
		return
	}
	writes := leaf.Flags().Lookup("dry-run") != nil || leaf.Flags().Lookup("yes") != nil
	if !writes && len(sc.cues) == 0 && !slices.Contains(once(), sc.commands) {
		s.carryOut(t, line, "", sc)
	}
	r := s.carryOut(t, line, " --debug --trace-timings -o json", sc)
	if err := onlyJSON(r.stdout); err != nil && (!writes || r.stdout != "") {
		t.Errorf("%s -o json\nwrote more than JSON (%v):\n%s", line, err, r.stdout)
	}
}

// carryOut runs a line with something added, and looks at how it ends and at all
// that it wrote.
func (s *stage) carryOut(t *testing.T, line, with string, sc scene) result {
	t.Helper()
	var meanwhile *cue
	for i := range sc.cues {
		if meanwhile == nil && strings.Contains(line, sc.cues[i].line) {
			meanwhile = &sc.cues[i]
		}
	}
	r := s.shell(s.standIns().Replace(line)+with, "y\n", meanwhile)
	s.learnTokens(t)
	if want := outcomes()[line]; r.exit != want.exit {
		t.Errorf("%s%s\nexit %d, want %d\n%s%s", line, with, r.exit, want.exit, r.stdout, r.stderr)
	}
	s.noSecret(t, line+with, r.stdout+r.stderr)
	return r
}

// onScreen runs an example that draws on a terminal.
func (s *stage) onScreen(t *testing.T, line string) {
	t.Helper()
	p := openPanel(t, s, words(t, line)[1:]...)
	p.shows("live")
	p.press("q")
	if code := exitOf(t, p.wait()); code != 0 {
		t.Errorf("%s\nexit %d", line, code)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.noSecret(t, line, p.text.String())
}

// onlyJSON checks that a text is JSON documents and nothing else.
func onlyJSON(text string) error {
	if text == "" {
		return errors.New("nothing was written")
	}
	for dec := json.NewDecoder(strings.NewReader(text)); ; {
		var v any
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// secret remembers what must show nowhere.
func (s *stage) secret(what, text string) {
	if text != "" {
		s.secrets[text] = what
	}
}

// learnTokens adds the tokens that the store holds by now.
func (s *stage) learnTokens(t *testing.T) {
	t.Helper()
	stores, err := filepath.Glob(filepath.Join(s.dir, "state", "vizora", "*", tokenFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, store := range stores {
		var kept struct{ Access, Refresh string }
		raw, err := os.ReadFile(store)
		if err == nil {
			err = json.Unmarshal(raw, &kept)
		}
		if err != nil || kept.Access == "" || kept.Refresh == "" {
			t.Fatalf("%s: %v", store, err)
		}
		s.secret("access token", kept.Access)
		s.secret("refresh token", kept.Refresh)
	}
	if raw, err := os.ReadFile(filepath.Join(s.dir, "key.txt")); err == nil {
		s.secret("API key", strings.TrimSpace(string(raw)))
	}
}

const (
	tokenFile     = "tokens.json"
	webhookSecret = "Canary-webhook-12345678"
)

func (s *stage) noSecret(t *testing.T, where, text string) {
	t.Helper()
	for secret, what := range s.secrets {
		if at := strings.Index(text, secret); at >= 0 && (len(secret) > 6 || alone(text, at, len(secret))) {
			t.Errorf("%s\nshows the %s: ...%s", where, what, text[max(0, at-60):at])
		}
	}
}

// alone reports whether no digit or letter is beside a part of a text: six
// digits may stand inside an id by chance.
func alone(text string, at, n int) bool {
	odd := func(i int) bool {
		return i < 0 || i >= len(text) || !unicode.IsLetter(rune(text[i])) && !unicode.IsDigit(rune(text[i]))
	}
	return odd(at-1) && odd(at+n)
}

// secretsOnDisk looks through every file but the token store and those that we
// wrote secrets into ourselves.
func (s *stage) secretsOnDisk(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(s.dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch d.Name() {
		case tokenFile, "secret.txt", "password.txt", "key.txt":
			return nil
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if zip, err := gzip.NewReader(bytes.NewReader(raw)); err == nil {
			if raw, err = io.ReadAll(zip); err != nil {
				return err
			}
		}
		if d.Name() == "journal.db" {
			delete(s.secrets, webhookSecret) // a write is in the journal until it is done, and a database does not wipe what it frees
			defer s.secret("webhook secret", webhookSecret)
		}
		s.noSecret(t, file, string(raw))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
