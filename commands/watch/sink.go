package watch

// This file is about one thing: turning what the stream says into records on
// stdout and lines on stderr.

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/output"
)

// sink receives a session's items, in order, on one goroutine.
type sink struct {
	o       *options
	say     *output.IO
	stream  *output.Stream
	display string            // only this display's events; "" = all
	names   map[string]string // of displays and playlists by id; nil shows ids

	seq   uint64
	shown int
	lost  time.Time // since when the stream is not live; zero while it is
	live  bool      // it has been live before
}

func (s *sink) item(item realtime.Item) error {
	switch item := item.(type) {
	case realtime.State:
		return s.state(item)
	case realtime.Event:
		for _, r := range realtime.Normalise(item) {
			if err := s.record(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// state tells of the stream itself: on stderr in words, in the stream as records.
func (s *sink) state(st realtime.State) error {
	switch st.State {
	case realtime.Connecting:
		if st.Attempt <= 1 && !s.live {
			s.say.Notice("connecting")
		}
	case realtime.Live:
		return s.isLive(st)
	case realtime.Lost:
		s.say.Say("lost: %s; next try in %s", st.Reason, output.HumanDuration(st.NextIn))
		if !s.lost.IsZero() || !s.live {
			return nil
		}
		s.lost = st.At
		return s.own("disconnect", st.At, map[string]any{"reason": string(st.Reason)})
	}
	return nil
}

func (s *sink) isLive(st realtime.State) error {
	if !s.live {
		s.live = true
		s.say.Say("live (%s)", st.Transport)
		return s.own("connect", st.At, map[string]any{"transport": st.Transport})
	}
	from := s.lost
	s.lost = time.Time{}
	s.say.Say("live again (%s) after %s", st.Transport, output.HumanDuration(st.DownFor))
	if err := s.own("connect", st.At, map[string]any{"transport": st.Transport, "downFor": st.DownFor.Seconds()}); err != nil {
		return err
	}
	if st.Recovered {
		return nil
	}
	s.say.Say("events from %s to %s may have been missed", from.UTC().Format(time.TimeOnly), st.At.UTC().Format(time.TimeOnly))
	err := s.own("gap", st.At, map[string]any{"from": stamp(from), "to": stamp(st.At)})
	if err == nil && s.o.failOnGap {
		return &api.Error{Kind: api.KindStream, Message: "events may have been missed while the stream was down for " + output.HumanDuration(st.DownFor)}
	}
	return err
}

// own adds a record of the stream's own, which no filter on displays hides.
func (s *sink) own(event string, at time.Time, data map[string]any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return s.show(record{Event: event, Source: "stream", Data: raw, Time: at}, true)
}

func (s *sink) record(r realtime.Record) error {
	return s.show(record{Event: r.Event, Source: r.Source, Name: r.Name, Data: r.Data, Time: r.Time}, false)
}

func (s *sink) show(r record, own bool) error {
	if len(s.o.events) > 0 && !slices.Contains(s.o.events, r.Event) && !slices.Contains(s.o.events, r.Name) {
		return nil
	}
	if len(s.o.events) == 0 && own && s.o.count > 0 {
		return nil // --count counts the server's events unless the stream's own are asked for
	}
	r.fields = parseSubject(r.Data)
	if s.display != "" && !own && r.fields.DeviceID != s.display {
		return nil
	}
	s.seq++
	r.Seq, r.names = s.seq, s.names
	if err := s.stream.Add(r); err != nil {
		return err
	}
	s.shown++
	if s.o.count > 0 && s.shown >= s.o.count {
		return errEnough
	}
	return nil
}

// record is one line of the stream.
type record struct {
	Seq    uint64
	Event  string
	Source string
	Name   string // as sent
	Data   json.RawMessage
	Time   time.Time
	fields subject
	names  map[string]string
}

// subject is what a table shows of an event's data.
type subject struct {
	DeviceID   string `json:"deviceId"`
	PlaylistID string `json:"playlistId"`
	Status     string `json:"status"`
	Action     string `json:"action"`
	Title      string `json:"title"`
	Message    string `json:"message"`
	Reason     string `json:"reason"`
	Transport  string `json:"transport"`
	URL        string `json:"url"`
	From       string `json:"from"`
	To         string `json:"to"`
}

func parseSubject(data json.RawMessage) subject {
	var s subject
	_ = json.Unmarshal(data, &s) // what is not shaped so shows no subject
	return s
}

// Field returns a cell.
func (r record) Field(name string) any {
	f := r.fields
	switch name {
	case "time":
		return r.Time.UTC().Format("2006-01-02T15:04:05.000Z")
	case "seq":
		return int64(r.Seq)
	case "event":
		return r.Event
	case "source":
		return r.Source
	case "subject":
		return first(r.names[f.DeviceID], f.DeviceID, r.names[f.PlaylistID], f.PlaylistID)
	case "what":
		if f.From != "" {
			return fmt.Sprintf("%s to %s", f.From, f.To)
		}
		return first(f.Status, f.Action, f.Message, f.Title, f.Reason, f.Transport, f.URL)
	}
	return nil
}

func first(texts ...string) any {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return nil
}

// AppendJSON writes the record; data goes out as it came in, secrets aside.
func (r record) AppendJSON(dst []byte) ([]byte, error) {
	name, err := json.Marshal(r.Name)
	if err != nil {
		return nil, err
	}
	dst = fmt.Appendf(dst, `{"apiVersion":"vizora/v1","kind":"Event","seq":%d,"time":%q,"event":%q,"source":%q,"name":%s,"data":`,
		r.Seq, stamp(r.Time), r.Event, r.Source, name)
	if len(r.Data) == 0 {
		return append(dst, "null}"...), nil
	}
	return append(append(dst, r.Data...), '}'), nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
