package main

// This file is about one thing: the real program behind an HTTPS proxy, with a
// private authority, and with certificates on both sides: REST and the stream.

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// tunnel is a proxy that knows CONNECT. Names lead to addresses of its own.
type tunnel struct {
	*httptest.Server
	names map[string]string // by host:port
	login string            // user:password; "" asks for none
	mu    sync.Mutex
	asked []string // what it could read
}

func openTunnel(t *testing.T, names map[string]string) *tunnel {
	p := &tunnel{names: names}
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() { p.CloseClientConnections(); p.Close() })
	return p
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var text strings.Builder
	text.WriteString(r.Method + " " + r.Host + "\n")
	_ = r.Header.Write(&text)
	p.mu.Lock()
	p.asked = append(p.asked, text.String())
	target, known := p.names[r.Host]
	login := p.login
	p.mu.Unlock()
	switch {
	case r.Method != http.MethodConnect || !known:
		http.Error(w, "no such place", http.StatusForbidden)
		return
	case login != "" && r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(login)):
		w.Header().Set("Proxy-Authenticate", "Basic")
		http.Error(w, "who are you", http.StatusProxyAuthRequired)
		return
	}
	up, err := net.Dial("tcp", target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusOK)
	down, rest, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = up.Close()
		return
	}
	go pipe(up, rest, down)
	go pipe(down, bufio.NewReader(up), up)
}

// pipe copies until either side ends, then ends both.
func pipe(to net.Conn, from io.Reader, source net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = source.Close()
}

func (p *tunnel) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.asked...)
}

const (
	restName     = "rest.harbour.test:443"
	realtimeName = "events.harbour.test:443"
)

// behindTLS puts both services behind TLS at names that only a proxy knows.
func behindTLS(t *testing.T, s *stage, conf *tls.Config) *tunnel {
	t.Helper()
	where := func(target string) string {
		return strings.TrimPrefix(before(t, target, conf.Clone(), nil), "https://")
	}
	p := openTunnel(t, map[string]string{restName: where(s.env["VIZORA_URL"]), realtimeName: where(s.env["VIZORA_REALTIME_URL"])})
	s.env["VIZORA_URL"], s.env["VIZORA_REALTIME_URL"] = "https://rest.harbour.test", "https://events.harbour.test"
	s.env["HTTPS_PROXY"] = p.URL
	return p
}

func named(c *x509.Certificate) {
	c.DNSNames = []string{"rest.harbour.test", "events.harbour.test"}
}

func TestThroughAProxy(t *testing.T) {
	s := newStage(t)
	a := newAuthority(t)
	proxy := behindTLS(t, s, &tls.Config{Certificates: []tls.Certificate{a.issue(named)}})
	if r := s.try(`display list`); r.exit != 1 || !strings.Contains(r.stderr, "unknown authority") || !strings.Contains(r.stderr, "ca-file") {
		t.Errorf("without the authority: exit %d: %s", r.exit, r.stderr)
	}
	s.env["VIZORA_CA_FILE"] = a.keep(filepath.Join(s.dir, "ca.pem"))
	if r := s.must(`display list -o name`); !strings.Contains(r.stdout, "Lobby North") {
		t.Errorf("through the proxy: %s", r.stdout)
	}
	if r := s.must(`playlist update "Lobby Loop" --description new -o json`); !strings.Contains(r.stdout, `"description":"new"`) {
		t.Errorf("a write through the proxy: %s", r.stdout)
	}
	if r := s.must(`watch --count 1 -o jsonl --timeout 50s`); !strings.Contains(r.stderr, "live (websocket)") {
		t.Errorf("a stream through the proxy: %s%s", r.stdout, r.stderr)
	}
	found := examined(t, s, 0)
	for _, check := range []string{"proxy", "rest", "realtime websocket", "realtime polling"} {
		if found[check].Verdict != "ok" {
			t.Errorf("%+v", found[check])
		}
	}
	asked := strings.Join(proxy.seen(), "\n")
	for _, want := range []string{"CONNECT " + restName, "CONNECT " + realtimeName} {
		if !strings.Contains(asked, want) {
			t.Errorf("the proxy was never asked for %s", want)
		}
	}
	if strings.Contains(asked, s.env["VIZORA_TOKEN"]) || strings.Contains(asked, "\nAuthorization") {
		t.Errorf("the proxy is told more than the address:\n%s", asked)
	}

	proxy.mu.Lock()
	proxy.login = "ada:canary-proxy"
	proxy.mu.Unlock()
	if r := s.try(`display list --offline never --retries 0`); r.exit != 1 || !strings.Contains(r.stderr, "Proxy Authentication Required") {
		t.Errorf("a proxy that wants a login: exit %d: %s", r.exit, r.stderr)
	}
	s.env["HTTPS_PROXY"] = strings.Replace(proxy.URL, "http://", "http://ada:canary-proxy@", 1)
	r := s.must(`display list --debug`)
	if strings.Contains(r.stderr, "canary") {
		t.Errorf("the proxy's password is told: %s", r.stderr)
	}
	proxy.Close()
	if r := s.try(`display list --offline never --retries 0`); r.exit != 1 || strings.Contains(r.stderr, "canary") || !strings.Contains(r.stderr, "refuses connections") {
		t.Errorf("no proxy: exit %d: %s", r.exit, r.stderr)
	}
	s.env["NO_PROXY"] = "harbour.test"
	if r := s.try(`display list --offline never --retries 0`); r.exit != 1 || !strings.Contains(r.stderr, "rest.harbour.test") {
		t.Errorf("NO_PROXY: exit %d: %s", r.exit, r.stderr)
	}
}

// TestMutualTLS: the server wants to know the client's certificate; the settings
// are those of a profile.
func TestMutualTLS(t *testing.T) {
	s := newStage(t)
	a := newAuthority(t)
	behindTLS(t, s, &tls.Config{Certificates: []tls.Certificate{a.issue(named)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool()})
	a.keep(filepath.Join(s.dir, "ca.pem"))
	keepPair(t, s.dir, a.issue(nil))
	s.must(`profile add site url=$VIZORA_URL realtime-url=$VIZORA_REALTIME_URL ca-file=ca.pem`)
	s.must(`profile use site`)
	delete(s.env, "VIZORA_URL")
	delete(s.env, "VIZORA_REALTIME_URL")
	if r := s.try(`display list --offline never --retries 0`); r.exit != 1 || !strings.Contains(r.stderr, "certificate required") || !strings.Contains(r.stderr, "client-cert=PATH client-key=PATH") {
		t.Errorf("without a client certificate: exit %d: %s", r.exit, r.stderr)
	}
	s.must(`profile set client-cert=client.pem client-key=client.key`)
	if r := s.must(`display list -o name`); !strings.Contains(r.stdout, "Lobby North") {
		t.Errorf("with it: %s", r.stdout)
	}
	if r := s.must(`watch --count 1 -o jsonl --timeout 50s`); !strings.Contains(r.stderr, "live (websocket)") {
		t.Errorf("a stream with it: %s%s", r.stdout, r.stderr)
	}
	stranger := newAuthority(t)
	keepPair(t, s.dir, stranger.issue(nil))
	if r := s.try(`display list --offline never --retries 0`); r.exit != 1 || !strings.Contains(r.stderr, "client-cert") {
		t.Errorf("a stranger's certificate: exit %d: %s", r.exit, r.stderr)
	}
}
