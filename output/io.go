// This file is the terminal: the one writer of stdout and stderr.

package output

import (
	"bytes"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mattn/go-colorable"
	"golang.org/x/term"
)

// fallbackWidth is the width in cells of a terminal that does not tell its own.
const fallbackWidth = 80

// IO is the terminal. All writes to stdout and stderr go through it and are
// serialized, so that lines of several goroutines never mix and a spinner or
// progress bar is taken off the screen before anything else is written.
//
// The setters are meant for the start of the program, before the first write.
type IO struct {
	in       io.Reader
	out, err io.Writer

	inFile, outFile, errFile *os.File // nil in tests

	inTTY, outTTY, errTTY bool
	outColor, errColor    bool
	width                 int  // cells; 0 asks the terminal
	height                int  // lines; 0 asks the terminal
	dumb                  bool // TERM=dumb: nothing may be redrawn
	quiet                 bool
	progressLines         bool
	now                   func() time.Time

	asking sync.Mutex // one prompt at a time
	lines  *lineReader

	writing atomic.Int64 // since when a write to stdout goes on, in ns since 1970; 0: none does

	mu      sync.Mutex // guards what follows, and the order of the bytes on both streams
	outErr  error      // the first failed write to stdout; it sticks
	owner   *status    // whose status line may be drawn
	drawn   bool       // a status line is on the screen
	midLine bool       // the last thing on the screen did not end its line
	screen  *Screen    // nil when none is open
}

// System returns the terminal of this process. env is usually os.Getenv; of it
// NO_COLOR, CLICOLOR, CLICOLOR_FORCE and TERM decide on color.
//
// From then on a write to a closed pipe is an error (EPIPE) instead of the
// death of the process by SIGPIPE. The signal is caught rather than ignored,
// because an ignored signal would be inherited by child processes.
func System(env func(string) string) *IO {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return fromFiles(os.Stdin, os.Stdout, os.Stderr, env)
}

func fromFiles(in, out, err *os.File, env func(string) string) *IO {
	o := &IO{
		in: in, out: colorable.NewColorable(out), err: colorable.NewColorable(err),
		inFile: in, outFile: out, errFile: err,
		inTTY:  term.IsTerminal(int(in.Fd())),
		outTTY: term.IsTerminal(int(out.Fd())),
		errTTY: term.IsTerminal(int(err.Fd())),
		dumb:   env("TERM") == "dumb",
		now:    time.Now,
	}
	o.outColor = wantColor(env, o.outTTY)
	o.errColor = wantColor(env, o.errTTY)
	return o
}

// Test returns an IO over buffers that is no terminal and has no color. The
// buffers must not be read while other goroutines still write.
func Test() (o *IO, in, out, err *bytes.Buffer) {
	in, out, err = &bytes.Buffer{}, &bytes.Buffer{}, &bytes.Buffer{}
	return &IO{in: in, out: out, err: err, now: time.Now}, in, out, err
}

// New returns an IO over any streams, which are no terminals and have no color.
func New(in io.Reader, out, err io.Writer) *IO {
	return &IO{in: in, out: out, err: err, now: time.Now}
}

// SetTTY pretends that the streams are terminals, or are not. Over buffers
// nothing is animated even so: spinners and bars need a real terminal.
func (o *IO) SetTTY(stdin, stdout, stderr bool) {
	o.inTTY, o.outTTY, o.errTTY = stdin, stdout, stderr
}

// SetWidth fixes the width of the terminal in cells; 0 asks the terminal again.
func (o *IO) SetWidth(n int) { o.width = n }

// SetColor switches color on or off for both streams, as --no-color does.
func (o *IO) SetColor(on bool) { o.outColor, o.errColor = on, on }

// SetQuiet silences Notice, Say, Wait and Progress. Warnings, prompts and
// failures stay.
func (o *IO) SetQuiet(quiet bool) { o.quiet = quiet }

// SetProgressLines makes Progress write a plain line every ten seconds where
// stderr is no terminal, as a CI log wants it.
func (o *IO) SetProgressLines(on bool) { o.progressLines = on }

// In returns stdin.
func (o *IO) In() io.Reader { return o.in }

// Out returns stdout. Each Write reaches the file at once and whole; callers
// with many small pieces collect them first, as Printer does. After the first
// failed write every further one fails with the same error.
func (o *IO) Out() io.Writer { return stream{o, false} }

// Err returns stderr. What is written here is always shown; prefer Notice,
// Say and Warn, which also clean what they are given.
func (o *IO) Err() io.Writer { return stream{o, true} }

// StdinTTY reports whether stdin is a terminal.
func (o *IO) StdinTTY() bool { return o.inTTY }

// StdoutTTY reports whether stdout is a terminal.
func (o *IO) StdoutTTY() bool { return o.outTTY }

// StderrTTY reports whether stderr is a terminal.
func (o *IO) StderrTTY() bool { return o.errTTY }

// Color reports whether stdout may carry color.
func (o *IO) Color() bool { return o.outColor }

// ErrColor reports whether stderr may carry color.
func (o *IO) ErrColor() bool { return o.errColor }

// Width returns the present width of the terminal at stdout in cells, and 0
// when stdout is no terminal.
func (o *IO) Width() int { return o.widthOf(o.outTTY, o.outFile) }

func (o *IO) errWidth() int { return o.widthOf(o.errTTY, o.errFile) }

func (o *IO) widthOf(tty bool, f *os.File) int {
	switch {
	case !tty:
		return 0
	case o.width > 0:
		return o.width
	case f != nil:
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return fallbackWidth
}

// Flush is called at the end of the program. It takes a status line off the
// screen and returns the first error that a write to stdout met, such as
// ENOSPC, so that no lost output ends with exit code 0.
func (o *IO) Flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.eraseStatus()
	o.owner = nil
	if o.screen != nil {
		o.screen.restore()
		o.screen = nil
	}
	return o.outErr
}

// stream is one of the two output streams, seen as an io.Writer.
type stream struct {
	o     *IO
	toErr bool
}

func (s stream) Write(p []byte) (int, error) {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	if s.toErr {
		return s.o.writeErr(p)
	}
	return s.o.writeOut(p)
}

// writeOut writes to stdout. The caller holds mu.
func (o *IO) writeOut(p []byte) (int, error) {
	if o.outErr != nil {
		return 0, o.outErr
	}
	if o.outTTY {
		o.beforeText(p)
	}
	o.writing.Store(time.Now().UnixNano())
	n, err := o.out.Write(p)
	o.writing.Store(0)
	if err != nil {
		o.outErr = err
	}
	return n, err
}

// Blocked reports whether a write to stdout has waited for its reader for so
// long. It never waits itself.
func (o *IO) Blocked(d time.Duration) bool {
	since := o.writing.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > d
}

// writeErr writes to stderr. The caller holds mu.
func (o *IO) writeErr(p []byte) (int, error) {
	if o.errTTY {
		o.beforeText(p)
	}
	return o.err.Write(p)
}

// beforeText makes room for p on the screen. The caller holds mu.
func (o *IO) beforeText(p []byte) {
	o.eraseStatus()
	if o.screen != nil {
		o.screen.erase()
	}
	if len(p) > 0 {
		o.midLine = p[len(p)-1] != '\n'
	}
}
