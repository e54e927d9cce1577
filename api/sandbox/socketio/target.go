package socketio

// This file is about which sockets of a namespace are meant, here and in what the
// servers of a cluster tell each other.

import "encoding/json"

// Room is the name of a room. A number, which other servers may use, is the text
// that it prints as.
type Room string

// UnmarshalJSON implements json.Unmarshaler.
func (r *Room) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(r))
	}
	*r = Room(raw)
	return nil
}

// Target says which sockets of a namespace are meant: those in any of Rooms, or
// all of them without one, except those in any of Except.
type Target struct {
	Rooms  []Room `json:"rooms"`
	Except []Room `json:"except"`
	Flags  Flags  `json:"flags"`
	Local  bool   `json:"-"` // only those of this server, not of its cluster
}

// Flags are those of a broadcast.
type Flags struct {
	Volatile bool  `json:"volatile,omitempty"` // it is lost where the client cannot take it at once
	Timeout  int64 `json:"timeout,omitempty"`  // of acknowledgements, in milliseconds
}

// sets is the target for other servers, who expect lists.
func (t Target) sets() Target {
	if t.Rooms == nil {
		t.Rooms = []Room{}
	}
	if t.Except == nil {
		t.Except = []Room{}
	}
	return t
}

// pick returns the sockets of this server that are meant, in no order.
func (n *Namespace) pick(to Target) []*Socket {
	n.mu.Lock()
	defer n.mu.Unlock()
	chosen := map[*Socket]struct{}{}
	if len(to.Rooms) == 0 {
		chosen = n.sockets
	}
	for _, room := range to.Rooms {
		for s := range n.rooms[string(room)] {
			chosen[s] = struct{}{}
		}
	}
	all := make([]*Socket, 0, len(chosen))
next:
	for s := range chosen {
		for _, room := range to.Except {
			if _, in := s.rooms[string(room)]; in {
				continue next
			}
		}
		all = append(all, s)
	}
	return all
}

// hasRoom says whether a socket of this server is in the room.
func (n *Namespace) hasRoom(room Room) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.rooms[string(room)] != nil
}

// roomList is every room of this server, in no order.
func (n *Namespace) roomList() []Room {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := make([]Room, 0, len(n.rooms))
	for room := range n.rooms {
		list = append(list, Room(room))
	}
	return list
}
