// The organization and its users, as far as the tool needs them (contract rest 13, 14).

package sandbox

import (
	"encoding/json"
	"time"
)

type orgView struct {
	orgRow
	Count struct {
		Users     int `json:"users"`
		Displays  int `json:"displays"`
		Content   int `json:"content"`
		Playlists int `json:"playlists"`
	} `json:"_count"`
}

func (c *call) currentOrganization() (any, error) {
	v := orgView{orgRow: *c.t.org}
	v.Count.Users, v.Count.Displays = c.t.users.len(), c.t.displays.len()
	v.Count.Content, v.Count.Playlists = c.t.contents.len(), c.t.playlists.len()
	return v, nil
}

// getOrganization answers 403 for any id but the caller's own.
func (c *call) getOrganization() (any, error) {
	if err := c.ownOrganization("access"); err != nil {
		return nil, err
	}
	return c.currentOrganization()
}

func (c *call) organizationStorage() (any, error) {
	o := c.t.org
	percent := 0
	if o.StorageQuotaBytes > 0 {
		percent = int((o.StorageUsedBytes*100 + o.StorageQuotaBytes/2) / o.StorageQuotaBytes)
	}
	return obj("usedBytes quotaBytes availableBytes usagePercent", o.StorageUsedBytes, o.StorageQuotaBytes, max(0, o.StorageQuotaBytes-o.StorageUsedBytes), percent), nil
}

func flagNames() []string {
	return []string{"weatherWidget", "rssWidget", "clockWidget", "fleetControl", "contentModeration", "customBranding", "advancedAnalytics", "emergencyOverride"}
}

// flags are in the organization's settings. They gate nothing; all are on until switched off.
func (c *call) flags() (settings map[string]json.RawMessage, flags map[string]bool) {
	settings, flags = map[string]json.RawMessage{}, map[string]bool{}
	for _, name := range flagNames() {
		flags[name] = true
	}
	if c.t.org.Settings != nil {
		_ = json.Unmarshal(c.t.org.Settings, &settings)      // our own encoding
		_ = json.Unmarshal(settings["featureFlags"], &flags) // absent until first set
	}
	return settings, flags
}

func (c *call) featureFlags() (any, error) {
	_, flags := c.flags()
	return flags, nil
}

func (c *call) setFeatureFlags() (any, error) {
	settings, flags := c.flags()
	for _, name := range flagNames() {
		if c.body.set(name) {
			flags[name] = c.body.yes(name)
		}
	}
	settings["featureFlags"] = mustJSON(flags)
	c.t.org.Settings, c.t.org.UpdatedAt = mustJSON(settings), c.stamp()
	c.changed("organization", c.t.org.ID, "updated", c.t.org)
	return flags, nil
}

func (c *call) requireMFA() (any, error) {
	c.t.org.MFARequired, c.t.org.UpdatedAt = c.body.yes("mfaRequired"), c.stamp()
	c.changed("organization", c.t.org.ID, "updated", c.t.org)
	return map[string]bool{"mfaRequired": c.t.org.MFARequired}, nil
}

// shortUser is a row without lastLoginAt, as invite and deactivate answer.
type shortUser struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Role      string `json:"role"`
	IsActive  bool   `json:"isActive"`
	CreatedAt stamp  `json:"createdAt"`
	UpdatedAt stamp  `json:"updatedAt"`
}

type userView struct {
	shortUser
	LastLoginAt *stamp `json:"lastLoginAt"`
}

func short(u *user) shortUser {
	return shortUser{u.ID, u.Email, u.FirstName, u.LastName, u.Role, u.IsActive, u.CreatedAt, u.UpdatedAt}
}

func publicUser(u *user) userView { return userView{short(u), u.LastLoginAt} }

func (c *call) listUsers() (any, error) {
	page, limit := c.page()
	rows, total := c.t.users.newest(page, limit, nil)
	views := make([]userView, len(rows))
	for i, u := range rows {
		views[i] = publicUser(u)
	}
	return c.paged(views, total), nil
}

func (c *call) member() (*user, error) {
	u, ok := c.t.users.get(c.id())
	if !ok {
		return nil, notFound("User not found")
	}
	return u, nil
}

func (c *call) getUser() (any, error) {
	u, err := c.member()
	if err != nil {
		return nil, err
	}
	return publicUser(u), nil
}

// inviteUser answers with a password in clear; no mail is sent.
func (c *call) inviteUser() (any, error) {
	email := normalEmail(c.body.str("email"))
	if c.s.db.byEmail[email] != nil {
		return nil, conflict("A user with this email already exists")
	}
	password := "Aa1!" + secret(8)
	u := c.s.newUser(c.t.org.ID, email, c.body.str("firstName"), c.body.str("lastName"), c.body.str("role"), password, c.now)
	c.s.db.addUser(c.t, u)
	c.changed("user", u.ID, "created", short(u))
	c.audit("user_invited", "user", u.ID, map[string]any{"email": u.Email, "role": u.Role})
	return obj("user tempPassword", short(u), password), nil
}

func (c *call) updateUser() (any, error) {
	u, err := c.member()
	if err != nil {
		return nil, err
	}
	b := c.body
	if u == c.user && b.set("role") && b.str("role") != u.Role {
		return nil, badRequest("Cannot change your own role")
	}
	if u == c.user && b.set("isActive") && !b.yes("isActive") {
		return nil, badRequest("Cannot deactivate your own account")
	}
	if b.set("firstName") {
		u.FirstName = b.str("firstName")
	}
	if b.set("lastName") {
		u.LastName = b.str("lastName")
	}
	if b.set("role") {
		u.Role = b.str("role")
	}
	if b.set("isActive") {
		u.IsActive = b.yes("isActive")
	}
	u.UpdatedAt = c.stamp()
	c.changed("user", u.ID, "updated", publicUser(u))
	c.audit("user_updated", "user", u.ID, map[string]any(c.body))
	return publicUser(u), nil
}

// deactivateUser sets a marker of seven days that re-activation does not remove (contract rest 14).
func (c *call) deactivateUser() (any, error) {
	u, err := c.member()
	if err != nil {
		return nil, err
	}
	if u == c.user {
		return nil, badRequest("Cannot deactivate your own account")
	}
	u.IsActive, u.UpdatedAt, u.RevokedUntil = false, c.stamp(), c.now.Add(7*24*time.Hour).UnixMilli()
	c.changed("user", u.ID, "updated", short(u))
	c.audit("user_deactivated", "user", u.ID, nil)
	return short(u), nil
}
