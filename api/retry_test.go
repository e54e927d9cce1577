package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// script is a TCP server that treats its connections as told, the last way for
// all that follow. It counts the requests whose header it read.
type script struct {
	addr     string
	requests atomic.Int32
}

// A step gets a connection after the request's header was read; nil closes the
// connection before anything is read.
type step func(net.Conn)

func newScript(t *testing.T, steps ...step) *script {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &script{addr: "http://" + l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			do := steps[min(n, len(steps)-1)]
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				if do == nil {
					return
				}
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				s.requests.Add(1)
				do(conn)
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return s
}

func says(text string) step {
	return func(c net.Conn) { _, _ = io.WriteString(c, text) }
}

// reset closes with RST instead of FIN.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 26\r\n\r\n{\"success\":true,\"data\":42}"

func status(code int, headers ...string) step {
	text := fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: application/json\r\nConnection: close\r\n", code)
	for _, h := range headers {
		text += h + "\r\n"
	}
	body := fmt.Sprintf(`{"statusCode":%d,"message":"text"}`, code)
	return says(text + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

// TestRetryByClass: what is sent again depends on what is known of the first
// try. want is attempts of a GET, of a POST, and the outcome.
func TestRetryByClass(t *testing.T) {
	tests := []struct {
		name      string
		step      step
		get, post int
		kind      ErrorKind
		outcome   Outcome
	}{
		{"closed after the request", says(""), 3, 1, KindNetwork, OutcomeUnknown},
		{"reset after the request", reset, 3, 1, KindNetwork, OutcomeUnknown},
		{"content-length too long", says("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"success\":"), 3, 1, KindNetwork, OutcomeUnknown},
		{"chunks cut", says("HTTP/1.1 201 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"suc\r\n"), 3, 1, KindNetwork, OutcomeUnknown},
		{"not HTTP", says("220 mail ready\r\n"), 3, 1, KindNetwork, OutcomeUnknown},
		{"500", status(500), 3, 1, KindServer, OutcomeUnknown},
		{"502", status(502), 3, 1, KindServer, OutcomeUnknown},
		{"503", status(503), 3, 1, KindServer, OutcomeUnknown},
		{"504", status(504), 3, 1, KindServer, OutcomeUnknown},
		{"429 without a wait", status(429), 1, 1, KindRateLimited, OutcomeRefused},
		{"400", status(400), 1, 1, KindRejected, OutcomeRefused},
		{"403", status(403), 1, 1, KindForbidden, OutcomeRefused},
		{"404", status(404), 1, 1, KindNotFound, OutcomeRefused},
		{"409", status(409), 1, 1, KindConflict, OutcomeRefused},
		{"408", status(408), 3, 3, KindRejected, OutcomeRefused},
		{"425", status(425), 3, 3, KindRejected, OutcomeRefused},
		{"an hour's wait", status(429, "Retry-After-long: 3600"), 1, 1, KindRateLimited, OutcomeRefused},
	}
	for _, tt := range tests {
		for method, want := range map[string]int{"GET": tt.get, "POST": tt.post, "PATCH": tt.post, "DELETE": tt.post} {
			t.Run(tt.name+"/"+method, func(t *testing.T) {
				t.Parallel()
				s := newScript(t, tt.step)
				c := client(t, s.addr)
				req, _ := NewRequest(method, "/playlists", nil)
				if method != "GET" {
					req, _ = NewRequest(method, "/playlists", map[string]string{"name": "x"})
				}
				_, err := c.Do(t.Context(), req)
				e := asError(t, err, tt.kind)
				if e.Outcome != tt.outcome || e.Attempts != want || int(s.requests.Load()) != want {
					t.Errorf("outcome %d, attempts %d, seen by the server %d; want %d attempts", e.Outcome, e.Attempts, s.requests.Load(), want)
				}
			})
		}
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	skewed := time.Now().Add(48 * time.Hour).UTC()
	var wg sync.WaitGroup // all at once: each waits a second
	defer wg.Wait()
	for _, header := range []string{
		"Retry-After: 1", "Retry-After-short: 1", "Retry-After-medium: 1", "Retry-After-long: 1", "Retry-After: 0",
		"Retry-After: " + skewed.Add(time.Second).Format(http.TimeFormat) + "\r\nDate: " + skewed.Format(http.TimeFormat),
	} {
		for _, code := range []int{429, 503} {
			s := newScript(t, status(code, header), says(okAnswer))
			var waits []Wait
			c := client(t, s.addr, func(o *Options) { o.OnWait = func(w Wait) { waits = append(waits, w) } })
			wg.Go(func() {
				resp, err := c.Do(t.Context(), Request{Method: "POST", Path: "/playlists", Body: []byte(`{}`)})
				if err != nil || resp.Attempts != 2 || len(waits) == 0 {
					t.Errorf("%d %s: %v, %+v, waits %v", code, header, err, resp, waits)
					return
				}
				w := waits[0]
				if w.For < time.Second || w.For > 1100*time.Millisecond || w.Attempt != 1 || w.Of != 3 || OutcomeOf(w.Reason) != OutcomeRefused {
					t.Errorf("%d %s: %+v", code, header, w)
				}
			})
		}
	}
}

func TestNeverSentIsRepeatedWhateverTheMethod(t *testing.T) {
	l, err := net.Listen("tcp", ownLoopback())
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + l.Addr().String()
	_ = l.Close()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	defer tls.Close()
	plain := serve(t, http.NotFound)
	tests := []struct {
		name, url string
		attempts  int
		kind      ErrorKind
	}{
		{"refused", refused, 3, KindNetwork},
		{"DNS", "https://nowhere.invalid", 3, KindDNS},
		{"unknown authority", tls.URL, 1, KindTLS},
		{"plain HTTP on https", strings.Replace(plain.URL, "http://", "https://", 1), 1, KindTLS},
	}
	for _, tt := range tests {
		for _, method := range []string{"GET", "POST"} {
			t.Run(tt.name+"/"+method, func(t *testing.T) {
				_, err := client(t, tt.url).Do(t.Context(), Request{Method: method, Path: "/x", Body: []byte(`{}`)})
				e := asError(t, err, tt.kind)
				if e.Outcome != OutcomeNotSent || e.Attempts != tt.attempts || e.Status != 0 {
					t.Errorf("%+v", e)
				}
			})
		}
	}
}

func TestRefusedThenUp(t *testing.T) {
	l, err := net.Listen("tcp", ownLoopback())
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	var posts atomic.Int32
	var up *http.Server
	c := client(t, "http://"+addr, func(o *Options) {
		o.OnWait = func(Wait) {
			l, err := net.Listen("tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			up = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				posts.Add(1)
				answer(w, 201, `{"success":true,"data":{}}`)
			})}
			go func() { _ = up.Serve(l) }()
		}
	})
	resp, err := c.Do(t.Context(), Request{Method: "POST", Path: "/x", Body: []byte(`{}`)})
	if up != nil {
		defer func() { _ = up.Close() }()
	}
	if err != nil || resp.Attempts != 2 || posts.Load() != 1 {
		t.Errorf("%v %+v, %d posts", err, resp, posts.Load())
	}
}

// TestSilentReplay: on a connection that the server closes while it is idle or
// in use, net/http may repeat by itself what it takes for safe. A write must
// reach the server once at most, and an upload too.
func TestSilentReplay(t *testing.T) {
	var handled counter
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n := handled.add(r)
		if strings.HasSuffix(r.URL.Path, "/warm") {
			answer(w, 200, `{"success":true,"data":1}`)
			return
		}
		if n == 1 { // executed, and the line is lost before the answer
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
			return
		}
		answer(w, 200, `{"success":true,"data":2}`)
	})
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		c := client(t, s.URL)
		if _, err := c.Do(t.Context(), Request{Method: "GET", Path: "/warm"}); err != nil {
			t.Fatal(err)
		}
		_, err := c.Do(t.Context(), Request{Method: method, Path: "/x", Body: []byte(`{}`)})
		if e := asError(t, err, KindNetwork); e.Outcome != OutcomeUnknown {
			t.Errorf("%s: %+v", method, e)
		}
		if n := handled.of("%s /api/v1/x", method); n != 1 {
			t.Errorf("%s reached the server %d times", method, n)
		}
	}
	c := client(t, s.URL)
	if _, err := c.Do(t.Context(), Request{Method: "GET", Path: "/warm"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), Request{Method: "GET", Path: "/y"}); err != nil {
		t.Errorf("a read on a stale connection: %v", err)
	}
}

func TestBudget(t *testing.T) {
	s := newScript(t, status(503))
	c := client(t, s.addr)
	var last error
	for range 100 {
		_, last = c.Do(t.Context(), Request{Method: "GET", Path: "/x"})
		if IsKind(last, KindRateLimited) {
			break
		}
	}
	e := asError(t, last, KindRateLimited)
	if e.Outcome != OutcomeUnknown || len(e.Details) != 1 || e.Status != 503 || e.Err == nil {
		t.Errorf("%+v", e)
	}
	if n := s.requests.Load(); n < 100 || n > 160 {
		t.Errorf("%d requests for a budget of 100 retries", n)
	}
	b := NewBudget()
	for range 50 {
		if !b.Spend(KindTimeout) {
			t.Fatal("50 timeouts are within the budget")
		}
	}
	if b.Spend(KindNetwork) {
		t.Error("the budget should be spent")
	}
	for range 5 {
		b.Success()
	}
	if !b.Spend(KindNetwork) {
		t.Error("five successes pay for a retry")
	}
}

func TestWaitLongerThanTheDeadline(t *testing.T) {
	s := newScript(t, status(429, "Retry-After: 60"))
	c := client(t, s.addr, func(o *Options) { o.OnWait = func(w Wait) { t.Errorf("waits %v", w) } })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	start := time.Now()
	_, err := c.Do(ctx, Request{Method: "GET", Path: "/x"})
	if e := asError(t, err, KindRateLimited); e.RetryAfter != time.Minute || time.Since(start) > 10*time.Second {
		t.Errorf("%+v", e)
	}
}

func TestMaxWait(t *testing.T) {
	s := newScript(t, status(429, "Retry-After: 9"))
	c := client(t, s.addr, func(o *Options) { o.Retry.MaxWait = 8 * time.Second })
	_, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"})
	if e := asError(t, err, KindRateLimited); e.RetryAfter != 9*time.Second || !strings.Contains(e.Hint, "9s") {
		t.Errorf("%+v", e)
	}
	// The server is not asked again before the time that it named.
	_, err = c.Do(t.Context(), Request{Method: "GET", Path: "/x"})
	if e := asError(t, err, KindRateLimited); e.Outcome != OutcomeNotSent || s.requests.Load() != 1 {
		t.Errorf("%+v, %d requests", e, s.requests.Load())
	}
}

func TestAttemptTimesOut(t *testing.T) {
	silent := newScript(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
	c := client(t, silent.addr, func(o *Options) { o.Attempt = 20 * time.Millisecond })
	_, err := c.Do(t.Context(), Request{Method: "POST", Path: "/x", Body: []byte(`{}`)})
	if e := asError(t, err, KindTimeout); e.Outcome != OutcomeUnknown || e.Attempts != 1 {
		t.Errorf("%+v", e)
	}
	_, err = c.Do(t.Context(), Request{Method: "GET", Path: "/x"})
	if e := asError(t, err, KindTimeout); e.Attempts != 3 {
		t.Errorf("%+v", e)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = client(t, silent.addr).Do(ctx, Request{Method: "GET", Path: "/x"})
	asError(t, err, KindTimeout)
}

func TestInterrupt(t *testing.T) {
	silent := newScript(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
	busy := newScript(t, status(429, "Retry-After: 60"))
	tests := []struct {
		name    string
		url     string
		outcome Outcome
	}{
		{"during a request", silent.addr, OutcomeUnknown},
		{"during a wait", busy.addr, OutcomeNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			timer := time.AfterFunc(50*time.Millisecond, func() { cancel(errors.New("interrupt signal received")) })
			defer timer.Stop()
			_, err := client(t, tt.url).Do(ctx, Request{Method: "POST", Path: "/x", Body: []byte(`{}`)})
			if e := asError(t, err, KindInterrupted); e.Outcome != tt.outcome {
				t.Errorf("%+v", e)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client(t, silent.addr).Do(ctx, Request{Method: "POST", Path: "/x"})
	if e := asError(t, err, KindInterrupted); e.Outcome != OutcomeNotSent {
		t.Errorf("%+v", e)
	}
}

func TestBackoff(t *testing.T) {
	p := RetryPolicy{Base: time.Second, Cap: 5 * time.Second}
	for attempt := 1; attempt < 80; attempt++ {
		ceiling := min(5*time.Second, time.Second<<min(attempt-1, 10))
		for range 20 {
			if d := p.Backoff(attempt); d < 0 || d > ceiling {
				t.Fatalf("attempt %d waits %v of %v", attempt, d, ceiling)
			}
		}
	}
	if d := (RetryPolicy{}).withDefaults(); d.Attempts != 3 || d.Base != 500*time.Millisecond || d.Cap != 30*time.Second || d.MaxWait != 2*time.Minute {
		t.Errorf("%+v", d)
	}
	if _, err := p.Next(NewBudget(), io.EOF, 1, true); !errors.Is(err, io.EOF) {
		t.Errorf("a foreign error became %v", err)
	}
}
