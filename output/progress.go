// This file is the progress bar, and its plain lines for a CI log.

package output

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Unit is what a progress counts.
type Unit int

// Items are counted one by one; Bytes are shown in units of 1 KiB and more.
const (
	Items Unit = iota
	Bytes
)

const (
	barEvery  = 100 * time.Millisecond // between frames
	lineEvery = 10 * time.Second       // between lines without a terminal
	barCells  = 40                     // widest bar
	// Cells beside label and bar: percent and brackets, "(1.5 GiB of 2.7 GiB, 10.1 MiB/s)", "1h2m3s left".
	percentCells, countCells, timeCells = 10, 36, 14
)

// Progress is a running progress display. A nil Progress does nothing. Its
// methods may be called from several goroutines.
type Progress struct {
	o     *IO
	label string
	total int64
	unit  Unit

	mu     sync.Mutex // guards what follows
	bar    *bar
	line   *status
	count  int64
	detail string        // what else there is to say; "" = nothing
	left   time.Duration // time left, where it is known better than by the speed; 0 = it is not
	last   time.Time     // of the last plain line
	lines  int
	closed bool
}

// Progress shows how far a work of total units is; a total of 0 or less is not
// known. On a terminal it is a bar on stderr. Elsewhere it is nothing, or one
// line every ten seconds if SetProgressLines was set. Done must be called.
func (o *IO) Progress(label string, total int64, unit Unit) *Progress {
	p := &Progress{o: o, label: cleanLine(label), total: max(total, 0), unit: unit, last: o.now()}
	if o.quiet || !o.errTTY || o.dumb || o.errFile == nil {
		return p
	}
	p.line = &status{o}
	p.bar = &bar{w: p.line, label: p.label, unit: unit, total: p.total, width: o.errWidth(), began: o.now()}
	return p
}

// bar draws frames. A library for this costs 200 kB and start-up time of every
// command (see CHANGELOG), and what is left to do is one line of text.
type bar struct {
	w     *status
	label string
	unit  Unit
	total int64 // 0: not known
	width int   // of the terminal, in cells
	began time.Time
	drawn time.Time

	detail string
	known  time.Duration // time left, when it is not to be told by the speed
}

// draw shows a frame, at most one each barEvery.
func (b *bar) draw(count int64, now time.Time) {
	if now.Sub(b.drawn) < barEvery {
		return
	}
	b.drawn = now
	_, _ = b.w.Write([]byte("\r\x1b[K" + b.frame(count, now.Sub(b.began)))) // talk: a lost frame changes nothing
}

// frame fits label, bar, counts and times into the width. On a narrow terminal
// the time left goes first, then the counts, and the bar shrinks.
func (b *bar) frame(count int64, took time.Duration) string {
	label := fit(b.label, max(b.width/3, 8))
	free := b.width - cells(label) - percentCells
	text := ""
	add := func(part string, usual int) { // the bar keeps its width while parts have no more than usual
		if need := max(cells(part), usual); free >= need+5 {
			free -= need
			text += part
		}
	}
	add(" ("+b.counts(count, took)+")", countCells)
	if left := b.left(count, took); left != "" {
		add(" "+left, timeCells)
	}
	if b.total == 0 {
		return label + text
	}
	wide := min(max(free, 5), barCells)
	full := int(count * int64(wide) / b.total)
	return fmt.Sprintf("%s [%s%s] %3d%%%s", label, strings.Repeat("=", full), strings.Repeat(" ", wide-full), count*100/b.total, text)
}

func (b *bar) counts(count int64, took time.Duration) string {
	show := b.unit.text
	text := show(count)
	if b.total > 0 {
		text += " of " + show(b.total)
	}
	if b.detail != "" {
		return text + ", " + b.detail
	}
	if seconds := took.Seconds(); seconds >= 1 {
		text += ", " + show(int64(float64(count)/seconds)) + "/s"
	}
	return text
}

// left is the time left at the speed so far; "" while that means nothing.
func (b *bar) left(count int64, took time.Duration) string {
	if b.known > 0 {
		return HumanDuration(b.known.Round(time.Second)) + " left"
	}
	if b.total == 0 || count == 0 || took < time.Second {
		return ""
	}
	rest := time.Duration(float64(took) * float64(b.total-count) / float64(count))
	return HumanDuration(rest.Round(time.Second)) + " left"
}

// text writes n in the unit.
func (u Unit) text(n int64) string {
	if u == Bytes {
		return HumanBytes(n)
	}
	return strconv.FormatInt(n, 10)
}

// Add counts n units more.
func (p *Progress) Add(n int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.count += n
	p.show()
}

// Set says how far the work is, with what else there is to say of it and, where
// that is known better than by the speed so far, the time left.
func (p *Progress) Set(count int64, detail string, left time.Duration) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.count, p.detail, p.left = count, detail, left
	p.show()
}

// show draws the bar, or says a line when it is time for one.
func (p *Progress) show() {
	if p.bar != nil {
		shown := p.count
		if p.total > 0 {
			shown = min(shown, p.total)
		}
		p.bar.detail, p.bar.known = p.detail, p.left
		p.bar.draw(shown, p.o.now())
		return
	}
	if now := p.o.now(); p.o.progressLines && !p.o.errTTY && now.Sub(p.last) >= lineEvery {
		p.last = now
		p.lines++
		p.o.Say("%s", p.text())
	}
}

// Done takes the bar off the screen; plain lines end with the final count. It
// may be called more than once.
func (p *Progress) Done() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	if p.bar != nil {
		p.line.close()
	}
	if p.lines > 0 {
		p.o.Say("%s", p.text())
	}
}

// text is the plain line: "summer.mp4: 45% (1.2 MiB of 2.7 MiB)".
func (p *Progress) text() string {
	show := p.unit.text
	if p.total == 0 {
		return fmt.Sprintf("%s: %s", p.label, show(p.count))
	}
	text := fmt.Sprintf("%s: %d%% (%s of %s", p.label, int(float64(p.count)/float64(p.total)*100), show(p.count), show(p.total))
	if p.detail != "" {
		text += ", " + p.detail
	}
	if p.left > 0 {
		text += ", " + HumanDuration(p.left.Round(time.Second)) + " left"
	}
	return text + ")"
}
