package socketio

// This file is about sockets that outlive their session: the platform looks for
// them once a minute (contract realtime 2.5).

import "time"

// SessionJudge is what a Backend may have to say of sessions that live: why
// one that began at issued is over ("revoked" or "password_changed"), or "".
// Neither a logout nor the end of a token counts (contract realtime 2.5).
type SessionJudge interface {
	SessionOver(userID string, issued time.Time) (reason string)
}

// sweep ends the sockets of sessions that are over, until the server ends.
func (p *Platform) sweep(judge SessionJudge) {
	defer p.work.Done()
	tick := time.NewTicker(p.opts.SweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.ending:
			return
		case <-tick.C:
		}
		for _, m := range p.all() {
			if m.user == nil {
				continue
			}
			if reason := judge.SessionOver(m.user.ID, m.user.Issued); reason != "" {
				m.expire(reason)
			}
		}
	}
}

// expire tells a dashboard that its session is over and disconnects it.
func (m *member) expire(reason string) {
	_ = m.socket.Emit("session:expired", map[string]string{"reason": reason})
	m.socket.Disconnect()
}
