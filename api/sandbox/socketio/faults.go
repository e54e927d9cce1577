package socketio

// This file is about trouble made on demand: cut connections, events that are
// lost, come twice or overtake one another, refused WebSockets.

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Faults is the trouble a Server makes. The zero value makes none.
type Faults struct {
	// DropPerMinute is how often, on average, each connection is cut.
	DropPerMinute float64
	// Lose is the probability that an event is not sent.
	Lose float64
	// Duplicate is the probability that an event is sent twice.
	Duplicate float64
	// Reorder is the probability that an event is sent after the next one.
	Reorder float64
	// RefuseWebSocket is the probability that a WebSocket is refused, as a proxy
	// that knows none does.
	RefuseWebSocket float64
	// Seed makes the choices repeatable.
	Seed uint64
}

const (
	// reorderHold is how long an event waits for one to overtake it.
	reorderHold = 100 * time.Millisecond
	// dropTick is how often the dice are thrown over every connection.
	dropTick = 200 * time.Millisecond
)

// faults holds the current Faults and their dice.
type faults struct {
	srv *Server

	mu      sync.Mutex
	now     Faults
	dice    *rand.Rand
	running bool
}

func newFaults(srv *Server) *faults {
	return &faults{srv: srv, dice: rand.New(rand.NewPCG(0, 0))}
}

// SetFaults changes the trouble from now on.
func (srv *Server) SetFaults(what Faults) {
	f := srv.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = what
	f.dice = rand.New(rand.NewPCG(what.Seed, 0))
	if what.DropPerMinute > 0 && !f.running && srv.begin() {
		f.running = true
		go f.drop()
	}
}

// fate is what becomes of one event.
type fate struct{ lose, double, hold bool }

// roll throws the dice for one event.
func (f *faults) roll() fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	return fate{lose: f.strikes(f.now.Lose), double: f.strikes(f.now.Duplicate), hold: f.strikes(f.now.Reorder)}
}

// refusesWebSocket throws the dice for one handshake.
func (f *faults) refusesWebSocket() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.strikes(f.now.RefuseWebSocket)
}

// strikes throws the dice once, unless there is no need. The caller holds mu.
func (f *faults) strikes(probability float64) bool {
	return probability > 0 && f.dice.Float64() < probability
}

// drop cuts connections at the set rate until the server is closed.
func (f *faults) drop() {
	defer f.srv.work.Done()
	tick := time.NewTicker(dropTick)
	defer tick.Stop()
	for {
		select {
		case <-f.srv.ending:
			return
		case <-tick.C:
		}
		for _, s := range f.srv.allSessions() {
			f.mu.Lock()
			cut := f.dice.Float64() < f.now.DropPerMinute*dropTick.Minutes()
			f.mu.Unlock()
			if cut {
				s.close("transport close", closeAbort)
			}
		}
	}
}
