package content

// This file is about one thing: "versions", the files that content had.

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type versionsOptions struct {
	factory *cmdutil.Factory
	arg     string
	narrow  cmdutil.Narrow
}

func newVersions(f *cmdutil.Factory, run func(context.Context, *versionsOptions) error) *cobra.Command {
	o := &versionsOptions{factory: f}
	if run == nil {
		run = runVersions
	}
	cmd := &cobra.Command{
		Use: "versions NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short: "List the versions of content, newest first",
		Long: `Lists the content itself and the backups that 'vizora content replace
--keep-backup' made of it, newest first. A backup is archived content with an id
of its own. The platform has no way back to one: download it, and replace the
content by the file.`,
		Example: `  vizora content versions "Breakfast Menu"
  vizora content versions "Breakfast Menu" -o jq='.[1].id'`,
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Contents.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.narrow.Add(cmd, versionsView().ColumnNames())
	return cmd
}

func versionsView() output.View {
	v := resource().View()
	v.Plural = "versions"
	v.Columns = []output.Column{
		{Name: "version", Header: "VERSION", Right: true, Priority: 2}, {Name: "name", Header: "NAME", Priority: 1, Max: 48},
		{Name: "status", Header: "STATUS", Priority: 3, Styles: statusStyles()}, {Name: "fileSize", Header: "SIZE", Right: true, Priority: 4},
		{Name: "createdAt", Header: "CREATED", Priority: 5}, {Name: "id", Header: "ID"},
	}
	return v
}

func runVersions(ctx context.Context, o *versionsOptions) error {
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, versionsView()); err != nil {
		return err
	}
	c, err := o.factory.Client()
	if err != nil {
		return err
	}
	id, err := cmdutil.ResolveID(ctx, o.factory, api.Contents, o.arg)
	if err != nil {
		return err
	}
	var versions []*api.Content
	if err := cmdutil.Get(ctx, c, api.Contents.ItemPath(id)+"/versions", &versions); err != nil {
		return err
	}
	r := resource()
	records := make([]output.Record, len(versions))
	for i := range versions {
		records[i] = r.Record(versions[i])
	}
	return o.narrow.List(p, versionsView(), records)
}
