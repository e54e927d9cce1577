package api

// This file is about one thing: one attempt of one request, and what is known
// of it when it fails.

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// maxAnswer bounds what is read of one answer, in bytes. The largest known
// answers are pages of a hundred rows, well under a megabyte.
const maxAnswer = 64 << 20

var errNotJSON = errors.New("not JSON")

// Once makes a single attempt: it signs the request, keeps to the announced
// rate, and renews the session once if the server no longer accepts its token.
// Every failure is an *Error whose Outcome says whether the server may have
// acted.
func (c *Client) Once(ctx context.Context, req Request) (*Response, error) {
	if err := c.check(&req); err != nil {
		return nil, err
	}
	if req.public {
		return c.attempt(ctx, &req, Credentials{})
	}
	creds, err := c.credentials(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := c.attempt(ctx, &req, creds)
	if !c.sessionEnded(err) || creds.Refresh == "" {
		return resp, err
	}
	creds, err = c.renew(ctx, creds)
	if err != nil {
		return nil, err
	}
	return c.attempt(ctx, &req, creds)
}

// check refuses what the server could not read, before anything is sent.
func (c *Client) check(req *Request) error {
	if len(req.Body) > MaxBody {
		return &Error{
			Kind: KindInvalid, Method: req.Method, Path: req.Path,
			Message: fmt.Sprintf("the request is %d bytes and the server reads at most %d (100 kB)", len(req.Body), MaxBody),
			Hint:    "send less at once, for example fewer playlist items or a shorter description",
		}
	}
	if c.base.Scheme == "http" && !c.opts.AllowPlainHTTP && !isLoopback(c.base.Hostname()) {
		return Invalid("url", c.base.String(), "would send credentials unencrypted",
			"use https://, or allow it for this profile: vizora profile set allow-plain-http=true")
	}
	return nil
}

// shownWait is the shortest wait for a place that is worth showing.
const shownWait = 100 * time.Millisecond

// keepPace holds a request that the server has announced it would refuse. When
// it returns no error, a call is reserved, which pace.done must end.
func (c *Client) keepPace(ctx context.Context, req *Request) (got *place, err error) {
	if got, held := req.hold.use(route(req.Method, req.Path)); held {
		return got, nil
	}
	err = c.awaitPlace(ctx, req, func() (d time.Duration) {
		got, d = c.pace.take(route(req.Method, req.Path), c.limitOf(req))
		return d
	})
	return got, err
}

// awaitPlace waits until try finds that there is nothing to wait for.
func (c *Client) awaitPlace(ctx context.Context, req *Request, try func() time.Duration) error {
	line := c.pace.line(route(req.Method, req.Path))
	select {
	case line <- struct{}{}: // also where ctx has ended: what follows says so
	default:
		select {
		case line <- struct{}{}:
		case <-ctx.Done():
			e := contextError(ctx)
			e.Outcome, e.Method, e.Path = OutcomeNotSent, req.Method, req.Path
			return e
		}
	}
	defer func() { <-line }()
	for {
		d := try()
		if d == 0 {
			return nil
		}
		limit := &Error{
			Kind: KindRateLimited, Outcome: OutcomeNotSent, Method: req.Method, Path: req.Path, RetryAfter: d,
			Message: "the server's rate limit for this route is used up",
			Hint:    fmt.Sprintf("try again in %s", max(d, time.Second).Round(time.Second)),
		}
		if d > c.opts.Retry.MaxWait {
			return limit
		}
		pause := c.Sleep
		if d < shownWait {
			pause = sleep
		}
		if err := pause(ctx, d, Wait{For: d, Reason: limit}); err != nil {
			return err
		}
	}
}

// limitOf is how long one attempt may take.
func (c *Client) limitOf(req *Request) time.Duration {
	if req.Upload != nil {
		return uploadLimit(req.Upload.Size)
	}
	return c.opts.Attempt
}

// Forecast is how long n more calls of a route will take at best, by what the
// server has said of its limits.
func (c *Client) Forecast(method, path string, n int) time.Duration {
	return c.pace.forecast(route(method, path), n)
}

// credentials returns the tokens to sign with, renewed first when the access
// token's own expiry has passed: a request that is bound to fail costs a
// refused call of the rate limit.
func (c *Client) credentials(ctx context.Context) (Credentials, error) {
	creds, err := c.tokens.Current(ctx)
	if err != nil {
		return Credentials{}, err
	}
	if creds.Refresh == "" || c.clockWrong.Load() || !c.expired(creds) {
		return creds, nil
	}
	fresh, err := c.renew(ctx, creds)
	if err == nil && c.expired(fresh) {
		c.clockWrong.Store(true) // else every request would renew, and soon be refused
	}
	return fresh, err
}

func (c *Client) expired(creds Credentials) bool {
	claims, ok := ParseClaims(creds.Access)
	return ok && claims.Expired(c.opts.Now())
}

// renew replaces stale credentials. Its errors are about the request that
// needed them, which has not been executed.
func (c *Client) renew(ctx context.Context, stale Credentials) (Credentials, error) {
	fresh, err := c.tokens.Renew(ctx, stale, c.refresh)
	if err != nil {
		return Credentials{}, sessionError(err)
	}
	return fresh, nil
}

// sessionEnded reports that a token was refused and not the user's rights. A
// write without a valid token may also read 403 "CSRF cookie missing", but only
// when no Bearer is sent, and we never send a write without one (contract rest
// 1.9).
func (c *Client) sessionEnded(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == KindUnauthenticated && e.Status == http.StatusUnauthorized
}

// sessionError makes a failed renewal the failure of the request that needed
// it. A renewal whose outcome is unknown must not be repeated, as its token is
// single-use; yet the request behind it was surely not executed.
func sessionError(err error) error {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return err
	case e.Kind == KindUnauthenticated:
		return &Error{Kind: KindUnauthenticated, Message: "the session has ended: " + e.Message, Outcome: OutcomeRefused, Status: e.Status, RequestID: e.RequestID, Err: err}
	case e.Outcome == OutcomeUnknown:
		renewal := *e
		renewal.Outcome, renewal.RetryAfter = OutcomeRefused, 0
		renewal.Message = "the session could not be renewed: " + e.Message
		return &renewal
	}
	return err
}

