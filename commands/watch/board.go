package watch

// This file is about one thing: the live board as data: what is known of each
// display, of the stream and of alerts. board_lines.go makes lines of it,
// board_draw.go draws them.

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
)

const (
	// alertLife is how long an alert stays on the board.
	alertLife = 30 * time.Second
	// maxAlerts bounds the memory of a storm of alerts; the newest are kept.
	maxAlerts = 100
)

// board is what a live board knows. It is used by one goroutine at a time.
type board struct {
	keeps func(id string) bool // of --display and --group: whether a display is shown

	state    realtime.State
	downFrom time.Time // when the stream was lost; zero while it is live or has never been
	since    time.Time // when it was first live
	updated  time.Time // when anything was last heard
	polling  realtime.Polling
	gaps     int

	displays map[string]*row
	names    map[string]string // of displays, playlists and the rest, by id
	alerts   []alert           // oldest first
	pending  pending
}

// row is one display.
type row struct {
	id, name, status string
	playlist         string // id of the assigned one
	changed          time.Time
	what             string // what changed, in a few words
}

// alert is one line that stays for a while.
type alert struct {
	at       time.Time // when it was received: it stays from then on
	severity string    // critical, warning or info
	subject  string
	text     string
}

// pending counts the operations that wait in the journal.
type pending struct {
	total    int
	stuck    int            // conflicts and what else needs a decision
	displays map[string]int // by display id
}

func newBoard(keeps func(string) bool) *board {
	return &board{keeps: keeps, displays: map[string]*row{}, names: map[string]string{}, state: realtime.State{State: realtime.Connecting}}
}

// take takes an item in.
func (b *board) take(item any, now time.Time) {
	switch item := item.(type) {
	case realtime.State:
		b.phase(item, now)
	case realtime.Snapshot:
		b.updated = now
		b.snapshot(&item)
	case realtime.Polling:
		b.polling = item
	case realtime.Gap:
		b.gap(&item, now)
	case *event:
		if !item.Own() {
			b.updated = now
		}
		b.event(item, now)
	}
}

func (b *board) phase(st realtime.State, now time.Time) {
	switch {
	case st.State == realtime.Live:
		b.downFrom, b.updated = time.Time{}, now
		if b.since.IsZero() {
			b.since = now
		}
	case st.State == realtime.Lost && b.state.State == realtime.Live:
		b.downFrom = now
	}
	b.state = st
}

// snapshot takes in the lists: who there is, and what is not told by records.
func (b *board) snapshot(s *realtime.Snapshot) {
	b.names = make(map[string]string, len(s.Resources))
	seen := make(map[string]bool, len(s.Resources))
	for i := range s.Resources {
		r := &s.Resources[i]
		b.names[r.ID] = r.Name
		if r.Kind != realtime.KindDisplay || !b.keeps(r.ID) {
			continue
		}
		seen[r.ID] = true
		d := b.displays[r.ID]
		if d == nil {
			d = &row{id: r.ID}
			b.displays[r.ID] = d
		}
		d.name, d.status, d.playlist = r.Name, r.Status, r.Playlist
	}
	for id := range b.displays {
		if !seen[id] {
			delete(b.displays, id)
		}
	}
}

func (b *board) gap(g *realtime.Gap, now time.Time) {
	b.gaps++
	if g.Recovered && !g.MayHaveMissed {
		return
	}
	b.alert(alert{now, "warning", "gap", gapWords(g)})
}

// event takes in a record. Statuses move rows; alerts and notifications are shown for a while.
func (b *board) event(e *event, now time.Time) {
	s := e.subject()
	switch e.Event {
	case realtime.EventDeviceStatus:
		if d := b.displays[s.DeviceID]; d != nil && s.Status != "" && s.Status != d.status {
			d.status, d.changed, d.what = s.Status, e.Time, s.Status
		}
	case realtime.EventDisplayUpdated, realtime.EventScheduleExecuted:
		if d := b.displays[e.Display()]; d != nil {
			text, _ := e.what().(string)
			d.changed, d.what = e.Time, text
		}
	case realtime.EventHealthAlert, realtime.EventNotification:
		a := alert{at: now, severity: severityOf(e.Data)}
		about, _ := e.about().(string)
		a.subject = cmp.Or(b.names[e.Display()], about)
		a.text = cmp.Or(s.Message, s.Title, e.Event)
		b.alert(a)
	case "tenant:suspended", "tenant:resumed":
		b.alert(alert{now, "warning", "organisation", strings.TrimSpace(strings.TrimPrefix(e.Event, "tenant:") + " " + s.Reason)})
	}
}

func severityOf(data json.RawMessage) string {
	var said struct{ Severity string }
	_ = json.Unmarshal(data, &said) // what is not shaped so has none
	return cmp.Or(said.Severity, "info")
}

func (b *board) alert(a alert) {
	b.alerts = append(b.alerts, a)
	if len(b.alerts) > maxAlerts {
		b.alerts = slices.Delete(b.alerts, 0, len(b.alerts)-maxAlerts)
	}
}

// expire forgets the alerts that have stayed long enough.
func (b *board) expire(now time.Time) {
	b.alerts = slices.DeleteFunc(b.alerts, func(a alert) bool { return now.Sub(a.at) >= alertLife })
}

// rows returns the displays by name, or, when only some can be shown, those in
// trouble first.
func (b *board) rows(room int) []*row {
	all := make([]*row, 0, len(b.displays))
	for _, d := range b.displays {
		all = append(all, d)
	}
	trouble := func(d *row) int {
		if len(all) <= room || d.status == "online" {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(x, y *row) int {
		return cmp.Or(
			cmp.Compare(trouble(x), trouble(y)),
			cmp.Compare(strings.ToLower(x.name), strings.ToLower(y.name)),
			cmp.Compare(x.id, y.id),
		)
	})
	return all
}

// online counts the displays that are.
func (b *board) online() (n int) {
	for _, d := range b.displays {
		if d.status == "online" {
			n++
		}
	}
	return n
}
