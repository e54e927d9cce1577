package config

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

type fakeKeyring struct {
	mu      sync.Mutex
	secrets map[string]string
	err     error // every call fails
	setErr  error // only Set fails
	reads   int
}

func newFakeKeyring() *fakeKeyring { return &fakeKeyring{secrets: map[string]string{}} }

func (k *fakeKeyring) Get(service, user string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reads++
	if k.err != nil {
		return "", k.err
	}
	secret, ok := k.secrets[service+"/"+user]
	if !ok {
		return "", ErrNoSecret
	}
	return secret, nil
}

func (k *fakeKeyring) Set(service, user, secret string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := errors.Join(k.err, k.setErr); err != nil {
		return err
	}
	k.secrets[service+"/"+user] = secret
	return nil
}

func (k *fakeKeyring) Delete(service, user string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	if _, ok := k.secrets[service+"/"+user]; !ok {
		return ErrNoSecret
	}
	delete(k.secrets, service+"/"+user)
	return nil
}

const lab = "profiles:\n  default:\n    url: https://vizora.example.com\n    email: a@example.com\n"

var first = api.Credentials{Access: "access-1", Refresh: "refresh-1"}

func (w *world) tokens() *TokenStore {
	w.t.Helper()
	c, p := w.current()
	return c.Tokens(p)
}

func (w *world) tokenFile() string {
	return filepath.Join(w.dir, "state", "vizora", "default", "tokens.json")
}

func wantKind(t *testing.T, err error, kind api.ErrorKind) {
	t.Helper()
	if !api.IsKind(err, kind) {
		t.Errorf("err = %v (%s), want %s", err, api.KindOf(err), kind)
	}
}

func TestSaveAndReadBack(t *testing.T) {
	tests := []struct {
		name, store string
		keyring     error
		where       string
		notices     int
	}{
		{"keyring", "", nil, "the system keyring", 0},
		{"no keyring", "", errors.New("locked"), "file ~/state/vizora/default/tokens.json", 1},
		{"file chosen", "file", nil, "file ~/state/vizora/default/tokens.json", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, lab)
			w.env["VIZORA_TOKEN_STORE"] = tt.store
			w.ring.err = tt.keyring
			store := w.tokens()
			if store.Where() != "" {
				t.Errorf("before: %q", store.Where())
			}
			_, err := store.Current(t.Context())
			wantKind(t, err, api.KindUnauthenticated)
			if err := store.Save(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			again := w.tokens() // another process
			if got, err := again.Current(t.Context()); err != nil || got != first {
				t.Errorf("read back %v, %v", got == first, err)
			}
			if got := filepath.ToSlash(again.Where()); got != tt.where {
				t.Errorf("where = %q, want %q", got, tt.where)
			}
			if len(w.notices) != tt.notices {
				t.Errorf("notices = %q", w.notices)
			}
			if info, err := os.Stat(w.tokenFile()); err == nil && runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("mode = %v", info.Mode())
			}
			if err := again.Delete(t.Context()); err != nil && tt.keyring == nil {
				t.Error(err)
			}
			_, err = again.Current(t.Context())
			wantKind(t, err, api.KindUnauthenticated)
			if len(w.ring.secrets) != 0 {
				t.Error("the keyring still has the session")
			}
		})
	}
}

// Where only the keyring may be used, there is no quiet fallback.
func TestKeyringOnly(t *testing.T) {
	w := newWorld(t, lab)
	w.env["VIZORA_TOKEN_STORE"] = "keyring"
	w.ring.err = errors.New("locked")
	store := w.tokens()
	err := store.Save(t.Context(), first)
	wantKind(t, err, api.KindLocal)
	_, err = store.Current(t.Context())
	wantKind(t, err, api.KindLocal)
	if _, err := os.Stat(w.tokenFile()); err == nil {
		t.Error("a file was written")
	}
}

// An unusable keyring may still hold a session: signing out must say so.
func TestDeleteReportsAnUnusableKeyring(t *testing.T) {
	w := newWorld(t, lab)
	store := w.tokens()
	if err := store.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.ring.err = errKeyringSilent
	wantKind(t, store.Delete(t.Context()), api.KindLocal)
	w.ring.err = errNoKeyring // there is none at all: nothing can be in it
	if err := store.Delete(t.Context()); err != nil {
		t.Error(err)
	}
}

