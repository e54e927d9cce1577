package socketio

// Tests of the platform layer against what was recorded of the platform
// (contract realtime 2 to 4), over real sockets.

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// backend is a Backend of tokens by name.
type backend struct {
	mu       sync.Mutex
	displays []DisplayState
	statuses []string
	reports  []string
	playlist json.RawMessage
}

func (b *backend) VerifyUser(token string) (User, error) {
	switch token {
	case "ann":
		return User{ID: "u-ann", OrganizationID: "o1"}, nil
	case "bob":
		return User{ID: "u-bob", OrganizationID: "o1"}, nil
	case "eve":
		return User{ID: "u-eve", OrganizationID: "o2"}, nil
	case "orgless":
		return User{ID: "u-none"}, nil
	case "logged-out":
		return User{}, ErrSessionRevoked
	case "expired-user":
		return User{}, ErrTokenExpired
	}
	return User{}, errors.New("bad signature")
}

func (b *backend) VerifyDevice(token string) (Device, error) {
	switch token {
	case "d1", "d2":
		return Device{ID: token, OrganizationID: "o1"}, nil
	case "expired-device":
		return Device{}, ErrTokenExpired
	case "stale-device":
		return Device{}, ErrDeviceRevoked
	case "suspended-device":
		return Device{}, ErrTenantSuspended
	}
	return Device{}, errors.New("not a device token")
}

func (b *backend) Snapshot(orgID string) []DisplayState {
	b.mu.Lock()
	defer b.mu.Unlock()
	if orgID != "o1" {
		return nil
	}
	return append([]DisplayState(nil), b.displays...)
}

func (b *backend) SetStatus(id, status string, _ time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.statuses = append(b.statuses, id+" "+status)
}

func (b *backend) CurrentPlaylist(string) (json.RawMessage, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.playlist, b.playlist != nil
}

func (b *backend) DeviceReport(id, event string, payload json.RawMessage, _ time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reports = append(b.reports, id+" "+event+" "+string(payload))
}

func (b *backend) DisplayName(id string) string { return "Display " + id }

// platform runs a Platform over a backend with the displays d1 and d2.
func platform(t testing.TB, opts PlatformOptions) (*Platform, *backend, string) {
	b := &backend{displays: []DisplayState{
		{ID: "d1", Status: "offline", LastSeen: time.UnixMilli(1000)}, {ID: "d2", Status: "pairing"},
	}}
	setDefault(&opts.ConnectsPerMinute, -1)
	p := NewPlatform(b, opts)
	return p, b, serve(t, p, p.Close)
}

// dashboard connects a user and takes the snapshot.
func dashboard(t testing.TB, base, token string) *client {
	c := enter(t, base, `40{"token":"`+token+`"}`)
	c.expect(`42["device:status:batch",[{"deviceId":"d2","status":"pairing","lastSeen":"*`)
	return c
}

// display connects a device and takes its configuration.
func display(t testing.TB, base, auth string) *client {
	c := enter(t, base, "40"+auth)
	got := c.until(`42["config"`) // events of the organization may precede it
	if got != `42["config",{"heartbeatInterval":15000,"cacheSize":524288000,"autoUpdate":true,"qrOverlay":null}]` {
		t.Fatal(got)
	}
	return c
}

func TestStageA(t *testing.T) {
	_, _, base := platform(t, PlatformOptions{})
	for token, want := range map[string]string{
		"nope":             `44{"message":"auth_invalid","data":{"code":"AUTH_INVALID"}}`,
		"expired-user":     `44{"message":"auth_invalid","data":{"code":"AUTH_INVALID"}}`,
		"expired-device":   `44{"message":"auth_expired","data":{"code":"AUTH_EXPIRED"}}`,
		"stale-device":     `44{"message":"device_token_stale","data":{"code":"DEVICE_REVOKED"}}`,
		"suspended-device": `44{"message":"tenant_suspended","data":{"code":"TENANT_SUSPENDED"}}`,
	} {
		t.Run(token, func(t *testing.T) {
			c := open(t, base)
			c.write(`40{"token":"` + token + `"}`)
			c.expect(want)
			c.write(`40{"token":"ann"}`) // the transport stays open
			c.expect("40{*")
		})
	}
}

