package cmdutil

// This file is about one thing: what REST lists of an organization, as the
// resources that a stream follows, read as cheaply as the platform's limits ask
// for.

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
)

type groupRow struct {
	ID       string `json:"id"`
	Displays []struct {
		DisplayID string `json:"displayId"`
	} `json:"displays"`
}

// noticeRow is a stored notification, kept as it came.
type noticeRow struct {
	id  string
	at  time.Time
	raw json.RawMessage
}

func (n *noticeRow) UnmarshalJSON(raw []byte) error {
	var said struct {
		ID        string    `json:"id"`
		CreatedAt time.Time `json:"createdAt"`
	}
	if err := json.Unmarshal(raw, &said); err != nil {
		return err
	}
	n.id, n.at, n.raw = said.ID, said.CreatedAt, slices.Clone(raw)
	return nil
}

// lists reads an organization's lists. It implements realtime.Lister, and is
// used by one goroutine at a time.
type lists struct {
	client    *api.Client
	displays  *api.Poll[*api.Display]
	playlists *api.Poll[*api.Playlist]
	contents  *api.Poll[*api.Content]  // nil where not followed
	schedules *api.Poll[*api.Schedule] // nil where not followed
	groups    *api.Poll[*groupRow]     // read where a group is wanted or a schedule aims at one
	notices   *api.Poll[*noticeRow]    // nil where not followed
	always    bool                     // groups are wanted
	budget    pollBudget
}

// newLists prepares reading what tells the wanted events.
func newLists(c *api.Client, o FollowOptions) *lists {
	l := &lists{
		client: c, always: o.Groups, displays: api.Displays.Poll(c), playlists: api.Playlists.Poll(c),
		groups: api.NewPoll(c, "/display-groups", nil, func(g *groupRow) string { return g.ID }),
		budget: pollBudget{now: time.Now},
	}
	wants := func(events ...string) bool {
		return o.Events == nil || slices.ContainsFunc(events, func(e string) bool { return slices.Contains(o.Events, e) })
	}
	if wants(realtime.EventContentUpdated) {
		l.contents = api.Contents.Poll(c)
	}
	if wants(realtime.EventScheduleUpdated, realtime.EventScheduleExecuted) {
		l.schedules = api.Schedules.Poll(c)
	}
	if wants(realtime.EventNotification, realtime.EventHealthAlert) {
		l.notices = api.NewPoll(c, "/notifications", nil, func(n *noticeRow) string { return n.id })
	}
	return l
}

// List implements realtime.Lister.
func (l *lists) List(ctx context.Context, since time.Time) (*realtime.Listing, error) {
	defer l.budget.spend()
	displays, err := l.displays.Read(ctx)
	if err != nil {
		return nil, err
	}
	playlists, err := l.playlists.Read(ctx)
	if err != nil {
		return nil, err
	}
	all := resources(make([]realtime.Resource, 0, len(displays)+len(playlists)), displays, displayResource)
	all = resources(all, playlists, playlistResource)
	if l.contents != nil {
		rows, err := l.contents.Read(ctx)
		if err != nil {
			return nil, err
		}
		all = resources(all, rows, contentResource)
	}
	listing := &realtime.Listing{}
	var schedules []*api.Schedule
	if l.schedules != nil {
		if schedules, err = l.schedules.Read(ctx); err != nil {
			return nil, err
		}
		all = resources(all, schedules, scheduleResource)
	}
	if listing.Groups, err = l.members(ctx, schedules); err != nil {
		return nil, err
	}
	if l.notices != nil {
		if listing.Notifications, err = l.notifications(ctx, since); err != nil {
			return nil, err
		}
	}
	listing.Resources = all
	listing.Windows = scheduleWindows(schedules, displays, listing.Groups)
	return listing, nil
}

// resources appends what is followed of rows.
func resources[T any](all []realtime.Resource, rows []T, make func(T) realtime.Resource) []realtime.Resource {
	for _, row := range rows {
		all = append(all, make(row))
	}
	return all
}

// members reads who is in which display group, where that matters.
func (l *lists) members(ctx context.Context, schedules []*api.Schedule) (map[string][]string, error) {
	if !l.always && !slices.ContainsFunc(schedules, func(s *api.Schedule) bool { return s.GroupID != nil }) {
		return nil, nil
	}
	groups, err := l.groups.Read(ctx)
	if err != nil {
		return nil, err
	}
	members := make(map[string][]string, len(groups))
	for _, g := range groups {
		members[g.ID] = []string{}
		for _, d := range g.Displays {
			members[g.ID] = append(members[g.ID], d.DisplayID)
		}
	}
	return members, nil
}

// notifications reads the newest stored notifications, back to since.
func (l *lists) notifications(ctx context.Context, since time.Time) ([]realtime.Notification, error) {
	rows, err := l.notices.ReadWhile(ctx, func(rows []*noticeRow) bool {
		return !since.IsZero() && rows[len(rows)-1].at.After(since)
	})
	if err != nil {
		return nil, err
	}
	list := make([]realtime.Notification, len(rows))
	for i, n := range rows {
		list[i] = realtime.Notification{ID: n.id, At: n.at, Data: n.raw}
	}
	return list, nil
}

// Displays implements realtime.Lister.
func (l *lists) Displays(ctx context.Context, ids []string) ([]realtime.Resource, error) {
	var found []realtime.Resource
	for _, id := range ids {
		if !l.budget.confirm(l.displays.Hourly()) {
			break
		}
		d, err := api.Displays.Get(ctx, l.client, id)
		if api.IsKind(err, api.KindNotFound) { // an event may be about a display that is gone (contract realtime 8.17)
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, displayResource(d))
	}
	return found, nil
}

// costs are the requests that one reading takes, by list, and what each list's
// route grants in an hour.
func (l *lists) costs() []pollCost {
	costs := []pollCost{{l.displays.Pages(), l.displays.Hourly()}, {l.playlists.Pages(), l.playlists.Hourly()}, {l.groups.Pages(), l.groups.Hourly()}}
	if l.contents != nil {
		costs = append(costs, pollCost{l.contents.Pages(), l.contents.Hourly()})
	}
	if l.schedules != nil {
		costs = append(costs, pollCost{l.schedules.Pages(), l.schedules.Hourly()})
	}
	if l.notices != nil {
		costs = append(costs, pollCost{l.notices.Pages(), l.notices.Hourly()})
	}
	return costs
}

// Every implements realtime.Lister.
func (l *lists) Every(asked time.Duration) time.Duration { return max(asked, steady(l.costs())) }

// Wait implements realtime.Lister.
func (l *lists) Wait() time.Duration { return l.budget.wait(l.costs()) }