// Tokens belong to one server and one user.
func TestTokensAreNotSentElsewhere(t *testing.T) {
	w := newWorld(t, lab)
	if err := w.tokens().Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for variable, value := range map[string]string{
		"VIZORA_URL":   "https://evil.example.com",
		"VIZORA_EMAIL": "b@example.com",
	} {
		w.env[variable] = value
		_, err := w.tokens().Current(t.Context())
		wantKind(t, err, api.KindUnauthenticated)
		if err == nil || !strings.Contains(err.Error(), value) {
			t.Errorf("%v does not name %s", err, value)
		}
		_, err = w.tokens().Renew(t.Context(), first, func(context.Context, api.Credentials) (api.Credentials, error) {
			t.Error("refresh was called")
			return api.Credentials{}, nil
		})
		wantKind(t, err, api.KindUnauthenticated)
		delete(w.env, variable)
	}
	w.env["VIZORA_EMAIL"] = "A@Example.com" // the server lower-cases addresses
	if _, err := w.tokens().Current(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestUserComesFromTheToken(t *testing.T) {
	w := newWorld(t, "profiles:\n  default:\n    url: https://vizora.example.com\n")
	jwt := "h." + base64.RawURLEncoding.EncodeToString([]byte(`{"email":"c@example.com"}`)) + ".s"
	if err := w.tokens().Save(t.Context(), api.Credentials{Access: jwt}); err != nil {
		t.Fatal(err)
	}
	w.env["VIZORA_EMAIL"] = "other@example.com"
	_, err := w.tokens().Current(t.Context())
	if err == nil || !strings.Contains(err.Error(), "c@example.com") {
		t.Errorf("err = %v", err)
	}
}

func TestEnvironmentTokenWinsAndIsNeverStored(t *testing.T) {
	w := newWorld(t, lab)
	if err := w.tokens().Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.env[EnvToken] = " bare "
	store := w.tokens()
	if got, err := store.Current(t.Context()); err != nil || got.Access != "bare" || got.Refresh != "" {
		t.Errorf("current = %v", err)
	}
	if store.Where() != "environment VIZORA_TOKEN" || !store.FromEnvironment() {
		t.Errorf("where = %q", store.Where())
	}
	_, err := store.Renew(t.Context(), api.Credentials{Access: "bare"}, nil)
	wantKind(t, err, api.KindUnauthenticated)
	if got, err := store.Stored().Current(t.Context()); err != nil || got != first {
		t.Errorf("stored session: %v", err)
	}
}

func TestOpenTokenFileIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // modes mean nothing there
	}
	w := newWorld(t, lab)
	w.env["VIZORA_TOKEN_STORE"] = "file"
	if err := w.tokens().Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o660} {
		if err := os.Chmod(w.tokenFile(), mode); err != nil {
			t.Fatal(err)
		}
		_, err := w.tokens().Current(t.Context())
		wantKind(t, err, api.KindLocal)
		if e, ok := err.(*api.Error); !ok || !strings.Contains(e.Hint, "chmod 600 "+w.tokenFile()) {
			t.Errorf("%v has no fix", err)
		}
	}
}

func TestDamagedTokensAreNoTokens(t *testing.T) {
	for _, text := range []string{"canary-secret", "{}", `{"version":9,"access":"canary-secret"}`, "\x00"} {
		w := newWorld(t, lab)
		w.write(w.tokenFile(), text, 0o600)
		_, err := w.tokens().Current(t.Context())
		wantKind(t, err, api.KindUnauthenticated)
		if s := fmt.Sprintf("%v %+v", err, err); strings.Contains(s, "canary") {
			t.Errorf("what was stored is shown: %s", s)
		}
	}
}

func refreshTo(next api.Credentials, calls *atomic.Int32) func(context.Context, api.Credentials) (api.Credentials, error) {
	return func(context.Context, api.Credentials) (api.Credentials, error) {
		calls.Add(1)
		return next, nil
	}
}

