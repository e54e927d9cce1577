package socketio

// This file is about who may connect: stage A refuses before CONNECT succeeds,
// stage B disconnects after it (contract realtime 2).

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// cookieName is the fallback carrier of a token (contract realtime 2.1).
const cookieName = "vizora_auth_token"

// member is a socket together with who is behind it.
type member struct {
	platform *Platform
	socket   *Socket
	user     *User   // nil for a display
	device   *Device // nil for a user
	wantsAck bool    // the display announced deliveryAck
	ready    atomic.Bool
	messages window // touched only by the socket's event handler
}

// orgID is the organization of the user or the display.
func (m *member) orgID() string {
	if m.device != nil {
		return m.device.OrganizationID
	}
	return m.user.OrganizationID
}

// socketData is what the other servers of a cluster are told of a member
// (Socket.Data).
type socketData struct {
	UserID         string `json:"userId,omitempty"`
	DeviceID       string `json:"deviceId,omitempty"`
	OrganizationID string `json:"organizationId"`
}

func (m *member) data() socketData {
	data := socketData{OrganizationID: m.orgID()}
	if m.device != nil {
		data.DeviceID = m.device.ID
	} else {
		data.UserID = m.user.ID
	}
	return data
}

// auth is what of the CONNECT payload counts. Anything of another type counts
// as absent.
func auth(raw json.RawMessage) (token string, deliveryAck bool) {
	var fields struct{ Token, Capabilities json.RawMessage }
	if raw == nil || json.Unmarshal(raw, &fields) != nil {
		return "", false
	}
	if json.Unmarshal(fields.Token, &token) != nil {
		token = ""
	}
	var list []string
	var object map[string]any
	switch {
	case json.Unmarshal(fields.Capabilities, &list) == nil:
		deliveryAck = slices.Contains(list, "deliveryAck")
	case json.Unmarshal(fields.Capabilities, &object) == nil:
		deliveryAck = object["deliveryAck"] == true
	}
	return token, deliveryAck
}

// admit is stage A. It looks only at auth.token, tries it as a device's first,
// and lets pass what only stage B finds out.
func (p *Platform) admit(s *Socket) error {
	token, _ := auth(s.Auth)
	if token == "" {
		return nil
	}
	_, _, err := p.identify(token)
	switch {
	case err == nil, errors.Is(err, ErrSessionRevoked):
		return nil
	case errors.Is(err, ErrTokenExpired):
		return refused("auth_expired", "AUTH_EXPIRED")
	case errors.Is(err, ErrDeviceRevoked):
		return refused("device_token_stale", "DEVICE_REVOKED")
	case errors.Is(err, ErrTenantSuspended):
		return refused("tenant_suspended", "TENANT_SUSPENDED")
	}
	return refused("auth_invalid", "AUTH_INVALID")
}

func refused(text, code string) error {
	return &ConnectError{Message: text, Data: map[string]string{"code": code}}
}

// errInvalidToken stands for all that is wrong with a user token: an expired
// one is not told apart (contract realtime 2.2).
var errInvalidToken = errors.New("invalid token")

// identify finds out whose token it is.
func (p *Platform) identify(token string) (*User, *Device, error) {
	device, err := p.backend.VerifyDevice(token)
	switch {
	case err == nil:
		return nil, &device, nil
	case errors.Is(err, ErrTokenExpired), errors.Is(err, ErrDeviceRevoked), errors.Is(err, ErrTenantSuspended):
		return nil, nil, err
	}
	user, err := p.backend.VerifyUser(token)
	switch {
	case err == nil:
		return &user, nil, nil
	case errors.Is(err, ErrSessionRevoked):
		return nil, nil, err
	}
	return nil, nil, errInvalidToken
}

// connected starts stage B. Events that come before its end are refused, as
// on the platform (contract realtime 4.3, start-up race).
func (p *Platform) connected(s *Socket) {
	m := &member{platform: p, socket: s, messages: window{length: time.Minute}}
	s.OnEvent(m.event)
	if !p.begin() {
		return
	}
	go func() {
		defer p.work.Done()
		select {
		case <-time.After(p.opts.AuthDelay):
			p.authenticate(m)
		case <-s.Done():
		}
	}()
}

// authenticate is stage B, in the platform's order (contract realtime 2.3).
func (p *Platform) authenticate(m *member) {
	token, deliveryAck := auth(m.socket.Auth)
	if token == "" {
		request := http.Request{Header: m.socket.Header}
		if cookie, err := request.Cookie(cookieName); err == nil {
			token = cookie.Value
		}
	}
	if !p.connects.allow(connectKey(token, m.socket.RemoteAddr), p.opts.ConnectsPerMinute) {
		_ = m.socket.Emit("error", message("rate_limited"))
		m.socket.Disconnect()
		return
	}
	if token == "" {
		m.socket.Disconnect()
		return
	}
	user, device, err := p.identify(token)
	if err != nil || (user != nil && user.OrganizationID == "") {
		m.socket.Disconnect()
		return
	}
	m.user, m.device, m.wantsAck = user, device, deliveryAck
	m.socket.Data.Store(m.data())
	p.mu.Lock()
	p.members[m.socket] = m
	p.mu.Unlock()
	m.socket.OnDisconnect(func(string) { p.departed(m) })
	if !m.socket.Connected() { // it left before the line above
		p.departed(m)
		return
	}
	m.socket.Join("org:" + m.orgID())
	if device != nil {
		p.deviceArrived(m)
		return
	}
	m.ready.Store(true)
	p.sendSnapshot(m)
}

// connectKey is what connections are counted by (contract realtime 2.4).
func connectKey(token, remote string) string {
	if token == "" {
		if host, _, err := net.SplitHostPort(remote); err == nil {
			return "ip:" + host
		}
		return "ip:" + remote
	}
	sum := sha256.Sum256([]byte(token))
	return "token:" + hex.EncodeToString(sum[:])[:16]
}

// departed forgets a socket that has left.
func (p *Platform) departed(m *member) {
	p.mu.Lock()
	_, known := p.members[m.socket]
	delete(p.members, m.socket)
	crashing := p.crashing
	wasActive := m.device != nil && p.active[m.device.ID] == m
	if wasActive {
		delete(p.active, m.device.ID)
		p.absent[m.device.ID] = time.Now()
	}
	p.mu.Unlock()
	if known && wasActive && !crashing {
		p.statusChanged(m.orgID(), m.device.ID, "offline")
	}
}
