package journal

// This file is about one thing: connections to a shared journal's server that
// break at any call: before the request, between it and its answer, in the middle
// of that; and a server that crashes at any of them. Whatever was asked for is
// done once.

import (
	"context"
	"fmt"
	"testing"

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

func TestConnectionThatBreaksAtEveryCall(t *testing.T) {
	s := startRedis(t)
	for _, c := range []struct {
		name  string
		where redistest.Where
	}{{"before the request", redistest.BeforeRequest}, {"before the answer", redistest.BeforeAnswer}, {"in the answer", redistest.MidAnswer}} {
		t.Run(c.name, func(t *testing.T) {
			p := redistest.StartProxy(t, s.Host)
			step, rounds := 5, 0
			if long() {
				step = 1
			}
			// The first call of a process is not repeated: a wrong address must be told at once.
			for n, calls := 2, 3; n <= calls; n += step {
				server := newServer(t)
				id := server.put("playlists", row{"name": "before"})
				j := sharedJournal(t, p.URL(fmt.Sprintf("at%d-%d", c.where, n)), server.client())
				p.Break(n, c.where)
				if err := everyStep(j, id); err != nil {
					t.Fatalf("at call %d: %v", n, err)
				}
				calls = p.Calls()
				count := map[any]int{}
				for _, r := range server.all("playlists") {
					count[r["name"]]++
				}
				want := map[any]int{"at once": 1, "later": 1, "of the job 0": 1, "of the job 1": 1, "of the job 2": 1, "renamed": 1}
				if fmt.Sprint(count) != fmt.Sprint(want) || len(server.log("POST", "PATCH")) != len(want) {
					t.Fatalf("at call %d: %v, by %v", n, count, server.log("POST", "PATCH"))
				}
				wantLeft(t, j)
				rounds++
			}
			t.Logf("broken %d times", rounds)
			if rounds < 10 {
				t.Errorf("only %d calls were broken", rounds)
			}
		})
	}
}
