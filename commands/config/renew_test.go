package config

// This file tests renewing a session: once, in its place, under a lock.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

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
	e, ok := errors.AsType[*api.Error](err)
	if !ok || !strings.Contains(e.Hint, "auth login") || strings.Contains(fmt.Sprintf("%+v", e), "canary") {
		t.Errorf("err = %+v", err)
	}
	_, err = w.tokens().Current(t.Context()) // the dead session is not presented again
	wantKind(t, err, api.KindUnauthenticated)
}

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
		cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "VIZORA_") }), "VIZORA_TEST_PROCESS=1")
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
