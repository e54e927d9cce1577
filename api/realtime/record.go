package realtime

// This file is about records: the events in the product's form, whether they
// were pushed, found by comparing lists, or derived, and those that tell of the
// stream itself.

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// Canonical event names. The platform emits only the first of the four that
// the product promises, and under another name (contract realtime 5); the
// others are found by comparing REST lists or derived. All are accepted if
// ever received.
const (
	EventDeviceStatus     = "device:status-update"
	EventPlaylistUpdated  = "playlist:updated"
	EventHealthAlert      = "health:alert"
	EventScheduleExecuted = "schedule:executed"
	EventNotification     = "notification:new"
	EventScreenshot       = "screenshot:ready"
)

// Names for changes that the platform never announces, formed as the product's
// playlist:updated: an id, an action, and the row as it is now.
const (
	EventDisplayUpdated  = "display:updated"
	EventContentUpdated  = "content:updated"
	EventScheduleUpdated = "schedule:updated"
)

// The stream's own records. They are derived (SourceComputed), and no filter
// on displays hides them.
const (
	EventConnect    = "connect"
	EventDisconnect = "disconnect"
	EventGap        = "gap"
	EventPolling    = "polling" // how often the lists are compared, when that is less often than asked
)

// Where a Record comes from.
const (
	SourcePush     = "push"     // over the socket
	SourcePoll     = "poll"     // from comparing REST lists
	SourceComputed = "computed" // derived
)

// Record is an event in the product's form.
type Record struct {
	Event  string          // canonical name
	Source string          // SourcePush, SourcePoll or SourceComputed
	Name   string          // as sent; "" when not pushed
	Data   json.RawMessage // nil when the event has no payload
	More   json.RawMessage // further arguments of the event, separated by commas; nil when there are none
	Time   time.Time       // the server's time stamp, or when it was received or found
	// Gap is the time without a stream in which this happened, of a record that
	// was found after it, or which this tells of (EventGap); nil otherwise.
	Gap *Gap
	// Attachments are the event's binary attachments, in the order of their
	// placeholders in Data and More; only with Options.Attachments.
	Attachments [][]byte

	key resourceKey // of a record found by comparing: for their order
}

// Own says whether the record tells of the stream itself.
func (r *Record) Own() bool {
	switch r.Event {
	case EventConnect, EventDisconnect, EventGap, EventPolling:
		return r.Source == SourceComputed
	}
	return false
}

// Display returns the id of the display that the record is about, or "".
func (r *Record) Display() string {
	if id, ok := flatField(r.Data, `"deviceId":"`); ok {
		return string(id)
	}
	var said struct {
		DeviceID  string `json:"deviceId"`
		DisplayID string `json:"displayId"`
		Metadata  struct {
			DeviceID string `json:"deviceId"`
		} `json:"metadata"`
	}
	_ = json.Unmarshal(r.Data, &said) // what is not shaped so is about no display
	switch {
	case said.DeviceID != "":
		return said.DeviceID
	case said.DisplayID != "":
		return said.DisplayID
	}
	return said.Metadata.DeviceID
}

// ReplaceAttachments puts what replace appends in the place of each of count
// attachments in Data and More.
func (r *Record) ReplaceAttachments(replace func(dst []byte, i int) []byte, count int) error {
	args := append([]byte{'['}, r.Data...)
	if r.More != nil {
		args = append(append(args, ','), r.More...)
	}
	args, err := wire.ReplacePlaceholders(nil, append(args, ']'), count, replace)
	if err == nil {
		r.Data, r.More = wire.FirstAndMore(args[1 : len(args)-1])
	}
	return err
}

// Gap is the account of a time without a stream.
type Gap struct {
	From, To  time.Time // when the stream was lost, and when it was live again
	Reason    Reason    // why it was lost
	DownFor   time.Duration
	Refilled  int  // records found by comparing lists
	Recovered bool // the server sent again all that was missed
	// MayHaveMissed: what happened and was undone meanwhile, and what no list shows.
	MayHaveMissed bool
	Missed        int   // records, where they are known to be missed; 0: not known
	Err           error // the lists could not be read; it is tried again, and told again
	At            time.Time
}

// span is how a record that was found after a gap names it.
func (g *Gap) span() []byte {
	dst := appendStamp([]byte(`{"from":`), g.From)
	return append(appendStamp(append(dst, `,"to":`...), g.To), '}')
}

// AppendJSON writes the gap: its span, or, once the account is closed, all of it.
func (g *Gap) AppendJSON(dst []byte) []byte {
	if g.At.IsZero() {
		return append(dst, g.span()...)
	}
	return append(dst, g.account()...)
}

// account is a gap as it is written. One that only names its span, of a record
// that lies in it, has no downFor.
type account struct {
	From          string  `json:"from"`
	To            string  `json:"to"`
	DownFor       float64 `json:"downFor"` // seconds
	Reason        Reason  `json:"reason,omitempty"`
	Refilled      int     `json:"refilled"`
	Recovered     bool    `json:"recovered"`
	MayHaveMissed bool    `json:"mayHaveMissed"`
	Missed        int     `json:"missed,omitempty"`
	Error         string  `json:"error,omitempty"`
}

