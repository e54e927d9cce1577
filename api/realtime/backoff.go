package realtime

// This file is about when to connect again: never in step with others, never
// more often than the server allows.

import (
	"math/rand/v2"
	"time"
)

const (
	// The product promises that a stream is back within 1 to 5 s. The first
	// attempt comes early enough for that with the silence after which the stream
	// counts as live; the upper bound doubles with every failure from 5 s up to
	// 30 s, and starts anew after a stable minute.
	minDelay    = time.Second
	promptDelay = 3500 * time.Millisecond
	firstDelay  = 5 * time.Second
	maxDelay    = 30 * time.Second
	stableAfter = time.Minute

	// The server allows 10 connections in a fixed window of 60 s for a token
	// (contract realtime 2.4); 9 in any 60 s are always within that.
	budgetConnects = 9
	budgetWindow   = time.Minute
	// windowJitter spreads those that waited out the same window.
	windowJitter = 5 * time.Second
)

// backoffDelay is the wait after so many failures in a row, with full jitter.
func backoffDelay(failures int) time.Duration {
	limit := maxDelay
	switch {
	case failures == 0:
		limit = promptDelay
	case failures < 3:
		limit = min(limit, firstDelay<<failures)
	}
	return minDelay + rand.N(limit-minDelay)
}

// budget holds the connects of one token to the server's limit.
type budget struct {
	token string
	at    []time.Time // of the last connects, oldest first
}

// wait is how long from now until the token may connect.
func (b *budget) wait(token string, now time.Time) time.Duration {
	if token != b.token || len(b.at) < budgetConnects {
		return 0
	}
	return max(0, b.at[len(b.at)-budgetConnects].Add(budgetWindow).Sub(now))
}

// spend records a connect.
func (b *budget) spend(token string, now time.Time) {
	if token != b.token {
		b.token, b.at = token, nil
	}
	if len(b.at) == budgetConnects {
		b.at = b.at[:copy(b.at, b.at[1:])]
	}
	b.at = append(b.at, now)
}