func TestStageB(t *testing.T) {
	_, _, base := platform(t, PlatformOptions{})
	cookie := func(token string) http.Header { return http.Header{"Cookie": {"a=b; vizora_auth_token=" + token}} }
	for _, c := range []struct {
		title, connect string
		header         http.Header
		expect         []string
	}{
		{"no token", "40", nil, []string{"41"}},
		{"empty token", `40{"token":""}`, nil, []string{"41"}},
		{"token of another type", `40{"token":7}`, nil, []string{"41"}},
		{"bearer header", "40", http.Header{"Authorization": {"Bearer ann"}}, []string{"41"}},
		{"logged out", `40{"token":"logged-out"}`, nil, []string{"41"}},
		{"no organization", `40{"token":"orgless"}`, nil, []string{"41"}},
		{"cookie", "40", cookie("ann"), []string{`42["device:status:batch",*`}},
		{"expired cookie", "40", cookie("expired-user"), []string{"41"}},
		{"auth wins over the cookie", `40{"token":"logged-out"}`, cookie("ann"), []string{"41"}},
	} {
		t.Run(c.title, func(t *testing.T) {
			socket, err := tryDial(t, base+socketQuery+"&token=ann", c.header)
			if err != nil {
				t.Fatal(err)
			}
			socket.write(c.connect)
			socket.expect("0{*", "40{*")
			socket.expect(c.expect...)
		})
	}
}

func TestConnectLimit(t *testing.T) {
	_, _, base := platform(t, PlatformOptions{ConnectsPerMinute: 2})
	dashboard(t, base, "ann")
	dashboard(t, base, "ann")
	enter(t, base, `40{"token":"ann"}`).expect(`42["error",{"message":"rate_limited"}]`, "41")
	dashboard(t, base, "bob") // a budget of its own
}

func TestMessageLimit(t *testing.T) {
	_, _, base := platform(t, PlatformOptions{MessagesPerMinute: 2})
	c := dashboard(t, base, "ann")
	c.write(`42["device:update",{}]`, `421["heartbeat",{}]`, `422["join:room",{}]`) // none is counted
	c.expect(`42["error",{"event":"heartbeat","message":"Device-only endpoint"}]`, `42["error",{"event":"join:room",*`)
	c.write(`423["leave:room",{"room":"x"}]`, `424["leave:room",{"room":"x"}]`, `425["leave:room",{"room":"x"}]`)
	c.expect(`433[{"success":false,"error":"Not a member of this room",*`, `434[*`,
		`42["error",{"message":"rate_limited","detail":"Too many messages. Please slow down."}]`,
		`435[{"success":false,"error":"rate_limited",*`, "41")
}

func TestStartUpRace(t *testing.T) {
	_, _, base := platform(t, PlatformOptions{AuthDelay: 100 * time.Millisecond})
	c := enter(t, base, `40{"token":"ann"}`)
	c.write(`427["join:organization",{"organizationId":"o1"}]`)
	c.expect(`42["error",{"event":"join:organization","message":"Not authenticated"}]`, `42["device:status:batch",*`)
}

