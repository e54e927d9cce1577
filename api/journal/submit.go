package journal

// This file is about one thing: taking an operation in.

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// SubmitOptions says how an operation is submitted.
type SubmitOptions struct {
	Offline Offline       // "" = OfflineAuto
	Async   bool          // record and return; somebody else delivers
	Timeout time.Duration // bound of the delivery; 0 = none but the context's

	Workers      int  // SubmitAll: resources at a time; 0 = 4
	KeepRejected bool // keep what the server refuses as "rejected", for repair
}

func (o *SubmitOptions) recordOnly() bool { return o.Async || o.Offline == OfflineAlways }

// never reports whether an operation may not wait for a connection.
func (o *SubmitOptions) never(op *Operation) bool {
	return o.Offline == OfflineNever || op.mustBeOnline()
}

// Submit records an operation durably, delivers it, and settles it. The error
// is an *api.Error:
//
//   - nil: applied.
//   - KindQueued: it stays recorded and goes out with the next sync, because
//     that was asked for or because the server could not be reached.
//   - KindConflict: the remote won; both sides stay in the journal.
//   - KindUnknown: it may have been executed and that cannot be decided now.
//   - any other: it was not done, and nothing stays recorded, because the caller
//     has the error (unless KeepRejected): the server's refusal, a missing
//     session, an interruption before anything was sent.
//
// The Result comes with the error where there is an operation to speak of.
func (j *Journal) Submit(ctx context.Context, op Operation, o SubmitOptions) (*Result, error) {
	defer j.tidy(ctx)
	if err := j.prepare(&op, &o); err != nil {
		return nil, err
	}
	if err := j.guard(ctx); err != nil {
		return nil, err
	}
	if o.recordOnly() {
		if _, err := j.record(ctx, []*Operation{&op}, ""); err != nil {
			return nil, err
		}
		return j.queued(&op, nil)
	}
	if j.opts.Client == nil {
		return nil, api.Errorf(api.KindInternal, "the journal has no client to send with")
	}
	ctx, cancel := limit(ctx, o.Timeout)
	defer cancel()
	from, err := j.store.openSender(j.now())
	if err != nil {
		return nil, err
	}
	defer from.close()
	c, err := j.record(ctx, []*Operation{&op}, from.name)
	if err != nil {
		return nil, err
	}
	how := manner{fresh: true, interactive: true, never: o.never(&op), keepRejected: o.KeepRejected}
	if c.state == claimed {
		if up := op.Request.Upload; up != nil && c.op.Request.Upload != nil {
			c.op.Request.Upload.Progress = up.Progress // a function is no part of the record
		}
		r := j.deliver(ctx, from, c.op, false, how)
		return r, r.Err
	}
	how.fresh = false // what stands before it may not come to what it was based on
	return j.submitBehind(ctx, &op, from, how)
}

// guard asks whether anything may be recorded.
func (j *Journal) guard(ctx context.Context) error {
	if j.opts.Guard == nil {
		return nil
	}
	return j.opts.Guard(ctx)
}

// submitBehind delivers what stands before the operation, then the operation.
func (j *Journal) submitBehind(ctx context.Context, op *Operation, from *sender, how manner) (*Result, error) {
	var result *Result
	out := j.run(ctx, order{
		from: from, workers: 1, source: newNamed(j, op.ID),
		manner: func(id string) manner {
			if id == op.ID {
				return how
			}
			return manner{keepRejected: true}
		},
		each: func(r *Result) error {
			if r.Operation != nil && r.Operation.ID == op.ID {
				result = r
			}
			return nil
		},
	})
	if result != nil {
		return result, result.Err
	}
	return j.untried(ctx, op, out.why(ctx), how.never || ctx.Err() != nil)
}

// untried is the result of an operation whose turn did not come: it stays
// recorded, or is withdrawn when nobody wants it to.
func (j *Journal) untried(ctx context.Context, op *Operation, why error, withdraw bool) (*Result, error) {
	if !withdraw {
		return j.queued(op, why)
	}
	if why == nil {
		why = api.Errorf(api.KindQueued, "%s was not sent: what stands before it is not through", op.name())
	}
	op.State = Rejected
	if err := j.settle(ctx, op, false); err != nil {
		return &Result{Operation: op, Err: err}, err
	}
	return &Result{Operation: op, Err: why}, why
}

