package realtime

// This file is the tests' TCP proxy, which treats connections badly on demand.

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
)

type proxy struct {
	port     int
	target   string
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex
	refuse  int // WebSockets to cut as they are asked for
	conns   map[net.Conn]bool
	stalled map[net.Conn]bool // nothing passes on these any more
}

// startProxy stands before the port until the end of the test.
func startProxy(t *testing.T, port int) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{
		port: l.Addr().(*net.TCPAddr).Port, target: "127.0.0.1:" + strconv.Itoa(port), listener: l,
		conns: map[net.Conn]bool{}, stalled: map[net.Conn]bool{},
	}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
		p.work.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		p.work.Go(func() { p.pass(server, client, true) })
		p.work.Go(func() { p.pass(client, server, false) })
	}
}

// pass copies one way until either end closes.
func (p *proxy) pass(to, from net.Conn, requests bool) {
	defer func() {
		_ = to.Close()
		_ = from.Close()
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if requests && bytes.Contains(buffer[:n], []byte("Upgrade: websocket")) && p.refuses() {
			return
		}
		p.mu.Lock()
		stalled := p.stalled[from]
		p.mu.Unlock()
		if stalled {
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) refuses() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse--
	return p.refuse >= 0
}

// refuseWebSockets cuts the next n connections that ask for a WebSocket.
func (p *proxy) refuseWebSockets(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = n
}

// stall lets nothing pass any more on the connections there are.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		p.stalled[c] = true
	}
}

// cut closes the connections there are.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}
