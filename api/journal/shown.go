package journal

// This file is about one thing: looking at one of many resources. A job of
// thousands of changes must look at each right before it is sent, and to look at
// one costs as much of the server's limits as to change it. A page of the list
// shows a hundred at once and has a limit of its own, so it serves those that
// are sent within the next moment; and where one route's limit is used up, the
// other one is left.

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api"
)

const (
	lookAhead    = 24 // how many operations are sent while a page is fresh, about: ten a second (contract rest 1.8)
	learnFrom    = 20 // how many must be ahead before the list is read only to learn what is where
	allPagesRead = -1
)

// rowKey names a resource.
type rowKey struct{ kind, id string }

// shownRow is a resource as a page of its list has shown it.
type shownRow struct {
	row json.RawMessage
	at  time.Time // when the page was asked for
}

// listings remembers what the lists of a run have shown: on which page a
// resource was found last, which is only a guess where to look, and what it was
// like, which counts for a moment.
type listings struct {
	reading sync.Mutex // one page at a time: others may want the same

	mu      sync.Mutex // of what follows, never held across HTTP
	pages   map[string]map[string]int
	learned map[string]int // pages of a kind's list that were read in turn, to learn
	rows    map[rowKey]shownRow
	wrote   map[rowKey]time.Time // what this process wrote a moment ago
	sweepAt int                  // size of wrote at which what is older is taken out
	cleared time.Time            // when it last wrote what may change any row
	ahead   []rowKey             // what a run is about to look at, in order
}

// expect notes that a run will look at an operation's resource; expected ends it.
func (l *listings) expect(op *Operation) {
	if op.Effect == Update {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ahead = append(l.ahead, rowKey{op.Kind, op.Target})
	}
}

func (l *listings) expected(key rowKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.ahead, key); i >= 0 {
		l.ahead = slices.Delete(l.ahead, i, i+1)
	}
}

// written forgets what an operation may have changed.
func (l *listings) written(op *Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	switch op.Effect {
	case Create:
		return
	case Update, Items, Many:
		if l.wrote == nil {
			l.wrote = map[rowKey]time.Time{}
		}
		for _, id := range append([]string{op.Target}, op.Touches...) {
			l.wrote[rowKey{op.Kind, id}] = now
		}
		if len(l.wrote) > l.sweepAt {
			l.sweep(now)
		}
	default: // a delete empties fields of others, an action is not known
		l.cleared = now
	}
}

// sweep forgets writes that are so long ago that no row from before them counts.
func (l *listings) sweep(now time.Time) {
	for key, at := range l.wrote {
		if now.Sub(at) > freshFor {
			delete(l.wrote, key)
		}
	}
	l.sweepAt = 2*len(l.wrote) + 2*api.PageSize
}

// keep takes in a page that was asked for at that time.
func (l *listings) keep(kind string, page int, asked time.Time, list []json.RawMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pages == nil {
		l.pages, l.learned, l.rows = map[string]map[string]int{}, map[string]int{}, map[rowKey]shownRow{}
	}
	at := l.pages[kind]
	if at == nil {
		at = map[string]int{}
		l.pages[kind] = at
	}
	for key, r := range l.rows {
		if asked.Sub(r.at) > freshFor {
			delete(l.rows, key)
		}
	}
	for _, raw := range list {
		var row api.Row
		if json.Unmarshal(raw, &row) == nil && row.ID != "" {
			at[row.ID] = page
			l.rows[rowKey{kind, row.ID}] = shownRow{raw, asked}
		}
	}
}

// recent is what a page has shown of a resource a moment ago; nil when nothing
// has, or this process has written to it since.
func (l *listings) recent(key rowKey) json.RawMessage {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.rows[key]
	if !ok || time.Since(r.at) >= freshFor || !r.at.After(l.wrote[key]) || !r.at.After(l.cleared) {
		return nil
	}
	return r.row
}

