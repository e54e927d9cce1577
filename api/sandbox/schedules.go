// Schedules (contract rest 8). Every answer shows the display's complete row, secrets included, as the platform does.

package sandbox

import (
	"slices"
	"sort"
	"time"
)

// leakyDisplay is every column of a display.
type leakyDisplay struct {
	displayRow
	displayDetail
	displayLeaks
}

func leak(d *display) *leakyDisplay {
	return &leakyDisplay{d.displayRow, d.displayDetail, d.displayLeaks}
}

type scheduleView struct {
	scheduleRow
	Playlist     any           `json:"playlist"`
	Display      *leakyDisplay `json:"display"`
	DisplayGroup any           `json:"displayGroup"`
}

type countedPlaylist struct {
	playlistRow
	Count struct {
		Items int `json:"items"`
	} `json:"_count"`
}

type leakyMember struct {
	memberRow
	Display *leakyDisplay `json:"display"`
}

type leakyGroup struct {
	groupRow
	Displays []leakyMember `json:"displays"`
}

func scheduleAs(t *tenant, s *scheduleRow, playlist func(*playlist) any, group func(*group) any) scheduleView {
	v := scheduleView{scheduleRow: *s}
	if p, ok := t.playlists.get(s.PlaylistID); ok {
		v.Playlist = playlist(p)
	}
	if s.DisplayID != nil {
		if d, ok := t.displays.get(*s.DisplayID); ok {
			v.Display = leak(d)
		}
	}
	if s.DisplayGroupID != nil {
		if g, ok := t.groups.get(*s.DisplayGroupID); ok {
			v.DisplayGroup = group(g)
		}
	}
	return v
}

func plainGroup(g *group) any { return &g.groupRow }

// scheduleView is the shape of create, PATCH and duplicate.
func (t *tenant) scheduleView(s *scheduleRow) scheduleView {
	return scheduleAs(t, s, func(p *playlist) any { return &p.playlistRow }, plainGroup)
}

func (t *tenant) scheduleDetail(s *scheduleRow) scheduleView {
	return scheduleAs(t, s, func(p *playlist) any { return t.playlistPlain(p) }, func(g *group) any {
		v := &leakyGroup{groupRow: g.groupRow, Displays: []leakyMember{}}
		for _, m := range g.Members {
			if d, ok := t.displays.get(m.DisplayID); ok {
				v.Displays = append(v.Displays, leakyMember{m, leak(d)})
			}
		}
		return v
	})
}

func (c *call) schedule() (*scheduleRow, error) {
	s, ok := c.t.schedules.get(c.id())
	if !ok {
		return nil, notFound("Schedule not found")
	}
	return s, nil
}

// checkTargets looks up what a body refers to. An empty id is a broken reference to the database.
func (c *call) checkTargets() error {
	for _, f := range []string{"displayId", "displayGroupId"} {
		if id := c.body.opt(f); id != nil && *id == "" {
			return unexpected("Foreign key constraint violated: `schedules_" + f + "_fkey (index)`")
		}
	}
	if id := c.body.opt("displayId"); id != nil {
		if _, ok := c.t.displays.get(*id); !ok {
			return notFound("Display not found")
		}
	}
	if id := c.body.opt("displayGroupId"); id != nil {
		if _, ok := c.t.groups.get(*id); !ok {
			return notFound("Display group not found")
		}
	}
	if id := c.body.opt("playlistId"); id != nil {
		if _, ok := c.t.playlists.get(*id); !ok {
			return notFound("Playlist not found")
		}
	}
	return nil
}

func (c *call) createSchedule() (any, error) {
	b := c.body
	switch one, two := b.opt("displayId"), b.opt("displayGroupId"); {
	case one == nil && two == nil:
		return nil, badRequest("Either displayId or displayGroupId must be provided")
	case one != nil && two != nil && *one != "" && *two != "":
		return nil, badRequest("Cannot specify both displayId and displayGroupId")
	}
	if err := c.checkTargets(); err != nil {
		return nil, err
	}
	at := c.stamp()
	s := &scheduleRow{ID: c.s.ids.cuid(), IsActive: true, DaysOfWeek: []int{}, CreatedAt: at, UpdatedAt: at, OrganizationID: c.t.org.ID}
	c.fillSchedule(s)
	c.t.schedules.add(s)
	v := c.t.scheduleView(s)
	c.changed("schedule", s.ID, "created", v)
	return v, nil
}

