package realtime

// This file is about what a Follow does by the clock: reading the lists,
// confirming what flaps, schedules that begin and end, displays that stay
// offline, saving the cursor. One goroutine does it all.

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// maxConfirmed is how many displays are confirmed one by one; more are looked
// up in the lists.
const maxConfirmed = 20

// formBHolds is how far a notification without an id and the stored one may be
// apart and still be the same (contract realtime 4.1).
const formBHolds = 2 * time.Minute

// clerk does what is due until ctx ends.
func (fl *follower) clerk(ctx context.Context) {
	defer fl.letGo()
	timer := time.NewTimer(fl.idle())
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-fl.wake:
		case <-timer.C:
		}
		fl.chores(ctx)
		timer.Reset(fl.idle())
	}
}

// letGo lets take go on at the end, when no reading will.
func (fl *follower) letGo() {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.holding = false
	fl.room.Broadcast()
}

// idle is how long until something is due.
func (fl *follower) idle() time.Duration {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	next := time.Now().Add(time.Hour)
	due := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	due(fl.nextList)
	if fl.holding {
		due(fl.heldAt.Add(maxHeld))
	}
	due(fl.nextTick)
	due(fl.offline.next())
	for _, at := range fl.flaps {
		due(at)
	}
	if fl.follow.Save != nil && fl.changed {
		due(fl.savedAt.Add(fl.saveAfter()))
	}
	return max(0, time.Until(next))
}

// saveAfter leaves the more time between two savings the more there is to save.
func (fl *follower) saveAfter() time.Duration {
	return saveEvery * time.Duration(1+len(fl.known)/1000)
}

// chores does what is due.
func (fl *follower) chores(ctx context.Context) {
	now := time.Now()
	fl.mu.Lock()
	list := !fl.nextList.IsZero() && !now.Before(fl.nextList)
	if fl.holding && !now.Before(fl.heldAt.Add(maxHeld)) {
		_ = fl.release() // an error is the sink's, and kept
	}
	fl.mu.Unlock()
	if list {
		fl.read(ctx)
	}
	fl.confirm(ctx)
	fl.tick(time.Now())
	fl.save(time.Now(), false) // with what was told until then
	fl.pause()
}

// pause ends what chores had to tell.
func (fl *follower) pause() {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	_ = fl.emit(Pause{Whole: fl.quiet && !fl.holding}) // an error is the sink's, and kept
}

// read reads the lists and emits what is found. While it is under way for too
// long, what was held back is let go.
func (fl *follower) read(ctx context.Context) {
	fl.mu.Lock()
	turn, refill, since := fl.turn, fl.owed, fl.notified
	fl.touched = map[string]bool{}
	fl.lists++
	fl.nextList = time.Time{}
	patience := time.AfterFunc(time.Until(fl.heldAt.Add(maxHeld)), func() {
		fl.mu.Lock()
		defer fl.mu.Unlock()
		if fl.turn == turn {
			_ = fl.release() // an error is the sink's, and kept
		}
	})
	fl.mu.Unlock()

	at := time.Now()
	listing, err := fl.follow.Lister.List(ctx, since)
	patience.Stop()

	fl.mu.Lock()
	defer fl.mu.Unlock()
	touched := fl.touched
	fl.touched = nil
	if ctx.Err() != nil {
		return
	}
	refill = refill && fl.turn == turn // else another Live has asked again
	fl.again(err)
	if err == nil {
		fl.compare(listing, touched, at, refill)
	}
	if fl.turn == turn {
		_ = fl.release()
	}
	if refill {
		fl.close(err)
	}
	if fl.follow.Relay != nil { // with what was found: who takes over must not find it again
		fl.hand(time.Now())
	}
}

// again says when the lists are read next, and what changed about that.
func (fl *follower) again(err error) {
	told := Polling{Every: fl.follow.Poll, Asked: fl.follow.Poll, Err: err, At: time.Now()}
	if told.Every > 0 {
		told.Every = fl.follow.Lister.Every(told.Asked)
	}
	next := told.Every
	if err != nil && (next == 0 || next > refillRetry) {
		next = refillRetry
	}
	if next = max(next, fl.follow.Lister.Wait()); next > 0 && (told.Every > 0 || err != nil) && fl.nextList.IsZero() {
		fl.nextList = time.Now().Add(next)
	}
	nearly := (told.Every - fl.polling.Every).Abs() < max(time.Second, fl.polling.Every/20)
	if nearly && (err == nil) == (fl.polling.Err == nil) {
		return
	}
	stretched := !nearly && told.Every > told.Asked
	fl.polling = told
	_ = fl.emit(told)
	if stretched {
		_ = fl.emit(pollingRecord(told))
	}
}

