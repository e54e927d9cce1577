// This file is the spinner that is shown while something takes time.

package output

import (
	"sync"
	"time"

	"github.com/briandowns/spinner"
)

const (
	showAfter  = 150 * time.Millisecond // what is quicker shows no spinner
	frameEvery = 100 * time.Millisecond
	brailleSet = 14 // of spinner.CharSets
)

// Wait is a running spinner. A nil Wait does nothing.
type Wait struct {
	o       *IO
	line    *status
	mu      sync.Mutex // guards what follows
	spinner *spinner.Spinner
	timer   *time.Timer
	stopped bool
}

// Wait shows a spinner with msg on stderr after 150 ms, if stderr is a terminal
// and IO is not quiet; otherwise it does nothing. Stop must be called; a
// deferred call is fine.
//
// The cursor is not hidden, so that a killed process leaves it visible.
func (o *IO) Wait(msg string) *Wait {
	w := &Wait{o: o}
	if !o.errTTY || o.quiet || o.dumb || o.errFile == nil {
		return w
	}
	w.line = &status{o}
	w.spinner = spinner.New(spinner.CharSets[brailleSet], frameEvery,
		spinner.WithWriter(w.line), spinner.WithHiddenCursor(false))
	w.spinner.WriterFile = o.errFile // the library looks here for a terminal
	w.spinner.Suffix = w.suffix(msg)
	w.timer = time.AfterFunc(showAfter, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.stopped {
			w.spinner.Start()
		}
	})
	return w
}

// suffix fits msg beside the spinner: a line that wraps could not be erased.
func (w *Wait) suffix(msg string) string {
	return " " + fit(cleanLine(msg), w.o.errWidth()-3)
}

// Update changes the message.
func (w *Wait) Update(msg string) {
	if w == nil || w.spinner == nil {
		return
	}
	suffix := w.suffix(msg)
	w.spinner.Lock()
	w.spinner.Suffix = suffix
	w.spinner.Unlock()
}

// Stop takes the spinner off the screen. It may be called more than once.
func (w *Wait) Stop() {
	if w == nil || w.spinner == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	w.stopped = true
	w.timer.Stop()
	w.spinner.Stop()
	w.line.close()
}
