package api

// This file is about one thing: what a content item is (contract rest 6).

import (
	"encoding/json"
	"math"
	"time"
)

// Content is something that can be shown: an uploaded file, a web page, a template.
type Content struct {
	ID                string          `json:"id"`
	Name              string          `json:"name"`
	Description       *string         `json:"description"` // only in a detail
	Type              string          `json:"type"`
	Status            string          `json:"status"`
	URL               *string         `json:"url"` // only in a detail
	Thumbnail         *string         `json:"thumbnail"`
	Duration          *int            `json:"duration"` // seconds
	FileSize          *int64          `json:"fileSize"` // bytes
	MimeType          *string         `json:"mimeType"` // only in a detail
	Metadata          json.RawMessage `json:"metadata"` // only in a detail
	Orientation       *string         `json:"templateOrientation"`
	ExpiresAt         time.Time       `json:"expiresAt"` // only in a detail
	ReplacementID     *string         `json:"replacementContentId"`
	PreviousVersionID *string         `json:"previousVersionId"`
	VersionNumber     int             `json:"versionNumber"`
	FolderID          *string         `json:"folderId"`
	Tags              []TagLink       `json:"tags"`
	PlaylistItems     []PlaylistLink  `json:"playlistItems"` // only in a detail
	CreatedAt         time.Time       `json:"createdAt"`
	UpdatedAt         time.Time       `json:"updatedAt"`
	OrganizationID    string          `json:"organizationId"`
}

