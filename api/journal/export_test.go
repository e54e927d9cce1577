package journal

// This file is about one thing: that pending work moves: it is delivered by one
// machine or the other, whatever fails or dies on the way.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

func TestExportMovesAndImportTakesInOnce(t *testing.T) {
	ctx := context.Background()
	s := newServer(t)
	list := s.put("playlists", row{"name": "A"})
	from, to := s.journal(), s.journal()
	make := create("a")
	make.ID = NewID(time.Now())
	then := update(TemporaryID(&make), changes("name", "a"), changes("description", "of it"))
	then.BaseFrom = "journal"
	ids := queue(t, from, make, then, update(list, changes("name", "A"), changes("name", "B")))
	var text bytes.Buffer
	report, err := from.Export(ctx, &text, false)
	if err != nil || report.Count != 3 || len(report.Stay)+report.OfJobs+report.Foreign != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if drain(t, from); len(s.log(http.MethodPost, http.MethodPatch)) != 0 {
		t.Fatal("the machine that gave its work away delivered it")
	}
	wantLeft(t, from)
	trace, err := from.List(ctx, Filter{States: []State{Moved}})
	if err != nil || len(trace) != 3 || trace[0].ID != ids[0] || trace[0].Moved.To != toStream || trace[0].Moved.From != Queued {
		t.Fatalf("no trace: %+v, %v", trace, err)
	}
	exported := text.String()
	takeIn := func(j *Journal, added, known int) {
		t.Helper()
		a, k, err := j.Import(ctx, strings.NewReader(exported))
		if a != added || k != known || err != nil {
			t.Fatalf("%d added, %d known, %v; want %d and %d", a, k, err, added, known)
		}
	}
	takeIn(to, 3, 0)
	takeIn(to, 0, 3)
	if r := drain(t, to); r.Applied != 3 {
		t.Fatalf("%+v", r)
	}
	takeIn(to, 0, 3) // they have left the journal, and are known all the same
	drain(t, to)
	made := slices.DeleteFunc(s.all("playlists"), func(r row) bool { return r["name"] != "a" })
	if len(made) != 1 || made[0]["description"] != "of it" || s.get("playlists", list)["name"] != "B" {
		t.Fatalf("the server has %v", s.all("playlists"))
	}
	if _, err := from.Retry(ctx, ids[1]); err == nil || !strings.Contains(err.Error(), "needs") {
		t.Fatalf("taken back without what it needs: %v", err)
	}
	takeIn(from, 3, 0) // what comes back to where it was set aside is its work again
	wantLeft(t, from, Queued, Queued, Queued)
	lines := strings.SplitAfter(exported, "\n")
	for name, bad := range map[string]string{
		"not an export": "{}\n", "cut": lines[0] + lines[1], "half a line": exported[:len(exported)-9],
		"newer": strings.Replace(exported, `"format":1`, `"format":2`, 1), "no effect": strings.Replace(exported, `"effect":"create"`, `"effect":"x"`, 1),
		"no such state": strings.Replace(exported, `"state":"queued"`, `"state":"x"`, 1),
	} {
		if added, _, err := openTest(t, nil, t.TempDir()).Import(ctx, strings.NewReader(bad)); added != 0 || err == nil {
			t.Errorf("%s: %d, %v", name, added, err)
		}
	}
}

// What cannot be parted from its machine stays there, with what must follow it
// and what it needs.
func TestExportLeavesWhatCannotMove(t *testing.T) {
	ctx := context.Background()
	j := openTest(t, nil, t.TempDir())
	needed := create("needed by what stays")
	needed.ID = NewID(time.Now())
	stuck := queue(t, j, update("c1", nil, changes("name", "being sent")))[0]
	if c, err := j.tryClaim(ctx, stuck, "dead"); err != nil || c.state != claimed {
		t.Fatal(c, err)
	}
	behind := update("c1", nil, changes("description", TemporaryID(&needed)))
	queue(t, j, needed, behind, update("c2", nil, changes("name", "goes")), update("c3", nil, changes("name", "taken back")))
	if _, err := j.RecordJob(ctx, Job{Name: "job"}, func(yield func(Operation, error) bool) { yield(update("c4", nil, changes("name", "x")), nil) }); err != nil {
		t.Fatal(err)
	}
	theirs := openTest(t, nil, j.opts.Dir, func(o *Options) { o.Owner.User = "another" })
	submitAsync(t, theirs, "of another")
	file := filepath.Join(t.TempDir(), "out.jsonl")
	report, err := j.ExportFile(ctx, file, false)
	if err != nil || report.Count != 2 || report.OfJobs != 1 || report.Foreign != 1 || len(report.Stay) != 3 {
		t.Fatalf("%+v, %v", report, err)
	}
	wantLeft(t, j, Sending, Queued, Queued, Queued, Queued)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	_, err = j.ExportFile(ctx, file, false)
	wantKind(t, err, api.KindInvalid)
	trace, _ := j.List(ctx, Filter{States: []State{Moved}})
	if _, err := j.Retry(ctx, trace[1].ID); err != nil {
		t.Fatal(err)
	}
	if left := wantLeft(t, j, Sending, Queued, Queued, Queued, Queued, Queued); left[3].Target != "c3" {
		t.Fatalf("%+v", left[3])
	}
}

