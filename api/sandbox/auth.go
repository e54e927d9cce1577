// Accounts and sessions: register, login, me, password (contract rest 2).

package sandbox

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

const (
	lockoutAfter  = 10
	lockoutWindow = 15 * time.Minute
	trialLife     = 30 * 24 * time.Hour
	cookieLife    = 30 * 24 * time.Hour
)

func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// slugOf makes a slug of the sanitized name, so "A & B" becomes "a-amp-b".
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

func (c *call) register() (any, error) {
	db := c.s.db
	email := normalEmail(c.body.str("email"))
	if db.byEmail[email] != nil {
		return nil, conflict("Email already exists")
	}
	slug := c.body.str("organizationSlug")
	if slug == "" {
		slug = c.freeSlug(slugOf(c.body.str("organizationName")))
	} else if db.slugTaken(slug) {
		return nil, conflict("Organization slug already taken")
	}
	org := newOrg(c.s.ids, c.body.str("organizationName"), slug, c.now)
	c.t = db.addTenant(org)
	u := c.s.newUser(org.ID, email, c.body.str("firstName"), c.body.str("lastName"), "admin", c.body.str("password"), c.now)
	db.addUser(c.t, u)
	c.changed("organization", org.ID, "created", org)
	c.user = u
	c.audit("user_registered", "user", u.ID, map[string]any{"email": u.Email, "organizationName": org.Name})
	c.auditLogin(u, map[string]any{"reason": "registration"})
	c.s.defaultAlertRule(c.t, u.ID, c.stamp())
	token := c.startSession(u)
	return obj("access_token user organization expiresIn", token, u.userRow, obj("id name slug subscriptionTier screenQuota trialEndsAt", org.ID, org.Name, org.Slug, org.SubscriptionTier, org.ScreenQuota, org.TrialEndsAt), c.s.expiresIn()), nil
}

func (st *store) slugTaken(slug string) bool {
	for _, t := range st.tenants {
		if t.org.Slug == slug {
			return true
		}
	}
	return false
}

// freeSlug adds random characters to a slug that is taken, when it was derived from the name.
func (c *call) freeSlug(slug string) string {
	if !c.s.db.slugTaken(slug) {
		return slug
	}
	return slug + "-" + c.s.ids.text(lowerAlnum, 6)
}

func newOrg(ids *source, name, slug string, now time.Time) *orgRow {
	at := stamp{now}
	return &orgRow{
		ID: ids.uuid(), Name: name, Slug: slug, SubscriptionTier: "free", ScreenQuota: 5, Country: "US",
		TrialEndsAt: stamp{now.Add(trialLife)}, SubscriptionStatus: "trial", StorageQuotaBytes: 1 << 30, CreatedAt: at, UpdatedAt: at,
	}
}

func (s *Server) newUser(orgID, email, first, last, role, password string, now time.Time) *user {
	at := stamp{now}
	u := &user{userRow: userRow{
		ID: s.ids.uuid(), Email: email, FirstName: first, LastName: last, Role: role, IsActive: true,
		CreatedAt: at, UpdatedAt: at, OrganizationID: orgID,
	}}
	u.setPassword(password)
	return u
}

func (u *user) setPassword(password string) {
	u.Salt = secret(16)
	u.PasswordHash = hashPassword(password, u.Salt)
}

func (u *user) passwordIs(password string) bool {
	return subtle.ConstantTimeCompare([]byte(hashPassword(password, u.Salt)), []byte(u.PasswordHash)) == 1
}

func (s *Server) expiresIn() int { return int(s.opts.AccessTTL.Seconds()) }

// accessToken issues a token. Its iat is never before the last password change, which would make it dead at birth.
func (s *Server) accessToken(u *user, now time.Time) string {
	iat := max(now.Unix(), (u.TokensFrom+999)/1000)
	return signToken(s.db.userKey, claims{
		Subject: u.ID, Email: u.Email, OrganizationID: u.OrganizationID, Role: u.Role, IsSuperAdmin: ptr(u.IsSuperAdmin), Type: "user",
		JTI: s.noise.uuid(), IssuedAt: iat, Expires: now.Unix() + int64(s.expiresIn()),
	})
}

// startSession issues both tokens and their cookies and returns the access token.
func (c *call) startSession(u *user) string {
	token := c.s.accessToken(u, c.now)
	c.setCookie(authCookie, token, true, cookieLife)
	c.setCookie(refreshCookie, c.newRefresh(u.ID, ""), true, cookieLife)
	c.s.saver.touch()
	return token
}

// loggedIn is the user object of a login, with the organization's name and tier.
type loggedIn struct {
	userRow
	Organization struct {
		Name             string `json:"name"`
		SubscriptionTier string `json:"subscriptionTier"`
	} `json:"organization"`
}

type loginAnswer struct {
	AccessToken string   `json:"access_token"`
	User        loggedIn `json:"user"`
	ExpiresIn   int      `json:"expiresIn"`
}

// finishLogin is the end of login and of the MFA challenge.
func (c *call) finishLogin(u *user) loginAnswer {
	t := c.s.db.byOrg[u.OrganizationID]
	a := loginAnswer{User: loggedIn{userRow: u.userRow}, ExpiresIn: c.s.expiresIn()}
	a.User.Organization.Name, a.User.Organization.SubscriptionTier = t.org.Name, t.org.SubscriptionTier
	a.AccessToken = c.startSession(u)
	c.t = t
	c.auditLogin(u, nil)
	u.LastLoginAt, u.UpdatedAt = ptr(c.stamp()), c.stamp()
	return a
}

