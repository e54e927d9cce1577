package relay

// Tests on a real Redis server: what is appended is appended once and by the one
// that leads, what was trimmed away is said, and what a member of a group leaves
// goes to another.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/api/redis/redistest"
)

func place(t testing.TB, s *redistest.Server) Place {
	t.Helper()
	a, err := redis.Parse(s.URL("events"))
	if err != nil {
		t.Fatal(err)
	}
	c := redis.New(a, nil, 0)
	t.Cleanup(c.Close)
	return Place{c, a.Name}
}

func record(seq int) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"vizora/v1","kind":"Event","seq":%d,"data":{"n":%d}}`, seq, seq)
}

// leader is a relay's publisher with the lease of its own.
func leader(t testing.TB, p Place, who string, keep int, lease time.Duration) *publisher {
	t.Helper()
	r := &Relay{Place: p, Keep: keep, Lease: lease, Who: who + " x", Owner: "o", Say: func(string, ...any) {}, append: redis.NewScript(5, appendScript)}
	d := newDeck(func(realtime.State) {})
	_ = d.take(realtime.State{State: realtime.Live, At: time.Now()}) // it never fails
	s := &standby{relay: r, deck: d, look: redis.NewScript(3, lookScript), take: redis.TakeLease()}
	turn, err := s.wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return turn.out
}

// send appends records from..to as one batch.
func send(t testing.TB, p *publisher, from, to int) error {
	t.Helper()
	for i := from; i <= to; i++ {
		if err := p.add(record(i), uint64(i)); err != nil {
			return err
		}
	}
	if err := p.pause(true); err != nil {
		return err
	}
	b, _, _ := p.next()
	return p.append(t.Context(), &b)
}

// sink collects what a reader tells, one word each.
type sink struct {
	mu    sync.Mutex
	words []string
	stop  func(word string) error // after a word
}

func (s *sink) add(word string) error {
	s.mu.Lock()
	s.words = append(s.words, word)
	s.mu.Unlock()
	if s.stop != nil {
		return s.stop(word)
	}
	return nil
}

func (s *sink) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.words, " ")
}

func (s *sink) read(r *Reader) *Reader {
	r.State = func(realtime.State) error { return nil }
	r.Entry = func(e Entry) (bool, error) { return true, s.add(fmt.Sprint(e.Seq())) }
	r.Missed = func(m Missed) error { return s.add(fmt.Sprintf("missed(%d)", m.Count)) }
	r.Pause = func() error { return nil }
	r.Say = func(string, ...any) {}
	return r
}

var errStop = errors.New("stop")

// until ends a reader after the last record.
func until(seq int) func(string) error {
	return func(word string) error {
		if word == fmt.Sprint(seq) {
			return errStop
		}
		return nil
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begun := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatal("never: " + what)
		}
	}
}

// TestAppendsOnce: a batch whose answer was lost is not appended again, a lease
// that passed unnoticed goes on, and one that another has taken appends nothing.
func TestAppendsOnce(t *testing.T) {
	p := place(t, redistest.Start(t))
	pass := func() { // the lease passes
		if _, err := p.do(t.Context(), "DEL", p.key("lease")); err != nil {
			t.Fatal(err)
		}
	}
	first := leader(t, p, "a", 1000, time.Minute)
	if err := send(t, first, 1, 3); err != nil {
		t.Fatal(err)
	}
	first.sent-- // the answer was lost: the same batch goes out again
	first.onWire -= 3
	if err := send(t, first, 1, 3); err != nil {
		t.Fatal(err)
	}
	pass()
	if err := send(t, first, 4, 4); err != nil {
		t.Fatalf("nobody else led: %v", err)
	}
	pass()
	second := leader(t, p, "b", 1000, time.Minute)
	if second.seq != 4 {
		t.Errorf("goes on at %d", second.seq)
	}
	if err := send(t, first, 5, 5); !errors.Is(err, errFenced) {
		t.Errorf("another has taken the lease: %v", err)
	}
	if err := send(t, second, 5, 5); err != nil {
		t.Fatal(err)
	}
	s := &sink{stop: until(5)}
	if err := s.read(&Reader{Place: p, Since: time.Now().Add(-time.Hour)}).Run(t.Context()); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	if s.all() != "1 2 3 4 5" {
		t.Error(s.all())
	}
}

// TestTrimmed: what was trimmed away before it was read is said, to a reader and
// to a group, with its number where it is known.
func TestTrimmed(t *testing.T) {
	p := place(t, redistest.Start(t))
	out := leader(t, p, "a", 200, time.Minute)
	if err := send(t, out, 1, 10); err != nil {
		t.Fatal(err)
	}
	var after string
	early := &sink{stop: until(10)}
	r := early.read(&Reader{Place: p, Since: time.Now().Add(-time.Hour)})
	if err := r.Run(t.Context()); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	after = r.After
	if _, err := p.do(t.Context(), "XGROUP", "CREATE", p.Stream, "g", after); err != nil {
		t.Fatal(err)
	}
	if err := send(t, out, 11, 1000); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*Reader{"resume": {After: after, Seq: 10}, "since": {Since: time.Now().Add(-time.Hour)}, "group": {Group: "g", Member: "m"}} {
		s := &sink{stop: until(1000)}
		r.Place = p
		if err := s.read(r).Run(t.Context()); !errors.Is(err, errStop) {
			t.Fatal(err)
		}
		s.words = s.words[:2]
		var count, next int
		if _, err := fmt.Sscanf(s.all(), "missed(%d) %d", &count, &next); err != nil || next < 700 || name == "resume" && count != next-11 {
			t.Errorf("%s: %s", name, s.all())
		}
	}
}

// TestGroupTakesOver: what a member that died was given goes to another after a
// while, what a member that leaves has not handled at once, and nothing to two.
func TestGroupTakesOver(t *testing.T) {
	p := place(t, redistest.Start(t))
	out := leader(t, p, "a", 1000, time.Minute)
	if _, err := p.do(t.Context(), "XGROUP", "CREATE", p.Stream, "g", "$", "MKSTREAM"); err != nil {
		t.Fatal(err)
	}
	if err := send(t, out, 1, 6); err != nil {
		t.Fatal(err)
	}
	if _, err := p.do(t.Context(), "XREADGROUP", "GROUP", "g", "dead", "COUNT", "2", "STREAMS", p.Stream, ">"); err != nil {
		t.Fatal(err)
	}
	leaving := &sink{stop: until(4)} // of 3 to 6
	if err := leaving.read(&Reader{Place: p, Group: "g", Member: "leaving", Idle: time.Hour}).Run(t.Context()); !errors.Is(err, errStop) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	last := &sink{}
	ended := make(chan error, 1)
	go func() {
		ended <- last.read(&Reader{Place: p, Group: "g", Member: "last", Idle: 200 * time.Millisecond}).Run(ctx)
	}()
	eventually(t, "all is handled", func() bool { return len(strings.Fields(last.all())) >= 4 })
	eventually(t, "all is acknowledged", func() bool {
		answer, err := p.do(t.Context(), "XPENDING", p.Stream, "g")
		return err == nil && redis.Int(redis.At(redis.List(answer), 0)) == 0
	})
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	got := strings.Fields(last.all())
	if leaving.all() != "3 4" || len(got) != 4 || !strings.Contains(last.all(), "1 2") || !strings.Contains(last.all(), "5 6") {
		t.Errorf("%s, then %s", leaving.all(), last.all())
	}
	answer, err := p.do(t.Context(), "XINFO", "CONSUMERS", p.Stream, "g")
	if names := fmt.Sprintf("%s", answer); err != nil || strings.Contains(names, "last") {
		t.Errorf("%v %s", err, names)
	}
}

// TestRefuses: what waiting does not change is said at once.
func TestRefuses(t *testing.T) {
	s := redistest.Start(t)
	p := place(t, s)
	if _, err := p.do(t.Context(), "SET", p.Stream, "a text"); err != nil {
		t.Fatal(err)
	}
	r := (&sink{}).read(&Reader{Place: p})
	if err := r.Run(t.Context()); !final(err) || !strings.Contains(err.Error(), "is no stream but a string") {
		t.Error(err)
	}
	for version, old := range map[string]bool{"5.0.7": true, "6.0.16": true, "6.2.0": false, "7.0.15": false, "8.0": false, "unstable": true} {
		if older(version) != old {
			t.Error(version)
		}
	}
}

// TestDeckForgets: a standby holds what the leader may not have dealt with, within
// a bound; past it, it knows from when on it is whole.
func TestDeckForgets(t *testing.T) {
	d := newDeck(func(realtime.State) {})
	begun := time.Now()
	_ = d.take(realtime.State{State: realtime.Live, At: begun}) // it never fails
	for range 10 {
		_ = d.take(realtime.Event{Name: "x", Payload: make([]byte, 10<<20)})
	}
	if live, since := d.standing(); !live || !since.After(begun) || len(d.held) != 6 {
		t.Errorf("%v %v, holds %d", live, since.Sub(begun), len(d.held))
	}
	d.forget(time.Now())
	if len(d.held) != 6 {
		t.Error("what came within the margin is forgotten")
	}
	d.forget(time.Now().Add(margin + time.Second))
	if len(d.held) != 0 || d.size != 0 {
		t.Errorf("holds %d, %d bytes", len(d.held), d.size)
	}
	_ = d.take(realtime.State{State: realtime.Lost})
	if live, _ := d.standing(); live {
		t.Error("a lost stream stands by")
	}
}
