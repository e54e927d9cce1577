package journal

// This file is about one thing: delivering many operations: in order on one
// resource, several resources at a time, creates before what names them. It
// reads as it goes, so that a run of any length takes the same memory.

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api"
)

const (
	defaultWorkers = 4
	readAhead      = 128 // operations that a run knows of at a time, at least
)

// manner is how one delivery behaves.
type manner struct {
	fresh        bool // the base was read by this process just now
	interactive  bool // somebody waits for it: what was not done does not stay recorded
	never        bool // it must not wait for a connection
	keepRejected bool // a refusal stays recorded, for repair
	brief        bool // a lost create is looked for, but not waited for
	yields       bool // what another process is at is left for later, not waited for
}

// order is what a run delivers and how.
type order struct {
	from    *sender
	source  source
	workers int                      // resources at a time; 0 = 4
	manner  func(id string) manner   // of each delivery
	leave   func(op *Operation) bool // not now, nor what stands behind it; nil = nothing
	each    func(r *Result) error    // called by one goroutine; an error ends the run
	beside  bool                     // other runs go on beside this one: what they are at is looked at again
}

// task is what a run keeps of an operation until it is decided.
type task struct {
	id    string
	seq   uint64
	row   rowKey // what it is about
	lanes []string
	pause time.Duration // until it is looked at again, because another run is at it
	waits int           // how many of its lanes and creates are not free for it yet
}

// runner is the state of one run.
type runner struct {
	order
	j       *Journal
	open    map[string]*task   // known and not decided, by operation
	lines   map[string][]*task // by lane, in order
	needed  map[string][]*task // by create: what waits for it
	ready   []*task
	stuck   map[string]bool // lanes and creates that do not move in this run
	ended   bool            // there is nothing more to read
	parked  int             // another run is at them; they come back
	skipped int             // known, and not tried
	halt    error           // why the run ended early
}

type finished struct {
	task   *task
	result *Result // nil: it comes back from being parked
}

// run delivers operations. It stops early when the server cannot be reached or
// no longer accepts the session.
func (j *Journal) run(ctx context.Context, o order) *runner {
	if o.workers <= 0 {
		o.workers = defaultWorkers
	}
	r := &runner{
		order: o, j: j, open: map[string]*task{}, lines: map[string][]*task{}, needed: map[string][]*task{}, stuck: map[string]bool{},
	}
	done := make(chan finished)
	ended := make(chan struct{})
	defer close(ended)
	running := 0
	for {
		r.read(ctx)
		for running < o.workers && len(r.ready) > 0 && r.halt == nil && ctx.Err() == nil {
			if r.beside {
				running += r.take(ctx, o.workers-running, done, ended)
				r.read(ctx) // others may have had all of it
				continue
			}
			next := r.ready[0]
			r.ready = r.ready[1:]
			running++
			go func() { done <- finished{next, j.deliverNext(ctx, next, o.from, o.manner(next.id))} }()
		}
		if running == 0 && (r.parked == 0 || r.halt != nil || ctx.Err() != nil) {
			r.skipped += len(r.open)
			return r
		}
		f := <-done
		switch {
		case f.result == nil:
			r.parked--
			r.ready = append(r.ready, f.task)
		case f.result.later && r.beside:
			running--
			r.park(ctx, f.task, done, ended)
		default:
			running--
			r.finish(f)
		}
	}
}

// take claims up to n of what is ready, and delivers it; it returns how many that
// were. Runs beside each other are after the same, and most of what one of them
// knows others have taken: so they take any, and look at many in one transaction.
func (r *runner) take(ctx context.Context, n int, done chan<- finished, ended <-chan struct{}) (begun int) {
	rand.Shuffle(len(r.ready), func(a, b int) { r.ready[a], r.ready[b] = r.ready[b], r.ready[a] })
	looked, err := r.j.claimSome(ctx, r.ready, n, r.from)
	if err != nil {
		first := r.ready[0]
		r.ready = r.ready[1:]
		r.finish(finished{first, &Result{Err: err, elsewhere: errors.Is(err, errFenced)}})
		return 0
	}
	r.ready = r.ready[len(looked):]
	for i, c := range looked {
		t, how := c.task, r.manner(c.task.id)
		if c.err == nil && (c.state == claimed || c.state == claimedLost) {
			begun++
			go func() {
				done <- finished{t, r.j.deliver(ctx, r.from, looked[i].op, looked[i].state == claimedLost, how)}
			}()
			continue
		}
		result := &Result{Operation: c.op, Err: c.err}
		if c.err == nil {
			result = r.j.notClaimed(ctx, c.claim, t, how)
		}
		if result.later {
			r.park(ctx, t, done, ended)
			continue
		}
		r.finish(finished{t, result})
	}
	return begun
}

