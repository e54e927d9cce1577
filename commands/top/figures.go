package top

// This file is about one thing: the analytics page. Its numbers are the
// server's; what it does not measure is said not to be measured (contract rest
// 10).

import (
	"fmt"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// figures is what the analytics routes answered.
type figures struct {
	at       time.Time
	err      error // the last reading failed
	asking   bool
	summary  summary
	contents []performance
}

type summary struct {
	TotalDevices     int      `json:"totalDevices"`
	OnlineDevices    int      `json:"onlineDevices"`
	TotalContent     int      `json:"totalContent"`
	TotalPlaylists   int      `json:"totalPlaylists"`
	ActivePlaylists  int      `json:"activePlaylists"`
	TotalContentSize int64    `json:"totalContentSize"` // bytes
	TotalImpressions int      `json:"totalImpressions"` // of 30 days
	AvgUptimePercent *float64 `json:"-"`                // nil: not measured
}

type performance struct {
	Title       string   `json:"title"`
	Impressions int      `json:"impressions"`
	Completion  *float64 `json:"averageCompletion"` // percent
}

func figuresView() output.View {
	return output.View{Kind: "ContentPerformance", Plural: "contents", IDField: "title", Columns: []output.Column{
		{Name: "title", Header: "CONTENT", Max: 40}, {Name: "impressions", Header: "IMPRESSIONS", Right: true, Priority: 1}, {Name: "bar", Header: "", Priority: 2}, {Name: "completion", Header: "COMPLETION", Right: true, Priority: 3},
	}}
}

func figuresRows(m *model) []row {
	most := 1
	for _, p := range m.figures.contents {
		most = max(most, p.Impressions)
	}
	rows := make([]row, len(m.figures.contents))
	for i, p := range m.figures.contents {
		cells := map[string]any{"title": p.Title, "impressions": p.Impressions, "bar": strings.Repeat("█", p.Impressions*20/most)}
		if p.Completion != nil {
			cells["completion"] = fmt.Sprintf("%.0f %%", *p.Completion)
		}
		rows[i] = row{id: fmt.Sprint(i, p.Title), search: p.Title, record: cmdutil.ObjectRecord{Kind: "ContentPerformance", Cells: cells}}
	}
	return rows
}

func figuresHead(m *model, width int) []string {
	f := &m.figures
	switch {
	case f.err != nil:
		return []string{m.paint(output.Bad, "analytics cannot be read: "+f.err.Error()), ""}
	case f.at.IsZero():
		return []string{"reading analytics...", ""}
	}
	uptime := "uptime: insufficient data"
	if f.summary.AvgUptimePercent != nil {
		uptime = fmt.Sprintf("uptime %.1f %% over 30 days", *f.summary.AvgUptimePercent)
	}
	head := []string{
		m.bar("online", f.summary.OnlineDevices, f.summary.TotalDevices, width),
		m.bar("playlists", f.summary.ActivePlaylists, f.summary.TotalPlaylists, width) + " active",
		fmt.Sprintf("%s, %d content items of %s, %d impressions in 30 days, as of %s", uptime, f.summary.TotalContent, output.HumanBytes(f.summary.TotalContentSize), f.summary.TotalImpressions, f.at.Local().Format("15:04:05")),
		"",
	}
	if len(f.contents) == 0 {
		head = append(head, "content performance: insufficient data")
	}
	return head
}
