package journal

// This file is about one thing: delivering what waits.

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// SyncOptions says what Sync delivers.
type SyncOptions struct {
	IDs      []string      // only these operations and what must go before them; nil = all
	Job      string        // only this job's, and what must go before them; two jobs may run at once
	SkipJobs bool          // not those of jobs, unless they are in the way
	NoWait   bool          // wait neither for another process that replays nor until a lost create cannot be at work any more
	Workers  int           // resources at a time; 0 = 4
	Timeout  time.Duration // of the whole run; 0 = none but the context's

	// Each is called for every operation that was tried, one at a time, as it is
	// decided. An error ends the run and becomes SyncReport.Halt. With it the
	// report holds no Results, so that a run of any length takes the same memory.
	Each func(*Result) error
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
	Damaged  error // records that cannot be read; they and what must follow them stay
	Busy     bool  // another process replays, and NoWait was given: nothing was done
}

// Err is the report as an error: nil when nothing of this owner is left and
// nothing failed. Halt, an unknown outcome, a conflict, a rejection and pending
// operations count in this order; several kinds together are KindPartial.
func (r *SyncReport) Err() error {
	switch {
	case r.Halt != nil && r.Applied == 0:
		return r.Halt
	case r.Unknown > 0 && r.Conflict+r.Rejected == 0:
		return api.Errorf(api.KindUnknown, "the outcome of %s is unknown", operations(r.Unknown))
	case r.Conflict > 0 && r.Unknown+r.Rejected == 0:
		return api.Errorf(api.KindConflict, "the remote won in %s", operations(r.Conflict))
	case r.Unknown+r.Conflict+r.Rejected > 0:
		return api.Errorf(api.KindPartial, "%d applied, %d conflict, %d rejected, %d unknown", r.Applied, r.Conflict, r.Rejected, r.Unknown)
	case r.Damaged != nil:
		return r.Damaged
	case r.Waiting+r.Skipped > 0:
		return &api.Error{Kind: api.KindQueued, Message: "some operations are still pending", Err: r.Halt}
	}
	return nil
}

func operations(n int) string {
	if n == 1 {
		return "1 operation"
	}
	return fmt.Sprintf("%d operations", n)
}

// Sync delivers pending operations, in order on one resource, several resources
// at a time. One process replays at a time; another gets an Error of KindLocal
// that names it. A sync that finds the server unreachable ends early and keeps
// the rest. What the server refuses stays recorded as rejected.
func (j *Journal) Sync(ctx context.Context, o SyncOptions) (*SyncReport, error) {
	if j.opts.Client == nil {
		return nil, api.Errorf(api.KindInternal, "the journal has no client to send with")
	}
	defer j.tidy(ctx)
	ctx, cancel := limit(ctx, o.Timeout)
	defer cancel()
	report := &SyncReport{}
	source, err := j.sourceOf(ctx, o)
	if err != nil {
		return nil, err
	}
	if waits, err := j.Backlog(ctx); err != nil {
		return nil, err
	} else if waits.Pending == 0 && !waits.exporting {
		j.emit(Event{Type: EventDrained})
		return report, nil
	}
	release, err := j.lockRun(ctx, o)
	if err != nil || release == nil {
		report.Busy = err == nil
		return report, err
	}
	defer release()
	if o.Job == "" {
		if err := j.endExport(ctx); err != nil {
			j.emit(Event{Type: EventNotice, Message: err.Error()})
		}
	}
	from, err := j.store.openSender(j.now())
	if err != nil {
		return nil, err
	}
	defer from.close()
	out := j.run(ctx, order{
		from: from, workers: o.Workers, source: source,
		manner: func(string) manner { return manner{keepRejected: true, brief: o.NoWait, yields: j.parallel} },
		beside: j.parallel && !o.NoWait,
		leave:  func(op *Operation) bool { return j.notDue(op, report, o.Job != "") },
		each: func(r *Result) error {
			report.add(r)
			if r.elsewhere {
				return nil
			}
			if o.Each != nil {
				return o.Each(r)
			}
			report.Results = append(report.Results, *r)
			return nil
		},
	})
	return report, j.conclusion(ctx, o, report, out)
}

