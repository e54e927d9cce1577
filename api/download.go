package api

// This file is about one thing: fetching files (contract rest 6).

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// Download copies a content item's file to w and returns its type and size. The
// server answers with bytes or redirects to where they are; the token is not
// sent along (contract rest 6). It is tried again as reads are, as long as
// nothing has been written to w. A whole download may take any time, but no
// more than Options.Attempt may pass without a byte.
func (c *Client) Download(ctx context.Context, id string, w io.Writer) (mime string, n int64, err error) {
	return c.Fetch(ctx, "/content/"+PathSegment(id)+"/download", nil, w)
}

// Fetch copies what a route answers to w as it is, for routes that answer no
// JSON, and returns its type and size.
func (c *Client) Fetch(ctx context.Context, path string, query url.Values, w io.Writer) (mime string, n int64, err error) {
	req := Request{Method: http.MethodGet, Path: path, Query: query}
	if err := c.check(&req); err != nil {
		return "", 0, err
	}
	for attempt := 1; ; attempt++ {
		mime, n, err = c.downloadOnce(ctx, &req, w)
		if err == nil {
			c.budget.Success()
			return mime, n, nil
		}
		if n > 0 {
			return "", n, err
		}
		wait, stop := c.opts.Retry.Next(c.budget, err, attempt, true)
		if stop != nil {
			return "", 0, stop
		}
		if err := c.Sleep(ctx, wait, Wait{For: wait, Attempt: attempt, Of: c.opts.Retry.Attempts, Reason: err}); err != nil {
			return "", 0, err
		}
	}
}

func (c *Client) downloadOnce(ctx context.Context, req *Request, w io.Writer) (string, int64, error) {
	creds, err := c.credentials(ctx)
	if err != nil {
		return "", 0, err
	}
	mime, n, err := c.downloadWith(ctx, req, creds, w)
	if !c.sessionEnded(err) || creds.Refresh == "" {
		return mime, n, err
	}
	if creds, err = c.renew(ctx, creds); err != nil {
		return "", 0, err
	}
	return c.downloadWith(ctx, req, creds, w)
}

func (c *Client) downloadWith(ctx context.Context, req *Request, creds Credentials, w io.Writer) (mime string, n int64, err error) {
	got, err := c.keepPace(ctx, req)
	if err != nil {
		return "", 0, err
	}
	fail := &Error{Method: req.Method, Path: req.Path}
	t, watched, stop := c.newTransfer(ctx, fail, w)
	defer stop()
	httpReq, err := c.build(watched, req, creds)
	if err != nil {
		c.pace.done(route(req.Method, req.Path), got, 0, nil)
		return "", 0, err
	}
	fail.RequestID = httpReq.Header.Get("X-Request-ID")
	seen := Exchange{Method: req.Method, Path: req.Path, RequestID: fail.RequestID}
	start := time.Now()
	mime, err = c.receive(httpReq, req, got, t, &seen)
	seen.Duration, seen.Received, seen.Err = time.Since(start), t.n, err
	if c.opts.OnResult != nil {
		c.opts.OnResult(seen)
	}
	return mime, t.n, err
}

// receive sends the request and copies what comes, following one redirect.
func (c *Client) receive(httpReq *http.Request, req *Request, got *place, t *transfer, seen *Exchange) (string, error) {
	var wrote atomic.Bool
	answer, err := c.http.Do(httpReq.WithContext(withTrace(httpReq.Context(), &wrote, &stopwatch{})))
	if err != nil {
		c.pace.done(route(req.Method, req.Path), got, 0, nil)
		return "", t.lost(err, wrote.Load())
	}
	defer func() { _ = answer.Body.Close() }()
	c.pace.done(route(req.Method, req.Path), got, answer.StatusCode, answer.Header)
	seen.Status, t.fail.Status = answer.StatusCode, answer.StatusCode
	if location := answer.Header.Get("Location"); answer.StatusCode/100 == 3 && location != "" {
		target, err := fileAddress(httpReq.URL, location)
		if err != nil {
			return "", err
		}
		return c.fetch(httpReq.Context(), target, t)
	}
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		e := answerError(req, answer.StatusCode, answer.Header, body)
		e.RequestID = t.fail.RequestID
		return "", e
	}
	return t.copy(answer)
}