// Where operations went is known for a month, and then forgotten by compact.
func TestCompactForgetsWhatWasMovedLongAgo(t *testing.T) {
	ctx, now := context.Background(), time.Now()
	j := openTest(t, nil, t.TempDir(), func(o *Options) { o.Now = func() time.Time { return now } })
	submitAsync(t, j, "a")
	if _, err := j.Export(ctx, io.Discard, false); err != nil {
		t.Fatal(err)
	}
	submitAsync(t, j, "stays")
	for _, want := range []int{1, 0} {
		if _, err := j.Compact(ctx); err != nil {
			t.Fatal(err)
		}
		if moved, err := j.List(ctx, Filter{States: []State{Moved}}); err != nil || len(moved) != want {
			t.Fatalf("%d, want %d: %v", len(moved), want, err)
		}
		now = now.Add(keepMade + time.Hour)
	}
	wantLeft(t, j, Queued)
}

// A copy leaves the journal as it is, and does nothing twice where it was made.
func TestCopyThatComesBackIsKnown(t *testing.T) {
	ctx := context.Background()
	s := newServer(t)
	j := s.journal()
	queue(t, j, create("a"), action(Once, s.put("displays", row{}), "/displays/c000000000000000000000001/push"))
	file := filepath.Join(t.TempDir(), "copy.jsonl")
	if report, err := j.ExportFile(ctx, file, true); err != nil || report.Count != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	if r := drain(t, j); r.Applied != 2 {
		t.Fatalf("%+v", r)
	}
	if added, known, err := j.Import(ctx, bytes.NewReader(mustRead(t, file))); added != 0 || known != 2 || err != nil {
		t.Fatal(added, known, err)
	}
}

// An export's file has the secrets; what stays behind as a trace does not.
func TestExportTakesSecretsAlong(t *testing.T) {
	ctx := context.Background()
	s := newServer(t)
	from, to := s.journal(), s.journal()
	id := queue(t, from, hook("a"))[0]
	file := filepath.Join(t.TempDir(), "out.jsonl")
	if _, err := from.ExportFile(ctx, file, false); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(keptBytes(t, from), []byte(canary)) {
		t.Error("the secret is in the journal that gave it away")
	}
	var e *api.Error
	if _, err := from.Retry(ctx, id); !errors.As(err, &e) || !strings.Contains(fmt.Sprint(e.Next), file) {
		t.Errorf("taken back without its secret: %v", err)
	}
	if _, _, err := to.Import(ctx, bytes.NewReader(mustRead(t, file))); err != nil {
		t.Fatal(err)
	}
	if drain(t, to); !strings.Contains(s.body(-1), canary) {
		t.Fatalf("the server got %s", s.body(-1))
	}
}

// brokenWriter takes some bytes and fails.
type brokenWriter struct{ left int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, syscall.EPIPE
	}
	return len(p), nil
}

func TestExportToAPipeThatFailsMovesNothing(t *testing.T) {
	j := openTest(t, nil, t.TempDir())
	for i := range 40 {
		submitAsync(t, j, fmt.Sprint("operation ", i))
	}
	_, err := j.Export(context.Background(), &brokenWriter{left: 5000}, false)
	wantKind(t, err, api.KindLocal)
	if errors.Is(err, syscall.EPIPE) {
		t.Fatal("the end of the reader would be taken for a quiet end")
	}
	if ops := mustList(t, j); len(ops) != 40 {
		t.Fatalf("%d operations are left", len(ops))
	}
}

// dying is what a file call panics with to play the death of its process.
type dying struct{}

// fragileFS fails at the nth call that an export makes, or dies there: before the
// call or after it.
type fragileFS struct {
	failingFS
	die, after bool
	counting   bool
}

func (f *fragileFS) call(name string, do func() error) error {
	if !f.counting {
		return do()
	}
	err := f.strike(name)
	if err == nil {
		return do()
	}
	if f.after {
		_ = do()
	}
	if f.die {
		panic(dying{})
	}
	return err
}

func (f *fragileFS) OpenFile(path string, flag int, perm os.FileMode) (file *os.File, err error) {
	err = f.call("open", func() error { file, err = disk{}.OpenFile(path, flag, perm); return err })
	if err != nil && file != nil {
		_ = file.Close()
	}
	return file, err
}

