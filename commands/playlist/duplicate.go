package playlist

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
		Short: "Copy a playlist with its items",
		Long: `Copies a playlist with its items, under its name with " (Copy)" behind it.
The platform does not copy the settings "loop" and "default".`,
		Example:           "  vizora playlist duplicate \"Summer Menu\"\n  vizora playlist duplicate \"Summer Menu\" -o jq=.id",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Playlists.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runDuplicate(ctx context.Context, o *duplicateOptions) error {
	found, err := cmdutil.Resolve(ctx, o.factory, api.Playlists, o.arg)
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, journal.Operation{
		Effect: journal.Once, Kind: api.Playlists.Kind, Verb: "duplicate", Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("duplicate playlist %q", found.Name),
		Request: api.Request{Method: http.MethodPost, Path: api.Playlists.ItemPath(found.ID) + "/duplicate"},
	})
	if err != nil || result == nil {
		return err
	}
	v, err := api.Playlists.Decode(result.Data)
	if err != nil {
		return err
	}
	if lost := notCopied(found.Value, v); lost != "" {
		o.factory.IO.Warn("the platform does not copy %s; set it with: vizora playlist update %s", lost, v.ID)
	}
	return resource().PrintWritten(o.factory, cmdutil.Did("created", "playlist", v.Name, v.ID), v)
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
