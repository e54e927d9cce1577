package realtime

// This file is about telling a display that is gone from one that flaps: the
// order of events around a flap is not to be trusted, and a silent player is
// noticed late (contract realtime 7 and 8.15). Pure.

import "time"

const (
	// debounce is how long a display's status must have been quiet before it is
	// confirmed.
	debounce = 2 * time.Second
	// DefaultOfflineAlert is beyond the 45 to 180 s in which "offline" may be
	// nothing but a reconnect.
	DefaultOfflineAlert = 180 * time.Second
)

const statusOnline, statusOffline, statusError = "online", "offline", "error"

// offline finds displays that stay offline.
type offline struct {
	after time.Duration // offline this long is worth an alert; below 0: nothing is
	gone  map[string]*absence
}

// absence is a display that went offline while somebody watched.
type absence struct {
	since   time.Time
	changed time.Time // of the last word about it
	alerted bool
}

// saw takes in word of a display: before is its status until then, "" when it
// was not known. A display that is first seen offline was so before anybody
// watched, and is no news.
func (o *offline) saw(id, before, status string, at time.Time) {
	a := o.gone[id]
	switch {
	case status != statusOffline:
		delete(o.gone, id)
	case a != nil:
		a.changed = at
	case before != "" && before != statusOffline && o.after >= 0:
		if o.gone == nil {
			o.gone = map[string]*absence{}
		}
		o.gone[id] = &absence{since: at, changed: at}
	}
}

// alerted notes that an alert about the display was given; another follows only
// after it was online again.
func (o *offline) alerted(id string) {
	if a := o.gone[id]; a != nil {
		a.alerted = true
	}
}

// retry puts an alert off until at.
func (o *offline) retry(id string, at time.Time) {
	if a := o.gone[id]; a != nil {
		a.changed = at.Add(-debounce)
	}
}

// due returns the displays that are to be alerted about, with the time since
// when they are offline. They should be confirmed first.
func (o *offline) due(now time.Time) map[string]time.Time {
	due := map[string]time.Time{}
	for id, a := range o.gone {
		if !a.alerted && !o.dueAt(a).After(now) {
			due[id] = a.since
		}
	}
	return due
}

// next is when due has to be asked again; zero: not before another saw.
func (o *offline) next() time.Time {
	var next time.Time
	for _, a := range o.gone {
		if at := o.dueAt(a); !a.alerted && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

func (o *offline) dueAt(a *absence) time.Time {
	at := a.since.Add(o.after)
	if quiet := a.changed.Add(debounce); quiet.After(at) {
		return quiet
	}
	return at
}
