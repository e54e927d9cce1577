// Notifications (contract rest 12).

package sandbox

import "encoding/json"

// notify stores a notification and hands it to the realtime side.
func (c *call) notify(kind, title, message, severity string, metadata json.RawMessage, userID *string) *notificationRow {
	at := c.stamp()
	n := &notificationRow{
		ID: c.s.ids.cuid(), Type: kind, Title: title, Message: message, Severity: severity, Metadata: metadata,
		OrganizationID: c.t.org.ID, UserID: userID, CreatedAt: at, UpdatedAt: at,
	}
	c.t.notifications.add(n)
	c.changed("notification", n.ID, "created", n)
	if hook := c.s.opts.Hooks.Notification; hook != nil {
		org, row, to := c.t.org.ID, mustJSON(n), ""
		if userID != nil {
			to = *userID
		}
		c.after = append(c.after, func() { hook(org, row, to) })
	}
	return n
}

func (c *call) createNotification() (any, error) {
	userID := c.body.opt("userId")
	if userID != nil {
		if _, ok := c.t.users.get(*userID); !ok {
			return nil, notFound("User not found")
		}
	}
	kind, severity := "system", "info"
	if c.body.set("type") {
		kind = c.body.str("type")
	}
	if c.body.set("severity") {
		severity = c.body.str("severity")
	}
	return c.notify(kind, c.body.str("title"), c.body.str("message"), severity, c.body.raw("metadata"), userID), nil
}

// visible are the caller's own and the organization's notifications that nobody dismissed.
func (c *call) visible(n *notificationRow) bool {
	return n.DismissedAt == nil && (n.UserID == nil || *n.UserID == c.user.ID)
}

func (c *call) listNotifications() (any, error) {
	page, limit := c.page()
	rows, total := c.t.notifications.newest(page, limit, func(n *notificationRow) bool {
		return c.visible(n) && (!c.query.set("read") || n.Read == (c.query.str("read") == "true")) &&
			(!c.query.set("severity") || n.Severity == c.query.str("severity"))
	})
	return c.paged(rows, total), nil
}

func (c *call) unreadCount() (any, error) {
	n := 0
	for _, row := range c.t.notifications.list {
		if c.visible(row) && !row.Read {
			n++
		}
	}
	return map[string]int{"count": n}, nil
}

func (c *call) readAll() (any, error) {
	n := 0
	for _, row := range c.t.notifications.list {
		if c.visible(row) && !row.Read {
			row.Read, row.UpdatedAt = true, c.stamp()
			n++
		}
	}
	c.s.saver.touch()
	return map[string]int{"updated": n}, nil
}

func (c *call) notification() (*notificationRow, error) {
	n, ok := c.t.notifications.get(c.id())
	if !ok || !c.visible(n) {
		return nil, notFound("Notification not found")
	}
	return n, nil
}

func (c *call) readNotification() (any, error) {
	n, err := c.notification()
	if err != nil {
		return nil, err
	}
	n.Read, n.UpdatedAt = true, c.stamp()
	c.changed("notification", n.ID, "updated", n)
	return n, nil
}

// dismissNotification hides it for everyone, so a second time finds nothing.
func (c *call) dismissNotification() (any, error) {
	n, err := c.notification()
	if err != nil {
		return nil, err
	}
	n.DismissedAt, n.UpdatedAt = ptr(c.stamp()), c.stamp()
	c.changed("notification", n.ID, "updated", n)
	return n, nil
}
