package realtime

// Tests of what is computed: schedule windows and displays that stay offline.

import (
	"encoding/json"
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

func TestWindowOpens(t *testing.T) {
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
		if got := w.OpenAt(at(t, c.at)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
		if w.Active = false; w.OpenAt(at(t, c.at)) {
			t.Errorf("%s: runs though it is off", c.name)
		}
	}
}

func TestWindowsTick(t *testing.T) {
	var w windows
	now := at(t, "2026-11-23T08:59:00Z")
	daily := func(schedule, display, playlist string, from, to, priority int) Window {
		return Window{ScheduleID: schedule, DisplayID: display, PlaylistID: playlist, Zone: time.UTC, From: from, To: to, Days: []int{1}, Priority: priority, Active: true}
	}
	w.all = []Window{
		daily("s1", "d1", "p", 540, 600, 0), daily("s1", "d2", "p", 540, 600, 0), daily("s2", "d1", "q", 0, 540, 0),
		daily("s3", "d2", "r", 570, 580, 5),  // has the display while it is open
		daily("s4", "d2", "r", 540, 600, -1), // never has it
	}
	tick := func(at time.Time) string {
		var told []string
		for _, r := range w.tick(at) {
			if r.Source != SourceComputed || r.Event != EventScheduleExecuted {
				t.Errorf("record %+v", r)
			}
			var said ScheduleExecuted
			if err := json.Unmarshal(r.Data, &said); err != nil || said.Timestamp != Stamp(at) {
				t.Errorf("%s: %v", r.Data, err)
			}
			told = append(told, strings.Join([]string{said.ScheduleID, said.DisplayID, said.PlaylistID, said.Action}, " "))
		}
		return strings.Join(told, ", ")
	}
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{0, ""}, // the first look
		{time.Minute, "s2 d1 q completed, s1 d1 p started, s1 d2 p started"},
		{time.Minute, ""},
		{31 * time.Minute, "s1 d2 p completed, s3 d2 r started"},
		{41 * time.Minute, "s3 d2 r completed, s1 d2 p started"},
	} {
		if got := tick(now.Add(c.after)); got != c.want {
			t.Errorf("after %v: %s\nwant %s", c.after, got, c.want)
		}
	}
	w.all = nil
	if got := tick(now); got != "s1 d1 p completed, s1 d2 p completed" {
		t.Errorf("deleted schedules: %s", got)
	}
}

func TestWindowsNext(t *testing.T) {
	var w windows
	now := at(t, "2026-11-23T08:59:10Z")
	if !w.next(now).IsZero() {
		t.Error("without windows there is nothing to do")
	}
	w.all = []Window{{Start: at(t, "2026-11-01T00:00:00Z")}}
	if got := w.next(now); !got.Equal(at(t, "2026-11-23T09:00:00Z")) {
		t.Errorf("next at %v", got)
	}
	w.all[0].End = at(t, "2026-11-23T08:59:30Z")
	if got := w.next(now); !got.Equal(w.all[0].End) {
		t.Errorf("next at %v", got)
	}
}

func TestOfflineAlerts(t *testing.T) {
	o := offline{after: time.Minute}
	now := at(t, "2026-11-23T09:00:00Z")
	due := func(d time.Duration) int { return len(o.due(now.Add(d))) }
	o.saw("before", "", "offline", now)
	o.saw("a", "", "online", now)
	if due(time.Hour) != 0 || !o.next().IsZero() {
		t.Error("what was offline before anybody watched is no news")
	}
	o.saw("a", "online", "offline", now)
	if due(59*time.Second) != 0 || due(time.Minute) != 1 || !o.next().Equal(now.Add(time.Minute)) {
		t.Errorf("due at %v", o.next())
	}
	o.saw("a", "offline", "offline", now.Add(59*time.Second)) // word of it again: wait until it is quiet
	if due(time.Minute) != 0 || due(61*time.Second) != 1 {
		t.Error("not debounced")
	}
	o.retry("a", now.Add(2*time.Minute))
	if due(119*time.Second) != 0 || due(2*time.Minute) != 1 {
		t.Error("not put off")
	}
	o.alerted("a")
	if due(time.Hour) != 0 || !o.next().IsZero() {
		t.Error("alerted twice")
	}
	o.saw("a", "offline", "online", now.Add(2*time.Minute))
	o.saw("a", "online", "offline", now.Add(2*time.Minute+time.Second))
	if due(3*time.Minute+time.Second) != 1 {
		t.Error("no alert after it came back and went again")
	}
	never := offline{after: -1}
	if never.saw("a", "online", "offline", now); len(never.due(now.Add(time.Hour))) != 0 {
		t.Error("alerts though they are off")
	}
}
