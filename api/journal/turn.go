package journal

// This file is about one thing: one operation's turn: claiming it, waiting for
// a process that has it, and what became of one that is gone.

import (
	"context"
	"errors"
	"time"

	"github.com/vizora/vizora-cli/api"
)

const (
	firstPoll = 10 * time.Millisecond
	lastPoll  = 250 * time.Millisecond
)

// deliverNext claims one operation and delivers it. While another living
// process sends it, or what stands before it, this one waits.
func (j *Journal) deliverNext(ctx context.Context, next *task, from *sender, how manner) *Result {
	if err := from.held(); err != nil {
		return &Result{Err: err, elsewhere: true}
	}
	c, err := j.claim(ctx, next.id, from.name, how.yields)
	if err != nil {
		return &Result{Operation: c.op, Err: err}
	}
	if c.state == claimed || c.state == claimedLost {
		return j.deliver(ctx, from, c.op, c.state == claimedLost, how)
	}
	return j.notClaimed(ctx, c, next, how)
}

// notClaimed is what came of an operation that is not this one's to send.
func (j *Journal) notClaimed(ctx context.Context, c claim, next *task, how manner) *Result {
	switch c.state {
	case gone:
		return j.resultOfGone(ctx, next)
	case decided:
		return j.resultOfDecided(ctx, c.op, how)
	}
	r, _ := j.queued(c.op, blocked(c))
	r.later = how.yields && j.elsewhere(c)
	return r
}

// claim claims an operation, waiting for living senders up to the time that
// the server may take, or not at all.
func (j *Journal) claim(ctx context.Context, id, from string, once bool) (claim, error) {
	deadline := time.Now().Add(j.opts.ServerLimit)
	for poll := firstPoll; ; poll = min(2*poll, lastPoll) {
		c, err := j.tryClaim(ctx, id, from)
		if err != nil {
			return c, err
		}
		if once || !j.elsewhere(c) || time.Now().After(deadline) {
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

// looked is what came of trying to claim a task.
type looked struct {
	claim
	task *task
	err  error // of its own record
}

// lookMost is how many operations of others a transaction looks at for one of its own.
const lookMost = 32

// claimSome claims up to n of these tasks in one transaction. It returns what came
// of the first of them, as many as it took, at least one; it may put another one
// first.
func (j *Journal) claimSome(ctx context.Context, tasks []*task, n int, from *sender) (all []looked, err error) {
	if err := from.held(); err != nil {
		return nil, err
	}
	ids, records := make([][]byte, len(tasks)), make([][]byte, min(2*n, len(tasks)))
	for i, t := range tasks {
		ids[i] = []byte(t.id)
		if i < len(records) {
			records[i] = seqKey(t.seq)
		}
	}
	culprit := false // the first one spoils it for all
	err = j.store.update(ctx, func(t *tx) error {
		all, culprit = nil, false
		t.expect(wanted{idsBucket, ids}, wanted{operationsBucket, records})
		mine, others := 0, 0
		for i, next := range tasks {
			c, err := j.claimIn(t, next.id, from.name)
			if unlessDamage(err) != nil {
				tasks[0], tasks[i] = next, tasks[0]
				all, culprit = []looked{{c, next, err}}, true
				return err
			}
			all = append(all, looked{c, next, err})
			switch {
			case err == nil && (c.state == claimed || c.state == claimedLost):
				mine++
			case c.state != gone:
				others++
			}
			if mine == n || others == lookMost {
				break
			}
		}
		return nil
	})
	if culprit {
		err = nil
	}
	return all, err
}

// elsewhere reports whether what stands in the way is being sent by another.
func (j *Journal) elsewhere(c claim) bool {
	return c.state == busy || c.before != nil && c.before.State == Sending && j.store.senderAlive(c.before.Sender)
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
	switch {
	case (c.state == behind || c.state == dependent) && c.before == nil:
		return api.Errorf(api.KindQueued, "it stands behind a damaged record, or needs one: 'vizora journal list' names it")
	}
	switch c.state {
	case busy:
		return api.Errorf(api.KindQueued, "another process is sending it")
	case behind:
		return api.Errorf(api.KindQueued, "it stands behind %s (%s, %s)", c.before.name(), c.before.State, c.before.ID)
	case dependent:
		return api.Errorf(api.KindQueued, "it needs %s (%s, %s)", c.before.name(), c.before.State, c.before.ID)
	case undecidable:
		return &api.Error{Kind: api.KindUnknown, Message: "its outcome is unknown", Next: c.op.resolutions()}
	case unready:
		return api.Errorf(api.KindQueued, "job %s is still being recorded", c.op.Job)
	case foreign:
		return api.Errorf(api.KindQueued, "it belongs to user %s of organization %s on %s", c.op.Owner.User, c.op.Owner.Organization, c.op.Owner.Server)
	}
	return nil
}

// resultOfGone is what became of an operation that another process delivered:
// applied, because what is refused in its place stays recorded.
func (j *Journal) resultOfGone(ctx context.Context, gone *task) *Result {
	op := &Operation{ID: gone.id, Seq: gone.seq, State: Applied}
	err := j.store.view(ctx, func(t *tx) error {
		m, err := t.madeBy(gone.id)
		if m != nil {
			op.ResultID = m.ID
		}
		return err
	})
	return &Result{Operation: op, Err: err, elsewhere: true}
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
