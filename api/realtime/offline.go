package realtime

// This file is about telling a display that is gone from one that flaps: the
// order of events around a flap is not to be trusted, and a silent player is
// noticed late (contract realtime 7 and 8.15). Pure.

import "time"

// debounce is how long a display's status must have been quiet.
const debounce = 2 * time.Second

// Offline finds displays that stay offline. Its zero value with After is ready.
type Offline struct {
	After time.Duration // offline this long is worth an alert

	displays map[string]*watched
}

type watched struct {
	status  string
	since   time.Time // of the status
	changed time.Time // of the last event, whatever it said
	alerted bool
}

// Saw takes in a status. A display that is first seen offline was offline
// before anybody watched, and is no news.
func (o *Offline) Saw(id, status string, at time.Time) {
	if o.displays == nil {
		o.displays = map[string]*watched{}
	}
	d := o.displays[id]
	if d == nil {
		o.displays[id] = &watched{status: status, since: at, changed: at, alerted: status != "online"}
		return
	}
	d.changed = at
	if d.status != status {
		d.status, d.since = status, at
		if status == "online" {
			d.alerted = false
		}
	}
}

// Alerted notes that an alert about the display was given; another follows only
// after it was online again.
func (o *Offline) Alerted(id string) {
	if d := o.displays[id]; d != nil {
		d.alerted = true
	}
}

// Forget drops a display.
func (o *Offline) Forget(id string) { delete(o.displays, id) }

// Due returns the displays that are to be alerted about, with the time since
// when they are offline. They should be confirmed first.
func (o *Offline) Due(now time.Time) map[string]time.Time {
	var due map[string]time.Time
	for id, d := range o.displays {
		if at, ok := o.dueAt(d); ok && !at.After(now) {
			if due == nil {
				due = map[string]time.Time{}
			}
			due[id] = d.since
		}
	}
	return due
}

// Next is when Due has to be asked again; zero: not before another Saw.
func (o *Offline) Next() time.Time {
	var next time.Time
	for _, d := range o.displays {
		if at, ok := o.dueAt(d); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

func (o *Offline) dueAt(d *watched) (time.Time, bool) {
	if d.alerted || d.status != "offline" {
		return time.Time{}, false
	}
	at := d.since.Add(o.After)
	if quiet := d.changed.Add(debounce); quiet.After(at) {
		at = quiet
	}
	return at, true
}
