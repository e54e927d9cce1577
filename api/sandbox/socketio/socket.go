package socketio

// This file is about one client in one namespace: events and acknowledgements
// both ways, rooms, and leaving.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// ErrDisconnected means that the socket left before it acknowledged.
var ErrDisconnected = errors.New("socketio: the socket is disconnected")

// Binary is an argument of an event or acknowledgement that travels as a
// binary attachment.
type Binary []byte

// Socket is one client in one namespace.
type Socket struct {
	ID         string
	Namespace  *Namespace
	Auth       json.RawMessage // payload of the client's CONNECT; nil when absent
	Header     http.Header     // of the request that opened the transport
	RemoteAddr string
	// Data is what the other servers of a cluster are told beside.
	Data atomic.Value

	conn  *conn
	rooms map[string]struct{} // guarded by Namespace.mu

	mu           sync.Mutex
	left         bool
	onEvent      func(Event)
	onDisconnect []func(reason string)
	acks         map[uint64]func(*Reply) // nil when the socket has left
	lastAck      uint64
}

// Event is what a client sent. Args are raw JSON (see wire.SplitArgs), with
// placeholders where attachments belong.
type Event struct {
	Name        string
	Args        []byte
	Attachments [][]byte
	ack         func(data []byte, attachments [][]byte)
}

// Reply is a client's acknowledgement; its fields are as in Event.
type Reply struct {
	Args        []byte
	Attachments [][]byte
}

func newSocket(c *conn, nsp *Namespace, auth json.RawMessage) *Socket {
	return &Socket{
		ID: newID(), Namespace: nsp, Auth: auth, Header: c.session.header, RemoteAddr: c.session.remote,
		conn: c, rooms: map[string]struct{}{}, acks: map[uint64]func(*Reply){},
	}
}

// WantsAck says whether the client waits for an acknowledgement.
func (e Event) WantsAck() bool { return e.ack != nil }

// Ack acknowledges the event, if the client asked for it.
func (e Event) Ack(args ...any) error {
	if e.ack == nil {
		return nil
	}
	data, attachments, err := encodeArray(nil, args)
	if err == nil {
		e.ack(data, attachments)
	}
	return err
}

// AckRaw acknowledges with arguments that are JSON already, separated by
// commas, and whose placeholders name the attachments.
func (e Event) AckRaw(args []byte, attachments [][]byte) {
	if e.ack != nil {
		e.ack(append(append([]byte{'['}, args...), ']'), attachments)
	}
}

// OnEvent sets what is called with every event, one at a time and in order.
// It must not wait for the same client's next message.
func (s *Socket) OnEvent(f func(Event)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onEvent = f
}

// OnDisconnect adds what is called once when the socket has left.
func (s *Socket) OnDisconnect(f func(reason string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onDisconnect = append(s.onDisconnect, f)
}

// Connected says whether the socket is still in its namespace.
func (s *Socket) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.left
}

// Done is closed when the transport is.
func (s *Socket) Done() <-chan struct{} { return s.conn.session.ctx.Done() }

// Transport is "polling" or "websocket", as of now.
func (s *Socket) Transport() string { return s.conn.session.transport() }

// Emit sends an event. An error means that an argument is not JSON; whether
// the client gets the event is not known.
func (s *Socket) Emit(name string, args ...any) error {
	m, attachments, err := encodeEvent(name, args)
	if err != nil {
		return err
	}
	m.Namespace = s.Namespace.name
	s.conn.sendEvent(messagePackets(m, attachments))
	return nil
}

// EmitRaw sends an event whose arguments are JSON already, as AckRaw does.
func (s *Socket) EmitRaw(name string, args []byte, attachments [][]byte) error {
	head, err := marshal(name)
	if err != nil {
		return err
	}
	data := append([]byte{'['}, head...)
	if len(args) > 0 {
		data = append(append(data, ','), args...)
	}
	m := wire.Message{Type: wire.Event, Namespace: s.Namespace.name, Data: append(data, ']')}
	if len(attachments) > 0 {
		m.Type, m.Attachments = wire.BinaryEvent, len(attachments)
	}
	s.conn.sendEvent(messagePackets(m, attachments))
	return nil
}

// EmitWithAck sends an event and waits for its acknowledgement. It returns
// ErrDisconnected, or the error of ctx.
func (s *Socket) EmitWithAck(ctx context.Context, name string, args ...any) (Reply, error) {
	m, attachments, err := encodeEvent(name, args)
	if err != nil {
		return Reply{}, err
	}
	answer := make(chan *Reply, 1)
	forget, ok := s.request(m, attachments, func(reply *Reply) { answer <- reply })
	if !ok {
		return Reply{}, ErrDisconnected
	}
	select {
	case reply := <-answer:
		if reply == nil {
			return Reply{}, ErrDisconnected
		}
		return *reply, nil
	case <-ctx.Done():
		forget()
		return Reply{}, ctx.Err()
	}
}

