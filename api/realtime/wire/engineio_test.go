package wire

// Tests of the Engine.IO codec: tables, round trips and fuzz targets.

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestParseFrame(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Packet
		err  error
	}{
		{in: "2", want: Packet{Type: Ping, Data: []byte{}}},
		{in: "2probe", want: Packet{Type: Ping, Data: []byte("probe")}},
		{in: "3", want: Packet{Type: Pong, Data: []byte{}}},
		{in: "42[\"a\"]", want: Packet{Type: MessagePacket, Data: []byte("2[\"a\"]")}},
		{in: "6", want: Packet{Type: Noop, Data: []byte{}}},
		{in: "", err: ErrEmptyPacket},
		{in: "7", err: ErrPacketType},
		{in: "abc", err: ErrPacketType},
		{in: "b4AAA", err: ErrPacketType}, // base64 is of polling only
	} {
		got, err := ParseFrame([]byte(c.in), false)
		if !errors.Is(err, c.err) || got.Type != c.want.Type || !bytes.Equal(got.Data, c.want.Data) {
			t.Errorf("%q: got %v %q, %v", c.in, got.Type, got.Data, err)
		}
	}
	got, err := ParseFrame([]byte{1, 2}, true)
	if err != nil || !got.Binary || got.Type != MessagePacket || !bytes.Equal(got.Data, []byte{1, 2}) {
		t.Errorf("binary frame: %+v, %v", got, err)
	}
}

func TestParsePayload(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []Packet
		err  error
	}{
		{in: "4a\x1e4b", want: []Packet{{Type: MessagePacket, Data: []byte("a")}, {Type: MessagePacket, Data: []byte("b")}}},
		{in: "2", want: []Packet{{Type: Ping}}},
		{in: "4a\x1ebAQIDBA==", want: []Packet{
			{Type: MessagePacket, Data: []byte("a")}, {Type: MessagePacket, Data: []byte{1, 2, 3, 4}, Binary: true}}},
		{in: "b", want: []Packet{{Type: MessagePacket, Binary: true}}},
		{in: "", err: ErrEmptyPacket},
		{in: "4a\x1e", want: []Packet{{Type: MessagePacket, Data: []byte("a")}}, err: ErrEmptyPacket},
		{in: "4a\x1eabc\x1e4b", want: []Packet{{Type: MessagePacket, Data: []byte("a")}}, err: ErrPacketType},
		{in: "b!!!", err: ErrBadBase64},
	} {
		got, err := ParsePayload([]byte(c.in))
		if !errors.Is(err, c.err) || len(got) != len(c.want) {
			t.Errorf("%q: %+v, %v", c.in, got, err)
			continue
		}
		for i := range got {
			if !samePacket(got[i], c.want[i]) {
				t.Errorf("%q: packet %d is %+v", c.in, i, got[i])
			}
		}
	}
}

func TestHandshake(t *testing.T) {
	h := Handshake{SID: "s", PingInterval: 25000, PingTimeout: 20000, MaxPayload: 2097152}
	data := AppendHandshake(nil, h)
	const want = `{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":2097152}`
	if string(data) != want {
		t.Errorf("got %s", data)
	}
	back, err := ParseHandshake(data)
	if err != nil || back.SID != "s" || back.MaxPayload != 2097152 {
		t.Errorf("%+v, %v", back, err)
	}
	for _, bad := range []string{
		``, `[]`, `{}`, `{"sid":"s"}`, `{"sid":"","pingInterval":1,"pingTimeout":1}`,
		`{"sid":"s","pingInterval":-1,"pingTimeout":1}`, `{"sid":"s","pingInterval":1,"pingTimeout":1,"maxPayload":-1}`,
	} {
		if _, err := ParseHandshake([]byte(bad)); !errors.Is(err, ErrBadHandshake) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAppendFrameRefusesBinary(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	AppendFrame(nil, Packet{Type: MessagePacket, Binary: true})
}

func samePacket(a, b Packet) bool {
	return a.Type == b.Type && a.Binary == b.Binary && bytes.Equal(a.Data, b.Data)
}

// packets generates packets that can stand in a payload: text never contains
// the separator.
func packets() *rapid.Generator[Packet] {
	return rapid.Custom(func(t *rapid.T) Packet {
		if rapid.Bool().Draw(t, "binary") {
			return Packet{Type: MessagePacket, Binary: true, Data: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")}
		}
		text := rapid.StringMatching(`[^\x1e]*`).Draw(t, "text")
		return Packet{Type: PacketType(rapid.ByteRange('0', '6').Draw(t, "type")), Data: []byte(text)}
	})
}

func TestPayloadRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(packets(), 1, 8).Draw(t, "packets")
		body := AppendPayload(nil, in...)
		size := len(in) - 1
		for _, p := range in {
			size += PolledSize(p)
		}
		if size != len(body) {
			t.Fatalf("PolledSize adds up to %d, the body has %d", size, len(body))
		}
		out, err := ParsePayload(body)
		if err != nil || len(out) != len(in) {
			t.Fatalf("%q: %d of %d, %v", body, len(out), len(in), err)
		}
		for i := range in {
			if !samePacket(in[i], out[i]) {
				t.Fatalf("packet %d: %+v became %+v", i, in[i], out[i])
			}
		}
	})
}

func FuzzParseFrame(f *testing.F) {
	f.Add([]byte("0{}"), false)
	f.Add([]byte("2probe"), false)
	f.Add([]byte{0xff}, true)
	f.Fuzz(func(t *testing.T, frame []byte, binary bool) {
		p, err := ParseFrame(frame, binary)
		if err != nil {
			return
		}
		if p.Binary != binary {
			t.Fatal("kind changed")
		}
		if !binary && !bytes.Equal(AppendFrame(nil, p), frame) {
			t.Fatalf("%q changed", frame)
		}
	})
}

func FuzzParsePayload(f *testing.F) {
	f.Add([]byte("4a\x1ebAQIDBA==\x1e2"))
	f.Add([]byte("\x1e\x1e"))
	f.Fuzz(func(t *testing.T, body []byte) {
		packets, err := ParsePayload(body)
		if err != nil || len(packets) == 0 {
			return
		}
		again, err := ParsePayload(AppendPayload(nil, packets...))
		if err != nil || len(again) != len(packets) {
			t.Fatalf("%q: %v", body, err)
		}
		for i := range again {
			if !samePacket(again[i], packets[i]) {
				t.Fatalf("%q: packet %d", body, i)
			}
		}
	})
}

func FuzzParseHandshake(f *testing.F) {
	f.Add([]byte(`{"sid":"s","upgrades":["websocket"],"pingInterval":1,"pingTimeout":1,"maxPayload":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ParseHandshake(data)
		if err != nil {
			return
		}
		if _, err := ParseHandshake(AppendHandshake(nil, h)); err != nil {
			t.Fatal(err)
		}
	})
}
