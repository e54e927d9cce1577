package playlist

// This file is about one thing: "edit", changing a playlist's items by intent.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type editOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
	script  script
	all     []string
}

func newEdit(f *cmdutil.Factory, run func(context.Context, *editOptions) error) *cobra.Command {
	o := &editOptions{factory: f}
	if run == nil {
		run = runEdit
	}
	cmd := &cobra.Command{
		Use: "edit NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short: "Change a playlist's items by intent, in one request",
		Long: `Changes a playlist's items by intent. The flags are carried out from left to
right, and the whole result is sent in one request: no display ever sees a state
in between. --after, --before and --first say where the --insert or --move to
their left goes; without one it goes to the end.

An item is named by its content, its item id or its position from 1.`,
		Example: `  vizora playlist edit "Summer Menu" --insert "Iced tea=12" --after "Lemonade" --remove "Hot soup"
  vizora playlist edit "Summer Menu" --move 5 --first --dry-run`,
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Playlists.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.script.addFlags(cmd.Flags())
	cmd.Flags().StringArrayVar(&o.all, "item", nil, "`CONTENT[=SECONDS]` replace the whole list by these; repeat in playing order")
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runEdit(ctx context.Context, o *editOptions) error {
	if err := o.script.check(len(o.all) > 0); err != nil {
		return err
	}
	specs, err := parseSpecs(o.all)
	if err != nil {
		return err
	}
	t, err := openTarget(ctx, o.factory, &o.write, o.arg)
	if err != nil {
		return err
	}
	if len(specs) > 0 {
		list, err := t.finder.items(ctx, specs)
		if err != nil {
			return err
		}
		return t.replace(ctx, list)
	}
	edits, err := o.script.resolve(ctx, t)
	if err != nil {
		return err
	}
	return t.edit(ctx, "edit", edits)
}

// change compares two lists in words: what came, what went, how the order moved.
func change(before, after []api.PlaylistItem) string {
	names := func(items []api.PlaylistItem) []string {
		out := make([]string, len(items))
		for i := range items {
			out[i] = items[i].ContentName()
		}
		return out
	}
	was, is := names(before), names(after)
	var parts []string
	for _, n := range is {
		if !slices.Contains(was, n) {
			parts = append(parts, fmt.Sprintf("+ %q", n))
		}
	}
	for _, n := range was {
		if !slices.Contains(is, n) {
			parts = append(parts, fmt.Sprintf("- %q", n))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%d items in a new order or with new durations", len(after))
	}
	return strings.Join(parts, ", ")
}
