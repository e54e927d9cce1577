package doctor

// This file is about one thing: what is looked at between here and the server,
// and at the server.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/output"
)

// Limits of what is still fine.
const (
	skewFine  = 30 * time.Second // the server's Date has whole seconds
	skewMost  = 5 * time.Minute
	certSoon  = 14 * 24 * time.Hour
	tokenSoon = 24 * time.Hour // of a token that cannot be renewed
)

func checkDNS(ctx context.Context, p *patient) finding {
	host := p.server.Hostname()
	switch {
	case p.proxied:
		return skipped("the proxy looks names up")
	case net.ParseIP(host) != nil:
		return skipped("%s is an address", host)
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return failed(&api.Error{Kind: api.KindDNS, Message: fmt.Sprintf("the name %q cannot be resolved", host), Err: err}, "check the address with 'vizora profile show', and the network's name server")
	}
	return ok("%s is %s", host, strings.Join(addresses, ", "))
}

func checkTLS(ctx context.Context, p *patient) finding {
	switch {
	case p.server.Scheme != "https":
		return skipped("the server is reached over http://")
	case p.proxied:
		return skipped("through a proxy; the check of rest shows whether it is accepted")
	}
	conf, err := p.profile.TLS()
	if err != nil {
		return failed(err, "")
	}
	port := p.server.Port()
	if port == "" {
		port = "443"
	}
	d := &tls.Dialer{Config: conf}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(p.server.Hostname(), port))
	if err != nil {
		return failed(&api.Error{Kind: api.KindTLS, Message: "no TLS connection: " + err.Error(), Err: err}, remedy(err))
	}
	defer func() { _ = conn.Close() }()
	state := conn.(*tls.Conn).ConnectionState()
	leaf := state.PeerCertificates[0]
	left := leaf.NotAfter.Sub(p.factory.Now())
	text := fmt.Sprintf("%s, certificate of %s by %s, good for %s", tls.VersionName(state.Version), leaf.Subject.CommonName, leaf.Issuer.CommonName, output.HumanDuration(left))
	if left < certSoon {
		return warning("tell the server's admin that its certificate runs out", "%s", text)
	}
	return ok("%s", text)
}

// remedy is what helps against a certificate that is not accepted.
func remedy(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unknown):
		return "for a private authority: vizora profile set ca-file=PATH"
	case errors.As(err, &host):
		return "use the name that its certificate is for, or tell the server's admin: vizora profile set url=https://HOST"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "tell the server's admin to renew it, and check that this machine's clock is right"
	case errors.As(err, &record):
		return "is it an https:// server, and the port the right one? vizora profile show"
	}
	return "check the address with 'vizora profile show', and whether something in between breaks TLS"
}

// checkREST asks for a sign of life.
func checkREST(ctx context.Context, p *patient) finding {
	client, err := p.factory.Live()
	if err != nil {
		return failed(err, "")
	}
	start := time.Now()
	p.answer, err = client.Probe(ctx, "/health/live")
	switch {
	case api.IsKind(err, api.KindTLS):
		return failed(err, remedy(err))
	case api.IsKind(err, api.KindProtocol):
		return failed(err, "is the address right, and no proxy or sign-in page in between? vizora profile show")
	case err != nil:
		return failed(err, "check the address with 'vizora profile show', the network, and whether the server runs")
	}
	return ok("answers in %s", time.Since(start).Round(time.Millisecond))
}

func checkReadiness(ctx context.Context, p *patient) finding {
	client, err := p.factory.Live()
	if err != nil {
		return failed(err, "")
	}
	answer, err := client.Probe(ctx, "/health/ready")
	fix := "tell the server's admin: its database or its storage is not well; vizora health shows more"
	if err != nil {
		return failed(err, fix)
	}
	var ready struct{ Status, Version string }
	if err := answer.Decode(&ready); err != nil {
		return failed(err, fix)
	}
	if ready.Status != "ok" {
		return warning(fix, "the server says %q", ready.Status)
	}
	return ok("%s", strings.TrimSpace("the server is ready "+ready.Version))
}

// checkClock compares the server's Date header: a clock that is off makes tokens
// look expired, or good when they are not.
func checkClock(_ context.Context, p *patient) finding {
	date, err := http.ParseTime(p.answer.Header.Get("Date"))
	if err != nil {
		return skipped("the server sends no date")
	}
	skew := p.answer.Read.Sub(date)
	size := skew.Abs().Round(time.Second)
	way := "ahead of"
	if skew < 0 {
		way = "behind"
	}
	fix := "set this machine's clock by the network (NTP), or tell the server's admin"
	switch {
	case size > skewMost:
		return failed(api.Errorf(api.KindLocal, "this machine's clock is %s %s the server's", size, way), fix)
	case size > skewFine:
		return warning(fix, "this machine's clock is %s %s the server's", size, way)
	}
	return ok("within %s of the server's", max(size, time.Second))
}

