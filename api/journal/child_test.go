package journal

// This file is about one thing: the test binary as another process, which
// records, sends or claims until it is done or killed.

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// childEnv names what the re-executed test binary does instead of testing.
const childEnv = "VIZORA_JOURNAL_CHILD"

// A child's environment: where it works, under which name, how often.
const (
	childDir   = "VIZORA_JOURNAL_DIR"
	childURL   = "VIZORA_JOURNAL_URL"
	childName  = "VIZORA_JOURNAL_NAME"
	childCount = "VIZORA_JOURNAL_COUNT"
)

// report is one line of a child's output: a call, when it began and ended, and
// what came of it.
type report struct {
	Client int    `json:"client"`
	Call   string `json:"call"`
	Name   string `json:"name"`
	ID     string `json:"id"`
	Seq    uint64 `json:"seq,omitempty"`
	State  State  `json:"state"`
	Begin  int64  `json:"begin"` // nanoseconds
	End    int64  `json:"end"`
	Failed string `json:"failed,omitempty"`
}

// child runs in the re-executed binary and returns its exit code.
func child() int {
	count, _ := strconv.Atoi(os.Getenv(childCount))
	o := Options{
		Dir: os.Getenv(childDir), Owner: testOwner, Retry: fastRetry, LockWait: 20 * time.Second,
		ServerLimit: 300 * time.Millisecond, Recheck: 20 * time.Millisecond, Lease: testLease,
	}
	o.Store = sharedTestStore(o.Dir)
	if address := os.Getenv(childURL); address != "" {
		client, err := api.New(api.Options{BaseURL: address, Tokens: api.StaticToken("t"), Retry: fastRetry})
		if err != nil {
			return 3
		}
		o.Client = client
	}
	j, err := Open(o)
	if err != nil {
		return 3
	}
	work := map[string]func(*Journal, int){"record": childRecord, "send": childSend, "queue": childQueue, "deliver": childDeliver}[os.Getenv(childEnv)]
	work(j, count)
	return 0
}

// say prints a line; what is printed has been acknowledged.
func say(r report) {
	line, _ := json.Marshal(r)
	_, _ = os.Stdout.Write(append(line, '\n'))
}

func childRecord(j *Journal, count int) {
	for i := range count {
		name := fmt.Sprint(os.Getenv(childName), "-", i)
		r, err := j.Submit(context.Background(), create(name), SubmitOptions{Async: true})
		if !api.IsKind(err, api.KindQueued) {
			say(report{Name: name, Failed: fmt.Sprint(err)})
			return
		}
		say(report{Name: name, ID: r.Operation.ID})
	}
}

// childSend submits online, and now and then only records, until it is killed.
func childSend(j *Journal, count int) {
	for i := range count {
		name := fmt.Sprint(os.Getenv(childName), "-", i)
		r, err := j.Submit(context.Background(), create(name), SubmitOptions{Async: i%4 == 3})
		line := report{Name: name}
		if r != nil {
			line.State = r.Operation.State
		}
		if err != nil && !api.IsKind(err, api.KindQueued) {
			line.Failed = err.Error()
		}
		say(line)
	}
}

// childDeliver delivers until nothing is left.
func childDeliver(j *Journal, _ int) {
	say(report{Call: "ready"})
	for {
		r, err := j.Sync(context.Background(), SyncOptions{})
		switch {
		case err != nil:
			say(report{Failed: err.Error()})
			return
		case r.Halt != nil:
			say(report{Failed: r.Halt.Error()})
			return
		case r.Left == 0:
			say(report{Call: "done"})
			return
		}
	}
}

// childQueue enqueues, claims and settles operations on one resource.
func childQueue(j *Journal, count int) {
	client, _ := strconv.Atoi(os.Getenv(childName))
	from, err := j.store.openSender(time.Now())
	if err != nil {
		say(report{Failed: err.Error()})
		return
	}
	defer from.close()
	for range count {
		r := report{Client: client, Call: "enqueue", Begin: time.Now().UnixNano()}
		result, err := j.Submit(context.Background(), update("c1", nil, changes("name", "x")), SubmitOptions{Async: true})
		if !api.IsKind(err, api.KindQueued) {
			say(report{Failed: fmt.Sprint(err)})
			return
		}
		r.End, r.ID, r.Seq = time.Now().UnixNano(), result.Operation.ID, result.Operation.Seq
		say(r)
		childClaim(j, client, from)
	}
}

// childClaim claims the head of the line, if nobody has it, and settles it.
func childClaim(j *Journal, client int, from *sender) {
	var c claim
	r := report{Client: client, Call: "claim", Begin: time.Now().UnixNano()}
	err := j.store.update(context.Background(), func(t *tx) error {
		head, err := t.first("Playlist/c1")
		if err != nil || head == nil {
			return err
		}
		c, err = j.claimIn(t, head.ID, from.name)
		return err
	})
	r.End = time.Now().UnixNano()
	if c.state == claimed && c.op != nil {
		r.ID = c.op.ID
	}
	if err != nil {
		r.Failed = err.Error()
	}
	say(r)
	if r.ID == "" {
		return
	}
	done := report{Client: client, Call: "settle", ID: r.ID, Begin: time.Now().UnixNano()}
	c.op.State = Applied
	if err := j.settle(context.Background(), c.op, true); err != nil {
		done.Failed = err.Error()
	}
	done.End = time.Now().UnixNano()
	say(done)
}

// process is a running child.
type process struct {
	cmd   *exec.Cmd
	lines chan report
}

// spawn starts a child; its lines arrive on a channel that closes at its end.
func spawn(t *testing.T, what, dir, address, name string, count int) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+what, childDir+"="+dir, childURL+"="+address, childName+"="+name, childCount+"="+strconv.Itoa(count))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, lines: make(chan report, 10_000)}
	go func() {
		defer close(p.lines)
		scan := bufio.NewScanner(out)
		for scan.Scan() {
			var r report
			if json.Unmarshal(scan.Bytes(), &r) == nil { // a line cut by the kill was not acknowledged
				p.lines <- r
			}
		}
		_ = cmd.Wait()
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return p
}

// all waits for the child's end and returns its lines.
func (p *process) all(t *testing.T) []report {
	t.Helper()
	var lines []report
	for r := range p.lines {
		lines = append(lines, r)
	}
	if state := p.cmd.ProcessState; state == nil || (state.ExitCode() != 0 && state.ExitCode() != -1) {
		t.Fatalf("the child ended with %v", state)
	}
	return lines
}
