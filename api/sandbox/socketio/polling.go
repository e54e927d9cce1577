package socketio

// This file is about long polling: the GET that waits for packets, the POST
// that brings them, and their rules (engine.io 6.6 transports/polling.js).

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// releaseInterval is how soon an open poll is answered with a noop while the
// session is being upgraded.
const releaseInterval = 100 * time.Millisecond

// servePoll answers a GET as soon as there is something to send. A second one
// beside it closes the session, as does its cancellation.
func (s *session) servePoll(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.polling {
		s.mu.Unlock()
		s.close("transport error", closeServer)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.polling = true
	s.mu.Unlock()
	packets, how := s.awaitPackets(r)
	s.mu.Lock()
	s.polling = false
	s.mu.Unlock()
	if how == closeAbort {
		panic(http.ErrAbortHandler) // cuts the connection
	}
	if len(packets) > 0 {
		w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(wire.AppendPayload(nil, packets...))
	}
	s.signal() // a signal may have been taken from the WebSocket's writer
}

// awaitPackets waits for what a poll is to be answered with. closeAbort means
// that it is not to be answered.
func (s *session) awaitPackets(r *http.Request) ([]wire.Packet, closing) {
	var release <-chan time.Time
	for {
		s.mu.Lock()
		how, isSocket, upgrading := s.how, s.isSocket, s.upgrading
		var packets []wire.Packet
		if how != closeAbort && !isSocket {
			packets = s.takeLocked()
		}
		s.mu.Unlock()
		switch {
		case how == closeAbort:
			return nil, how
		case how == closeServer:
			return append(packets, wire.Packet{Type: wire.Close}), how
		case how == closeClient || isSocket:
			return append(packets, wire.Packet{Type: wire.Noop}), how
		case len(packets) > 0:
			return packets, 0
		}
		if upgrading && release == nil {
			release = time.After(releaseInterval)
		}
		select {
		case <-s.wake:
		case <-s.ctx.Done():
		case <-release:
			return []wire.Packet{{Type: wire.Noop}}, 0
		case <-r.Context().Done(): // the poll was closed prematurely
			s.close("transport error", closeServer)
			return nil, closeAbort
		}
	}
}

// servePost takes the packets of a POST.
func (s *session) servePost(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	overlap := s.posting
	s.posting = true
	s.mu.Unlock()
	if overlap || strings.HasPrefix(r.Header.Get("Content-Type"), "application/octet-stream") {
		s.close("transport error", closeServer)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer func() {
		s.mu.Lock()
		s.posting = false
		s.mu.Unlock()
	}()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.srv.opts.MaxPayload)))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		// The packets are gone, the session stays.
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		s.close("transport error", closeServer)
		return
	}
	packets, err := wire.ParsePayload(body)
	s.receive(packets...)
	if err != nil {
		s.close("parse error", closeServer)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok"))
}
