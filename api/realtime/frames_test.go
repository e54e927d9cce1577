package realtime

// Tests on the frames recorded from the platform, at their recorded pace.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// recorded is one line of a recording: a WebSocket frame, or an exchange of polling.
type recorded struct {
	MS         int
	Dir, Frame string
	Req, Body  string
	Resp       string
	Status     int
}

func recording(t *testing.T, name string) []recorded {
	t.Helper()
	text, err := os.ReadFile("testdata/frames/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var all []recorded
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// replay plays what the platform sent when it sent it, and waits for what a
// watcher sends of its own accord: CONNECT.
func replay(p *peer, frames []recorded) {
	start := time.Now()
	for _, f := range frames {
		time.Sleep(time.Until(start.Add(time.Duration(f.MS) * time.Millisecond)))
		switch {
		case f.Dir == "recv":
			p.send(f.Frame)
		case f.Dir == "send" && strings.HasPrefix(f.Frame, "40"):
			got := p.next()
			if want := strings.ReplaceAll(f.Frame, "<jwt>", "jwt"); got != want && !strings.HasPrefix(want, strings.TrimSuffix(got, "}")) {
				p.t.Errorf("sent %q, recorded %q", got, want)
			}
		}
	}
	<-time.After(time.Second)
}

func TestRecordedStreams(t *testing.T) {
	for _, c := range []struct {
		name, token    string
		phases         string // with reasons
		events         int
		checks, renews int
		pongs          int
		wait           [2]time.Duration // until the next attempt
	}{
		{name: "dashboard", token: "jwt", phases: "connecting live lost:session-expired", events: 9, checks: 1, pongs: 1, wait: [2]time.Duration{time.Second, 5 * time.Second}},
		{name: "session-expired", token: "jwt", phases: "connecting live lost:session-expired", events: 2, checks: 1, wait: [2]time.Duration{time.Second, 5 * time.Second}},
		{name: "bad-token", token: "nope", phases: "connecting lost:auth", renews: 1},
		{name: "no-token", phases: "connecting lost:server-disconnect", checks: 1, wait: [2]time.Duration{time.Second, 5 * time.Second}},
		{name: "bearer-header-only", phases: "connecting lost:server-disconnect", checks: 1, wait: [2]time.Duration{time.Second, 5 * time.Second}},
		{name: "rate-limited", token: "jwt", phases: "connecting lost:rate-limited", events: 1, wait: [2]time.Duration{time.Minute, 65 * time.Second}},
		{name: "device", token: "jwt", phases: "connecting live lost:transport-closed", events: 6, wait: [2]time.Duration{time.Second, 5 * time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var played *peer
				n := serveScript(t, func(p *peer) {
					played = p
					replay(p, recording(t, c.name))
				})
				auth := &scriptedAuth{token: c.token, renew: func(string) (string, error) { return "new", nil }}
				rec, err := run(t, n.options(auth), until(Lost, 1))
				if !errors.Is(err, errEnough) {
					t.Fatal(err)
				}
				if got := rec.phases(); got != c.phases {
					t.Errorf("phases %q, want %q (%v)", got, c.phases, rec.last(Lost).Err)
				}
				if len(rec.events) != c.events || auth.checks != c.checks || auth.renews != c.renews {
					t.Errorf("%d events, %d checks, %d renews", len(rec.events), auth.checks, auth.renews)
				}
				if wait := rec.last(Lost).NextIn; wait < c.wait[0] || wait > c.wait[1] {
					t.Errorf("next attempt in %v", wait)
				}
				for i, ev := range rec.events {
					if ev.Seq != uint64(i+1) || !json.Valid(ev.Payload) || ev.Received.IsZero() {
						t.Errorf("event %d: %+v", i, ev)
					}
				}
				synctest.Wait()
				if played.pongs != c.pongs {
					t.Errorf("%d pongs", played.pongs)
				}
			})
		})
	}
}

// TestRecordedAcknowledgements: a server that wants events acknowledged is
// answered with their ids.
func TestRecordedAcknowledgements(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var acks []string
		n := serveScript(t, func(p *peer) {
			replay(p, recording(t, "device"))
			for len(p.in) > 0 {
				acks = append(acks, p.next())
			}
		})
		if _, err := run(t, n.options(StaticToken("jwt")), until(Lost, 1)); !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := strings.Join(acks, " "); got != "430[] 431[]" {
			t.Errorf("acknowledged %q", got)
		}
	})
}

// TestRecordedPolling answers polls as the platform did, and then holds them.
func TestRecordedPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exchanges := recording(t, "polling")
		next := 0
		n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			if query.Get("EIO") != "4" || query.Get("transport") != "polling" {
				t.Errorf("query %q", r.URL.RawQuery)
			}
			if next >= 4 { // what the recording has of a watcher's own doing
				select {
				case <-r.Context().Done():
				case <-time.After(10 * time.Second):
					w.WriteHeader(exchanges[5].Status)
					_, _ = fmt.Fprint(w, exchanges[5].Resp)
				}
				return
			}
			e := exchanges[next]
			next++
			if want, _, _ := strings.Cut(e.Req, " "); r.Method != want {
				t.Errorf("exchange %d: %s", next, r.Method)
			}
			if want := next > 1; (query.Get("sid") == "9SXKcTTE_zzgEybKAAAy") != want {
				t.Errorf("exchange %d: sid %q", next, query.Get("sid"))
			}
			var body bytes.Buffer
			_, _ = body.ReadFrom(r.Body)
			if body.String() != strings.ReplaceAll(e.Body, "<jwt>", "jwt") {
				t.Errorf("exchange %d: body %q", next, &body)
			}
			_, _ = fmt.Fprint(w, e.Resp)
		}))
		o := n.options(StaticToken("jwt"))
		o.Transport = TransportPolling
		rec, err := run(t, o, until(Lost, 1))
		if !errors.Is(err, errEnough) || rec.phases() != "connecting live lost:transport-closed" || len(rec.events) != 1 {
			t.Errorf("%v, %s, %d events", err, rec.phases(), len(rec.events))
		}
		var status *HTTPError
		if !errors.As(rec.last(Lost).Err, &status) || status.Status != 400 || status.Code != 1 {
			t.Errorf("lost for %v", rec.last(Lost).Err)
		}
		if rec.last(Live).Transport != TransportPolling {
			t.Errorf("live by %q", rec.last(Live).Transport)
		}
	})
}
