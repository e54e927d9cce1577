package realtime

// This file is about knowing that the server is gone. It pings every
// pingInterval; silence of pingInterval + pingTimeout is death (contract
// realtime 1 and 8.10). One timer watches; nothing is set per packet but an
// atomic number.

import (
	"sync"
	"sync/atomic"
	"time"
)

// watchEvery is how often the watch compares the wall clock with the running
// time, at most: so soon after a suspend the dead connection is noticed.
const watchEvery = 5 * time.Second

type heartbeat struct {
	limit    time.Duration // pingInterval + pingTimeout
	patience time.Duration // pingTimeout: how long the server waits for a pong
	wall     func() time.Time
	dead     func(error) // called at most once, on the timer's goroutine

	start time.Time
	heard atomic.Int64 // running time of the last packet, since start
	held  atomic.Int64 // 1 + running time since which the reader waits for the sink; 0: it reads

	mu     sync.Mutex
	timer  *time.Timer
	ended  bool
	wallAt time.Time     // wall clock at the last look
	runAt  time.Duration // running time at the last look

	// How long the reader waited for the sink in this period and in the one before.
	periodAt             time.Duration
	waited, waitedBefore time.Duration
}

// startHeartbeat begins to watch. dead learns errPingTimeout or errSuspended.
func startHeartbeat(limit, patience time.Duration, wall func() time.Time, dead func(error)) *heartbeat {
	h := &heartbeat{limit: limit, patience: patience, wall: wall, dead: dead, start: time.Now(), wallAt: wall()}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer = time.AfterFunc(min(watchEvery, limit), h.look)
	return h
}

// note records that a packet came at now.
func (h *heartbeat) note(now time.Time) { h.heard.Store(int64(now.Sub(h.start))) }

// lastHeard is when the last packet came.
func (h *heartbeat) lastHeard() time.Time { return h.start.Add(time.Duration(h.heard.Load())) }

// look is the timer's function: it ends the connection or sets the timer again.
func (h *heartbeat) look() {
	h.mu.Lock()
	if h.ended {
		h.mu.Unlock()
		return
	}
	running, wall := time.Since(h.start), h.wall()
	// What the wall clock gained on the running time was slept through.
	slept := wall.Sub(h.wallAt) - (running - h.runAt)
	h.wallAt, h.runAt = wall, running
	silent := running - time.Duration(h.heard.Load())
	next := min(watchEvery, h.limit)
	var cause error
	switch {
	case slept > h.limit:
		cause = errSuspended
	case h.held.Load() != 0:
		// Nobody reads, so silence means nothing; a server that loses patience
		// is noticed when the reading goes on.
	case silent >= h.limit:
		cause = errPingTimeout
	default:
		next = min(next, h.limit-silent)
	}
	if cause != nil {
		h.ended = true
		h.mu.Unlock()
		h.dead(cause)
		return
	}
	h.timer.Reset(next)
	h.mu.Unlock()
}

// hold and release stand around the time in which the reader waits for the sink.
func (h *heartbeat) hold() { h.held.Store(1 + int64(time.Since(h.start))) }

func (h *heartbeat) release() {
	now := time.Since(h.start)
	since := time.Duration(h.held.Load() - 1)
	h.heard.Store(int64(now))
	h.held.Store(0)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.roll(now)
	h.waited += now - since
}

// roll begins a new period when the current one is over.
func (h *heartbeat) roll(now time.Duration) {
	passed := now - h.periodAt
	if passed < h.limit {
		return
	}
	h.waitedBefore = h.waited
	if passed >= 2*h.limit {
		h.waitedBefore = 0
	}
	h.periodAt, h.waited = now, 0
}

// slow says whether the sink lately held the reader up for longer than the
// server waits for a pong, so that an ending is our own doing.
func (h *heartbeat) slow() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.roll(time.Since(h.start))
	return h.waited+h.waitedBefore >= h.patience
}

func (h *heartbeat) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
	h.timer.Stop()
}