func (g *Gap) account() []byte {
	var trouble string
	if g.Err != nil {
		trouble = g.Err.Error()
	}
	raw, _ := json.Marshal(account{ // strings, numbers and booleans always marshal
		Stamp(g.From), Stamp(g.To), seconds(g.DownFor), g.Reason, g.Refilled, g.Recovered, g.MayHaveMissed, g.Missed, trouble})
	return raw
}

// UnmarshalJSON reads what AppendJSON wrote.
func (g *Gap) UnmarshalJSON(raw []byte) (err error) {
	var a account
	if err = json.Unmarshal(raw, &a); err != nil {
		return err
	}
	*g = Gap{Reason: a.Reason, DownFor: time.Duration(a.DownFor * float64(time.Second)), Refilled: a.Refilled, Recovered: a.Recovered, MayHaveMissed: a.MayHaveMissed, Missed: a.Missed}
	if a.Error != "" {
		g.Err = errors.New(a.Error)
	}
	if g.From, err = time.Parse(time.RFC3339, a.From); err == nil {
		g.To, err = time.Parse(time.RFC3339, a.To)
	}
	if a.DownFor > 0 {
		g.At = g.To
	}
	return err
}

// seconds is a duration to the millisecond.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// ownRecord makes one of the stream's own records.
func ownRecord(event string, at time.Time, data any) Record {
	raw, _ := json.Marshal(data) // strings, numbers and booleans always marshal
	return Record{Event: event, Source: SourceComputed, Data: raw, Time: at}
}

// connectRecord tells that the stream is live.
func connectRecord(st State) Record {
	return ownRecord(EventConnect, st.At, struct {
		Transport string  `json:"transport"`
		DownFor   float64 `json:"downFor,omitempty"` // seconds
		Recovered bool    `json:"recovered,omitempty"`
	}{st.Transport, seconds(st.DownFor), st.Recovered})
}

// disconnectRecord tells that it is not live any more.
func disconnectRecord(st State) Record {
	return ownRecord(EventDisconnect, st.At, struct {
		Reason Reason  `json:"reason"`
		NextIn float64 `json:"nextIn"` // seconds
	}{st.Reason, seconds(st.NextIn)})
}

// Record tells what became of the time without a stream.
func (g *Gap) Record() Record {
	return Record{Event: EventGap, Source: SourceComputed, Data: g.account(), Time: g.At, Gap: g}
}

// pollingRecord tells how often lists are compared.
func pollingRecord(p Polling) Record {
	return ownRecord(EventPolling, p.At, struct {
		Every float64 `json:"every"` // seconds
		Asked float64 `json:"asked"`
	}{seconds(p.Every), seconds(p.Asked)})
}

// statusRecord tells a display's status as a list shows it.
func statusRecord(r *Resource, source string, at time.Time) Record {
	data := appendText([]byte(`{"deviceId":`), r.ID)
	data = appendText(append(data, `,"status":`...), r.Status)
	if !r.Seen.IsZero() {
		data = appendStamp(append(data, `,"lastSeen":`...), r.Seen)
	}
	if r.Playlist != "" {
		data = appendText(append(data, `,"currentPlaylistId":`...), r.Playlist)
	}
	data = append(appendStamp(append(data, `,"timestamp":`...), at), '}')
	return Record{Event: EventDeviceStatus, Source: source, Data: data, Time: at, key: r.key()}
}

// changeRecord tells of an edit, for example
// {"playlistId":"p","action":"updated","changed":["name"],"payload":{...}}.
func changeRecord(r *Resource, action string, changed []string, payload json.RawMessage, at time.Time) Record {
	data := appendText(append(strconv.AppendQuote([]byte{'{'}, r.Kind+"Id"), ':'), r.ID)
	data = appendText(append(data, `,"action":`...), action)
	if len(changed) > 0 {
		raw, _ := json.Marshal(changed) // strings always marshal
		data = append(append(data, `,"changed":`...), raw...)
	}
	if len(payload) > 0 {
		data = append(append(data, `,"payload":`...), payload...)
	}
	data = append(appendStamp(append(data, `,"timestamp":`...), at), '}')
	return Record{Event: r.Kind + ":updated", Source: SourcePoll, Data: data, Time: at, key: r.key()}
}

// withPlaylist adds a display's playlist to a status payload that does not name
// one (contract realtime 5).
func withPlaylist(data json.RawMessage, playlist string) json.RawMessage {
	end := len(data) - 1
	if playlist == "" || end < 1 || data[end] != '}' {
		return data
	}
	if _, ok := flatField(data, `"deviceId":"`); !ok { // not shaped as the contract says
		return data
	}
	if _, ok := flatField(data, `"currentPlaylistId":"`); ok {
		return data
	}
	out := make([]byte, 0, len(data)+len(`,"currentPlaylistId":""`)+len(playlist))
	out = append(append(out, data[:end]...), `,"currentPlaylistId":`...)
	return append(appendText(out, playlist), '}')
}

func appendText(dst []byte, text string) []byte {
	raw, _ := json.Marshal(text) // a string always marshals
	return append(dst, raw...)
}

// stampLayout is the platform's form of a time.
const stampLayout = "2006-01-02T15:04:05.000Z"

// Stamp is a time as the platform writes it.
func Stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

func appendStamp(dst []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(dst, '"'), stampLayout), '"')
}
