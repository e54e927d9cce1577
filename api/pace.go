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

// pacer remembers, per route, until when the server will take no more.
type pacer struct {
	now   func() time.Time
	mu    sync.Mutex
	until map[string]time.Time
}

func newPacer(now func() time.Time) *pacer {
	return &pacer{now: now, until: map[string]time.Time{}}
}

// learn reads an answer's headers. X-RateLimit-Remaining* of 0 means that the
// next call would be refused; Reset is in seconds to go.
func (p *pacer) learn(route string, header http.Header) {
	var wait time.Duration
	for _, suffix := range limiterSuffixes {
		if header.Get("X-RateLimit-Remaining"+suffix) != "0" {
			continue
		}
		if s, err := strconv.Atoi(header.Get("X-RateLimit-Reset" + suffix)); err == nil && s > 0 {
			wait = max(wait, time.Duration(s)*time.Second)
		}
	}
	if wait == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until[route] = p.now().Add(wait)
}

// wait returns how long to hold the next request of a route.
func (p *pacer) wait(route string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, held := p.until[route]
	if !held {
		return 0
	}
	d := t.Sub(p.now())
	if d <= 0 {
		delete(p.until, route)
		return 0
	}
	return d
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
