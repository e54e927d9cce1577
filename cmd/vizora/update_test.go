package main

// This file is about one thing: the notice of a newer release: where it shows,
// where it never does, and what the question for it gives away.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// releases is the project's release page: 1.10.0 is out, then 1.11.0, and so on.
type releases struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // what came, one text for each request
}

func openReleases(t *testing.T) *releases {
	r := &releases{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var header bytes.Buffer
		_ = req.Header.Write(&header)
		r.mu.Lock()
		defer r.mu.Unlock()
		version := fmt.Sprintf("v1.%d.0", 10+len(r.asked))
		r.asked = append(r.asked, req.Method+" "+req.URL.String()+"\n"+header.String()+string(body))
		_, _ = fmt.Fprintf(w, `{"tag_name":%q,"html_url":"https://example.com/releases/%s"}`, version, version)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *releases) questions() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.asked...)
}

// beside runs a command whose stderr alone is a terminal.
func (s *stage) beside(args ...string) (stdout, stderr string) {
	s.t.Helper()
	term, tty, err := pty.Open()
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = term.Close() }()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	cmd := child(ctx, s.environ(), s.dir, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, tty
	err = cmd.Run()
	_ = tty.Close()
	said := drain(term)
	if err != nil {
		s.t.Fatalf("vizora %v: %v\n%s", args, err, said)
	}
	return out.String(), said
}

func TestUpdateNotice(t *testing.T) {
	s := newStage(t)
	page := openReleases(t)
	s.env["VIZORA_RELEASE_URL"] = page.URL + "/latest"
	s.env["VIZORA_TEST_VERSION"] = "1.9.3"
	kept := filepath.Join(s.dir, "cache", "vizora", ".release")
	const notice = "vizora 1.10.0 is out, this is 1.9.3: https://example.com/releases/v1.10.0"
	list := []string{"display", "list", "-o", "json"}

	if _, said := s.beside(list...); strings.Contains(said, "is out") {
		t.Errorf("before anything was asked: %s", said)
	}
	learns := func(version string) {
		t.Helper()
		for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // a process of its own asks
			if text, _ := os.ReadFile(kept); strings.HasPrefix(string(text), version+" ") {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("nobody learns of %s", version)
			}
		}
	}
	learns("1.10.0")
	asked := page.questions()
	if len(asked) != 1 || !strings.HasPrefix(asked[0], "GET /latest\n") {
		t.Errorf("asked: %q", asked)
	}
	for _, told := range []string{"1.9.3", s.env["VIZORA_TOKEN"], s.env["EMAIL"], "Authorization", "Cookie"} {
		if strings.Contains(asked[0], told) {
			t.Errorf("the question tells %q:\n%s", told, asked[0])
		}
	}
	if _, said := s.beside(list...); strings.Contains(said, "is out") {
		t.Errorf("asked today, and yet: %s", said)
	}

	yesterday := time.Now().Add(-25 * time.Hour).Truncate(time.Second)
	age := func() {
		t.Helper()
		if err := os.Chtimes(kept, yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	touched := func() bool {
		t.Helper()
		info, err := os.Stat(kept)
		if err != nil {
			t.Fatal(err)
		}
		return !info.ModTime().Equal(yesterday)
	}
	for _, quiet := range []struct {
		name, variable, value string
		args                  []string
	}{
		{"in CI", "CI", "true", list},
		{"turned off by a variable", "VIZORA_NO_UPDATE_NOTICE", "1", list},
		{"with --quiet", "", "", append([]string{"--quiet"}, list...)},
		{"in a build of one's own", "VIZORA_TEST_VERSION", "dev", list},
		{"at --version", "", "", []string{"--version"}},
		{"at --help", "", "", []string{"--help"}},
		{"at a command's help", "", "", []string{"display", "list", "--help"}},
		{"at TAB", "", "", []string{"__complete", "display", "get", ""}},
		{"at completion", "", "", []string{"completion", "bash"}},
	} {
		age()
		before, had := s.env[quiet.variable]
		if quiet.variable != "" {
			s.env[quiet.variable] = quiet.value
		}
		if _, said := s.beside(quiet.args...); strings.Contains(said, "is out") || touched() {
			t.Errorf("%s: touched %v, said %s", quiet.name, touched(), said)
		}
		delete(s.env, quiet.variable)
		if had {
			s.env[quiet.variable] = before
		}
	}
	age()
	if r := run(t, s.environ(), s.dir, "", list...); strings.Contains(r.stderr, "is out") || touched() {
		t.Errorf("without a terminal: %s", r.stderr)
	}

	stdout, said := s.beside(list...)
	if !strings.Contains(said, notice) || onlyJSON(stdout) != nil || !touched() {
		t.Errorf("a day later: %s\nstdout: %.100s", said, stdout)
	}
	learns("1.11.0")
	if _, said := s.beside(list...); strings.Contains(said, "is out") {
		t.Errorf("twice in a day: %s", said)
	}

	s.must("profile add calm --url $VIZORA_URL")
	s.must("profile set no-update-notice=true --profile calm")
	age()
	if _, said := s.beside("display", "list", "--profile", "calm"); strings.Contains(said, "is out") || touched() {
		t.Errorf("turned off in the profile: %s", said)
	}
}

func TestVersionCheck(t *testing.T) {
	s := newStage(t)
	page := openReleases(t)
	s.env["VIZORA_RELEASE_URL"], s.env["VIZORA_TEST_VERSION"] = page.URL, "1.9.3"
	delete(s.env, "VIZORA_URL")
	r := s.must("version --check -o json")
	var told struct{ Version, Latest string }
	if err := json.Unmarshal([]byte(r.stdout), &told); err != nil || told.Version != "1.9.3" || told.Latest != "1.10.0" {
		t.Errorf("%v: %s", err, r.stdout)
	}
	if !strings.Contains(r.stderr, "https://example.com/releases/v1.10.0") {
		t.Errorf("stderr: %s", r.stderr)
	}
	if r := s.must("version -o json"); len(page.questions()) != 1 || strings.Contains(r.stdout, "latest") {
		t.Errorf("asked without --check: %s", r.stdout)
	}
	s.env["VIZORA_RELEASE_URL"] = s.world.URL() // answers, with no release
	if r := s.try("version --check"); r.exit == 0 || !strings.Contains(r.stderr, "release page") {
		t.Errorf("exit %d: %s", r.exit, r.stderr)
	}
}
