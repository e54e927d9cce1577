// This file is the status line: the last line of the terminal, which a spinner
// or progress bar redraws and which every other write takes away first.

package output

import (
	"bytes"

	"github.com/clipperhouse/displaywidth"
)

// eraseLine goes to the first column and clears the line.
const eraseLine = "\r\x1b[K"

// status is what spinner and progress bar write to. Several may exist; the
// first to draw owns the line until it closes.
type status struct{ o *IO }

// Write draws one frame. A frame is dropped while another status owns the line
// or while the last text has not ended its line (a prompt, say): the next
// frame is a tenth of a second away.
func (s *status) Write(p []byte) (int, error) {
	o := s.o
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.owner == nil {
		o.owner = s
	}
	if o.owner != s || o.midLine {
		return len(p), nil
	}
	o.drawn = true
	_, _ = o.err.Write(frame(p, o.errWidth())) // talk: a lost frame changes nothing
	return len(p), nil
}

// close takes the line off the screen and gives it up.
func (s *status) close() {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	if s.o.owner == s {
		s.o.eraseStatus()
		s.o.owner = nil
	}
}

// eraseStatus takes the status line off the screen. The caller holds mu.
func (o *IO) eraseStatus() {
	if o.drawn {
		o.drawn = false
		_, _ = o.err.Write([]byte(eraseLine))
	}
}

// frame keeps of what a library draws the text, cut to one line, and the
// erasing of that line. It drops colors, which follow the library's idea of
// stdout and not ours, and moves to lines above, for there are none to erase: a
// library that believes its line has wrapped would eat what stands above.
func frame(p []byte, width int) []byte {
	kept := make([]byte, 0, len(p))
	for len(p) > 0 {
		start := bytes.Index(p, []byte("\x1b["))
		if start < 0 {
			kept = append(kept, p...)
			break
		}
		kept = append(kept, p[:start]...)
		end := start + 2
		for end < len(p) && (p[end] == ';' || p[end] >= '0' && p[end] <= '9') {
			end++
		}
		if end < len(p) {
			end++
		}
		if p[end-1] == 'K' {
			kept = append(kept, p[start:end]...)
		}
		p = p[end:]
	}
	return displaywidth.Options{ControlSequences: true}.TruncateBytes(kept, width-1, nil)
}
