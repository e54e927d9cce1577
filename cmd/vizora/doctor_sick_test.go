package main

// This file is about one thing: what doctor says of each sickness that it knows,
// and that it names the right remedy.

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// sick expects a verdict, and words of the detail and the fix.
func sick(t *testing.T, found map[string]checked, check, verdict, detail, fix string) {
	t.Helper()
	c := found[check]
	if c.Verdict != verdict || !strings.Contains(c.Detail, detail) || !strings.Contains(c.Fix, fix) {
		t.Errorf("%s: want %s, %q, %q; got %+v", check, verdict, detail, fix, c)
	}
}

func TestDoctorTLS(t *testing.T) {
	s := newStage(t)
	a := newAuthority(t)
	ca := a.keep(filepath.Join(s.dir, "ca.pem"))
	url := s.env["VIZORA_URL"]
	serve := func(change func(*x509.Certificate)) {
		s.env["VIZORA_URL"] = before(t, url, &tls.Config{Certificates: []tls.Certificate{a.issue(change)}}, nil)
	}

	serve(nil)
	found := examined(t, s, 1)
	sick(t, found, "tls", "failed", "unknown authority", "ca-file=PATH")
	sick(t, found, "rest", "failed", "unknown authority", "ca-file")
	sick(t, found, "session", "skipped", "", "")
	s.env["VIZORA_CA_FILE"] = ca
	sick(t, examined(t, s, 0), "tls", "ok", "certificate of harbour.test by Harbour Authority", "")

	serve(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-24 * time.Hour) })
	sick(t, examined(t, s, 1), "tls", "failed", "expired", "renew")

	serve(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(72 * time.Hour) })
	sick(t, examined(t, s, 0), "tls", "warning", "good for 2d", "runs out")

	serve(func(c *x509.Certificate) {
		c.IPAddresses, c.DNSNames = []net.IP{net.IPv4(192, 0, 2, 1)}, []string{"elsewhere.test"}
	})
	sick(t, examined(t, s, 1), "tls", "failed", "192.0.2.1", "its certificate is for")

	s.env["VIZORA_URL"] = "https" + strings.TrimPrefix(url, "http") // speaks no TLS
	sick(t, examined(t, s, 1), "tls", "failed", "", "https://")

	s.env["VIZORA_URL"] = before(t, url, &tls.Config{Certificates: []tls.Certificate{a.issue(nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool()}, nil)
	sick(t, examined(t, s, 1), "rest", "failed", "certificate required", "client-cert=PATH client-key=PATH")
	s.env["VIZORA_CLIENT_CERT"], s.env["VIZORA_CLIENT_KEY"] = keepPair(t, s.dir, a.issue(nil))
	found = examined(t, s, 0)
	sick(t, found, "tls", "ok", "", "")
	sick(t, found, "rest", "ok", "", "")

	s.file("ca.pem", "junk")
	sick(t, examined(t, s, 1), "configuration", "failed", "ca.pem", "")
}

func TestDoctorNetwork(t *testing.T) {
	s := newStage(t)
	url := s.env["VIZORA_URL"]

	s.env["VIZORA_URL"] = "https://no-such-host.invalid"
	found := examined(t, s, 1)
	sick(t, found, "dns", "failed", "no-such-host.invalid", "profile show")
	sick(t, found, "tls", "skipped", "dns", "")
	sick(t, found, "rest", "failed", "no-such-host.invalid", "")

	s.env["HTTPS_PROXY"] = "http://user:canary-proxy@127.0.0.1:1"
	found = examined(t, s, 1)
	sick(t, found, "proxy", "ok", "127.0.0.1:1", "")
	sick(t, found, "dns", "skipped", "the proxy looks names up", "")
	sick(t, found, "rest", "failed", "", "")
	for name, c := range found {
		if strings.Contains(c.Detail+c.Fix, "canary") {
			t.Errorf("%s tells the proxy's password: %+v", name, c)
		}
	}
	s.env["HTTPS_PROXY"] = "http://%zz"
	sick(t, examined(t, s, 1), "proxy", "failed", "HTTPS_PROXY", "http://HOST:PORT")
	delete(s.env, "HTTPS_PROXY")

	s.env["VIZORA_URL"] = before(t, url, nil, func(r *http.Response) error {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("<html>Welcome to the hotel</html>")), -1
		r.Header = http.Header{"Content-Type": {"text/html"}}
		return nil
	})
	sick(t, examined(t, s, 1), "rest", "failed", "", "sign-in page")
	s.env["VIZORA_URL"] = url
	s.order("faults", "GET /health/ready: 503 100%")
	found = examined(t, s, 1)
	sick(t, found, "readiness", "failed", "Service Unavailable", "admin")
	sick(t, found, "rest", "ok", "", "")

	s.order("faults", "ws-refuse 100%")
	found = examined(t, s, 10)
	sick(t, found, "realtime websocket", "failed", "not live", "polling")
	sick(t, found, "realtime polling", "ok", "live", "")
	s.order("faults", "")
}

