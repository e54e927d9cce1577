package socketio

// This file is about what clients send: guard, validation, message limit, and
// the handlers (contract realtime 4.3).

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// handler is what is done with one kind of event.
type handler struct {
	deviceOnly bool
	rules      []rule
	dropExtra  bool // unknown fields are dropped, not refused
	run        func(*member, Event, object)
}

// handlerOf returns the handler of an event, or false: such events are ignored
// without a word.
func handlerOf(event string) (handler, bool) {
	room := []rule{{name: "room", kind: isText, required: true}}
	switch event {
	case "join:organization":
		return handler{rules: []rule{{name: "organizationId", kind: isText, required: true}}, run: (*member).joinOrganization}, true
	case "join:room":
		return handler{rules: room, run: (*member).joinRoom}, true
	case "leave:room":
		return handler{rules: room, run: (*member).leaveRoom}, true
	case "heartbeat":
		return handler{deviceOnly: true, rules: heartbeatRules(), dropExtra: true, run: (*member).heartbeat}, true
	case "content:impression":
		return handler{deviceOnly: true, rules: impressionRules(), dropExtra: true, run: (*member).report}, true
	case "content:error":
		return handler{deviceOnly: true, rules: contentErrorRules(), run: (*member).report}, true
	case "playlist:request":
		return handler{deviceOnly: true, rules: playlistRequestRules(), run: (*member).requestPlaylist}, true
	case "screenshot:response":
		return handler{deviceOnly: true, rules: screenshotRules(), run: (*member).screenshot}, true
	}
	return handler{}, false
}

// event handles one event of a client. What the guard or the validation
// refuses gets an error event and no acknowledgement, and is not counted.
func (m *member) event(ev Event) {
	h, known := handlerOf(ev.Name)
	switch {
	case !known:
		return
	case !m.ready.Load():
		m.refuse(ev.Name, "Not authenticated")
		return
	case h.deviceOnly && m.device == nil:
		m.refuse(ev.Name, "Device-only endpoint")
		return
	}
	fields, problems := validate(wire.FirstArg(ev.Args), h.rules, h.dropExtra)
	if problems != nil {
		_ = m.socket.Emit("error", validationError(ev.Name, problems))
		return
	}
	if !m.messages.allow(time.Now(), m.platform.opts.MessagesPerMinute) {
		_ = m.socket.Emit("error", json.RawMessage(
			`{"message":"rate_limited","detail":"Too many messages. Please slow down."}`))
		m.fail(ev, "rate_limited")
		m.socket.Disconnect()
		return
	}
	h.run(m, ev, fields)
}

// refuse answers with an error event that names the refused one.
func (m *member) refuse(event, text string) {
	_ = m.socket.Emit("error", struct {
		Event   string `json:"event"`
		Message string `json:"message"`
	}{event, text})
}

// answer is the acknowledgement of every handler.
type answer struct {
	Success   bool   `json:"success"`
	Data      any    `json:"data,omitempty"`
	Error     string `json:"error,omitempty"`
	Timestamp string `json:"timestamp"`
}

func (m *member) succeed(ev Event, data any) {
	_ = ev.Ack(answer{Success: true, Data: data, Timestamp: timestamp(time.Now())})
}

func (m *member) fail(ev Event, text string) {
	_ = ev.Ack(answer{Error: text, Timestamp: timestamp(time.Now())})
}

// The two texts of a foreign organization: in the error event and in the
// acknowledgement.
const (
	notYourOrg  = "Unauthorized: you do not belong to this organization"
	orgMismatch = "Unauthorized: organization mismatch"
)

func (m *member) joinOrganization(ev Event, fields object) {
	id := fields.text("organizationId")
	if id != m.orgID() {
		_ = m.socket.Emit("error", message(notYourOrg))
		m.fail(ev, orgMismatch)
		return
	}
	m.socket.Join("org:" + id)
	_ = m.socket.Emit("joined:organization", struct {
		OrganizationID string `json:"organizationId"`
		Timestamp      string `json:"timestamp"`
	}{id, timestamp(time.Now())})
	m.succeed(ev, struct {
		Joined         bool   `json:"joined"`
		OrganizationID string `json:"organizationId"`
	}{true, id})
}

