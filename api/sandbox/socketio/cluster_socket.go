package socketio

// This file is about what the servers of a cluster tell each other of a socket.

import (
	"encoding/json"
	"net"
	"strings"
)

// RemoteSocket is a socket somewhere in the cluster.
type RemoteSocket struct {
	ID        string          `json:"id"`
	Handshake json.RawMessage `json:"handshake"`
	Rooms     []Room          `json:"rooms"`
	Data      json.RawMessage `json:"data"`
}

// handshake is how a client came in, as the reference has it.
type handshake struct {
	Headers map[string]string `json:"headers"`
	Time    string            `json:"time"`
	Address string            `json:"address"`
	XDomain bool              `json:"xdomain"`
	Secure  bool              `json:"secure"`
	Issued  int64             `json:"issued"`
	URL     string            `json:"url"`
	Query   map[string]string `json:"query"`
	Auth    json.RawMessage   `json:"auth"`
}

// describe tells of the sockets of this server that are meant.
func (n *Namespace) describe(to Target) []RemoteSocket {
	list := []RemoteSocket{} // never null in JSON
	for _, s := range n.pick(to) {
		d := RemoteSocket{ID: s.ID, Rooms: []Room{}, Data: json.RawMessage("{}")}
		d.Handshake, _ = marshal(s.handshake()) // the client's auth is JSON
		if data, err := marshal(s.Data.Load()); err == nil && string(data) != "null" {
			d.Data = data
		}
		n.mu.Lock()
		for room := range s.rooms {
			d.Rooms = append(d.Rooms, Room(room))
		}
		n.mu.Unlock()
		list = append(list, d)
	}
	return list
}

func (s *Socket) handshake() handshake {
	session := s.conn.session
	h := handshake{
		Headers: map[string]string{}, Query: map[string]string{}, Address: s.RemoteAddr, Issued: session.opened.UnixMilli(),
		Time: session.opened.UTC().Format("Mon Jan 02 2006 15:04:05 GMT-0700 (Coordinated Universal Time)"),
		URL:  session.url.RequestURI(), XDomain: s.Header.Get("Origin") != "", Auth: s.Auth,
	}
	if host, _, err := net.SplitHostPort(s.RemoteAddr); err == nil {
		h.Address = host
	}
	for name, values := range s.Header {
		h.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	for name, values := range session.url.Query() {
		h.Query[name] = values[0]
	}
	if h.Auth == nil {
		h.Auth = json.RawMessage("{}")
	}
	return h
}
