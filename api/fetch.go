package api

// This file is about one thing: fetching a file by an address that an answer
// named, such as a screenshot's or a download's, without our token.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// errStalled ends a transfer during which nothing comes any more.
var errStalled = &Error{Kind: KindTimeout, Outcome: OutcomeUnknown, Message: "the transfer stalled"}

// FetchURL copies what is at an address to w and returns its type and size in
// bytes. The address stands alone (a screenshot's is signed for seven days,
// contract realtime 4.1) or below the server's; the token is never sent along.
// No more than Options.Attempt may pass without a byte.
func (c *Client) FetchURL(ctx context.Context, address string, w io.Writer) (mime string, n int64, err error) {
	target, err := fileAddress(c.base, address)
	if err != nil {
		return "", 0, err
	}
	t, watched, stop := c.newTransfer(ctx, &Error{Method: http.MethodGet, Path: target.Path}, w)
	defer stop()
	mime, err = c.fetch(watched, target, t)
	return mime, t.n, err
}

// fileAddress reads an address that an answer named. Its error has no cause,
// which would quote the address's signature.
func fileAddress(base *url.URL, address string) (*url.URL, error) {
	target, err := base.Parse(address)
	if err != nil || (target.Scheme != "http" && target.Scheme != "https") || target.Host == "" {
		return nil, &Error{Kind: KindProtocol, Message: "the server names an address that cannot be fetched"}
	}
	return target, nil
}

// fetch copies what is at target, without credentials.
func (c *Client) fetch(ctx context.Context, target *url.URL, t *transfer) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return "", &Error{Kind: KindProtocol, Message: "the server names an address that cannot be fetched"}
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	var wrote atomic.Bool
	answer, err := (&http.Client{Transport: c.http.Transport}).Do(req.WithContext(withTrace(ctx, &wrote, &stopwatch{})))
	if err != nil {
		e := t.lost(err, wrote.Load())
		e.Message = "the file's own address (" + target.Host + "): " + e.Message
		return "", e
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		wait := namedWait(answer.Header)
		kind, outcome := classifyStatus(answer.StatusCode, wait > 0)
		if kind == KindUnauthenticated {
			kind = KindForbidden // that host's refusal is not about our session
		}
		return "", &Error{Kind: kind, Outcome: outcome, Method: t.fail.Method, Path: t.fail.Path, Status: answer.StatusCode, RetryAfter: wait,
			Message: fmt.Sprintf("the file's own address (%s) answered %d", target.Host, answer.StatusCode)}
	}
	return t.copy(answer)
}

// transfer is a body on its way to a writer. It tells a line that broke from a
// disk that is full, and ends a line on which nothing comes.
type transfer struct {
	ctx      context.Context // the caller's
	stalled  func() bool
	alive    func()
	fail     *Error
	to       io.Writer
	n        int64
	writeErr error
}

// newTransfer returns a transfer, the context to send its requests with, and
// what frees both.
func (c *Client) newTransfer(ctx context.Context, fail *Error, w io.Writer) (*transfer, context.Context, func()) {
	watched, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(c.opts.Attempt, func() { cancel(errStalled) })
	t := &transfer{
		ctx: ctx, fail: fail, to: w,
		alive:   func() { timer.Reset(c.opts.Attempt) },
		stalled: func() bool { return ctx.Err() == nil && errors.Is(context.Cause(watched), errStalled) },
	}
	return t, watched, func() { timer.Stop(); cancel(nil) }
}

// Write passes bytes on and notes a failure of the receiver.
func (t *transfer) Write(p []byte) (int, error) {
	t.alive()
	n, err := t.to.Write(p)
	t.n += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	t.writeErr = err
	return n, err
}

// copy moves an answer's body and returns its type.
func (t *transfer) copy(answer *http.Response) (string, error) {
	t.alive()
	_, err := io.Copy(t, answer.Body)
	switch {
	case t.writeErr != nil:
		return "", &Error{Kind: KindLocal, Message: "the file cannot be written: " + rootCause(t.writeErr), Err: t.writeErr}
	case err != nil:
		e := t.lost(err, true)
		if e.Kind == KindNetwork {
			e.Message = "the connection was lost in the middle of the file"
		}
		return "", e
	}
	return answer.Header.Get("Content-Type"), nil
}

func (t *transfer) lost(err error, wrote bool) *Error {
	e := transportError(t.ctx, t.fail, err, wrote)
	if t.stalled() {
		e.Kind, e.Message = KindTimeout, errStalled.Message
	}
	return e
}
