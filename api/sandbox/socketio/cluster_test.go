package socketio

// Tests of a cluster without Redis: two servers on a bus in memory, what cannot be
// read, and the platform's rules over several servers.

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
)

// memoryBus carries messages between servers of one process, each channel in order.
type memoryBus struct {
	mu     sync.Mutex
	subs   []Subscription
	queues []chan [2]string
	broken bool
}

var errBroken = errors.New("the bus is broken")

func (b *memoryBus) Publish(channel string, message []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return
	}
	for _, q := range b.queues {
		q <- [2]string{channel, string(message)}
	}
}

func (b *memoryBus) Subscribers(_ context.Context, channel string) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return 0, errBroken
	}
	for _, sub := range b.subs {
		for _, c := range sub.Channels {
			if c == channel {
				n++
			}
		}
	}
	return n, nil
}

func (b *memoryBus) join(t *testing.T, srv *Server) {
	sub := srv.Of("/").JoinCluster(b, "socket.io")
	q := make(chan [2]string, 1000)
	b.mu.Lock()
	b.subs, b.queues = append(b.subs, sub), append(b.queues, q)
	b.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m := range q {
			for _, prefix := range append(sub.Channels, strings.TrimSuffix(sub.Patterns[0], "*")) {
				if strings.HasPrefix(m[0], prefix) {
					sub.Receive(m[0], []byte(m[1]))
					break
				}
			}
		}
	}()
	t.Cleanup(func() {
		b.mu.Lock()
		b.broken = true
		b.mu.Unlock()
		close(q)
		<-done
	})
}

// platforms are two platforms in one cluster.
func platforms(t *testing.T) (bus *memoryBus, ps [2]*Platform, bases [2]string) {
	t.Helper()
	bus = &memoryBus{}
	for i := range ps {
		ps[i], _, bases[i] = platform(t, PlatformOptions{})
		bus.join(t, ps[i].Server)
	}
	return bus, ps, bases
}

// TestClusterPlatform: what the platform's rules send reaches an organization and
// a user whichever server they are at, once; a shutdown is of one server.
func TestClusterPlatform(t *testing.T) {
	bus, ps, bases := platforms(t)
	var c [2]*client
	for i, base := range bases {
		c[i] = enter(t, base, `40{"token":"ann"}`)
		c[i].until("device:status:batch")
	}
	for i, p := range ps {
		p.EmitDeviceStatus("o1", "d1", "online", p.started)
		_ = p.EmitNotification("o1", json.RawMessage(`{"id":"n`+string(rune('0'+i))+`"}`), "u-ann")
		_ = p.EmitNotification("o1", json.RawMessage(`{"id":"foreign"}`), "u-other")
		_ = p.EmitNotification("o1", json.RawMessage(`{"id":"all"}`), "")
		// In any order: a lookup may take its time (contract realtime 7).
		for _, client := range c {
			seen := map[string]int{}
			for range 3 {
				switch got := client.next(); {
				case strings.HasPrefix(got, `42["device:status",{"deviceId":"d1","status":"online"`):
					seen["status"]++
				case strings.HasPrefix(got, `42["notification:new",{"id":"n`+string(rune('0'+i))):
					seen["own"]++
				case strings.HasPrefix(got, `42["notification:new",{"id":"all"`):
					seen["all"]++
				default:
					t.Errorf("got %s", got)
				}
			}
			if seen["status"] != 1 || seen["own"] != 1 || seen["all"] != 1 {
				t.Errorf("server %d: %v", i, seen)
			}
		}
	}
	// Without the bus each goes on alone.
	bus.mu.Lock()
	bus.broken = true
	bus.mu.Unlock()
	_ = ps[0].EmitAny("o1", "alone", 1)
	_ = ps[0].EmitNotification("o1", json.RawMessage(`{"id":"still"}`), "u-ann")
	c[0].expect(`42["alone",1]`, `42["notification:new",{"id":"still"*`)
	bus.mu.Lock()
	bus.broken = false
	bus.mu.Unlock()
	go ps[0].Shutdown(t.Context())
	c[0].until("server:shutdown")
	_ = ps[1].EmitAny("o1", "after", 1)
	c[1].expect(`42["after",1]`)
}

// TestClusterJunk: what no node sends is ignored.
func TestClusterJunk(t *testing.T) {
	_, ps, bases := platforms(t)
	c := enter(t, bases[0], `40{"token":"ann"}`)
	c.until("device:status:batch")
	d := ps[0].nsp.node
	for _, junk := range []string{
		"", "{", "{}", "[]", "null", "\x93", "\xc1", `{"type":"0"}`, `{"type":99}`, `{"type":2}`, `{"type":3,"opts":null}`, `{"type":4}`,
		`{"type":5}`, `{"type":6}`, `{"type":6,"data":[]}`, `{"type":6,"data":[{}],"requestId":"x"}`, `{"type":7}`, `{"type":7,"packet":{},"opts":{}}`,
		`{"type":7,"packet":{"type":2,"data":["connect"]},"opts":{"rooms":[]}}`, `{"type":8,"requestId":"nobody's"}`, `{"requestId":""}`,
	} {
		d.receive(d.requests, []byte(junk))
		d.receive(d.responses, []byte(junk))
		d.receive(d.broadcasts, []byte(junk))
		packed, err := toPack([]byte(junk), nil)
		if err == nil {
			d.receive(d.requests, packed)
			d.receive(d.responses, packed)
			d.receive(d.broadcasts, packed)
		}
	}
	for _, broadcast := range []string{
		`[]`, `["x",{"type":2,"data":["a"]}]`, `["x",{"type":2,"data":["a"],"nsp":"/other"},{}]`, `["x",{"type":3,"data":["a"]},{}]`,
		`["x",{"type":2,"data":"a"},{}]`, `["x",{"type":2,"data":["connect"]},{}]`, `["x",null,null]`, `["` + d.uid + `",{"type":2,"data":["own"]},{}]`,
	} {
		packed, err := toPack([]byte(broadcast), nil)
		if err != nil {
			t.Fatal(err)
		}
		d.receive(d.broadcasts, packed)
		d.receive(d.broadcasts+"nowhere#", packed)
	}
	// An emitter that is no server: without flags, a namespace, or text for rooms.
	for channel, broadcast := range map[string]string{
		d.broadcasts: `["emitter",{"type":2,"data":["last",1]},{"rooms":[5,"org:o1"]}]`,
	} {
		packed, err := toPack([]byte(broadcast), nil)
		if err != nil {
			t.Fatal(err)
		}
		d.receive(channel, packed)
	}
	c.expect(`42["last",1]`)
}
