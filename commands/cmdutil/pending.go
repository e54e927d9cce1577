package cmdutil

// This file is about one thing: how much waits in the journal, for what is shown
// again and again.

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/vizora/vizora-cli/api/journal"
)

// mostCounted is how many pending operations are looked at one by one.
const mostCounted = 2000

// PendingCounts is how much waits in the journal.
type PendingCounts struct {
	Total   int            // pending operations
	Stuck   int            // what needs a decision: conflicts, rejected and of unknown outcome
	Targets map[string]int // pending operations by the resource they touch; nil when there are very many
}

// CountPending counts what waits in the journal, unless the journal is as it was
// at known, which is the second result of the count before.
func (f *Factory) CountPending(ctx context.Context, known time.Time) (PendingCounts, time.Time, error) {
	c := PendingCounts{}
	dir, err := f.journalDir()
	if err != nil {
		return c, known, err
	}
	changed, err := f.journalChanged(dir)
	if err != nil || changed.Equal(known) {
		return c, changed, err
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return c, known, err
	}
	backlog, err := j.Backlog(ctx)
	if err != nil {
		return c, known, err
	}
	c.Total = backlog.Pending
	if c.Total > mostCounted {
		return c, changed, nil
	}
	owner := j.Owner()
	c.Total, c.Targets = 0, map[string]int{}
	err = j.Each(ctx, journal.Filter{Owner: &owner}, func(op *journal.Operation) error {
		switch op.State {
		case journal.Conflict, journal.Rejected:
			c.Stuck++
			return nil
		case journal.Unknown:
			c.Stuck++
		}
		c.Total++
		c.Targets[op.Target]++
		return nil
	})
	if journal.IsDamage(err) { // what can be read is counted
		err = nil
	}
	return c, changed, err
}

// journalChanged is when the journal changed last, as far as this machine can
// tell: of a shared one it cannot, so that it is looked at each time. There is no
// journal where it is zero.
func (f *Factory) journalChanged(dir string) (time.Time, error) {
	if p, err := f.Profile(); err == nil && p.JournalStore != "" {
		return f.Now(), nil
	}
	info, err := os.Stat(filepath.Join(dir, journal.FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}
