package socketio

// Helpers of the tests: a server as the official conformance suites want it,
// and a client of bare HTTP requests and WebSocket frames.

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test.
const patience = 10 * time.Second

// serve runs handler on a loopback port for the length of the test.
func serve(t testing.TB, handler http.Handler, stop func()) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		stop()
		http.DefaultClient.CloseIdleConnections()
		server.Close()
	})
	return server.URL
}

// suiteServer is the server that the conformance suites are written for, but
// for its times: a slow machine must not see a heartbeat where it tests others.
func suiteServer(t testing.TB) (*Server, string) { return timedServer(t, Options{MaxPayload: 1e6}) }

// timedServer is suiteServer with other options.
func timedServer(t testing.TB, opts Options) (*Server, string) {
	srv := NewServer(opts)
	echo(srv)
	return srv, serve(t, srv, srv.Close)
}

// echo sets the handlers of the conformance suites.
func echo(srv *Server) {
	greet := func(s *Socket) {
		auth := s.Auth
		if auth == nil {
			auth = json.RawMessage("{}")
		}
		_ = s.Emit("auth", auth)
		s.OnEvent(func(ev Event) {
			switch ev.Name {
			case "message":
				_ = s.EmitRaw("message-back", ev.Args, ev.Attachments)
			case "message-with-ack":
				ev.AckRaw(ev.Args, ev.Attachments)
			}
		})
	}
	srv.Of("/").OnConnection(greet)
	srv.Of("/custom").OnConnection(greet)
}

// request makes one HTTP request and returns status and body.
func request(t testing.TB, method, url, body string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// want checks one exchange.
func want(t testing.TB, method, url, body string, status int, answer string) {
	t.Helper()
	if gotStatus, got := request(t, method, url, body); gotStatus != status || (answer != "*" && got != answer) {
		t.Fatalf("%s %q: %d %q, want %d %q", method, body, gotStatus, got, status, answer)
	}
}

const (
	pollingQuery = "/socket.io/?EIO=4&transport=polling"
	socketQuery  = "/socket.io/?EIO=4&transport=websocket"
)

// openPolling makes a polling session and returns its URL.
func openPolling(t testing.TB, base string) string {
	t.Helper()
	status, body := request(t, http.MethodGet, base+pollingQuery, "")
	if status != http.StatusOK || !strings.HasPrefix(body, "0{") {
		t.Fatalf("handshake: %d %q", status, body)
	}
	var h struct{ SID string }
	if err := json.Unmarshal([]byte(body[1:]), &h); err != nil {
		t.Fatal(err)
	}
	return base + pollingQuery + "&sid=" + h.SID
}

// pollConnected makes a polling session that is in the main namespace and has
// taken the greeting.
func pollConnected(t testing.TB, base string) string {
	t.Helper()
	url := openPolling(t, base)
	want(t, http.MethodPost, url, "40", 200, "ok")
	for got := ""; !strings.Contains(got, `42["auth",{}]`); {
		var status int
		if status, got = request(t, http.MethodGet, url, ""); status != 200 {
			t.Fatalf("%d %q", status, got)
		}
	}
	return url
}

// client is a WebSocket that speaks frames.
type client struct {
	t  testing.TB
	ws *websocket.Conn
}

func dial(t testing.TB, url string) *client {
	t.Helper()
	c, err := tryDial(t, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tryDial(t testing.TB, url string, header http.Header) (*client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, resp, err := websocket.Dial(ctx, strings.Replace(url, "http", "ws", 1), &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return nil, err
	}
	ws.SetReadLimit(8 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{t, ws}, nil
}

// open dials a session of its own and takes the open packet.
func open(t testing.TB, base string) *client {
	t.Helper()
	c := dial(t, base+socketQuery)
	if got := c.read(); !strings.HasPrefix(got, "0{") {
		t.Fatalf("open packet: %q", got)
	}
	return c
}

// enter opens a session, connects to the main namespace and takes the answer.
func enter(t testing.TB, base, connect string) *client {
	t.Helper()
	c := open(t, base)
	c.write(connect)
	if got := c.read(); !strings.HasPrefix(got, "40{") {
		t.Fatalf("CONNECT answered %q", got)
	}
	return c
}

// read returns the next text frame, or "b:" and the bytes of a binary one.
func (c *client) read() string {
	c.t.Helper()
	got, err := c.tryRead()
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return got
}

func (c *client) tryRead() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	kind, data, err := c.ws.Read(ctx)
	if kind == websocket.MessageBinary {
		return "b:" + string(data), err
	}
	return string(data), err
}

// next returns the next frame that is not a ping, answering pings.
func (c *client) next() string {
	c.t.Helper()
	for {
		got := c.read()
		if got != "2" {
			return got
		}
		c.write("3")
	}
}

// expect checks the next frames; a frame that ends in * is a prefix.
func (c *client) expect(frames ...string) {
	c.t.Helper()
	for _, want := range frames {
		got := c.next()
		if prefix, ok := strings.CutSuffix(want, "*"); ok && strings.HasPrefix(got, prefix) {
			continue
		}
		if got != want {
			c.t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// until skips frames up to the first that contains text, and returns it.
func (c *client) until(text string) string {
	c.t.Helper()
	for {
		if got := c.next(); strings.Contains(got, text) {
			return got
		}
	}
}

func (c *client) write(frames ...string) {
	c.t.Helper()
	for _, f := range frames {
		c.send(websocket.MessageText, f)
	}
}

func (c *client) send(kind websocket.MessageType, data string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.ws.Write(ctx, kind, []byte(data)); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// expectClose reads until the connection ends, answering no pings.
func (c *client) expectClose() {
	c.t.Helper()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		_, _, err := c.ws.Read(ctx)
		timedOut := ctx.Err() != nil
		cancel()
		if timedOut {
			c.t.Fatal("not closed")
		}
		if err != nil {
			return
		}
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
