package api

// This file is about one thing: keeping to the limits that the server announces
// (contract rest 1.8): per route and address, with a window of a second, a
// minute and an hour, the last of which blocks for an hour when it is crossed.

import (
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// limiterOf is one of the platform's named limiters, shortest window first. The
// window is the platform's, and counts until the server's answers tell another.
type limiterOf struct {
	suffix string
	window time.Duration
}

const limiterCount = 4

func limitersOf() [limiterCount]limiterOf {
	return [limiterCount]limiterOf{{"-Short", time.Second}, {"-Medium", time.Minute}, {"", time.Minute}, {longLimiter, time.Hour}}
}

const longLimiter = "-Long"

// spare is the part of the hourly limit that is left to others at this address,
// once their calls were seen, because one call too many blocks the route for an
// hour: one in two hundred.
const spare = 200

// paceMargin is added to every wait, because the server's clock starts later
// than ours and its timers are no finer.
const paceMargin = 2 * time.Millisecond

// paceGlance is how soon to look again while answers are due.
const paceGlance = 20 * time.Millisecond

// clockDifference is how far the clocks of runners may be apart, after each has
// measured the server's.
const clockDifference = 5 * time.Millisecond

// firstCalls is how many calls of runners may be on their way before the first
// answer has told of the limits, the shortest of which is ten a second.
const firstCalls = 4

// pacer knows, per route, how many calls the server will still take. What it
// knows it shares with the other processes of the profile.
type pacer struct {
	clock  func() time.Time
	server string // part of a route's name in the shared directory
	pid    int
	shared paceShare // nil: this process only

	mu     sync.Mutex
	routes map[string]*paceTable
	lines  map[string]chan struct{}
	kept   keptPlaces
}

// place is a call that take has reserved.
type place struct {
	slot     int
	reserved time.Time
	until    atomic.Int64 // nanoseconds since 1970: then it counts as made
}

func newPacer(now func() time.Time, server, dir string) *pacer {
	p := &pacer{clock: now, server: server, pid: os.Getpid(), routes: map[string]*paceTable{}, lines: map[string]chan struct{}{}}
	if dir != "" {
		p.shared = &paceDir{dir: dir}
	}
	return p
}

// share makes the pacer keep to the limits together with others elsewhere, among
// whom a process id says nothing.
func (p *pacer) share(s *paceServer) {
	p.shared, p.pid = s, 1+rand.IntN(math.MaxInt-1)
}

// now is the time by the clock that all go by who share what is known.
func (p *pacer) now() time.Time {
	if p.shared == nil {
		return p.clock()
	}
	return p.shared.now(p.clock())
}

func (p *pacer) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept.end()
	for _, t := range p.routes {
		t.close()
	}
	if s, remote := p.shared.(*paceServer); remote {
		s.client.Close()
	}
}

// with runs fn on a route's table, as if no other goroutine or process changed it
// meanwhile: it may run fn again on what they have changed. Where what is shared
// cannot be used, the table is our own.
func (p *pacer) with(route string, fn func(t *paceTable)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.routes[route]
	if t == nil {
		t = newPaceTable()
		p.routes[route] = t
	}
	if p.shared != nil {
		p.shared.change(t, p.server+" "+route, func() { fn(t) })
	} else {
		fn(t)
	}
	t.dirty = t.dirty[:0]
}

// line is where those of this process stand who wait for a place of a route: one
// asks, the others wait for that one, instead of all of them for the table.
func (p *pacer) line(route string) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lines[route]
	if l == nil {
		l = make(chan struct{}, 1)
		p.lines[route] = l
	}
	return l
}

// take reserves a call of a route that takes no longer than limit, or says how
// long to wait before asking again. Every reserved call is ended by done; one
// whose process dies counts as made at that time.
func (p *pacer) take(route string, limit time.Duration) (got *place, wait time.Duration) {
	remote := p.remote()
	if remote {
		limit = min(limit, placeLease)
	}
	p.with(route, func(t *paceTable) {
		now := p.now()
		if got, wait = nil, t.roomIn(now, p.pid); wait == 0 {
			got = &place{slot: t.add(now, now.Add(limit), p.pid), reserved: now}
			got.until.Store(now.Add(limit).UnixNano())
		}
	})
	if remote && got != nil {
		p.keep(route, got)
	}
	return got, wait
}

// room is how long to wait before asking for a place.
func (p *pacer) room(route string) (wait time.Duration) {
	p.with(route, func(t *paceTable) { wait = t.roomIn(p.now(), p.pid) })
	return wait
}

// release gives a reserved call back that was not made; one whose time has
// passed counts as made.
func (p *pacer) release(route string, got *place) {
	p.ended(got)
	p.with(route, func(t *paceTable) {
		if at, pid := t.slot(got.slot); pid == p.pid && at == got.until.Load() {
			t.put(got.slot, 0, 0)
		}
	})
}

// done ends a reserved call and learns from its answer; header is nil when
// there was none.
func (p *pacer) done(route string, got *place, status int, header http.Header) {
	p.ended(got)
	p.with(route, func(t *paceTable) {
		now := p.now()
		if at, _ := t.slot(got.slot); at == got.until.Load() {
			t.put(got.slot, now.UnixNano(), 0)
		} else { // its slot was taken for one that was made long ago
			t.add(now, now, 0)
		}
		t.set(answeredWord, 1)
		if status == http.StatusTooManyRequests {
			if d, ok := retryAfter(header, now); ok && now.Add(d).After(t.blocked()) {
				t.block(now.Add(d))
			}
		}
		known := time.Duration(0) // the next shorter window
		for i, l := range limitersOf() {
			if t.learn(i, l, now, known, got, header) {
				known = t.window(i)
			}
		}
	})
}

