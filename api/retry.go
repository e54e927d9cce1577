package api

// This file is about one thing: which failures are tried again, and when.

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// RetryPolicy says how often and how patiently. The zero value is the default.
type RetryPolicy struct {
	Attempts int           // attempts in all; 0 = 3, 1 = no retry
	Base     time.Duration // first backoff; 0 = 500 ms
	Cap      time.Duration // longest backoff; 0 = 30 s
	MaxWait  time.Duration // longest wait a server may ask for; 0 = 2 min
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.Attempts == 0 {
		p.Attempts = 3
	}
	if p.Base == 0 {
		p.Base = 500 * time.Millisecond
	}
	if p.Cap == 0 {
		p.Cap = 30 * time.Second
	}
	if p.MaxWait == 0 {
		p.MaxWait = 2 * time.Minute
	}
	return p
}

// Wait is a pause before another attempt, for whoever shows it.
type Wait struct {
	For     time.Duration
	Attempt int // the attempt that failed, from 1; 0 for a wait that keeps to a rate limit
	Of      int
	Reason  error
}

// Next decides what follows a failed attempt (numbered from 1): the wait before
// the next one, or the error to give up with. repeatable says that a second
// execution does no harm, so that an unknown outcome may be tried again.
func (p RetryPolicy) Next(budget *Budget, err error, attempt int, repeatable bool) (time.Duration, error) {
	var e *Error
	if !errors.As(err, &e) {
		return 0, err
	}
	e.Attempts = attempt
	if e.RetryAfter > 0 && (e.Hint == "" || e.RetryAfter > p.MaxWait) {
		e.Hint = fmt.Sprintf("the server asks to wait %s; try again after that", e.RetryAfter.Round(time.Second))
	}
	if !retryable(e, repeatable) || attempt >= p.Attempts {
		return 0, e
	}
	if e.RetryAfter > p.MaxWait {
		return 0, e
	}
	if !budget.Spend(e.Kind) {
		return 0, &Error{
			Kind: KindRateLimited, Message: "too many requests of this run failed; its retry budget is spent", Attempts: attempt,
			Outcome: e.Outcome, Method: e.Method, Path: e.Path, Status: e.Status, RequestID: e.RequestID, Err: e,
			Details: []string{"last failure: " + e.Error()},
		}
	}
	if e.RetryAfter > 0 {
		return e.RetryAfter + jitter(e.RetryAfter/10), nil // upward only: sooner would be refused again
	}
	return p.Backoff(attempt), nil
}

// Backoff is full jitter over an exponentially growing, capped range.
func (p RetryPolicy) Backoff(attempt int) time.Duration {
	p = p.withDefaults()
	ceiling := p.Cap
	if shift := attempt - 1; shift < 16 {
		ceiling = min(p.Cap, p.Base<<shift)
	}
	return jitter(ceiling)
}

// retryable is the table of engineering practice for this platform: a request
// that never left or that a limiter refused may be repeated whatever its
// method; one that may have been executed only when repeating does no harm.
func retryable(e *Error, repeatable bool) bool {
	switch e.Kind {
	case KindTLS, KindInterrupted, KindUnauthenticated:
		return false // asking again changes nothing
	}
	switch e.Outcome {
	case OutcomeNotSent:
		return true
	case OutcomeRefused:
		// A 429 that names no wait is the application's own lock-out (sign-in,
		// MFA, fleet: contract rest 1.8): another try only prolongs it.
		return e.RetryAfter > 0 || e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooEarly
	case OutcomeUnknown:
		return repeatable && e.Kind != KindProtocol
	}
	return false
}

// Budget is a token bucket shared by all requests of a process, so that a run
// of thousands against a dead server makes a hundred retries, not ten
// thousand. The sizes are those of the AWS SDKs' standard mode.
type Budget struct {
	mu     sync.Mutex
	tokens int
}

const (
	budgetSize    = 500
	budgetRetry   = 5
	budgetTimeout = 10
	budgetGain    = 1
)

// NewBudget returns a full bucket.
func NewBudget() *Budget { return &Budget{tokens: budgetSize} }

// Spend takes one retry's cost; false means that the budget is spent.
func (b *Budget) Spend(kind ErrorKind) bool {
	cost := budgetRetry
	if kind == KindTimeout {
		cost = budgetTimeout
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens < cost {
		return false
	}
	b.tokens -= cost
	return true
}

// Success gives a little back.
func (b *Budget) Success() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(budgetSize, b.tokens+budgetGain)
}
