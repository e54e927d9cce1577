package realtime

// This file is about following an organization: what REST lists, the stream,
// and after every (re)connect the difference that the stream cannot tell
// (contract realtime 7). follower.go has the stream's side of it, clerk.go what
// is done by the clock, diff.go says what a difference is.

import (
	"context"
	"sync"
	"time"
)

const (
	// maxHeldBytes bounds the events held back during a refill; past it the
	// stream waits for the lists, which is back pressure.
	maxHeldBytes = 4 << 20
	// maxHeld bounds how long: a large organization's lists take minutes to read
	// within the server's limits. Events that are let go earlier are still not
	// contradicted by an older list.
	maxHeld = 10 * time.Second
	// refillRetry is when a reading that failed is tried again.
	refillRetry = 30 * time.Second
	// saveEvery is how often a cursor is saved at most; a longer one less often.
	saveEvery = 5 * time.Second
)

// Follow joins a Session with a Lister.
type Follow struct {
	Session Source
	Lister  Lister
	// Poll is the time between two readings of the lists, for what has no push at
	// all; 0: they are read only when the stream is live again.
	Poll time.Duration
	// OfflineAlert is how long a display must be offline for a computed
	// health:alert; 0: DefaultOfflineAlert; below 0: none.
	OfflineAlert time.Duration
	// Initial lets the server's first status of every display pass as records,
	// though the lists say the same.
	Initial bool
	// Cursor is where an earlier run stopped: with an At, the first Live counts as
	// a reconnect, with the difference to what was known and a Gap.
	Cursor Cursor
	// Save gets the cursor now and then and at the end, always after the sink
	// returned from the last record that it stands for; nil: nobody asks.
	Save func(Cursor)
	// Relay is what another needs that takes this one's place; nil: nobody does.
	Relay *Relay
}

func (Record) item()   {}
func (Snapshot) item() {}
func (Gap) item()      {}
func (Polling) item()  {}

// Run follows until Session.Run ends or the sink returns an error. The sink
// gets the Session's States, and Records, Snapshots, Gaps and Pollings, in order
// and one at a time, though not always on the same goroutine. After each Live
// come a "connect" Record, the Snapshot, the records of the difference
// (SourcePoll), what was pushed meanwhile, and, unless it is the first, the Gap,
// once as such and once as a Record. A Lost comes with a "disconnect" Record.
func (f *Follow) Run(ctx context.Context, sink func(Item) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fl := newFollower(f, sink, cancel)
	var clerk sync.WaitGroup
	clerk.Go(func() { fl.clerk(ctx) })
	err := f.Session.Run(ctx, fl.take)
	cancel()
	clerk.Wait()
	fl.save(time.Now(), true)
	if fl.err != nil {
		return fl.err
	}
	return err
}

// newFollower begins where the cursor says.
func newFollower(f *Follow, sink func(Item) error, stop context.CancelFunc) *follower {
	now := time.Now()
	fl := &follower{
		follow: f, sink: sink, stop: stop, wake: make(chan struct{}, 1),
		told: map[resourceKey]int{}, executed: map[resourceKey]time.Time{}, flaps: map[string]time.Time{}, unnamed: map[string]time.Time{},
		offline: offline{after: f.OfflineAlert}, initial: f.Initial, lostAt: f.Cursor.At, notified: f.Cursor.Notified, savedAt: now,
		reason: ReasonNotRunning,
	}
	fl.room.L = &fl.mu
	if f.OfflineAlert == 0 {
		fl.offline.after = DefaultOfflineAlert
	}
	fl.ids.add(f.Cursor.IDs...)
	if f.Cursor.Known != nil {
		fl.known = make(map[resourceKey]*known, len(f.Cursor.Known))
		for i := range f.Cursor.Known {
			fl.known[f.Cursor.Known[i].key()] = &known{Resource: f.Cursor.Known[i]}
		}
	}
	if f.Relay != nil {
		fl.takeUp(f.Relay, &f.Cursor)
	}
	if f.Poll > 0 { // polling goes on where the stream cannot be had
		fl.nextList = now.Add(f.Poll)
	}
	return fl
}
