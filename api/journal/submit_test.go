package journal

// This file is about one thing: what becomes of one submitted operation, with a
// server that answers, refuses, cuts and forgets.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vizora/vizora-cli/api"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(child())
	}
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

func sha(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func raw(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return out
}

func changes(pairs ...any) api.Changes {
	c := api.Changes{}
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i].(string)] = raw(pairs[i+1])
	}
	return c
}

func create(name string) Operation {
	return Operation{Effect: Create, Kind: "Playlist", Verb: "create", Label: name, Changes: changes("name", name)}
}

func update(id string, base, mine api.Changes) Operation {
	op := Operation{Effect: Update, Kind: "Playlist", Verb: "update", Target: id, Label: id, Changes: mine, Base: base}
	if base != nil {
		op.BaseFrom, op.BaseAt = "cache", time.Now().Add(-time.Minute)
	}
	return op
}

func remove(id string, base api.Changes) Operation {
	op := update(id, base, nil)
	op.Effect, op.Verb = Delete, "delete"
	return op
}

func action(effect Effect, id, path string) Operation {
	return Operation{Effect: effect, Kind: "Display", Verb: "do", Target: id, Label: id, Request: api.Request{Method: http.MethodPost, Path: path}}
}

func wantKind(t *testing.T, err error, kind api.ErrorKind) {
	t.Helper()
	if api.KindOf(err) != kind {
		t.Fatalf("error kind %q, want %q: %v", api.KindOf(err), kind, err)
	}
}

