package socketio

// This file is about an Engine.IO session whatever its transport: the queue of
// what is to be sent, the heartbeat, and its end.

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// closing says how a session ends on the wire.
type closing int

const (
	closeServer closing = iota + 1 // by the server: the close packet, or a close frame
	closeClient                    // the client asked: its open poll is released
	closeAbort                     // the connection is cut without a word
)

// closeGrace bounds the WebSocket closing handshake with a peer that may be
// dead.
const closeGrace = 5 * time.Second

// session is one Engine.IO session.
type session struct {
	srv    *Server
	id     string
	header http.Header
	remote string
	url    *url.URL
	opened time.Time
	conn   *conn // the Socket.IO side

	ctx    context.Context // done when the session is closed
	cancel context.CancelFunc
	wake   chan struct{} // there may be something to send, or a change of state
	recv   sync.Mutex    // packets are handled one at a time, in order

	mu           sync.Mutex
	queue        []wire.Packet
	queued       int // bytes
	isSocket     bool
	ws           *link // once isSocket
	upgrading    bool
	polling      bool // a GET is in flight
	posting      bool // a POST is in flight
	how          closing
	timer        *time.Timer
	awaitingPong bool
}

func newSession(srv *Server, r *http.Request, isSocket bool) *session {
	s := &session{
		srv: srv, id: newID(), header: r.Header.Clone(), remote: r.RemoteAddr, url: r.URL, opened: time.Now(),
		wake: make(chan struct{}, 1), isSocket: isSocket,
	}
	s.header.Set("Host", r.Host) // which net/http takes out
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.conn = newConn(s)
	s.mu.Lock()
	s.timer = time.AfterFunc(srv.opts.PingInterval, s.beat)
	s.mu.Unlock()
	return s
}

// transport is the name of the current transport.
func (s *session) transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isSocket {
		return "websocket"
	}
	return "polling"
}

// signal wakes whoever sends for the session.
func (s *session) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// send queues packets, which it keeps: their data must not change afterwards.
// It never blocks; a client that lets too much pile up is cut off.
func (s *session) send(packets ...wire.Packet) {
	s.mu.Lock()
	if s.how != 0 {
		s.mu.Unlock()
		return
	}
	s.queue = append(s.queue, packets...)
	for _, p := range packets {
		s.queued += len(p.Data) + 1
	}
	tooMuch := s.queued > s.srv.opts.MaxQueued
	s.mu.Unlock()
	if tooMuch {
		// Not here: the caller may hold locks that the end of the session needs.
		go s.close("transport error", closeAbort)
		return
	}
	s.signal()
}

// writable says whether what is sent now leaves at once.
func (s *session) writable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.how == 0 && len(s.queue) == 0 && (s.isSocket || s.polling)
}

// take empties the queue.
func (s *session) take() []wire.Packet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.takeLocked()
}

func (s *session) takeLocked() []wire.Packet {
	packets := s.queue
	s.queue, s.queued = nil, 0
	return packets
}

// beat is the timer's work: a ping is due, or the pong is overdue.
func (s *session) beat() {
	s.mu.Lock()
	if s.how != 0 {
		s.mu.Unlock()
		return
	}
	if s.awaitingPong {
		s.mu.Unlock()
		s.close("ping timeout", closeServer)
		return
	}
	s.awaitingPong = true
	s.timer.Reset(s.srv.opts.PingTimeout)
	s.mu.Unlock()
	s.send(wire.Packet{Type: wire.Ping})
}

// pong notes that the client lives.
func (s *session) pong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.how == 0 && s.awaitingPong {
		s.awaitingPong = false
		s.timer.Reset(s.srv.opts.PingInterval)
	}
}

// receive handles packets of the client, in order.
func (s *session) receive(packets ...wire.Packet) {
	s.recv.Lock()
	defer s.recv.Unlock()
	for _, p := range packets {
		if s.ctx.Err() != nil {
			return
		}
		switch p.Type {
		case wire.Pong:
			s.pong()
		case wire.Ping: // invalid heartbeat direction
			s.close("transport error", closeServer)
		case wire.Close:
			s.close("transport close", closeClient)
		case wire.MessagePacket:
			s.conn.receive(p.Data, p.Binary)
		}
	}
}

// close ends the session, once. The reason is what sockets are told, in the
// reference's words.
func (s *session) close(reason string, how closing) {
	s.mu.Lock()
	if s.how != 0 {
		s.mu.Unlock()
		return
	}
	s.how = how
	s.timer.Stop()
	ws := s.ws
	s.mu.Unlock()
	s.srv.forget(s)
	s.cancel()
	if ws != nil {
		if how == closeAbort {
			ws.cut()
		} else {
			// The writer says goodbye, unless it is stuck on a dead peer.
			time.AfterFunc(closeGrace, ws.cut)
			context.AfterFunc(s.srv.quit, ws.cut)
		}
	}
	s.conn.closed(reason)
}