// compare emits how the lists differ from what was known, and remembers them.
func (fl *follower) compare(l *Listing, touched map[string]bool, at time.Time, refill bool) {
	for i := range fl.held {
		if r := &fl.held[i]; r.Event == EventDeviceStatus && r.Name != sentDeviceBatch {
			id, _ := statusOf(r.Data)
			touched[id] = true
		}
	}
	d := differ{lister: fl.follow.Lister, at: at, touched: touched}
	before := fl.known
	records, now := d.compare(before, l.Resources)
	fl.known, fl.changed = now, true
	for key, r := range now {
		if old := before[key]; key.kind == KindDisplay && old != nil && old.Status != r.Status {
			fl.offline.saw(key.id, old.Status, r.Status, at)
		}
	}
	fl.windows.all = l.Windows
	fl.tickUp()
	fl.nextTick = at
	resources := l.Resources
	for i := range resources { // with what was pushed meanwhile
		resources[i].Status = now[resources[i].key()].Status
	}
	_ = fl.emit(Snapshot{Resources: resources, Groups: l.Groups, At: at, Refill: refill})
	for i := range records {
		if _, told := fl.told[records[i].key]; told && records[i].Event != EventDeviceStatus {
			continue // a server that pushes such changes has told this one
		}
		fl.find(&records[i])
	}
	for key, last := range fl.told {
		if last <= fl.lists {
			delete(fl.told, key)
		}
	}
	fl.alerts(before, now, at)
	fl.notifications(l.Notifications)
	fl.listed = true
}

// find emits a record that was found by comparing.
func (fl *follower) find(r *Record) {
	if !fl.lostAt.IsZero() { // found after a gap, or in it
		fl.refilled++
		r.Gap = fl.gap
	}
	_ = fl.emit(*r)
}

// alerts tells of displays that say of themselves that they are in error, which
// only the lists show (contract realtime 8.14).
func (fl *follower) alerts(before, now map[resourceKey]*known, at time.Time) {
	for key, r := range now {
		if old := before[key]; old != nil && r.Status == statusError && old.Status != statusError {
			_ = fl.emit(computedAlert(&r.Resource, statusError, "critical", "reports an error", at))
		}
	}
}

// notifications tells of stored notifications that were not pushed (contract
// realtime 4.6). On a fresh start those there are already known.
func (fl *follower) notifications(list []Notification) {
	mark := fl.notified
	waiting := map[string]bool{} // pushed, and told when they are let go
	for i := range fl.held {
		waiting[fl.held[i].NotificationID()] = true
	}
	for _, n := range slices.Backward(list) {
		if n.At.After(fl.notified) {
			fl.notified = n.At
		}
		if waiting[n.ID] || !fl.ids.add(n.ID) {
			continue
		}
		at, pushed := fl.unnamed[unnamedKey(n.Data)]
		pushed = pushed && n.At.Sub(at).Abs() < formBHolds
		// A row may come to light a moment after a newer one.
		if pushed || mark.IsZero() && !fl.listed || !n.At.After(mark.Add(-formBHolds)) {
			continue
		}
		r := Record{Event: EventNotification, Source: SourcePoll, Data: n.Data, Time: n.At}
		r = notification(r)
		r.Time = n.At
		if r.Event == EventHealthAlert {
			fl.offline.alerted(r.Display())
		}
		fl.find(&r)
	}
}

// close ends the account of the time without a stream.
func (fl *follower) close(err error) {
	gap := fl.gap
	if err == nil {
		fl.owed = false
	}
	if gap == nil {
		return
	}
	told := *gap
	told.Refilled, told.Err, told.At = fl.refilled, err, time.Now()
	if err == nil {
		fl.gap, fl.refilled, fl.lostAt = nil, 0, time.Time{}
	}
	_ = fl.emit(told)
	_ = fl.emit(told.Record())
}