func wantLeft(t *testing.T, j *Journal, states ...State) []Operation {
	t.Helper()
	ops, err := j.List(context.Background(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var got []State
	for _, op := range ops {
		got = append(got, op.State)
	}
	if !slices.Equal(got, states) {
		t.Fatalf("the journal holds %v, want %v", got, states)
	}
	return ops
}

func TestCreateIsAppliedAndLeavesTheJournal(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	r, err := j.Submit(context.Background(), create("Lobby"), SubmitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Operation.State != Applied || r.Operation.ResultID == "" || s.get("playlists", r.Operation.ResultID) == nil {
		t.Fatalf("result %+v", r.Operation)
	}
	if r.Status != http.StatusCreated || len(r.Data) == 0 {
		t.Fatalf("status %d, data %s", r.Status, r.Data)
	}
	wantLeft(t, j)
}

func TestCreateWithLostAnswer(t *testing.T) {
	noise := func(s *fakeServer, age time.Duration) { // a row that looks the same
		s.put("playlists", row{"name": "Lobby", "createdAt": time.Now().Add(age).UTC().Format(time.RFC3339Nano)})
	}
	tests := []struct {
		name   string
		setup  func(*fakeServer)
		kind   api.ErrorKind
		posts  int
		rows   int
		remain []State
	}{
		{"executed, answer cut: adopted", func(s *fakeServer) { s.fault(fault{method: "POST", times: 1, after: true}) }, "", 1, 1, nil},
		{"not executed, cut: sent again", func(s *fakeServer) { s.fault(fault{method: "POST", times: 1}) }, "", 2, 1, nil},
		{"an older row of the same content is no match", func(s *fakeServer) {
			noise(s, -time.Hour)
			s.fault(fault{method: "POST", times: 1})
		}, "", 2, 2, nil},
		{"two rows match: unknown, never guessed", func(s *fakeServer) {
			s.fault(fault{method: "POST", times: 1, after: true, do: func() { noise(s, 0) }})
		}, api.KindUnknown, 1, 2, []State{Unknown}},
		{"502 after execution: adopted", func(s *fakeServer) { s.fault(fault{method: "POST", times: 1, after: true, status: 502}) }, "", 1, 1, nil},
		{"rows without a time: unknown, never guessed", func(s *fakeServer) {
			s.put("playlists", row{"name": "x", "createdAt": nil})
			s.fault(fault{method: "POST", times: 1})
		}, api.KindUnknown, 1, 1, []State{Unknown}},
		{"500 and nothing made: refused", func(s *fakeServer) { s.fault(fault{method: "POST", times: 1, status: 500}) }, api.KindServer, 1, 0, nil},
		{"cut and then no list: stays to be read back", func(s *fakeServer) {
			s.fault(fault{method: "POST", times: 1, after: true})
			s.fault(fault{method: "GET"})
		}, api.KindUnknown, 1, 1, []State{Sending}},
		{"408, not executed: sent again", func(s *fakeServer) { s.fault(fault{method: "POST", times: 1, status: 408}) }, "", 2, 1, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			j := s.journal()
			test.setup(s)
			_, err := j.Submit(context.Background(), create("Lobby"), SubmitOptions{})
			wantKind(t, err, test.kind)
			if got := len(s.log("POST")); got != test.posts {
				t.Errorf("%d POSTs, want %d: %v", got, test.posts, s.log())
			}
			if got := len(s.all("playlists")); got != test.rows {
				t.Errorf("%d rows, want %d", got, test.rows)
			}
			wantLeft(t, j, test.remain...)
		})
	}
}

func TestCutOffCreateIsReadBackBySync(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	s.fault(fault{method: "POST", times: 1, after: true})
	s.fault(fault{method: "GET"})
	_, err := j.Submit(context.Background(), create("Lobby"), SubmitOptions{})
	wantKind(t, err, api.KindUnknown)
	s.clear()
	report, err := j.Sync(context.Background(), SyncOptions{})
	if err != nil || report.Applied != 1 || report.Left != 0 {
		t.Fatalf("report %+v, %v", report, err)
	}
	if n := len(s.log("POST")); n != 1 {
		t.Fatalf("%d POSTs: a cut off create was sent again", n)
	}
}

func TestCreateComparesWhatTheServerMakesOfStrings(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	s.fault(fault{method: "POST", times: 1, after: true})
	op := create("  <b>Fish</b> & chips < 5 ")
	op.Changes["loop"] = raw(true)
	if _, err := j.Submit(context.Background(), op, SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := len(s.log("POST")); n != 1 {
		t.Fatalf("%d POSTs", n)
	}
}

func TestLostContentCreateReadsTheDetail(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	s.put("content", row{"name": "Page", "type": "url", "url": "https://other.example"})
	s.fault(fault{method: "POST", times: 1, after: true})
	op := Operation{Effect: Create, Kind: "Content", Verb: "create", Label: "Page", Changes: changes("name", "Page", "type", "url", "url", "https://page.example/?a=1&b=2")}
	r, err := j.Submit(context.Background(), op, SubmitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.get("content", r.Operation.ResultID)["url"]; got != "https://page.example/?a=1&b=2" {
		t.Fatalf("adopted %v", got)
	}
}

func TestUploadIsNeverSentTwice(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	file := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(file, []byte("\x89PNG picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	up, err := api.NewUpload(file)
	if err != nil {
		t.Fatal(err)
	}
	op := Operation{Effect: Create, Kind: "Content", Verb: "upload", Label: "picture.png", Request: api.Request{Method: "POST", Path: "/content/upload", Upload: up}}
	s.put("content", row{"name": "picture.png", "fileSize": 3, "metadata": row{"fileHash": "x"}})
	s.fault(fault{method: "POST", times: 1, after: true})
	r, err := j.Submit(context.Background(), op, SubmitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.log("POST")); n != 1 || len(s.all("content")) != 2 || r.Operation.ResultID == "" {
		t.Fatalf("%d POSTs, %d rows", n, len(s.all("content")))
	}

	if _, err := j.Submit(context.Background(), op, SubmitOptions{Async: true}); !api.IsKind(err, api.KindQueued) {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("\x89PNG changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := j.Sync(context.Background(), SyncOptions{})
	if err != nil || report.Rejected != 1 {
		t.Fatalf("report %+v, %v", report, err)
	}
	if left := wantLeft(t, j, Rejected); !strings.Contains(left[0].Failure.Message, "changed since it was recorded") {
		t.Fatalf("failure %+v", left[0].Failure)
	}
}

func TestUpdateMergesFieldByField(t *testing.T) {
	base := changes("name", "A", "description", "d", "loop", true)
	tests := []struct {
		name    string
		remote  row
		mine    api.Changes
		base    api.Changes
		kind    api.ErrorKind
		want    row
		patches int
		dropped []string
		remain  []State
	}{
		{"remote as base: sent", nil, changes("description", "x"), base, "", row{"description": "x"}, 1, nil, nil},
		{"remote has it already: done", row{"description": "x"}, changes("description", "x"), base, "", row{"description": "x"}, 0, nil, nil},
		{"remote won", row{"description": "y"}, changes("description", "x"), base, api.KindConflict, row{"description": "y"}, 0, []string{"description"}, []State{Conflict}},
		{"one field lost, one sent", row{"description": "y"}, changes("description", "x", "loop", false), base, api.KindConflict, row{"description": "y", "loop": false}, 1, []string{"description"}, []State{Conflict}},
		{"another field of the remote changed", row{"name": "B"}, changes("description", "x"), base, "", row{"name": "B", "description": "x"}, 1, nil, nil},
		{"blind", row{"description": "y"}, changes("description", "x"), nil, "", row{"description": "x"}, 1, nil, nil},
		{"cleared", nil, api.Changes{"description": raw(nil)}, base, "", row{"description": nil}, 1, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			j := s.journal()
			id := s.put("playlists", row{"name": "A", "description": "d", "loop": true})
			if test.remote != nil {
				test.remote["id"] = id
				s.put("playlists", test.remote)
			}
			r, err := j.Submit(context.Background(), update(id, test.base, test.mine), SubmitOptions{})
			wantKind(t, err, test.kind)
			got := s.get("playlists", id)
			for k, v := range test.want {
				if got[k] != v {
					t.Errorf("%s is %v, want %v", k, got[k], v)
				}
			}
			if n := len(s.log("PATCH")); n != test.patches {
				t.Errorf("%d PATCHes, want %d", n, test.patches)
			}
			if !slices.Equal(r.Operation.Dropped, test.dropped) {
				t.Errorf("dropped %v, want %v", r.Operation.Dropped, test.dropped)
			}
			wantLeft(t, j, test.remain...)
		})
	}
}

func TestFreshBaseSparesTheSecondRequest(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id := s.put("playlists", row{"name": "A", "description": "d"})
	op := update(id, changes("name", "A", "description", "d"), changes("description", "x"))
	op.BaseFrom, op.BaseAt = "server", time.Now()
	if _, err := j.Submit(context.Background(), op, SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := s.log(); !slices.Equal(got, []string{"PATCH /playlists/" + id}) {
		t.Fatalf("requests %v", got)
	}
	if body := s.body(-1); !strings.Contains(body, `"name":"A"`) {
		t.Fatalf("the PATCH lacks the name, without which the server answers 404: %s", body)
	}
}

func TestLostUpdateIsComparedBeforeItIsSentAgain(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id := s.put("playlists", row{"name": "A"})
	s.fault(fault{method: "PATCH", times: 1, after: true})
	if _, err := j.Submit(context.Background(), update(id, changes("name", "A"), changes("name", "B")), SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := len(s.log("PATCH")); n != 1 {
		t.Fatalf("%d PATCHes", n)
	}
	wantLeft(t, j)
}

func TestDelete(t *testing.T) {
	tests := []struct {
		name    string
		setup   func(*fakeServer, string)
		force   bool
		kind    api.ErrorKind
		deletes int
		remain  []State
	}{
		{"as base", func(*fakeServer, string) {}, false, "", 1, nil},
		{"edited since", func(s *fakeServer, id string) { s.put("playlists", row{"id": id, "name": "B"}) }, false, api.KindConflict, 0, []State{Conflict}},
		{"edited since, forced", func(s *fakeServer, id string) { s.put("playlists", row{"id": id, "name": "B"}) }, true, "", 1, nil},
		{"gone", func(s *fakeServer, id string) { s.remove("playlists", id) }, false, "", 0, nil},
		{"gone, forced", func(s *fakeServer, id string) { s.remove("playlists", id) }, true, "", 1, nil},
		{"answer lost", func(s *fakeServer, id string) { s.fault(fault{method: "DELETE", times: 1, after: true}) }, false, "", 1, nil},
		{"only noise moved", func(s *fakeServer, id string) { s.put("playlists", row{"id": id, "updatedAt": "2030-01-01T00:00:00Z"}) }, false, "", 1, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			j := s.journal()
			id := s.put("playlists", row{"name": "A", "updatedAt": "2026-01-01T00:00:00Z"})
			test.setup(s, id)
			op := remove(id, changes("name", "A", "updatedAt", "2026-01-01T00:00:00Z"))
			op.Force = test.force
			_, err := j.Submit(context.Background(), op, SubmitOptions{})
			wantKind(t, err, test.kind)
			if n := len(s.log("DELETE")); n != test.deletes {
				t.Errorf("%d DELETEs, want %d", n, test.deletes)
			}
			wantLeft(t, j, test.remain...)
		})
	}
}

func TestActions(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id := s.put("displays", row{"nickname": "Lobby"})
	s.fault(fault{method: "POST", times: 1, after: true})
	if _, err := j.Submit(context.Background(), action(Absolute, id, "/displays/"+id+"/enable"), SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := s.get("displays", id)["enable"]; n != 2 {
		t.Fatalf("an absolute action with a lost answer was sent %v times, want 2", n)
	}
	s.fault(fault{method: "POST", times: 1, after: true})
	_, err := j.Submit(context.Background(), action(Once, id, "/displays/"+id+"/push"), SubmitOptions{})
	wantKind(t, err, api.KindUnknown)
	if n := s.get("displays", id)["push"]; n != 1 {
		t.Fatalf("an unrepeatable action was sent %v times", n)
	}
	left := wantLeft(t, j, Unknown)
	if _, err := j.Submit(context.Background(), action(Absolute, id, "/displays/"+id+"/enable"), SubmitOptions{}); !api.IsKind(err, api.KindQueued) {
		t.Fatalf("an operation overtook an undecided one on the same resource: %v", err)
	}
	if _, err := j.Resolve(context.Background(), left[0].ID, Resolution{Applied: true}); err != nil {
		t.Fatal(err)
	}
	if report, err := j.Sync(context.Background(), SyncOptions{}); err != nil || report.Applied != 1 {
		t.Fatalf("report %+v, %v", report, err)
	}
}

func TestRefusalIsReportedAndNotKept(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	s.fault(fault{method: "POST", status: 400})
	r, err := j.Submit(context.Background(), create("x"), SubmitOptions{})
	wantKind(t, err, api.KindRejected)
	if r.Operation.State != Rejected {
		t.Fatalf("state %s", r.Operation.State)
	}
	wantLeft(t, j)
	_, err = j.Submit(context.Background(), create("x"), SubmitOptions{KeepRejected: true})
	wantKind(t, err, api.KindRejected)
	left := wantLeft(t, j, Rejected)
	s.clear()
	if _, err := j.Retry(context.Background(), left[0].ID[22:]); err != nil {
		t.Fatal(err)
	}
	if report, err := j.Sync(context.Background(), SyncOptions{}); err != nil || report.Applied != 1 {
		t.Fatalf("report %+v, %v", report, err)
	}
}

// A 500 may come before or after the execution. Of an action whose effect
// cannot be looked at nobody can tell, so it is not called refused.
func TestActionAnsweredBy500IsUnknown(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	id := s.put("displays", row{})
	s.fault(fault{method: "POST", after: true, status: 500})
	_, err := j.Submit(context.Background(), action(Absolute, id, "/displays/"+id+"/disable"), SubmitOptions{})
	wantKind(t, err, api.KindUnknown)
	left := wantLeft(t, j, Unknown)
	s.clear()
	if _, err := j.Resolve(context.Background(), left[0].ID, Resolution{Resend: true}); err != nil {
		t.Fatal(err)
	}
	if report := drain(t, j); report.Applied != 1 || report.Left != 0 {
		t.Fatalf("report %+v", report)
	}
}

// A 500 that leaves nothing is a refusal, unless an attempt before it was lost
// and may still land: then the operation stays, and is compared later.
func TestA500AfterALostAttemptRefusesNothing(t *testing.T) {
	s := newServer(t)
	id := s.put("playlists", row{"name": "A"})
	s.fault(fault{method: http.MethodPatch, times: 1}) // cut; it is executed later
	s.fault(fault{method: http.MethodPatch, status: http.StatusInternalServerError})
	j := s.journal(func(o *Options) { o.ServerLimit = time.Hour })
	_, err := j.Submit(context.Background(), update(id, changes("name", "A"), changes("name", "B")), SubmitOptions{})
	wantKind(t, err, api.KindQueued)
	wantLeft(t, j, Waiting)
	s.put("playlists", row{"id": id, "name": "B"})
	if r := drain(t, j); r.Applied != 1 {
		t.Fatalf("%+v", r)
	}
	s.clear()
	s.fault(fault{method: http.MethodPatch, status: http.StatusInternalServerError})
	_, err = j.Submit(context.Background(), update(id, changes("name", "B"), changes("name", "C")), SubmitOptions{})
	wantKind(t, err, api.KindServer)
	wantLeft(t, j)
}

// What was applied while another process held the journal is no failure: it is
// said, and the next sync writes it down without doing it again.
func TestAppliedBehindALockedJournalIsApplied(t *testing.T) {
	aboutTheFile(t)
	s := newServer(t)
	id := s.put("playlists", row{"name": "A"})
	dir, told := t.TempDir(), ""
	j := openTest(t, s.client(), dir, func(o *Options) {
		o.LockWait = 5 * time.Millisecond
		o.OnEvent = func(e Event) { told += e.Message }
	})
	other := openTest(t, nil, dir)
	submitAsync(t, other, "first")
	release := func() {}
	s.fault(fault{method: http.MethodPatch, times: 1, after: true, status: http.StatusOK, do: func() {
		var err error
		if release, err = other.store.(*fileStore).lock.acquire(context.Background()); err != nil {
			t.Error(err)
		}
	}})
	r, err := j.Submit(context.Background(), update(id, changes("name", "A"), changes("name", "B")), SubmitOptions{})
	release()
	if err != nil || r.Operation.State != Applied || !strings.Contains(told, "was applied") {
		t.Fatalf("%v; told %q", err, told)
	}
	patient := openTest(t, s.client(), dir) // waiters that gave up still take the lock and let it go
	wantLeft(t, patient, Queued, Sending)
	if r := drain(t, patient); r.Applied != 2 || len(s.log(http.MethodPatch)) != 1 {
		t.Fatalf("%+v, %v", r, s.log(http.MethodPatch))
	}
}
