// This file tests the screen: what is left on a terminal after any number of
// drawings, with other text in between, and after a resize.

package output

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
)

// terminal plays what a terminal of a width gets. It wraps, and knows the
// sequences that this package emits; any other fails the test.
type terminal struct {
	t     *testing.T
	width int
	rows  []string
	row   int
	col   int // in cells; width when the next character wraps
}

var sequence = regexp.MustCompile(`^\x1b\[(\d*)([AKJm])`)

func (v *terminal) play(s string) {
	v.t.Helper()
	for s != "" {
		if m := sequence.FindStringSubmatch(s); m != nil {
			v.control(m[1], m[2])
			s = s[len(m[0]):]
			continue
		}
		if s[0] == '\x1b' {
			v.t.Fatalf("unknown sequence %q", s[:min(len(s), 8)])
		}
		graphemes := displaywidth.StringGraphemes(s)
		graphemes.Next()
		cluster := graphemes.Value()
		switch cluster {
		case "\r\n", "\n": // the terminal's driver adds the return
			v.row, v.col = v.row+1, 0
		case "\r":
			v.col = 0
		case "\a":
		default:
			v.put(cluster)
		}
		s = s[len(cluster):]
	}
}

func (v *terminal) control(n, what string) {
	v.rows = grown(v.rows, v.row)
	switch what {
	case "A":
		up, _ := strconv.Atoi(n)
		v.row -= up
		if v.row < 0 {
			v.t.Fatalf("goes %d above the first line", -v.row)
		}
	case "K":
		v.rows[v.row] = displaywidth.TruncateString(v.rows[v.row], min(v.col, v.width-1), "")
	case "J":
		v.rows = v.rows[:v.row]
		if v.col > 0 {
			v.t.Fatal("clears from the middle of a line")
		}
	}
}

func grown(rows []string, row int) []string {
	for len(rows) <= row {
		rows = append(rows, "")
	}
	return rows
}

func (v *terminal) put(cluster string) {
	w := cells(cluster)
	if v.col+w > v.width {
		v.row, v.col = v.row+1, 0
	}
	v.rows = grown(v.rows, v.row)
	have := v.rows[v.row]
	before := displaywidth.TruncateString(have, v.col, "")
	before += strings.Repeat(" ", v.col-cells(before))
	after := ""
	if cells(have) > v.col+w {
		after = have[len(displaywidth.TruncateString(have, v.col+w, "")):]
	}
	v.rows[v.row] = before + cluster + after
	v.col += w
}

// resize is what a terminal that wraps anew does: every line that was ended
// takes as many rows as it needs.
func (v *terminal) resize(width int) {
	old := v.rows
	*v = terminal{t: v.t, width: width}
	for _, line := range old {
		v.play(line + "\r\n")
	}
}

// show returns what is left, without blanks at the ends of lines.
func (v *terminal) show() string {
	rows := slices.Clone(v.rows)
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// drawn opens a screen over buffers and plays all it writes.
func drawn(t *testing.T, width, height int) (*IO, *Screen, *terminal, func() string) {
	o, out, _ := screen{width: width}.open()
	o.SetHeight(height)
	s := o.Screen()
	v := &terminal{t: t, width: width}
	return o, s, v, func() string {
		v.play(out.String())
		out.Reset()
		return v.show()
	}
}

func TestScreenDrawsInPlace(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		o, s, _, show := drawn(t, width, 24)
		full := strings.Repeat("x", width)
		wide := "東京ロビー " + strings.Repeat("長", width)
		for _, lines := range [][]string{{"one", "two", "three"}, {"one", full, "three"}, {full, wide}, {"", "b"}, {"a", "b", "c", "d"}} {
			if err := s.Draw(lines); err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(lines)
			for i := range want {
				want[i] = displaywidth.TruncateString(want[i], width, "")
			}
			if got := show(); got != strings.TrimRight(strings.Join(want, "\n"), "\n") {
				t.Errorf("width %d: drew %q, shows\n%s", width, lines, got)
			}
		}
		_, _ = o.Out().Write([]byte("a line\n"))
		if got := show(); got != "a line" {
			t.Errorf("other text and the block: %q", got)
		}
		_ = s.Draw([]string{"again"})
		if got := show(); got != "a line\nagain" {
			t.Errorf("below other text: %q", got)
		}
		_ = s.Close()
		_, _ = o.Out().Write([]byte("end\n"))
		if got := show(); got != "a line\nagain\nend" {
			t.Errorf("after Close: %q", got)
		}
	}
}

func TestScreenWritesOnlyWhatChanged(t *testing.T) {
	o, out, _ := screen{width: 80}.open()
	s := o.Screen()
	_ = s.Draw([]string{"head", "lobby online", "foyer online"})
	out.Reset()
	_ = s.Draw([]string{"head", "lobby online", "foyer online"})
	if out.Len() > 0 {
		t.Errorf("the same lines were written again: %q", out.String())
	}
	_ = s.Draw([]string{"head", "lobby offline", "foyer online"})
	if got := out.String(); got != "\x1b[3A\r\r\nlobby offline\x1b[K\r\n\r\n\x1b[J" {
		t.Errorf("%q", got)
	}
}

func TestScreenSurvivesResizing(t *testing.T) {
	o, s, v, show := drawn(t, 80, 24)
	lines := []string{strings.Repeat("a", 70), "short", strings.Repeat("長", 30)}
	_ = s.Draw(lines)
	show()
	for _, width := range []int{40, 20, 120, 33, 80} {
		v.resize(width)
		o.SetWidth(width)
		_ = s.Draw(lines)
		want := []string{cutLine(lines[0], width), "short", cutLine(lines[2], width)}
		if got := show(); got != strings.Join(want, "\n") {
			t.Fatalf("at %d:\n%s", width, got)
		}
	}
}

func TestScreenKeepsToTheHeight(t *testing.T) {
	_, s, _, show := drawn(t, 40, 4)
	_ = s.Draw([]string{"1", "2", "3", "4", "5"})
	if got := show(); got != "1\n2\n3" {
		t.Error(got)
	}
}

func TestNoScreenWithoutTerminal(t *testing.T) {
	o, _, _, _ := Test()
	if o.Screen() != nil {
		t.Error("a pipe has a screen")
	}
	o, _, _ = screen{width: 80}.open()
	o.dumb = true
	if o.Screen() != nil {
		t.Error("a dumb terminal has a screen")
	}
}

func TestLinesFit(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, width := range []int{20, 40, 80, 200} {
		o, _, _ := screen{width: width}.open()
		for _, line := range o.Lines(displayView(), displays(), width, now) {
			if n := Cells(line); n > max(width, 38) { // the id is never cut
				t.Errorf("width %d: %d cells: %q", width, n, line)
			}
		}
	}
}