func (c *call) login() (any, error) {
	email := normalEmail(c.body.str("email"))
	try := c.s.db.failures["login:"+email]
	if try != nil && c.now.Before(try.until) && try.count >= lockoutAfter {
		return nil, tooMany("Account temporarily locked due to too many failed login attempts. Try again in 15 minutes.")
	}
	u := c.s.db.byEmail[email]
	if u == nil || !u.passwordIs(c.body.str("password")) {
		c.s.db.countFailure("login:"+email, c.now)
		return nil, unauthorized("Invalid email or password")
	}
	delete(c.s.db.failures, "login:"+email)
	if !u.IsActive {
		return nil, forbidden("Account is inactive. Contact support.")
	}
	switch {
	case u.MFAEnabled:
		return map[string]any{"mfaRequired": true, "challengeToken": c.s.shortToken(u, "mfa_challenge", 5*time.Minute, c.now)}, nil
	case c.s.db.byOrg[u.OrganizationID].org.MFARequired:
		return map[string]any{"mfaEnrollmentRequired": true, "enrollmentToken": c.s.shortToken(u, "mfa_enrollment", 15*time.Minute, c.now)}, nil
	}
	return c.finishLogin(u), nil
}

// countFailure keeps a fixed window from the first failure and returns the count.
func (st *store) countFailure(key string, now time.Time) int {
	try := st.failures[key]
	if try == nil || !now.Before(try.until) {
		try = &mfaTry{until: now.Add(lockoutWindow)}
		st.failures[key] = try
	}
	try.count++
	return try.count
}

func (c *call) logout() (any, error) {
	c.audit("user_logout", "user", c.user.ID, nil)
	c.s.db.revoked[c.claims.JTI] = c.claims.Expires
	if ss := c.s.db.byHash[hashText(c.cookie(refreshCookie))]; ss != nil && ss.UserID == c.user.ID {
		ss.Revoked = true
	}
	c.setCookie(authCookie, "", true, 0)
	c.setCookie(refreshCookie, "", true, 0)
	c.s.saver.touch()
	return rawAnswer{obj("success message", true, "Logged out successfully")}, nil
}

func (c *call) me() (any, error) {
	u := c.user
	type meUser struct {
		ID             string  `json:"id"`
		Email          string  `json:"email"`
		FirstName      string  `json:"firstName"`
		LastName       string  `json:"lastName"`
		Avatar         *string `json:"avatar"`
		OrganizationID string  `json:"organizationId"`
		Role           string  `json:"role"`
		IsSuperAdmin   bool    `json:"isSuperAdmin,omitempty"`
		Organization   orgRow  `json:"organization"`
		AvatarURL      *string `json:"avatarUrl"`
	}
	return map[string]any{"user": meUser{u.ID, u.Email, u.FirstName, u.LastName, u.Avatar, u.OrganizationID, u.Role, u.IsSuperAdmin, *c.t.org, u.avatarURL()}}, nil
}

func (c *call) updateMe() (any, error) {
	if !c.body.set("firstName") && !c.body.set("lastName") {
		return nil, badRequest("At least one field (firstName or lastName) is required")
	}
	u := c.user
	if v := c.body.opt("firstName"); v != nil {
		u.FirstName = *v
	}
	if v := c.body.opt("lastName"); v != nil {
		u.LastName = *v
	}
	u.UpdatedAt = c.stamp()
	c.changed("user", u.ID, "updated", publicUser(u))
	return map[string]any{"user": obj("id email firstName lastName role avatar organizationId", u.ID, u.Email, u.FirstName, u.LastName, u.Role, u.Avatar, u.OrganizationID)}, nil
}

// changePassword kills every earlier token and refresh session, the caller's too.
func (c *call) changePassword() (any, error) {
	if !c.user.passwordIs(c.body.str("currentPassword")) {
		return nil, unauthorized("Current password is incorrect")
	}
	c.user.setPassword(c.body.str("newPassword"))
	c.user.TokensFrom = c.now.UnixMilli() + 1
	c.s.db.revokeSessions(c.user.ID)
	c.s.saver.touch()
	return map[string]string{"message": "Password changed successfully"}, nil
}

// shortToken is the token between the two steps of a login.
func (s *Server) shortToken(u *user, kind string, life time.Duration, now time.Time) string {
	return signToken(s.db.userKey, claims{
		Subject: u.ID, OrganizationID: u.OrganizationID, Type: kind, JTI: s.noise.uuid(), IssuedAt: now.Unix(), Expires: now.Add(life).Unix(),
	})
}

// SetSubscription changes an organization's plan and state, which REST cannot: tier free, basic, pro or enterprise, status
// trial, active, past_due, publish_locked, suspended or canceled, screens -1 for unlimited. It says whether the organization exists.
func (s *Server) SetSubscription(orgID, tier, status string, screens int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.db.byOrg[orgID]
	if t == nil {
		return false
	}
	t.org.SubscriptionTier, t.org.SubscriptionStatus, t.org.ScreenQuota = tier, status, screens
	s.saver.touch()
	return true
}

// userAgent is what a session remembers of its client.
func userAgent(r *http.Request) string { return r.Header.Get("User-Agent") }
