package journal

// This file is about one thing: delivering many operations: in order on one
// resource, several resources at a time, creates before what names them.

import (
	"context"
	"errors"
	"time"

	"github.com/vizora/vizora-cli/api"
)

const defaultWorkers = 4

// manner is how one delivery behaves.
type manner struct {
	fresh        bool // the base was read by this process just now
	interactive  bool // somebody waits for it: what was not done does not stay recorded
	never        bool // it must not wait for a connection
	keepRejected bool // a refusal stays recorded, for repair
}

// outcomes are the results of a run by operation. An operation without one was
// not tried.
type outcomes struct {
	of   map[string]*Result
	halt error // why the run ended early
}

func (o *outcomes) why(ctx context.Context) error {
	if o.halt == nil && ctx.Err() != nil {
		return stopped(ctx)
	}
	return o.halt
}

// closure lists the wanted operations with everything that must go before
// them, in order of acceptance.
func (j *Journal) closure(ctx context.Context, want map[string]bool) ([]Operation, error) {
	pending, err := j.List(ctx, Filter{States: Pending()})
	if err != nil {
		return nil, err
	}
	byID := make(map[string]int, len(pending))
	lanes := map[string][]int{}
	for i := range pending {
		byID[pending[i].ID] = i
		lanes[pending[i].lane()] = append(lanes[pending[i].lane()], i)
	}
	need := make(map[string]bool, len(want)) // lanes
	var add func(id string)
	add = func(id string) {
		at, ok := byID[id]
		if !ok || need[pending[at].lane()] {
			return
		}
		need[pending[at].lane()] = true
		for _, k := range lanes[pending[at].lane()] {
			for _, create := range pending[k].DependsOn {
				add(create)
			}
		}
	}
	for id := range want {
		add(id)
	}
	var ops []Operation
	for i := range pending {
		if need[pending[i].lane()] {
			ops = append(ops, pending[i])
		}
	}
	return ops, nil
}

// runner is the state of one run.
type runner struct {
	j       *Journal
	from    *sender
	manner  func(id string) manner
	lanes   map[string][]string // operations in order; the first is next
	laneOf  map[string]string
	needs   map[string][]string // operations of this run that must be decided first
	ready   []string            // lanes whose first operation may go
	parked  map[string][]string // create -> lanes that wait for it
	decided map[string]bool
	out     outcomes
}

type finished struct {
	id     string
	result *Result
}

// run delivers operations and returns what became of each. It stops early when
// the server cannot be reached or no longer accepts the session.
func (j *Journal) run(ctx context.Context, ops []Operation, workers int, from *sender, how func(id string) manner) outcomes {
	if workers <= 0 {
		workers = defaultWorkers
	}
	r := newRunner(j, ops, from, how)
	done := make(chan finished)
	running := 0
	for {
		for running < workers && len(r.ready) > 0 && r.out.halt == nil && ctx.Err() == nil {
			lane := r.ready[0]
			r.ready = r.ready[1:]
			id := r.lanes[lane][0]
			running++
			go func() { done <- finished{id, j.deliverNext(ctx, id, from, how(id))} }()
		}
		if running == 0 {
			return r.out
		}
		f := <-done
		running--
		r.finish(f)
	}
}

func newRunner(j *Journal, ops []Operation, from *sender, how func(string) manner) *runner {
	r := &runner{
		j: j, from: from, manner: how,
		lanes: map[string][]string{}, laneOf: map[string]string{}, needs: map[string][]string{},
		parked: map[string][]string{}, decided: map[string]bool{}, out: outcomes{of: map[string]*Result{}},
	}
	var order []string
	for i := range ops {
		lane := ops[i].lane()
		if r.lanes[lane] == nil {
			order = append(order, lane)
		}
		r.lanes[lane] = append(r.lanes[lane], ops[i].ID)
		r.laneOf[ops[i].ID] = lane
	}
	for i := range ops {
		for _, create := range ops[i].DependsOn {
			if r.laneOf[create] != "" {
				r.needs[ops[i].ID] = append(r.needs[ops[i].ID], create)
			}
		}
	}
	for _, lane := range order {
		r.offer(lane)
	}
	return r
}

// offer puts a lane among the ready ones, or parks it behind a create.
func (r *runner) offer(lane string) {
	if len(r.lanes[lane]) == 0 {
		return
	}
	for _, create := range r.needs[r.lanes[lane][0]] {
		if !r.decided[create] {
			r.parked[create] = append(r.parked[create], lane)
			return
		}
	}
	r.ready = append(r.ready, lane)
}

