package api

// This file is about one thing: where the time of one attempt went.

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// Timing splits the duration of an attempt. What did not happen is 0: a
// connection that is used again needs no look-up and no handshake.
type Timing struct {
	Reused  bool          // the connection was open already
	Lookup  time.Duration // of the server's name
	Connect time.Duration // TCP
	TLS     time.Duration
	Wait    time.Duration // from the request's last byte to the answer's first
}

// stopwatch takes the times. net/http may tell of a second connection that it
// tried meanwhile, from another goroutine.
type stopwatch struct {
	mu     sync.Mutex
	timing Timing
	since  [4]time.Time // of look-up, connect, TLS and wait
}

func (w *stopwatch) start(i int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since[i] = time.Now()
}

func (w *stopwatch) stop(i int, into *time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.since[i].IsZero() {
		*into = time.Since(w.since[i])
	}
}

func (w *stopwatch) read() Timing {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.timing
}

// withTrace notes in wrote whether the request's header has left. net/http
// replays a request by itself on a new connection when nothing of it had left,
// or when it is a read; then the count starts anew.
func withTrace(ctx context.Context, wrote *atomic.Bool, w *stopwatch) context.Context {
	t := &w.timing
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { wrote.Store(false) },
		GotConn: func(info httptrace.GotConnInfo) {
			w.mu.Lock()
			defer w.mu.Unlock()
			t.Reused = info.Reused
		},
		WroteHeaders:         func() { wrote.Store(true) },
		DNSStart:             func(httptrace.DNSStartInfo) { w.start(0) },
		DNSDone:              func(httptrace.DNSDoneInfo) { w.stop(0, &t.Lookup) },
		ConnectStart:         func(string, string) { w.start(1) },
		ConnectDone:          func(string, string, error) { w.stop(1, &t.Connect) },
		TLSHandshakeStart:    func() { w.start(2) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { w.stop(2, &t.TLS) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { w.start(3) },
		GotFirstResponseByte: func() { w.stop(3, &t.Wait) },
	})
}
