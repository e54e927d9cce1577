package socketio

// This file is about what this node asks of the others, and about namespaces as
// one over all nodes. Without a cluster each answer is this server's own.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// askTimeout is how long other nodes have to answer (requestsTimeout of the
// reference).
const askTimeout = 5 * time.Second

// question waits for answers.
type question struct {
	mu       sync.Mutex
	take     func(*nodeMessage) (complete bool) // nil when it is over
	complete chan struct{}
}

func (q *question) tell(answer *nodeMessage) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.take != nil && q.take(answer) {
		q.take = nil
		close(q.complete)
	}
}

// wait waits until the answers are complete or ctx ends.
func (q *question) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	select {
	case <-q.complete:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.take = nil
	return fmt.Errorf("not everybody has answered: %w", ctx.Err())
}

// asking is our own question of this id, or nil.
func (d *node) asking(id string) *question {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[id]
}

// response hands an answer to who asked.
func (d *node) response(message []byte) {
	answer := &nodeMessage{}
	attachments, err := decode(message, answer)
	if q := d.asking(answer.RequestID); err == nil && q != nil {
		answer.attachments = attachments
		q.tell(answer)
	}
}

// publishRequest asks the other nodes. A request with a packet, which may be
// binary, is MessagePack.
func (d *node) publishRequest(kind int, r *nodeMessage) error {
	r.Type, r.UID = numeral(kind), d.uid
	text, err := marshal(r)
	if err == nil && r.Packet != nil {
		text, err = toPack(text, r.attachments)
	}
	if err == nil {
		d.bus.Publish(d.requests, text)
	}
	return err
}

// ask asks the other nodes a question; forget ends the wait for answers.
func (d *node) ask(kind int, r *nodeMessage, q *question) (forget func(), err error) {
	r.RequestID = newUID()
	d.mu.Lock()
	d.asked[r.RequestID] = q
	d.mu.Unlock()
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.asked, r.RequestID)
	}, d.publishRequest(kind, r)
}

// others is how many other servers the cluster has.
func (d *node) others(ctx context.Context) (int, error) {
	if d == nil {
		return 0, nil
	}
	n, err := d.bus.Subscribers(ctx, d.requests)
	return max(n-1, 0), err
}

// ServerCount is how many servers the cluster has.
func (n *Namespace) ServerCount(ctx context.Context) (int, error) {
	others, err := n.node.others(ctx)
	return others + 1, err
}

// all asks every other server and hands the answers to take.
func (n *Namespace) all(ctx context.Context, kind int, r *nodeMessage, take func(*nodeMessage)) error {
	others, err := n.node.others(ctx)
	if err != nil || others == 0 {
		return err
	}
	q := &question{complete: make(chan struct{}), take: func(answer *nodeMessage) bool {
		take(answer)
		others--
		return others == 0
	}}
	forget, err := n.node.ask(kind, r, q)
	defer forget()
	if err != nil {
		return err
	}
	return q.wait(ctx)
}

// AllRooms is every room of the namespace in the cluster, in no order.
func (n *Namespace) AllRooms(ctx context.Context) ([]Room, error) {
	seen := map[Room]struct{}{}
	var list []Room
	add := func(rooms []Room) {
		for _, room := range rooms {
			if _, known := seen[room]; !known {
				seen[room] = struct{}{}
				list = append(list, room)
			}
		}
	}
	add(n.roomList())
	err := n.all(ctx, askRooms, &nodeMessage{}, func(answer *nodeMessage) { add(answer.listed()) })
	return list, err
}

// FetchSockets describes sockets of the namespace, in the whole cluster unless
// the target is local. An error means that not every server has answered.
func (n *Namespace) FetchSockets(ctx context.Context, to Target) ([]RemoteSocket, error) {
	found := n.describe(to)
	if to.Local {
		return found, nil
	}
	to = to.sets()
	err := n.all(ctx, askFetch, &nodeMessage{Opts: &to}, func(answer *nodeMessage) {
		var more []RemoteSocket
		if json.Unmarshal(answer.Sockets, &more) == nil {
			found = append(found, more...)
		}
	})
	return found, err
}

