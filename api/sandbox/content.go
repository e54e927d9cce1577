// Content: create, list, get, change, delete (contract rest 6).

package sandbox

import (
	"net"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

type contentTagView struct {
	ID        string  `json:"id"`
	ContentID string  `json:"contentId"`
	TagID     string  `json:"tagId"`
	CreatedAt stamp   `json:"createdAt"`
	Tag       *tagRow `json:"tag"`
}

type contentListView struct {
	ID             string           `json:"id"`
	OrganizationID string           `json:"organizationId"`
	Name           string           `json:"name"`
	Type           string           `json:"type"`
	Thumbnail      *string          `json:"thumbnail"`
	Duration       int              `json:"duration"`
	FileSize       *int64           `json:"fileSize"`
	Status         string           `json:"status"`
	FolderID       *string          `json:"folderId"`
	CreatedAt      stamp            `json:"createdAt"`
	UpdatedAt      stamp            `json:"updatedAt"`
	Tags           []contentTagView `json:"tags"`
	Title          string           `json:"title"`
	ThumbnailURL   *string          `json:"thumbnailUrl"`
}

type contentUse struct {
	itemRow
	Playlist playlistRow `json:"playlist"`
}

type contentFullView struct {
	fullContent
	Tags          []contentTagView `json:"tags"`
	PlaylistItems []contentUse     `json:"playlistItems"`
}

func (t *tenant) contentTagViews(co *content) []contentTagView {
	out := []contentTagView{}
	for _, l := range co.Tags {
		if tag, ok := t.tags.get(l.TagID); ok {
			out = append(out, contentTagView{l.ID, co.ID, l.TagID, l.CreatedAt, tag})
		}
	}
	return out
}

func (t *tenant) contentListView(co *content) contentListView {
	return contentListView{co.ID, co.OrganizationID, co.Name, co.Type, co.Thumbnail, co.Duration, co.FileSize, co.Status, co.FolderID,
		co.CreatedAt, co.UpdatedAt, t.contentTagViews(co), co.Name, co.Thumbnail}
}

// contentView is the shape of GET one: with tags, and the playlists that use it.
func (t *tenant) contentView(co *content) contentFullView {
	v := contentFullView{fullContent: withAliases(co), Tags: t.contentTagViews(co), PlaylistItems: []contentUse{}}
	for _, p := range t.playlists.list {
		for _, i := range p.Items {
			if i.ContentID == co.ID {
				v.PlaylistItems = append(v.PlaylistItems, contentUse{i, p.playlistRow})
			}
		}
	}
	return v
}

func (c *call) content() (*content, error) {
	co, ok := c.t.contents.get(c.id())
	if !ok {
		return nil, notFound("Content not found")
	}
	return co, nil
}

// contentAnswer stamps and reports the change and gives the row with its aliases.
func (c *call) contentAnswer(co *content) (any, error) {
	co.UpdatedAt = c.stamp()
	c.changed("content", co.ID, "updated", co.contentRow)
	return withAliases(co), nil
}

// checkURL refuses addresses the platform would not fetch. The sandbox asks no name server: it goes by the name.
func checkURL(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return badRequest("Only HTTP/HTTPS URLs allowed")
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "127.0.0.1" || host == "::1" {
		return badRequest("Localhost URLs not allowed")
	}
	if ip := net.ParseIP(host); ip != nil {
		if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() {
			return badRequest("Private IP addresses not allowed")
		}
		return nil
	}
	if !strings.Contains(host, ".") || strings.HasSuffix(host, ".invalid") {
		return badRequest("Failed to resolve hostname")
	}
	return nil
}

// databaseTraps are the fields that reach the database unchecked and fail there (contract rest 6).
func (c *call) databaseTraps() error {
	if c.body.set("fileHash") {
		return unexpected("Unknown argument `fileHash`. Available options are marked with ?.")
	}
	if e := c.body.opt("expiresAt"); e != nil && !fullDate(*e) {
		return unexpected("Invalid value for argument `expiresAt`: premature end of input. Expected ISO-8601 DateTime.")
	}
	if id := c.body.opt("replacementContentId"); id != nil {
		if _, ok := c.t.contents.get(*id); !ok {
			return unexpected("Foreign key constraint violated: `Content_replacementContentId_fkey (index)`")
		}
	}
	return nil
}

func (s *Server) newContent(orgID, name, kind, link string, at stamp) *content {
	return &content{contentRow: contentRow{
		ID: s.ids.cuid(), Name: name, Type: kind, URL: link, Duration: 10, Status: "active", CreatedAt: at, UpdatedAt: at,
		VersionNumber: 1, OrganizationID: orgID,
	}}
}

func (c *call) createContent() (any, error) {
	if err := checkURL(strings.ReplaceAll(c.body.str("url"), "&amp;", "&")); err != nil {
		return nil, err
	}
	if err := c.databaseTraps(); err != nil {
		return nil, err
	}
	co := c.s.newContent(c.t.org.ID, "", "", "", c.stamp())
	c.fillContent(co)
	c.t.contents.add(co)
	c.changed("content", co.ID, "created", co.contentRow)
	c.deliverWebhooks("content.created")
	return withAliases(co), nil
}

// fillContent copies the fields that were sent.
func (c *call) fillContent(co *content) {
	b := c.body
	if b.set("name") {
		co.Name = b.str("name")
	}
	if b.set("type") {
		co.Type = b.str("type")
	}
	if b.set("url") {
		co.URL = b.str("url")
	}
	if b.set("duration") {
		co.Duration = b.num("duration")
	}
	for name, to := range map[string]**string{
		"description": &co.Description, "thumbnail": &co.Thumbnail, "mimeType": &co.MimeType,
		"replacementContentId": &co.ReplacementContentID, "templateOrientation": &co.TemplateOrientation,
	} {
		if b.has(name) {
			*to = b.opt(name)
		}
	}
	if b.has("fileSize") {
		co.FileSize = nil
		if n := b.optNum("fileSize"); n != nil {
			co.FileSize = ptr(int64(*n))
		}
	}
	if b.has("metadata") {
		co.Metadata = b.raw("metadata")
	}
	if b.has("expiresAt") {
		co.ExpiresAt = optStamp(b.opt("expiresAt"))
	}
}

// optStamp reads a validated date.
func optStamp(s *string) *stamp {
	if s == nil {
		return nil
	}
	t, err := parseDate(*s)
	if err != nil {
		return nil
	}
	return &stamp{t}
}

// contentFilter is the query of the content lists.
func (c *call) contentFilter() func(*content) bool {
	q := c.query
	search := strings.ToLower(q.str("search"))
	names, ids := q.strings("tagNames"), q.strings("tagIds")
	since := time.Time{}
	if days := map[string]int{"7days": 7, "30days": 30, "90days": 90}[q.str("dateRange")]; days > 0 {
		since = c.now.AddDate(0, 0, -days)
	}
	return func(co *content) bool {
		switch {
		case q.set("type") && co.Type != q.str("type"),
			q.set("status") && co.Status != q.str("status"),
			q.set("templateOrientation") && (co.TemplateOrientation == nil || *co.TemplateOrientation != q.str("templateOrientation")),
			co.CreatedAt.Before(since):
			return false
		}
		if search != "" && !strings.Contains(strings.ToLower(co.Name), search) &&
			(co.Description == nil || !strings.Contains(strings.ToLower(*co.Description), search)) {
			return false
		}
		return c.t.tagged(co, names, ids)
	}
}

// tagged says whether content has one of the named tags and one of the tag ids; an empty list asks for nothing.
func (t *tenant) tagged(co *content, names, ids []string) bool {
	byName, byID := len(names) == 0, len(ids) == 0
	for _, l := range co.Tags {
		tag, ok := t.tags.get(l.TagID)
		byName = byName || ok && slices.Contains(names, tag.Name)
		byID = byID || slices.Contains(ids, l.TagID)
	}
	return byName && byID
}

func (c *call) contentPage(keep func(*content) bool) (any, error) {
	page, limit := c.page()
	rows, total := c.t.contents.newest(page, limit, keep)
	views := make([]contentListView, len(rows))
	for i, co := range rows {
		views[i] = c.t.contentListView(co)
	}
	return c.paged(views, total), nil
}

func (c *call) listContent() (any, error) { return c.contentPage(c.contentFilter()) }

func (c *call) contentTags() (any, error) {
	type tagUse struct {
		ID           string  `json:"id"`
		Name         string  `json:"name"`
		Color        *string `json:"color"`
		ContentCount int     `json:"contentCount"`
	}
	count := map[string]int{}
	for _, co := range c.t.contents.list {
		for _, l := range co.Tags {
			count[l.TagID]++
		}
	}
	out := []tagUse{}
	for _, tag := range c.t.tags.list {
		if n := count[tag.ID]; n > 0 {
			out = append(out, tagUse{tag.ID, tag.Name, tag.Color, n})
		}
	}
	return out, nil
}

func (c *call) getContent() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	return c.t.contentView(co), nil
}

// downloadContent gives the bytes of a stored object, else a redirect to the content's address.
func (c *call) downloadContent() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(co.URL, "minio://") {
		if co.URL == "" {
			return nil, notFound("Content has no associated file")
		}
		return redirect{strings.ReplaceAll(co.URL, "&amp;", "&")}, nil
	}
	o, ok := c.s.db.objects[co.ObjectKey]
	if !ok {
		return nil, notFound("Content file not found")
	}
	return fileBytes{path.Base(co.Name), o.MimeType, o.Data}, nil
}

// updateContent: an empty body updates no row, which the platform takes for missing content.
func (c *call) updateContent() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	if len(c.body) == 0 {
		return nil, notFound("Content not found")
	}
	if err := c.databaseTraps(); err != nil {
		return nil, err
	}
	c.fillContent(co)
	return c.contentAnswer(co)
}

// deleteContent takes the row out of every playlist; no device is told.
func (c *call) deleteContent() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	c.s.db.dropContent(c.t, co)
	c.changed("content", co.ID, "deleted", co.contentRow)
	return map[string]int{"count": 1}, nil
}
