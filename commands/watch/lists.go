package watch

// This file is about one thing: what REST lists, as the resources that are
// followed, read as cheaply as the platform's limits ask for.

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
)

// pollShare is the part of a route's hourly allowance that polling may spend:
// one in so many.
const pollShare = 3

// The kinds of resource, as realtime.Resource has them.
const (
	kindDisplay  = "display"
	kindPlaylist = "playlist"
	kindContent  = "content"
	kindSchedule = "schedule"
)

// scheduleRow is what is read of a schedule. Its answers embed whole displays
// with their credentials' hashes (contract rest 8), which is never decoded.
type scheduleRow struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	PlaylistID string     `json:"playlistId"`
	DisplayID  *string    `json:"displayId"`
	GroupID    *string    `json:"displayGroupId"`
	StartDate  time.Time  `json:"startDate"`
	EndDate    *time.Time `json:"endDate"`
	StartTime  *int       `json:"startTime"` // minutes since midnight
	EndTime    *int       `json:"endTime"`
	Days       []int      `json:"daysOfWeek"`
	Priority   int        `json:"priority"`
	Active     bool       `json:"isActive"`
	UpdatedAt  string     `json:"updatedAt"`
}

type groupRow struct {
	ID       string `json:"id"`
	Displays []struct {
		DisplayID string `json:"displayId"`
	} `json:"displays"`
}

// lists reads the organisation's lists. It implements realtime.Lister.
type lists struct {
	displays  *api.Poll[api.Display]
	playlists *api.Poll[api.Playlist]
	contents  *api.Poll[api.Content]
	schedules *api.Poll[scheduleRow]
	groups    *api.Poll[groupRow]
	wants     func(event string) bool

	mu  sync.Mutex
	now known
}

// known is what the last reading said. Its maps are not written to.
type known struct {
	displays map[string]*api.Display
	names    map[string]string // of displays and playlists, by id
	windows  []realtime.Window
}

func newLists(c *api.Client, wants func(event string) bool) *lists {
	return &lists{
		wants:     wants,
		displays:  api.Displays.Poll(c),
		playlists: api.Playlists.Poll(c),
		contents:  api.Contents.Poll(c),
		schedules: api.NewPoll(c, "/schedules", nil, func(s *scheduleRow) string { return s.ID }),
		groups:    api.NewPoll(c, "/display-groups", nil, func(g *groupRow) string { return g.ID }),
	}
}

// last returns what the last reading said.
func (l *lists) last() known {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// List implements realtime.Lister: displays and playlists always, for status
// and names; content and schedules where an event that they tell is wanted.
func (l *lists) List(ctx context.Context) ([]realtime.Resource, error) {
	displays, err := l.displays.Read(ctx)
	if err != nil {
		return nil, err
	}
	now := known{displays: make(map[string]*api.Display, len(displays)), names: make(map[string]string, len(displays))}
	var all []realtime.Resource
	for i := range displays {
		d := &displays[i]
		now.displays[d.ID], now.names[d.ID] = d, d.Name()
		all = append(all, displayResource(d))
	}
	playlists, err := l.playlists.Read(ctx)
	if err != nil {
		return nil, err
	}
	for i := range playlists {
		p := &playlists[i]
		now.names[p.ID] = p.Name
		all = append(all, resource(kindPlaylist, p.ID, p.UpdatedAt.String(), map[string]any{"id": p.ID, "name": p.Name, "items": p.Size(), "updatedAt": p.UpdatedAt}))
	}
	if l.wants(kindContent + ":updated") {
		rows, err := l.contents.Read(ctx)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			c := &rows[i]
			all = append(all, resource(kindContent, c.ID, c.UpdatedAt.String()+c.Status, map[string]any{"id": c.ID, "name": c.Name, "type": c.Type, "status": c.Status, "updatedAt": c.UpdatedAt}))
		}
	}
	if l.wants(kindSchedule+":updated") || l.wants(realtime.EventScheduleExecuted) {
		rows, err := l.schedules.Read(ctx)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			s := &rows[i]
			all = append(all, resource(kindSchedule, s.ID, s.UpdatedAt, map[string]any{"id": s.ID, "name": s.Name, "playlistId": s.PlaylistID, "isActive": s.Active, "updatedAt": s.UpdatedAt}))
		}
		if now.windows, err = l.windows(ctx, rows, now.displays); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	l.now = now
	l.mu.Unlock()
	return all, nil
}