const (
	firstPark = 100 * time.Millisecond
	lastPark  = 2 * time.Second // another may be waiting for a rate limit
)

// park brings a task back after a while.
func (r *runner) park(ctx context.Context, t *task, done chan<- finished, ended <-chan struct{}) {
	t.pause = min(max(2*t.pause, firstPark), lastPark)
	r.parked++
	go func() {
		select {
		case <-time.After(t.pause/2 + rand.N(t.pause)):
		case <-ctx.Done():
		}
		select {
		case done <- finished{task: t}:
		case <-ended:
		}
	}()
}

// why is the reason for which what was not tried was not.
func (r *runner) why(ctx context.Context) error {
	if r.halt == nil && ctx.Err() != nil {
		return stopped(ctx)
	}
	return r.halt
}

// read makes operations known until enough can go.
func (r *runner) read(ctx context.Context) {
	for !r.ended && r.halt == nil && ctx.Err() == nil && (len(r.ready) < r.workers && len(r.open) < max(readAhead, 4*r.workers) || len(r.open) == 0) {
		ops, more, err := r.source.next(ctx, readAhead, func(lane string) bool { return r.lines[lane] != nil || r.stuck[lane] })
		for _, op := range ops {
			r.know(op)
		}
		r.ended = !more
		if err != nil {
			r.halt = err
		}
	}
}

// know gives an operation its places in the lines, unless these do not move.
func (r *runner) know(op *Operation) {
	if r.open[op.ID] != nil {
		return
	}
	t := &task{id: op.ID, seq: op.Seq, row: rowKey{op.Kind, op.Target}, lanes: op.lanes()}
	isStuck := func(name string) bool { return r.stuck[name] }
	if slices.ContainsFunc(t.lanes, isStuck) || slices.ContainsFunc(op.DependsOn, isStuck) {
		r.skipped++
		r.block(t)
		return
	}
	if r.leave != nil && r.leave(op) {
		r.block(t)
		return
	}
	r.open[t.id] = t
	r.j.lists.expect(op)
	for _, lane := range t.lanes {
		if r.lines[lane] = append(r.lines[lane], t); len(r.lines[lane]) > 1 {
			t.waits++
		}
	}
	for _, create := range op.DependsOn {
		if r.open[create] != nil {
			r.needed[create] = append(r.needed[create], t)
			t.waits++
		}
	}
	if t.waits == 0 {
		r.ready = append(r.ready, t)
	}
}

// finish notes a result and lets go what waited for it.
func (r *runner) finish(f finished) {
	if cause := haltCause(f.result.Err); cause != nil && r.halt == nil {
		r.halt = cause
	}
	if r.each != nil {
		if err := r.each(f.result); err != nil && r.halt == nil {
			r.halt = err
		}
	}
	if op := f.result.Operation; op == nil || op.State.undecided() {
		r.block(f.task)
		return
	}
	delete(r.open, f.task.id)
	r.j.lists.expected(f.task.row)
	for _, lane := range f.task.lanes {
		line := r.lines[lane][1:]
		if len(line) == 0 {
			delete(r.lines, lane)
			continue
		}
		r.lines[lane] = line
		r.free(line[0])
	}
	for _, t := range r.needed[f.task.id] {
		r.free(t)
	}
	delete(r.needed, f.task.id)
}

// free takes one obstacle out of an operation's way.
func (r *runner) free(t *task) {
	if t.waits--; t.waits == 0 && r.open[t.id] == t {
		r.ready = append(r.ready, t)
	}
}

// block holds up what stands behind an operation that is not decided.
func (r *runner) block(t *task) {
	delete(r.open, t.id)
	r.j.lists.expected(t.row)
	r.stuck[t.id] = true
	behind := r.needed[t.id]
	delete(r.needed, t.id)
	for _, lane := range t.lanes {
		r.stuck[lane] = true
		if at := slices.Index(r.lines[lane], t); at >= 0 {
			behind = append(behind, r.lines[lane][at+1:]...)
			r.lines[lane] = r.lines[lane][:at]
		}
	}
	for _, next := range behind {
		if r.open[next.id] == next {
			r.skipped++
			r.block(next)
		}
	}
}

// haltCause returns the failure behind err that would meet every other
// operation too, or nil.
func haltCause(err error) error {
	var e *api.Error
	for ; errors.As(err, &e); err = e.Err {
		switch e.Kind {
		case api.KindUnauthenticated, api.KindInterrupted, api.KindDNS, api.KindTLS, api.KindLocal, api.KindInternal:
			return e
		case api.KindInvalid:
			if aboutProfile(e) {
				return e
			}
		case api.KindNetwork:
			if e.Outcome == api.OutcomeNotSent {
				return e
			}
		}
	}
	return nil
}
