// What happens to an account besides logging in: lost passwords, Google, closing it (contract rest 2, 14).

package sandbox

import "net/http"

func (c *call) loginGoogle() (any, error) {
	return nil, fail(http.StatusServiceUnavailable, "Google OAuth is not configured")
}

// forgotPassword says the same whether the address is known or not.
func (c *call) forgotPassword() (any, error) {
	return map[string]string{"message": "If an account with that email exists, a password reset link has been sent."}, nil
}

func (c *call) validateResetToken() (any, error) { return map[string]bool{"valid": false}, nil }

func (c *call) resetPassword() (any, error) {
	return nil, unauthorized("Invalid or expired reset token")
}

// deleteAccount erases the whole organization when the caller is its only active admin.
func (c *call) deleteAccount() (any, error) {
	if c.body.str("confirmation") != "DELETE MY ACCOUNT" {
		return nil, invalid([]string{`confirmation must be exactly "DELETE MY ACCOUNT"`})
	}
	u := c.user
	if !u.passwordIs(c.body.str("password")) {
		return nil, unauthorized("Incorrect password")
	}
	admins := 0
	for _, o := range c.t.users.list {
		if o.Role == "admin" && o.IsActive {
			admins++
		}
	}
	if u.Role == "admin" && admins == 1 {
		c.changed("organization", c.t.org.ID, "deleted", c.t.org)
		c.s.db.dropTenant(c.t)
	} else {
		c.audit("account_deleted", "user", u.ID, nil)
		delete(c.s.db.byEmail, u.Email)
		u.Email, u.FirstName, u.LastName, u.IsActive = "deleted-"+u.ID+"@deleted.invalid", "Deleted", "User", false
		c.s.db.byEmail[u.Email] = u
		c.s.db.revokeSessions(u.ID)
	}
	c.s.saver.touch()
	return map[string]string{"message": "Account deleted successfully"}, nil
}

func (st *store) revokeSessions(userID string) {
	for _, ss := range st.sessions.list {
		if ss.UserID == userID {
			ss.Revoked = true
		}
	}
}

// dropTenant forgets an organization and everything it owns.
func (st *store) dropTenant(t *tenant) {
	for _, u := range t.users.list {
		delete(st.users, u.ID)
		delete(st.byEmail, u.Email)
		st.revokeSessions(u.ID)
	}
	for _, d := range t.displays.list {
		delete(st.devices, d.DeviceIdentifier)
		delete(st.displays, d.ID)
	}
	delete(st.byOrg, t.org.ID)
	for i, o := range st.tenants {
		if o == t {
			st.tenants = append(st.tenants[:i:i], st.tenants[i+1:]...)
			break
		}
	}
}

// exportUserData has never worked: the platform asks for a column that does not exist.
func (c *call) exportUserData() (any, error) {
	return nil, unexpected("Unknown field `phone` for select statement on model `User`.")
}