// windows lays schedules on their displays; a group's members are asked for
// only when a schedule aims at one.
func (l *lists) windows(ctx context.Context, rows []scheduleRow, displays map[string]*api.Display) ([]realtime.Window, error) {
	members := map[string][]string{}
	if slices.ContainsFunc(rows, func(s scheduleRow) bool { return s.GroupID != nil }) {
		groups, err := l.groups.Read(ctx)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			for _, d := range g.Displays {
				members[g.ID] = append(members[g.ID], d.DisplayID)
			}
		}
	}
	var all []realtime.Window
	for i := range rows {
		s := &rows[i]
		var targets []string
		switch {
		case s.DisplayID != nil:
			targets = []string{*s.DisplayID}
		case s.GroupID != nil:
			targets = members[*s.GroupID]
		}
		for _, id := range targets {
			if d := displays[id]; d != nil {
				all = append(all, s.window(d))
			}
		}
	}
	return all, nil
}

func (s *scheduleRow) window(d *api.Display) realtime.Window {
	zone, err := time.LoadLocation(d.Timezone)
	if err != nil { // the platform stores any text (contract rest 8)
		zone = time.UTC
	}
	w := realtime.Window{ScheduleID: s.ID, DisplayID: d.ID, PlaylistID: s.PlaylistID, Zone: zone, Start: s.StartDate, From: -1, To: -1, Days: s.Days, Active: s.Active}
	if s.EndDate != nil {
		w.End = *s.EndDate
	}
	if s.StartTime != nil && s.EndTime != nil {
		w.From, w.To = *s.StartTime, *s.EndTime
	}
	return w
}

// displayResource leaves out of the version what heartbeats move (contract
// realtime 7).
func displayResource(d *api.Display) realtime.Resource {
	edited := *d
	edited.Status, edited.LastHeartbeat, edited.UpdatedAt = "", time.Time{}, time.Time{}
	raw, _ := json.Marshal(&edited) // strings, times and lists always marshal
	h := fnv.New64a()
	_, _ = h.Write(raw) // a hash never fails
	r := resource(kindDisplay, d.ID, strconv.FormatUint(h.Sum64(), 36), map[string]any{
		"deviceId": d.ID, "name": d.Name(), "status": d.Status, "playlistId": d.CurrentPlaylist, "isDisabled": d.IsDisabled, "lastHeartbeat": timeOrNil(d.LastHeartbeat),
	})
	r.Status = d.Status
	return r
}

func timeOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func resource(kind, id, version string, data map[string]any) realtime.Resource {
	raw, _ := json.Marshal(data) // strings, numbers and times always marshal
	return realtime.Resource{Kind: kind, ID: id, Version: version, Data: raw}
}

// stretch is the time to the next reading: long enough that polling spends at
// most a third of what each route grants in an hour.
func (l *lists) stretch(asked time.Duration) time.Duration {
	least := asked
	for _, r := range []struct{ pages, hourly int }{
		{l.displays.Pages(), l.displays.Hourly()}, {l.playlists.Pages(), l.playlists.Hourly()},
		{l.contents.Pages(), l.contents.Hourly()}, {l.schedules.Pages(), l.schedules.Hourly()}, {l.groups.Pages(), l.groups.Hourly()},
	} {
		least = max(least, interval(r.pages, r.hourly))
	}
	return least
}

// interval is the shortest time between readings of so many pages.
func interval(pages, hourly int) time.Duration {
	return time.Duration(pages*pollShare) * time.Hour / time.Duration(hourly)
}

// nearly says whether two intervals would read the same to a person.
func nearly(a, b time.Duration) bool { return fmt.Sprint(a.Round(time.Second)) == fmt.Sprint(b.Round(time.Second)) }
