package redistest

// This file is about one thing: a proxy between clients and a server, which breaks
// connections where it is told to, is cut off, and answers in the server's place.

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Where says at which point of a call its connection breaks.
type Where int

// The points of a call.
const (
	BeforeRequest Where = iota // the server never hears of it
	BeforeAnswer               // the server has done it
	MidAnswer
)

// Proxy passes calls on to a server.
type Proxy struct {
	Host string // with port

	to       string
	listener net.Listener

	mu     sync.Mutex
	calls  int
	at     map[int]Where // by number of the call
	atCall int
	then   func()
	every  func(call []string) (answer string)
	open   map[net.Conn]bool
	cut    bool
}

// StartProxy runs one until the test ends.
func StartProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	return StartTLSProxy(t, to, nil)
}

// StartTLSProxy runs one that speaks TLS with its clients.
func StartTLSProxy(t testing.TB, to string, conf *tls.Config) *Proxy {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if conf != nil {
		l = tls.NewListener(l, conf)
	}
	p := &Proxy{Host: l.Addr().String(), to: to, listener: l, open: map[net.Conn]bool{}}
	go p.accept()
	t.Cleanup(func() {
		_ = l.Close()
		p.CutOff()
	})
	return p
}

// URL is the proxy's address with this path.
func (p *Proxy) URL(path string) string { return "redis://" + p.Host + "/" + path }

// Break breaks the connection at the nth call from now on, 1 being the next.
func (p *Proxy) Break(n int, where Where) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.at = 0, map[int]Where{n: where}
}

// Calls is how many there were since Break.
func (p *Proxy) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// At runs fn before the nth call from now on is passed on.
func (p *Proxy) At(n int, fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls, p.at, p.atCall, p.then = 0, nil, n, fn
}

// Answer lets fn answer calls in the server's place, in Redis' protocol; "" leaves
// a call to the server.
func (p *Proxy) Answer(fn func(call []string) (answer string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.every = fn
}

// CutOff ends all connections, and new ones as they come.
func (p *Proxy) CutOff() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.open {
		_ = c.Close()
	}
}

// Mend ends CutOff.
func (p *Proxy) Mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.serve(c)
	}
}

// enter notes a connection, unless there are none to be.
func (p *Proxy) enter(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cut {
		p.open[c] = true
	}
	return !p.cut
}

func (p *Proxy) leave(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
}

func (p *Proxy) serve(in net.Conn) {
	defer p.leave(in)
	if !p.enter(in) {
		return
	}
	out, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.to)
	if err != nil {
		return
	}
	defer p.leave(out)
	if !p.enter(out) {
		return
	}
	requests, answers := bufio.NewReader(in), bufio.NewReader(out)
	for {
		request, call, err := readValue(requests)
		if err != nil {
			return
		}
		if !p.pass(in, out, answers, request, call) {
			return
		}
	}
}

// pass carries out one call, and reports whether the connection is to go on.
func (p *Proxy) pass(in, out net.Conn, answers *bufio.Reader, request []byte, call []string) bool {
	p.mu.Lock()
	p.calls++
	where, breaks := p.at[p.calls]
	every, then := p.every, p.then
	if p.calls != p.atCall {
		then = nil
	}
	p.mu.Unlock()
	if then != nil {
		then()
	}
	if every != nil {
		if answer := every(call); answer != "" {
			_, err := io.WriteString(in, answer)
			return err == nil
		}
	}
	if breaks && where == BeforeRequest {
		return false
	}
	if _, err := out.Write(request); err != nil {
		return false
	}
	answer, _, err := readValue(answers)
	switch {
	case err != nil || breaks && where == BeforeAnswer:
		return false
	case breaks:
		_, _ = in.Write(answer[:len(answer)/2])
		return false
	}
	_, err = in.Write(answer)
	return err == nil
}

// readValue reads one value of Redis' protocol: its bytes, and the texts in it.
func readValue(r *bufio.Reader) (raw []byte, texts []string, err error) {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return nil, nil, err
	}
	raw = bytes.Clone(line)
	head := strings.TrimSpace(string(line))
	if head == "" {
		return nil, nil, errors.New("no value")
	}
	n, _ := strconv.Atoi(head[1:])
	switch head[0] {
	case '$':
		if n < 0 {
			return raw, nil, nil
		}
		text := make([]byte, n+2)
		_, err = io.ReadFull(r, text)
		return append(raw, text...), []string{string(text[:n])}, err
	case '*':
		for range n {
			one, of, err := readValue(r)
			if err != nil {
				return nil, nil, err
			}
			raw, texts = append(raw, one...), append(texts, of...)
		}
	}
	return raw, texts, nil
}
