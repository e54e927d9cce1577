package fleet

// This file is about one connection of a display: what comes in and what is
// answered.

import (
	"encoding/json"
	"sync/atomic"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// session is one connection of a display.
type session struct {
	display *display
	link    *link
	ready   chan struct{} // closed when the service has authenticated the display
	counted atomic.Bool   // ready, and counted as connected
	how     ending        // read after read has returned
}

// read handles what comes until the connection ends.
func (s *session) read() {
	for {
		m, err := s.link.next()
		if err != nil {
			return
		}
		switch m.Type {
		case wire.ConnectError:
			s.refused(m.Data)
			return
		case wire.Disconnect:
			return
		case wire.Event:
			if !s.event(m) {
				return
			}
		}
	}
}

// refused decides about a CONNECT_ERROR: only a revoked display stays away.
func (s *session) refused(data json.RawMessage) {
	var in struct{ Data struct{ Code string } }
	if json.Unmarshal(data, &in) == nil && in.Data.Code == "DEVICE_REVOKED" {
		s.how = revoked
	}
}

// event handles one event; false ends the connection.
func (s *session) event(m wire.Message) bool {
	name, args, err := wire.EventNameBytes(m.Data)
	if err != nil {
		return false
	}
	payload := json.RawMessage(wire.FirstArg(args))
	ok, stay := true, true
	switch string(name) {
	case "config": // the first word after authentication
		if s.counted.CompareAndSwap(false, true) {
			s.display.connected.Add(1)
			close(s.ready)
		}
	case "playlist:update":
		ok = s.display.play(payload)
	case "command":
		ok, stay = s.command(payload)
	case "device:revoked":
		s.how, stay = revoked, false
	}
	if m.HasID {
		_ = s.link.ack(m.ID, map[string]bool{"ok": ok}) // a lost connection ends read
	}
	return stay
}

// command carries out one command and says whether that worked and whether the
// display stays connected.
func (s *session) command(payload json.RawMessage) (ok, stay bool) {
	var in struct {
		Type, CommandID, RequestID string
		Payload                    struct {
			RequestID string
			Content   struct{ ID string }
		}
	}
	if json.Unmarshal(payload, &in) != nil {
		return false, true
	}
	switch in.Type {
	case "screenshot":
		return s.screenshot(firstNonEmpty(in.Payload.RequestID, in.RequestID, in.CommandID)), true
	case "restart", "reboot":
		s.how = restarts
		return true, false
	case "push_content":
		if in.Payload.Content.ID != "" {
			s.display.content.Store(&playing{ContentID: in.Payload.Content.ID})
		}
	}
	return true, true
}

func (s *session) screenshot(requestID string) bool {
	return s.link.emit("screenshot:response", s.display.screenshot(requestID)) == nil
}

func firstNonEmpty(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
