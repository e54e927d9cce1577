package realtime

// This file is about a Session: a stream of events that outlives its
// connections. It connects, decides when the stream is live, and after every
// ending connects again (reconnect.go decides when and with which token).

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"
)

// silenceMeansLive is how long after CONNECT the server may drop a socket it
// does not accept; it confirms CONNECT before it has checked (contract realtime 8.1).
const silenceMeansLive = 1200 * time.Millisecond

// Session is a stream of events. Create it with Open and start it with Run.
type Session struct {
	options Options
	wall    func() time.Time // the wall clock; nil: the real one. Tests suspend the computer with it

	mu   sync.Mutex
	sock *socket // nil while not live
}

// Open prepares a Session. It does not connect; Run does, and reports wrong options.
func Open(o Options) *Session { return &Session{options: o} }

// Request sends an event and returns the first argument of the server's
// acknowledgement, as raw JSON. payload may be nil. It returns ErrNotLive,
// ErrAckTimeout (also for what the server refuses, contract realtime 4.3),
// ErrTooLarge or the context's error.
func (s *Session) Request(ctx context.Context, name string, payload json.RawMessage) (json.RawMessage, error) {
	s.mu.Lock()
	sock := s.sock
	s.mu.Unlock()
	if sock == nil {
		return nil, ErrNotLive
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, sock.engine.config.AckTimeout)
		defer cancel()
	}
	return sock.request(ctx, name, payload)
}

func (s *Session) setSocket(sock *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sock = sock
}

// Run streams until ctx ends (and returns its error), the sink returns an
// error (and returns that), the options are wrong, or the server definitively
// refuses the token (*AuthError). The sink is called from Run's goroutine, in
// order; the last State is Ended unless the sink failed. While the sink is
// busy the connection is not read past half a megabyte: a slow sink slows the
// server down, and in the end is cut off by it, which is reported as Lost.
// A Session runs once at a time.
func (s *Session) Run(ctx context.Context, sink func(Item) error) error {
	c, err := newConfig(s.options)
	if err != nil {
		return err
	}
	defer c.transport.CloseIdleConnections()
	if s.wall != nil {
		c.wall = s.wall
	}
	return newRunner(s, c, sink).run(ctx)
}

// sinkError marks an error as the sink's.
type sinkError struct{ err error }

func (e sinkError) Error() string { return e.err.Error() }
func (e sinkError) Unwrap() error { return e.err }

// ending is how one attempt or connection ended.
type ending struct {
	reason Reason
	err    error
	at     time.Time
	since  time.Time     // from when on nothing may have come; zero: at
	token  string        // that was used
	lived  time.Duration // how long it was live; 0 if it never was
}

// lastHeard is from when on nothing may have come.
func (e *ending) lastHeard() time.Time {
	if e.since.IsZero() {
		return e.at
	}
	return e.since
}

// runner is one Run.
type runner struct {
	session *Session
	config  *config
	sink    func(Item) error

	seq      uint64
	attempt  int       // since last live
	failures int       // in a row, for the backoff
	renewed  int       // times the token was, since last live
	lostAt   time.Time // zero until first live, and while live
	budget   budget
	recovery recovery
	polling  bool // WebSocket did not work lately: begin with polling
}

func newRunner(s *Session, c *config, sink func(Item) error) *runner {
	return &runner{session: s, config: c, sink: sink}
}

// run is attempt, ending, plan, wait, and again.
func (r *runner) run(ctx context.Context) error {
	for {
		end, err := r.once(ctx)
		var delay time.Duration
		if err == nil {
			delay, err = r.plan(ctx, end)
		}
		if err == nil {
			err = r.emit(State{State: Lost, Reason: end.reason, Err: end.err, Attempt: r.attempt, NextIn: delay, At: end.at, Since: end.lastHeard()})
		}
		if err == nil {
			err = sleep(ctx, delay)
		}
		if err != nil {
			return r.finish(err)
		}
	}
}

// finish tells the sink of the end, and returns what Run returns.
func (r *runner) finish(err error) error {
	var fromSink sinkError
	if errors.As(err, &fromSink) {
		return fromSink.err
	}
	last := State{State: Ended, Reason: ReasonStopped, Attempt: r.attempt, At: time.Now()}
	var auth *AuthError
	if errors.As(err, &auth) {
		last.Reason, last.Err = ReasonAuth, err
	}
	_ = r.emit(last) // nothing follows, so nothing depends on the sink any more
	return err
}

func (r *runner) emit(i Item) error {
	if err := r.sink(i); err != nil {
		return sinkError{err}
	}
	return nil
}

