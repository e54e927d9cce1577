package top

// This file is about one thing: what pages there are, and their rows.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// row is a line of a page's table.
type row struct {
	id     string
	search string // what a filter looks in
	record output.Record
	source *source   // of what kind it is; nil: it cannot be changed here
	of     *resource // what an edit changes
	busy   bool      // a change of it is under way
}

// page is one of the dashboard's pages, as data.
type page struct {
	title  string
	view   output.View
	head   func(m *model, width int) []string // lines above the table; nil: none
	rows   func(m *model) []row
	source *source // whose rows it lists; nil: nothing can be changed there
	fetch  string  // what the page shows beyond the stream: "", "figures" or "journal"
}

// source is how one kind of resource is read and changed.
type source struct {
	kind    string // realtime kind
	schema  *api.Schema
	view    output.View
	record  func(row any, names map[string]string, pending string) output.Record
	decode  func(json.RawMessage) (any, error)
	assigns bool // has a playlist
	enables bool // can be disabled
}

func sourceOf[T any](kind string, k *api.Kind[T], styles map[string]map[string]output.Style) *source {
	r := &cmdutil.Resource[T]{Kind: k}
	view := cmdutil.ViewOf(&k.Schema, styles)
	// The name is what a row is known by here; its id stands in the detail.
	view.IDField = "name"
	view.Columns = slices.DeleteFunc(view.Columns, func(c output.Column) bool { return c.Wide || c.Name == "id" })
	return &source{
		kind: kind, schema: &k.Schema, view: view,
		record: func(v any, names map[string]string, pending string) output.Record {
			typed, _ := v.(T)
			return r.Marked(typed, names, pending)
		},
		decode: func(raw json.RawMessage) (any, error) { return k.Decode(raw) },
	}
}

// pages lists the pages in their order.
func pages() []page {
	statuses := map[string]map[string]output.Style{"status": {"online": output.Good, "offline": output.Bad, "error": output.Bad, "pairing": output.Warning, "disabled": output.Dim}}
	displays := sourceOf(realtime.KindDisplay, api.Displays, statuses)
	displays.assigns, displays.enables = true, true
	displays.record = switchedOff(displays.record)
	return []page{
		listPage("Displays", displays),
		listPage("Playlists", sourceOf(realtime.KindPlaylist, api.Playlists, nil)),
		listPage("Content", sourceOf(realtime.KindContent, api.Contents, nil)),
		{title: "Health", view: healthView(), head: healthHead, rows: healthRows},
		listPage("Schedules", sourceOf(realtime.KindSchedule, api.Schedules, nil)),
		{title: "Analytics", view: figuresView(), head: figuresHead, rows: figuresRows, fetch: "figures"},
		{title: "Journal", view: journalView(), rows: journalRows, fetch: "journal"},
	}
}

// switchedOff shows a disabled display as that: what its player reports is not
// what hangs there.
func switchedOff(record func(any, map[string]string, string) output.Record) func(any, map[string]string, string) output.Record {
	return func(row any, names map[string]string, pending string) output.Record {
		if d, ok := row.(*api.Display); ok && d.IsDisabled {
			off := *d
			off.Status = "disabled"
			row = &off
		}
		return record(row, names, pending)
	}
}

// listPage is a page of one kind's resources.
func listPage(title string, s *source) page {
	return page{title: title, view: s.view, source: s, rows: func(m *model) []row {
		all := m.kinds[s.kind]
		rows := make([]row, 0, len(all))
		for i := range all {
			r, pending := m.edited(&all[i])
			if r.row == nil {
				continue
			}
			record := s.record(r.row, m.names, pending)
			rows = append(rows, row{id: r.id, search: fmt.Sprint(r.name, " ", record.Field("status"), " ", record.Field("location")), record: record, source: s, of: &all[i], busy: pending != ""})
		}
		return rows
	}}
}

// Health: the score is the product's (PRODUCT.md): 100 less 20 for each critical
// and 10 for each warning.

func healthView() output.View {
	return output.View{Kind: "Alert", Plural: "alerts", IDField: "id", Columns: []output.Column{
		{Name: "severity", Header: "SEVERITY", Styles: map[string]output.Style{"critical": output.Bad, "warning": output.Warning}},
		{Name: "display", Header: "DISPLAY", Priority: 1, Max: 28}, {Name: "text", Header: "WHAT", Priority: 2}, {Name: "at", Header: "SINCE", Priority: 3},
	}}
}

