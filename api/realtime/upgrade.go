package realtime

// This file is about moving a polling session to WebSocket: open it with the
// session's id, probe it, stop polling, then say so. Order matters: the server
// closes a session whose poll is cut short, and releases the poll under way
// with a noop once it has seen the probe.

import (
	"context"
	"fmt"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

const (
	// upgradeTimeout is what the reference server gives an upgrade.
	upgradeTimeout = 10 * time.Second
	// A failed upgrade is tried again, for a proxy that was replaced or a
	// network that was left.
	firstUpgradeRetry = time.Minute
	lastUpgradeRetry  = 10 * time.Minute
)

// keepUpgrading tries until the session has a WebSocket or ends. It is a task
// of the engine's.
func (e *engine) keepUpgrading() {
	defer e.tasks.Done()
	poll, ok := e.transport().(*pollTransport)
	if !ok {
		return
	}
	for wait := firstUpgradeRetry; ; wait = min(2*wait, lastUpgradeRetry) {
		if err := e.upgrade(poll); err == nil {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-e.done:
			timer.Stop()
			return
		}
	}
}

// upgrade tries once. On an error the session goes on polling.
func (e *engine) upgrade(poll *pollTransport) error {
	ctx, cancel := context.WithTimeout(poll.ctx, upgradeTimeout)
	defer cancel()
	ws, err := dialWebSocket(ctx, e.config, e.client, e.handshake.SID)
	if err != nil {
		return err
	}
	if err := probe(ctx, ws); err != nil {
		ws.close()
		return err
	}
	return e.change(ctx, poll, ws)
}

// probe finds out whether packets pass both ways.
func probe(ctx context.Context, ws *wsTransport) error {
	if err := ws.write(ctx, wire.Packet{Type: wire.Ping, Data: []byte("probe")}); err != nil {
		return err
	}
	p, err := readWithin(ctx, ws)
	if err != nil {
		return err
	}
	if p.Type != wire.Pong || string(p.Data) != "probe" {
		return fmt.Errorf("%w: %v in answer to a probe", ErrProtocol, p.Type)
	}
	return nil
}

// change makes ws the session's transport. No write is under way meanwhile,
// and what the last poll brought is read before what ws brings.
func (e *engine) change(ctx context.Context, poll *pollTransport, ws *wsTransport) error {
	changing := make(chan struct{})
	defer close(changing)
	e.mu.Lock()
	e.changing = changing
	e.mu.Unlock()

	e.writing.Lock()
	defer e.writing.Unlock()
	poll.pause()
	if err := ws.write(ctx, wire.Packet{Type: wire.Upgrade}); err != nil {
		ws.close()
		poll.resume()
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cause != nil {
		ws.close()
		return e.cause
	}
	e.current = ws
	poll.close()
	return nil
}
