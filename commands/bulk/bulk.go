// Package bulk is the noun "bulk": many changes as one job, from a file or by a
// condition, that can be interrupted, resumed, reported on and undone.
package bulk

// This file is about one thing: the bulk command.

import (
	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// New makes the bulk command.
func New(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("bulk", nil, "Make thousands of changes as one job: resumable, reported, undoable",
		`A bulk run is a job. All of it is checked before anything is sent, and recorded
before the first change leaves; it then goes out at nearly the full rate that
the server allows, never crossing the hourly limit whose breach blocks for an
hour. Ctrl-C or a crash leaves a job that 'bulk resume' finishes.`,
		newRun(f, nil), newList(f, nil), newShow(f, nil), newResume(f, nil), newReport(f, nil), newUndo(f, nil), newRemove(f, nil),
	)
}
