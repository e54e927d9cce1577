package journal

// This file is about one thing: who may send an operation now, and how its
// outcome is written down. Both are single durable transactions.

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// claimState says whether an operation may be sent by the one who asked.
type claimState int

const (
	claimed     claimState = iota // it is ours to send
	claimedLost                   // it is ours, and an earlier attempt may have been executed
	gone                          // it has left the journal: applied or dropped
	decided                       // it is in the journal, but settled
	behind                        // an earlier operation on the same resource is undecided
	dependent                     // a create it needs is undecided
	busy                          // another living process is sending it
	undecidable                   // its outcome is unknown and must be resolved by a person
	foreign                       // it belongs to another server, organization or user
	unready                       // its job is still being recorded, or was cut off while it was
)

// claim is the answer of tryClaim.
type claim struct {
	state  claimState
	op     *Operation
	before *Operation // what it is behind of; nil when that cannot be read
}

// claimIn decides whether an operation may be sent and marks it as sending.
// The mark is durable before the first byte leaves.
func (j *Journal) claimIn(t *tx, id, sender string) (claim, error) {
	op, err := t.get(id)
	if err != nil || op == nil {
		return claim{state: gone}, err
	}
	if err := j.follow(t, op); err != nil {
		return claim{op: op}, err
	}
	if c, err := j.mayClaim(t, op); c.state != claimed && c.state != claimedLost || err != nil {
		return c, err
	}
	c := claim{state: claimed, op: op}
	if op.State == Sending {
		c.state = claimedLost // keeps its Started: the lost attempt began then
	} else {
		op.Started = j.now()
	}
	op.State, op.Sender, op.NextAttempt, op.claimant = Sending, sender, time.Time{}, sender
	op.Attempts++
	return c, t.save(op)
}

func (j *Journal) mayClaim(t *tx, op *Operation) (claim, error) {
	c := claim{state: claimed, op: op}
	switch {
	case op.Owner != j.opts.Owner:
		c.state = foreign
		return c, nil
	case op.State == Unknown:
		c.state = undecidable
		return c, nil
	case !op.State.undecided():
		c.state = decided
		return c, nil
	case op.State == Sending && t.alive(op.Sender):
		c.state = busy
		return c, nil
	}
	if ready, err := t.ready(op.Job); err != nil || !ready {
		c.state = unready
		return c, unlessDamage(err)
	}
	for _, lane := range op.lanes() {
		head, err := t.first(lane)
		if err != nil || head != nil && head.ID != op.ID {
			c.state, c.before = behind, head
			return c, unlessDamage(err)
		}
	}
	for _, create := range op.DependsOn {
		before, err := t.get(create)
		if err != nil || before != nil && before.State.undecided() {
			c.state, c.before = dependent, before
			return c, unlessDamage(err)
		}
	}
	return c, nil
}

// follow puts in the real ids of creates that have committed. Nothing is left
// to do for it where the create committed in this journal; an operation that
// was imported or retried afterwards is served here.
func (j *Journal) follow(t *tx, op *Operation) error {
	for _, create := range slices.Clone(op.DependsOn) {
		m, err := t.madeBy(create)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		if err := mapTemporary(op, create, m.ID); err != nil {
			return err
		}
	}
	return nil
}

// errTaken says that another create has adopted the same resource meanwhile.
var errTaken = &api.Error{Kind: api.KindInternal, Message: "another operation has adopted the same resource"}

// settle writes an operation's outcome. Applied operations leave the journal, or
// go among what their job has done, and so do rejected ones unless keepRejected; conflicts stay with both sides.
// What waits for a create follows it: its temporary id becomes the real one, or
// it is rejected with it.
//
// It waits longer for the file than others do: what was done is better written
// down late than not.
func (j *Journal) settle(ctx context.Context, op *Operation, keepRejected bool) error {
	const patience = 6
	var err error
	for range patience {
		if err = j.settleNow(ctx, op, keepRejected); !errors.Is(err, errLocked) {
			break
		}
	}
	return err
}

func (j *Journal) settleNow(ctx context.Context, op *Operation, keepRejected bool) error {
	return j.store.update(context.WithoutCancel(ctx), func(t *tx) error {
		id := [][]byte{[]byte(op.ID)}
		t.expect(wanted{idsBucket, id}, wanted{operationsBucket, [][]byte{seqKey(op.Seq)}}, wanted{jobsBucket, [][]byte{[]byte(op.Job)}},
			wanted{madeBucket, id}, wanted{takenBucket, [][]byte{[]byte(op.ResultID)}})
		current, err := t.get(op.ID)
		if err != nil {
			return err
		}
		if current.takenSince(op) || current == nil && j.parallel && op.claimant != "" {
			return fencedOut(op) // settled by another: nobody may drop what a living sender has
		}
		switch op.State {
		case Applied:
			if op.Effect == Create && op.ResultID != "" {
				if err := j.commitCreate(t, op); err != nil {
					return err
				}
			}
			return t.finish(op)
		case Rejected, Conflict:
			if err := j.failDependants(t, op); err != nil {
				return err
			}
			if op.State == Rejected && !keepRejected {
				return t.remove(op)
			}
		}
		if current == nil {
			return nil // dropped meanwhile
		}
		return t.save(op)
	})
}

// takenSince reports whether the record has another sender than the one that
// claimed what was seen: the sender's name, which is never used again, is the
// claim's fencing token.
func (op *Operation) takenSince(seen *Operation) bool {
	return op != nil && op.Sender != seen.claimant
}

func fencedOut(op *Operation) *api.Error {
	return &api.Error{
		Kind: api.KindLocal, Message: op.name() + ": another process took over while this one was held up; its outcome counts", Err: errFenced,
		Next: []string{"vizora journal show " + op.ID},
	}
}

func (j *Journal) commitCreate(t *tx, op *Operation) error {
	if by := t.takenBy(op.ResultID); by != "" && by != op.ID {
		return errTaken
	}
	if m, err := t.madeBy(op.ID); err != nil {
		return err
	} else if m != nil && m.ID != op.ResultID {
		return fencedOut(op)
	}
	if err := t.putMade(op.ID, made{ID: op.ResultID, At: j.now()}); err != nil {
		return err
	}
	followers, err := t.waiting(op.ID)
	if unlessDamage(err) != nil {
		return err
	}
	for _, f := range followers {
		if err := t.unindex(f.ID); err != nil {
			return err
		}
		if err := mapTemporary(f, op.ID, op.ResultID); err != nil {
			return err
		}
		if err := t.write(f); err != nil {
			return err
		}
	}
	return nil
}

// failDependants rejects what cannot be done without the failed operation.
func (j *Journal) failDependants(t *tx, op *Operation) error {
	followers, err := t.waiting(op.ID)
	if unlessDamage(err) != nil {
		return err
	}
	for _, f := range followers {
		f.State, f.Settled, f.Sender = Rejected, j.now(), ""
		f.Failure = &Failure{Kind: api.KindRejected, Message: "it needs " + op.name() + ", which was not made"}
		if err := t.save(f); err != nil {
			return err
		}
		if err := j.failDependants(t, f); err != nil {
			return err
		}
	}
	return nil
}

// name is how messages call an operation.
func (op *Operation) name() string {
	if op.Summary != "" {
		return op.Summary
	}
	if op.Label != "" {
		return op.Verb + " " + op.Label
	}
	return op.Verb + " " + op.Target
}
