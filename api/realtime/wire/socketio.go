package wire

// This file is about Socket.IO v5 packets: the text inside an Engine.IO
// message, "<type>[<attachments>-][<namespace>,][<ack id>][JSON]".

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// MessageType is the type of a Socket.IO packet, as its character on the wire.
type MessageType byte

// The packet types of Socket.IO v5.
const (
	Connect      MessageType = '0'
	Disconnect   MessageType = '1'
	Event        MessageType = '2'
	Ack          MessageType = '3'
	ConnectError MessageType = '4'
	BinaryEvent  MessageType = '5'
	BinaryAck    MessageType = '6'
)

// String returns the name the protocol gives the type.
func (t MessageType) String() string {
	switch t {
	case Connect:
		return "CONNECT"
	case Disconnect:
		return "DISCONNECT"
	case Event:
		return "EVENT"
	case Ack:
		return "ACK"
	case ConnectError:
		return "CONNECT_ERROR"
	case BinaryEvent:
		return "BINARY_EVENT"
	case BinaryAck:
		return "BINARY_ACK"
	}
	return "message type " + strconv.QuoteRune(rune(t))
}

// MainNamespace is the namespace of a packet that names none.
const MainNamespace = "/"

// MaxAttachments is how many binary attachments a message may announce
// (socket.io-parser 4.2.6, option maxAttachments).
const MaxAttachments = 10

// Errors of the Socket.IO level. Each is a protocol error: the reference
// closes the connection on it.
var (
	ErrEmptyMessage  = errors.New("socket.io: empty message")
	ErrMessageType   = errors.New("socket.io: unknown packet type")
	ErrAttachments   = errors.New("socket.io: illegal attachments")
	ErrAckID         = errors.New("socket.io: illegal ack id")
	ErrPayload       = errors.New("socket.io: invalid payload")
	ErrReservedEvent = errors.New("socket.io: reserved event name")
)

// Message is one Socket.IO packet. Data are its raw JSON, nil when absent;
// when parsed they alias the input.
type Message struct {
	Type        MessageType
	Namespace   string // "/" when the packet names none; "" means the same when appended
	ID          uint64 // valid if HasID
	HasID       bool
	Attachments int // how many binary packets follow, for BinaryEvent and BinaryAck
	Data        []byte
}

// IsBinary says whether attachments may follow the message.
func (m Message) IsBinary() bool { return m.Type == BinaryEvent || m.Type == BinaryAck }

// AppendMessage appends m in its wire form, to be the data of a message packet.
func AppendMessage(dst []byte, m Message) []byte {
	dst = append(dst, byte(m.Type))
	if m.IsBinary() {
		dst = append(strconv.AppendInt(dst, int64(m.Attachments), 10), '-')
	}
	if m.Namespace != "" && m.Namespace != MainNamespace {
		dst = append(append(dst, m.Namespace...), ',')
	}
	if m.HasID {
		dst = strconv.AppendUint(dst, m.ID, 10)
	}
	return append(dst, m.Data...)
}

// ParseMessage parses the data of a message packet and checks the payload
// against the rules of its type, JSON syntax included. Every error wraps one
// of the errors above.
func ParseMessage(data []byte) (Message, error) {
	if len(data) == 0 {
		return Message{}, ErrEmptyMessage
	}
	m := Message{Type: MessageType(data[0]), Namespace: MainNamespace}
	if m.Type < Connect || m.Type > BinaryAck {
		return Message{}, fmt.Errorf("%w %q", ErrMessageType, data[0])
	}
	rest := data[1:]
	var err error
	if m.IsBinary() {
		if m.Attachments, rest, err = cutAttachments(rest); err != nil {
			return Message{}, err
		}
	}
	if len(rest) > 0 && rest[0] == '/' {
		// A namespace ends at the first comma or at the end of the packet.
		var nsp []byte
		nsp, rest, _ = bytes.Cut(rest, []byte{','})
		m.Namespace = namespaceString(nsp)
	}
	if len(rest) > 0 && isDigit(rest[0]) {
		if m.ID, rest, err = cutID(rest); err != nil {
			return Message{}, err
		}
		m.HasID = true
	}
	if len(rest) > 0 {
		m.Data = rest
	}
	if err := checkPayload(m.Type, m.Data); err != nil {
		return Message{}, err
	}
	return m, nil
}

// namespaceString spares the allocation for the usual namespace.
func namespaceString(nsp []byte) string {
	if len(nsp) == 1 {
		return MainNamespace
	}
	return string(nsp)
}

// cutAttachments cuts "<n>-" from the front.
func cutAttachments(b []byte) (n int, rest []byte, err error) {
	end := skipDigits(b, 0)
	if end == 0 || end >= len(b) || b[end] != '-' {
		return 0, nil, ErrAttachments
	}
	n, err = strconv.Atoi(string(b[:end]))
	if err != nil || n > MaxAttachments {
		return 0, nil, fmt.Errorf("%w: more than %d", ErrAttachments, MaxAttachments)
	}
	return n, b[end+1:], nil
}

// cutID cuts the digits of an ack id from the front.
func cutID(b []byte) (id uint64, rest []byte, err error) {
	end := skipDigits(b, 0)
	for _, c := range b[:end] {
		d := uint64(c - '0')
		if id > (math.MaxUint64-d)/10 {
			return 0, nil, ErrAckID
		}
		id = id*10 + d
	}
	return id, b[end:], nil
}

// checkPayload applies the payload rules of socket.io-parser 4.2.6.
func checkPayload(t MessageType, data []byte) error {
	if data == nil {
		switch t {
		case Connect, Disconnect, ConnectError:
			return nil
		}
		return fmt.Errorf("%w: %v without one", ErrPayload, t)
	}
	start := skipSpace(data, 0)
	if start == len(data) {
		return ErrPayload
	}
	first := data[start]
	allowed := false
	switch t {
	case Connect:
		allowed = first == '{'
	case ConnectError:
		allowed = first == '{' || first == '"'
	case Event, BinaryEvent, Ack, BinaryAck:
		allowed = first == '['
	}
	if !allowed {
		return fmt.Errorf("%w of %v", ErrPayload, t)
	}
	end := skipValue(data, start, 0)
	if end < 0 || skipSpace(data, end) != len(data) {
		return fmt.Errorf("%w of %v: not JSON", ErrPayload, t)
	}
	if t == Event || t == BinaryEvent {
		_, _, err := EventNameBytes(data)
		return err
	}
	return nil
}
