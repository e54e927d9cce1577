package api

// Shared parts of this package's tests: real servers on loopback, and clients
// that do not wait long.

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a handler on loopback until the test ends.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// ownLoopback is an address whose port nobody takes while no one listens on it: an
// address of 127.0.0.0/8 of its own, where the system has them.
func ownLoopback() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1:0"
	}
	return fmt.Sprintf("127.%d.%d.%d:0", 1+rand.IntN(250), rand.IntN(250), 2+rand.IntN(250))
}

// quick is a retry policy that waits next to nothing.
func quick() RetryPolicy {
	return RetryPolicy{Attempts: 3, Base: time.Millisecond, Cap: 2 * time.Millisecond, MaxWait: 2 * time.Minute}
}

func client(t testing.TB, url string, change ...func(*Options)) *Client {
	t.Helper()
	o := Options{BaseURL: url, Tokens: StaticToken("tok"), Retry: quick(), Attempt: 5 * time.Second}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func withTokens(tokens Tokens) func(*Options) { return func(o *Options) { o.Tokens = tokens } }

// asError fails the test unless err is an *Error of that kind.
func asError(t testing.TB, err error, kind ErrorKind) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %T %v (kind %s), want kind %s", err, err, KindOf(err), kind)
	}
	return e
}

// answer writes a JSON body.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// exchange is one recorded request and its answer.
type exchange struct {
	Name    string
	Request struct {
		Method, Path string
		Body         json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

func recorded(t testing.TB, name string) exchange {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "recorded", name+"*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("recorded exchange %q: %v %v", name, files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var x exchange
	if err := json.Unmarshal(raw, &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// replay answers every request as recorded.
func replay(t testing.TB, x exchange) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range x.Response.Headers {
			w.Header().Set(name, value)
		}
		w.Header().Set("X-Request-ID", "from-the-server")
		w.WriteHeader(x.Response.Status)
		_, _ = w.Write(x.Response.Body)
	})
}

// jwt makes an unsigned access token that ends at exp.
func jwt(name string, exp time.Time) string {
	payload, _ := json.Marshal(map[string]any{"sub": name, "email": name + "@example.com", "exp": exp.Unix(), "iat": exp.Add(-time.Hour).Unix()})
	return "eyJh." + base64.RawURLEncoding.EncodeToString(payload) + ".c2ln"
}

// memory is a store of one session, as several goroutines share it.
type memory struct {
	mu    sync.Mutex
	creds Credentials
	err   error // what storing answers
}

func (m *memory) Current(context.Context) (Credentials, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.creds, nil
}

func (m *memory) Renew(ctx context.Context, stale Credentials, refresh func(context.Context, Credentials) (Credentials, error)) (Credentials, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.creds != stale {
		return m.creds, nil
	}
	fresh, err := refresh(ctx, m.creds)
	if err != nil {
		return Credentials{}, err
	}
	if m.err != nil {
		return Credentials{}, m.err
	}
	m.creds = fresh
	return fresh, nil
}

// counter counts requests by method and path.
type counter struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *counter) add(r *http.Request) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]int{}
	}
	key := r.Method + " " + r.URL.Path
	c.seen[key]++
	return c.seen[key]
}

func (c *counter) of(format string, args ...any) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[fmt.Sprintf(format, args...)]
}