// sleep returns the context's error if that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// once makes one attempt and stays with the connection to its end. An error
// ends the Run.
func (r *runner) once(ctx context.Context) (ending, error) {
	token, err := r.config.Auth.Token(ctx)
	if err != nil {
		return r.noToken(ctx, err)
	}
	if err := r.waitTurn(ctx, token); err != nil {
		return ending{}, err
	}
	r.attempt++
	if err := r.emit(State{State: Connecting, Attempt: r.attempt, At: time.Now()}); err != nil {
		return ending{}, err
	}
	opening, cancel := context.WithTimeout(ctx, r.config.ConnectTimeout)
	defer cancel()
	eng, err := r.dial(opening)
	var sock *socket
	if err == nil {
		r.spendConnect(token)
		if sock, err = openSocket(opening, eng, token, r.recovery); err != nil {
			eng.close(err)
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			return ending{}, ctx.Err()
		}
		return ending{reason: dialReason(err), err: err, at: time.Now(), token: token}, nil
	}
	deadline, _ := opening.Deadline()
	st := &stream{runner: r, sock: sock, deadline: deadline}
	end, err := st.follow(ctx)
	r.session.setSocket(nil)
	sock.close()
	end.token = token
	r.learnTransport(sock.engine.transport().name(), st, end)
	if !st.liveAt.IsZero() {
		end.lived = end.at.Sub(st.liveAt)
		r.lostAt = end.at
	}
	return end, err
}

// tellTurn is how long a wait for the server's limit on connections goes by
// without a word.
const tellTurn = time.Second

// waitTurn waits until the token may connect: other processes may have used up
// what the server allows.
func (r *runner) waitTurn(ctx context.Context, token string) error {
	wait := r.mayConnect(token)
	if wait >= tellTurn {
		if err := r.emit(State{State: Connecting, Attempt: r.attempt + 1, NextIn: wait, At: time.Now()}); err != nil {
			return err
		}
	}
	return sleep(ctx, wait)
}

// noToken is an attempt that failed for want of a token.
func (r *runner) noToken(ctx context.Context, err error) (ending, error) {
	switch {
	case ctx.Err() != nil:
		return ending{}, ctx.Err()
	case errors.Is(err, ErrSessionGone):
		return ending{}, &AuthError{Err: err}
	}
	r.attempt++
	return ending{reason: ReasonNoToken, err: err, at: time.Now()}, nil
}

// dial opens a session, falling back to polling where something between here
// and the server seems to refuse WebSocket.
func (r *runner) dial(ctx context.Context) (*engine, error) {
	if name := r.config.Transport; name != TransportAuto {
		return dialEngine(ctx, r.config, name)
	}
	if !r.polling {
		// Half of the time is left for polling.
		first, cancel := context.WithTimeout(ctx, r.config.ConnectTimeout/2)
		eng, err := dialEngine(first, r.config, TransportWebSocket)
		cancel()
		if err == nil || ctx.Err() != nil || !refusesWebSocket(err) {
			return eng, err
		}
	}
	eng, err := dialEngine(ctx, r.config, TransportPolling)
	r.polling = err == nil
	if err != nil {
		return nil, err
	}
	if eng.canUpgrade() {
		eng.tasks.Add(1)
		go eng.keepUpgrading()
	}
	return eng, nil
}

// refusesWebSocket says whether polling may work where WebSocket failed: not
// if there was no connection at all.
func refusesWebSocket(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") {
		return false
	}
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	return !errors.As(err, &certificate) && !errors.As(err, &unknown)
}

// dialReason names a failure to connect.
func dialReason(err error) Reason {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errNoAnswer):
		return ReasonNoAnswer
	case errors.Is(err, ErrProtocol):
		return ReasonProtocol
	}
	return ReasonRefused
}

// learnTransport remembers for the next attempt what worked in this one.
func (r *runner) learnTransport(name string, st *stream, end ending) {
	switch {
	case r.config.Transport != TransportAuto:
	case st.accepted:
		r.polling = name == TransportPolling
	case end.reason == ReasonAuth:
	default:
		// Opened, but CONNECT was not answered: something may be in the way of
		// this transport, so the other one is next.
		r.polling = name == TransportWebSocket
	}
}

// wentLive notes and tells that the stream is live.
func (r *runner) wentLive(transport string, recovered bool) error {
	now := time.Now()
	live := State{State: Live, Attempt: r.attempt, Transport: transport, Recovered: recovered, At: now}
	if !r.lostAt.IsZero() {
		live.DownFor = now.Sub(r.lostAt)
	}
	r.attempt, r.renewed, r.lostAt = 0, 0, time.Time{}
	return r.emit(live)
}

// deliver hands an event to the sink.
func (r *runner) deliver(ev Event) error {
	r.seq++
	ev.Seq = r.seq
	return r.emit(ev)
}
