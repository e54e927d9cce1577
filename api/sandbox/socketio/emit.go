package socketio

// This file is about what dashboards are sent (contract realtime 4.1).

import (
	"encoding/json"
	"sort"
	"time"
)

// maxSnapshot is how many rows the snapshot has at most; the rest is left out
// without a word.
const maxSnapshot = 500

// deviceStatus is the payload of device:status and a row of the snapshot.
type deviceStatus struct {
	DeviceID  string `json:"deviceId"`
	Status    string `json:"status"`
	LastSeen  string `json:"lastSeen"`
	Timestamp string `json:"timestamp"`
}

// sendSnapshot sends device:status:batch: displays never seen first, then the
// latest seen, and nothing when there are none. In the product's vocabulary it
// is one device:status-update for each display.
func (p *Platform) sendSnapshot(m *member) {
	rows := p.backend.Snapshot(m.orgID())
	if len(rows) == 0 {
		return
	}
	sort.SliceStable(rows, func(i, j int) bool { // the newest first, those never seen before all
		a, b := rows[i].LastSeen, rows[j].LastSeen
		if a.IsZero() != b.IsZero() {
			return a.IsZero()
		}
		return a.After(b)
	})
	rows = rows[:min(len(rows), maxSnapshot)]
	now := time.Now()
	batch := make([]deviceStatus, len(rows))
	for i, row := range rows {
		seen := row.LastSeen
		if seen.IsZero() {
			seen = now // invented, as the platform does
		}
		if p.Online(row.ID) {
			row.Status = "online"
		}
		batch[i] = deviceStatus{row.ID, row.Status, timestamp(seen), timestamp(now)}
	}
	if p.opts.Vocabulary == PlatformEvents {
		_ = m.socket.Emit("device:status:batch", batch)
		return
	}
	for _, row := range batch {
		_ = m.socket.Emit("device:status-update", row)
	}
}

// Online says whether a display has a live socket.
func (p *Platform) Online(displayID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.active[displayID] != nil
}

// statusChanged stores and announces that a display came or went.
func (p *Platform) statusChanged(orgID, displayID, status string) {
	now := time.Now()
	p.backend.SetStatus(displayID, status, now)
	p.EmitDeviceStatus(orgID, displayID, status, now)
	if status == "offline" {
		p.EmitOrg(orgID, "health:alert", struct {
			DeviceID  string `json:"deviceId"`
			AlertType string `json:"alertType"`
			Severity  string `json:"severity"`
			Message   string `json:"message"`
			Timestamp string `json:"timestamp"`
		}{displayID, "offline", "warning", "Device went offline", timestamp(now)})
	}
}

// EmitDeviceStatus announces a display's status to its organization.
func (p *Platform) EmitDeviceStatus(orgID, displayID, status string, at time.Time) {
	name := "device:status"
	if p.opts.Vocabulary == ProductEvents {
		name = "device:status-update"
	}
	_ = p.nsp.To("org:"+orgID, name, deviceStatus{displayID, status, timestamp(at), timestamp(at)})
}

// EmitNotification sends notification:new with the fields of the JSON object
// notification and a timestamp. A userID restricts it to that user's sockets;
// without one the whole organization gets it, displays included. An error
// means that notification is not a JSON object.
func (p *Platform) EmitNotification(orgID string, notification json.RawMessage, userID string) error {
	stamped, err := withFields(notification, "timestamp", timestamp(time.Now()))
	if err != nil {
		return err
	}
	if userID == "" {
		return p.nsp.To("org:"+orgID, "notification:new", stamped)
	}
	if p.nsp.node == nil {
		p.notifyUser(orgID, stamped, userID)
	} else if p.begin() { // other servers are asked, which may take its time
		go func() {
			defer p.work.Done()
			p.notifyUser(orgID, stamped, userID)
		}()
	}
	return nil
}

// notifyUser looks up the user's sockets among the organization's, in the whole
// cluster, and sends to each, as the platform does. Those of a server that does not
// answer get nothing (contract realtime 7).
func (p *Platform) notifyUser(orgID string, notification json.RawMessage, userID string) {
	sockets, _ := p.nsp.FetchSockets(p.quit, Target{Rooms: []Room{Room("org:" + orgID)}})
	for _, s := range sockets {
		var who socketData
		if json.Unmarshal(s.Data, &who) == nil && who.UserID == userID && who.OrganizationID == orgID {
			_ = p.nsp.To(s.ID, "notification:new", notification)
		}
	}
}

// answerServer answers what another server of the cluster asks with what it has
// asked: the platform's own servers have nothing to say to each other.
func answerServer(ev ServerEvent) {
	ev.Ack(json.RawMessage("[" + string(ev.Args) + "]"))
}

// EmitOrg sends any event to an organization. The names that only the
// product's documents know are sent in its vocabulary only, so that callers
// need not look.
func (p *Platform) EmitOrg(orgID, event string, payload any) {
	switch event {
	case "device:status-update", "playlist:updated", "health:alert", "schedule:executed":
		if p.opts.Vocabulary != ProductEvents {
			return
		}
	}
	_ = p.EmitAny(orgID, event, payload)
}

// EmitAny sends any event to an organization, whatever the vocabulary. An error
// means that payload is not JSON or that the name is the protocol's own.
func (p *Platform) EmitAny(orgID, event string, payload any) error {
	return p.nsp.To("org:"+orgID, event, payload)
}

// EmitTenant announces tenant:suspended or tenant:resumed; an empty reason is
// left out.
func (p *Platform) EmitTenant(orgID string, suspended bool, reason string) {
	event, payload := "tenant:resumed", map[string]string{}
	if suspended {
		event = "tenant:suspended"
	}
	if reason != "" {
		payload["reason"] = reason
	}
	_ = p.nsp.To("org:"+orgID, event, payload)
}

// withFields returns the JSON object raw with string fields (name, value, …)
// set at its end.
func withFields(raw json.RawMessage, pairs ...string) (json.RawMessage, error) {
	fields, err := parseObject(raw)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(pairs); i += 2 {
		value, err := marshal(pairs[i+1])
		if err != nil {
			return nil, err
		}
		fields = fields.set(pairs[i], value)
	}
	return fields.json(), nil
}
