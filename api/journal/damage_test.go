package journal

// This file is about one thing: files that are damaged, cut off, foreign or
// newer: they are refused in words, and left as they are.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/vizora/vizora-cli/api"
)

func TestDamagedRecordIsNamedAndCanBeDropped(t *testing.T) {
	dir := t.TempDir()
	j := openTest(t, nil, dir)
	submitAsync(t, j, "healthy")
	bad := submitAsync(t, j, "rotten")
	submitAsync(t, j, "healthy too")
	rot(t, j, "rotten")
	rest, err := j.List(context.Background(), Filter{})
	wantKind(t, err, api.KindLocal)
	if len(rest) != 2 || rest[1].Label != "healthy too" {
		t.Fatalf("the rest cannot be read: %+v", rest)
	}
	var e *api.Error
	if !errors.As(err, &e) || !slices.Contains(e.Next, "vizora journal drop "+bad) {
		t.Fatalf("the damaged record is not named: %v, %v", err, e.Next)
	}
	if _, err := j.Drop(context.Background(), bad); err != nil {
		t.Fatal(err)
	}
	if left := wantLeft(t, j, Queued, Queued); left[1].Label != "healthy too" {
		t.Fatalf("left %v", left)
	}
}

// A record that cannot be read holds up what stands behind it on its resource,
// and nothing else: the rest is delivered, planned, counted and exported.
func TestTheRestIsDeliveredAroundDamage(t *testing.T) {
	ctx := context.Background()
	s := newServer(t)
	dir := t.TempDir()
	j := openTest(t, s.client(), dir)
	one, two := s.put("playlists", row{"name": "one"}), s.put("playlists", row{"name": "two"})
	needs := create("rotten-create")
	needs.ID = NewID(time.Now())
	ids := queue(t, j,
		update(one, nil, changes("description", "rotten")), update(one, nil, changes("name", "behind it")),
		update(two, nil, changes("name", "delivered")), needs, update(two, nil, changes("description", TemporaryID(&needs))), create("made"))
	rot(t, j, "rotten")
	counts, err := j.Count(ctx, Filter{})
	if !IsDamage(err) || counts.Pending != 4 {
		t.Fatalf("%+v, %v", counts, err)
	}
	var e *api.Error
	if !errors.As(err, &e) || len(e.Next) != 1 || !strings.Contains(e.Next[0], ids[0]) || !strings.Contains(e.Next[0], ids[3]) {
		t.Fatalf("both are to be named, and are not: %v %v", err, e.Next)
	}
	if plan, err := j.Plan(ctx); !IsDamage(err) || len(plan) != 4 {
		t.Fatalf("%d planned, %v", len(plan), err)
	}
	if due, err := j.Due(ctx); !due || err != nil {
		t.Fatal(due, err)
	}
	report := drain(t, j)
	if report.Applied != 2 || report.Left != 4 || !IsDamage(report.Err()) || s.get("playlists", two)["name"] != "delivered" || len(s.all("playlists")) != 3 {
		t.Fatalf("%+v, %v; the server has %v", report, report.Err(), s.all("playlists"))
	}
	_, err = j.Submit(ctx, update(one, nil, changes("name", "more")), SubmitOptions{})
	if wantKind(t, err, api.KindQueued); len(s.log(http.MethodPatch)) != 1 {
		t.Fatal("something was sent past the damaged record")
	}
	if moved, err := j.ExportFile(ctx, filepath.Join(t.TempDir(), "out"), true); err != nil || !IsDamage(moved.Damaged) || moved.Count != 3 {
		t.Fatalf("%+v, %v", moved, err)
	}
	for _, id := range []string{ids[0], ids[3]} {
		if _, err := j.Drop(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	if report := drain(t, j); report.Applied != 2 || report.Rejected != 1 || report.Damaged != nil {
		t.Fatalf("%+v", report)
	}
}

// A copy that was made in time makes a damaged record whole.
func TestDamagedRecordComesBackFromACopy(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	j := openTest(t, nil, dir)
	submitAsync(t, j, "rotten")
	submitAsync(t, j, "fine")
	var copied bytes.Buffer
	if _, err := j.Export(ctx, &copied, true); err != nil {
		t.Fatal(err)
	}
	rot(t, j, "rotten")
	if added, known, err := j.Import(ctx, &copied); added != 1 || known != 1 || err != nil {
		t.Fatal(added, known, err)
	}
	wantLeft(t, j, Queued, Queued)
}

// A job's own record that is damaged holds up that job only.
func TestDamagedJobHoldsUpNoOther(t *testing.T) {
	ctx := context.Background()
	s := newServer(t)
	dir := t.TempDir()
	j := openTest(t, s.client(), dir)
	for _, name := range []string{"rotten-job", "fine"} {
		if _, err := j.RecordJob(ctx, Job{Name: name, Note: raw("note-of-" + name)}, func(yield func(Operation, error) bool) { yield(create("of "+name), nil) }); err != nil {
			t.Fatal(err)
		}
	}
	rot(t, j, "note-of-rotten")
	if jobs, err := j.Jobs(ctx); !IsDamage(err) || len(jobs) != 2 || jobs[0].Name != "fine" || jobs[0].Damage != nil || jobs[1].Name != "rotten-job" || jobs[1].Damage == nil {
		t.Fatal(jobs, err)
	}
	if report := drain(t, j); report.Applied != 1 || report.Left != 1 {
		t.Fatalf("%+v", report)
	}
	if err := j.RemoveJob(ctx, "rotten-job"); err != nil {
		t.Fatal(err)
	}
	wantLeft(t, j)
}

// A file that is cut, empty, foreign or newer is refused, and left as it is.
func TestFilesThatAreNotThisJournal(t *testing.T) {
	aboutTheFile(t)
	dir := t.TempDir()
	j := openTest(t, nil, dir)
	for i := range 40 {
		submitAsync(t, j, fmt.Sprint("operation ", i, strings.Repeat(" x", 300)))
	}
	whole := mustRead(t, filepath.Join(dir, FileName))
	other := filepath.Join(t.TempDir(), "other.db")
	db, err := bolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"empty": {}, "text": []byte("hello\n"), "zeros": make([]byte, len(whole)), "another program's": mustRead(t, other),
	}
	for _, n := range []int{1, 512, 4096, 8191, 8192, 12288, 16384, 20480, 32768} {
		if n < len(whole) {
			files[fmt.Sprint("cut at ", n)] = whole[:n]
		}
	}
	for name, content := range files {
		t.Run(name, func(t *testing.T) {
			broken := plant(t, map[string][]byte{FileName: content})
			j := openTest(t, nil, broken)
			_, err := j.Submit(context.Background(), create("a"), SubmitOptions{Async: true})
			wantKind(t, err, api.KindLocal)
			_, err = j.List(context.Background(), Filter{})
			wantKind(t, err, api.KindLocal)
			if !bytes.Equal(mustRead(t, filepath.Join(broken, FileName)), content) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	j := openTest(t, nil, t.TempDir())
	submitAsync(t, j, "a")
	err := j.store.update(context.Background(), func(t *tx) error {
		return t.bucket(metaBucket).Put([]byte(formatKey), []byte{0, 0, 0, formatVersion + 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = j.List(context.Background(), Filter{})
	wantKind(t, err, api.KindLocal)
	if !strings.Contains(err.Error(), "format 2") {
		t.Fatal(err)
	}
	key := seqKey(1)
	value, err := encodeValue(key, 1)
	if err != nil {
		t.Fatal(err)
	}
	value[0] = 9
	if err := decodeValue(key, value, new(int)); err == nil || errors.Is(err, errDamaged) {
		t.Fatalf("a newer value: %v", err)
	}
	if err := decodeValue(seqKey(2), value[:3], new(int)); !errors.Is(err, errDamaged) {
		t.Fatalf("a cut value: %v", err)
	}
}

func FuzzDecodeValue(f *testing.F) {
	good, err := encodeValue(seqKey(1), create("a"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:7])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, value []byte) {
		var op Operation
		if decodeValue(seqKey(1), value, &op) == nil && !bytes.Equal(value, good) && len(value) < valueHeader {
			t.Fatal("a value without a checksum was taken")
		}
		if decodeValue(seqKey(2), good, &op) == nil {
			t.Fatal("a value was taken under another key")
		}
	})
}

func FuzzReadExport(f *testing.F) {
	f.Add(`{"apiVersion":"vizora/v1","kind":"Journal","format":1,"count":0}`)
	f.Add(`{"apiVersion":"vizora/v1","kind":"Journal","format":1,"count":1}` + "\n" + string(raw(create("a"))))
	f.Fuzz(func(t *testing.T, text string) {
		ops, err := readExport(strings.NewReader(text))
		if err != nil && (ops != nil || api.KindOf(err) == api.KindInternal && !strings.Contains(err.Error(), "without a request")) {
			t.Fatalf("%d operations with %v", len(ops), err)
		}
	})
}

func FuzzOverlayRow(f *testing.F) {
	f.Add(`{"id":"c1","items":[{"contentId":"a","order":1}]}`, `"x"`)
	f.Add(`{"id":"c1","items":{}}`, `null`)
	f.Fuzz(func(t *testing.T, text, value string) {
		op := itemsOp("c1", nil, insert("x", api.Place{}))
		op.State, op.Changes = Queued, api.Changes{"name": []byte(value)}
		got := Overlay(&api.Playlists.Schema, []json.RawMessage{[]byte(text)}, []Operation{op})
		if len(got) != 1 {
			t.Fatalf("%d rows", len(got))
		}
	})
}

// A file of any content is refused or read, and never crashes the reader.
func FuzzCheckPages(f *testing.F) {
	f.Add([]byte("hello"))
	f.Add(make([]byte, 8192))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), FileName)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := checkPages(disk{}, path, int64(len(content))); err != nil && !errors.Is(err, errDamaged) {
			t.Fatal(err)
		}
	})
}
