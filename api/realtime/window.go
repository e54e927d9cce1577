package realtime

// This file is about when schedules run, which the platform never says: it is
// computed from the schedules and the time zones of their displays (contract
// rest 8). Pure functions.

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Window is one schedule on one display.
type Window struct {
	ScheduleID string
	DisplayID  string
	PlaylistID string
	Zone       *time.Location // of the display
	Start      time.Time
	End        time.Time // exclusive; zero: never
	From, To   int       // minutes since midnight; -1: the whole day
	Days       []int     // 0 is Sunday
	Active     bool
}

// RunsAt says whether the window is open. A window whose From is after its To
// runs past midnight into the next day.
func (w *Window) RunsAt(at time.Time) bool {
	if !w.Active || at.Before(w.Start) || !w.End.IsZero() && !at.Before(w.End) {
		return false
	}
	local := at.In(w.Zone)
	minute, today := local.Hour()*60+local.Minute(), int(local.Weekday())
	switch {
	case w.From < 0 || w.To < 0 || w.From == w.To:
		return slices.Contains(w.Days, today)
	case w.From < w.To:
		return minute >= w.From && minute < w.To && slices.Contains(w.Days, today)
	}
	return minute >= w.From && slices.Contains(w.Days, today) ||
		minute < w.To && slices.Contains(w.Days, (today+6)%7)
}

// ScheduleExecuted is the Data of a computed schedule:executed. It says that
// the window opened or closed, not that a screen played anything.
type ScheduleExecuted struct {
	ScheduleID string `json:"scheduleId"`
	DisplayID  string `json:"displayId"`
	PlaylistID string `json:"playlistId"`
	Action     string `json:"action"`    // started or completed
	Timestamp  string `json:"timestamp"` // ISO 8601
}

// Windows tells openings and closings from one moment to the next.
type Windows struct {
	all     []Window
	running map[windowKey]Window
}

type windowKey struct{ schedule, display string }

// Set replaces the windows.
func (w *Windows) Set(all []Window) { w.all = all }

// Tick returns a schedule:executed for every window that opened or closed since
// the last Tick, also when an edit did it; the first Tick only looks.
func (w *Windows) Tick(now time.Time) []Record {
	running := map[windowKey]Window{}
	for i := range w.all {
		if w.all[i].RunsAt(now) {
			running[windowKey{w.all[i].ScheduleID, w.all[i].DisplayID}] = w.all[i]
		}
	}
	before := w.running
	w.running = running
	if before == nil {
		return nil
	}
	var records []Record
	tell := func(key windowKey, win Window, action string) {
		data, err := json.Marshal(ScheduleExecuted{key.schedule, key.display, win.PlaylistID, action, now.UTC().Format("2006-01-02T15:04:05.000Z")})
		if err == nil { // strings always marshal
			records = append(records, Record{Event: EventScheduleExecuted, Source: SourceComputed, Data: data, Time: now, key: resourceKey{key.schedule, key.display}})
		}
	}
	for key, win := range before {
		if _, ok := running[key]; !ok {
			tell(key, win, "completed")
		}
	}
	for key, win := range running {
		if _, ok := before[key]; !ok {
			tell(key, win, "started")
		}
	}
	slices.SortFunc(records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.key.kind, b.key.kind), cmp.Compare(a.key.id, b.key.id))
	})
	return records
}
