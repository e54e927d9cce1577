package top

// This file is about one thing: drawing the dashboard as lines.

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/topics"
	"github.com/vizora/vizora-cli/output"
)

const eventLines = 3 // of the log, at the bottom

// layout is who lays tables out; *output.IO.
type layout interface {
	Lines(v output.View, records []output.Record, width int, now time.Time) []string
}

// lines draws all there is to see in width cells and at most height lines.
func (m *model) lines(io layout, width, height int) []string {
	out := []string{m.header(width), m.tabs(width), m.message()}
	foot := m.footer(width)
	room := height - len(out) - len(foot)
	var body []string
	switch m.mode {
	case detail:
		body = m.scrolled(m.detail(), room)
	case helping:
		body = m.scrolled(help(width), room)
	default:
		body = m.table(io, width, room)
	}
	for len(body) < room {
		body = append(body, "")
	}
	return append(append(out, body[:max(0, min(room, len(body)))]...), foot...)
}

// header says where the stream stands, since when, and what is pending.
func (m *model) header(width int) string {
	parts := []string{m.paint(output.Bold, "vizora top"), m.badge(width)}
	if !m.updated.IsZero() {
		parts = append(parts, "updated "+m.updated.Local().Format("15:04:05"))
	}
	if n := m.undecided(); n > 0 {
		parts = append(parts, m.paint(output.Warning, fmt.Sprintf("%d pending", n)))
	}
	if n := len(m.alerts); n > 0 {
		parts = append(parts, m.paint(output.Bad, output.Count(n, "alert")))
	}
	return strings.Join(append(parts, m.paint(output.Dim, m.server)), "  ")
}

func (m *model) undecided() int {
	n := 0
	for _, e := range m.edits {
		if !e.settled && e.mark != markRecorded {
			n++
		}
	}
	for i := range m.pending {
		if slices.Contains(journal.Pending(), m.pending[i].State) {
			n++
		}
	}
	return n
}

// badge says whether the stream is live, and where there is room, why not.
func (m *model) badge(width int) string {
	switch m.state.State {
	case realtime.Live:
		return m.paint(output.Good, "● live")
	case realtime.Lost:
		next := m.state.NextIn - m.now().Sub(m.state.At)
		why := fmt.Sprintf(" (%s)", m.state.Reason)
		if width < 60 {
			why = ""
		}
		return m.paint(output.Bad, fmt.Sprintf("● lost%s, next try in %s", why, output.HumanDuration(max(0, next).Round(time.Second))))
	}
	return m.paint(output.Warning, "● connecting")
}

func (m *model) tabs(width int) string {
	var tabs []string
	for i, p := range m.pages {
		text := fmt.Sprintf("%d %s", i+1, p.title)
		if i == m.page {
			text = m.paint(output.Bold, "["+text+"]")
		}
		tabs = append(tabs, text)
	}
	for _, gap := range []string{"  ", " "} {
		if line := strings.Join(tabs, gap); output.Cells(line) <= width {
			return line
		}
	}
	return m.paint(output.Bold, fmt.Sprintf("[%d %s]", m.page+1, m.pages[m.page].title)) + fmt.Sprintf("  1-%d or TAB for the others", len(m.pages))
}

// message is the line between tabs and body: what is typed, asked, or told.
func (m *model) message() string {
	switch {
	case m.mode == filtering:
		return "filter: " + m.input + "_"
	case m.mode == prompting:
		return m.asking.text + ": " + m.input + "_"
	case m.mode == confirming:
		return m.paint(output.Warning, m.asking.text)
	case m.notice != "" && m.bad:
		return m.paint(output.Bad, m.notice)
	case m.notice != "":
		return m.notice
	case m.polling.Err != nil:
		return m.paint(output.Bad, "the lists cannot be read: "+m.polling.Err.Error())
	case m.filter[m.page] != "":
		return m.paint(output.Dim, fmt.Sprintf("filter %q; ESC shows all", m.filter[m.page]))
	}
	return ""
}

// table draws the page's head and the rows around the cursor.
func (m *model) table(io layout, width, room int) []string {
	var out []string
	if m.mode == confirming {
		for _, line := range m.asking.takes {
			out = append(out, m.paint(output.Warning, "  - "+line))
		}
	}
	if head := m.pages[m.page].head; head != nil {
		out = append(out, head(m, width)...)
	}
	rows := m.rows()
	if len(rows) == 0 {
		return append(out, m.paint(output.Dim, m.nothing()))
	}
	records, view := make([]output.Record, len(rows)), m.pages[m.page].view
	for i := range rows {
		records[i] = rows[i].record
	}
	if slices.ContainsFunc(rows, func(r row) bool { return r.busy }) {
		view.Columns = append(slices.Clone(view.Columns), output.Column{Name: "pending", Header: "PENDING"})
	}
	lines := io.Lines(view, records, width-2, m.now())
	out = append(out, "  "+lines[0])
	at, space := m.chosen(rows), max(1, room-len(out))
	first := min(max(m.offset[m.page], at-space+1), at)
	first = max(0, min(first, len(rows)-space))
	m.offset[m.page] = first
	for i := first; i < min(len(rows), first+space); i++ {
		mark := "  "
		if i == at {
			mark = m.paint(output.Bold, "> ")
		}
		out = append(out, mark+lines[i+1])
	}
	return out
}

