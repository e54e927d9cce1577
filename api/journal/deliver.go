package journal

// This file is about one thing: one delivery of one operation, from its claim
// to its outcome.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// verdict is what a delivery came to.
type verdict struct {
	state  State
	err    *api.Error // nil when applied
	data   json.RawMessage
	status int
	lost   bool // an attempt may have been executed
}

// delivery is one operation on its way.
type delivery struct {
	j      *Journal
	op     *Operation
	from   *sender
	schema *api.Schema // nil for a kind without a description
	client *api.Client
	fresh  bool        // the base may stand for the remote
	lost   bool        // an earlier attempt may have been executed; cleared by reading back
	dry    bool        // only to see what would be done: nothing is written down
	remote api.Changes // the remote's fields as last read; nil when they were not
	brief  bool        // manner.brief
	resent bool        // a create is sent again because nothing of the first was found
	parted bool        // Many: it was refused as a whole, and what is gone is left out
	sent   time.Time   // of the last attempt by this process, with a monotonic reading
	runs   time.Time   // until then an attempt that was lost may still be at work on the server
}

// freshFor is how long a base that this process has read stands for the remote,
// to spare a second request.
const freshFor = 2 * time.Second

// deliver sends a claimed operation and settles it.
func (j *Journal) deliver(ctx context.Context, from *sender, op *Operation, lost bool, how manner) *Result {
	d := &delivery{j: j, op: op, from: from, schema: api.SchemaOf(op.Kind), client: j.opts.Client, lost: lost, brief: how.brief}
	if lost {
		d.runs = time.Now().Add(d.running())
	}
	age := j.now().Sub(op.BaseAt)
	d.fresh = how.fresh && op.BaseFrom == "server" && age >= 0 && age < freshFor
	for {
		v := d.run(ctx, how)
		r, err := j.conclude(ctx, op, v, how)
		if errors.Is(err, errTaken) {
			op.State, op.Sender, op.ResultID, d.lost = Sending, op.claimant, "", true
			continue // look again, now without what the other one adopted
		}
		switch {
		case errors.Is(err, errFenced):
			r.Err, r.elsewhere = err, true
		case err != nil && v.state == Applied && errors.Is(err, errLocked): // done all the same; the next sync sees that and writes it down
			j.emit(Event{Type: EventNotice, Message: unsettled(op, v, err).Error()})
		case err != nil:
			r.Err = unsettled(op, v, err)
		}
		j.emit(Event{Type: EventSettled, Operation: op, Reason: r.Err, Data: r.Data})
		return r
	}
}

// unsettled is the error when the outcome could not be written down. The record
// still says "sending", so that the next sync reads back what became of it.
func unsettled(op *Operation, v verdict, err error) *api.Error {
	e := &api.Error{Kind: api.KindLocal, Message: "the journal could not record the outcome of " + op.name() + ": " + err.Error(), Err: err,
		Hint: "the next 'vizora sync' asks the server what became of it"}
	if v.state == Applied {
		e.Message = op.name() + " was applied, but the journal could not record it: " + err.Error()
	}
	return e
}

// conclude turns a verdict into the operation's state and the caller's error,
// and writes it down.
func (j *Journal) conclude(ctx context.Context, op *Operation, v verdict, how manner) (*Result, error) {
	r := &Result{Operation: op, Data: v.data, Status: v.status}
	if v.err != nil {
		op.Failure = &Failure{Kind: v.err.Kind, Message: v.err.Error(), Status: v.err.Status, RequestID: v.err.RequestID}
		r.Err = v.err
	}
	op.State, op.Sender = v.state, ""
	switch v.state {
	case Applied, Conflict, Rejected, Unknown:
		op.Settled = j.now()
	case Sending:
		if op.Effect == Items {
			r.Err = waiting(op, v, how)
		}
	case Waiting:
		if how.interactive && !v.lost && (how.never || withdrawn(v.err)) {
			op.State = Rejected
			return r, j.settle(ctx, op, false)
		}
		op.NextAttempt = j.now()
		if v.err != nil {
			op.NextAttempt = op.NextAttempt.Add(later(v.err))
		}
		r.Err = waiting(op, v, how)
	}
	return r, j.settle(ctx, op, how.keepRejected)
}

