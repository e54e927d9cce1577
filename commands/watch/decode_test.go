package watch

// Tests of reading what a watch has written.

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
)

// TestDecodeRecord: what is written is read as it was, the plain way and the
// other one.
func TestDecodeRecord(t *testing.T) {
	at := time.Date(2026, 11, 25, 8, 0, 0, 7e6, time.UTC)
	gap := &realtime.Gap{From: at, To: at.Add(time.Second), DownFor: time.Second, Reason: "trimmed", MayHaveMissed: true, Missed: 3, At: at.Add(time.Second)}
	for name, c := range map[string]struct {
		record realtime.Record
		plain  bool
	}{
		"plain":       {realtime.Record{Event: "x", Source: "push", Name: "y", Data: json.RawMessage(`{"a":"}\"]","b":[1,{"c":null}]}`)}, true},
		"no data":     {realtime.Record{Event: "x", Source: "push"}, true},
		"a number":    {realtime.Record{Event: "x", Source: "push", Data: json.RawMessage(`12`)}, true},
		"a text":      {realtime.Record{Event: "x", Source: "push", Data: json.RawMessage(`"a, \\"`)}, true},
		"more":        {realtime.Record{Event: "x", Source: "push", Data: json.RawMessage(`1`), More: json.RawMessage(`2,"]"`)}, false},
		"a gap":       {realtime.Record{Event: "gap", Source: "computed", Data: json.RawMessage(`{}`), Gap: gap}, false},
		"other names": {realtime.Record{Event: "größer\"", Source: "push", Data: json.RawMessage(`1`)}, false},
	} {
		c.record.Time = at
		e := event{Record: c.record, Seq: 42}
		raw, err := e.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, seq, err := decodeRecord(raw)
		if err != nil || seq != 42 {
			t.Errorf("%s: %d %v", name, seq, err)
		}
		again := event{Record: got, Seq: seq}
		if text, _ := again.AppendJSON(nil); string(text) != string(raw) {
			t.Errorf("%s:\n%s\n%s", name, raw, text)
		}
		var l line
		if l.scan(raw) != c.plain {
			t.Errorf("%s: read the plain way: %v", name, !c.plain)
		}
	}
	for _, raw := range []string{``, `{}`, `{"event":1}`, `{"apiVersion":"vizora/v1","kind":"Event","seq":1,"time":"x","event":"y","source":"","name":"","data":{}`, `[]`} {
		if r, _, err := decodeRecord([]byte(raw)); err == nil {
			t.Errorf("%s: %+v", raw, r)
		}
	}
}
