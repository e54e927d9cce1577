package api

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
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
				p := newPacer(time.Now, "s", "")
				start := time.Now()
				var done atomic.Int32
				finished := make(chan struct{})
				for range workers {
					go func() {
						defer func() { finished <- struct{}{} }()
						for time.Since(start) < 10*time.Minute {
							got, d := p.take("GET /x", time.Minute)
							if d > 0 {
								time.Sleep(d)
								continue
							}
							time.Sleep(5 * time.Millisecond) // on the way
							lock <- struct{}{}
							code, h := server.call(time.Now())
							<-lock
							time.Sleep(5 * time.Millisecond) // and back
							p.done("GET /x", got, code, h)
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

// TestPaceStaysBelowTheHour uses all of an hour's calls, but for a few that are
// left to others where there are any.
func TestPaceStaysBelowTheHour(t *testing.T) {
	t.Run("alone", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { fillAnHour(t, 0, 1000) }) })
	t.Run("another one calls too", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { fillAnHour(t, 1, 994) }) })
}

// fillAnHour makes calls until they are held, and expects as many.
func fillAnHour(t *testing.T, others, want int) {
	server := &limited{suffix: "-long", limit: 1000, window: time.Hour, block: time.Hour}
	p := newPacer(time.Now, "s", "")
	for range others {
		server.call(time.Now())
	}
	made := 0
	for start := time.Now(); ; made++ {
		if time.Since(start) > time.Hour {
			t.Fatal("the hour was never full")
		}
		got, d := p.take("r", time.Minute)
		if d > 0 {
			if want := time.Hour - time.Since(start); d < want || d > want+time.Second {
				t.Errorf("held for %v, want %v", d, want)
			}
			if left := p.forecast("r", 1); left < d-time.Second || left > d {
				t.Errorf("forecast %v, held for %v", left, d)
			}
			time.Sleep(d)
			break
		}
		p.done("r", got, 200, second(server.call(time.Now())))
		time.Sleep(time.Second)
	}
	if made != want {
		t.Errorf("%d calls in the first hour, want %d", made, want)
	}
	if _, d := p.take("another", time.Minute); d != 0 {
		t.Error("limits are per route")
	}
	if _, d := p.take("r", time.Minute); d != 0 || server.refused != 0 {
		t.Error("the place that became free was not used")
	}
}

func second(_ int, h http.Header) http.Header { return h }

// handler is a route of a production server: all its limiters.
type handler struct {
	mu   sync.Mutex
	each []*limited
	made int
}

func newHandler() *handler {
	return &handler{each: []*limited{
		{suffix: "-short", limit: 10, window: time.Second, block: time.Second},
		{suffix: "-medium", limit: 100, window: time.Minute, block: time.Minute},
		{suffix: "", limit: 1000, window: time.Minute, block: time.Minute},
		{suffix: "-long", limit: 1000, window: time.Hour, block: time.Hour},
	}}
}

func (p *handler) call() (int, http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := http.Header{}
	for _, l := range p.each {
		code, h := l.call(time.Now())
		for name, values := range h {
			all[name] = values
		}
		if code != 200 {
			return code, all
		}
	}
	p.made++
	return 200, all
}

func (p *handler) refused() (n int) {
	for _, l := range p.each {
		n += l.refused
	}
	return n
}

// TestPaceTogether lets processes share a directory: together they stay inside
// all limits for hours and use nearly all that is allowed, although some die
// with a call on its way.
func TestPaceTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, dir := newHandler(), t.TempDir()
		const hours = 3
		start := time.Now()
		finished := make(chan struct{})
		for worker := range 3 {
			go func() {
				defer func() { finished <- struct{}{} }()
				p := newPacer(time.Now, "s", dir)
				p.pid = 4_000_000 + worker // of nobody who lives
				for n := 0; time.Since(start) < hours*time.Hour-time.Second; {
					got, d := p.take("PATCH /x/:id", 35*time.Second)
					if d > 0 {
						time.Sleep(d)
						continue
					}
					time.Sleep(20 * time.Millisecond)
					code, h := server.call()
					time.Sleep(20 * time.Millisecond)
					if n++; n%200 == 0 { // it dies, and another takes its place
						p.close()
						p = newPacer(time.Now, "s", dir)
						p.pid = 4_000_000 + worker
						continue
					}
					p.done("PATCH /x/:id", got, code, h)
				}
				p.close()
			}()
		}
		for range 3 {
			<-finished
		}
		if server.refused() > 0 {
			t.Errorf("%d calls refused", server.refused())
		}
		if server.made < hours*1000*97/100 {
			t.Errorf("%d calls in %d hours of 1000", server.made, hours)
		}
	})
}