// unnamedWait is how long an operation is left alone after a 429 that names no
// wait: the platform's own limits want a minute's silence, and each try begins
// it anew (contract rest 1.8, fleet).
const unnamedWait = time.Minute

// later is how long a refused operation is left alone.
func later(e *api.Error) time.Duration {
	if e.Status == http.StatusTooManyRequests && e.RetryAfter == 0 {
		return unnamedWait
	}
	return e.RetryAfter
}

// withdrawn reports whether an operation that was never sent leaves the journal
// because of this error: the one who waits for it must act first.
func withdrawn(e *api.Error) bool {
	switch e.Kind {
	case api.KindUnauthenticated, api.KindTLS, api.KindInterrupted, api.KindInvalid, api.KindLocal, api.KindInternal, api.KindProtocol:
		return true
	}
	return false
}

// waiting is the error of an operation that stays recorded for later.
func waiting(op *Operation, v verdict, how manner) *api.Error {
	e := &api.Error{Kind: api.KindQueued, Err: v.err, Next: []string{"vizora sync", "vizora journal show " + op.ID},
		Message: op.name() + ": recorded, not applied yet: " + v.err.Error()}
	switch {
	case v.err.Kind == api.KindInterrupted:
		e.Kind = api.KindInterrupted
		e.Message = op.name() + ": interrupted; it stays recorded"
	case v.lost && how.never:
		e.Kind = api.KindUnknown
	}
	if v.lost {
		e.Hint = "it may have been applied; the next 'vizora sync' compares before it sends again"
	}
	return e
}

// run makes attempts until there is a verdict.
func (d *delivery) run(ctx context.Context, how manner) verdict {
	if v, stop := d.preflight(how); stop {
		return v
	}
	if d.lost && (d.op.Effect == Create || d.op.Effect == Once) {
		if v, stop := d.afterLoss(ctx, nil); stop {
			return v
		}
		if v, stop := d.preflight(how); stop { // it was not done; may it still be?
			return v
		}
	}
	for attempt := 1; ; attempt++ {
		d.j.emit(Event{Type: EventSending, Operation: d.op})
		v, err := d.attempt(ctx)
		if err == nil {
			return v
		}
		if outcome := err.Outcome; outcome == api.OutcomeUnknown && !d.repeatable() {
			v, stop := d.afterLoss(ctx, err)
			if stop {
				return v
			}
			err.Outcome = api.OutcomeNotSent // read back: it was not executed
		}
		wait, stop := d.j.opts.Retry.Next(d.client.Budget(), err, attempt, d.repeatable())
		if stop != nil {
			return d.giveUp(ctx, asError(stop))
		}
		if err := d.pause(ctx, wait, attempt, err); err != nil {
			return d.giveUp(ctx, asError(err))
		}
	}
}

// repeatable reports whether a second execution does no harm, because each
// attempt looks at the remote first or says the same as the one before.
func (d *delivery) repeatable() bool { return d.op.Effect != Create && d.op.Effect != Once }

// pause waits visibly.
func (d *delivery) pause(ctx context.Context, wait time.Duration, attempt int, why error) error {
	d.j.emit(Event{Type: EventWaiting, Operation: d.op, Wait: wait, Reason: why})
	return d.client.Sleep(ctx, wait, api.Wait{For: wait, Attempt: attempt, Of: d.j.opts.Retry.Attempts, Reason: why})
}

// attempt looks at the remote where that is needed and sends once. A nil error
// means that the verdict stands.
func (d *delivery) attempt(ctx context.Context) (verdict, *api.Error) {
	req, held, v, err := d.formHeld(ctx)
	defer held.Release()
	if err != nil || req == nil {
		return v, asError(err)
	}
	resp, err := d.client.OnceIn(ctx, *req, held, func() error { // waiting for a place may have taken longer than a lease
		d.sent = time.Now()
		return d.from.held()
	})
	d.j.lists.written(d.op)
	if err != nil {
		e := asError(err)
		d.lost = d.lost || e.Outcome == api.OutcomeUnknown
		if e.Outcome == api.OutcomeUnknown && e.Status != http.StatusInternalServerError { // a 500 is the end of its handler
			d.runs = d.sent.Add(d.j.limitOf(d.op))
		}
		d.fresh = false
		if d.refusedWhole(e) {
			d.parted = true
			return d.attempt(ctx)
		}
		if e.Status == http.StatusNotFound && (d.op.Effect == Delete || d.lost && req.Method == http.MethodDelete) {
			return verdict{state: Applied, status: e.Status}, nil
		}
		if e.Outcome == api.OutcomeDone {
			return d.done(ctx, e), nil
		}
		return verdict{}, e
	}
	d.client.Budget().Success()
	return d.applied(resp.Data, resp.Status), nil
}

