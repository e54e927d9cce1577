package journal

// This file is about one thing: the Journal, what it is made of, and reading it.

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// Options is what a Journal is made of. Only Dir is required.
type Options struct {
	Dir      string      // state directory of the profile; made with mode 0700
	Owner    Owner       // whose operations are recorded and delivered
	Client   *api.Client // nil: the journal can be read and repaired, nothing is sent
	Capacity int         // pending operations it takes; 0 = 10,000
	// JobCapacity is how many pending operations jobs may have besides; 0 =
	// 1,000,000. The capacity is for what piles up unseen, a job is asked for
	// with its size.
	JobCapacity int
	OnEvent     func(Event) // progress; called by one goroutine at a time

	// Store is where the journal is kept: "" is a file in Dir, else the address of
	// a Redis server that runners on several machines share.
	Store string
	TLS   *tls.Config // for rediss://; nil: the system's authorities
	// RequireDurable refuses a shared journal that a crash of its server could
	// cut short.
	RequireDurable bool
	// Lease is how long a sender of a shared journal lives without a sign of it; 0 = 15 s.
	Lease time.Duration

	// Guard is asked before anything is recorded; its error refuses. nil: nobody.
	Guard func(context.Context) error

	FS       FileSystem       // nil: the real one
	Now      func() time.Time // nil: time.Now
	LockWait time.Duration    // longest wait for another process's transaction; 0 = 5 s, of a shared journal 15 s

	// Retry is the policy of one delivery; its zero value is the client's
	// policy with a first backoff of 1 s, the product's promise.
	Retry api.RetryPolicy
	// ServerLimit is how long the server may still work on a request whose
	// answer was lost; 0 = 32 s, just past its own 30 s (contract rest 1.1).
	// An upload gets four times as long.
	ServerLimit time.Duration
	// Recheck is the pause between the two looks that find nothing of a lost
	// create before it is sent again; 0 = 3 s.
	Recheck time.Duration
}

const (
	defaultCapacity    = 10_000
	defaultJobCapacity = 1_000_000
	defaultLockWait    = 5 * time.Second
	defaultServerLimit = 32 * time.Second
	defaultRecheck     = 3 * time.Second
	firstBackoff       = time.Second
	uploadFactor       = 4 // the server gives an upload 120 s instead of 30 (contract rest 1.1)
)

// Journal records, delivers and settles operations. It is safe for use by
// several goroutines, and its directory by several processes.
type Journal struct {
	opts     Options
	store    store
	parallel bool // several deliver at once
	lists    listings
	events   sync.Mutex
}

