// Playlists (contract rest 5).

package sandbox

import (
	"sort"
	"strings"
)

// fullContent is a content row with the aliases of most answers.
type fullContent struct {
	contentRow
	Title        string  `json:"title"`
	ThumbnailURL *string `json:"thumbnailUrl"`
}

func withAliases(c *content) fullContent { return fullContent{c.contentRow, c.Name, c.Thumbnail} }

type itemView struct {
	itemRow
	Content any `json:"content"`
}

type narrowContent struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	Type         string  `json:"type"`
	Thumbnail    *string `json:"thumbnail"`
	Duration     int     `json:"duration"`
	FileSize     *int64  `json:"fileSize"`
	Status       string  `json:"status"`
	Title        string  `json:"title"`
	ThumbnailURL *string `json:"thumbnailUrl"`
}

type listItemView struct {
	ID         string        `json:"id"`
	PlaylistID string        `json:"playlistId"`
	ContentID  string        `json:"contentId"`
	Order      int           `json:"order"`
	Duration   *int          `json:"duration"`
	Content    narrowContent `json:"content"`
}

type playlistTotals struct {
	ItemCount     int   `json:"itemCount"`
	TotalDuration int   `json:"totalDuration"` // seconds
	TotalSize     int64 `json:"totalSize"`     // bytes
}

type playlistListView struct {
	playlistRow
	Items []listItemView `json:"items"`
	Count struct {
		Schedules int `json:"schedules"`
	} `json:"_count"`
	playlistTotals
}

type playlistPlainView struct {
	playlistRow
	Items []itemView `json:"items"`
}

type playlistFullView struct {
	playlistRow
	Items     []itemView    `json:"items"`
	Schedules []scheduleRow `json:"schedules"`
	playlistTotals
}

func (t *tenant) totals(p *playlist) playlistTotals {
	sum := playlistTotals{ItemCount: len(p.Items)}
	for _, i := range p.Items {
		co, ok := t.contents.get(i.ContentID)
		seconds := 10
		if ok && co.Duration != 0 {
			seconds = co.Duration
		}
		if i.Duration != nil && *i.Duration != 0 {
			seconds = *i.Duration
		}
		sum.TotalDuration += seconds
		if ok && co.FileSize != nil {
			sum.TotalSize += *co.FileSize
		}
	}
	return sum
}

// itemsOf shows a playlist's items, each with its content as view makes it.
func itemsOf(t *tenant, p *playlist, view func(*content) any) []itemView {
	out := make([]itemView, 0, len(p.Items))
	for _, i := range p.Items {
		if co, ok := t.contents.get(i.ContentID); ok {
			out = append(out, itemView{i, view(co)})
		}
	}
	return out
}

func plainContent(c *content) any { return &c.contentRow }

// playlistPlain is the shape of create, PATCH and duplicate.
func (t *tenant) playlistPlain(p *playlist) playlistPlainView {
	return playlistPlainView{p.playlistRow, itemsOf(t, p, plainContent)}
}

// playlistView is the shape of GET one and reorder; only active schedules are shown.
func (t *tenant) playlistView(p *playlist) playlistFullView {
	v := playlistFullView{playlistRow: p.playlistRow, Items: itemsOf(t, p, func(co *content) any { return withAliases(co) }), Schedules: []scheduleRow{}, playlistTotals: t.totals(p)}
	for _, s := range t.schedules.list {
		if s.PlaylistID == p.ID && s.IsActive {
			v.Schedules = append(v.Schedules, *s)
		}
	}
	return v
}

func (c *call) playlist() (*playlist, error) {
	p, ok := c.t.playlists.get(c.id())
	if !ok {
		return nil, notFound("Playlist not found")
	}
	return p, nil
}

// playlistChanged stamps the row, reports the change, and pushes to the displays whose current playlist it is.
func (c *call) playlistChanged(p *playlist, action string) {
	p.UpdatedAt = c.stamp()
	c.changed("playlist", p.ID, action, c.t.playlistView(p))
	for _, d := range c.t.displays.list {
		if d.CurrentPlaylistID != nil && *d.CurrentPlaylistID == p.ID {
			c.pushPlaylist(d.ID, p.ID)
		}
	}
}

func (c *call) listPlaylists() (any, error) {
	page, limit := c.page()
	rows, total := c.t.playlists.newest(page, limit, nil)
	schedules := map[string]int{}
	for _, s := range c.t.schedules.list {
		schedules[s.PlaylistID]++
	}
	views := make([]playlistListView, len(rows))
	for i, p := range rows {
		v := playlistListView{playlistRow: p.playlistRow, Items: []listItemView{}, playlistTotals: c.t.totals(p)}
		for _, it := range p.Items {
			if co, ok := c.t.contents.get(it.ContentID); ok {
				n := narrowContent{co.ID, co.Name, co.Type, co.Thumbnail, co.Duration, co.FileSize, co.Status, co.Name, co.Thumbnail}
				v.Items = append(v.Items, listItemView{it.ID, p.ID, it.ContentID, it.Order, it.Duration, n})
			}
		}
		v.Count.Schedules = schedules[p.ID]
		views[i] = v
	}
	return c.paged(views, total), nil
}