// applied is the verdict on a 2xx answer. Where the remote won some fields, the
// rest was applied and the record stays, with both sides.
func (d *delivery) applied(data json.RawMessage, status int) verdict {
	d.lost = false
	if d.op.Effect == Create {
		d.op.ResultID = resultID(data)
	}
	v := verdict{state: Applied, data: data, status: status}
	if len(d.op.Dropped) > 0 {
		v.state, v.err = Conflict, d.conflictError(true)
	}
	return v
}

// done is the verdict on a failure of which the server says that the operation
// itself was done. What it made is looked for, because the answer does not tell.
func (d *delivery) done(ctx context.Context, e *api.Error) verdict {
	v := verdict{state: Applied, err: e, status: e.Status}
	if d.op.Effect == Create {
		if rows, err := d.matches(ctx); err == nil && len(rows) == 1 {
			v.data, d.op.ResultID = rows[0].row, rows[0].id
			e.Details = append(e.Details, "its id is "+rows[0].id)
		}
	}
	d.lost = false
	return v
}

// resultID finds the id in a create's answer; uploads and pairing nest the row
// (contract rest 4.1, 6).
func resultID(data json.RawMessage) string {
	type row struct {
		ID string `json:"id"`
	}
	var body struct {
		row
		Content row `json:"content"`
		Display row `json:"display"`
	}
	if json.Unmarshal(data, &body) != nil {
		return ""
	}
	for _, id := range []string{body.ID, body.Content.ID, body.Display.ID} {
		if id != "" {
			return id
		}
	}
	return ""
}

// giveUp is the verdict when no further attempt is made.
func (d *delivery) giveUp(ctx context.Context, e *api.Error) verdict {
	v := verdict{state: Waiting, err: e, status: e.Status, lost: d.lost}
	soon := e.RetryAfter > 0 || e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooEarly
	switch {
	case e.Kind == api.KindInterrupted, e.Kind == api.KindTimeout && ctx.Err() != nil:
	case e.Kind == api.KindUnauthenticated, e.Kind == api.KindRateLimited, soon: // not about this operation
	case e.Outcome == api.OutcomeRefused:
		if d.resent && e.Status == http.StatusConflict { // the first one landed after all: its key is taken
			if rows, err := d.matches(ctx); err == nil && len(rows) == 1 {
				return d.adopt(rows[0])
			}
		}
		v.state = Rejected
	case e.Outcome == api.OutcomeUnknown && e.Status == http.StatusInternalServerError && d.lost:
		v = d.afterServerError(ctx, v)
	case e.Outcome == api.OutcomeNone && e.Kind == api.KindInvalid && !aboutProfile(e):
		v.state = Rejected // it could not even be formed
	}
	return d.cutOff(v)
}

// aboutProfile tells an address that must not be sent to from an operation that
// must not be sent.
func aboutProfile(e *api.Error) bool { return e.Kind == api.KindInvalid && e.Field == "url" }

// cutOff keeps an operation whose lost answer has not been read back in the
// state from which the next sync reads back. Where each attempt compares with
// the remote by value, waiting is enough.
func (d *delivery) cutOff(v verdict) verdict {
	if !d.lost || v.state != Waiting {
		return v
	}
	switch d.op.Effect {
	case Create:
		v.state, v.err = Sending, d.unknownError(v.err)
	case Once:
		v.state, v.err = Unknown, d.unknownError(v.err)
	case Items:
		v.state = Sending
	}
	return v
}

