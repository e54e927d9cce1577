package auth_test

// This file tests the session: status, refresh, logout and sessions.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// ring is a keyring in memory.

// machine is one user's machine; run is a process on it.

// runCtx runs a command line; tty pretends that a person sits there.

// execute is the root command with no more than auth below it.

// totp is the code of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s).

func TestLoginStatusLogout(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 1})
	m, l := newMachine(t), s.Login()
	r := m.must(l.Password+"\n", "auth", "login", "--url", s.URL(), "--email", l.Email, "--password-stdin")
	want(t, r, 0, "signed in to "+s.URL()+" as "+l.Email, "admin of "+l.Organization, "the system keyring", "good for 7d")
	if r.out != "" {
		t.Errorf("stdout is data, and a sign-in in words has none: %q", r.out)
	}
	file, err := os.ReadFile(filepath.Join(m.dir, "config", "vizora", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"current: default", "url: " + s.URL(), "email: " + l.Email, "organization: " + l.Organization, "organization-id: " + l.OrganizationID} {
		if !strings.Contains(string(file), line) {
			t.Errorf("the profile lacks %q:\n%s", line, file)
		}
	}
	var status map[string]any
	r = m.must("", "auth", "status", "-o", "json")
	if err := json.Unmarshal([]byte(r.out), &status); err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]any{
		"apiVersion": "vizora/v1", "kind": "AuthStatus", "user": l.Email, "role": "admin", "organization": l.Organization, "organizationId": l.OrganizationID,
		"server": s.URL(), "profile": "default", "tokenSource": "the system keyring", "renewable": true, "verified": true,
	} {
		if status[key] != value {
			t.Errorf("status %s = %v, want %v", key, status[key], value)
		}
	}
	if at, err := time.Parse(time.RFC3339, fmt.Sprint(status["expiresAt"])); err != nil || time.Until(at) < 6*24*time.Hour {
		t.Errorf("expiresAt = %v", status["expiresAt"])
	}
	want(t, m.must("", "auth", "logout"), 0, "signed out of "+s.URL())
	if len(m.ring.secrets) != 0 {
		t.Error("tokens were left in the keyring")
	}
	want(t, m.run("", "auth", "status"), cmdutil.ExitAuth, "not signed in")
	want(t, m.run("", "auth", "logout"), 0, "no session to end")
}

// Tokens and passwords are in no output of any command, not even with --debug

// and not when something fails.

func TestNoSecretIsEverPrinted(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 2})
	m, l := newMachine(t), mfaLogin(t, s)
	secrets := []string{l.Password, l.TOTPSecret, "canary-password", "canary-token"}
	note := func() { // whatever the keyring has held
		for _, raw := range m.ring.secrets {
			var kept struct{ Access, Refresh string }
			if err := json.Unmarshal([]byte(raw), &kept); err != nil || kept.Access == "" || kept.Refresh == "" {
				t.Fatalf("the keyring holds no session: %v", err)
			}
			secrets = append(secrets, kept.Access, kept.Refresh, strings.Split(kept.Access, ".")[2])
		}
	}
	code := totp(t, l.TOTPSecret, time.Now())
	args := []string{"auth", "login", "--debug", "--url", s.URL(), "--email", l.Email, "--password-stdin", "-o", "json"}
	want(t, m.run("canary-password", args...), cmdutil.ExitAuth)
	m.env["VIZORA_MFA_CODE"] = "canary-token"
	want(t, m.run(l.Password, args...), cmdutil.ExitAuth)
	m.env["VIZORA_MFA_CODE"] = code
	m.must(l.Password, args...)
	note()
	m.must("", "auth", "refresh", "--debug", "-o", "json")
	note()
	for _, format := range []string{"table", "wide", "json", "jsonl", "yaml", "csv", "name", "lines"} {
		m.must("", "auth", "status", "--debug", "-o", format)
		m.must("", "auth", "sessions", "list", "--debug", "-o", format)
	}
	m.env["VIZORA_TOKEN"] = "canary-token"
	want(t, m.run("", "auth", "status", "--debug", "-o", "json"), cmdutil.ExitAuth, "VIZORA_TOKEN")
	want(t, m.run("", "auth", "refresh", "--debug"), cmdutil.ExitAuth)
	m.must("", "auth", "logout", "--debug")
	for _, secret := range secrets {
		if strings.Contains(m.all.String(), secret) {
			t.Errorf("a secret was printed: ...%s", secret[max(0, len(secret)-6):])
		}
	}
	if len(secrets) < 10 {
		t.Errorf("only %d secrets were looked for", len(secrets))
	}
}

// answers is a server that gives one answer to every request.

// A session that cannot be kept is not left open on the server.

// With the server down the tokens are deleted here all the same.

func TestLogoutWithoutServer(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 9})
	m, l := newMachine(t), s.Login()
	m.env["VIZORA_RETRIES"] = "0"
	m.login(s, l)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	r := m.run("", "auth", "status", "-o", "json")
	want(t, r, cmdutil.ExitError, `"verified":false`, l.Email, "refuses connections")
	want(t, m.must("", "auth", "logout"), 0, "deleted here", "server was not told")
	if len(m.ring.secrets) != 0 {
		t.Error("tokens were left")
	}
}

// Logout ends the refresh session too, even if the access token has expired.

