package api

// This file is about one thing: the pace that runners keep together through a
// Redis server.

import (
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
	p.share(newPaceServer(redis.New(a, nil, 0), group))
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