// attempt sends the request once.
func (c *Client) attempt(ctx context.Context, req *Request, creds Credentials) (*Response, error) {
	got, err := c.keepPace(ctx, req)
	if err != nil {
		return nil, err
	}
	if req.may != nil {
		if err := req.may(); err != nil {
			c.pace.release(route(req.Method, req.Path), got)
			return nil, err
		}
	}
	attemptCtx, cancel := context.WithTimeout(ctx, c.limitOf(req))
	defer cancel()
	var wrote atomic.Bool
	var watch stopwatch
	httpReq, err := c.build(withTrace(attemptCtx, &wrote, &watch), req, creds)
	if err != nil {
		c.pace.done(route(req.Method, req.Path), got, 0, nil)
		return nil, err
	}
	seen := Exchange{Method: req.Method, Path: req.Path, Query: httpReq.URL.RawQuery, RequestID: httpReq.Header.Get("X-Request-ID"), Sent: httpReq.ContentLength}
	start := time.Now()
	resp, err := c.roundTrip(ctx, req, httpReq, got, &wrote, &seen)
	seen.Duration, seen.Err, seen.Timing = time.Since(start), err, watch.read()
	if c.opts.LogBodies {
		seen.Body = loggedBody(req)
	}
	if c.opts.OnResult != nil {
		c.opts.OnResult(seen)
	}
	return resp, err
}

