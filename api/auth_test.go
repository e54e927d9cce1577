package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// platform is the sign-in side of a server: tokens as contract rest 1.10 has
// them, with rotation and reuse detection.
type platform struct {
	*httptest.Server
	t testing.TB

	mu        sync.Mutex
	access    string // the one valid token
	refresh   string // the one valid refresh token
	refreshes int
	reused    bool
	cookies   []string // Cookie headers seen outside of auth
	logins    int
	loggedOut string // the refresh cookie that logout carried
	refuse    func(w http.ResponseWriter) bool
	calls     counter
}

func newPlatform(t testing.TB) *platform {
	p := &platform{t: t, access: "access-0", refresh: "refresh-0"}
	p.Server = serve(t, p.handle)
	return p
}

// renewals is safe while a handler whose connection is gone still runs.
func (p *platform) renewals() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refreshes
}

func (p *platform) setCookies(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: "vizora_auth_token", Value: p.access, Path: "/", HttpOnly: true})
	http.SetCookie(w, &http.Cookie{Name: "vizora_refresh_token", Value: p.refresh, Path: "/", HttpOnly: true})
	http.SetCookie(w, &http.Cookie{Name: "vizora_csrf_token", Value: "csrf", Path: "/"})
}

func (p *platform) handle(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls.add(r)
	switch r.URL.Path {
	case "/api/v1/auth/login":
		p.login(w, r)
		return
	case "/api/v1/auth/mfa/challenge":
		p.setCookies(w)
		answer(w, 200, `{"success":true,"data":{"access_token":"`+p.access+`","expiresIn":1800,"user":{"id":"u1","role":"admin"}}}`)
		return
	case "/api/v1/auth/refresh":
		p.renew(w, r)
		return
	case "/api/v1/auth/logout":
		p.loggedOut = r.Header.Get("Cookie")
		answer(w, 201, `{"success":true,"message":"Logged out successfully"}`)
		return
	case "/api/v1/auth/sessions":
		answer(w, 200, `{"success":true,"data":{"sessions":[{"id":"s1","current":`+map[bool]string{true: "true", false: "false"}[r.Header.Get("Cookie") != ""]+`}]}}`)
		return
	}
	p.cookies = append(p.cookies, r.Header.Values("Cookie")...)
	if r.Header.Get("Authorization") != "Bearer "+p.access {
		answer(w, 401, `{"message":"Unauthorized","statusCode":401}`)
		return
	}
	p.setCookies(w) // any answer may set cookies; none may come back
	answer(w, 200, `{"success":true,"data":{"user":{"id":"u1","email":"a@example.com","role":"admin"}}}`)
}

func (p *platform) login(w http.ResponseWriter, r *http.Request) {
	p.logins++
	var body map[string]string
	_ = json.NewDecoder(r.Body).Decode(&body)
	if r.Header.Get("Authorization") != "" || r.Header.Get("Content-Type") != "application/json" {
		p.t.Errorf("login sends %v", r.Header)
	}
	switch body["email"] {
	case "mfa@example.com":
		answer(w, 201, `{"success":true,"data":{"mfaRequired":true,"challengeToken":"challenge"}}`)
	case "new@example.com":
		answer(w, 201, `{"success":true,"data":{"mfaEnrollmentRequired":true,"enrollmentToken":"enrol"}}`)
	case "locked@example.com":
		answer(w, 429, `{"statusCode":429,"message":"Account temporarily locked due to too many failed login attempts. Try again in 15 minutes."}`)
	case "fast@example.com":
		w.Header().Set("Retry-After-medium", "600")
		answer(w, 429, `{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}`)
	case "odd@example.com":
		answer(w, 201, `{"success":true,"data":{}}`)
	case "a@example.com":
		p.setCookies(w)
		answer(w, 201, `{"success":true,"data":{"access_token":"`+p.access+`","expiresIn":604800,"user":{"id":"u1","organization":{"name":"Northwind","subscriptionTier":"pro"}}}}`)
	default:
		answer(w, 401, `{"message":"Invalid email or password","error":"Unauthorized","statusCode":401}`)
	}
}

func (p *platform) renew(w http.ResponseWriter, r *http.Request) {
	p.refreshes++
	if p.refuse != nil && p.refuse(w) {
		return
	}
	if c := r.Header.Values("Cookie"); len(c) != 1 || strings.Contains(c[0], "vizora_auth_token") || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		answer(w, 403, `{"statusCode":403,"message":"CSRF cookie missing","error":"Forbidden"}`)
		return
	}
	if c, err := r.Cookie("vizora_refresh_token"); err != nil || c.Value != p.refresh {
		p.reused = true
		answer(w, 401, `{"message":"Refresh token reuse detected","error":"Unauthorized","statusCode":401}`)
		return
	}
	p.access, p.refresh = p.access+"+", p.refresh+"+"
	p.setCookies(w)
	answer(w, 201, `{"success":true,"data":{"expiresIn":1800}}`)
}