// fillSchedule copies the fields that were sent. A null endDate is ignored: an end cannot be removed.
func (c *call) fillSchedule(s *scheduleRow) {
	b := c.body
	if b.set("name") {
		s.Name = b.str("name")
	}
	if b.has("description") {
		s.Description = b.opt("description")
	}
	if b.set("playlistId") {
		s.PlaylistID = b.str("playlistId")
	}
	if d := optStamp(b.opt("startDate")); d != nil {
		s.StartDate = *d
	}
	if d := optStamp(b.opt("endDate")); d != nil {
		s.EndDate = d
	}
	if b.has("startTime") {
		s.StartTime = b.optNum("startTime")
	}
	if b.has("endTime") {
		s.EndTime = b.optNum("endTime")
	}
	if b.set("daysOfWeek") {
		s.DaysOfWeek = b.ints("daysOfWeek")
	}
	if b.set("priority") {
		s.Priority = b.num("priority")
	}
	if b.set("isActive") {
		s.IsActive = b.yes("isActive")
	}
	c.fillTarget(s)
}

// fillTarget: one target replaces the other; a null clears its own and may leave none.
func (c *call) fillTarget(s *scheduleRow) {
	b := c.body
	if b.has("displayId") {
		s.DisplayID = b.opt("displayId")
		if s.DisplayID != nil {
			s.DisplayGroupID = nil
		}
	}
	if b.has("displayGroupId") {
		s.DisplayGroupID = b.opt("displayGroupId")
		if s.DisplayGroupID != nil {
			s.DisplayID = nil
		}
	}
}

// schedulesByPriority are the highest first, then the newest.
func (t *tenant) schedulesByPriority() []*scheduleRow {
	all := slices.Clone(t.schedules.list)
	slices.Reverse(all)
	sort.SliceStable(all, func(a, b int) bool { return all[a].Priority > all[b].Priority })
	return all
}

// listSchedules is ordered by priority, then newest first.
func (c *call) listSchedules() (any, error) {
	page, limit := c.page()
	all := c.t.schedulesByPriority()
	views := []scheduleView{}
	for i := (page - 1) * limit; i < len(all) && len(views) < limit; i++ {
		views = append(views, scheduleAs(c.t, all[i], func(p *playlist) any {
			v := countedPlaylist{playlistRow: p.playlistRow}
			v.Count.Items = len(p.Items)
			return v
		}, plainGroup))
	}
	return c.paged(views, len(all)), nil
}

func (c *call) getSchedule() (any, error) {
	s, err := c.schedule()
	if err != nil {
		return nil, err
	}
	return c.t.scheduleDetail(s), nil
}

// updateSchedule takes an empty body, unlike most.
func (c *call) updateSchedule() (any, error) {
	s, err := c.schedule()
	if err != nil {
		return nil, err
	}
	if c.body.null("daysOfWeek") {
		return nil, unexpected("Argument `daysOfWeek` must not be null.")
	}
	if c.body.set("displayId") && c.body.set("displayGroupId") {
		return nil, badRequest("Cannot specify both displayId and displayGroupId")
	}
	if err := c.checkTargets(); err != nil {
		return nil, err
	}
	c.fillSchedule(s)
	s.UpdatedAt = c.stamp()
	v := c.t.scheduleView(s)
	c.changed("schedule", s.ID, "updated", v)
	return v, nil
}

func (c *call) deleteSchedule() (any, error) {
	s, err := c.schedule()
	if err != nil {
		return nil, err
	}
	c.t.schedules.remove(s.ID)
	c.changed("schedule", s.ID, "deleted", s)
	return s, nil
}

// duplicateSchedule starts inactive.
func (c *call) duplicateSchedule() (any, error) {
	s, err := c.schedule()
	if err != nil {
		return nil, err
	}
	d := *s
	d.ID, d.Name, d.IsActive, d.CreatedAt, d.UpdatedAt = c.s.ids.cuid(), s.Name+" (Copy)", false, c.stamp(), c.stamp()
	d.DaysOfWeek = slices.Clone(s.DaysOfWeek)
	c.t.schedules.add(&d)
	v := c.t.scheduleView(&d)
	c.changed("schedule", d.ID, "created", v)
	return v, nil
}

type conflictView struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	StartTime    *int   `json:"startTime"`
	EndTime      *int   `json:"endTime"`
	DaysOfWeek   []int  `json:"daysOfWeek"`
	Playlist     any    `json:"playlist"`
	Display      any    `json:"display"`
	DisplayGroup any    `json:"displayGroup"`
}

