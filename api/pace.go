package api

// This file is about one thing: keeping to the limits that the server announces
// (contract rest 1.8): per route and address, with a window of a second, a
// minute and an hour, the last of which blocks for an hour when it is crossed.

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// limiterSuffixes are the platform's named limiters; "" is the default one.
var limiterSuffixes = [...]string{"", "-Short", "-Medium", "-Long"}

// maxTracked is the largest limit whose calls are remembered one by one. The
// production limits are at most this; the development ones, far above it, are
// only kept to once they are used up.
const maxTracked = 1000

// paceMargin is added to every wait, because the server's clock starts later
// than ours and its timers are no finer.
const paceMargin = 2 * time.Millisecond

// paceGlance is how soon to look again while answers are due.
const paceGlance = 20 * time.Millisecond

// pacer knows, per route, how many calls the server will still take.
type pacer struct {
	now    func() time.Time
	mu     sync.Mutex
	routes map[string]*routePace
}

// routePace is one route's state.
type routePace struct {
	blocked  time.Time // after a 429: nothing before this
	flying   int       // calls sent and not answered yet
	limiters [len(limiterSuffixes)]limiterPace
}

// limiterPace is one limiter of a route. The server counts the calls of the
// last window, so a place becomes free when a call is one window old, not all
// at once when Reset has passed.
type limiterPace struct {
	limit  int           // 0 = not known yet
	window time.Duration // the longest Reset seen: at a window's first call that is its length
	others int           // calls that count and are not in the list below: other processes', or still on their way
	resets time.Time     // when the server's window ends
	calls  []time.Time   // our answered calls that still count, oldest first
}

func newPacer(now func() time.Time) *pacer {
	return &pacer{now: now, routes: map[string]*routePace{}}
}

// take reserves a call of a route, or says how long to wait before asking again.
// Every reserved call is ended by done.
func (p *pacer) take(route string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.routes[route]
	if r == nil {
		r = &routePace{}
		p.routes[route] = r
	}
	now := p.now()
	var wait time.Duration
	for i := range r.limiters {
		wait = max(wait, r.limiters[i].wait(now, r.flying))
	}
	if r.flying > 0 {
		wait = min(wait, paceGlance) // an answer that is due may tell of more places
	}
	if wait = max(wait, r.blocked.Sub(now)); wait > 0 {
		return wait + paceMargin
	}
	r.flying++
	return 0
}

// wait forgets the calls that no longer count and returns the time to the next
// free place.
func (l *limiterPace) wait(now time.Time, flying int) time.Duration {
	if l.limit == 0 {
		return 0
	}
	for len(l.calls) > 0 && !now.Before(l.calls[0].Add(l.window)) {
		l.calls = l.calls[1:]
	}
	switch {
	case l.others+len(l.calls)+flying < l.limit:
		return 0
	case len(l.calls) > 0:
		return l.calls[0].Add(l.window).Sub(now)
	case now.Before(l.resets):
		return l.resets.Sub(now)
	}
	l.others = l.limit - flying - 1 // the window is over: one call will tell how many places there are
	return 0
}

// done ends a reserved call and learns from its answer; header is nil when
// there was none.
func (p *pacer) done(route string, status int, header http.Header) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, now := p.routes[route], p.now()
	if r == nil {
		return
	}
	r.flying--
	if status == http.StatusTooManyRequests {
		if d, ok := retryAfter(header, now); ok && now.Add(d).After(r.blocked) {
			r.blocked = now.Add(d)
		}
	}
	for i, suffix := range limiterSuffixes {
		r.limiters[i].learn(now, header, suffix)
	}
}

// learn reads one limiter's headers. What the server has counted beyond our
// list are others' calls, or ours whose answers are due: until those come, the
// count errs on the safe side.
func (l *limiterPace) learn(now time.Time, header http.Header, suffix string) {
	remaining, err := strconv.Atoi(header.Get("X-RateLimit-Remaining" + suffix))
	reset, resetErr := strconv.Atoi(header.Get("X-RateLimit-Reset" + suffix))
	if err != nil || resetErr != nil || reset < 0 || remaining < 0 {
		if l.limit > 0 && l.limit <= maxTracked {
			l.calls = append(l.calls, now) // it may have been counted
		}
		return
	}
	l.limit, _ = strconv.Atoi(header.Get("X-RateLimit-Limit" + suffix))
	l.limit = max(l.limit, 1)
	length := time.Duration(reset) * time.Second
	l.window = max(l.window, length)
	l.resets = now.Add(length)
	if l.limit <= maxTracked {
		l.calls = append(l.calls, now)
		l.calls = l.calls[max(0, len(l.calls)-maxTracked):]
	}
	l.others = max(0, l.limit-remaining-len(l.calls))
}

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
