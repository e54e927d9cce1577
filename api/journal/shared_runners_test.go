//go:build unix

package journal

// This file is about one thing: runners that share a journal: many at once, some
// killed, one paused for longer than its lease.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// Ten runners deliver together, three are killed in the middle. Everything is
// done once, and in order on each resource.
func TestTenRunnersOfWhichThreeAreKilled(t *testing.T) {
	s := startRedis(t)
	t.Setenv(storeEnv, "redis://"+s.Host)
	creates, resources, updates := 120, 20, 6
	if long() {
		creates, resources, updates = 4000, 200, 30
	}
	server, dir := newServer(t), t.TempDir()
	j := openTest(t, server.client(), dir)
	for i := range creates {
		submitAsync(t, j, fmt.Sprint("new-", i))
	}
	for n := range updates {
		for r := range resources {
			id := server.put("playlists", row{"id": fmt.Sprintf("r%024d", r), "name": "old"})
			queue(t, j, update(id, nil, changes("name", fmt.Sprintf("v%03d", n))))
		}
	}
	var runners []*process
	for i := range 10 {
		runners = append(runners, spawn(t, "deliver", dir, server.http.URL, fmt.Sprint(i), 1))
	}
	for i := range 3 {
		<-runners[i].lines // it is at work
		for begun := len(server.log(http.MethodPost, http.MethodPatch)); len(server.log(http.MethodPost, http.MethodPatch)) < begun+10; {
			time.Sleep(time.Millisecond)
		}
		_ = runners[i].cmd.Process.Kill()
	}
	for i, r := range runners {
		for _, line := range r.all(t) {
			if line.Failed != "" {
				t.Errorf("runner %d: %s", i, line.Failed)
			}
		}
	}
	wantLeft(t, j)
	count := map[any]int{}
	for _, r := range server.all("playlists") {
		count[r["name"]]++
	}
	for i := range creates {
		if n := count[fmt.Sprint("new-", i)]; n != 1 {
			t.Errorf("new-%d is there %d times", i, n)
		}
	}
	wantAscending(t, server, resources*updates)
}

// wantAscending checks the order of the updates that each resource got.
func wantAscending(t *testing.T, server *fakeServer, least int) {
	t.Helper()
	server.mu.Lock()
	defer server.mu.Unlock()
	last, n := map[string]string{}, 0
	for i, request := range server.requests {
		if !strings.HasPrefix(request, "PATCH ") {
			continue
		}
		n++
		if was := last[request]; server.bodies[i] < was {
			t.Errorf("%s: %s after %s", request, server.bodies[i], was)
		}
		last[request] = server.bodies[i]
	}
	if n < least {
		t.Errorf("%d updates, want %d", n, least)
	}
}

// A runner that is stopped in the middle of a request, for longer than its lease,
// is taken over by another, and changes nothing any more when it goes on.
func TestStoppedRunnerIsFencedOut(t *testing.T) {
	s := startRedis(t)
	t.Setenv(storeEnv, "redis://"+s.Host)
	server, dir := newServer(t), t.TempDir()
	j := openTest(t, server.client(), dir)
	submitAsync(t, j, "once")
	var stopped *process
	at := make(chan struct{})
	begin := make(chan struct{})
	server.fault(fault{method: http.MethodPost, times: 1, after: true, do: func() {
		<-begin
		_ = stopped.cmd.Process.Signal(syscall.SIGSTOP)
		close(at)
	}})
	stopped = spawn(t, "deliver", dir, server.http.URL, "p", 1)
	close(begin)
	<-at
	if report := drain(t, j); report.Applied != 1 || report.Left != 0 {
		t.Fatalf("%+v", report)
	}
	queue(t, j, create("later"))
	_ = stopped.cmd.Process.Signal(syscall.SIGCONT)
	failed := ""
	for _, line := range stopped.all(t) {
		failed += line.Failed
	}
	if !strings.Contains(failed, "held up") {
		t.Fatalf("the stopped runner says %q", failed)
	}
	wantLeft(t, j, Queued)
	if rows := server.all("playlists"); len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
}

// leased is a server and a shared journal whose senders have short leases; a call
// may take longer than one of them.
func leased(t *testing.T) (*fakeServer, *Journal) {
	t.Helper()
	s := newServer(t)
	client, err := api.New(api.Options{BaseURL: s.http.URL, Tokens: api.StaticToken("t"), Retry: fastRetry, Attempt: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return s, sharedJournal(t, startRedis(t).URL("leased"), client, func(o *Options) { o.Lease = testLease })
}

// A runner whose lease has passed sends nothing more, not even what it had begun
// to try.
func TestRunnerWithoutItsLeaseSendsNothing(t *testing.T) {
	server, j := leased(t)
	shared := j.store.(*sharedStore)
	var lost atomic.Bool
	server.fault(fault{method: http.MethodPost, times: 1, status: http.StatusServiceUnavailable, do: func() {
		ops, err := j.List(context.Background(), Filter{})
		if err != nil || len(ops) != 1 || ops[0].Holder() != shared.self {
			t.Errorf("%v, %+v", err, ops)
			return
		}
		_, _ = shared.client.Do(context.Background(), "DEL", shared.senderKey(ops[0].Sender))
		time.Sleep(j.opts.Lease + j.opts.Lease/10) // it may be prolonged no more
		lost.Store(true)
	}})
	_, err := j.Submit(context.Background(), create("a"), SubmitOptions{})
	if !errors.Is(err, errFenced) || !api.IsKind(err, api.KindLocal) || !lost.Load() {
		t.Fatal(err)
	}
	if n := len(server.log(http.MethodPost)); n != 1 {
		t.Fatalf("%d requests", n)
	}
}

// A runner whose lease passes while it waits for a rate limit sends nothing when its
// turn comes.
func TestLeaseThatPassesWhileWaitingForTheLimit(t *testing.T) {
	server, j := leased(t)
	from, err := j.store.openSender(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer from.close()
	asked := 0
	real := from.lost
	from.lost = func() error {
		if asked++; asked == 1 { // when it is claimed; then the wait begins
			return real()
		}
		return errFenced
	}
	submitAsync(t, j, "a")
	op := mustList(t, j)[0]
	r := j.deliverNext(context.Background(), &task{id: op.ID, seq: op.Seq}, from, manner{})
	if r.Err == nil || len(server.log(http.MethodPost)) != 0 {
		t.Fatalf("%v; the server got %v", r.Err, server.log())
	}
}
