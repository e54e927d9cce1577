package schedule

// This file is about one thing: "duplicate".

import (
	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func newDuplicate(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.NewDuplicate(f, resource(), cmdutil.Duplicate[*api.Schedule]{
		Short: "Copy a schedule; the copy starts inactive",
		Long: `Copies a schedule, under its name with " (Copy)" behind it. The copy starts
inactive: it plays nothing until it is switched on.`,
		Example: "  vizora schedule duplicate \"Morning menu\"\n  vizora schedule duplicate \"Morning menu\" -o jq=.id",
		Note: func(f *cmdutil.Factory, _, to *api.Schedule) {
			if !to.IsActive {
				f.IO.Warn("the copy starts inactive; switch it on with: vizora schedule update %s --active", to.ID)
			}
		},
	})
}
