package api

// This file is about one thing: what a playlist is (contract rest 5).

import (
	"time"
)

// Playlist is an ordered list of content that displays play in turn.
type Playlist struct {
	ID             string         `json:"id"`
	Name           string         `json:"name"`
	Description    *string        `json:"description"`
	Loop           bool           `json:"loop"`
	IsDefault      bool           `json:"isDefault"`
	Items          []PlaylistItem `json:"items"`
	ItemCount      *int           `json:"itemCount"`     // absent in answers to writes
	TotalDuration  *int           `json:"totalDuration"` // seconds; absent in answers to writes
	TotalSize      *int64         `json:"totalSize"`     // bytes; absent in answers to writes
	Schedules      []ScheduleRef  `json:"schedules"`     // only in a detail, and only active ones
	Count          *PlaylistUse   `json:"_count"`        // only in a list
	CreatedAt      time.Time      `json:"createdAt"`
	UpdatedAt      time.Time      `json:"updatedAt"`
	OrganizationID string         `json:"organizationId"`
}

// PlaylistUse counts what uses a playlist, inactive schedules included.
type PlaylistUse struct {
	Schedules int `json:"schedules"`
}

// ScheduleRef names a schedule.
type ScheduleRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// PlaylistItem is one place in a playlist. Its id changes whenever the whole
// list is replaced.
type PlaylistItem struct {
	ID        string      `json:"id"`
	ContentID string      `json:"contentId"`
	Order     int         `json:"order"`    // ascending, with gaps after deletions
	Duration  *int        `json:"duration"` // seconds; nil plays the content's own duration
	Content   *ContentRef `json:"content"`
}

// ContentRef is the part of a content item that a playlist embeds.
type ContentRef struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Status   string `json:"status"`
	Duration *int   `json:"duration"` // seconds
	FileSize *int64 `json:"fileSize"` // bytes
}

// defaultDuration is what the server counts for an item when neither it nor its
// content names a duration, in seconds (contract rest 5).
const defaultDuration = 10

// Seconds is how long the item plays.
func (i *PlaylistItem) Seconds() int {
	switch {
	case i.Duration != nil && *i.Duration != 0:
		return *i.Duration
	case i.Content != nil && i.Content.Duration != nil && *i.Content.Duration != 0:
		return *i.Content.Duration
	}
	return defaultDuration
}

// ContentName is the item's content's name, or its id where the answer does not
// embed the content.
func (i *PlaylistItem) ContentName() string {
	if i.Content != nil && i.Content.Name != "" {
		return i.Content.Name
	}
	return i.ContentID
}

// Size is the number of items.
func (p *Playlist) Size() int {
	if p.ItemCount != nil {
		return *p.ItemCount
	}
	return len(p.Items)
}

// Seconds is how long one round of the playlist takes.
func (p *Playlist) Seconds() int {
	if p.TotalDuration != nil {
		return *p.TotalDuration
	}
	total := 0
	for i := range p.Items {
		total += p.Items[i].Seconds()
	}
	return total
}

// itemView is an item in our output.
type itemView struct {
	ID        string `json:"id"`
	ContentID string `json:"contentId"`
	Content   string `json:"content"`
	Type      string `json:"type,omitempty"`
	Position  int    `json:"position"` // from 1
	Duration  *int   `json:"duration"`
	Seconds   int    `json:"seconds"`
}

// View is the item as commands print it, at its position from 1.
func (i *PlaylistItem) view(position int) itemView {
	v := itemView{ID: i.ID, ContentID: i.ContentID, Content: i.ContentName(), Position: position, Duration: i.Duration, Seconds: i.Seconds()}
	if i.Content != nil {
		v.Type = i.Content.Type
	}
	return v
}

func playlistItems(p *Playlist) any {
	views := make([]itemView, len(p.Items))
	for i := range p.Items {
		views[i] = p.Items[i].view(i + 1)
	}
	return views
}

// Playlists describes the kind.
var Playlists = describe(Schema{
	Kind: "Playlist", Noun: "playlist", Plural: "playlists", Path: "/playlists", ID: CUID,
	About:        "an ordered list of content that displays play in turn",
	UpdateAnchor: "name",
	CanCreate:    []string{Admin, Manager}, CanUpdate: []string{Admin, Manager}, CanDelete: []string{Admin},
}, []Attr[*Playlist]{
	{Field{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		func(p *Playlist) any { return p.ID }},
	{Field{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Help: "name; not unique", Column: Column{Header: "NAME", Priority: 1, Width: 48}},
		func(p *Playlist) any { return p.Name }},
	{Field{Name: "description", Write: "description", Flag: "description", Type: TypeString, Clear: true, Help: "free text", Column: Column{Header: "DESCRIPTION", Priority: 7, Wide: true, Width: 40}},
		func(p *Playlist) any { return orNil(p.Description) }},
	{Field{Name: "itemCount", Type: TypeInt, Help: "number of items", Column: Column{Header: "ITEMS", Priority: 2}},
		func(p *Playlist) any { return p.Size() }},
	{Field{Name: "totalDuration", Type: TypeInt, Unit: "seconds", Help: "length of one round", Column: Column{Header: "LENGTH", Priority: 3}},
		func(p *Playlist) any { return p.Seconds() }},
	{Field{Name: "totalSize", Type: TypeInt, Unit: "bytes", Help: "size of the files", Column: Column{Header: "SIZE", Priority: 8, Wide: true}},
		func(p *Playlist) any { return orNil(p.TotalSize) }},
	{Field{Name: "loop", Write: "loop", Flag: "loop", Type: TypeBool, Default: "true", Help: "start again at the end", Column: Column{Header: "LOOP", Priority: 6}},
		func(p *Playlist) any { return p.Loop }},
	{Field{Name: "isDefault", Write: "isDefault", Flag: "default", Type: TypeBool, Help: "the organisation's default playlist", Column: Column{Header: "DEFAULT", Priority: 9, Wide: true}},
		func(p *Playlist) any { return p.IsDefault }},
	{Field{Name: "scheduleCount", Type: TypeInt, Help: "schedules that use it; in a list inactive ones count too", Column: Column{Header: "SCHEDULES", Priority: 5}},
		func(p *Playlist) any {
			if p.Count != nil {
				return p.Count.Schedules
			}
			if p.Schedules != nil {
				return len(p.Schedules)
			}
			return nil
		}},
	{Field{Name: "items", Write: "items", Type: TypeObject, Help: "the items in order"}, playlistItems},
	{Field{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 10, Wide: true}},
		func(p *Playlist) any { return timeOrNil(p.CreatedAt) }},
	{Field{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it or an item last changed", Column: Column{Header: "UPDATED", Priority: 4}},
		func(p *Playlist) any { return timeOrNil(p.UpdatedAt) }},
})

func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func timeOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