// loggedBody is a request's body for the log, without its secrets. A "code" is
// one only where people prove with it who they are, or take over a device; in
// answers and frames it names an error.
func loggedBody(req *Request) []byte {
	body := RedactLog(req.Body)
	if !strings.HasPrefix(req.Path, "/auth/") && !strings.HasPrefix(req.Path, "/devices/") {
		return body
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields["code"] == nil {
		return body
	}
	fields["code"] = json.RawMessage(`"` + Redacted + `"`)
	redacted, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return redacted
}

func (c *Client) roundTrip(ctx context.Context, req *Request, httpReq *http.Request, got *place, wrote *atomic.Bool, seen *Exchange) (*Response, error) {
	fail := &Error{Method: req.Method, Path: req.Path, RequestID: seen.RequestID}
	answer, err := c.http.Do(httpReq)
	if err != nil {
		c.pace.done(route(req.Method, req.Path), got, 0, nil)
		return nil, transportError(ctx, fail, err, wrote.Load())
	}
	defer func() { _ = answer.Body.Close() }()
	seen.Status = answer.StatusCode
	c.pace.done(route(req.Method, req.Path), got, answer.StatusCode, answer.Header)
	body, err := readBody(answer)
	seen.Received = int64(len(body))
	if c.opts.LogBodies {
		seen.Answer = RedactLog(body)
	}
	fail.Status = answer.StatusCode
	if id := answer.Header.Get("X-Request-ID"); id != "" {
		fail.RequestID = id
	}
	if err != nil { // half an answer: the server acted, we do not know how it ended
		e := transportError(ctx, fail, err, true)
		if e.Kind == KindNetwork {
			e.Message = "the connection was lost in the middle of the answer"
		}
		return nil, e
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		if answer.StatusCode < 400 {
			return nil, redirected(fail, httpReq.URL, answer.Header)
		}
		e := answerError(req, answer.StatusCode, answer.Header, body)
		e.RequestID = fail.RequestID
		return nil, e
	}
	resp := &Response{Status: answer.StatusCode, Header: answer.Header, RequestID: fail.RequestID, Attempts: 1, Read: c.opts.Now()}
	if req.page {
		if resp.Data = usualPayload(body); resp.Data != nil {
			resp.unread = body
			return resp, nil
		}
	}
	if resp.Data, err = unwrap(body); err != nil {
		return nil, notVizora(fail, answer.Header)
	}
	return resp, nil
}

// readBody reads an answer, in one piece of memory where its size is known.
func readBody(answer *http.Response) ([]byte, error) {
	var b bytes.Buffer
	if n := answer.ContentLength; n > 0 && n < 1<<20 {
		b.Grow(int(n) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(answer.Body, maxAnswer))
	return b.Bytes(), err
}

// build makes the HTTP request. No cookie jar: the login's cookie would put
// every later write behind the CSRF check (contract rest 1.9).
func (c *Client) build(ctx context.Context, req *Request, creds Credentials) (*http.Request, error) {
	target := c.base.String() + Prefix + req.Path
	if len(req.Query) > 0 {
		target += "?" + req.Query.Encode()
	}
	var body io.Reader
	contentType := ""
	switch {
	case req.Upload != nil:
		stream, mime, err := req.Upload.open()
		if err != nil {
			return nil, err
		}
		body, contentType = stream, mime
	case req.Body != nil:
		body, contentType = bytes.NewReader(req.Body), "application/json"
	}
	httpReq, err := http.NewRequestWithContext(ctx, req.Method, target, body)
	if err != nil {
		return nil, &Error{Kind: KindInvalid, Message: "cannot form the request", Err: err}
	}
	if req.Upload != nil {
		httpReq.ContentLength = req.Upload.length()
	}
	if contentType != "" {
		httpReq.Header.Set("Content-Type", contentType)
	}
	httpReq.Header.Set("Accept", "application/json")
	httpReq.Header.Set("User-Agent", c.opts.UserAgent)
	httpReq.Header.Set("X-Request-ID", NewRequestID())
	if creds.Access != "" {
		httpReq.Header.Set("Authorization", "Bearer "+creds.Access)
	}
	for name, value := range req.headers {
		httpReq.Header.Set(name, value)
	}
	return httpReq, nil
}

// NewRequestID returns a fresh id that the server echoes and logs.
func NewRequestID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return "vz-" + hex.EncodeToString(b[:])
}

// transportError explains a failure below HTTP. wrote says that the request's
// header had left, after which the server may have acted.
func transportError(ctx context.Context, e *Error, err error, wrote bool) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own // the body could not be read: see Upload.open
	}
	e.Err, e.Outcome = err, OutcomeNotSent
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		e.Err = urlErr.Err // without the address, which may be a signed one
	}
	if wrote {
		e.Outcome = OutcomeUnknown
	}
	if ctx.Err() != nil {
		stop := contextError(ctx)
		e.Kind, e.Message = stop.Kind, stop.Message
		return e
	}
	var (
		dns      *net.DNSError
		cert     *tls.CertificateVerificationError
		unknown  x509.UnknownAuthorityError
		host     x509.HostnameError
		record   tls.RecordHeaderError
		alert    *net.OpError
		netErr   net.Error
		deadline = errors.Is(err, context.DeadlineExceeded)
	)
	switch {
	case errors.As(err, &dns) && !wrote:
		e.Kind, e.Message = KindDNS, fmt.Sprintf("the server's name %q cannot be resolved", dns.Name)
	case errors.As(err, &cert), errors.As(err, &unknown), errors.As(err, &host):
		e.Kind, e.Message = KindTLS, "the server's certificate is not accepted: "+rootCause(err)
	case errors.Is(err, http.ErrSchemeMismatch):
		e.Kind, e.Message = KindTLS, "the server speaks plain HTTP where https:// was asked for"
		e.Hint = "use another port, or http:// where the network can be trusted"
	case errors.As(err, &record):
		e.Kind, e.Message = KindTLS, "the server does not speak TLS as expected: "+rootCause(err)
		e.Hint = "is it an https:// server, and the port the right one? vizora profile show"
	case errors.As(err, &alert) && alert.Op == "remote error": // an alert of TLS
		e.Kind, e.Message = KindTLS, "the server refuses our side of TLS: "+rootCause(err)
		e.Hint = "where it asks for a client certificate: vizora profile set client-cert=PATH client-key=PATH"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Kind, e.Message = KindNetwork, "the server refuses connections"
	case deadline, errors.As(err, &netErr) && netErr.Timeout():
		e.Kind, e.Message = KindTimeout, "the server did not answer in time"
		if !wrote {
			e.Kind, e.Message = KindNetwork, "no connection to the server in time"
		}
	case wrote:
		e.Kind, e.Message = KindNetwork, "the connection was lost before the answer"
	default:
		e.Kind, e.Message = KindNetwork, "no connection to the server: "+rootCause(err)
	}
	return e
}

// rootCause is the innermost error's text: the layers above only repeat the
// method and the address.
func rootCause(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}

// contextError tells Ctrl-C from a deadline of ours.
func contextError(ctx context.Context) *Error {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Kind: KindTimeout, Message: "the time limit passed", Err: ctx.Err()}
	}
	return &Error{Kind: KindInterrupted, Message: "interrupted", Err: ctx.Err()}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
