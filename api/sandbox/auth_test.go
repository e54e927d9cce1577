// Tokens, sessions, CSRF, two-factor login.

package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestRefreshRotation(t *testing.T) {
	now := newClock()
	s := start(t, Options{Now: now.now})
	c := newClient(t, s)
	l := s.Login()
	in := c.call(201, "POST", "/auth/login", map[string]string{"email": l.Email, "password": l.Password})
	access, refresh := in.text("data", "access_token"), in.cookie(refreshCookie)
	c.token = access
	if m := c.call(401, "POST", "/auth/refresh", nil).message(); m != "No refresh token" {
		t.Error(m)
	}
	first := c.call(201, "POST", "/auth/refresh", nil, "Cookie", refreshCookie+"="+refresh)
	if string(first.raw) != `{"success":true,"data":{"expiresIn":604800}}` {
		t.Errorf("body %s", first.raw)
	}
	newAccess, newRefresh := first.cookie(authCookie), first.cookie(refreshCookie)
	if newAccess == "" || newRefresh == "" || newRefresh == refresh {
		t.Fatal("no rotated cookies")
	}
	if m := c.call(401, "GET", "/auth/me", nil).message(); m != "Token has been revoked" {
		t.Error("old access token:", m)
	}
	if m := c.call(401, "POST", "/auth/refresh", nil, "Cookie", refreshCookie+"="+refresh).message(); m != "Refresh token already rotated" {
		t.Error("within the grace:", m)
	}
	now.add(6000)
	if m := c.call(401, "POST", "/auth/refresh", nil, "Cookie", refreshCookie+"="+refresh).message(); m != "Refresh token reuse detected" {
		t.Error("after the grace:", m)
	}
	c.call(401, "POST", "/auth/refresh", nil, "Cookie", refreshCookie+"="+newRefresh) // the family is gone
	c.token = newAccess
	c.call(200, "GET", "/auth/me", nil) // access tokens of the family live on
}

func TestCSRF(t *testing.T) {
	s := start(t, Options{})
	c := adminOf(t, s)
	token, body := c.token, map[string]string{"name": "x"}
	for _, tc := range []struct {
		name    string
		headers []string
		status  int
		message string
	}{
		{"nothing", []string{"Authorization", ""}, 403, "CSRF cookie missing"},
		{"bearer", []string{"Authorization", "Bearer " + token}, 201, ""},
		{"small bearer passes CSRF but is no login", []string{"Authorization", "bearer " + token}, 401, "Unauthorized"},
		{"cookie without token", []string{"Authorization", "Bearer " + token, "Cookie", authCookie + "=" + token}, 403, "CSRF cookie missing"},
		{"wrong header", []string{"Cookie", authCookie + "=" + token + "; " + csrfCookie + "=a", "X-CSRF-Token", "b"}, 403, "Invalid CSRF token"},
		{"double submit", []string{"Cookie", authCookie + "=" + token + "; " + csrfCookie + "=a", "X-CSRF-Token", "a"}, 201, ""},
		{"the cookie wins", []string{"Authorization", "Bearer " + token, "Cookie", authCookie + "=bad; " + csrfCookie + "=a", "X-CSRF-Token", "a"}, 401, "Unauthorized"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if m := c.call(tc.status, "POST", "/playlists", body, tc.headers...).message(); m != tc.message {
				t.Errorf("message %q, want %q", m, tc.message)
			}
		})
	}
}

func TestChangePasswordKillsTokens(t *testing.T) {
	now := newClock()
	s := start(t, Options{Now: now.now})
	c := adminOf(t, s)
	l := s.Login()
	c.call(401, "POST", "/auth/change-password", map[string]string{"currentPassword": "no", "newPassword": "Another-1-password"})
	c.call(400, "POST", "/auth/change-password", map[string]string{"currentPassword": l.Password, "newPassword": "weak"})
	c.call(201, "POST", "/auth/change-password", map[string]string{"currentPassword": l.Password, "newPassword": "Another-1-password"})
	if m := c.call(401, "GET", "/auth/me", nil).message(); m != "Session expired — please log in again" {
		t.Error(m)
	}
	l.Password = "Another-1-password"
	c.token = ""
	c.login(l).call(200, "GET", "/auth/me", nil)
}

func TestLockout(t *testing.T) {
	now := newClock()
	s := start(t, Options{Now: now.now})
	c := newClient(t, s)
	wrong := map[string]string{"email": s.Login().Email, "password": "wrong"}
	for range 10 {
		c.call(401, "POST", "/auth/login", wrong)
	}
	a := c.call(429, "POST", "/auth/login", wrong)
	if !strings.HasPrefix(a.message(), "Account temporarily locked") || a.header.Get("Retry-After") != "" {
		t.Errorf("%v %s", a.header, a.raw)
	}
	now.add(15 * 60 * 1000)
	c.login(s.Login())
}