func (f *fragileFS) MkdirAll(dir string) error {
	return f.call("mkdir", func() error { return disk{}.MkdirAll(dir) })
}

func (f *fragileFS) Sync(path string) error {
	return f.call("fsync", func() error { return disk{}.Sync(path) })
}

func (f *fragileFS) SyncDir(dir string) error {
	return f.call("fsync", func() error { return disk{}.SyncDir(dir) })
}

func (f *fragileFS) Rename(from, to string) error {
	return f.call("rename", func() error { return disk{}.Rename(from, to) })
}

func (f *fragileFS) Remove(path string) error {
	return f.call("remove", func() error { return disk{}.Remove(path) })
}

func (f *fragileFS) Stat(path string) (info os.FileInfo, err error) {
	err = f.call("stat", func() error { info, err = disk{}.Stat(path); return nil })
	if err == nil && info == nil {
		err = &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}
	}
	return info, err
}

// Every file call of an export fails once, or its process dies there. Afterwards
// the work is in the file or in the journal, and never in both: what each of
// the two machines delivers makes one of each.
func TestExportThatFailsOrDiesMovesAllOrNothing(t *testing.T) {
	outcomes := map[string]int{}
	for _, mode := range []fragileFS{{}, {die: true}, {die: true, after: true}} {
		for n := 1; ; n++ {
			s := newServer(t)
			files := mode
			files.n, files.err = n, syscall.EIO
			dir, file := t.TempDir(), filepath.Join(t.TempDir(), "out.jsonl")
			j := openTest(t, nil, dir, func(o *Options) { o.FS = &files })
			queue(t, j, create("a"), create("b"))
			files.counting = true
			err := exportUntilDeath(j, file)
			if files.calls < n {
				break // no call is left
			}
			here := openTest(t, s.client(), dir)
			drain(t, here)
			delivered, moved := len(s.all("playlists")), 0
			if content, err := os.ReadFile(file); err == nil {
				there := s.journal()
				if moved, _, err = there.Import(context.Background(), bytes.NewReader(content)); err != nil {
					t.Fatalf("%+v, call %d: a file that is not whole has its name: %v", mode, n, err)
				}
				drain(t, there)
			}
			if all := s.all("playlists"); len(all) != 2 || delivered+moved != 2 {
				t.Fatalf("%+v, call %d: %d were delivered here, %d were in the file, and the server has %v; the export said %v", mode, n, delivered, moved, all, err)
			}
			if err == nil && moved != 2 {
				t.Fatalf("%+v, call %d: the export reported success, and nothing was moved", mode, n)
			}
			wantLeft(t, here)
			outcomes[fmt.Sprintf("dies %v, moved %d", mode.die, moved)]++
		}
	}
	t.Log(outcomes)
	for _, want := range []string{"dies false, moved 0", "dies true, moved 0", "dies true, moved 2"} {
		if outcomes[want] == 0 {
			t.Errorf("never: %s (%v)", want, outcomes)
		}
	}
}

// errDied says that the process is dead.
var errDied = errors.New("died")

func exportUntilDeath(j *Journal, file string) (err error) {
	defer func() {
		if r := recover(); r == (dying{}) {
			err = errDied
		} else if r != nil {
			panic(r)
		}
	}()
	_, err = j.ExportFile(context.Background(), file, false)
	return err
}

// dyingWriter is a pipe at which the process dies once it has written all.
type dyingWriter struct{ io.Writer }

func (w dyingWriter) Write(p []byte) (int, error) {
	_, _ = w.Writer.Write(p)
	panic(dying{})
}

// When the process dies at a pipe, nobody can tell whether the other side has
// taken it in, so that is left to a person, and nothing goes out meanwhile.
func TestExportThatDiesAtAPipeIsUnknown(t *testing.T) {
	s := newServer(t)
	dir := t.TempDir()
	j := openTest(t, nil, dir)
	id := submitAsync(t, j, "a")
	var read bytes.Buffer
	func() {
		defer func() { _ = recover() }()
		_, _ = j.Export(context.Background(), dyingWriter{&read}, false)
	}()
	here := openTest(t, s.client(), dir)
	if due, err := here.Due(context.Background()); err != nil || !due {
		t.Fatal("what was cut off is not looked at", err)
	}
	if drain(t, here); len(s.all("playlists")) != 0 {
		t.Fatal("sent, though the other side may have it")
	}
	wantLeft(t, here, Unknown)
	if _, err := here.Resolve(context.Background(), id, Resolution{Resend: true}); err != nil {
		t.Fatal(err)
	}
	if drain(t, here); len(s.all("playlists")) != 1 {
		t.Fatal("not sent after it was resolved")
	}
	if lines := strings.Count(read.String(), "\n"); lines != 2 || !json.Valid([]byte(strings.SplitAfter(read.String(), "\n")[1])) {
		t.Fatalf("read %q", read.String())
	}
}
