package socketio

// This file is about MessagePack as the nodes of a cluster write it
// (notepack.io 3.0.1): between it and a message's JSON with its attachments,
// without a tree in the middle. It knows nothing of what the messages say.

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

const (
	// maxPackDepth bounds nesting, so that a hostile message cannot exhaust the
	// stack.
	maxPackDepth = 512
	// maxPackSize bounds a message; a larger one would cut every client off
	// (Options.MaxQueued).
	maxPackSize = 64 << 20
)

// errPack means that something cannot be said in the other form.
var errPack = errors.New("socketio: not MessagePack")

func packError(what string, at int) error { return fmt.Errorf("%w: %s at byte %d", errPack, what, at) }

// toPack is a JSON value as MessagePack, its placeholders replaced by the
// attachments. Without attachments a placeholder is an object like any other,
// as it is to the reference.
func toPack(text []byte, attachments [][]byte) ([]byte, error) {
	if !json.Valid(text) || len(text) > maxPackSize {
		return nil, fmt.Errorf("%w: what is to be packed is no JSON", errPack)
	}
	p := packer{in: text, attachments: attachments, out: make([]byte, 0, len(text))}
	err := p.value(0)
	return p.out, err
}

// packer walks JSON that is well formed.
type packer struct {
	in          []byte
	at          int
	attachments [][]byte
	out         []byte
}

// next skips white space, commas and colons, and returns the byte that follows.
func (p *packer) next() byte {
	for bytes.IndexByte([]byte(" \t\r\n,:"), p.in[p.at]) >= 0 {
		p.at++
	}
	return p.in[p.at]
}

func (p *packer) value(depth int) error {
	if depth > maxPackDepth {
		return packError("too deep", p.at)
	}
	switch c := p.next(); c {
	case '[':
		return p.container(']', 0x90, 0xdc, depth)
	case '{':
		return p.container('}', 0x80, 0xde, depth)
	case '"':
		p.text(p.quoted())
	case 'n':
		p.word(4, 0xc0)
	case 'f':
		p.word(5, 0xc2)
	case 't':
		p.word(4, 0xc3)
	default:
		p.number()
	}
	return nil
}

func (p *packer) word(length int, code byte) {
	p.at += length
	p.out = append(p.out, code)
}

// quoted returns the text of the string that starts here.
func (p *packer) quoted() []byte {
	start, escaped := p.at, false
	for p.at++; p.in[p.at] != '"'; p.at++ {
		if p.in[p.at] == '\\' {
			escaped = true
			p.at++
		}
	}
	p.at++
	if !escaped {
		return p.in[start+1 : p.at-1]
	}
	var s string
	_ = json.Unmarshal(p.in[start:p.at], &s) // is well formed
	return []byte(s)
}

// number takes whole numbers as such, whatever they are written as, and all
// others as doubles, which is what a JavaScript number is.
func (p *packer) number() {
	start := p.at
	for p.at < len(p.in) && bytes.IndexByte([]byte("+-.eE0123456789"), p.in[p.at]) >= 0 {
		p.at++
	}
	digits := string(p.in[start:p.at])
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		p.whole(n)
		return
	}
	f, _ := strconv.ParseFloat(digits, 64) // out of range is an infinity, as in JavaScript
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		p.whole(int64(f))
		return
	}
	p.bytes(math.Float64bits(f), 0xcb, 8)
}

// whole writes an integer in its shortest form.
func (p *packer) whole(n int64) {
	switch {
	case n >= 0x80:
		p.sized(uint64(n), 0xcc, 3)
	case n >= -0x20:
		p.out = append(p.out, byte(n))
	case n >= math.MinInt8:
		p.out = append(p.out, 0xd0, byte(n))
	case n >= math.MinInt16:
		p.bytes(uint64(n), 0xd1, 2)
	case n >= math.MinInt32:
		p.bytes(uint64(n), 0xd2, 4)
	default:
		p.bytes(uint64(n), 0xd3, 8)
	}
}

// sized writes a number behind one of the codes that stand in a row for one,
// two, four and eight bytes, of which it takes the first that is large enough.
func (p *packer) sized(n uint64, code byte, last int) {
	width := 0
	for width < last && n>>(8<<width) != 0 {
		width++
	}
	p.bytes(n, code+byte(width), 1<<width)
}

