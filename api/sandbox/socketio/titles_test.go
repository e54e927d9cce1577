package socketio

// The titles of the official conformance suites, engine.io-protocol (v4, 25
// cases) and socket.io-protocol (v5, 32 cases, of which the first 16 are the
// other suite's again), and the test of ours that covers each. The suites' code
// is not ours to keep; their titles are the list that nothing may fall off.

import (
	"os"
	"strings"
	"testing"
)

// covered is a title of a suite and where our test for it is.
type covered struct{ title, test, subtest string }

func engineTitles() []covered {
	return []covered{
		{"handshake, HTTP long-polling: successfully opens a session", "TestHandshakePolling", "should successfully open a session"},
		{"handshake, HTTP long-polling: fails with an invalid 'EIO' query parameter", "TestHandshakePolling", "should fail with an invalid 'EIO' query parameter"},
		{"handshake, HTTP long-polling: fails with an invalid 'transport' query parameter", "TestHandshakePolling", "should fail with an invalid 'transport' query parameter"},
		{"handshake, HTTP long-polling: fails with an invalid request method", "TestHandshakePolling", "should fail with an invalid request method (put)"},
		{"handshake, WebSocket: successfully opens a session", "TestHandshakeWebSocket", "should successfully open a session"},
		{"handshake, WebSocket: fails with an invalid 'EIO' query parameter", "TestHandshakeWebSocket", "should fail with an invalid 'EIO' query parameter"},
		{"handshake, WebSocket: fails with an invalid 'transport' query parameter", "TestHandshakeWebSocket", "should fail with an invalid 'transport' query parameter"},
		{"message, HTTP long-polling: sends and receives a payload containing one plain text packet", "TestMessagePolling", "should send and receive a single packet"},
		{"message, HTTP long-polling: sends and receives a payload containing several plain text packets", "TestMessagePolling", "should send and receive several packets"},
		{"message, HTTP long-polling: sends and receives a payload containing plain text and binary packets", "TestMessagePolling", "should send and receive plain text and binary packets"},
		{"message, HTTP long-polling: closes the session upon invalid packet format", "TestMessagePolling", "should close the session upon invalid packet format"},
		{"message, HTTP long-polling: closes the session upon duplicate poll requests", "TestMessagePolling", "should close the session upon duplicate poll requests"},
		{"message, HTTP long-polling: closes the session upon cancelled polling request", "TestMessagePolling", "should close the session upon cancelled polling request"},
		{"message, WebSocket: sends and receives a plain text packet", "TestMessageWebSocket", "should send and receive a plain text packet"},
		{"message, WebSocket: sends and receives a binary packet", "TestMessageWebSocket", "should send and receive a binary packet"},
		{"message, WebSocket: closes the session upon invalid packet format", "TestMessageWebSocket", "should close the session upon invalid packet format"},
		{"heartbeat, HTTP long-polling: sends ping/pong packets", "TestHeartbeat", "polling: should send ping/pong packets"},
		{"heartbeat, HTTP long-polling: closes the session upon ping timeout", "TestHeartbeat", "polling: should close the session upon ping timeout"},
		{"heartbeat, WebSocket: sends ping/pong packets", "TestHeartbeat", "websocket: should send ping/pong packets"},
		{"heartbeat, WebSocket: closes the session upon ping timeout", "TestHeartbeat", "websocket: should close the session upon ping timeout"},
		{"close, HTTP long-polling: forcefully closes the session", "TestClose", "polling: should forcibly close the session"},
		{"close, WebSocket: forcefully closes the session", "TestClose", "websocket: should forcibly close the session"},
		{"upgrade: successfully upgrades from HTTP long-polling to WebSocket", "TestUpgrade", "should successfully upgrade from HTTP long-polling to WebSocket"},
		{"upgrade: ignores HTTP requests with same sid after upgrade", "TestUpgrade", "should ignore HTTP requests with same sid after upgrade"},
		{"upgrade: ignores WebSocket connection with same sid after upgrade", "TestUpgrade", "should ignore WebSocket connection with same sid after upgrade"},
	}
}

// socketTitles are the 16 cases of the v5 suite that are its own.
func socketTitles() []covered {
	return []covered{
		{"connect: should allow connection to the main namespace", "TestConnect", "should allow connection to the main namespace"},
		{"connect: should allow connection to the main namespace with a payload", "TestConnect", "should allow connection to the main namespace with a payload"},
		{"connect: should allow connection to a custom namespace", "TestConnect", "should allow connection to a custom namespace"},
		{"connect: should allow connection to a custom namespace with a payload", "TestConnect", "should allow connection to a custom namespace with a payload"},
		{"connect: should disallow connection to an unknown namespace", "TestConnect", "should disallow connection to an unknown namespace"},
		{"connect: should disallow connection with an invalid handshake", "TestConnect", "should disallow connection with an invalid handshake"},
		{"connect: should close the connection if no handshake is received", "TestConnect", "should close the connection if no handshake is received"},
		{"disconnect: should disconnect from the main namespace", "TestDisconnect", "should disconnect from the main namespace"},
		{"disconnect: should connect then disconnect from a custom namespace", "TestDisconnect", "should connect then disconnect from a custom namespace"},
		{"message: should send a plain-text packet", "TestMessage", "should send a plain-text packet"},
		{"message: should send a packet with binary attachments", "TestMessage", "should send a packet with binary attachments"},
		{"message: should send a plain-text packet with an ack", "TestMessage", "should send a plain-text packet with an ack"},
		{"message: should send a packet with binary attachments and an ack", "TestMessage", "should send a packet with binary attachments and an ack"},
		{"message: should close the connection upon invalid format (unknown packet type)", "TestMessage", "should close the connection upon invalid format (unknown packet type)"},
		{"message: should close the connection upon invalid format (invalid payload format)", "TestMessage", "should close the connection upon invalid format (invalid payload format)"},
		{"message: should close the connection upon invalid format (invalid ack id)", "TestMessage", "should close the connection upon invalid format (invalid ack id)"},
	}
}

// TestConformanceTitles checks that every title has its test.
func TestConformanceTitles(t *testing.T) {
	engine, socket := engineTitles(), socketTitles()
	if len(engine) != 25 || len(socket) != 32-16 {
		t.Errorf("%d and %d titles, the suites have 25 and 16 of its own", len(engine), len(socket))
	}
	source := map[string]string{}
	for _, file := range []string{"engineio_test.go", "socketio_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\nfunc ")[1:] {
			name, _, _ := strings.Cut(part, "(")
			source[name] = part
		}
	}
	for _, c := range append(engine, socket...) {
		if !strings.Contains(source[c.test], `"`+c.subtest+`"`) {
			t.Errorf("%s: %s has no %q", c.title, c.test, c.subtest)
		}
	}
}