// TestPaceLearnsOthersCalls starts in the middle of a window that somebody else
// has nearly filled.
func TestPaceLearnsOthersCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newHandler()
		for range 900 {
			server.call()
			time.Sleep(time.Second)
		}
		p, start := newPacer(time.Now, "s", ""), time.Now()
		for time.Since(start) < 2*time.Hour {
			got, d := p.take("r", time.Minute)
			if d > 0 {
				time.Sleep(d)
				continue
			}
			code, h := server.call()
			p.done("r", got, code, h)
		}
		if server.refused() > 0 || server.made < 900+1000 {
			t.Errorf("%d made, %d refused", server.made, server.refused())
		}
	})
}

func TestPaceSurvivesItsFiles(t *testing.T) {
	dir := t.TempDir()
	p := newPacer(time.Now, "s", dir)
	got, _ := p.take("r", time.Minute)
	p.done("r", got, 429, http.Header{"Retry-After-Long": {"3600"}})
	p.close()
	if _, d := newPacer(time.Now, "s", dir).take("r", time.Minute); d < 59*time.Minute {
		t.Errorf("another process is held for %v", d)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if err := os.WriteFile(f, []byte("nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, d := newPacer(time.Now, "s", dir).take("r", time.Minute); d != 0 {
		t.Errorf("held for %v by a file that is none", d)
	}
	if _, d := newPacer(time.Now, "s", filepath.Join(files[0], "no", "directory")).take("r", time.Minute); d != 0 {
		t.Errorf("held for %v without a directory", d)
	}
}

func TestPaceAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Now, "s", "")
		got, _ := p.take("r", time.Minute)
		p.done("r", got, 429, http.Header{"Retry-After-Medium": {"42"}})
		_, d := p.take("r", time.Minute)
		if d < 42*time.Second || d > 43*time.Second {
			t.Errorf("held for %v", d)
		}
		time.Sleep(43 * time.Second)
		if _, d := p.take("r", time.Minute); d != 0 {
			t.Errorf("held for %v", d)
		}
	})
}

func TestPaceWithoutOurOwnCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(time.Now, "s", "")
		h := http.Header{}
		h.Set("X-RateLimit-Limit", "100000") // not tracked one by one
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", "30")
		got, _ := p.take("r", time.Minute)
		p.done("r", got, 200, h)
		if _, d := p.take("r", time.Minute); d < 30*time.Second {
			t.Errorf("held for %v", d)
		}
		time.Sleep(31 * time.Second)
		if _, d := p.take("r", time.Minute); d != 0 {
			t.Error("one call is due after the window")
		}
		for _, nonsense := range []http.Header{nil, {"X-Ratelimit-Remaining": {"x"}, "X-Ratelimit-Reset": {"1"}}, {"X-Ratelimit-Remaining": {"-5"}, "X-Ratelimit-Reset": {"-1"}},
			{"X-Ratelimit-Limit": {"1"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"NaN"}}} {
			q := newPacer(time.Now, "s", "")
			got, _ := q.take("r", time.Minute)
			q.done("r", got, 200, nonsense)
			if _, d := q.take("r", time.Minute); d != 0 {
				t.Errorf("held by %v", nonsense)
			}
		}
	})
}

func BenchmarkPaceShared(b *testing.B) {
	p := newPacer(time.Now, "s", b.TempDir())
	h := http.Header{}
	h.Set("X-RateLimit-Limit-Long", "1000")
	h.Set("X-RateLimit-Remaining-Long", "999")
	h.Set("X-RateLimit-Reset-Long", "0.001")
	for b.Loop() {
		got, _ := p.take("r", time.Minute)
		p.done("r", got, 200, h)
	}
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
	now.Store(1_000_000)
	c := client(t, s.URL, func(o *Options) { o.Now = func() time.Time { return time.Unix(now.Load(), 0) } })
	if _, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"})
	if e := asError(t, err, KindRateLimited); e.Outcome != OutcomeNotSent || e.Hint != "the server asks to wait 5m0s; try again after that" {
		t.Errorf("%+v", e)
	}
	now.Add(301)
	if _, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"}); err != nil {
		t.Error(err)
	}
}

// TestPaceTakesItsOwnForItsOwn: while an answer is on its way, calls leave the
// window in which the server has counted them. They are not others' calls.
func TestPaceTakesItsOwnForItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, p := newHandler(), newPacer(time.Now, "s", "")
		for range 8 {
			got, _ := p.take("r", time.Minute)
			code, h := server.call()
			p.done("r", got, code, h)
		}
		slow, _ := p.take("r", time.Minute)
		code, h := server.call()
		time.Sleep(2 * time.Second)
		p.done("r", slow, code, h)
		p.with("r", func(table *paceTable) {
			if n := len(table.counted(time.Now(), time.Hour)); n != 9 || table.word(othersWord) != 0 {
				t.Errorf("%d calls are counted of 9; others were seen: %v", n, table.word(othersWord) != 0)
			}
		})
	})
}
