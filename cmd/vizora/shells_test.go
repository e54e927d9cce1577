package main

// This file is about one thing: TAB in the real shells, typed on a terminal.

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// shells are started without anybody's settings, with our script alone.
// VIZORA_REQUIRE_SHELLS=1 makes a missing one a failure.
var shells = []struct {
	name  string
	start []string // the shell's arguments
	setup string   // typed first; $SCRIPT is the script's path
	twice string   // what makes the shell show a list
}{
	{"bash", []string{"--norc", "--noprofile", "-i"}, "PS1='> '; source $SCRIPT", "\t\t\t"},
	{"zsh", []string{"-f", "-i"}, "PS1='> '; autoload -U compinit; compinit -u -d $WORK/zcompdump; source $SCRIPT", "\t\t"},
	{"fish", []string{"--no-config", "-i"}, "function fish_prompt; echo '> '; end; source $SCRIPT", "\t"},
}

func TestShells(t *testing.T) {
	for _, sh := range shells {
		t.Run(sh.name, func(t *testing.T) {
			path, err := exec.LookPath(sh.name)
			if err != nil {
				if os.Getenv("VIZORA_REQUIRE_SHELLS") != "" {
					t.Fatal(err)
				}
				t.Skipf("%s is not installed", sh.name)
			}
			s := newStage(t)
			run(t, s.environ(), s.dir, "", "display", "list") // fills the cache
			run(t, s.environ(), s.dir, "", "playlist", "list")
			s.must(`profile add lab --url https://lab.example.com`)
			s.must(`profile add staging --url https://staging.example.com`)
			c := startShell(t, s, path, sh.start)
			script, err := filepath.Abs("../../completions/vizora." + sh.name)
			if err != nil {
				t.Fatal(err)
			}
			setup := strings.NewReplacer("$SCRIPT", script, "$WORK", s.dir).Replace(sh.setup)
			c.enter(setup+"; echo re''ady", "ready")

			c.enter("vizora vers\t-o json", `"kind": "Version"`)                      // a command
			c.enter("vizora display get Lob\tN\t", "Harbour Street 1")                // a name with a space
			c.enter("vizora display get lob\tn\t", "Harbour Street 1")                // in another letter case
			c.enter("vizora playlist get \"Summer M\t -o jq=.name", `Summer Menu`)    // inside a quotation mark
			c.enter("vizora playlist list --output=jso\tl --limit 1", `"kind":"Play`) // a flag's value behind =
			c.show("vizora display get Drive"+sh.twice, "Harbour Street 1")           // several, with what they are
			c.show("vizora playlist list --columns name,upd\t", "updatedAt")
			c.show("vizora display update x --orientation portrait_\t", "portrait_flipped")
			c.show("vizora display list --where 'status == \"onl\t", `"online"`) // a value in a condition
			c.show("vizora profile use "+sh.twice, "staging.example.com")        // profiles with their addresses
			s.front.down()
			c.show("vizora display get Lob\tS\t", "South") // without a network
		})
	}
}

// TestPowerShellScript looks at PowerShell's script without a PowerShell, which
// the package registries that this project uses do not have: its brackets and
// quotes close, and it asks vizora as the others do. That it runs is not shown.
func TestPowerShellScript(t *testing.T) {
	raw, err := os.ReadFile("../../completions/vizora.ps1")
	if err != nil {
		t.Fatal(err)
	}
	script := string(raw)
	for _, want := range []string{"Register-ArgumentCompleter -CommandName 'vizora'", "__complete"} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %q", want)
		}
	}
	if len(raw) > 15_000 {
		t.Errorf("the script has %d bytes", len(raw))
	}
	var open []byte
	quote, comment := byte(0), false
	for i := 0; i < len(script); i++ {
		c := script[i]
		switch {
		case comment:
			comment = c != '\n'
		case quote == '"' && c == '`', quote == 0 && c == '`':
			i++ // the next one is meant as it stands
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '#':
			comment = true
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte("({[", c) >= 0:
			open = append(open, c)
		case strings.IndexByte(")}]", c) >= 0:
			if n := len(open); n == 0 || strings.IndexByte("({[", open[n-1]) != strings.IndexByte(")}]", c) {
				t.Fatalf("%q at byte %d closes nothing: ...%s", c, i, script[max(0, i-60):i])
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 || quote != 0 {
		t.Errorf("%q and quote %q are never closed", open, quote)
	}
}

// console is a shell on a terminal.
type console struct {
	t  *testing.T
	in io.Writer

	mu     sync.Mutex
	screen bytes.Buffer // what it has written since the last line was typed
}

func startShell(t *testing.T, s *stage, path string, args []string) *console {
	t.Helper()
	bin := filepath.Join(s.dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	program := fmt.Sprintf("#!/bin/sh\nVIZORA_TEST_MAIN=1 exec '%s' \"$@\"\n", os.Args[0])
	if err := os.WriteFile(filepath.Join(bin, "vizora"), []byte(program), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(s.environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LC_ALL=C.UTF-8")
	cmd.Dir = s.dir
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	c := &console{t: t, in: f}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := f.Read(buf)
			c.mu.Lock()
			c.screen.Write(buf[:n])
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = f.Close() })
	return c
}

// control matches what moves the cursor and sets colours.
var control = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]|\x1b[=>()][0-9A-Z]?|\r|\x1b\\][^\x07]*\x07")

func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return control.ReplaceAllString(c.screen.String(), "")
}

// enter types a line, waits for the shell where it completes, and expects what
// the command prints.
func (c *console) enter(line, want string) {
	c.t.Helper()
	c.clear()
	c.typeIn(line)
	c.typeIn("\r")
	c.await(line, want)
}

// show types a line, expects what TAB shows, and takes the line back.
func (c *console) show(line, want string) {
	c.t.Helper()
	c.clear()
	c.typeIn(line)
	c.await(line, want)
	c.typeIn("\x03")
	c.quiet()
}

func (c *console) clear() {
	c.quiet()
	c.mu.Lock()
	c.screen.Reset()
	c.mu.Unlock()
}

// typeIn writes keys, and lets the shell think after a TAB as a person does.
func (c *console) typeIn(keys string) {
	c.t.Helper()
	for part := range strings.SplitAfterSeq(keys, "\t") {
		if _, err := io.WriteString(c.in, part); err != nil {
			c.t.Fatal(err)
		}
		if strings.HasSuffix(part, "\t") {
			c.quiet()
		}
	}
}

// quiet waits until the shell has written nothing for a while.
func (c *console) quiet() {
	last, since := -1, time.Now()
	for time.Since(since) < 150*time.Millisecond {
		c.mu.Lock()
		n := c.screen.Len()
		c.mu.Unlock()
		if n != last {
			last, since = n, time.Now()
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (c *console) await(line, want string) {
	c.t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(c.text(), want) {
			return
		}
	}
	c.t.Fatalf("after %q the shell did not show %q, but:\n%s", line, want, c.text())
}
