package realtime

// Tests of the polling transport and of the heartbeat by themselves.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// pollingTo is a polling transport to a handler.
func pollingTo(t *testing.T, o Options, handler http.HandlerFunc) *pollTransport {
	t.Helper()
	n := serve(t, handler)
	o.URL, o.DialContext, o.Proxy = "http://platform.test", n.dial, noProxy
	c, err := newConfig(o)
	if err != nil {
		t.Fatal(err)
	}
	p := &pollTransport{config: c, client: c.httpClient(), sid: "s"}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	t.Cleanup(func() {
		p.close()
		c.transport.CloseIdleConnections()
	})
	return p
}

// TestPollWriteSplits: bodies keep to the server's limit, packets stay whole
// and in order, and binary ones are base64.
func TestPollWriteSplits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bodies []string
		p := pollingTo(t, Options{Header: http.Header{"User-Agent": {"vizora"}}}, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			bodies = append(bodies, string(body))
			if r.Method != http.MethodPost || r.UserAgent() != "vizora" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
				t.Errorf("%s %v", r.Method, r.Header)
			}
			_, _ = io.WriteString(w, "ok")
		})
		p.limit = 10
		text := func(s string) wire.Packet { return wire.Packet{Type: wire.MessagePacket, Data: []byte(s)} }
		err := p.write(t.Context(), text("aaa"), text("bbbb"), text("c"), text("longer than ten"),
			wire.Packet{Type: wire.MessagePacket, Binary: true, Data: []byte{1, 2, 3}}, text("d"))
		if err != nil {
			t.Fatal(err)
		}
		want := "4aaa\x1e4bbbb|4c|4longer than ten|bAQID\x1e4d"
		if got := strings.Join(bodies, "|"); got != want {
			t.Errorf("bodies %q, want %q", got, want)
		}
	})
}

// TestPollRead: several packets in an answer, an answer that goes bad in the
// middle, one that is too long, and refusals with and without the server's word.
func TestPollRead(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   string // data of the packets before the error
		err    error
		code   int // of an *HTTPError; 0: it is none
	}{
		{status: 200, body: "4a\x1ebAQI=\x1e4b\x1e9", want: "a \x01\x02 b", err: ErrProtocol},
		{status: 200, body: "", err: ErrProtocol},
		{status: 200, body: "4" + strings.Repeat("x", 2000), err: ErrTooLarge},
		{status: 400, body: `{"code":1,"message":"Session ID unknown"}`, code: 1},
		{status: 502, body: `<html>Bad gateway</html>`, code: -1},
		{status: 302, body: ``, code: -1},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := pollingTo(t, Options{MaxMessage: 1000}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://elsewhere.test/")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			var got []string
			var err error
			for {
				var packet wire.Packet
				if packet, err = p.read(); err != nil {
					break
				}
				got = append(got, string(packet.Data))
			}
			var status *HTTPError
			if errors.As(err, &status) {
				if status.Code != c.code || status.Status != c.status {
					t.Errorf("%d: %v", c.status, status)
				}
			} else if c.code != 0 || !errors.Is(err, c.err) {
				t.Errorf("%q: %v", c.body, err)
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%q: read %q", c.body, s)
			}
		})
	}
}

// TestHeartbeatSlow: holding the reader up counts for as long as it could have
// cost the connection, and no longer.
func TestHeartbeatSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHeartbeat(45*time.Second, 20*time.Second, time.Now, func(err error) { t.Errorf("dead: %v", err) })
		defer h.stop()
		rest := func(d time.Duration) {
			for range int(d / time.Second) {
				time.Sleep(time.Second)
				h.note(time.Now())
			}
		}
		hold := func(d time.Duration) {
			h.hold()
			time.Sleep(d)
			h.release()
		}
		hold(10 * time.Second)
		if h.slow() {
			t.Error("slow after 10 s")
		}
		rest(5 * time.Second)
		hold(10 * time.Second)
		if !h.slow() {
			t.Error("not slow after 20 s of 25")
		}
		rest(2 * time.Minute)
		if h.slow() {
			t.Error("still slow after two minutes")
		}
		hold(time.Hour) // nobody reads, so the silence means nothing
		if !h.slow() {
			t.Error("not slow after an hour")
		}
	})
}
