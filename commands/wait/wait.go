// Package wait is the command "wait": until a display, content, a playlist or
// the journal is as it is wanted.
package wait

// This file is about one thing: what can be waited for.

import (
	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// New makes the wait command.
func New(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("wait", nil, "Wait until something is as you want it",
		`Waits until a display, content, a playlist or the journal is as --for says, and
tells by its exit code: 0 it is so, 8 --timeout passed or it cannot come true, 3
there is no such thing. It looks first, then follows.`,
		cmdutil.WaitDisplay(f, "display"), cmdutil.WaitContent(f, "content"), cmdutil.WaitPlaylist(f, "playlist"), newJournal(f),
	)
}
