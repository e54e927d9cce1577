package realtime

// This file is about the stream's side of a Follow: what a pushed event means
// for what is known, holding events back during a refill, and telling nothing
// twice.

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// follower is one Run.
type follower struct {
	follow *Follow
	sink   func(Item) error
	stop   context.CancelFunc
	wake   chan struct{} // something is due
	spare  []Record      // of take, which is called by one goroutine

	mu    sync.Mutex
	room  sync.Cond
	err   error // of the sink
	known map[resourceKey]*known
	// touched are displays whose status was pushed since a reading of the lists
	// began; nil while there is none.
	touched map[string]bool
	told    map[resourceKey]int // changes that were pushed, by the reading that sees them at the latest
	lists   int                 // counts readings
	initial bool                // no status has been pushed yet

	isLive bool
	turn   int       // counts connections
	live   State     // the last Live
	lostAt time.Time // since when the account is open: a gap that was not refilled yet; zero: none
	reason Reason    // of the loss
	gap    *Gap      // that records found now belong to; nil outside a refill

	owed     bool // no reading succeeded since Live
	quiet    bool // nothing has come since the stream's last Pause
	holding  bool // events wait for it
	heldAt   time.Time
	held     []Record
	heldSize int
	refilled int

	nextList time.Time // zero: none is due
	polling  Polling   // as last told
	notified time.Time // the newest notification known
	ids      recent    // of notifications told
	flaps    map[string]time.Time
	offline  offline
	windows  windows
	nextTick time.Time
	listed   bool                      // a reading of the lists has succeeded
	unnamed  map[string]time.Time      // notifications pushed without an id, by type and display
	executes bool                      // the server tells schedule:executed itself
	executed map[resourceKey]time.Time // what was computed lately
	ticked   time.Time                 // when the one before us looked at the schedules; zero: nobody did
	savedAt  time.Time
	changed  bool // since then
}

// emit is called with the lock held.
func (fl *follower) emit(i Item) error {
	if fl.err == nil {
		if fl.err = fl.sink(i); fl.err != nil {
			fl.stop()
		}
	}
	return fl.err
}

// rouse has the clerk look at what is due.
func (fl *follower) rouse() {
	select {
	case fl.wake <- struct{}{}:
	default:
	}
}

// take is the Session's sink.
func (fl *follower) take(i Item) error {
	records := fl.spare[:0]
	switch i := i.(type) {
	case Event:
		records = appendRecords(records, i)
		fl.spare = records
	case Record:
		records = append(records, i)
		fl.spare = records
	}
	fl.mu.Lock()
	defer fl.mu.Unlock()
	switch i := i.(type) {
	case State:
		return errors.Join(fl.state(i), fl.emit(Pause{}))
	case Pause:
		fl.quiet = true
		return fl.emit(Pause{Whole: !fl.holding})
	}
	fl.quiet = fl.quiet && len(records) == 0
	for i := range records {
		for fl.holding && fl.heldSize > maxHeldBytes {
			fl.room.Wait()
		}
		if fl.holding {
			fl.held = append(fl.held, records[i])
			fl.heldSize += itemOverhead + len(records[i].Data)
		} else if err := fl.settle(&records[i]); err != nil {
			return err
		}
	}
	return fl.err
}

// state takes in a change of phase. What was held back belongs before a loss.
func (fl *follower) state(st State) error {
	if st.State == Connecting {
		return fl.emit(st)
	}
	wasLive := fl.isLive
	fl.turn++
	fl.isLive = st.State == Live
	if fl.isLive {
		return fl.wentLive(st)
	}
	_ = fl.release() // an error is the sink's, and kept
	fl.gap = nil
	_ = fl.emit(st)
	if wasLive && st.State == Lost {
		if fl.lostAt.IsZero() {
			fl.lostAt, fl.reason = st.Since, st.Reason
		}
		_ = fl.emit(disconnectRecord(st))
	}
	return fl.err
}

// wentLive opens the account of the time without a stream, if there was one.
func (fl *follower) wentLive(st State) error {
	if !fl.lostAt.IsZero() {
		st.DownFor = max(st.At.Sub(fl.lostAt), time.Millisecond) // of a cursor, or of a gap that could not be refilled yet
		fl.gap = &Gap{From: fl.lostAt, To: st.At, Reason: fl.reason, DownFor: st.DownFor, Recovered: st.Recovered, MayHaveMissed: !st.Recovered}
	}
	fl.initial = fl.initial && fl.lostAt.IsZero()
	fl.live, fl.owed, fl.holding, fl.heldAt = st, true, true, st.At
	fl.nextList = st.At.Add(fl.follow.Lister.Wait())
	fl.rouse()
	_ = fl.emit(st)
	return fl.emit(connectRecord(st))
}

