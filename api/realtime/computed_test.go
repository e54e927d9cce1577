package realtime

// Tests of what is computed: schedule windows and displays that stay offline.

import (
	"strings"
	"testing"
	"time"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWindowRuns(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	week := []int{1, 2, 3, 4, 5}
	for _, c := range []struct {
		name     string
		from, to int
		days     []int
		end      string
		at       string
		want     bool
	}{
		{"opens at the minute", 9 * 60, 17 * 60, week, "", "2026-11-23T08:00:00Z", true},
		{"in the display's zone", 9 * 60, 17 * 60, week, "", "2026-11-23T07:59:59Z", false},
		{"closes at the minute", 9 * 60, 17 * 60, week, "", "2026-11-23T16:00:00Z", false},
		{"not on sunday", 9 * 60, 17 * 60, week, "", "2026-11-22T10:00:00Z", false},
		{"past midnight, same day", 22 * 60, 2 * 60, []int{1}, "", "2026-11-23T22:00:00Z", true},
		{"past midnight, next day", 22 * 60, 2 * 60, []int{1}, "", "2026-11-24T00:30:00Z", true},
		{"past midnight, day before", 22 * 60, 2 * 60, []int{1}, "", "2026-11-23T00:30:00Z", false},
		{"whole day", -1, -1, []int{1}, "", "2026-11-23T22:59:00Z", true},
		{"equal is whole day", 60, 60, []int{1}, "", "2026-11-23T12:00:00Z", true},
		{"no day never runs", -1, -1, nil, "", "2026-11-23T12:00:00Z", false},
		{"before its start", -1, -1, week, "", "2026-10-01T12:00:00Z", false},
		{"end is exclusive", -1, -1, week, "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z", false},
	} {
		w := Window{Zone: berlin, Start: at(t, "2026-11-01T00:00:00Z"), From: c.from, To: c.to, Days: c.days, Active: true}
		if c.end != "" {
			w.End = at(t, c.end)
		}
		if got := w.RunsAt(at(t, c.at)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if w.Active = false; w.RunsAt(at(t, c.at)) {
			t.Errorf("%s: runs though it is off", c.name)
		}
	}
}

func TestWindowsTick(t *testing.T) {
	var w Windows
	now := at(t, "2026-11-23T08:59:00Z")
	w.Set([]Window{
		{ScheduleID: "s1", DisplayID: "d1", PlaylistID: "p", Zone: time.UTC, From: 540, To: 600, Days: []int{1}, Active: true},
		{ScheduleID: "s1", DisplayID: "d2", PlaylistID: "p", Zone: time.UTC, From: 540, To: 600, Days: []int{1}, Active: true},
		{ScheduleID: "s2", DisplayID: "d1", PlaylistID: "q", Zone: time.UTC, From: 0, To: 540, Days: []int{1}, Active: true},
	})
	tick := func() string {
		var told []string
		for _, r := range w.Tick(now) {
			if r.Source != SourceComputed || r.Event != EventScheduleExecuted {
				t.Errorf("record %+v", r)
			}
			told = append(told, string(r.Data))
		}
		return strings.Join(told, "\n")
	}
	if got := tick(); got != "" {
		t.Errorf("the first look told %s", got)
	}
	now = now.Add(time.Minute)
	want := `{"scheduleId":"s1","displayId":"d1","playlistId":"p","action":"started","timestamp":"2026-11-23T09:00:00.000Z"}
{"scheduleId":"s1","displayId":"d2","playlistId":"p","action":"started","timestamp":"2026-11-23T09:00:00.000Z"}
{"scheduleId":"s2","displayId":"d1","playlistId":"q","action":"completed","timestamp":"2026-11-23T09:00:00.000Z"}`
	if got := tick(); got != want {
		t.Errorf("got %s", got)
	}
	if got := tick(); got != "" {
		t.Errorf("told twice: %s", got)
	}
	w.Set(nil)
	if got := tick(); strings.Count(got, "completed") != 2 {
		t.Errorf("a deleted schedule: %s", got)
	}
}

func TestOfflineAlerts(t *testing.T) {
	o := Offline{After: time.Minute}
	now := at(t, "2026-11-23T09:00:00Z")
	due := func(d time.Duration) int { return len(o.Due(now.Add(d))) }
	o.Saw("before", "offline", now)
	o.Saw("a", "online", now)
	if due(time.Hour) != 0 || !o.Next().IsZero() {
		t.Error("what was offline before anybody watched is no news")
	}
	o.Saw("a", "offline", now)
	if due(59*time.Second) != 0 || due(time.Minute) != 1 || !o.Next().Equal(now.Add(time.Minute)) {
		t.Errorf("due at %v", o.Next())
	}
	o.Saw("a", "offline", now.Add(59*time.Second)) // word of it again: wait until it is quiet
	if due(time.Minute) != 0 || due(61*time.Second) != 1 {
		t.Error("not debounced")
	}
	o.Alerted("a")
	if due(time.Hour) != 0 {
		t.Error("alerted twice")
	}
	o.Saw("a", "online", now.Add(2*time.Minute))
	o.Saw("a", "offline", now.Add(2*time.Minute+time.Second))
	if due(3*time.Minute+time.Second) != 1 {
		t.Error("no alert after it came back and went again")
	}
	o.Forget("a")
	if due(time.Hour) != 0 {
		t.Error("forgotten displays alert")
	}
}
