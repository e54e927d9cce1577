package health

// This file is about one thing: asking the services.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

const (
	// apiLimit and liveLimit are how long a service may take. "Live" is said only
	// after the time in which the server drops who is not signed in.
	apiLimit  = 5 * time.Second
	liveLimit = 10 * time.Second
	// mostAlerts is how many unread notifications are read.
	mostAlerts = 200
)

// ask fills in what can be known. An error is one of ours: no session, Ctrl-C.
func (h *health) ask(ctx context.Context, f *cmdutil.Factory, client *api.Client) error {
	live := make(chan part, 1)
	go func() { live <- askRealtime(ctx, f) }()
	h.API, h.apiErr = askAPI(ctx, client)
	var err error
	if h.API.Status == statusOK {
		err = h.findings(ctx, client)
	}
	h.Realtime = <-live
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// askAPI reads the API's readiness: the only one of its answers that reports a
// failure by its status (contract rest 25, item 27).
func askAPI(ctx context.Context, client *api.Client) (part, error) {
	ctx, cancel := context.WithTimeout(ctx, apiLimit)
	defer cancel()
	began := time.Now()
	resp, err := client.Once(ctx, api.Request{Method: http.MethodGet, Path: "/health/ready"})
	p := part{Status: statusOK, Took: seconds(time.Since(began))}
	if err != nil {
		p.Status, p.Detail = statusFailed, err.Error()
		return p, err
	}
	var said struct {
		Status, Version string
		Uptime          float64
	}
	if err := resp.Decode(&said); err != nil {
		p.Status, p.Detail = statusFailed, err.Error()
		return p, err
	}
	p.Version, p.Uptime = said.Version, said.Uptime
	if said.Status != "ok" {
		p.Detail = said.Status
	}
	return p, nil
}

// askRealtime connects as a watch does, until it is live.
func askRealtime(ctx context.Context, f *cmdutil.Factory) part {
	began := time.Now()
	p := part{Status: statusFailed, Detail: "no answer in time"}
	follow, err := f.Follow(cmdutil.FollowOptions{})
	if err != nil {
		p.Detail = err.Error()
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, liveLimit)
	defer cancel()
	done := errors.New("done")
	err = follow.Session.Run(ctx, func(item realtime.Item) error {
		st, ok := item.(realtime.State)
		if !ok {
			return nil
		}
		switch st.State {
		case realtime.Live:
			p.Status, p.Detail = statusOK, st.Transport
			return done
		case realtime.Lost:
			p.Detail = string(st.Reason)
			if st.Err != nil {
				p.Detail += ": " + st.Err.Error()
			}
			return done
		}
		return nil
	})
	if err != nil && !errors.Is(err, done) && ctx.Err() == nil {
		p.Detail = err.Error()
	}
	p.Took = seconds(time.Since(began))
	return p
}

// findings reads the platform's own checks and the unread notifications.
func (h *health) findings(ctx context.Context, client *api.Client) error {
	var said struct {
		Readiness string  `json:"readiness"`
		Issues    []issue `json:"issues"`
	}
	if err := cmdutil.Get(ctx, client, "/health/validation", &said); err != nil {
		return err
	}
	h.Readiness = said.Readiness
	h.Issues = append(h.Issues, said.Issues...)
	rows, err := api.List(ctx, client, "/notifications", url.Values{"read": {"false"}}, func(a *alert) string { return a.ID }, mostAlerts)
	if err != nil {
		return err
	}
	for _, a := range rows {
		if a.Severity == "critical" || a.Severity == "warning" {
			h.Alerts = append(h.Alerts, *a)
		}
	}
	return nil
}

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
