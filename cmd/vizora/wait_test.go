package main

// This file is about one thing: commands that wait for displays which come and
// go meanwhile.

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// during runs a command, and does something once stderr has said word.
func (s *stage) during(word string, do func(), args ...string) (stderr string, exit int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 60*time.Second)
	defer cancel()
	cmd := child(ctx, s.environ(), s.dir, args...)
	pipe, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	said := false
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		stderr += lines.Text() + "\n"
		if !said && strings.Contains(lines.Text(), word) {
			said = true
			do()
		}
	}
	if !said {
		s.t.Errorf("stderr never said %q:\n%s", word, stderr)
	}
	return stderr, exitOf(s.t, cmd.Wait())
}

func (s *stage) moved(name, state string) {
	s.trouble("display?name=" + url.QueryEscape(name) + "&state=" + state)
}

func TestWaitFollowsDisplays(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 4, sandbox.EventsPlatform)
	vizora := func(args ...string) result { return run(t, s.environ(), s.dir, "", args...) }
	const name = "Lobby North"
	if r := vizora("wait", "display", name, "--for", "status=online", "--timeout", "50s"); r.exit != 0 {
		t.Fatalf("exit %d: %s", r.exit, r.stderr)
	}
	stderr, exit := s.during("status is online", func() { s.moved(name, "offline") },
		"wait", "display", name, "--for", "status=offline", "--timeout", "50s")
	if exit != 0 || !strings.Contains(stderr, "status=offline, after") {
		t.Errorf("exit %d: %s", exit, stderr)
	}
	stderr, exit = s.during("status is offline", func() { s.moved(name, "online") },
		"wait", "display", name, "--for", `status != "offline"`, "--timeout", "50s")
	if exit != 0 {
		t.Errorf("exit %d: %s", exit, stderr)
	}
	s.moved(name, "offline")
	vizora("wait", "display", name, "--for", "status=offline", "--timeout", "50s")
	stderr, exit = s.during("status is offline", func() { vizora("display", "disable", name, "--yes") },
		"wait", "display", name, "--for", "status=online", "--timeout", "50s")
	if exit != cmdutil.ExitTimeout || !strings.Contains(stderr, "it is disabled") || strings.Contains(stderr, "did not come") {
		t.Errorf("disabled meanwhile: exit %d: %s", exit, stderr)
	}
	stderr, exit = s.during("status is offline", func() {
		id := strings.TrimSpace(vizora("display", "get", name, "-o", "jq=.id").stdout)
		if _, err := s.admin.Do(t.Context(), api.Request{Method: http.MethodDelete, Path: "/displays/" + strings.Trim(id, `"`)}); err != nil {
			t.Error(err)
		}
	}, "wait", "display", name, "--for", "isDisabled=false", "--for", "status=pairing", "--timeout", "50s")
	if exit != cmdutil.ExitTimeout || !strings.Contains(stderr, "it was deleted") || strings.Contains(stderr, "did not come") {
		t.Errorf("deleted meanwhile: exit %d: %s", exit, stderr)
	}
}

// TestWaitSurvivesTheServer: a server that is away for a while ends no waiting.
func TestWaitSurvivesTheServer(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 1, sandbox.EventsPlatform)
	stderr, exit := s.during("status is ", func() {
		s.front.down()
		time.Sleep(2 * time.Second)
		s.front.up(t)
	}, "wait", "display", s.firstDisplay(), "--for", "status=online", "--for", `location == "Somewhere"`, "--timeout", "12s", "--retries", "0")
	if exit != cmdutil.ExitTimeout || !strings.Contains(stderr, "cannot look: ") {
		t.Errorf("exit %d: %s", exit, stderr)
	}
}

func (s *stage) firstDisplay() string {
	return s.world.Displays(s.world.Login().OrganizationID)[0]
}

// rollout is what assign and push --wait print of one display.
type rollout struct {
	Display             string
	Assigned, Delivered bool
	Status              string
	OK                  bool
	Reason              string
}

