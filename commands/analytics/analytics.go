// Package analytics is the noun "analytics".
package analytics

// This file is about one thing: the analytics command, and the reports that are
// lists of the platform, with their charts.

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

const path = "/analytics"

// New makes the analytics command.
func New(f *cmdutil.Factory) *cobra.Command {
	children := []*cobra.Command{newSummary(f), newUptime(f)}
	for _, r := range reports() {
		children = append(children, newReport(f, r))
	}
	children = append(children, newViews(f), newProofOfPlay(f), newExport(f))
	return cmdutil.Group("analytics", nil, "Look at what was shown, where and how often",
		`On a terminal reports are charts; piped, or with -o, they are tables, CSV or JSON.
Where the platform has measured nothing this says "insufficient data" and makes up
no number. A time other than week, month or year the platform takes for a month,
and of a year it shows 30 days at most.`, children...)
}

// insufficient is what is said where nothing was measured.
const insufficient = "insufficient data"

// report is a list of the platform that a chart can show.
type report struct {
	verb, below, short, long string
	label, value, unit       string // fields of the chart
	line                     bool   // a curve over time, else bars
	always                   bool   // no choice of time
	fields                   []api.Field
}

func column(name string, kind api.FieldType, header string, priority int, help string) api.Field {
	return api.Field{Name: name, Type: kind, Help: help, Column: api.Column{Header: header, Priority: priority, Width: 40}}
}

func reports() []report {
	return []report{
		{verb: "content", below: "/content-performance", short: "Show which content was shown most", label: "title", value: "impressions", unit: "views",
			long: "Shows the ten most shown. The platform names content by title here, without ids;\n'vizora analytics views CONTENT' shows one.",
			fields: []api.Field{
				column("title", api.TypeString, "TITLE", 1, "title"), column("impressions", api.TypeInt, "VIEWS", 2, "how often it was shown"),
				column("averageCompletion", api.TypeInt, "COMPLETION", 3, "how much of it was shown, in percent"), column("engagement", api.TypeInt, "ENGAGEMENT", 4, "as the platform computes it"),
			}},
		{verb: "playlists", below: "/playlist-performance", short: "Show which playlists were played most", label: "name", value: "proofOfPlayImpressions", unit: "plays",
			fields: []api.Field{
				column("name", api.TypeString, "NAME", 1, "name"), column("proofOfPlayImpressions", api.TypeInt, "PLAYS", 2, "how often an item of it was shown"),
				column("averageCompletion", api.TypeInt, "COMPLETION", 3, "how much was shown, in percent"), column("assignedScreens", api.TypeInt, "SCREENS", 4, "displays it is assigned to"),
				column("uniqueDevices", api.TypeInt, "DEVICES", 5, "displays that showed it"),
			}},
		{verb: "bandwidth", below: "/bandwidth", short: "Show how much the stored content weighs, over time", label: "time", value: "storageMb", unit: "MB", line: true,
			long: "Shows how much the stored content weighs, day by day. The platform calls it\nbandwidth, and estimates it from the files' sizes; nobody measures what is sent.",
			fields: []api.Field{
				column("time", api.TypeString, "DAY", 1, "day"), column("storageMb", api.TypeNumber, "MB", 2, "size of the stored files"),
				column("isEstimated", api.TypeBool, "ESTIMATED", 3, "whether it is an estimate"), column("metricSource", api.TypeString, "SOURCE", 4, "where the number comes from"),
			}},
		{verb: "devices", below: "/device-metrics", short: "Show how available the displays were, over time", label: "date", value: "availabilityEstimate", unit: "%", line: true,
			fields: []api.Field{
				column("date", api.TypeString, "DAY", 1, "day"), column("availabilityEstimate", api.TypeNumber, "AVAILABLE", 2, "share of the displays, in percent"),
				column("isEstimated", api.TypeBool, "ESTIMATED", 3, "whether it is an estimate"), column("metricSource", api.TypeString, "SOURCE", 4, "where the number comes from"),
			}},
		{verb: "distribution", below: "/device-distribution", short: "Show how many displays are in which state", label: "name", value: "value", unit: "displays", always: true,
			fields: []api.Field{column("name", api.TypeString, "STATE", 1, "state"), column("value", api.TypeInt, "DISPLAYS", 2, "how many displays")}},
		{verb: "usage", below: "/usage-trends", short: "Show how much of which kind was shown, over time", label: "date", value: "total", unit: "views", line: true,
			fields: []api.Field{
				column("date", api.TypeString, "DAY", 1, "day"), column("video", api.TypeInt, "VIDEO", 2, "videos"), column("image", api.TypeInt, "IMAGE", 3, "images"),
				column("text", api.TypeInt, "TEXT", 4, "texts"), column("interactive", api.TypeInt, "INTERACTIVE", 5, "interactive pages"), column("other", api.TypeInt, "OTHER", 6, "anything else"),
			}},
	}
}

