//go:build unix

package main

// This file is about one thing: relays as processes: leaders that are killed and
// held up while events come, a Redis server that restarts, and groups of readers
// of which one is killed. Every event is numbered.

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis/redistest"
	"github.com/vizora/vizora-cli/api/sandbox"
)

// patience is for a machine that does much else.
const patience = 3 * time.Minute

// numbered has the platform emit numbers until it is stopped.
type numbered struct {
	count atomic.Int64
	stop  func()
}

func emitNumbers(t *testing.T, s *stage, every time.Duration) *numbered {
	n := &numbered{}
	ended := make(chan struct{})
	var emitting sync.WaitGroup
	emitting.Go(func() {
		for tick := time.NewTicker(every); ; {
			select {
			case <-ended:
				return
			case <-tick.C:
			}
			resp, err := http.Post(s.world.RealtimeURL()+"/sandbox/emit?event=screenshot:ready", "text/plain", strings.NewReader(fmt.Sprintf(`{"n":%d}`, n.count.Load()+1)))
			if err != nil {
				t.Errorf("emitting: %v", err)
				return
			}
			_ = resp.Body.Close()
			n.count.Add(1)
		}
	})
	n.stop = sync.OnceFunc(func() { close(ended); emitting.Wait() })
	t.Cleanup(n.stop)
	return n
}

// more waits until so many more have gone out.
func (n *numbered) more(t *testing.T, count int64) {
	t.Helper()
	for until := n.count.Load() + count; n.count.Load() < until && !t.Failed(); {
		time.Sleep(time.Millisecond)
	}
}

// wantAll reads what a watch of everything printed until the last number, and
// checks that all are there once and in order.
func wantAll(t *testing.T, reader *watching, last int64) {
	t.Helper()
	seq, n := 0.0, int64(0)
	for line := range reader.lines {
		if got := line["seq"].(float64); got != seq+1 {
			t.Fatalf("record %v after %v", got, seq)
		}
		seq++
		switch line["event"] {
		case "gap", "disconnect":
			t.Errorf("%v", line)
		case "screenshot:ready":
			if got, _ := at(line, "data", "n").(float64); int64(got) != n+1 {
				t.Fatalf("number %v after %d", got, n)
			}
			if n++; n == last {
				return
			}
		}
	}
	t.Fatalf("it ended after %d of %d\n%s", n, last, reader.errs.String())
}

// TestRelayFailover: a leader that is killed, one that is stopped for longer than
// its lease and then goes on, and a Redis server that dies and comes back, while
// events come: readers see every one once and in order.
func TestRelayFailover(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s := newStageOf(t, 0, sandbox.EventsProduct)
	address := server.URL("0/events")
	reader := startWatchFor(t, s, patience, "--from", address)
	reader.hear("no relay publishes")
	relay := func() *watching { return startWatchFor(t, s, patience, "--publish", address, "--poll", "5s") }
	first := relay()
	first.hear("leading: the stream events begins")
	second := relay()
	second.hear("standing by")
	numbers := emitNumbers(t, s, 2*time.Millisecond)
	numbers.more(t, 200)

	first.kill(syscall.SIGKILL)
	second.hear("leading: the stream events goes on without a gap")
	third := relay()
	third.hear("standing by")
	numbers.more(t, 200)

	second.kill(syscall.SIGSTOP)
	third.hear("leading: the stream events goes on without a gap")
	numbers.more(t, 200)
	second.kill(syscall.SIGCONT)
	second.hear("not leading any more")
	second.hear("standing by")
	numbers.more(t, 200)

	server.Kill()
	third.hear("lost: Redis")
	numbers.more(t, 200)
	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	third.hear("Redis is back")
	numbers.more(t, 200)
	third.kill(syscall.SIGINT) // gives the lease back
	third.want(130)
	second.hear("leading: the stream events goes on without a gap")
	numbers.more(t, 200)
	numbers.stop()
	wantAll(t, reader, numbers.count.Load())
	reader.kill(syscall.SIGINT)
	reader.want(130)
}

