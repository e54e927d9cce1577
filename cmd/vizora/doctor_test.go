package main

// This file is about one thing: what doctor says of a healthy world and of sick
// ones, and that its bundle holds no secret.

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api/redis/redistest"
)

type checked struct{ Check, Verdict, Detail, Fix string }

// examined runs doctor and returns its checks by name.
func examined(t *testing.T, s *stage, exit int, args ...string) map[string]checked {
	t.Helper()
	r := run(t, s.environ(), s.dir, "", append([]string{"doctor", "-o", "json"}, args...)...)
	if r.exit != exit {
		t.Errorf("doctor ended with %d, want %d: %s%s", r.exit, exit, r.stdout, r.stderr)
	}
	var list []checked
	want := 14
	if s.env["VIZORA_JOURNAL_STORE"] != "" {
		want++
	}
	if err := json.Unmarshal([]byte(r.stdout), &list); err != nil || len(list) != want {
		t.Fatalf("doctor gave %d checks: %v\n%s", len(list), err, r.stdout)
	}
	byName := map[string]checked{}
	for _, c := range list {
		byName[c.Check] = c
		if c.Verdict == "failed" && c.Fix == "" {
			t.Errorf("%s failed without a fix: %s", c.Check, c.Detail)
		}
	}
	return byName
}

func TestDoctor(t *testing.T) {
	s := newStage(t)
	healthy := examined(t, s, 0)
	for name, c := range healthy {
		if c.Verdict != "ok" && c.Verdict != "skipped" && name != "session" { // a bare token cannot be renewed
			t.Errorf("in a healthy world %s is %s: %s", name, c.Verdict, c.Detail)
		}
	}
	for _, name := range []string{"rest", "readiness", "clock", "limits", "realtime websocket", "realtime polling", "journal"} {
		if healthy[name].Verdict != "ok" {
			t.Errorf("%s was not looked at: %+v", name, healthy[name])
		}
	}

	token := s.env["VIZORA_TOKEN"]
	s.env["VIZORA_TOKEN"] = "canary-token-1234567890"
	if c := examined(t, s, 4)["session"]; c.Verdict != "failed" || strings.Contains(c.Detail, "canary") {
		t.Errorf("a refused token: %+v", c)
	}
	s.env["VIZORA_TOKEN"] = token

	s.env["VIZORA_REALTIME_URL"] = "http://127.0.0.1:1"
	if c := examined(t, s, 10)["realtime polling"]; c.Verdict != "failed" {
		t.Errorf("no realtime service: %+v", c)
	}

	s.front.down()
	down := examined(t, s, 1)
	if down["rest"].Verdict != "failed" || down["session"].Verdict != "skipped" || down["journal"].Verdict != "ok" {
		t.Errorf("without a server: %+v", down)
	}

	s.file("broken.yaml", "profiles: [")
	if c := examined(t, s, 1, "--config", "broken.yaml"); c["configuration"].Verdict != "failed" || c["rest"].Verdict != "skipped" {
		t.Errorf("a broken configuration: %+v", c)
	}
}

func TestDoctorBundle(t *testing.T) {
	s := newStage(t)
	s.env["VIZORA_PASSWORD"], s.env["VIZORA_MFA_CODE"] = "canary-password", "canary-code"
	s.env["HTTPS_PROXY"] = "http://user:canary-proxy@proxy.invalid:3128"
	examined(t, s, 0, "--bundle", "b.tgz")
	f, err := os.Open(filepath.Join(s.dir, "b.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	archive, files := tar.NewReader(zip), 0
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files++
		for _, secret := range []string{"canary", s.env["VIZORA_TOKEN"], s.env["PASSWORD"]} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s holds %q:\n%s", header.Name, secret, text)
			}
		}
	}
	if files != 6 {
		t.Errorf("the bundle holds %d files, want 6", files)
	}
}

// A shared journal's server is looked at besides.
func TestDoctorOfASharedJournal(t *testing.T) {
	s := newStage(t)
	locked := redistest.Start(t, "--requirepass", "another")
	durable, volatile := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always"), redistest.Start(t)
	for _, c := range []struct {
		name, store string
		exit        int
		verdict     string
		says, fix   string
		journal     string
	}{
		{"durable", durable.URL("d"), 0, "ok", "loses nothing", "", "ok"},
		{"volatile", volatile.URL("d"), 0, "warning", "loses everything in it", "appendfsync always", "ok"},
		{"no password there", "redis://:canary@" + durable.Host, 1, "failed", "has no password", "leave it out", "skipped"},
		{"wrong password", "redis://:canary@" + locked.Host, 1, "failed", "does not accept", "journal.store", "skipped"},
		{"nobody there", "redis://:canary@127.0.0.1:1", 1, "failed", "connection refused", "is it running", "skipped"},
	} {
		s.env["VIZORA_JOURNAL_STORE"] = c.store
		found := examined(t, s, c.exit)
		if got := found["journal store"]; got.Verdict != c.verdict || !strings.Contains(got.Detail, c.says) || !strings.Contains(got.Fix, c.fix) || strings.Contains(got.Detail, "canary") {
			t.Errorf("%s: %+v", c.name, got)
		}
		if got := found["journal"]; got.Verdict != c.journal {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if run(t, append(s.environ(), "VIZORA_JOURNAL_STORE="+durable.URL("d")), s.dir, "", "doctor").exit != 0 {
		t.Error("the table")
	}
}
