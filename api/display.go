package api

// This file is about one thing: what a display is (contract rest 4). The
// dashboard says "device"; the REST noun is display.

import (
	"encoding/json"
	"time"
)

// Display is a screen with a player.
type Display struct {
	ID               string          `json:"id"`
	DeviceIdentifier string          `json:"deviceIdentifier"`
	Nickname         *string         `json:"nickname"`
	Description      *string         `json:"description"`
	Location         *string         `json:"location"`
	Status           string          `json:"status"`
	Orientation      string          `json:"orientation"`
	Resolution       *string         `json:"resolution"`
	Timezone         string          `json:"timezone"`
	LastHeartbeat    time.Time       `json:"lastHeartbeat"` // zero: never seen
	IsDisabled       bool            `json:"isDisabled"`
	CurrentPlaylist  *string         `json:"currentPlaylistId"`
	Tags             []TagLink       `json:"tags"`
	Metadata         json.RawMessage `json:"metadata"` // only in a detail
	Groups           []GroupLink     `json:"groups"`   // only in a detail
	Schedules        []ScheduleRef   `json:"schedules"`
	PairedAt         time.Time       `json:"pairedAt"`
	CreatedAt        time.Time       `json:"createdAt"`
	UpdatedAt        time.Time       `json:"updatedAt"`
	OrganizationID   string          `json:"organizationId"`
}

// TagLink is how an answer embeds a tag.
type TagLink struct {
	Tag struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"tag"`
}

// GroupLink is how a display's detail embeds a display group.
type GroupLink struct {
	DisplayGroup struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"displayGroup"`
}

// Name is the nickname, or the device identifier of a display without one.
func (d *Display) Name() string {
	if d.Nickname != nil && *d.Nickname != "" {
		return *d.Nickname
	}
	return d.DeviceIdentifier
}

func tagNames(links []TagLink) any {
	names := make([]string, len(links))
	for i, l := range links {
		names[i] = l.Tag.Name
	}
	return names
}

// rawOrNil keeps an absent or null object out of the output.
func rawOrNil(raw json.RawMessage) any {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return raw
}

// Displays describes the kind. The timezone has no flag: REST can set it only
// through a provisioning template at pairing (contract rest 25, item 20).
// Status has none either: the server would take it and so overwrite the real
// state (contract rest 4).
var Displays = describe(Schema{
	Kind: "Display", Noun: "display", Plural: "displays", Path: "/displays", ID: UUID,
	About:     "a screen with a player",
	Unique:    []string{"deviceId"},
	CanCreate: []string{Admin, Manager}, CanUpdate: []string{Admin, Manager}, CanDelete: []string{Admin},
}, []Attr[*Display]{
	{Field{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		func(d *Display) any { return d.ID }},
	{Field{Name: "name", Read: "nickname", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Max: 100, Help: "name; not unique", Column: Column{Header: "NAME", Priority: 1, Width: 40}},
		func(d *Display) any { return d.Name() }},
	{Field{Name: "status", Type: TypeEnum, Enum: []string{"online", "offline", "pairing", "error"}, Noise: true, Help: "as last reported; offline is noticed within two minutes", Column: Column{Header: "STATUS", Priority: 2}},
		func(d *Display) any { return d.Status }},
	{Field{Name: "location", Write: "location", Flag: "location", Type: TypeString, Clear: true, Help: "where it hangs", Column: Column{Header: "LOCATION", Priority: 4, Width: 28}},
		func(d *Display) any { return orNil(d.Location) }},
	{Field{Name: "playlist", Read: "currentPlaylistId", Write: "currentPlaylistId", Flag: "playlist", Type: TypeRef, Ref: "playlist", Clear: true, UpdateOnly: true, Help: "the playlist assigned to it", Column: Column{Header: "PLAYLIST", Priority: 5, Width: 30}},
		func(d *Display) any { return orNil(d.CurrentPlaylist) }},
	{Field{Name: "lastHeartbeat", Type: TypeTime, Noise: true, Help: "when the player last reported", Column: Column{Header: "SEEN", Priority: 3}},
		func(d *Display) any { return timeOrNil(d.LastHeartbeat) }},
	{Field{Name: "isDisabled", Type: TypeBool, Help: "switched off by an admin; frees its place in the quota", Column: Column{Header: "DISABLED", Priority: 6}},
		func(d *Display) any { return d.IsDisabled }},
	{Field{Name: "orientation", Write: "orientation", Flag: "orientation", Type: TypeEnum, Enum: []string{"landscape", "portrait", "landscape_flipped", "portrait_flipped"}, Help: "how the screen hangs", Column: Column{Header: "ORIENTATION", Priority: 8, Wide: true}},
		func(d *Display) any { return d.Orientation }},
	{Field{Name: "resolution", Write: "resolution", Flag: "resolution", Type: TypeString, Clear: true, Help: "free text, for example 1920x1080", Column: Column{Header: "RESOLUTION", Priority: 9, Wide: true}},
		func(d *Display) any { return orNil(d.Resolution) }},
	{Field{Name: "timezone", Type: TypeString, Help: "IANA zone in which its schedules run; set by a provisioning template at pairing", Column: Column{Header: "TIMEZONE", Priority: 10, Wide: true}},
		func(d *Display) any { return d.Timezone }},
	{Field{Name: "deviceId", Read: "deviceIdentifier", Write: "deviceId", Flag: "device-id", Type: TypeString, Required: true, Min: 1, Help: "the player's own identifier; unique over the whole platform", Column: Column{Header: "DEVICE-ID", Priority: 11, Wide: true}},
		func(d *Display) any { return d.DeviceIdentifier }},
	{Field{Name: "tags", Type: TypeList, Help: "names of its tags", Column: Column{Header: "TAGS", Priority: 7, Wide: true, Width: 30}},
		func(d *Display) any { return tagNames(d.Tags) }},
	{Field{Name: "description", Write: "description", Flag: "description", Type: TypeString, Clear: true, Help: "free text"},
		func(d *Display) any { return orNil(d.Description) }},
	{Field{Name: "metadata", Write: "metadata", Flag: "metadata", Type: TypeObject, Detail: true, Help: "a JSON object, replaced whole; the QR overlay lives in it"},
		func(d *Display) any { return rawOrNil(d.Metadata) }},
	{Field{Name: "groups", Type: TypeList, Detail: true, Help: "names of its groups"},
		func(d *Display) any {
			if d.Groups == nil {
				return nil
			}
			names := make([]string, len(d.Groups))
			for i, g := range d.Groups {
				names[i] = g.DisplayGroup.Name
			}
			return names
		}},
	{Field{Name: "schedules", Type: TypeList, Detail: true, Help: "names of its active schedules"},
		func(d *Display) any {
			if d.Schedules == nil {
				return nil
			}
			names := make([]string, len(d.Schedules))
			for i, s := range d.Schedules {
				names[i] = s.Name
			}
			return names
		}},
	{Field{Name: "pairedAt", Type: TypeTime, Help: "when a player was paired with it"},
		func(d *Display) any { return timeOrNil(d.PairedAt) }},
	{Field{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 12, Wide: true}},
		func(d *Display) any { return timeOrNil(d.CreatedAt) }},
	{Field{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "moves with every heartbeat; no mark of an edit"},
		func(d *Display) any { return timeOrNil(d.UpdatedAt) }},
})