// PlaylistLink is how a content's detail embeds a playlist that uses it.
type PlaylistLink struct {
	PlaylistID string `json:"playlistId"`
	Playlist   struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"playlist"`
}

// FileHash is the SHA-256 of the uploaded file, or "" where there is none.
func (c *Content) FileHash() string {
	var m struct {
		FileHash string `json:"fileHash"`
	}
	if json.Unmarshal(c.Metadata, &m) != nil {
		return ""
	}
	return m.FileHash
}

// UsedBy lists the names of the playlists that hold the content, each once.
func (c *Content) UsedBy() []string {
	var names []string
	seen := map[string]bool{}
	for _, link := range c.PlaylistItems {
		if !seen[link.Playlist.ID] {
			seen[link.Playlist.ID] = true
			names = append(names, link.Playlist.Name)
		}
	}
	return names
}

// Contents describes the kind. Status is read-only: the verbs archive, restore,
// flag and review move it. A PATCH may not carry it (contract rest 6).
var Contents = describe(Schema{
	Kind: "Content", Noun: "content", Plural: "contents", Path: "/content", ID: CUID, Search: "search",
	About: "something that displays can show: an uploaded file, a web page, a template",
	Filters: []Filter{
		{Param: "type", Flag: "type", Enum: []string{"image", "video", "url", "html", "pdf", "template", "layout"}, Help: "only this type"},
		{Param: "status", Flag: "status", Enum: []string{"active", "archived", "draft", "flagged", "rejected", "pending_approval", "expired"}, Help: "only this status"},
		{Param: "dateRange", Flag: "since", Enum: []string{"7days", "30days", "90days"}, Help: "only what was made in this time"},
		{Param: "templateOrientation", Flag: "orientation", Enum: []string{"landscape", "portrait", "both"}, Help: "only templates of this orientation"},
		{Param: "tagNames", Flag: "tag", Repeat: true, Help: "only what carries this tag"},
	},
	CanCreate: []string{Admin, Manager}, CanUpdate: []string{Admin, Manager}, CanDelete: []string{Admin},
}, []Attr[*Content]{
	{Field{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		func(c *Content) any { return c.ID }},
	{Field{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Help: "name; not unique", Column: Column{Header: "NAME", Priority: 1, Width: 48}},
		func(c *Content) any { return c.Name }},
	{Field{Name: "type", Write: "type", Flag: "type", Type: TypeEnum, Enum: []string{"image", "video", "url", "html", "pdf", "template"}, Required: true, CreateOnly: true, Help: "what it is", Column: Column{Header: "TYPE", Priority: 2}},
		func(c *Content) any { return c.Type }},
	{Field{Name: "status", Type: TypeEnum, Enum: []string{"active", "archived", "draft", "flagged", "rejected", "pending_approval", "expired", "ready", "processing", "error"}, Help: "moved by archive, restore, flag, review and expiry", Column: Column{Header: "STATUS", Priority: 3}},
		func(c *Content) any { return c.Status }},
	{Field{Name: "duration", Write: "duration", Flag: "duration", Type: TypeInt, Unit: "seconds", Min: 1, Max: math.MaxInt32, Help: "how long it shows unless a playlist says otherwise", Column: Column{Header: "DURATION", Priority: 4}},
		func(c *Content) any { return orNil(c.Duration) }},
	{Field{Name: "fileSize", Type: TypeInt, Unit: "bytes", Help: "size of the file", Column: Column{Header: "SIZE", Priority: 6}},
		func(c *Content) any { return orNil(c.FileSize) }},
	{Field{Name: "tags", Type: TypeList, Help: "names of its tags", Column: Column{Header: "TAGS", Priority: 8, Wide: true, Width: 30}},
		func(c *Content) any { return tagNames(c.Tags) }},
	{Field{Name: "folderId", Type: TypeRef, Ref: "folder", Help: "id of its folder", Column: Column{Header: "FOLDER", Priority: 9, Wide: true}},
		func(c *Content) any { return orNil(c.FolderID) }},
	{Field{Name: "url", Write: "url", Flag: "url", Type: TypeString, Required: true, Min: 1, Detail: true, Help: "http:// or https:// address; its server must be public"},
		func(c *Content) any { return orNil(c.URL) }},
	{Field{Name: "description", Write: "description", Flag: "description", Type: TypeString, Clear: true, Detail: true, Help: "free text"},
		func(c *Content) any { return orNil(c.Description) }},
	{Field{Name: "expiresAt", Write: "expiresAt", Flag: "expires", Type: TypeTime, Clear: true, Detail: true, Help: "when it stops being shown"},
		func(c *Content) any { return timeOrNil(c.ExpiresAt) }},
	{Field{Name: "replacement", Read: "replacementContentId", Write: "replacementContentId", Flag: "replacement", Type: TypeRef, Ref: "content", Clear: true, Detail: true, Help: "what takes its place when it expires"},
		func(c *Content) any { return orNil(c.ReplacementID) }},
	{Field{Name: "orientation", Read: "templateOrientation", Write: "templateOrientation", Flag: "orientation", Type: TypeEnum, Enum: []string{"landscape", "portrait", "both"}, Clear: true, Detail: true, Help: "for templates"},
		func(c *Content) any { return orNil(c.Orientation) }},
	{Field{Name: "mimeType", Type: TypeString, Detail: true, Help: "type of the file"},
		func(c *Content) any { return orNil(c.MimeType) }},
	{Field{Name: "metadata", Write: "metadata", Flag: "metadata", Type: TypeObject, Detail: true, Help: "a JSON object, replaced whole; an upload's SHA-256 lives in it"},
		func(c *Content) any { return rawOrNil(c.Metadata) }},
	{Field{Name: "thumbnail", Write: "thumbnail", Flag: "thumbnail", Type: TypeString, Clear: true, Help: "address of its picture"},
		func(c *Content) any { return orNil(c.Thumbnail) }},
	{Field{Name: "version", Read: "versionNumber", Type: TypeInt, Detail: true, Help: "goes up with each replace"},
		func(c *Content) any {
			if c.VersionNumber == 0 {
				return nil
			}
			return c.VersionNumber
		}},
	{Field{Name: "usedBy", Type: TypeList, Detail: true, Help: "names of the playlists that hold it"},
		func(c *Content) any {
			if c.PlaylistItems == nil {
				return nil
			}
			return c.UsedBy()
		}},
	{Field{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 7, Wide: true}},
		func(c *Content) any { return timeOrNil(c.CreatedAt) }},
	{Field{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed", Column: Column{Header: "UPDATED", Priority: 5}},
		func(c *Content) any { return timeOrNil(c.UpdatedAt) }},
})
