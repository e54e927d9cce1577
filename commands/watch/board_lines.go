package watch

// This file is about one thing: the lines of a live board, for a terminal of
// any size.

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/output"
)

// painter is the terminal as far as lines need it.
type painter interface {
	Paint(style output.Style, text string) string
	Lines(v output.View, records []output.Record, width int, now time.Time) []string
}

// lines lays the board out: the header, what was told lately, the displays.
func (b *board) lines(p painter, width, height int, now time.Time) []string {
	b.expire(now)
	room := max(1, height-1) // the cursor stands below
	out := b.header(p, width, now)
	out = append(out, b.alertLines(p, width, max(1, (room-len(out))/3), now)...)
	if len(b.displays) == 0 {
		return append(out, p.Paint(output.Dim, output.Fit(b.nothing(), width)))
	}
	out = append(out, "")
	room -= len(out) + 1 // the table's header
	rows := b.rows(room)
	left := 0
	if len(rows) > room {
		left = len(rows) - max(0, room-1)
		rows = rows[:max(0, room-1)]
	}
	out = append(out, p.Lines(b.view(), b.records(rows), width, now)...)
	if left > 0 {
		out = append(out, p.Paint(output.Dim, output.Fit(fmt.Sprintf("and %d more: 'vizora display list' shows all", left), width)))
	}
	return out[:min(len(out), max(1, height-1))]
}

// nothing says why there are no displays on the board.
func (b *board) nothing() string {
	if b.since.IsZero() && b.updated.IsZero() {
		return "reading the displays"
	}
	return "no displays"
}

// header is the first line, and a second one where the first has no room for
// why the stream is not live.
func (b *board) header(p painter, width int, now time.Time) []string {
	badge, style := b.badge(now)
	long := []string{b.counts(true), b.clock(true), b.waiting(true)}
	short := []string{b.counts(false), b.clock(false), b.waiting(false)}
	for _, parts := range [][]string{long, short} {
		line := strings.Join(filled(append([]string{badge}, parts...)), "   ")
		if output.Cells(line) <= width {
			return []string{p.Paint(style, badge) + line[len(badge):]}
		}
	}
	// One line for the stream, one for the rest.
	return []string{
		p.Paint(style, output.Fit(badge, width)),
		output.Fit(strings.Join(filled(short), "  "), width),
	}
}

func filled(parts []string) []string {
	out := parts[:0:0]
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// badge says where the stream stands.
func (b *board) badge(now time.Time) (string, output.Style) {
	st := b.state
	switch st.State {
	case realtime.Live:
		if st.Transport == realtime.TransportPolling {
			return "● live (polling)", output.Good
		}
		return "● live", output.Good
	case realtime.Lost:
		text := "○ lost: " + strings.ReplaceAll(string(st.Reason), "-", " ")
		if left := st.At.Add(st.NextIn).Sub(now); left > 0 {
			text += ", next try in " + output.HumanDuration(max(time.Second, left.Round(time.Second)))
		} else {
			text += ", trying again"
		}
		return text, output.Bad
	case realtime.Ended:
		return "○ stopped", output.Dim
	}
	if !b.downFrom.IsZero() {
		return "○ lost for " + output.HumanDuration(now.Sub(b.downFrom).Round(time.Second)) + ", connecting", output.Bad
	}
	if left := st.At.Add(st.NextIn).Sub(now); st.NextIn > 0 && left > 0 {
		return "○ connection limit, connecting in " + output.HumanDuration(max(time.Second, left.Round(time.Second))), output.Warning
	}
	return "○ connecting", output.Warning
}

func (b *board) counts(long bool) string {
	switch {
	case len(b.displays) == 0:
		return ""
	case long:
		return fmt.Sprintf("%d of %s online", b.online(), output.Count(len(b.displays), "display"))
	}
	return fmt.Sprintf("%d/%d online", b.online(), len(b.displays))
}

// clock says when anything was last heard. What is shown is as old as that.
func (b *board) clock(long bool) string {
	switch {
	case b.updated.IsZero():
		return ""
	case long:
		return "updated " + b.updated.Local().Format(time.TimeOnly)
	}
	return b.updated.Local().Format(time.TimeOnly)
}

func (b *board) waiting(long bool) string {
	text := ""
	if b.pending.total > 0 || long {
		text = fmt.Sprintf("%d pending", b.pending.total)
	}
	if b.pending.stuck > 0 {
		text = strings.TrimPrefix(text+fmt.Sprintf(", %d to settle", b.pending.stuck), ", ")
	}
	return text
}

// alertLines are the newest alerts, the newest first, at most room.
func (b *board) alertLines(p painter, width, room int, now time.Time) []string {
	var out []string
	if b.polling.Err != nil {
		out = append(out, p.Paint(output.Warning, output.Fit("! lists cannot be read: "+b.polling.Err.Error(), width)))
	}
	for i := len(b.alerts) - 1; i >= 0; i-- {
		if len(out) >= room && i > 0 {
			out = append(out, p.Paint(output.Dim, output.Fit("  and "+output.Count(i+1, "more alert"), width)))
			break
		}
		a := b.alerts[i]
		text := fmt.Sprintf("! %s  %s  %s", a.severity, strings.TrimPrefix(a.subject+": "+a.text, ": "), output.HumanTime(a.at, now))
		out = append(out, p.Paint(a.style(), output.Fit(text, width)))
	}
	return out
}

func (a *alert) style() output.Style {
	switch a.severity {
	case "critical":
		return output.Bad
	case "warning":
		return output.Warning
	}
	return output.Dim
}

// view is the table of displays. On a narrow terminal columns give way from the right.
func (b *board) view() output.View {
	v := output.View{Kind: "Display", IDField: "-", Columns: []output.Column{
		{Name: "name", Header: "DISPLAY", Max: 40},
		{Name: "status", Header: "STATUS", Styles: map[string]output.Style{
			"online": output.Good, "offline": output.Bad, "error": output.Bad, "pairing": output.Warning}},
		{Name: "playlist", Header: "PLAYLIST", Priority: 2, Max: 40},
		{Name: "changed", Header: "CHANGED", Priority: 3},
		{Name: "what", Header: "WHAT", Priority: 4, Max: 40},
	}}
	if b.pending.total > 0 {
		v.Columns = append(v.Columns, output.Column{Name: "pending", Header: "PENDING", Priority: 1, Right: true})
	}
	return v
}

func (b *board) records(rows []*row) []output.Record {
	out := make([]output.Record, len(rows))
	for i, d := range rows {
		out[i] = boardRecord{b, d}
	}
	return out
}

// boardRecord is a row as a table takes it.
type boardRecord struct {
	b *board
	*row
}

// Field returns a cell.
func (r boardRecord) Field(name string) any {
	switch name {
	case "name":
		return cmp.Or(r.name, r.id)
	case "status":
		return r.status
	case "playlist":
		return cmp.Or(r.b.names[r.playlist], r.playlist)
	case "changed":
		return r.changed
	case "what":
		return r.what
	case "pending":
		if n := r.b.pending.displays[r.id]; n > 0 {
			return n
		}
	}
	return nil
}

// AppendJSON is never asked for: a board is for people.
func (r boardRecord) AppendJSON(dst []byte) ([]byte, error) { return dst, nil }
