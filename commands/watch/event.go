package watch

// This file is about one thing: a record of the stream as it is printed.

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
)

// event is one record that passed the filters.
type event struct {
	realtime.Record
	Seq   uint64
	raw   []byte            // as it was read from a relay's stream; nil: it was not
	names map[string]string // of displays and playlists by id

	decoded any // Data; see field
	fields  *subject
}

// eventFields are what --until and the formats know.
func eventFields() []string {
	return []string{"seq", "time", "event", "source", "name", "data", "more", "gap", "display"}
}

// subject is what a line shows of an event's data.
type subject struct {
	DeviceID   string   `json:"deviceId"`
	DisplayID  string   `json:"displayId"`
	PlaylistID string   `json:"playlistId"`
	ContentID  string   `json:"contentId"`
	ScheduleID string   `json:"scheduleId"`
	Status     string   `json:"status"`
	Action     string   `json:"action"`
	Changed    []string `json:"changed"`
	Title      string   `json:"title"`
	Message    string   `json:"message"`
	Reason     string   `json:"reason"`
	Transport  string   `json:"transport"`
	URL        string   `json:"url"`
	Payload    struct {
		Name string `json:"name"`
	} `json:"payload"`
}

func (e *event) subject() *subject {
	if e.fields == nil {
		e.fields = &subject{}
		_ = json.Unmarshal(e.Data, e.fields) // what is not shaped so shows no subject
	}
	return e.fields
}

// Field returns a cell, or the value of a field for a condition: also one
// inside data, as data.status.
func (e *event) Field(name string) any {
	switch name {
	case "time":
		return realtime.Stamp(e.Time)
	case "seq":
		return int64(e.Seq)
	case "event":
		return e.Event
	case "source":
		return e.Source
	case "name":
		return e.Name
	case "data":
		return e.Data
	case "more":
		if e.More == nil {
			return nil
		}
		return e.more()
	case "gap":
		if e.Gap == nil {
			return nil
		}
		return json.RawMessage(e.Gap.AppendJSON(nil))
	case "display":
		return orNil(e.Display())
	case "subject":
		return e.about()
	case "what":
		return e.what()
	}
	return e.inside(name)
}

// more is the event's further arguments as a list.
func (e *event) more() json.RawMessage { return json.RawMessage("[" + string(e.More) + "]") }

// about names what the event is about.
func (e *event) about() any {
	s := e.subject()
	for _, id := range []string{s.ScheduleID, s.DeviceID, s.DisplayID, s.PlaylistID, s.ContentID} {
		if id == "" {
			continue
		}
		if e.Event == realtime.EventScheduleExecuted && s.DisplayID != "" { // the display says more
			id = s.DisplayID
		}
		if name := e.names[id]; name != "" {
			return name
		}
		if s.Payload.Name != "" {
			return s.Payload.Name
		}
		return id
	}
	return nil
}

// what says what happened, in a few words.
func (e *event) what() any {
	s := e.subject()
	switch {
	case e.Event == realtime.EventGap && e.Gap != nil:
		return gapWords(e.Gap)
	case e.Event == realtime.EventScheduleExecuted:
		name := e.names[s.PlaylistID]
		if name == "" {
			name = s.PlaylistID
		}
		return strings.TrimSpace(s.Action + " " + name)
	case len(s.Changed) > 0:
		return s.Action + ": " + strings.Join(s.Changed, ", ")
	}
	for _, text := range []string{s.Status, s.Action, s.Message, s.Title, s.Reason, s.Transport, s.URL} {
		if text != "" {
			return text
		}
	}
	return nil
}

// inside looks a name with dots up in data or gap.
func (e *event) inside(name string) any {
	root, path, _ := strings.Cut(name, ".")
	var value any
	switch root {
	case "data":
		if e.decoded == nil {
			_ = json.Unmarshal(e.Data, &e.decoded) // what is no JSON has no fields
		}
		value = e.decoded
	case "gap":
		if e.Gap != nil {
			_ = json.Unmarshal(e.Gap.AppendJSON(nil), &value) // it is JSON
		}
	}
	for key := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[key]
	}
	return value
}

// AppendJSON writes the record; data goes out as it came in, but on one line.
func (e *event) AppendJSON(dst []byte) ([]byte, error) {
	if e.raw != nil {
		return append(dst, e.raw...), nil
	}
	dst = strconv.AppendUint(append(dst, `{"apiVersion":"vizora/v1","kind":"Event","seq":`...), e.Seq, 10)
	dst = e.Time.UTC().AppendFormat(append(dst, `,"time":"`...), `2006-01-02T15:04:05.000Z`)
	dst = appendText(append(dst, `","event":`...), e.Event)
	dst = appendText(append(dst, `,"source":`...), e.Source)
	dst = appendText(append(dst, `,"name":`...), e.Name)
	dst = append(dst, `,"data":`...)
	if len(e.Data) == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = appendOneLine(dst, e.Data)
	}
	if e.More != nil {
		dst = appendOneLine(append(dst, `,"more":`...), e.more())
	}
	if e.Gap != nil {
		dst = e.Gap.AppendJSON(append(dst, `,"gap":`...))
	}
	return append(dst, '}'), nil
}

// appendOneLine appends JSON. A server may send it laid out over several lines,
// which a reader of JSON Lines would take for several records.
func appendOneLine(dst []byte, data json.RawMessage) []byte {
	if bytes.IndexByte(data, '\n') < 0 && bytes.IndexByte(data, '\r') < 0 {
		return append(dst, data...)
	}
	line := bytes.NewBuffer(dst)
	if json.Compact(line, data) != nil {
		return append(dst, "null"...)
	}
	return line.Bytes()
}

// appendText quotes a text; names of events hold nothing to escape.
func appendText(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			raw, _ := json.Marshal(text) // a string always marshals
			return append(dst, raw...)
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// rounded is a duration as people say it.
func rounded(d time.Duration) time.Duration {
	if d < time.Minute {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}
