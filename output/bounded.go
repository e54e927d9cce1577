// This file sets short tables through the table library.

package output

import (
	"bytes"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
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
			if text, width := g.cell(i, c); len(text) != width && twwidth.WidthNoCache(string(text)) != width {
				return false
			}
		}
	}
	// In East Asian locales the library takes the ellipsis for two cells.
	return twwidth.WidthNoCache(ellipsis) == 1
}

// appendBounded appends the table as the library sets it: no borders, two
// spaces between columns, nothing wrapped.
func (g *grid) appendBounded(dst []byte, slots []slot, headers, color bool) ([]byte, error) {
	align := make(tw.Alignment, len(slots))
	head := make([]string, len(slots))
	for i, s := range slots {
		align[i] = tw.AlignLeft
		title := fit(g.header[s.col], s.width)
		head[i] = g.flush(s, title, cells(title))
	}
	rows := make([][]string, g.rows)
	for r := range rows {
		rows[r] = make([]string, len(slots))
		for i, s := range slots {
			text, width := g.fitted(r, s)
			rows[r][i] = g.flush(s, paint(color, g.style(r, s.col, color), string(text)), width)
		}
	}
	var b bytes.Buffer
	t := tablewriter.NewTable(&b, tablewriter.WithRenderer(renderer.NewBlueprint(borderless())), tablewriter.WithConfig(plainConfig(align, slots)))
	if headers {
		t.Header(head)
	}
	if err := t.Bulk(rows); err != nil {
		return dst, err
	}
	if err := t.Render(); err != nil {
		return dst, err
	}
	return appendTrimmed(dst, b.Bytes(), headers && color), nil
}

// flush moves a number's text to the right end of its column. The library's own
// alignment leaves out the first column in some versions.
func (g *grid) flush(s slot, text string, width int) string {
	if !g.cols[s.col].Right {
		return text
	}
	return strings.Repeat(" ", max(0, s.width-width)) + text
}

func borderless() tw.Rendition {
	return tw.Rendition{
		Borders: tw.BorderNone,
		Symbols: tw.NewSymbols(tw.StyleNone),
		Settings: tw.Settings{
			Lines:      tw.LinesNone,
			Separators: tw.SeparatorsNone,
		},
	}
}

// plainConfig switches off all that the library would do to the text, and
// fixes the widths to those of the layout. Cutting is what is left of its four
// ways to wrap (WrapNone counts as unset and becomes wrapping); the cells fit.
func plainConfig(align tw.Alignment, slots []slot) tablewriter.Config {
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapTruncate, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft, PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.Padding{Left: "", Right: "  ", Overwrite: true}},
	}
	widths := tw.NewMapper[int, int]()
	for i, s := range slots {
		widths.Set(i, s.width+gap)
	}
	return tablewriter.Config{
		Header: cell, Row: cell,
		Widths:   tw.CellWidth{PerColumn: widths},
		Behavior: tw.Behavior{TrimSpace: tw.Off, TrimLine: tw.Off},
	}
}

// appendTrimmed copies lines without the padding at their ends, the first one
// dimmed if it is a header.
func appendTrimmed(dst, text []byte, dim bool) []byte {
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(dropIdleResets(line), " \n")
		if dim && len(line) > 0 {
			line = []byte(paint(true, Dim, string(line)))
		}
		dim = false
		dst = append(append(dst, line...), '\n')
	}
	return dst
}

// dropIdleResets removes the resets that the library adds behind the padding of
// a painted cell, where nothing is left to reset.
func dropIdleResets(line []byte) []byte {
	if !bytes.Contains(line, []byte(resetSGR)) {
		return line
	}
	kept := make([]byte, 0, len(line))
	for i, part := range bytes.Split(line, []byte(resetSGR)) {
		if i > 0 && opened(kept) {
			kept = append(kept, resetSGR...)
		}
		kept = append(kept, part...)
	}
	return kept
}

// opened reports whether the last sequence in line switches a style on.
func opened(line []byte) bool {
	last := bytes.LastIndex(line, []byte("\x1b["))
	return last >= 0 && !bytes.HasPrefix(line[last:], []byte(resetSGR))
}