// TestJoins repeats the recorded exchange (dashboard.jsonl).
func TestJoins(t *testing.T) {
	p, _, base := platform(t, PlatformOptions{})
	c := dashboard(t, base, "ann")
	for _, x := range []struct {
		send   string
		expect []string
	}{
		{`427["join:organization",{"organizationId":"someone-else"}]`, []string{
			`42["error",{"message":"Unauthorized: you do not belong to this organization"}]`,
			`437[{"success":false,"error":"Unauthorized: organization mismatch","timestamp":"*`}},
		{`428["join:room",{"room":"nope"}]`, []string{
			`42["error",{"message":"Invalid room name"}]`, `438[{"success":false,"error":"Invalid room name","timestamp":"*`}},
		{`4210["join:organization",{}]`, []string{`42["error",{"event":"join:organization","message":"Validation error","details":` +
			`{"error":"Validation failed","details":{"organizationId":["organizationId should not be empty","organizationId must be a string"]}}}]`}},
		{`4211["join:organization",{"organizationId":"o1"}]`, []string{
			`42["joined:organization",{"organizationId":"o1","timestamp":"*`,
			`4311[{"success":true,"data":{"joined":true,"organizationId":"o1"},"timestamp":"*`}},
		{`4212["join:room",{"room":"device:d1"}]`, []string{`4312[{"success":true,"data":{"joined":true,"room":"device:d1"},*`}},
		{`4213["join:room",{"room":"device:other"}]`, []string{
			`42["error",{"message":"Unauthorized: cannot join this device room"}]`,
			`4313[{"success":false,"error":"Unauthorized: cannot join this device room",*`}},
		{`4214["join:room",{"room":"org:o2"}]`, []string{`42["error",*`, `4314[{"success":false,"error":"Unauthorized: organization mismatch",*`}},
		{`4215["join:room",{"room":"x","more":1}]`, []string{`42["error",{"event":"join:room",*`}},
		{`4216["leave:room",{"room":"org:o1"}]`, []string{`4316[{"success":true,"data":{"left":true,"room":"org:o1"},*`}},
	} {
		c.write(x.send)
		c.expect(x.expect...)
	}
	p.EmitTenant("o1", true, "") // no longer in the room
	p.DeviceRevoked("d1", "blocked")
	c.expect(`42["device:revoked",{"reason":"blocked"}]`)
}

func TestDeviceLife(t *testing.T) {
	p, b, base := platform(t, PlatformOptions{LongAbsence: time.Nanosecond})
	b.playlist = json.RawMessage(`{"id":"p","updatedAt":"2026-01-01T00:00:00.000Z"}`)
	watcher := dashboard(t, base, "ann")
	d := display(t, base, `{"token":"d1"}`)
	d.expect(`42["playlist:update",{"source":"currentPlaylist","playlist":{"id":"p","updatedAt":"2026-01-01T00:00:00.000Z"},"version":"2026-01-01T00:00:00.000Z"}]`,
		`42["device:status",{"deviceId":"d1","status":"online",*`)
	watcher.expect(`42["device:status",{"deviceId":"d1","status":"online","lastSeen":"*`)
	if !p.Online("d1") {
		t.Error("not online")
	}
	d.write(`421["heartbeat",{"metrics":{"cpuUsage":12},"extra":1}]`, `422["heartbeat",{"metrics":{"cpuUsage":101}}]`,
		`423["content:impression",{"contentId":"c"}]`, `424["playlist:request",{}]`, `425["content:error",{"contentId":"c","errorType":"odd"}]`)
	d.expect(`431[{"success":true,"data":{"reconcileContent":false,"nextHeartbeatIn":15000,"commands":[]},"timestamp":"*`,
		`42["error",{"event":"heartbeat","message":"Validation error",*`, `433[{"success":true,"timestamp":"*`,
		`434[{"success":true,"data":{"playlist":{"id":"p",*`, `42["error",{"event":"content:error",*`)
	_ = d.ws.CloseNow()
	watcher.expect(`42["device:status",{"deviceId":"d1","status":"offline",*`)
	display(t, base, `{"token":"d1"}`)
	watcher.expect(`42["device:status",{"deviceId":"d1","status":"online",*`,
		`42["notification:new",{"type":"device_online","deviceId":"d1","deviceName":"Display d1","timestamp":"*`)
	display(t, base, `{"token":"d1"}`) // replaces its own socket
	watcher.expect(`42["device:status",{"deviceId":"d1","status":"offline",*`, `42["device:status",{"deviceId":"d1","status":"online",*`)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.reports) != 2 || b.reports[0] != `d1 heartbeat {"metrics":{"cpuUsage":12}}` {
		t.Error(b.reports)
	}
}

