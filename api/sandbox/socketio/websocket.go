package socketio

// This file is about the WebSocket transport and the upgrade to it from
// polling.

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// link is a WebSocket and the TCP connection under it. websocket.Conn alone
// cannot be cut once its closing handshake has begun.
type link struct {
	*websocket.Conn
	tcp net.Conn
}

// cut ends the connection without a word, whatever state it is in.
func (l *link) cut() {
	_ = l.tcp.Close()
	_ = l.CloseNow()
}

// accept takes a WebSocket handshake; on an error it has answered.
func accept(w http.ResponseWriter, r *http.Request) (*link, error) {
	taker := &hijacker{ResponseWriter: w}
	// No origin check: the platform has none (contract realtime 1).
	ws, err := websocket.Accept(taker, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	return &link{ws, taker.tcp}, nil
}

// hijacker notes the connection that is taken out of net/http.
type hijacker struct {
	http.ResponseWriter
	tcp net.Conn
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	tcp, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.tcp = tcp
	return tcp, buffers, err
}

// serveSocket reads ws until it ends; it is the session's transport from the
// start or after an upgrade.
func (s *session) serveSocket(ws *link) {
	if !s.adopt(ws) || !s.srv.begin() {
		ws.cut()
		return
	}
	go func() {
		defer s.srv.work.Done()
		s.write(ws)
	}()
	for {
		// Without a deadline on purpose: the heartbeat finds a dead peer, and
		// a context per read costs half the throughput.
		kind, data, err := ws.Read(context.Background())
		if err != nil {
			s.close("transport close", closeClient)
			ws.cut()
			return
		}
		p, err := wire.ParseFrame(data, kind == websocket.MessageBinary)
		if err != nil {
			s.close("parse error", closeServer)
			continue // until the closing handshake is over
		}
		s.receive(p)
	}
}

// adopt makes ws the transport; false means that the session is over.
func (s *session) adopt(ws *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.how != 0 {
		return false
	}
	s.ws, s.isSocket, s.upgrading = ws, true, false
	s.signal()
	return true
}

// write sends what is queued until the session is closed, then says goodbye.
func (s *session) write(ws *link) {
	for open := true; open; {
		select {
		case <-s.wake:
		case <-s.ctx.Done():
			open = false
		}
		for _, p := range s.take() {
			if err := writeFrame(ws, p); err != nil {
				s.close("transport close", closeAbort)
				return
			}
		}
	}
	s.srv.farewell(ws)
}

// farewell is the closing handshake, which takes a few seconds at most.
func (srv *Server) farewell(ws *link) {
	stop := context.AfterFunc(srv.quit, ws.cut)
	defer stop()
	// Without a code, as the reference closes: the peer sees 1005.
	_ = ws.Close(websocket.StatusNoStatusRcvd, "")
}

func writeFrame(ws *link, p wire.Packet) error {
	if p.Binary {
		return ws.Write(context.Background(), websocket.MessageBinary, p.Data)
	}
	return ws.Write(context.Background(), websocket.MessageText, wire.AppendFrame(nil, p))
}

// upgrade takes the session from polling to ws: probe, answer, upgrade packet.
// Anything else ends ws and leaves the session as it was.
func (s *session) upgrade(ws *link) {
	s.mu.Lock()
	refused := s.how != 0 || s.upgrading || s.isSocket
	s.upgrading = s.upgrading || !refused
	s.mu.Unlock()
	if refused {
		s.srv.farewell(ws)
		return
	}
	timeout := time.AfterFunc(s.srv.opts.UpgradeTimeout, ws.cut)
	unlink := context.AfterFunc(s.ctx, ws.cut)
	ok := s.probe(ws)
	ok = timeout.Stop() && ok
	ok = unlink() && ok
	if ok {
		s.serveSocket(ws)
		return
	}
	s.mu.Lock()
	s.upgrading = false
	s.mu.Unlock()
	s.srv.farewell(ws)
}

// probe is the exchange that precedes the change of transport.
func (s *session) probe(ws *link) bool {
	if !expect(ws, wire.Packet{Type: wire.Ping, Data: []byte("probe")}) {
		return false
	}
	s.signal() // the open poll is released before long
	if writeFrame(ws, wire.Packet{Type: wire.Pong, Data: []byte("probe")}) != nil {
		return false
	}
	return expect(ws, wire.Packet{Type: wire.Upgrade})
}

// expect reads one packet and says whether it is the wanted one.
func expect(ws *link, want wire.Packet) bool {
	kind, data, err := ws.Read(context.Background())
	if err != nil {
		return false
	}
	got, err := wire.ParseFrame(data, kind == websocket.MessageBinary)
	return err == nil && !got.Binary && got.Type == want.Type && string(got.Data) == string(want.Data)
}
