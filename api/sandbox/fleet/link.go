package fleet

// This file is about the display's end of the wire: a Socket.IO client that
// knows no more than a display needs.

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"
	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// dialTimeout bounds a connection attempt up to the open packet.
const dialTimeout = 20 * time.Second

// readLimit bounds what the server may send in one frame: playlists can be
// large.
const readLimit = 16 << 20

var errHandshake = errors.New("fleet: the server did not open the session")

// link is a WebSocket with a Socket.IO connection to the main namespace.
type link struct {
	ws       *websocket.Conn
	silence  time.Duration // after which the server counts as dead
	watchdog *time.Timer
}

// dial opens a session and asks for the main namespace with a device token.
func dial(ctx context.Context, address, token string) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	// A client of its own, which keeps no connection when it is refused.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ws, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return nil, err
	}
	ws.SetReadLimit(readLimit)
	l := &link{ws: ws}
	if err := l.open(ctx, token); err != nil {
		_ = ws.CloseNow()
		return nil, err
	}
	l.watchdog = time.AfterFunc(l.silence, func() { _ = ws.CloseNow() })
	return l, nil
}

func (l *link) open(ctx context.Context, token string) error {
	_, frame, err := l.ws.Read(ctx)
	if err != nil {
		return err
	}
	p, err := wire.ParseFrame(frame, false)
	if err != nil || p.Type != wire.Open {
		return errHandshake
	}
	h, err := wire.ParseHandshake(p.Data)
	if err != nil {
		return err
	}
	l.silence = time.Duration(h.PingInterval+h.PingTimeout) * time.Millisecond
	data, err := json.Marshal(map[string]any{"token": token, "capabilities": []string{"deliveryAck"}})
	if err != nil {
		return err
	}
	return l.send(wire.Message{Type: wire.Connect, Data: data})
}

// next returns the next message, answering pings meanwhile.
func (l *link) next() (wire.Message, error) {
	for {
		kind, frame, err := l.ws.Read(context.Background()) // cut ends it
		if err != nil {
			return wire.Message{}, err
		}
		l.watchdog.Reset(l.silence)
		p, err := wire.ParseFrame(frame, kind == websocket.MessageBinary)
		switch {
		case err != nil:
			return wire.Message{}, err
		case p.Type == wire.Ping:
			if err := l.frame(wire.Packet{Type: wire.Pong}); err != nil {
				return wire.Message{}, err
			}
		case p.Type == wire.MessagePacket && !p.Binary:
			return wire.ParseMessage(p.Data)
		}
	}
}

// emit sends an event with one argument.
func (l *link) emit(name string, payload any) error {
	data, err := json.Marshal([]any{name, payload})
	if err != nil {
		return err
	}
	return l.send(wire.Message{Type: wire.Event, Data: data})
}

// ack acknowledges an event.
func (l *link) ack(id uint64, payload any) error {
	data, err := json.Marshal([]any{payload})
	if err != nil {
		return err
	}
	return l.send(wire.Message{Type: wire.Ack, ID: id, HasID: true, Data: data})
}

func (l *link) send(m wire.Message) error {
	return l.frame(wire.Packet{Type: wire.MessagePacket, Data: wire.AppendMessage(nil, m)})
}

func (l *link) frame(p wire.Packet) error {
	return l.ws.Write(context.Background(), websocket.MessageText, wire.AppendFrame(nil, p))
}

// cut ends the connection without a word, as a display that loses power does.
func (l *link) cut() {
	l.watchdog.Stop()
	_ = l.ws.CloseNow()
}