// Open makes a Journal. It opens no file until one is needed; a missing
// directory is an Error of KindInternal.
func Open(o Options) (*Journal, error) {
	if o.Dir == "" {
		return nil, api.Errorf(api.KindInternal, "the journal has no directory")
	}
	if o.FS == nil {
		o.FS = disk{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	setDefault(&o.Capacity, defaultCapacity)
	setDefault(&o.JobCapacity, defaultJobCapacity)
	setDefault(&o.ServerLimit, defaultServerLimit)
	setDefault(&o.Recheck, defaultRecheck)
	if o.Retry == (api.RetryPolicy{}) && o.Client != nil {
		o.Retry = o.Client.Policy()
		o.Retry.Base = firstBackoff
	}
	j := &Journal{opts: o}
	notice := func(text string) { j.emit(Event{Type: EventNotice, Message: text}) }
	if o.Store == "" {
		setDefault(&o.LockWait, defaultLockWait)
		j.store = newFileStore(o.Dir, o.FS, o.LockWait, notice)
		return j, nil
	}
	shared, err := newSharedStore(&o, notice)
	j.store, j.parallel = shared, true
	return j, err
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// EventType says what an Event tells.
type EventType string

// The events.
const (
	EventRecorded EventType = "recorded" // durably recorded
	EventSending  EventType = "sending"  // an attempt begins
	EventWaiting  EventType = "waiting"  // a pause: before another attempt, or for another process (Wait, Reason)
	EventReadBack EventType = "readback" // the answer was lost; the server is asked what became of it
	EventSettled  EventType = "settled"  // the operation's state is decided, or it stays for later
	EventDrained  EventType = "drained"  // a sync has ended; Left tells what is still pending
	EventNotice   EventType = "notice"   // something to tell the user (Message)
)

// Event is progress, for whoever shows it.
type Event struct {
	Type      EventType
	Operation *Operation // a copy; nil for drained and notice
	Wait      time.Duration
	Reason    error
	Message   string
	Left      int
	Data      json.RawMessage // settled: the server's answer, if there was one
}

func (j *Journal) emit(e Event) {
	if j.opts.OnEvent == nil {
		return
	}
	if e.Operation != nil {
		op := *e.Operation
		e.Operation = &op
	}
	j.events.Lock()
	defer j.events.Unlock()
	j.opts.OnEvent(e)
}

// Owner returns whose operations this journal records.
func (j *Journal) Owner() Owner { return j.opts.Owner }

func (j *Journal) now() time.Time { return j.opts.Now().UTC() }

// Filter selects operations. Its zero value selects all but those that were
// moved to another machine.
type Filter struct {
	States []State
	Kind   string
	Target string
	Job    string
	Owner  *Owner
}

func (f *Filter) matches(op *Operation) bool {
	return (len(f.States) == 0 && op.State != Moved || slices.Contains(f.States, op.State)) &&
		(f.Kind == "" || f.Kind == op.Kind) &&
		(f.Target == "" || f.Target == op.Target || slices.Contains(op.Touches, f.Target)) &&
		(f.Job == "" || f.Job == op.Job) &&
		(f.Owner == nil || *f.Owner == op.Owner)
}

// Pending are the states of operations that are not decided yet.
func Pending() []State { return []State{Queued, Sending, Waiting, Unknown} }

// List returns the operations that match, in order of acceptance. A damaged
// record is an Error of KindLocal, returned with all that can be read.
func (j *Journal) List(ctx context.Context, f Filter) ([]Operation, error) {
	var found []*Operation // a list of operations themselves would be copied as it grows
	err := j.Each(ctx, f, func(op *Operation) error { found = append(found, op); return nil })
	if len(found) == 0 {
		return nil, err
	}
	matching := make([]Operation, len(found))
	for i, op := range found {
		matching[i] = *op
	}
	return matching, err
}

// readBatch is how many records are read while the file is held. Decoding them
// takes much longer, and is done after the file is let go.
const readBatch = 500

// Each calls fn for every operation that matches, in order of acceptance, and
// holds only a part of them in memory; fn may keep what it is given. With f.Job it also calls fn for what the
// job has applied. An error of fn ends it; a damaged record is told at the end,
// after all that can be read. What changes meanwhile is seen as it
// was or as it is, once.
func (j *Journal) Each(ctx context.Context, f Filter, fn func(*Operation) error) error {
	var damaged damages
	for after := uint64(0); ; {
		rows, err := j.rows(ctx, f.Job, after)
		if err != nil || len(rows) == 0 {
			return errors.Join(j.nameDamages(ctx, &damaged), err)
		}
		ops := make([]Operation, len(rows))
		damage := decodeRows(rows, ops)
		for i := range ops {
			if damage[i] != nil {
				damaged.add(rows[i].key, damage[i])
				continue
			}
			if !f.matches(&ops[i]) {
				continue
			}
			if err := fn(&ops[i]); err != nil {
				return err
			}
		}
		key := rows[len(rows)-1].key
		after = binary.BigEndian.Uint64(key[len(key)-8:])
		if len(rows) < readBatch {
			return j.nameDamages(ctx, &damaged)
		}
	}
}

// On returns this owner's pending operations on one resource, in order, by an
// index: its time does not grow with the journal.
func (j *Journal) On(ctx context.Context, kind, id string) ([]Operation, error) {
	var ops []Operation
	err := j.store.view(ctx, func(t *tx) error {
		queue, err := t.lane(kind + "/" + id)
		for _, op := range queue { // what can be read, whatever the error
			if op.Owner == j.opts.Owner {
				ops = append(ops, *op)
			}
		}
		return err
	})
	return ops, err
}

// Made returns the real id of what was known by a temporary one, or "" when its
// create has not committed in this journal.
func (j *Journal) Made(ctx context.Context, temporary string) (string, error) {
	real := ""
	err := j.store.view(ctx, func(t *tx) error {
		m, err := t.madeBy(strings.TrimPrefix(temporary, temporaryPrefix))
		if m != nil {
			real = m.ID
		}
		return err
	})
	return real, err
}

// stored is an operation before it is decoded.
type stored struct {
	key, value []byte
	done       bool // it was applied and is kept with its job
}

// rows copies what is stored after a place in the order: of a job, or all.
func (j *Journal) rows(ctx context.Context, job string, after uint64) ([]stored, error) {
	var rows []stored
	err := j.store.view(ctx, func(t *tx) error {
		if job != "" {
			rows = t.jobRows(job, after, readBatch)
		} else {
			rows = t.rowsAfter(after, readBatch)
		}
		for i := range rows {
			rows[i].key, rows[i].value = bytes.Clone(rows[i].key), bytes.Clone(rows[i].value)
		}
		return nil
	})
	return rows, err
}

// decodeRows decodes on all processors.
func decodeRows(rows []stored, ops []Operation) (damage []error) {
	damage = make([]error, len(rows))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 1+len(rows)/100) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(rows); i = int(next.Add(1)) - 1 {
				damage[i] = decodeValue(rows[i].key, rows[i].value, &ops[i])
			}
		})
	}
	workers.Wait()
	return damage
}

