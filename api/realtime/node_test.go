package realtime

// Tests against the official Socket.IO server in a Node process. Without Node
// they are skipped, unless VIZORA_REQUIRE_NODE is 1.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if built != "" {
			_ = os.RemoveAll(built)
		}
		os.Exit(code)
	}))
}

const nodeDir = "testdata/node"

// nodeModules installs the peer's packages once, where they are missing.
var nodeModules = sync.OnceValue(func() error {
	if _, err := exec.LookPath("node"); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(nodeDir, "node_modules", "socket.io", "package.json")); err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = nodeDir
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

func needNode(t testing.TB) {
	t.Helper()
	err := nodeModules()
	switch {
	case err == nil:
	case os.Getenv("VIZORA_REQUIRE_NODE") == "1":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// nodeServer is a running server.js.
type nodeServer struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	said  chan map[string]any
	port  int
	once  sync.Once
}

// startNode starts server.js with a config of its own and stops it at the end
// of the test.
func startNode(t *testing.T, config map[string]any) *nodeServer {
	t.Helper()
	needNode(t)
	arg, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	s := &nodeServer{t: t, cmd: exec.Command("node", "server.js", string(arg)), said: make(chan map[string]any, 1024)}
	s.cmd.Dir, s.cmd.Stderr = nodeDir, os.Stderr
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	go func() {
		defer close(s.said)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var line map[string]any
			if json.Unmarshal(lines.Bytes(), &line) == nil {
				s.said <- line
			}
		}
	}()
	s.port = int(s.await("port").(float64))
	return s
}

// stop kills the process; a second call does nothing.
func (s *nodeServer) stop() {
	s.once.Do(func() {
		_ = s.cmd.Process.Kill()
		for range s.said { // until its output ends
			continue
		}
		_ = s.cmd.Wait()
	})
}

// await reads what the server says until it says something about key.
func (s *nodeServer) await(key string) any {
	s.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case line, ok := <-s.said:
			if !ok {
				s.t.Errorf("the server ended before %q", key)
				return nil
			}
			if v, ok := line[key]; ok {
				return v
			}
		case <-timeout:
			s.t.Errorf("the server never said %q", key)
			return nil
		}
	}
}

func (s *nodeServer) do(command string) {
	if _, err := io.WriteString(s.stdin, command+"\n"); err != nil {
		s.t.Errorf("%s: %v", command, err)
	}
}

// watch is a Session against a real server, with its Items on channels.
type watch struct {
	t       *testing.T
	session *Session
	states  chan State
	events  chan Event
}

// startWatch streams from the port until the end of the test.
func startWatch(t *testing.T, port int, o Options) *watch {
	t.Helper()
	o.URL, o.Proxy = "http://127.0.0.1:"+strconv.Itoa(port), noProxy
	c, err := newConfig(o)
	if err != nil {
		t.Fatal(err)
	}
	c.backoff = func(failures int) time.Duration { return min(50*time.Millisecond<<failures, time.Second) }
	w := &watch{t: t, session: Open(o), states: make(chan State, 1024), events: make(chan Event, 1<<16)}
	r := newRunner(w.session, c, func(i Item) error {
		switch i := i.(type) {
		case State:
			w.states <- i
		case Event:
			w.events <- i
		}
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.run(ctx)
		c.transport.CloseIdleConnections()
	}()
	t.Cleanup(func() {
		start := time.Now()
		cancel()
		<-done
		if took := time.Since(start); took > time.Second {
			t.Errorf("stopped after %v", took)
		}
	})
	return w
}

// await is the next State of a phase.
func (w *watch) await(p Phase) State {
	w.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case st := <-w.states:
			if st.State == p {
				return st
			}
		case <-timeout:
			w.t.Errorf("never %s", p)
			return State{}
		}
	}
}

// event is the next Event of a name.
func (w *watch) event(name string) Event {
	w.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case ev := <-w.events:
			if ev.Name == name {
				return ev
			}
		case <-timeout:
			w.t.Errorf("no event %q", name)
			return Event{}
		}
	}
}

// quick is a server that pings often, so that silence is noticed soon.
func quick() map[string]any {
	return map[string]any{"pingInterval": 400, "pingTimeout": 800}
}

