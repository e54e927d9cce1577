package watch

// Tests of what is on disk: the history, places in the stream, attachments.

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
)

func record(n int, at time.Time) *realtime.Record {
	return &realtime.Record{Event: "x", Source: realtime.SourcePush, Name: "x", Data: fmt.Appendf(nil, `{"n":%d}`, n), Time: at}
}

// since reads the history since at, one word a record.
func since(t *testing.T, h history, at time.Time) string {
	t.Helper()
	var words []string
	if _, err := h.since(at, func(r realtime.Record) error {
		word := string(r.Data) + string(r.More)
		if r.Event == realtime.EventGap {
			word = fmt.Sprintf("gap(%s %s)", r.Gap.Reason, r.Gap.DownFor)
		}
		words = append(words, word)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(words, " ")
}

// TestHistory: one records; what was recorded is told from a time on; times when
// nobody recorded, and what was too much, are gaps; a line that was cut off
// spoils nothing.
func TestHistory(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	h := historyOf(t.TempDir(), journal.Owner{Server: "s", Organization: "o", User: "u"})
	r := h.record(clock)
	if r == nil || h.record(clock) != nil {
		t.Fatal("not exactly one records")
	}
	r.add(record(1, now))
	r.flush()
	now = now.Add(time.Minute)
	r.add(record(2, now))
	r.close()
	f, err := os.OpenFile(h.files()[1], os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString(`{"recorded":"2026-11-25T08:01:00Z","ev`) // killed in the middle
	_ = f.Close()
	now = now.Add(time.Hour)
	r = h.record(clock)
	r.add(record(3, now))
	for n := range historyRate + 5 {
		r.add(record(100+n, now))
	}
	now = now.Add(time.Second)
	last := record(4, now)
	last.More = []byte(`"more",[5]`)
	r.add(last)
	r.close()
	got := since(t, h, now.Add(-time.Hour-30*time.Second))
	if !strings.HasPrefix(got, `{"n":2} gap(not-running 1h0m0s) {"n":3} {"n":100} `) || !strings.HasSuffix(got, ` gap(history-rate 1s) {"n":4}"more",[5]`) {
		t.Errorf("told %.200s ... %s", got, got[max(0, len(got)-100):])
	}
	if got := since(t, h, now); got != `gap(history-rate 1s) {"n":4}"more",[5]` {
		t.Errorf("since the last second: %s", got)
	}
	if got := since(t, historyOf(t.TempDir(), journal.Owner{Server: "s", Organization: "other"}), time.Time{}); got != "" {
		t.Errorf("another organization sees %s", got)
	}
}

// TestHistoryRotates: it does not grow without an end.
func TestHistoryRotates(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	h := historyOf(t.TempDir(), journal.Owner{})
	r := h.record(func() time.Time { return now })
	big := &realtime.Record{Event: "big", Data: json.RawMessage(`"` + strings.Repeat("x", 100_000) + `"`), Time: now}
	for range 300 {
		now = now.Add(time.Second)
		r.add(big)
		r.flush()
	}
	r.close()
	var size int64
	for _, file := range h.files() {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > 2*historySize+200_000 || size < historySize {
		t.Errorf("%d bytes", size)
	}
}

// TestCursor: a place is kept, one watch has it, and it is of one owner.
func TestCursor(t *testing.T) {
	dir, owner := t.TempDir(), journal.Owner{Server: "s", Organization: "o", User: "u"}
	c, err := openCursor(dir, "ci", owner)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openCursor(dir, "ci", owner); err == nil {
		t.Error("two have the same place")
	}
	at := realtime.Cursor{At: time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC), IDs: []string{"n"}, Known: []realtime.Resource{{Kind: "display", ID: "d", Status: "online", Sums: []uint32{1, 2}}}}
	if err := c.save(7, at, ""); err != nil {
		t.Fatal(err)
	}
	c.close()
	c, err = openCursor(dir, "ci", owner)
	if err != nil || c.found.Seq != 7 || !c.found.Cursor.At.Equal(at.At) || c.found.Cursor.Known[0].Sums[1] != 2 {
		t.Fatalf("%v %+v", err, c)
	}
	c.close()
	if _, err := openCursor(dir, "ci", journal.Owner{Server: "s", Organization: "another"}); err == nil {
		t.Error("another organization goes on there")
	}
	if err := os.WriteFile(filepath.Join(dir, "resume-bad.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openCursor(dir, "bad", owner); err == nil {
		t.Error("a damaged place counts")
	}
	for _, name := range []string{"", "../up", ".hidden", "a b", strings.Repeat("x", 65)} {
		if checkName("--resume", name) == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

// TestAttachments: they are files, and the record says which.
func TestAttachments(t *testing.T) {
	s, err := openStore(filepath.Join(t.TempDir(), "new", "folder"))
	if err != nil {
		t.Fatal(err)
	}
	e := &event{Seq: 3, Record: realtime.Record{
		Event: "shot", Time: time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC), Attachments: [][]byte{[]byte("one"), []byte("second")},
		Data: json.RawMessage(`{"b":{"_placeholder":true,"num":1},"a":[{"_placeholder":true,"num":0}]}`)}}
	if err := s.keep(e); err != nil {
		t.Fatal(err)
	}
	type note struct {
		File   string
		Size   int
		SHA256 string
	}
	var data struct {
		B note
		A []note
	}
	if err := json.Unmarshal(e.Data, &data); err != nil {
		t.Fatalf("%s: %v", e.Data, err)
	}
	got, err := os.ReadFile(data.B.File)
	if err != nil || string(got) != "second" || data.B.Size != 6 || len(data.A[0].SHA256) != 64 || !strings.HasSuffix(data.B.File, "20261125T080000.000Z-3-1.bin") {
		t.Errorf("%+v %q %v", data, got, err)
	}
}

// TestEventFields: what conditions see, also deep inside.
func TestEventFields(t *testing.T) {
	gap := realtime.Gap{DownFor: 90 * time.Second, Err: errors.New("away"), At: time.Now()}
	e := &event{Seq: 5, Record: realtime.Record{Event: "x", Name: "sent", Data: json.RawMessage(`{"a":{"b":[1,2]},"deviceId":"d"}`), Gap: &gap}}
	for expr, want := range map[string]bool{
		`event == "x" && seq == 5 && name == "sent"`:  true,
		`data.a.b contains 2 && display == "d"`:       true,
		`data.a.c == null && data.deviceId.x == null`: true,
		`gap.downFor > 1m && gap.error ~ "^aw"`:       true,
		`data.a.b contains 3 || gap.mayHaveMissed`:    false,
	} {
		o := options{until: expr, poll: "off"}
		cond, err := o.condition()
		if err != nil {
			t.Fatal(err)
		}
		if got := cond.Test(e.Field); got != want {
			t.Errorf("%s: %v", expr, got)
		}
	}
}

// TestEventIsOneLine: what a server sends laid out over lines stays one record.
func TestEventIsOneLine(t *testing.T) {
	e := event{Record: realtime.Record{Event: "x", Name: "x", Source: realtime.SourcePush, Data: []byte("{\r\n \"a\": [1,\n 2], \"b\": \"\\n\"\n}"), More: []byte("\n 3, [4,\n5]")}, Seq: 7}
	got, err := e.AppendJSON([]byte("before "))
	want := `before {"apiVersion":"vizora/v1","kind":"Event","seq":7,"time":"0001-01-01T00:00:00.000Z","event":"x","source":"push","name":"x","data":{"a":[1,2],"b":"\n"},"more":[3,[4,5]]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
}
