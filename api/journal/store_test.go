package journal

// This file is about one thing: what the journal's file survives: failing calls,
// crashes at every step, damage, cuts, and files that are not journals.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// submitAsync records one create; it returns the operation's id.
func submitAsync(t testing.TB, j *Journal, name string) string {
	t.Helper()
	r, err := j.Submit(context.Background(), create(name), SubmitOptions{Async: true})
	if !api.IsKind(err, api.KindQueued) {
		t.Fatal(err)
	}
	return r.Operation.ID
}

// failingFS makes the nth call fail.
type failingFS struct {
	disk
	n, calls int
	err      error
}

func (f *failingFS) strike(name string) error {
	if f.calls++; f.calls == f.n {
		return &fs.PathError{Op: name, Path: "journal", Err: f.err}
	}
	return nil
}

func (f *failingFS) MkdirAll(dir string) error {
	if err := f.strike("mkdir"); err != nil {
		return err
	}
	return f.disk.MkdirAll(dir)
}

func (f *failingFS) OpenFile(path string, flag int, perm os.FileMode) (*os.File, error) {
	if err := f.strike("open"); err != nil {
		return nil, err
	}
	return f.disk.OpenFile(path, flag, perm)
}

func (f *failingFS) Stat(path string) (os.FileInfo, error) {
	if err := f.strike("stat"); err != nil {
		return nil, err
	}
	return f.disk.Stat(path)
}

func (f *failingFS) Sync(path string) error {
	if err := f.strike("fsync"); err != nil {
		return err
	}
	return f.disk.Sync(path)
}

func (f *failingFS) SyncDir(dir string) error {
	if err := f.strike("fsync"); err != nil {
		return err
	}
	return f.disk.SyncDir(dir)
}

func (f *failingFS) Rename(from, to string) error {
	if err := f.strike("rename"); err != nil {
		return err
	}
	return f.disk.Rename(from, to)
}

// Every file call fails once, in the first use and in a later one. The failure
// is reported as one of this machine, nothing stays half done, and the next try
// works.
func TestEveryFailingCallIsReported(t *testing.T) {
	aboutTheFile(t)
	for _, used := range []bool{false, true} {
		for _, cause := range []error{syscall.ENOSPC, syscall.EIO} {
			for n := 1; ; n++ {
				dir := filepath.Join(t.TempDir(), "state")
				var known []State
				if used {
					submitAsync(t, openTest(t, nil, dir), "before")
					known = append(known, Queued)
				}
				files := &failingFS{n: n, err: cause}
				j := openTest(t, nil, dir, func(o *Options) { o.FS = files })
				_, err := j.Submit(context.Background(), create("a"), SubmitOptions{Async: true})
				if files.calls < n {
					break // no call is left to fail
				}
				if !api.IsKind(err, api.KindLocal) || !errors.Is(err, cause) {
					t.Fatalf("call %d with %v: %v", n, cause, err)
				}
				clean := openTest(t, nil, dir)
				wantLeft(t, clean, known...)
				submitAsync(t, clean, "after")
				wantLeft(t, clean, append(known, Queued)...)
			}
		}
	}
}

// snapshotFS remembers what the directory holds after each call, and which
// entries a power cut could undo.
type snapshotFS struct {
	disk
	dir      string
	unsynced bool   // the last rename may be forgotten
	old      []byte // what it replaced; nil = nothing
	states   []map[string][]byte
}

func (f *snapshotFS) keep() {
	now := map[string][]byte{}
	entries, _ := os.ReadDir(f.dir)
	for _, e := range entries {
		if content, err := os.ReadFile(filepath.Join(f.dir, e.Name())); err == nil {
			now[e.Name()] = content
		}
	}
	f.states = append(f.states, now)
	for name, content := range now { // an unsynced new file: nothing, half of it, rubbish at its end
		if name != newName {
			continue
		}
		for _, torn := range [][]byte{{}, content[:len(content)/2], append(bytes.Clone(content[:len(content)/2]), make([]byte, len(content)/2)...)} {
			state := maps.Clone(now)
			state[name] = torn
			f.states = append(f.states, state)
		}
	}
	if content, ok := now[FileName]; ok && f.unsynced {
		state := maps.Clone(now) // the rename is forgotten
		delete(state, FileName)
		if f.old != nil {
			state[FileName] = f.old
		}
		state[newName] = content
		f.states = append(f.states, state)
	}
}

func (f *snapshotFS) OpenFile(path string, flag int, perm os.FileMode) (*os.File, error) {
	f.keep()
	defer f.keep()
	return f.disk.OpenFile(path, flag, perm)
}

