// What the platform does by the clock: displays that have gone silent, alerts about them, content that has expired
// (contract rest 4, 6, 12). It is done before a request that finds it due, and in the background.

package sandbox

import "time"

const (
	silence        = 120 * time.Second // after which a display counts as offline
	pairingPatient = 30 * time.Minute  // for which a display may stay in "pairing"
	alertAgain     = 24 * time.Hour    // between alerts about one display that stays silent
)

// upkeep is when each round is due next.
type upkeep struct{ minute, fiveMinutes, hour time.Time }

// due says whether a round is due and sets the next. The first is a period after the start.
func due(at *time.Time, now time.Time, every time.Duration) bool {
	if at.IsZero() {
		*at = now.Add(every)
	}
	if now.Before(*at) {
		return false
	}
	*at = now.Add(every)
	return true
}

// keepUp does what is due, with the store's lock held. The hooks it leaves are the call's.
func (c *call) keepUp() {
	u := &c.s.upkeep
	minute, five, hour := due(&u.minute, c.now, time.Minute), due(&u.fiveMinutes, c.now, 5*time.Minute), due(&u.hour, c.now, time.Hour)
	if !minute && !five && !hour {
		return
	}
	mine := c.t
	for _, t := range c.s.db.tenants {
		c.t = t
		for _, d := range t.displays.list {
			switch silent := d.LastHeartbeat != nil && c.now.Sub(d.LastHeartbeat.Time) > silence; {
			case minute && silent && d.Status == "online":
				d.Status, d.UpdatedAt = "offline", c.stamp()
				c.changed("display", d.ID, "updated", d.displayRow)
				c.alert(d)
			case five && silent && d.Status == "offline" && !d.IsDisabled:
				c.alert(d)
			case hour && d.Status == "pairing" && c.now.Sub(d.UpdatedAt.Time) > pairingPatient:
				d.Status, d.UpdatedAt = "offline", c.stamp()
			}
		}
		if hour {
			c.expireContent()
		}
	}
	c.t = mine
	c.s.saver.touch()
}

// alert tells the users of each rule that covers the display, once for each time that it falls silent and again every day.
func (c *call) alert(d *display) {
	for _, r := range c.t.rows(alertRules()).list {
		if !r.yes("isActive") || !c.covers(r, d) || c.now.Sub(d.LastHeartbeat.Time) < time.Duration(r.num("minOfflineSec"))*time.Second {
			continue
		}
		key := r.key() + d.ID + d.LastHeartbeat.text()
		if last := c.s.alerts[key]; !last.IsZero() && c.now.Sub(last) < alertAgain {
			continue
		}
		c.s.alerts[key] = c.now
		for _, e := range r.list("recipients") {
			m, _ := e.(map[string]any)
			user := jsString(m["target"])
			if _, ok := c.t.users.get(user); ok && m["channel"] == "in_app" {
				c.notify("device_offline", "Device offline", c.t.nameOf(d.ID, d.DeviceIdentifier)+" is offline", "warning", mustJSON(map[string]string{"deviceId": d.ID}), &user)
			}
		}
	}
}

// covers says whether a rule is about a display.
func (c *call) covers(r *record, d *display) bool {
	switch r.str("scope") {
	case "all":
		return true
	case "tag":
		return hasTag(d.Tags, r.str("scopeTagId"))
	case "display":
		return r.str("scopeDisplayId") == d.ID
	}
	g, ok := c.t.groups.get(r.str("scopeGroupId"))
	if !ok {
		return false
	}
	for _, m := range g.Members {
		if m.DisplayID == d.ID {
			return true
		}
	}
	return false
}

// expireContent puts the replacement in the place of what has expired, or takes it out of its playlists.
func (c *call) expireContent() {
	for _, co := range c.t.contents.list {
		if co.ExpiresAt == nil || co.ExpiresAt.After(c.now) || co.Status != "active" {
			continue
		}
		co.Status, co.UpdatedAt = "expired", c.stamp()
		c.changed("content", co.ID, "updated", co.contentRow)
		var instead *content
		if co.ReplacementContentID != nil {
			if r, ok := c.t.contents.get(*co.ReplacementContentID); ok && r.Status == "active" {
				instead = r
			}
		}
		for _, p := range c.t.playlists.list {
			if p.swap(co.ID, instead) {
				c.playlistChanged(p, "updated")
			}
		}
	}
}

// swap replaces content in a playlist, or takes it out; false if it is not there.
func (p *playlist) swap(contentID string, instead *content) bool {
	items, found := p.Items[:0], false
	for _, it := range p.Items {
		if it.ContentID == contentID {
			found = true
			if instead == nil {
				continue
			}
			it.ContentID = instead.ID
		}
		items = append(items, it)
	}
	p.Items = items
	return found
}

// watchClock does what is due when nobody asks.
func (s *Server) watchClock() {
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-tick.C:
		}
		c := &call{s: s, now: s.opts.Now().UTC().Truncate(time.Millisecond)}
		s.mu.Lock()
		c.keepUp()
		s.mu.Unlock()
		for _, hook := range c.after {
			hook()
		}
	}
}
