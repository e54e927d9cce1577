package socketio

// This file is about the platform's realtime service as a whole: what it needs
// of the REST half, its options, its state, and its end.

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"
)

// User is who a user token speaks for.
type User struct {
	ID, OrganizationID, JTI string
	Issued, Expires         time.Time
}

// Device is the display that a device token speaks for.
type Device struct{ ID, OrganizationID string }

// DisplayState is one row of the status snapshot.
type DisplayState struct {
	ID       string
	Status   string    // online, offline, pairing or error
	LastSeen time.Time // zero when never seen
}

// Errors by which a Backend tells why it refuses a token. Any other error of
// VerifyDevice means "not a device token", any other of VerifyUser "invalid".
var (
	ErrTokenExpired    = errors.New("token expired")
	ErrDeviceRevoked   = errors.New("device token stale")
	ErrTenantSuspended = errors.New("tenant suspended")
	ErrSessionRevoked  = errors.New("session revoked") // a good signature, but logged out or replaced
)

// Errors of deliveries to a display.
var (
	ErrDeviceOffline   = errors.New("device is not connected")
	ErrNotAcknowledged = errors.New("device did not acknowledge")
)

// Backend is what Platform needs of the REST half. Its methods may be called
// from several goroutines at once and must not wait for Platform.
type Backend interface {
	VerifyUser(token string) (User, error)
	VerifyDevice(token string) (Device, error)
	// Snapshot returns every display of an organization.
	Snapshot(orgID string) []DisplayState
	SetStatus(displayID, status string, at time.Time)
}

// A Backend may also have these methods; each adds to what displays see.
type (
	// PlaylistSource gives a display's current playlist object, or false.
	PlaylistSource interface {
		CurrentPlaylist(displayID string) (json.RawMessage, bool)
	}
	// ScreenshotSink stores the image a display sent and returns its address.
	ScreenshotSink interface {
		SaveScreenshot(displayID, requestID string, image []byte, width, height int) (url string, err error)
	}
	// DeviceReports takes what displays report: event is heartbeat,
	// content:impression or content:error, payload its JSON.
	DeviceReports interface {
		DeviceReport(displayID, event string, payload json.RawMessage, at time.Time)
	}
	// DisplayNamer gives a display's name for the device_online notification.
	DisplayNamer interface{ DisplayName(displayID string) string }
)

// Vocabulary is which event names are used towards dashboards.
type Vocabulary int

const (
	// PlatformEvents are the names the platform emits (contract realtime 4.1).
	PlatformEvents Vocabulary = iota
	// ProductEvents are the names of the product's documents: device status
	// under device:status-update, and the three events that the platform never
	// emits (contract realtime 5).
	ProductEvents
)

// PlatformOptions are the settings of a Platform. A zero field means the
// platform's value; a negative limit means none.
type PlatformOptions struct {
	Server            Options
	Vocabulary        Vocabulary
	ConnectsPerMinute int           // per token (10)
	MessagesPerMinute int           // per socket (60)
	AuthDelay         time.Duration // between CONNECT and the end of authentication (5 ms)
	ShutdownGrace     time.Duration // between server:shutdown and the disconnect (2 s)
	AckTimeout        time.Duration // for a delivery to a display (10 s)
	LongAbsence       time.Duration // after which a return is notified (2 min)
	HeartbeatInterval time.Duration // displays are told to keep (15 s)
	SweepEvery        time.Duration // how often sessions that are over are looked for (60 s)
}

func (o PlatformOptions) withDefaults() PlatformOptions {
	setDefault(&o.ConnectsPerMinute, 10)
	setDefault(&o.MessagesPerMinute, 60)
	setDefault(&o.AuthDelay, 5*time.Millisecond)
	setDefault(&o.ShutdownGrace, 2*time.Second)
	setDefault(&o.AckTimeout, 10*time.Second)
	setDefault(&o.LongAbsence, 2*time.Minute)
	setDefault(&o.HeartbeatInterval, 15*time.Second)
	setDefault(&o.SweepEvery, time.Minute)
	return o
}

