// This file sets short tables through the table library. Its v0 line is taken:
// v1 brings twelve modules, 800 kB and a quarter of our start-up, for tables
// that look the same.

package output

import (
	"bytes"
	"strings"

	"github.com/olekukonko/tablewriter"
)

// boundedRows is the longest table the library sets; it needs some 40 µs and
// 230 allocations a row (BenchmarkTable).
const boundedRows = 200

// bounded reports whether the library measures every cell as we do. It adds up
// code points where we measure grapheme clusters, and so gets joined emoji wrong.
func (g *grid) bounded() bool {
	if g.rows > boundedRows {
		return false
	}
	for i := range g.rows {
		for c := range g.cols {
			if text, width := g.cell(i, c); len(text) != width && tablewriter.DisplayWidth(string(text)) != width {
				return false
			}
		}
	}
	// In East Asian locales the library takes the ellipsis for two cells.
	return tablewriter.DisplayWidth(ellipsis) == 1
}

// appendBounded appends the table as the library sets it: no borders, two
// spaces between columns, nothing wrapped.
func (g *grid) appendBounded(dst []byte, slots []slot, headers, color bool) []byte {
	var b bytes.Buffer
	t := tablewriter.NewWriter(&b)
	t.SetBorder(false)
	t.SetHeaderLine(false)
	t.SetAutoWrapText(false)
	t.SetAutoFormatHeaders(false)
	t.SetAlignment(tablewriter.ALIGN_LEFT) // its own right alignment takes numbers alone
	t.SetHeaderAlignment(tablewriter.ALIGN_LEFT)
	t.SetColumnSeparator("")
	t.SetCenterSeparator("")
	t.SetNoWhiteSpace(true)
	t.SetTablePadding(strings.Repeat(" ", gap))
	head := make([]string, len(slots))
	for i, s := range slots {
		t.SetColMinWidth(i, s.width)
		title := fit(g.header[s.col], s.width)
		head[i] = g.flush(s, title, cells(title))
	}
	if headers {
		t.SetHeader(head)
	}
	for r := range g.rows {
		row := make([]string, len(slots))
		for i, s := range slots {
			text, width := g.fitted(r, s)
			row[i] = g.flush(s, paint(color, g.style(r, s.col, color), string(text)), width)
		}
		t.Append(row)
	}
	t.Render()
	return appendTrimmed(dst, b.Bytes(), headers && color)
}

// flush moves a number's text to the right end of its column.
func (g *grid) flush(s slot, text string, width int) string {
	if !g.cols[s.col].Right {
		return text
	}
	return strings.Repeat(" ", max(0, s.width-width)) + text
}

// appendTrimmed copies lines without the padding at their ends, the first one
// dimmed if it is a header.
func appendTrimmed(dst, text []byte, dim bool) []byte {
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, " \n")
		if dim && len(line) > 0 {
			line = []byte(paint(true, Dim, string(line)))
		}
		dim = false
		dst = append(append(dst, line...), '\n')
	}
	return dst
}