// finish notes a result and lets go what waited for it. An operation that is
// not decided holds up its lane.
func (r *runner) finish(f finished) {
	r.out.of[f.id] = f.result
	if cause := haltCause(f.result.Err); cause != nil && r.out.halt == nil {
		r.out.halt = cause
	}
	if op := f.result.Operation; op == nil || op.State.undecided() {
		return
	}
	r.decided[f.id] = true
	lane := r.laneOf[f.id]
	r.lanes[lane] = r.lanes[lane][1:]
	r.offer(lane)
	for _, parked := range r.parked[f.id] {
		r.offer(parked)
	}
	delete(r.parked, f.id)
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

const (
	firstPoll = 10 * time.Millisecond
	lastPoll  = 250 * time.Millisecond
)

// deliverNext claims one operation and delivers it. While another living
// process sends it, or what stands before it, this one waits.
func (j *Journal) deliverNext(ctx context.Context, id string, from *sender, how manner) *Result {
	c, err := j.claim(ctx, id, from.name)
	if err != nil {
		return &Result{Operation: c.op, Err: err}
	}
	switch c.state {
	case claimed, claimedLost:
		return j.deliver(ctx, c.op, c.state == claimedLost, how)
	case gone:
		return j.resultOfGone(ctx, id)
	case decided:
		return j.resultOfDecided(ctx, c.op, how)
	}
	r, _ := j.queued(c.op, blocked(c))
	return r
}

// claim claims an operation, waiting for living senders up to the time that
// the server may take.
func (j *Journal) claim(ctx context.Context, id, from string) (claim, error) {
	deadline := time.Now().Add(j.opts.ServerLimit)
	for poll := firstPoll; ; poll = min(2*poll, lastPoll) {
		c, err := j.tryClaim(ctx, id, from)
		if err != nil {
			return c, err
		}
		sending := c.state == busy || (c.before != nil && c.before.State == Sending && senderAlive(j.opts.Dir, c.before.Sender))
		if !sending || time.Now().After(deadline) {
			return c, nil
		}
		if poll == firstPoll {
			j.emit(Event{Type: EventWaiting, Operation: c.op, Reason: blocked(c)})
		}
		select {
		case <-time.After(poll):
		case <-ctx.Done():
			return c, nil
		}
	}
}

var errNotClaimed = errors.New("not claimed") // rolls the transaction back

func (j *Journal) tryClaim(ctx context.Context, id, from string) (claim, error) {
	var c claim
	refused := &api.Error{Kind: api.KindInternal, Err: errNotClaimed}
	err := j.store.update(ctx, func(t *tx) error {
		var err error
		c, err = j.claimIn(t, id, from)
		if err == nil && c.state != claimed && c.state != claimedLost {
			return refused
		}
		return err
	})
	if errors.Is(err, errNotClaimed) {
		err = nil
	}
	return c, err
}

// blocked says why an operation cannot go.
func blocked(c claim) error {
	switch c.state {
	case busy:
		return api.Errorf(api.KindQueued, "another process is sending it")
	case behind:
		return api.Errorf(api.KindQueued, "it stands behind %s (%s, %s)", c.before.name(), c.before.State, c.before.ID)
	case dependent:
		return api.Errorf(api.KindQueued, "it needs %s (%s, %s)", c.before.name(), c.before.State, c.before.ID)
	case undecidable:
		return &api.Error{Kind: api.KindUnknown, Message: "its outcome is unknown", Next: []string{"vizora journal resolve " + c.op.ID}}
	case foreign:
		return api.Errorf(api.KindQueued, "it belongs to user %s of organization %s on %s", c.op.Owner.User, c.op.Owner.Organization, c.op.Owner.Server)
	}
	return nil
}

// resultOfGone is what became of an operation that another process delivered:
// applied, because what is refused in its place stays recorded.
func (j *Journal) resultOfGone(ctx context.Context, id string) *Result {
	op := &Operation{ID: id, State: Applied}
	err := j.store.view(ctx, func(t *tx) error {
		m, err := t.madeBy(id)
		if m != nil {
			op.ResultID = m.ID
		}
		return err
	})
	return &Result{Operation: op, Err: err}
}

// resultOfDecided is what became of an operation that is settled already.
func (j *Journal) resultOfDecided(ctx context.Context, op *Operation, how manner) *Result {
	r := &Result{Operation: op, Err: op.error()}
	if op.State == Rejected && how.interactive && !how.keepRejected {
		if err := j.settle(ctx, op, false); err != nil {
			r.Err = err
		}
	}
	return r
}

// error is a settled operation's failure as an error.
func (op *Operation) error() error {
	if op.State == Applied {
		return nil
	}
	e := &api.Error{Kind: api.KindRejected, Message: op.name() + " was rejected"}
	if op.State == Conflict {
		e.Kind = api.KindConflict
	}
	if op.Failure != nil {
		e.Kind, e.Message, e.Status, e.RequestID = op.Failure.Kind, op.Failure.Message, op.Failure.Status, op.Failure.RequestID
	}
	return e
}