// TestRelayGroup: several share a stream; of one that is killed another takes
// over what it had in hand. Nothing else is handled twice.
func TestRelayGroup(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := newStageOf(t, 0, sandbox.EventsProduct)
	address := server.URL("events")
	relay := startWatchFor(t, s, patience, "--publish", address)
	relay.hear("leading")
	var members []*watching
	for range 4 {
		m := startWatchFor(t, s, patience, "--from", address, "--group", "ci", "screenshot:ready")
		m.hear("live")
		members = append(members, m)
	}
	numbers := emitNumbers(t, s, 2*time.Millisecond)
	numbers.more(t, 300)
	members[0].kill(syscall.SIGKILL)
	numbers.more(t, 300)
	members[1].kill(syscall.SIGINT) // leaves nothing behind
	numbers.more(t, 300)
	numbers.stop()

	by := map[int][]int{} // who printed a number
	var mu sync.Mutex
	seen := func() int { mu.Lock(); defer mu.Unlock(); return len(by) }
	var reading sync.WaitGroup
	for i, m := range members {
		reading.Go(func() {
			for line := range m.lines {
				n, _ := at(line, "data", "n").(float64)
				mu.Lock()
				by[int(n)] = append(by[int(n)], i)
				mu.Unlock()
			}
		})
	}
	last := int(numbers.count.Load())
	for begun := time.Now(); seen() < last && time.Since(begun) < patience/2; {
		time.Sleep(10 * time.Millisecond)
	}
	for _, m := range members[2:] {
		m.kill(syscall.SIGINT)
		m.want(130)
	}
	members[1].want(130)
	reading.Wait()
	for n := 1; n <= last; n++ {
		switch who := by[n]; {
		case len(who) == 0:
			t.Errorf("%d was handled by nobody", n)
		case len(who) > 2 || len(who) == 2 && who[0] != 0 && who[1] != 0:
			t.Errorf("%d was handled by %v", n, who)
		}
	}
	for i := range members {
		share := 0
		for _, who := range by {
			for _, m := range who {
				if m == i {
					share++
				}
			}
		}
		t.Logf("member %d handled %d of %d", i, share, last)
	}
}

// wire passes connections on until it is cut; afterwards it refuses them.
type wire struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
}

func openWire(t *testing.T, target string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", ownLoopback())
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l}
	t.Cleanup(w.cut)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", strings.TrimPrefix(target, "http://"))
			if err != nil {
				_ = in.Close()
				continue
			}
			w.mu.Lock()
			w.conns = append(w.conns, in, out)
			w.mu.Unlock()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
	return w
}

func (w *wire) cut() {
	_ = w.listener.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
}

// TestRelayMakesWay: a leader that loses the platform leaves the lead to one that
// has not, and readers notice nothing.
func TestRelayMakesWay(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := newStageOf(t, 0, sandbox.EventsProduct)
	address := server.URL("events")
	reader := startWatchFor(t, s, patience, "--from", address)
	reader.hear("no relay publishes")
	direct := s.env["VIZORA_REALTIME_URL"]
	own := openWire(t, direct)
	s.env["VIZORA_REALTIME_URL"] = "http://" + own.listener.Addr().String()
	first := startWatchFor(t, s, patience, "--publish", address)
	first.hear("leading")
	s.env["VIZORA_REALTIME_URL"] = direct
	second := startWatchFor(t, s, patience, "--publish", address)
	second.hear("standing by")
	numbers := emitNumbers(t, s, 2*time.Millisecond)
	numbers.more(t, 200)
	own.cut()
	first.hear("a relay that is live takes over")
	second.hear("goes on without a gap")
	numbers.more(t, 200)
	numbers.stop()
	wantAll(t, reader, numbers.count.Load())
}