func TestDeliveries(t *testing.T) {
	p, _, base := platform(t, PlatformOptions{AckTimeout: 50 * time.Millisecond})
	if p.PushPlaylist("d1", json.RawMessage(`{"id":"old"}`)) || p.PushPlaylist("d1", json.RawMessage(`{"id":"p"}`)) {
		t.Error("delivered to nobody")
	}
	if err := p.PushContent("d1", json.RawMessage(`{}`), 0); !errors.Is(err, ErrDeviceOffline) {
		t.Error(err)
	}
	if delivered, err := p.Command("d1", json.RawMessage(`{"type":"reload"}`)); delivered || err != nil {
		t.Error(delivered, err)
	}
	if _, err := p.Command("d1", json.RawMessage(`[]`)); err == nil {
		t.Error("an array passed for a command")
	}
	d := display(t, base, `{"token":"d1","capabilities":["deliveryAck"]}`)
	d.expect(`420["playlist:update",{"playlist":{"id":"p"},"version":""}]`)
	d.write(`430[{"ok":true}]`)
	d.expect(`421["command",{"type":"reload","timestamp":"*`)
	d.write(`431[{"ok":true}]`)
	d.expect(`42["device:status",*`)
	done := make(chan error, 1)
	go func() { done <- p.PushContent("d1", json.RawMessage(`{"id":"c"}`), 7) }()
	got := d.next()
	if !strings.HasPrefix(got, `422["command",{"type":"push_content","payload":{"content":{"id":"c"},"duration":7},"timestamp":`) {
		t.Error(got)
	}
	d.write(`432[{"ok":false,"error":"no space"}]`)
	if err := <-done; !errors.Is(err, ErrNotAcknowledged) {
		t.Error(err)
	}
	go func() { done <- p.PushContent("d1", json.RawMessage(`{"id":"c"}`), 7) }()
	d.expect(`423["command",*`)
	if err := <-done; !errors.Is(err, ErrNotAcknowledged) { // silence
		t.Error(err)
	}
	if _, err := p.Command("d1", json.RawMessage(`{"type":"disable"}`)); err != nil {
		t.Error(err)
	}
	d.expect(`42["error",{"message":"device_disabled"}]`, "41")
}

func TestScreenshot(t *testing.T) {
	_, _, base := platform(t, PlatformOptions{})
	watcher := dashboard(t, base, "ann")
	d := display(t, base, `{"token":"d1"}`)
	png := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n"))
	d.write(`421["screenshot:response",{"requestId":"r","imageData":"`+png+`","width":2,"height":1}]`,
		`422["screenshot:response",{"requestId":"r","imageData":"aGVsbG8=","width":2,"height":1}]`)
	if got := d.until(`431[`); !strings.HasPrefix(got, `431[{"success":true,"data":{"saved":true},`) {
		t.Error(got)
	}
	d.until(`432[{"success":false,"error":"Invalid image data"`)
	if got := watcher.until("screenshot:ready"); !strings.HasPrefix(got,
		`42["screenshot:ready",{"deviceId":"d1","requestId":"r","url":"data:image/png;base64,`+png+`","width":2,"height":1,"timestamp":`) {
		t.Error(got)
	}
}

func TestNotificationsAndTenancy(t *testing.T) {
	p, _, base := platform(t, PlatformOptions{})
	ann, bob := dashboard(t, base, "ann"), dashboard(t, base, "bob")
	eve := enter(t, base, `40{"token":"eve"}`) // no displays: no snapshot
	eventually(t, "three users", func() bool { return len(p.all()) == 3 })
	if err := p.EmitNotification("o1", json.RawMessage(`{"id":"n1","timestamp":"old"}`), ""); err != nil {
		t.Fatal(err)
	}
	if err := p.EmitNotification("o1", json.RawMessage(`{"id":"n2"}`), "u-bob"); err != nil {
		t.Fatal(err)
	}
	if err := p.EmitNotification("o1", json.RawMessage(`7`), ""); err == nil {
		t.Error("a number passed for a notification")
	}
	p.EmitOrg("o1", "schedule:executed", map[string]string{}) // not in this vocabulary
	p.EmitTenant("o1", false, "")
	p.EmitTenant("o2", true, "unpaid")
	ann.expect(`42["notification:new",{"id":"n1","timestamp":"2*`, `42["tenant:resumed",{}]`)
	bob.expect(`42["notification:new",{"id":"n1",*`, `42["notification:new",{"id":"n2",*`, `42["tenant:resumed",{}]`)
	eve.expect(`42["tenant:suspended",{"reason":"unpaid"}]`)
	p.Revoke("u-ann", "password_changed")
	ann.expect(`42["session:expired",{"reason":"password_changed"}]`, "41")
	if p.Sessions() != 3 {
		t.Error("the transport was closed")
	}
}

