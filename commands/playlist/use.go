package playlist

// This file is about one thing: "usage", what uses a playlist.

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// user is a schedule or display that uses a playlist.
type user struct {
	Used string `json:"used"` // "schedule" or "display"
	ID   string `json:"id"`
	Name string `json:"name"`
}

type use struct {
	Schedules []user
	Displays  []user
}

// findUse scans schedules and displays: the server offers no filter for either
// (contract rest 25, item 11).
func findUse(ctx context.Context, c *api.Client, playlistID string) (*use, error) {
	type row struct {
		api.Row
		PlaylistID        string `json:"playlistId"`        // schedules
		CurrentPlaylistID string `json:"currentPlaylistId"` // displays
	}
	id := func(r *row) string { return r.ID }
	var u use
	schedules, err := api.List(ctx, c, "/schedules", nil, id, 0)
	if err != nil {
		return nil, err
	}
	for i := range schedules {
		if schedules[i].PlaylistID == playlistID {
			u.Schedules = append(u.Schedules, user{"schedule", schedules[i].ID, schedules[i].Name()})
		}
	}
	displays, err := api.List(ctx, c, api.Displays.Path, nil, id, 0)
	if err != nil {
		return nil, err
	}
	for i := range displays {
		if displays[i].CurrentPlaylistID == playlistID {
			u.Displays = append(u.Displays, user{"display", displays[i].ID, displays[i].Name()})
		}
	}
	return &u, nil
}

type usageOptions struct {
	factory *cmdutil.Factory
	arg     string
	only    string
	narrow  cmdutil.Narrow
}

func newUsage(f *cmdutil.Factory, run func(context.Context, *usageOptions) error) *cobra.Command {
	o := &usageOptions{factory: f}
	if run == nil {
		run = runUsage
	}
	cmd := &cobra.Command{
		Use: "usage NAME|ID", Args: cmdutil.Args("NAME|ID"), Aliases: []string{"used-by"},
		Short:             "List the schedules and displays that use a playlist",
		Example:           "  vizora playlist usage \"Summer Menu\"\n  vizora playlist usage \"Summer Menu\" --only display -o name",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Playlists.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.narrow.Add(cmd, useView.ColumnNames())
	cmd.Flags().StringVar(&o.only, "only", "", "`schedule|display` only these")
	return cmd
}

var useView = output.View{Kind: "Use", Plural: "uses", Columns: []output.Column{
	{Name: "used", Header: "USED-BY"}, {Name: "name", Header: "NAME", Priority: 1, Max: 48}, {Name: "id", Header: "ID"},
}}

func runUsage(ctx context.Context, o *usageOptions) error {
	if o.only != "" && o.only != "schedule" && o.only != "display" {
		return api.NotOneOf("--only", o.only, "is not a known value", []string{"schedule", "display"})
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, useView); err != nil {
		return err
	}
	c, err := o.factory.Client()
	if err != nil {
		return err
	}
	found, err := cmdutil.Resolve(ctx, o.factory, api.Playlists, o.arg)
	if err != nil {
		return err
	}
	u, err := findUse(ctx, c, found.ID)
	if err != nil {
		return err
	}
	var records []output.Record
	for _, x := range append(u.Schedules, u.Displays...) {
		if o.only == "" || o.only == x.Used {
			records = append(records, cmdutil.ObjectRecord{Kind: "Use", Value: x, Cells: map[string]any{"used": x.Used, "name": x.Name, "id": x.ID}})
		}
	}
	return o.narrow.List(p, useView, records)
}
