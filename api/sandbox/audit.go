// The audit log. Only accounts and fleet commands are in it, not what is done to displays, content or playlists (contract rest 1.14, 20).

package sandbox

func auditEntries() *kind {
	return &kind{name: "audit", fields: "id action entityType entityId changes ipAddress userAgent createdAt userId organizationId displayId user"}
}

// audit adds an entry about a user's own doing.
func (c *call) audit(action, entity, id string, changes any) *record {
	r := c.s.newRecord(c.t, auditEntries(), c.stamp())
	r.put("action entityType entityId changes userId ipAddress userAgent displayId", action, entity, id, changes, nil, nil, nil, nil)
	if c.user != nil {
		r.v["userId"] = c.user.ID
	}
	c.t.rows(auditEntries()).add(r)
	return r
}

// auditLogin tells where a login came from, as only logins do.
func (c *call) auditLogin(u *user, changes any) {
	c.user = u
	r := c.audit("user_login", "user", u.ID, changes)
	r.v["ipAddress"], r.v["userAgent"] = c.clientIP(), userAgent(c.r)
}

func (c *call) auditLogs() (any, error) {
	page, limit := c.page()
	rows, total := c.t.rows(auditEntries()).newest(page, limit, nil)
	out := auditEntries().showAll(rows)
	for i, r := range rows {
		if u, ok := c.t.users.get(r.str("userId")); ok {
			out[i] = auditEntries().show(r.with("user", obj("id email firstName lastName", u.ID, u.Email, u.FirstName, u.LastName)))
		}
	}
	return c.paged(out, total), nil
}

// with is a copy of the row with one more value, for an answer.
func (r *record) with(name string, value any) *record {
	v := make(map[string]any, len(r.v)+1)
	for n, old := range r.v {
		v[n] = old
	}
	v[name] = value
	return &record{v}
}
