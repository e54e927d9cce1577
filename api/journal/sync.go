package journal

// This file is about one thing: delivering what waits.

import (
	"context"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// SyncOptions says what Sync delivers.
type SyncOptions struct {
	IDs     []string      // only these operations and what must go before them; nil = all
	Workers int           // resources at a time; 0 = 4
	Timeout time.Duration // of the whole run; 0 = none but the context's
}

// SyncReport is what a sync has done.
type SyncReport struct {
	Results  []Result // operations that were tried, in order of acceptance
	Applied  int
	Conflict int
	Rejected int
	Unknown  int
	Waiting  int // tried, not done, still pending
	Skipped  int // not tried: too early, behind another, or the run ended before
	Foreign  int // pending operations of another server, organization or user
	Left     int // pending operations afterwards
	Halt     error
}

// Err is the report as an error: nil when nothing of this owner is left and
// nothing failed. Halt, an unknown outcome, a conflict, a rejection and pending
// operations count in this order; several kinds together are KindPartial.
func (r *SyncReport) Err() error {
	switch {
	case r.Halt != nil && r.Applied == 0:
		return r.Halt
	case r.Unknown > 0 && r.Conflict+r.Rejected == 0:
		return api.Errorf(api.KindUnknown, "%d operations have an unknown outcome", r.Unknown)
	case r.Conflict > 0 && r.Unknown+r.Rejected == 0:
		return api.Errorf(api.KindConflict, "the remote won in %d operations", r.Conflict)
	case r.Unknown+r.Conflict+r.Rejected > 0:
		return api.Errorf(api.KindPartial, "%d applied, %d conflict, %d rejected, %d unknown", r.Applied, r.Conflict, r.Rejected, r.Unknown)
	case r.Waiting+r.Skipped > 0:
		return &api.Error{Kind: api.KindQueued, Message: "some operations are still pending", Err: r.Halt}
	}
	return nil
}

// Sync delivers pending operations, in order on one resource, several resources
// at a time. One process replays at a time; another gets an Error of KindLocal
// that names it. A sync that finds the server unreachable ends early and keeps
// the rest. What the server refuses stays recorded as rejected.
func (j *Journal) Sync(ctx context.Context, o SyncOptions) (*SyncReport, error) {
	if j.opts.Client == nil {
		return nil, api.Errorf(api.KindInternal, "the journal has no client to send with")
	}
	ctx, cancel := limit(ctx, o.Timeout)
	defer cancel()
	report := &SyncReport{}
	pending, err := j.pendingFor(ctx, o)
	if err != nil {
		return nil, err
	}
	ops := j.due(pending, report)
	if len(ops) == 0 {
		report.Left = len(pending)
		j.emit(Event{Type: EventDrained, Left: report.Left})
		return report, nil
	}
	if err := j.store.makeDir(); err != nil {
		return nil, err
	}
	release, err := j.replay.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	from, err := openSender(j.opts.FS, j.opts.Dir, j.now())
	if err != nil {
		return nil, err
	}
	defer from.close()
	out := j.run(ctx, ops, o.Workers, from, func(string) manner { return manner{keepRejected: true} })
	report.Halt = out.why(ctx)
	for i := range ops {
		report.add(out.of[ops[i].ID])
	}
	if report.Halt == nil {
		j.markSynced()
	}
	left, err := j.List(context.WithoutCancel(ctx), Filter{States: Pending()})
	report.Left = len(left)
	j.emit(Event{Type: EventDrained, Left: report.Left, Reason: report.Halt})
	return report, err
}

func (j *Journal) pendingFor(ctx context.Context, o SyncOptions) ([]Operation, error) {
	if o.IDs == nil {
		return j.List(ctx, Filter{States: Pending()})
	}
	want := make(map[string]bool, len(o.IDs))
	for _, id := range o.IDs {
		op, err := j.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		want[op.ID] = true
	}
	return j.closure(ctx, want)
}

// due leaves out what is not to be tried now, and with it what stands behind it
// on the same resource.
func (j *Journal) due(pending []Operation, report *SyncReport) []Operation {
	var ops []Operation
	held := map[string]bool{} // lanes
	for i := range pending {
		op := &pending[i]
		early := op.State == Waiting && op.Failure != nil && op.Failure.Kind == api.KindRateLimited && op.NextAttempt.After(j.now())
		switch {
		case op.Owner != j.opts.Owner:
			report.Foreign++
			held[op.lane()] = true
		case op.State == Unknown:
			report.Unknown++
			held[op.lane()] = true
		case early, held[op.lane()]:
			report.Skipped++
			held[op.lane()] = true
		default:
			ops = append(ops, *op)
		}
	}
	return ops
}

func (r *SyncReport) add(result *Result) {
	if result == nil {
		r.Skipped++
		return
	}
	r.Results = append(r.Results, *result)
	switch {
	case result.Operation == nil:
		r.Waiting++
	case result.Operation.State == Applied:
		r.Applied++
	case result.Operation.State == Conflict:
		r.Conflict++
	case result.Operation.State == Rejected:
		r.Rejected++
	case result.Operation.State == Unknown:
		r.Unknown++
	default:
		r.Waiting++
	}
}
