package journal

// This file is about one thing: a canary that operations carry to the server. It
// is in the file as long as it is needed, is never shown, and is gone from every
// byte of the file once the operation is settled.

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/vizora/vizora-cli/api"
)

const canary = "canary-that-must-not-stay"

// hook is the creation of a webhook, whose secret the kind's description names.
func hook(name string) Operation {
	fields := changes("name", name, "url", "https://example.com/"+name, "secret", canary, "events", []string{"content.created"})
	return Operation{Effect: Create, Kind: "Webhook", Verb: "create", Label: name, Changes: fields,
		Request: api.Request{Method: http.MethodPost, Path: "/webhooks", Body: raw(fields)}}
}

// door is an action whose secret only its name in the body tells.
func door() Operation {
	op := action(Absolute, "c1", "/displays/c1/do")
	op.Request.Body = raw(map[string]any{"nested": map[string]any{"newPassword": canary}})
	return op
}

func TestSettledSecretsAreInNoByteOfTheStore(t *testing.T) {
	ctx := context.Background()
	record := func(t *testing.T, j *Journal, op Operation) string {
		t.Helper()
		r, err := j.Submit(ctx, op, SubmitOptions{Async: true})
		wantKind(t, err, api.KindQueued)
		return r.Operation.ID
	}
	refuse := func(s *fakeServer) { s.fault(fault{method: http.MethodPost, status: http.StatusBadRequest}) }
	cases := map[string]func(t *testing.T, s *fakeServer, j *Journal){
		"sent at once": func(t *testing.T, _ *fakeServer, j *Journal) {
			if _, err := j.Submit(ctx, hook("a"), SubmitOptions{}); err != nil {
				t.Fatal(err)
			}
		},
		"refused at once": func(t *testing.T, s *fakeServer, j *Journal) {
			refuse(s)
			_, err := j.Submit(ctx, hook("a"), SubmitOptions{})
			wantKind(t, err, api.KindRejected)
		},
		"sent by a sync": func(t *testing.T, _ *fakeServer, j *Journal) {
			r, err := j.Sync(ctx, SyncOptions{IDs: []string{record(t, j, hook("a")), record(t, j, door())}})
			if err != nil || r.Applied != 1 || r.Rejected != 1 { // there is no such route
				t.Fatalf("%d applied, %v", r.Applied, err)
			}
		},
		"refused and kept": func(t *testing.T, s *fakeServer, j *Journal) {
			refuse(s)
			id := record(t, j, hook("a"))
			if r, err := j.Sync(ctx, SyncOptions{IDs: []string{id}}); err != nil || r.Rejected != 1 {
				t.Fatalf("%d rejected, %v", r.Rejected, err)
			}
			if _, err := j.Retry(ctx, id); !api.IsKind(err, api.KindInvalid) || !strings.Contains(err.Error(), "secret") {
				t.Fatalf("sent again without its secret: %v", err)
			}
		},
		"dropped": func(t *testing.T, _ *fakeServer, j *Journal) {
			if _, err := j.Drop(ctx, record(t, j, hook("a"))); err != nil {
				t.Fatal(err)
			}
		},
		"resolved": func(t *testing.T, s *fakeServer, j *Journal) {
			s.fault(fault{method: http.MethodGet, status: http.StatusServiceUnavailable})
			s.fault(fault{method: http.MethodPost, path: "/webhooks", after: true})
			id := record(t, j, hook("a"))
			if _, err := j.Sync(ctx, SyncOptions{IDs: []string{id}}); err != nil {
				t.Fatal(err)
			}
			if _, err := j.Resolve(ctx, id, Resolution{Created: "c1"}); err != nil {
				t.Fatal(err)
			}
		},
		"of a job": func(t *testing.T, _ *fakeServer, j *Journal) {
			ops := func(yield func(Operation, error) bool) {
				for i := range 30 {
					if !yield(hook(fmt.Sprint("h", i)), nil) {
						return
					}
				}
			}
			if _, err := j.RecordJob(ctx, Job{Name: "hooks"}, ops); err != nil {
				t.Fatal(err)
			}
			if r, err := j.Sync(ctx, SyncOptions{Job: "hooks"}); err != nil || r.Applied != 30 {
				t.Fatalf("%d applied, %v", r.Applied, err)
			}
		},
	}
	for name, settle := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			dir := t.TempDir()
			j := openTest(t, s.client(), dir)
			for i := range 20 { // what stays, in the same pages
				submitAsync(t, j, fmt.Sprint("stays ", i))
			}
			settle(t, s, j)
			if n := bytes.Count(keptBytes(t, j), []byte(canary)); n != 0 {
				t.Errorf("%d copies of the secret are left", n)
			}
			if n := len(mustList(t, openTest(t, nil, dir))); n < 20 {
				t.Errorf("%d operations, 20 were to stay", n)
			}
			submitAsync(t, j, "and it can be written")
		})
	}
}

// noScrubFS lets transactions through, and not what writes over free pages.
type noScrubFS struct{ disk }

func (noScrubFS) OpenFile(path string, flag int, perm os.FileMode) (*os.File, error) {
	if flag == os.O_RDWR {
		return nil, syscall.EIO
	}
	return disk{}.OpenFile(path, flag, perm)
}

// The secret is there while it is needed, whoever looks does not see it, and a
// scrub that fails is told, and made up for by the next process.
func TestPendingSecretsAreNotShown(t *testing.T) {
	aboutTheFile(t)
	s := newServer(t)
	dir, told := t.TempDir(), ""
	j := openTest(t, s.client(), dir, func(o *Options) {
		o.FS = noScrubFS{}
		o.OnEvent = func(e Event) { told += e.Message }
	})
	if _, err := j.Submit(context.Background(), hook("a"), SubmitOptions{Async: true}); !api.IsKind(err, api.KindQueued) {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	if !bytes.Contains(mustRead(t, path), []byte(canary)) {
		t.Fatal("a pending secret is not in the file: how can it be sent?")
	}
	op := mustList(t, j)[0]
	if shown := raw(op.Redacted()); bytes.Contains(shown, []byte(canary)) || !strings.Contains(string(op.Changes["secret"]), canary) {
		t.Fatalf("shown %s", shown)
	}
	plan, err := j.Plan(context.Background())
	if err != nil || bytes.Contains(raw(plan[0].Mine), []byte(canary)) {
		t.Fatalf("planned %s, %v", raw(plan), err)
	}
	if report := drain(t, j); report.Applied != 1 || !strings.Contains(s.body(-1), canary) {
		t.Fatalf("%+v; the server got %s", report, s.body(-1))
	}
	if !strings.Contains(told, "secret") || !bytes.Contains(mustRead(t, path), []byte(canary)) {
		t.Fatalf("the failure was not told, or there was none: %q", told)
	}
	submitAsync(t, openTest(t, nil, dir), "another")
	if bytes.Contains(mustRead(t, path), []byte(canary)) {
		t.Fatal("nobody made up for the scrub that failed")
	}
}
