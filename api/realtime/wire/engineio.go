package wire

// This file is about Engine.IO v4: packets, WebSocket frame bodies, polling
// payloads and the handshake.

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// PacketType is the type of an Engine.IO packet, as its character on the wire.
type PacketType byte

// The packet types of Engine.IO v4.
const (
	Open          PacketType = '0'
	Close         PacketType = '1'
	Ping          PacketType = '2'
	Pong          PacketType = '3'
	MessagePacket PacketType = '4'
	Upgrade       PacketType = '5'
	Noop          PacketType = '6'
)

// String returns the name the protocol gives the type.
func (t PacketType) String() string {
	switch t {
	case Open:
		return "open"
	case Close:
		return "close"
	case Ping:
		return "ping"
	case Pong:
		return "pong"
	case MessagePacket:
		return "message"
	case Upgrade:
		return "upgrade"
	case Noop:
		return "noop"
	}
	return "packet type " + strconv.QuoteRune(rune(t))
}

// Separator is the byte between two packets of a polling payload.
const Separator = 0x1e

// ProtocolVersion is the value of the EIO query parameter.
const ProtocolVersion = "4"

// Errors of the Engine.IO level. The parsers return them, possibly wrapped.
var (
	ErrEmptyPacket   = errors.New("engine.io: empty packet")
	ErrPacketType    = errors.New("engine.io: unknown packet type")
	ErrBadBase64     = errors.New("engine.io: binary packet is not base64")
	ErrBadHandshake  = errors.New("engine.io: bad handshake")
	errBinaryInFrame = errors.New("engine.io: a binary packet has no text frame")
)

// Packet is one Engine.IO packet. A binary packet is always a message; its
// Data are the raw bytes. When parsed from text, Data alias the input.
type Packet struct {
	Type   PacketType
	Data   []byte
	Binary bool
}

// Handshake is the payload of the open packet.
type Handshake struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int      `json:"pingInterval"` // milliseconds
	PingTimeout  int      `json:"pingTimeout"`  // milliseconds
	MaxPayload   int      `json:"maxPayload"`   // bytes; 0 when the server does not say
}

// AppendFrame appends p as the body of one WebSocket text frame. A binary
// packet has no text form there: the caller sends its Data raw in a binary
// frame; AppendFrame panics on it, as only a programming error leads here.
func AppendFrame(dst []byte, p Packet) []byte {
	if p.Binary {
		panic(errBinaryInFrame)
	}
	return append(append(dst, byte(p.Type)), p.Data...)
}

// ParseFrame parses the body of one WebSocket frame; binary says which kind
// of frame it was. It returns ErrEmptyPacket or ErrPacketType.
func ParseFrame(frame []byte, binary bool) (Packet, error) {
	if binary {
		return Packet{Type: MessagePacket, Data: frame, Binary: true}, nil
	}
	if len(frame) == 0 {
		return Packet{}, ErrEmptyPacket
	}
	t := PacketType(frame[0])
	if t < Open || t > Noop {
		return Packet{}, fmt.Errorf("%w %q", ErrPacketType, frame[0])
	}
	return Packet{Type: t, Data: frame[1:]}, nil
}

// AppendPayload appends packets as the body of a polling request or response:
// joined by Separator, binary ones as "b" and base64.
func AppendPayload(dst []byte, packets ...Packet) []byte {
	for i, p := range packets {
		if i > 0 {
			dst = append(dst, Separator)
		}
		if p.Binary {
			dst = base64.StdEncoding.AppendEncode(append(dst, 'b'), p.Data)
			continue
		}
		dst = AppendFrame(dst, p)
	}
	return dst
}

// ParsePayload parses the body of a polling request or response. On an error
// the packets before the bad one are returned with it, as the reference server
// handles those before it closes the session.
func ParsePayload(body []byte) ([]Packet, error) {
	if len(body) == 0 {
		return nil, ErrEmptyPacket
	}
	packets := make([]Packet, 0, 1+bytes.Count(body, []byte{Separator}))
	for rest, more := body, true; more; {
		var one []byte
		one, rest, more = bytes.Cut(rest, []byte{Separator})
		p, err := parsePolled(one)
		if err != nil {
			return packets, err
		}
		packets = append(packets, p)
	}
	return packets, nil
}

// parsePolled parses one packet of a polling payload.
func parsePolled(one []byte) (Packet, error) {
	if len(one) == 0 || one[0] != 'b' {
		return ParseFrame(one, false)
	}
	data, err := base64.StdEncoding.AppendDecode(nil, one[1:])
	if err != nil {
		return Packet{}, fmt.Errorf("%w: %w", ErrBadBase64, err)
	}
	return Packet{Type: MessagePacket, Data: data, Binary: true}, nil
}

// PolledSize is the number of bytes AppendPayload uses for p, without a
// separator. Writers use it to split what they send by the peer's maxPayload.
func PolledSize(p Packet) int {
	if p.Binary {
		return 1 + base64.StdEncoding.EncodedLen(len(p.Data))
	}
	return 1 + len(p.Data)
}

// AppendHandshake appends h as the data of an open packet.
func AppendHandshake(dst []byte, h Handshake) []byte {
	if h.Upgrades == nil {
		h.Upgrades = []string{}
	}
	data, err := json.Marshal(h)
	if err != nil { // strings and integers only: cannot happen
		panic(err)
	}
	return append(dst, data...)
}

// ParseHandshake parses the data of an open packet. It returns an error that
// wraps ErrBadHandshake when the data are not such JSON, or have no session id
// or no positive heartbeat times: without them the silence of the peer could
// not be told from its death.
func ParseHandshake(data []byte) (Handshake, error) {
	var h Handshake
	if err := json.Unmarshal(data, &h); err != nil {
		return Handshake{}, fmt.Errorf("%w: %w", ErrBadHandshake, err)
	}
	switch {
	case h.SID == "":
		return Handshake{}, fmt.Errorf("%w: no sid", ErrBadHandshake)
	case h.PingInterval <= 0 || h.PingTimeout <= 0:
		return Handshake{}, fmt.Errorf("%w: pingInterval %d, pingTimeout %d", ErrBadHandshake, h.PingInterval, h.PingTimeout)
	case h.MaxPayload < 0:
		return Handshake{}, fmt.Errorf("%w: maxPayload %d", ErrBadHandshake, h.MaxPayload)
	}
	return h, nil
}