func (m *member) joinRoom(ev Event, fields object) {
	room := fields.text("room")
	kind, id, _ := strings.Cut(room, ":")
	eventText, ackText := "", ""
	switch {
	case kind == "org" && id != m.orgID():
		eventText, ackText = notYourOrg, orgMismatch
	case kind == "device" && !m.ownsDisplay(id):
		eventText = "Unauthorized: cannot join this device room"
		ackText = eventText
	case kind != "org" && kind != "device" || id == "":
		eventText, ackText = "Invalid room name", "Invalid room name"
	}
	if ackText != "" {
		_ = m.socket.Emit("error", message(eventText))
		m.fail(ev, ackText)
		return
	}
	m.socket.Join(room)
	m.succeed(ev, struct {
		Joined bool   `json:"joined"`
		Room   string `json:"room"`
	}{true, room})
}

// ownsDisplay says whether a display is of the member's organization.
func (m *member) ownsDisplay(id string) bool {
	for _, row := range m.platform.backend.Snapshot(m.orgID()) {
		if row.ID == id {
			return true
		}
	}
	return false
}

func (m *member) leaveRoom(ev Event, fields object) {
	room := fields.text("room")
	if !m.socket.Leave(room) {
		m.fail(ev, "Not a member of this room")
		return
	}
	m.succeed(ev, struct {
		Left bool   `json:"left"`
		Room string `json:"room"`
	}{true, room})
}

// pass hands a display's report to the backend, if it takes them.
func (m *member) pass(event string, fields object, at time.Time) {
	if reports, ok := m.platform.backend.(DeviceReports); ok {
		reports.DeviceReport(m.device.ID, event, fields.json(), at)
	}
}

func (m *member) heartbeat(ev Event, fields object) {
	now := time.Now()
	m.platform.backend.SetStatus(m.device.ID, "online", now)
	m.pass(ev.Name, fields, now)
	m.succeed(ev, json.RawMessage(`{"reconcileContent":false,"nextHeartbeatIn":`+
		milliseconds(m.platform.opts.HeartbeatInterval)+`,"commands":[]}`))
}

func (m *member) report(ev Event, fields object) {
	m.pass(ev.Name, fields, time.Now())
	m.succeed(ev, nil)
}

func (m *member) requestPlaylist(ev Event, _ object) {
	playlist := json.RawMessage("null")
	if source, ok := m.platform.backend.(PlaylistSource); ok {
		if current, found := source.CurrentPlaylist(m.device.ID); found {
			playlist = current
		}
	}
	m.succeed(ev, map[string]json.RawMessage{"playlist": playlist})
}

// maxScreenshot is the size of the largest image a display may send.
const maxScreenshot = 2 << 20

// screenshot stores a display's image and announces it.
func (m *member) screenshot(ev Event, fields object) {
	var in struct {
		RequestID, ImageData, Timestamp string
		Width, Height                   int
	}
	// The validation has seen to the types; a timestamp of another one is dropped.
	_ = json.Unmarshal(fields.json(), &in)
	image, err := base64.StdEncoding.DecodeString(in.ImageData)
	kind := http.DetectContentType(image)
	if err != nil || len(image) > maxScreenshot || (kind != "image/png" && kind != "image/jpeg") {
		m.fail(ev, "Invalid image data")
		return
	}
	url := "data:" + kind + ";base64," + in.ImageData
	if sink, ok := m.platform.backend.(ScreenshotSink); ok {
		if url, err = sink.SaveScreenshot(m.device.ID, in.RequestID, image, in.Width, in.Height); err != nil {
			m.fail(ev, "Failed to process screenshot")
			return
		}
	}
	_ = m.platform.nsp.To("org:"+m.orgID(), "screenshot:ready", struct {
		DeviceID   string `json:"deviceId"`
		RequestID  string `json:"requestId"`
		URL        string `json:"url"`
		Width      int    `json:"width"`
		Height     int    `json:"height"`
		CapturedAt string `json:"capturedAt,omitempty"`
		Timestamp  string `json:"timestamp"`
	}{m.device.ID, in.RequestID, url, in.Width, in.Height, in.Timestamp, timestamp(time.Now())})
	m.succeed(ev, map[string]bool{"saved": true})
}

// milliseconds is a duration as JSON.
func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// isNull says whether a member is absent, which null counts as.
func isNull(raw json.RawMessage) bool { return raw == nil || bytes.Equal(raw, []byte("null")) }
