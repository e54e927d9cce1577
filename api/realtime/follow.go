package realtime

// This file is about following an organization: what REST lists, the stream,
// and after every (re)connect the difference that the stream cannot tell
// (contract realtime 7). diff.go says what a difference is.

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

const (
	// maxHeldBytes bounds the events held back during a refill; past it the
	// stream waits for the walk, which is back pressure.
	maxHeldBytes = 4 << 20
	// refillRetry is when a walk that failed after a reconnect is tried again.
	refillRetry = 30 * time.Second
)

// Resource is one thing that REST lists.
type Resource struct {
	Kind   string // "display", "playlist", ...
	ID     string
	Status string // of a display; "" for other kinds
	// Version stands for what counts as an edit: as long as it is equal, the
	// resource is unchanged. For displays it must leave out updatedAt and what
	// heartbeats move (contract realtime 7).
	Version string
	Data    json.RawMessage // what records about the resource carry
}

// Lister walks the REST lists.
type Lister interface {
	// List returns every resource that is followed, each once.
	List(ctx context.Context) ([]Resource, error)
}

// Snapshot is the result of a walk after a (re)connect.
type Snapshot struct {
	Resources []Resource
	At        time.Time // when the walk began
}

// Gap closes the account of a time without a stream, after its refill.
type Gap struct {
	DownFor   time.Duration
	Refilled  int  // records found by comparing lists
	Recovered bool // the server sent again all that was missed
	// MayHaveMissed: what happened and was undone meanwhile, and what no list shows.
	MayHaveMissed bool
	Err           error // the walk failed; it is tried again
	At            time.Time
}

func (Record) item()   {}
func (Snapshot) item() {}
func (Gap) item()      {}

// Follow joins a Session with a Lister.
type Follow struct {
	Session *Session
	Lister  Lister
	// Poll is the time between walks while live, for what has no push at all; 0: none.
	Poll time.Duration
}

// Run follows until Session.Run ends or the sink returns an error. The sink
// gets the Session's States, Records, Snapshots and Gaps, in order and one at
// a time, though not always on the same goroutine. After each Live come the
// Snapshot, the records of the difference (SourcePoll), what was pushed
// meanwhile, and, unless it is the first, the Gap.
func (f *Follow) Run(ctx context.Context, sink func(Item) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	fl := &follower{follow: f, sink: sink, stop: cancel, begin: make(chan struct{}, 1)}
	fl.room.L = &fl.mu
	var walker sync.WaitGroup
	walker.Go(func() { fl.walks(ctx) })
	err := f.Session.Run(ctx, fl.take)
	cancel()
	walker.Wait()
	if fl.err != nil {
		return fl.err
	}
	return err
}

// follower is one Run.
type follower struct {
	follow *Follow
	sink   func(Item) error
	stop   context.CancelFunc
	begin  chan struct{} // a refill is due

	mu      sync.Mutex
	room    sync.Cond
	err     error // of the sink
	known   map[resourceKey]Resource
	touched map[string]bool // displays whose status was pushed since the walk began
	live    State
	isLive  bool
	turn    int // counts connections, so that a walk knows that its own is over

	owed     bool // no walk succeeded since Live
	holding  bool // events wait for the first walk since Live
	held     []Record
	heldSize int
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

// take is the Session's sink.
func (fl *follower) take(i Item) error {
	var records []Record
	if ev, ok := i.(Event); ok {
		records = Normalise(ev)
	}
	fl.mu.Lock()
	defer fl.mu.Unlock()
	if st, ok := i.(State); ok {
		return fl.state(st)
	}
	for _, r := range records {
		for fl.holding && fl.heldSize > maxHeldBytes {
			fl.room.Wait()
		}
		if fl.holding {
			fl.held = append(fl.held, r)
			fl.heldSize += itemOverhead + len(r.Data)
		} else if err := fl.push(r); err != nil {
			return err
		}
	}
	return fl.err
}

// state takes in a change of phase. What was held back belongs before a loss.
func (fl *follower) state(st State) error {
	fl.turn++
	fl.isLive = st.State == Live
	if !fl.isLive {
		if err := fl.release(); err != nil {
			return err
		}
		return fl.emit(st)
	}
	fl.live, fl.owed, fl.holding = st, true, true
	select {
	case fl.begin <- struct{}{}:
	default:
	}
	return fl.emit(st)
}

// push emits a pushed record and remembers the status it tells. A row of the
// snapshot that tells nothing new is no event.
func (fl *follower) push(r Record) error {
	if r.Event == EventDeviceStatus {
		id, status := statusOf(r.Data)
		key := resourceKey{kindDisplay, id}
		known, ok := fl.known[key]
		if r.Name == sentDeviceBatch && ok && known.Status == status {
			return nil
		}
		if ok {
			known.Status = status
			fl.known[key] = known
		}
		if fl.touched != nil && r.Name != sentDeviceBatch {
			fl.touched[id] = true
		}
	}
	return fl.emit(r)
}

// release ends the holding back.
func (fl *follower) release() error {
	fl.holding = false
	held := fl.held
	fl.held, fl.heldSize = nil, 0
	fl.room.Broadcast()
	for _, r := range held {
		if err := fl.push(r); err != nil {
			return err
		}
	}
	return fl.err
}

// walks walks the lists when a refill is due and every Poll.
func (fl *follower) walks(ctx context.Context) {
	defer fl.letGo()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-fl.begin:
		case <-timer.C:
		}
		next := fl.follow.Poll
		if !fl.walk(ctx) && (next == 0 || next > refillRetry) {
			next = refillRetry
		}
		if next > 0 {
			timer.Reset(next)
		}
	}
}

// walk walks the lists once and emits what it finds. It returns false when it
// has to be done again.
func (fl *follower) walk(ctx context.Context) bool {
	fl.mu.Lock()
	turn := fl.turn
	if !fl.isLive { // the next Live asks again
		fl.mu.Unlock()
		return true
	}
	fl.touched = map[string]bool{}
	fl.mu.Unlock()

	at := time.Now()
	resources, err := fl.follow.Lister.List(ctx)

	fl.mu.Lock()
	defer fl.mu.Unlock()
	touched := fl.touched
	fl.touched = nil
	if fl.turn != turn {
		return true
	}
	refill, found := fl.owed, 0
	if err == nil {
		found = fl.compare(resources, touched, at)
		fl.owed = false
	}
	_ = fl.release() // an error is the sink's, and kept
	if refill && fl.live.DownFor > 0 {
		_ = fl.emit(Gap{DownFor: fl.live.DownFor, Refilled: found, Recovered: fl.live.Recovered,
			MayHaveMissed: !fl.live.Recovered, Err: err, At: time.Now()})
	}
	return err == nil
}

// letGo lets take go on at the end, when no walk will.
func (fl *follower) letGo() {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.holding = false
	fl.room.Broadcast()
}

// compare emits how the lists differ from what was known, and remembers them.
func (fl *follower) compare(resources []Resource, touched map[string]bool, at time.Time) int {
	for _, r := range fl.held {
		if r.Event == EventDeviceStatus && r.Name != sentDeviceBatch {
			id, _ := statusOf(r.Data)
			touched[id] = true
		}
	}
	if fl.owed {
		_ = fl.emit(Snapshot{Resources: resources, At: at})
	}
	records, now := difference(fl.known, resources, touched, at)
	fl.known = now
	for _, r := range records {
		_ = fl.emit(r)
	}
	return len(records)
}
