package main

// This file is about one thing: watch as a process: what it finds that nobody
// pushes, how each of its ends counts, and what it does to those around it.

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// watching is a watch that runs.
type watching struct {
	t     *testing.T
	lines chan map[string]any // of stdout
	said  chan string         // of stderr
	errs  strings.Builder
	exit  func() int
	kill  func(os.Signal)
}

// startWatch starts "vizora watch -o jsonl".
func startWatch(t *testing.T, s *stage, args ...string) *watching {
	t.Helper()
	return startWatchFor(t, s, time.Minute, args...)
}

func startWatchFor(t *testing.T, s *stage, limit time.Duration, args ...string) *watching {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	cmd := child(ctx, s.environ(), s.dir, append([]string{"watch", "-o", "jsonl"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &watching{t: t, lines: make(chan map[string]any, 10_000), said: make(chan string, 10_000)}
	var read sync.WaitGroup
	read.Go(func() {
		defer close(w.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			var line map[string]any
			if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
				t.Errorf("%s: %v", scan.Bytes(), err)
			}
			select {
			case w.lines <- line:
			case <-ctx.Done(): // nobody reads any more
				return
			}
		}
	})
	read.Go(func() {
		defer close(w.said)
		for scan := bufio.NewScanner(errs); scan.Scan(); {
			w.errs.WriteString(scan.Text() + "\n")
			select {
			case w.said <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
	})
	w.exit = sync.OnceValue(func() int { read.Wait(); return exitOf(t, cmd.Wait()) })
	w.kill = func(sig os.Signal) { _ = cmd.Process.Signal(sig) }
	t.Cleanup(func() { _ = cmd.Process.Kill(); w.exit() })
	return w
}

// hear waits until stderr says word.
func (w *watching) hear(word string) {
	w.t.Helper()
	for line := range w.said {
		if strings.Contains(line, word) {
			return
		}
	}
	w.t.Fatalf("it ended before it said %q\n%s", word, w.errs.String())
}

// next waits for a record of an event.
func (w *watching) next(event string) map[string]any {
	w.t.Helper()
	for line := range w.lines {
		if line["event"] == event {
			return line
		}
	}
	w.t.Fatalf("it ended (exit %d) before a record %q came\n%s", w.exit(), event, w.errs.String())
	return nil
}

func (w *watching) want(exit int) {
	w.t.Helper()
	if got := w.exit(); got != exit {
		w.t.Errorf("exit %d, want %d\n%s", got, exit, w.errs.String())
	}
}

// at returns a value inside a record.
func at(line map[string]any, path ...string) any {
	var v any = line
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	return v
}

// TestWatchFindsEdits: what the platform never pushes is found by comparing
// lists, and a condition on it ends the watch.
func TestWatchFindsEdits(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 0, sandbox.EventsPlatform)
	w := startWatch(t, s, "--poll", "1s", "--until", `event == "playlist:updated" && data.changed contains "description"`, "--timeout", "50s")
	w.hear("lists are compared")
	lists, err := api.Playlists.List(t.Context(), s.admin, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if r := run(t, s.environ(), s.dir, "", "playlist", "update", lists[0].ID, "--description", "found by comparing"); r.exit != 0 {
		t.Fatal(r.stderr)
	}
	line := w.next("playlist:updated")
	if line["source"] != "poll" || line["name"] != "" || at(line, "data", "playlistId") != lists[0].ID || at(line, "data", "action") != "updated" ||
		at(line, "data", "payload", "description") != "found by comparing" {
		t.Errorf("%v", line)
	}
	w.want(0)
}

// TestWatchEndings: 0 is only what was waited for.
func TestWatchEndings(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, c := range []struct {
		name string
		args []string
		env  string
		exit int
	}{
		{"time", []string{"--timeout", "3s"}, "", cmdutil.ExitTimeout},
		{"count not met", []string{"--count", "1000", "--timeout", "3s"}, "", cmdutil.ExitTimeout},
		{"never live", []string{"--timeout", "2s"}, "VIZORA_REALTIME_URL=http://127.0.0.1:9", cmdutil.ExitStream},
		{"session over", []string{"--timeout", "20s"}, "VIZORA_TOKEN=not.a.token", cmdutil.ExitAuth},
		{"condition met", []string{"--until", `event == "device:status-update" && data.status in ["online", "offline"]`, "--timeout", "30s"}, "", 0},
		{"bad condition", []string{"--until", `colour == "red"`}, "", cmdutil.ExitUsage},
		{"bad poll", []string{"--poll", "often"}, "", cmdutil.ExitUsage},
		{"bad name", []string{"--resume", "../x"}, "", cmdutil.ExitUsage},
		{"bad time", []string{"--since", "tomorrow"}, "", cmdutil.ExitUsage},
		{"unknown display", []string{"--display", "Nowhere"}, "", cmdutil.ExitNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := s.environ()
			if c.env != "" {
				env = append(env, c.env)
			}
			if r := run(t, env, s.dir, "", append([]string{"watch", "-o", "jsonl"}, c.args...)...); r.exit != c.exit {
				t.Errorf("exit %d, want %d\n%s", r.exit, c.exit, r.stderr)
			}
		})
	}
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		w := startWatch(t, s)
		w.hear("live")
		w.kill(sig)
		w.want(cmdutil.ExitInterrupted)
	}
	// Also while it cannot even connect: nobody answers there.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s.env["VIZORA_REALTIME_URL"] = "http://" + l.Addr().String()
	w := startWatch(t, s)
	w.hear("connecting")
	w.kill(os.Interrupt)
	w.want(cmdutil.ExitInterrupted)
}

// TestWatchClosedPipe: a reader that goes away ends the watch quietly.
func TestWatchClosedPipe(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := child(ctx, s.environ(), s.dir, "watch", "-o", "jsonl")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	if _, err := s.admin.Do(t.Context(), api.Request{Method: "POST", Path: "/notifications", Body: []byte(`{"title":"one","message":"more"}`)}); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, cmd.Wait()); code != 0 || strings.Contains(errs.String(), "error") {
		t.Errorf("exit %d\n%s", code, errs.String())
	}
}

// TestWatchUnreadPipe: a reader that does not read slows the watch down, and still
// it ends when it is told to.
func TestWatchUnreadPipe(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 0, sandbox.EventsPlatform)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := child(ctx, s.environ(), s.dir, "watch", "-o", "jsonl")
	if _, err := cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for scan := bufio.NewScanner(errs); scan.Scan() && !strings.Contains(scan.Text(), "lists are compared"); {
		continue
	}
	body := []byte(`{"title":"big","message":"` + strings.Repeat("x", 30_000) + `"}`) // more than a pipe holds
	for range 8 {
		if _, err := s.admin.Do(ctx, api.Request{Method: "POST", Path: "/notifications", Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Second) // until it waits
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); exitOf(t, err) != cmdutil.ExitInterrupted || ctx.Err() != nil {
		t.Errorf("%v", err)
	}
}

// TestWatchExec: one handler at a time, in order, each with its record.
func TestWatchExec(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	script := `read -r line; echo "start $VIZORA_EVENT_SEQ" >> log; sleep 0.05; printf '%s\n' "$line" >> records; echo "end $VIZORA_EVENT_SEQ" >> log; [ "$VIZORA_EVENT_SEQ" != 2 ]`
	r := run(t, s.environ(), s.dir, "", "watch", "device:status-update", "--count", "3", "--timeout", "30s", "-o", "jsonl", "--exec", script)
	log, err := os.ReadFile(filepath.Join(s.dir, "log"))
	records, _ := os.ReadFile(filepath.Join(s.dir, "records"))
	if want := "start 1\nend 1\nstart 2\nend 2\nstart 3\nend 3\n"; r.exit != 0 || err != nil || string(log) != want {
		t.Errorf("exit %d, %v\n%s\n%s", r.exit, err, log, r.stderr)
	}
	if string(records) != r.stdout {
		t.Errorf("the handlers got\n%s\nand stdout\n%s", records, r.stdout)
	}
	if !strings.Contains(r.stderr, "--exec: exit status 1 for record 2") {
		t.Errorf("the failure of one is not reported: %s", r.stderr)
	}
}

// TestWatchResume: the second watch of a name tells what happened since the
// first, and counts on; the history tells what both saw.
func TestWatchResume(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 0, sandbox.EventsPlatform)
	first := startWatch(t, s, "--resume", "ci", "--poll", "off")
	first.next("device:status-update")
	second := run(t, s.environ(), s.dir, "", "watch", "--resume", "ci")
	if second.exit != cmdutil.ExitUsage || !strings.Contains(second.stderr, "in use") {
		t.Errorf("the name is not taken: exit %d %s", second.exit, second.stderr)
	}
	first.kill(os.Interrupt)
	first.want(cmdutil.ExitInterrupted)
	var last float64
	for line := range first.lines {
		last, _ = line["seq"].(float64)
	}
	if r := run(t, s.environ(), s.dir, "", "playlist", "create", "While nobody looked", "-q"); r.exit != 0 {
		t.Fatal(r.stderr)
	}
	then := startWatch(t, s, "--resume", "ci", "--until", `event == "gap"`, "--timeout", "40s")
	line := then.next("playlist:updated")
	if seq, _ := line["seq"].(float64); seq <= last || line["gap"] == nil || at(line, "data", "payload", "name") != "While nobody looked" {
		t.Errorf("after %v: %v", last, line)
	}
	if gap := then.next("gap"); at(gap, "gap", "reason") != "not-running" || at(gap, "gap", "refilled") == 0.0 {
		t.Errorf("%v", gap)
	}
	then.want(0)
	past := run(t, s.environ(), s.dir, "", "watch", "--since", "1h", "playlist:updated", "--count", "1", "--timeout", "40s", "-o", "jsonl")
	if past.exit != 0 || !strings.Contains(past.stdout, "While nobody looked") {
		t.Errorf("exit %d\n%s\n%s", past.exit, past.stdout, past.stderr)
	}
}

