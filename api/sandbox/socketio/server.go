package socketio

// This file is about the server: the HTTP side of Engine.IO (which request is
// whose, and what refuses it), the table of sessions, and the end of it all.

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// Server is an Engine.IO v4 and Socket.IO v5 server. It is an http.Handler for
// the path "/socket.io/". Close must be called when it is no longer needed.
type Server struct {
	opts   Options
	faults *faults

	mu         sync.Mutex
	sessions   map[string]*session
	namespaces map[string]*Namespace
	closed     bool
	down       bool           // an outage: see outage.go
	work       sync.WaitGroup // every goroutine that serves a session

	quit   context.Context // done when goodbyes are no longer waited for
	kill   context.CancelFunc
	ending chan struct{} // closed when what runs beside the sessions is to stop
	end    func()
}

// NewServer returns a server that has the namespace "/" and no handlers.
func NewServer(opts Options) *Server {
	srv := &Server{opts: opts.withDefaults(), sessions: map[string]*session{}, namespaces: map[string]*Namespace{}}
	srv.quit, srv.kill = context.WithCancel(context.Background())
	srv.ending = make(chan struct{})
	srv.end = sync.OnceFunc(func() { close(srv.ending) })
	srv.faults = newFaults(srv)
	srv.Of(wire.MainNamespace)
	srv.SetFaults(opts.Faults)
	return srv
}

// Of returns the namespace of that name, such as "/admin", and makes it if
// need be.
func (srv *Server) Of(name string) *Namespace {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	nsp, ok := srv.namespaces[name]
	if !ok {
		nsp = newNamespace(name)
		srv.namespaces[name] = nsp
	}
	return nsp
}

// namespace returns the namespace of that name, or nil.
func (srv *Server) namespace(name string) *Namespace {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.namespaces[name]
}

// Sessions is how many transports are open.
func (srv *Server) Sessions() int {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return len(srv.sessions)
}

// DropAll cuts the TCP connection of every client, as a crash would.
func (srv *Server) DropAll() {
	for _, s := range srv.allSessions() {
		s.close("transport close", closeAbort)
	}
}

// Close cuts every session and returns when nothing of the server runs any
// more. Later requests are answered 503.
func (srv *Server) Close() {
	srv.mu.Lock()
	srv.closed = true
	srv.mu.Unlock()
	srv.kill()
	srv.end()
	srv.DropAll()
	srv.work.Wait()
}

// CloseGently says goodbye to every client, waits up to patience for them to
// go, and then does what Close does.
func (srv *Server) CloseGently(patience time.Duration) {
	srv.mu.Lock()
	srv.closed = true
	srv.mu.Unlock()
	for _, s := range srv.allSessions() {
		s.close("server shutting down", closeServer)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		srv.end()
		srv.work.Wait()
	}()
	select {
	case <-gone:
	case <-time.After(patience):
	}
	srv.Close()
	<-gone
}

func (srv *Server) allSessions() []*session {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	all := make([]*session, 0, len(srv.sessions))
	for _, s := range srv.sessions {
		all = append(all, s)
	}
	return all
}

// begin counts one goroutine of the server; false means the server is closed.
func (srv *Server) begin() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if srv.closed {
		return false
	}
	srv.work.Add(1)
	return true
}

// refusal is an Engine.IO error as the client sees it.
type refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// The refusals of Engine.IO, all with status 400 (engine.io 6.6 server.js).
var (
	transportUnknown   = refusal{0, "Transport unknown"}
	sessionUnknown     = refusal{1, "Session ID unknown"}
	badHandshakeMethod = refusal{2, "Bad handshake method"}
	badRequest         = refusal{3, "Bad request"}
	unsupportedVersion = refusal{5, "Unsupported protocol version"}
)

