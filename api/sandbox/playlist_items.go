// The items of a playlist, one by one (contract rest 5).

package sandbox

import (
	"slices"
	"strings"
)

// defaultItemSeconds is the duration of an added item without one; it is not the content's.
const defaultItemSeconds = 30

func (c *call) item() (*playlist, int, error) {
	p, err := c.playlist()
	if err != nil {
		return nil, 0, err
	}
	i := slices.IndexFunc(p.Items, func(i itemRow) bool { return i.ID == c.params["itemId"] })
	if i < 0 {
		return nil, 0, notFound("Playlist item not found")
	}
	return p, i, nil
}

func (c *call) itemAnswer(p *playlist, i itemRow, action string) (any, error) {
	co, _ := c.t.contents.get(i.ContentID)
	c.playlistChanged(p, action)
	return itemView{i, &co.contentRow}, nil
}

func (c *call) addItem() (any, error) {
	p, err := c.playlist()
	if err != nil {
		return nil, err
	}
	co, ok := c.t.contents.get(c.body.str("contentId"))
	if !ok {
		return nil, notFound("Content not found")
	}
	it := itemRow{ID: c.s.ids.cuid(), Duration: ptr(defaultItemSeconds), CreatedAt: c.stamp(), PlaylistID: p.ID, ContentID: co.ID}
	if c.body.set("duration") {
		it.Duration = c.body.optNum("duration")
	}
	if n := len(p.Items); n > 0 {
		it.Order = p.Items[n-1].Order + 1
	}
	p.Items = append(p.Items, it)
	return c.itemAnswer(p, it, "updated")
}

func (c *call) updateItem() (any, error) {
	if !c.body.has("duration") {
		return nil, badRequest("At least one field (duration) must be provided")
	}
	p, i, err := c.item()
	if err != nil {
		return nil, err
	}
	p.Items[i].Duration = c.body.optNum("duration")
	return c.itemAnswer(p, p.Items[i], "updated")
}

// removeItem leaves the orders of the others as they are.
func (c *call) removeItem() (any, error) {
	p, i, err := c.item()
	if err != nil {
		return nil, err
	}
	id := p.Items[i].ID
	p.Items = slices.Delete(p.Items, i, i+1)
	c.playlistChanged(p, "updated")
	return obj("id playlistId", id, p.ID), nil
}

func (c *call) reorderPlaylist() (any, error) {
	p, err := c.playlist()
	if err != nil {
		return nil, err
	}
	byID := map[string]itemRow{}
	for _, i := range p.Items {
		byID[i.ID] = i
	}
	ids := c.body.strings("itemIds")
	var unknown []string
	var order []itemRow
	seen := map[string]bool{}
	for n, id := range ids {
		it, ok := byID[id]
		if !ok {
			unknown = append(unknown, id)
			continue
		}
		it.Order = n
		order = append(order, it)
		seen[id] = true
	}
	switch {
	case len(unknown) > 0:
		return nil, notFound("Playlist items not found: " + strings.Join(unknown, ", "))
	case len(ids) < len(p.Items) || len(seen) < len(p.Items) && len(ids) == len(seen):
		return nil, notFound("All playlist items must be included in reorder")
	case len(seen) != len(ids):
		return nil, unexpected("Unique constraint failed on the fields: (`playlistId`,`order`)")
	}
	p.Items = order
	c.playlistChanged(p, "items_reordered")
	return c.t.playlistView(p), nil
}