func TestLogoutEndsTheSessionOnTheServer(t *testing.T) {
	var mu sync.Mutex
	ahead := time.Duration(0)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(ahead)
	}
	s := startSandbox(t, sandbox.Options{Seed: 10, AccessTTL: time.Minute, Now: clock})
	l := s.Login()
	a, b := newMachine(t), newMachine(t)
	a.now, b.now = clock, clock
	a.login(s, l)
	mu.Lock()
	ahead = time.Hour
	mu.Unlock()
	b.login(s, l)
	want(t, a.must("", "auth", "logout"), 0, "signed out")
	if got := sessions(t, b); len(got) != 1 || !got[0].Current {
		t.Errorf("sessions left = %+v, want b's own only", got)
	}
}

func sessions(t *testing.T, m *machine) []api.SignInSession {
	t.Helper()
	var list []api.SignInSession
	if err := json.Unmarshal([]byte(m.must("", "auth", "sessions", "list", "-o", "json").out), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestSessions(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 11})
	l := s.Login()
	a, b := newMachine(t), newMachine(t)
	a.login(s, l)
	b.login(s, l)
	all := sessions(t, a)
	if len(all) != 2 {
		t.Fatalf("%d sessions, want 2", len(all))
	}
	other, own := all[0].ID, all[1].ID
	if all[0].Current {
		other, own = own, other
	}
	want(t, a.run("", "auth", "sessions", "revoke", other), cmdutil.ExitError, "needs a confirmation")
	want(t, a.run("", "auth", "sessions", "revoke", "nosuch", "--yes"), cmdutil.ExitNotFound, `no session "nosuch"`)
	want(t, a.must("", "auth", "sessions", "revoke", other, "--yes"), 0, "ended session "+other)
	want(t, b.run("", "auth", "refresh"), cmdutil.ExitAuth, "the session has ended")
	want(t, a.must("", "auth", "sessions", "revoke", own, "--yes"), 0, "this profile's own session")
}

func TestRefresh(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 12})
	m, l := newMachine(t), s.Login()
	want(t, m.run("", "auth", "refresh"), cmdutil.ExitUsage, "no server is chosen")
	m.login(s, l)
	before := m.ring.secrets["vizora-cli/default"]
	want(t, m.must("", "auth", "refresh"), 0, "has new tokens, good for 7d", l.Email)
	if m.ring.secrets["vizora-cli/default"] == before {
		t.Error("the tokens are the old ones")
	}
	want(t, m.must("", "auth", "status"), 0, l.Email)
}

// The server has ended the session: exit 4, whose session it was, what to do.

func TestStatusOfAnEndedSession(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 13})
	m, l := newMachine(t), s.Login()
	m.login(s, l)
	raw := m.ring.secrets["vizora-cli/default"]
	m.must("", "auth", "logout")
	m.ring.secrets["vizora-cli/default"] = raw // as if it had ended elsewhere
	r := m.run("", "auth", "status", "-o", "json")
	want(t, r, cmdutil.ExitAuth, "UNAUTHENTICATED", "profile default, server "+s.URL()+", token from the system keyring", "auth login")
	if r.out != "" {
		t.Errorf("stdout: %q", r.out)
	}
}

func TestBareToken(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 14})
	m, l := newMachine(t), s.Login()
	m.login(s, l)
	var kept struct{ Access string }
	if err := json.Unmarshal([]byte(m.ring.secrets["vizora-cli/default"]), &kept); err != nil {
		t.Fatal(err)
	}
	ci := newMachine(t)
	ci.env["VIZORA_URL"], ci.env["VIZORA_TOKEN"] = s.URL(), kept.Access
	want(t, ci.must("", "auth", "status", "-o", "json"), 0, `"tokenSource":"environment VIZORA_TOKEN"`, `"renewable":false`, `"verified":true`)
	want(t, ci.run("", "auth", "refresh"), cmdutil.ExitAuth, "cannot be renewed")
	r := ci.must(l.Password, "auth", "login", "--email", l.Email, "--password-stdin")
	want(t, r, 0, "VIZORA_TOKEN is set and wins")
	want(t, ci.must("", "auth", "logout"), 0, "signed out", "VIZORA_TOKEN is still set")
	want(t, ci.must("", "auth", "status"), 0, l.Email) // logout ended the stored session, not the token's
}

// Signing in again to another server moves the profile, and says so.

// Pending operations wait for the next sign-in, and logout says so.

func TestLogoutWithPendingOperations(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 17})
	m, l := newMachine(t), s.Login()
	j, err := journal.Open(journal.Options{Dir: filepath.Join(m.dir, "state", "vizora", "default", "journal"), Owner: journal.Owner{Server: s.URL(), User: "u", Organization: "o"}})
	if err != nil {
		t.Fatal(err)
	}
	for n, says := range []string{"", "holds 1 operation that", "holds 2 operations that"} {
		if n > 0 {
			_, err := j.Submit(t.Context(), journal.Operation{
				Effect: journal.Once, Kind: "Playlist", Verb: "duplicate", Target: "x", Summary: "duplicate",
				Request: api.Request{Method: http.MethodPost, Path: "/playlists/x/duplicate"},
			}, journal.SubmitOptions{Async: true})
			if !api.IsKind(err, api.KindQueued) {
				t.Fatal(err)
			}
		}
		m.login(s, l)
		r := m.must("", "auth", "logout")
		want(t, r, 0, says)
		if n == 0 && strings.Contains(r.err, "journal") {
			t.Errorf("nothing is pending:\n%s", r.err)
		}
	}
}
