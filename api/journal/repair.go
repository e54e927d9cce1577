package journal

// This file is about one thing: what a person decides about an operation: try
// again, drop, tell what became of it, send it over the remote.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// resolve completes an operation's id from an unambiguous beginning or end of
// at least four characters. An id that nothing matches comes back as it is.
func (t *tx) resolve(id string) (string, error) {
	id = strings.ToUpper(id)
	if t.bucket(idsBucket).Get([]byte(id)) != nil || len(id) < 4 {
		return id, nil
	}
	var found []string
	if err := t.bucket(idsBucket).ForEach(func(key, _ []byte) error {
		if full := string(key); strings.HasPrefix(full, id) || strings.HasSuffix(full, id) {
			found = append(found, full)
		}
		return nil
	}); err != nil {
		return "", err
	}
	switch len(found) {
	case 0:
		return id, nil
	case 1:
		return found[0], nil
	}
	return "", &api.Error{
		Kind: api.KindAmbiguous, Message: fmt.Sprintf("%d operations match %s", len(found), id),
		Details: found, Hint: "give more of the id",
	}
}

// change edits one operation in a transaction. An operation that a living
// process is sending is left alone.
func (j *Journal) change(ctx context.Context, id string, edit func(*tx, *Operation) error) (*Operation, error) {
	defer j.tidy(ctx)
	var op *Operation
	err := j.store.update(ctx, func(t *tx) error {
		full, err := t.resolve(id)
		if err != nil {
			return err
		}
		if op, err = t.get(full); err != nil {
			return err
		}
		if op == nil {
			return noSuchOperation(id)
		}
		if note, err := t.exporting(); err != nil || note != nil && op.Moved != nil && op.Moved.Export == note.ID {
			if err == nil {
				err = &api.Error{Kind: api.KindLocal, Message: op.name() + " is being exported", Hint: "wait until that is through; an export that was cut off is ended by 'vizora sync'"}
			}
			return err
		}
		if op.State == Sending && t.alive(op.Sender) {
			return &api.Error{Kind: api.KindLocal, Message: op.name() + " is being sent by another process", Hint: "wait until it is settled"}
		}
		return edit(t, op)
	})
	if err != nil {
		return nil, err
	}
	return op, nil
}

// Retry puts a rejected or waiting operation back in the queue. A conflict is
// for Reapply, an unknown outcome for Resolve.
func (j *Journal) Retry(ctx context.Context, id string) (*Operation, error) {
	return j.change(ctx, id, func(t *tx, op *Operation) error {
		switch op.State {
		case Moved:
			return t.takeBack(op)
		case Rejected, Waiting, Queued:
		case Conflict:
			return wrongState(op, "vizora journal reapply ")
		case Unknown:
			e := wrongState(op, "")
			e.Next = op.resolutions()
			return e
		default:
			return nil // sending, cut off: the next sync reads back
		}
		if op.Stripped {
			return &api.Error{
				Kind: api.KindInvalid, Message: op.name() + ": the secret that it carried was taken out of the journal when it was settled",
				Hint: "give the command again, with the secret", Next: []string{"vizora journal drop " + op.ID},
			}
		}
		if err := t.unindex(op.ID); err != nil {
			return err
		}
		if err := j.follow(t, op); err != nil {
			return err
		}
		for _, create := range op.DependsOn {
			if before, err := t.get(create); err != nil {
				return err
			} else if before == nil || !before.State.undecided() {
				return api.Errorf(api.KindInvalid, "%s needs operation %s, which is not pending", op.name(), create)
			}
		}
		op.requeue()
		return t.write(op)
	})
}

// takeBack makes what was set aside for an export one of this machine again.
func (t *tx) takeBack(op *Operation) error {
	if op.Stripped {
		return &api.Error{
			Kind: api.KindInvalid, Message: op.name() + ": the secret that it carries is in the export only", Next: []string{"vizora journal import " + op.Moved.To},
		}
	}
	for _, create := range op.DependsOn {
		if before, err := t.get(create); err != nil {
			return err
		} else if before != nil && before.State == Moved {
			return &api.Error{
				Kind: api.KindInvalid, Message: op.name() + " needs " + before.name() + ", which was exported too",
				Hint: "take that back first", Next: []string{"vizora journal retry " + create + " " + op.ID},
			}
		}
	}
	op.takeBack()
	return t.save(op)
}

func (op *Operation) requeue() {
	op.State, op.Sender, op.Failure = Queued, "", nil
	op.NextAttempt, op.Settled = time.Time{}, time.Time{}
}

func wrongState(op *Operation, command string) *api.Error {
	return &api.Error{Kind: api.KindInvalid, Message: fmt.Sprintf("%s is in state %q", op.name(), op.State), Next: []string{command + op.ID}}
}

