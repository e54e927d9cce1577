package realtime

// This file is about one Socket.IO connection on an engine, in the main
// namespace: CONNECT, events, acknowledgements, attachments, DISCONNECT.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// maxAttachmentBytes bounds what one binary event may hold together.
const maxAttachmentBytes = 64 << 20

// maxNames bounds the table of event names; the platform has a dozen.
const maxNames = 64

// recovery is what the server needs to send again what was missed, where it
// offers that. The platform does not (contract realtime 1).
type recovery struct {
	pid, offset string
}

type socket struct {
	engine *engine
	queue  *queue
	beside bool // Options.Attachments

	// Of the reader alone.
	names    map[string]string // so that a name is allocated once
	pid      string            // events carry an offset when it is not ""
	whole    wire.Message      // a message that waits for its attachments
	parts    [][]byte
	partsLen int

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]chan []byte // by ack id; nil once the connection ended
}

// openSocket sends CONNECT and begins to read. The answer comes by the queue.
func openSocket(ctx context.Context, e *engine, token string, r recovery) (*socket, error) {
	s := &socket{
		engine: e, queue: newQueue(), beside: e.config.Attachments, pid: r.pid,
		names: map[string]string{}, waiting: map[uint64]chan []byte{},
	}
	auth := struct {
		Token  string `json:"token,omitempty"`
		PID    string `json:"pid,omitempty"`
		Offset string `json:"offset,omitempty"`
	}{token, r.pid, r.offset}
	m := wire.Message{Type: wire.Connect}
	if auth.Token != "" || auth.PID != "" {
		var err error
		if m.Data, err = json.Marshal(auth); err != nil {
			return nil, fmt.Errorf("realtime: %w", err)
		}
	}
	if err := s.send(ctx, m); err != nil {
		return nil, e.fail(err)
	}
	e.tasks.Add(1)
	go func() {
		defer e.tasks.Done()
		s.read()
	}()
	return s, nil
}

func (s *socket) send(ctx context.Context, m wire.Message) error {
	return s.engine.write(ctx, wire.Packet{Type: wire.MessagePacket, Data: wire.AppendMessage(nil, m)})
}

// read takes in packets until the connection ends, and says why it did.
func (s *socket) read() {
	var err error
	for err == nil {
		var p wire.Packet
		var at time.Time
		if p, at, err = s.engine.read(); err == nil {
			err = s.packet(p, at)
		}
	}
	// After a refusal or a DISCONNECT the server leaves the transport open
	// (contract realtime 8.9).
	s.engine.leave(err)
	if cutOff(err) && s.engine.beat.slow() {
		err = fmt.Errorf("%w: %w", errSlowReader, err)
	}
	s.queue.end(err)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, answer := range s.waiting {
		close(answer)
	}
	s.waiting = nil
}

// cutOff says whether err is how a server's loss of patience looks.
func cutOff(err error) bool {
	var status *HTTPError
	return errors.Is(err, errTransportClosed) || errors.As(err, &status)
}

