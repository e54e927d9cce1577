package realtime

// This file is about one Engine.IO session: handshake, heartbeat, and packets
// over whichever transport the session has at the time.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// farewellTimeout bounds telling a polling server that we leave: Ctrl-C must
// end within a second.
const farewellTimeout = 300 * time.Millisecond

type engine struct {
	config    *config
	client    *http.Client
	handshake wire.Handshake
	beat      *heartbeat
	done      chan struct{} // closed by close
	tasks     sync.WaitGroup

	reading transport  // of the reader alone: trails current until it is read empty
	writing sync.Mutex // held for the length of a write, and while the transport changes

	mu       sync.Mutex
	current  transport
	changing chan struct{} // closed at the end of an attempt to change it; nil: none under way
	cause    error         // why the session ended; nil while it lives
}

// dialEngine opens a session over the named transport. ctx bounds the opening only.
func dialEngine(ctx context.Context, c *config, name string) (*engine, error) {
	e := &engine{config: c, client: c.httpClient(), done: make(chan struct{})}
	var open wire.Packet
	var err error
	if name == TransportPolling {
		var t *pollTransport
		if t, open, err = dialPolling(ctx, c, e.client); err != nil {
			return nil, err
		}
		e.current = t
	} else {
		var t *wsTransport
		if t, err = dialWebSocket(ctx, c, e.client, ""); err != nil {
			return nil, err
		}
		e.current = t
		if open, err = readWithin(ctx, t); err != nil {
			return nil, err
		}
	}
	if err := e.open(open); err != nil {
		e.current.close()
		return nil, err
	}
	return e, nil
}

// readWithin reads one packet; at the end of ctx, or on an error, it closes t.
func readWithin(ctx context.Context, t *wsTransport) (wire.Packet, error) {
	stop := context.AfterFunc(ctx, t.close)
	p, err := t.read()
	if !stop() {
		err = fmt.Errorf("websocket: %w", context.Cause(ctx))
	}
	if err != nil {
		t.close()
	}
	return p, err
}

// open takes in the open packet and starts the heartbeat.
func (e *engine) open(p wire.Packet) error {
	e.config.logFrame(false, e.current.name(), p)
	if p.Type != wire.Open {
		return fmt.Errorf("%w: %v instead of open", ErrProtocol, p.Type)
	}
	h, err := wire.ParseHandshake(p.Data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	e.handshake = h
	if t, ok := e.current.(*pollTransport); ok {
		t.sid, t.limit = h.SID, h.MaxPayload
	}
	interval, patience := millis(h.PingInterval), millis(h.PingTimeout)
	e.beat = startHeartbeat(interval+patience, patience, e.config.wall, e.close)
	return nil
}

func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// canUpgrade says whether the server offers WebSocket to a polling session.
func (e *engine) canUpgrade() bool {
	return slices.Contains(e.handshake.Upgrades, TransportWebSocket)
}

// read returns the next message packet and when it came; pings are answered
// on the way. After the end it returns the cause.
func (e *engine) read() (wire.Packet, time.Time, error) {
	if e.reading == nil {
		e.reading = e.transport()
	}
	for {
		p, err := e.reading.read()
		if errors.Is(err, errPaused) {
			e.awaitChange()
			e.reading = e.transport()
			continue
		}
		if err != nil {
			return wire.Packet{}, time.Time{}, e.fail(err)
		}
		e.config.logFrame(false, e.reading.name(), p)
		now := time.Now()
		e.beat.note(now)
		switch p.Type {
		case wire.MessagePacket:
			return p, now, nil
		case wire.Ping:
			if err := e.write(context.Background(), wire.Packet{Type: wire.Pong, Data: p.Data}); err != nil {
				return wire.Packet{}, time.Time{}, e.fail(err)
			}
		case wire.Close:
			return wire.Packet{}, time.Time{}, e.fail(errTransportClosed)
		case wire.Open:
			return wire.Packet{}, time.Time{}, e.fail(fmt.Errorf("%w: a second open packet", ErrProtocol))
		}
	}
}

// write sends packets in order. The heartbeat ends a write that hangs.
func (e *engine) write(ctx context.Context, packets ...wire.Packet) error {
	for _, p := range packets {
		if limit := e.handshake.MaxPayload; limit > 0 && len(p.Data) >= limit {
			// The server would close the transport without a word (contract realtime 1).
			return fmt.Errorf("%w: %d bytes, the server takes %d", ErrTooLarge, len(p.Data), limit)
		}
	}
	e.writing.Lock()
	defer e.writing.Unlock()
	t := e.transport()
	for _, p := range packets {
		e.config.logFrame(true, t.name(), p)
	}
	return t.write(ctx, packets...)
}

func (e *engine) transport() transport {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.current
}

// awaitChange waits until the transport has changed, or has not after all.
func (e *engine) awaitChange() {
	e.mu.Lock()
	changing := e.changing
	e.mu.Unlock()
	if changing == nil {
		return
	}
	select {
	case <-changing:
	case <-e.done:
	}
}

// fail ends the session because of err, and returns the cause of its end:
// an earlier one, when err is only its echo.
func (e *engine) fail(err error) error {
	e.close(err)
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.cause
}

// close ends the session. The first cause counts.
func (e *engine) close(cause error) {
	e.mu.Lock()
	if e.cause != nil {
		e.mu.Unlock()
		return
	}
	e.cause = cause
	t := e.current
	close(e.done)
	e.mu.Unlock()
	e.beat.stop()
	t.close()
}

// leave ends the session from our side. A WebSocket's closing tells the server
// so; a polling server would wait for its ping to fail, and is told.
func (e *engine) leave(cause error) {
	select {
	case <-e.done:
		return
	default:
	}
	// With a POST under way the line is stuck, and a farewell would be too.
	if t, ok := e.transport().(*pollTransport); ok && t.posting.TryLock() {
		t.posting.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), farewellTimeout)
		defer cancel()
		_ = t.write(ctx, wire.Packet{Type: wire.Close})
	}
	e.close(cause)
}
