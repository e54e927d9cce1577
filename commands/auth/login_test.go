package auth_test

// This file tests signing in.

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func TestWrongPasswordThenLocked(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 3})
	m, l := newMachine(t), s.Login()
	m.env["VIZORA_PASSWORD"] = "wrong"
	args := []string{"auth", "login", "--url", s.URL(), "--email", l.Email}
	for range 10 {
		want(t, m.run("", args...), cmdutil.ExitAuth, "Invalid email or password", "ten failures lock the account")
	}
	r := m.run("", append(args, "-o", "json")...)
	want(t, r, cmdutil.ExitRateLimited, `"ACCOUNT_LOCKED"`, "15 minutes")
	if len(m.ring.secrets) != 0 {
		t.Error("something was stored")
	}
	if _, err := os.Stat(filepath.Join(m.dir, "config", "vizora", "config.yaml")); err == nil {
		t.Error("a failed sign-in wrote a profile")
	}
}

func TestSecondFactor(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 4})
	l := mfaLogin(t, s)
	args := []string{"auth", "login", "--url", s.URL(), "--email", l.Email}
	t.Run("typed, after slips", func(t *testing.T) {
		m := newMachine(t)
		typed := "1\n000000\n" + totp(t, l.TOTPSecret, time.Now()) + "\n"
		r := m.runCtx(t.Context(), true, l.Password+"\n"+typed, args...)
		want(t, r, 0, "Password of "+l.Email+" at "+s.URL(), "4 to 64 characters", "4 of 5 tries left", "signed in to")
	})
	t.Run("five wrong codes", func(t *testing.T) {
		m := newMachine(t)
		r := m.runCtx(t.Context(), true, l.Password+"\n"+strings.Repeat("000000\n", 9), args...)
		want(t, r, cmdutil.ExitAuth, "1 of 5 tries left", "start again")
		if strings.Contains(r.err, "0 of 5") {
			t.Errorf("a sixth code was asked for:\n%s", r.err)
		}
	})
	t.Run("nobody to ask", func(t *testing.T) {
		m := newMachine(t)
		want(t, m.run(l.Password, append(args, "--password-stdin")...), cmdutil.ExitUsage, "second factor", "VIZORA_MFA_CODE")
		m.env["VIZORA_MFA_CODE"] = "1"
		want(t, m.run(l.Password, append(args, "--password-stdin")...), cmdutil.ExitUsage, "4 to 64")
	})
}

func TestWhereTheEmailComesFrom(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 5})
	l := s.Login()
	m := newMachine(t)
	m.env["VIZORA_URL"], m.env["VIZORA_PASSWORD"] = s.URL(), l.Password
	want(t, m.run("", "auth", "login"), cmdutil.ExitUsage, "no e-mail address", "VIZORA_EMAIL")
	want(t, m.run("", "auth", "login", "--email", "nobody"), cmdutil.ExitUsage, `email "nobody"`)
	m.env["VIZORA_EMAIL"] = strings.ToUpper(l.Email)
	m.must("", "auth", "login")
	delete(m.env, "VIZORA_EMAIL")
	delete(m.env, "VIZORA_URL")
	m.must("", "auth", "login") // both from the profile now
	want(t, m.run("", "auth", "login", "--profile", "new"), cmdutil.ExitUsage, "no server is chosen")
	m.must("", "auth", "login", "--profile", "new", "--url", s.URL(), "--email", l.Email)
	want(t, m.must("", "auth", "status", "--profile", "new"), 0, "new")
	r := m.runCtx(t.Context(), true, s.URL()+"\n"+l.Email+"\n", "auth", "login", "--profile", "typed")
	want(t, r, 0, "Address of the server: ", "E-mail: ", "signed in to")
}

func TestPasswordStdin(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 6})
	m, l := newMachine(t), s.Login()
	args := []string{"auth", "login", "--url", s.URL(), "--email", l.Email, "--password-stdin"}
	m.must(l.Password+"\r\n", args...)
	want(t, m.run("", args...), cmdutil.ExitUsage, "stdin is empty")
	want(t, m.runCtx(t.Context(), true, l.Password, args...), cmdutil.ExitUsage, "stdin is a terminal")
	want(t, m.run(strings.Repeat("x", 129), args...), cmdutil.ExitUsage, "longer than")
	want(t, m.run("", "auth", "login", "--url", s.URL(), "--email", l.Email), cmdutil.ExitUsage, "--password-stdin")
	want(t, m.runCtx(t.Context(), true, "\n", args[:len(args)-1]...), cmdutil.ExitError, "no password was given")
	if len(m.ring.secrets) != 1 {
		t.Error("the first session is gone")
	}
}

