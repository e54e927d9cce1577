package schedule

// This file is about one thing: "duplicate".

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type duplicateOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
}

func newDuplicate(f *cmdutil.Factory, run func(context.Context, *duplicateOptions) error) *cobra.Command {
	o := &duplicateOptions{factory: f}
	if run == nil {
		run = runDuplicate
	}
	cmd := &cobra.Command{
		Use: "duplicate NAME|ID", Aliases: []string{"copy"}, Args: cmdutil.Args("NAME|ID"),
		Short: "Copy a schedule; the copy starts inactive",
		Long: `Copies a schedule, under its name with " (Copy)" behind it. The copy starts
inactive: it plays nothing until it is switched on.`,
		Example:           "  vizora schedule duplicate \"Morning menu\"\n  vizora schedule duplicate \"Morning menu\" -o jq=.id",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Schedules.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.write.Roles = api.Schedules.CanCreate
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runDuplicate(ctx context.Context, o *duplicateOptions) error {
	found, err := cmdutil.Resolve(ctx, o.factory, api.Schedules, o.arg)
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, journal.Operation{
		Effect: journal.Once, Kind: api.Schedules.Kind, Verb: "duplicate", Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("duplicate schedule %q", found.Name),
		Request: api.Request{Method: http.MethodPost, Path: api.Schedules.ItemPath(found.ID) + "/duplicate"},
	})
	if err != nil || result == nil {
		return err
	}
	v, err := api.Schedules.Decode(result.Data)
	if err != nil {
		return err
	}
	if !v.IsActive {
		o.factory.IO.Warn("the copy starts inactive; switch it on with: vizora schedule update %s --active", v.ID)
	}
	return resource().PrintWritten(o.factory, cmdutil.Did("created", "schedule", v.Name, v.ID), v)
}
