package socketio

// This file is about the Socket.IO side of one session: decoding, connecting
// to namespaces, and what closes the whole connection (socket.io client.js).

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// conn is the Socket.IO connection of a session.
type conn struct {
	session *session

	// Touched only while the session receives.
	pending     *wire.Message // waits for its attachments
	attachments [][]byte

	mu       sync.Mutex
	sockets  map[string]*Socket // by namespace
	deadline *time.Timer        // for the first CONNECT
	ended    bool
	held     []wire.Packet // an event kept back by the reorder fault
}

func newConn(s *session) *conn {
	c := &conn{session: s, sockets: map[string]*Socket{}}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = time.AfterFunc(s.srv.opts.ConnectTimeout, func() { s.close("transport close", closeServer) })
	return c
}

// fail ends the connection because of a protocol error.
func (c *conn) fail() { c.session.close("parse error", closeServer) }

// receive takes the data of one Engine.IO message.
func (c *conn) receive(data []byte, binary bool) {
	if binary {
		c.receiveAttachment(data)
		return
	}
	m, err := wire.ParseMessage(data)
	if err != nil || c.pending != nil { // text while attachments are due
		c.fail()
		return
	}
	if m.Attachments > 0 {
		c.pending, c.attachments = &m, nil
		return
	}
	c.dispatch(m, nil)
}

func (c *conn) receiveAttachment(data []byte) {
	if c.pending == nil {
		c.fail()
		return
	}
	c.attachments = append(c.attachments, data)
	if len(c.attachments) < c.pending.Attachments {
		return
	}
	m, attachments := *c.pending, c.attachments
	c.pending, c.attachments = nil, nil
	if _, err := wire.Placeholders(m.Data, len(attachments)); err != nil {
		c.fail()
		return
	}
	c.dispatch(m, attachments)
}

// dispatch hands a whole message to its socket.
func (c *conn) dispatch(m wire.Message, attachments [][]byte) {
	c.mu.Lock()
	socket := c.sockets[m.Namespace]
	c.mu.Unlock()
	switch {
	case socket == nil && m.Type == wire.Connect:
		c.connect(m.Namespace, m.Data)
	case socket == nil, m.Type == wire.Connect, m.Type == wire.ConnectError:
		c.session.close("transport close", closeServer)
	case m.Type == wire.Disconnect:
		socket.leave("client namespace disconnect")
	case m.Type == wire.Ack, m.Type == wire.BinaryAck:
		socket.acknowledged(m, attachments)
	default:
		socket.event(m, attachments)
	}
}

// ConnectError refuses a connection to a namespace. Data, if not nil, is what
// the client finds as the error's data.
type ConnectError struct {
	Message string
	Data    any
}

func (e *ConnectError) Error() string { return e.Message }

// refusedConnect is the payload of CONNECT_ERROR.
type refusedConnect struct {
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// connect admits the client to a namespace, or refuses it.
func (c *conn) connect(name string, auth json.RawMessage) {
	nsp := c.session.srv.namespace(name)
	if nsp == nil {
		c.sendJSON(wire.ConnectError, name, refusedConnect{Message: "Invalid namespace"})
		return
	}
	socket := newSocket(c, nsp, auth)
	if err := nsp.admit(socket); err != nil {
		body := refusedConnect{Message: err.Error()}
		if refused := (*ConnectError)(nil); errors.As(err, &refused) {
			body.Data = refused.Data
		}
		c.sendJSON(wire.ConnectError, name, body)
		return
	}
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return
	}
	c.deadline.Stop()
	c.sockets[name] = socket
	c.mu.Unlock()
	c.sendJSON(wire.Connect, name, map[string]any{"sid": socket.ID})
	nsp.add(socket)
	nsp.connected(socket)
}

// sendJSON sends a message that is not an event.
func (c *conn) sendJSON(t wire.MessageType, namespace string, payload any) {
	m := wire.Message{Type: t, Namespace: namespace}
	if payload != nil {
		data, err := marshal(payload)
		if err != nil { // the data of a ConnectError that are not JSON
			data = []byte(`{"message":"internal error"}`)
		}
		m.Data = data
	}
	c.session.send(wire.Packet{Type: wire.MessagePacket, Data: wire.AppendMessage(nil, m)})
}

// sendEvent sends the packets of one event, which the faults may lose, double
// or put behind the next one.
func (c *conn) sendEvent(packets []wire.Packet) {
	fate := c.session.srv.faults.roll()
	if fate.lose {
		return
	}
	if fate.double {
		packets = append(packets[:len(packets):len(packets)], packets...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if fate.hold && c.held == nil {
		c.held = packets
		time.AfterFunc(reorderHold, c.releaseHeld)
		return
	}
	c.session.send(append(packets[:len(packets):len(packets)], c.held...)...)
	c.held = nil
}

// releaseHeld sends a held event that no other one overtook.
func (c *conn) releaseHeld() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.send(c.held...)
	c.held = nil
}

// remove takes a socket off the connection. The transport stays open.
func (c *conn) remove(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sockets[s.Namespace.name] == s {
		delete(c.sockets, s.Namespace.name)
	}
}

// closed tells every socket that the session is over.
func (c *conn) closed(reason string) {
	c.mu.Lock()
	c.ended = true
	c.deadline.Stop()
	sockets := c.sockets
	c.sockets = map[string]*Socket{}
	c.mu.Unlock()
	for _, s := range sockets {
		s.leave(reason)
	}
}