// afterServerError decides on a 500, this platform's answer to much bad input
// (contract rest 25, item 9): if the remote shows nothing of it, it was refused.
func (d *delivery) afterServerError(ctx context.Context, v verdict) verdict {
	if d.op.Effect == Absolute { // what it does cannot be looked at
		v.state, v.err = Unknown, d.unknownError(v.err)
		return v
	}
	_, seen, err := d.form(ctx)
	switch {
	case err != nil:
		return v
	case seen.state != "":
		return seen
	case time.Now().Before(d.runs): // it shows nothing yet: an attempt before this one may still land
		return v
	}
	v.state, v.lost = Rejected, false
	return v
}

// preflight decides what needs no server: expiry, and a source file that is no
// longer what was recorded.
func (d *delivery) preflight(how manner) (verdict, bool) {
	if d.lost && !d.repeatable() {
		return verdict{}, false // first find out what became of it
	}
	reject := func(format string, args ...any) (verdict, bool) {
		return verdict{state: Rejected, err: api.Errorf(api.KindRejected, format, args...), lost: d.lost}, true
	}
	if d.op.expired(d.j.now()) {
		return reject("%s expired at %s and was not sent", d.op.name(), d.op.Expires.Format(time.RFC3339))
	}
	if len(d.op.DependsOn) > 0 {
		return reject("%s names what operation %s was to make, and nothing made it", d.op.name(), d.op.DependsOn[0])
	}
	if up := d.op.Request.Upload; up != nil {
		info, err := os.Stat(up.File)
		switch {
		case err != nil:
			return reject("the file %s vanished since it was recorded", up.File)
		case info.Size() != up.Size:
			return reject("the file %s changed since it was recorded: %d bytes instead of %d", up.File, info.Size(), up.Size)
		case how.fresh:
			return verdict{}, false // hashed by this process just now
		}
		if sum, err := api.HashFile(up.File); err != nil || sum != up.SHA256 {
			return reject("the file %s changed since it was recorded: its content is another", up.File)
		}
	}
	return verdict{}, false
}

func (op *Operation) expired(now time.Time) bool {
	return !op.Expires.IsZero() && !op.Expires.After(now)
}

func (d *delivery) unknownError(cause *api.Error) *api.Error {
	e := &api.Error{
		Kind: api.KindUnknown, Message: d.op.name() + ": it was sent and its answer was lost; it may or may not have been done",
		Next: append([]string{"vizora sync"}, d.op.resolutions()...),
	}
	if d.op.Effect == Once || d.op.Effect == Absolute {
		e.Next = e.Next[1:]
	}
	if cause == nil {
		return e
	}
	e.Err, e.Status, e.RequestID, e.Outcome = cause, cause.Status, cause.RequestID, api.OutcomeUnknown
	e.Details = []string{"last failure: " + cause.Error()}
	if cause.Kind == api.KindInterrupted {
		e.Kind = api.KindInterrupted
	}
	return e
}

// conflictError tells field by field what the remote won.
func (d *delivery) conflictError(partly bool) *api.Error {
	op := d.op
	e := &api.Error{
		Kind: api.KindConflict, Message: fmt.Sprintf("%s: the remote was changed since, and wins", op.name()),
		Hint: "'vizora journal show' has both sides; 'vizora journal reapply' sends yours over the remote's",
		Next: []string{"vizora journal show " + op.ID, "vizora journal reapply " + op.ID},
	}
	if partly {
		e.Message = fmt.Sprintf("%s: applied but for what the remote had changed since", op.name())
	}
	for _, name := range op.Dropped {
		if op.IDKey != "" {
			e.Details = append(e.Details, op.lostOf(name))
			continue
		}
		mine, ok := op.Changes[name]
		if !ok {
			e.Details = append(e.Details, name)
			continue
		}
		was := "unknown"
		if v, ok := op.Base[name]; ok {
			was = string(v)
		}
		e.Details = append(e.Details, fmt.Sprintf("%s: was %s, yours %s, remote %s", name, was, mine, op.Remote[name]))
	}
	return e
}

// asError returns err as an Error; nil stays nil.
func asError(err error) *api.Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*api.Error](err); ok {
		return e
	}
	return &api.Error{Kind: api.KindInternal, Message: err.Error(), Err: err}
}
