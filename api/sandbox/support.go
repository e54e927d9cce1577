// Requests for help (contract rest 21).

package sandbox

import "strings"

func supportRequests() *kind {
	return &kind{
		name: "support-request", label: "Support request", nullable: "status priority resolutionNotes",
		initial: `{"category":"help_question","priority":"medium","status":"open","aiSummary":null,"aiSuggestedAction":null,"aiCategory":null,"pageUrl":null,"browserInfo":null,"consoleErrors":null,"resolutionNotes":null,"resolvedById":null,"resolvedAt":null,"messages":[]}`,
		fields:  "id organizationId userId category priority status title description aiSummary aiSuggestedAction aiCategory pageUrl browserInfo consoleErrors resolutionNotes resolvedById resolvedAt createdAt updatedAt user? messages? requestNumber?",
	}
}

const messageFields = "id requestId organizationId userId role content createdAt"

func requestNumber(r *record) string { return strings.ToUpper(r.key()[:8]) }

// addMessage appends to a request. A mutation id that came before gives the first result again.
func (c *call) addMessage(r *record, role, content, mutation string) object {
	for _, e := range r.list("messages") {
		if m, ok := e.(map[string]any); ok && mutation != "" && m["mutation"] == mutation {
			return object{messageFields, m}
		}
	}
	m := obj(messageFields+" mutation", c.s.ids.uuid(), r.key(), c.t.org.ID, c.user.ID, role, content, c.stamp().text(), mutation)
	r.v["messages"] = append(r.list("messages"), m.v)
	c.s.saver.touch()
	return object{messageFields, m.v}
}

func (c *call) createSupport() (any, error) {
	k, mutation := supportRequests(), c.body.str("clientMutationId")
	const answer = "Thanks for reaching out! Our team will get back to you."
	same := c.all(k, func(r *record) bool {
		return mutation != "" && r.str("clientMutationId") == mutation && r.str("userId") == c.user.ID
	})
	if len(same) == 0 {
		r := c.s.newRecord(c.t, k, c.stamp())
		message := c.body.str("message")
		title := string([]rune(message)[:min(80, len([]rune(message)))])
		r.put("id userId clientMutationId title description", c.s.ids.uuid(), c.user.ID, mutation, title, message)
		for name, v := range c.part("context") {
			r.v[name] = v
		}
		c.addMessage(r, "user", message, "")
		c.addMessage(r, "assistant", answer, "")
		c.t.rows(k).add(r)
		c.changed(k.name, r.key(), "created", c.supportRow(r))
		same = []*record{r}
	}
	return obj("request responseText response requestNumber", c.supportRow(same[0]), answer, answer, requestNumber(same[0])), nil
}

// supportRow is a request without its messages.
func (c *call) supportRow(r *record) object {
	o := supportRequests().show(r.with("requestNumber", requestNumber(r)))
	delete(o.v, "messages")
	return o
}

// mine says whether the caller sees a request: admins all of the organization's, others their own.
func (c *call) mine(r *record) bool { return c.user.Role == "admin" || r.str("userId") == c.user.ID }

func (c *call) listSupport() (any, error) {
	c.perPage = 20
	page, limit := c.page()
	q := c.query
	rows, total := c.t.rows(supportRequests()).newest(page, limit, func(r *record) bool {
		for _, name := range []string{"status", "priority", "category"} {
			if q.set(name) && r.str(name) != q.str(name) {
				return false
			}
		}
		return c.mine(r) && strings.Contains(strings.ToLower(r.str("title")+" "+r.str("description")), strings.ToLower(q.str("search")))
	})
	out := make([]object, len(rows))
	for i, r := range rows {
		out[i] = c.supportRow(r.with("user", c.author(r)))
	}
	return c.paged(out, total), nil
}

func (c *call) author(r *record) any {
	u, ok := c.t.users.get(r.str("userId"))
	if !ok {
		return nil
	}
	return obj("firstName lastName email", u.FirstName, u.LastName, u.Email)
}

// supportRequest answers 403 for a request of somebody else.
func (c *call) supportRequest() (*record, error) {
	for _, t := range c.s.db.tenants {
		r, ok := t.rows(supportRequests()).get(c.id())
		switch {
		case ok && (t != c.t || !c.mine(r)):
			return nil, forbidden("Access denied")
		case ok:
			return r, nil
		}
	}
	return nil, notFound("Support request not found")
}

func (c *call) getSupport() (any, error) {
	r, err := c.supportRequest()
	if err != nil {
		return nil, err
	}
	messages := []object{}
	for _, e := range r.list("messages") {
		if m, ok := e.(map[string]any); ok {
			messages = append(messages, object{messageFields, m})
		}
	}
	return supportRequests().show(r.with("requestNumber", requestNumber(r)).with("user", c.author(r)).with("messages", messages)), nil
}

func (c *call) updateSupport() (any, error) {
	r, err := c.supportRequest()
	if err != nil {
		return nil, err
	}
	for name, v := range c.body {
		if v != nil {
			r.v[name] = v
		}
	}
	if s := c.body.str("status"); s == "resolved" || s == "closed" {
		r.v["resolvedById"], r.v["resolvedAt"] = c.user.ID, c.stamp().text()
	}
	r.v["updatedAt"] = c.stamp().text()
	c.changed("support-request", r.key(), "updated", c.supportRow(r))
	return c.supportRow(r), nil
}

// addSupportMessage reopens a request when its author writes again.
func (c *call) addSupportMessage() (any, error) {
	r, err := c.supportRequest()
	if err != nil {
		return nil, err
	}
	role := "user"
	if c.user.Role == "admin" {
		role = "admin"
	} else if s := r.str("status"); s == "resolved" || s == "closed" {
		r.v["status"] = "open"
	}
	return c.addMessage(r, role, c.body.str("content"), c.body.str("clientMutationId")), nil
}

func (c *call) supportStats() (any, error) {
	count := func(field, names string) object {
		o := obj(names, make([]any, len(strings.Fields(names)))...)
		for _, name := range strings.Fields(names) {
			n := 0
			for _, r := range c.t.rows(supportRequests()).list {
				if r.str(field) == name {
					n++
				}
			}
			o.v[name] = n
		}
		return o
	}
	resolved := 0
	weekAgo := stamp{c.now.AddDate(0, 0, -7)}.text()
	for _, r := range c.t.rows(supportRequests()).list {
		if r.str("resolvedAt") >= weekAgo {
			resolved++
		}
	}
	return obj("byStatus byCategory byPriority resolvedThisWeek total",
		count("status", "open in_progress resolved closed"),
		count("category", "bug_report feature_request help_question template_request feedback urgent_issue account_issue"),
		count("priority", "critical high medium low"), resolved, c.t.rows(supportRequests()).len()), nil
}
