package schedule

import (
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

func TestMoment(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 27, 17, 30, 0, 0, time.UTC) // a Friday, 18:30 in Berlin
	tests := []struct {
		text string
		zone *time.Location
		want string // "" = refused
	}{
		{"", time.UTC, "2026-11-27T17:30:00Z"}, {"now", berlin, "2026-11-27T17:30:00Z"},
		{"Fri 18:00", time.UTC, "2026-11-27T18:00:00Z"}, {"friday 18:00", berlin, "2026-12-04T17:00:00Z"}, {"sat 00:00", berlin, "2026-11-27T23:00:00Z"},
		{"18:00", berlin, "2026-11-27T17:00:00Z"}, {"2026-12-04 18:00", berlin, "2026-12-04T17:00:00Z"}, {"2026-12-04T18:00", time.UTC, "2026-12-04T18:00:00Z"},
		{"2026-12-04T18:00:00+02:00", berlin, "2026-12-04T16:00:00Z"},
		{"Fri", time.UTC, ""}, {"Fri 25:00", time.UTC, ""}, {"someday 18:00", time.UTC, ""}, {"2026-12-04", time.UTC, ""},
	}
	for _, tt := range tests {
		got, err := moment(tt.text, now, tt.zone)
		if tt.want == "" {
			if !api.IsKind(err, api.KindInvalid) {
				t.Errorf("%q: %v", tt.text, err)
			}
			continue
		}
		if err != nil || got.UTC().Format(time.RFC3339) != tt.want {
			t.Errorf("%q: %v %s, want %s", tt.text, err, got.UTC().Format(time.RFC3339), tt.want)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// TestPlan: who plays, by priority, past midnight, by zone, day, date and group.
func TestPlan(t *testing.T) {
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	all := []int{0, 1, 2, 3, 4, 5, 6}
	row := func(id, name, list string, mine *string, group *string, from, to *int, days []int, priority int) *api.Schedule {
		return &api.Schedule{ID: id, Name: name, PlaylistID: list, DisplayID: mine, GroupID: group, StartDate: start, StartTime: from, EndTime: to, Days: days, Priority: priority, IsActive: true}
	}
	w := &world{
		schedules: []*api.Schedule{
			row("s1", "all day", "p1", ptr("d1"), nil, nil, nil, all, 0),
			row("s2", "happy hour", "p2", ptr("d1"), nil, ptr(17*60), ptr(19*60), []int{5}, 5),
			row("s3", "nights", "p3", nil, ptr("g1"), ptr(22*60), ptr(2*60), []int{5}, 3),
			{ID: "s4", Name: "off", PlaylistID: "p3", DisplayID: ptr("d1"), StartDate: start, Days: all, Priority: 9},
			{ID: "s5", Name: "over", PlaylistID: "p3", DisplayID: ptr("d1"), StartDate: start, EndDate: start.AddDate(0, 0, 5), Days: all, Priority: 9, IsActive: true},
		},
		members: map[string][]string{"d1": {"g1"}, "d3": {"g1"}}, playlists: map[string]string{"p1": "One", "p2": "Two", "p3": "Three", "p0": "Zero"},
	}
	tests := []struct {
		display, zone, at      string
		source, playlist, plan string
		others                 int
	}{
		{"d1", "UTC", "2026-11-27T18:00:00Z", "schedule", "Two", "happy hour", 1},
		{"d1", "Europe/Berlin", "2026-11-27T18:00:00Z", "schedule", "One", "all day", 0}, // 19:00 there
		{"d1", "UTC", "2026-11-28T01:00:00Z", "schedule", "Three", "nights", 1},          // Friday's window, past midnight
		{"d1", "UTC", "2026-11-27T01:00:00Z", "schedule", "One", "all day", 0},           // Thursday has none
		{"d1", "UTC", "2026-10-30T18:00:00Z", "assigned", "Zero", "", 0},                 // before the first day
		{"d2", "UTC", "2026-11-27T18:00:00Z", "assigned", "Zero", "", 0},
		{"d3", "UTC", "2026-11-27T23:00:00Z", "schedule", "Three", "nights", 0},
		{"d4", "Not/AZone", "2026-11-27T23:00:00Z", "unknown", "", "", 0},
	}
	for _, tt := range tests {
		d := &api.Display{ID: tt.display, Nickname: ptr(tt.display), Timezone: tt.zone, CurrentPlaylist: ptr("p0")}
		v, err := w.plan(d, tt.at, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		playlist, _ := deref(v.Playlist).(string)
		schedule, _ := deref(v.Schedule).(string)
		if v.Source != tt.source || playlist != tt.playlist || schedule != tt.plan || len(v.Others) != tt.others {
			t.Errorf("%s at %s in %s: %s %q by %q, %d others", tt.display, tt.at, tt.zone, v.Source, playlist, schedule, len(v.Others))
		}
	}
	if v, _ := w.plan(&api.Display{ID: "d9", Timezone: "UTC"}, "", time.Now()); v.Source != "nothing" || v.Playlist != nil {
		t.Errorf("%+v", v)
	}
}
