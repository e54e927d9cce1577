package socketio

// This file is about what other nodes ask of this one: which sockets and rooms
// it has, that sockets join, leave or go, events between servers, and broadcasts
// whose acknowledgements they wait for.

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// The types of requests and of some answers (RequestType of the reference).
const (
	askSockets = iota
	askRooms
	askJoin
	askLeave
	askDisconnect
	askFetch
	askServerSide
	askBroadcast
	tellClients
	tellAck
)

// nodeMessage is a request of a node, or an answer to one. What a type does not
// have is left out.
type nodeMessage struct {
	Type      json.RawMessage `json:"type,omitempty"`
	UID       string          `json:"uid,omitempty"`
	RequestID string          `json:"requestId,omitempty"`
	Opts      *Target         `json:"opts,omitempty"`
	Rooms     json.RawMessage `json:"rooms,omitempty"`
	SID       Room            `json:"sid,omitempty"`  // of a single socket, as older nodes ask
	Room      Room            `json:"room,omitempty"` // likewise
	Close     bool            `json:"close,omitempty"`
	Data      json.RawMessage `json:"data,omitempty"`
	Packet    json.RawMessage `json:"packet,omitempty"`
	Sockets   json.RawMessage `json:"sockets,omitempty"`
	Clients   json.RawMessage `json:"clientCount,omitempty"`

	attachments [][]byte // of the packet
}

// number is a number of a message; -1 stands for one that is missing.
func number(raw json.RawMessage) int {
	n, err := strconv.Atoi(string(raw))
	if err != nil {
		return -1
	}
	return n
}

func numeral(n int) json.RawMessage { return strconv.AppendInt(nil, int64(n), 10) }

// listed are the rooms of a message.
func (m *nodeMessage) listed() (rooms []Room) {
	_ = json.Unmarshal(m.Rooms, &rooms) // what is no list holds no rooms
	return rooms
}

// request does what another node asks; what cannot be read is ignored.
func (d *node) request(message []byte) {
	r := &nodeMessage{}
	attachments, err := decode(message, r)
	if err != nil || d.asking(r.RequestID) != nil {
		return // the latter is our own question
	}
	r.attachments = attachments
	answer := &nodeMessage{}
	switch kind := number(r.Type); kind {
	case askSockets:
		ids := []string{}
		for _, s := range d.nsp.pick(Target{Rooms: r.listed()}) {
			ids = append(ids, s.ID)
		}
		answer.Sockets, err = marshal(ids)
	case askRooms:
		answer.Rooms, err = marshal(d.nsp.roomList())
	case askJoin, askLeave, askDisconnect:
		if !d.move(kind, r) {
			return
		}
	case askFetch:
		if r.Opts == nil {
			return
		}
		answer.Sockets, err = marshal(d.nsp.describe(*r.Opts))
	case askServerSide:
		d.serverSide(r)
		return
	case askBroadcast:
		if answer.Clients = d.broadcastWithAcks(r); answer.Clients == nil {
			return
		}
		answer.Type = numeral(tellClients)
	default:
		return
	}
	if err == nil {
		d.answer(r, answer)
	}
}

// answer sends an answer to the node that asked.
func (d *node) answer(r, answer *nodeMessage) {
	answer.RequestID = r.RequestID
	text, err := marshal(answer)
	if err == nil && answer.Packet != nil {
		text, err = toPack(text, answer.attachments)
	}
	if err == nil {
		d.bus.Publish(d.responses, text)
	}
}

// move makes sockets join, leave or go. Only requests for a single socket are
// answered, and only by the node that has it.
func (d *node) move(kind int, r *nodeMessage) (answered bool) {
	to, rooms := Target{Rooms: []Room{r.SID}}, []Room{r.Room}
	if r.Opts != nil {
		to, rooms = *r.Opts, r.listed()
	}
	sockets := d.nsp.pick(to)
	for _, s := range sockets {
		s.apply(kind, rooms, r.Close)
	}
	return r.Opts == nil && len(sockets) > 0
}

// apply does to one socket what was asked of many.
func (s *Socket) apply(kind int, rooms []Room, close bool) {
	if kind == askDisconnect {
		s.Disconnect()
		if close { // after what the client is still told
			time.AfterFunc(goodbyeRead, s.Close)
		}
		return
	}
	for _, room := range rooms {
		if kind == askJoin {
			s.Join(string(room))
		} else {
			s.Leave(string(room))
		}
	}
}

// ServerEvent is what another server of the cluster says to this one. Args are
// raw JSON, as in Event.
type ServerEvent struct {
	Name string
	Args []byte
	ack  func(answer any)
}

// WantsAck says whether the other server waits for an answer.
func (e ServerEvent) WantsAck() bool { return e.ack != nil }

// Ack answers, once, if the other server waits for it.
func (e ServerEvent) Ack(answer any) {
	if e.ack != nil {
		e.ack(answer)
	}
}

// OnServerEvent sets what is called with events between servers. It is to be
// called before the server joins a cluster. One that nobody handles is not
// answered.
func (n *Namespace) OnServerEvent(f func(ServerEvent)) { n.onServerEvent = f }

func (d *node) serverSide(r *nodeMessage) {
	name, args, err := wire.EventName(r.Data)
	if r.UID == d.uid || err != nil || d.nsp.onServerEvent == nil {
		return
	}
	ev := ServerEvent{Name: name, Args: args}
	if r.RequestID != "" {
		var once sync.Once
		ev.ack = func(answer any) {
			once.Do(func() {
				if data, err := marshal(answer); err == nil {
					d.answer(r, &nodeMessage{Type: numeral(askServerSide), Data: data})
				}
			})
		}
	}
	d.nsp.onServerEvent(ev)
}

// broadcastWithAcks sends another node's event to the sockets here and passes on
// what each of them acknowledges. It returns how many they are; nil is none of
// this namespace's business.
func (d *node) broadcastWithAcks(r *nodeMessage) (clients json.RawMessage) {
	var p packet
	if r.Opts == nil || json.Unmarshal(r.Packet, &p) != nil {
		return nil
	}
	m, ok := d.message(p, r.attachments)
	if !ok {
		return nil
	}
	return numeral(d.nsp.ask(*r.Opts, m, r.attachments, func(reply *Reply) {
		d.answer(r, ackMessage(reply))
	}))
}

// ackMessage tells what a client has acknowledged: its first argument.
func ackMessage(reply *Reply) *nodeMessage {
	arg := json.RawMessage(wire.FirstArg(reply.Args))
	if arg == nil {
		arg = json.RawMessage("null")
	}
	return &nodeMessage{Type: numeral(tellAck), Packet: arg, attachments: reply.Attachments}
}