func TestRenew(t *testing.T) {
	second := api.Credentials{Access: "access-2", Refresh: "refresh-2"}
	for _, mode := range []string{"auto", "file"} {
		w := newWorld(t, lab)
		w.env["VIZORA_TOKEN_STORE"] = mode
		var calls atomic.Int32
		a, b := w.tokens(), w.tokens()
		if err := a.Save(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Current(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, store := range []*TokenStore{a, b, a} { // b and the second a find what a stored
			got, err := store.Renew(t.Context(), first, refreshTo(second, &calls))
			if err != nil || got != second {
				t.Errorf("Renew = %v", err)
			}
			if got, _ := store.Current(t.Context()); got != second {
				t.Error("Current is still the old session")
			}
		}
		if calls.Load() != 1 {
			t.Errorf("%s: refreshed %d times, want 1", mode, calls.Load())
		}
	}
}

// Tokens stay where they are: a keyring that comes back has older ones.
func TestRenewStaysInItsPlace(t *testing.T) {
	w := newWorld(t, lab)
	var calls atomic.Int32
	w.ring.err = errors.New("locked")
	if err := w.tokens().Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.ring.err = nil
	second := api.Credentials{Access: "access-2", Refresh: "refresh-2"}
	if _, err := w.tokens().Renew(t.Context(), first, refreshTo(second, &calls)); err != nil {
		t.Fatal(err)
	}
	if len(w.ring.secrets) != 0 {
		t.Error("the session was moved")
	}
	if got, err := w.tokens().Current(t.Context()); err != nil || got != second {
		t.Errorf("the new session is not found: %v", err)
	}
}

// A keyring that fails when the new tokens are to be stored is not the end.
func TestRenewFallsBackToTheFile(t *testing.T) {
	w := newWorld(t, lab)
	var calls atomic.Int32
	store := w.tokens()
	if err := store.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.ring.setErr = errors.New("locked")
	second := api.Credentials{Access: "access-2", Refresh: "refresh-2"}
	if _, err := store.Renew(t.Context(), first, refreshTo(second, &calls)); err != nil {
		t.Fatal(err)
	}
	w.ring.setErr = nil
	if got, err := w.tokens().Current(t.Context()); err != nil || got != second {
		t.Errorf("another process finds the old session: %v", err)
	}
}

func TestRenewThatCannotBeStored(t *testing.T) {
	w := newWorld(t, lab)
	w.env["VIZORA_TOKEN_STORE"] = "keyring"
	store := w.tokens()
	if err := store.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.ring.setErr = errors.New("full")
	var calls atomic.Int32
	_, err := store.Renew(t.Context(), first, refreshTo(api.Credentials{Access: "canary", Refresh: "canary"}, &calls))
	wantKind(t, err, api.KindLocal)
	e, ok := err.(*api.Error)
	if !ok || !strings.Contains(e.Hint, "auth login") || strings.Contains(fmt.Sprintf("%+v", e), "canary") {
		t.Errorf("err = %+v", err)
	}
	_, err = w.tokens().Current(t.Context()) // the dead session is not presented again
	wantKind(t, err, api.KindUnauthenticated)
}

// A refused renewal is not asked for again by every request that waits.
func TestRefusedRenewalIsRemembered(t *testing.T) {
	w := newWorld(t, lab)
	store := w.tokens()
	if err := store.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	calls := 0
	for range 3 {
		_, err := store.Renew(t.Context(), first, func(context.Context, api.Credentials) (api.Credentials, error) {
			calls++
			return api.Credentials{}, api.Errorf(api.KindUnauthenticated, "Refresh token reuse detected")
		})
		wantKind(t, err, api.KindUnauthenticated)
	}
	if calls != 1 {
		t.Errorf("refreshed %d times", calls)
	}
}

// Ctrl-C in the middle of a renewal leaves it a moment to be stored.
func TestInterruptedRenewalIsStored(t *testing.T) {
	w := newWorld(t, lab)
	store := w.tokens()
	if err := store.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	second := api.Credentials{Access: "access-2", Refresh: "refresh-2"}
	_, err := store.Renew(ctx, first, func(ctx context.Context, _ api.Credentials) (api.Credentials, error) {
		cancel()
		return second, ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.tokens().Current(t.Context()); err != nil || got != second {
		t.Errorf("the new session was lost: %v", err)
	}
}

func TestRenewWaitsForTheLockWithItsContext(t *testing.T) {
	w := newWorld(t, lab)
	store := w.tokens()
	if err := store.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	release, held := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- withLock(context.Background(), store.lock, func() error { close(held); <-release; return nil })
	}()
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := w.tokens().Renew(ctx, first, nil)
	wantKind(t, err, api.KindTimeout)
	canceled, stop := context.WithCancel(t.Context())
	stop()
	_, err = w.tokens().Renew(canceled, first, nil)
	wantKind(t, err, api.KindInterrupted)
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A keyring that never answers is left behind, once.
func TestSilentKeyring(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	k := &systemKeyring{patience: 10 * time.Millisecond, env: func(string) (string, bool) { return "set", true }}
	calls := 0
	for range 2 {
		_, err := k.ask(func() (string, error) { calls++; <-hang; return "", nil })
		if !errors.Is(err, errKeyringSilent) {
			t.Errorf("err = %v", err)
		}
	}
	if calls != 1 {
		t.Errorf("asked %d times", calls)
	}
}

func TestNoSessionBusNoKeyring(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return // always there
	}
	k := newSystemKeyring(func(string) (string, bool) { return "", false })
	if _, err := k.Get("s", "u"); !errors.Is(err, errNoKeyring) {
		t.Errorf("err = %v", err)
	}
}

// TestTwoProcessesRefreshOnce starts two processes that renew the same session
// at the same moment, against a server whose refresh tokens work once.
func TestTwoProcessesRefreshOnce(t *testing.T) {
	var refreshes, reuses atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("vizora_refresh_token")
		switch {
		case r.URL.Path == "/api/v1/auth/refresh" && err == nil && cookie.Value == "refresh-1" && refreshes.Add(1) == 1:
			http.SetCookie(rw, &http.Cookie{Name: "vizora_auth_token", Value: "access-2"})
			http.SetCookie(rw, &http.Cookie{Name: "vizora_refresh_token", Value: "refresh-2"})
			rw.WriteHeader(http.StatusCreated)
			_, _ = rw.Write([]byte(`{"success":true,"data":{"expiresIn":60}}`))
		case r.URL.Path == "/api/v1/auth/refresh":
			reuses.Add(1)
			rw.WriteHeader(http.StatusUnauthorized)
			_, _ = rw.Write([]byte(`{"statusCode":401,"message":"Refresh token reuse detected"}`))
		case r.Header.Get("Authorization") == "Bearer access-2":
			_, _ = rw.Write([]byte(`{"success":true,"data":{"user":{"email":"a@example.com"}}}`))
		default:
			rw.WriteHeader(http.StatusUnauthorized)
			_, _ = rw.Write([]byte(`{"statusCode":401,"message":"Unauthorized"}`))
		}
	}))
	defer server.Close()
	w := newWorld(t, "")
	w.env["VIZORA_URL"], w.env["VIZORA_TOKEN_STORE"] = server.URL, "file"
	if err := w.tokens().Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	start := func() (*exec.Cmd, *bufio.Scanner, func()) {
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestRefreshingProcess$")
		cmd.Env = append(os.Environ(), "VIZORA_TEST_PROCESS=1")
		for k, v := range w.env {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, bufio.NewScanner(out), func() { _ = in.Close() }
	}
	a, aOut, goA := start()
	b, bOut, goB := start()
	if !aOut.Scan() || !bOut.Scan() || aOut.Text() != "ready" || bOut.Text() != "ready" {
		t.Fatalf("the processes did not start: %q, %q", aOut.Text(), bOut.Text())
	}
	goA()
	goB()
	for _, out := range []*bufio.Scanner{aOut, bOut} {
		if !out.Scan() || out.Text() != "signed in as a@example.com" {
			t.Errorf("a process said %q", out.Text())
		}
		for out.Scan() {
		}
	}
	if err := errors.Join(a.Wait(), b.Wait()); err != nil {
		t.Error(err)
	}
	if refreshes.Load() != 1 || reuses.Load() != 0 {
		t.Errorf("the refresh token was used %d times, and %d times after that", refreshes.Load(), reuses.Load())
	}
}

// TestRefreshingProcess is the process that TestTwoProcessesRefreshOnce starts.
func TestRefreshingProcess(t *testing.T) {
	if os.Getenv("VIZORA_TEST_PROCESS") != "1" {
		return // only as a process of its own
	}
	c, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Current()
	if err != nil {
		t.Fatal(err)
	}
	client, err := api.New(api.Options{BaseURL: p.URL, Tokens: c.Tokens(p)})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Tokens().Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the parent closes it
	user, err := client.Me(t.Context())
	if err != nil {
		fmt.Println(err)
		t.Fatal(err)
	}
	fmt.Println("signed in as " + user.Email)
}
