// This file is the screen: a block of lines at the bottom of the terminal that
// is drawn again in place.

package output

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"
	"golang.org/x/term"
)

const fallbackHeight = 24

// Screen is a block of lines on stdout that Draw replaces. Whatever else is
// written meanwhile appears above it. It is no alternate screen, so that what
// it showed last stays when it is closed, and what stood above it remains.
type Screen struct {
	o       *IO
	lines   []string
	width   int // of the terminal when lines were drawn
	drawn   bool
	full    bool   // it has the whole terminal, see FullScreen
	restore func() // gives the terminal's echo back
}

// Screen returns a screen, or nil when stdout is no terminal on which lines can
// be redrawn. One may be open at a time. Until Close, what is typed is not
// shown: it would tear the block.
func (o *IO) Screen() *Screen {
	if !o.outTTY || o.dumb {
		return nil
	}
	s := &Screen{o: o, restore: func() {}}
	if o.inTTY && o.inFile != nil {
		fd := int(o.inFile.Fd())
		if state, err := term.GetState(fd); err == nil && echoOff(fd) == nil {
			s.restore = func() { _ = term.Restore(fd, state) }
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.eraseStatus()
	o.screen = s
	return s
}

// Height returns the present height of the terminal at stdout in lines, and 0
// when stdout is no terminal.
func (o *IO) Height() int {
	switch {
	case !o.outTTY:
		return 0
	case o.height > 0:
		return o.height
	case o.outFile != nil:
		if _, h, err := term.GetSize(int(o.outFile.Fd())); err == nil && h > 0 {
			return h
		}
	}
	return fallbackHeight
}

// SetHeight fixes the height of the terminal in lines; 0 asks the terminal again.
func (o *IO) SetHeight(n int) { o.height = n }

// Draw shows lines in place of those before. Lines are cut to the width of the
// terminal, and their number to its height less one. Lines that are already
// there are not written again.
func (s *Screen) Draw(lines []string) error {
	o := s.o
	width, height := o.Width(), o.Height()
	lines = slices.Clone(lines[:min(len(lines), max(1, height-1))])
	for i, l := range lines {
		lines[i] = cutLine(l, width)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	same := s.drawn && width == s.width
	if same && slices.Equal(lines, s.lines) {
		return o.outErr
	}
	var b bytes.Buffer
	b.WriteString(s.up(width))
	for i, l := range lines {
		switch {
		case same && i < len(s.lines) && l == s.lines[i]:
		case lineCells(l) < width:
			b.WriteString(l + "\x1b[K")
		default: // behind a full line, clearing would take its last cell
			b.WriteString(l)
		}
		b.WriteString("\r\n")
	}
	b.WriteString("\x1b[J")
	s.lines, s.width, s.drawn = lines, width, true
	return o.writeScreen(b.Bytes())
}

// up goes to the first of the drawn lines. Those that a terminal made narrower
// since has wrapped take more rows.
func (s *Screen) up(width int) string {
	if s.full {
		return "\x1b[H"
	}
	if !s.drawn || len(s.lines) == 0 {
		return ""
	}
	rows := 0
	for _, l := range s.lines {
		rows += max(1, (lineCells(l)+width-1)/max(1, width))
	}
	return "\x1b[" + strconv.Itoa(rows) + "A\r"
}

// writeScreen writes to stdout without making room. The caller holds mu.
func (o *IO) writeScreen(p []byte) error {
	if o.outErr != nil {
		return o.outErr
	}
	o.eraseStatus()
	if _, err := o.out.Write(p); err != nil {
		o.outErr = err
	}
	return o.outErr
}

// erase makes room for other text, which takes the block's place; the next Draw
// puts it below. The caller holds mu.
func (s *Screen) erase() {
	if s.drawn {
		_, _ = s.o.out.Write([]byte(s.up(s.o.Width()) + "\x1b[J")) // the text that follows meets the same error
		s.drawn = false
	}
}

// Close leaves what is shown and gives the terminal back.
func (s *Screen) Close() error {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	if s.o.screen == s {
		s.o.screen = nil
		s.restore()
	}
	return s.o.outErr
}

// Bell rings the terminal's bell, if stderr is one. What is drawn stays.
func (o *IO) Bell() {
	if o.errTTY {
		o.mu.Lock()
		defer o.mu.Unlock()
		_, _ = o.err.Write([]byte{'\a'}) // a terminal that is gone needs no bell
	}
}

// Lines lays records out as a table of the given width: the header, then a line
// for each, painted as a table on stdout is. Times are relative to now.
func (o *IO) Lines(v View, records []Record, width int, now time.Time) []string {
	g := newGrid(v.Columns, records, cellMode{relative: true, now: now, loc: time.Local})
	for i, c := range v.Columns {
		g.text[i] = g.text[i] || !c.Right // a column of nothing but blanks may give way too
	}
	slots := g.layout(g.natural(true), width, v.idField())
	var out []byte
	out = g.appendHeader(out, slots, o.outColor)
	for i := range records {
		out = g.appendRow(out, slots, i, o.outColor)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// Fit cuts text to n cells, with an ellipsis, after control characters are taken out.
func Fit(s string, n int) string { return fit(cleanLine(s), n) }

// Cells is how many cells text takes on a terminal. The sequences of Paint take none.
func Cells(s string) int { return lineCells(s) }

// cutLine cuts a line that may carry the sequences of Paint.
func cutLine(s string, width int) string {
	if lineCells(s) <= width {
		return s
	}
	cut := displaywidth.Options{ControlSequences: true}.TruncateString(s, width, "")
	if strings.Contains(cut, "\x1b[") {
		cut += resetSGR
	}
	return cut
}

func lineCells(s string) int { return displaywidth.Options{ControlSequences: true}.String(s) }
