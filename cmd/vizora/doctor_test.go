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
	if err := json.Unmarshal([]byte(r.stdout), &list); err != nil || len(list) != 14 {
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
