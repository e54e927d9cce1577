// The library of templates that all organizations share, and an organization's own copies (contract rest 19).

package sandbox

import (
	"maps"
	"slices"
	"sort"
	"strings"
)

const libraryFields = "id name description type duration templateOrientation category libraryTags difficulty isFeatured useCount previewImageUrl seasonalStart seasonalEnd hasDataSource metadata createdAt updatedAt"

// seedLibrary makes the shared templates.
func (s *Server) seedLibrary(at stamp) {
	for i, line := range []string{
		"Daily Specials|restaurant|beginner|menu,food|landscape",
		"Sale Banner|retail|beginner|sale,promo|landscape",
		"Meeting Room Sign|corporate|intermediate|rooms|portrait",
		"Festival Greeting|events|beginner|season|both",
	} {
		f := strings.Split(line, "|")
		co := s.newContent("", f[0], "template", "", at)
		co.Description, co.TemplateOrientation, co.IsGlobal, co.Duration = ptr(f[0]+" for "+f[1]), &f[4], true, madeSeconds
		meta := map[string]any{
			"templateHtml": "<h1>{{title}}</h1>", "isLibraryTemplate": true, "category": f[1], "difficulty": f[2], "libraryTags": strings.Split(f[3], ","),
			"isFeatured": i < 2, "useCount": 0, "sampleData": map[string]any{"title": f[0]},
			"dataSource": map[string]any{"type": "manual"}, "refreshConfig": map[string]any{"enabled": false, "intervalMinutes": 0},
		}
		if f[1] == "events" {
			meta["seasonalStart"], meta["seasonalEnd"] = "2020-01-01", "2099-12-31"
		}
		co.Metadata = mustJSON(meta)
		s.db.library.add(co)
	}
}

// libraryItem shows a template without its HTML's surroundings in the database.
func libraryItem(co *content) object {
	meta := co.meta()
	source, _ := meta["dataSource"].(map[string]any)
	category, difficulty, tags := meta["category"], meta["difficulty"], meta["libraryTags"]
	if category == nil {
		category = "general"
	}
	if tags == nil {
		tags = []any{}
	}
	return obj(libraryFields, co.ID, co.Name, co.Description, co.Type, co.Duration, co.TemplateOrientation, category, tags, difficulty,
		meta["isFeatured"] == true, useCount(meta), meta["previewImageUrl"], meta["seasonalStart"], meta["seasonalEnd"],
		source["type"] != nil && source["type"] != "manual", co.Metadata, co.CreatedAt, co.UpdatedAt)
}

func useCount(meta map[string]any) int { n, _ := meta["useCount"].(float64); return int(n) }

func libraryItems(rows []*content) []object {
	out := make([]object, len(rows))
	for i, co := range rows {
		out[i] = libraryItem(co)
	}
	return out
}

func (c *call) fromLibrary(keep func(*content, map[string]any) bool) []*content {
	rows := slices.Clone(c.s.db.library.list)
	slices.Reverse(rows)
	return slices.DeleteFunc(rows, func(co *content) bool { return !keep(co, co.meta()) })
}

func (c *call) pageOfTemplates(rows []*content) (any, error) {
	c.perPage = 20
	page, limit := c.page()
	return c.paged(libraryItems(rows[min(len(rows), (page-1)*limit):min(len(rows), page*limit)]), len(rows)), nil
}

// named says whether the query's search text is in the name or the description.
func (c *call) named(co *content) bool {
	text := strings.ToLower(c.query.str("search"))
	return strings.Contains(strings.ToLower(co.Name), text) || co.Description != nil && strings.Contains(strings.ToLower(*co.Description), text)
}

func (c *call) searchLibrary() (any, error) {
	q := c.query
	wanted := func(name string, value any) bool { return !q.set(name) || q.str(name) == jsString(value) }
	return c.pageOfTemplates(c.fromLibrary(func(co *content, meta map[string]any) bool {
		tags, _ := meta["libraryTags"].([]any)
		return c.named(co) && wanted("category", meta["category"]) && wanted("difficulty", meta["difficulty"]) &&
			(!q.set("orientation") || same(co.TemplateOrientation, q.opt("orientation"))) && (!q.set("tag") || slices.Contains(tags, any(q.str("tag"))))
	}))
}

func (c *call) libraryCategories() (any, error) {
	count := map[string]int{}
	for _, co := range c.s.db.library.list {
		count[jsString(co.meta()["category"])]++
	}
	out := []object{}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		out = append(out, obj("name count label", name, count[name], strings.ToUpper(name[:1])+name[1:]))
	}
	return out, nil
}

func (c *call) featuredTemplates() (any, error) {
	return libraryItems(c.fromLibrary(func(_ *content, meta map[string]any) bool { return meta["isFeatured"] == true })), nil
}

func (c *call) seasonalTemplates() (any, error) {
	now := c.stamp().text()
	return libraryItems(c.fromLibrary(func(_ *content, meta map[string]any) bool {
		start, _ := meta["seasonalStart"].(string)
		end, _ := meta["seasonalEnd"].(string)
		return start != "" && start <= now && now <= end
	})), nil
}

func (c *call) popularTemplates() (any, error) {
	rows := c.fromLibrary(func(*content, map[string]any) bool { return true })
	sort.SliceStable(rows, func(a, b int) bool { return useCount(rows[a].meta()) > useCount(rows[b].meta()) })
	return libraryItems(rows), nil
}

