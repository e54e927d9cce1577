package content

// This file is about one thing: "tags", the tags that content carries.

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// knownTag is a tag that some content carries; the platform lists no others
// (contract rest 15).
type knownTag struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Color *string `json:"color"`
	Count int     `json:"contentCount"`
}

func knownTags(ctx context.Context, c *api.Client) ([]knownTag, error) {
	var tags []knownTag
	return tags, cmdutil.Get(ctx, c, api.Contents.Path+"/tags", &tags)
}

type tagsOptions struct {
	factory *cmdutil.Factory
	narrow  cmdutil.Narrow
}

func newTags(f *cmdutil.Factory, run func(context.Context, *tagsOptions) error) *cobra.Command {
	o := &tagsOptions{factory: f}
	if run == nil {
		run = runTags
	}
	cmd := &cobra.Command{
		Use: "tags", Args: cmdutil.Args(),
		Short: "List the tags that content carries",
		Long: `Lists the tags that content carries, with how much carries each. The platform's
API lists no other tags and makes none.`,
		Example: "  vizora content tags\n  vizora content tags -o name",
		RunE:    f.Run(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	o.narrow.Add(cmd, tagsView().ColumnNames())
	return cmd
}

func tagsView() output.View {
	return output.View{Kind: "Tag", Plural: "tags", Columns: []output.Column{
		{Name: "name", Header: "NAME", Priority: 1, Max: 48}, {Name: "contentCount", Header: "CONTENT", Right: true, Priority: 2},
		{Name: "color", Header: "COLOR", Priority: 3, Wide: true}, {Name: "id", Header: "ID"},
	}}
}

func runTags(ctx context.Context, o *tagsOptions) error {
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, tagsView()); err != nil {
		return err
	}
	c, err := o.factory.Client()
	if err != nil {
		return err
	}
	tags, err := knownTags(ctx, c)
	if err != nil {
		return err
	}
	records := make([]output.Record, len(tags))
	for i, t := range tags {
		cells := map[string]any{"id": t.ID, "name": t.Name, "contentCount": t.Count}
		if t.Color != nil {
			cells["color"] = *t.Color
		}
		records[i] = cmdutil.ObjectRecord{Kind: "Tag", Value: t, Cells: cells}
	}
	return o.narrow.List(p, tagsView(), records)
}
