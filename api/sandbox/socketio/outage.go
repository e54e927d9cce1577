package socketio

// This file is about outages on demand: the service goes away, with its notice
// or without, and comes back on the same address after a while.

import (
	"context"
	"time"
)

// goodbyeRead is the time between the disconnect that clients are told and the
// end of their connections: in one polling answer the latter would come first.
const goodbyeRead = 100 * time.Millisecond

// Down says whether the server is away at the moment. Requests are then cut
// off without an answer.
func (srv *Server) Down() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.down
}

// away says whether a request is cut off. Sessions that are still told goodbye
// are served.
func (srv *Server) away(sid string) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.down && srv.sessions[sid] == nil
}

// setDown begins or ends an outage. It returns false when that changes nothing.
func (srv *Server) setDown(down bool) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	changed := srv.down != down
	srv.down = down
	return changed
}

// Restart ends the service as the platform does on SIGTERM (contract realtime
// 2.5) and brings it back after down, or when ctx ends. It returns false when
// the service is away already.
func (p *Platform) Restart(ctx context.Context, down time.Duration) bool {
	p.sayGoodbye(ctx)
	return p.outage(ctx, down, goodbyeRead, closeServer)
}

// Crash cuts every connection and brings the service back after down, or when
// ctx ends. No display is reported offline: what the database says stays as it
// was (contract realtime 7). It returns false when the service is away already.
func (p *Platform) Crash(ctx context.Context, down time.Duration) bool {
	p.mu.Lock()
	p.crashing = true
	p.mu.Unlock()
	ok := p.outage(ctx, down, 0, closeAbort)
	p.mu.Lock()
	p.crashing = false
	p.absent = map[string]time.Time{} // lived in the memory of the process
	p.mu.Unlock()
	return ok
}

func (p *Platform) outage(ctx context.Context, down, goodbye time.Duration, how closing) bool {
	if !p.setDown(true) {
		return false
	}
	wait(ctx, goodbye, p.ending)
	for _, s := range p.allSessions() {
		s.close("server shutting down", how)
	}
	wait(ctx, down, p.ending)
	p.setDown(false)
	return true
}

// wait waits for d, unless ctx or ending ends first.
func wait(ctx context.Context, d time.Duration, ending <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-ending:
	}
}
