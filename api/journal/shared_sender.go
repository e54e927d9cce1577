package journal

// This file is about one thing: senders of a shared journal: a lease on the
// server that its holder keeps alive. One that stops for longer than the lease,
// by its death, by SIGSTOP or by a network that is cut, is dead to the others,
// and knows it itself before it sends anything more.

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis"
)

// beats is how often a lease is renewed within its time.
const beats = 5

func (s *sharedStore) senderKey(name string) string { return s.key("sender:" + name) }

// openSender takes a fresh lease. Its name tells where it runs.
func (s *sharedStore) openSender(now time.Time) (*sender, error) {
	ctx, cancel := context.WithCancel(context.Background())
	name := NewID(now) + "@" + s.self
	begun := time.Now()
	if _, err := s.client.Do(ctx, "SET", s.senderKey(name), now.UTC().Format(time.RFC3339), "PX", s.lease.Milliseconds()); err != nil {
		cancel()
		return nil, s.failure(context.Background(), err)
	}
	l := &lease{until: begun.Add(s.lease)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.beat(ctx, name, l)
	}()
	return &sender{name: name, lost: l.lost, close: func() {
		cancel()
		<-ended
		_, _ = s.client.Do(context.Background(), "DEL", s.senderKey(name))
	}}, nil
}

// lease is a sender's, as its own clock has it: it ends here before it ends on
// the server, because it is counted from before the server was asked.
type lease struct {
	until time.Time    // with a monotonic reading, which goes on while a process is stopped
	more  atomic.Int64 // nanoseconds by which it was prolonged
	gone  atomic.Bool
}

// lost is the error of a sender whose lease has passed; nil while it holds.
func (l *lease) lost() error {
	if !l.gone.Load() && time.Until(l.until.Add(time.Duration(l.more.Load()))) > 0 {
		return nil
	}
	l.gone.Store(true) // for good: others have taken over what was ours
	return &api.Error{
		Kind: api.KindLocal, Message: "this process was held up for longer than its lease on the shared journal; others deliver in its place", Err: errFenced,
		Hint: "nothing is lost: what it had begun is read back by the next runner",
	}
}

// beat prolongs the lease until the context ends or the server does not know
// the lease any more.
func (s *sharedStore) beat(ctx context.Context, name string, l *lease) {
	tick := time.NewTicker(s.lease / beats)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		begun := time.Now()
		answer, err := s.client.Do(ctx, "PEXPIRE", s.senderKey(name), s.lease.Milliseconds())
		switch {
		case err == nil && redis.Int(answer) == 1:
			l.more.Store(int64(begun.Add(s.lease).Sub(l.until)))
		case err == nil:
			l.gone.Store(true)
			return
		}
	}
}

// senderAlive reports whether the sender of that name holds its lease. What
// cannot be told is not dead.
func (s *sharedStore) senderAlive(name string) bool {
	if name == "" {
		return false
	}
	answer, err := s.client.Do(context.Background(), "EXISTS", s.senderKey(name))
	return err != nil || redis.Int(answer) == 1
}

// aliveIn is senderAlive within a transaction, which fails where it cannot be told.
func (s *sharedStore) aliveIn(ctx context.Context, name string) bool {
	if name == "" {
		return false
	}
	answer, err := s.client.Do(ctx, "EXISTS", s.senderKey(name))
	if err != nil {
		panic(failedRead{s.failure(ctx, err)})
	}
	return redis.Int(answer) == 1
}
