// Rate limits: four limiters per handler and client address, in memory (contract rest 1.8). The arithmetic is that of the
// platform's own storage: hits leave one by one when their window ends, and a block counts from the call that caused it.

package sandbox

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limit is a route's override of the "default" limiter, per minute. The zero value is "no override".
type limit struct {
	prod, dev int
	skip      bool // SkipThrottle: disables only the default limiter
}

func (l limit) production() int {
	if l.skip {
		return 0
	}
	return l.prod
}

type limiter struct {
	name      string // suffix of the headers, "" for default
	window    time.Duration
	block     time.Duration
	prod, dev int
}

// limiters are in the order in which they are asked: by window, then as configured.
func limiters() []limiter {
	return []limiter{
		{"-short", time.Second, time.Second, 10, 1000},
		{"-medium", time.Minute, time.Minute, 100, 10_000},
		{"", time.Minute, time.Minute, 1000, 100_000},
		{"-long", time.Hour, time.Hour, 1000, 100_000},
	}
}

type limitKey struct{ route, name, client string }

type window struct {
	hits      []time.Time // in order
	ends      time.Time
	blocked   bool
	blockEnds time.Time
}

type throttle struct {
	mu         sync.Mutex
	production bool
	scale      float64
	table      []limiter
	windows    map[limitKey]*window
	now        func() time.Time
}

func newThrottle(l Limits, scale float64, now func() time.Time) *throttle {
	if scale <= 0 {
		scale = 1
	}
	return &throttle{production: l == LimitsProduction, scale: scale, table: limiters(), windows: map[limitKey]*window{}, now: now}
}

// allow counts a call, writes the limiters' headers and says whether the call may go on.
func (t *throttle) allow(h http.Header, route string, override limit, client string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, l := range t.table {
		if l.name == "" && override.skip {
			continue
		}
		most := t.max(l, override)
		w := t.window(limitKey{route, l.name, client})
		left, blockLeft, blocked := w.hit(now, t.scaled(l.window), t.scaled(l.block), most)
		if blocked {
			put(h, "Retry-After"+l.name, ceilSeconds(blockLeft))
			return false
		}
		put(h, "X-RateLimit-Limit"+l.name, strconv.Itoa(most))
		put(h, "X-RateLimit-Remaining"+l.name, strconv.Itoa(remaining(most, len(w.hits))))
		put(h, "X-RateLimit-Reset"+l.name, t.seconds(left))
	}
	return true
}

func (t *throttle) max(l limiter, override limit) int {
	prod, dev := l.prod, l.dev
	if l.name == "" && override.prod > 0 {
		prod, dev = override.prod, override.dev
	}
	if t.production {
		return prod
	}
	return dev
}

func (t *throttle) scaled(d time.Duration) time.Duration { return time.Duration(float64(d) / t.scale) }

func (t *throttle) window(k limitKey) *window {
	w := t.windows[k]
	if w == nil {
		w = &window{}
		t.windows[k] = w
	}
	return w
}

// hit counts one call. left is the time to the end of the window, blockLeft to the end of the block.
func (w *window) hit(now time.Time, length, block time.Duration, most int) (left, blockLeft time.Duration, blocked bool) {
	if !now.Before(w.ends) {
		w.ends = now.Add(length)
	}
	gone := 0
	for gone < len(w.hits) && !now.Before(w.hits[gone].Add(length)) {
		gone++
	}
	w.hits = w.hits[gone:]
	if !w.blocked {
		w.hits = append(w.hits, now)
		if len(w.hits) > most {
			w.blocked, w.blockEnds = true, now.Add(block)
		}
	}
	if w.blocked && !now.Before(w.blockEnds) {
		w.blocked = false
		w.hits = append(w.hits[:0], now)
	}
	return w.ends.Sub(now), w.blockEnds.Sub(now), w.blocked
}

// seconds writes a time as the platform does, in whole seconds. Of windows that are divided by a scale that would say
// next to nothing, so those are told to the millisecond.
func (t *throttle) seconds(d time.Duration) string {
	if t.scale == 1 {
		return ceilSeconds(d)
	}
	return strconv.FormatFloat(math.Ceil(d.Seconds()*1000)/1000, 'f', 3, 64)
}

// put sets a header in the letter case of the platform; Set would change it.
func put(h http.Header, name, value string) { h[name] = []string{value} }

func ceilSeconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}

func remaining(limit, used int) int { return max(0, limit-used) }
