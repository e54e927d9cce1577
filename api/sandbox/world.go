// The whole sandbox: the REST half, the realtime half, and a simulated fleet, joined as on the platform.

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/api/sandbox/fleet"
	"github.com/vizora/vizora-cli/api/sandbox/socketio"
)

// WorldOptions are the settings of a World.
type WorldOptions struct {
	Options                    // Hooks is set by StartWorld
	RealtimeAddr string        // "" = 127.0.0.1:0
	Events       Events        // which event names dashboards get
	Fleet        int           // how many of the displays are simulated; -1 = all
	FlapEvery    time.Duration // mean time between a simulated display's failures; 0 = they stay online
	Realtime     socketio.PlatformOptions
	Redis        *redis.Client // of a cluster of sandboxes; nil = alone
	Tell         func(string)  // called with what becomes of the cluster
}

// Events selects the vocabulary of the realtime side.
type Events = socketio.Vocabulary

// The vocabularies.
const (
	EventsPlatform = socketio.PlatformEvents
	EventsProduct  = socketio.ProductEvents
)

// World is a running sandbox with both halves.
type World struct {
	*Server
	Realtime    *socketio.Platform
	realtimeURL string
	web         *http.Server
	fleet       *fleet.Fleet
	others      *cluster // nil without one
	served      sync.WaitGroup
	shots       *shots
	upheaval    *upheaval
	stopping    context.Context // done when the world ends
	stop        context.CancelFunc
}

