package cmdutil

// This file is about one thing: what counts as an edit of what is followed, and
// what a record about it carries.

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
)

// Fields implements realtime.Lister: the names of what the sums below are made
// of, in their order.
func (l *lists) Fields(kind string) []string {
	switch kind {
	case realtime.KindDisplay:
		return []string{"name", "description", "location", "orientation", "resolution", "timezone", "isDisabled", "playlist", "deviceId", "tags", "pairedAt"}
	case realtime.KindPlaylist:
		return []string{"name", "description", "loop", "isDefault", "items", realtime.FieldOrder, realtime.FieldUpdatedAt}
	case realtime.KindContent:
		return []string{"name", "type", "status", "duration", "tags", realtime.FieldUpdatedAt}
	case realtime.KindSchedule:
		return []string{"name", "playlist", "display", "group", "startDate", "endDate", "startTime", "endTime", "days", "priority", "isActive", realtime.FieldUpdatedAt}
	}
	return nil
}

// sums makes a checksum of each field.
func sums(fields ...string) []uint32 {
	out := make([]uint32, len(fields))
	for i, f := range fields {
		h := fnv.New32a()
		_, _ = h.Write([]byte(f)) // a hash never fails
		out[i] = h.Sum32()
	}
	return out
}

// shown tells nothing from empty.
func shown[T any](p *T) string {
	if p == nil {
		return "\x00"
	}
	return fmt.Sprint(*p)
}

func tagText(links []api.TagLink) string {
	names := make([]string, len(links))
	for i, t := range links {
		names[i] = t.Tag.ID + t.Tag.Name
	}
	slices.Sort(names)
	return fmt.Sprintf("%q", names)
}

// displayResource leaves out what heartbeats move, updatedAt with it (contract
// realtime 7).
func displayResource(d *api.Display) realtime.Resource {
	r := realtime.Resource{Kind: realtime.KindDisplay, ID: d.ID, Name: d.Name(), Status: d.Status, Seen: d.LastHeartbeat, Row: d}
	if d.CurrentPlaylist != nil {
		r.Playlist = *d.CurrentPlaylist
	}
	r.Sums = sums(shown(d.Nickname), shown(d.Description), shown(d.Location), d.Orientation, shown(d.Resolution), d.Timezone,
		strconv.FormatBool(d.IsDisabled), r.Playlist, d.DeviceIdentifier, tagText(d.Tags), d.PairedAt.String())
	return r
}

// playlistResource tells what is in a playlist from the order of it.
func playlistResource(p *api.Playlist) realtime.Resource {
	order := make([]string, len(p.Items))
	for i, item := range p.Items {
		order[i] = item.ContentID + " " + shown(item.Duration)
	}
	sorted := slices.Sorted(slices.Values(order))
	return realtime.Resource{Kind: realtime.KindPlaylist, ID: p.ID, Name: p.Name, Row: p, Sums: sums(
		p.Name, shown(p.Description), strconv.FormatBool(p.Loop), strconv.FormatBool(p.IsDefault),
		fmt.Sprintf("%q", sorted), fmt.Sprintf("%q", order), p.UpdatedAt.String())}
}

func contentResource(c *api.Content) realtime.Resource {
	return realtime.Resource{Kind: realtime.KindContent, ID: c.ID, Name: c.Name, Row: c, Sums: sums(
		c.Name, c.Type, c.Status, shown(c.Duration), tagText(c.Tags), c.UpdatedAt.String())}
}

func scheduleResource(s *api.Schedule) realtime.Resource {
	return realtime.Resource{Kind: realtime.KindSchedule, ID: s.ID, Name: s.Name, Row: s, Sums: sums(
		s.Name, s.PlaylistID, shown(s.DisplayID), shown(s.GroupID), s.StartDate.String(), s.EndDate.String(), shown(s.StartTime), shown(s.EndTime),
		fmt.Sprint(s.Days), strconv.Itoa(s.Priority), strconv.FormatBool(s.IsActive), s.UpdatedAt.String())}
}

// Payload implements realtime.Lister: the row in our output's form.
func (l *lists) Payload(r *realtime.Resource) json.RawMessage {
	switch row := r.Row.(type) {
	case *api.Display:
		return payload(api.Displays, row)
	case *api.Playlist:
		return payload(api.Playlists, row)
	case *api.Content:
		return payload(api.Contents, row)
	case *api.Schedule:
		return payload(api.Schedules, row)
	}
	return nil
}

// payload is a row's fields under our names, as "list -o json" prints them.
func payload[T any](k *api.Kind[T], row T) json.RawMessage {
	values := map[string]any{}
	for i := range k.Fields {
		f := &k.Fields[i]
		if v := k.Value(row, f.Name); v != nil && !f.Detail {
			values[f.Name] = v
		}
	}
	raw, _ := json.Marshal(values) // what Kind.Value returns always marshals
	return raw
}

// scheduleWindows lays schedules on their displays.
func scheduleWindows(schedules []*api.Schedule, displays []*api.Display, members map[string][]string) []realtime.Window {
	if len(schedules) == 0 {
		return nil
	}
	zones := make(map[string]*time.Location, len(displays))
	for _, d := range displays {
		zones[d.ID] = zoneOf(d.Timezone)
	}
	var all []realtime.Window
	for _, s := range schedules {
		var targets []string
		switch {
		case s.DisplayID != nil:
			targets = []string{*s.DisplayID}
		case s.GroupID != nil:
			targets = members[*s.GroupID]
		}
		for _, id := range targets {
			if zone := zones[id]; zone != nil {
				all = append(all, windowOf(s, id, zone))
			}
		}
	}
	return all
}

// zoneOf is a display's time zone; what is none counts as UTC.
func zoneOf(name string) *time.Location {
	if zone := api.Zone(name); zone != nil {
		return zone
	}
	return time.UTC
}

// windowOf is a schedule on one display.
func windowOf(s *api.Schedule, display string, zone *time.Location) realtime.Window {
	w := realtime.Window{
		ScheduleID: s.ID, DisplayID: display, PlaylistID: s.PlaylistID, Zone: zone, Start: s.StartDate, From: -1, To: -1,
		Days: s.Days, Priority: s.Priority, Active: s.IsActive, End: s.EndDate,
	}
	if s.StartTime != nil && s.EndTime != nil {
		w.From, w.To = *s.StartTime, *s.EndTime
	}
	return w
}
