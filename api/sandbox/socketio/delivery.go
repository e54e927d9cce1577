package socketio

// This file is about what displays are sent: their start, playlists, commands,
// and what waits for one that is away (contract realtime 4.2).

import (
	"context"
	"encoding/json"
	"time"
)

const (
	playlistLife = 30 * time.Minute // of a playlist that waits; only the last one does
	commandLife  = 5 * time.Minute  // of a command that waits
	maxCommands  = 1000             // that wait for one display
)

// mailbox is what waits for one display.
type mailbox struct {
	playlist      json.RawMessage
	playlistUntil time.Time
	commands      []waiting
}

type waiting struct {
	payload json.RawMessage
	until   time.Time
}

// deviceArrived gives a display that has connected what it starts with, and
// then tells the organization.
func (p *Platform) deviceArrived(m *member) {
	id := m.device.ID
	m.socket.Join("device:" + id)
	p.mu.Lock()
	if p.members[m.socket] != m { // it has left already
		p.mu.Unlock()
		return
	}
	replaced := p.active[id]
	p.active[id] = m
	since, wasAbsent := p.absent[id]
	delete(p.absent, id)
	p.mu.Unlock()
	if replaced != nil {
		// Seen as online, offline, online (contract realtime 7).
		p.statusChanged(m.orgID(), id, "offline")
		replaced.socket.Disconnect()
	}
	m.ready.Store(true)
	_ = m.socket.Emit("config", json.RawMessage(`{"heartbeatInterval":`+milliseconds(p.opts.HeartbeatInterval)+
		`,"cacheSize":524288000,"autoUpdate":true,"qrOverlay":null}`))
	p.sendCurrentPlaylist(m)
	p.sendMail(m)
	p.mu.Lock()
	still := p.active[id] == m
	p.mu.Unlock()
	if !still {
		return
	}
	p.statusChanged(m.orgID(), id, "online")
	if wasAbsent && time.Since(since) > p.opts.LongAbsence {
		p.notifyReturn(m)
	}
}

// notifyReturn sends the notification that has no id (contract realtime 4.1,
// form B).
func (p *Platform) notifyReturn(m *member) {
	name := m.device.ID
	if namer, ok := p.backend.(DisplayNamer); ok {
		name = namer.DisplayName(m.device.ID)
	}
	_ = p.nsp.To("org:"+m.orgID(), "notification:new", struct {
		Type       string `json:"type"`
		DeviceID   string `json:"deviceId"`
		DeviceName string `json:"deviceName"`
		Timestamp  string `json:"timestamp"`
	}{"device_online", m.device.ID, name, timestamp(time.Now())})
}

func (p *Platform) sendCurrentPlaylist(m *member) {
	source, ok := p.backend.(PlaylistSource)
	if !ok {
		return
	}
	if playlist, found := source.CurrentPlaylist(m.device.ID); found {
		_ = p.deliver(m, "playlist:update", playlistUpdate("currentPlaylist", playlist))
	}
}

// playlistUpdate is the payload of playlist:update, without a timestamp. The
// version is the playlist's own updatedAt, or empty.
func playlistUpdate(source string, playlist json.RawMessage) json.RawMessage {
	fields, _ := parseObject(playlist) // the version of anything else is empty
	update := object{}
	if source != "" {
		quoted, _ := marshal(source)
		update = update.set("source", quoted)
	}
	version, _ := marshal(fields.text("updatedAt"))
	return update.set("playlist", playlist).set("version", version).json()
}

// sendMail sends what waits for the display.
func (p *Platform) sendMail(m *member) {
	p.mu.Lock()
	box := p.mail[m.device.ID]
	delete(p.mail, m.device.ID)
	p.mu.Unlock()
	if box == nil {
		return
	}
	now := time.Now()
	if box.playlist != nil && now.Before(box.playlistUntil) {
		_ = p.deliver(m, "playlist:update", box.playlist)
	}
	for _, c := range box.commands {
		if now.Before(c.until) {
			_ = p.deliver(m, "command", c.payload)
		}
	}
}

