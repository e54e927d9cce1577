package folder

// This file is about one thing: "move", which puts content into a folder, and
// "contents", which lists it.

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type moveOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	folder  string
	args    []string
}

func newMove(f *cmdutil.Factory, run func(context.Context, *moveOptions) error) *cobra.Command {
	o := &moveOptions{factory: f}
	if run == nil {
		run = runMove
	}
	cmd := &cobra.Command{
		Use: "move FOLDER CONTENT...", Aliases: []string{"mv"}, Args: cmdutil.Args("FOLDER", "CONTENT..."),
		Short: "Move content into a folder",
		Long: `Moves content into a folder, wherever it was before. The platform has no way back
to the top: content leaves a folder only for another one.`,
		Example: "  vizora folder move Menus \"Summer Cold Brew\" \"Latte Art\"\n  vizora folder move Menus \"Latte Art\" --dry-run",
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.folder, o.args = args[0], args[1:]
			return run(ctx, o)
		}),
	}
	o.write.Roles = []string{api.Admin, api.Manager}
	o.write.AddWrite(cmd.Flags())
	return cmd
}

// most is how many one request names: the server takes bodies of 100 kB
// (contract rest 1.1).
const most = 1000

func runMove(ctx context.Context, o *moveOptions) error {
	if o.folder == "" || o.folder == "/" || o.folder == "null" {
		return api.Invalid("FOLDER", o.folder, "is the top, and the platform has no way to take content out of a folder to the top",
			"name another folder; deleting a folder moves what it holds up")
	}
	found, err := cmdutil.Resolve(ctx, o.factory, api.Folders, o.folder)
	if err != nil {
		return err
	}
	ids, err := cmdutil.ResolveIDs(ctx, o.factory, api.Contents, o.args)
	if err != nil {
		return err
	}
	for len(ids) > 0 {
		n := min(most, len(ids))
		if err := o.send(ctx, found, ids[:n]); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (o *moveOptions) send(ctx context.Context, found *cmdutil.Found[*api.Object], ids []string) error {
	req, err := api.NewRequest(http.MethodPost, api.Folders.ItemPath(found.ID)+"/content", map[string][]string{"contentIds": ids})
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, journal.Operation{
		Effect: journal.Absolute, Kind: api.Folders.Kind, Verb: "move", Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("move %d content into folder %q", len(ids), found.Name), Request: req,
	})
	if err != nil || result == nil {
		return err
	}
	return o.factory.PrintAnswer(fmt.Sprintf("folder %q (%s)", found.Name, found.ID), "Folder", result.Data)
}

func newContents(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.ListBelow(f, cmdutil.Below[*api.Content]{
		Parent: &api.Folders.Schema, Resource: &cmdutil.Resource[*api.Content]{Kind: api.Contents}, Path: "/content",
		Verb: "contents", Short: "List the content of a folder",
		Example: "  vizora folder contents Menus\n  vizora folder contents Menus --type image -o name",
	})
}
