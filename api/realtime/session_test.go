package realtime

// Tests of one connection's life under virtual time: when it is live, how it
// ends, and what is said about it.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// TestEndings: each way in which a live connection ends has its reason, comes
// at its time, and is followed by another attempt.
func TestEndings(t *testing.T) {
	live := func(p *peer) {
		p.connect()
		p.send(acceptFrame, statusFrame)
	}
	for _, c := range []struct {
		name   string
		script func(*peer)
		reason Reason
		after  time.Duration // from live to lost
	}{
		{"transport closed", func(p *peer) { live(p); time.Sleep(3 * time.Second) }, ReasonTransportClosed, 3 * time.Second},
		{"half-open", func(p *peer) { live(p); p.beat(110 * time.Second); <-p.gone }, ReasonPingTimeout, 145 * time.Second},
		{"never a ping", func(p *peer) { live(p); <-p.gone }, ReasonPingTimeout, 45 * time.Second},
		{"soft disconnect", func(p *peer) { live(p); p.send("41"); <-p.gone }, ReasonServerDisconnect, 0},
		{"engine close", func(p *peer) { live(p); p.send("1"); <-p.gone }, ReasonTransportClosed, 0},
		{"shutdown", func(p *peer) {
			live(p)
			p.send(`42["server:shutdown",{"reconnect":true}]`)
			time.Sleep(2 * time.Second)
			p.send("41")
			<-p.gone
		}, ReasonServerShutdown, 2 * time.Second},
		{"shutdown, then killed", func(p *peer) {
			live(p)
			p.send(`42["server:shutdown",{"reconnect":true}]`)
			time.Sleep(time.Second)
		}, ReasonServerShutdown, time.Second},
		{"an old hint explains nothing", func(p *peer) {
			live(p)
			p.send(`42["error",{"message":"rate_limited"}]`)
			time.Sleep(40 * time.Second)
		}, ReasonTransportClosed, 40 * time.Second},
		{"session expired", func(p *peer) {
			live(p)
			p.send(`42["session:expired",{"reason":"revoked"}]`, "41")
			<-p.gone
		}, ReasonSessionExpired, 0},
		{"oversized", func(p *peer) { live(p); p.send("42[\"x\",\"" + strings.Repeat("x", 1<<17) + "\"]"); <-p.gone }, ReasonTooLarge, 0},
		{"not a packet", func(p *peer) { live(p); p.send("nonsense"); <-p.gone }, ReasonProtocol, 0},
		{"not an event", func(p *peer) { live(p); p.send("42{}"); <-p.gone }, ReasonProtocol, 0},
		{"a second open", func(p *peer) { live(p); p.send(openFrame); <-p.gone }, ReasonProtocol, 0},
		{"text for an attachment", func(p *peer) {
			live(p)
			p.send(`451-["x",{"_placeholder":true,"num":0}]`, statusFrame)
			<-p.gone
		}, ReasonProtocol, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serveScript(t, c.script)
				o := n.options(StaticToken("jwt"))
				o.MaxMessage = 1 << 16
				rec, err := run(t, o, until(Connecting, 2))
				if !errors.Is(err, errEnough) {
					t.Fatal(err)
				}
				lost := rec.last(Lost)
				if lost.Reason != c.reason || lost.At.Sub(rec.last(Live).At) != c.after {
					t.Errorf("lost for %s (%v) after %v", lost.Reason, lost.Err, lost.At.Sub(rec.last(Live).At))
				}
				if lost.NextIn < time.Second || lost.NextIn > 5*time.Second {
					t.Errorf("next attempt in %v", lost.NextIn)
				}
			})
		})
	}
}

// TestLiveAfterSilence: an organization without displays sends nothing, so
// silence past the window in which a socket is dropped means live.
func TestLiveAfterSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame)
			p.beat(time.Hour)
		})
		start := time.Now()
		rec, _ := run(t, n.options(StaticToken("jwt")), until(Live, 1))
		if took := time.Since(start); took != silenceMeansLive || rec.phases() != "connecting live" {
			t.Errorf("%s after %v", rec.phases(), took)
		}
	})
}

// TestNotLiveBeforeProof: word about the connection proves nothing.
func TestNotLiveBeforeProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, `42["error",{"event":"x","message":"Not authenticated"}]`)
			time.Sleep(time.Second)
			p.send("41")
			<-p.gone
		})
		auth := &scriptedAuth{token: "jwt"}
		rec, _ := run(t, n.options(auth), until(Lost, 1))
		if rec.phases() != "connecting lost:server-disconnect" || len(rec.events) != 1 || auth.checks != 1 {
			t.Errorf("%s, %d events, %d checks", rec.phases(), len(rec.events), auth.checks)
		}
	})
}