func (c *call) getPlaylist() (any, error) {
	p, err := c.playlist()
	if err != nil {
		return nil, err
	}
	return c.t.playlistView(p), nil
}

// newItems makes items of a request. order defaults to the index.
func (c *call) newItems(playlistID string) (items []itemRow, missing []string, sameOrder bool) {
	seen := map[int]bool{}
	for i, in := range c.body.objects("items") {
		it := itemRow{ID: c.s.ids.cuid(), Order: i, Duration: in.optNum("duration"), CreatedAt: c.stamp(), PlaylistID: playlistID, ContentID: in.str("contentId")}
		if in.set("order") {
			it.Order = in.num("order")
		}
		if _, ok := c.t.contents.get(it.ContentID); !ok {
			missing = append(missing, it.ContentID)
		}
		sameOrder = sameOrder || seen[it.Order]
		seen[it.Order] = true
		items = append(items, it)
	}
	sort.SliceStable(items, func(a, b int) bool { return items[a].Order < items[b].Order })
	return items, missing, sameOrder
}

func (c *call) createPlaylist() (any, error) {
	at := c.stamp()
	p := &playlist{playlistRow: playlistRow{
		ID: c.s.ids.cuid(), Name: c.body.str("name"), Description: c.body.opt("description"), Loop: true,
		IsDefault: c.body.yes("isDefault"), CreatedAt: at, UpdatedAt: at, OrganizationID: c.t.org.ID,
	}}
	if c.body.set("loop") {
		p.Loop = c.body.yes("loop")
	}
	items, missing, sameOrder := c.newItems(p.ID)
	if len(missing) > 0 {
		return nil, notFound("Content item(s) not found or do not belong to your organization: " + strings.Join(missing, ", "))
	}
	if sameOrder {
		return nil, conflict("A playlist with duplicate items exists")
	}
	p.Items = items
	c.t.playlists.add(p)
	c.changed("playlist", p.ID, "created", c.t.playlistView(p))
	return c.t.playlistPlain(p), nil
}

// updatePlaylist: without a scalar no row is updated, which the platform takes for a missing playlist.
func (c *call) updatePlaylist() (any, error) {
	p, err := c.playlist()
	if err != nil {
		return nil, err
	}
	b := c.body
	if !b.has("name") && !b.has("description") && !b.has("loop") && !b.has("isDefault") {
		return nil, notFound("Playlist not found")
	}
	if b.set("items") {
		items, missing, sameOrder := c.newItems(p.ID)
		if len(missing) > 0 || sameContent(items) {
			return nil, notFound("One or more content items not found")
		}
		if sameOrder {
			return nil, unexpected("Unique constraint failed on the fields: (`playlistId`,`order`)")
		}
		p.Items = items
	}
	if b.set("name") {
		p.Name = b.str("name")
	}
	if b.has("description") {
		p.Description = b.opt("description")
	}
	if b.set("loop") {
		p.Loop = b.yes("loop")
	}
	if b.set("isDefault") {
		p.IsDefault = b.yes("isDefault")
	}
	c.playlistChanged(p, "updated")
	return c.t.playlistPlain(p), nil
}

func sameContent(items []itemRow) bool {
	seen := map[string]bool{}
	for _, i := range items {
		if seen[i.ContentID] {
			return true
		}
		seen[i.ContentID] = true
	}
	return false
}

// deletePlaylist takes its schedules along; no device is told.
func (c *call) deletePlaylist() (any, error) {
	p, err := c.playlist()
	if err != nil {
		return nil, err
	}
	c.t.dropPlaylist(p)
	c.changed("playlist", p.ID, "deleted", p.playlistRow)
	return map[string]string{"id": p.ID}, nil
}

// duplicatePlaylist keeps the items and their order, but not loop and isDefault.
func (c *call) duplicatePlaylist() (any, error) {
	p, err := c.playlist()
	if err != nil {
		return nil, err
	}
	at := c.stamp()
	d := &playlist{playlistRow: playlistRow{
		ID: c.s.ids.cuid(), Name: p.Name + " (Copy)", Description: p.Description, Loop: true, CreatedAt: at, UpdatedAt: at, OrganizationID: c.t.org.ID,
	}}
	for _, i := range p.Items {
		i.ID, i.PlaylistID, i.CreatedAt = c.s.ids.cuid(), d.ID, at
		d.Items = append(d.Items, i)
	}
	c.t.playlists.add(d)
	c.changed("playlist", d.ID, "created", c.t.playlistView(d))
	return c.t.playlistPlain(d), nil
}
