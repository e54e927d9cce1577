// Package fleet simulates displays: each connects to the sandbox's realtime
// service over a real WebSocket with its device token, keeps its heartbeat,
// plays its playlist, answers commands and deliveries, and now and then is gone
// for some seconds.
package fleet

// This file is about the fleet as a whole: its options, its start and its end.

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// DeviceCredential is what one display connects with.
type DeviceCredential struct{ ID, Token string }

// Options are the settings of a fleet. A zero duration means the default.
type Options struct {
	URL     string // base address of the realtime service, http or https
	Devices []DeviceCredential
	Seed    uint64 // makes metrics and failures repeatable

	HeartbeatInterval time.Duration // (15 s)
	FlapsPerHour      float64       // how often, on average, each display is lost; 0 is never
	FlapMin, FlapMax  time.Duration // for how long it is lost (3 s to 20 s)
	RetryDelay        time.Duration // after a failed connection (6 s: ten a minute are allowed)
	Stagger           time.Duration // between the first connections of two displays (2 ms)
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.HeartbeatInterval, 15 * time.Second}, {&o.FlapMin, 3 * time.Second}, {&o.FlapMax, 20 * time.Second},
		{&o.RetryDelay, 6 * time.Second}, {&o.Stagger, 2 * time.Millisecond},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	o.FlapMax = max(o.FlapMin, o.FlapMax)
	return o
}

// Fleet is a running fleet. Close ends it.
type Fleet struct {
	cancel    context.CancelFunc
	displays  sync.WaitGroup
	connected atomic.Int64
	byID      map[string]*display
}

// Start connects the displays, which go on in the background until ctx ends or
// Close is called. It does not wait for the first connection. The error says
// what is wrong with opts.
func Start(ctx context.Context, opts Options) (*Fleet, error) {
	address, err := socketURL(opts.URL)
	if err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	f := &Fleet{cancel: cancel, byID: map[string]*display{}}
	for i, credential := range opts.Devices {
		d := &display{
			credential: credential, address: address, opts: opts, connected: &f.connected,
			dice: rand.New(rand.NewPCG(opts.Seed, uint64(i))), told: make(chan struct{}, 1),
		}
		f.byID[credential.ID] = d
		f.displays.Add(1)
		go func() {
			defer f.displays.Done()
			if sleep(ctx, time.Duration(i)*opts.Stagger) {
				d.live(ctx)
			}
		}()
	}
	return f, nil
}

// Connected is how many displays are authenticated at the moment.
func (f *Fleet) Connected() int { return int(f.connected.Load()) }

// Lose takes a display off the network for a time, or until Return when d is 0.
// It returns false when the fleet has no such display.
func (f *Fleet) Lose(id string, d time.Duration) bool {
	if d == 0 {
		d = forever
	}
	return f.away(id, time.Now().Add(d))
}

// Return brings a display back at once, whatever keeps it away.
func (f *Fleet) Return(id string) bool { return f.away(id, time.Time{}) }

func (f *Fleet) away(id string, until time.Time) bool {
	d := f.byID[id]
	if d != nil {
		d.tell(until)
	}
	return d != nil
}

// forever is longer than any sandbox runs.
const forever = 100 * 365 * 24 * time.Hour

// Close disconnects every display and waits for their ends.
func (f *Fleet) Close() {
	f.cancel()
	f.displays.Wait()
}

var errAddress = errors.New("fleet: the address must be http or https")

// socketURL is the WebSocket address of the service at base.
func socketURL(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("fleet: %w", err)
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	default:
		return "", errAddress
	}
	u = u.JoinPath("/socket.io/")
	u.RawQuery = "EIO=4&transport=websocket"
	return u.String(), nil
}

// sleep waits for d and says whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
