// Tag rules: a display with a tag and without a playlist gets the rule's (contract rest 15).

package sandbox

import (
	"slices"
	"sort"
)

func tagRules() *kind {
	return &kind{
		name: "tag-rule", label: "Tag assignment rule", unique: true, initial: `{"priority":100,"isActive":true}`,
		fields: "id organizationId name tagId playlistId isActive priority createdAt updatedAt",
	}
}

// checkTagRule answers 403 for a tag or playlist of another organization, and for one that does not exist.
func (c *call) checkTagRule() error {
	if id := c.body.opt("tagId"); id != nil {
		if _, ok := c.t.tags.get(*id); !ok {
			return forbidden("Tag " + *id + " does not belong to this organization")
		}
	}
	if id := c.body.opt("playlistId"); id != nil {
		return c.ownPlaylist(*id)
	}
	return nil
}

func (c *call) ownPlaylist(id string) error {
	if _, ok := c.t.playlists.get(id); !ok {
		return forbidden("Playlist " + id + " does not belong to this organization")
	}
	return nil
}

func (c *call) createTagRule() (any, error) {
	if err := c.checkTagRule(); err != nil {
		return nil, err
	}
	r, err := c.insert(tagRules())
	if err != nil {
		return nil, err
	}
	if r.yes("isActive") {
		c.sweep(r.str("tagId"))
	}
	return tagRules().show(r), nil
}

// byRank are the rules in the order in which they win: the lowest priority first, then the oldest.
func (t *tenant) byRank() []*record {
	rules := slices.Clone(t.rows(tagRules()).list)
	sort.SliceStable(rules, func(a, b int) bool { return rules[a].num("priority") < rules[b].num("priority") })
	return rules
}

func (c *call) listTagRules() (any, error) {
	q := c.query
	rules := slices.DeleteFunc(c.t.byRank(), func(r *record) bool {
		return q.set("isActive") && r.yes("isActive") != q.yes("isActive") || q.str("tagId") != "" && r.str("tagId") != q.str("tagId") ||
			q.str("playlistId") != "" && r.str("playlistId") != q.str("playlistId")
	})
	return tagRules().showAll(rules), nil
}

func (c *call) getTagRule() (any, error) { return c.get(tagRules()) }

// updateTagRule sweeps the new tag when what the rule does has changed.
func (c *call) updateTagRule() (any, error) {
	r, err := c.find(tagRules())
	if err != nil {
		return nil, err
	}
	if err := c.checkTagRule(); err != nil {
		return nil, err
	}
	v, err := c.patch(tagRules())
	if err == nil && r.yes("isActive") && len(c.body) > 0 {
		c.sweep(r.str("tagId"))
	}
	return v, err
}

func (c *call) deleteTagRule() (any, error) { return c.drop(tagRules()) }

func (c *call) reEvaluateTagRule() (any, error) {
	r, err := c.find(tagRules())
	if err != nil {
		return nil, err
	}
	scanned, assigned := 0, 0
	if r.yes("isActive") {
		scanned, assigned = c.sweep(r.str("tagId"))
	}
	return obj("scanned assigned", scanned, assigned), nil
}

// sweep looks at every display that has the tag and no playlist. No device is told (contract rest 1.14).
func (c *call) sweep(tagID string) (scanned, assigned int) {
	for _, d := range c.t.displays.list {
		if d.CurrentPlaylistID == nil && hasTag(d.Tags, tagID) {
			scanned++
			if c.assignByTag(d) {
				assigned++
			}
		}
	}
	return scanned, assigned
}

func hasTag(links []tagLink, id string) bool {
	return slices.ContainsFunc(links, func(l tagLink) bool { return l.TagID == id })
}

// assignByTag gives a display without a playlist that of the first rule that matches one of its tags.
func (c *call) assignByTag(d *display) bool {
	if d.CurrentPlaylistID != nil {
		return false
	}
	for _, r := range c.t.byRank() {
		if playlist := r.str("playlistId"); r.yes("isActive") && playlist != "" && hasTag(d.Tags, r.str("tagId")) {
			d.CurrentPlaylistID, d.UpdatedAt = &playlist, c.stamp()
			c.changed("display", d.ID, "updated", d.displayRow)
			c.deliverWebhooks("display.playlist.assigned")
			return true
		}
	}
	return false
}
