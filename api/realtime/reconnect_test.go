package realtime

// Tests of what follows an ending, under virtual time: tokens, limits, the
// other transport, and days of all of it.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const refuseFrame = `44{"message":"auth_invalid","data":{"code":"AUTH_INVALID"}}`

// doorman is a server that accepts some tokens and drops or refuses the rest.
func doorman(accepts func(token string) bool, stageB bool) func(*peer) {
	return func(p *peer) {
		asked := p.connect()
		token := strings.TrimSuffix(strings.TrimPrefix(asked, `40{"token":"`), `"}`)
		switch {
		case accepts(token):
			p.send(acceptFrame, statusFrame)
			p.beat(24 * time.Hour)
		case stageB:
			p.send(acceptFrame, "41")
			<-p.gone
		default:
			p.send(refuseFrame)
			<-p.gone
		}
	}
}

func only(good string) func(string) bool {
	return func(token string) bool { return token == good }
}

func TestRefusedTokenIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, doorman(only("new"), false))
		auth := &scriptedAuth{token: "old", renew: func(stale string) (string, error) {
			if stale != "old" {
				t.Errorf("stale token %q", stale)
			}
			return "new", nil
		}}
		start := time.Now()
		rec, _ := run(t, n.options(auth), until(Live, 1))
		if rec.phases() != "connecting lost:auth connecting live" || auth.renews != 1 || time.Since(start) > time.Second {
			t.Errorf("%s, %d renews, %v", rec.phases(), auth.renews, time.Since(start))
		}
	})
}

func TestDroppedTokenIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, doorman(only("new"), true))
		auth := &scriptedAuth{token: "old",
			check: func() error { return fmt.Errorf("auth/me: %w", ErrSessionGone) },
			renew: func(string) (string, error) { return "new", nil }}
		rec, _ := run(t, n.options(auth), until(Live, 1))
		if rec.phases() != "connecting lost:server-disconnect connecting live" || auth.renews != 1 || auth.checks != 1 {
			t.Errorf("%s, %d renews, %d checks", rec.phases(), auth.renews, auth.checks)
		}
	})
}

// TestNewerTokenIsUsed: another process renewed the token, which revokes ours.
func TestNewerTokenIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := &scriptedAuth{token: "old"}
		n := serveScript(t, doorman(func(token string) bool {
			auth.mu.Lock()
			defer auth.mu.Unlock()
			auth.token = "new"
			return token == "new"
		}, true))
		rec, _ := run(t, n.options(auth), until(Live, 1))
		if rec.phases() != "connecting lost:server-disconnect connecting live" || auth.renews+auth.checks != 0 {
			t.Errorf("%s, %d renews, %d checks", rec.phases(), auth.renews, auth.checks)
		}
	})
}

// TestDefinitiveRefusals end the Run with an *AuthError.
func TestDefinitiveRefusals(t *testing.T) {
	gone := func() error { return ErrSessionGone }
	counter := 0
	for _, c := range []struct {
		name   string
		auth   *scriptedAuth
		stageB bool
		code   string
		gone   bool
	}{
		{name: "refused, cannot renew", auth: &scriptedAuth{token: "a"}, code: "AUTH_INVALID", gone: true},
		{name: "dropped, cannot renew", auth: &scriptedAuth{token: "a", check: gone}, stageB: true, gone: true},
		{name: "renewed to the same", auth: &scriptedAuth{token: "a", renew: func(s string) (string, error) { return s, nil }}, code: "AUTH_INVALID"},
		{name: "every new one refused", auth: &scriptedAuth{token: "a", renew: func(string) (string, error) {
			counter++
			return fmt.Sprint("n", counter), nil
		}}, code: "AUTH_INVALID"},
		{name: "new one refused, REST says gone", auth: &scriptedAuth{token: "a", check: gone, renew: func(string) (string, error) { return "b", nil }}, code: "AUTH_INVALID", gone: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serveScript(t, doorman(only("good"), c.stageB))
				rec, err := run(t, n.options(c.auth), func(*tape) bool { return false })
				var refused *AuthError
				if !errors.As(err, &refused) || refused.Code != c.code || errors.Is(err, ErrSessionGone) != c.gone {
					t.Errorf("%#v", err)
				}
				if last := rec.states[len(rec.states)-1]; last.State != Ended || last.Reason != ReasonAuth || last.Err == nil {
					t.Errorf("last said %+v", last)
				}
			})
		})
	}
}

// TestUncertainRefusals go on: REST is away, or finds nothing wrong.
func TestUncertainRefusals(t *testing.T) {
	away := errors.New("REST is away")
	for _, c := range []struct {
		name   string
		auth   *scriptedAuth
		stageB bool
	}{
		{name: "cannot ask for a new one", auth: &scriptedAuth{token: "a", renew: func(string) (string, error) { return "", away }}},
		{name: "cannot check", auth: &scriptedAuth{token: "a", check: func() error { return away }}, stageB: true},
		{name: "nothing wrong", auth: &scriptedAuth{token: "a"}, stageB: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serveScript(t, doorman(only("good"), c.stageB))
				rec, err := run(t, n.options(c.auth), until(Connecting, 12))
				if !errors.Is(err, errEnough) || rec.count(Live) != 0 {
					t.Errorf("%v, %s", err, rec.phases())
				}
			})
		})
	}
}