func (f *snapshotFS) Sync(path string) error {
	f.keep()
	defer f.keep()
	return f.disk.Sync(path)
}

func (f *snapshotFS) Rename(from, to string) error {
	f.keep()
	f.old, _ = os.ReadFile(to)
	f.unsynced = true
	defer f.keep()
	return f.disk.Rename(from, to)
}

func (f *snapshotFS) SyncDir(dir string) error {
	f.keep()
	err := f.disk.SyncDir(dir)
	f.unsynced = false
	f.keep()
	return err
}

func plant(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPowerCutDuringCreationAndCompaction(t *testing.T) {
	aboutTheFile(t)
	dir := t.TempDir()
	files := &snapshotFS{dir: dir}
	j := openTest(t, nil, dir, func(o *Options) { o.FS = files })
	submitAsync(t, j, "a")
	created := len(files.states)
	if _, err := j.Compact(context.Background()); err != nil {
		t.Fatal(err)
	}
	files.keep()
	for i, state := range files.states {
		survivor := openTest(t, nil, plant(t, state))
		ops, err := survivor.List(context.Background(), Filter{})
		if err != nil {
			t.Fatalf("state %d of %d: %v", i, len(files.states), err)
		}
		if i >= created && len(ops) != 1 {
			t.Fatalf("state %d: the acknowledged operation is gone", i)
		}
		submitAsync(t, survivor, "after")
	}
	if created < 10 || len(files.states) <= created {
		t.Fatalf("only %d and %d states", created, len(files.states))
	}
}

// states enumerates what a crash inside one commit can leave of the pages: some
// of the data pages, whole or torn, under the old meta page; then all of them
// and a torn meta page. bbolt syncs in between (research: two-phase commit).
func crashStates(before, after []byte) [][]byte {
	const page, sector = 4096, 512
	grown := make([]byte, len(after))
	copy(grown, before)
	var data, meta []int
	for at := 0; at < len(after); at += page {
		if !bytes.Equal(grown[at:at+page], after[at:at+page]) {
			if at < 2*page {
				meta = append(meta, at)
			} else {
				data = append(data, at)
			}
		}
	}
	states := [][]byte{before, grown}
	some := bytes.Clone(grown)
	for _, at := range data {
		only := bytes.Clone(grown)
		copy(only[at:at+page], after[at:at+page])
		states = append(states, only)
		torn := bytes.Clone(some)
		copy(torn[at:at+sector], after[at:at+sector])
		states = append(states, torn)
		copy(some[at:at+page], after[at:at+page])
		states = append(states, bytes.Clone(some))
	}
	for _, at := range meta {
		for cut := 8; cut < 128; cut += 8 {
			torn := bytes.Clone(some)
			copy(torn[at:at+cut], after[at:at+cut])
			states = append(states, torn)
		}
	}
	return append(states, after)
}

func TestCrashInsideEveryCommit(t *testing.T) {
	aboutTheFile(t)
	s := newServer(t)
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	j := openTest(t, s.client(), dir)
	submitAsync(t, j, "first")
	steps := []func(){
		func() { submitAsync(t, j, strings.Repeat("long ", 400)) },
		func() { submitAsync(t, j, "third") },
		func() { _, _ = j.tryClaim(context.Background(), mustList(t, j)[0].ID, "dead") },
		func() { _, _ = j.Drop(context.Background(), mustList(t, j)[1].ID) },
		func() { drain(t, j) },
		func() { submitAsync(t, j, "last") },
	}
	checked := 0
	for n, step := range steps {
		before, ops := mustRead(t, path), string(raw(mustList(t, j)))
		step()
		after, then := mustRead(t, path), string(raw(mustList(t, j)))
		if n == 4 {
			continue // several commits in one step: no before and after of one
		}
		for i, state := range crashStates(before, after) {
			survivor := openTest(t, nil, plant(t, map[string][]byte{FileName: state}))
			got := string(raw(mustList(t, survivor)))
			if got != ops && got != then {
				t.Fatalf("step %d, state %d: neither before nor after the commit", n, i)
			}
			submitAsync(t, survivor, "after")
			checked++
		}
	}
	if checked < 100 {
		t.Fatalf("only %d states", checked)
	}
}

func mustList(t *testing.T, j *Journal) []Operation {
	t.Helper()
	ops, err := j.List(context.Background(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return ops
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestReadingMakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	j := openTest(t, nil, dir)
	wantLeft(t, j)
	if _, err := j.Get(context.Background(), "ABCD"); !api.IsKind(err, api.KindNotFound) {
		t.Fatal(err)
	}
	if c, err := j.Count(context.Background(), Filter{}); err != nil || c.Pending != 0 {
		t.Fatal(c, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("reading made the directory")
	}
	if _, file := j.store.(*fileStore); !file && len(keptBytes(t, j)) > 0 {
		t.Fatalf("reading made %s", keptBytes(t, j))
	}
}

type remoteFS struct{ disk }

func (remoteFS) Remote(string) string { return "NFS" }

func TestNetworkFileSystemIsWarnedAboutOnce(t *testing.T) {
	aboutTheFile(t)
	notices := 0
	j := openTest(t, nil, t.TempDir(), func(o *Options) {
		o.FS = remoteFS{}
		o.OnEvent = func(e Event) {
			if e.Type == EventNotice && strings.Contains(e.Message, "NFS") {
				notices++
			}
		}
	})
	submitAsync(t, j, "a")
	submitAsync(t, j, "b")
	if notices != 1 {
		t.Fatalf("%d notices", notices)
	}
}

func TestLockedJournalNamesTheHolder(t *testing.T) {
	aboutTheFile(t)
	dir := t.TempDir()
	j := openTest(t, nil, dir, func(o *Options) { o.LockWait = 20 * time.Millisecond })
	submitAsync(t, j, "a")
	release, err := openTest(t, nil, dir).store.(*fileStore).lock.acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_, err = j.List(context.Background(), Filter{})
	wantKind(t, err, api.KindLocal)
	if want := fmt.Sprintf("process %d", os.Getpid()); !strings.Contains(err.Error(), want) {
		t.Fatalf("%v does not name %s", err, want)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	_, err = j.List(ctx, Filter{})
	wantKind(t, err, api.KindInterrupted)
	release()
	wantLeft(t, openTest(t, nil, dir), Queued) // who gave up waiting still takes the lock and lets it go
}

func TestCompactKeepsOperationsAndForgetsOldIDs(t *testing.T) {
	now := time.Now()
	s := newServer(t)
	j := s.journal(func(o *Options) { o.Now = func() time.Time { return now } })
	if _, err := j.Compact(context.Background()); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if _, err := j.Drop(context.Background(), submitAsync(t, j, strings.Repeat("x", 3000))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Submit(context.Background(), create("done"), SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	submitAsync(t, j, "stays")
	now = now.Add(40 * 24 * time.Hour)
	report, err := j.Compact(context.Background())
	if err != nil || report.Forgotten != 1 || report.After > report.Before {
		t.Fatalf("report %+v, %v", report, err)
	}
	wantLeft(t, j, Queued)
}

// countingFS counts the transactions that write.
type countingFS struct {
	disk
	writes int
}

func (f *countingFS) OpenFile(path string, flag int, perm os.FileMode) (*os.File, error) {
	if flag&os.O_RDWR != 0 && filepath.Base(path) == FileName {
		f.writes++
	}
	return f.disk.OpenFile(path, flag, perm)
}

func TestOnlineCommandPaysForTwoTransactions(t *testing.T) {
	aboutTheFile(t)
	s := newServer(t)
	files := &countingFS{}
	j := s.journal(func(o *Options) { o.FS = files })
	for n := 1; n <= 3; n++ {
		if _, err := j.Submit(context.Background(), create("a"), SubmitOptions{}); err != nil {
			t.Fatal(err)
		}
		if files.writes != 2*n {
			t.Fatalf("%d writing transactions after %d commands", files.writes, n)
		}
	}
}

// secondWriteFails lets an operation be recorded, and not settled.
type secondWriteFails struct{ countingFS }

func (f *secondWriteFails) OpenFile(path string, flag int, perm os.FileMode) (*os.File, error) {
	if f.writes == 1 && flag&os.O_RDWR != 0 {
		return nil, syscall.ENOSPC
	}
	return f.countingFS.OpenFile(path, flag, perm)
}

func TestOutcomeThatCannotBeRecordedIsReadBack(t *testing.T) {
	aboutTheFile(t)
	s := newServer(t)
	dir := t.TempDir()
	submitAsync(t, openTest(t, nil, dir), "first") // the file is there
	j := openTest(t, s.client(), dir, func(o *Options) { o.FS = &secondWriteFails{} })
	_, err := j.Submit(context.Background(), create("a"), SubmitOptions{})
	wantKind(t, err, api.KindLocal)
	if !strings.Contains(err.Error(), "was applied") {
		t.Fatal(err)
	}
	clean := openTest(t, s.client(), dir)
	wantLeft(t, clean, Queued, Sending)
	if report := drain(t, clean); report.Applied != 2 || len(s.all("playlists")) != 2 {
		t.Fatalf("report %+v, %d rows", report, len(s.all("playlists")))
	}
}
