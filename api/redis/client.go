package redis

// This file is about one thing: calls to the server. A call that loses its
// connection is tried again for a while, because a server that restarts is back
// within seconds: whoever calls must make its calls so that twice is once.

import (
	"context"
	"crypto/tls"
	"sync"
	"time"

	redigo "github.com/gomodule/redigo/redis"
)

// Conn is a connection of one's own, for what blocks.
type Conn = redigo.Conn

// Script is a Lua script that the server runs as one step.
type Script = redigo.Script

// NewScript makes a script that takes this many keys.
func NewScript(keys int, source string) *Script { return redigo.NewScript(keys, source) }

const (
	dialTimeout = 3 * time.Second
	// callTimeout bounds the wait for an answer: longer than a fsync of a busy
	// disk, shorter than a lease.
	callTimeout = 4 * time.Second
	idleMost    = 4

	firstPause = 20 * time.Millisecond
	lastPause  = 500 * time.Millisecond
)

// Client is a server that is called. It is safe for use by several goroutines.
type Client struct {
	address Address
	tls     *tls.Config
	// patience is how long a call is tried again after it lost its connection.
	// The first call of all is not: a wrong address must be told at once.
	patience time.Duration

	mu   sync.Mutex
	idle []redigo.Conn
	used bool // a call has come through
}

// New makes a client; it connects when it is first called. tls may be nil.
func New(a Address, config *tls.Config, patience time.Duration) *Client {
	return &Client{address: a, tls: config, patience: patience}
}

// Address is where the server is.
func (c *Client) Address() Address { return c.address }

// Dial opens a connection of one's own, whose answers may take up to wait; 0 is
// any time.
func (c *Client) Dial(ctx context.Context, wait time.Duration) (Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	a := c.address
	options := []redigo.DialOption{
		redigo.DialReadTimeout(wait), redigo.DialWriteTimeout(callTimeout), redigo.DialDatabase(a.Database),
		redigo.DialUsername(a.User), redigo.DialPassword(a.Password), redigo.DialUseTLS(a.TLS), redigo.DialTLSHandshakeTimeout(dialTimeout),
	}
	if c.tls != nil {
		options = append(options, redigo.DialTLSConfig(c.tls))
	}
	return redigo.DialContext(ctx, "tcp", a.Host, options...)
}

// Do calls a command.
func (c *Client) Do(ctx context.Context, command string, args ...any) (any, error) {
	return c.call(ctx, func(conn redigo.Conn) (any, error) { return redigo.DoContext(conn, ctx, command, args...) })
}

// Run runs a script.
func (c *Client) Run(ctx context.Context, s *Script, keysAndArgs ...any) (any, error) {
	return c.call(ctx, func(conn redigo.Conn) (any, error) { return s.DoContext(ctx, conn, keysAndArgs...) })
}

func (c *Client) call(ctx context.Context, fn func(redigo.Conn) (any, error)) (any, error) {
	deadline := time.Now().Add(c.patience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		answer, err := c.once(ctx, fn)
		if err == nil || !Lost(err) {
			return answer, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !c.usedBefore() || time.Now().Add(pause).After(deadline) {
			return nil, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *Client) usedBefore() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.used
}

func (c *Client) once(ctx context.Context, fn func(redigo.Conn) (any, error)) (any, error) {
	conn, err := c.take(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := fn(conn)
	c.give(conn, err)
	return answer, err
}

func (c *Client) take(ctx context.Context) (redigo.Conn, error) {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		conn := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		return conn, nil
	}
	c.mu.Unlock()
	return c.Dial(ctx, callTimeout)
}

func (c *Client) give(conn redigo.Conn, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.used = true
	}
	if conn.Err() != nil || len(c.idle) >= idleMost {
		_ = conn.Close()
		return
	}
	c.idle = append(c.idle, conn)
}

// Close closes the connections that nobody uses.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.idle {
		_ = conn.Close()
	}
	c.idle = nil
}
