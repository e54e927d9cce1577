package socketio

// The cases of the official engine.io-protocol test suite, under its titles,
// against the server over loopback sockets.

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestHandshakePolling(t *testing.T) {
	_, base := suiteServer(t)
	t.Run("should successfully open a session", func(t *testing.T) {
		status, body := request(t, http.MethodGet, base+pollingQuery, "")
		if status != 200 || !strings.HasPrefix(body, `0{"sid":"`) ||
			!strings.HasSuffix(body, `","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`) {
			t.Errorf("%d %s", status, body)
		}
	})
	for _, c := range []struct{ title, method, query, body string }{
		{"should fail with no 'EIO' query parameter", "GET", "?transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		{"should fail with an invalid 'EIO' query parameter", "GET", "?EIO=abc&transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		{"should fail with protocol 3", "GET", "?EIO=3&transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		{"should fail with no 'transport' query parameter", "GET", "?EIO=4", `{"code":0,"message":"Transport unknown"}`},
		{"should fail with an invalid 'transport' query parameter", "GET", "?EIO=4&transport=abc", `{"code":0,"message":"Transport unknown"}`},
		{"should fail with an invalid request method (post)", "POST", "?EIO=4&transport=polling", `{"code":2,"message":"Bad handshake method"}`},
		{"should fail with an invalid request method (put)", "PUT", "?EIO=4&transport=polling", `{"code":2,"message":"Bad handshake method"}`},
		{"should fail with an unknown session", "GET", "?EIO=4&transport=polling&sid=abc", `{"code":1,"message":"Session ID unknown"}`},
		{"should fail with a websocket transport and no upgrade", "GET", "?EIO=4&transport=websocket", `{"code":3,"message":"Bad request"}`},
	} {
		t.Run(c.title, func(t *testing.T) { want(t, c.method, base+"/socket.io/"+c.query, "", 400, c.body) })
	}
}

func TestHandshakeWebSocket(t *testing.T) {
	_, base := suiteServer(t)
	t.Run("should successfully open a session", func(t *testing.T) {
		got := dial(t, base+socketQuery).read()
		if !strings.HasSuffix(got, `,"upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`) {
			t.Error(got)
		}
	})
	for title, query := range map[string]string{
		"should fail with an invalid 'EIO' query parameter":       "?EIO=abc&transport=websocket",
		"should fail with no 'EIO' query parameter":               "?transport=websocket",
		"should fail with an invalid 'transport' query parameter": "?EIO=4&transport=abc",
		"should fail with no 'transport' query parameter":         "?EIO=4",
		"should fail with an unknown session":                     "?EIO=4&transport=websocket&sid=abc",
	} {
		t.Run(title, func(t *testing.T) {
			if _, err := tryDial(t, base+"/socket.io/"+query, nil); err == nil || !strings.Contains(err.Error(), "400") {
				t.Error(err)
			}
		})
	}
}

func TestMessagePolling(t *testing.T) {
	_, base := suiteServer(t)
	t.Run("should send and receive a single packet", func(t *testing.T) {
		url := pollConnected(t, base)
		want(t, "POST", url, `42["message","hello"]`, 200, "ok")
		want(t, "GET", url, "", 200, `42["message-back","hello"]`)
	})
	t.Run("should send and receive several packets", func(t *testing.T) {
		url := pollConnected(t, base)
		want(t, "POST", url, "42[\"message\",1]\x1e42[\"message\",2]\x1e42[\"message\",3]", 200, "ok")
		want(t, "GET", url, "", 200, "42[\"message-back\",1]\x1e42[\"message-back\",2]\x1e42[\"message-back\",3]")
	})
	t.Run("should send and receive plain text and binary packets", func(t *testing.T) {
		url := pollConnected(t, base)
		const event = `["message",{"_placeholder":true,"num":0}]`
		want(t, "POST", url, "451-"+event+"\x1ebAQIDBA==", 200, "ok")
		want(t, "GET", url, "", 200, `451-["message-back",{"_placeholder":true,"num":0}]`+"\x1ebAQIDBA==")
	})
	t.Run("should close the session upon invalid packet format", func(t *testing.T) {
		url := openPolling(t, base)
		want(t, "POST", url, "abc", 400, "")
		want(t, "GET", url, "", 400, `{"code":1,"message":"Session ID unknown"}`)
	})
	t.Run("should close the session upon duplicate poll requests", func(t *testing.T) {
		srv, base := suiteServer(t)
		url := openPolling(t, base)
		first := make(chan string, 1)
		go func() { first <- get(url) }()
		waitForPoll(t, srv)
		want(t, "GET", url, "", 400, "")
		if got := <-first; got != "200 1" {
			t.Errorf("the first poll got %q", got)
		}
		want(t, "GET", url, "", 400, "*")
	})
	t.Run("should close the session upon cancelled polling request", func(t *testing.T) {
		srv, base := suiteServer(t)
		url := openPolling(t, base)
		ctx, cancel := context.WithCancel(context.Background())
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if resp, err := http.DefaultClient.Do(req); err == nil {
				_ = resp.Body.Close()
			}
		}()
		waitForPoll(t, srv)
		cancel()
		<-done
		eventually(t, "the session is gone", func() bool { return srv.Sessions() == 0 })
		want(t, "GET", url, "", 400, "*")
	})
	t.Run("should refuse a body over maxPayload and keep the session", func(t *testing.T) {
		url := pollConnected(t, base)
		want(t, "POST", url, strings.Repeat("x", 1e6+1), 413, "")
		want(t, "POST", url, `42["message"]`, 200, "ok")
		want(t, "GET", url, "", 200, `42["message-back"]`)
	})
	t.Run("should refuse binary content", func(t *testing.T) {
		url := openPolling(t, base)
		resp, err := http.Post(url, "application/octet-stream", strings.NewReader("4"))
		if err != nil || resp.StatusCode != http.StatusBadRequest {
			t.Fatalf("%v %v", resp, err)
		}
		_ = resp.Body.Close()
		want(t, "GET", url, "", 400, "*")
	})
}

// get polls and returns "status body" or the error, for use in goroutines.
func get(url string) string {
	resp, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	body := make([]byte, 64)
	n, _ := resp.Body.Read(body)
	return strings.Fields(resp.Status)[0] + " " + string(body[:n])
}

// waitForPoll waits until the server's only session has an open poll.
func waitForPoll(t testing.TB, srv *Server) {
	t.Helper()
	eventually(t, "a poll is open", func() bool {
		for _, s := range srv.allSessions() {
			s.mu.Lock()
			polling := s.polling
			s.mu.Unlock()
			if polling {
				return true
			}
		}
		return false
	})
}

func TestMessageWebSocket(t *testing.T) {
	_, base := suiteServer(t)
	t.Run("should send and receive a plain text packet", func(t *testing.T) {
		c := enter(t, base, "40")
		c.write(`42["message","hello"]`)
		c.expect(`42["auth",{}]`, `42["message-back","hello"]`)
	})
	t.Run("should send and receive a binary packet", func(t *testing.T) {
		c := enter(t, base, "40")
		c.write(`451-["message",{"_placeholder":true,"num":0}]`)
		c.send(websocket.MessageBinary, "\x01\x02")
		c.expect(`42["auth",{}]`, `451-["message-back",{"_placeholder":true,"num":0}]`, "b:\x01\x02")
	})
	t.Run("should close the session upon invalid packet format", func(t *testing.T) {
		c := open(t, base)
		c.write("abc")
		c.expectClose()
	})
	t.Run("should close the session upon a message over maxPayload", func(t *testing.T) {
		c := open(t, base)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = c.ws.Write(ctx, websocket.MessageText, []byte("4"+strings.Repeat("x", 1e6)))
		c.expectClose()
	})
}

func TestHeartbeat(t *testing.T) {
	_, base := timedServer(t, Options{PingInterval: 20 * time.Millisecond})
	deaf, deafBase := timedServer(t, Options{PingInterval: 20 * time.Millisecond, PingTimeout: 20 * time.Millisecond})
	t.Run("polling: should send ping/pong packets", func(t *testing.T) {
		url := openPolling(t, base)
		for range 2 {
			want(t, "GET", url, "", 200, "2")
			want(t, "POST", url, "3", 200, "ok")
		}
	})
	t.Run("polling: should close the session upon ping timeout", func(t *testing.T) {
		url := openPolling(t, deafBase)
		eventually(t, "all sessions are gone", func() bool { return deaf.Sessions() == 0 })
		want(t, "GET", url, "", 400, "*")
	})
	t.Run("websocket: should send ping/pong packets", func(t *testing.T) {
		c := open(t, base)
		for range 2 {
			if got := c.read(); got != "2" {
				t.Fatal(got)
			}
			c.write("3")
		}
	})
	t.Run("websocket: should close the session upon ping timeout", func(t *testing.T) { open(t, deafBase).expectClose() })
	t.Run("websocket: should drop a client that pings", func(t *testing.T) {
		_, base := suiteServer(t)
		c := open(t, base)
		c.write("2")
		c.expectClose()
	})
}

func TestClose(t *testing.T) {
	srv, base := suiteServer(t)
	t.Run("polling: should forcibly close the session", func(t *testing.T) {
		url := openPolling(t, base)
		poll := make(chan string, 1)
		go func() { poll <- get(url) }()
		waitForPoll(t, srv)
		want(t, "POST", url, "1", 200, "ok")
		if got := <-poll; got != "200 6" {
			t.Errorf("the poll got %q", got)
		}
		want(t, "GET", url, "", 400, "*")
	})
	t.Run("websocket: should forcibly close the session", func(t *testing.T) {
		c := open(t, base)
		c.write("1")
		c.expectClose()
	})
	t.Run("should cut everything when the server is dropped", func(t *testing.T) {
		c := open(t, base)
		url := openPolling(t, base)
		poll := make(chan string, 1)
		go func() { poll <- get(url) }()
		waitForPoll(t, srv)
		srv.DropAll()
		c.expectClose()
		// net/http may have sent the cut request again by itself.
		if got := <-poll; !strings.Contains(got, "EOF") && !strings.Contains(got, "Session ID unknown") {
			t.Errorf("the poll got %q", got)
		}
	})
}

func TestUpgrade(t *testing.T) {
	srv, base := suiteServer(t)
	upgrade := func(t *testing.T) (url string, c *client) {
		url = openPolling(t, base)
		c = dial(t, strings.Replace(url, "polling", "websocket", 1))
		c.write("2probe")
		c.expect("3probe")
		c.write("5")
		return url, c
	}
	t.Run("should successfully upgrade from HTTP long-polling to WebSocket", func(t *testing.T) {
		_, c := upgrade(t)
		c.write("40", `42["message",1]`)
		c.expect("40{*", `42["auth",{}]`, `42["message-back",1]`)
	})
	t.Run("should release the open poll with a noop", func(t *testing.T) {
		url := openPolling(t, base)
		poll := make(chan string, 1)
		go func() { poll <- get(url) }()
		waitForPoll(t, srv)
		c := dial(t, strings.Replace(url, "polling", "websocket", 1))
		c.write("2probe")
		c.expect("3probe")
		if got := <-poll; got != "200 6" {
			t.Fatalf("the poll got %q", got)
		}
		c.write("5", "40")
		c.expect("40{*")
	})
	t.Run("should ignore HTTP requests with same sid after upgrade", func(t *testing.T) {
		url, c := upgrade(t)
		c.write("40")
		c.expect("40{*") // the upgrade is over
		want(t, "GET", url, "", 400, `{"code":3,"message":"Bad request"}`)
		c.write(`42["message",1]`)
		c.expect(`42["auth",{}]`, `42["message-back",1]`)
	})
	t.Run("should ignore WebSocket connection with same sid after upgrade", func(t *testing.T) {
		url, c := upgrade(t)
		c.write("40")
		c.expect("40{*")
		dial(t, strings.Replace(url, "polling", "websocket", 1)).expectClose()
		c.write(`42["message",1]`)
		c.expect(`42["auth",{}]`, `42["message-back",1]`)
	})
	t.Run("should keep polling when the upgrade fails", func(t *testing.T) {
		url := pollConnected(t, base)
		c := dial(t, strings.Replace(url, "polling", "websocket", 1))
		c.write("nonsense")
		c.expectClose()
		want(t, "POST", url, `42["message",1]`, 200, "ok")
		want(t, "GET", url, "", 200, `42["message-back",1]`)
	})
}

func TestUpgradeTimeout(t *testing.T) {
	srv := NewServer(Options{UpgradeTimeout: 20 * time.Millisecond})
	base := serve(t, srv, srv.Close)
	url := openPolling(t, base)
	c := dial(t, strings.Replace(url, "polling", "websocket", 1))
	c.write("2probe")
	c.expect("3probe")
	c.expectClose()
	if srv.Sessions() != 1 {
		t.Error("the session went with the upgrade")
	}
}
