package socketio

// The official npm client as a peer: testdata/node/peer.mjs against this
// server, and platform.mjs against the platform, over polling, WebSocket and the upgrade between them.

import (
	"bufio"
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
	"github.com/vizora/vizora-cli/api/sandbox/socketio/nodetest"
)

const nodeDir = "testdata/node"

func TestOfficialClient(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	nodetest.Modules(ctx, t, nodeDir)
	srv := NewServer(Options{PingInterval: 100 * time.Millisecond}) // many heartbeats meanwhile
	peerHandlers(srv)
	base := serve(t, srv, srv.Close)
	peer := exec.CommandContext(ctx, "node", "peer.mjs", base)
	peer.Dir = nodeDir
	out, err := peer.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "ok ") {
			t.Log(strings.TrimSpace(line))
		} else {
			t.Error(strings.TrimSpace(line))
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestOfficialClientOnPlatform is the official client as a dashboard: it asks
// for what is to be done to it by lines "do WORD".
func TestOfficialClientOnPlatform(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	nodetest.Modules(ctx, t, nodeDir)
	p, _, base := platform(t, PlatformOptions{ShutdownGrace: 50 * time.Millisecond})
	peer := exec.CommandContext(ctx, "node", "platform.mjs", base)
	peer.Dir = nodeDir
	out, err := peer.StdoutPipe()
	if err == nil {
		err = peer.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "ok "):
			t.Log(line)
		case line == "do revoke":
			p.Revoke("u-ann", "revoked")
		case line == "do restart":
			p.Restart(ctx, 50*time.Millisecond)
		default:
			t.Error(line)
		}
	}
	if err := peer.Wait(); err != nil {
		t.Error(err)
	}
}

// peerHandlers is what peer.mjs talks to: the conformance suites' events, a
// token, and questions of the server.
func peerHandlers(srv *Server) {
	echo(srv)
	srv.Of("/").Use(func(s *Socket) error {
		if token, _ := auth(s.Auth); token != "good" {
			return refused("auth_invalid", "AUTH_INVALID")
		}
		return nil
	})
	greet := srv.Of("/").onConnection
	srv.Of("/").OnConnection(func(s *Socket) {
		greet(s)
		s.mu.Lock()
		rest := s.onEvent
		s.mu.Unlock()
		s.OnEvent(func(ev Event) {
			switch ev.Name {
			case "ask-me":
				go ask(s, wire.FirstArg(ev.Args))
			case "leave-me":
				s.Disconnect()
			default:
				rest(ev)
			}
		})
	})
}

// ask puts a question to the client and sends back what it answered.
func ask(s *Socket, n json.RawMessage) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	reply, err := s.EmitWithAck(ctx, "question", n)
	if err == nil {
		_ = s.EmitRaw("answered", reply.Args, reply.Attachments)
	}
}