// bytes writes a code and a number of that many bytes.
func (p *packer) bytes(n uint64, code byte, width int) {
	p.out = append(p.out, code)
	for shift := 8*width - 8; shift >= 0; shift -= 8 {
		p.out = append(p.out, byte(n>>shift))
	}
}

func (p *packer) text(s []byte) {
	if len(s) < 0x20 {
		p.out = append(p.out, 0xa0|byte(len(s)))
	} else {
		p.sized(uint64(len(s)), 0xd9, 2)
	}
	p.out = append(p.out, s...)
}

// container packs an array or an object: short holds up to 15 members, long up
// to 65535 and the code after it the rest. An object whose "_placeholder" is
// true becomes the attachment, as wire.ReplacePlaceholders has it.
func (p *packer) container(end, short, long byte, depth int) error {
	start, members, placeholder, num := len(p.out), 0, false, -1
	p.out = append(p.out, 0) // place of the short form
	for p.at++; p.next() != end; members++ {
		var key []byte
		if end == '}' {
			key = p.quoted()
			p.text(key)
			p.next()
		}
		at := p.at
		if err := p.value(depth + 1); err != nil {
			return err
		}
		switch string(key) {
		case "_placeholder":
			placeholder = string(p.in[at:p.at]) == "true"
		case "num":
			var err error
			if num, err = strconv.Atoi(string(p.in[at:p.at])); err != nil {
				num = -1
			}
		}
	}
	p.at++
	if placeholder && p.attachments != nil {
		if num < 0 || num >= len(p.attachments) {
			return fmt.Errorf("%w: no attachment for a placeholder", wire.ErrAttachments)
		}
		p.out = p.out[:start]
		p.sized(uint64(len(p.attachments[num])), 0xc4, 2)
		p.out = append(p.out, p.attachments[num]...)
		return nil
	}
	switch {
	case members < 0x10:
		p.out[start] = short | byte(members)
	case members < 0x10000:
		p.widen(start, members, long, 2)
	default:
		p.widen(start, members, long+1, 4)
	}
	return nil
}

// widen puts the long form in the place of the short one.
func (p *packer) widen(start, members int, code byte, width int) {
	inside := string(p.out[start+1:])
	p.out = p.out[:start]
	p.bytes(uint64(members), code, width)
	p.out = append(p.out, inside...)
}

// fromPack is one MessagePack value as JSON, what is binary in it as
// attachments and placeholders. They share no memory with the input.
func fromPack(in []byte) (text []byte, attachments [][]byte, err error) {
	if len(in) > maxPackSize {
		return nil, nil, packError("too large", maxPackSize)
	}
	u := unpacker{in: in, out: make([]byte, 0, len(in)+len(in)/2)}
	u.value(0)
	if u.err == nil && u.at != len(in) {
		u.fail("something is left over")
	}
	return u.out, u.attachments, u.err
}

// unpacker keeps its first error and then reads zeros.
type unpacker struct {
	in, out     []byte
	at          int
	attachments [][]byte
	err         error
}

func (u *unpacker) fail(what string) {
	if u.err == nil {
		u.err = packError(what, u.at)
	}
}

// take reads n bytes.
func (u *unpacker) take(n uint64) []byte {
	if u.err != nil || n > uint64(len(u.in)-u.at) {
		u.fail("it ends too soon")
		return nil
	}
	u.at += int(n)
	return u.in[u.at-int(n) : u.at]
}

// number reads one of 1<<width bytes.
func (u *unpacker) number(width byte) (n uint64) {
	for _, b := range u.take(1 << width) {
		n = n<<8 | uint64(b)
	}
	return n
}

