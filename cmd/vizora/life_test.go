package main

// This file is about one thing: how the program lives and ends: servers and
// streams until they are stopped, interruptions, full disks, closed pipes.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/commands"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/topics"
	"github.com/vizora/vizora-cli/output"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
)

// TestDemo runs README's first command and looks for what it leaves behind.
func TestDemo(t *testing.T) {
	t.Parallel()
	home, temp := t.TempDir(), t.TempDir()
	r := run(t, []string{"HOME=" + home, "TMPDIR=" + temp}, home, "", "demo")
	if r.exit != 0 {
		t.Fatalf("exit %d\n%s\n%s", r.exit, r.stdout, r.stderr)
	}
	if n := strings.Count(r.stdout, "$ vizora playlist edit "); n != 25 {
		t.Errorf("changed %d playlists, want 25", n)
	}
	for _, want := range []string{"$ vizora auth login", "$ vizora watch playlist:updated", "playlist:updated", "STEP", "events seen by the watch"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("stdout lacks %q", want)
		}
	}
	for _, dir := range []string{home, temp} {
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 0 {
			t.Errorf("%s holds %v, %v", dir, left, err)
		}
	}
}

// TestSandboxStops starts a sandbox, uses it, and stops it as Ctrl-C does.
func TestSandboxStops(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			cmd := child(ctx, []string{"HOME=" + t.TempDir()}, t.TempDir(), "sandbox", "-o", "json", "--displays", "2", "--playlists", "2", "--contents", "2")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadBytes('\n')
			if err != nil {
				t.Fatal(err)
			}
			var info struct {
				Kind, URL, RealtimeURL string
				Logins                 []struct{ Email, Password string }
			}
			if err := json.Unmarshal(line, &info); err != nil || info.Kind != "Sandbox" || len(info.Logins) < 4 {
				t.Fatalf("%s: %v", line, err)
			}
			c, err := api.New(api.Options{BaseURL: info.URL})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Login(ctx, info.Logins[0].Email, info.Logins[0].Password); err != nil {
				t.Error(err)
			}
			_ = cmd.Process.Signal(sig)
			_, _ = io.Copy(io.Discard, out)
			if code := exitOf(t, cmd.Wait()); code != 0 {
				t.Errorf("exit %d", code)
			}
			if conn, err := net.DialTimeout("tcp", strings.TrimPrefix(info.URL, "http://"), time.Second); err == nil {
				_ = conn.Close()
				t.Error("still listening")
			}
		})
	}
}

// TestWatchEnds: a stream ends by itself after --count, and at once on Ctrl-C.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := run(t, s.environ(), s.dir, "", "watch", "device:status-update", "--count", "2", "--timeout", "30s", "-o", "jsonl")
	if r.exit != 0 || strings.Count(r.stdout, "\n") != 2 {
		t.Fatalf("exit %d\n%s\n%s", r.exit, r.stdout, r.stderr)
	}
	for line := range strings.Lines(r.stdout) {
		var e struct{ APIVersion, Kind, Event, Source string }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.APIVersion != "vizora/v1" || e.Kind != "Event" || e.Event != "device:status-update" || e.Source == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
	if !strings.Contains(r.stderr, "live") {
		t.Errorf("stderr does not say that it is live: %s", r.stderr)
	}
	if code := interrupted(t, s, "live", "watch"); code != cmdutil.ExitInterrupted {
		t.Errorf("Ctrl-C: exit %d", code)
	}
}

// interrupted starts a command, waits until stderr says word, interrupts it and
// returns its exit code. It fails when the end takes long.
func interrupted(t *testing.T, s *stage, word string, args ...string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := child(ctx, s.environ(), s.dir, args...)
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		if strings.Contains(lines.Text(), word) {
			break
		}
	}
	_ = cmd.Process.Signal(os.Interrupt)
	for lines.Scan() {
		continue
	}
	return exitOf(t, cmd.Wait())
}

