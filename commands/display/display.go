// Package display is the noun "display".
package display

// This file is about one thing: the display command and what its CRUD verbs
// need beyond the kind's description.

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// New makes the display command.
func New(f *cmdutil.Factory) *cobra.Command {
	return resource().Command(f,
		newPair(f, nil),
		newToken(f, nil),
		newSwitch(f, enabling(), nil),
		newSwitch(f, disabling(), nil),
		newAssign(f, nil),
		newTag(f, nil),
		newUntag(f, nil),
		newTags(f, nil),
		newPush(f, nil),
		newScreenshot(f, nil),
		newQR(f),
		cmdutil.WaitDisplay(f, "wait"),
	)
}

func resource() *cmdutil.Resource[*api.Display] {
	plans := &scheduleScan{}
	return &cmdutil.Resource[*api.Display]{
		Kind: api.Displays,
		Long: `A display is a screen with a player. The dashboard calls it a device.

A new player shows a code of six characters; 'vizora display pair CODE' takes it
in. What a display is assigned is not proof of what it shows: a schedule, an
override or a lost connection may say otherwise.`,
		Examples: map[string]string{
			"list":   "  vizora display list --status offline,error\n  vizora display list --search lobby -o json",
			"get":    "  vizora display get \"Lobby North\"\n  vizora display get \"Lobby North\" -o jq=.metadata",
			"create": "  vizora display create \"Lobby West\" --device-id lobby-west-01 --location \"Harbour Street 1\"\n  vizora display create \"Lobby West\" --device-id lobby-west-01 --dry-run",
			"update": "  vizora display update \"Lobby North\" --orientation portrait\n  vizora display update \"Lobby North\" --location null --dry-run",
			"delete": "  vizora display delete \"Lobby West\"\n  vizora display delete \"Lobby West\" \"Lobby East\" --dry-run",
		},
		Styles: map[string]map[string]output.Style{
			"status": {"online": output.Good, "offline": output.Bad, "pairing": output.Warning, "error": output.Bad},
		},
		Takes: func(ctx context.Context, c *api.Client, found *cmdutil.Found[*api.Display]) ([]string, error) {
			return takes(ctx, c, plans, found)
		},
		AdjustUpdate: keepOverlay,
	}
}

// scheduleScan keeps the schedules once they are read: deleting fifty displays
// must not walk the list fifty times. The server offers no filter by display
// (contract rest 25, item 11).
type scheduleScan struct {
	done bool
	rows []*scheduleRow
}

type scheduleRow struct {
	api.Row
	DisplayID string `json:"displayId"`
}

func (s *scheduleScan) of(ctx context.Context, c *api.Client, displayID string) ([]*scheduleRow, error) {
	if !s.done {
		rows, err := api.List(ctx, c, "/schedules", nil, func(r *scheduleRow) string { return r.ID }, 0)
		if err != nil {
			return nil, err
		}
		s.rows, s.done = rows, true
	}
	var mine []*scheduleRow
	for i := range s.rows {
		if s.rows[i].DisplayID == displayID {
			mine = append(mine, s.rows[i])
		}
	}
	return mine, nil
}

// takes names what deleting a display destroys (contract rest 4, 25 item 1).
// The display's own detail names only active schedules, so the list is read.
func takes(ctx context.Context, c *api.Client, plans *scheduleScan, found *cmdutil.Found[*api.Display]) ([]string, error) {
	schedules, err := plans.of(ctx, c, found.ID)
	if err != nil {
		return nil, err
	}
	lines := []string{fmt.Sprintf("the player of display %q is told to disconnect, and must be paired again to come back", found.Name)}
	for i := range schedules {
		lines = append(lines, fmt.Sprintf("schedule %q (%s) is deleted with display %q", schedules[i].Name(), schedules[i].ID, found.Name))
	}
	for _, g := range found.Value.Groups {
		lines = append(lines, fmt.Sprintf("group %q (%s) loses display %q", g.DisplayGroup.Name, g.DisplayGroup.ID, found.Name))
	}
	return lines, nil
}

// keepOverlay puts the QR overlay into new metadata that does not speak of it:
// the server replaces the whole object, and the overlay lives in it (contract
// rest 4).
func keepOverlay(f *cmdutil.Factory, found *cmdutil.Found[*api.Display], changes api.Changes) error {
	raw, ok := changes["metadata"]
	if !ok {
		return nil
	}
	overlay := overlayOf(found.Value.Metadata)
	if overlay == nil {
		return nil
	}
	var wanted map[string]json.RawMessage
	if err := json.Unmarshal(raw, &wanted); err != nil {
		return api.Invalid("--metadata", string(raw), "is not a JSON object", `for example '{"floor":"2"}'`)
	}
	if _, said := wanted[overlayKey]; said {
		return nil
	}
	wanted[overlayKey] = overlay
	merged, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	changes["metadata"] = merged
	f.IO.Say("the new metadata keeps the QR overlay; to take it away: vizora display qr clear %s", found.ID)
	return nil
}
