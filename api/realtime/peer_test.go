package realtime

// This file is the tests' own server side: an HTTP server over in-memory
// pipes, which runs under testing/synctest, and a scripted Socket.IO peer.

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const (
	openFrame   = `0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":2097152}`
	acceptFrame = `40{"sid":"c"}`
	statusFrame = `42["device:status",{"deviceId":"d1","status":"online","lastSeen":"2026-11-23T07:22:22.373Z","timestamp":"2026-11-23T07:22:22.373Z"}]`
)

// pipeNet is a network of in-memory pipes with one server on it.
type pipeNet struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once

	handlers sync.WaitGroup // under way, also on hijacked connections

	mu      sync.Mutex
	refused bool // dials fail
	dials   int
	ends    []net.Conn // the client's
}

func (n *pipeNet) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	n.mu.Lock()
	n.dials++
	refused := n.refused
	n.mu.Unlock()
	if refused {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
	}
	client, server := net.Pipe()
	select {
	case n.conns <- server:
		n.mu.Lock()
		n.ends = append(n.ends, client)
		n.mu.Unlock()
		return client, nil
	case <-n.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (n *pipeNet) refuse(yes bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refused = yes
}

func (n *pipeNet) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

func (n *pipeNet) Close() error   { n.once.Do(func() { close(n.done) }); return nil }
func (n *pipeNet) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// serve runs handler on a pipeNet and stops it at the end of the test.
func serve(t *testing.T, handler http.Handler) *pipeNet {
	t.Helper()
	n := &pipeNet{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.handlers.Add(1)
		defer n.handlers.Done()
		handler.ServeHTTP(w, r)
	})}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		_ = server.Serve(n)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-finished
		n.handlers.Wait()
	})
	return n
}

// peer is the server's end of one scripted WebSocket.
type peer struct {
	t     *testing.T
	conn  *websocket.Conn
	in    chan string // what the client sent, pongs left out
	gone  chan struct{}
	pongs int
	n     int // which connection this is, from 1
}

func (p *peer) send(frames ...string) {
	for _, f := range frames {
		if err := p.conn.Write(context.Background(), websocket.MessageText, []byte(f)); err != nil {
			return // the client went; the test sees that on its side
		}
	}
}

// connect does the handshake up to the client's CONNECT and returns that.
func (p *peer) connect() string {
	p.send(openFrame)
	return p.next()
}

// next is what the client sent next, or "" when it went.
func (p *peer) next() string {
	select {
	case f := <-p.in:
		return f
	case <-p.gone:
		return ""
	}
}

// beat keeps the connection alive with pings until the client goes or d is over.
func (p *peer) beat(d time.Duration) {
	end := time.NewTimer(d)
	defer end.Stop()
	ping := time.NewTicker(25 * time.Second)
	defer ping.Stop()
	for {
		select {
		case <-ping.C:
			p.send("2")
		case <-end.C:
			return
		case <-p.gone:
			return
		}
	}
}

func (p *peer) read() {
	defer close(p.gone)
	for {
		_, data, err := p.conn.Read(context.Background())
		if err != nil {
			return
		}
		if strings.HasPrefix(string(data), "3") {
			p.pongs++
			continue
		}
		p.in <- string(data)
	}
}

// serveScript plays script on every WebSocket; the connection is cut at its end.
func serveScript(t *testing.T, script func(*peer)) *pipeNet {
	var mu sync.Mutex
	n := 0
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		mu.Lock()
		n++
		p := &peer{t: t, conn: conn, in: make(chan string, 64), gone: make(chan struct{}), n: n}
		mu.Unlock()
		go p.read()
		script(p)
		_ = conn.CloseNow()
		<-p.gone
	}))
}

// options are for a Session on n.
func (n *pipeNet) options(auth Auth) Options {
	return Options{
		URL: "http://platform.test", Auth: auth, DialContext: n.dial, Transport: TransportWebSocket,
		Proxy: noProxy,
	}
}

// errEnough ends a Run from its sink.
var errEnough = errors.New("enough")

// tape records the Items of a Session.
type tape struct {
	states []State
	events []Event
}

// run streams until enough says so, and returns what was recorded.
func run(t *testing.T, o Options, enough func(*tape) bool) (*tape, error) {
	t.Helper()
	rec := &tape{}
	ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour) // of virtual time
	defer cancel()
	err := Open(o).Run(ctx, rec.sink(enough))
	return rec, err
}

func (rec *tape) sink(enough func(*tape) bool) func(Item) error {
	return func(i Item) error {
		switch i := i.(type) {
		case State:
			rec.states = append(rec.states, i)
		case Event:
			rec.events = append(rec.events, i)
		}
		if enough(rec) {
			return errEnough
		}
		return nil
	}
}

// count is how many States of a phase there were.
func (rec *tape) count(p Phase) int {
	n := 0
	for _, s := range rec.states {
		if s.State == p {
			n++
		}
	}
	return n
}

// last is the last State of a phase.
func (rec *tape) last(p Phase) State {
	for i := len(rec.states) - 1; i >= 0; i-- {
		if rec.states[i].State == p {
			return rec.states[i]
		}
	}
	return State{}
}

// phases is the sequence of phases and reasons, for comparing.
func (rec *tape) phases() string {
	var parts []string
	for _, s := range rec.states {
		part := string(s.State)
		if s.Reason != "" {
			part += ":" + string(s.Reason)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func until(p Phase, n int) func(*tape) bool {
	return func(rec *tape) bool { return rec.count(p) >= n }
}

// scriptedAuth is an Auth whose answers a test sets.
type scriptedAuth struct {
	mu             sync.Mutex
	token          string
	renew          func(stale string) (string, error)
	check          func() error
	renews, checks int
}

func (a *scriptedAuth) Token(context.Context) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.token, nil
}

func (a *scriptedAuth) Renew(_ context.Context, stale string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.renews++
	if a.renew == nil {
		return "", ErrSessionGone
	}
	token, err := a.renew(stale)
	if err == nil {
		a.token = token
	}
	return token, err
}

func (a *scriptedAuth) Check(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.checks++
	if a.check == nil {
		return nil
	}
	return a.check()
}
