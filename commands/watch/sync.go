package watch

// This file is about one thing: --sync: what waits in the journal goes out when
// the stream is live, beside the stream.

import (
	"context"
	"sync"

	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// syncWorkers is how many resources are delivered at a time.
const syncWorkers = 4

// syncer delivers, one run at a time.
type syncer struct {
	due  chan struct{}
	done sync.WaitGroup
	stop func()
}

func newSyncer(ctx context.Context, f *cmdutil.Factory) *syncer {
	ctx, cancel := context.WithCancel(ctx)
	s := &syncer{due: make(chan struct{}, 1)}
	s.done.Go(func() {
		for {
			select {
			case <-s.due:
				deliver(ctx, f)
			case <-ctx.Done():
				return
			}
		}
	})
	s.stop = func() { cancel(); s.done.Wait() }
	return s
}

// wake asks for a run.
func (s *syncer) wake() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}

// deliver is one run. It says nothing when nothing was pending.
func deliver(ctx context.Context, f *cmdutil.Factory) {
	report, err := f.SyncPending(ctx, syncWorkers)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		f.IO.Warn("--sync: %v", err)
	case report != nil && (len(report.Results) > 0 || report.Left > 0):
		f.IO.Say("synced: %s", cmdutil.SyncSummary(report))
	}
}
