package analytics

// This file is about one thing: the reports that are single numbers: summary,
// uptime, the views of one content, and the export of all.

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// get reads one report.
func get(ctx context.Context, f *cmdutil.Factory, below string, query url.Values) (json.RawMessage, error) {
	c, err := f.Client()
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(ctx, api.Request{Method: http.MethodGet, Path: path + below, Query: query})
	if err != nil {
		return nil, err
	}
	return resp.Data, nil
}

// showObject shows a report that is one object: on a screen its lines.
func showObject(f *cmdutil.Factory, screen *output.Screen, kind string, data json.RawMessage) error {
	table, err := f.InTable()
	if err != nil {
		return err
	}
	if screen == nil || !table {
		return f.PrintObject(kind, data)
	}
	return cmdutil.Draw(f, screen, cmdutil.ObjectLines(data))
}

func newSummary(f *cmdutil.Factory) *cobra.Command {
	var screen *output.Screen
	return watched(f, cmdutil.Verb{
		Use: "summary", Short: "Show how much there is, and what is online now", Example: "  vizora analytics summary\n  vizora analytics summary -o jq=.onlineDevices",
		Long: "Shows how much there is, and what is online now. \"uptimePercent\" is the share that\nis online at this moment, whatever its name says; 'vizora analytics uptime' shows\nwhat was measured.",
		Run: func(ctx context.Context, _ []string) error {
			data, err := get(ctx, f, "/summary", nil)
			if err != nil {
				return err
			}
			return showObject(f, screen, "AnalyticsSummary", data)
		},
	}.Command(f), &screen)
}

// uptime is how long a display was on, of what was measured.
type uptime struct {
	ID       string   `json:"id"`
	Name     string   `json:"nickname"`
	Measured bool     `json:"measured"`
	Percent  *float64 `json:"uptimePercent"`
	Samples  int      `json:"sampleCount"`
}

func uptimeView() output.View {
	return output.View{Kind: "Uptime", Plural: "displays", Columns: []output.Column{
		{Name: "name", Header: "DISPLAY", Priority: 1, Max: 40}, {Name: "uptimePercent", Header: "UPTIME"}, {Name: "sampleCount", Header: "SAMPLES", Right: true, Priority: 2}, {Name: "id", Header: "ID", Priority: 3},
	}}
}

func newUptime(f *cmdutil.Factory) *cobra.Command {
	var days int
	var screen *output.Screen
	var narrow cmdutil.Narrow
	cmd := cmdutil.Verb{
		Use: "uptime [DISPLAY]", Args: []string{"[DISPLAY]"}, Of: &api.Displays.Schema, Short: "Show how long displays were on, as far as it was measured",
		Example: "  vizora analytics uptime --days 7\n  vizora analytics uptime \"Lobby North\" -o jq=.uptimePercent",
		Run: func(ctx context.Context, args []string) error {
			if days < 1 {
				return api.Invalid("--days", strconv.Itoa(days), "is no number of days", "give a whole number of at least 1")
			}
			query := url.Values{"days": {strconv.Itoa(days)}}
			if len(args) == 1 {
				if err := narrow.Refuse("the list of all displays"); err != nil {
					return err
				}
				return uptimeOf(ctx, f, screen, args[0], query)
			}
			return uptimeOfAll(ctx, f, screen, &narrow, query)
		},
	}.Command(f)
	cmd.Flags().IntVar(&days, "days", 30, "`N` how far back")
	narrow.Add(cmd, uptimeView().ColumnNames())
	return watched(f, cmd, &screen)
}

func uptimeOf(ctx context.Context, f *cmdutil.Factory, screen *output.Screen, arg string, query url.Values) error {
	id, err := cmdutil.ResolveID(ctx, f, api.Displays, arg)
	if err != nil {
		return err
	}
	data, err := get(ctx, f, "/device-uptime/"+api.PathSegment(id), query)
	if err != nil {
		return err
	}
	var u uptime
	if err := json.Unmarshal(data, &u); err != nil {
		return err
	}
	if screen == nil && (!u.Measured || u.Percent == nil) {
		f.IO.Say("%s: nobody has measured this display in this time", insufficient)
	}
	return showObject(f, screen, "DisplayUptime", data)
}