// conclusion completes the report of a run.
func (j *Journal) conclusion(ctx context.Context, o SyncOptions, report *SyncReport, out *runner) error {
	report.Halt = out.why(ctx)
	report.Skipped += out.skipped
	sort.Slice(report.Results, func(a, b int) bool { return report.Results[a].seq() < report.Results[b].seq() })
	if report.Halt == nil {
		j.store.markSynced(j.now())
	}
	if s, ok := out.source.(*scan); ok {
		if report.Damaged = j.nameDamages(context.WithoutCancel(ctx), &s.damaged); report.Damaged != nil && o.Each != nil { // without it the report tells
			j.emit(Event{Type: EventNotice, Message: Told(report.Damaged)})
		}
	}
	left, err := j.Backlog(context.WithoutCancel(ctx))
	report.Left = left.Pending
	if report.Halt != nil && o.IDs == nil && o.Job == "" { // not all of it was looked at
		rest := left.Pending - report.Waiting - report.Unknown - report.Foreign
		if o.SkipJobs {
			rest -= left.OfJobs
		}
		report.Skipped = max(report.Skipped, rest)
	}
	j.emit(Event{Type: EventDrained, Left: report.Left, Reason: report.Halt})
	return err
}

// lockRun takes the lock of a run. No release and no error: somebody else has
// it, and o does not want to wait.
func (j *Journal) lockRun(ctx context.Context, o SyncOptions) (release func(), err error) {
	lock, err := j.store.runLock(o.Job)
	if err != nil {
		return nil, err
	}
	if o.NoWait {
		return lock.try()
	}
	return lock.acquire(ctx)
}

// sourceOf is where the operations of a sync come from.
func (j *Journal) sourceOf(ctx context.Context, o SyncOptions) (source, error) {
	if o.Job != "" {
		if _, err := j.Job(ctx, o.Job); err != nil {
			return nil, err
		}
		return &scan{j: j, want: func(op *Operation) bool { return op.Job == o.Job }, added: map[string]bool{}}, nil
	}
	if o.IDs == nil {
		s := &scan{j: j, added: map[string]bool{}}
		if o.SkipJobs {
			s.want = func(op *Operation) bool { return op.Job == "" }
		}
		return s, j.sweepJobs(ctx)
	}
	ids := make([]string, len(o.IDs))
	for i, id := range o.IDs {
		op, err := j.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		ids[i] = op.ID
	}
	return newNamed(j, ids...), nil
}

// Due reports whether a sync of what belongs to no job would try anything.
func (j *Journal) Due(ctx context.Context) (bool, error) {
	waits, err := j.Backlog(ctx)
	if err != nil || waits.Pending <= waits.OfJobs || waits.exporting {
		return waits.exporting, err
	}
	s := &scan{j: j, added: map[string]bool{}, want: func(op *Operation) bool { return op.Job == "" }}
	for {
		ops, more, err := s.next(ctx, readAhead, func(string) bool { return false })
		for _, op := range ops {
			if !j.notDue(op, &SyncReport{}, false) {
				return true, nil
			}
		}
		if err != nil || !more {
			return false, err
		}
	}
}

// notDue reports what is not to be tried now, and counts it. Whoever carries out
// a job waits for the limits that have stopped it before.
func (j *Journal) notDue(op *Operation, report *SyncReport, job bool) bool {
	early := !job && op.State == Waiting && op.Failure != nil && op.Failure.Kind == api.KindRateLimited && op.NextAttempt.After(j.now())
	switch {
	case op.Owner != j.opts.Owner:
		report.Foreign++
	case op.State == Unknown:
		report.Unknown++
	case early:
		report.Skipped++
	default:
		return false
	}
	return true
}

func (r *Result) seq() uint64 {
	if r.Operation == nil {
		return 0
	}
	return r.Operation.Seq
}

func (r *SyncReport) add(result *Result) {
	switch {
	case result.Operation == nil:
		r.Waiting++
	case result.elsewhere:
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
