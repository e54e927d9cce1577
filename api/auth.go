package api

// This file is about one thing: signing in and out, and renewing a session
// (contract rest 1.9, 1.10 and 2).

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// User is who is signed in.
type User struct {
	ID             string        `json:"id"`
	Email          string        `json:"email"`
	FirstName      string        `json:"firstName"`
	LastName       string        `json:"lastName"`
	Role           string        `json:"role"` // admin, manager or viewer
	OrganizationID string        `json:"organizationId"`
	Organization   *Organization `json:"organization"`
}

// Organization is the part of the organisation's row that the tool shows. The
// row also carries payment-provider ids, which are left out on purpose
// (contract rest 25, item 30).
type Organization struct {
	ID                 string `json:"id"`
	Name               string `json:"name"`
	Slug               string `json:"slug"`
	SubscriptionTier   string `json:"subscriptionTier"`
	SubscriptionStatus string `json:"subscriptionStatus"`
	ScreenQuota        int    `json:"screenQuota"`
}

// Session is a successful sign-in.
type Session struct {
	Credentials Credentials
	User        User
	ExpiresIn   int // seconds of the access token's life
}

// Login is the first answer to a password: a session, or what is still needed.
type Login struct {
	Session        *Session
	ChallengeToken string // a second factor is needed: call Challenge
	EnrollRequired bool   // the organisation demands a second factor that this user has not set up
}

// loginAnswer is the union of the three forms of an answer to POST auth/login.
type loginAnswer struct {
	AccessToken           string `json:"access_token"`
	User                  User   `json:"user"`
	ExpiresIn             int    `json:"expiresIn"`
	MFARequired           bool   `json:"mfaRequired"`
	ChallengeToken        string `json:"challengeToken"`
	MFAEnrollmentRequired bool   `json:"mfaEnrollmentRequired"`
}

const (
	accessCookie  = "vizora_auth_token"
	refreshCookie = "vizora_refresh_token"
)

// Login signs in with a password. It is never repeated on a refusal: ten wrong
// passwords lock the account for 15 minutes (contract rest 1.8).
func (c *Client) Login(ctx context.Context, email, password string) (*Login, error) {
	answer, session, err := c.signIn(ctx, "/auth/login", map[string]string{"email": email, "password": password})
	if err != nil {
		return nil, err
	}
	switch {
	case answer.MFARequired:
		return &Login{ChallengeToken: answer.ChallengeToken}, nil
	case answer.MFAEnrollmentRequired:
		return &Login{EnrollRequired: true}, nil
	}
	return &Login{Session: session}, nil
}

// Challenge completes a sign-in with a code of the second factor or a backup
// code. A wrong code leaves the challenge usable, five times in all.
func (c *Client) Challenge(ctx context.Context, challengeToken, code string) (*Session, error) {
	_, session, err := c.signIn(ctx, "/auth/mfa/challenge", map[string]string{"challengeToken": challengeToken, "code": code})
	return session, err
}

func (c *Client) signIn(ctx context.Context, path string, body any) (*loginAnswer, *Session, error) {
	req, err := NewRequest(http.MethodPost, path, body)
	if err != nil {
		return nil, nil, err
	}
	req.public = true
	resp, err := c.Do(ctx, req)
	if err != nil {
		return nil, nil, lockedOut(err)
	}
	var answer loginAnswer
	if err := resp.Decode(&answer); err != nil {
		return nil, nil, err
	}
	if answer.AccessToken == "" && !answer.MFARequired && !answer.MFAEnrollmentRequired {
		return nil, nil, &Error{Kind: KindProtocol, Message: "the server accepted the sign-in but sent no token", Status: resp.Status, RequestID: resp.RequestID}
	}
	session := &Session{User: answer.User, ExpiresIn: answer.ExpiresIn}
	session.Credentials = Credentials{Access: answer.AccessToken, Refresh: cookieValue(resp.Header, refreshCookie)}
	return &answer, session, nil
}

// lockedOut tells the sign-in's own lock from the rate limiter: only the
// limiter names a wait (contract rest 1.8).
func lockedOut(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusTooManyRequests && e.RetryAfter == 0 {
		e.Kind = KindLocked
	}
	return err
}