// TestNoAnswerToConnect: the wait for it has an end.
func TestNoAnswerToConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) { p.connect(); <-p.gone })
		rec, _ := run(t, n.options(StaticToken("jwt")), until(Lost, 1))
		lost := rec.last(Lost)
		if lost.Reason != ReasonNoAnswer || lost.At.Sub(rec.last(Connecting).At) != DefaultConnectTimeout {
			t.Errorf("%s after %v", lost.Reason, lost.At.Sub(rec.last(Connecting).At))
		}
	})
}

// TestSuspend: after an hour's sleep the connection is known to be dead within
// seconds, though no timer ran meanwhile.
func TestSuspend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, statusFrame)
			p.beat(time.Hour)
		})
		o := n.options(StaticToken("jwt"))
		c, err := newConfig(o)
		if err != nil {
			t.Fatal(err)
		}
		defer c.transport.CloseIdleConnections()
		start := time.Now()
		const slept, woke = time.Hour, 100 * time.Second
		c.wall = func() time.Time {
			now := time.Now().Round(0)
			if time.Since(start) > woke {
				now = now.Add(slept)
			}
			return now
		}
		rec := &tape{}
		err = newRunner(Open(o), c, rec.sink(until(Lost, 1))).run(t.Context())
		if !errors.Is(err, errEnough) || rec.last(Lost).Reason != ReasonSuspended {
			t.Errorf("%v, %s", err, rec.phases())
		}
		if late := rec.last(Lost).At.Sub(start) - woke; late > watchEvery {
			t.Errorf("noticed %v after waking", late)
		}
	})
}

// TestSlowSink: the sink holds the reader up, memory stays bounded, everything
// the server got rid of arrives, and the cut is reported as our own doing.
func TestSlowSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		big := `42["x","` + strings.Repeat("x", 16<<10) + `"]`
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame)
			for {
				// The platform gives up on a client that leaves a ping unanswered.
				ctx, cancel := context.WithTimeout(context.Background(), 45*time.Second)
				err := p.conn.Write(ctx, websocket.MessageText, []byte(big))
				cancel()
				if err != nil {
					return
				}
				sent++
			}
		})
		rec := &tape{}
		note := rec.sink(until(Lost, 1))
		err := Open(n.options(StaticToken("jwt"))).Run(t.Context(), func(i Item) error {
			if ev, ok := i.(Event); ok && ev.Seq == 1 {
				time.Sleep(10 * time.Minute) // a pager that nobody scrolls
			}
			return note(i)
		})
		if !errors.Is(err, errEnough) || rec.last(Lost).Reason != ReasonSlowReader {
			t.Errorf("%v, %s: %v", err, rec.phases(), rec.last(Lost).Err)
		}
		if len(rec.events) != sent || sent > 2*queueBytes/(16<<10)+2 {
			t.Errorf("%d of %d sent events arrived", len(rec.events), sent)
		}
	})
}

// TestHiccup: a sink that is slow for a while loses nothing, not even the connection.
func TestHiccup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, statusFrame, statusFrame)
			p.beat(10 * time.Minute)
		})
		rec := &tape{}
		note := rec.sink(until(Lost, 1))
		_ = Open(n.options(StaticToken("jwt"))).Run(t.Context(), func(i Item) error {
			if ev, ok := i.(Event); ok && ev.Seq == 1 {
				time.Sleep(5 * time.Minute)
			}
			return note(i)
		})
		if lived := rec.last(Lost).At.Sub(rec.last(Live).At); lived != 10*time.Minute {
			t.Errorf("lived %v, lost for %s", lived, rec.last(Lost).Reason)
		}
	})
}

// TestRecovery: events missed are asked for, come before the answer to
// CONNECT, and are delivered after the word that the stream is live again.
func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		n := serveScript(t, func(p *peer) {
			asked = append(asked, p.connect())
			switch p.n {
			case 1:
				p.send(`40{"sid":"c","pid":"P"}`, `42["a",1,"o1"]`, `42["b","o2"]`)
			case 2:
				p.send(`42["c",{"x":1},"o3"]`, `40{"sid":"c","pid":"P"}`, `42["d","text", {"y":2},"o4"]`)
			default:
				p.send(`40{"sid":"e","pid":"Q"}`, `42["e",5,"p1"]`)
			}
			time.Sleep(time.Second)
		})
		rec, _ := run(t, n.options(StaticToken("jwt")), until(Lost, 3))
		want := []string{`40{"token":"jwt"}`, `40{"token":"jwt","pid":"P","offset":"o2"}`, `40{"token":"jwt","pid":"P","offset":"o4"}`}
		if fmt.Sprint(asked) != fmt.Sprint(want) {
			t.Errorf("asked %q", asked)
		}
		var got []string
		for _, ev := range rec.events {
			got = append(got, ev.Name+string(ev.Payload)+string(ev.More))
		}
		if s := strings.Join(got, " "); s != `a1 b c{"x":1} d"text"{"y":2} e5` {
			t.Errorf("events %s", s)
		}
		var recovered []bool
		for _, st := range rec.states {
			if st.State == Live {
				recovered = append(recovered, st.Recovered)
			}
		}
		if fmt.Sprint(recovered) != "[false true false]" {
			t.Errorf("recovered %v", recovered)
		}
	})
}

