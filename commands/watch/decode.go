package watch

// This file is about one thing: reading records that a watch has written, in the
// history and in a relay's stream.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
)

// line is a record as AppendJSON writes it.
type line struct {
	Seq                 uint64
	Time, Recorded      time.Time
	Event, Source, Name string
	Data, More          json.RawMessage
	Gap                 *realtime.Gap
}

func (l *line) record() realtime.Record {
	l.More = bytes.TrimSuffix(bytes.TrimPrefix(l.More, []byte("[")), []byte("]"))
	return realtime.Record{Event: l.Event, Source: l.Source, Name: l.Name, Data: l.Data, More: l.More, Time: l.Time, Gap: l.Gap}
}

// decodeRecord reads a record and its number. What AppendJSON writes for nearly
// all records is read as it stands; the rest is decoded.
func decodeRecord(raw []byte) (r realtime.Record, seq uint64, err error) {
	var l line
	if l.scan(raw) {
		return realtime.Record{Event: l.Event, Source: l.Source, Name: l.Name, Data: l.Data, Time: l.Time}, l.Seq, nil
	}
	l = line{}
	if err = json.Unmarshal(raw, &l); err == nil && l.Event == "" {
		err = fmt.Errorf("it names no event")
	}
	return l.record(), l.Seq, err
}

// scan reads a record without more and gap, whose texts hold nothing to escape.
func (l *line) scan(raw []byte) bool {
	rest, ok := bytes.CutPrefix(raw, []byte(`{"apiVersion":"vizora/v1","kind":"Event","seq":`))
	if !ok {
		return false
	}
	number, rest, ok := bytes.Cut(rest, []byte(`,"time":"`))
	if !ok {
		return false
	}
	var texts [4]string
	for i, next := range [...]string{`","event":"`, `","source":"`, `","name":"`, `","data":`} {
		var text []byte
		if text, rest, ok = bytes.Cut(rest, []byte(next)); !ok || bytes.IndexByte(text, '"') >= 0 || bytes.IndexByte(text, '\\') >= 0 {
			return false
		}
		texts[i] = string(text)
	}
	n := valueEnd(rest)
	if n < 0 || string(rest[n:]) != "}" {
		return false
	}
	var bad, late error
	l.Seq, bad = strconv.ParseUint(string(number), 10, 64)
	l.Time, late = time.Parse(time.RFC3339, texts[0])
	l.Event, l.Source, l.Name = texts[1], texts[2], texts[3]
	if l.Data = rest[:n]; string(l.Data) == "null" {
		l.Data = nil
	}
	return bad == nil && late == nil && l.Event != ""
}

// valueEnd is where the JSON value that raw begins with ends, inside an object;
// below 0: nowhere.
func valueEnd(raw []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case (c == '}' || c == ']' || c == ',') && depth == 0:
			return i
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}
