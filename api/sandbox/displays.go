// Displays: create, list, change, delete (contract rest 4).

package sandbox

import (
	"encoding/json"
)

// displayTagView is a display's tag with the link's own fields.
type displayTagView struct {
	ID        string  `json:"id"`
	DisplayID string  `json:"displayId"`
	TagID     string  `json:"tagId"`
	CreatedAt stamp   `json:"createdAt"`
	Tag       *tagRow `json:"tag"`
}

type displayListView struct {
	displayRow
	Tags []displayTagView `json:"tags"`
}

type displayGroupView struct {
	ID             string   `json:"id"`
	DisplayID      string   `json:"displayId"`
	DisplayGroupID string   `json:"displayGroupId"`
	CreatedAt      stamp    `json:"createdAt"`
	DisplayGroup   groupRow `json:"displayGroup"`
}

type scheduleSummary struct {
	scheduleRow
	Playlist struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"playlist"`
}

type displayView struct {
	displayListView
	displayDetail
	Groups    []displayGroupView `json:"groups"`
	Schedules []scheduleSummary  `json:"schedules"`
}

func (t *tenant) displayListView(d *display) displayListView {
	v := displayListView{displayRow: d.displayRow, Tags: []displayTagView{}}
	for _, l := range d.Tags {
		if tag, ok := t.tags.get(l.TagID); ok {
			v.Tags = append(v.Tags, displayTagView{l.ID, d.ID, l.TagID, l.CreatedAt, tag})
		}
	}
	return v
}

// displayView is the detail: metadata, screenshot, groups, and the active schedules aimed at the display itself.
func (t *tenant) displayView(d *display) displayView {
	v := displayView{displayListView: t.displayListView(d), displayDetail: d.displayDetail, Groups: []displayGroupView{}, Schedules: []scheduleSummary{}}
	for _, g := range t.groups.list {
		for _, m := range g.Members {
			if m.DisplayID == d.ID {
				v.Groups = append(v.Groups, displayGroupView{m.ID, d.ID, g.ID, m.CreatedAt, g.groupRow})
			}
		}
	}
	for _, s := range t.schedules.list {
		if s.IsActive && s.DisplayID != nil && *s.DisplayID == d.ID {
			sum := scheduleSummary{scheduleRow: *s}
			if p, ok := t.playlists.get(s.PlaylistID); ok {
				sum.Playlist.ID, sum.Playlist.Name = p.ID, p.Name
			}
			v.Schedules = append(v.Schedules, sum)
		}
	}
	return v
}

// display finds the display of the path.
func (c *call) display() (*display, error) {
	d, ok := c.t.displays.get(c.id())
	if !ok {
		return nil, notFound("Display not found")
	}
	return d, nil
}

// displayAnswer reports the change and gives the detail.
func (c *call) displayAnswer(d *display, action string) (any, error) {
	v := c.t.displayView(d)
	c.changed("display", d.ID, action, v)
	return v, nil
}

func (c *call) createDisplay() (any, error) {
	if c.s.db.devices[c.body.str("deviceId")] != nil {
		return nil, conflict("Display with this device ID already exists")
	}
	d := newDisplay(c.s.ids.uuid(), c.t.org.ID, c.body.str("deviceId"), c.stamp())
	c.fillDisplay(d)
	c.s.db.addDisplay(c.t, d)
	return c.displayAnswer(d, "created")
}

func newDisplay(id, orgID, device string, at stamp) *display {
	return &display{displayRow: displayRow{
		ID: id, OrganizationID: orgID, DeviceIdentifier: device, Status: "offline", Orientation: "landscape", Timezone: "UTC",
		CreatedAt: at, UpdatedAt: at,
	}}
}

// fillDisplay copies the fields that were sent. null clears what may be empty and is ignored elsewhere.
func (c *call) fillDisplay(d *display) {
	b := c.body
	if b.has("name") {
		d.Nickname = b.opt("name")
	}
	if b.has("description") {
		d.Description = b.opt("description")
	}
	if b.has("location") {
		d.Location = b.opt("location")
	}
	if b.has("resolution") {
		d.Resolution = b.opt("resolution")
	}
	if b.set("status") {
		d.Status = b.str("status")
	}
	if b.set("orientation") {
		d.Orientation = b.str("orientation")
	}
	if b.has("metadata") {
		d.Metadata = b.raw("metadata")
	}
}

func (c *call) listDisplays() (any, error) {
	page, limit := c.page()
	rows, total := c.t.displays.newest(page, limit, nil)
	views := make([]displayListView, len(rows))
	for i, d := range rows {
		views[i] = c.t.displayListView(d)
	}
	return c.paged(views, total), nil
}

func (c *call) getDisplay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	return c.t.displayView(d), nil
}

// updateDisplay: an empty body updates no row, which the platform takes for a missing display.
func (c *call) updateDisplay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	if len(c.body) == 0 {
		return nil, notFound("Display not found")
	}
	if p := c.body.opt("currentPlaylistId"); p != nil {
		if *p == "" {
			return nil, unexpected("Foreign key constraint violated: `devices_currentPlaylistId_fkey (index)`")
		}
		if _, ok := c.t.playlists.get(*p); !ok {
			return nil, notFound("Playlist not found or does not belong to your organization")
		}
	}
	if id := c.body.opt("deviceId"); id != nil && *id != d.DeviceIdentifier {
		if c.s.db.devices[*id] != nil {
			return nil, conflict("Display with this device ID already exists")
		}
		delete(c.s.db.devices, d.DeviceIdentifier)
		d.DeviceIdentifier = *id
		c.s.db.devices[*id] = d
	}
	c.fillDisplay(d)
	if c.body.has("currentPlaylistId") {
		d.CurrentPlaylistID = c.body.opt("currentPlaylistId")
	}
	d.UpdatedAt = c.stamp()
	if d.CurrentPlaylistID != nil && c.body.set("currentPlaylistId") {
		c.pushPlaylist(d.ID, *d.CurrentPlaylistID)
	}
	return c.displayAnswer(d, "updated")
}

// pushPlaylist tells a device about its playlist, once the lock is released (contract rest 1.14).
func (c *call) pushPlaylist(displayID, playlistID string) {
	hook := c.s.opts.Hooks.PushPlaylist
	p, ok := c.t.playlists.get(playlistID)
	if hook == nil || !ok {
		return
	}
	row := mustJSON(c.t.playlistView(p))
	c.after = append(c.after, func() { hook(displayID, row) })
}

// deviceRevoked tells a device that it is blocked or deleted.
func (c *call) deviceRevoked(displayID, reason string) {
	if hook := c.s.opts.Hooks.DeviceRevoked; hook != nil {
		c.after = append(c.after, func() { hook(displayID, reason) })
	}
}

func (c *call) deleteDisplay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	c.s.db.dropDisplay(c.t, d)
	c.changed("display", d.ID, "deleted", d.displayRow)
	c.deviceRevoked(d.ID, "deleted")
	return map[string]string{"id": d.ID}, nil
}

func (c *call) disableDisplay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	d.IsDisabled, d.UpdatedAt = true, c.stamp()
	c.changed("display", d.ID, "updated", d.displayRow)
	c.deviceRevoked(d.ID, "blocked")
	return map[string]string{"message": "Device disabled successfully"}, nil
}

func (c *call) enableDisplay() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	d.IsDisabled, d.UpdatedAt = false, c.stamp()
	c.changed("display", d.ID, "updated", d.displayRow)
	if hook := c.s.opts.Hooks.Command; hook != nil {
		c.after = append(c.after, func() { _, _ = hook(d.ID, json.RawMessage(`{"type":"enable"}`)) }) // nobody waits for it
	}
	return map[string]string{"message": "Device enabled successfully"}, nil
}

// issueDeviceToken gives a new device credential, which knocks a live device off (contract rest 25, item 4).
func (c *call) issueDeviceToken() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	token := c.s.newDeviceToken(d, c.now)
	d.Status, d.PairedAt, d.UpdatedAt = "pairing", ptr(c.stamp()), c.stamp()
	c.changed("display", d.ID, "updated", d.displayRow)
	return map[string]string{"pairingToken": token, "expiresIn": "90d", "displayId": d.ID, "deviceIdentifier": d.DeviceIdentifier}, nil
}

func (c *call) deviceHeartbeat() (any, error) {
	d, err := c.display()
	if err != nil {
		return nil, err
	}
	if d.Status == "offline" && d.Nickname != nil {
		c.notify("device_online", "Device online", *d.Nickname+" is back online", "info", mustJSON(map[string]string{"deviceId": d.ID}), nil)
	}
	d.Status, d.LastHeartbeat, d.UpdatedAt = "online", ptr(c.stamp()), c.stamp()
	c.s.saver.touch()
	return rawAnswer{map[string]bool{"success": true}}, nil
}
