package main

// This file is about one thing: the live board of watch on a real terminal.

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/creack/pty"

	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// window is a command on a terminal, and what it has written since.
type window struct {
	t    *testing.T
	pty  *os.File
	done chan struct{}

	mu    sync.Mutex
	shown bytes.Buffer
}

func (s *stage) window(width, height int, args ...string) (c *window, exit func() int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	s.t.Cleanup(cancel)
	cmd := child(ctx, s.environ(), s.dir, args...)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)})
	if err != nil {
		s.t.Fatal(err)
	}
	c = &window{t: s.t, pty: f, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			c.mu.Lock()
			c.shown.Write(buf[:n])
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return c, func() int {
		code := exitOf(s.t, cmd.Wait())
		<-c.done
		_ = f.Close()
		return code
	}
}

// forget begins anew.
func (c *window) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown.Reset()
}

// await returns what was written since forget, once it holds all the texts.
func (c *window) await(texts ...string) string {
	c.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c.mu.Lock()
		shown := c.shown.String()
		c.mu.Unlock()
		missing := ""
		for _, text := range texts {
			if !strings.Contains(shown, text) {
				missing = text
			}
		}
		if missing == "" {
			return shown
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("never shown: %q in\n%q", missing, shown)
		}
	}
}

// fits fails for a line that is wider than the terminal.
func fits(t *testing.T, shown string, width int) {
	t.Helper()
	for line := range strings.SplitSeq(escapes.ReplaceAllString(strings.ReplaceAll(shown, "\r\n", "\n"), ""), "\n") {
		if n := displaywidth.String(line); n > width {
			t.Errorf("%d cells on a terminal of %d: %q", n, width, line)
		}
	}
}

func TestBoardOnTerminals(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 4, sandbox.EventsPlatform)
	if r := run(t, s.environ(), s.dir, "", "display", "update", "Lobby South", "--name", "東京本社ロビー南側エスカレーター横の大型ディスプレイ"); r.exit != 0 {
		t.Fatal(r.stderr)
	}
	for _, width := range []int{40, 80, 200} {
		c, exit := s.window(width, 24, "watch")
		counts := "4/4 online"
		if width > 40 {
			counts = "4 of 4 displays online"
		}
		fits(t, c.await("● live", "Lobby North", "STATUS", "東京本社", counts), width)
		c.forget()
		s.moved("Lobby North", "offline")
		fits(t, c.await("offline", strings.Replace(counts, "4", "3", 1)), width)
		c.forget()
		narrow := width/2 + 14
		_ = pty.Setsize(c.pty, &pty.Winsize{Rows: 20, Cols: uint16(narrow)})
		fits(t, c.await("Lobby North", "live"), narrow)
		s.moved("Lobby North", "online")
		c.forget()
		_, _ = c.pty.WriteString("\x03")
		if code := exit(); code != cmdutil.ExitInterrupted {
			t.Errorf("exit %d", code)
		}
		if last := c.await("○ stopped"); strings.Contains(last, "\x1b[?") {
			t.Errorf("the end: %q", last)
		}
	}
}

// TestBoardGivesWay: names of events, a pipe and -o lines get the log.
func TestBoardGivesWay(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 1, sandbox.EventsPlatform)
	for _, args := range [][]string{{"watch", "-o", "lines"}, {"watch", "device:status-update", "connect"}} {
		c, exit := s.window(80, 24, args...)
		if shown := c.await("live (websocket)"); strings.Contains(shown, "●") {
			t.Errorf("%v shows a board: %q", args, shown)
		}
		_, _ = c.pty.WriteString("\x03")
		_ = exit()
	}
}

func TestBoardRingsTheBell(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 1, sandbox.EventsPlatform)
	c, exit := s.window(80, 24, "watch", "--bell")
	c.await("● live")
	s.trouble("crash?down=1s")
	c.await("○ lost")
	c.forget()
	c.await("● live", "may have been missed")
	c.forget()
	s.emit("health:alert", `{"deviceId":"`+s.firstDisplay()+`","severity":"critical","message":"CPU at 99 %"}`)
	if shown := c.await("critical", "CPU at 99 %", "\a"); strings.Count(shown, "\a") != 1 {
		t.Errorf("%q", shown)
	}
	_, _ = c.pty.WriteString("\x03")
	_ = exit()
}