// confirm asks REST about displays that flapped and are quiet now, and about
// those that an alert is due for.
func (fl *follower) confirm(ctx context.Context) {
	now := time.Now()
	fl.mu.Lock()
	ids := map[string]bool{}
	for id, at := range fl.flaps {
		if !at.After(now) {
			ids[id] = true
			delete(fl.flaps, id)
		}
	}
	gone := fl.offline.due(now)
	for id := range gone {
		ids[id] = true
	}
	if len(ids) == 0 {
		fl.mu.Unlock()
		return
	}
	fl.touched = map[string]bool{}
	fl.mu.Unlock()

	asked := slices.Sorted(maps.Keys(ids))
	asked = asked[:min(len(asked), maxConfirmed)]
	found, err := fl.follow.Lister.Displays(ctx, asked)

	fl.mu.Lock()
	defer fl.mu.Unlock()
	touched := fl.touched
	fl.touched = nil
	if ctx.Err() != nil {
		return
	}
	for i := range found {
		if r := &found[i]; !touched[r.ID] {
			fl.confirmed(r, now)
		}
	}
	for id, since := range gone {
		if err != nil { // without a word from REST there is no alert
			fl.offline.retry(id, now.Add(refillRetry))
			continue
		}
		fl.alertOffline(id, since, now)
	}
}

// confirmed takes in a display's status as REST has it.
func (fl *follower) confirmed(r *Resource, now time.Time) {
	d := fl.known[r.key()]
	if d == nil || d.Status == r.Status {
		return
	}
	fl.offline.saw(r.ID, d.Status, r.Status, now)
	d.Status, d.Seen, fl.changed = r.Status, r.Seen, true
	_ = fl.emit(statusRecord(&d.Resource, SourcePoll, now))
}

// alertOffline tells of a display that is still offline.
func (fl *follower) alertOffline(id string, since, now time.Time) {
	d := fl.known[resourceKey{KindDisplay, id}]
	if d == nil || d.Status != statusOffline {
		delete(fl.offline.gone, id)
		return
	}
	fl.offline.alerted(id)
	_ = fl.emit(computedAlert(&d.Resource, statusOffline, "warning", "has been offline for "+now.Sub(since).Round(time.Second).String(), now))
}

func computedAlert(r *Resource, kind, severity, what string, at time.Time) Record {
	name := r.Name
	if name == "" {
		name = r.ID
	}
	data, _ := json.Marshal(HealthAlert{DeviceID: r.ID, AlertType: kind, Severity: severity, Message: name + " " + what, Timestamp: Stamp(at)}) // strings always marshal
	return Record{Event: EventHealthAlert, Source: SourceComputed, Data: data, Time: at}
}

// tick tells of schedules that began or ended their turn, as last listed.
func (fl *follower) tick(now time.Time) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	if fl.nextTick.IsZero() || now.Before(fl.nextTick) {
		return
	}
	records := fl.windows.tick(now)
	fl.nextTick = fl.windows.next(now)
	for key, at := range fl.executed {
		if now.Sub(at) > 5*time.Minute {
			delete(fl.executed, key)
		}
	}
	for i := range records {
		if fl.executes { // the server tells them itself
			continue
		}
		fl.executed[executedKey(&records[i])] = now
		fl.changed = true
		_ = fl.emit(records[i])
	}
}

// save hands the cursor over when it is time, or at last.
func (fl *follower) save(now time.Time, last bool) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	if last || fl.changed && !now.Before(fl.savedAt.Add(fl.saveAfter())) {
		fl.hand(now)
	}
}

// hand hands the cursor over.
func (fl *follower) hand(now time.Time) {
	if fl.follow.Save == nil || fl.known == nil {
		return
	}
	c := Cursor{At: now, Notified: fl.notified, IDs: slices.Clone(fl.ids.list), Known: make([]Resource, 0, len(fl.known))}
	if !fl.lostAt.IsZero() {
		c.At = fl.lostAt // until then the stream was followed
	}
	for _, r := range fl.known {
		c.Known = append(c.Known, r.Resource)
	}
	if fl.follow.Relay != nil {
		fl.note(&c)
	}
	fl.savedAt, fl.changed = now, false
	fl.follow.Save(c)
}