// refresh exchanges a refresh token. The answer's body has no token: both new
// ones come in Set-Cookie. The old access token in Authorization is what
// exempts the call from the CSRF check (contract rest 1.10).
func (c *Client) refresh(ctx context.Context, old Credentials) (Credentials, error) {
	req := Request{Method: http.MethodPost, Path: "/auth/refresh", public: true, headers: map[string]string{
		"Authorization": "Bearer " + old.Access,
		"Cookie":        refreshCookie + "=" + old.Refresh,
	}}
	resp, err := c.Once(ctx, req) // never twice: the token is single-use
	if err != nil {
		return Credentials{}, err
	}
	fresh := Credentials{Access: cookieValue(resp.Header, accessCookie), Refresh: cookieValue(resp.Header, refreshCookie)}
	if fresh.Access == "" {
		return Credentials{}, &Error{Kind: KindProtocol, Message: "the server renewed the session but sent no token", Status: resp.Status, RequestID: resp.RequestID}
	}
	if fresh.Refresh == "" {
		fresh.Refresh = old.Refresh
	}
	return fresh, nil
}

// Renew replaces the session's tokens now, whether or not they still work.
func (c *Client) Renew(ctx context.Context) (Credentials, error) {
	old, err := c.tokens.Current(ctx)
	if err != nil {
		return Credentials{}, err
	}
	if old.Refresh == "" {
		return Credentials{}, Errorf(KindUnauthenticated, "a bare token (VIZORA_TOKEN) cannot be renewed").
			WithHint("sign in with 'vizora auth login', or put a new token in VIZORA_TOKEN")
	}
	return c.renew(ctx, old)
}

// Me returns who is signed in.
func (c *Client) Me(ctx context.Context) (*User, error) {
	resp, err := c.Do(ctx, Request{Method: http.MethodGet, Path: "/auth/me"})
	if err != nil {
		return nil, err
	}
	var answer struct {
		User User `json:"user"`
	}
	if err := resp.Decode(&answer); err != nil {
		return nil, err
	}
	return &answer.User, nil
}

// Logout ends the session on the server. The refresh session ends only when its
// cookie is sent along (contract rest 2).
func (c *Client) Logout(ctx context.Context) error {
	creds, err := c.tokens.Current(ctx)
	if err != nil {
		return err
	}
	req := Request{Method: http.MethodPost, Path: "/auth/logout", public: true, headers: map[string]string{"Authorization": "Bearer " + creds.Access}}
	if creds.Refresh != "" {
		req.headers["Cookie"] = refreshCookie + "=" + creds.Refresh
	}
	_, err = c.Do(ctx, req)
	return err
}

// SignInSession is one of the user's refresh sessions.
type SignInSession struct {
	ID         string    `json:"id"`
	UserAgent  string    `json:"userAgent"`
	IP         string    `json:"ip"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	Current    bool      `json:"current"`
}

// Sessions lists the user's sessions; Current is set only when the refresh
// cookie is sent (contract rest 2).
func (c *Client) Sessions(ctx context.Context) ([]SignInSession, error) {
	creds, err := c.tokens.Current(ctx)
	if err != nil {
		return nil, err
	}
	req := Request{Method: http.MethodGet, Path: "/auth/sessions"}
	if creds.Refresh != "" {
		req.headers = map[string]string{"Cookie": refreshCookie + "=" + creds.Refresh}
	}
	resp, err := c.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Sessions []SignInSession `json:"sessions"`
	}
	if err := resp.Decode(&answer); err != nil {
		return nil, err
	}
	return answer.Sessions, nil
}

// RevokeSession ends one session. The server says yes to unknown ids too.
func (c *Client) RevokeSession(ctx context.Context, id string) error {
	_, err := c.Do(ctx, Request{Method: http.MethodDelete, Path: "/auth/sessions/" + PathSegment(id)})
	return err
}

// cookieValue reads one cookie an answer sets. There is no cookie jar: a jar
// would send the cookie with every write and put it behind the CSRF check.
func cookieValue(header http.Header, name string) string {
	for _, c := range (&http.Response{Header: header}).Cookies() {
		if strings.EqualFold(c.Name, name) {
			return c.Value
		}
	}
	return ""
}
