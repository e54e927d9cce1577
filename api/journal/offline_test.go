package journal

// This file is about one thing: submitting without a connection, without a
// session, without room, and being interrupted.

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// dead is an address on which nobody listens.
func dead(t *testing.T) *api.Client {
	s := newServer(t)
	s.http.Close()
	return clientTo(t, s.http.URL)
}

func TestWithoutAConnection(t *testing.T) {
	secret := create("key")
	secret.OnlineOnly = true
	limited := secret
	limited.Expires = time.Now().Add(time.Hour)
	tests := []struct {
		name   string
		op     Operation
		o      SubmitOptions
		kind   api.ErrorKind
		remain []State
	}{
		{"auto: recorded", create("a"), SubmitOptions{}, api.KindQueued, []State{Waiting}},
		{"never: refused, nothing stays", create("a"), SubmitOptions{Offline: OfflineNever}, api.KindNetwork, nil},
		{"always: recorded, not tried", create("a"), SubmitOptions{Offline: OfflineAlways}, api.KindQueued, []State{Queued}},
		{"async", create("a"), SubmitOptions{Async: true}, api.KindQueued, []State{Queued}},
		{"online only", secret, SubmitOptions{}, api.KindNetwork, nil},
		{"online only, async", secret, SubmitOptions{Async: true}, api.KindInvalid, nil},
		{"online only with a time limit", limited, SubmitOptions{}, api.KindQueued, []State{Waiting}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			j := openTest(t, dead(t), t.TempDir())
			_, err := j.Submit(context.Background(), test.op, test.o)
			wantKind(t, err, test.kind)
			wantLeft(t, j, test.remain...)
		})
	}
}

func TestNothingToChangeIsRefusedBeforeItIsRecorded(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	_, err := j.Submit(context.Background(), update("c1", nil, api.Changes{}), SubmitOptions{})
	wantKind(t, err, api.KindInvalid)
	if _, err := os.Stat(j.opts.Dir); !os.IsNotExist(err) {
		t.Fatal("something was written")
	}
}

func TestExpiredIsRejectedNotSent(t *testing.T) {
	now := time.Now()
	s := newServer(t)
	j := s.journal(func(o *Options) { o.Now = func() time.Time { return now } })
	op := create("late")
	op.Expires = now.Add(time.Minute)
	if _, err := j.Submit(context.Background(), op, SubmitOptions{Async: true}); !api.IsKind(err, api.KindQueued) {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	report, err := j.Sync(context.Background(), SyncOptions{})
	if err != nil || report.Rejected != 1 || len(s.log()) != 0 {
		t.Fatalf("report %+v, %v, requests %v", report, err, s.log())
	}
}

func TestFullJournalRefuses(t *testing.T) {
	j := openTest(t, dead(t), t.TempDir(), func(o *Options) { o.Capacity = 2 })
	for range 2 {
		if _, err := j.Submit(context.Background(), create("a"), SubmitOptions{Async: true}); !api.IsKind(err, api.KindQueued) {
			t.Fatal(err)
		}
	}
	_, err := j.Submit(context.Background(), create("a"), SubmitOptions{Async: true})
	wantKind(t, err, api.KindJournalFull)
	wantLeft(t, j, Queued, Queued)
}

func TestInterruption(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	ctx, stop := context.WithCancel(context.Background())
	s.fault(fault{method: "POST", delay: time.Minute, do: stop})
	_, err := j.Submit(ctx, create("a"), SubmitOptions{})
	wantKind(t, err, api.KindInterrupted)
	wantLeft(t, j, Sending) // it may have been executed
	s.clear()

	ctx, stop = context.WithCancel(context.Background())
	id := s.put("playlists", row{"name": "A"})
	s.fault(fault{method: "GET", delay: time.Minute, do: stop})
	_, err = j.Submit(ctx, update(id, changes("name", "A"), changes("name", "B")), SubmitOptions{})
	wantKind(t, err, api.KindInterrupted)
	wantLeft(t, j, Sending) // the update was never sent and is withdrawn
}

func TestTimeLimitWhileTheServerWorks(t *testing.T) {
	s := newServer(t)
	j := s.journal()
	ctx, passed := context.WithCancelCause(context.Background())
	s.fault(fault{method: "POST", delay: time.Minute, do: func() { passed(context.DeadlineExceeded) }}) // whatever the machine's pace
	_, err := j.Submit(ctx, create("a"), SubmitOptions{})
	wantKind(t, err, api.KindUnknown)
	wantLeft(t, j, Sending)
}

func TestSignedOutIsToldAndNothingStays(t *testing.T) {
	s := newServer(t)
	c, err := api.New(api.Options{BaseURL: s.http.URL})
	if err != nil {
		t.Fatal(err)
	}
	j := openTest(t, c, t.TempDir())
	_, err = j.Submit(context.Background(), create("a"), SubmitOptions{})
	wantKind(t, err, api.KindUnauthenticated)
	wantLeft(t, j)
	if _, err := j.Submit(context.Background(), create("a"), SubmitOptions{Async: true}); !api.IsKind(err, api.KindQueued) {
		t.Fatal(err)
	}
	report, err := j.Sync(context.Background(), SyncOptions{})
	if err != nil || !api.IsKind(report.Err(), api.KindUnauthenticated) {
		t.Fatalf("report %+v, %v", report, err)
	}
	wantLeft(t, j, Waiting)
}
