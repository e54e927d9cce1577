package main

// This file is about one thing: a line of a shell, carried out inside the test
// process. It knows what the examples of the help use: > FILE, < FILE, |, &&, ;
// and names with a star.

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/commands"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// spoken is what a command has written so far; it may be read meanwhile.
type spoken struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *spoken) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// cue is what happens while a command runs: once it has said a word, act, and
// where stop is set the command is told to end, as by Ctrl-C.
type cue struct {
	line string // only in examples that hold this
	word string
	act  func(*stage)
	stop bool
}

// inside runs a command line in this process, with the stage's environment. With
// no text for stdin, stdin and stderr are taken for a terminal on which answers
// are typed.
func (s *stage) inside(stdin, answers string, c *cue, args ...string) result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	var out, errs spoken
	io := output.New(strings.NewReader(stdin), &out, &errs)
	if stdin == "" {
		io = output.New(strings.NewReader(answers), &out, &errs)
		io.SetTTY(true, false, true)
	}
	f := cmdutil.New(io, cmdutil.Build{Version: "test"}, func(name string) (string, bool) {
		v, ok := s.env[name]
		return v, ok
	})
	done := make(chan int, 1)
	go func() { done <- commands.Execute(ctx, f, args) }()
	exit := -1
	for look := time.NewTicker(2 * time.Millisecond); exit < 0; {
		select {
		case exit = <-done:
			look.Stop()
		case <-look.C:
			if c == nil || !strings.Contains(out.String()+errs.String(), c.word) {
				continue
			}
			if c.act != nil {
				c.act(s)
			}
			if c.stop {
				cancel()
			}
			c = nil
		}
	}
	if c != nil && !strings.Contains(out.String()+errs.String(), c.word) {
		s.t.Errorf("vizora %s never said %q:\n%s%s", strings.Join(args, " "), c.word, out.String(), errs.String())
	}
	return result{exit: exit, stdout: out.String(), stderr: errs.String()}
}

// shell carries out a line. Of a pipe's commands only ours are run, and the exit
// code is that of the last that ran.
func (s *stage) shell(line, answers string, c *cue) (all result) {
	s.t.Helper()
	stdin, before := "", ""
	for _, step := range steps(words(s.t, line)) {
		if before == ";" || before == "&&" {
			stdin = ""
		}
		r := result{stdout: stdin}
		if step.in != "" {
			text, err := os.ReadFile(step.in)
			if err != nil {
				s.t.Fatal(err)
			}
			stdin = string(text)
		}
		if at := slices.Index(step.words, "vizora"); at >= 0 {
			if at > 0 && step.words[0] == "xargs" {
				step.words, stdin = append(step.words, strings.Fields(stdin)...), ""
			}
			r = s.inside(stdin, answers, c, step.words[at+1:]...)
			all.stderr += r.stderr
		}
		if step.out != "" {
			if err := os.WriteFile(step.out, []byte(r.stdout), 0o600); err != nil {
				s.t.Fatal(err)
			}
			r.stdout = ""
		}
		if stdin, before = r.stdout, step.then; before != "|" {
			all.stdout += r.stdout
		}
		all.exit = r.exit
		if r.exit != 0 && step.then != ";" {
			return all
		}
	}
	return all
}

// step is one command of a line, and what stands behind it.
type step struct {
	words         []string
	in, out, then string
}

func steps(all []string) []step {
	line := []step{{}}
	for i := 0; i < len(all); i++ {
		s := &line[len(line)-1]
		switch word, ended := strings.CutSuffix(all[i], ";"); {
		case word == ">":
			i++
			s.out = all[i]
		case word == "<":
			i++
			s.in = all[i]
		case word == "|" || word == "&&":
			s.then = word
			line = append(line, step{})
		case strings.Contains(word, "*."):
			found, _ := filepath.Glob(word)
			s.words = append(s.words, found...)
		default:
			s.words = append(s.words, word)
			if ended {
				s.then = ";"
				line = append(line, step{})
			}
		}
	}
	return line
}

func TestSteps(t *testing.T) {
	line := steps(words(t, `a 'b > c' > d && e; f < g && h 'i|j' | k`))
	var got []string
	for _, s := range line {
		got = append(got, strings.Join(s.words, ",")+" "+s.in+">"+s.out+" "+s.then)
	}
	want := []string{"a,b > c >d &&", "e > ;", "f g> &&", "h,i|j > |", "k > "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