func uptimeOfAll(ctx context.Context, f *cmdutil.Factory, screen *output.Screen, narrow *cmdutil.Narrow, query url.Values) error {
	p, err := f.Printer()
	if err != nil {
		return err
	}
	if err := narrow.Check(p, uptimeView()); err != nil {
		return err
	}
	data, err := get(ctx, f, "/uptime-summary", query)
	if err != nil {
		return err
	}
	var all struct {
		Average  *float64 `json:"avgUptimePercent"`
		Devices  []uptime `json:"devices"`
		Measured int      `json:"measuredDeviceCount"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	average := "average: " + insufficient
	if all.Average != nil {
		average = fmt.Sprintf("average: %.1f %% over %d measured displays", *all.Average, all.Measured)
	}
	if screen == nil {
		f.IO.Say("%s", average)
	}
	table, err := f.InTable()
	if err != nil {
		return err
	}
	if table && f.IO.StdoutTTY() && len(f.Global.Columns) == 0 && !narrow.Used() {
		bars := make([]output.Bar, len(all.Devices))
		for i, u := range all.Devices {
			bars[i] = output.Bar{Label: u.Name, Text: insufficient}
			if u.Percent != nil {
				bars[i].Value, bars[i].Text = *u.Percent, fmt.Sprintf("%.1f %%", *u.Percent)
			}
		}
		lines := output.Bars(bars, f.IO.Width())
		if screen != nil {
			lines = append(lines, average)
		}
		return cmdutil.Draw(f, screen, lines)
	}
	records := make([]output.Record, len(all.Devices))
	for i, u := range all.Devices {
		percent := any(insufficient)
		if u.Percent != nil {
			percent = math.Round(*u.Percent*10) / 10
		}
		records[i] = cmdutil.ObjectRecord{Kind: "Uptime", Value: u, Cells: map[string]any{"id": u.ID, "name": u.Name, "uptimePercent": percent, "sampleCount": u.Samples}}
	}
	return narrow.List(p, uptimeView(), records)
}

// views is how often one content was shown.
type views struct {
	Total int `json:"totalViews"`
	Trend []struct {
		Date  string  `json:"date"`
		Views float64 `json:"views"`
	} `json:"dailyTrend"`
	Top []struct {
		Name  string  `json:"deviceName"`
		Views float64 `json:"views"`
	} `json:"topDevices"`
}

func newViews(f *cmdutil.Factory) *cobra.Command {
	var span string
	var screen *output.Screen
	cmd := cmdutil.Verb{
		Use: "views CONTENT", Args: []string{"CONTENT"}, Of: &api.Contents.Schema, Short: "Show how often one content was shown, and where",
		Example: "  vizora analytics views \"Opening Hours\"\n  vizora analytics views \"Opening Hours\" --range week -o json",
		Run: func(ctx context.Context, args []string) error {
			field := api.Field{Name: "range", Flag: "range", Type: api.TypeEnum, Enum: ranges().Enum}
			if _, err := field.Parse(span); err != nil {
				return err
			}
			id, err := cmdutil.ResolveID(ctx, f, api.Contents, args[0])
			if err != nil {
				return err
			}
			data, err := get(ctx, f, "/content/"+api.PathSegment(id)+"/metrics", url.Values{"range": {span}})
			if err != nil {
				return err
			}
			return showViews(f, screen, data)
		},
	}.Command(f)
	cmd.Flags().StringVar(&span, "range", "month", "`VALUE` how far back: week, month, year")
	return watched(f, cmd, &screen)
}

func showViews(f *cmdutil.Factory, screen *output.Screen, data json.RawMessage) error {
	var v views
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	if v.Total == 0 && screen == nil {
		f.IO.Say("%s: it was not shown in this time, as far as anybody measured", insufficient)
	}
	table, err := f.InTable()
	if err != nil {
		return err
	}
	if table && v.Total == 0 && screen != nil {
		return cmdutil.Draw(f, screen, []string{insufficient})
	}
	if !table || !f.IO.StdoutTTY() || v.Total == 0 {
		return f.PrintObject("ContentViews", data)
	}
	var points, bars []output.Bar
	for _, day := range v.Trend {
		points = append(points, output.Bar{Label: day.Date, Value: day.Views})
	}
	for _, d := range v.Top {
		bars = append(bars, output.Bar{Label: d.Name, Value: d.Views, Text: strconv.FormatFloat(d.Views, 'f', -1, 64)})
	}
	var lines []string
	if len(points) > 0 {
		lines = append(curve(points, "views", f.IO.Width()), "")
	}
	return cmdutil.Draw(f, screen, append(lines, output.Bars(bars, f.IO.Width())...))
}

func newExport(f *cmdutil.Factory) *cobra.Command {
	var span string
	cmd := cmdutil.Verb{
		Use: "export", Short: "Print all reports as one JSON object", Example: "  vizora analytics export > analytics.json\n  vizora analytics export --range week -o jq=.summary",
		Run: func(ctx context.Context, _ []string) error {
			field := api.Field{Name: "range", Flag: "range", Type: api.TypeEnum, Enum: ranges().Enum}
			if _, err := field.Parse(span); err != nil {
				return err
			}
			data, err := get(ctx, f, "/export", url.Values{"range": {span}})
			if err != nil {
				return err
			}
			if f.Global.Output == "" {
				_, err := fmt.Fprintf(f.IO.Out(), "%s\n", data)
				return err
			}
			return f.PrintObject("AnalyticsExport", data)
		},
	}.Command(f)
	cmd.Flags().StringVar(&span, "range", "month", "`VALUE` how far back: week, month, year")
	return cmd
}
