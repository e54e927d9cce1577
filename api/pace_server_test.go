package api

// This file is about one thing: the pace that runners keep together through a
// Redis server.

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/api/redis/redistest"
)

// sharedPacer is a runner's, with a process id that others may have too.
func sharedPacer(t *testing.T, url, group string) *pacer {
	t.Helper()
	a, err := redis.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	p := newPacer(time.Now, "s", "")
	p.share(newPaceServer(redis.New(a, nil, time.Second), group))
	t.Cleanup(p.close)
	return p
}

// Four runners at full speed on one address are never refused. Whose turn it is is
// nobody's promise, but one alone does not keep the others out for good.
func TestRunnersKeepOnePace(t *testing.T) {
	s := redistest.Start(t)
	var mu sync.Mutex
	server := &limited{suffix: "-Short", limit: 10, window: time.Second, block: time.Second}
	made := make([]int, 4)
	var running sync.WaitGroup
	end := time.Now().Add(4 * time.Second)
	for i := range made {
		p := sharedPacer(t, s.URL("pace"), "office")
		running.Go(func() {
			for time.Now().Before(end) {
				got, wait := p.take("GET /x", 35*time.Second)
				if wait > 0 {
					time.Sleep(wait)
					continue
				}
				mu.Lock()
				code, h := server.call(time.Now())
				mu.Unlock()
				p.done("GET /x", got, code, h)
				made[i]++
			}
		})
	}
	running.Wait()
	// The limit is not known before the first answer: what has been reserved until
	// then, at most one call of each, is within it.
	if server.refused > 0 {
		t.Errorf("%d of %v calls were refused", server.refused, made)
	}
	through := 0
	for _, n := range made {
		if n > 0 {
			through++
		}
	}
	if through < 2 {
		t.Errorf("only %d runner made calls: %v", through, made)
	}
}

// What one runner has learnt, a block above all, holds for the next, and not for
// those of another address.
func TestRunnersLearnFromEachOther(t *testing.T) {
	s := redistest.Start(t)
	first, second, elsewhere := sharedPacer(t, s.URL("pace"), "office"), sharedPacer(t, s.URL("pace"), "office"), sharedPacer(t, s.URL("pace"), "cloud")
	got, _ := first.take("GET /x", time.Minute)
	first.done("GET /x", got, http.StatusTooManyRequests, http.Header{"Retry-After": {"3000"}})
	if _, wait := second.take("GET /x", time.Minute); wait < 2000*time.Second {
		t.Errorf("the second runner waits %s", wait)
	}
	if _, wait := second.take("GET /y", time.Minute); wait != 0 {
		t.Errorf("another route waits %s", wait)
	}
	if _, wait := elsewhere.take("GET /x", time.Minute); wait != 0 {
		t.Errorf("another address waits %s", wait)
	}
}

// Without the server each goes on by what it knows itself.
func TestPaceWithoutItsServer(t *testing.T) {
	s := redistest.Start(t)
	p := sharedPacer(t, s.URL("pace"), "office")
	got, _ := p.take("GET /x", time.Minute)
	s.Kill()
	p.done("GET /x", got, http.StatusTooManyRequests, http.Header{"Retry-After": {"3000"}})
	if _, wait := p.take("GET /x", time.Minute); wait < 2000*time.Second {
		t.Errorf("it waits %s", wait)
	}
}

// countedBy is how many calls of the last hour a pacer knows of.
func countedBy(p *pacer, route string) (n int) {
	p.with(route, func(t *paceTable) { n = len(t.counted(p.now(), time.Hour)) })
	return n
}

// A connection that breaks at any call of the server costs nothing: each step may be
// asked for twice and is done once.
func TestPaceOverAConnectionThatBreaks(t *testing.T) {
	s := redistest.Start(t)
	for _, where := range []redistest.Where{redistest.BeforeRequest, redistest.BeforeAnswer, redistest.MidAnswer} {
		for n := 1; n <= 4; n++ { // a place costs two calls, and so does its end
			p := redistest.StartProxy(t, s.Host)
			group := fmt.Sprint(where, n)
			broken, other := sharedPacer(t, p.URL("pace"), group), sharedPacer(t, s.URL("pace"), group)
			call := func() {
				got, wait := broken.take("GET /x", time.Minute)
				if wait > 0 {
					t.Fatalf("at call %d it waits %s", n, wait)
				}
				broken.done("GET /x", got, http.StatusOK, http.Header{})
			}
			call()
			p.Break(n, where)
			call()
			if made, pending := countedBy(other, "GET /x"), broken.kept.routes; p.Calls() < n || made != 2 || len(pending) > 0 {
				t.Errorf("broken at call %d of %d: %d calls of 2 are counted, %d are on their way", n, p.Calls(), made, len(pending))
			}
		}
	}
}

// What a dead runner has reserved counts as made after some seconds, and what a
// living one has reserved stays its own for as long as its call takes.
func TestPlacesOfTheDeadAndTheLiving(t *testing.T) {
	s := redistest.Start(t)
	dead, living, third := sharedPacer(t, s.URL("pace"), "office"), sharedPacer(t, s.URL("pace"), "office"), sharedPacer(t, s.URL("pace"), "office")
	lost, _ := dead.take("GET /x", time.Minute)
	dead.close() // it prolongs nothing any more
	held, _ := living.take("GET /x", time.Minute)
	pending := func() (n int) {
		third.with("GET /x", func(t *paceTable) { n = t.settle(third.now(), third.pid) })
		return n
	}
	first := held.until.Load()
	living.prolong()
	if held.until.Load() <= first {
		t.Error("the living runner's place was not prolonged")
	}
	for deadline := time.Now().Add(time.Minute); pending() > 1; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d calls are on their way, of which one is a dead runner's", pending())
		}
	}
	if until := time.Unix(0, lost.until.Load()); until.After(third.now()) {
		t.Errorf("the dead runner's place ended before %s", until)
	}
	living.done("GET /x", held, http.StatusOK, http.Header{})
	if n, made := pending(), countedBy(third, "GET /x"); n != 0 || made != 2 {
		t.Errorf("%d on their way, %d made", n, made)
	}
}
