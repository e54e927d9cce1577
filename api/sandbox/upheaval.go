// What happens to the realtime half as a whole: restarts, crashes, revoked sessions, by chance or on demand.

package sandbox

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/sandbox/socketio"
)

// Reasons of session:expired (contract realtime 2.5).
const (
	revokedSession  = "revoked"
	passwordChanged = "password_changed"
)

const (
	usualDown    = 3 * time.Second // how long a restart by chance takes
	upheavalTick = time.Second     // how often the dice are thrown
	correctTick  = time.Minute     // how often the cron corrects displays (contract realtime 7)
	staleAfter   = 2 * time.Minute // the age of a heartbeat that it takes for offline
)

// realtimeFaults sums up the clauses that befall single connections and events.
func realtimeFaults(list []Fault, seed uint64) socketio.Faults {
	out := socketio.Faults{Seed: seed}
	either := func(a, b float64) float64 { return a + b - a*b }
	for _, f := range list {
		switch f.Kind {
		case faultWSDrop:
			out.DropPerMinute += f.PerMinute
		case faultWSLose:
			out.Lose = either(out.Lose, f.Probability)
		case faultWSDouble:
			out.Duplicate = either(out.Duplicate, f.Probability)
		case faultWSReorder:
			out.Reorder = either(out.Reorder, f.Probability)
		case faultWSRefuse:
			out.RefuseWebSocket = either(out.RefuseWebSocket, f.Probability)
		}
	}
	return out
}

// SetFaults replaces what is injected from now on, in both halves.
func (w *World) SetFaults(list []Fault) {
	w.setFaults(list)
	w.Realtime.SetFaults(realtimeFaults(list, w.upheaval.seed))
	w.upheaval.set(list)
}

// Restart takes the realtime half away with the platform's notice, and brings it back after down. It returns at once.
func (w *World) Restart(down time.Duration) {
	if w.stopping.Err() != nil {
		return
	}
	w.served.Go(func() { w.Realtime.Restart(w.stopping, down) })
}

// Crash cuts every realtime connection and keeps the service away for down. It returns at once.
func (w *World) Crash(down time.Duration) {
	if w.stopping.Err() != nil {
		return
	}
	w.served.Go(func() { w.Realtime.Crash(w.stopping, down) })
}

// RevokeSessions makes every token of a user stop working and ends the user's sockets with session:expired; a new login works.
// The reason is "revoked" or "password_changed". It returns false when there is no such user.
func (w *World) RevokeSessions(email, reason string) bool {
	id := w.killTokens(email)
	if id == "" {
		return false
	}
	w.Realtime.Revoke(id, reason)
	return true
}

func (s *Server) killTokens(email string) (userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.db.users {
		if u.Email == email {
			u.TokensFrom = s.opts.Now().UnixMilli() + 1
			s.saver.touch()
			return u.ID
		}
	}
	return ""
}

// upheaval throws the dice for restarts and revocations.
type upheaval struct {
	world *World
	seed  uint64
	dice  *rand.Rand // touched only by run

	mu                sync.Mutex
	restarts, revokes float64 // a minute; revokes of each user
}

func newUpheaval(w *World, seed uint64) *upheaval {
	return &upheaval{world: w, seed: seed, dice: rand.New(rand.NewPCG(seed, 1))}
}

func (u *upheaval) set(list []Fault) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.restarts, u.revokes = 0, 0
	for _, f := range list {
		switch f.Kind {
		case faultWSRestart:
			u.restarts += f.PerMinute
		case faultWSRevoke:
			u.revokes += f.PerMinute
		}
	}
}

// run throws the dice until the world ends.
func (u *upheaval) run() {
	every(u.world.stopping, upheavalTick, func() {
		u.mu.Lock()
		restart := u.dice.Float64() < u.restarts*upheavalTick.Minutes()
		var revoke []string
		if u.revokes > 0 {
			for _, l := range u.world.Logins() {
				if u.dice.Float64() < u.revokes*upheavalTick.Minutes() {
					revoke = append(revoke, l.Email)
				}
			}
		}
		u.mu.Unlock()
		if restart {
			u.world.Restart(usualDown)
		}
		for _, email := range revoke {
			u.world.RevokeSessions(email, revokedSession)
		}
	})
}

// correct is the platform's cron: a display that is online in the database without a heartbeat for long is set offline, and
// no event tells (contract realtime 7).
func (w *World) correct() {
	every(w.stopping, correctTick, func() {
		now := w.opts.Now()
		for _, t := range w.orgs() {
			for _, d := range w.DisplaySnapshot(t) {
				if d.Status == "online" && now.Sub(d.LastHeartbeat) > staleAfter && !w.Realtime.Online(d.ID) {
					w.SetDisplayStatus(d.ID, "offline", now)
				}
			}
		}
	})
}

// orgs are the ids of all organizations.
func (s *Server) orgs() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids := make([]string, 0, len(s.db.byOrg))
	for id := range s.db.byOrg {
		ids = append(ids, id)
	}
	return ids
}

// every calls f at a rate until ctx ends.
func every(ctx context.Context, period time.Duration, f func()) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f()
		}
	}
}
