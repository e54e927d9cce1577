package cmdutil

// This file is about one thing: signing in to the realtime service as the API
// client does.

import (
	"context"
	"errors"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
)

// Session prepares the realtime stream of the current profile. It does not connect.
func (f *Factory) Session() (*realtime.Session, error) {
	client, err := f.Live()
	if err != nil {
		return nil, err
	}
	profile, err := f.Profile()
	if err != nil {
		return nil, err
	}
	tls, err := profile.TLS()
	if err != nil {
		return nil, err
	}
	return realtime.Open(realtime.Options{URL: profile.RealtimeURL, Auth: streamAuth{client}, TLS: tls}), nil
}

// streamAuth implements realtime.Auth.
type streamAuth struct{ client *api.Client }

func (a streamAuth) Token(ctx context.Context) (string, error) {
	creds, err := a.client.Tokens().Current(ctx)
	return creds.Access, gone(err)
}

func (a streamAuth) Renew(ctx context.Context, stale string) (string, error) {
	creds, err := a.client.Tokens().Current(ctx)
	if err == nil && creds.Access == stale {
		creds, err = a.client.Renew(ctx)
	}
	return creds.Access, gone(err)
}

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

// StreamError says why a stream ended that nobody stopped.
func StreamError(err error) error {
	var refused *realtime.AuthError
	if errors.As(err, &refused) {
		return &api.Error{Kind: api.KindUnauthenticated, Message: "the realtime service does not accept the session", Err: err}
	}
	return err
}

// Groups names display groups for look-ups.
func Groups() *api.Kind[api.Row] {
	return (&api.Schema{Kind: "Group", Noun: "group", Plural: "groups", Path: "/display-groups", ID: api.CUID}).Rows()
}
