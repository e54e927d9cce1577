// Provisioning templates: what a display gets when it is paired (contract rest 18).

package sandbox

import "sort"

func provisioning() *kind {
	return &kind{
		name: "provisioning-template", label: "Provisioning template", unique: true, nullable: "description defaultPlaylistId",
		initial: `{"description":null,"defaultOrientation":"landscape","defaultTimezone":"UTC","defaultPlaylistId":null,"isDefault":false}`,
		fields:  "id organizationId name description defaultOrientation defaultTimezone defaultPlaylistId isDefault createdAt updatedAt",
	}
}

func (c *call) createProvisioning() (any, error) {
	if id := c.body.opt("defaultPlaylistId"); id != nil {
		if err := c.ownPlaylist(*id); err != nil {
			return nil, err
		}
	}
	r, err := c.insert(provisioning())
	if err != nil {
		return nil, err
	}
	return provisioning().show(r), nil
}

// listProvisioning has the default ones first; isDefault is not exclusive.
func (c *call) listProvisioning() (any, error) {
	rows := c.all(provisioning(), nil)
	sort.SliceStable(rows, func(a, b int) bool { return rows[a].yes("isDefault") && !rows[b].yes("isDefault") })
	return provisioning().showAll(rows), nil
}

func (c *call) getProvisioning() (any, error) { return c.get(provisioning()) }

func (c *call) updateProvisioning() (any, error) {
	if _, err := c.find(provisioning()); err != nil {
		return nil, err
	}
	if id := c.body.opt("defaultPlaylistId"); id != nil {
		if err := c.ownPlaylist(*id); err != nil {
			return nil, err
		}
	}
	return c.patch(provisioning())
}

func (c *call) deleteProvisioning() (any, error) { return c.drop(provisioning()) }

// provision applies a template to a display that is being paired. The time zone is taken as it is: nobody checks it.
func (r *record) provision(d *display) {
	d.Orientation, d.Timezone = r.str("defaultOrientation"), r.str("defaultTimezone")
	if id := r.str("defaultPlaylistId"); id != "" {
		d.CurrentPlaylistID = &id
	}
}
