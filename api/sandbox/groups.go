// Display groups (contract rest 9).

package sandbox

import "slices"

type memberView struct {
	memberRow
	Display displayRow `json:"display"`
}

type groupView struct {
	groupRow
	Displays []memberView `json:"displays"`
}

func (t *tenant) groupView(g *group) groupView {
	v := groupView{groupRow: g.groupRow, Displays: []memberView{}}
	for _, m := range g.Members {
		if d, ok := t.displays.get(m.DisplayID); ok {
			v.Displays = append(v.Displays, memberView{m, d.displayRow})
		}
	}
	return v
}

func (c *call) group() (*group, error) {
	g, ok := c.t.groups.get(c.id())
	if !ok {
		return nil, notFound("Display group not found")
	}
	return g, nil
}

func (c *call) groupAnswer(g *group, action string) (any, error) {
	v := c.t.groupView(g)
	c.changed("group", g.ID, action, v)
	return v, nil
}

func (c *call) createGroup() (any, error) {
	at := c.stamp()
	g := &group{groupRow: groupRow{ID: c.s.ids.cuid(), Name: c.body.str("name"), Description: c.body.opt("description"), CreatedAt: at, UpdatedAt: at, OrganizationID: c.t.org.ID}}
	c.t.groups.add(g)
	return c.groupAnswer(g, "created")
}

func (c *call) listGroups() (any, error) {
	type narrowMember struct {
		DisplayID string `json:"displayId"`
	}
	type groupListView struct {
		groupRow
		Displays []narrowMember `json:"displays"`
		Count    struct {
			Displays int `json:"displays"`
		} `json:"_count"`
	}
	page, limit := c.page()
	rows, total := c.t.groups.newest(page, limit, nil)
	views := make([]groupListView, len(rows))
	for i, g := range rows {
		v := groupListView{groupRow: g.groupRow, Displays: []narrowMember{}}
		for _, m := range g.Members {
			v.Displays = append(v.Displays, narrowMember{m.DisplayID})
		}
		v.Count.Displays = len(g.Members)
		views[i] = v
	}
	return c.paged(views, total), nil
}

func (c *call) getGroup() (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	return c.t.groupView(g), nil
}

func (c *call) updateGroup() (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	if len(c.body) == 0 {
		return nil, notFound("Display group not found")
	}
	if c.body.set("name") {
		g.Name = c.body.str("name")
	}
	if c.body.has("description") {
		g.Description = c.body.opt("description")
	}
	g.UpdatedAt = c.stamp()
	return c.groupAnswer(g, "updated")
}

// deleteGroup takes its schedules along; the displays stay.
func (c *call) deleteGroup() (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	c.t.dropGroup(g)
	c.changed("group", g.ID, "deleted", g.groupRow)
	return obj("deleted id", true, g.ID), nil
}

// join adds a display and says how many memberships are new: 1 or 0.
func (c *call) join(g *group, displayID string) int {
	if slices.ContainsFunc(g.Members, func(m memberRow) bool { return m.DisplayID == displayID }) {
		return 0
	}
	g.Members = append(g.Members, memberRow{c.s.ids.cuid(), displayID, g.ID, c.stamp()})
	return 1
}

// addMembers counts the rows it finds against the list it got, so a repeated id looks like a missing one.
func (c *call) addMembers() (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	displays, err := c.distinctDisplays()
	if err != nil {
		return nil, err
	}
	if len(displays) != len(c.body.strings("displayIds")) {
		return nil, notFound("One or more displays not found")
	}
	for _, d := range displays {
		c.join(g, d.ID)
	}
	return c.groupAnswer(g, "updated")
}

func (c *call) removeMembers() (any, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	ids := c.body.strings("displayIds")
	g.Members = slices.DeleteFunc(g.Members, func(m memberRow) bool { return slices.Contains(ids, m.DisplayID) })
	return c.groupAnswer(g, "updated")
}
