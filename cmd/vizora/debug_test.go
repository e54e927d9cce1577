package main

// This file is about one thing: what --debug and --trace-timings say, where, and
// what they leave out. That no command says a secret with them holds
// TestExamples, which runs all of them so.

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/sandbox"
)

func TestDebug(t *testing.T) {
	s := newStage(t)
	s.file("secret.txt", webhookSecret)
	s.secret("access token", s.env["VIZORA_TOKEN"])
	s.secret("password", s.env["PASSWORD"])
	s.secret("webhook secret", webhookSecret)

	r := s.must(`display list --debug -o json`)
	if onlyJSON(r.stdout) != nil || strings.Contains(r.stdout, "debug:") {
		t.Errorf("stdout: %.200s", r.stdout)
	}
	line := regexp.MustCompile(`debug: GET /displays\?limit=100&page=1 -> 200 in [0-9.]+(µ|m)?s, 0 B out, [0-9]+ B in, vz-[0-9a-f]{24}`)
	if !line.MatchString(r.stderr) || !strings.Contains(r.stderr, `debug: < {`) {
		t.Errorf("stderr: %s", r.stderr)
	}
	for _, never := range []string{"uthorization", "Bearer", "ookie", "CSRF"} { // headers are not told at all
		if strings.Contains(r.stderr, never) {
			t.Errorf("says %s: %s", never, r.stderr)
		}
	}

	for command, wants := range map[string][]string{
		`auth login --profile lab --url $VIZORA_URL --email $EMAIL --password-stdin`:                                                   {`debug: POST /auth/login`, `"password":"[redacted]"`, `"access_token":"[redacted]"`},
		`webhook create Bridge --url https://example.com/hook --secret-file secret.txt --events content.created`:                       {`debug: > {`, `"secret":"[redacted]"`},
		`webhook create Other --url https://u:canary-pw@example.com/?token=canary-t --secret-file secret.txt --events content.created`: {`https://u:[redacted]@example.com/?token=[redacted]`},
		`api GET /displays?limit=1&access_token=canary-q&search=x`:                                                                     {`/displays?access_token=[redacted]&limit=1&search=x -> 400`},
		`api GET /nowhere`: {`debug: GET /nowhere -> 404`},
	} {
		r := run(t, s.environ(), s.dir, s.env["PASSWORD"]+"\n", append(words(t, s.expand(command)), "--debug")...)
		for _, want := range wants {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%s: does not say %s:\n%s", command, want, r.stderr)
			}
		}
		for _, line := range strings.Split(r.stderr, "\n") {
			if strings.HasPrefix(line, "debug:") && strings.Contains(line, "canary") {
				t.Errorf("%s: says a secret: %s", command, line)
			}
		}
		s.noSecret(t, command, r.stderr)
	}

	s.env["BIG"] = strings.Repeat("x", 5000)
	r = s.must(`playlist update "Lobby Loop" --description $BIG --debug`)
	for line := range strings.Lines(r.stderr) {
		if len(line) > 2200 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	if !strings.Contains(r.stderr, "... (5") {
		t.Errorf("what was cut is not told: %.300s", r.stderr)
	}
	if r := s.must(`display list -q`); strings.Contains(r.stderr, "debug") {
		t.Errorf("without --debug: %s", r.stderr)
	}
}

var sid = regexp.MustCompile(`[?&"]sid"?[:=]"?([^"&\s]*)`)

// TestDebugFrames: both transports' packets, without what lets others in.
func TestDebugFrames(t *testing.T) {
	for _, transport := range []string{"websocket", "polling"} {
		s := newStageOf(t, 1, sandbox.EventsPlatform)
		s.secret("access token", s.env["VIZORA_TOKEN"])
		if transport == "polling" {
			s.order("faults", "ws-refuse 100%")
		}
		r := s.must(`watch --debug -o jsonl --count 2 --timeout 50s`)
		for _, want := range []string{`debug: ` + transport + ` > 40{"token":"[redacted]"}`, `debug: ` + transport + ` < 40{`, `debug: ` + transport + ` < 42["device:status`} {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%s: does not say %s:\n%s", transport, want, r.stderr)
			}
		}
		if onlyJSON(r.stdout) != nil {
			t.Errorf("stdout: %s", r.stdout)
		}
		found := sid.FindAllStringSubmatch(r.stderr, -1)
		for _, m := range found {
			if m[1] != "[redacted]" {
				t.Errorf("%s: a session's id is told: %s", transport, m[0])
			}
		}
		if len(found) == 0 {
			t.Errorf("%s: no session was opened:\n%s", transport, r.stderr)
		}
		s.noSecret(t, transport, r.stderr)
	}
}

// TestDebugLostStream: what a broken connection says holds no address with a
// session's id in it.
func TestDebugLostStream(t *testing.T) {
	s := newStage(t)
	s.order("faults", "ws-refuse 100%")
	c := &cue{word: "live", act: func(s *stage) { s.trouble("crash?down=1s") }}
	r := s.inside("", "", c, "watch", "--debug", "-o", "jsonl", "--until", `event == "gap"`, "--timeout", "50s")
	if r.exit != 0 || !strings.Contains(r.stderr, "lost") {
		t.Fatalf("exit %d: %s", r.exit, r.stderr)
	}
	if strings.Contains(r.stderr, "transport=polling") || strings.Contains(r.stderr, "sid=") || strings.Contains(r.stdout, "sid=") {
		t.Errorf("an address is told:\n%s%s", r.stderr, r.stdout)
	}
}

func TestTraceTimings(t *testing.T) {
	s := newStage(t)
	r := s.must(`playlist update "Lobby Loop" --description new --trace-timings -o json`)
	if onlyJSON(r.stdout) != nil {
		t.Errorf("stdout: %s", r.stdout)
	}
	line := regexp.MustCompile(`(?m)^timing: (GET|PATCH) (/\S+) 200: (\S+) = look-up (\S+) \+ connect (\S+) \+ tls (\S+) \+ server (\S+) \+ transfer (\S+), (new|open) connection$`)
	found := line.FindAllStringSubmatch(r.stderr, -1)
	if len(found) < 2 || found[0][9] != "new" || found[len(found)-1][9] != "open" || found[len(found)-1][1] != "PATCH" {
		t.Fatalf("%q of %s", found, r.stderr)
	}
	for _, m := range found {
		var parts [6]time.Duration
		for i := range parts {
			d, err := time.ParseDuration(m[3+i])
			if err != nil || d < 0 {
				t.Fatalf("%s: %v", m[0], err)
			}
			parts[i] = d
		}
		sum := parts[1] + parts[2] + parts[3] + parts[4] + parts[5]
		if off := (parts[0] - sum).Abs(); off > 100*time.Microsecond && sum < parts[0] { // each is rounded
			t.Errorf("the parts make %s: %s", sum, m[0])
		}
		if m[9] == "open" && parts[1]+parts[2]+parts[3] != 0 {
			t.Errorf("an open connection was made: %s", m[0])
		}
	}
	if strings.Contains(r.stderr, "debug:") {
		t.Errorf("more than timings: %s", r.stderr)
	}
}