// value reads one value. Cases that begin with the code of a row go through its
// widths.
func (u *unpacker) value(depth int) {
	if depth > maxPackDepth {
		u.fail("too deep")
	}
	head := u.take(1)
	if head == nil {
		return
	}
	switch c := head[0]; {
	case c < 0x80:
		u.out = strconv.AppendUint(u.out, uint64(c), 10)
	case c < 0x90:
		u.object(uint64(c&0x0f), depth)
	case c < 0xa0:
		u.array(uint64(c&0x0f), depth)
	case c < 0xc0:
		u.text(u.take(uint64(c & 0x1f)))
	case c >= 0xe0:
		u.out = strconv.AppendInt(u.out, int64(int8(c)), 10)
	case c == 0xc0:
		u.out = append(u.out, "null"...)
	case c == 0xc2:
		u.out = append(u.out, "false"...)
	case c == 0xc3:
		u.out = append(u.out, "true"...)
	case c >= 0xc4 && c <= 0xc6:
		u.binary(u.take(u.number(c - 0xc4)))
	case c >= 0xc7 && c <= 0xc9:
		length := u.number(c - 0xc7)
		u.extension(int8(u.number(0)), length)
	case c == 0xca:
		u.float(float64(math.Float32frombits(uint32(u.number(2)))))
	case c == 0xcb:
		u.float(math.Float64frombits(u.number(3)))
	case c >= 0xcc && c <= 0xcf:
		u.out = strconv.AppendUint(u.out, u.number(c-0xcc), 10)
	case c >= 0xd0 && c <= 0xd3:
		shift := 64 - 8<<(c-0xd0)
		u.out = strconv.AppendInt(u.out, int64(u.number(c-0xd0)<<shift)>>shift, 10)
	case c >= 0xd4 && c <= 0xd8:
		u.extension(int8(u.number(0)), 1<<(c-0xd4))
	case c >= 0xd9 && c <= 0xdb:
		u.text(u.take(u.number(c - 0xd9)))
	case c == 0xdc || c == 0xdd:
		u.array(u.number(c-0xdb), depth)
	case c == 0xde || c == 0xdf:
		u.object(u.number(c-0xdd), depth)
	default:
		u.fail("unknown code")
	}
}

func (u *unpacker) text(s []byte) {
	for _, c := range s {
		if c < 0x20 || c == '"' || c == '\\' || c >= 0x80 {
			quoted, _ := marshal(string(s)) // a string always has a JSON form
			u.out = append(u.out, quoted...)
			return
		}
	}
	u.out = append(append(append(u.out, '"'), s...), '"')
}

// float writes what is no number in JSON as JSON.stringify does.
func (u *unpacker) float(f float64) {
	text, err := json.Marshal(f)
	if err != nil {
		text = []byte("null")
	}
	u.out = append(u.out, text...)
}

func (u *unpacker) binary(b []byte) {
	if u.err != nil {
		return
	}
	u.out = wire.AppendPlaceholder(u.out, len(u.attachments))
	u.attachments = append(u.attachments, append([]byte{}, b...))
}

func (u *unpacker) array(length uint64, depth int) {
	u.out = append(u.out, '[')
	for i := uint64(0); i < length && u.err == nil; i++ {
		if i > 0 {
			u.out = append(u.out, ',')
		}
		u.value(depth + 1)
	}
	u.out = append(u.out, ']')
}

// object reads members, whose keys are text.
func (u *unpacker) object(length uint64, depth int) {
	u.out = append(u.out, '{')
	for i := uint64(0); i < length && u.err == nil; i++ {
		if i > 0 {
			u.out = append(u.out, ',')
		}
		start := len(u.out)
		u.value(depth + 1)
		if u.err == nil && u.out[start] != '"' {
			u.fail("a key that is no text")
		}
		u.out = append(u.out, ':')
		u.value(depth + 1)
	}
	u.out = append(u.out, '}')
}

// extension reads timestamps; notepack.io writes no other one.
func (u *unpacker) extension(kind int8, length uint64) {
	body := u.take(length)
	switch {
	case u.err != nil:
	case kind == -1 && length == 4:
		u.date(int64(binary.BigEndian.Uint32(body)), 0)
	case kind == -1 && length == 8:
		n := binary.BigEndian.Uint64(body)
		u.date(int64(n&(1<<34-1)), int64(n>>34))
	case kind == -1 && length == 12:
		u.date(int64(binary.BigEndian.Uint64(body[4:])), int64(binary.BigEndian.Uint32(body)))
	default:
		u.fail("unknown extension")
	}
}

// date writes a time as JSON.stringify does; one that no Date holds is null.
func (u *unpacker) date(seconds, nanoseconds int64) {
	const most = 8640000000000 // seconds to either side of 1970
	at := time.Unix(seconds, nanoseconds).UTC()
	if seconds < -most || seconds > most || at.Year() < 0 || at.Year() > 9999 {
		u.out = append(u.out, "null"...)
		return
	}
	u.text([]byte(timestamp(at)))
}