// Platform is the platform's realtime service. It is an http.Handler for
// "/socket.io/" and the health endpoints under "/api/"; its Server alone serves
// the former.
//
// Revoke, DeviceRevoked, Command and Shutdown may end sockets and so call
// Backend.SetStatus before they return; PushPlaylist, PushContent and Command
// may wait for a display. Callers must hold no lock that the Backend takes.
type Platform struct {
	*Server // DropAll and SetFaults come from here
	opts    PlatformOptions
	backend Backend
	nsp     *Namespace
	mux     *http.ServeMux
	started time.Time

	connects *windows

	mu       sync.Mutex
	members  map[*Socket]*member
	crashing bool                 // who departs now is not reported
	active   map[string]*member   // by display id: the socket that deliveries go to
	absent   map[string]time.Time // by display id: since when it has been offline
	mail     map[string]*mailbox  // by display id: what waits for it
}

// NewPlatform returns a service on backend. Close or Shutdown must be called
// when it is no longer needed.
func NewPlatform(backend Backend, opts PlatformOptions) *Platform {
	p := &Platform{
		Server: NewServer(opts.Server), opts: opts.withDefaults(), backend: backend, started: time.Now(),
		connects: newWindows(time.Minute), members: map[*Socket]*member{}, active: map[string]*member{},
		absent: map[string]time.Time{}, mail: map[string]*mailbox{},
	}
	p.nsp = p.Of("/")
	p.nsp.Use(p.admit)
	p.nsp.OnConnection(p.connected)
	p.nsp.OnServerEvent(answerServer)
	p.mux = p.routes()
	if judge, ok := backend.(SessionJudge); ok && p.begin() {
		go p.sweep(judge)
	}
	return p
}

// ServeHTTP serves Socket.IO and the health endpoints.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.away(r.URL.Query().Get("sid")) {
		panic(http.ErrAbortHandler) // cuts the connection
	}
	p.mux.ServeHTTP(w, r)
}

// Shutdown ends the service as the platform does on SIGTERM (contract realtime
// 2.5): server:shutdown, a grace, a soft disconnect, then the transports. When
// ctx ends, the grace ends.
func (p *Platform) Shutdown(ctx context.Context) {
	p.sayGoodbye(ctx)
	p.CloseGently(time.Second)
}

// sayGoodbye is the part of a shutdown that clients see. It takes no longer than
// there are some.
func (p *Platform) sayGoodbye(ctx context.Context) {
	// The other servers of a cluster stay.
	_ = p.nsp.EmitTo(Target{Local: true}, "server:shutdown", map[string]bool{"reconnect": true})
	ctx, cancel := context.WithTimeout(ctx, p.opts.ShutdownGrace)
	defer cancel()
	for len(p.nsp.Sockets()) > 0 && ctx.Err() == nil {
		wait(ctx, goodbyeLook, p.ending)
	}
	for _, s := range p.nsp.Sockets() {
		s.Disconnect()
	}
}

// goodbyeLook is how often a shutdown looks whether anybody is left.
const goodbyeLook = 20 * time.Millisecond

// Revoke ends every socket of a user. The reason is "revoked" or
// "password_changed" (contract realtime 2.5).
func (p *Platform) Revoke(userID, reason string) {
	for _, m := range p.all() {
		if m.user != nil && m.user.ID == userID {
			m.expire(reason)
		}
	}
}

// all returns every authenticated socket, in no order.
func (p *Platform) all() []*member {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*member, 0, len(p.members))
	for _, m := range p.members {
		all = append(all, m)
	}
	return all
}

// timestamp is a time as the platform writes it: UTC, milliseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// message is the payload of most error events.
func message(text string) map[string]string { return map[string]string{"message": text} }
