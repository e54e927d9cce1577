package main

// This file is about one thing: a watch that reads a relay's stream as people use
// it: formats, filters, --exec, places, and what is refused.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis/redistest"
	"github.com/vizora/vizora-cli/api/sandbox"
)

// TestWatchReadsARelay: no session, no server, and yet all that a watch can do.
func TestWatchReadsARelay(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := newStageOf(t, 0, sandbox.EventsProduct)
	address := server.URL("0/events")
	relay := startWatch(t, s, "--publish", address)
	relay.hear("leading")
	for n := range 5 {
		s.emit("screenshot:ready", fmt.Sprintf(`{"n":%d}`, n))
	}
	for _, name := range []string{"VIZORA_URL", "VIZORA_REALTIME_URL", "VIZORA_TOKEN"} {
		delete(s.env, name)
	}
	read := func(args ...string) result {
		return run(t, s.environ(), s.dir, "", append([]string{"watch", "--from", address, "--timeout", "50s"}, args...)...)
	}
	want := func(r result, exit int, out string) {
		t.Helper()
		if r.exit != exit || r.stdout != out {
			t.Errorf("exit %d, want %d\n%s\nwant\n%s\n%s", r.exit, exit, r.stdout, out, r.stderr)
		}
	}
	shot := []string{"screenshot:ready", "--since", "1h"}
	want(read(append(shot, "-o", "template={{.data.n}}", "--count", "5")...), 0, "0\n1\n2\n3\n4\n")
	want(read(append(shot, "-o", "jq=.data.n", "--until", "data.n == 2")...), 0, "0\n1\n2\n")
	want(read("screenshot:ready", "-o", "jq=.data.n", "--count", "2", "--resume", "here", "--timeout", "3s"), 8, "") // begins with what comes

	jsonl := read(append(shot, "-o", "jsonl", "--count", "1", "--exec", `echo "$VIZORA_EVENT $VIZORA_EVENT_SEQ" >> ran`)...)
	if jsonl.exit != 0 || !strings.HasPrefix(jsonl.stdout, `{"apiVersion":"vizora/v1","kind":"Event","seq":`) || !strings.Contains(jsonl.stdout, `"name":"screenshot:ready","data":{"n":0}}`) {
		t.Errorf("%+v", jsonl)
	}
	if ran, err := os.ReadFile(filepath.Join(s.dir, "ran")); err != nil || !strings.HasPrefix(string(ran), "screenshot:ready ") {
		t.Errorf("%v %s", err, ran)
	}
	byName := read("device:status-update", "--since", "1h", "--display", "Lobby North", "--count", "1", "-o", "lines")
	if byName.exit != 0 || !strings.Contains(byName.stdout, "Lobby North") {
		t.Errorf("%+v", byName)
	}

	// A place is gone on from, a group is shared, and what was handled is not handled again.
	place := startWatch(t, s, "--from", address, "screenshot:ready", "--count", "1", "--resume", "here")
	place.hear("live")
	s.emit("screenshot:ready", `{"n":5}`)
	place.want(0)
	member := startWatch(t, s, "--from", address, "screenshot:ready", "--count", "1", "--group", "ci")
	member.hear("live")
	s.emit("screenshot:ready", `{"n":6}`)
	member.want(0)
	s.emit("screenshot:ready", `{"n":7}`)
	want(read("screenshot:ready", "-o", "jq=.data.n", "--count", "2", "--resume", "here"), 0, "6\n7\n")
	want(read("screenshot:ready", "-o", "jq=.data.n", "--count", "1", "--group", "ci"), 0, "7\n")
}

// TestWatchWaitsForARelay: where there is no server and no stream yet, a reader
// waits and says for what.
func TestWatchWaitsForARelay(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := newStage(t)
	address := server.URL("events")
	server.Kill()
	reader := startWatch(t, s, "--from", address, "--count", "1")
	reader.hear("cannot be reached")
	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	reader.hear("no relay publishes to it")
	relay := startWatch(t, s, "--publish", address)
	reader.hear("live (redis)")
	if line := reader.next("device:status-update"); line["seq"] == nil {
		t.Errorf("%v", line)
	}
	reader.want(0)
	relay.kill(os.Interrupt)
	relay.want(130)
	if r := run(t, s.environ(), s.dir, "", "watch", "--from", address, "--timeout", "2s"); r.exit != 10 || !strings.Contains(r.stderr, "no relay publishes") {
		t.Errorf("%+v", r)
	}
}

// TestRelayRefuses: mistakes are named before anything is done.
func TestRelayRefuses(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--requirepass", "sesame")
	s := newStage(t)
	good := server.URL("events")
	for _, c := range []struct {
		args string
		word string
		exit int
	}{
		{"--publish " + good + " --from " + good, "--publish and --from do not go together", 2},
		{"--publish " + good + " device:status-update", "--publish and EVENT do not go together", 2},
		{"--publish " + good + " --count 1", "--publish and --count do not go together", 2},
		{"--publish " + good + " --group x", "--publish and --group do not go together", 2},
		{"--publish " + good + " --publish-keep 10", "--publish-keep \"10\": is too short", 2},
		{"--publish-keep 5000", "--publish-keep needs --publish", 2},
		{"--from " + good + " --poll 5s", "--from and --poll do not go together", 2},
		{"--from " + good + " --sync", "--from and --sync do not go together", 2},
		{"--from " + good + " --binary x", "--from and --binary do not go together", 2},
		{"--from " + good + " --group g --resume x", "--group of readers and --resume do not go together", 2},
		{"--from " + good + " --group ../g", "--group", 2},
		{"--from redis://", "it names no host", 2},
		{"--from http://x/y", "neither redis:// nor rediss://", 2},
		{"--from redis://user:hunter22@x/0", "names no stream", 2},
		{"--publish redis://x/3", "names no stream", 2},
		{"--from " + good, "does not accept the user and password", 1},
		{"--publish " + good, "does not accept the user and password", 1},
	} {
		begun := time.Now()
		r := run(t, s.environ(), s.dir, "", append([]string{"watch"}, strings.Fields(c.args)...)...)
		if r.exit != c.exit || !strings.Contains(r.stderr, c.word) || strings.Contains(r.stderr, "hunter22") || r.stdout != "" {
			t.Errorf("%s: exit %d after %s\n%s", c.args, r.exit, time.Since(begun), r.stderr)
		}
	}
}