// ranges is the choice of time.
func ranges() api.Filter {
	return api.Filter{Param: "range", Flag: "range", Enum: []string{"week", "month", "year"}, Help: "how far back"}
}

func newReport(f *cmdutil.Factory, r report) *cobra.Command {
	kind := &api.Kind[*api.Object]{Schema: api.Schema{
		Kind: "Analytics" + strings.ToUpper(r.verb[:1]) + r.verb[1:], Noun: r.verb, Plural: r.verb, Path: path + r.below, Unpaged: true, NameIn: r.label, Fields: r.fields,
	}}
	if !r.always {
		kind.Filters = []api.Filter{ranges()}
	}
	res := cmdutil.Described(kind)
	var screen *output.Screen
	res.MoreList = func(*pflag.FlagSet) func(context.Context, *cmdutil.Factory, []*api.Object) (bool, error) {
		return func(_ context.Context, f *cmdutil.Factory, rows []*api.Object) (bool, error) {
			return r.show(f, kind, rows, screen)
		}
	}
	cmd := cmdutil.ListOf(f, res, r.verb, r.short, "  vizora analytics "+r.verb+"\n  vizora analytics "+r.verb+" -o json")
	cmd.Long = r.long
	return watched(f, cmd, &screen)
}

// watched gives a command --watch. While it is watched the command finds the
// screen to draw on in screen.
func watched(f *cmdutil.Factory, cmd *cobra.Command, screen **output.Screen) *cobra.Command {
	var every time.Duration
	cmd.Flags().DurationVar(&every, "watch", 0, "`DURATION` draw it again this often, until Ctrl-C")
	once := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if every == 0 {
			return once(cmd, args)
		}
		return cmdutil.Watch(cmd.Context(), f, every, func(s *output.Screen) error {
			*screen = s
			return once(cmd, args)
		})
	}
	return cmd
}

// show draws the chart where a chart is wanted: on a terminal, as a table.
func (r *report) show(f *cmdutil.Factory, kind *api.Kind[*api.Object], rows []*api.Object, screen *output.Screen) (bool, error) {
	bars := make([]output.Bar, len(rows))
	measured := false
	for i, row := range rows {
		v := number(kind, row, r.value)
		if r.value == "total" {
			for _, name := range []string{"video", "image", "text", "interactive", "other"} {
				v += number(kind, row, name)
			}
		}
		measured = measured || v > 0
		label, _ := kind.Value(row, r.label).(string)
		bars[i] = output.Bar{Label: label, Value: v, Text: strconv.FormatFloat(v, 'f', -1, 64) + " " + r.unit}
	}
	if !measured {
		f.IO.Say("%s: the platform has measured nothing in this time", insufficient)
	}
	table, err := f.InTable()
	if err != nil || !table || !f.IO.StdoutTTY() || len(f.Global.Columns) > 0 {
		return false, err
	}
	if !measured {
		return true, cmdutil.Draw(f, screen, []string{insufficient})
	}
	if !r.line {
		return true, cmdutil.Draw(f, screen, output.Bars(bars, f.IO.Width()))
	}
	return true, cmdutil.Draw(f, screen, curve(bars, r.unit, f.IO.Width()))
}

func number(kind *api.Kind[*api.Object], row *api.Object, field string) float64 {
	switch v := kind.Value(row, field).(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

// curveHeight is how many lines a curve takes.
const curveHeight = 8

// curve is a line chart with the first and the last day below it.
func curve(points []output.Bar, unit string, width int) []string {
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.Value
	}
	lines := output.Line(values, min(width, 100), curveHeight)
	first, last := points[0].Label, points[len(points)-1].Label
	return append(lines, strings.Repeat(" ", 4)+first+" to "+last+", "+unit)
}