// deliver sends one event to a display and, if it announced deliveryAck, waits
// for its {"ok":true}.
func (p *Platform) deliver(m *member, event string, payload json.RawMessage) error {
	if !m.wantsAck {
		return m.socket.Emit(event, payload)
	}
	ctx, cancel := context.WithTimeout(context.Background(), p.opts.AckTimeout)
	defer cancel()
	reply, err := m.socket.EmitWithAck(ctx, event, payload)
	if err != nil {
		return ErrNotAcknowledged
	}
	var answer struct{ OK bool }
	if json.Unmarshal(reply.Args, &answer) != nil || !answer.OK {
		return ErrNotAcknowledged
	}
	return nil
}

// deliverTo delivers to a display's active socket.
func (p *Platform) deliverTo(displayID, event string, payload json.RawMessage) error {
	p.mu.Lock()
	m := p.active[displayID]
	p.mu.Unlock()
	if m == nil {
		return ErrDeviceOffline
	}
	return p.deliver(m, event, payload)
}

// box returns what waits for a display. The caller holds p.mu.
func (p *Platform) box(displayID string) *mailbox {
	if p.mail[displayID] == nil {
		p.mail[displayID] = &mailbox{}
	}
	return p.mail[displayID]
}

// PushPlaylist sends a playlist object to a display, or keeps it for half an
// hour. It waits for the display's acknowledgement if the display gives them,
// and says whether the display has it now. What is not JSON goes nowhere.
func (p *Platform) PushPlaylist(displayID string, playlist json.RawMessage) (delivered bool) {
	if !json.Valid(playlist) {
		return false
	}
	live, err := withFields(playlistUpdate("currentPlaylist", playlist), "timestamp", timestamp(time.Now()))
	if err == nil && p.deliverTo(displayID, "playlist:update", live) == nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	box := p.box(displayID)
	box.playlist, box.playlistUntil = playlistUpdate("", playlist), time.Now().Add(playlistLife)
	return false
}

// PushContent makes a display show a content object for some minutes (5 when
// minutes is not positive). It returns ErrDeviceOffline or ErrNotAcknowledged;
// nothing is kept.
func (p *Platform) PushContent(displayID string, content json.RawMessage, minutes int) error {
	if minutes <= 0 {
		minutes = 5
	}
	payload, err := marshal(map[string]any{"content": content, "duration": minutes})
	if err != nil {
		return err
	}
	command := object{}.set("type", json.RawMessage(`"push_content"`)).set("payload", payload)
	stamped, err := withFields(command.json(), "timestamp", timestamp(time.Now()))
	if err != nil {
		return err
	}
	return p.deliverTo(displayID, "command", stamped)
}

// Command sends a command object {type, payload?, commandId?} to a display, or
// keeps it for five minutes. "disable" ends the display's socket instead. The
// error says that command is not a JSON object.
func (p *Platform) Command(displayID string, command json.RawMessage) (delivered bool, err error) {
	fields, err := parseObject(command)
	if err != nil {
		return false, err
	}
	if fields.text("type") == "disable" {
		return p.dismiss(displayID, "device_disabled"), nil
	}
	stamped, err := withFields(command, "timestamp", timestamp(time.Now()))
	if err != nil {
		return false, err
	}
	if p.deliverTo(displayID, "command", stamped) == nil {
		return true, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	box := p.box(displayID)
	if len(box.commands) < maxCommands {
		box.commands = append(box.commands, waiting{stamped, time.Now().Add(commandLife)})
	}
	return false, nil
}

// DeviceRevoked tells the display's room that it is revoked and ends its
// socket. Reasons in use: deleted, blocked, revoked (the default).
func (p *Platform) DeviceRevoked(displayID, reason string) {
	text := "device_token_stale"
	switch reason {
	case "":
		reason = "revoked"
	case "blocked":
		text = "device_disabled"
	case "deleted":
		text = "device_not_found"
	}
	_ = p.nsp.To("device:"+displayID, "device:revoked", map[string]string{"reason": reason})
	p.dismiss(displayID, text)
}

// dismiss ends a display's socket with an error event.
func (p *Platform) dismiss(displayID, text string) bool {
	p.mu.Lock()
	m := p.active[displayID]
	p.mu.Unlock()
	if m == nil {
		return false
	}
	_ = m.socket.Emit("error", message(text))
	m.socket.Disconnect()
	return true
}
