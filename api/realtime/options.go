package realtime

// This file is about what a Session is told: server, token source, network.

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vizora/vizora-cli/api/realtime/wire"
)

// Auth is where a Session gets its token from. All methods may be called
// again at any time, one at a time.
type Auth interface {
	// Token returns the newest token there is, without renewing it.
	Token(ctx context.Context) (string, error)
	// Renew returns a token other than stale, asking the server for one unless
	// somebody else already did. It wraps ErrSessionGone when there is none to
	// be had.
	Renew(ctx context.Context, stale string) (string, error)
	// Check asks REST (GET auth/me) whether the token still holds: nil when it
	// does, an error that wraps ErrSessionGone when it does not, any other
	// error when it could not be found out.
	Check(ctx context.Context) error
}

// The transports, for Options.Transport and State.Transport.
const (
	TransportAuto      = ""          // WebSocket, else polling that upgrades when it can
	TransportWebSocket = "websocket" // nothing else
	TransportPolling   = "polling"   // nothing else, no upgrade
)

// DefaultPath is the path of the Socket.IO endpoint. The API's prefix does
// not apply to it (contract realtime 1).
const DefaultPath = "/socket.io/"

// Defaults of Options.
const (
	DefaultConnectTimeout = 20 * time.Second
	DefaultAckTimeout     = 10 * time.Second
	DefaultMaxMessage     = 16 << 20
)

// Options say how to reach the stream. The zero value of every field but URL
// and Auth is a good default.
type Options struct {
	URL       string // origin of the realtime service, http(s) or ws(s)
	Path      string // DefaultPath when empty
	Auth      Auth
	Transport string

	Header http.Header                           // sent with every HTTP request, for example User-Agent
	Proxy  func(*http.Request) (*url.URL, error) // nil: from the environment
	TLS    *tls.Config
	// DialContext opens the TCP connections; nil: net.Dialer.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

	ConnectTimeout time.Duration // from dialing to the answer to CONNECT
	AckTimeout     time.Duration // of Session.Request when its context has no deadline
	MaxMessage     int64         // bytes; a larger message from the server ends the connection
	// OnFrame is told of every Engine.IO packet, as it stands on the wire, for a
	// log; nil: nobody. What goes out holds the token: the log must redact it.
	OnFrame func(Frame)
	// Attachments leaves binary attachments beside the payload of their event
	// instead of writing them into it as base64.
	Attachments bool
	// Connects shares the count of connections with other processes that use the
	// same token; nil: this Session counts its own only.
	Connects Connects
}

// Connects counts connections by token: the server takes 10 a minute
// (contract realtime 2.4).
type Connects interface {
	// Wait is how long from now until the token may connect.
	Wait(token string) time.Duration
	// Spend notes a connection.
	Spend(token string)
}

// Frame is one Engine.IO packet for a log.
type Frame struct {
	Sent      bool // by us; else it came
	Transport string
	Text      []byte // the packet's type and payload; nil of binary data
	Size      int    // of the payload, in bytes
}

func (c *config) logFrame(sent bool, transport string, p wire.Packet) {
	if c.OnFrame == nil {
		return
	}
	frame := Frame{Sent: sent, Transport: transport, Size: len(p.Data)}
	if !p.Binary {
		frame.Text = wire.AppendFrame(nil, p)
	}
	c.OnFrame(frame)
}

// config is Options with the defaults filled in and parsed once.
type config struct {
	Options
	base      *url.URL
	transport *http.Transport
	wall      func() time.Time        // the wall clock; tests suspend the computer with it
	backoff   func(int) time.Duration // backoffDelay; tests against real servers are in more of a hurry
	polls     atomic.Uint64           // makes the URLs of polls differ, for caches in between
}

// newConfig checks the options.
func newConfig(o Options) (*config, error) {
	base, err := url.Parse(o.URL)
	if err != nil {
		return nil, fmt.Errorf("realtime: %w", err)
	}
	switch base.Scheme {
	case "http", "https":
	case "ws", "wss":
		base.Scheme = "http" + strings.TrimPrefix(base.Scheme, "ws")
	default:
		return nil, fmt.Errorf("realtime: %q is not an http(s) or ws(s) address", base.Redacted())
	}
	switch o.Transport {
	case TransportAuto, TransportWebSocket, TransportPolling:
	default:
		return nil, fmt.Errorf("realtime: no transport %q", o.Transport)
	}
	if o.Auth == nil {
		o.Auth = StaticToken("")
	}
	if o.Path == "" {
		o.Path = DefaultPath
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = DefaultConnectTimeout
	}
	if o.AckTimeout <= 0 {
		o.AckTimeout = DefaultAckTimeout
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = DefaultMaxMessage
	}
	base.Path, base.RawQuery, base.Fragment = o.Path, "", ""
	// Round strips the monotonic reading: it stands still while suspended.
	wall := func() time.Time { return time.Now().Round(0) }
	return &config{Options: o, base: base, transport: newHTTPTransport(o), wall: wall, backoff: backoffDelay}, nil
}

// newHTTPTransport has only HTTP/1.1, as WebSocket needs it, and drops idle
// connections before a Node server does (5 s), so that no poll dies of the race.
func newHTTPTransport(o Options) *http.Transport {
	t := &http.Transport{
		Proxy:               o.Proxy,
		DialContext:         o.DialContext,
		TLSClientConfig:     o.TLS,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     4 * time.Second,
		Protocols:           new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	if t.Proxy == nil {
		t.Proxy = http.ProxyFromEnvironment
	}
	if t.DialContext == nil {
		t.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	return t
}

// httpClient is for one Engine.IO session: load balancers that keep a session
// on one server do so by cookie. It follows no redirect, which could carry the
// token elsewhere.
func (c *config) httpClient() *http.Client {
	return &http.Client{
		Transport:     c.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Jar:           &cookies{},
	}
}

// address is the URL of a transport, for a new session when sid is "".
func (c *config) address(transport, sid string) string {
	query := url.Values{"EIO": {wire.ProtocolVersion}, "transport": {transport}}
	if sid != "" {
		query.Set("sid", sid)
	}
	if transport == TransportPolling {
		query.Set("t", strconv.FormatUint(c.polls.Add(1), 36))
	}
	u := *c.base
	u.RawQuery = query.Encode()
	return u.String()
}

// StaticToken is an Auth with one token that cannot be renewed or checked; an
// empty one connects without a token.
func StaticToken(token string) Auth { return staticToken(token) }

type staticToken string

func (t staticToken) Token(context.Context) (string, error) { return string(t), nil }

func (t staticToken) Check(context.Context) error { return nil }

func (t staticToken) Renew(context.Context, string) (string, error) {
	return "", fmt.Errorf("%w: a fixed token cannot be renewed", ErrSessionGone)
}
