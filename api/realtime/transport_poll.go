package realtime

// This file is about the long-polling transport: packets come in the answers
// of GET and leave in the bodies of POST. The server allows one of each at a
// time and closes the session on a second one.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

type pollTransport struct {
	config *config
	client *http.Client
	sid    string
	limit  int // bytes of a POST; 0: none

	ctx    context.Context // of every request; its end is the transport's
	cancel context.CancelFunc

	getting sync.Mutex // held for the length of a GET
	paused  bool       // guarded by getting

	posting sync.Mutex // held for the length of a POST

	// Of the reader alone: what the last GET brought, and what was wrong at its end.
	pending []wire.Packet
	broken  error
}

// dialPolling opens a session by polling and returns its open packet.
func dialPolling(ctx context.Context, c *config, client *http.Client) (*pollTransport, wire.Packet, error) {
	t := &pollTransport{config: c, client: client}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, t.cancel)
	open, err := t.read()
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		t.close()
		if ctx.Err() != nil {
			err = fmt.Errorf("polling: %w", context.Cause(ctx))
		}
		return nil, wire.Packet{}, err
	}
	return t, open, nil
}

func (t *pollTransport) name() string { return TransportPolling }

func (t *pollTransport) close() { t.cancel() }

// read asks for more only when all was handed over: a slow reader is not
// polling, and the server keeps what it has.
func (t *pollTransport) read() (wire.Packet, error) {
	for len(t.pending) == 0 {
		if t.broken != nil {
			return wire.Packet{}, t.broken
		}
		if err := t.poll(); err != nil {
			return wire.Packet{}, err
		}
	}
	p := t.pending[0]
	t.pending = t.pending[1:]
	return p, nil
}

// poll does one GET, unless paused: then it is errPaused.
func (t *pollTransport) poll() error {
	t.getting.Lock()
	defer t.getting.Unlock()
	if t.paused {
		return errPaused
	}
	body, err := t.exchange(t.ctx, http.MethodGet, nil)
	if err != nil {
		return err
	}
	packets, err := wire.ParsePayload(body)
	if err != nil {
		t.broken = fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	t.pending = packets
	return nil
}

// pause waits for the GET under way and lets no other start.
func (t *pollTransport) pause() {
	t.getting.Lock()
	defer t.getting.Unlock()
	t.paused = true
}

// resume undoes pause.
func (t *pollTransport) resume() {
	t.getting.Lock()
	defer t.getting.Unlock()
	t.paused = false
}

// write posts the packets, in as many bodies as the server's limit asks for;
// a packet over the limit goes alone, and the server refuses it.
func (t *pollTransport) write(ctx context.Context, packets ...wire.Packet) error {
	t.posting.Lock()
	defer t.posting.Unlock()
	for len(packets) > 0 {
		n, size := 1, wire.PolledSize(packets[0])
		for n < len(packets) && (t.limit == 0 || size+1+wire.PolledSize(packets[n]) <= t.limit) {
			size += 1 + wire.PolledSize(packets[n])
			n++
		}
		if err := t.post(ctx, wire.AppendPayload(make([]byte, 0, size), packets[:n]...)); err != nil {
			return err
		}
		packets = packets[n:]
	}
	return nil
}

// post ends with ctx or with the transport, whichever is first.
func (t *pollTransport) post(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.ctx, cancel)()
	_, err := t.exchange(ctx, http.MethodPost, body)
	return err
}

// exchange does one request and returns the body of a 200.
func (t *pollTransport) exchange(ctx context.Context, method string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, t.config.address(TransportPolling, t.sid), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("polling: %w", err)
	}
	if method == http.MethodGet {
		// An empty body that cannot be read again keeps net/http from repeating
		// the GET on its own when the connection broke: an answer that was on
		// its way would be lost without a word.
		req.Body, req.GetBody = io.NopCloser(bytes.NewReader(nil)), nil
	}
	for name, values := range t.config.Header {
		req.Header[name] = values
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errTransportClosed, withoutAddress(err))
	}
	if resp.StatusCode != http.StatusOK {
		return nil, newHTTPError(TransportPolling, resp)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, t.config.MaxMessage+1))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: %w", errTransportClosed, err)
	case int64(len(answer)) > t.config.MaxMessage:
		return nil, fmt.Errorf("%w: an answer of more than %d bytes", ErrTooLarge, t.config.MaxMessage)
	}
	return answer, nil
}