// TestInterrupts: Ctrl-C in a wait between two attempts.
func TestInterrupts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.env["VIZORA_URL"] = raw(t, strings.Replace(reply(503, "application/json", `{"message":"busy"}`), "Connection", "Retry-After: 60\r\nConnection", 1))
	if code := interrupted(t, s, "attempt 2 of 3", "playlist", "list"); code != 130 {
		t.Errorf("exit %d, want 130", code)
	}
}

// TestStdout: a full disk is an error, a closed pipe is not.
func TestStdout(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Logf("no /dev/full here: %v", err)
	} else {
		defer func() { _ = full.Close() }()
		cmd := child(t.Context(), s.environ(), s.dir, "playlist", "list")
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &errs
		if code := exitOf(t, cmd.Run()); code != 1 || strings.Count(errs.String(), "no space left on device") != 1 {
			t.Errorf("full disk: exit %d, %s", code, errs.String())
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	cmd := child(t.Context(), s.environ(), s.dir, "playlist", "list")
	var errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &errs
	if code := exitOf(t, cmd.Run()); code != 0 || errs.Len() > 0 {
		t.Errorf("closed pipe: exit %d, %s", code, errs.String())
	}
	_ = w.Close()
}

// TestTables holds the table of failures, the topics and the settings in step.
func TestTables(t *testing.T) {
	all, err := topics.All()
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, topic := range all {
		text[topic.Name] = topic.Text
	}
	classes := map[api.ErrorKind]cmdutil.FailureClass{}
	for _, c := range cmdutil.FailureClasses() {
		classes[c.Kind] = c
		if !strings.Contains(text["exit-codes"], c.Code) {
			t.Errorf("topic exit-codes lacks %s", c.Code)
		}
		if c.Topic != "" && text[c.Topic] == "" {
			t.Errorf("%s points to topic %q, which does not exist", c.Kind, c.Topic)
		}
	}
	for _, kind := range api.ErrorKinds() {
		if classes[kind].Code == "" {
			t.Errorf("no row for %s", kind)
		}
	}
}

// TestHelp holds every command's help, that of groups, help and completion among
// them: a short line, two examples, 80 columns.
func TestHelp(t *testing.T) {
	io, _, out, _ := output.Test()
	f := cmdutil.New(io, cmdutil.Build{Version: "test"}, func(string) (string, bool) { return "", false })
	root := commands.NewRoot(f)
	root.InitDefaultHelpCmd()
	walked := 0
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		walked++
		out.Reset()
		if err := cmd.Help(); err != nil {
			t.Error(err)
		}
		text := out.String()
		_, examples, _ := strings.Cut(text, "Examples:\n")
		examples, _, _ = strings.Cut(examples, "\n\n")
		if n := strings.Count(examples, "  vizora "); n < 2 && cmd != root {
			t.Errorf("%s shows %d examples, want two:\n%s", cmd.CommandPath(), n, text)
		}
		if cmd.Short == "" {
			t.Errorf("%s has no short help", cmd.CommandPath())
		}
		for line := range strings.Lines(text) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 80 {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), n, line)
			}
		}
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				walk(c)
			}
		}
	}
	walk(root)
	if walked < 230 {
		t.Errorf("walked only %d commands", walked)
	}
}

// TestReadme: the commands that README shows exist.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	io, _, _, _ := output.Test()
	root := commands.NewRoot(cmdutil.New(io, cmdutil.Build{}, func(string) (string, bool) { return "", false }))
	seen := 0
	for line := range strings.Lines(string(text)) {
		_, rest, ok := strings.Cut(line, "    vizora ")
		if !ok {
			continue
		}
		args := strings.Fields(rest)
		cmd, _, err := root.Find(args)
		if err != nil || cmd == root {
			t.Errorf("README shows %q: %v", strings.TrimSpace(line), err)
		}
		seen++
	}
	if seen < 10 {
		t.Errorf("found only %d commands in README", seen)
	}
}
