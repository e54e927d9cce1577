// Several sandboxes as one cluster on a Redis server: how one finds the others, begins with their world, and stays in touch.

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
)

const (
	// channelPrefix is that of the official adapter where nobody chooses another.
	channelPrefix = "socket.io"
	// worldLife is how long the world of a cluster outlives its last sandbox, if that one was killed.
	worldLife = 20 * time.Second
	// worldWait bounds a call about it.
	worldWait = 5 * time.Second
	// leaveWait bounds the last call.
	leaveWait = 300 * time.Millisecond
)

// ErrRedis is wrapped by the error of a Redis server that refuses.
var ErrRedis = errors.New("sandbox: redis")

// cluster is what a sandbox has to do with others.
type cluster struct {
	bus     redis.PubSub
	tell    func(string)
	prefix  string          // of channels and keys
	seen    bool            // the server, at some time; known to the bus only
	adopted bool            // the world is that of another sandbox
	own     atomic.Bool     // the world is not that of the others
	left    context.Context // done when it takes no part any more
	end     context.CancelFunc
}

// newCluster looks for the server. One that cannot be reached is no error, because it may come back; one that refuses is.
func newCluster(ctx context.Context, client *redis.Client, tell func(string)) (*cluster, error) {
	c := &cluster{tell: tell, prefix: client.Address().Name}
	if c.prefix == "" {
		c.prefix = channelPrefix
	}
	c.bus.Client = client
	c.left, c.end = context.WithCancel(context.Background())
	if _, err := client.Do(ctx, "PING"); err != nil && !redis.Lost(err) {
		client.Close()
		return nil, fmt.Errorf("%w: %w", ErrRedis, err)
	}
	return c, nil
}

// key is where sandboxes share their world.
func (c *cluster) key() string { return c.prefix + "-sandbox#world" }

// adopt begins with the world of the other sandboxes, unless there is none, or this one has rows of its own. It runs
// before the server listens.
func (s *Server) adopt(ctx context.Context, c *cluster, fresh bool) error {
	ctx, cancel := context.WithTimeout(ctx, worldWait)
	defer cancel()
	own, err := s.snapshot()
	if err != nil {
		return err
	}
	c.own.Store(true)
	c.share(own)
	if !c.own.Load() {
		return nil
	}
	world, err := c.bus.Client.Do(ctx, "GET", c.key())
	switch {
	case err != nil || world == nil: // join tells
		return nil
	case !fresh:
		c.tell("the cluster has a world already, and this sandbox keeps the one of its state file: their logins differ")
		return nil
	}
	db, err := parseState("the cluster's world", redis.Bytes(world))
	if err != nil {
		return err
	}
	c.own.Store(false)
	db.starts = uint64(s.noise.below(1 << 30)) // for ids that no other sandbox draws
	s.db, s.ids, c.adopted = db, newSource(s.opts.Seed, db.starts), true
	return nil
}

// share gives the world to sandboxes that start later, unless they have another one. It is not known to come through.
func (c *cluster) share(state []byte) {
	ctx, cancel := context.WithTimeout(c.left, worldWait)
	defer cancel()
	args := []any{c.key(), state, "PX", worldLife.Milliseconds()}
	if c.own.Load() {
		args = append(args, "NX")
	}
	if done, err := c.bus.Client.Do(ctx, "SET", args...); err == nil && done != nil {
		c.own.Store(false)
	}
}

// leave ends the world with its last sandbox.
func (c *cluster) leave() {
	if c == nil {
		return
	}
	defer c.end()
	ctx, cancel := context.WithTimeout(c.left, leaveWait)
	defer cancel()
	if n, err := c.bus.Subscribers(ctx, c.key()); err == nil && n <= 1 && !c.own.Load() {
		_, _ = c.bus.Client.Do(ctx, "DEL", c.key())
	}
}

// join makes the realtime half one of the cluster's servers, for as long as the world is there. It waits for the first
// attempt.
func (c *cluster) join(ctx context.Context, w *World) {
	sub := w.Realtime.Of("/").JoinCluster(&c.bus, c.prefix)
	sub.Channels = append(sub.Channels, c.key()) // by which sandboxes count each other
	c.bus.Patterns, c.bus.Channels, c.bus.Receive = sub.Patterns, sub.Channels, sub.Receive
	first := make(chan struct{})
	c.bus.Changed = func(err error) {
		c.changed(err)
		if first != nil {
			close(first)
			first = nil
		}
	}
	tried := first
	w.served.Go(func() {
		c.bus.Run(w.stopping)
		c.bus.Client.Close()
	})
	select {
	case <-tried:
	case <-ctx.Done():
	}
}

// changed tells what became of the connection.
func (c *cluster) changed(err error) {
	address := c.bus.Client.Address()
	switch {
	case err != nil:
		c.tell(redis.Explain(address, err) + "; the sandbox goes on alone until it is back, and events reach its own clients only")
	case c.seen:
		c.tell("in the cluster on " + address.String() + " again")
	default:
		c.tell("in the cluster on " + address.String())
	}
	c.seen = c.seen || err == nil
}