// checkSession asks who we are, and how long that is good for.
func checkSession(ctx context.Context, p *patient) finding {
	client, err := p.factory.Live()
	if err != nil {
		return failed(err, "")
	}
	p.me, err = client.Once(ctx, api.Request{Method: http.MethodGet, Path: "/auth/me"})
	if err != nil {
		return failed(err, "sign in: vizora auth login")
	}
	creds, err := client.Tokens().Current(ctx)
	if err != nil {
		return failed(err, "sign in: vizora auth login")
	}
	where := p.cfg.Tokens(p.profile).Where()
	claims, isJWT := api.ParseClaims(creds.Access)
	if !isJWT || claims.ExpiresAt == 0 {
		return ok("accepted, from %s", where)
	}
	left := time.Unix(claims.ExpiresAt, 0).Sub(p.factory.Now())
	text := fmt.Sprintf("%s (%s), from %s, good for %s", claims.Email, claims.Role, where, output.HumanDuration(left))
	if creds.Refresh != "" {
		return ok("%s and renewed on its own", text)
	}
	if left < tokenSoon {
		return warning("get a new token: it cannot be renewed", "%s", text)
	}
	return ok("%s; it cannot be renewed", text)
}

// checkLimits reads what the server says is left (contract rest 1.8).
func checkLimits(_ context.Context, p *patient) finding {
	var parts []string
	spent := false
	for _, window := range []struct{ suffix, name string }{{"short", "second"}, {"medium", "minute"}, {"long", "hour"}} {
		left, limit := p.me.Header.Get("X-RateLimit-Remaining-"+window.suffix), p.me.Header.Get("X-RateLimit-Limit-"+window.suffix)
		if left == "" {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s of %s a %s", left, limit, window.name))
		spent = spent || left == "0" && window.suffix != "short"
	}
	if len(parts) == 0 {
		return skipped("the server does not say")
	}
	text := "left on this route: " + strings.Join(parts, ", ")
	if spent {
		return warning("wait until the window is over; vizora help limits", "%s", text)
	}
	return ok("%s", text)
}

func checkWebSocket(ctx context.Context, p *patient) finding {
	return checkStream(ctx, p, realtime.TransportWebSocket, "let WebSocket through: a proxy or a firewall in between may not; watch falls back to polling")
}

func checkPolling(ctx context.Context, p *patient) finding {
	return checkStream(ctx, p, realtime.TransportPolling, "check realtime-url with 'vizora profile show': it is the fallback where WebSocket cannot pass")
}

// What ends a stream on purpose.
var (
	errLive    = errors.New("live")
	errCrowded = errors.New("too many connections") // a minute, for the server
)

// checkStream connects over one transport until the stream is live.
func checkStream(ctx context.Context, p *patient, transport, fix string) finding {
	o, err := p.factory.RealtimeOptions()
	if err != nil {
		return failed(err, fix)
	}
	o.Transport = transport
	start := time.Now()
	var lost realtime.State
	var crowded time.Duration
	err = realtime.Open(o).Run(ctx, func(item realtime.Item) error {
		state, isState := item.(realtime.State)
		switch {
		case !isState:
			return nil
		case state.State == realtime.Live:
			return errLive
		case state.State == realtime.Connecting && state.NextIn > checkLimit:
			crowded = state.NextIn
			return errCrowded
		case state.State == realtime.Lost && state.Reason == realtime.ReasonRateLimited:
			crowded = time.Minute
			return errCrowded
		case state.State == realtime.Lost:
			lost = state
			if state.Attempt >= 2 {
				return errors.New("lost")
			}
		}
		return nil
	})
	if errors.Is(err, errLive) {
		return ok("live at %s in %s", o.URL, time.Since(start).Round(time.Millisecond))
	}
	if errors.Is(err, errCrowded) {
		return warning("run 'vizora doctor' again in "+output.HumanDuration(crowded), "not tried: this machine has connected as often in the last minute as the server allows")
	}
	why := string(lost.Reason)
	if lost.Err != nil {
		why += ": " + lost.Err.Error()
	}
	if refused, isAuth := errors.AsType[*realtime.AuthError](err); isAuth {
		return failed(&api.Error{Kind: api.KindUnauthenticated, Message: "the realtime service does not accept the session", Err: refused}, "sign in: vizora auth login")
	}
	return failed(&api.Error{Kind: api.KindStream, Message: strings.TrimSuffix(fmt.Sprintf("not live at %s: %s", o.URL, why), ": "), Err: err}, fix)
}