// request sends an event that asks for an acknowledgement. It calls answered once,
// with nil if the socket leaves first, unless forget has been called before. False
// means that it has left.
func (s *Socket) request(m wire.Message, attachments [][]byte, answered func(*Reply)) (forget func(), ok bool) {
	s.mu.Lock()
	if s.left {
		s.mu.Unlock()
		return nil, false
	}
	m.ID, m.HasID, m.Namespace = s.lastAck, true, s.Namespace.name
	s.lastAck++
	s.acks[m.ID] = answered
	s.mu.Unlock()
	s.conn.sendEvent(messagePackets(m, attachments))
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.acks, m.ID)
	}, true
}

// Join adds the socket to a room.
func (s *Socket) Join(room string) {
	n := s.Namespace
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, in := n.sockets[s]; !in {
		return // it has left: nobody would take it out again
	}
	n.joinLocked(s, room)
}

// Leave takes the socket out of a room and says whether it was in.
func (s *Socket) Leave(room string) bool {
	s.Namespace.mu.Lock()
	defer s.Namespace.mu.Unlock()
	_, in := s.rooms[room]
	s.Namespace.leaveLocked(s, room)
	return in
}

// Disconnect tells the client to leave the namespace. The transport stays
// open, as the reference's does after a soft disconnect.
func (s *Socket) Disconnect() {
	if s.Connected() {
		s.conn.sendJSON(wire.Disconnect, s.Namespace.name, nil)
		s.leave("server namespace disconnect")
	}
}

// Close closes the transport, as the reference's disconnect(true) does.
func (s *Socket) Close() { s.conn.session.close("server namespace disconnect", closeServer) }

// leave takes the socket out, once, and tells who asked to know.
func (s *Socket) leave(reason string) {
	s.mu.Lock()
	if s.left {
		s.mu.Unlock()
		return
	}
	s.left = true
	acks, tell := s.acks, s.onDisconnect
	s.acks = nil
	s.mu.Unlock()
	s.Namespace.remove(s)
	s.conn.remove(s)
	for _, answered := range acks {
		answered(nil)
	}
	for _, f := range tell {
		f(reason)
	}
}

// event hands a client's event to the handler.
func (s *Socket) event(m wire.Message, attachments [][]byte) {
	name, args, err := wire.EventName(m.Data)
	if err != nil {
		s.conn.fail()
		return
	}
	ev := Event{Name: name, Args: args, Attachments: attachments}
	if m.HasID {
		ev.ack = s.acker(m.ID)
	}
	s.mu.Lock()
	handle := s.onEvent
	s.mu.Unlock()
	if handle != nil {
		handle(ev)
	}
}

// acker returns what sends the acknowledgement of id, at most once.
func (s *Socket) acker(id uint64) func([]byte, [][]byte) {
	var once sync.Once
	return func(data []byte, attachments [][]byte) {
		once.Do(func() {
			m := wire.Message{Type: wire.Ack, Namespace: s.Namespace.name, ID: id, HasID: true, Data: data}
			if len(attachments) > 0 {
				m.Type, m.Attachments = wire.BinaryAck, len(attachments)
			}
			s.conn.session.send(messagePackets(m, attachments)...)
		})
	}
}

// acknowledged hands a client's acknowledgement to who waits for it; one that
// nobody waits for is ignored.
func (s *Socket) acknowledged(m wire.Message, attachments [][]byte) {
	args, err := wire.AckArgs(m.Data)
	if err != nil {
		s.conn.fail()
		return
	}
	if !m.HasID {
		return
	}
	s.mu.Lock()
	answered := s.acks[m.ID]
	delete(s.acks, m.ID)
	s.mu.Unlock()
	if answered != nil {
		answered(&Reply{Args: args, Attachments: attachments})
	}
}

// encodeEvent makes an event of a name and arguments.
func encodeEvent(name string, args []any) (wire.Message, [][]byte, error) {
	if wire.IsReservedEvent([]byte(name)) {
		return wire.Message{}, nil, fmt.Errorf("%w %q", wire.ErrReservedEvent, name)
	}
	head, err := marshal(name)
	if err != nil {
		return wire.Message{}, nil, err
	}
	data, attachments, err := encodeArray(head, args)
	m := wire.Message{Type: wire.Event, Data: data}
	if len(attachments) > 0 {
		m.Type, m.Attachments = wire.BinaryEvent, len(attachments)
	}
	return m, attachments, err
}

// marshal is json.Marshal without the escapes for HTML, which JSON.stringify
// does not make either.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte{'\n'}), err
}

// encodeArray makes a JSON array of a ready first element, if any, and args.
func encodeArray(head []byte, args []any) (data []byte, attachments [][]byte, err error) {
	data = append([]byte{'['}, head...)
	for i, arg := range args {
		if i > 0 || head != nil {
			data = append(data, ',')
		}
		if raw, ok := arg.(Binary); ok {
			data = wire.AppendPlaceholder(data, len(attachments))
			attachments = append(attachments, raw)
			continue
		}
		text, err := marshal(arg)
		if err != nil {
			return nil, nil, fmt.Errorf("argument %d: %w", i, err)
		}
		data = append(data, text...)
	}
	return append(data, ']'), attachments, nil
}
