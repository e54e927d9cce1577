// This file draws charts out of block and braille characters.

package output

import (
	"math"
	"strconv"
	"strings"
)

// Bar is one bar of a chart.
type Bar struct {
	Label string
	Value float64 // not negative
	Text  string  // the value in words, behind the bar
}

// Bars draws horizontal bars side by side with their labels, within width
// cells. The longest takes all the room there is.
func Bars(bars []Bar, width int) []string {
	left, right, top := 0, 0, 0.0
	for _, b := range bars {
		left, right, top = max(left, cells(cleanLine(b.Label))), max(right, cells(b.Text)), max(top, b.Value)
	}
	left = min(left, max(8, width/3))
	room := max(4, width-left-right-3)
	lines := make([]string, len(bars))
	for i, b := range bars {
		share := 0.0
		if top > 0 {
			share = b.Value / top
		}
		label := fit(cleanLine(b.Label), left)
		bar := block(share * float64(room))
		lines[i] = label + strings.Repeat(" ", left-cells(label)+1) + bar + strings.Repeat(" ", max(0, room-cells(bar)+1)) + b.Text
	}
	return lines
}

// block is a bar of so many cells, in eighths of one.
func block(n float64) string {
	eighths := int(math.Round(n * 8))
	if n > 0 && eighths == 0 {
		eighths = 1 // little is not nothing
	}
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string(rune('█' + 8 - rest))
	}
	return bar
}

// Line draws a series as a curve of braille dots, width cells wide and height
// lines high, with the scale on the left: the largest value and 0 (or the
// smallest, when it is below).
func Line(values []float64, width, height int) []string {
	if len(values) == 0 {
		return nil
	}
	low, high := 0.0, values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	if high == low {
		high = low + 1
	}
	top, bottom := number(high), number(low)
	left := max(len(top), len(bottom))
	room := max(8, width-left-2)
	dots := newDots(room, height)
	x, y := -1, 0
	for i, v := range values {
		at := 0
		if len(values) > 1 {
			at = i * (2*room - 1) / (len(values) - 1)
		}
		up := int(math.Round((v - low) / (high - low) * float64(4*height-1)))
		if x < 0 {
			x, y = at, up
		}
		dots.stroke(x, y, at, up)
		x, y = at, up
	}
	lines := dots.lines()
	for i := range lines {
		scale := ""
		switch i {
		case 0:
			scale = top
		case height - 1:
			scale = bottom
		}
		lines[i] = strings.Repeat(" ", left-len(scale)) + scale + " │" + lines[i]
	}
	return lines
}

// number is a value on a scale: short, without more digits than it has.
func number(v float64) string {
	if v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// dots is a field of braille dots, two by four in a cell, from below.
type dots struct {
	cells  []rune
	width  int
	height int
}

func newDots(width, height int) *dots {
	return &dots{cells: make([]rune, width*height), width: width, height: height}
}

func (d *dots) set(x, y int) {
	const left, right = "\x40\x04\x02\x01", "\x80\x20\x10\x08" // bits of the dots of a column, from below
	cell := (d.height-1-y/4)*d.width + x/2
	if x%2 == 0 {
		d.cells[cell] |= rune(left[y%4])
	} else {
		d.cells[cell] |= rune(right[y%4])
	}
}

// stroke sets the dots from one point to the next.
func (d *dots) stroke(x0, y0, x1, y1 int) {
	steps := max(1, x1-x0, y1-y0, y0-y1)
	for i := range steps + 1 {
		d.set(x0+(x1-x0)*i/steps, y0+(y1-y0)*i/steps)
	}
}

func (d *dots) lines() []string {
	lines := make([]string, d.height)
	for row := range lines {
		var b strings.Builder
		for _, bits := range d.cells[row*d.width : (row+1)*d.width] {
			if bits == 0 {
				b.WriteByte(' ')
			} else {
				b.WriteRune('⠀' + bits)
			}
		}
		lines[row] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
