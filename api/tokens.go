package api

// This file is about one thing: the credentials a client signs its requests with.

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Credentials are one session's tokens. Refresh is "" for a bare token
// (VIZORA_TOKEN), which cannot be renewed.
type Credentials struct {
	Access  string
	Refresh string
}

// String keeps tokens out of anything that is formatted.
func (c Credentials) String() string { return "credentials(redacted)" }

// GoString keeps tokens out of %#v.
func (c Credentials) GoString() string { return c.String() }

// Format keeps tokens out of every other verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue keeps tokens out of structured logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Tokens holds a session's credentials. Implementations are safe for use by
// several goroutines and, where they store anything, by several processes.
type Tokens interface {
	// Current returns the credentials to use now; an Error of
	// KindUnauthenticated when there are none.
	Current(ctx context.Context) (Credentials, error)

	// Renew replaces credentials that the server no longer accepts. It holds a
	// lock across processes, returns what is stored when another process has
	// already replaced stale, and else calls refresh and stores its result
	// durably before it returns: a refresh token works once, and using it again
	// kills the whole session family (contract rest 1.10).
	Renew(ctx context.Context, stale Credentials, refresh func(context.Context, Credentials) (Credentials, error)) (Credentials, error)
}

// StaticToken is a bare access token, such as VIZORA_TOKEN's.
type StaticToken string

// Current returns the token, without the blanks and line ends that come along
// when it is read from a file.
func (t StaticToken) Current(context.Context) (Credentials, error) {
	return Credentials{Access: strings.TrimSpace(string(t))}, nil
}

// Format keeps the token out of anything that is formatted.
func (t StaticToken) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("token(redacted)")) }

// LogValue keeps the token out of structured logs.
func (t StaticToken) LogValue() slog.Value { return slog.StringValue("token(redacted)") }

// Renew fails: a bare token has no refresh token.
func (t StaticToken) Renew(context.Context, Credentials, func(context.Context, Credentials) (Credentials, error)) (Credentials, error) {
	return Credentials{}, Errorf(KindUnauthenticated, "the server does not accept this token")
}

// NoTokens is a client that has not signed in.
type NoTokens struct{}

// Current fails with KindUnauthenticated.
func (NoTokens) Current(context.Context) (Credentials, error) {
	return Credentials{}, Errorf(KindUnauthenticated, "not signed in")
}

// Renew fails with KindUnauthenticated.
func (NoTokens) Renew(context.Context, Credentials, func(context.Context, Credentials) (Credentials, error)) (Credentials, error) {
	return Credentials{}, Errorf(KindUnauthenticated, "not signed in")
}

// Claims are the parts of an access token that the tool reads. They are not
// verified here: only the server can (contract rest 1.10).
type Claims struct {
	Subject      string `json:"sub"`
	Email        string `json:"email"`
	Organization string `json:"organizationId"`
	Role         string `json:"role"`
	ID           string `json:"jti"`
	IssuedAt     int64  `json:"iat"` // seconds since 1970
	ExpiresAt    int64  `json:"exp"` // seconds since 1970; 0 when absent
}

// ParseClaims reads a JWT's payload without verifying it; ok is false when
// token is not a JWT.
func ParseClaims(token string) (c Claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Claims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Claims{}, false
	}
	return c, json.Unmarshal(payload, &c) == nil
}

// Expired reports whether the token's life is over at t. A token that names no
// expiry is taken at its word.
func (c Claims) Expired(t time.Time) bool { return c.ExpiresAt != 0 && t.Unix() >= c.ExpiresAt }
