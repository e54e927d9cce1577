// What is done to content besides editing: archive, expiry, flag and review, versions, bulk (contract rest 6, 6.2).

package sandbox

import "slices"

// setStatus answers with the raw row, without the aliases.
func (c *call) setStatus(status string) (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	co.Status = status
	if _, err := c.contentAnswer(co); err != nil {
		return nil, err
	}
	return co.contentRow, nil
}

func (c *call) archiveContent() (any, error) { return c.setStatus("archived") }

// restoreContent only makes the status active, from any status.
func (c *call) restoreContent() (any, error) { return c.setStatus("active") }

func (c *call) setExpiration() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	at, _ := parseDate(c.body.str("expiresAt")) // validated
	if !at.After(c.now) {
		return nil, badRequest("expiresAt must be in the future")
	}
	if id := c.body.opt("replacementContentId"); id != nil {
		if _, ok := c.t.contents.get(*id); !ok {
			return nil, badRequest("Replacement content not found")
		}
		co.ReplacementContentID = id
	}
	co.ExpiresAt = &stamp{at}
	return c.contentAnswer(co)
}

func (c *call) clearExpiration() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	co.ExpiresAt, co.ReplacementContentID = nil, nil
	return c.contentAnswer(co)
}

// contentVersions are the row itself and the backups behind it, newest first.
func (c *call) contentVersions() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	views := []contentFullView{}
	for ok := true; ok && co != nil; {
		views = append(views, c.t.contentView(co))
		if co.PreviousVersionID == nil {
			break
		}
		co, ok = c.t.contents.get(*co.PreviousVersionID)
	}
	return views, nil
}

func (c *call) flagContent() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	switch co.Status {
	case "flagged", "archived", "rejected":
		return nil, badRequest("Content is already " + co.Status)
	}
	co.Status = "flagged"
	c.deliverWebhooks("content.flagged")
	reason := "No reason given"
	if r := c.body.str("reason"); r != "" {
		reason = r
	}
	c.notify("system", "Content flagged", co.Name+": "+reason, "warning", mustJSON(map[string]string{"contentId": co.ID}), nil)
	return c.contentAnswer(co)
}

func (c *call) reviewContent() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	if co.Status != "flagged" {
		return nil, badRequest("Only flagged content can be reviewed")
	}
	co.Status = "active"
	if c.body.str("action") == "reject" {
		co.Status = "rejected"
		c.t.unplayContent(co.ID)
		c.notify("system", "Content rejected", co.Name, "warning", mustJSON(map[string]string{"contentId": co.ID}), nil)
	}
	return c.contentAnswer(co)
}

// submitForApproval needs a draft, which no REST call makes.
func (c *call) submitForApproval() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	return nil, badRequest("Only draft content can be submitted for approval (current status: " + co.Status + ")")
}

// needsApproval refuses: no row can be pending approval.
func (c *call) needsApproval() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	return nil, badRequest("Only content pending approval can be approved or rejected (current status: " + co.Status + ")")
}

// contentSet resolves ids; an unknown or repeated one refuses the whole call.
func (c *call) contentSet(name string) ([]*content, error) {
	var out []*content
	for _, id := range c.body.strings(name) {
		co, ok := c.t.contents.get(id)
		if !ok || slices.Contains(out, co) {
			return nil, badRequest("Some content items not found or not accessible")
		}
		out = append(out, co)
	}
	return out, nil
}

// bulkEach applies a change to every row named by ids and answers {name: count}.
func (c *call) bulkEach(answer string, change func(*content)) (any, error) {
	rows, err := c.contentSet("ids")
	if err != nil {
		return nil, err
	}
	for _, co := range rows {
		change(co)
		co.UpdatedAt = c.stamp()
		c.changed("content", co.ID, "updated", co.contentRow)
	}
	return map[string]int{answer: len(rows)}, nil
}

func (c *call) bulkArchive() (any, error) {
	return c.bulkEach("archived", func(co *content) { co.Status = "archived" })
}

func (c *call) bulkRestore() (any, error) {
	return c.bulkEach("restored", func(co *content) { co.Status = "active" })
}

func (c *call) bulkDuration() (any, error) {
	return c.bulkEach("updated", func(co *content) { co.Duration = c.body.num("duration") })
}

func (c *call) bulkUpdateContent() (any, error) {
	if _, err := c.contentSet("ids"); err != nil {
		return nil, err
	}
	if !c.body.set("duration") && !c.body.has("description") && !c.body.has("expiresAt") && !c.body.has("replacementContentId") {
		return map[string]int{"updated": 0}, nil
	}
	if err := c.databaseTraps(); err != nil {
		return nil, err
	}
	return c.bulkEach("updated", c.fillContent)
}

// bulkDeleteContent takes repeated ids, unlike the other bulk calls.
func (c *call) bulkDeleteContent() (any, error) {
	ids := c.body.strings("ids")
	slices.Sort(ids)
	var rows []*content
	for _, id := range slices.Compact(ids) {
		co, ok := c.t.contents.get(id)
		if !ok {
			return nil, badRequest("Some content items not found or not accessible")
		}
		rows = append(rows, co)
	}
	for _, co := range rows {
		c.s.db.dropContent(c.t, co)
		c.changed("content", co.ID, "deleted", co.contentRow)
	}
	return obj("deleted failed failedIds", len(rows), 0, []string{}), nil
}

func (c *call) bulkTags() (any, error) {
	rows, err := c.contentSet("contentIds")
	if err != nil {
		return nil, err
	}
	tagIDs := c.body.strings("tagIds")
	for _, id := range tagIDs {
		if _, ok := c.t.tags.get(id); !ok {
			return nil, badRequest("Some tags not found or not accessible")
		}
	}
	operation, n := c.body.str("operation"), 0
	for _, co := range rows {
		before := len(co.Tags)
		switch operation {
		case "remove":
			co.Tags = unlinkTags(co.Tags, tagIDs)
			n += before - len(co.Tags)
			continue
		case "replace":
			co.Tags, before = nil, 0
		}
		for _, id := range tagIDs {
			co.Tags = c.s.linkTag(co.Tags, id, c.stamp())
		}
		n += len(co.Tags) - before
	}
	c.changed("content", rows[0].ID, "updated", rows[0].contentRow)
	if operation == "remove" {
		return map[string]int{"removed": n}, nil
	}
	return map[string]int{"added": n}, nil
}
