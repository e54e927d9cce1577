package journal

// This file is about one thing: jobs: recorded whole before the first is sent,
// carried out by any process, and kept with their outcomes.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// seqOf yields operations one by one, and then an error if there is one.
func seqOf(end error, ops ...Operation) iter.Seq2[Operation, error] {
	return func(yield func(Operation, error) bool) {
		for _, op := range ops {
			if !yield(op, nil) {
				return
			}
		}
		if end != nil {
			yield(Operation{}, end)
		}
	}
}

func record(t *testing.T, j *Journal, name string, ops ...Operation) *Job {
	t.Helper()
	job, err := j.RecordJob(context.Background(), Job{Name: name, Total: len(ops)}, seqOf(nil, ops...))
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func jobStates(t *testing.T, j *Journal, name string) map[State]int {
	t.Helper()
	c, err := j.Count(context.Background(), Filter{Job: name})
	if err != nil {
		t.Fatal(err)
	}
	return c.States
}

func TestJobIsRecordedCarriedOutAndKept(t *testing.T) {
	s := newServer(t)
	dir := t.TempDir()
	j := openTest(t, s.client(), dir)
	id := s.put("playlists", row{"name": "A"})
	var ops []Operation
	for i := range recordBatch + 5 { // more than one transaction
		ops = append(ops, update(id, nil, changes("description", fmt.Sprint(i))))
	}
	ops = append(ops, create("made"))
	job := record(t, j, "big", ops...)
	if job.Total != len(ops) || !job.Ready || len(s.log()) != 0 {
		t.Fatalf("job %+v, requests %v", job, s.log())
	}
	if b, err := j.Backlog(context.Background()); err != nil || b != (Backlog{Pending: len(ops), OfJobs: len(ops)}) {
		t.Fatalf("backlog %+v, %v", b, err)
	}
	if due, err := j.Due(context.Background()); err != nil || due {
		t.Fatalf("a job's operations are due for everybody: %v, %v", due, err)
	}
	n := 0
	report, err := openTest(t, s.client(), dir).Sync(context.Background(), SyncOptions{Job: "big", Each: func(*Result) error {
		if n++; n == 10 {
			return errors.New("enough")
		}
		return nil
	}})
	if err != nil || report.Halt == nil || report.Applied < 10 || report.Applied > 20 || report.Results != nil {
		t.Fatalf("report %+v, %v", report, err)
	}
	rest, err := openTest(t, s.client(), dir).Sync(context.Background(), SyncOptions{Job: "big"}) // another process goes on
	if err != nil || rest.Applied+report.Applied != len(ops) || rest.Left != 0 {
		t.Fatalf("report %+v, %v", rest, err)
	}
	if got := jobStates(t, j, "big"); got[Applied] != len(ops) || len(got) != 1 {
		t.Fatalf("states %v", got)
	}
	wantLeft(t, j)
	var places []uint64
	if err := j.Each(context.Background(), Filter{Job: "big"}, func(op *Operation) error {
		places = append(places, op.Seq)
		if op.Effect == Create && op.ResultID == "" {
			t.Error("what was made is not kept")
		}
		return nil
	}); err != nil || len(places) != len(ops) || !slices.IsSorted(places) {
		t.Fatalf("%d places, %v", len(places), err)
	}
	if err := j.RemoveJob(context.Background(), "big"); err != nil || len(jobStates(t, j, "big")) != 0 {
		t.Fatal(err)
	}
	_, err = j.Job(context.Background(), "big")
	wantKind(t, err, api.KindNotFound)
}

func TestJobThatCannotBeRecordedLeavesNothing(t *testing.T) {
	j := openTest(t, newServer(t).client(), t.TempDir(), func(o *Options) { o.JobCapacity = 3 })
	a, b, c, d := create("a"), create("b"), create("c"), create("d")
	ctx, cancel := context.WithCancel(context.Background())
	interrupting := func(yield func(Operation, error) bool) {
		yield(a, nil)
		cancel()
	}
	tests := []struct {
		name string
		ctx  context.Context
		job  Job
		ops  iter.Seq2[Operation, error]
		kind api.ErrorKind
	}{
		{"the caller fails", context.Background(), Job{Name: "x"}, seqOf(api.Errorf(api.KindUsage, "line 3"), a, b), api.KindUsage},
		{"no room, known before", context.Background(), Job{Name: "x", Total: 4}, seqOf(errors.New("was asked for an operation")), api.KindJournalFull},
		{"no room", context.Background(), Job{Name: "x"}, seqOf(nil, a, b, c, d), api.KindJournalFull},
		{"interrupted", ctx, Job{Name: "x"}, interrupting, api.KindInterrupted},
		{"a bad name", context.Background(), Job{Name: "../x"}, seqOf(nil, a), api.KindInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := j.RecordJob(test.ctx, test.job, test.ops)
			wantKind(t, err, test.kind)
			wantLeft(t, j)
			if jobs, err := j.Jobs(context.Background()); err != nil || len(jobs) != 0 {
				t.Errorf("jobs %v, %v", jobs, err)
			}
		})
	}
	record(t, j, "x", a)
	_, err := j.RecordJob(context.Background(), Job{Name: "x"}, seqOf(nil, b))
	wantKind(t, err, api.KindInvalid)
}