func TestMFA(t *testing.T) {
	now := newClock()
	s := start(t, Options{Now: now.now})
	l := s.Logins()[3]
	code := func(secret string) string { return totpCode(secret, now.now().Unix()/30) }
	c := newClient(t, s)
	in := c.call(201, "POST", "/auth/login", map[string]string{"email": l.Email, "password": l.Password})
	challenge := in.text("data", "challengeToken")
	if in.at("data", "mfaRequired") != true || challenge == "" || in.cookie(authCookie) != "" {
		t.Fatalf("login: %s", in.raw)
	}
	try := map[string]string{"challengeToken": challenge, "code": "000000"}
	if m := c.call(401, "POST", "/auth/mfa/challenge", try).message(); m != "Invalid verification code" {
		t.Error(m)
	}
	try["code"] = code(l.TOTPSecret)
	c.token = c.call(200, "POST", "/auth/mfa/challenge", try).text("data", "access_token")
	if m := c.call(401, "POST", "/auth/mfa/challenge", try).message(); m != "This login challenge has already been used" {
		t.Error(m)
	}
	again := c.call(200, "POST", "/auth/mfa/backup-codes/regenerate", map[string]string{"code": code(l.TOTPSecret)})
	backup := again.text("data", "backupCodes", 0)
	c.call(200, "POST", "/auth/mfa/disable", map[string]string{"code": backup})
	if a := c.call(200, "GET", "/auth/mfa/status", nil); a.at("data", "enabled") != false {
		t.Errorf("%s", a.raw)
	}
	link := c.call(201, "POST", "/auth/mfa/enroll", nil).text("data", "otpauthUrl")
	_, secret, _ := strings.Cut(link, "secret=")
	a := c.call(200, "POST", "/auth/mfa/enable", map[string]string{"code": code(secret)})
	if codes, _ := a.at("data", "backupCodes").([]any); len(codes) != 10 {
		t.Errorf("%s", a.raw)
	}
}

func TestEnrollmentIsForced(t *testing.T) {
	now := newClock()
	s := start(t, Options{Now: now.now})
	adminOf(t, s).call(200, "PATCH", "/organizations/current/mfa-required", map[string]bool{"mfaRequired": true})
	c := newClient(t, s)
	l := s.Logins()[1]
	token := c.call(201, "POST", "/auth/login", map[string]string{"email": l.Email, "password": l.Password}).text("data", "enrollmentToken")
	headers := []string{"X-Mfa-Enrollment-Token", token, "Authorization", "Bearer x"}
	link := c.call(201, "POST", "/auth/mfa/enroll", nil, headers...).text("data", "otpauthUrl")
	_, secret, _ := strings.Cut(link, "secret=")
	a := c.call(200, "POST", "/auth/mfa/enable", map[string]string{"code": totpCode(secret, now.now().Unix()/30)}, headers...)
	if a.text("data", "access_token") == "" || a.text("data", "backupCodes", 9) == "" {
		t.Errorf("%s", a.raw)
	}
}

func TestDeactivatedUser(t *testing.T) {
	s := start(t, Options{})
	admin := adminOf(t, s)
	victim := newClient(t, s).login(s.Logins()[2])
	id := victim.call(200, "GET", "/auth/me", nil).text("data", "user", "id")
	admin.call(200, "PATCH", "/users/"+id, map[string]bool{"isActive": false})
	if m := victim.call(401, "GET", "/auth/me", nil).message(); m != "User not found or inactive" {
		t.Error(m)
	}
	admin.call(200, "PATCH", "/users/"+id, map[string]bool{"isActive": true})
	victim.call(200, "GET", "/auth/me", nil)
	admin.call(200, "DELETE", "/users/"+id, nil)
	admin.call(200, "PATCH", "/users/"+id, map[string]bool{"isActive": true})
	if m := victim.call(401, "GET", "/auth/me", nil).message(); m != "User account is no longer active" {
		t.Error(m)
	}
}

func TestTokensForRealtime(t *testing.T) {
	now := newClock()
	s := start(t, Options{Now: now.now, Displays: 1, AccessTTL: time.Hour})
	c := adminOf(t, s)
	u, err := s.VerifyUserToken(c.token)
	if err != nil || u.OrganizationID != s.Login().OrganizationID || u.Expires.Sub(now.now()) != time.Hour {
		t.Fatal(u, err)
	}
	id := s.Displays(u.OrganizationID)[0]
	old, err := s.DeviceToken(id)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := s.VerifyDeviceToken(old); err != nil || d.DisplayID != id {
		t.Fatal(d, err)
	}
	if _, err := s.VerifyUserToken(old); err == nil {
		t.Error("a device token passes for a user's")
	}
	c.call(201, "POST", "/displays/"+id+"/pair", nil)
	if _, err := s.VerifyDeviceToken(old); err == nil {
		t.Error("the old device token survives a new one")
	}
	now.add(3_600_000)
	if _, err := s.VerifyUserToken(c.token); err == nil {
		t.Error("an expired token passes")
	}
}