// StartWorld starts both halves and the fleet; all of it listens when it returns.
func StartWorld(ctx context.Context, o WorldOptions) (*World, error) {
	join := &joint{shots: &shots{images: map[string][]byte{}}}
	o.Hooks = join.hooks()
	if o.Redis != nil {
		var err error
		if o.others, err = newCluster(ctx, o.Redis, o.Tell); err != nil {
			return nil, err
		}
	}
	server, err := Start(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	join.server = server
	o.Realtime.Server.Faults = realtimeFaults(o.Faults, o.Seed)
	o.Realtime.Vocabulary = o.Events
	w := &World{Server: server, Realtime: socketio.NewPlatform(join, o.Realtime), shots: join.shots}
	w.stopping, w.stop = context.WithCancel(context.Background())
	w.upheaval = newUpheaval(w, o.Seed)
	w.upheaval.set(o.Faults)
	join.attach(w.Realtime)
	if w.others = o.others; w.others != nil {
		w.others.join(ctx, w)
	}
	if err := w.listen(ctx, o); err != nil {
		w.stop()
		w.Realtime.Close()
		w.served.Wait()
		return nil, errors.Join(err, server.Close())
	}
	join.shots.base = w.realtimeURL
	if err := w.startFleet(ctx, o); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// RealtimeURL is the address of the realtime half, "http://127.0.0.1:PORT".
func (w *World) RealtimeURL() string { return w.realtimeURL }

func (w *World) listen(ctx context.Context, o WorldOptions) error {
	at := Options{Addr: o.RealtimeAddr, AllowRemote: o.AllowRemote}.withDefaults()
	l, err := listen(ctx, at)
	if err != nil {
		return fmt.Errorf("sandbox: realtime: %w", err)
	}
	w.realtimeURL = "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("GET /screenshots/", w.shots)
	mux.Handle("POST "+controlPath, w.control())
	mux.Handle("/", w.Realtime)
	w.web = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	w.served.Go(func() { _ = w.web.Serve(l) })
	w.served.Go(w.upheaval.run)
	w.served.Go(w.correct)
	if o.Events == EventsProduct {
		w.served.Go(w.execute)
	}
	return nil
}

// startFleet connects simulated players to the first displays of the admin's organisation.
func (w *World) startFleet(ctx context.Context, o WorldOptions) error {
	ids := w.Displays(w.Login().OrganizationID)
	if o.Fleet >= 0 && o.Fleet < len(ids) {
		ids = ids[:o.Fleet]
	}
	taken := o.Fleet < 0 && o.others != nil && o.others.adopted // by the sandbox that had the world first
	if len(ids) == 0 || taken {
		return nil
	}
	players := fleet.Options{URL: w.realtimeURL, Seed: o.Seed, HeartbeatInterval: o.Realtime.HeartbeatInterval}
	if o.FlapEvery > 0 {
		players.FlapsPerHour = float64(time.Hour) / float64(o.FlapEvery)
	}
	for _, id := range ids {
		token, err := w.DeviceToken(id)
		if err != nil {
			return err
		}
		players.Devices = append(players.Devices, fleet.DeviceCredential{ID: id, Token: token})
	}
	var err error
	w.fleet, err = fleet.Start(ctx, players)
	return err
}

// Shutdown ends the realtime half as the platform does, with its notice and grace (contract realtime 2.5), then all.
func (w *World) Shutdown(ctx context.Context) error {
	if w.fleet != nil {
		w.fleet.Close()
	}
	w.Realtime.Shutdown(ctx)
	return w.Close()
}

// Close stops everything at once, saves the state and leaves no goroutine.
func (w *World) Close() error {
	w.others.leave()
	w.stop()
	if w.fleet != nil {
		w.fleet.Close()
	}
	w.Realtime.Close()
	err := w.web.Close()
	w.served.Wait()
	return errors.Join(err, w.Server.Close())
}

// joint is what each half knows of the other. It exists before either, and
// calls that come before both are there find nobody.
type joint struct {
	server   *Server
	mu       sync.Mutex
	platform *socketio.Platform
	shots    *shots
}

func (j *joint) attach(p *socketio.Platform) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.platform = p
}

func (j *joint) realtime() *socketio.Platform {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.platform
}

var (
	errNoRealtime = errors.New("realtime service is not running")
	errNoSockets  = errors.New("no_sockets")
)

// hooks is the side-effect map of contract rest 1.14.
func (j *joint) hooks() Hooks {
	return Hooks{
		PushPlaylist: func(display string, playlist json.RawMessage) {
			if p := j.realtime(); p != nil && !p.Down() {
				p.PushPlaylist(display, playlist)
			}
		},
		PushContent: func(display string, content json.RawMessage, minutes int) error {
			p := j.realtime()
			if p == nil || p.Down() {
				return errNoRealtime
			}
			if err := p.PushContent(display, content, minutes); err != nil {
				return errNoSockets
			}
			return nil
		},
		Command: func(display string, command json.RawMessage) (bool, error) {
			if p := j.realtime(); p != nil && !p.Down() {
				return p.Command(display, command)
			}
			return false, errNoRealtime
		},
		DeviceRevoked: func(display, reason string) {
			if p := j.realtime(); p != nil {
				p.DeviceRevoked(display, reason)
			}
		},
		Notification: func(org string, notification json.RawMessage, user string) {
			if p := j.realtime(); p != nil && !p.Down() {
				_ = p.EmitNotification(org, notification, user)
			}
		},
		Changed: j.changed,
	}
}

// changed emits what only the product's documents promise; the platform's own vocabulary leaves it out (contract realtime 5).
func (j *joint) changed(c Change) {
	p := j.realtime()
	if p == nil || c.Kind != "playlist" {
		return
	}
	p.EmitOrg(c.OrganizationID, "playlist:updated", map[string]any{"playlistId": c.ID, "action": c.Action, "payload": c.Row})
}

// VerifyUser implements socketio.Backend: the signature and the revocations, but
// neither the role nor whether the user is active (contract realtime 2.3).
func (j *joint) VerifyUser(token string) (socketio.User, error) {
	s := j.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	now := s.opts.Now()
	c, err := readToken(s.db.userKey, token, now)
	if err != nil || c.Type != "user" || c.OrganizationID == "" {
		return socketio.User{}, ErrToken
	}
	_, loggedOut := s.db.revoked[c.JTI]
	u := s.db.users[c.Subject]
	if loggedOut || u == nil || u.RevokedUntil > now.UnixMilli() || c.IssuedAt*1000 < u.TokensFrom {
		return socketio.User{}, socketio.ErrSessionRevoked
	}
	return socketio.User{ID: c.Subject, OrganizationID: c.OrganizationID, JTI: c.JTI, Issued: time.Unix(c.IssuedAt, 0), Expires: time.Unix(c.Expires, 0).UTC()}, nil
}

// SessionOver implements socketio.SessionJudge.
func (j *joint) SessionOver(userID string, issued time.Time) string {
	s := j.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	u := s.db.users[userID]
	switch {
	case u == nil || u.RevokedUntil > s.opts.Now().UnixMilli():
		return revokedSession
	case issued.UnixMilli() < u.TokensFrom:
		return passwordChanged
	}
	return ""
}

// VerifyDevice implements socketio.Backend (contract realtime 2.2).
func (j *joint) VerifyDevice(token string) (socketio.Device, error) {
	s := j.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := readToken(s.db.deviceKey, token, s.opts.Now())
	switch {
	case errors.Is(err, errTokenExpired) && c.Type == "device":
		return socketio.Device{}, socketio.ErrTokenExpired
	case err != nil || c.Type != "device":
		return socketio.Device{}, ErrToken
	}
	t, d := s.findDisplay(c.Subject)
	if d == nil || d.IsDisabled || d.JWTToken == nil || *d.JWTToken != hashText(token) {
		return socketio.Device{}, socketio.ErrDeviceRevoked
	}
	if t.org.SubscriptionStatus == "suspended" {
		return socketio.Device{}, socketio.ErrTenantSuspended
	}
	return socketio.Device{ID: d.ID, OrganizationID: d.OrganizationID}, nil
}

// DisplayName implements socketio.DisplayNamer.
func (j *joint) DisplayName(display string) string {
	s := j.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, d := s.findDisplay(display); d != nil && d.Nickname != nil {
		return *d.Nickname
	}
	return display
}

// Snapshot implements socketio.Backend.
func (j *joint) Snapshot(org string) []socketio.DisplayState {
	states := j.server.DisplaySnapshot(org)
	out := make([]socketio.DisplayState, len(states))
	for i, s := range states {
		out[i] = socketio.DisplayState{ID: s.ID, Status: s.Status, LastSeen: s.LastHeartbeat}
	}
	return out
}

// SetStatus implements socketio.Backend.
func (j *joint) SetStatus(display, status string, at time.Time) {
	j.server.SetDisplayStatus(display, status, at)
}

// CurrentPlaylist implements socketio.PlaylistSource.
func (j *joint) CurrentPlaylist(display string) (json.RawMessage, bool) {
	id, row := j.server.CurrentPlaylist(display, time.Now())
	return row, id != "" && row != nil
}

// DeviceReport implements socketio.DeviceReports.
func (j *joint) DeviceReport(display, event string, payload json.RawMessage, at time.Time) {
	j.server.DeviceReport(display, event, payload, at)
}

// SaveScreenshot implements socketio.ScreenshotSink.
func (j *joint) SaveScreenshot(display, request string, image []byte, width, height int) (string, error) {
	url := j.shots.save(display, request, image)
	j.server.SetScreenshot(display, url, width, height, time.Now())
	return url, nil
}

// shots keeps the newest screenshot of each display and serves it, as the platform's object storage does under a presigned address.
type shots struct {
	base   string
	mu     sync.Mutex
	images map[string][]byte // by path
	newest map[string]string // path by display
}

func (s *shots) save(display, request string, image []byte) string {
	path := "/screenshots/" + display + "/" + request + ".png"
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest == nil {
		s.newest = map[string]string{}
	}
	delete(s.images, s.newest[display])
	s.images[path], s.newest[display] = image, path
	return s.base + path
}

// ServeHTTP serves one picture.
func (s *shots) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	image, ok := s.images[r.URL.Path]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType(image))
	_, _ = w.Write(image)
}
