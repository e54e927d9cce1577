// A sandbox over a loopback socket and a client that does nothing by itself: one connection, no cookies, no redirects.

package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a sandbox until the end of the test.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
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

// client sends requests to one sandbox.
type client struct {
	t     *testing.T
	s     *Server
	token string
	http  *http.Client
}

func newClient(t *testing.T, s *Server) *client {
	t.Helper()
	tr := &http.Transport{MaxConnsPerHost: 1, DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &client{t: t, s: s, http: &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

// do sends a request. A body that is no reader is sent as JSON.
func (c *client) do(method, path string, body any, headers ...string) (answer, error) {
	var rd io.Reader
	if raw, ok := body.(io.Reader); ok {
		rd = raw
	} else if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		rd = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.s.URL()+prefix+path, rd)
	if err != nil {
		return answer{}, err
	}
	if rd != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode, header: res.Header}
	if a.raw, err = io.ReadAll(res.Body); err != nil {
		return a, err
	}
	_ = json.Unmarshal(a.raw, &a.body) // not every answer is JSON
	return a, nil
}

// call sends a request that must get this status.
func (c *client) call(status int, method, path string, body any, headers ...string) answer {
	c.t.Helper()
	a, err := c.do(method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.raw)
	}
	return a
}

// login makes the client act for a seeded account.
func (c *client) login(l Login) *client {
	c.t.Helper()
	a := c.call(201, "POST", "/auth/login", map[string]string{"email": l.Email, "password": l.Password})
	c.token, _ = a.at("data", "access_token").(string)
	if c.token == "" {
		c.t.Fatalf("login: no token in %s", a.raw)
	}
	return c
}

// admin is a client logged in as the seeded administrator.
func adminOf(t *testing.T, s *Server) *client {
	t.Helper()
	return newClient(t, s).login(s.Login())
}

// at walks keys and indexes of the body.
func (a answer) at(path ...any) any {
	var v any = a.body
	for _, p := range path {
		switch k := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

func (a answer) text(path ...any) string { s, _ := a.at(path...).(string); return s }

func (a answer) cookie(name string) string {
	for _, line := range a.header.Values("Set-Cookie") {
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			v, _, _ = strings.Cut(v, ";")
			return v
		}
	}
	return ""
}

// message is the error text, or the first of a list.
func (a answer) message() string {
	if s := a.text("message"); s != "" {
		return s
	}
	return a.text("message", 0)
}

// clock is a time that moves only when told.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

func (k *clock) now() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.at
}

// add moves the clock by milliseconds.
func (k *clock) add(ms int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = k.at.Add(time.Duration(ms) * time.Millisecond)
}