// checkConflicts compares days and times of day with the target's active schedules, or with all when no target is named.
func (c *call) checkConflicts() (any, error) {
	b := c.body
	if b.set("endDate") {
		return nil, unexpected("Invalid value for argument `lte`: premature end of input. Expected ISO-8601 DateTime.")
	}
	wanted := &scheduleRow{StartTime: b.optNum("startTime"), EndTime: b.optNum("endTime"), DaysOfWeek: b.ints("daysOfWeek")}
	out := []conflictView{}
	for _, s := range c.t.schedules.list {
		if !s.IsActive || s.ID == b.str("excludeScheduleId") || !overlap(wanted, s) {
			continue
		}
		targeted := b.set("displayId") && same(s.DisplayID, b.opt("displayId")) || b.set("displayGroupId") && same(s.DisplayGroupID, b.opt("displayGroupId"))
		if !targeted && (b.set("displayId") || b.set("displayGroupId")) {
			continue
		}
		if from := optStamp(b.opt("startDate")); from != nil && s.EndDate != nil && s.EndDate.Before(from.Time) {
			continue
		}
		out = append(out, c.t.conflictView(s))
	}
	return obj("hasConflicts conflicts", len(out) > 0, out), nil
}

func (t *tenant) conflictView(s *scheduleRow) conflictView {
	v := conflictView{ID: s.ID, Name: s.Name, StartTime: s.StartTime, EndTime: s.EndTime, DaysOfWeek: s.DaysOfWeek}
	if p, ok := t.playlists.get(s.PlaylistID); ok {
		v.Playlist = map[string]string{"id": p.ID, "name": p.Name}
	}
	if s.DisplayID != nil {
		if d, ok := t.displays.get(*s.DisplayID); ok {
			v.Display = map[string]any{"id": d.ID, "nickname": d.Nickname}
		}
	}
	if s.DisplayGroupID != nil {
		if g, ok := t.groups.get(*s.DisplayGroupID); ok {
			v.DisplayGroup = map[string]string{"id": g.ID, "name": g.Name}
		}
	}
	return v
}

// overlap compares minute by minute of the week; a window past midnight runs into the next day.
func overlap(a, b *scheduleRow) bool {
	var week [7 * 24 * 60]bool
	mark := func(s *scheduleRow, visit func(int) bool) bool {
		from, to := 0, 24*60
		if s.StartTime != nil && s.EndTime != nil && *s.StartTime != *s.EndTime {
			from, to = *s.StartTime, *s.EndTime
			if to < from {
				to += 24 * 60
			}
		}
		for _, d := range s.DaysOfWeek {
			for m := from; m < to; m++ {
				if visit((d*24*60 + m) % len(week)) {
					return true
				}
			}
		}
		return false
	}
	mark(a, func(m int) bool { week[m] = true; return false })
	return mark(b, func(m int) bool { return week[m] })
}

// activeSchedules is a device's own view: what is aimed at it and runs now, the highest priority first.
func (c *call) activeSchedules() (any, error) {
	d, ok := c.t.displays.get(c.params["displayId"])
	if !ok {
		return nil, notFound("Display not found")
	}
	zone, err := time.LoadLocation(d.Timezone)
	if err != nil {
		zone = time.UTC
	}
	out := []any{}
	for _, s := range c.t.schedulesByPriority() {
		if c.t.aimsAt(s, d.ID) && s.runsAt(c.now, zone) {
			out = append(out, c.t.scheduleDetail(s))
		}
	}
	return out, nil
}

// runsAt says whether a schedule is on at a time, in a display's time zone: what the realtime side shows on a screen.
func (s *scheduleRow) runsAt(at time.Time, zone *time.Location) bool {
	if !s.IsActive || at.Before(s.StartDate.Time) || s.EndDate != nil && !at.Before(s.EndDate.Time) {
		return false
	}
	local := at.In(zone)
	minute, today := local.Hour()*60+local.Minute(), int(local.Weekday())
	if s.StartTime == nil || s.EndTime == nil || *s.StartTime == *s.EndTime {
		return slices.Contains(s.DaysOfWeek, today)
	}
	from, to := *s.StartTime, *s.EndTime
	if from < to {
		return minute >= from && minute < to && slices.Contains(s.DaysOfWeek, today)
	}
	return minute >= from && slices.Contains(s.DaysOfWeek, today) || minute < to && slices.Contains(s.DaysOfWeek, (today+6)%7)
}