// healthRows are the alerts of the last half minute, and displays that are not
// online.
func healthRows(m *model) []row {
	var rows []row
	add := func(id, severity, display, text string, at time.Time) {
		cells := map[string]any{"id": id, "severity": severity, "display": display, "text": text}
		if !at.IsZero() {
			cells["at"] = at
		}
		rows = append(rows, row{id: id, search: display + " " + text + " " + severity, record: cmdutil.ObjectRecord{Kind: "Alert", Cells: cells}})
	}
	told := map[string]bool{} // one alert for a display, the newest
	for i := len(m.alerts) - 1; i >= 0; i-- {
		a := m.alerts[i]
		if a.display != "" && told[a.display] {
			continue
		}
		told[a.display] = true
		add(fmt.Sprint("alert", i), a.severity, m.nameOf(a.display), a.text, a.at)
	}
	for _, d := range m.displays() {
		switch {
		case d.Status == "online" || told[d.ID]:
		case d.Status == "pairing":
			add(d.ID, "warning", d.Name(), "waits to be paired", d.LastHeartbeat)
		default:
			add(d.ID, "critical", d.Name(), d.Status, d.LastHeartbeat)
		}
	}
	return rows
}

// displays are those that should be playing, as they will be.
func (m *model) displays() []*api.Display {
	var out []*api.Display
	for i := range m.kinds[realtime.KindDisplay] {
		r, _ := m.edited(&m.kinds[realtime.KindDisplay][i])
		if d, ok := r.row.(*api.Display); ok && !d.IsDisabled {
			out = append(out, d)
		}
	}
	return out
}

func healthHead(m *model, width int) []string {
	criticals, warnings := 0, 0
	for _, r := range healthRows(m) {
		switch r.record.Field("severity") {
		case "critical":
			criticals++
		case "warning":
			warnings++
		}
	}
	score := max(0, 100-20*criticals-10*warnings)
	word, style := "Poor", output.Bad
	switch {
	case score >= 90:
		word, style = "Excellent", output.Good
	case score >= 70:
		word, style = "Good", output.Good
	case score >= 50:
		word, style = "Fair", output.Warning
	}
	online, all := 0, 0
	for _, d := range m.displays() {
		if all++; d.Status == "online" {
			online++
		}
	}
	return []string{
		m.paint(style, fmt.Sprintf("%s, score %d", word, score)) + fmt.Sprintf("   %d critical, %d warning", criticals, warnings),
		m.bar("online", online, all, width),
		"",
	}
}

// bar draws how much of a whole there is: "online  ████████░░  9 of 12".
func (m *model) bar(label string, part, whole, width int) string {
	const cells = 30
	room := max(5, min(cells, width-len(label)-20))
	filled := 0
	if whole > 0 {
		filled = part * room / whole
	}
	return fmt.Sprintf("%-10s %s%s %d of %d", label, m.paint(output.Good, strings.Repeat("█", filled)), m.paint(output.Dim, strings.Repeat("░", room-filled)), part, whole)
}

func journalView() output.View {
	return output.View{Kind: "Operation", Plural: "operations", IDField: "id", Columns: []output.Column{
		{Name: "state", Header: "STATE", Styles: map[string]output.Style{"conflict": output.Bad, "rejected": output.Bad, "unknown": output.Bad, "waiting": output.Warning}},
		{Name: "summary", Header: "WHAT", Priority: 1}, {Name: "reason", Header: "REASON", Priority: 3}, {Name: "at", Header: "RECORDED", Priority: 2}, {Name: "id", Header: "ID", Priority: 4},
	}}
}

func journalRows(m *model) []row {
	rows := make([]row, len(m.pending))
	for i := range m.pending {
		op := &m.pending[i]
		cells := map[string]any{"id": op.ID, "state": string(op.State), "summary": op.Summary, "at": op.Created, "reason": reasonOf(op)}
		rows[i] = row{id: op.ID, search: op.Summary + " " + string(op.State), record: cmdutil.ObjectRecord{Kind: "Operation", Cells: cells}}
	}
	return rows
}

func reasonOf(op *journal.Operation) string {
	switch {
	case op.Failure != nil:
		return op.Failure.Message
	case len(op.Dropped) > 0:
		return "the remote won: " + strings.Join(op.Dropped, ", ")
	}
	return ""
}