func (m *model) nothing() string {
	plural := m.pages[m.page].view.Plural
	switch {
	case m.filter[m.page] != "":
		return fmt.Sprintf("no %s fit the filter", plural)
	case m.updated.IsZero() || m.state.State == realtime.Connecting:
		return "reading..."
	}
	return "no " + plural
}

// detail shows all fields of the chosen row.
func (m *model) detail() []string {
	rows := m.rows()
	at := m.chosen(rows)
	if at < 0 {
		return []string{"it is gone"}
	}
	var lines []string
	view := m.pages[m.page].view
	names := view.Fields
	if len(names) == 0 {
		for _, c := range view.Columns {
			names = append(names, c.Name)
		}
	}
	for _, name := range names {
		if v := rows[at].record.Field(name); v != nil {
			lines = append(lines, fmt.Sprintf("%-16s %s", name, output.Fit(output.CellText(v, m.now()), 400)))
		}
	}
	return append(lines, m.more(rows[at])...)
}

// more shows what a row holds besides its fields.
func (m *model) more(r row) []string {
	if r.source == nil || r.source.kind != realtime.KindPlaylist {
		return nil
	}
	current, _ := m.edited(r.of)
	return playlistItems(current.row)
}

// scrolled is the part of a text that is shown.
func (m *model) scrolled(lines []string, room int) []string {
	m.scroll = max(0, min(m.scroll, len(lines)-room))
	return lines[m.scroll:]
}

// footer is the end of the log and the keys.
func (m *model) footer(width int) []string {
	out := []string{m.paint(output.Dim, strings.Repeat("─", width))}
	first := max(0, len(m.events)-eventLines)
	for i := range eventLines {
		if first+i >= len(m.events) {
			out = append(out, "")
			continue
		}
		e := m.events[first+i]
		text := e.at.Local().Format("15:04:05") + "  " + output.Fit(e.text, max(10, width-10))
		if e.bad {
			text = m.paint(output.Bad, text)
		}
		out = append(out, text)
	}
	return append(out, m.paint(output.Dim, m.keysLine(width)))
}

func (m *model) keysLine(width int) string {
	switch m.mode {
	case filtering, prompting:
		return "ENTER takes it  ESC leaves it"
	case confirming:
		return "y does it  any other key does not"
	case detail, helping:
		return "arrows scroll  ESC goes back"
	}
	keys := []string{"ENTER detail", "/ filter"}
	if s := m.pages[m.page].source; s != nil && width >= 70 {
		keys = append(keys, "r rename")
		if s.assigns {
			keys = append(keys, "a assign")
		}
		if s.enables {
			keys = append(keys, "e/x on/off")
		}
		keys = append(keys, "d delete")
	}
	return strings.Join(append(keys, "? help", "q quit"), "  ")
}

// help tells the keys; what stands behind one is wrapped beside it.
func help(width int) (lines []string) {
	const beside = 14
	for line := range strings.SplitSeq(helpText, "\n") {
		if output.Cells(line) <= width {
			lines = append(lines, line)
			continue
		}
		name, indent := "", 0
		if len(line) > beside && line[beside-1] == ' ' && line[0] != ' ' && strings.HasSuffix(line[:beside], "  ") {
			name, line, indent = line[:beside], line[beside:], beside
		}
		for part := range strings.SplitSeq(topics.Wrap(line, width-indent), "\n") {
			lines = append(lines, name+strings.Repeat(" ", indent-len(name))+part)
			name = ""
		}
	}
	return lines
}

const helpText = `Pages         1-7, TAB, left and right
Rows          up and down (k, j), PAGE UP, PAGE DOWN, HOME, END
ENTER         everything about the row; ESC goes back
/             show only rows with a text in their name, status or location; ESC shows all
r             rename
a             assign a playlist to a display, by name or its beginning; empty takes it away
e, x          enable, disable a display
d             delete, after naming what goes with it and asking
q             quit

A change shows at once, marked in the column PENDING, and goes through the
journal. If the server refuses it, or somebody else's edit wins, it is taken
back and the reason stands above the table. Without a connection it is recorded
and goes out later; the page Journal shows what waits.

The badge at the top says whether the stream is live. What the platform does not
push is found by comparing lists, every minute if the rate limits allow.`