// Get returns the operation of that id, or an Error of KindNotFound. An
// unambiguous beginning or end of an id of at least four characters will do.
func (j *Journal) Get(ctx context.Context, id string) (*Operation, error) {
	var found *Operation
	err := j.store.view(ctx, func(t *tx) error {
		full, err := t.resolve(id)
		if err != nil {
			return err
		}
		found, err = t.get(full)
		return err
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, noSuchOperation(id)
	}
	return found, nil
}

func noSuchOperation(id string) *api.Error {
	return &api.Error{
		Kind: api.KindNotFound, Message: "the journal holds no operation " + id,
		Hint: "applied operations leave the journal; 'vizora journal list' shows what it holds",
	}
}

// Counts is how much the journal holds.
type Counts struct {
	Pending int           // queued, sending, waiting and unknown
	States  map[State]int // only states that occur
	Oldest  time.Time     // when the oldest pending operation was recorded; zero when there is none
	Foreign int           // pending operations of another server, organization or user
}

// Count counts the operations, or with a filter those that match.
func (j *Journal) Count(ctx context.Context, f Filter) (Counts, error) {
	c := Counts{States: map[State]int{}}
	err := j.Each(ctx, f, func(op *Operation) error {
		c.States[op.State]++
		if !op.State.undecided() {
			return nil
		}
		c.Pending++
		if op.Owner != j.opts.Owner {
			c.Foreign++
		}
		if c.Oldest.IsZero() || op.Created.Before(c.Oldest) {
			c.Oldest = op.Created
		}
		return nil
	})
	return c, err
}

// Backlog is how much waits, told without reading it.
type Backlog struct {
	Pending int // queued, sending, waiting and unknown
	OfJobs  int // of these, the operations of jobs

	exporting bool // an export is under way or was cut off
}

// Backlog tells how much waits, whatever the size of the journal.
func (j *Journal) Backlog(ctx context.Context) (Backlog, error) {
	var b Backlog
	err := j.store.view(ctx, func(t *tx) error {
		b = Backlog{Pending: int(t.pending.all), OfJobs: int(min(t.pending.all, t.pending.ofJobs))} //nolint:gosec // bounded by the capacity
		b.exporting = t.bucket(metaBucket).Get([]byte(exportingKey)) != nil
		return nil
	})
	return b, err
}