// TestBackoff: 1 to 5 s at first, growing to 30, starting anew after a stable
// minute only, and never ending.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, statusFrame)
			p.beat(61 * time.Second)
		})
		n.refuse(true)
		rec := &tape{}
		err := Open(n.options(StaticToken("jwt"))).Run(t.Context(), rec.sink(func(rec *tape) bool {
			n.refuse(rec.count(Lost) < 100)
			return rec.count(Lost) > 100
		}))
		if !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
		limits := []time.Duration{5, 10, 20, 30}
		longest := time.Duration(0)
		i := 0
		for _, st := range rec.states {
			if st.State != Lost {
				continue
			}
			limit := limits[min(i, 3)] * time.Second
			if i == 100 { // after the stable minute
				limit = 5 * time.Second
			}
			if st.NextIn < time.Second || st.NextIn > limit {
				t.Errorf("loss %d: next attempt in %v", i, st.NextIn)
			}
			longest = max(longest, st.NextIn)
			i++
		}
		if longest < 20*time.Second {
			t.Errorf("the longest wait was %v", longest)
		}
		if rec.last(Live).Attempt != 101 {
			t.Errorf("live at attempt %d", rec.last(Live).Attempt)
		}
	})
}

// turns is a Connects that others have used up.
type turns struct{ wait []time.Duration }

func (c *turns) Wait(string) (wait time.Duration) {
	if len(c.wait) > 0 {
		wait, c.wait = c.wait[0], c.wait[1:]
	}
	return wait
}

func (c *turns) Spend(string) {}

// TestConnectTurn: a wait for the server's limit on connections is told before
// it begins.
func TestConnectTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame, statusFrame)
			<-p.gone
		})
		start, o := time.Now(), n.options(StaticToken("jwt"))
		o.Connects = &turns{wait: []time.Duration{42 * time.Second}}
		rec, err := run(t, o, until(Live, 1))
		if !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
		told := rec.states[0]
		if told.State != Connecting || told.NextIn != 42*time.Second || told.Attempt != 1 || !told.At.Equal(start) {
			t.Errorf("told %+v", told)
		}
		if next := rec.states[1]; next.State != Connecting || next.NextIn != 0 || next.At.Sub(start) < 42*time.Second {
			t.Errorf("then %+v", next)
		}
	})
}

// TestConnectBudget: a server that accepts and drops is never connected to
// more than nine times in a minute, whatever the endings suggest.
func TestConnectBudget(t *testing.T) {
	var b budget
	now := time.Now()
	start := now
	for i := range 3 * budgetConnects {
		now = now.Add(b.wait("t", now))
		b.spend("t", now)
		if want := budgetWindow * time.Duration(i/budgetConnects); now.Sub(start) != want {
			t.Errorf("connect %d after %v, want %v", i, now.Sub(start), want)
		}
	}
	if b.wait("other", now) != 0 || b.wait("t", now) != budgetWindow {
		t.Error("another token has a budget of its own")
	}
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		n := serveScript(t, func(p *peer) {
			p.connect()
			at = append(at, time.Now())
			p.send(acceptFrame, statusFrame, `42["server:shutdown",{"reconnect":true}]`, "41")
			<-p.gone
		})
		if _, err := run(t, n.options(StaticToken("jwt")), until(Lost, 60)); !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
		for i := 9; i < len(at); i++ {
			if at[i].Sub(at[i-9]) < time.Minute {
				t.Errorf("connects %d to %d in %v", i-9, i, at[i].Sub(at[i-9]))
			}
		}
	})
}

// pollOnly is a polling server behind something that does what it likes to
// WebSocket. It never offers an upgrade, and holds polls as the platform does.
func pollOnly(webSocket http.HandlerFunc) http.Handler {
	var mu sync.Mutex
	accepted := false
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("transport") == TransportWebSocket {
			webSocket(w, r)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.URL.Query().Get("sid") == "":
			_, _ = io.WriteString(w, openFrame)
		case r.Method == http.MethodPost:
			accepted = true
			_, _ = io.WriteString(w, "ok")
		case accepted:
			accepted = false
			_, _ = io.WriteString(w, acceptFrame+"\x1e"+statusFrame)
		default:
			mu.Unlock()
			select {
			case <-r.Context().Done():
			case <-time.After(25 * time.Second):
				_, _ = io.WriteString(w, "2")
			}
			mu.Lock()
		}
	})
}