func rollouts(t *testing.T, stdout string) map[string]rollout {
	t.Helper()
	all := map[string]rollout{}
	for line := range strings.Lines(stdout) {
		var r rollout
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all[r.Display] = r
	}
	return all
}

func TestAssignWaits(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 4, sandbox.EventsPlatform)
	vizora := func(args ...string) result { return run(t, s.environ(), s.dir, "", args...) }
	vizora("wait", "display", "Lobby North", "--for", "status=online", "--timeout", "50s")
	r := vizora("display", "assign", "--all", "--playlist", "Lobby Loop", "--yes", "--wait", "--timeout", "50s", "-o", "jsonl")
	if got := rollouts(t, r.stdout); r.exit != 0 || len(got) != 4 || !got["Lobby North"].Assigned || !got["Lobby North"].OK {
		t.Errorf("exit %d: %s\n%s", r.exit, r.stdout, r.stderr)
	}
	s.moved("Lobby North", "offline")
	vizora("wait", "display", "Lobby North", "--for", "status=offline", "--timeout", "50s")
	r = vizora("display", "assign", "--all", "--playlist", "Summer Menu", "--yes", "--wait", "--timeout", "8s", "-o", "jsonl")
	if got := rollouts(t, r.stdout)["Lobby North"]; r.exit != cmdutil.ExitTimeout || !got.Assigned || got.OK || got.Status != "offline" || !strings.Contains(r.stderr, "assigned, offline") {
		t.Errorf("exit %d: %+v\n%s", r.exit, got, r.stderr)
	}
	r = vizora("display", "assign", "--all", "--playlist", "Lobby Loop", "--yes", "--wait", "--quorum", "75%", "--timeout", "50s", "-o", "jsonl")
	if r.exit != 0 || !strings.Contains(r.stderr, "3 of 4 displays assigned and online") || !strings.Contains(r.stderr, "assigned, offline") {
		t.Errorf("a quorum: exit %d: %s", r.exit, r.stderr)
	}
	stderr, exit := s.during("waiting for", func() { s.moved("Lobby North", "online") },
		"display", "assign", "--all", "--playlist", "Summer Menu", "--yes", "--wait", "--timeout", "50s")
	if exit != 0 || !strings.Contains(stderr, "4 of 4 displays assigned and online") {
		t.Errorf("back meanwhile: exit %d: %s", exit, stderr)
	}
	vizora("display", "disable", "Lobby North", "--yes")
	r = vizora("display", "assign", "--all", "--playlist", "Lobby Loop", "--yes", "--wait", "--timeout", "50s", "-o", "jsonl")
	if got := rollouts(t, r.stdout)["Lobby North"]; r.exit != cmdutil.ExitTimeout || !got.Assigned || !strings.Contains(got.Reason, "disabled") || strings.Contains(r.stderr, "time limit") {
		t.Errorf("disabled: exit %d: %+v\n%s", r.exit, got, r.stderr)
	}
}

func TestPushWaits(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 4, sandbox.EventsPlatform)
	vizora := func(args ...string) result { return run(t, s.environ(), s.dir, "", args...) }
	vizora("wait", "display", "Lobby North", "--for", "status=online", "--timeout", "50s")
	s.moved("Lobby North", "offline")
	vizora("wait", "display", "Lobby North", "--for", "status=offline", "--timeout", "50s")
	r := vizora("display", "push", "--all", "Opening Hours", "--yes", "--wait", "--quorum", "3", "--timeout", "50s", "-o", "jsonl")
	if got := rollouts(t, r.stdout); r.exit != 0 || len(got) != 4 || got["Lobby North"].Delivered || got["Lobby North"].Reason != "its player is not connected" {
		t.Errorf("exit %d: %s\n%s", r.exit, r.stdout, r.stderr)
	}
	stderr, exit := s.during("waiting for", func() { s.moved("Lobby North", "online") },
		"display", "push", "Lobby North", "Opening Hours", "--wait", "--timeout", "50s")
	if exit != 0 || strings.Count(stderr, "\ndelivered \"Opening Hours\"") != 1 {
		t.Errorf("back meanwhile: exit %d: %s", exit, stderr)
	}
}
