// Starting and stopping a sandbox.

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a running sandbox. Its methods are safe for concurrent use.
type Server struct {
	opts     Options
	ids      *source // rows
	draws    *source // faults
	noise    *source // token and request ids, which never repeat
	patterns idPatterns
	routes   *router
	limits   *throttle
	faults   atomic.Pointer[faultPlan]
	started  time.Time

	mu     sync.RWMutex // guards db
	db     *store
	upkeep upkeep
	alerts map[string]time.Time // by rule, display and since when it is silent: when it was last told

	saver    *saver
	http     *http.Server
	url      string
	closing  chan struct{}
	close    sync.Once
	closeErr error
	running  sync.WaitGroup
}

// ErrNotLoopback is returned by Start for an address that other machines can reach, without AllowRemote.
var ErrNotLoopback = errors.New("sandbox: address is not loopback; allow it explicitly to listen there")

// accessTTL is the platform's effective default (contract rest 1.10).
const accessTTL = 7 * 24 * time.Hour

// Start loads or seeds the state and listens. The server runs until Close, or until ctx ends.
func Start(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	ln, err := listen(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: o, draws: newSource(o.Seed, 0), noise: newSource(0, 0), patterns: newIDPatterns(),
		limits: newThrottle(o.Limits, o.LimitScale, o.Now), started: o.Now(),
		url: "http://" + ln.Addr().String(), closing: make(chan struct{}), alerts: map[string]time.Time{},
	}
	s.setFaults(o.Faults)
	s.routes = newRouter(routeTable())
	if s.db, err = loadState(o.StatePath); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	fresh := s.db == nil
	if fresh {
		s.db = newStore()
	}
	s.db.starts++
	s.ids = newSource(o.Seed, s.db.starts) // a restart must not draw the ids of the rows it has loaded
	if fresh {
		s.seed()
	}
	var share func([]byte)
	if o.others != nil {
		share = o.others.share
		if err := s.adopt(ctx, o.others, fresh); err != nil {
			return nil, errors.Join(err, ln.Close())
		}
	}
	s.saver = newSaver(o.StatePath, share)
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: requestTimeout,
		IdleTimeout:       5 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	s.running.Go(func() { _ = s.http.Serve(ln) }) // ends with ErrServerClosed
	s.running.Go(func() { s.saver.run(s.closing, s.snapshot) })
	s.running.Go(s.watchClock)
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	s.running.Go(func() { <-s.closing; stop() })
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.AccessTTL == 0 {
		o.AccessTTL = accessTTL
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func listen(ctx context.Context, o Options) (net.Listener, error) {
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: address %q: %w", o.Addr, err)
	}
	ip := net.ParseIP(host)
	if !o.AllowRemote && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, ErrNotLoopback
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", o.Addr)
}

// URL is the server's origin, such as "http://127.0.0.1:41234"; the API is below /api/v1.
func (s *Server) URL() string { return s.url }

// Login is the seeded administrator.
func (s *Server) Login() Login { return s.Logins()[0] }

// Logins are the seeded accounts: administrator, manager, viewer, one with two-factor login, and the administrator of a second organization.
func (s *Server) Logins() []Login {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]Login(nil), s.db.logins...)
}

// Size is how much the first organization has.
func (s *Server) Size() (displays, playlists, contents int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.db.tenants[0]
	return t.displays.len(), t.playlists.len(), t.contents.len()
}

// Close stops the server, cuts what is still running, and saves the state. It returns the error of the save.
func (s *Server) Close() error {
	s.close.Do(func() {
		close(s.closing)
		ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		if s.http.Shutdown(ctx) != nil {
			_ = s.http.Close()
		}
		s.running.Wait()
		s.closeErr = s.saver.save(s.snapshot)
	})
	return s.closeErr
}