// SocketsJoin makes sockets join rooms, wherever in the cluster they are.
func (n *Namespace) SocketsJoin(to Target, rooms ...Room) error {
	return n.move(askJoin, to, rooms, false)
}

// SocketsLeave makes sockets leave rooms, wherever in the cluster they are.
func (n *Namespace) SocketsLeave(to Target, rooms ...Room) error {
	return n.move(askLeave, to, rooms, false)
}

// DisconnectSockets disconnects sockets, wherever in the cluster they are, and
// closes their transports if close is set.
func (n *Namespace) DisconnectSockets(to Target, close bool) error {
	return n.move(askDisconnect, to, nil, close)
}

// move asks every node, this one among them, as the reference does.
func (n *Namespace) move(kind int, to Target, rooms []Room, close bool) error {
	if n.node == nil || to.Local {
		for _, s := range n.pick(to) {
			s.apply(kind, rooms, close)
		}
		return nil
	}
	to = to.sets()
	r := &nodeMessage{Opts: &to, Close: close}
	var err error
	if rooms != nil {
		r.Rooms, err = marshal(rooms)
	}
	if err != nil {
		return err
	}
	return n.node.publishRequest(kind, r)
}

// errAlone means that there is nobody to talk to.
var errAlone = errors.New("socketio: the server is in no cluster")

// ServerSideEmit sends an event to the other servers of the cluster.
func (n *Namespace) ServerSideEmit(name string, args ...any) error {
	data, err := marshal(append([]any{name}, args...))
	switch {
	case n.node == nil:
		return errAlone
	case err != nil:
		return err
	}
	return n.node.publishRequest(askServerSide, &nodeMessage{Data: data})
}

// ServerSideEmitWithAck sends an event to the other servers of the cluster and
// returns what they answer; with an error, what has been answered so far.
func (n *Namespace) ServerSideEmitWithAck(ctx context.Context, name string, args ...any) ([]json.RawMessage, error) {
	data, err := marshal(append([]any{name}, args...))
	if err != nil {
		return nil, err
	}
	var answers []json.RawMessage
	err = n.all(ctx, askServerSide, &nodeMessage{Data: data}, func(answer *nodeMessage) { answers = append(answers, answer.Data) })
	return answers, err
}

// EmitWithAcks sends an event to sockets in the whole cluster and returns the
// first argument of what each of them acknowledges; with an error, what has been
// acknowledged so far. It waits until ctx ends, five seconds at most.
func (n *Namespace) EmitWithAcks(ctx context.Context, to Target, name string, args ...any) ([]Reply, error) {
	m, attachments, err := encodeEvent(name, args)
	if err != nil {
		return nil, err
	}
	m.Namespace = n.name
	others := 0
	if !to.Local {
		if others, err = n.node.others(ctx); err != nil {
			return nil, err
		}
	}
	var replies []Reply
	servers, clients := 0, 0
	q := &question{complete: make(chan struct{}), take: func(answer *nodeMessage) bool {
		switch number(answer.Type) {
		case tellClients:
			servers++
			clients += number(answer.Clients)
		case tellAck:
			replies = append(replies, Reply{Args: answer.Packet, Attachments: answer.attachments})
		}
		return servers > others && len(replies) == clients
	}}
	to = to.sets()
	to.Flags.Timeout = askTimeout.Milliseconds()
	if others > 0 {
		r := &nodeMessage{Opts: &to, attachments: attachments}
		if r.Packet, err = marshal(packetOf(m)); err != nil {
			return nil, err
		}
		forget, err := n.node.ask(askBroadcast, r, q)
		defer forget()
		if err != nil {
			return nil, err
		}
	}
	here := n.ask(to, m, attachments, func(reply *Reply) {
		q.tell(ackMessage(reply))
	})
	q.tell(&nodeMessage{Type: numeral(tellClients), Clients: numeral(here)})
	return replies, q.wait(ctx)
}