func (c *call) userTemplates() (any, error) {
	rows, _ := c.t.contents.newest(1, max(1, c.t.contents.len()), func(co *content) bool {
		return co.Type == "template" && co.Status == "active" && c.named(co)
	})
	return c.pageOfTemplates(rows)
}

func (c *call) libraryTemplate() (*content, error) {
	co, ok := c.s.db.library.get(c.id())
	if !ok {
		return nil, notFound("Template not found in library")
	}
	return co, nil
}

func (c *call) getLibraryTemplate() (any, error) {
	co, err := c.libraryTemplate()
	if err != nil {
		return nil, err
	}
	return libraryItem(co), nil
}

func (c *call) previewLibraryTemplate() (any, error) {
	co, err := c.libraryTemplate()
	if err != nil {
		return nil, err
	}
	return map[string]string{"html": renderWith(co.meta())}, nil
}

// used counts a use of a template.
func (co *content) used() {
	meta := co.meta()
	meta["useCount"] = useCount(meta) + 1
	co.Metadata = mustJSON(meta)
}

func (c *call) cloneTemplate() (any, error) {
	co, err := c.libraryTemplate()
	if err != nil {
		return nil, err
	}
	co.used()
	own := c.s.newContent(c.t.org.ID, co.Name+" (Copy)", "template", "", c.stamp())
	own.Description, own.Duration, own.TemplateOrientation = co.Description, co.Duration, co.TemplateOrientation
	if name := c.body.str("name"); name != "" {
		own.Name = name
	}
	if text := c.body.opt("description"); text != nil && *text != "" {
		own.Description = text
	}
	meta := co.meta()
	meta["isLibraryTemplate"], meta["clonedFrom"], meta["useCount"] = false, co.ID, 0
	own.Metadata = mustJSON(meta)
	c.t.contents.add(own)
	c.changed("content", own.ID, "created", own.contentRow)
	return libraryItem(own), nil
}

// ownTemplate is one of the organization's, or one of the library.
func (c *call) ownTemplate() (*content, error) {
	co, ok := c.t.contents.get(c.id())
	if !ok {
		co, ok = c.s.db.library.get(c.id())
	}
	if !ok || co.Type != "template" {
		return nil, notFound("Template not found")
	}
	return co, nil
}

// publishTemplate makes content of the HTML and puts it on a playlist of each display's own. Unknown displays are skipped, no
// device is told, and neither the subscription nor the publish gate is asked.
func (c *call) publishTemplate() (any, error) {
	template, err := c.ownTemplate()
	if err != nil {
		return nil, err
	}
	template.used()
	co := c.s.newContent(c.t.org.ID, c.body.str("name"), "html", "", c.stamp())
	co.Duration = madeSeconds
	if c.body.set("duration") {
		co.Duration = c.body.num("duration")
	}
	co.Metadata = mustJSON(map[string]any{
		"htmlContent": c.body.str("renderedHtml"), "sourceTemplateId": template.ID, "publishedBy": c.user.ID, "publishedAt": c.stamp().text(),
	})
	c.t.contents.add(co)
	c.changed("content", co.ID, "created", co.contentRow)
	n := 0
	for _, id := range c.body.strings("displayIds") {
		if d, ok := c.t.displays.get(id); ok {
			c.quickPublish(d, co)
			n++
		}
	}
	return obj("contentId displayCount", co.ID, n), nil
}

func (c *call) quickPublish(d *display, co *content) {
	name := "Quick Publish - " + d.DeviceIdentifier
	if d.Nickname != nil {
		name = "Quick Publish - " + *d.Nickname
	}
	i := slices.IndexFunc(c.t.playlists.list, func(p *playlist) bool { return p.Name == name })
	if i < 0 {
		at := c.stamp()
		i = c.t.playlists.len()
		c.t.playlists.add(&playlist{playlistRow: playlistRow{
			ID: c.s.ids.cuid(), Name: name, Description: ptr("Auto-created playlist for quick-published template content"), Loop: true,
			CreatedAt: at, UpdatedAt: at, OrganizationID: c.t.org.ID,
		}})
	}
	p := c.t.playlists.list[i]
	it := itemRow{ID: c.s.ids.cuid(), Duration: c.body.optNum("duration"), CreatedAt: c.stamp(), PlaylistID: p.ID, ContentID: co.ID}
	if n := len(p.Items); n > 0 {
		it.Order = p.Items[n-1].Order + 1
	}
	p.Items = append(p.Items, it)
	d.CurrentPlaylistID, d.UpdatedAt = &p.ID, c.stamp()
	c.changed("display", d.ID, "updated", d.displayRow)
}

func (c *call) saveTemplate() (any, error) {
	co, ok := c.t.contents.get(c.id())
	if !ok || co.Type != "template" {
		return nil, notFound("Template not found")
	}
	meta := co.meta()
	meta["templateHtml"] = c.body.str("templateHtml")
	if c.body.set("name") {
		co.Name = c.body.str("name")
	}
	co.Metadata, co.UpdatedAt = mustJSON(meta), c.stamp()
	c.changed("content", co.ID, "updated", co.contentRow)
	return libraryItem(co), nil
}

func (c *call) generateTemplate() (any, error) {
	return obj("available message", false, "AI Designer is launching soon. We're training our AI to create stunning display templates."), nil
}

// superAdminOnly refuses: a sandbox has no super-admin.
func (c *call) superAdminOnly() (any, error) { return nil, forbidden("Super admin access required") }
