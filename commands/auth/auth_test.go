package auth_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/auth"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

// ring is a keyring in memory.
type ring struct {
	mu      sync.Mutex
	secrets map[string]string
	err     error
}

func (k *ring) Get(service, user string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	secret, ok := k.secrets[service+"/"+user]
	if !ok && k.err == nil {
		return "", config.ErrNoSecret
	}
	return secret, k.err
}

func (k *ring) Set(service, user, secret string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.secrets[service+"/"+user] = secret
	}
	return k.err
}

func (k *ring) Delete(service, user string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.secrets, service+"/"+user)
	return k.err
}

// machine is one user's machine; run is a process on it.
type machine struct {
	t    *testing.T
	dir  string
	env  map[string]string
	ring *ring
	now  func() time.Time
	all  bytes.Buffer // everything any run has printed
}

func newMachine(t *testing.T) *machine {
	dir := t.TempDir()
	return &machine{t: t, dir: dir, ring: &ring{secrets: map[string]string{}}, now: time.Now, env: map[string]string{
		"HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, "config"), "XDG_STATE_HOME": filepath.Join(dir, "state"), "XDG_CACHE_HOME": filepath.Join(dir, "cache"),
	}}
}

type result struct {
	code     int
	out, err string
}

func (m *machine) run(stdin string, args ...string) result {
	m.t.Helper()
	return m.runCtx(m.t.Context(), false, stdin, args...)
}

// runCtx runs a command line; tty pretends that a person sits there.
func (m *machine) runCtx(ctx context.Context, tty bool, stdin string, args ...string) result {
	m.t.Helper()
	io, in, out, errOut := output.Test()
	io.SetTTY(tty, false, tty)
	in.WriteString(stdin)
	env := func(name string) (string, bool) { v, ok := m.env[name]; return v, ok }
	f := cmdutil.New(io, cmdutil.Build{Version: "test"}, env)
	f.Now = m.now
	f.Config = sync.OnceValues(func() (*config.Config, error) {
		return config.Load(config.Options{
			Env: env, Profile: f.Global.Profile, Keyring: m.ring,
			Notice: func(s string) { io.Warn("%s", s) },
		})
	})
	code := execute(ctx, f, args)
	m.all.Write(out.Bytes())
	m.all.Write(errOut.Bytes())
	return result{code, out.String(), errOut.String()}
}

// execute is the root command with no more than auth below it.
func execute(ctx context.Context, f *cmdutil.Factory, args []string) int {
	root := cmdutil.Group("vizora", nil, "", "", auth.New(f))
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentFlags().StringVar(&f.Global.Profile, "profile", "", "")
	root.PersistentFlags().StringVarP(&f.Global.Output, "output", "o", "", "")
	root.PersistentFlags().BoolVar(&f.Global.Debug, "debug", false, "")
	root.SetArgs(args)
	return f.Report(root.ExecuteContext(ctx))
}

func (m *machine) must(stdin string, args ...string) result {
	m.t.Helper()
	r := m.run(stdin, args...)
	if r.code != 0 {
		m.t.Fatalf("%v: exit %d\n%s%s", args, r.code, r.out, r.err)
	}
	return r
}

func (m *machine) login(s *sandbox.Server, l sandbox.Login) {
	m.t.Helper()
	m.must(l.Password, "auth", "login", "--url", s.URL(), "--email", l.Email, "--password-stdin")
}

func startSandbox(t *testing.T, o sandbox.Options) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mfaLogin(t *testing.T, s *sandbox.Server) sandbox.Login {
	t.Helper()
	for _, l := range s.Logins() {
		if l.TOTPSecret != "" {
			return l
		}
	}
	t.Fatal("the sandbox has no account with a second factor")
	return sandbox.Login{}
}

// totp is the code of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s).
func totp(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(secret, "="))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, uint64(now.Unix()/30))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1000000)
}

func want(t *testing.T, r result, code int, parts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, p := range parts {
		if !strings.Contains(r.out+r.err, p) {
			t.Errorf("%q is not in:\n%s%s", p, r.out, r.err)
		}
	}
}

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

// answers is a server that gives one answer to every request.
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

// A session that cannot be kept is not left open on the server.
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
	want(t, m.must("", "auth", "refresh"), 0, "is renewed", l.Email)
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
func TestProfileMovesToAnotherServer(t *testing.T) {
	a, b := startSandbox(t, sandbox.Options{Seed: 15}), startSandbox(t, sandbox.Options{Seed: 16})
	m := newMachine(t)
	m.login(a, a.Login())
	m.env["VIZORA_URL"] = b.URL()
	want(t, m.run("", "auth", "status"), cmdutil.ExitAuth, "not signed in to "+b.URL())
	l := b.Login()
	r := m.must(l.Password, "auth", "login", "--email", l.Email, "--password-stdin")
	want(t, r, 0, "was for "+a.URL()+" and is now for "+b.URL())
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
