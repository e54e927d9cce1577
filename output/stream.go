// This file prints records as they come.

package output

import "sync"

// The widths in cells of columns in a stream that name none.
const (
	streamText   = 16
	streamNumber = 6
)

// Stream prints records one by one; each is written out before Add returns.
// It may be used by several goroutines.
type Stream struct {
	mu   sync.Mutex
	p    *Printer
	v    View
	cols []Column
	put  func(Record) error

	grid  *grid
	slots []slot
	width int // of the terminal when slots was laid out; -1 before
}

// Stream starts printing records of a view as they come. json prints as jsonl,
// yaml as a document each, and a jq program gets one object at a time. A table
// cannot know what comes: its columns have the widths that Column.Max names,
// fitted to the terminal, and the header is repeated when that changes.
func (p *Printer) Stream(v View) (*Stream, error) {
	cols, err := p.columns(v)
	if err != nil {
		return nil, err
	}
	s := &Stream{p: p, v: v, cols: cols, width: -1}
	switch p.opt.Format.Name {
	case "json", "jsonl":
		s.put = p.jsonLine
	case "yaml":
		s.put = s.document
	case "csv":
		s.put = func(r Record) error { return p.csvRow(cols, r) }
		if !p.opt.NoHeaders {
			err = p.csvHeader(cols)
		}
	case "name":
		s.put = func(r Record) error { return p.nameLine(v, r) }
	case "lines":
		s.put = func(r Record) error { return p.plainLine(cols, r) }
	case "template":
		s.put = p.template
	case "jq":
		s.put = p.jqOne
	default:
		s.grid = newGrid(cols, nil, p.cellMode())
		s.put = s.row
		s.refit()
	}
	if err == nil {
		err = p.sink.flush()
	}
	return s, err
}

// Add prints one record.
func (s *Stream) Add(r Record) error {
	err := s.Collect(r)
	if flushed := s.Flush(); err == nil {
		err = flushed
	}
	return err
}

// Collect prints one record of many that come at once: it may wait for Flush,
// or for more.
func (s *Stream) Collect(r Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(r)
}

// Flush writes out what was collected.
func (s *Stream) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.p.sink.flush()
}

// Close ends the stream and returns the first error that stdout met.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.p.sink.flush(); err != nil {
		return err
	}
	return s.p.io.Flush()
}

func (s *Stream) document(r Record) error {
	s.p.sink.buf = append(s.p.sink.buf, "---\n"...)
	return s.p.yamlOne(r)
}

func (s *Stream) row(r Record) error {
	s.refit()
	s.grid.reset()
	s.grid.add(r, s.p.cellMode())
	if s.p.tty {
		s.p.sink.buf = s.grid.appendRow(s.p.sink.buf, s.slots, 0, s.p.io.Color())
		return nil
	}
	// In a pipe nothing is cut: a long cell pushes the rest of its row.
	slots := make([]slot, len(s.slots))
	for i, slot := range s.slots {
		_, width := s.grid.cell(0, slot.col)
		slot.width = max(slot.width, width)
		slots[i] = slot
	}
	s.p.sink.buf = s.grid.appendRow(s.p.sink.buf, slots, 0, s.p.io.Color())
	return nil
}

// refit lays the columns out for the present width of the terminal and prints
// the header, if the width is new.
func (s *Stream) refit() {
	width := s.p.io.Width()
	if width == s.width || len(s.cols) == 0 {
		return
	}
	s.width = width
	natural := make([]int, len(s.cols))
	for i, c := range s.cols {
		want := c.Max
		switch {
		case want > 0:
		case c.Right:
			want = streamNumber
		default:
			want = streamText
		}
		natural[i] = max(cells(s.grid.header[i]), want)
		s.grid.text[i] = true // unknown yet; numbers are right-aligned
	}
	s.slots = s.grid.layout(natural, width, s.v.idField())
	s.spread(width)
	if !s.p.opt.NoHeaders {
		s.p.sink.buf = s.grid.appendHeader(s.p.sink.buf, s.slots, s.p.io.Color())
	}
}

// spread gives what is left of the width to the text columns without a Max.
func (s *Stream) spread(width int) {
	var free []int
	for i, slot := range s.slots {
		if s.cols[slot.col].Max == 0 && s.grid.shrinks(slot.col, s.v.idField()) {
			free = append(free, i)
		}
	}
	left := width - total(s.slots)
	for k, i := range free {
		if left > 0 {
			share := left / (len(free) - k)
			s.slots[i].width += share
			left -= share
		}
	}
}
