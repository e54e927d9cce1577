package schedule

// This file is about one thing: "conflicts", which other schedules are on at
// the same time.

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type conflictsOptions struct {
	factory *cmdutil.Factory
	arg     string
	values  map[string]*string // by field
	fail    bool
	narrow  cmdutil.Narrow
}

// asked are the fields that the platform compares. The end date is not among
// them: with it the route answers 500 (contract rest 8).
func asked() []string {
	return []string{"display", "group", "days", "startTime", "endTime", "startDate"}
}

func newConflicts(f *cmdutil.Factory, run func(context.Context, *conflictsOptions) error) *cobra.Command {
	o := &conflictsOptions{factory: f, values: map[string]*string{}}
	if run == nil {
		run = runConflicts
	}
	cmd := &cobra.Command{
		Use: "conflicts [NAME|ID]", Aliases: []string{"check-conflicts"}, Args: cmdutil.Args("[NAME|ID]"),
		Short: "List active schedules that overlap with one, or with a plan for one",
		Long: `Asks the platform which active schedules overlap with one that exists, or with
what the flags describe. Without a display and a group it compares with every
schedule. Priorities play no part: of two that overlap, the higher one plays.

An end date is never sent, because the platform fails on one; so a schedule that
has run out may be named as overlapping.`,
		Example:           "  vizora schedule conflicts \"Morning menu\"\n  vizora schedule conflicts --display \"Lobby North\" --days fri --start 17:00 --end 19:00 --fail",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Schedules.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				o.arg = args[0]
			}
			return run(ctx, o)
		}),
	}
	for _, name := range asked() {
		field := api.Schedules.Field(name)
		o.values[name] = cmd.Flags().String(field.Flag, "", "`VALUE` "+field.Help)
	}
	o.narrow.Add(cmd, conflictView().ColumnNames())
	cmd.Flags().BoolVar(&o.fail, "fail", false, "end with exit code 5 when there is one")
	return cmd
}

// overlap is a schedule as the platform names it in its answer.
type overlap struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	StartTime *int     `json:"startTime"`
	EndTime   *int     `json:"endTime"`
	Days      []int    `json:"daysOfWeek"`
	Playlist  *api.Row `json:"playlist"`
	Display   *api.Row `json:"display"`
	Group     *api.Row `json:"displayGroup"`
}

// conflict is an overlap in our output.
type conflict struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Days      []string `json:"days"`
	StartTime *string  `json:"startTime"`
	EndTime   *string  `json:"endTime"`
	Playlist  string   `json:"playlist,omitempty"`
	Display   string   `json:"display,omitempty"`
	Group     string   `json:"group,omitempty"`
}

func (c *overlap) view() conflict {
	v := conflict{ID: c.ID, Name: c.Name, Days: api.DayNames(c.Days), StartTime: clock(c.StartTime), EndTime: clock(c.EndTime)}
	for to, row := range map[*string]*api.Row{&v.Playlist: c.Playlist, &v.Display: c.Display, &v.Group: c.Group} {
		if row != nil {
			*to = row.Name()
		}
	}
	return v
}

func clock(minutes *int) *string {
	if minutes == nil {
		return nil
	}
	text := api.ClockText(*minutes)
	return &text
}

func conflictView() output.View {
	return output.View{Kind: "ScheduleConflict", Plural: "overlapping schedules", Columns: []output.Column{
		{Name: "name", Header: "NAME", Priority: 1, Max: 40}, {Name: "days", Header: "DAYS", Priority: 3},
		{Name: "startTime", Header: "START", Priority: 4}, {Name: "endTime", Header: "END", Priority: 5},
		{Name: "playlist", Header: "PLAYLIST", Priority: 6, Max: 28}, {Name: "display", Header: "DISPLAY", Priority: 2, Max: 24},
		{Name: "group", Header: "GROUP", Priority: 7, Max: 24}, {Name: "id", Header: "ID"},
	}}
}

func runConflicts(ctx context.Context, o *conflictsOptions) error {
	body, err := o.body(ctx)
	if err != nil {
		return err
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, conflictView()); err != nil {
		return err
	}
	c, err := o.factory.Client()
	if err != nil {
		return err
	}
	req, err := api.NewRequest(http.MethodPost, api.Schedules.Path+"/check-conflicts", body) // it writes nothing
	if err != nil {
		return err
	}
	resp, err := c.Do(ctx, req)
	if err != nil {
		return err
	}
	var answer struct {
		Conflicts []overlap `json:"conflicts"`
	}
	if err := resp.Decode(&answer); err != nil {
		return err
	}
	var records []output.Record
	for i := range answer.Conflicts {
		v := answer.Conflicts[i].view()
		records = append(records, cmdutil.ObjectRecord{Kind: "ScheduleConflict", Value: v, Cells: map[string]any{
			"id": v.ID, "name": v.Name, "days": api.DaysText(v.Days), "startTime": clockCell(v.StartTime), "endTime": clockCell(v.EndTime),
			"playlist": v.Playlist, "display": v.Display, "group": v.Group,
		}})
	}
	records = o.narrow.Picked(records)
	if err := p.List(conflictView(), records); err != nil {
		return err
	}
	if o.fail && len(records) > 0 {
		return api.Errorf(api.KindConflict, "%d overlapping schedule(s)", len(records)).WithHint("of schedules that overlap the one with the highest priority plays")
	}
	return nil
}

func clockCell(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

// body is what the platform is asked, from an existing schedule and the flags.
func (o *conflictsOptions) body(ctx context.Context) (map[string]json.RawMessage, error) {
	given := api.Changes{}
	for _, name := range asked() {
		if *o.values[name] == "" {
			continue
		}
		raw, err := api.Schedules.Field(name).Parse(*o.values[name])
		if err != nil {
			return nil, err
		}
		given[name] = raw
	}
	if given["display"] != nil && given["group"] != nil {
		return nil, cmdutil.Usage("--display and --group exclude each other")
	}
	if o.arg == "" && given["days"] == nil {
		return nil, cmdutil.Usage("name a schedule, or describe one with --days and more").WithHint("see 'vizora schedule conflicts --help'")
	}
	given, err := cmdutil.ResolveRefs(ctx, o.factory, &api.Schedules.Schema, given)
	if err != nil {
		return nil, err
	}
	body := map[string]json.RawMessage{}
	if o.arg != "" {
		found, err := cmdutil.Resolve(ctx, o.factory, api.Schedules, o.arg)
		if err != nil {
			return nil, err
		}
		values, err := api.Schedules.Values(found.Raw)
		if err != nil {
			return nil, err
		}
		targeted := given["display"] != nil || given["group"] != nil
		for _, name := range asked() {
			if name == "display" || name == "group" {
				if targeted {
					continue
				}
			}
			if given[name] == nil && string(values[name]) != "null" && values[name] != nil {
				given[name] = values[name]
			}
		}
		if body["excludeScheduleId"], err = json.Marshal(found.ID); err != nil {
			return nil, err
		}
	}
	for name, raw := range given {
		body[api.Schedules.Field(name).Write] = raw
	}
	return body, nil
}