// SubmitAll is for a handful; RecordJob is for many. It records the operations in one transaction before the first is sent,
// then delivers them: in order on one resource, several resources at a time.
// The results are in the operations' order, each with its own error. The
// returned error is not nil when nothing was recorded. What was not sent,
// because the server cannot be reached or the run was interrupted, stays
// recorded with KindQueued.
func (j *Journal) SubmitAll(ctx context.Context, ops []Operation, o SubmitOptions) ([]Result, error) {
	defer j.tidy(ctx)
	list := make([]*Operation, len(ops))
	for i := range ops {
		op := ops[i]
		if err := j.prepare(&op, &o); err != nil {
			return nil, err
		}
		list[i] = &op
	}
	if len(list) == 0 {
		return nil, nil
	}
	if !o.recordOnly() && j.opts.Client == nil {
		return nil, api.Errorf(api.KindInternal, "the journal has no client to send with")
	}
	if err := j.guard(ctx); err != nil {
		return nil, err
	}
	if _, err := j.record(ctx, list, ""); err != nil {
		return nil, err
	}
	of, why := map[string]*Result{}, error(nil)
	if !o.recordOnly() {
		of, why = j.deliverAll(ctx, list, o)
	}
	results := make([]Result, len(list))
	for i, op := range list {
		if r := of[op.ID]; r != nil {
			results[i] = *r
			continue
		}
		r, err := j.untried(ctx, op, why, o.never(op))
		if r == nil {
			return nil, err
		}
		results[i] = *r
	}
	return results, nil
}

func (j *Journal) deliverAll(ctx context.Context, ops []*Operation, o SubmitOptions) (of map[string]*Result, why error) {
	ctx, cancel := limit(ctx, o.Timeout)
	defer cancel()
	of = make(map[string]*Result, len(ops))
	from, err := j.store.openSender(j.now())
	if err != nil {
		return of, err
	}
	defer from.close()
	how := make(map[string]manner, len(ops))
	ids := make([]string, len(ops))
	for i, op := range ops {
		ids[i] = op.ID
		how[op.ID] = manner{fresh: !op.behind, interactive: o.never(op), never: o.never(op), keepRejected: o.KeepRejected}
	}
	out := j.run(ctx, order{
		from: from, workers: o.Workers, source: newNamed(j, ids...),
		manner: func(id string) manner {
			if m, mine := how[id]; mine {
				return m
			}
			return manner{keepRejected: true}
		},
		each: func(r *Result) error {
			if r.Operation != nil {
				of[r.Operation.ID] = r
			}
			return nil
		},
	})
	return of, out.why(ctx)
}

func limit(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d > 0 {
		return context.WithTimeout(ctx, d)
	}
	return ctx, func() {}
}

// mustBeOnline reports whether the operation may not wait.
func (op *Operation) mustBeOnline() bool { return op.OnlineOnly && op.Expires.IsZero() }

// prepare checks an operation and fills in what the journal assigns.
func (j *Journal) prepare(op *Operation, o *SubmitOptions) error {
	now := j.now()
	if op.ID == "" {
		op.ID = NewID(now)
	}
	op.Created, op.Owner, op.State = now, j.opts.Owner, Queued
	if op.Effect == Create && op.Target == "" {
		op.Target = TemporaryID(op)
	}
	if err := op.check(); err != nil {
		return err
	}
	if op.mustBeOnline() && o.recordOnly() {
		return &api.Error{
			Kind: api.KindInvalid, Message: op.name() + " cannot wait in the journal",
			Hint: "it returns a secret or loses its sense with time; do it online, or give it a time limit with --expires",
		}
	}
	if !op.Expires.IsZero() && !op.Expires.After(now) {
		return api.Errorf(api.KindInvalid, "%s has expired already", op.name())
	}
	named, err := namedCreates(op)
	op.DependsOn = named
	return err
}

// check refuses what could never be delivered, before it is recorded.
func (op *Operation) check() error {
	schema := api.SchemaOf(op.Kind)
	switch op.Effect {
	case Update:
		if len(op.Changes) == 0 { // the platform answers 404 to an empty PATCH (contract rest 25, item 6)
			return &api.Error{Kind: api.KindInvalid, Message: "there is nothing to change", Hint: "name at least one field"}
		}
		if schema == nil {
			return api.Errorf(api.KindInternal, "no description of the kind %q", op.Kind)
		}
		if _, err := schema.Body(op.Changes); err != nil {
			return err
		}
	case Items:
		if len(op.Edits) == 0 && !op.ReplaceAll {
			return &api.Error{Kind: api.KindInvalid, Message: "there is no item to change", Hint: "name at least one item"}
		}
		if schema == nil {
			return api.Errorf(api.KindInternal, "no description of the kind %q", op.Kind)
		}
	case Create:
		if op.Request.Method == "" && (schema == nil || len(op.Changes) == 0) {
			return api.Errorf(api.KindInternal, "a create without a request")
		}
	case Delete:
		if op.Request.Method == "" && schema == nil {
			return api.Errorf(api.KindInternal, "a delete without a request")
		}
	case Many:
		if op.Request.Method == "" || op.IDKey == "" || schema == nil || len(op.Touches) == 0 || len(op.Changes) == 0 {
			return api.Errorf(api.KindInternal, "a change of many without a request, ids or changes")
		}
	case Absolute, Once:
		if op.Request.Method == "" {
			return api.Errorf(api.KindInternal, "an action without a request")
		}
	default:
		return api.Errorf(api.KindInternal, "unknown effect %q", op.Effect)
	}
	return nil
}

