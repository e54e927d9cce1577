package cmdutil

// This file is about one thing: TAB completion of what the journal holds. The
// journal is opened without its owner, whom only the token names: TAB asks no
// keyring.

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/output"
)

// journalPatience is how long TAB waits for a journal that another process holds.
const journalPatience = 200 * time.Millisecond

// OperationIDs lists operations in the given states (none: all) with what they are.
func (f *Factory) OperationIDs(ctx context.Context, states ...journal.State) []string {
	j := f.LocalJournal()
	if j == nil {
		return nil
	}
	ops, _ := j.List(ctx, journal.Filter{States: states}) // what can be read
	var ids []string
	for i := range ops {
		if len(ids) < completionMost {
			ids = append(ids, cobra.CompletionWithDesc(ops[i].ID, fmt.Sprintf("%s: %s", ops[i].State, ops[i].Summary)))
		}
	}
	return ids
}

// JobNames lists the jobs that the journal keeps, with their size and age.
func (f *Factory) JobNames(ctx context.Context) []string {
	j := f.LocalJournal()
	if j == nil {
		return nil
	}
	jobs, err := j.Jobs(ctx)
	if err != nil && !journal.IsDamage(err) {
		return nil
	}
	var names []string
	for i := range jobs {
		if jobs[i].Damage != nil {
			names = append(names, cobra.CompletionWithDesc(jobs[i].Name, "damaged"))
			continue
		}
		names = append(names, cobra.CompletionWithDesc(jobs[i].Name, fmt.Sprintf("%s of %s", output.Count(jobs[i].Total, "operation"), jobs[i].Created.Local().Format(time.DateTime))))
	}
	return names
}

// LocalJournal opens the profile's journal for looking only; nil when there is none.
func (f *Factory) LocalJournal() *journal.Journal {
	if !f.hasJournal() {
		return nil
	}
	j, err := f.LookingJournal()
	if err != nil {
		return nil
	}
	return j
}

// LookingJournal opens the profile's journal for looking only, whether there is one
// or not.
func (f *Factory) LookingJournal() (*journal.Journal, error) {
	dir, err := f.journalDir()
	if err != nil {
		return nil, err
	}
	p, err := f.Profile()
	if err != nil {
		return nil, err
	}
	return OpenJournal(p, journal.Options{Dir: dir, LockWait: journalPatience, Now: f.Now})
}
