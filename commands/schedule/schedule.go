// Package schedule is the noun "schedule".
package schedule

// This file is about one thing: the schedule command and what its CRUD verbs
// need beyond the kind's description.

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// New makes the schedule command.
func New(f *cmdutil.Factory) *cobra.Command {
	return resource().Command(f,
		newDuplicate(f),
		newConflicts(f, nil),
		newPreview(f, nil),
	)
}

func resource() *cmdutil.Resource[*api.Schedule] {
	return &cmdutil.Resource[*api.Schedule]{
		Kind: api.Schedules,
		Long: `A schedule plays a playlist on a display, or on all displays of a group, on some
days of the week and between two times of day.

Times are those of each display's own time zone. An end before the start runs
past midnight into the next day. Of the schedules that are on at a time the one
with the highest priority plays, before what the display is assigned. Dates are
midnight UTC; --until names the first day on which it no longer runs.

The platform refuses no overlap ('vizora schedule conflicts' finds them), and
tells no display of a change: it catches up when it next asks.`,
		Examples: map[string]string{
			"list":   "  vizora schedule list\n  vizora schedule list --display \"Lobby North\" --where 'isActive && priority > 0'",
			"get":    "  vizora schedule get \"Morning menu\"\n  vizora schedule get \"Morning menu\" -o jq='.days'",
			"create": "  vizora schedule create \"Happy hour\" --playlist \"Lobby Loop\" --display \"Lobby North\" --days fri --start 17:00 --end 19:30 --from 2026-12-01\n  vizora schedule create Nights --playlist \"Lobby Loop\" --group \"Ground floor\" --days daily --start 22:00 --end 02:00 --from 2026-12-01 --dry-run",
			"update": "  vizora schedule update \"Morning menu\" --days mon-fri --end 11:30\n  vizora schedule update \"Morning menu\" --active=false --dry-run",
			"delete": "  vizora schedule delete \"Morning menu\" --dry-run\n  vizora schedule delete \"Morning menu\" --yes",
		},
		CheckChanges: checkDates,
		CheckUpdate:  checkUpdate,
	}
}

// checkDates refuses an end that is not after the start, which the platform
// takes and then never plays (contract rest 8).
func checkDates(changes api.Changes) error {
	return datesInOrder(timeOf(changes["startDate"]), timeOf(changes["endDate"]))
}

func checkUpdate(found *cmdutil.Found[*api.Schedule], changes api.Changes) error {
	from, until := found.Value.StartDate, found.Value.EndDate
	if raw, ok := changes["startDate"]; ok {
		from = timeOf(raw)
	}
	if raw, ok := changes["endDate"]; ok {
		until = timeOf(raw)
	} else if _, ok := changes["startDate"]; !ok {
		return nil
	}
	return datesInOrder(from, until)
}

func timeOf(raw json.RawMessage) (t time.Time) {
	_ = json.Unmarshal(raw, &t) // what is absent is the zero time
	return t
}

func datesInOrder(from, until time.Time) error {
	if from.IsZero() || until.IsZero() || until.After(from) {
		return nil
	}
	return api.Invalid("--until", until.Format(time.DateOnly), "is not after the start ("+from.Format(time.DateOnly)+"), so it would never run", "give a later day; that day itself is not in it")
}
