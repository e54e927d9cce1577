// This file tests the one writer: what goes where, errors of stdout, color,
// prompts over buffers, and progress without a terminal.

package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv("OUTPUT_TEST_CHILD") != "" {
		os.Exit(child(os.Getenv("OUTPUT_TEST_CHILD")))
	}
	goleak.VerifyTestMain(m)
}

func TestWhoSeesWhat(t *testing.T) {
	for _, c := range []struct {
		tty, quiet bool
		want       string
	}{
		{false, false, "say\nwarning: warn\n"},
		{true, false, "notice\nsay\nwarning: warn\n"},
		{false, true, "warning: warn\n"},
		{true, true, "warning: warn\n"},
	} {
		o, out, talk, _ := newTest()
		o.SetTTY(false, false, c.tty)
		o.SetQuiet(c.quiet)
		o.Notice("notice")
		o.Say("say")
		o.Warn("%s\x07", "warn")
		if talk.String() != c.want || out.Len() > 0 {
			t.Errorf("tty=%v quiet=%v: %q", c.tty, c.quiet, talk)
		}
	}
}

func TestColorRules(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		tty  bool
		want bool
	}{
		{nil, true, true},
		{nil, false, false},
		{map[string]string{"NO_COLOR": "1"}, true, false},
		{map[string]string{"NO_COLOR": ""}, true, true},
		{map[string]string{"CLICOLOR": "0"}, true, false},
		{map[string]string{"TERM": "dumb"}, true, false},
		{map[string]string{"CLICOLOR_FORCE": "1"}, false, true},
		{map[string]string{"CLICOLOR_FORCE": "0"}, false, false},
		{map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, true, false},
	} {
		if got := wantColor(func(k string) string { return c.env[k] }, c.tty); got != c.want {
			t.Errorf("%v tty=%v: %v", c.env, c.tty, got)
		}
	}
}

func noEnv(string) string { return "" }

func TestClosedPipeIsAnErrorNotPrinted(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	_ = r.Close()
	o := fromFiles(os.Stdin, w, os.Stderr, noEnv)
	p := printer(t, o, "jsonl")
	for range 2 { // the error sticks
		if err := p.List(displayView(), manyRecords(2000)); !ClosedPipe(err) || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := fmt.Fprintln(o.Out(), "more"); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("got %v", err)
	}
}

func TestLinesOfManyWritersStayWhole(t *testing.T) {
	o, out, _, _ := newTest()
	s, err := printer(t, o, "jsonl").Stream(displayView())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				o.Say("talk")
				if err := s.Add(displays()[0]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "{") || !strings.HasSuffix(line, "}\n") {
			t.Fatalf("broken line %q", line)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 400 {
		t.Errorf("%d lines", n)
	}
}

func TestPromptsNeedATerminal(t *testing.T) {
	for _, tty := range [][2]bool{{false, true}, {true, false}} {
		o, _, talk, _ := newTest()
		o.SetTTY(tty[0], true, tty[1])
		_, ask := o.Ask(t.Context(), "Name: ")
		_, password := o.Password(t.Context(), "Password: ")
		_, confirm := o.Confirm(t.Context(), "Sure?")
		for _, err := range []error{ask, password, confirm} {
			if !errors.Is(err, ErrNoTerminal) {
				t.Errorf("%v: %v", tty, err)
			}
		}
		if talk.Len() > 0 {
			t.Errorf("asked anyway: %q", talk)
		}
	}
}

func TestPromptsOverBuffers(t *testing.T) {
	o, out, talk, in := newTest()
	o.SetTTY(true, true, true)
	in.WriteString("  Lobby \n pass word \r\nmaybe\nYES\n\n")
	if s, err := o.Ask(t.Context(), "Name: "); s != "Lobby" || err != nil {
		t.Errorf("Ask: %q %v", s, err)
	}
	if s, err := o.Password(t.Context(), "Password: "); s != " pass word " || err != nil {
		t.Errorf("Password: %q %v", s, err)
	}
	if ok, err := o.Confirm(t.Context(), "Delete\x1b[2J it?"); !ok || err != nil {
		t.Errorf("Confirm: %v %v", ok, err)
	}
	if ok, err := o.Confirm(t.Context(), "Again?"); ok || err != nil {
		t.Errorf("Confirm by Enter: %v %v", ok, err)
	}
	if ok, err := o.Confirm(t.Context(), "At the end?"); ok || err != nil {
		t.Errorf("Confirm at the end: %v %v", ok, err)
	}
	if _, err := o.Ask(t.Context(), "End: "); !errors.Is(err, io.EOF) {
		t.Errorf("Ask at the end: %v", err)
	}
	want := "Name: Password: Delete[2J it? [y/N] Please answer y or n.\nDelete[2J it? [y/N] Again? [y/N] At the end? [y/N] \nEnd: \n"
	if talk.String() != want || out.Len() > 0 {
		t.Errorf("stderr %q", talk)
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	o, _, _, _ := newTest()
	o.in = r
	o.SetTTY(true, true, true)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := o.Ask(ctx, "Name: "); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	go func() { _, _ = io.WriteString(w, "late\n") }()
	if s, err := o.Ask(t.Context(), "Name: "); s != "late" || err != nil {
		t.Errorf("the answer is lost: %q %v", s, err)
	}
}

func TestProgressLines(t *testing.T) {
	o, out, talk, _ := newTest()
	now := clock
	o.now = func() time.Time { return now }
	o.SetProgressLines(true)
	p := o.Progress("summer\x1b.mp4", 4<<20, Bytes)
	for range 4 {
		now = now.Add(6 * time.Second)
		p.Add(1 << 20)
	}
	p.Done()
	p.Done()
	p.Add(1)
	want := "summer.mp4: 50% (2 MiB of 4 MiB)\nsummer.mp4: 100% (4 MiB of 4 MiB)\nsummer.mp4: 100% (4 MiB of 4 MiB)\n"
	if talk.String() != want || out.Len() > 0 {
		t.Errorf("got %q", talk)
	}

	o, _, talk, _ = newTest()
	short := o.Progress("rows", 0, Items)
	short.Add(3)
	short.Done()
	if talk.Len() > 0 {
		t.Errorf("unasked lines: %q", talk)
	}
	var none *Progress
	none.Add(1)
	none.Done()
	var wait *Wait
	wait.Update("x")
	wait.Stop()
}

func TestFrameStaysOnItsLine(t *testing.T) {
	for in, want := range map[string]string{
		"\r\x1b[K\x1b[F\x1b[K\x1b[1;37m⠋\x1b[0m x": "\r\x1b[K\x1b[K⠋ x",
		"\x1b[2K\r0123456789":                      "\x1b[2K\r012345678",
		"\x1b[":                                    "",
	} {
		if got := string(frame([]byte(in), 10)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