// TestNodeTransports: the same conversation over each transport.
func TestNodeTransports(t *testing.T) {
	s := startNode(t, map[string]any{"server": quick()})
	for _, name := range []string{TransportWebSocket, TransportPolling} {
		t.Run(name, func(t *testing.T) {
			w := startWatch(t, s.port, Options{Transport: name})
			if st := w.await(Live); st.Transport != name {
				t.Errorf("live by %q", st.Transport)
			}
			if ev := w.event("hello"); string(ev.Payload) != `{"transport":"`+name+`"}` {
				t.Errorf("hello %s", ev.Payload)
			}
			raw, err := w.session.Request(t.Context(), "echo", []byte(`{"text":"ä\u2028"}`))
			if err != nil || string(raw) != `{"text":"ä`+"\u2028"+`"}` {
				t.Errorf("echo %q, %v", raw, err)
			}
			raw, err = w.session.Request(t.Context(), "echo binary", []byte(`{"text":"abc"}`))
			if err != nil || string(raw) != `{"bytes":"YWJj"}` {
				t.Errorf("echo binary %s, %v", raw, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := w.session.Request(ctx, "mute", nil); !errors.Is(err, ErrAckTimeout) {
				t.Errorf("mute: %v", err)
			}
			s.do(`{"do":"binary"}`)
			if ev := w.event("binary"); string(ev.Payload) != `{"a":"AQID","b":["/w=="]}` {
				t.Errorf("binary %s", ev.Payload)
			}
			s.do(`{"do":"emit","args":["several",{"n":1},"two",[3]]}`)
			if ev := w.event("several"); string(ev.Payload) != `{"n":1}` || string(ev.More) != `"two",[3]` {
				t.Errorf("several %s, %s", ev.Payload, ev.More)
			}
			s.do(`{"do":"ask"}`)
			w.event("asked")
			if n := s.await("answered"); n != float64(1) {
				t.Errorf("answered %v", n)
			}
			// Over several heartbeats nothing is lost, doubled or out of order.
			s.do(`{"do":"count","from":0,"to":300,"every":3}`)
			for i := range 300 {
				if ev := w.event("n"); string(ev.Payload) != strconv.Itoa(i) {
					t.Fatalf("%s instead of %d", ev.Payload, i)
				}
			}
			s.do(`{"do":"kick"}`)
			if st := w.await(Lost); st.Reason != ReasonServerDisconnect {
				t.Errorf("kicked: %s", st.Reason)
			}
			w.await(Live)
		})
		s.await("disconnected")
	}
}

// TestNodeUpgrade: a session that begins with polling moves to WebSocket with
// events under way.
func TestNodeUpgrade(t *testing.T) {
	t.Parallel()
	s := startNode(t, map[string]any{"server": quick()})
	// The way is closed to the first WebSocket only, so polling comes first.
	p := startProxy(t, s.port)
	p.refuseWebSockets(1)
	w := startWatch(t, p.port, Options{})
	if st := w.await(Live); st.Transport != TransportPolling {
		t.Errorf("live by %q", st.Transport)
	}
	s.do(`{"do":"count","from":0,"to":400,"every":1}`)
	for i := range 400 {
		if ev := w.event("n"); string(ev.Payload) != strconv.Itoa(i) {
			t.Fatalf("%s instead of %d", ev.Payload, i)
		}
	}
	if name := s.await("upgraded"); name != TransportWebSocket {
		t.Errorf("upgraded to %v", name)
	}
	if raw, err := w.session.Request(t.Context(), "echo", []byte(`1`)); err != nil || string(raw) != "1" {
		t.Errorf("%s, %v", raw, err)
	}
	// After the next loss WebSocket is first again.
	s.do(`{"do":"kick"}`)
	w.await(Lost)
	if st := w.await(Live); st.Transport != TransportWebSocket {
		t.Errorf("live again by %q", st.Transport)
	}
}

// TestNodeProxy: behind something that cuts WebSockets polling carries the
// stream; a line that goes dead is noticed and replaced.
func TestNodeProxy(t *testing.T) {
	t.Parallel()
	s := startNode(t, map[string]any{"server": quick()})
	p := startProxy(t, s.port)
	p.refuseWebSockets(1000)
	w := startWatch(t, p.port, Options{})
	if st := w.await(Live); st.Transport != TransportPolling {
		t.Errorf("live by %q", st.Transport)
	}
	p.stall()
	if st := w.await(Lost); st.Reason != ReasonPingTimeout {
		t.Errorf("stalled polling: %s (%v)", st.Reason, st.Err)
	}
	p.refuseWebSockets(0)
	w.await(Live)
	s.do(`{"do":"count","from":0,"to":1,"every":1}`)
	w.event("n")
	p.stall()
	if st := w.await(Lost); st.Reason != ReasonPingTimeout {
		t.Errorf("stalled: %s (%v)", st.Reason, st.Err)
	}
	w.await(Live)
	w = startWatch(t, p.port, Options{Transport: TransportWebSocket})
	w.await(Live)
	p.cut()
	if st := w.await(Lost); st.Reason != ReasonTransportClosed {
		t.Errorf("cut: %s (%v)", st.Reason, st.Err)
	}
	w.await(Live)
}

// TestNodeAuth: a refused token is renewed, and one that cannot be ends the stream.
func TestNodeAuth(t *testing.T) {
	t.Parallel()
	s := startNode(t, map[string]any{"server": quick(), "token": "good"})
	for _, name := range []string{TransportWebSocket, TransportPolling} {
		auth := &scriptedAuth{token: "bad", renew: func(string) (string, error) { return "good", nil }}
		w := startWatch(t, s.port, Options{Transport: name, Auth: auth})
		if st := w.await(Lost); st.Reason != ReasonAuth {
			t.Errorf("%s: lost for %s (%v)", name, st.Reason, st.Err)
		}
		w.await(Live)
		w = startWatch(t, s.port, Options{Transport: name, Auth: StaticToken("bad")})
		var refused *AuthError
		if st := w.await(Ended); !errors.As(st.Err, &refused) || refused.Code != "AUTH_INVALID" {
			t.Errorf("%s: ended for %v", name, st.Err)
		}
	}
}

// TestNodeRecovery: where the server keeps what was missed, it arrives.
func TestNodeRecovery(t *testing.T) {
	t.Parallel()
	s := startNode(t, map[string]any{"server": quick(), "recovery": true})
	p := startProxy(t, s.port)
	w := startWatch(t, p.port, Options{Transport: TransportWebSocket})
	w.await(Live)
	w.event("hello")
	s.do(`{"do":"count","from":0,"to":200,"every":3}`)
	for i := range 200 {
		if i == 50 || i == 120 {
			p.cut()
			if st := w.await(Lost); st.Reason != ReasonTransportClosed {
				t.Errorf("lost for %s", st.Reason)
			}
			if st := w.await(Live); !st.Recovered || st.DownFor <= 0 {
				t.Errorf("live again: %+v", st)
			}
		}
		if ev := w.event("n"); string(ev.Payload) != strconv.Itoa(i) {
			t.Fatalf("%s instead of %d", ev.Payload, i)
		}
	}
}

// TestNodeRestart: the server goes and comes back on its port.
func TestNodeRestart(t *testing.T) {
	t.Parallel()
	s := startNode(t, map[string]any{"server": quick()})
	w := startWatch(t, s.port, Options{})
	w.await(Live)
	port := s.port
	s.stop()
	if st := w.await(Lost); st.Reason != ReasonTransportClosed {
		t.Errorf("lost for %s", st.Reason)
	}
	if st := w.await(Lost); st.Reason != ReasonRefused {
		t.Errorf("then for %s", st.Reason)
	}
	startNode(t, map[string]any{"server": quick(), "port": port})
	if st := w.await(Live); st.DownFor <= 0 || st.Attempt < 2 {
		t.Errorf("live again: %+v", st)
	}
}

// TestNodeOversized: both directions have their limit.
func TestNodeOversized(t *testing.T) {
	t.Parallel()
	options := quick()
	options["maxHttpBufferSize"] = 10000
	s := startNode(t, map[string]any{"server": options})
	for _, name := range []string{TransportWebSocket, TransportPolling} {
		w := startWatch(t, s.port, Options{Transport: name, MaxMessage: 1 << 16})
		w.await(Live)
		big := func(n int) json.RawMessage { return json.RawMessage(`"` + strings.Repeat("x", n) + `"`) }
		if _, err := w.session.Request(t.Context(), "echo", big(10000)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.session.Request(t.Context(), "echo", big(9000)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		s.do(`{"do":"big","bytes":100000}`)
		if st := w.await(Lost); st.Reason != ReasonTooLarge {
			t.Errorf("%s: lost for %s (%v)", name, st.Reason, st.Err)
		}
		w.await(Live)
	}
}

// TestNodePayloadRefused: a proxy that answers 413 to what the server would
// take. The packet is gone, which its sender is told; the session stays, and the
// stream with it.
func TestNodePayloadRefused(t *testing.T) {
	t.Parallel()
	s := startNode(t, map[string]any{"server": quick()})
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", s.port)})
	forward.ErrorLog = log.New(io.Discard, "", 0) // a poll that is cut off at the end is no news
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.ContentLength > 2000 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	w := startWatch(t, proxy.Listener.Addr().(*net.TCPAddr).Port, Options{Transport: TransportPolling})
	w.await(Live)
	if _, err := w.session.Request(t.Context(), "echo", json.RawMessage(`"`+strings.Repeat("x", 3000)+`"`)); err == nil {
		t.Error("what never arrived was answered")
	}
	if _, err := w.session.Request(t.Context(), "echo", json.RawMessage(`"small"`)); err != nil {
		t.Error(err)
	}
	s.do(`{"do":"big","bytes":100}`)
	w.event("big")
}