// The process dies while it records a job: nothing of it is sent, and the next
// sync clears it away.
func TestJobWhoseRecordingWasCutOff(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	record(t, j, "half", create("a"), create("b"))
	if err := j.store.update(context.Background(), func(t *tx) error {
		job, err := t.job("half")
		job.Ready, job.Recorder = false, "dead"
		return errors.Join(err, t.putJob(job))
	}); err != nil {
		t.Fatal(err)
	}
	if report, err := j.Sync(context.Background(), SyncOptions{Job: "half"}); err != nil || report.Applied != 0 {
		t.Fatalf("report %+v, %v", report, err)
	}
	if report := drain(t, j); report.Left != 0 || len(s.log("POST")) != 0 {
		t.Fatalf("report %+v, requests %v", report, s.log())
	}
}

// What belongs to no job waits for a job's operation on the same resource, and
// takes it along; the rest of the job stays.
func TestOperationBehindAJob(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id, other := s.put("playlists", row{"name": "A"}), s.put("playlists", row{"name": "O"})
	record(t, j, "job", update(id, nil, changes("name", "B")), update(other, nil, changes("name", "P")))
	if err := j.NoteJob(context.Background(), "job", json.RawMessage(`{"file":"x.csv"}`)); err != nil {
		t.Fatal(err)
	}
	queue(t, j, update(id, nil, changes("description", "d")))
	report, err := j.Sync(context.Background(), SyncOptions{SkipJobs: true})
	if err != nil || report.Applied != 2 || s.get("playlists", id)["name"] != "B" || s.get("playlists", other)["name"] != "O" {
		t.Fatalf("report %+v, %v", report, err)
	}
	if got := jobStates(t, j, "job"); got[Applied] != 1 || got[Queued] != 1 {
		t.Fatalf("states %v", got)
	}
	if job, err := j.Job(context.Background(), "job"); err != nil || string(job.Note) != `{"file":"x.csv"}` {
		t.Fatalf("job %+v, %v", job, err)
	}
}

// An action on several resources stands in the order of each of them.
func TestActionOnSeveralResourcesKeepsTheOrderOfEach(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	a, b, c := s.put("displays", row{}), s.put("displays", row{}), s.put("displays", row{})
	set := func(id, text string) Operation {
		op := update(id, nil, changes("description", text))
		op.Kind = "Display"
		return op
	}
	many := Operation{Effect: Absolute, Kind: "Display", Verb: "assign", Touches: []string{a, b}, Request: api.Request{Method: "POST", Path: "/displays/" + a + "/assigned"}}
	ids := queue(t, j, set(a, "before a"), set(b, "before b"), many, set(a, "after a"), set(b, "after b"), set(c, "apart"))
	if c, err := j.tryClaim(context.Background(), ids[3], "x"); err != nil || c.state != behind || c.before.ID != ids[0] {
		t.Fatalf("claim %+v, %v", c, err)
	}
	if report := drain(t, j); report.Applied != 6 {
		t.Fatalf("report %+v", report)
	}
	var order []string
	for i, r := range s.log("PATCH", "POST") {
		if !strings.Contains(r, c) {
			order = append(order, fmt.Sprint(i, r))
		}
	}
	at := slices.IndexFunc(order, func(r string) bool { return strings.Contains(r, "POST") })
	if at != 2 || len(order) != 5 {
		t.Fatalf("order %v", order)
	}
	// A stuck action holds up what is behind it on each.
	s.fault(fault{method: "POST", status: 429, header: map[string]string{"Retry-After": "3600"}})
	queue(t, j, many, set(b, "later b"), set(c, "later c"))
	if report := drain(t, j); report.Applied != 1 || report.Waiting != 1 || report.Skipped != 1 || s.get("displays", b)["description"] != "after b" {
		t.Fatalf("report %+v", report)
	}
	if got := Overlay(&api.Displays.Schema, []json.RawMessage{raw(row{"id": a}), raw(row{"id": b}), raw(row{"id": c})}, mustList(t, j)); got[0].Mark != MarkAction || got[1].Mark != MarkUpdated || got[2].Mark != MarkNone {
		t.Fatalf("overlay %+v", got)
	}
}

// A run's memory does not grow with its length, and its bookkeeping not with
// the journal: both are looked at in BenchmarkJob.
func BenchmarkJob(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("operations=", n), func(b *testing.B) {
			for b.Loop() {
				j, err := Open(Options{Dir: b.TempDir(), Owner: testOwner, JobCapacity: n})
				if err != nil {
					b.Fatal(err)
				}
				began := time.Now()
				if _, err := j.RecordJob(b.Context(), Job{Name: "job", Total: n}, func(yield func(Operation, error) bool) {
					for i := range n {
						if !yield(pendingUpdate(i), nil) {
							return
						}
					}
				}); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/record")
				began = time.Now()
				if c, err := j.Count(b.Context(), Filter{Job: "job"}); err != nil || c.Pending != n {
					b.Fatal(c, err)
				}
				b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/count")
			}
		})
	}
}
