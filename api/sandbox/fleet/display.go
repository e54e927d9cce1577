package fleet

// This file is about what one display does: come, live, be lost, come back.

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// display is one simulated display.
type display struct {
	credential DeviceCredential
	address    string
	opts       Options
	connected  *atomic.Int64
	dice       *rand.Rand    // touched only by live
	told       chan struct{} // away has been changed

	mu   sync.Mutex
	away time.Time          // until when it is off the network
	cut  context.CancelFunc // ends the present connection; nil without one

	started time.Time
	content atomic.Pointer[playing] // what plays, nil when nothing does
}

// playing is the content that a display shows.
type playing struct{ ContentID, PlaylistID, Version string }

// ending says why a connection ended, which decides about the next one.
type ending int

const (
	lost     ending = iota // try again after a while
	restarts               // by command: come back at once
	revoked                // never come back
)

// live connects again and again until ctx ends or the display is revoked.
func (d *display) live(ctx context.Context) {
	d.started = time.Now()
	for d.rest(ctx, 0) {
		flap := d.untilFlap()
		lifetime, cancel := context.WithTimeout(ctx, flap)
		how, err := lost, error(nil)
		if d.begin(cancel) {
			how, err = d.connect(lifetime)
		}
		flapped := errors.Is(lifetime.Err(), context.DeadlineExceeded)
		d.begin(nil)
		cancel()
		pause := d.opts.RetryDelay
		switch {
		case how == revoked:
			return
		case flapped:
			pause = d.opts.FlapMin + time.Duration(d.dice.Int64N(int64(d.opts.FlapMax-d.opts.FlapMin)+1))
		case err == nil && how == restarts:
			d.started = time.Now()
			pause = d.opts.FlapMin
		}
		if !d.rest(ctx, pause) {
			return
		}
	}
}

// begin notes what cuts the connection that is to come; false means that the
// display is off the network meanwhile.
func (d *display) begin(cut context.CancelFunc) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut = cut
	return !time.Now().Before(d.away)
}

// tell sets until when the display is off the network.
func (d *display) tell(away time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
	if d.cut != nil && time.Now().Before(away) {
		d.cut()
	}
	select {
	case d.told <- struct{}{}:
	default:
	}
}

// rest waits for pause and for as long as the display is off the network. Being
// told to return ends both. It says whether ctx is still alive.
func (d *display) rest(ctx context.Context, pause time.Duration) bool {
	until := time.Now().Add(pause)
	for ctx.Err() == nil {
		d.mu.Lock()
		end := d.away
		d.mu.Unlock()
		if end.Before(until) {
			end = until
		}
		left := time.Until(end)
		if left <= 0 {
			return true
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-d.told:
			until = time.Time{}
		}
		timer.Stop()
	}
	return false
}

// untilFlap draws how long the display stays: exponentially distributed, so
// that losses are independent of one another.
func (d *display) untilFlap() time.Duration {
	if d.opts.FlapsPerHour <= 0 {
		return math.MaxInt64
	}
	return time.Duration(min(d.dice.ExpFloat64()/d.opts.FlapsPerHour, 1e5) * float64(time.Hour))
}

// connect runs one connection to its end.
func (d *display) connect(ctx context.Context) (ending, error) {
	l, err := dial(ctx, d.address, d.credential.Token)
	if err != nil {
		return lost, err
	}
	defer l.cut()
	stop := context.AfterFunc(ctx, l.cut) // frees a write that is stuck
	defer stop()
	s := &session{display: d, link: l, ready: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.read()
	}()
	s.beat(ctx, done)
	l.cut()
	<-done
	if s.counted.Load() {
		d.connected.Add(-1)
	}
	return s.how, nil
}

// beat sends heartbeats until the connection or ctx ends.
func (s *session) beat(ctx context.Context, done <-chan struct{}) {
	select {
	case <-s.ready:
	case <-done:
		return
	case <-ctx.Done():
		return
	}
	tick := time.NewTicker(s.display.opts.HeartbeatInterval)
	defer tick.Stop()
	for {
		if s.link.emit("heartbeat", s.display.heartbeat()) != nil {
			return
		}
		if now := s.display.content.Load(); now != nil {
			_ = s.link.emit("content:impression", map[string]any{
				"contentId": now.ContentID, "playlistId": now.PlaylistID,
				"duration": s.display.opts.HeartbeatInterval.Seconds(), "completionPercentage": 100,
			}) // a lost connection is found by the next heartbeat
		}
		select {
		case <-tick.C:
		case <-done:
			return
		case <-ctx.Done():
			return
		}
	}
}

// heartbeat draws the payload of a heartbeat.
func (d *display) heartbeat() map[string]any {
	payload := map[string]any{
		"metrics": map[string]any{
			"cpuUsage": d.percent(20, 15), "memoryUsage": d.percent(45, 10), "diskUsage": d.percent(30, 2),
			"networkLatency": 5 + d.dice.IntN(40), "temperature": d.percent(48, 5),
		},
		"uptime": int(time.Since(d.started).Seconds()), "appVersion": "sandbox", "screenState": "on",
	}
	if now := d.content.Load(); now != nil {
		payload["currentContent"] = map[string]any{"contentId": now.ContentID, "playlistId": now.PlaylistID, "status": "playing"}
		if now.Version != "" {
			payload["contentVersion"] = now.Version
		}
	}
	return payload
}

// percent draws a value around mean, between 0 and 100, with one decimal.
func (d *display) percent(mean, spread float64) float64 {
	return math.Round(10*min(100, max(0, mean+spread*d.dice.NormFloat64()))) / 10
}

// play takes a playlist:update to heart.
func (d *display) play(update json.RawMessage) bool {
	var in struct {
		Version  string
		Playlist *struct {
			ID    string
			Items []struct{ ContentID string }
		}
	}
	if json.Unmarshal(update, &in) != nil {
		return false
	}
	if in.Playlist == nil || len(in.Playlist.Items) == 0 {
		d.content.Store(nil)
		return true
	}
	version := in.Version
	if len(version) > 64 { // longer ones are refused in heartbeats
		version = ""
	}
	d.content.Store(&playing{in.Playlist.Items[0].ContentID, in.Playlist.ID, version})
	return true
}

// The size of a simulated screenshot, in pixels.
const (
	screenWidth  = 64
	screenHeight = 36
)

// screenshot is what the display shows: a plain area in a color of its own.
func (d *display) screenshot(requestID string) map[string]any {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(d.credential.ID)) // a hash never fails
	hue := sum.Sum32()
	file := plainPNG(screenWidth, screenHeight, [3]byte{byte(hue), byte(hue >> 8), byte(hue >> 16)})
	return map[string]any{
		"requestId": requestID, "imageData": base64.StdEncoding.EncodeToString(file),
		"width": screenWidth, "height": screenHeight, "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
	}
}
