package socketio

// The cases of the official socket.io-protocol test suite (v5) that its
// engine.io part does not have, under its titles, and what it leaves out:
// acknowledgements of the client, rooms, faults.

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/vizora/vizora-cli/api/realtime/wire"
)

func TestConnect(t *testing.T) {
	_, base := suiteServer(t)
	for _, c := range []struct {
		title, send string
		expect      []string
	}{
		{"should allow connection to the main namespace", "40", []string{`40{"sid":"*`, `42["auth",{}]`}},
		{"should allow connection to the main namespace with a payload", `40{"token":"123"}`, []string{`40{"sid":"*`, `42["auth",{"token":"123"}]`}},
		{"should allow connection to a custom namespace", "40/custom,", []string{`40/custom,{"sid":"*`, `42/custom,["auth",{}]`}},
		{"should allow connection to a custom namespace with a payload", `40/custom,{"token":"abc"}`, []string{`40/custom,{"sid":"*`, `42/custom,["auth",{"token":"abc"}]`}},
		{"should disallow connection to an unknown namespace", "40/random", []string{`44/random,{"message":"Invalid namespace"}`}},
	} {
		t.Run(c.title, func(t *testing.T) {
			socket := open(t, base)
			socket.write(c.send)
			socket.expect(c.expect...)
		})
	}
	t.Run("should disallow connection with an invalid handshake", func(t *testing.T) {
		for _, frame := range []string{"4abc", `4"40"`} {
			c := open(t, base)
			c.write(frame)
			c.expectClose()
		}
	})
	t.Run("should close the connection if no handshake is received", func(t *testing.T) {
		_, base := timedServer(t, Options{ConnectTimeout: 50 * time.Millisecond})
		open(t, base).expectClose()
	})
	t.Run("should close upon a second connection to the same namespace", func(t *testing.T) {
		c := enter(t, base, "40")
		c.write("40")
		c.expectClose()
	})
}

func TestDisconnect(t *testing.T) {
	_, base := suiteServer(t)
	t.Run("should disconnect from the main namespace", func(t *testing.T) {
		c := enter(t, base, "40")
		c.write("41", "40")
		c.expect(`42["auth",{}]`, "40{*")
	})
	t.Run("should connect then disconnect from a custom namespace", func(t *testing.T) {
		c := enter(t, base, "40")
		c.write("40/custom")
		c.expect(`42["auth",{}]`, "40/custom,{*", `42/custom,["auth",{}]`)
		c.write("41/custom", `42["message","message to main namespace"]`)
		c.expect(`42["message-back","message to main namespace"]`)
	})
	t.Run("should close upon an event for a namespace left", func(t *testing.T) {
		c := enter(t, base, "40")
		c.write("41", `42["message"]`)
		c.expectClose()
	})
}

func TestMessage(t *testing.T) {
	_, base := suiteServer(t)
	for _, c := range []struct {
		title        string
		send, expect []string
	}{
		{"should send a plain-text packet", []string{`42["message",1,"2",{"3":[true]}]`}, []string{`42["message-back",1,"2",{"3":[true]}]`}},
		{"should send a packet with binary attachments",
			[]string{`452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "b:\x01\x02\x03", "b:\x04\x05\x06"},
			[]string{`452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "b:\x01\x02\x03", "b:\x04\x05\x06"}},
		{"should send a plain-text packet with an ack", []string{`42456["message-with-ack",1,"2",{"3":[false]}]`}, []string{`43456[1,"2",{"3":[false]}]`}},
		{"should send a packet with binary attachments and an ack",
			[]string{`452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "b:\x01", "b:\x02"},
			[]string{`462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "b:\x01", "b:\x02"}},
		{"should emit a binary event without attachments at once", []string{`450-["message",1]`}, []string{`42["message-back",1]`}},
	} {
		t.Run(c.title, func(t *testing.T) {
			socket := enter(t, base, "40")
			socket.expect(`42["auth",{}]`)
			for _, frame := range c.send {
				if data, ok := strings.CutPrefix(frame, "b:"); ok {
					socket.send(websocket.MessageBinary, data)
				} else {
					socket.write(frame)
				}
			}
			socket.expect(c.expect...)
		})
	}
	for title, frames := range map[string][]string{
		"should close the connection upon invalid format (unknown packet type)":    {`4abc`},
		"should close the connection upon invalid format (invalid payload format)": {`42{}`},
		"should close the connection upon invalid format (invalid ack id)":         {`42abc["message-with-ack",1]`},
		"should close the connection upon a reserved event":                        {`42["connect"]`},
		"should close the connection upon text while attachments are due":          {`451-["message",{"_placeholder":true,"num":0}]`, `42["message"]`},
		"should close the connection upon a placeholder out of range":              {`451-["message",{"_placeholder":true,"num":1}]`, "b:x"},
		"should close the connection upon an attachment nobody announced":          {"b:x"},
		"should close the connection upon too many attachments":                    {`4511-["message"]`},
	} {
		t.Run(title, func(t *testing.T) {
			socket := enter(t, base, "40")
			for _, frame := range frames {
				if data, ok := strings.CutPrefix(frame, "b:"); ok {
					socket.send(websocket.MessageBinary, data)
				} else {
					socket.write(frame)
				}
			}
			socket.expectClose()
		})
	}
}

// onConnection runs a server with one handler and returns a connected client.
func onConnection(t *testing.T, f func(*Socket)) (*Server, string) {
	srv := NewServer(Options{})
	srv.Of("/").OnConnection(f)
	return srv, serve(t, srv, srv.Close)
}

