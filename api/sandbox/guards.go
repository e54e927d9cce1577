// Who is calling, and may they: CSRF, tokens, roles, billing gates (contract rest 1.9 to 1.12).

package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const publishingPaused = "Publishing is paused while your billing is past due. Please update your payment method to resume publishing."

const (
	authCookie    = "vizora_auth_token"
	refreshCookie = "vizora_refresh_token"
	csrfCookie    = "vizora_csrf_token"
)

// setCookie writes a cookie the way the platform does: Secure and strict in production only.
func (c *call) setCookie(name, value string, httpOnly bool, life time.Duration) {
	k := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: httpOnly, MaxAge: int(life.Seconds()), SameSite: http.SameSiteLaxMode}
	if c.s.opts.Production {
		k.Secure, k.SameSite = true, http.SameSiteStrictMode
	}
	if value == "" {
		k.MaxAge = -1
	}
	http.SetCookie(c.w, k)
}

func (c *call) cookie(name string) string {
	k, err := c.r.Cookie(name)
	if err != nil {
		return ""
	}
	return k.Value
}

// checkCSRF is the double-submit check. A request with any Authorization text after "bearer" and no login cookie is exempt.
func (c *call) checkCSRF() error {
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	bearer := strings.HasPrefix(strings.ToLower(c.r.Header.Get("Authorization")), "bearer ")
	if bearer && c.cookie(authCookie) == "" || csrfExempt(c.r.URL.Path) {
		return nil
	}
	sent := c.cookie(csrfCookie)
	if sent == "" {
		return csrfRefused("CSRF cookie missing")
	}
	if c.r.Header.Get("X-CSRF-Token") != sent {
		return csrfRefused("Invalid CSRF token")
	}
	return nil
}

func csrfExempt(path string) bool {
	path = strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(path), prefix), "/")
	switch path {
	case "/auth/login", "/auth/register", "/auth/google", "/auth/forgot-password", "/auth/reset-password", "/auth/mfa/challenge",
		"/devices/pairing/request", "/devices/pairing/status", "/webhooks/stripe", "/webhooks/razorpay":
		return true
	}
	return strings.HasPrefix(path, "/devices/pairing/status/") || strings.HasPrefix(path, "/mcp") || strings.HasPrefix(path, "/internal")
}

// presentedToken is the cookie's, else the one after a "Bearer " with a capital B.
func (c *call) presentedToken() string {
	if t := c.cookie(authCookie); t != "" {
		return t
	}
	t, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return t
}

// authorize runs the guards in the platform's order: login, subscription, role, quota, publish.
func (c *call) authorize() error {
	switch c.route.access {
	case public:
		return nil
	case device:
		return c.loginDevice()
	case enroll:
		return c.loginToEnroll()
	}
	if key := c.r.Header.Get("X-Api-Key"); key != "" && c.route.keys {
		return c.loginByKey(key)
	}
	if err := c.identify(); err != nil {
		return err
	}
	write := c.r.Method != http.MethodGet && c.r.Method != http.MethodHead
	if c.route.gates&sub != 0 && write && !c.subscriptionAlive() {
		return forbidden("Your subscription is inactive. Please upgrade to continue using this feature.")
	}
	if !c.route.access.allows(c.user.Role) {
		return forbidden("Forbidden resource")
	}
	if c.route.gates&quota != 0 {
		if err := c.quotaLeft(); err != nil {
			return err
		}
	}
	if status := c.t.org.SubscriptionStatus; c.route.gates&pub != 0 && (status == "publish_locked" || status == "suspended") {
		return forbidden(publishingPaused)
	}
	return nil
}

// identify finds the user of the presented token.
func (c *call) identify() error {
	c.token = c.presentedToken()
	cl, u, err := c.s.userOf(c.token, c.now)
	if err != nil {
		return err
	}
	c.claims, c.user, c.t = cl, u, c.s.db.byOrg[u.OrganizationID]
	return nil
}

// userOf checks an access token against the store, which must be locked. The role in the token is not trusted.
func (s *Server) userOf(token string, now time.Time) (claims, *user, error) {
	cl, err := readToken(s.db.userKey, token, now)
	if err != nil || cl.Type != "user" {
		return cl, nil, noLogin()
	}
	if _, gone := s.db.revoked[cl.JTI]; gone {
		return cl, nil, unauthorized("Token has been revoked")
	}
	u := s.db.users[cl.Subject]
	switch {
	case u == nil:
		return cl, nil, unauthorized("User not found or inactive")
	case u.RevokedUntil > now.UnixMilli():
		return cl, nil, unauthorized("User account is no longer active")
	case !u.IsActive:
		return cl, nil, unauthorized("User not found or inactive")
	case cl.IssuedAt*1000 < u.TokensFrom:
		return cl, nil, unauthorized("Session expired — please log in again")
	}
	return cl, u, nil
}

// subscriptionAlive is the Sub gate: these states may write.
func (c *call) subscriptionAlive() bool {
	o := c.t.org
	switch o.SubscriptionStatus {
	case "active", "past_due", "publish_locked":
		return true
	case "trial":
		if c.now.Before(o.TrialEndsAt.Time) {
			return true
		}
	}
	return o.SubscriptionTier == "free"
}

func (c *call) loginDevice() error {
	cl, err := readToken(c.s.db.deviceKey, c.presentedToken(), c.now)
	asked := cmp.Or(c.params["id"], c.params["displayId"])
	if err != nil || cl.Type != "device" || cl.Subject != asked {
		return noLogin()
	}
	t := c.s.db.displays[cl.Subject]
	if t == nil {
		return noLogin()
	}
	d, _ := t.displays.get(cl.Subject)
	if d == nil || d.IsDisabled || d.JWTToken == nil || *d.JWTToken != hashText(c.presentedToken()) {
		return noLogin()
	}
	c.t = t
	return nil
}

// quotaLeft counts enabled displays against the organization's screens; -1 is unlimited.
func (c *call) quotaLeft() error {
	limit := c.t.org.ScreenQuota
	if n := c.t.enabledDisplays(); limit >= 0 && n >= limit {
		return forbidden(fmt.Sprintf("Screen quota exceeded. You have %d/%d screens. Please upgrade your plan to add more screens.", n, limit))
	}
	return nil
}