func TestProductVocabulary(t *testing.T) {
	p, _, base := platform(t, PlatformOptions{Vocabulary: ProductEvents})
	c := enter(t, base, `40{"token":"ann"}`)
	c.expect(`42["device:status-update",{"deviceId":"d2",*`, `42["device:status-update",{"deviceId":"d1",*`)
	p.EmitOrg("o1", "playlist:updated", map[string]string{"playlistId": "p"})
	c.expect(`42["playlist:updated",{"playlistId":"p"}]`)
	d := display(t, base, `{"token":"d1"}`)
	c.expect(`42["device:status-update",{"deviceId":"d1","status":"online",*`)
	_ = d.ws.CloseNow()
	c.expect(`42["device:status-update",{"deviceId":"d1","status":"offline",*`, `42["health:alert",{"deviceId":"d1","alertType":"offline","severity":"warning",*`)
}

func TestSnapshotIsCut(t *testing.T) {
	p, b, base := platform(t, PlatformOptions{})
	b.displays = make([]DisplayState, maxSnapshot+1)
	b.displays[0] = DisplayState{ID: "seen", Status: "online", LastSeen: time.Now()}
	c := enter(t, base, `40{"token":"ann"}`)
	got := c.next()
	if n := strings.Count(got, "deviceId"); n != maxSnapshot || strings.Contains(got, `"seen"`) {
		t.Errorf("%d rows; the only display ever seen is among them: %v", n, strings.Contains(got, `"seen"`))
	}
	p.Close()
	c.expectClose()
}

func TestShutdown(t *testing.T) {
	p, _, base := platform(t, PlatformOptions{ShutdownGrace: time.Millisecond})
	c := dashboard(t, base, "ann")
	p.Shutdown(context.Background())
	c.expect(`42["server:shutdown",{"reconnect":true}]`, "41")
	c.expectClose()
}

func TestHealth(t *testing.T) {
	_, _, base := platform(t, PlatformOptions{})
	for path, text := range map[string]string{
		"/api/health": `"status":"healthy"`, "/api/health/live": `{"status":"ok"}`,
		"/api/health/ready": `"ready":true`, "/api/status": `"websocket":"active"`,
	} {
		if status, body := request(t, "GET", base+path, ""); status != 200 || !strings.Contains(body, text) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// TestPolling repeats the recorded exchange (polling.jsonl) and a shutdown.
func TestPolling(t *testing.T) {
	p, _, base := platform(t, PlatformOptions{ShutdownGrace: 50 * time.Millisecond, AuthDelay: 50 * time.Millisecond})
	url := openPolling(t, base)
	want(t, "POST", url, `40{"token":"ann"}`, 200, "ok")
	for _, prefix := range []string{`40{"sid":"`, `42["device:status:batch",[{"deviceId":"d2","status":"pairing"`} {
		if status, body := request(t, "GET", url, ""); status != 200 || !strings.HasPrefix(body, prefix) {
			t.Fatalf("%d %s", status, body)
		}
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		p.Shutdown(context.Background())
	}()
	want(t, "GET", url, "", 200, `42["server:shutdown",{"reconnect":true}]`)
	if status, body := request(t, "GET", url, ""); status != 200 || !strings.HasPrefix(body, "41") {
		t.Errorf("%d %q", status, body)
	}
	<-over
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	p, _, base := platform(t, PlatformOptions{ShutdownGrace: time.Hour})
	c := dashboard(t, base, "ann")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	go p.Shutdown(ctx)
	c.expect(`42["server:shutdown",{"reconnect":true}]`, "41")
	c.expectClose()
}

func TestWindows(t *testing.T) {
	start := time.UnixMilli(0)
	w := window{length: time.Minute}
	for i, c := range []struct {
		after time.Duration
		want  bool
	}{{time.Hour, true}, {time.Hour + time.Second, true}, {time.Hour + 59*time.Second, false}, {time.Hour + time.Minute, true}} {
		if got := w.allow(start.Add(c.after), 2); got != c.want {
			t.Errorf("%d: %v", i, got)
		}
	}
	many := newWindows(time.Nanosecond)
	for i := range maxWindows + 100 {
		many.allow(string(rune(i)), 1)
	}
	if len(many.byKey) > maxWindows {
		t.Errorf("%d windows are kept", len(many.byKey))
	}
}
