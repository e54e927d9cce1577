package realtime

// This file is about one accepted or not yet accepted connection, seen from
// the sink's side: what makes the stream live, and what its end means.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// maxEarlyBytes bounds what may come before the answer to CONNECT: there, a
// server with state recovery sends what was missed.
const maxEarlyBytes = 16 << 20

// hintHolds is how long what the server announced explains its ending the
// connection. It disconnects 2 s after server:shutdown (contract realtime 2.5).
const hintHolds = 30 * time.Second

// Events that say something about the connection itself.
const (
	eventError          = "error"
	eventSessionExpired = "session:expired"
	eventServerShutdown = "server:shutdown"
)

// stream follows one connection.
type stream struct {
	runner   *runner
	sock     *socket
	deadline time.Time // of the answer to CONNECT

	accepted  bool      // CONNECT was answered
	recovered bool      // with the state of the last connection
	liveAt    time.Time // zero until live
	early     []inbound // what came before the answer to CONNECT
	earlySize int

	hint   Reason // what the server announced
	hintAt time.Time
}

// follow hands everything to the sink until the connection ends. An error ends
// the Run.
func (st *stream) follow(ctx context.Context) (ending, error) {
	timer := time.NewTimer(time.Until(st.deadline))
	defer timer.Stop()
	var items []inbound
	for {
		var over error
		items, over = st.sock.queue.take(items)
		for i := range items {
			if ctx.Err() != nil {
				return ending{at: time.Now()}, ctx.Err()
			}
			accepted := st.accepted
			if err := st.handle(&items[i]); err != nil {
				return st.interrupted(err)
			}
			if st.accepted && !accepted {
				timer.Reset(silenceMeansLive)
			}
		}
		switch {
		case len(items) > 0:
			if st.accepted && st.sock.queue.empty() {
				if err := st.runner.emit(Pause{}); err != nil {
					return ending{at: time.Now()}, err
				}
			}
			continue
		case over != nil:
			return st.end(over), nil
		}
		select {
		case <-st.sock.queue.ready:
		case <-ctx.Done():
			return ending{at: time.Now()}, ctx.Err()
		case <-timer.C:
			if !st.accepted {
				return st.end(errNoAnswer), nil
			}
			if err := st.live(); err != nil {
				return ending{at: time.Now()}, err
			}
		}
	}
}

// interrupted sorts an error of handle: the sink's ends the Run, the
// connection's does not.
func (st *stream) interrupted(err error) (ending, error) {
	var fromSink sinkError
	if errors.As(err, &fromSink) {
		return ending{at: time.Now()}, err
	}
	return st.end(err), nil
}

// handle takes in one item of the connection.
func (st *stream) handle(in *inbound) error {
	switch {
	case in.accepted != nil:
		return st.accept(*in.accepted)
	case !st.accepted:
		if st.earlySize += in.event.size(); st.earlySize > maxEarlyBytes {
			return fmt.Errorf("%w: too much before the answer to CONNECT", ErrProtocol)
		}
		st.early = append(st.early, *in)
		return nil
	}
	return st.event(in)
}

// accept takes in the answer to CONNECT. With a recovered state the server
// knows us, so the stream is live; else it may still drop us (contract realtime 2.2).
func (st *stream) accept(a accepted) error {
	r := st.runner
	st.accepted = true
	st.recovered = a.pid != "" && a.pid == r.recovery.pid
	if !st.recovered {
		r.recovery = recovery{pid: a.pid}
	} else if err := st.live(); err != nil {
		return err
	}
	early := st.early
	st.early = nil
	for i := range early {
		if err := st.event(&early[i]); err != nil {
			return err
		}
	}
	return nil
}

// event hands one event to the sink.
func (st *stream) event(in *inbound) error {
	if st.aboutConnection(&in.event) {
		st.hintAt = in.event.Received
	} else if err := st.live(); err != nil {
		return err
	}
	if err := st.runner.deliver(in.event); err != nil {
		return err
	}
	if in.offset != "" {
		st.runner.recovery.offset = in.offset
	}
	if in.wantsAck {
		return st.sock.acknowledge(in.ack)
	}
	return nil
}

// aboutConnection says whether an event is about the connection, and so does
// not prove that it was accepted; it takes the hint such an event gives.
func (st *stream) aboutConnection(ev *Event) bool {
	switch ev.Name {
	case eventSessionExpired:
		st.hint = ReasonSessionExpired
	case eventServerShutdown:
		st.hint = ReasonServerShutdown
	case eventError:
		var said struct{ Message string }
		// The shapes of this payload vary; only one matters here.
		if json.Unmarshal(ev.Payload, &said) == nil && said.Message == "rate_limited" {
			st.hint = ReasonRateLimited
		}
	default:
		return false
	}
	return true
}

// live tells the sink, once.
func (st *stream) live() error {
	if !st.liveAt.IsZero() {
		return nil
	}
	st.liveAt = time.Now()
	st.runner.session.setSocket(st.sock)
	return st.runner.wentLive(st.sock.engine.transport().name(), st.recovered)
}

// end says how the connection ended.
func (st *stream) end(err error) ending {
	now := time.Now()
	reason := st.reason(err)
	if (reason == ReasonTransportClosed || reason == ReasonServerDisconnect) &&
		st.hint != "" && now.Sub(st.hintAt) < hintHolds {
		reason = st.hint
	}
	last := ending{reason: reason, err: err, at: now}
	if reason == ReasonPingTimeout || reason == ReasonSuspended {
		last.since = st.sock.engine.beat.lastHeard()
	}
	return last
}

func (st *stream) reason(err error) Reason {
	var refused *ConnectError
	switch {
	case errors.As(err, &refused):
		return connectReason(refused)
	case errors.Is(err, errServerDisconnect):
		return ReasonServerDisconnect
	case errors.Is(err, errSlowReader):
		return ReasonSlowReader
	case errors.Is(err, errPingTimeout):
		return ReasonPingTimeout
	case errors.Is(err, errSuspended):
		return ReasonSuspended
	case errors.Is(err, errNoAnswer):
		return ReasonNoAnswer
	case errors.Is(err, ErrTooLarge):
		return ReasonTooLarge
	case errors.Is(err, ErrProtocol):
		return ReasonProtocol
	}
	return ReasonTransportClosed
}
