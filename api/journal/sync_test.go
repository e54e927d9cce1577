package journal

// This file is about one thing: delivering what waits: order, dependencies,
// owners, and a server that goes away in between.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// queue records operations without sending them and returns their ids.
func queue(t *testing.T, j *Journal, ops ...Operation) []string {
	t.Helper()
	results, err := j.SubmitAll(context.Background(), ops, SubmitOptions{Async: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range results {
		wantKind(t, r.Err, api.KindQueued)
		ids = append(ids, r.Operation.ID)
	}
	return ids
}

func drain(t *testing.T, j *Journal) *SyncReport {
	t.Helper()
	report, err := j.Sync(context.Background(), SyncOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestOrderIsKeptPerResource(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	var ops []Operation
	var ids []string
	for i := range 5 {
		ids = append(ids, s.put("playlists", row{"name": fmt.Sprint("p", i)}))
	}
	for n := range 6 {
		for _, id := range ids {
			ops = append(ops, update(id, nil, changes("name", fmt.Sprint(id, " ", n))))
		}
	}
	queue(t, j, ops...)
	report := drain(t, j)
	if report.Applied != len(ops) || report.Left != 0 {
		t.Fatalf("report %+v", report)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := map[string]string{}
	for _, body := range s.bodies {
		if id, rest, ok := strings.Cut(strings.TrimPrefix(body, `{"name":"`), " "); ok {
			if rest <= last[id] {
				t.Fatalf("%s: %s after %s", id, rest, last[id])
			}
			last[id] = rest
		}
	}
}

func TestSubmitDeliversWhatStandsBeforeItFirst(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id, other := s.put("playlists", row{"name": "A"}), s.put("playlists", row{"name": "O"})
	queue(t, j, update(id, nil, changes("name", "B")), update(other, nil, changes("name", "P")))
	if _, err := j.Submit(context.Background(), update(id, nil, changes("name", "C")), SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := s.log("PATCH"); len(got) != 2 || s.get("playlists", id)["name"] != "C" {
		t.Fatalf("requests %v", got)
	}
	wantLeft(t, j, Queued) // the other resource was left alone
}

func TestTemporaryIDsBecomeReal(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	display := s.put("displays", row{"nickname": "Lobby"})
	made := create("Menu")
	made.ID = NewID(time.Now())
	tmp := TemporaryID(&made)
	assign := Operation{Effect: Update, Kind: "Display", Verb: "assign", Target: display, Changes: changes("playlist", tmp)}
	push := Operation{Effect: Once, Kind: "Display", Verb: "push", Target: display, Request: api.Request{Method: "POST", Path: "/displays/" + display + "/" + tmp}}
	queue(t, j, made, update(tmp, nil, changes("description", "d")), assign, push)
	report := drain(t, j)
	if report.Applied != 4 {
		t.Fatalf("report %+v", report)
	}
	list := s.all("playlists")
	real := list[0]["id"].(string)
	if len(list) != 1 || list[0]["description"] != "d" || s.get("displays", display)["currentPlaylistId"] != real || s.get("displays", display)[real] != 1 {
		t.Fatalf("playlists %v, display %v", list, s.get("displays", display))
	}
	if id, err := j.Made(context.Background(), tmp); err != nil || id != real {
		t.Fatalf("%s is known as %q, %v", tmp, id, err)
	}
	// A later operation that still names the temporary id follows too.
	if _, err := j.Submit(context.Background(), update(tmp, nil, changes("description", "later")), SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	if s.get("playlists", real)["description"] != "later" {
		t.Fatal("the temporary id was forgotten")
	}
	_, err := j.Submit(context.Background(), update("tmp-"+NewID(time.Now()), nil, changes("description", "x")), SubmitOptions{})
	wantKind(t, err, api.KindInvalid)
}

func TestDependantsFailWithTheirCreate(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	made := create("Menu")
	made.ID = NewID(time.Now())
	tmp := TemporaryID(&made)
	queue(t, j, made, update(tmp, nil, changes("description", "d")),
		Operation{Effect: Update, Kind: "Display", Verb: "assign", Target: "d1", Changes: changes("playlist", tmp)})
	s.fault(fault{method: "POST", status: 400})
	report := drain(t, j)
	if report.Rejected != 3 || len(s.log("PATCH")) != 0 {
		t.Fatalf("report %+v, requests %v", report, s.log())
	}
	wantLeft(t, j, Rejected, Rejected, Rejected)
}

func TestForeignOperationsAreLeftAlone(t *testing.T) {
	s := newServer(t)
	dir := t.TempDir()
	theirs := openTest(t, s.client(), dir, func(o *Options) { o.Owner.User = "somebody" })
	queue(t, theirs, create("theirs"))
	mine := openTest(t, s.client(), dir)
	queue(t, mine, create("mine"))
	report := drain(t, mine)
	if report.Applied != 1 || report.Foreign != 1 || report.Left != 1 || s.all("playlists")[0]["name"] != "mine" {
		t.Fatalf("report %+v", report)
	}
	if c, err := mine.Count(context.Background(), Filter{}); err != nil || c.Pending != 1 || c.Foreign != 1 || c.Oldest.IsZero() {
		t.Fatalf("counts %+v, %v", c, err)
	}
}

func TestSyncEndsEarlyWithoutAConnection(t *testing.T) {
	s := newServer(t)
	dir := t.TempDir()
	j := openTest(t, dead(t), dir)
	var ops []Operation
	for i := range 30 {
		ops = append(ops, create(fmt.Sprint(i)))
	}
	queue(t, j, ops...)
	report := drain(t, j)
	if !api.IsKind(report.Halt, api.KindNetwork) || report.Skipped < 20 || report.Left != 30 {
		t.Fatalf("report %+v", report)
	}
	report = drain(t, openTest(t, s.client(), dir))
	if report.Applied != 30 || len(s.all("playlists")) != 30 {
		t.Fatalf("report %+v", report)
	}
}

func TestRateLimitedOperationWaitsForItsTime(t *testing.T) {
	now := time.Now()
	s := newServer(t)
	dir := t.TempDir()
	process := func() *Journal { // one that knows only what is recorded
		return openTest(t, s.client(), dir, func(o *Options) { o.Now = func() time.Time { return now } })
	}
	j := process()
	id := s.put("playlists", row{"name": "A"})
	queue(t, j, update(id, nil, changes("name", "B")), update(id, nil, changes("name", "C")))
	s.fault(fault{method: "PATCH", times: 1, status: 429, header: map[string]string{"Retry-After-long": "3600"}})
	if report := drain(t, j); report.Waiting != 1 || report.Skipped != 1 {
		t.Fatalf("report %+v", report)
	}
	if report := drain(t, process()); report.Skipped != 2 || len(s.log("PATCH")) != 1 {
		t.Fatalf("report %+v", report)
	}
	now = now.Add(2 * time.Hour)
	if report := drain(t, process()); report.Applied != 2 {
		t.Fatalf("report %+v", report)
	}
}

func TestDeadSenderIsReadBackAndALivingOneWaitedFor(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	ids := queue(t, j, create("a"))
	alive, err := j.store.openSender(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if c, err := j.tryClaim(context.Background(), ids[0], alive.name); err != nil || c.state != claimed {
		t.Fatalf("claim %+v, %v", c, err)
	}
	s.put("playlists", row{"name": "a"}) // the request arrived
	if c, err := j.tryClaim(context.Background(), ids[0], "other"); err != nil || c.state != busy {
		t.Fatalf("a living sender's operation was claimed: %+v, %v", c, err)
	}
	if _, err := j.Drop(context.Background(), ids[0]); err == nil {
		t.Fatal("an operation in flight was dropped")
	}
	alive.close() // it dies
	if report := drain(t, j); report.Applied != 1 || len(s.log("POST")) != 0 {
		t.Fatalf("report %+v, requests %v", report, s.log())
	}
}

// die claims an operation as a process would that is killed while it sends.
func die(t *testing.T, j *Journal, id string) {
	t.Helper()
	if c, err := j.tryClaim(context.Background(), id, "dead"); err != nil || c.state != claimed {
		t.Fatalf("claim %+v, %v", c, err)
	}
}

func TestCutOffActionIsLeftToAPerson(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id := s.put("displays", row{"nickname": "Lobby"})
	ids := queue(t, j, action(Once, id, "/displays/"+id+"/push"), action(Absolute, id, "/displays/"+id+"/enable"))
	die(t, j, ids[0])
	if report := drain(t, j); report.Unknown != 1 || report.Skipped != 1 || len(s.log()) != 0 {
		t.Fatalf("report %+v, requests %v", report, s.log())
	}
	wantLeft(t, j, Unknown, Queued)
}

func TestCutOffCreateThatExpiredMeanwhile(t *testing.T) {
	for _, executed := range []bool{true, false} {
		now := time.Now()
		s := newServer(t)
		j := s.journal(func(o *Options) { o.Now = func() time.Time { return now } })
		op := create("late")
		op.Expires = now.Add(time.Minute)
		ids := queue(t, j, op)
		die(t, j, ids[0])
		if executed {
			s.put("playlists", row{"name": "late"})
		}
		now = now.Add(time.Hour)
		s.clock = func() time.Time { return now }
		report := drain(t, j)
		if executed != (report.Applied == 1) || executed == (report.Rejected == 1) || len(s.log("POST")) != 0 {
			t.Fatalf("executed %v: report %+v, requests %v", executed, report, s.log())
		}
	}
}

func TestTwoCreatesNeverAdoptTheSameRow(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	queue(t, j, create("same"), create("same"))
	s.fault(fault{method: "POST", times: 1, after: true}) // one is executed
	s.fault(fault{method: "POST", times: 1})              // one is not
	report := drain(t, j)
	rows := len(s.all("playlists"))
	if report.Applied+report.Unknown != 2 || rows > 2 || (report.Applied == 2 && rows != 2) {
		t.Fatalf("report %+v, %d rows", report, rows)
	}
}

func TestSubmitAllKeepsTheOrderOfResults(t *testing.T) {
	s := newServer(t)
	var mu sync.Mutex
	seen := map[EventType]int{}
	j := s.journal(func(o *Options) { o.OnEvent = func(e Event) { mu.Lock(); seen[e.Type]++; mu.Unlock() } })
	bad := s.put("playlists", row{"name": "bad"})
	var ops []Operation
	for i := range 20 {
		if i == 7 {
			ops = append(ops, update(bad, changes("name", "other"), changes("name", "mine")))
			continue
		}
		ops = append(ops, create(fmt.Sprint(i)))
	}
	results, err := j.SubmitAll(context.Background(), ops, SubmitOptions{Workers: 8})
	if err != nil || len(results) != len(ops) {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for i, r := range results {
		want := api.ErrorKind("")
		if i == 7 {
			want = api.KindConflict
		}
		if api.KindOf(r.Err) != want || r.Operation.Verb != ops[i].Verb {
			t.Errorf("result %d: %v", i, r.Err)
		}
	}
	if seen[EventRecorded] != 20 || seen[EventSettled] != 20 {
		t.Errorf("events %v", seen)
	}
	if results, err := j.SubmitAll(context.Background(), nil, SubmitOptions{}); err != nil || results != nil {
		t.Errorf("nothing submitted: %v, %v", results, err)
	}
}

func TestInterruptedBulkStaysRecorded(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	ctx, stop := context.WithCancel(context.Background())
	s.fault(fault{method: "POST", delay: time.Minute, do: stop})
	results, err := j.SubmitAll(ctx, []Operation{create("a"), create("b"), create("c")}, SubmitOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, results[0].Err, api.KindInterrupted)
	wantKind(t, results[2].Err, api.KindQueued)
	wantLeft(t, j, Sending, Queued, Queued)
}

func TestOneReplayerAtATime(t *testing.T) {
	aboutTheFile(t)
	s := newServer(t)
	dir := t.TempDir()
	first, second := openTest(t, s.client(), dir), openTest(t, s.client(), dir, func(o *Options) { o.LockWait = 30 * time.Millisecond })
	queue(t, first, create("a"))
	entered, leave := make(chan struct{}), make(chan struct{})
	s.fault(fault{method: "POST", times: 1, status: 408, do: func() { close(entered); <-leave }})
	done := make(chan *SyncReport, 1)
	go func() {
		report, _ := first.Sync(context.Background(), SyncOptions{})
		done <- report
	}()
	<-entered
	_, err := second.Sync(context.Background(), SyncOptions{})
	wantKind(t, err, api.KindLocal)
	var e *api.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "process ") {
		t.Fatalf("the holder is not named: %v", err)
	}
	if r, err := second.Submit(context.Background(), create("b"), SubmitOptions{}); err != nil || r.Operation.State != Applied {
		t.Fatalf("an online command was held up by a replay: %v", err)
	}
	close(leave)
	<-done
}

func TestPlanSendsNothing(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	base := changes("name", "A")
	same := s.put("playlists", row{"name": "A"})
	moved := s.put("playlists", row{"name": "B"})
	wanted := s.put("playlists", row{"name": "C"})
	queue(t, j, update(same, base, changes("name", "C")), update(moved, base, changes("name", "C")), update(wanted, base, changes("name", "C")),
		create("new"), remove(moved, base), itemsOp(same, nil, insert("x", api.Place{})))
	before := wantLeft(t, j, Queued, Queued, Queued, Queued, Queued, Queued)
	items, err := j.Plan(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var got []PlanVerdict
	for _, item := range items {
		got = append(got, item.Verdict)
	}
	want := []PlanVerdict{PlanSend, PlanConflict, PlanAlready, PlanSend, PlanConflict, PlanSend}
	if !slices.Equal(got, want) {
		t.Fatalf("verdicts %v, want %v", got, want)
	}
	if string(items[1].Base["name"]) != `"A"` || string(items[1].Mine["name"]) != `"C"` || string(items[1].Remote["name"]) != `"B"` {
		t.Fatalf("sides %s %s %s", items[1].Base, items[1].Mine, items[1].Remote)
	}
	if items[4].Behind != items[1].Operation.ID {
		t.Fatal("what goes first is not named")
	}
	if n := len(s.log("POST", "PATCH", "DELETE")); n != 0 {
		t.Fatalf("%d writes", n)
	}
	after := wantLeft(t, j, Queued, Queued, Queued, Queued, Queued, Queued)
	if string(raw(before)) != string(raw(after)) {
		t.Fatal("the journal changed")
	}
}

func TestReapplySendsWhatLost(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id := s.put("playlists", row{"name": "B", "description": "d"})
	r, err := j.Submit(context.Background(), update(id, changes("name", "A"), changes("name", "C", "description", "e")), SubmitOptions{})
	wantKind(t, err, api.KindConflict)
	if _, err := j.Retry(context.Background(), r.Operation.ID); !api.IsKind(err, api.KindInvalid) {
		t.Fatalf("a conflict was retried: %v", err)
	}
	if _, err := j.Reapply(context.Background(), r.Operation.ID); err != nil {
		t.Fatal(err)
	}
	s.put("playlists", row{"id": id, "name": "D"}) // it changes once more
	if report := drain(t, j); report.Conflict != 1 || s.get("playlists", id)["name"] != "D" {
		t.Fatalf("report %+v", report)
	}
	if _, err := j.Reapply(context.Background(), r.Operation.ID); err != nil {
		t.Fatal(err)
	}
	if report := drain(t, j); report.Applied != 1 || s.get("playlists", id)["name"] != "C" {
		t.Fatalf("report %+v, row %v", report, s.get("playlists", id))
	}
}

func TestResolveUnknownCreate(t *testing.T) {
	for _, how := range []string{"created", "resend", "drop"} {
		t.Run(how, func(t *testing.T) {
			s := newServer(t)
			j := s.journal()
			s.fault(fault{method: "POST", times: 1, after: true, do: func() { s.put("playlists", row{"name": "a"}) }})
			r, err := j.Submit(context.Background(), create("a"), SubmitOptions{})
			wantKind(t, err, api.KindUnknown)
			queue(t, j, update(r.Operation.Target, nil, changes("description", "d")))
			first := s.all("playlists")[0]["id"].(string)
			resolution := map[string]Resolution{"created": {Created: first}, "resend": {Resend: true}, "drop": {Drop: true}}[how]
			if _, err := j.Resolve(context.Background(), r.Operation.ID, resolution); err != nil {
				t.Fatal(err)
			}
			report := drain(t, j)
			switch how {
			case "created":
				if report.Applied != 1 || s.get("playlists", first)["description"] != "d" {
					t.Fatalf("report %+v", report)
				}
			case "resend":
				if report.Applied != 2 || len(s.all("playlists")) != 3 {
					t.Fatalf("report %+v", report)
				}
			case "drop":
				wantLeft(t, j, Rejected)
			}
		})
	}
}

// The clock is set while a create is on its way, or after its sender died: it is
// neither sent twice nor taken for another's.
func TestClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"back": -time.Hour, "ahead": time.Hour} {
		t.Run("while it is sent, "+name, func(t *testing.T) {
			s := newServer(t)
			var offset time.Duration
			j := s.journal(func(o *Options) { o.Now = func() time.Time { return time.Now().Add(offset) } })
			s.put("playlists", row{"name": "A", "createdAt": time.Now().Add(-10 * time.Minute).UTC().Format(time.RFC3339)}) // somebody else's of that name
			s.fault(fault{method: "POST", times: 1, after: true, do: func() { offset = jump }})
			if _, err := j.Submit(context.Background(), create("A"), SubmitOptions{}); err != nil {
				t.Fatal(err)
			}
			if n := len(s.all("playlists")); n != 2 {
				t.Fatalf("%d playlists, want 2", n)
			}
		})
	}
	s := newServer(t)
	var offset time.Duration
	j := s.journal(func(o *Options) { o.Now = func() time.Time { return time.Now().Add(offset) } })
	ids := queue(t, j, create("A"))
	die(t, j, ids[0])
	s.put("playlists", row{"name": "A"}) // it was executed
	offset = -time.Hour
	if report := drain(t, j); report.Unknown != 1 || len(s.all("playlists")) != 1 {
		t.Fatalf("report %+v", report)
	}
}

// What is delivered by the way looks for a lost create, and does not wait until
// the server cannot be working on it any more.
func TestSyncInPassingDoesNotWaitForALostCreate(t *testing.T) {
	for _, executed := range []bool{true, false} {
		s := newServer(t)
		j := s.journal(func(o *Options) { o.ServerLimit = time.Hour })
		ids := queue(t, j, create("A"), create("B"))
		die(t, j, ids[0])
		if executed {
			s.put("playlists", row{"name": "A"})
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		report, err := j.Sync(ctx, SyncOptions{NoWait: true})
		cancel()
		if err != nil || report.Halt != nil || executed && report.Applied != 2 || !executed && (report.Applied != 1 || report.Waiting != 1) {
			t.Fatalf("executed %v: report %+v, %v", executed, report, err)
		}
	}
}
