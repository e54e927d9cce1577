package redis

// This file is about one thing: messages to whoever listens, and listening. A
// connection that is lost is made again; what is said meanwhile nobody hears.

import (
	"context"
	"errors"
	"sync"
	"time"

	redigo "github.com/gomodule/redigo/redis"
)

const (
	// beatEvery is how often a silent connection is tried, and deadAfter how long
	// it may be silent.
	beatEvery = 5 * time.Second
	deadAfter = 12 * time.Second
	// queuedMost is how many bytes may wait to be sent; the rest is lost.
	queuedMost = 64 << 20
)

// PubSub publishes and listens, over two connections. Its fields are to be set
// before Run.
type PubSub struct {
	Client             *Client
	Patterns, Channels []string
	// Receive takes one message at a time, in their order.
	Receive func(channel string, message []byte)
	// Changed is told nil whenever it listens, and why when it no longer does or
	// when the first attempt has failed.
	Changed func(error)

	mu     sync.Mutex
	up     bool
	queue  []publication
	queued int
	wake   chan struct{}
}

type publication struct {
	channel string
	message []byte
}

// Publish sends a message without waiting; it is lost while there is no
// connection.
func (p *PubSub) Publish(channel string, message []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.up || p.queued+len(message) > queuedMost {
		return
	}
	p.queue, p.queued = append(p.queue, publication{channel, message}), p.queued+len(message)
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// errLost means that there is no connection.
var errLost = errors.New("no connection to Redis")

// Subscribers is how many listen to a channel by its name.
func (p *PubSub) Subscribers(ctx context.Context, channel string) (int, error) {
	p.mu.Lock()
	up := p.up
	p.mu.Unlock()
	if !up {
		return 0, errLost
	}
	answer, err := p.Client.Do(ctx, "PUBSUB", "NUMSUB", channel)
	return int(Int(At(List(answer), 1))), err
}

// Run listens and sends until ctx ends.
func (p *PubSub) Run(ctx context.Context) {
	first := true
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		listened, err := p.session(ctx)
		if ctx.Err() != nil {
			return
		}
		if listened || first {
			p.Changed(err)
		}
		if first = false; listened {
			pause = firstPause
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// session is the life of the two connections. It says whether it came to listen.
func (p *PubSub) session(ctx context.Context) (listened bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in, err := p.Client.Dial(ctx, deadAfter)
	if err != nil {
		return false, err
	}
	out, err := p.Client.Dial(ctx, callTimeout)
	if err != nil {
		_ = in.Close()
		return false, err
	}
	stop := context.AfterFunc(ctx, func() { _, _ = in.Close(), out.Close() })
	defer func() {
		if stop() {
			_, _ = in.Close(), out.Close()
		}
	}()
	p.set(true) // what arrives with the first subscription may be answered
	defer p.set(false)
	if err := p.subscribe(in); err != nil {
		return false, err
	}
	p.Client.Close() // connections of the time before are as lost as this one was
	p.Changed(nil)
	var sending sync.WaitGroup
	defer sending.Wait()
	defer cancel(nil) // before that wait
	sending.Go(func() { cancel(p.send(ctx, in, out)) })
	for {
		answer, err := in.Receive()
		if err != nil {
			if cause := context.Cause(ctx); cause != nil { // the other connection was the first to go
				err = cause
			}
			return true, err
		}
		p.take(List(answer))
	}
}

// set begins or ends the time in which messages are taken.
func (p *PubSub) set(up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up, p.queue, p.queued = up, nil, 0
	if up {
		p.wake = make(chan struct{}, 1)
	}
}

// subscribe asks for everything at once and waits for every confirmation.
func (p *PubSub) subscribe(in redigo.Conn) error {
	missing := len(p.Patterns) + len(p.Channels)
	for i, name := range append(p.Patterns[:len(p.Patterns):len(p.Patterns)], p.Channels...) {
		command := "SUBSCRIBE"
		if i < len(p.Patterns) {
			command = "PSUBSCRIBE"
		}
		_ = in.Send(command, name) // Flush tells
	}
	if err := in.Flush(); err != nil {
		return err
	}
	for missing > 0 {
		answer, err := in.Receive()
		if err != nil {
			return err
		}
		if p.take(List(answer)) {
			missing--
		}
	}
	return nil
}

// take handles what the server sends a listener. It says whether it was the
// confirmation of a subscription.
func (p *PubSub) take(answer []any) (confirmation bool) {
	switch Text(At(answer, 0)) {
	case "message":
		p.Receive(Text(At(answer, 1)), Bytes(At(answer, 2)))
	case "pmessage":
		p.Receive(Text(At(answer, 2)), Bytes(At(answer, 3)))
	case "subscribe", "psubscribe":
		return true
	}
	return false
}

// send sends what is published, and tries the listening connection, until one of
// them fails or ctx ends.
func (p *PubSub) send(ctx context.Context, in, out redigo.Conn) error {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			_ = in.Send("PING") // Flush tells
			if err := in.Flush(); err != nil {
				return err
			}
		case <-p.wake:
		}
		p.mu.Lock()
		batch := p.queue
		p.queue, p.queued = nil, 0
		p.mu.Unlock()
		for _, m := range batch {
			_ = out.Send("PUBLISH", m.channel, m.message) // Flush tells
		}
		if err := out.Flush(); err != nil {
			return err
		}
		for range batch {
			if _, err := out.Receive(); err != nil {
				return err
			}
		}
	}
}
