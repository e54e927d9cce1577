// This file is the progress bar, and its plain lines for a CI log.

package output

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
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
	// Cells beside label and bar: percent and brackets, "(1.5/2.7 GiB, 10.1 MiB/s)", "[1h2m3s:1h2m3s]".
	percentCells, countCells, timeCells = 10, 36, 18
)

// Progress is a running progress display. A nil Progress does nothing. Its
// methods may be called from several goroutines.
type Progress struct {
	o     *IO
	label string
	total int64
	unit  Unit

	mu     sync.Mutex // guards what follows
	bar    *progressbar.ProgressBar
	line   *status
	count  int64
	last   time.Time // of the last plain line
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
	p.bar = newBar(p.line, p.label, p.total, unit, o.errWidth())
	return p
}

// newBar fits label, bar and numbers into width cells. On a narrow terminal the
// times go first, then the counts, and the bar shrinks.
func newBar(w *status, label string, total int64, unit Unit, width int) *progressbar.ProgressBar {
	label = fit(label, max(width/3, 8))
	free := width - cells(label) - percentCells
	counts := free >= countCells+5
	if counts {
		free -= countCells
	}
	times := free >= timeCells+5
	if times {
		free -= timeCells
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(label),
		progressbar.OptionThrottle(barEvery),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionShowBytes(unit == Bytes && counts),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetWidth(min(max(free, 5), barCells)),
		progressbar.OptionSetElapsedTime(times),
		progressbar.OptionSetPredictTime(times && total > 0),
		progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine: Add draws
		progressbar.OptionSetTheme(progressbar.ThemeASCII),
	}
	if counts {
		options = append(options, progressbar.OptionShowCount())
	}
	if total == 0 {
		total = -1 // the library's word for unknown
	}
	return progressbar.NewOptions64(total, options...)
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
	if p.bar != nil {
		if p.total > 0 && p.count >= p.total {
			return // a full bar would finish itself; Done does that
		}
		_ = p.bar.Add64(n) // fails only beyond the total
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
		_ = p.bar.Exit() // only marks it; close clears the line
		p.line.close()
	}
	if p.lines > 0 {
		p.o.Say("%s", p.text())
	}
}

// text is the plain line: "summer.mp4: 45% (1.2 MiB of 2.7 MiB)".
func (p *Progress) text() string {
	show := func(n int64) string {
		if p.unit == Bytes {
			return HumanBytes(n)
		}
		return fmt.Sprint(n)
	}
	if p.total == 0 {
		return fmt.Sprintf("%s: %s", p.label, show(p.count))
	}
	return fmt.Sprintf("%s: %d%% (%s of %s)", p.label, int(float64(p.count)/float64(p.total)*100), show(p.count), show(p.total))
}
