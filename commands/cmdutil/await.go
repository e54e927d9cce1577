package cmdutil

// This file is about one thing: waiting until something is so: look, then look
// again whenever an event or the time suggests it.

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
)

// Await says how to wait.
type Await struct {
	// Display picks the displays whose events ask for another look; nil: there
	// are no such events, and only the time does.
	Display func(id string) bool
	// Most is the longest time between two looks; 0: DefaultLook.
	Most time.Duration
	// Trouble is told of a look that failed for a reason that passes, and that it
	// is tried again; nil: nobody asks.
	Trouble func(error)
}

// DefaultLook leaves two thirds of a route's hourly limit to others (contract
// rest 1.8: 1000 an hour).
const DefaultLook = 11 * time.Second

const (
	firstLook = time.Second            // the second look comes so soon after the first
	leastLook = 500 * time.Millisecond // a storm of events asks for no more looks than that
)

// Await calls look at once, and then again whenever something may have changed,
// until it says that it is done, returns an error that does not pass, or ctx
// ends. What has just changed is looked at more often: the database is a little
// behind the events, and a display that flaps is told online and offline in any
// order (contract realtime 7).
func (f *Factory) Await(ctx context.Context, a Await, look func(context.Context) (done bool, err error)) error {
	done, err := look(ctx)
	if done || err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	events := make(chan struct{}, 1)
	var stream sync.WaitGroup
	defer stream.Wait()
	defer cancel()
	if a.Display != nil {
		if follow, err := f.Follow(FollowOptions{}); err == nil { // without a stream the time alone must do
			stream.Go(func() { _ = follow.Session.Run(ctx, a.listen(events)) }) // what ends it ends the looks too, and is told there
		}
	}
	most := a.Most
	if most == 0 {
		most = DefaultLook
	}
	for pause := firstLook; ; pause = min(most, pause*3/2) {
		heard, err := rest(ctx, pause, events)
		if err != nil {
			return err
		}
		if heard {
			pause = firstLook
		}
		switch done, err := look(ctx); {
		case done:
			return nil
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case !passes(err):
			return err
		case a.Trouble != nil:
			a.Trouble(err)
		}
	}
}

// listen is a session's sink that asks for a look. A stream that is live again
// may have missed what was waited for.
func (a *Await) listen(ask chan<- struct{}) func(realtime.Item) error {
	return func(item realtime.Item) error {
		switch item := item.(type) {
		case realtime.State:
			if item.State != realtime.Live || item.DownFor == 0 {
				return nil
			}
		case realtime.Event:
			if !a.about(item) {
				return nil
			}
		}
		select {
		case ask <- struct{}{}:
		default:
		}
		return nil
	}
}

func (a *Await) about(ev realtime.Event) bool {
	for _, r := range realtime.Normalise(ev) {
		if id := r.Display(); id != "" && a.Display(id) {
			return true
		}
	}
	return false
}

// rest waits for an event, but at least a little, or for the pause to pass.
func rest(ctx context.Context, pause time.Duration, events <-chan struct{}) (heard bool, err error) {
	least := time.NewTimer(min(leastLook, pause))
	defer least.Stop()
	select {
	case <-least.C:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	most := time.NewTimer(max(0, pause-leastLook))
	defer most.Stop()
	select {
	case <-events:
		return true, nil
	case <-most.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// errHopeless is behind the error of Hopeless.
var errHopeless = errors.New("it cannot come true")

// Hopeless makes the error of a waiting that makes no sense any more.
func Hopeless(format string, args ...any) *api.Error {
	e := api.Errorf(api.KindTimeout, format, args...)
	e.Err = errHopeless
	return e
}

// passes says whether a failure may be over at the next look.
func passes(err error) bool {
	if errors.Is(err, errHopeless) {
		return false
	}
	switch api.KindOf(err) {
	case api.KindNetwork, api.KindDNS, api.KindServer, api.KindRateLimited, api.KindTimeout:
		return true
	}
	return false
}
