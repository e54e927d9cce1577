//go:build unix

package main

// This file is about one thing: real runners of a shared journal that are held up
// for longer than their lease: stopped and continued, or cut off from the Redis
// server and joined again. Another one finishes in their place; they send nothing
// more and end with exit code 1.

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis/redistest"
	"github.com/vizora/vizora-cli/api/sandbox"
)

// heldUp lets one runner begin a job, holds it up, lets another finish the job,
// and lets the first go on. It returns how that ended and what it said.
func heldUp(t *testing.T, hold func(first *exec.Cmd, p *redistest.Proxy), goOn func(first *exec.Cmd, p *redistest.Proxy)) (exit int, said string) {
	t.Helper()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	p := redistest.StartProxy(t, server.Host)
	faults, err := sandbox.ParseFaults("POST /playlists: latency 1s")
	if err != nil {
		t.Fatal(err)
	}
	s := newStageIn(t, sandbox.WorldOptions{Options: sandbox.Options{Seed: 11, Displays: 1, Playlists: 1, Contents: 1, Faults: faults}})
	const n = 16
	rows := "name"
	for i := range n {
		rows += fmt.Sprintf(`\nheld %d`, i)
	}
	s.file("rows.csv", rows+`\n`)
	s.env["VIZORA_JOURNAL_STORE"] = server.URL("held")
	if r := run(t, s.environ(), s.dir, "", "bulk", "run", "rows.csv", "--kind", "playlist", "--verb", "create", "--job", "held", "--async", "-q"); r.exit != 9 {
		t.Fatalf("exit %d: %s", r.exit, r.stderr)
	}
	made := func() (n int) {
		for _, r := range rowsNamed(t, s, "/playlists", "") {
			if strings.HasPrefix(r["name"].(string), "held ") {
				n++
			}
		}
		return n
	}
	var text bytes.Buffer
	first := child(t.Context(), append(s.environ(), "VIZORA_JOURNAL_STORE="+p.URL("held")), s.dir, "bulk", "resume", "held", "--workers", "2", "-q")
	first.Stdout, first.Stderr = &text, &text
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); made() < 3; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the first runner does nothing")
		}
	}
	time.Sleep(500 * time.Millisecond) // its requests are at the server: one that is just leaving cannot be called back
	hold(first, p)
	held := time.Now()
	if r := run(t, s.environ(), s.dir, "", "bulk", "resume", "held", "-q"); r.exit != 0 {
		t.Errorf("the second runner: exit %d: %s", r.exit, r.stderr)
	}
	time.Sleep(time.Until(held.Add(20 * time.Second))) // the lease takes 15; the second need not have waited for it
	goOn(first, p)
	exit = exitOf(t, first.Wait())
	count := map[any]int{}
	for _, r := range rowsNamed(t, s, "/playlists", "") {
		count[r["name"]]++
	}
	for i := range n {
		if name := fmt.Sprint("held ", i); count[name] != 1 {
			t.Errorf("%s is there %d times", name, count[name])
		}
	}
	if left := run(t, s.environ(), s.dir, "", "journal", "list", "--state", "pending", "-o", "name").stdout; left != "" {
		t.Errorf("left: %s", left)
	}
	return exit, text.String()
}

func TestRunnerStoppedPastItsLease(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for a lease to pass")
	}
	t.Parallel()
	exit, said := heldUp(t,
		func(first *exec.Cmd, _ *redistest.Proxy) { _ = first.Process.Signal(syscall.SIGSTOP) },
		func(first *exec.Cmd, _ *redistest.Proxy) { _ = first.Process.Signal(syscall.SIGCONT) })
	if exit != 1 || !strings.Contains(said, "held up") {
		t.Errorf("exit %d: %s", exit, said)
	}
}

func TestRunnerCutOffFromItsJournal(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for a lease to pass")
	}
	t.Parallel()
	exit, said := heldUp(t,
		func(_ *exec.Cmd, p *redistest.Proxy) { p.CutOff() },
		func(_ *exec.Cmd, p *redistest.Proxy) { p.Mend() })
	// It gives up because it reaches no server, or, back in time for that, because
	// its lease has passed.
	if exit != 1 || !strings.Contains(said, "cannot be reached") && !strings.Contains(said, "does not answer") && !strings.Contains(said, "held up for longer than its lease") {
		t.Errorf("exit %d: %s", exit, said)
	}
}