// record appends operations in one durable transaction. With a sender and a
// single operation that nothing stands before, it is marked as sending in the
// same transaction, so that an online command pays for two in all.
func (j *Journal) record(ctx context.Context, ops []*Operation, from string) (claim, error) {
	c := claim{state: behind}
	complete := false // the transaction was filled and went to be committed
	err := j.store.update(ctx, func(t *tx) error {
		if err := j.appendAll(t, ops); err != nil {
			return err
		}
		complete = true
		if from == "" {
			return nil
		}
		mine, err := j.mayClaim(t, ops[0])
		if err != nil || mine.state != claimed {
			return err
		}
		c, err = j.claimIn(t, ops[0].ID, from)
		return err
	})
	if err != nil {
		if complete {
			j.forget(ctx, ops)
		}
		return c, err
	}
	for _, op := range ops {
		j.emit(Event{Type: EventRecorded, Operation: op})
	}
	return c, nil
}

// appendAll takes operations in, or none. A create stands before what names it.
func (j *Journal) appendAll(t *tx, ops []*Operation) error {
	if err := j.room(t, len(ops), len(ops) > 0 && ops[0].Job != ""); err != nil {
		return err
	}
	for some := range slices.Chunk(ops, recordBatch) {
		t.expectNone(some)
	}
	for _, op := range ops {
		if err := j.bind(t, op); err != nil {
			return err
		}
		if err := t.append(op); err != nil {
			return err
		}
		if err := t.rebase(op); err != nil {
			return err
		}
	}
	return nil
}

// forget takes back what a failed commit may have left behind: after a failed
// sync nobody knows what is on the disk, and an operation that was reported as
// failed must not go out later.
func (j *Journal) forget(ctx context.Context, ops []*Operation) {
	found := false
	_ = j.store.view(context.WithoutCancel(ctx), func(t *tx) error {
		for _, op := range ops {
			found = found || t.bucket(idsBucket).Get([]byte(op.ID)) != nil
		}
		return nil
	})
	if !found {
		return
	}
	_ = j.store.update(context.WithoutCancel(ctx), func(t *tx) error {
		for _, op := range ops {
			if err := t.remove(op); err != nil {
				return err
			}
		}
		return nil
	})
}

// bind checks the creates that an operation names: their real ids are put in
// where they are known, and naming one that nobody will make is refused.
func (j *Journal) bind(t *tx, op *Operation) error {
	if err := j.follow(t, op); err != nil {
		return err
	}
	for _, create := range op.DependsOn {
		before, err := t.get(create)
		if err != nil {
			return err
		}
		if before == nil || !before.State.undecided() {
			return &api.Error{
				Kind: api.KindInvalid, Message: fmt.Sprintf("%s names %s%s, which no pending operation makes", op.name(), temporaryPrefix, create),
				Hint: "its creation failed or was dropped; look for the resource by name",
			}
		}
	}
	return nil
}

// room refuses what the journal has no room for.
func (j *Journal) room(t *tx, more int, job bool) error {
	n, capacity := int(t.pending.all-t.pending.ofJobs), j.opts.Capacity //nolint:gosec // bounded by the capacity
	if job {
		n, capacity = int(t.pending.ofJobs), j.opts.JobCapacity //nolint:gosec // as above
	}
	if n+more <= capacity {
		return nil
	}
	e := &api.Error{
		Kind:    api.KindJournalFull,
		Message: fmt.Sprintf("the journal holds %d pending operations, has room for %d, and is asked to take %d more", n, capacity, more),
		Hint:    "deliver them with 'vizora sync', look at 'vizora journal list', or make room: vizora profile set journal-capacity=N",
	}
	if job {
		e.Message = fmt.Sprintf("the journal's jobs hold %d pending operations, have room for %d, and are asked to take %d more", n, capacity, more)
		e.Hint = "finish or remove one: vizora bulk list"
	}
	return e
}

// queued is the result of an operation that stays recorded. cause may be nil.
func (j *Journal) queued(op *Operation, cause error) (*Result, error) {
	e := &api.Error{
		Kind: api.KindQueued, Message: op.name() + ": recorded, not sent yet",
		Next: []string{"vizora sync", "vizora journal show " + op.ID}, Err: cause,
	}
	if cause != nil {
		e.Message += ": " + cause.Error()
	}
	return &Result{Operation: op, Err: e}, e
}
