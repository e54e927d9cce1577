package socketio

// This file is about a server that is one of several: broadcasts from here to the
// other nodes and from them to the sockets here, as @socket.io/redis-adapter 8.3.0
// does it. What nodes ask of each other is in cluster_ask.go and cluster_answer.go.

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// Bus is what connects the nodes of a cluster.
type Bus interface {
	// Publish sends a message to whoever subscribes to the channel. It does not
	// wait; the message is lost while there is no connection.
	Publish(channel string, message []byte)
	// Subscribers is how many subscribe to the channel.
	Subscribers(ctx context.Context, channel string) (int, error)
}

// Subscription is what a namespace in a cluster must be told.
type Subscription struct {
	Patterns, Channels []string
	// Receive takes one message at a time, in the order of its channel.
	Receive func(channel string, message []byte)
}

// JoinCluster makes the namespace one over all servers whose channels begin with
// prefix, which is "socket.io" where nobody chose another. It is to be called once,
// before the server serves.
func (n *Namespace) JoinCluster(bus Bus, prefix string) Subscription {
	d := &node{nsp: n, bus: bus, uid: newUID(), asked: map[string]*question{}}
	end := "#" + n.name + "#"
	d.broadcasts, d.requests, d.responses = prefix+end, prefix+"-request"+end, prefix+"-response"+end
	n.node = d
	return Subscription{
		Patterns: []string{d.broadcasts + "*"}, Channels: []string{d.requests, d.responses, d.responses + d.uid + "#"}, Receive: d.receive,
	}
}

// node is one namespace of one server of a cluster.
type node struct {
	nsp *Namespace
	bus Bus
	uid string // by which it knows what it has sent itself

	// The channels' names; the first is a prefix.
	broadcasts, requests, responses string

	mu    sync.Mutex
	asked map[string]*question // by request id
}

// uidLength is that of uid2(6), which names nodes and requests.
const uidLength = 6

func newUID() string { return newID()[:uidLength] }

func (d *node) receive(channel string, message []byte) {
	room, broadcast := strings.CutPrefix(channel, d.broadcasts)
	switch {
	case broadcast:
		d.broadcast(strings.TrimSuffix(room, "#"), message)
	case strings.HasPrefix(channel, d.responses):
		d.response(message)
	case strings.HasPrefix(channel, d.requests):
		d.request(message)
	}
}

// packet is a message between nodes.
type packet struct {
	Type int             `json:"type"` // of Socket.IO: EVENT, whether it has attachments or not
	Data json.RawMessage `json:"data"`
	NSP  string          `json:"nsp,omitempty"`
}

func packetOf(m wire.Message) packet {
	return packet{Type: int(wire.Event - '0'), Data: m.Data, NSP: m.Namespace}
}

// message is the packet for the sockets here. False means that it is none of this
// namespace's, or nothing that clients could be sent.
func (d *node) message(p packet, attachments [][]byte) (wire.Message, bool) {
	m := wire.Message{Type: wire.Event, Namespace: d.nsp.name, Attachments: len(attachments), Data: p.Data}
	if len(attachments) > 0 {
		m.Type = wire.BinaryEvent
	}
	if p.NSP == "" {
		p.NSP = wire.MainNamespace
	}
	_, _, err := wire.EventNameBytes(p.Data)
	event := p.Type == int(wire.Event-'0') || p.Type == int(wire.BinaryEvent-'0')
	return m, err == nil && event && p.NSP == d.nsp.name
}

// publish sends a broadcast to the other nodes.
func (d *node) publish(to Target, m wire.Message, attachments [][]byte) error {
	message, err := pack([]any{d.uid, packetOf(m), to.sets()}, attachments)
	if err != nil {
		return err
	}
	channel := d.broadcasts
	if len(to.Rooms) == 1 {
		channel += string(to.Rooms[0]) + "#"
	}
	d.bus.Publish(channel, message)
	return nil
}

// pack is a value as MessagePack.
func pack(v any, attachments [][]byte) ([]byte, error) {
	text, err := marshal(v)
	if err != nil {
		return nil, err
	}
	return toPack(text, attachments)
}

// broadcast gives another node's broadcast to the sockets here. The room of its
// channel is "" unless it is for one room only.
func (d *node) broadcast(room string, message []byte) {
	if d.own(message) || room != "" && !d.nsp.hasRoom(Room(room)) {
		return
	}
	var uid string
	var p packet
	var to *Target
	attachments, err := decode(message, &[]any{&uid, &p, &to})
	if err != nil || to == nil {
		return
	}
	if m, ok := d.message(p, attachments); ok {
		d.nsp.deliver(*to, messagePackets(m, attachments))
	}
}

// own says whether a broadcast comes from here: an array of three whose first is
// the uid.
func (d *node) own(message []byte) bool {
	return bytes.HasPrefix(message, append([]byte{0x93, 0xa0 | uidLength}, d.uid...))
}

// decode reads what another node sends, JSON or MessagePack.
func decode(message []byte, into any) (attachments [][]byte, err error) {
	if len(message) == 0 || message[0] != '{' {
		if message, attachments, err = fromPack(message); err != nil {
			return nil, err
		}
	}
	return attachments, json.Unmarshal(message, into)
}
