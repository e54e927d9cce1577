package api

// This file is about one thing: the client and what it is made of.

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
)

// Prefix is the path below which the REST API lives (contract rest 1.1).
const Prefix = "/api/v1"

// MaxBody is the largest JSON body the platform reads, in bytes; a larger one
// answers 500 (contract rest 1.1).
const MaxBody = 100 * 1024

// Options is what a Client is made of. Only BaseURL is required.
type Options struct {
	BaseURL        string // scheme://host[:port], without /api/v1
	AllowPlainHTTP bool   // send tokens over http:// to hosts other than loopback
	Tokens         Tokens // nil: not signed in
	UserAgent      string // constant: the platform mails users about "unrecognised" ones (contract rest 2)
	TLS            *tls.Config
	Proxy          func(*http.Request) (*url.URL, error) // nil: from the environment

	Retry    RetryPolicy
	Attempt  time.Duration  // limit of one attempt; 0 = 35 s, just past the server's own 30 s (contract rest 1.1)
	OnWait   func(Wait)     // called before each wait, so that waits are visible
	OnResult func(Exchange) // called after each attempt, for debug logs and timings

	LogBodies bool // an Exchange shows the bodies, without secrets

	Now func() time.Time // nil: time.Now
	// Pace is a Redis server in which runners elsewhere share them too, those that
	// reach the server from one address under one group's name; nil: PaceDir.
	Pace      *redis.Client
	PaceGroup string
	PaceDir   string // directory in which processes share what is left of the rate limits; "": they do not
}

// Client sends requests to one Vizora server as one user. It is safe for use by
// several goroutines.
type Client struct {
	base   *url.URL
	opts   Options
	http   *http.Client
	tokens Tokens
	budget *Budget
	pace   *pacer

	clockWrong *atomic.Bool // a token just renewed looked expired: do not go by our clock
	reader     *reader      // nil: reads are never answered from snapshots
}

// Format keeps tokens out of anything that is formatted, with any verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "client(%s)", c.base) }