func TestLoginForms(t *testing.T) {
	p := newPlatform(t)
	c := client(t, p.URL, withTokens(nil))
	login, err := c.Login(t.Context(), "a@example.com", "secret")
	if err != nil || login.Session == nil || login.Session.Credentials != (Credentials{"access-0", "refresh-0"}) || login.Session.ExpiresIn != 604800 || login.Session.User.Organization.Name != "Northwind" {
		t.Fatalf("%v %+v", err, login)
	}
	login, err = c.Login(t.Context(), "mfa@example.com", "secret")
	if err != nil || login.Session != nil || login.ChallengeToken != "challenge" {
		t.Fatalf("%v %+v", err, login)
	}
	session, err := c.Challenge(t.Context(), login.ChallengeToken, "123456")
	if err != nil || session.Credentials != (Credentials{"access-0", "refresh-0"}) || session.User.Role != "admin" {
		t.Fatalf("%v %+v", err, session)
	}
	login, err = c.Login(t.Context(), "new@example.com", "secret")
	if err != nil || !login.EnrollRequired || login.Session != nil {
		t.Fatalf("%v %+v", err, login)
	}
	p.logins = 0
	_, err = c.Login(t.Context(), "nobody@example.com", "wrong")
	asError(t, err, KindUnauthenticated)
	_, err = c.Login(t.Context(), "locked@example.com", "wrong")
	asError(t, err, KindLocked)
	if p.logins != 2 {
		t.Errorf("%d sign-ins were sent for two refusals", p.logins)
	}
	_, err = c.Login(t.Context(), "odd@example.com", "x")
	asError(t, err, KindProtocol)
	_, err = c.Login(t.Context(), "fast@example.com", "x")
	if e := asError(t, err, KindRateLimited); e.RetryAfter != 10*time.Minute {
		t.Errorf("%+v", e)
	}
}

