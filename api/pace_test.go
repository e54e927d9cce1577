package api

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// limited is the platform's limiter: it counts the calls of the last window and
// blocks when there are too many (contract rest 1.8).
type limited struct {
	suffix        string
	limit         int
	window, block time.Duration
	ends, blocked time.Time
	calls         []time.Time
	refused       int
}

// call counts a call and returns the answer's status and headers.
func (l *limited) call(now time.Time) (int, http.Header) {
	if !now.Before(l.ends) {
		l.ends = now.Add(l.window)
	}
	for len(l.calls) > 0 && !now.Before(l.calls[0].Add(l.window)) {
		l.calls = l.calls[1:]
	}
	h := http.Header{}
	if now.Before(l.blocked) || len(l.calls) >= l.limit {
		if !now.Before(l.blocked) {
			l.blocked = now.Add(l.block)
		}
		l.refused++
		h.Set("Retry-After"+l.suffix, fmt.Sprint(int(l.blocked.Sub(now).Seconds())+1))
		return 429, h
	}
	l.calls = append(l.calls, now)
	h.Set("X-RateLimit-Limit"+l.suffix, fmt.Sprint(l.limit))
	h.Set("X-RateLimit-Remaining"+l.suffix, fmt.Sprint(l.limit-len(l.calls)))
	h.Set("X-RateLimit-Reset"+l.suffix, fmt.Sprint(int((l.ends.Sub(now)+time.Second-1)/time.Second)))
	return 200, h
}

// TestPaceUsesTheLimit plays against the limiter on a made-up clock: nothing is
// refused, and nearly all that is allowed is used.
func TestPaceUsesTheLimit(t *testing.T) {
	for _, workers := range []int{1, 4, 9} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &limited{suffix: "-medium", limit: 100, window: time.Minute, block: time.Minute}
				lock := make(chan struct{}, 1)
				p := newPacer(time.Now)
				start := time.Now()
				var done atomic.Int32
				finished := make(chan struct{})
				for range workers {
					go func() {
						defer func() { finished <- struct{}{} }()
						for time.Since(start) < 10*time.Minute {
							if d := p.take("GET /x"); d > 0 {
								time.Sleep(d)
								continue
							}
							time.Sleep(5 * time.Millisecond) // on the way
							lock <- struct{}{}
							code, h := server.call(time.Now())
							<-lock
							time.Sleep(5 * time.Millisecond) // and back
							p.done("GET /x", code, h)
							if code == 200 {
								done.Add(1)
							}
						}
					}()
				}
				for range workers {
					<-finished
				}
				if server.refused > 0 {
					t.Errorf("%d calls refused", server.refused)
				}
				if n := done.Load(); n < 970 {
					t.Errorf("%d calls in ten minutes of 100 a minute", n)
				}
			})
		})
	}
}

func TestPaceStaysBelowTheHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{suffix: "-long", limit: 1000, window: time.Hour, block: time.Hour}
		p := newPacer(time.Now)
		for range 1000 {
			if d := p.take("r"); d > 0 {
				t.Fatalf("held for %v", d)
			}
			p.done("r", 200, second(server.call(time.Now())))
			time.Sleep(time.Second)
		}
		d := p.take("r")
		if want := time.Hour - 1000*time.Second; d < want || d > want+time.Second {
			t.Errorf("held for %v, want %v", d, want)
		}
		if p.take("another") != 0 {
			t.Error("limits are per route")
		}
		time.Sleep(d)
		if p.take("r") != 0 || server.refused != 0 {
			t.Error("the place that became free was not used")
		}
	})
}

func second(_ int, h http.Header) http.Header { return h }

func TestPaceAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Now)
		p.take("r")
		p.done("r", 429, http.Header{"Retry-After-Medium": {"42"}})
		if d := p.take("r"); d < 42*time.Second || d > 43*time.Second {
			t.Errorf("held for %v", d)
		}
		time.Sleep(43 * time.Second)
		if d := p.take("r"); d != 0 {
			t.Errorf("held for %v", d)
		}
	})
}

func TestPaceWithoutOurOwnCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Now)
		h := http.Header{}
		h.Set("X-RateLimit-Limit", "100000") // not tracked one by one
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", "30")
		p.take("r")
		p.done("r", 200, h)
		if d := p.take("r"); d < 30*time.Second {
			t.Errorf("held for %v", d)
		}
		time.Sleep(31 * time.Second)
		if p.take("r") != 0 {
			t.Error("one call is due after the window")
		}
		if p.take("r") == 0 {
			t.Log("the next waits for the answer of the first")
		}
		for _, nonsense := range []http.Header{nil, {"X-Ratelimit-Remaining": {"x"}, "X-Ratelimit-Reset": {"1"}}, {"X-Ratelimit-Remaining": {"-5"}, "X-Ratelimit-Reset": {"-1"}}} {
			q := newPacer(time.Now)
			q.take("r")
			q.done("r", 200, nonsense)
			if q.take("r") != 0 {
				t.Errorf("held by %v", nonsense)
			}
		}
	})
}

func TestRoutes(t *testing.T) {
	tests := map[string]string{
		"/playlists": "GET /playlists",
		"/playlists/cmwsxtd03000x132fwmm92ac7/items/cmwsxtd3p001d132fdy8kj": "GET /playlists/:id/items/:id",
		"/displays/5a767cc9-9b6e-4fd9-8f8c-93a2d662072f":                    "GET /displays/:id",
		"/content/tags": "GET /content/tags",
	}
	for path, want := range tests {
		if got := route("GET", path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestClientKeepsThePace(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Limit-short", "1")
		w.Header().Set("X-RateLimit-Remaining-short", "0")
		w.Header().Set("X-RateLimit-Reset-short", "300")
		answer(w, 200, `{"success":true,"data":1}`)
	})
	var now atomic.Int64
	c := client(t, s.URL, func(o *Options) { o.Now = func() time.Time { return time.Unix(now.Load(), 0) } })
	if _, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"})
	if e := asError(t, err, KindRateLimited); e.Outcome != OutcomeNotSent || e.Hint != "the server asks to wait 5m0s; try again after that" {
		t.Errorf("%+v", e)
	}
	now.Store(301)
	if _, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"}); err != nil {
		t.Error(err)
	}
}
