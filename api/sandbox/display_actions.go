// What is done to a display besides changing its row: tags, pushes, screenshots, the QR overlay, bulk (contract rest 4).

package sandbox

import (
	"encoding/json"
	"errors"
	"slices"
)

func (c *call) displayTags() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	tags := []*tagRow{}
	for _, l := range d.Tags {
		if tag, ok := c.t.tags.get(l.TagID); ok {
			tags = append(tags, tag)
		}
	}
	return tags, nil
}

// tagDisplay answers with the tags of the request, not with all tags of the display.
func (c *call) tagDisplay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	named := []*tagRow{}
	for _, id := range c.body.strings("tagIds") {
		tag, ok := c.t.tags.get(id)
		if !ok {
			return nil, notFound("One or more tags not found")
		}
		if !slices.Contains(named, tag) {
			named = append(named, tag)
		}
	}
	for _, tag := range named {
		d.Tags = c.s.linkTag(d.Tags, tag.ID, c.stamp())
	}
	c.changed("display", d.ID, "updated", c.t.displayListView(d))
	c.deliverWebhooks("display.tags.changed")
	c.assignByTag(d)
	return named, nil
}

// linkTag adds a tag to a row's list unless it is there.
func (s *Server) linkTag(links []tagLink, tagID string, at stamp) []tagLink {
	if slices.ContainsFunc(links, func(l tagLink) bool { return l.TagID == tagID }) {
		return links
	}
	return append(links, tagLink{s.ids.cuid(), tagID, at})
}

func unlinkTags(links []tagLink, tagIDs []string) []tagLink {
	return slices.DeleteFunc(links, func(l tagLink) bool { return slices.Contains(tagIDs, l.TagID) })
}

// untagDisplay counts the ids of the request, whether they were there or not.
func (c *call) untagDisplay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	ids := c.body.strings("tagIds")
	d.Tags = unlinkTags(d.Tags, ids)
	c.changed("display", d.ID, "updated", c.t.displayListView(d))
	c.deliverWebhooks("display.tags.changed")
	return rawAnswer{obj("success removed", true, len(ids))}, nil
}

// pushContent is synchronous: the realtime side says whether a socket took it.
func (c *call) pushContent() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	co, ok := c.t.contents.get(c.body.str("contentId"))
	if !ok {
		return nil, notFound("Content not found")
	}
	minutes := 5
	if c.body.set("duration") {
		minutes = c.body.num("duration")
	}
	hook := c.s.opts.Hooks.PushContent
	if hook == nil {
		return nil, fail(503, "Content push failed: no_sockets")
	}
	row := mustJSON(co.contentRow)
	c.outside(func() { err = hook(d.ID, row, minutes) })
	if errors.Is(err, errNoRealtime) {
		return nil, fail(500, "Failed to push content") // contract rest 4
	}
	if err != nil {
		return nil, fail(503, "Content push failed: "+err.Error())
	}
	return rawAnswer{obj("success message", true, "Content pushed successfully")}, nil
}

// requestScreenshot trusts the status in the row, which a PATCH may have overwritten.
func (c *call) requestScreenshot() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	if d.Status != "online" {
		return nil, conflict("Cannot request screenshot from offline device")
	}
	requestID := c.s.ids.uuid()
	command := mustJSON(map[string]any{"type": "screenshot", "payload": map[string]string{"requestId": requestID}})
	delivered := false
	if hook := c.s.opts.Hooks.Command; hook != nil {
		c.outside(func() { delivered, err = hook(d.ID, command) })
	}
	if err != nil {
		return nil, fail(503, err.Error())
	}
	if !delivered {
		return nil, fail(503, "Screenshot request failed: no_sockets")
	}
	return map[string]string{"requestId": requestID, "status": "pending"}, nil
}

func (c *call) getScreenshot() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	if d.LastScreenshot == nil {
		return nil, nil
	}
	return json.RawMessage(*d.LastScreenshot), nil
}

// qrOverlay is kept in metadata. A field of value 0 takes the default for margin, as it does on the platform.
type qrOverlay struct {
	Enabled         bool    `json:"enabled"`
	URL             string  `json:"url"`
	Position        string  `json:"position"`
	Size            float64 `json:"size"`
	Opacity         float64 `json:"opacity"`
	Margin          float64 `json:"margin"`
	BackgroundColor string  `json:"backgroundColor"`
	Label           string  `json:"label,omitempty"`
}

func (c *call) setQROverlay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	b := c.body
	o := qrOverlay{b.yes("enabled"), b.str("url"), b.str("position"), 120, 1, 16, "#ffffff", b.str("label")}
	if b.set("size") {
		o.Size = b.float("size")
	}
	if b.set("opacity") {
		o.Opacity = b.float("opacity")
	}
	if b.set("margin") && b.float("margin") != 0 {
		o.Margin = b.float("margin")
	}
	if s := b.str("backgroundColor"); s != "" {
		o.BackgroundColor = s
	}
	d.setMeta("qrOverlay", o)
	d.UpdatedAt = c.stamp()
	c.changed("display", d.ID, "updated", c.t.displayView(d))
	return o, nil
}

func (c *call) clearQROverlay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	d.setMeta("qrOverlay", nil)
	d.UpdatedAt = c.stamp()
	c.changed("display", d.ID, "updated", c.t.displayView(d))
	return rawAnswer{map[string]bool{"success": true}}, nil
}

// setMeta changes one key of the metadata; nil removes it.
func (d *display) setMeta(key string, value any) {
	m := map[string]json.RawMessage{}
	if d.Metadata != nil {
		_ = json.Unmarshal(d.Metadata, &m) // always an object: validated on the way in
	}
	if value == nil {
		delete(m, key)
	} else {
		m[key] = mustJSON(value)
	}
	d.Metadata = mustJSON(m)
}

// bulkDeleteDisplays skips unknown ids and tells no device.
func (c *call) bulkDeleteDisplays() (any, error) {
	n := 0
	for _, id := range c.body.strings("displayIds") {
		if d, ok := c.t.displays.get(id); ok {
			c.s.db.dropDisplay(c.t, d)
			c.changed("display", d.ID, "deleted", d.displayRow)
			n++
		}
	}
	return map[string]int{"deleted": n}, nil
}

// distinctDisplays resolves displayIds, duplicates once, all or nothing.
func (c *call) distinctDisplays() ([]*display, error) {
	var out []*display
	for _, id := range c.body.strings("displayIds") {
		d, ok := c.t.displays.get(id)
		if !ok {
			return nil, notFound("One or more displays not found")
		}
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out, nil
}

func (c *call) bulkAssignPlaylist() (any, error) {
	p, ok := c.t.playlists.get(c.body.str("playlistId"))
	if !ok {
		return nil, notFound("Playlist not found")
	}
	displays, err := c.distinctDisplays()
	if err != nil {
		return nil, err
	}
	for _, d := range displays {
		d.CurrentPlaylistID, d.UpdatedAt = ptr(p.ID), c.stamp()
		c.changed("display", d.ID, "updated", d.displayRow)
		c.pushPlaylist(d.ID, p.ID)
	}
	return map[string]int{"updated": len(displays)}, nil
}

func (c *call) bulkAssignGroup() (any, error) {
	g, ok := c.t.groups.get(c.body.str("displayGroupId"))
	if !ok {
		return nil, notFound("Display group not found")
	}
	displays, err := c.distinctDisplays()
	if err != nil {
		return nil, err
	}
	n := 0
	for _, d := range displays {
		n += c.join(g, d.ID)
	}
	c.changed("group", g.ID, "updated", g.groupRow)
	return map[string]int{"added": n}, nil
}
