// Package playlist is the noun "playlist".
package playlist

// This file is about one thing: the playlist command and what its CRUD verbs
// need beyond the kind's description.

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// New makes the playlist command.
func New(f *cmdutil.Factory) *cobra.Command {
	r := resource()
	return r.Command(f,
		newDuplicate(f),
		newEdit(f, nil),
		newItem(f),
		newUsage(f, nil),
	)
}

func resource() *cmdutil.Resource[*api.Playlist] {
	return &cmdutil.Resource[*api.Playlist]{
		Kind: api.Playlists,
		Long: `A playlist is an ordered list of content that displays play in turn.

Items are changed by intent ("put X after Y", "take Z out"), in one request: a
playlist is never empty in between, and two people who edit it at once both get
their change. Deleting a playlist deletes every schedule that uses it.`,
		Examples: map[string]string{
			"list":   "  vizora playlist list\n  vizora playlist list --search menu -o json",
			"get":    "  vizora playlist get \"Summer Menu\"\n  vizora playlist get \"Summer Menu\" -o jq='.items[].content'",
			"create": "  vizora playlist create \"Winter Menu\" --item \"Soup of the day\" --item \"Hot chocolate=12\"\n  vizora playlist create Empty --loop=false -o jq=.id",
			"update": "  vizora playlist update \"Summer Menu\" --name \"Summer Menu 2027\"\n  vizora playlist update \"Summer Menu\" --description null --dry-run",
			"delete": "  vizora playlist delete \"Winter Menu\"\n  vizora playlist delete \"Winter Menu\" --dry-run",
		},
		Sections:   sections,
		Takes:      takes,
		MoreCreate: createItems,
	}
}

// itemsView is the table of a playlist's items.
var itemsView = output.View{Kind: "PlaylistItem", Plural: "items", Columns: []output.Column{
	{Name: "position", Header: "#", Right: true}, {Name: "content", Header: "CONTENT", Priority: 1, Max: 48},
	{Name: "type", Header: "TYPE", Priority: 3}, {Name: "seconds", Header: "PLAYS", Right: true, Priority: 2},
	{Name: "id", Header: "ITEM-ID"},
}}

func sections(p *api.Playlist) []output.Section {
	return []output.Section{{Title: fmt.Sprintf("Items (%d, %s)", p.Size(), output.HumanDuration(time.Duration(p.Seconds())*time.Second)), View: itemsView, Records: itemRecords(p.Items)}}
}

func itemRecords(items []api.PlaylistItem) []output.Record {
	records := make([]output.Record, len(items))
	for i := range items {
		item := &items[i]
		kind := ""
		if item.Content != nil {
			kind = item.Content.Type
		}
		records[i] = cmdutil.ObjectRecord{Kind: "PlaylistItem", Value: item, Cells: map[string]any{
			"position": i + 1, "content": item.ContentName(), "type": kind, "id": item.ID,
			"seconds": time.Duration(item.Seconds()) * time.Second,
		}}
	}
	return records
}

// takes names what deleting a playlist destroys (contract rest 5): every
// schedule that uses it, and the assignment of every display that shows it. The
// playlist's own detail names only active schedules, so both lists are read.
func takes(ctx context.Context, c *api.Client, found *cmdutil.Found[*api.Playlist]) ([]string, error) {
	use, err := findUse(ctx, c, found.ID)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, s := range use.Schedules {
		lines = append(lines, fmt.Sprintf("schedule %q (%s) is deleted with it", s.Name, s.ID))
	}
	for _, d := range use.Displays {
		lines = append(lines, fmt.Sprintf("display %q (%s) is left without a playlist; it is not told until it next connects", d.Name, d.ID))
	}
	return lines, nil
}

// createItems gives create its --item.
func createItems(fs *pflag.FlagSet) func(context.Context, *cmdutil.Factory, api.Changes) error {
	items := fs.StringArray("item", nil, "`CONTENT[=SECONDS]` an item, by name or id; repeat in playing order")
	return func(ctx context.Context, f *cmdutil.Factory, changes api.Changes) error {
		if len(*items) == 0 {
			return nil
		}
		specs, err := parseSpecs(*items)
		if err != nil {
			return err
		}
		list, err := newContents(f).items(ctx, specs)
		if err != nil {
			return err
		}
		changes["items"], err = json.Marshal(api.ItemSpecs(list))
		return err
	}
}