// ServeHTTP serves one Engine.IO request of either transport.
func (srv *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if srv.away(query.Get("sid")) {
		panic(http.ErrAbortHandler) // cuts the connection
	}
	if !srv.begin() {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	defer srv.work.Done()
	upgrade := r.Header.Get("Upgrade") != ""
	s, refused := srv.verify(r, query.Get("transport"), query.Get("sid"), upgrade)
	if refused == nil && s == nil && query.Get("EIO") != wire.ProtocolVersion {
		refused = &unsupportedVersion
	}
	if refused != nil {
		refuse(w, *refused, upgrade)
		return
	}
	switch {
	case upgrade && srv.faults.refusesWebSocket():
		http.Error(w, "WebSocket is not allowed here", http.StatusForbidden)
	case upgrade:
		srv.serveWebSocket(w, r, s)
	case s == nil:
		if s = srv.open(r, false); s != nil {
			s.servePoll(w, r)
		}
	case r.Method == http.MethodGet:
		s.servePoll(w, r)
	case r.Method == http.MethodPost:
		s.servePost(w, r)
	default:
		w.WriteHeader(http.StatusInternalServerError) // as the reference does
	}
}

// verify applies the reference's rules, in its order, and returns the session
// that is addressed, or nil for a handshake.
func (srv *Server) verify(r *http.Request, transport, sid string, upgrade bool) (*session, *refusal) {
	if transport != "polling" && transport != "websocket" {
		return nil, &transportUnknown
	}
	if sid == "" {
		switch {
		case r.Method != http.MethodGet:
			return nil, &badHandshakeMethod
		case (transport == "websocket") != upgrade:
			return nil, &badRequest
		}
		return nil, nil
	}
	srv.mu.Lock()
	s := srv.sessions[sid]
	srv.mu.Unlock()
	if s == nil {
		return nil, &sessionUnknown
	}
	if !upgrade && transport != s.transport() {
		return nil, &badRequest
	}
	return s, nil
}

// refuse answers with an Engine.IO error: JSON, or its bare text to a
// WebSocket handshake, as the reference does.
func refuse(w http.ResponseWriter, what refusal, upgrade bool) {
	if upgrade {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(what.Message))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	body, _ := json.Marshal(what)
	_, _ = w.Write(body)
}

// serveWebSocket serves a WebSocket: a new session, or the upgrade of s.
func (srv *Server) serveWebSocket(w http.ResponseWriter, r *http.Request, s *session) {
	ws, err := accept(w, r)
	if err != nil {
		return
	}
	ws.SetReadLimit(int64(srv.opts.MaxPayload))
	if s != nil {
		s.upgrade(ws)
		return
	}
	if s = srv.open(r, true); s == nil {
		ws.cut()
		return
	}
	s.serveSocket(ws)
}

// open makes a session and queues its open packet. It returns nil when the
// server has been closed meanwhile.
func (srv *Server) open(r *http.Request, isSocket bool) *session {
	s := newSession(srv, r, isSocket)
	upgrades := []string{}
	if !isSocket {
		upgrades = append(upgrades, "websocket")
	}
	s.send(wire.Packet{Type: wire.Open, Data: wire.AppendHandshake(nil, wire.Handshake{
		SID: s.id, Upgrades: upgrades, MaxPayload: srv.opts.MaxPayload,
		PingInterval: int(srv.opts.PingInterval / time.Millisecond),
		PingTimeout:  int(srv.opts.PingTimeout / time.Millisecond),
	})})
	srv.mu.Lock()
	refused := srv.closed || srv.down
	if !refused {
		srv.sessions[s.id] = s
	}
	srv.mu.Unlock()
	if refused {
		s.close("transport close", closeAbort)
		return nil
	}
	return s
}

// forget takes a closed session off the table.
func (srv *Server) forget(s *session) {
	srv.mu.Lock()
	delete(srv.sessions, s.id)
	srv.mu.Unlock()
}

// newID returns an id of 20 characters, as the reference's base64id does.
func newID() string {
	var raw [15]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	return base64.URLEncoding.EncodeToString(raw[:])
}
