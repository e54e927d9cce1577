package relay

// This file is about one thing: appending what a leader's follow tells. While a
// batch is on its way the next one grows, so that many come at once when many
// come, and each at once when few do. Where the server is away, what waits is
// kept, up to a bound; past it the follow waits, which is back pressure.

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/redis"
)

const (
	beats = 5 // looks at a lease, and renewals, within its time
	// maxWaiting bounds what waits to be appended, in bytes.
	maxWaiting = 16 << 20
	maxBatch   = 1 << 20
	// parting is how long a leader that is stopped may take to append what waits.
	parting   = 700 * time.Millisecond
	firstRest = 20 * time.Millisecond
	lastRest  = 500 * time.Millisecond
)

// errFenced: another has led meanwhile.
var errFenced = errors.New("another relay has taken over")

// batch is written as one.
type batch struct {
	records    []any // each []byte
	size       int
	identities []byte
	cursor     []byte
	told       time.Time // when all that had come was told; zero: not all is
}

func (b *batch) empty() bool {
	return len(b.records) == 0 && len(b.identities) == 0 && b.cursor == nil && b.told.IsZero()
}

// publisher appends for one leader.
type publisher struct {
	relay *Relay
	lease string
	clean func() bool
	wake  chan struct{}

	mu      sync.Mutex
	room    sync.Cond
	open    batch   // its last event is not yet told whole
	ready   []batch // in order
	waiting int     // bytes in all of them
	since   int     // records since the last cursor
	seq     uint64
	err     error
	done    bool // no more comes

	sent   uint64 // of batches
	onWire uint64 // the sequence number of the last record that was appended
	lostAt time.Time
}

func newPublisher(r *Relay, lease string, seq uint64, clean func() bool) *publisher {
	p := &publisher{relay: r, lease: lease, clean: clean, wake: make(chan struct{}, 1), seq: seq, onWire: seq}
	p.room.L = &p.mu
	return p
}

// add takes in a record. It waits while too much waits.
func (p *publisher) add(record []byte, seq uint64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.waiting > maxWaiting && p.err == nil {
		p.seal()
		p.room.Wait()
	}
	p.open.records = append(p.open.records, record)
	p.open.size += len(record)
	p.waiting += len(record)
	p.since++
	p.seq = seq
	return p.err
}

// settled notes that a pushed event was dealt with: what it was told with is in
// the same batch.
func (p *publisher) settled(identity uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open.identities = binary.LittleEndian.AppendUint64(p.open.identities, identity)
	if p.open.size > maxBatch {
		p.seal()
	}
}

// save takes in how far the follow came with what was told until now.
func (p *publisher) save(c realtime.Cursor) {
	raw, err := json.Marshal(c)
	if err != nil { // it has no way to fail
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open.cursor, p.since = raw, 0
	p.seal()
}

// due says that too much was told since the last cursor: who takes over reads
// it all.
func (p *publisher) due() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.since > p.relay.Keep/4
}

// pause has what was collected go out.
func (p *publisher) pause(whole bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if whole {
		p.open.told = time.Now()
	}
	p.seal()
	return p.err
}

// seal lets the open batch go. Small ones that wait go as one.
func (p *publisher) seal() {
	if p.open.empty() {
		return
	}
	if n := len(p.ready) - 1; n >= 0 && p.ready[n].cursor == nil && p.ready[n].size+p.open.size < maxBatch {
		last := &p.ready[n]
		last.records = append(last.records, p.open.records...)
		last.identities = append(last.identities, p.open.identities...)
		last.size, last.cursor, last.told = last.size+p.open.size, p.open.cursor, p.open.told
	} else {
		p.ready = append(p.ready, p.open)
	}
	p.open = batch{}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// next is what goes out now; an empty batch only prolongs the lease.
func (p *publisher) next() (b batch, more, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ready) > 0 {
		b, p.ready = p.ready[0], p.ready[1:]
		p.waiting -= b.size
		p.room.Broadcast()
	} else if p.open.empty() && p.clean() {
		b.told = time.Now()
	}
	return b, len(p.ready) > 0, p.done && len(p.ready) == 0
}

// run appends until everything is and close was called, or another leads.
func (p *publisher) run(ctx context.Context) error {
	tick := time.NewTicker(p.relay.Lease / beats)
	defer tick.Stop()
	for {
		b, more, done := p.next()
		if err := p.append(ctx, &b); err != nil {
			return p.fail(err)
		}
		switch {
		case done:
			return nil
		case more:
			continue
		}
		select {
		case <-p.wake:
		case <-tick.C:
		case <-ctx.Done():
			return p.fail(ctx.Err())
		}
	}
}

// fail ends the follow at its next record.
func (p *publisher) fail(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	p.room.Broadcast()
	return err
}

// close has run end when all is appended.
func (p *publisher) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seal()
	p.done = true
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// append writes one batch, however long the server is away.
func (p *publisher) append(ctx context.Context, b *batch) error {
	r := p.relay
	p.sent++
	p.onWire += uint64(len(b.records))
	name := p.lease + " " + strconv.FormatUint(p.sent, 10)
	for rest := firstRest; ; rest = min(2*rest, lastRest) {
		age := ""
		if !b.told.IsZero() {
			age = strconv.FormatInt(time.Since(b.told).Milliseconds(), 10)
		}
		args := append([]any{r.key("lease"), r.key("state"), r.Stream, r.key("seen"), r.key("cursor"),
			p.lease, r.Lease.Milliseconds(), r.Keep, name, p.onWire, b.identities, age, b.cursor, r.Owner}, b.records...)
		answer, err := r.run(ctx, r.append, args...)
		if p.told(err); err == nil && redis.Int(answer) != 1 {
			return errFenced
		}
		if err == nil || final(err) {
			return err
		}
		select {
		case <-time.After(rest):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// told says when the server goes away and when it is there again.
func (p *publisher) told(err error) {
	switch {
	case err != nil && p.lostAt.IsZero():
		p.lostAt = time.Now()
		p.relay.Say("lost: %v; what comes is kept until it is back", err)
	case err == nil && !p.lostAt.IsZero():
		p.relay.Say("Redis is back after %s", time.Since(p.lostAt).Round(100*time.Millisecond))
		p.lostAt = time.Time{}
	}
}
