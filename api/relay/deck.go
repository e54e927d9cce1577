package relay

// This file is about one thing: the connection that a relay holds all the time.
// While it leads, what comes goes on to its follow; while it stands by, it is
// held until the leader is known to have dealt with it.

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
)

const (
	// margin is by how much two connections may differ in when they get an event.
	margin = 3 * time.Second
	// maxHeld bounds what a standby holds, in bytes; past it the oldest is let go.
	maxHeld  = 64 << 20
	overhead = 160 // of an event, besides its payload
)

// deck stands between the session and the follows of the times in which this
// relay leads.
type deck struct {
	told func(realtime.State) // of every state

	mu    sync.Mutex
	state realtime.State
	live  bool
	since time.Time // from when on everything that came is held, or was handed on; zero: nothing is
	held  []held
	size  int
	sink  func(realtime.Item) error // of the follow; nil: standing by
	fails chan error                // of the sink

	// clean: all that came was told, and the stream is live.
	clean atomic.Bool
}

type held struct {
	at    time.Time
	event realtime.Event
}

func newDeck(told func(realtime.State)) *deck { return &deck{told: told, fails: make(chan error, 1)} }

// take is the session's sink. It never fails: the session goes on when a follow
// ends.
func (d *deck) take(i realtime.Item) error {
	if st, ok := i.(realtime.State); ok {
		d.told(st)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	event, isEvent := i.(realtime.Event)
	if st, ok := i.(realtime.State); ok {
		d.note(st)
	}
	if isEvent {
		d.clean.Store(false)
	}
	switch {
	case d.sink != nil:
		if err := d.sink(i); err != nil {
			d.sink, d.since = nil, time.Time{}
			d.fails <- err
		}
	case isEvent:
		d.hold(event)
	}
	return nil
}

// note takes in a state of the session.
func (d *deck) note(st realtime.State) {
	switch d.state = st; st.State {
	case realtime.Live:
		d.live = true
		d.since = st.At
	case realtime.Lost, realtime.Ended:
		d.live, d.since = false, time.Time{}
		d.clean.Store(false)
	}
}

func (d *deck) hold(event realtime.Event) {
	if d.since.IsZero() && d.live { // a follow has ended
		d.since = time.Now()
	}
	d.held = append(d.held, held{time.Now(), event})
	d.size += overhead + len(event.Payload)
	drop := 0
	for d.size > maxHeld && drop < len(d.held) {
		d.size -= overhead + len(d.held[drop].event.Payload)
		d.since = d.held[drop].at.Add(time.Nanosecond)
		drop++
	}
	d.held = d.held[drop:]
}

// forget lets go what the leader has dealt with for certain.
func (d *deck) forget(through time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	drop := 0
	for drop < len(d.held) && d.held[drop].at.Before(through.Add(-margin)) {
		d.size -= overhead + len(d.held[drop].event.Payload)
		drop++
	}
	if d.held = d.held[drop:]; len(d.held) == 0 {
		d.held = nil
	}
}

// standing says whether the stream is live, and since when nothing has gone by.
func (d *deck) standing() (live bool, since time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.live && d.since.IsZero() {
		d.since = time.Now()
	}
	return d.live, d.since
}

// oldest is when the oldest event that is held came.
func (d *deck) oldest() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.held) == 0 {
		return time.Now()
	}
	return d.held[0].at
}

// handover is the deck as the source of one follow: first what is held and was
// not dealt with, then what comes.
type handover struct {
	deck *deck
	seen map[uint64]int // what the last leader has dealt with, how often
	from time.Time      // the gap's begin, where there is one
	over <-chan struct{}
}

func (h *handover) Run(ctx context.Context, sink func(realtime.Item) error) error {
	err := h.begin(sink)
	if err == nil {
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-h.over:
			err = context.Canceled
		case err = <-h.deck.fails:
		}
	}
	d := h.deck
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.fails) > 0 { // only the deck's own take fills it, and it waits for the lock
		<-d.fails //nolint:errcheck // it is of a follow that has ended
	}
	d.sink, d.since = nil, time.Time{}
	d.clean.Store(false)
	return err
}

// begin hands over what is held. Meanwhile nothing comes.
func (h *handover) begin(sink func(realtime.Item) error) error {
	d := h.deck
	d.mu.Lock()
	defer d.mu.Unlock()
	st := d.state
	st.DownFor, st.Recovered = 0, false // the connection's own, not the stream's
	if st.At.Before(h.from) {
		st.At = h.from
	}
	if st.State == "" {
		st = realtime.State{State: realtime.Connecting, At: time.Now()}
	}
	if err := sink(st); err != nil {
		return err
	}
	held := d.held
	d.held, d.size = nil, 0
	for i := range held {
		for _, r := range realtime.Normalise(held[i].event) {
			if id := r.Identity(); h.seen[id] > 0 {
				h.seen[id]--
				continue
			}
			if err := sink(r); err != nil {
				return err
			}
		}
	}
	d.sink = sink
	return sink(realtime.Pause{})
}