// packet takes in one message packet, text or binary.
func (s *socket) packet(p wire.Packet, at time.Time) error {
	if p.Binary {
		return s.attachment(p.Data, at)
	}
	if s.parts != nil {
		return fmt.Errorf("%w: text where an attachment is due", ErrProtocol)
	}
	m, err := wire.ParseMessage(p.Data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	if m.Namespace != wire.MainNamespace {
		return nil
	}
	if m.IsBinary() && m.Attachments > 0 {
		s.whole, s.parts, s.partsLen = m, make([][]byte, 0, m.Attachments), 0
		return nil
	}
	return s.message(m, at)
}

// attachment takes in one; after the last the message is whole, with the
// attachments as base64 in their places.
func (s *socket) attachment(data []byte, at time.Time) error {
	if s.parts == nil {
		return fmt.Errorf("%w: an attachment of nothing", ErrProtocol)
	}
	if s.partsLen += len(data); s.partsLen > maxAttachmentBytes {
		return fmt.Errorf("%w: attachments of more than %d bytes", ErrTooLarge, maxAttachmentBytes)
	}
	if s.parts = append(s.parts, data); len(s.parts) < s.whole.Attachments {
		return nil
	}
	m, parts := s.whole, s.parts
	s.whole, s.parts = wire.Message{}, nil
	if s.beside && m.Type == wire.BinaryEvent {
		// They are sound, or the placeholders could not be replaced later.
		if _, err := wire.Placeholders(m.Data, len(parts)); err != nil {
			return fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		return s.event(m, parts, at)
	}
	var err error
	if m.Data, err = wire.InlineBase64(m.Data, parts); err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return s.message(m, at)
}

// message takes in one whole message. An error ends the connection.
func (s *socket) message(m wire.Message, at time.Time) error {
	switch m.Type {
	case wire.Event, wire.BinaryEvent:
		return s.event(m, nil, at)
	case wire.Ack, wire.BinaryAck:
		return s.acknowledged(m)
	case wire.Connect:
		var a struct{ SID, PID string }
		if err := json.Unmarshal(m.Data, &a); err != nil {
			return fmt.Errorf("%w: CONNECT: %w", ErrProtocol, err)
		}
		s.pid = a.PID
		s.queue.put(inbound{accepted: &accepted{sid: a.SID, pid: a.PID}}, s.engine.beat)
		return nil
	case wire.ConnectError:
		return newConnectError(m.Data)
	case wire.Disconnect:
		return errServerDisconnect
	}
	return nil
}

// event hands an event on. Its payload stays as it came.
func (s *socket) event(m wire.Message, attachments [][]byte, at time.Time) error {
	name, args, err := wire.EventNameBytes(m.Data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	in := inbound{ack: m.ID, wantsAck: m.HasID}
	if s.pid != "" {
		if args, in.offset, err = cutOffset(args); err != nil {
			return fmt.Errorf("%w: %w", ErrProtocol, err)
		}
	}
	in.event = Event{Name: s.name(name), Received: at, Attachments: attachments}
	in.event.Payload, in.event.More = wire.FirstAndMore(args)
	s.queue.put(in, s.engine.beat)
	return nil
}

// name spares the allocation for names seen before.
func (s *socket) name(raw []byte) string {
	if name, ok := s.names[string(raw)]; ok {
		return name
	}
	name := string(raw)
	if len(s.names) < maxNames {
		s.names[name] = name
	}
	return name
}

// cutOffset cuts the place of an event in the server's memory from its
// arguments: the last one, if that is a string, as the reference client has it.
func cutOffset(args []byte) (rest []byte, offset string, err error) {
	if len(args) == 0 || args[len(args)-1] != '"' {
		return args, "", nil
	}
	parts, err := wire.SplitArgs(args)
	if err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(parts[len(parts)-1], &offset); err != nil {
		return nil, "", err
	}
	if len(parts) == 1 {
		return nil, offset, nil
	}
	return bytes.Join(parts[:len(parts)-1], []byte(",")), offset, nil
}

func newConnectError(data []byte) *ConnectError {
	var said struct {
		Message string
		Data    struct{ Code string }
	}
	if json.Unmarshal(data, &said) != nil {
		// Older servers send a bare string; anything else has nothing to tell.
		_ = json.Unmarshal(data, &said.Message)
	}
	return &ConnectError{Message: said.Message, Code: said.Data.Code}
}

// acknowledged gives an answer to the request that waits for it.
func (s *socket) acknowledged(m wire.Message) error {
	args, err := wire.AckArgs(m.Data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer, ok := s.waiting[m.ID]; ok && m.HasID {
		delete(s.waiting, m.ID)
		answer <- wire.FirstArg(args)
	}
	return nil
}

// request sends an event and waits for the first argument of its answer.
func (s *socket) request(ctx context.Context, name string, payload json.RawMessage) (json.RawMessage, error) {
	args := []any{name}
	if payload != nil {
		args = append(args, payload)
	}
	data, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("realtime: event %q: %w", name, err)
	}
	s.mu.Lock()
	if s.waiting == nil {
		s.mu.Unlock()
		return nil, ErrNotLive
	}
	id := s.lastID
	s.lastID++
	answer := make(chan []byte, 1)
	s.waiting[id] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiting, id)
	}()
	if err := s.send(context.WithoutCancel(ctx), wire.Message{Type: wire.Event, ID: id, HasID: true, Data: data}); err != nil {
		return nil, err
	}
	select {
	case raw, ok := <-answer:
		if !ok {
			return nil, ErrNotLive
		}
		return raw, nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, fmt.Errorf("%w: %s", ErrAckTimeout, name)
		}
		return nil, ctx.Err()
	}
}

// acknowledge answers a server that asked for it, with nothing to say.
func (s *socket) acknowledge(id uint64) error {
	return s.send(context.Background(), wire.Message{Type: wire.Ack, ID: id, HasID: true, Data: []byte("[]")})
}

// close ends the connection and waits for what runs on it.
func (s *socket) close() {
	s.queue.close()
	s.engine.leave(errStopped)
	s.engine.tasks.Wait()
}
