// This file tests what only a real terminal shows: spinner and bar clean up,
// passwords are not echoed, Ctrl-C restores the terminal, widths are honored.

package output

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// console is a child under a pty, and all it has shown.
type console struct {
	t   *testing.T
	pty *os.File
	cmd *exec.Cmd

	mu    sync.Mutex
	shown bytes.Buffer
	ended chan struct{}
}

func start(t *testing.T, scene string, width int, env ...string) *console {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "OUTPUT_TEST_CHILD="+scene, "TERM=xterm", "NO_COLOR=1")
	cmd.Env = append(cmd.Env, env...)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: uint16(width)})
	if err != nil {
		t.Fatal(err)
	}
	c := &console{t: t, pty: f, cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			c.mu.Lock()
			c.shown.Write(buf[:n])
			c.mu.Unlock()
			if err != nil {
				return // EIO: the child has closed its side
			}
		}
	}()
	return c
}

func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown.String()
}

// await returns when the child has shown s.
func (c *console) await(s string) {
	c.t.Helper()
	for !strings.Contains(c.text(), s) {
		select {
		case <-c.ended:
			if !strings.Contains(c.text(), s) {
				c.t.Fatalf("ended without %q: %q", s, c.text())
			}
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// end waits for the child and returns all it has shown.
func (c *console) end() string {
	c.t.Helper()
	err := c.cmd.Wait()
	<-c.ended
	_ = c.pty.Close()
	if err != nil {
		c.t.Fatalf("child: %v\n%q", err, c.text())
	}
	return c.text()
}

// screenOf plays what a terminal got and returns the lines that are left. It
// knows the few sequences this package emits and fails on any other.
func screenOf(t *testing.T, s string, width int) []string {
	t.Helper()
	lines, row, col := [][]rune{{}}, 0, 0
	for s = strings.NewReplacer("\x1b[2K\r", "\r\x1b[K", "\x1b[0K", "\x1b[K").Replace(s); s != ""; {
		switch {
		case strings.HasPrefix(s, "\x1b[K"):
			lines[row] = lines[row][:min(col, len(lines[row]))]
			s = s[3:]
			continue
		case s[0] == '\x1b':
			t.Fatalf("unknown sequence %q", s[:min(len(s), 8)])
		case s[0] == '\r':
			col = 0
		case s[0] == '\n':
			row++
			if row == len(lines) {
				lines = append(lines, nil)
			}
		default:
			r := []rune(s)[0]
			for len(lines[row]) <= col {
				lines[row] = append(lines[row], ' ')
			}
			lines[row][col] = r
			col++
			if col > width {
				t.Fatalf("line wraps at %d: %q", width, string(lines[row]))
			}
			s = s[len(string(r)):]
			continue
		}
		s = s[1:]
	}
	var left []string
	for _, l := range lines {
		left = append(left, strings.TrimRight(string(l), " "))
	}
	return left
}

func TestSpinnerLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			shown := start(t, "wait", width).end()
			if !strings.Contains(shown, "Fetching displays") || !strings.Contains(shown, "almost") {
				t.Errorf("no spinner: %q", shown)
			}
			if got := strings.Join(screenOf(t, shown, width), "|"); got != "a line|data|end|" {
				t.Errorf("width %d: left %q", width, got)
			}
		})
	}
}

func TestQuickWorkShowsNoSpinner(t *testing.T) {
	t.Parallel()
	if shown := start(t, "quick", 80).end(); shown != "end\r\n" {
		t.Errorf("got %q", shown)
	}
	if shown := start(t, "wait", 80, "TERM=dumb").end(); strings.ContainsAny(shown, "\x1b") {
		t.Errorf("dumb terminal got %q", shown)
	}
}

func TestBarLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			shown := start(t, "progress", width).end()
			if !strings.Contains(shown, "90%") || width >= 80 && !strings.Contains(shown, "of 10 MiB") {
				t.Errorf("no bar: %q", shown)
			}
			if got := strings.Join(screenOf(t, shown, width), "|"); got != "a line|end|" {
				t.Errorf("width %d: left %q", width, got)
			}
		})
	}
}

func TestPasswordIsNotEchoed(t *testing.T) {
	t.Parallel()
	c := start(t, "password", 80)
	c.await("Password: ")
	c.type_("s3cret word\n")
	shown := c.end()
	if strings.Count(shown, "s3cret") != 1 || !strings.Contains(shown, `got "s3cret word" <nil>`) {
		t.Errorf("got %q", shown)
	}
}

// type_ types once the terminal no longer echoes, for the prompt comes first.
func (c *console) type_(s string) {
	c.t.Helper()
	for echoes(c.t, c.pty) {
		time.Sleep(time.Millisecond)
	}
	if _, err := io.WriteString(c.pty, s); err != nil {
		c.t.Fatal(err)
	}
}

func TestInterruptRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	c := start(t, "password", 80)
	c.await("Password: ")
	c.type_("half\x03")
	c.await("got")
	for !echoes(c.t, c.pty) { // hangs, and the child times out, if echo stays off
		time.Sleep(time.Millisecond)
	}
	if shown := c.end(); !strings.Contains(shown, `got "" context canceled true`) {
		t.Errorf("got %q", shown)
	}
}

func TestInterruptWhileConfirming(t *testing.T) {
	t.Parallel()
	c := start(t, "confirm", 80)
	c.await("[y/N] ")
	if _, err := io.WriteString(c.pty, "\x03"); err != nil {
		t.Fatal(err)
	}
	if shown := c.end(); !strings.Contains(shown, "\r\ngot false context canceled") {
		t.Errorf("got %q", shown)
	}
}

func TestConfirmOnATerminal(t *testing.T) {
	t.Parallel()
	c := start(t, "confirm", 80)
	c.await("[y/N] ")
	if _, err := io.WriteString(c.pty, "y\n"); err != nil {
		t.Fatal(err)
	}
	if shown := c.end(); shown != "Delete 3 playlists? [y/N] y\r\ngot true <nil>\r\n" {
		t.Errorf("got %q", shown)
	}
}

func TestTableFitsARealTerminal(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 80, 200} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			shown := strings.ReplaceAll(start(t, "table", width).end(), "\r\n", "\n")
			o, out, _ := screen{width: width}.open()
			if err := printer(t, o, "table").List(displayView(), displays()); err != nil {
				t.Fatal(err)
			}
			if shown != out.String() {
				t.Errorf("width %d:\n%s", width, shown)
			}
		})
	}
}
