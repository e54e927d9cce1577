package realtime

// This file is about a Follow that another may take the place of, on another
// machine, without a gap and without telling anything twice: what it has to
// note, and what its successor takes up.

import (
	"context"
	"maps"
	"time"
)

// Source is where a Follow's stream comes from: a Session, or what stands in for
// one. Its items are those of a Session; a Record stands for an event that was
// normalised already.
type Source interface {
	Run(ctx context.Context, sink func(Item) error) error
}

// Relay is what a Follow does beside when another may take its place.
type Relay struct {
	// Settled is called after each pushed record that was told, or that needs no
	// telling, with its Identity. What it was told with came before, and the next
	// comes after.
	Settled func(identity uint64)
	// Due says that the cursor should be saved soon; it is asked with every event.
	Due func() bool
	// Told is what was told after the cursor was saved.
	Told []Record
	// Whole: the stream goes on where the last one stopped, so that nothing was missed.
	Whole bool
}

// Backoff is how long to wait after so many failures in a row.
func Backoff(failures int) time.Duration { return backoffDelay(failures) }

// Identity tells a pushed record from others, the same on every connection of
// one user. It must be taken before the record is handed on.
func (r *Record) Identity() uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for _, part := range [...][]byte{[]byte(r.Name), {0}, r.Data, {0}, r.More} {
		for _, c := range part {
			h = (h ^ uint64(c)) * 1099511628211
		}
	}
	return h
}

// settle tells a pushed record and notes that it was dealt with.
func (fl *follower) settle(r *Record) error {
	relay := fl.follow.Relay
	if relay == nil {
		return fl.push(r)
	}
	identity := r.Identity()
	err := fl.push(r)
	if err == nil && relay.Settled != nil {
		relay.Settled(identity)
	}
	if relay.Due != nil && relay.Due() {
		fl.savedAt = time.Time{}
		fl.rouse()
	}
	return err
}

// note adds to a cursor what only a follow needs that goes on without a gap:
// what is known but not listed.
func (fl *follower) note(c *Cursor) {
	if fl.windows.running != nil {
		c.Ticked = c.At
	}
	c.Unnamed = maps.Clone(fl.unnamed)
	maps.DeleteFunc(c.Unnamed, func(_ string, at time.Time) bool { return c.At.Sub(at) > 2*formBHolds })
	for i := range c.Known {
		if a := fl.offline.gone[c.Known[i].ID]; a != nil && !a.alerted {
			c.Known[i].Gone = a.since
		}
	}
}

// takeUp goes on where another stopped.
func (fl *follower) takeUp(relay *Relay, c *Cursor) {
	if relay.Whole {
		fl.listed, fl.ticked = true, c.Ticked
		maps.Copy(fl.unnamed, c.Unnamed)
		for i := range c.Known {
			if r := &c.Known[i]; !r.Gone.IsZero() {
				fl.offline.saw(r.ID, statusOnline, statusOffline, r.Gone)
			}
		}
	}
	sink := fl.sink
	fl.sink = func(Item) error { return nil } // what another has told is taken in, and told to nobody
	for i := range relay.Told {
		r := &relay.Told[i]
		if r.Event == EventScheduleExecuted && r.Source != SourcePush {
			fl.executed[executedKey(r)] = r.Time
		} else {
			_ = fl.push(r) // it has no sink that fails
		}
	}
	fl.sink = sink
}

// tickUp has the schedules looked at as they stood when the last one looked, so
// that what began or ended meanwhile is told.
func (fl *follower) tickUp() {
	if !fl.ticked.IsZero() {
		_ = fl.windows.tick(fl.ticked)
		fl.ticked = time.Time{}
	}
}
