package schedule

// This file is about one thing: "preview", what displays play at a moment by
// the platform's rules (contract rest 8).

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type previewOptions struct {
	factory *cmdutil.Factory
	at      string
	display string
	group   string
	narrow  cmdutil.Narrow
}

func newPreview(f *cmdutil.Factory, run func(context.Context, *previewOptions) error) *cobra.Command {
	o := &previewOptions{factory: f}
	if run == nil {
		run = runPreview
	}
	cmd := &cobra.Command{
		Use: "preview", Args: cmdutil.Args(), Short: "Show what displays play at a moment",
		Long: `Works out what displays play at a moment, by the platform's rules: days and times
in each display's own time zone, past midnight, first and last day, and of those
that are on the highest priority, before what the display is assigned.

The moment is "Fri 18:00" (the next one), "18:00" (today), "2026-12-04 18:00", all
in each display's time zone, or a full time such as 2026-12-04T18:00:00Z. It tells
what is planned: an override, an offline player or archived content it cannot know.`,
		Example: "  vizora schedule preview --at \"Fri 18:00\" --display \"Lobby North\"\n  vizora schedule preview --group \"Ground floor\" -o json",
		RunE:    f.Run(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	cmd.Flags().StringVar(&o.at, "at", "", "`TIME` the moment (default now)")
	cmd.Flags().StringVar(&o.display, "display", "", "`NAME|ID` only this display")
	cmd.Flags().StringVar(&o.group, "group", "", "`NAME|ID` only the displays of this group")
	o.narrow.Add(cmd, planView().ColumnNames())
	return cmd
}

// plan is what one display plays.
type plan struct {
	Display    string   `json:"display"`
	DisplayID  string   `json:"displayId"`
	At         string   `json:"at"` // in the display's time zone
	Timezone   string   `json:"timezone"`
	Source     string   `json:"source"` // schedule, assigned, nothing or unknown
	Playlist   *string  `json:"playlist"`
	PlaylistID *string  `json:"playlistId"`
	Schedule   *string  `json:"schedule"`
	ScheduleID *string  `json:"scheduleId"`
	Priority   *int     `json:"priority"`
	Others     []string `json:"others"` // schedules that are on and lose, in order
}

func planView() output.View {
	return output.View{Kind: "SchedulePreview", Plural: "displays", NameField: "display", IDField: "displayId",
		Fields: []string{"display", "displayId", "at", "timezone", "source", "playlist", "schedule", "priority", "others"},
		Columns: []output.Column{
			{Name: "display", Header: "DISPLAY", Max: 28}, {Name: "at", Header: "AT", Priority: 3}, {Name: "playlist", Header: "PLAYS", Priority: 1, Max: 28},
			{Name: "source", Header: "BY", Priority: 4}, {Name: "schedule", Header: "SCHEDULE", Priority: 2, Max: 28}, {Name: "priority", Header: "PRIO", Priority: 6},
			{Name: "others", Header: "BEFORE", Priority: 5, Max: 30}, {Name: "displayId", Header: "ID", Priority: 7, Wide: true},
		}}
}

// world is what is read for a preview.
type world struct {
	displays  []*api.Display
	schedules []*api.Schedule
	members   map[string][]string // groups of a display
	playlists map[string]string   // names by id
}

func runPreview(ctx context.Context, o *previewOptions) error {
	f := o.factory
	if o.display != "" && o.group != "" {
		return cmdutil.Usage("--display and --group exclude each other")
	}
	if _, err := moment(o.at, f.Now(), time.UTC); err != nil {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, planView()); err != nil {
		return err
	}
	w, err := o.read(ctx)
	if err != nil {
		return err
	}
	noZones := api.NoZones()
	records := make([]output.Record, 0, len(w.displays))
	for _, d := range w.displays {
		v, err := w.plan(d, o.at, f.Now())
		if err != nil {
			return err
		}
		switch {
		case v.Source == "unknown" && noZones != "":
			return &api.Error{Kind: api.KindLocal, Message: noZones}
		case v.Source == "unknown":
			f.IO.Warn("display %q has the time zone %q, which there is not: nobody can tell when its schedules run", v.Display, v.Timezone)
		}
		records = append(records, cmdutil.ObjectRecord{Kind: "SchedulePreview", Value: v, Cells: map[string]any{
			"display": v.Display, "displayId": v.DisplayID, "at": v.At, "timezone": v.Timezone, "source": v.Source, "playlist": deref(v.Playlist),
			"schedule": deref(v.Schedule), "priority": deref(v.Priority), "others": v.Others,
		}})
	}
	if o.display != "" && len(records) == 1 {
		return p.One(planView(), records[0])
	}
	return o.narrow.List(p, planView(), records)
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func (o *previewOptions) read(ctx context.Context) (*world, error) {
	c, err := o.factory.Client()
	if err != nil {
		return nil, err
	}
	w := &world{members: map[string][]string{}, playlists: map[string]string{}}
	if w.displays, err = api.Displays.List(ctx, c, nil, 0); err != nil {
		return nil, err
	}
	if w.schedules, err = api.Schedules.List(ctx, c, nil, 0); err != nil {
		return nil, err
	}
	groups, err := api.Groups.List(ctx, c, nil, 0)
	if err != nil {
		return nil, err
	}
	playlists, err := api.Playlists.List(ctx, c, nil, 0)
	if err != nil {
		return nil, err
	}
	for _, p := range playlists {
		w.playlists[p.ID] = p.Name
	}
	for _, g := range groups {
		ids, _ := api.Groups.Value(g, "displayIds").([]string)
		for _, id := range ids {
			w.members[id] = append(w.members[id], api.Groups.IDOf(g))
		}
	}
	return w, o.choose(w, groups)
}

// choose leaves only the displays that were asked for.
func (o *previewOptions) choose(w *world, groups []*api.Object) error {
	switch {
	case o.display != "":
		d, err := cmdutil.Pick(api.Displays, w.displays, o.display)
		w.displays = []*api.Display{d}
		return err
	case o.group != "":
		g, err := cmdutil.Pick(api.Groups, groups, o.group)
		if err != nil {
			return err
		}
		w.displays = slices.DeleteFunc(w.displays, func(d *api.Display) bool { return !slices.Contains(w.members[d.ID], api.Groups.IDOf(g)) })
	}
	return nil
}

// plan works out one display.
func (w *world) plan(d *api.Display, at string, now time.Time) (plan, error) {
	v := plan{Display: d.Name(), DisplayID: d.ID, Timezone: d.Timezone, Source: "nothing", Others: []string{}}
	zone := api.Zone(d.Timezone)
	if zone == nil {
		v.Source, v.At = "unknown", at
		return v, nil
	}
	when, err := moment(at, now, zone)
	if err != nil {
		return v, err
	}
	v.At = when.In(zone).Format("2006-01-02T15:04:05Z07:00")
	on := w.on(d, when, zone)
	playlist := ""
	if d.CurrentPlaylist != nil {
		v.Source, playlist = "assigned", *d.CurrentPlaylist
	}
	if len(on) > 0 {
		first := on[0]
		v.Source, playlist = "schedule", first.PlaylistID
		v.Schedule, v.ScheduleID, v.Priority = &first.Name, &first.ID, &first.Priority
		for _, s := range on[1:] {
			v.Others = append(v.Others, s.Name)
		}
	}
	if playlist != "" {
		name := cmp.Or(w.playlists[playlist], playlist)
		v.Playlist, v.PlaylistID = &name, &playlist
	}
	return v, nil
}

// on lists the schedules that are on for a display, the one that plays first. Of
// equal priorities the platform names no winner; the list's order is kept.
func (w *world) on(d *api.Display, when time.Time, zone *time.Location) []*api.Schedule {
	var on []*api.Schedule
	for _, s := range w.schedules {
		mine := s.DisplayID != nil && *s.DisplayID == d.ID || s.GroupID != nil && slices.Contains(w.members[d.ID], *s.GroupID)
		window := realtime.Window{Zone: zone, Start: s.StartDate, End: s.EndDate, From: minutes(s.StartTime), To: minutes(s.EndTime), Days: s.Days, Active: s.IsActive}
		if mine && window.OpenAt(when) {
			on = append(on, s)
		}
	}
	slices.SortStableFunc(on, func(a, b *api.Schedule) int { return cmp.Compare(b.Priority, a.Priority) })
	return on
}

func minutes(m *int) int {
	if m == nil {
		return -1
	}
	return *m
}

// moment reads --at in a time zone.
func moment(text string, now time.Time, zone *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "now" {
		return now, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	day, clock, named := strings.Cut(text, " ")
	if !named {
		clock = day
	}
	minute, okClock := api.ParseClock(clock)
	weekday, okDay := api.ParseDay(day)
	if !okClock || named && !okDay {
		return time.Time{}, api.Invalid("--at", text, "is not a moment", `give "Fri 18:00", "18:00", "2026-12-04 18:00" or 2026-12-04T18:00:00Z`)
	}
	local := now.In(zone)
	t := time.Date(local.Year(), local.Month(), local.Day(), minute/60, minute%60, 0, 0, zone)
	if named {
		t = t.AddDate(0, 0, (weekday-int(t.Weekday())+7)%7)
		if t.Before(local) {
			t = t.AddDate(0, 0, 7)
		}
	}
	return t, nil
}