// relay is one address before several servers, as a load balancer is.
type relay struct {
	listener net.Listener
	mu       sync.Mutex
	target   string
	conns    map[net.Conn]bool
}

func newRelay(t *testing.T, target string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, target: target, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); r.aim("") })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.carry(c)
		}
	}()
	return r
}

func (r *relay) carry(c net.Conn) {
	r.mu.Lock()
	target := r.target
	r.conns[c] = true
	r.mu.Unlock()
	defer func() { _ = c.Close() }()
	to, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	go func() { _, _ = io.Copy(to, c); _ = to.Close() }()
	_, _ = io.Copy(c, to)
}

// aim sends what comes from now on elsewhere, and cuts what there is.
func (r *relay) aim(target string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = target
	for c := range r.conns {
		_ = c.Close()
	}
	clear(r.conns)
}

// twins are two servers of one state: the same organization and keys.
func twins(t *testing.T) (first, second *sandbox.World) {
	t.Helper()
	start := func(state string) *sandbox.World {
		w, err := sandbox.StartWorld(context.Background(), sandbox.WorldOptions{
			Options: sandbox.Options{Seed: 11, Displays: 4, Playlists: 4, Contents: 8, StatePath: state}, Events: sandbox.EventsPlatform})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Close() })
		return w
	}
	states := [2]string{filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")}
	if err := start(states[0]).Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	state, err := os.ReadFile(states[0])
	if err == nil {
		err = os.WriteFile(states[1], state, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return start(states[0]), start(states[1])
}

// TestWatchFailover: two servers behind one address, with one state; one is
// killed. The watch goes on with the other, and what happened in between is told.
func TestWatchFailover(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 0, sandbox.EventsPlatform)
	first, second := twins(t)
	s.world = first
	s.signIn("admin")
	front := newRelay(t, strings.TrimPrefix(first.RealtimeURL(), "http://"))
	s.env["VIZORA_URL"], s.env["VIZORA_REALTIME_URL"] = first.URL(), "http://"+front.listener.Addr().String()
	w := startWatch(t, s, "--until", `event == "gap"`, "--timeout", "50s")
	w.next("connect")
	w.next("device:status-update")
	front.aim("127.0.0.1:9") // killed
	w.next("disconnect")
	if r := run(t, s.environ(), s.dir, "", "playlist", "create", "During the failover", "-q"); r.exit != 0 {
		t.Fatal(r.stderr)
	}
	front.aim(strings.TrimPrefix(second.RealtimeURL(), "http://"))
	line := w.next("playlist:updated")
	if line["source"] != "poll" || line["gap"] == nil || at(line, "data", "payload", "name") != "During the failover" {
		t.Errorf("%v", line)
	}
	gap := w.next("gap")
	if at(gap, "data", "refilled") == 0.0 || at(gap, "data", "mayHaveMissed") != true {
		t.Errorf("%v", gap)
	}
	w.want(0)
}

// TestWatchFailOnGap: a gap is a failure where it is to be one.
func TestWatchFailOnGap(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	front := newRelay(t, strings.TrimPrefix(s.world.RealtimeURL(), "http://"))
	s.env["VIZORA_REALTIME_URL"] = "http://" + front.listener.Addr().String()
	w := startWatch(t, s, "--fail-on-gap", "--timeout", "50s")
	w.next("connect")
	front.aim(strings.TrimPrefix(s.world.RealtimeURL(), "http://"))
	w.next("gap")
	w.want(cmdutil.ExitStream)
}
