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
	Priority   int       // the highest wins
	Active     bool
}

// OpenAt says whether the window is open. A window whose From is after its To
// runs past midnight into the next day.
func (w *Window) OpenAt(at time.Time) bool {
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
// the schedule has its turn on the display, not that a screen played anything.
type ScheduleExecuted struct {
	ScheduleID string `json:"scheduleId"`
	DisplayID  string `json:"displayId"`
	PlaylistID string `json:"playlistId"`
	Action     string `json:"action"`    // started or completed
	Timestamp  string `json:"timestamp"` // ISO 8601
}

// The actions of a computed schedule:executed.
const (
	actionStarted   = "started"
	actionCompleted = "completed"
)

// windows tells whose turn it is on each display, from one moment to the next.
type windows struct {
	all     []Window
	running map[string]*Window // by display; nil before the first tick
}

// tick returns a schedule:executed for every schedule that began or ended its
// turn since the last tick, also when an edit did it; the first tick only looks.
// Of several open windows the one of the highest priority has the display, and
// of equal ones the first in the list (the platform leaves that open).
func (w *windows) tick(now time.Time) []Record {
	running := map[string]*Window{}
	for i := range w.all {
		win := &w.all[i]
		if !win.OpenAt(now) {
			continue
		}
		if best := running[win.DisplayID]; best == nil || win.Priority > best.Priority {
			running[win.DisplayID] = win
		}
	}
	before := w.running
	w.running = running
	if before == nil {
		return nil
	}
	var records []Record
	for display, win := range before {
		if next := running[display]; next == nil || next.ScheduleID != win.ScheduleID {
			records = append(records, executed(win, actionCompleted, now))
		}
	}
	for display, win := range running {
		if last := before[display]; last == nil || last.ScheduleID != win.ScheduleID {
			records = append(records, executed(win, actionStarted, now))
		}
	}
	sortRecords(records, func(a, b *Record) int { // by display, what ended first
		return cmp.Or(cmp.Compare(a.key.kind, b.key.kind), cmp.Compare(a.key.id, b.key.id))
	})
	return records
}

func executed(w *Window, action string, now time.Time) Record {
	data, _ := json.Marshal(ScheduleExecuted{w.ScheduleID, w.DisplayID, w.PlaylistID, action, Stamp(now)}) // strings always marshal
	return Record{Event: EventScheduleExecuted, Source: SourceComputed, Data: data, Time: now, key: resourceKey{w.DisplayID, action}}
}

// next is when tick has to be asked again: at the next full minute, or at an
// earlier start or end; zero when there is no window.
func (w *windows) next(now time.Time) time.Time {
	if len(w.all) == 0 {
		return time.Time{}
	}
	next := now.Truncate(time.Minute).Add(time.Minute)
	for i := range w.all {
		for _, at := range [...]time.Time{w.all[i].Start, w.all[i].End} {
			if at.After(now) && at.Before(next) {
				next = at
			}
		}
	}
	return next
}
