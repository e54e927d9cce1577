package journal

// This file is about one thing: a journal that runners on several machines
// share, kept by a Redis server. A transaction holds a lease with a fencing
// token: what it read is of one moment, and it is written in one step that
// refuses a lease which has passed, so that a runner which was paused in the
// middle of it does no harm when it goes on.

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis"
)

const (
	defaultName   = "journal"
	txLease       = 5 * time.Second  // a transaction takes milliseconds
	sharedWait    = 15 * time.Second // for another's transaction: longer than the lease of one that died
	defaultLease  = 15 * time.Second // of a sender
	leasePollMost = 20 * time.Millisecond
)

// sharedStore keeps the journal on a Redis server.
type sharedStore struct {
	client  *redis.Client
	scripts scripts
	prefix  string // of all keys; in braces, so that a cluster keeps them together
	self    string // how others see this process: host.pid
	wait    time.Duration
	txLease time.Duration
	lease   time.Duration // of a sender
	now     func() time.Time
	notice  func(string)
	silent  bool          // nobody hears a notice
	must    bool          // be durable
	told    string        // file that remembers what was told of the server's durability
	here    chan struct{} // one transaction of this process at a time

	first   sync.Mutex
	checked bool // the server's durability was looked at
}

func newSharedStore(o *Options, notice func(string)) (*sharedStore, error) {
	a, err := redis.Parse(o.Store)
	if err != nil {
		return nil, api.Invalid("journal.store", redis.Shown(o.Store), "cannot be used: "+err.Error(), "give redis://[user:password@]host[:port][/database][/name], or rediss:// for TLS")
	}
	if a.Name == "" {
		a.Name = defaultName
	}
	s := &sharedStore{
		scripts: newScripts(),
		prefix:  "vizora:{" + a.Name + "}:", self: self(), wait: sharedWait, txLease: txLease, lease: defaultLease,
		now: o.Now, notice: notice, silent: o.OnEvent == nil, must: o.RequireDurable, here: make(chan struct{}, 1),
	}
	setDefault(&o.Lease, defaultLease)
	s.lease = o.Lease
	s.txLease = min(txLease, o.Lease)
	if o.LockWait > 0 {
		s.wait = o.LockWait
	}
	s.told = toldFile(o.Dir, a)
	s.client = redis.New(a, o.TLS, s.wait)
	return s, nil
}

// self names this process for people who look at the journal elsewhere.
func self() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "somewhere"
	}
	return fmt.Sprintf("%s.%d", host, os.Getpid())
}

func (s *sharedStore) key(name string) string { return s.prefix + name }

func (s *sharedStore) leaseKey() string { return s.key("lease") }

// failure is the error of a server that was not reached, or refuses.
func (s *sharedStore) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil && !redis.Refused(err) {
		return stopped(ctx)
	}
	e := &api.Error{Kind: api.KindLocal, Message: "the shared journal cannot be used: " + redis.Explain(s.client.Address(), err), Err: err}
	if e.Hint = redis.Fix(s.client.Address(), err, "journal.store (VIZORA_JOURNAL_STORE)"); e.Hint == "" {
		e.Hint = "look at journal.store with 'vizora profile show'; nothing is sent without the journal"
	}
	return e
}

// passed is the error of a process that was held up for longer than its lease.
func (s *sharedStore) passed() error {
	return &api.Error{
		Kind: api.KindLocal, Message: fmt.Sprintf("this process was held up for longer than its lease on the shared journal (%s), so another may have gone on in its place", s.txLease), Err: errLocked,
		Hint: "nothing was recorded; run the command again",
	}
}

// update runs fn again when the lease has passed meanwhile: nothing of what it
// did was kept.
func (s *sharedStore) update(ctx context.Context, fn func(*tx) error) error {
	const tries = 3
	var err error
	for range tries {
		err = s.transact(ctx, true, fn)
		if !errors.Is(err, errPassed) {
			return err
		}
	}
	return s.passed()
}

func (s *sharedStore) view(ctx context.Context, fn func(*tx) error) error {
	err := s.transact(ctx, false, fn)
	if errors.Is(err, errPassed) {
		return s.passed()
	}
	return err
}

var errPassed = errors.New("the lease has passed")

func (s *sharedStore) transact(ctx context.Context, write bool, fn func(*tx) error) error {
	if err := s.checkDurable(ctx); err != nil {
		return err
	}
	timer := time.NewTimer(s.wait)
	defer timer.Stop()
	select {
	case s.here <- struct{}{}:
	case <-timer.C:
		return s.busy("another part of this process")
	case <-ctx.Done():
		return stopped(ctx)
	}
	defer func() { <-s.here }()
	t, err := s.begin(ctx, write)
	if err != nil || t == nil {
		return err
	}
	inner := &tx{bucket: t.bucket, alive: func(name string) bool { return s.aliveIn(t.ctx, name) }, fetch: t.fetch}
	err = t.guard(func() error {
		if write && t.bucket(metaBucket).Get([]byte(formatKey)) == nil {
			if err := t.make(); err != nil {
				return err
			}
		}
		return inner.run(fn)
	})
	if err != nil || !write || len(t.changes) == 0 {
		return t.end(err)
	}
	return t.commit()
}

