package journal

// This file is about one thing: connections to a shared journal's server that
// break at any call: before the request, between it and its answer, in the middle
// of that; and a server that crashes at any of them. Whatever was asked for is
// done once.

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis/redistest"
)

// everyStep is one of each kind of what a journal does, and says what of it went
// wrong.
func everyStep(j *Journal, id string) error {
	ctx := context.Background()
	if _, err := j.Submit(ctx, create("at once"), SubmitOptions{}); err != nil {
		return fmt.Errorf("a create: %w", err)
	}
	if _, err := j.Submit(ctx, create("later"), SubmitOptions{Async: true}); !api.IsKind(err, api.KindQueued) {
		return fmt.Errorf("a create for later: %w", err)
	}
	unwanted, err := j.Submit(ctx, create("unwanted"), SubmitOptions{Async: true})
	if !api.IsKind(err, api.KindQueued) {
		return fmt.Errorf("one more: %w", err)
	}
	if _, err := j.Drop(ctx, unwanted.Operation.ID); err != nil {
		return fmt.Errorf("dropping it: %w", err)
	}
	if _, err := j.RecordJob(ctx, Job{Name: "job"}, func(yield func(Operation, error) bool) {
		for i := range 3 {
			if !yield(create(fmt.Sprint("of the job ", i)), nil) {
				return
			}
		}
		yield(update(id, nil, changes("name", "renamed")), nil)
	}); err != nil {
		return fmt.Errorf("a job: %w", err)
	}
	report, err := j.Sync(ctx, SyncOptions{})
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		return fmt.Errorf("a sync: %w", err)
	}
	if ops, err := j.List(ctx, Filter{Job: "job"}); err != nil || len(ops) != 4 {
		return fmt.Errorf("%d operations of the job are kept: %w", len(ops), err)
	}
	return nil
}

// wantEveryStep checks that all of it was done, once.
func wantEveryStep(t *testing.T, server *fakeServer, j *Journal, n int) {
	t.Helper()
	count := map[any]int{}
	for _, r := range server.all("playlists") {
		count[r["name"]]++
	}
	want := map[any]int{"at once": 1, "later": 1, "of the job 0": 1, "of the job 1": 1, "of the job 2": 1, "renamed": 1}
	if fmt.Sprint(count) != fmt.Sprint(want) || len(server.log("POST", "PATCH")) != len(want) {
		t.Fatalf("at call %d: %v, by %v", n, count, server.log("POST", "PATCH"))
	}
	wantLeft(t, j)
}

// atEveryCall does every step once for each call that they take, or some of these,
// with trouble at that call.
func atEveryCall(t *testing.T, to string, step int, trouble func(p *redistest.Proxy, n int)) {
	t.Helper()
	p := redistest.StartProxy(t, to)
	rounds := 0
	switch {
	case long():
		step = 1
	case testing.Short():
		step *= 4
	}
	// The first call of a process is not repeated: a wrong address must be told at once.
	for n, calls := 2, 3; n <= calls; n += step {
		server := newServer(t)
		id := server.put("playlists", row{"name": "before"})
		j := sharedJournal(t, p.URL(fmt.Sprint("at", n)), server.client(), func(o *Options) { o.Lease = time.Minute })
		j.store.(*sharedStore).txLease = time.Minute // how long a server takes to be back is the machine's affair
		trouble(p, n)
		if err := everyStep(j, id); err != nil {
			t.Fatalf("at call %d: %v", n, err)
		}
		calls = p.Calls()
		wantEveryStep(t, server, j, n)
		rounds++
	}
	if t.Logf("in trouble %d times", rounds); rounds < 3 {
		t.Errorf("only %d calls were in trouble", rounds)
	}
}

func TestConnectionThatBreaksAtEveryCall(t *testing.T) {
	for name, where := range map[string]redistest.Where{"before the request": redistest.BeforeRequest, "before the answer": redistest.BeforeAnswer, "in the answer": redistest.MidAnswer} {
		t.Run(name, func(t *testing.T) {
			s := startRedis(t)
			atEveryCall(t, s.Host, 5, func(p *redistest.Proxy, n int) { p.Break(n, where) })
		})
	}
}

// The server is killed when a call arrives, and is back at once with what its
// append-only file holds.
func TestServerThatIsKilledAtEveryCall(t *testing.T) {
	s := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	atEveryCall(t, s.Host, 9, func(p *redistest.Proxy, n int) {
		p.At(n, func() {
			s.Kill()
			if err := s.Run(); err != nil {
				t.Error(err)
			}
		})
	})
}

// A server that goes away for good at any call is an error; what was acknowledged
// before is there when it comes back, and what was under way is done once.
func TestServerThatGoesAwayAtEveryCall(t *testing.T) {
	s := startRedis(t)
	p := redistest.StartProxy(t, s.Host)
	step := 17
	switch {
	case long():
		step = 1
	case testing.Short():
		t.Skip("it waits for leases to pass")
	}
	n := 1
	for ; ; n += step {
		server := newServer(t)
		id := server.put("playlists", row{"name": "before"})
		store := fmt.Sprint("away", n)
		j := sharedJournal(t, p.URL(store), server.client(), func(o *Options) { o.LockWait, o.Lease = 50*time.Millisecond, time.Second })
		p.At(n, p.CutOff)
		err := everyStep(j, id)
		if err == nil {
			break // there were fewer calls
		}
		if !api.IsKind(err, api.KindLocal) && !strings.Contains(err.Error(), "cannot be reached") {
			t.Fatalf("at call %d: %v", n, err)
		}
		p.Mend()
		clean := sharedJournal(t, s.URL(store), server.client())
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			report, err := clean.Sync(context.Background(), SyncOptions{})
			if err == nil && report.Left == 0 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("at call %d: %v, %+v", n, err, report)
			}
		}
		count := map[any]int{}
		for _, r := range server.all("playlists") {
			if count[r["name"]]++; count[r["name"]] > 1 {
				t.Fatalf("at call %d: %v is there twice", n, r["name"])
			}
		}
	}
	if t.Logf("gone at each %dth of %d calls", step, n); n < 50 {
		t.Errorf("only %d calls", n)
	}
}
