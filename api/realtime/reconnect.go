package realtime

// This file is about what follows an ending: how long to wait, and whether
// the token still holds (contract realtime 2.2 to 2.5 and 8.3 to 8.8).

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// maxRenewed is how many new tokens in a row may be refused, though REST holds
// them good, before that is taken as final.
const maxRenewed = 2

// The codes of CONNECT_ERROR (contract realtime 2.2).
const (
	codeAuthInvalid   = "AUTH_INVALID"
	codeAuthExpired   = "AUTH_EXPIRED"
	codeDeviceRevoked = "DEVICE_REVOKED"
)

// errRefused is a refusal that a new token does not cure.
var errRefused = errors.New("the server refuses every token")

// connectReason names a refusal.
func connectReason(e *ConnectError) Reason {
	switch e.Code {
	case codeAuthInvalid, codeAuthExpired, codeDeviceRevoked:
		return ReasonAuth
	}
	return ReasonRefused
}

// plan says how long to wait before the next attempt. An error ends the Run:
// the context's, or an *AuthError.
func (r *runner) plan(ctx context.Context, end ending) (time.Duration, error) {
	if end.lived >= stableAfter {
		r.failures = 0
	}
	delay := r.config.backoff(r.failures)
	r.failures++
	var err error
	switch end.reason {
	case ReasonAuth:
		delay, err = r.afterRefusal(ctx, end, delay)
	case ReasonServerDisconnect, ReasonSessionExpired:
		delay, err = r.afterDrop(ctx, end, delay)
	case ReasonRateLimited:
		if end.lived < stableAfter {
			// Too many connects: the server's window has to pass. (Too many
			// messages cut a socket too, but the next one starts from nothing.)
			delay = budgetWindow + rand.N(windowJitter)
		}
	case ReasonServerShutdown:
		// Everybody reconnects at this moment.
		delay = r.config.backoff(0)
	}
	if err != nil {
		return 0, err
	}
	return max(delay, r.mayConnect(end.token)), ctx.Err()
}

// mayConnect is how long from now until the token may connect.
func (r *runner) mayConnect(token string) time.Duration {
	wait := r.budget.wait(token, time.Now())
	if shared := r.config.Connects; shared != nil {
		wait = max(wait, shared.Wait(token))
	}
	return wait
}

func (r *runner) spendConnect(token string) {
	r.budget.spend(token, time.Now())
	if shared := r.config.Connects; shared != nil {
		shared.Spend(token)
	}
}

// afterRefusal gets another token after CONNECT was refused for this one: an
// expired token and a wrong one look the same here (contract realtime 8.4).
func (r *runner) afterRefusal(ctx context.Context, end ending, delay time.Duration) (time.Duration, error) {
	var refusal *ConnectError
	errors.As(end.err, &refusal)
	if refusal.Code == codeDeviceRevoked {
		return 0, &AuthError{Code: refusal.Code, Err: end.err}
	}
	if r.renewed > 0 {
		if err := r.config.Auth.Check(ctx); errors.Is(err, ErrSessionGone) {
			return 0, &AuthError{Code: refusal.Code, Err: err}
		}
		if r.renewed >= maxRenewed {
			return 0, &AuthError{Code: refusal.Code, Err: errRefused}
		}
	}
	return r.renew(ctx, end.token, refusal.Code, delay)
}

// afterDrop finds out whether a socket that was dropped without a word was
// dropped for its token: REST knows.
func (r *runner) afterDrop(ctx context.Context, end ending, delay time.Duration) (time.Duration, error) {
	newest, err := r.config.Auth.Token(ctx)
	if err == nil && newest != end.token {
		// Somebody renewed it meanwhile, which revokes the old one (contract realtime 8.6).
		return min(delay, minDelay), nil
	}
	if err == nil {
		err = r.config.Auth.Check(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.Is(err, ErrSessionGone):
		return r.renew(ctx, end.token, "", delay)
	}
	// The token holds, or REST could not be asked: other trouble.
	return delay, nil
}

// renew asks for a token other than stale. The first time it is used at once.
func (r *runner) renew(ctx context.Context, stale, code string, delay time.Duration) (time.Duration, error) {
	token, err := r.config.Auth.Renew(ctx, stale)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.Is(err, ErrSessionGone):
		return 0, &AuthError{Code: code, Err: err}
	case err == nil && token == stale:
		return 0, &AuthError{Code: code, Err: fmt.Errorf("%w: renewing it changed nothing", errRefused)}
	case err == nil:
		if r.renewed++; r.renewed == 1 {
			return 0, nil
		}
	}
	return delay, nil // where REST could not be asked, it is asked again then
}