// pageFor is the page to read for a resource, 0 for none. It is worth it when
// others that come next stand on it too, when a single look must wait, or to
// learn for a long run what is where.
func (l *listings) pageFor(key rowKey, mayWait func() bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	page := l.pages[key.kind][key.id]
	if page == 0 {
		if l.learned[key.kind] == allPagesRead || len(l.ahead) < learnFrom {
			return 0
		}
		return l.learned[key.kind] + 1
	}
	for _, next := range l.ahead[:min(lookAhead, len(l.ahead))] {
		if next != key && next.kind == key.kind && l.pages[key.kind][next.id] == page {
			return page
		}
	}
	if mayWait() {
		return page
	}
	return 0
}

// read notes that a page was read, and that the resource it was read for is not
// where it was.
func (l *listings) read(key rowKey, page, last int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := l.pages[key.kind]; at[key.id] == page && l.rows[key].row == nil {
		delete(at, key.id)
	}
	if l.learned[key.kind] == page-1 {
		if l.learned[key.kind] = page; page >= last {
			l.learned[key.kind] = allPagesRead
		}
	}
}

// learnedAll notes that the whole list was read.
func (l *listings) learnedAll(kind string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.learned[kind] = allPagesRead
}

// known reports whether a page is known to have shown a resource.
func (l *listings) known(key rowKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pages[key.kind][key.id] > 0
}

// shown returns the operation's resource as a page of its list shows it; nil
// when it must be read by itself.
func (d *delivery) shown(ctx context.Context) json.RawMessage {
	if d.dry || d.op.Effect != Update || !d.listShows() {
		return nil
	}
	l, key := &d.j.lists, rowKey{d.op.Kind, d.op.Target}
	if row := l.recent(key); row != nil {
		return row
	}
	mayWait := func() bool { return !d.client.HasRoom(http.MethodGet, d.schema.ItemPath(d.op.Target)) }
	if l.pageFor(key, mayWait) == 0 {
		return nil
	}
	l.reading.Lock()
	defer l.reading.Unlock()
	if row := l.recent(key); row != nil {
		return row // another one has read it meanwhile
	}
	page := l.pageFor(key, mayWait)
	if page == 0 || !d.client.HasRoom(http.MethodGet, d.schema.Path) {
		return nil
	}
	last, err := d.page(ctx, page, nil)
	if err != nil {
		return nil // what ails the list the single look will tell
	}
	l.read(key, page, last)
	return l.recent(key)
}

// holdFor is how old a held place may be when its request is made. A look that
// took longer may have had to wait, and by then others may have had their turn.
const holdFor = 5 * time.Second

// formHeld forms the request in a place that is held for it.
func (d *delivery) formHeld(ctx context.Context) (*api.Request, *api.Hold, verdict, error) {
	for again := true; ; again = false {
		held, err := d.hold(ctx)
		if err != nil {
			return nil, nil, verdict{}, err
		}
		req, v, err := d.form(ctx)
		if err != nil || req == nil || !again || held.Age() <= holdFor {
			return req, held, v, err
		}
		held.Release()
	}
}

// hold waits for the place of a write that must be looked at right before.
// What no look precedes holds none.
func (d *delivery) hold(ctx context.Context) (*api.Hold, error) {
	op := d.op
	if d.fresh || d.schema == nil || op.Effect != Update && op.Effect != Items && (op.Effect != Delete || op.Force || op.BaseFrom == "") {
		return nil, nil
	}
	method, path := op.Request.Method, op.Request.Path
	switch {
	case method != "":
	case op.Effect == Delete:
		method, path = http.MethodDelete, d.schema.ItemPath(op.Target)
	default:
		method, path = http.MethodPatch, d.schema.WriteRoot()+"/"+api.PathSegment(op.Target)
	}
	if op.Effect != Update || !d.j.lists.known(rowKey{op.Kind, op.Target}) {
		if err := d.client.AwaitRoom(ctx, http.MethodGet, d.schema.ItemPath(op.Target)); err != nil {
			return nil, err
		}
	}
	return d.client.Hold(ctx, method, path)
}
