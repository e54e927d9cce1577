package main

// This file is about one thing: the dashboard on a real terminal against a real
// server.

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/vizora/vizora-cli/api"
)

// panel is a program on a pseudo-terminal, and all that it has written.
type panel struct {
	t    *testing.T
	file *os.File
	mu   sync.Mutex
	text strings.Builder
	wait func() error
}

func openPanel(t *testing.T, s *stage, args ...string) *panel {
	t.Helper()
	cmd := child(t.Context(), append(s.environ(), "TERM=xterm-256color"), s.dir, args...)
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 110})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	p := &panel{t: t, file: file, wait: cmd.Wait}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := file.Read(buf)
			p.mu.Lock()
			p.text.Write(buf[:n])
			p.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return p
}

// shows waits until the terminal has got text after what it was asked for before.
func (p *panel) shows(text string) {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		p.mu.Lock()
		got := p.text.String()
		_, rest, found := strings.Cut(got, text)
		if found {
			p.text.Reset()
			p.text.WriteString(rest)
		}
		p.mu.Unlock()
		if found {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the terminal never showed %q; it got %q", text, got)
		}
	}
}

func (p *panel) press(keys string) {
	p.t.Helper()
	if _, err := p.file.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

func TestTop(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p := openPanel(t, s, "top")
	p.shows("live")
	p.shows("Lobby North")
	p.press("/Lobby North\r")
	p.shows(`filter "Lobby North"`)
	p.press("r renamed here\r")
	p.shows("done: rename")
	rows, err := api.Displays.List(t.Context(), s.admin, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	renamed := 0
	for _, d := range rows {
		if strings.HasSuffix(d.Name(), " renamed here") {
			renamed++
		}
	}
	if renamed != 1 {
		t.Errorf("%d displays are renamed", renamed)
	}
	p.press("7")
	p.shows("no operations")
	p.press("q")
	if code := exitOf(t, p.wait()); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// TestTopTakesBack: what the server refuses is taken back, and said; Ctrl-C ends.
func TestTopTakesBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.signIn("viewer")
	p := openPanel(t, s, "top")
	p.shows("Lobby North")
	p.press("r not mine\r")
	p.shows("taken back: rename")
	p.press("\x03")
	if code := exitOf(t, p.wait()); code != 130 {
		t.Errorf("exit %d", code)
	}
	r := run(t, s.environ(), s.dir, "", "top")
	if r.exit != 2 || r.stdout != "" || !strings.Contains(r.stderr, "needs a terminal") {
		t.Errorf("without a terminal: exit %d\n%s\n%s", r.exit, r.stdout, r.stderr)
	}
}
