package socketio

// This file is about namespaces: who may enter, who is in, in which rooms, and
// sending to many at once.

import (
	"sync"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// Namespace is a set of sockets with their rooms. Its handlers are to be set
// before the server serves.
type Namespace struct {
	name         string
	middleware   func(*Socket) error
	onConnection func(*Socket)

	mu      sync.Mutex
	sockets map[*Socket]struct{}
	rooms   map[string]map[*Socket]struct{}
}

func newNamespace(name string) *Namespace {
	return &Namespace{name: name, sockets: map[*Socket]struct{}{}, rooms: map[string]map[*Socket]struct{}{}}
}

// Use sets what decides whether a socket may enter. An error refuses it with
// the error's text; a *ConnectError also with data.
func (n *Namespace) Use(admit func(*Socket) error) { n.middleware = admit }

// OnConnection sets what is called with every socket that has entered, after
// the client has been told and before its first event is handled.
func (n *Namespace) OnConnection(f func(*Socket)) { n.onConnection = f }

func (n *Namespace) admit(s *Socket) error {
	if n.middleware == nil {
		return nil
	}
	return n.middleware(s)
}

func (n *Namespace) connected(s *Socket) {
	if n.onConnection != nil {
		n.onConnection(s)
	}
}

// add puts s into the namespace, unless it has left already.
func (n *Namespace) add(s *Socket) {
	n.mu.Lock()
	n.sockets[s] = struct{}{}
	n.mu.Unlock()
	if !s.Connected() {
		n.remove(s)
	}
}

// remove takes s out of the namespace and all its rooms.
func (n *Namespace) remove(s *Socket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.sockets, s)
	for room := range s.rooms {
		n.leaveLocked(s, room)
	}
}

func (n *Namespace) leaveLocked(s *Socket, room string) {
	delete(s.rooms, room)
	delete(n.rooms[room], s)
	if len(n.rooms[room]) == 0 {
		delete(n.rooms, room)
	}
}

// Sockets returns the sockets of the namespace, in no order.
func (n *Namespace) Sockets() []*Socket {
	n.mu.Lock()
	defer n.mu.Unlock()
	return keys(n.sockets)
}

// In returns the sockets in a room, in no order.
func (n *Namespace) In(room string) []*Socket {
	n.mu.Lock()
	defer n.mu.Unlock()
	return keys(n.rooms[room])
}

func keys(set map[*Socket]struct{}) []*Socket {
	all := make([]*Socket, 0, len(set))
	for s := range set {
		all = append(all, s)
	}
	return all
}

// Broadcast sends an event to every socket of the namespace.
func (n *Namespace) Broadcast(name string, args ...any) error {
	return n.sendTo(n.Sockets(), name, args)
}

// To sends an event to every socket in a room.
func (n *Namespace) To(room, name string, args ...any) error {
	return n.sendTo(n.In(room), name, args)
}

// sendTo encodes an event once and sends it to each of the sockets.
func (n *Namespace) sendTo(sockets []*Socket, name string, args []any) error {
	m, attachments, err := encodeEvent(name, args)
	if err != nil {
		return err
	}
	m.Namespace = n.name
	packets := messagePackets(m, attachments)
	for _, s := range sockets {
		s.conn.sendEvent(packets)
	}
	return nil
}

// messagePackets is a message with its attachments as Engine.IO packets.
func messagePackets(m wire.Message, attachments [][]byte) []wire.Packet {
	packets := make([]wire.Packet, 0, 1+len(attachments))
	packets = append(packets, wire.Packet{Type: wire.MessagePacket, Data: wire.AppendMessage(nil, m)})
	for _, a := range attachments {
		packets = append(packets, wire.Packet{Type: wire.MessagePacket, Data: a, Binary: true})
	}
	return packets
}