// release ends the holding back.
func (fl *follower) release() error {
	if !fl.holding {
		return fl.err
	}
	fl.holding = false
	held := fl.held
	fl.held, fl.heldSize = nil, 0
	fl.room.Broadcast()
	for i := range held {
		if err := fl.settle(&held[i]); err != nil {
			return err
		}
	}
	fl.initial = fl.initial && len(held) == 0
	return fl.err
}

// push emits a pushed record and remembers what it tells, unless it was told
// already.
func (fl *follower) push(r *Record) error {
	fl.changed = true
	switch r.Event {
	case EventDeviceStatus:
		return fl.pushStatus(r)
	case EventNotification, EventHealthAlert:
		if id := r.NotificationID(); id == "" {
			fl.unnamed[unnamedKey(r.Data)] = r.Time
		} else if !fl.ids.add(id) {
			return nil
		}
		if r.Event == EventHealthAlert {
			fl.offline.alerted(r.Display())
		}
	case EventScheduleExecuted:
		fl.executes = true
		if at, ok := fl.executed[executedKey(r)]; ok && r.Time.Sub(at).Abs() < 2*time.Minute {
			return nil
		}
	default:
		if key, ok := changedKey(r); ok {
			fl.told[key] = fl.lists + 1 // a reading that is under way may still miss it
		}
	}
	return fl.emit(*r)
}

// pushStatus settles duplicates and order of a display's status (contract
// realtime 7): the newest word of the server's counts, whichever comes last. A
// row of the batch that tells nothing new is no event.
func (fl *follower) pushStatus(r *Record) error {
	id, status := statusOf(r.Data)
	d := fl.known[resourceKey{KindDisplay, id}]
	batch := r.Name == sentDeviceBatch
	if fl.touched != nil && !batch {
		fl.touched[id] = true
	}
	if d == nil {
		return fl.emit(*r)
	}
	r.Data = withPlaylist(r.Data, d.Playlist)
	same, newer := d.Status == status, !r.Time.Before(d.statusAt)
	switch {
	case batch && (!newer || same && !fl.initial):
		return nil
	case same && r.Time.Equal(d.statusAt) && !batch:
		return nil // the same word twice
	case batch && !same && fl.gap != nil:
		r.Gap = fl.gap
		fl.refilled++
	case !batch && (!newer || !d.statusAt.IsZero() && r.Time.Sub(d.statusAt) < debounce):
		fl.flap(id) // what came last need not be what is so
	}
	if newer {
		fl.offline.saw(id, d.Status, status, time.Now()) // the server's clock may be another
		if !same && status == statusOffline {
			fl.rouse()
		}
		d.Status, d.statusAt = status, r.Time
	}
	return fl.emit(*r)
}

// flap has a display's status confirmed once it is quiet.
func (fl *follower) flap(id string) {
	if _, ok := fl.flaps[id]; !ok {
		fl.rouse()
	}
	fl.flaps[id] = time.Now().Add(debounce)
}

// NotificationID returns the id of the stored notification behind a record, or
// "": form B has none (contract realtime 4.1).
func (r *Record) NotificationID() string {
	if r.Event != EventNotification && r.Event != EventHealthAlert {
		return ""
	}
	var said struct {
		ID           string `json:"id"`
		Notification struct {
			ID string `json:"id"`
		} `json:"notification"`
	}
	_ = json.Unmarshal(r.Data, &said) // what is not shaped so has no id
	if said.ID != "" {
		return said.ID
	}
	return said.Notification.ID
}

// unnamedKey stands for a notification whose push had no id.
func unnamedKey(data []byte) string {
	var said struct{ Type string }
	_ = json.Unmarshal(data, &said) // what is not shaped so has no type
	r := Record{Data: data}
	return said.Type + " " + r.Display()
}

// executedKey tells one turn of a schedule on a display from another.
func executedKey(r *Record) resourceKey {
	var said ScheduleExecuted
	_ = json.Unmarshal(r.Data, &said) // what is not shaped so is like nothing computed
	return resourceKey{said.ScheduleID + " " + said.DisplayID, said.Action}
}

// recent is a set that forgets.
type recent struct {
	list []string
	set  map[string]bool
}

const maxRecent = 1000

// add returns false when the last of ids was there already.
func (s *recent) add(ids ...string) (fresh bool) {
	if s.set == nil {
		s.set = map[string]bool{}
	}
	for _, id := range ids {
		if fresh = !s.set[id]; !fresh {
			continue
		}
		if len(s.list) == maxRecent {
			delete(s.set, s.list[0])
			s.list = append(s.list[:0], s.list[1:]...)
		}
		s.list, s.set[id] = append(s.list, id), true
	}
	return fresh
}
