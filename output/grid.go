// This file is the table as data: cells measured once, and the layout that
// fits them to a terminal.

package output

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

const (
	gap         = 2  // cells between columns
	comfortable = 20 // a text column is shortened to this before a column is dropped for it
	least       = 8  // the last text column beside the id is kept down to this
)

// grid holds the cells of a table in one piece of memory.
type grid struct {
	cols   []Column
	header []string
	text   []bool // per column: holds text, so it may be shortened
	rows   int
	arena  []byte
	ends   []int // cell i is arena[ends[i]:ends[i+1]]
	widths []int // of cell i, in terminal cells
}

// slot is a column that is shown, and its width in cells.
type slot struct{ col, width int }

func newGrid(cols []Column, records []Record, m cellMode) *grid {
	g := &grid{
		cols: cols, rows: len(records),
		header: make([]string, len(cols)), text: make([]bool, len(cols)),
		arena:  make([]byte, 0, 16*len(cols)*len(records)),
		ends:   make([]int, 1, len(cols)*len(records)+1),
		widths: make([]int, 0, len(cols)*len(records)),
	}
	for i, c := range cols {
		g.header[i] = headerOf(c)
	}
	for _, r := range records {
		g.add(r, m)
	}
	return g
}

func headerOf(c Column) string {
	if c.Header == "" {
		return strings.ToUpper(label(c.Name))
	}
	return strings.ToUpper(c.Header)
}

// add measures the cells of one record.
func (g *grid) add(r Record, m cellMode) {
	for i, c := range g.cols {
		v := r.Field(c.Name)
		start := len(g.arena)
		g.arena = m.appendCell(g.arena, v)
		g.ends = append(g.ends, len(g.arena))
		g.widths = append(g.widths, displaywidth.Bytes(g.arena[start:]))
		if !g.text[i] {
			g.text[i] = isText(v)
		}
	}
}

// reset forgets the rows and keeps the memory; streams use one grid per row.
func (g *grid) reset() {
	g.arena, g.ends, g.widths = g.arena[:0], g.ends[:1], g.widths[:0]
}

func (g *grid) cell(row, col int) ([]byte, int) {
	i := row*len(g.cols) + col
	return g.arena[g.ends[i]:g.ends[i+1]], g.widths[i]
}

// natural returns the width each column would like to have.
func (g *grid) natural(headers bool) []int {
	widths := make([]int, len(g.cols))
	if headers {
		for i, h := range g.header {
			widths[i] = cells(h)
		}
	}
	for i, w := range g.widths {
		if c := i % len(g.cols); w > widths[c] {
			widths[c] = w
		}
	}
	return widths
}

// layout chooses columns and widths for a terminal of term cells; with 0 all
// columns get what they like. Columns whose text would have to be cut to fit
// may shrink to a comfortable width first; if that is not enough the columns
// of the highest priority go, one by one; then the widest text columns shrink
// as far as needed. The id and right-aligned numbers are never cut, so a
// terminal narrower than those still wraps.
func (g *grid) layout(natural []int, term int, idField string) []slot {
	slots := make([]slot, len(g.cols))
	for i := range g.cols {
		slots[i] = slot{i, natural[i]}
		if term > 0 && g.cols[i].Max > 0 && g.shrinks(i, idField) {
			slots[i].width = min(natural[i], max(g.cols[i].Max, cells(g.header[i])))
		}
	}
	if term <= 0 {
		return slots
	}
	slots = g.drop(slots, term, idField)
	for total(slots) > term {
		widest := -1
		for i, s := range slots {
			if s.width > 1 && g.shrinks(s.col, idField) && (widest < 0 || s.width > slots[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		slots[widest].width--
	}
	return slots
}

// drop removes columns by priority until the rest fits comfortably.
func (g *grid) drop(slots []slot, term int, idField string) []slot {
	for {
		need := make([]slot, len(slots))
		victim, left := -1, 0
		for i, s := range slots {
			need[i] = s
			if g.shrinks(s.col, idField) {
				need[i].width = min(s.width, comfortable)
			}
			p := g.cols[s.col].Priority
			if p > 0 && g.cols[s.col].Name != idField {
				left++
			}
			if p > 0 && g.cols[s.col].Name != idField && (victim < 0 || p >= g.cols[slots[victim].col].Priority) {
				victim = i
			}
		}
		if victim < 0 || total(need) <= term {
			return slots
		}
		if left == 1 && g.shrinks(slots[victim].col, idField) && term-total(need)+need[victim].width >= least {
			return slots // a short name is worth more than none
		}
		slots = append(slots[:victim:victim], slots[victim+1:]...)
	}
}

func (g *grid) shrinks(col int, idField string) bool {
	c := g.cols[col]
	return g.text[col] && !c.Right && c.Name != idField
}

// total is the width of a line.
func total(slots []slot) int {
	n := gap * (len(slots) - 1)
	for _, s := range slots {
		n += s.width
	}
	return n
}

// isText tells values that may be shortened from numbers, times and the like.
func isText(v any) bool {
	switch v.(type) {
	case string, []string:
		return true
	}
	return isOther(v)
}
