package api

// This file is about one thing: a call that is reserved before its request is
// made. Who must look at a resource right before writing to it waits for the
// write's place first: else the look would be as old as the wait is long.

import (
	"context"
	"time"
)

// Hold is a reserved call of one route. Its methods are safe on nil, which holds
// nothing.
type Hold struct {
	pace  *pacer
	route string
	got   *place
	spent bool
}

// Hold waits as keepPace does until the route has a place, and takes it. It is
// used up by OnceIn or given back by Release.
func (c *Client) Hold(ctx context.Context, method, path string) (*Hold, error) {
	req := Request{Method: method, Path: path}
	got, err := c.keepPace(ctx, &req)
	if err != nil {
		return nil, err
	}
	return &Hold{pace: c.pace, route: route(method, path), got: got}, nil
}

// Release gives a place back that was not used.
func (h *Hold) Release() {
	if h == nil || h.spent {
		return
	}
	h.spent = true
	h.pace.release(h.route, h.got)
}

// Age is how long the place has been held.
func (h *Hold) Age() time.Duration {
	if h == nil {
		return 0
	}
	return h.pace.now().Sub(h.got.reserved)
}

// use returns the held place for a call of the route, once.
func (h *Hold) use(route string) (*place, bool) {
	if h == nil || h.spent || h.route != route || h.pace.now().UnixNano() >= h.got.until.Load() {
		return nil, false
	}
	h.spent = true
	return h.got, true
}

// OnceIn is Once in a place that is held. may is asked right before the request is
// sent, which may be long after, and its error keeps it back.
func (c *Client) OnceIn(ctx context.Context, req Request, h *Hold, may func() error) (*Response, error) {
	req.hold, req.may = h, may
	return c.Once(ctx, req)
}

// AwaitRoom waits as keepPace does until the route has a place, and leaves it.
func (c *Client) AwaitRoom(ctx context.Context, method, path string) error {
	req := Request{Method: method, Path: path}
	return c.awaitPlace(ctx, &req, func() time.Duration { return c.pace.room(route(method, path)) })
}

// HasRoom reports whether a call of the route could be made at once.
func (c *Client) HasRoom(method, path string) bool { return c.pace.room(route(method, path)) == 0 }