func TestNotSignedIn(t *testing.T) {
	p := newPlatform(t)
	_, err := client(t, p.URL, withTokens(nil)).Me(t.Context())
	asError(t, err, KindUnauthenticated)
	if n := p.calls.of("GET /api/v1/auth/me"); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestRefresh(t *testing.T) {
	p := newPlatform(t)
	store := &memory{creds: Credentials{"stale", "refresh-0"}}
	c := client(t, p.URL, withTokens(store))
	me, err := c.Me(t.Context())
	if err != nil || me.Email != "a@example.com" {
		t.Fatalf("%v %+v", err, me)
	}
	if store.creds != (Credentials{"access-0+", "refresh-0+"}) || p.refreshes != 1 {
		t.Errorf("%d refreshes, stored %q %q", p.refreshes, store.creds.Access, store.creds.Refresh)
	}
	if _, err := c.Me(t.Context()); err != nil || p.refreshes != 1 {
		t.Errorf("%v, %d refreshes", err, p.refreshes)
	}
	if fresh, err := c.Renew(t.Context()); err != nil || fresh.Access != "access-0++" {
		t.Errorf("%v %q", err, fresh.Access)
	}
	if len(p.cookies) != 0 {
		t.Errorf("cookies came back: %q", p.cookies)
	}
}

func TestParallelRequestsRefreshOnce(t *testing.T) {
	p := newPlatform(t)
	c := client(t, p.URL, withTokens(&memory{creds: Credentials{"stale", "refresh-0"}}))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := c.Me(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if p.refreshes != 1 || p.reused {
		t.Errorf("%d refreshes, reuse %v", p.refreshes, p.reused)
	}
}

func TestExpiredTokenIsRenewedBeforeSending(t *testing.T) {
	p := newPlatform(t)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	clock := func(o *Options) { o.Now = func() time.Time { return now } }
	c := client(t, p.URL, withTokens(&memory{creds: Credentials{jwt("u", now.Add(-time.Second)), "refresh-0"}}), clock)
	if _, err := c.Me(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := p.calls.of("GET /api/v1/auth/me"); n != 1 || p.refreshes != 1 {
		t.Errorf("%d requests, %d refreshes", n, p.refreshes)
	}
	// A clock that is ahead calls every token expired. That is noticed once.
	q := newPlatform(t)
	ahead := func(n int) string { return jwt("u"+strings.Repeat("x", n), now.Add(-time.Hour)) }
	q.access = ahead(0)
	q.refuse = func(w http.ResponseWriter) bool {
		q.access, q.refresh = ahead(q.refreshes), q.refresh+"+"
		q.setCookies(w)
		answer(w, 201, `{"success":true,"data":{"expiresIn":1800}}`)
		return true
	}
	c = client(t, q.URL, withTokens(&memory{creds: Credentials{q.access, "refresh-0"}}), clock)
	for range 5 {
		if _, err := c.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if q.refreshes != 1 {
		t.Errorf("%d refreshes with a wrong clock", q.refreshes)
	}
}

func TestRefusedRefresh(t *testing.T) {
	tests := []struct {
		name      string
		refuse    func(http.ResponseWriter) bool
		kind      ErrorKind
		message   string
		refreshes int
	}{
		{"reuse", nil, KindUnauthenticated, "the session has ended: Refresh token reuse detected", 1},
		{"500", func(w http.ResponseWriter) bool {
			answer(w, 500, `{"statusCode":500,"message":"Internal server error"}`)
			return true
		}, KindServer, "the session could not be renewed: Internal server error", 1},
		{"no token", func(w http.ResponseWriter) bool { answer(w, 201, `{"success":true,"data":{}}`); return true }, KindProtocol, "", 1},
		{"lost answer", func(w http.ResponseWriter) bool {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
			return true
		}, KindNetwork, "the session could not be renewed: the connection was lost before the answer", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(t)
			p.refuse = tt.refuse
			c := client(t, p.URL, withTokens(&memory{creds: Credentials{"stale", "used-up"}}))
			_, err := c.Do(t.Context(), Request{Method: "POST", Path: "/playlists", Body: []byte(`{}`)})
			e := asError(t, err, tt.kind)
			if tt.message != "" && e.Message != tt.message {
				t.Errorf("%q", e.Message)
			}
			if e.Outcome == OutcomeUnknown || p.renewals() != tt.refreshes || p.calls.of("POST /api/v1/playlists") != 1 {
				t.Errorf("outcome %d, %d refreshes, %d posts", e.Outcome, p.renewals(), p.calls.of("POST /api/v1/playlists"))
			}
			if _, err := c.Renew(t.Context()); err == nil {
				t.Error("renewed")
			}
		})
	}
}

func TestStoringFails(t *testing.T) {
	p := newPlatform(t)
	store := &memory{creds: Credentials{"stale", "refresh-0"}, err: Errorf(KindLocal, "disk full")}
	_, err := client(t, p.URL, withTokens(store)).Me(t.Context())
	if asError(t, err, KindLocal); p.refreshes != 1 {
		t.Errorf("%d refreshes", p.refreshes)
	}
}

func TestBareToken(t *testing.T) {
	p := newPlatform(t)
	c := client(t, p.URL, withTokens(StaticToken("wrong")))
	_, err := c.Me(t.Context())
	if e := asError(t, err, KindUnauthenticated); e.Message != "Unauthorized" || e.Attempts != 1 {
		t.Errorf("%+v", e)
	}
	_, err = c.Renew(t.Context())
	asError(t, err, KindUnauthenticated)
	if p.refreshes != 0 {
		t.Errorf("%d refreshes", p.refreshes)
	}
	if _, err := client(t, p.URL, withTokens(StaticToken("access-0\n"))).Me(t.Context()); err != nil {
		t.Errorf("a token with a line end: %v", err)
	}
}

func TestLogoutAndSessions(t *testing.T) {
	p := newPlatform(t)
	c := client(t, p.URL, withTokens(&memory{creds: Credentials{"access-0", "refresh-0"}}))
	sessions, err := c.Sessions(t.Context())
	if err != nil || len(sessions) != 1 || !sessions[0].Current {
		t.Errorf("%v %+v", err, sessions)
	}
	if err := c.RevokeSession(t.Context(), "../x"); err != nil || p.calls.of("DELETE /api/v1/auth/sessions/../x") != 1 {
		t.Errorf("%v %v", err, p.calls.seen)
	}
	if err := c.Logout(t.Context()); err != nil || p.loggedOut != "vizora_refresh_token=refresh-0" {
		t.Errorf("%v, cookie %q", err, p.loggedOut)
	}
}

func TestClaims(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	claims, ok := ParseClaims(jwt("me", at))
	if !ok || claims.Subject != "me" || claims.Email != "me@example.com" || !claims.Expired(at) || claims.Expired(at.Add(-time.Second)) {
		t.Errorf("%v %+v", ok, claims)
	}
	for _, token := range []string{"", "a.b", "a.!.c", "a.e30.c.d", "a.bm90anNvbg.c"} {
		if _, ok := ParseClaims(token); ok {
			t.Errorf("%q is no JWT", token)
		}
	}
	if (Claims{}).Expired(at) {
		t.Error("a token without an expiry does not expire")
	}
}