// begin takes the lease. No transaction and no error: there is no journal.
func (s *sharedStore) begin(ctx context.Context, write bool) (*sharedTx, error) {
	who := s.self + " " + NewID(time.Now()) // each asks under a name of its own
	deadline := time.Now().Add(s.wait)
	make := 0
	if write {
		make = 1
	}
	for pause := time.Millisecond; ; pause = min(2*pause, leasePollMost) {
		answer, err := s.client.Run(ctx, s.scripts.begin, s.leaseKey(), s.key("tokens"), s.key(metaBucket), who, s.txLease.Milliseconds(), make)
		if err != nil {
			return nil, s.failure(ctx, err)
		}
		list := redis.List(answer)
		switch redis.Int(redis.At(list, 0)) {
		case 2:
			return nil, nil
		case 1:
			return s.begun(ctx, redis.Text(redis.At(list, 1)), redis.List(redis.At(list, 2))), nil
		}
		if time.Now().After(deadline) {
			return nil, s.busy(holderOf(redis.Text(redis.At(list, 1))))
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-ctx.Done():
			return nil, stopped(ctx)
		}
	}
}

func (s *sharedStore) begun(ctx context.Context, lease string, meta []any) *sharedTx {
	t := &sharedTx{ctx: ctx, store: s, lease: lease, buckets: map[string]*sharedBucket{}}
	known := map[string][]byte{}
	for i := 0; i+1 < len(meta); i += 2 {
		known[redis.Text(meta[i])] = redis.Bytes(meta[i+1])
	}
	t.buckets[metaBucket] = &sharedBucket{tx: t, name: metaBucket, known: known, whole: true}
	return t
}

// make begins a journal.
func (t *sharedTx) make() error {
	meta := t.bucket(metaBucket)
	return errors.Join(meta.Put([]byte(formatKey), binary.BigEndian.AppendUint32(nil, formatVersion)), meta.Put([]byte(pendingKey), pending{}.encode()))
}

// markKey is where it is kept that a transaction is done with, by its fencing token.
func (t *sharedTx) markKey() string {
	token, _, _ := strings.Cut(t.lease, " ")
	return t.store.key("done:" + token)
}

// commit writes the changes in one step. A call that is given up by its caller
// goes on all the same: what was begun is better finished than left unknown.
func (t *sharedTx) commit() error {
	args := append([]any{t.store.leaseKey(), t.markKey(), t.lease, t.store.prefix}, t.changes...)
	answer, err := t.store.client.Run(context.WithoutCancel(t.ctx), t.store.scripts.commit, args...)
	if err != nil {
		return t.store.failure(t.ctx, err)
	}
	if redis.Int(answer) != 1 {
		return errPassed
	}
	return nil
}

// end gives the lease back without having written anything.
func (t *sharedTx) end(cause error) error {
	answer, err := t.store.client.Run(context.WithoutCancel(t.ctx), t.store.scripts.end, t.store.leaseKey(), t.markKey(), t.lease)
	switch {
	case cause != nil:
		return typed("the shared journal cannot be used", cause)
	case err != nil:
		return t.store.failure(t.ctx, err)
	case redis.Int(answer) != 1:
		return errPassed
	}
	return nil
}

func (s *sharedStore) busy(holder string) error {
	return &api.Error{
		Kind: api.KindLocal, Message: fmt.Sprintf("the shared journal is locked by %s; waited %s", holder, s.wait), Err: errLocked,
		Hint: fmt.Sprintf("wait for that process, or end it: its lease passes within %s", s.txLease),
	}
}

// holderOf reads who holds a lease: its value is token, host.pid and a nonce.
func holderOf(lease string) string {
	parts := strings.Fields(lease)
	if len(parts) != 3 {
		return "another process"
	}
	return "process " + parts[1]
}

// exists reports whether there is a journal. What cannot be told is for the
// transaction that follows to say.
func (s *sharedStore) exists() bool {
	answer, err := s.client.Do(context.Background(), "EXISTS", s.key(metaBucket))
	return err != nil || redis.Int(answer) == 1
}

// compact has nothing to give back: Redis frees what is deleted.
func (s *sharedStore) compact(context.Context) (before, after int64, err error) { return 0, 0, nil }

// scrub leaves it to Redis: its append-only file forgets when it is rewritten.
func (s *sharedStore) scrub(context.Context) error { return nil }

func (s *sharedStore) lastSync() time.Time {
	answer, err := s.client.Do(context.Background(), "GET", s.key("synced"))
	if err != nil || len(redis.Bytes(answer)) == 0 {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, redis.Text(answer))
	if err != nil {
		return time.Time{}
	}
	return at
}

func (s *sharedStore) markSynced(now time.Time) {
	_, _ = s.client.Do(context.Background(), "SET", s.key("synced"), now.Format(time.RFC3339Nano))
}

// runLock is none: claims keep two runners from sending the same, so that any
// number of them deliver at once.
func (s *sharedStore) runLock(string) (runLock, error) { return noLock{}, nil }

type noLock struct{}

func (noLock) acquire(context.Context) (func(), error) { return func() {}, nil }
func (noLock) try() (func(), error)                    { return func() {}, nil }