func TestEmitWithAck(t *testing.T) {
	type result struct {
		reply Reply
		err   error
	}
	results := make(chan result, 3)
	_, base := onConnection(t, func(s *Socket) {
		go func() {
			reply, err := s.EmitWithAck(context.Background(), "hey", Binary("bin"), 1)
			results <- result{reply, err}
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			reply, err = s.EmitWithAck(ctx, "late")
			cancel()
			results <- result{reply, err}
			reply, err = s.EmitWithAck(context.Background(), "never")
			results <- result{reply, err}
		}()
	})
	c := enter(t, base, "40")
	c.expect(`451-0["hey",{"_placeholder":true,"num":0},1]`, "b:bin")
	c.write(`461-0["ok",{"_placeholder":true,"num":0}]`)
	c.send(websocket.MessageBinary, "back")
	if r := <-results; r.err != nil || string(r.reply.Args) != `"ok",{"_placeholder":true,"num":0}` ||
		len(r.reply.Attachments) != 1 || string(r.reply.Attachments[0]) != "back" {
		t.Errorf("%+v", r)
	}
	c.expect(`421["late"]`)
	if r := <-results; !errors.Is(r.err, context.DeadlineExceeded) {
		t.Errorf("%+v", r)
	}
	c.write(`431[]`) // nobody waits any more
	c.expect(`422["never"]`)
	_ = c.ws.CloseNow()
	if r := <-results; !errors.Is(r.err, ErrDisconnected) {
		t.Errorf("%+v", r)
	}
}

func TestRoomsAndSoftDisconnect(t *testing.T) {
	entered := make(chan *Socket, 2)
	srv, base := onConnection(t, func(s *Socket) { entered <- s })
	a := enter(t, base, "40")
	first := <-entered // one after the other, so that it is known which is whose
	b := enter(t, base, "40")
	second := <-entered
	first.Join("x")
	second.Join("x")
	n := srv.Of("/")
	if err := n.To("x", "all", map[string]string{"a": "<&>"}); err != nil {
		t.Fatal(err)
	}
	a.expect(`42["all",{"a":"<&>"}]`)
	b.expect(`42["all",{"a":"<&>"}]`)
	if !first.Leave("x") || first.Leave("x") {
		t.Error("Leave tells wrongly whether the socket was in")
	}
	first.Disconnect()
	eventually(t, "one socket is left", func() bool { return len(n.Sockets()) == 1 })
	first.Join("x")
	if len(n.In("x")) != 1 {
		t.Error("a socket that left is in a room")
	}
	_ = n.Broadcast("bye")
	b.expect(`42["bye"]`)
	a.expect("41")
	if srv.Sessions() != 2 {
		t.Error("a soft disconnect closed the transport")
	}
	if err := second.Emit("connect"); !errors.Is(err, wire.ErrReservedEvent) {
		t.Error(err)
	}
	if err := second.Emit("x", make(chan int)); err == nil {
		t.Error("a channel was sent")
	}
	second.Close()
	b.expectClose()
}

func TestMiddlewareRefuses(t *testing.T) {
	srv := NewServer(Options{})
	srv.Of("/").Use(func(s *Socket) error {
		if s.Auth == nil {
			return errors.New("no auth")
		}
		return &ConnectError{Message: "bad", Data: map[string]int{"code": 7}}
	})
	base := serve(t, srv, srv.Close)
	c := open(t, base)
	c.write("40", `40{"a":1}`)
	c.expect(`44{"message":"no auth"}`, `44{"message":"bad","data":{"code":7}}`)
}

func TestFaults(t *testing.T) {
	entered := make(chan *Socket, 3)
	srv, base := onConnection(t, func(s *Socket) { entered <- s })
	c := enter(t, base, "40")
	s := <-entered
	srv.SetFaults(Faults{Duplicate: 1})
	_ = s.Emit("a", Binary("x"))
	c.expect(`451-["a",{"_placeholder":true,"num":0}]`, "b:x", `451-["a",{"_placeholder":true,"num":0}]`, "b:x")
	srv.SetFaults(Faults{Reorder: 1})
	for i := range 4 {
		_ = s.Emit(strconv.Itoa(i))
	}
	c.expect(`42["1"]`, `42["0"]`, `42["3"]`, `42["2"]`)
	_ = s.Emit("alone")
	c.expect(`42["alone"]`)
	srv.SetFaults(Faults{DropPerMinute: 1e9})
	c.expectClose()
	eventually(t, "the session is gone", func() bool { return srv.Sessions() == 0 })
}

func TestSlowClientIsCutOff(t *testing.T) {
	entered := make(chan *Socket, 1)
	srv := NewServer(Options{MaxQueued: 1 << 20})
	srv.Of("/").OnConnection(func(s *Socket) { entered <- s })
	base := serve(t, srv, srv.Close)
	url := openPolling(t, base)
	want(t, "POST", url, "40", 200, "ok")
	s := <-entered
	for range 20 {
		_ = s.Emit("big", strings.Repeat("x", 1<<16))
	}
	eventually(t, "the session is gone", func() bool { return srv.Sessions() == 0 })
}

func TestClosedServerRefuses(t *testing.T) {
	srv := NewServer(Options{})
	base := serve(t, srv, srv.Close)
	c := open(t, base)
	srv.Close()
	c.expectClose()
	want(t, "GET", base+pollingQuery, "", 503, "*")
}
