// Refresh tokens: rotation, reuse, and the list of sessions (contract rest 1.10, 2).

package sandbox

import "time"

// reuseGrace is how long a rotated token may come again without the family being revoked.
const reuseGrace = 5 * time.Second

// newRefresh stores a refresh session and returns its token. family "" starts one.
func (c *call) newRefresh(userID, family string) string {
	token := secret(32)
	at := c.stamp()
	ss := &session{
		ID: c.s.ids.uuid(), UserID: userID, Family: family, Hash: hashText(token), UserAgent: userAgent(c.r), IP: c.clientIP(),
		CreatedAt: at, LastUsedAt: at, ExpiresAt: stamp{c.now.Add(cookieLife)},
	}
	if family == "" {
		ss.Family = ss.ID
	}
	c.s.db.addSession(ss)
	return token
}

// refresh rotates the token of the cookie. The new tokens are in cookies only; the body has neither.
func (c *call) refresh() (any, error) {
	token := c.cookie(refreshCookie)
	if token == "" {
		return nil, unauthorized("No refresh token")
	}
	db := c.s.db
	ss := db.byHash[hashText(token)]
	switch {
	case ss == nil:
		return nil, unauthorized("Invalid refresh token")
	case ss.RotatedAt != nil && c.now.Sub(ss.RotatedAt.Time) <= reuseGrace:
		return nil, unauthorized("Refresh token already rotated")
	case ss.RotatedAt != nil:
		c.revokeFamily(ss.Family)
		return nil, unauthorized("Refresh token reuse detected")
	case ss.Revoked:
		return nil, unauthorized("Invalid refresh token")
	case !c.now.Before(ss.ExpiresAt.Time):
		return nil, unauthorized("Refresh token expired")
	}
	u := db.users[ss.UserID]
	if u == nil || !u.IsActive {
		return nil, unauthorized("User not found or inactive")
	}
	if u.RevokedUntil > c.now.UnixMilli() {
		return nil, unauthorized("User account is no longer active")
	}
	ss.RotatedAt, ss.Revoked = ptr(c.stamp()), true
	if old, err := readToken(db.userKey, c.presentedToken(), c.now); err == nil && old.Type == "user" {
		db.revoked[old.JTI] = old.Expires
	}
	c.setCookie(authCookie, c.s.accessToken(u, c.now), true, cookieLife)
	c.setCookie(refreshCookie, c.newRefresh(u.ID, ss.Family), true, cookieLife)
	c.s.saver.touch()
	return map[string]int{"expiresIn": c.s.expiresIn()}, nil
}

func (c *call) revokeFamily(family string) {
	for _, ss := range c.s.db.sessions.list {
		if ss.Family == family {
			ss.Revoked = true
		}
	}
	c.s.saver.touch()
}

// live are the caller's sessions that can still be refreshed.
func (c *call) live() []*session {
	var out []*session
	for _, ss := range c.s.db.sessions.list {
		if ss.UserID == c.user.ID && !ss.Revoked && c.now.Before(ss.ExpiresAt.Time) {
			out = append(out, ss)
		}
	}
	return out
}

func (c *call) listSessions() (any, error) {
	type sessionView struct {
		ID         string `json:"id"`
		UserAgent  string `json:"userAgent"`
		IP         string `json:"ip"`
		CreatedAt  stamp  `json:"createdAt"`
		LastUsedAt stamp  `json:"lastUsedAt"`
		Current    bool   `json:"current"`
	}
	current := hashText(c.cookie(refreshCookie))
	live := c.live()
	views := make([]sessionView, len(live))
	for i, ss := range live {
		views[i] = sessionView{ss.ID, ss.UserAgent, ss.IP, ss.CreatedAt, ss.LastUsedAt, ss.Hash == current}
	}
	return map[string]any{"sessions": views}, nil
}

// revokeOtherSessions spares only the session whose refresh cookie is sent; without one, none is spared.
func (c *call) revokeOtherSessions() (any, error) {
	current := hashText(c.cookie(refreshCookie))
	n := 0
	for _, ss := range c.live() {
		if ss.Hash != current {
			ss.Revoked = true
			n++
		}
	}
	c.s.saver.touch()
	return map[string]int{"revokedCount": n}, nil
}

// revokeSession answers the same for an unknown id.
func (c *call) revokeSession() (any, error) {
	for _, ss := range c.live() {
		if ss.ID == c.id() {
			ss.Revoked = true
			c.s.saver.touch()
		}
	}
	return map[string]string{"message": "Session revoked"}, nil
}