func answers(t *testing.T, status int, body string, header map[string]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestRefusedSignIns(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	tests := []struct {
		name, url string
		code      int
		says      []string
	}{
		{"inactive", answers(t, 403, `{"statusCode":403,"message":"Account is inactive. Contact support."}`, nil), cmdutil.ExitAuth, []string{"Account is inactive", "admin of your organisation"}},
		{"rate limited", answers(t, 429, `{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}`, map[string]string{"Retry-After-long": "3600"}), cmdutil.ExitRateLimited, []string{"asks to wait 1h"}},
		{"locked", answers(t, 429, `{"statusCode":429,"message":"Account temporarily locked"}`, nil), cmdutil.ExitRateLimited, []string{"temporarily locked", "15 minutes after"}},
		{"redis down", answers(t, 503, `{"statusCode":503,"message":"Service Unavailable"}`, nil), cmdutil.ExitError, []string{"Redis"}},
		{"enrolment", answers(t, 201, `{"success":true,"data":{"mfaEnrollmentRequired":true,"enrollmentToken":"canary"}}`, nil), cmdutil.ExitAuth, []string{"requires a second factor", "dashboard"}},
		{"no network", closed.URL, cmdutil.ExitError, []string{"refuses connections"}},
		{"not Vizora", answers(t, 200, `<html>`, map[string]string{"Content-Type": "text/html"}), cmdutil.ExitError, []string{"not a Vizora API"}},
		{"plain http", "http://192.0.2.1", cmdutil.ExitUsage, []string{"unencrypted"}},
		{"no address", "vizora", cmdutil.ExitUsage, []string{"https://"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := newMachine(t)
			m.env["VIZORA_PASSWORD"], m.env["VIZORA_RETRIES"] = "canary", "0"
			r := m.run("", "auth", "login", "--url", tt.url, "--email", "a@example.com")
			want(t, r, tt.code, tt.says...)
			if strings.Contains(r.out+r.err, "canary") {
				t.Errorf("a secret was printed:\n%s", r.err)
			}
		})
	}
}

func TestLoginThatCannotBeKept(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 7})
	l := s.Login()
	m := newMachine(t)
	m.env["VIZORA_TOKEN_STORE"] = "keyring"
	m.ring.err = errors.New("locked")
	want(t, m.run(l.Password, "auth", "login", "--url", s.URL(), "--email", l.Email, "--password-stdin"), cmdutil.ExitError, "locked", "sign in again")
	m.ring.err = nil
	m.login(s, l)
	if got := sessions(t, m); len(got) != 1 {
		t.Errorf("%d sessions are open, want the second one only", len(got))
	}
}

func TestKeyringFallback(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 8})
	m, l := newMachine(t), s.Login()
	m.ring.err = errors.New("no such service")
	r := m.must(l.Password, "auth", "login", "--url", s.URL(), "--email", l.Email, "--password-stdin")
	want(t, r, 0, "no such service", "which only you can read", "kept in file ~")
	if strings.Count(r.err, "which only you can read") != 1 {
		t.Errorf("not said once:\n%s", r.err)
	}
	r = m.must("", "auth", "status")
	want(t, r, 0, "file ~")
	if strings.Contains(r.err, "keyring") {
		t.Errorf("said again:\n%s", r.err)
	}
}

func TestProfileMovesToAnotherServer(t *testing.T) {
	a, b := startSandbox(t, sandbox.Options{Seed: 15}), startSandbox(t, sandbox.Options{Seed: 16})
	m := newMachine(t)
	m.env["VIZORA_REALTIME_URL"] = "http://127.0.0.1:8"
	m.login(a, a.Login())
	delete(m.env, "VIZORA_REALTIME_URL")
	m.env["VIZORA_URL"] = b.URL()
	want(t, m.run("", "auth", "status"), cmdutil.ExitAuth, "not signed in to "+b.URL())
	l := b.Login()
	r := m.must(l.Password, "auth", "login", "--email", l.Email, "--password-stdin")
	want(t, r, 0, "was for "+a.URL()+" and is now for "+b.URL())
	file, err := os.ReadFile(filepath.Join(m.dir, "config", "vizora", "config.yaml"))
	if err != nil || strings.Contains(string(file), "realtime-url") {
		t.Errorf("the realtime service of the old server stays: %v\n%s", err, file)
	}
	m.env["VIZORA_REALTIME_URL"] = "http://127.0.0.1:9"
	m.login(b, l)
	delete(m.env, "VIZORA_REALTIME_URL")
	file, err = os.ReadFile(filepath.Join(m.dir, "config", "vizora", "config.yaml"))
	if err != nil || !strings.Contains(string(file), "realtime-url: http://127.0.0.1:9") {
		t.Errorf("the realtime service that was given is not kept: %v\n%s", err, file)
	}
}

func TestInterruptedLogin(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(release)
	m := newMachine(t)
	m.env["VIZORA_PASSWORD"] = "secret"
	ctx, cancel := context.WithCancel(t.Context())
	stop := time.AfterFunc(100*time.Millisecond, cancel)
	defer stop.Stop()
	want(t, m.runCtx(ctx, false, "", "auth", "login", "--url", s.URL, "--email", "a@example.com"), cmdutil.ExitInterrupted)
}
