package playlist

// This file is about one thing: "duplicate".

import (
	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func newDuplicate(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.NewDuplicate(f, resource(), cmdutil.Duplicate[*api.Playlist]{
		Short: "Copy a playlist with its items",
		Long: `Copies a playlist with its items, under its name with " (Copy)" behind it.
The platform does not copy the settings "loop" and "default".`,
		Example: "  vizora playlist duplicate \"Summer Menu\"\n  vizora playlist duplicate \"Summer Menu\" -o jq=.id",
		Note: func(f *cmdutil.Factory, from, to *api.Playlist) {
			if lost := notCopied(from, to); lost != "" {
				f.IO.Warn("the platform does not copy %s; set it with: vizora playlist update %s", lost, to.ID)
			}
		},
	})
}

func notCopied(from, to *api.Playlist) string {
	switch {
	case from.Loop != to.Loop && from.IsDefault != to.IsDefault:
		return "loop and default"
	case from.Loop != to.Loop:
		return "loop"
	case from.IsDefault != to.IsDefault:
		return "default"
	}
	return ""
}
