// This file asks the person at the terminal.

package output

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"golang.org/x/term"
)

// ErrNoTerminal is returned by the prompts when stdin or stderr is no terminal,
// so that there is nobody to ask.
var ErrNoTerminal = errors.New("this needs an answer, but there is no terminal to ask on")

// answer is a line read from stdin.
type answer struct {
	text string
	err  error
}

// lineReader reads stdin line by line. A read of a terminal cannot be taken
// back, so a line asked for under a context that ended belongs to the next
// question: pending keeps it.
type lineReader struct {
	buf     *bufio.Reader
	pending chan answer
}

// CanAsk reports whether the prompts have somebody to ask.
func (o *IO) CanAsk() bool { return o.inTTY && o.errTTY }

// Ask prints prompt on stderr and returns the line typed, without its end and
// surrounding space. It returns ErrNoTerminal where there is none, io.EOF when
// the input ends, and ctx.Err() as soon as ctx ends.
func (o *IO) Ask(ctx context.Context, prompt string) (string, error) {
	text, err := o.prompt(ctx, prompt, o.readLine)
	return strings.TrimSpace(text), err
}

// Password is Ask without echo; the text comes back exactly as typed. When ctx
// ends, the terminal is put back as it was before Password returns; its read
// stays behind until the next line, so the program should end then.
func (o *IO) Password(ctx context.Context, prompt string) (string, error) {
	if o.inFile == nil {
		return o.prompt(ctx, prompt, o.readLine) // buffers have no echo
	}
	fd := int(o.inFile.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", ErrNoTerminal
	}
	if err := echoOff(fd); err != nil {
		return "", err
	}
	text, err := o.prompt(ctx, prompt, o.readPassword)
	return text, errors.Join(err, term.Restore(fd, before))
}

// Confirm asks a yes-or-no question; Enter alone and the end of the input mean
// no. After three answers that are neither it gives up with no.
func (o *IO) Confirm(ctx context.Context, prompt string) (bool, error) {
	for range 3 {
		text, err := o.Ask(ctx, prompt+" [y/N] ")
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch strings.ToLower(text) {
		case "y", "yes":
			return true, nil
		case "", "n", "no":
			return false, nil
		}
		o.Notice("Please answer y or n.")
	}
	return false, nil
}

// prompt shows the question and reads the answer, one question at a time. An
// answer that is not echoed, or not given, leaves the cursor behind the
// question; the line is ended then.
func (o *IO) prompt(ctx context.Context, text string, read func(context.Context) (string, bool, error)) (string, error) {
	if !o.CanAsk() {
		return "", ErrNoTerminal
	}
	o.asking.Lock()
	defer o.asking.Unlock()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	o.mu.Lock()
	_, err := o.writeErr([]byte(cleanTalk(text, o.errColor)))
	o.mu.Unlock()
	if err != nil {
		return "", err
	}
	got, echoed, err := read(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	if echoed {
		o.midLine = false
	} else {
		_, _ = o.writeErr([]byte("\n"))
	}
	return got, err
}

// readLine reads a line; the terminal echoes it, newline included.
func (o *IO) readLine(ctx context.Context) (string, bool, error) {
	if o.lines == nil {
		o.lines = &lineReader{buf: bufio.NewReader(o.in)}
	}
	l := o.lines
	if l.pending == nil {
		ch := make(chan answer, 1)
		l.pending = ch
		go func() {
			text, err := l.buf.ReadString('\n')
			ch <- answer{text, err}
		}()
	}
	select {
	case <-ctx.Done():
		return "", false, ctx.Err()
	case a := <-l.pending:
		l.pending = nil
		if a.err != nil && a.text == "" {
			return "", false, a.err
		}
		return strings.TrimRight(a.text, "\r\n"), strings.HasSuffix(a.text, "\n"), nil
	}
}

// readPassword reads a line without echo.
func (o *IO) readPassword(ctx context.Context) (string, bool, error) {
	fd := int(o.inFile.Fd())
	ch := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		ch <- answer{string(text), err}
	}()
	select {
	case <-ctx.Done():
		return "", false, ctx.Err()
	case a := <-ch:
		return a.text, false, a.err
	}
}