// TestBinary: attachments stand in their places as base64.
func TestBinary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, `452-["b",{"x":{"_placeholder":true,"num":1}},[{"_placeholder":true,"num":0}], 5]`)
			for _, part := range [][]byte{{1, 2}, {3}} {
				if err := p.conn.Write(context.Background(), websocket.MessageBinary, part); err != nil {
					t.Error(err)
				}
			}
			p.send(statusFrame)
			time.Sleep(time.Second)
		})
		rec, _ := run(t, n.options(StaticToken("jwt")), until(Lost, 1))
		if len(rec.events) != 2 || string(rec.events[0].Payload) != `{"x":"Aw=="}` || string(rec.events[0].More) != `["AQI="], 5` {
			t.Errorf("%v", rec.events)
		}
	})
}

// TestRequest: answers find their requests; silence, endings and size limits
// have their errors.
func TestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, statusFrame)
			first, second := p.next(), p.next()
			if first != `420["join:room",{"room":"x"}]` || second != `421["bare"]` {
				t.Errorf("requests %q %q", first, second)
			}
			p.send(`431[]`, `4399["nobody asked"]`, `430[{"success":true},1]`)
			p.next() // is refused, so never answered
			p.next()
			time.Sleep(time.Second)
		})
		o := n.options(StaticToken("jwt"))
		o.AckTimeout = 7 * time.Second
		s := Open(o)
		if _, err := s.Request(t.Context(), "x", nil); !errors.Is(err, ErrNotLive) {
			t.Errorf("before: %v", err)
		}
		live := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = s.Run(t.Context(), func(i Item) error {
				switch i := i.(type) {
				case State:
					if i.State == Lost {
						return errEnough
					}
				case Event:
					close(live)
				}
				return nil
			})
		}()
		<-live
		bare := make(chan string)
		go func() {
			time.Sleep(time.Millisecond)
			raw, err := s.Request(t.Context(), "bare", nil)
			bare <- fmt.Sprint(string(raw), err)
		}()
		raw, err := s.Request(t.Context(), "join:room", []byte(`{"room":"x"}`))
		if err != nil || string(raw) != `{"success":true}` {
			t.Errorf("%s, %v", raw, err)
		}
		if got := <-bare; got != "<nil>" {
			t.Errorf("bare: %s", got)
		}
		start := time.Now()
		if _, err := s.Request(t.Context(), "refused", nil); !errors.Is(err, ErrAckTimeout) || time.Since(start) != o.AckTimeout {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if _, err := s.Request(t.Context(), "big", []byte(`"`+strings.Repeat("x", 2097152)+`"`)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("big: %v", err)
		}
		if _, err := s.Request(t.Context(), "last words", nil); !errors.Is(err, ErrNotLive) {
			t.Errorf("over the end: %v", err)
		}
		<-done
	})
}

// TestStop: the end of the context ends the Run at once, wherever it is.
func TestStop(t *testing.T) {
	for _, c := range []struct {
		name   string
		script func(*peer)
		refuse bool
	}{
		{name: "dialing", script: func(p *peer) { <-p.gone }},
		{name: "connecting", script: func(p *peer) { p.connect(); <-p.gone }},
		{name: "live", script: func(p *peer) { p.connect(); p.send(acceptFrame); p.beat(time.Hour) }},
		{name: "waiting", refuse: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serveScript(t, c.script)
				n.refuse(c.refuse)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				rec := &tape{}
				start := time.Now()
				err := Open(n.options(StaticToken("jwt"))).Run(ctx, rec.sink(func(*tape) bool { return false }))
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 2*time.Second {
					t.Errorf("%v after %v", err, time.Since(start))
				}
				if last := rec.states[len(rec.states)-1]; last.State != Ended || last.Reason != ReasonStopped {
					t.Errorf("last said %+v", last)
				}
			})
		})
	}
}

// TestOptions: what cannot work is said before anything is dialed.
func TestOptions(t *testing.T) {
	for _, o := range []Options{{}, {URL: "ftp://x"}, {URL: "http://x", Transport: "pigeon"}, {URL: "http://[::1"}} {
		if err := Open(o).Run(t.Context(), func(Item) error { return nil }); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	c, err := newConfig(Options{URL: "wss://x.test/api/v1?y"})
	if err != nil || c.address(TransportWebSocket, "s") != "https://x.test/socket.io/?EIO=4&sid=s&transport=websocket" {
		t.Errorf("%v, %v", c, err)
	}
}