// New makes a client. It sends nothing; a bad address is an Error of KindInvalid.
func New(o Options) (*Client, error) {
	base, err := ParseBaseURL(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if o.Tokens == nil {
		o.Tokens = NoTokens{}
	}
	if o.UserAgent == "" {
		o.UserAgent = "vizora-cli"
	}
	if o.Attempt == 0 {
		o.Attempt = 35 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Retry = o.Retry.withDefaults()
	pace := newPacer(o.Now, base.String(), o.PaceDir)
	if o.Pace != nil {
		pace.share(newPaceServer(o.Pace, o.PaceGroup))
	}
	return &Client{
		clockWrong: new(atomic.Bool),
		base:       base, opts: o, tokens: o.Tokens,
		budget: NewBudget(),
		pace:   pace,
		http:   &http.Client{Transport: newTransport(o), CheckRedirect: noRedirect},
	}, nil
}

// newTransport makes the connection pool. The server closes idle connections
// after 5 s (contract rest 1.1), so ours are dropped earlier: a POST on a
// connection that is being closed would have an unknown outcome.
func newTransport(o Options) *http.Transport {
	proxy := o.Proxy
	if proxy == nil {
		proxy = http.ProxyFromEnvironment
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                 proxy,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       o.TLS,
		TLSHandshakeTimeout:   10 * time.Second,
		IdleConnTimeout:       4 * time.Second,
		MaxIdleConnsPerHost:   16,
		ResponseHeaderTimeout: 0, // the attempt's context bounds it
		Protocols:             http1(),
	}
}

// http1 keeps to HTTP/1.1. What is known of a request that failed goes by
// whether its header was written; on a shared HTTP/2 connection another
// request's trouble would blur that. It also spares the release half a megabyte.
func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// noRedirect keeps a Bearer token from following a redirect to another host;
// only Download follows one, without the token.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ParseBaseURL checks a server address and drops a trailing slash or /api/v1.
func ParseBaseURL(s string) (*url.URL, error) {
	const fix = "give it as https://HOST[:PORT], for example https://vizora.example.com"
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		return nil, Invalid("url", Redacted+s[i:], "carries a name or a password", "sign in with 'vizora auth login' instead")
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, Invalid("url", s, "is not a server address", fix)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, Invalid("url", s, "has a query or a fragment", fix)
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), Prefix)
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// BaseURL returns the server's address without /api/v1.
func (c *Client) BaseURL() string { return c.base.String() }

// Tokens returns the credentials' holder, for the realtime side.
func (c *Client) Tokens() Tokens { return c.tokens }

// Policy returns the client's retry policy.
func (c *Client) Policy() RetryPolicy { return c.opts.Retry }

// Budget returns the process-wide retry budget.
func (c *Client) Budget() *Budget { return c.budget }

// OnWait reports a wait to whoever watches, see Options.OnWait.
func (c *Client) OnWait(w Wait) {
	if c.opts.OnWait != nil {
		c.opts.OnWait(w)
	}
}

// Close drops idle connections and files.
func (c *Client) Close() {
	c.http.CloseIdleConnections()
	c.pace.close()
}

// Request is one call as plain data, so that a journal can keep it.
type Request struct {
	Method string          `json:"method"`
	Path   string          `json:"path"` // below /api/v1, starting with a slash
	Query  url.Values      `json:"query,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"` // JSON; nil for none
	Upload *Upload         `json:"upload,omitempty"`

	page    bool              // a page of a list: its reader finds out whether it is JSON, once instead of twice
	public  bool              // sign-in routes: no token is needed or sent
	headers map[string]string // extra headers of sign-in routes
	hold    *Hold             // the place to use, if it was reserved ahead
	may     func() error      // asked once there is a place, right before it is sent; nil = it may
}

// NewRequest makes a Request with body marshalled to JSON; nil sends none.
func NewRequest(method, path string, body any) (Request, error) {
	r := Request{Method: method, Path: path}
	if body == nil {
		return r, nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return r, &Error{Kind: KindInternal, Message: "cannot encode the request", Err: err}
	}
	r.Body = raw
	return r, nil
}

// safe reports whether sending the request twice is the same as once for the
// server: reads, and nothing else here, because writes go through the journal,
// which reads back before it repeats.
func (r *Request) safe() bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// Response is a 2xx answer.
type Response struct {
	Status    int
	Header    http.Header
	Data      json.RawMessage // the envelope's payload; nil when the answer had no body
	RequestID string
	Attempts  int
	Read      time.Time // when the server answered; earlier when Stale
	Stale     bool      // from a snapshot, without a connection

	unread []byte // a page's whole body, of which Data is a guess; nil: Data is JSON
}

// Decode unmarshals the payload into v.
func (r *Response) Decode(v any) error {
	if len(r.Data) == 0 {
		return &Error{Kind: KindProtocol, Message: "the server sent an empty answer where a body was expected", Status: r.Status, RequestID: r.RequestID}
	}
	err := json.Unmarshal(r.Data, v)
	if _, syntax := errors.AsType[*json.SyntaxError](err); syntax && r.unread != nil {
		var data json.RawMessage
		if data, err = unwrap(r.unread); err == nil { // the envelope had something after its data
			err = json.Unmarshal(data, v)
		}
	}
	if err != nil {
		return &Error{Kind: KindProtocol, Message: "the server's answer has an unexpected shape", Status: r.Status, RequestID: r.RequestID, Err: err}
	}
	return nil
}

// Exchange is one attempt as seen from outside, for debug logs and timings. It
// carries no header, and bodies only without their secrets.
type Exchange struct {
	Method, Path string
	Query        string
	Status       int // 0 when there was no answer
	RequestID    string
	Attempt      int
	Duration     time.Duration // from the first byte out to the last byte in
	Sent         int64         // bytes of the body
	Received     int64
	Err          error
	Timing       Timing
	Body, Answer []byte // JSON, redacted; only with Options.LogBodies
}

// Do sends a request, and again where the retry policy allows it. Writes are
// repeated only when they were never sent or were refused unexecuted: what may
// have been done is the journal's to decide, by reading back.
func (c *Client) Do(ctx context.Context, req Request) (*Response, error) {
	if c.reader != nil && req.Method == http.MethodGet {
		return c.read(ctx, req)
	}
	return c.send(ctx, req)
}

func (c *Client) send(ctx context.Context, req Request) (*Response, error) {
	for attempt := 1; ; attempt++ {
		resp, err := c.Once(ctx, req)
		if err == nil {
			resp.Attempts = attempt
			c.budget.Success()
			return resp, nil
		}
		wait, stop := c.opts.Retry.Next(c.budget, err, attempt, req.safe())
		if stop != nil {
			return nil, stop
		}
		if err := c.Sleep(ctx, wait, Wait{For: wait, Attempt: attempt, Of: c.opts.Retry.Attempts, Reason: err}); err != nil {
			return nil, err
		}
	}
}

// Sleep waits visibly. A wait that cannot end before ctx's deadline fails at
// once with the reason for the wait.
func (c *Client) Sleep(ctx context.Context, d time.Duration, w Wait) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return w.Reason
	}
	c.OnWait(w)
	return sleep(ctx, d, w)
}

func sleep(ctx context.Context, d time.Duration, _ Wait) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}

// jitter returns a random duration in [0, d].
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d + 1)
}
