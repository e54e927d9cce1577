package cmdutil

// This file is about one thing: following the current profile's organization:
// the realtime service, signed in to as the API client does, joined with what
// REST lists.

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
)

// DefaultPoll is how often lists are compared for what the platform never
// pushes (contract realtime 7).
const DefaultPoll = 60 * time.Second

// FollowOptions say what of an organization is followed.
type FollowOptions struct {
	// Events are the canonical names that matter; nil: all. They decide which
	// lists are read: displays always, the others where they tell such an event.
	Events []string
	Groups bool // who is in which display group is wanted

	Poll        time.Duration   // 0: DefaultPoll; below 0: only after the stream was lost
	Initial     bool            // the server's first status of every display passes as records
	Cursor      realtime.Cursor // where an earlier run stopped
	Save        func(realtime.Cursor)
	Attachments bool // binary attachments come beside their event
}

// Follow prepares following the current profile's organization. It does not
// connect: Run of what it returns does. Its errors become a command's by
// StreamError.
func (f *Factory) Follow(o FollowOptions) (*realtime.Follow, error) {
	client, err := f.Live()
	if err != nil {
		return nil, err
	}
	options, err := f.RealtimeOptions()
	if err != nil {
		return nil, err
	}
	options.Attachments = o.Attachments
	switch {
	case o.Poll == 0:
		o.Poll = DefaultPoll
	case o.Poll < 0:
		o.Poll = 0
	}
	lists := newLists(client, o)
	if problem := api.NoZones(); problem != "" && lists.schedules != nil {
		f.IO.Warn("%s", problem)
	}
	return &realtime.Follow{
		Session: realtime.Open(options), Lister: lists, Poll: o.Poll, Initial: o.Initial, Cursor: o.Cursor, Save: o.Save,
	}, nil
}

// RealtimeOptions say how the current profile reaches the realtime service.
func (f *Factory) RealtimeOptions() (realtime.Options, error) {
	client, err := f.Live()
	if err != nil {
		return realtime.Options{}, err
	}
	profile, err := f.Profile()
	if err != nil {
		return realtime.Options{}, err
	}
	tls, err := profile.TLS()
	if err != nil {
		return realtime.Options{}, err
	}
	c, err := f.Config()
	if err != nil {
		return realtime.Options{}, err
	}
	return realtime.Options{
		URL: profile.RealtimeURL, Auth: streamAuth{client, f.Now}, TLS: tls, OnFrame: f.watchFrames(),
		Header:   http.Header{"User-Agent": {UserAgent}},
		Connects: &connects{file: filepath.Join(c.StateDir(profile), "connects"), now: f.Now},
	}, nil
}

// streamAuth implements realtime.Auth.
type streamAuth struct {
	client *api.Client
	now    func() time.Time
}

// Token returns the newest token; one that says itself that it is over is
// renewed first, as the server would drop it without a word (contract realtime
// 2.2). Where that fails the server decides: our clock may be wrong.
func (a streamAuth) Token(ctx context.Context) (string, error) {
	creds, err := a.client.Tokens().Current(ctx)
	if claims, ok := api.ParseClaims(creds.Access); err == nil && ok && claims.Expired(a.now()) {
		if fresh, renewErr := a.client.Renew(ctx); renewErr == nil {
			creds = fresh
		}
	}
	return creds.Access, gone(err)
}

// Renew returns another token than stale.
func (a streamAuth) Renew(ctx context.Context, stale string) (string, error) {
	creds, err := a.client.Tokens().Current(ctx)
	if err == nil && creds.Access == stale {
		creds, err = a.client.Renew(ctx)
	}
	return creds.Access, gone(err)
}

// Check asks REST who we are.
func (a streamAuth) Check(ctx context.Context) error {
	_, err := a.client.Me(ctx)
	return gone(err)
}

// gone marks an error after which only a new sign-in helps.
func gone(err error) error {
	if api.IsKind(err, api.KindUnauthenticated) {
		return errors.Join(realtime.ErrSessionGone, err)
	}
	return err
}

// StreamError says in a command's terms why a stream ended that nobody stopped.
func StreamError(err error) error {
	if _, refused := errors.AsType[*realtime.AuthError](err); refused {
		return &api.Error{Kind: api.KindUnauthenticated, Message: "the realtime service does not accept the session", Err: err}
	}
	return err
}