// forecast is how long n more calls of a route will take at best, by what is
// known of its limits.
func (p *pacer) forecast(route string, n int) (left time.Duration) {
	p.with(route, func(t *paceTable) {
		now := p.now()
		at := now
		if b := t.blocked(); b.After(at) {
			at = b
		}
		made := t.made(now)
		for i := len(made) - 1; i >= 0 && made[i] > now.UnixNano(); i-- {
			made[i] = now.UnixNano() // on its way, not in the future
		}
		for range n {
			for i := range limiterCount {
				if most := t.most(i, now); most > 0 && len(made) >= most {
					if free := time.Unix(0, made[len(made)-most]).Add(t.window(i)); free.After(at) {
						at = free
					}
				}
			}
			made = append(made, at.UnixNano())
		}
		left = at.Sub(now)
	})
	return left
}

// learn reads one limiter's headers and reports whether there were any. known is
// the next shorter window: calls of others that it does not count are older.
func (t *paceTable) learn(i int, l limiterOf, now time.Time, known time.Duration, got *place, header http.Header) bool {
	remaining, err := strconv.Atoi(header.Get("X-RateLimit-Remaining" + l.suffix))
	seconds, resetErr := strconv.ParseFloat(header.Get("X-RateLimit-Reset"+l.suffix), 64)
	limit, limitErr := strconv.Atoi(header.Get("X-RateLimit-Limit" + l.suffix))
	if err != nil || resetErr != nil || limitErr != nil || limit < 1 || remaining < 0 || !(seconds >= 0 && seconds < 1e6) {
		return false
	}
	reset := time.Duration(seconds * float64(time.Second))
	t.setLimiter(i, l, limit, remaining, reset)
	used := limit - remaining
	if limit > maxTracked {
		if remaining == 0 {
			t.block(now.Add(reset))
		}
		return true
	}
	since := got.reserved // the server has counted it later than that
	if t.anywhere {
		since = since.Add(-clockDifference)
	}
	others := used - len(t.counted(since, t.window(i)))
	for range min(others, maxTracked) {
		t.add(now, now.Add(-known), 0)
	}
	if l.suffix == longLimiter {
		if others > 0 {
			t.set(othersWord, timeWord(now))
		}
		made := t.counted(now, t.window(i))
		later := 0 // calls that the server may have counted after this one
		for _, at := range made {
			if at >= since.UnixNano() {
				later++
			}
		}
		t.forget(made, len(made)-used-later+1) // this one itself is among them
	}
	return true
}

// roomIn is how long to wait before asking for a place, 0 when there is one.
func (t *paceTable) roomIn(now time.Time, self int) time.Duration {
	pending := t.settle(now, self)
	wait := t.wait(now)
	switch {
	case wait > 0 && pending > 0:
		wait = min(wait, max(paceGlance, wait/8)) // an answer that is due may tell of more places
	case wait <= 0 && t.anywhere && pending >= firstCalls && t.word(answeredWord) == 0:
		wait = paceGlance // the limits are not known yet, and there may be many runners
	}
	if wait = max(wait, t.blocked().Sub(now)); wait <= 0 {
		return 0
	}
	return wait + paceMargin
}

// wait is the time to the next free place.
func (t *paceTable) wait(now time.Time) (wait time.Duration) {
	var made []int64
	for i := range limiterCount {
		most := t.most(i, now)
		if most == 0 {
			continue
		}
		if made == nil {
			made = t.made(now)
		}
		if len(made) >= most {
			wait = max(wait, time.Unix(0, made[len(made)-most]).Add(t.window(i)).Sub(now))
		}
	}
	return wait
}

// settle ends the calls whose processes have died: they were made by now if at
// all. It returns how many calls are still on their way.
func (t *paceTable) settle(now time.Time, self int) (pending int) {
	for slot := range maxTracked {
		at, pid := t.slot(slot)
		switch {
		case pid == 0 || at == 0:
		case at <= now.UnixNano(), pid != self && !t.anywhere && !processAlive(pid):
			t.put(slot, min(at, now.UnixNano()), 0)
		default:
			pending++
		}
	}
	return pending
}

// made lists the latest times at which the calls that may still count were
// made, oldest first, in nanoseconds since 1970.
func (t *paceTable) made(now time.Time) []int64 {
	longest := time.Duration(0)
	for i := range limiterCount {
		longest = max(longest, t.window(i))
	}
	return t.counted(now, longest)
}

// counted lists those of one window. Every call asks it several times: a slot
// costs it two comparisons.
func (t *paceTable) counted(now time.Time, window time.Duration) []int64 {
	oldest, latest := now.Add(-window).UnixNano(), now.Add(time.Hour).UnixNano()
	var made []int64
	for slot := range maxTracked {
		if at, _ := t.slot(slot); at != 0 && at > oldest && at < latest {
			made = append(made, at)
		}
	}
	sort.Slice(made, func(i, j int) bool { return made[i] < made[j] }) // slices.Sort of int64 is here alone, and 9 kB
	return made
}

// forget takes out the n oldest calls.
func (t *paceTable) forget(made []int64, n int) {
	if n <= 0 {
		return
	}
	last := made[min(n, len(made))-1]
	for slot := range maxTracked {
		if at, pid := t.slot(slot); pid == 0 && at != 0 && at <= last {
			t.put(slot, 0, 0)
		}
	}
}

// Route is the name under which a call's rate limit is kept, as far as a client
// can know it.
func Route(method, path string) string { return route(method, path) }

// route is the limiter's key as far as a client can know it: the method and the
// path with ids replaced, because counters are kept per handler.
func route(method, path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if isCUID(part) || isUUID(part) {
			parts[i] = ":id"
		}
	}
	return method + " " + strings.Join(parts, "/")
}
