package socketio

// This file is about namespaces: who may enter, who is in, in which rooms, and
// sending to many at once.

import (
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// Namespace is a set of sockets with their rooms. Its handlers are to be set
// before the server serves.
type Namespace struct {
	name         string
	middleware   func(*Socket) error
	onConnection func(*Socket)

	onServerEvent func(ServerEvent)
	node          *node // nil without a cluster

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
	n.joinLocked(s, s.ID) // each is in a room of its own
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

func (n *Namespace) joinLocked(s *Socket, room string) {
	if n.rooms[room] == nil {
		n.rooms[room] = map[*Socket]struct{}{}
	}
	n.rooms[room][s], s.rooms[room] = struct{}{}, struct{}{}
}

func (n *Namespace) leaveLocked(s *Socket, room string) {
	delete(s.rooms, room)
	delete(n.rooms[room], s)
	if len(n.rooms[room]) == 0 {
		delete(n.rooms, room)
	}
}

// Sockets returns the sockets of the namespace, in no order.
func (n *Namespace) Sockets() []*Socket { return n.pick(Target{}) }

// In returns the sockets in a room, in no order.
func (n *Namespace) In(room string) []*Socket { return n.pick(Target{Rooms: []Room{Room(room)}}) }

// Broadcast sends an event to every socket of the namespace.
func (n *Namespace) Broadcast(name string, args ...any) error {
	return n.EmitTo(Target{}, name, args...)
}

// To sends an event to every socket in a room.
func (n *Namespace) To(room, name string, args ...any) error {
	return n.EmitTo(Target{Rooms: []Room{Room(room)}}, name, args...)
}

// EmitTo sends an event to sockets of this server and, unless the target is local,
// of the other servers of its cluster.
func (n *Namespace) EmitTo(to Target, name string, args ...any) error {
	m, attachments, err := encodeEvent(name, args)
	if err != nil {
		return err
	}
	m.Namespace = n.name
	if n.node != nil && !to.Local {
		if err := n.node.publish(to, m, attachments); err != nil {
			return err
		}
	}
	n.deliver(to, messagePackets(m, attachments))
	return nil
}

// deliver sends the packets of one event to the sockets of this server that are
// meant.
func (n *Namespace) deliver(to Target, packets []wire.Packet) {
	for _, s := range n.pick(to) {
		if !to.Flags.Volatile || s.conn.session.writable() {
			s.conn.sendEvent(packets)
		}
	}
}

// ask sends an event to the sockets of this server that are meant, and calls
// answered with what each acknowledges in time. It returns how many they are.
func (n *Namespace) ask(to Target, m wire.Message, attachments [][]byte, answered func(*Reply)) (clients int) {
	patience := askTimeout // where another server tells none
	if to.Flags.Timeout > 0 {
		patience = time.Duration(to.Flags.Timeout) * time.Millisecond
	}
	for _, s := range n.pick(to) {
		forget, ok := s.request(m, attachments, func(reply *Reply) {
			if reply != nil {
				answered(reply)
			}
		})
		if ok {
			clients++
			time.AfterFunc(patience, forget)
		}
	}
	return clients
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
