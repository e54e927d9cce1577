package journal

// This file is about one thing: taking the operations of an export in, and
// keeping the file small.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// Import takes the operations of an export in, all or none. What the journal
// holds or has taken in before is left as it is, and what it had set aside for an export
// comes back; an operation that was being sent will be read back. Work of another
// server, organisation or user is refused: it would never be replayed here.
func (j *Journal) Import(ctx context.Context, r io.Reader) (added, known int, err error) {
	ops, err := readExport(r)
	if err != nil {
		return 0, 0, err
	}
	for i := range ops {
		if ops[i].Owner != j.opts.Owner {
			return 0, 0, notOurs(&ops[i])
		}
	}
	err = j.store.update(ctx, func(t *tx) error {
		added, known = 0, 0
		before := t.pending
		for i := range ops {
			took, err := t.take(&ops[i], j.now())
			switch {
			case err != nil:
				return err
			case took:
				added++
			default:
				known++
			}
		}
		more := int(t.pending.all - before.all) //nolint:gosec // it only grew
		t.pending, before = before, t.pending
		err := j.room(t, more, false)
		t.pending = before
		return err
	})
	return added, known, err
}

// take takes an operation of an export in, unless it is known.
func (t *tx) take(op *Operation, now time.Time) (bool, error) {
	op.Sender, op.Job, op.Moved = "", "", nil // jobs are a machine's own
	here, err := t.get(op.ID)
	if IsDamage(err) { // a copy has it whole
		return true, errors.Join(t.removeDamaged(op.ID), t.append(op), t.see(op.ID, now))
	}
	if err != nil {
		return false, err
	}
	if here != nil {
		if here.State != Moved {
			return false, nil
		}
		op.Seq = here.Seq
		return true, t.save(op)
	}
	made, err := t.madeBy(op.ID)
	if err != nil || made != nil || t.seen(op.ID) {
		return false, err
	}
	return true, errors.Join(t.append(op), t.see(op.ID, now))
}

func notOurs(op *Operation) *api.Error {
	return &api.Error{
		Kind: api.KindInvalid, Message: fmt.Sprintf("%s belongs to another server, organisation or user (%s, organisation %s); nothing was imported", op.name(), op.Owner.Server, op.Owner.Organization),
		Hint: "sign in as its owner, with a profile for that server, and import it there",
	}
}

func readExport(r io.Reader) ([]Operation, error) {
	lines := json.NewDecoder(r)
	var head exportHead
	if err := lines.Decode(&head); err != nil || head.APIVersion != exportAPI || head.Kind != exportKind {
		return nil, &api.Error{Kind: api.KindInvalid, Message: "this is not an exported journal", Hint: "its first line says kind \"Journal\"", Err: err}
	}
	if head.Format > formatVersion {
		return nil, newer(head.Format)
	}
	var ops []Operation
	for n := 1; ; n++ {
		var op Operation
		err := lines.Decode(&op)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && (len(op.ID) != idLength || !slices.Contains([]State{Queued, Sending, Waiting, Unknown, Conflict, Rejected}, op.State)) {
			err = errors.New("it has no id, or no state that one can have")
		}
		if err == nil {
			err = op.check()
		}
		if err != nil {
			return nil, &api.Error{Kind: api.KindInvalid, Message: fmt.Sprintf("operation %d of the export cannot be read: %s", n, err), Err: err}
		}
		ops = append(ops, op)
	}
	if len(ops) != head.Count {
		return nil, &api.Error{Kind: api.KindInvalid, Message: fmt.Sprintf("the export is cut off: it holds %d of %d operations", len(ops), head.Count)}
	}
	return ops, nil
}

const (
	keepMade = 30 * 24 * time.Hour // how long temporary ids stay known, and where exports went
	keepSeen = 2 * 365 * 24 * time.Hour
)

// CompactReport is what Compact has done.
type CompactReport struct {
	Before, After int64 // bytes of the file
	Forgotten     int   // temporary ids of a month ago
}

// Compact rewrites the file without free pages, forgets what creates have made
// more than a month ago and which exports took operations away, and clears the lock files of senders that died.
func (j *Journal) Compact(ctx context.Context) (CompactReport, error) {
	var report CompactReport
	if !j.store.exists() {
		return report, nil
	}
	err := j.store.update(ctx, func(t *tx) error {
		var err error
		if report.Forgotten, err = t.forgetMade(j.now().Add(-keepMade)); err != nil {
			return err
		}
		if err := t.forgetMoved(j.now().Add(-keepMade), j.now().Add(-keepSeen)); err != nil {
			return err
		}
		return t.recount()
	})
	if err != nil {
		return report, err
	}
	report.Before, report.After, err = j.store.compact(ctx)
	return report, err
}