// resolutions are the commands that decide about an operation of unknown
// outcome, as they can be typed.
func (op *Operation) resolutions() []string {
	resolve := "vizora journal resolve " + op.ID
	var next []string
	if op.Effect != Create {
		next = append(next, resolve+" --applied")
	}
	return append(next, resolve+" --resend", resolve+" --drop")
}

// Drop takes an operation out of the journal, whatever its state; what needs it
// is rejected. A record that is damaged goes too, and is not returned.
func (j *Journal) Drop(ctx context.Context, id string) (*Operation, error) {
	op, err := j.change(ctx, id, func(t *tx, op *Operation) error {
		if err := j.failDependants(t, op); err != nil {
			return err
		}
		return t.remove(op)
	})
	if !IsDamage(err) {
		return op, err
	}
	return nil, j.store.update(ctx, func(t *tx) error {
		full, err := t.resolve(id)
		if err != nil {
			return err
		}
		if _, err := t.get(full); !IsDamage(err) {
			return err
		}
		return t.removeDamaged(full)
	})
}

// Resolution is what a person knows about an operation of unknown outcome.
type Resolution struct {
	Created string // a create: the id of what it made
	Applied bool   // it was done
	Resend  bool   // it was not done; send it again
	Drop    bool   // it does not matter any more
}

// Resolve settles an operation of unknown outcome, or one that was cut off.
func (j *Journal) Resolve(ctx context.Context, id string, r Resolution) (*Operation, error) {
	if r.Drop {
		return j.Drop(ctx, id)
	}
	return j.change(ctx, id, func(t *tx, op *Operation) error {
		if op.State != Unknown && op.State != Sending {
			return wrongState(op, "vizora journal show ")
		}
		switch {
		case r.Created != "" && op.Effect != Create:
			return api.Errorf(api.KindInvalid, "%s makes nothing that has an id", op.name())
		case r.Created != "":
			op.State, op.ResultID, op.Settled = Applied, r.Created, j.now()
			if err := j.commitCreate(t, op); errors.Is(err, errTaken) {
				return api.Errorf(api.KindInvalid, "%s was made by another operation", r.Created)
			} else if err != nil {
				return err
			}
			return t.finish(op)
		case r.Applied:
			if op.Effect == Create {
				return &api.Error{Kind: api.KindInvalid, Message: "a create needs the id of what it made", Hint: "name it with --created ID"}
			}
			op.State, op.Settled = Applied, j.now()
			return t.finish(op)
		case r.Resend:
			op.requeue()
			op.Rebased = nil
			return t.save(op)
		}
		return api.Errorf(api.KindUsage, "say what became of the operation: created, applied, resend or drop")
	})
}

// Reapply puts a conflict back in the queue on the base of the remote that won,
// so that what lost is sent over it unless it changes once more. Item changes
// relative to what the remote's list no longer holds go to the nearest place
// that it does, which is told.
func (j *Journal) Reapply(ctx context.Context, id string) (*Operation, error) {
	var said []string
	op, err := j.change(ctx, id, func(t *tx, op *Operation) error {
		if op.State != Conflict {
			return wrongState(op, "vizora journal show ")
		}
		if op.RemoteGone() {
			return &api.Error{
				Kind: api.KindInvalid, Message: op.name() + ": what it changes was deleted, so there is nothing to send it over",
				Hint: "make it anew if it is still wanted", Next: []string{"vizora journal drop " + op.ID},
			}
		}
		switch op.Effect {
		case Update:
			mine := api.Changes{}
			for _, name := range op.Dropped {
				if v, ok := op.Changes[name]; ok {
					mine[name] = v
				}
			}
			op.Changes, op.Base, op.Stripped = mine, op.Remote, false // what lost was kept whole
		case Items:
			if slices.Contains(op.Dropped, "items") && !op.ReplaceAll {
				edits, changed := reanchor(op)
				if len(edits) == 0 && len(op.Changes) == 0 {
					return &api.Error{
						Kind: api.KindInvalid, Message: op.name() + ": nothing of it can be sent any more", Details: changed,
						Hint: "look at the playlist, and make the change anew if it is still wanted", Next: []string{"vizora journal drop " + op.ID},
					}
				}
				op.Edits, said = edits, changed
			}
			op.BaseItems, op.Rebased = op.RemoteItems, nil
			base := maps.Clone(op.Base)
			if base == nil {
				base = api.Changes{}
			}
			maps.Copy(base, op.Remote)
			op.Base = base
		case Delete:
			op.Force = true
		case Many, Absolute:
			if err := op.reapplyMany(); err != nil {
				return err
			}
		}
		op.BaseAt, op.BaseFrom = op.Settled, "server"
		op.Dropped, op.Remote, op.RemoteItems = nil, nil, nil
		op.requeue()
		return t.save(op)
	})
	if err == nil {
		for _, text := range said {
			j.emit(Event{Type: EventNotice, Message: text})
		}
	}
	return op, err
}
