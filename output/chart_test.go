package output

import (
	"strings"
	"testing"
)

func TestBars(t *testing.T) {
	lines := Bars([]Bar{{"Lobby", 10, "10"}, {"A very long label that does not fit", 5, "5"}, {"tiny", 0.001, "0"}, {"none", 0, "-"}}, 40)
	want := []string{
		"Lobby         " + strings.Repeat("█", 22) + " 10",
		"A very long … " + strings.Repeat("█", 11) + strings.Repeat(" ", 12) + "5",
		"tiny          ▏" + strings.Repeat(" ", 22) + "0",
		"none          " + strings.Repeat(" ", 23) + "-",
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("%d:\n%q\n%q", i, lines[i], want[i])
		}
	}
	for width := range 120 {
		for _, line := range Bars([]Bar{{"屏幕 one", 3, "3"}, {"two", 7, "7"}}, width) {
			if width >= 24 && cells(line) > width {
				t.Errorf("%d cells of %d: %q", cells(line), width, line)
			}
		}
	}
}

func TestLine(t *testing.T) {
	lines := Line([]float64{0, 1, 2, 3, 4, 5, 6, 7}, 12, 2)
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "7 │") || !strings.HasPrefix(lines[1], "0 │") {
		t.Fatalf("%q", lines)
	}
	dots := 0
	for _, line := range lines {
		for _, r := range line {
			if r > '⠀' && r <= '⣿' {
				dots++
			}
		}
	}
	if dots < 8 {
		t.Errorf("a curve of %d cells: %q", dots, lines)
	}
	if got := Line([]float64{5, 5, 5}, 20, 3); !strings.Contains(got[0], "⠉") || strings.Contains(got[2], "⠉") {
		t.Errorf("a level line is at the top: %q", got)
	}
	if Line(nil, 20, 3) != nil || len(Line([]float64{1}, 2, 1)) != 1 {
		t.Error("the edges")
	}
}