// TestDoctorAnswers: what the headers of answers tell.
func TestDoctorAnswers(t *testing.T) {
	s := newStage(t)
	url := s.env["VIZORA_URL"]
	for _, c := range []struct {
		skew                        time.Duration
		exit                        int
		verdict, detail, fix, limit string
	}{
		{-10 * time.Minute, 1, "failed", "10m", "NTP", ""},
		{2 * time.Minute, 0, "warning", "behind", "NTP", ""},
		{-2 * time.Minute, 0, "warning", "ahead", "NTP", ""},
		{0, 0, "ok", "", "", "0"},
	} {
		s.env["VIZORA_URL"] = before(t, url, nil, func(r *http.Response) error {
			r.Header.Set("Date", time.Now().Add(c.skew).UTC().Format(http.TimeFormat))
			if c.limit != "" {
				r.Header.Set("X-RateLimit-Remaining-medium", c.limit)
			}
			return nil
		})
		found := examined(t, s, c.exit)
		sick(t, found, "clock", c.verdict, c.detail, c.fix)
		if c.limit != "" {
			sick(t, found, "limits", "warning", c.limit+" of", "wait")
		}
	}
}

func TestDoctorKeyring(t *testing.T) {
	s := newStage(t)
	delete(s.env, "VIZORA_TOKEN") // with which the keyring is not asked
	s.env["VIZORA_TOKEN_STORE"] = "keyring"
	sick(t, examined(t, s, 1), "keyring", "failed", "keyring", "token-store=file")
	s.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + s.dir + "/nobody"
	sick(t, examined(t, s, 1), "keyring", "failed", "keyring", "token-store=file")
	s.env["VIZORA_TOKEN_STORE"] = "auto"
	sick(t, examined(t, s, 4), "keyring", "warning", "not usable", "a file only you can read")
}

// unlocked waits until nobody has a lock: a child that another test is just starting
// has it, too, until it runs its own program.
func unlocked(t *testing.T, file string) {
	t.Helper()
	lock := flock.New(file)
	defer func() { _ = lock.Close() }()
	if _, err := lock.TryLockContext(t.Context(), 5*time.Millisecond); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorState(t *testing.T) {
	s := newStage(t)
	s.must(`playlist list`)
	s.must(`playlist update "Lobby Loop" --description x --async --offline always`, 9)
	state := filepath.Join(s.dir, "state", "vizora", "default")
	folder := filepath.Join(state, "journal")
	held := flock.New(filepath.Join(folder, "journal.lock"))
	if mine, err := held.TryLock(); err != nil || !mine {
		t.Fatal(mine, err)
	}
	found := examined(t, s, 1)
	sick(t, found, "state directory", "warning", "journal.lock", "lsof")
	sick(t, found, "journal", "failed", "locked by another process", "wait for that process") // the one that the lock names has ended
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	unlocked(t, filepath.Join(folder, "journal.lock"))
	found = examined(t, s, 0)
	sick(t, found, "state directory", "ok", "locks are free", "")
	sick(t, found, "journal", "warning", "1 waiting", "vizora sync")

	if err := os.Chmod(state, 0o755); err != nil {
		t.Fatal(err)
	}
	sick(t, examined(t, s, 0), "state directory", "warning", "can be entered by others", "chmod 700")
	if err := os.Chmod(state, 0o700); err != nil {
		t.Fatal(err)
	}

	file := filepath.Join(folder, "journal.db")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		text []byte
	}{
		{"a changed byte", bytes.ReplaceAll(whole, []byte("Lobby Loop"), []byte("Lobby Goop"))},
		{"cut off", whole[:len(whole)/2]},
		{"no journal at all", bytes.Repeat([]byte("junk"), 2048)},
	} {
		if err := os.WriteFile(file, c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		found := examined(t, s, 1)
		if found["journal"].Verdict != "failed" || found["journal"].Fix == "" {
			t.Errorf("%s: %+v", c.name, found["journal"])
		}
	}

	found = examined(t, s, 1) // the sixth time in this minute, each with two connections
	sick(t, found, "realtime polling", "warning", "not tried", "again in")

	s.file("nothing", "x")
	s.env["XDG_STATE_HOME"] = filepath.Join(s.dir, "nothing")
	sick(t, examined(t, s, 1), "state directory", "failed", "cannot be made", "XDG_STATE_HOME")
}
