package realtime

// This file is about the transports: what an engine needs of one, and the
// WebSocket one. A packet is a frame there.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/coder/websocket"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// transport moves packets. One goroutine reads; any may write or close.
type transport interface {
	name() string
	// read returns the next packet. Its data are the caller's. It blocks until
	// there is one; close ends it.
	read() (wire.Packet, error)
	write(ctx context.Context, packets ...wire.Packet) error
	// close ends the transport at once and may be called more than once.
	close()
}

type wsTransport struct {
	conn *websocket.Conn
}

// dialWebSocket opens a WebSocket for a new session, or for the session sid.
// An HTTP answer other than the change of protocol is an *HTTPError.
func dialWebSocket(ctx context.Context, c *config, client *http.Client, sid string) (*wsTransport, error) {
	//nolint:bodyclose // Dial closes it on success, newHTTPError on a refusal
	conn, resp, err := websocket.Dial(ctx, c.address(TransportWebSocket, sid), &websocket.DialOptions{
		HTTPClient: client,
		HTTPHeader: c.Header.Clone(),
	})
	if err != nil {
		if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			return nil, newHTTPError(TransportWebSocket, resp)
		}
		return nil, fmt.Errorf("websocket: %w", withoutAddress(err))
	}
	conn.SetReadLimit(c.MaxMessage)
	return &wsTransport{conn: conn}, nil
}

func (t *wsTransport) name() string { return TransportWebSocket }

// read uses no cancellable context: it would cost half the throughput. close
// ends it instead.
func (t *wsTransport) read() (wire.Packet, error) {
	kind, frame, err := t.conn.Read(context.Background())
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return wire.Packet{}, fmt.Errorf("%w: %w", ErrTooLarge, err)
	case err != nil:
		return wire.Packet{}, fmt.Errorf("%w: %w", errTransportClosed, err)
	}
	p, err := wire.ParseFrame(frame, kind == websocket.MessageBinary)
	if err != nil {
		return wire.Packet{}, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return p, nil
}

func (t *wsTransport) write(ctx context.Context, packets ...wire.Packet) error {
	for _, p := range packets {
		kind, frame := websocket.MessageBinary, p.Data
		if !p.Binary {
			kind, frame = websocket.MessageText, wire.AppendFrame(nil, p)
		}
		if err := t.conn.Write(ctx, kind, frame); err != nil {
			return fmt.Errorf("%w: %w", errTransportClosed, err)
		}
	}
	return nil
}

func (t *wsTransport) close() { _ = t.conn.CloseNow() }

// newHTTPError reads what the server says about a refusal and closes the body.
func newHTTPError(transport string, resp *http.Response) *HTTPError {
	defer func() { _ = resp.Body.Close() }()
	e := &HTTPError{Transport: transport, Status: resp.StatusCode, Code: -1}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1024))
	if err != nil {
		return e
	}
	var said struct {
		Code    *int   `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &said) == nil && said.Code != nil {
		e.Code, e.Message = *said.Code, said.Message
	}
	return e
}