// TestPollingWhereWebSocketIsRefused: refused, cut or swallowed, polling is next.
func TestPollingWhereWebSocketIsRefused(t *testing.T) {
	for name, webSocket := range map[string]http.HandlerFunc{
		"refused": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				_ = c.Close()
			}
		},
		"swallowed": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := serve(t, pollOnly(webSocket))
				o := n.options(StaticToken("jwt"))
				o.Transport = TransportAuto
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				rec := &tape{}
				err := Open(o).Run(ctx, rec.sink(func(*tape) bool { return false }))
				if !errors.Is(err, context.DeadlineExceeded) || rec.phases() != "connecting live ended:stopped" || rec.last(Live).Transport != TransportPolling {
					t.Errorf("%v, %s by %s", err, rec.phases(), rec.last(Live).Transport)
				}
				if took := rec.last(Live).At.Sub(rec.last(Connecting).At); took > DefaultConnectTimeout/2 {
					t.Errorf("live after %v", took)
				}
			})
		})
	}
}

// TestPollIsNotRepeated: a poll whose connection broke may have had an answer
// on its way, so it counts as a loss.
func TestPollIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := pollOnly(nil)
		gets := 0
		n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				if gets++; gets == 3 {
					time.Sleep(3 * time.Second)
					if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
						_ = c.Close()
					}
					return
				}
			}
			inner.ServeHTTP(w, r)
		}))
		o := n.options(StaticToken("jwt"))
		o.Transport = TransportPolling
		rec, _ := run(t, o, until(Lost, 1))
		if rec.phases() != "connecting live lost:transport-closed" || gets != 3 {
			t.Errorf("%s after %d polls", rec.phases(), gets)
		}
	})
}

// TestDays: three days of a platform and a laptop as they are. The stream is
// back after every loss, keeps to the limits, and loses count of nothing.
func TestDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const days = 72 * time.Hour
		start := time.Now()
		dice := rand.New(rand.NewPCG(1, 2))
		auth := &scriptedAuth{token: "t0"}
		auth.renew = func(string) (string, error) {
			return fmt.Sprintf("t%d.%d", int(time.Since(start).Hours()), auth.renews), nil
		}
		auth.check = func() error { return ErrSessionGone }
		var mu sync.Mutex // a script may end while the next begins
		var connects []time.Time
		sent := 0
		roll := func(n int) int {
			mu.Lock()
			defer mu.Unlock()
			return dice.IntN(n)
		}
		send := func(p *peer, frames ...string) {
			p.send(frames...)
			mu.Lock()
			defer mu.Unlock()
			sent++
		}
		n := serveScript(t, func(p *peer) {
			asked := p.connect()
			mu.Lock()
			connects = append(connects, time.Now())
			mu.Unlock()
			// A token is good for the hour of its making and the next.
			var hour int
			if _, err := fmt.Sscanf(asked, `40{"token":"t%d`, &hour); err != nil {
				return
			}
			if int(time.Since(start).Hours()) > hour+1 {
				p.send(refuseFrame)
				<-p.gone
				return
			}
			p.send(acceptFrame)
			time.Sleep(time.Duration(roll(3000)) * time.Millisecond)
			send(p, statusFrame)
			p.beat(time.Duration(roll(2400)) * time.Second)
			switch roll(5) {
			case 0:
				send(p, `42["server:shutdown",{"reconnect":true}]`, "41")
			case 1:
				p.send("41")
			case 2: // silence
			default:
				return
			}
			<-p.gone
		})
		o := n.options(auth)
		c, err := newConfig(o)
		if err != nil {
			t.Fatal(err)
		}
		defer c.transport.CloseIdleConnections()
		c.wall = func() time.Time { // asleep for half an hour every six
			now := time.Now().Round(0)
			return now.Add(now.Sub(start) / (6 * time.Hour) * 30 * time.Minute)
		}
		ctx, cancel := context.WithTimeout(t.Context(), days)
		defer cancel()
		rec := &tape{}
		err = newRunner(Open(o), c, rec.sink(func(*tape) bool { return false })).run(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		down, reasons := time.Duration(0), map[Reason]int{}
		for _, st := range rec.states {
			reasons[st.Reason]++
			if st.State == Live {
				down += st.DownFor
			}
		}
		t.Logf("%d connects, %d events, down for %v, %v", len(connects), len(rec.events), down, reasons)
		if len(connects) < 100 || down > days/20 {
			t.Errorf("%d connects, down for %v", len(connects), down)
		}
		for _, reason := range []Reason{ReasonAuth, ReasonPingTimeout, ReasonServerDisconnect, ReasonServerShutdown, ReasonTransportClosed} {
			if reasons[reason] == 0 {
				t.Errorf("nothing was lost for %s", reason)
			}
		}
		for i := 9; i < len(connects); i++ {
			if connects[i].Sub(connects[i-9]) < time.Minute {
				t.Errorf("connects %d to %d in %v", i-9, i, connects[i].Sub(connects[i-9]))
			}
		}
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		// A frame sent to a client that is just giving up is lost, and only then.
		if lost := sent - len(rec.events); lost < 0 || lost > 3 {
			t.Errorf("%d events sent, %d delivered", sent, len(rec.events))
		}
		for i, ev := range rec.events {
			if ev.Seq != uint64(i+1) {
				t.Fatalf("event %d has number %d", i, ev.Seq)
			}
		}
	})
}
