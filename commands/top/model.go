package top

// This file is about one thing: what the dashboard knows, and how what happens
// changes it. It draws nothing and asks nobody.

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/output"
)

const (
	keepEvents  = 50               // lines of the log
	alertStays  = 30 * time.Second // as the product's dashboard
	noticeStays = 8 * time.Second
)

// mode is what keys mean at the moment.
type mode int

const (
	browsing mode = iota
	filtering
	detail
	prompting  // for a text
	confirming // a deletion
	helping
)

// resource is a row of a list: the typed row, and its status where that moves.
type resource struct {
	id, name string
	row      any // *api.Display, *api.Playlist, ...; nil when only its name is known
}

// model is all the dashboard knows. It is owned by one goroutine.
type model struct {
	server string
	now    func() time.Time
	paint  func(output.Style, string) string
	work   worker

	state   realtime.State
	updated time.Time // when the server last said anything
	polling realtime.Polling

	kinds   map[string][]resource // by realtime kind, in the lists' order
	names   map[string]string     // of everything, by id
	edits   map[string]edit       // optimistic, by resource id
	alerts  []alert
	events  []line
	pending []journal.Operation
	figures figures

	pages  []page
	page   int
	cursor map[int]string // id of the chosen row, by page
	offset map[int]int    // first row shown, by page
	filter map[int]string

	mode    mode
	input   string // what is being typed
	asking  *question
	scroll  int // of the detail
	notice  string
	bad     bool
	noticed time.Time
}

// alert is shown for a while.
type alert struct {
	at       time.Time
	display  string
	severity string
	text     string
}

// line is one event of the log.
type line struct {
	at   time.Time
	text string
	bad  bool
}

func newModel(server string, now func() time.Time, paint func(output.Style, string) string, w worker) *model {
	return &model{
		server: server, now: now, paint: paint, work: w, pages: pages(),
		kinds: map[string][]resource{}, names: map[string]string{}, edits: map[string]edit{},
		cursor: map[int]string{}, offset: map[int]int{}, filter: map[int]string{},
		state: realtime.State{State: realtime.Connecting},
	}
}

// take takes in one item of the stream.
func (m *model) take(item realtime.Item) {
	switch item := item.(type) {
	case realtime.State:
		m.state = item
		if item.State == realtime.Live {
			m.updated = m.now()
			m.work.returned()
		}
	case realtime.Polling:
		m.polling = item
	case realtime.Snapshot:
		m.learn(&item)
	case realtime.Record:
		m.record(&item)
	}
}

// learn takes in the lists.
func (m *model) learn(s *realtime.Snapshot) {
	m.updated = m.now()
	kinds, names := map[string][]resource{}, make(map[string]string, len(s.Resources))
	for i := range s.Resources {
		r := &s.Resources[i]
		row := r.Row
		if d, ok := row.(*api.Display); ok && d.Status != r.Status {
			moved := *d
			moved.Status, row = r.Status, &moved
		}
		kinds[r.Kind] = append(kinds[r.Kind], resource{r.ID, r.Name, row})
		names[r.ID] = r.Name
		if s, ok := row.(*api.Schedule); ok && s.GroupID != nil && s.Group != nil { // groups are no list of the stream's
			names[*s.GroupID] = s.Group.Name()
		}
	}
	m.kinds, m.names = kinds, names
	for id, e := range m.edits {
		if e.settled && s.At.After(e.at) { // the lists are newer than the answer
			delete(m.edits, id)
		}
	}
}

// record takes in one event.
func (m *model) record(r *realtime.Record) {
	m.updated = m.now()
	var said struct {
		DeviceID, Status, Severity, Message, Title, Action, AlertType string
		Payload                                                       struct{ Name string }
	}
	_ = json.Unmarshal(r.Data, &said) // what is not shaped so says less
	id := r.Display()
	switch r.Event {
	case realtime.EventDeviceStatus:
		m.setStatus(id, said.Status, r.Time)
		m.log(r.Time, m.nameOf(id)+" is "+said.Status, said.Status == "offline" || said.Status == "error")
		return
	case realtime.EventHealthAlert, realtime.EventNotification:
		text := firstOf(said.Message, said.Title, said.AlertType, r.Event)
		severity := firstOf(said.Severity, "info")
		m.alerts = append(m.alerts, alert{m.now(), id, severity, text})
		m.log(r.Time, text, severity == "critical")
		return
	case realtime.EventConnect, realtime.EventPolling:
		return
	}
	m.log(r.Time, strings.TrimSpace(r.Event+" "+m.subject(r)+" "+said.Action), false)
}

// subject names what a record is about.
func (m *model) subject(r *realtime.Record) string {
	var ids struct{ PlaylistID, ContentID, ScheduleID, DisplayID string }
	_ = json.Unmarshal(r.Data, &ids) // what is not shaped so has no subject
	for _, id := range []string{ids.ScheduleID, ids.PlaylistID, ids.ContentID, ids.DisplayID, r.Display()} {
		if id != "" {
			return m.nameOf(id)
		}
	}
	return ""
}

func (m *model) nameOf(id string) string { return firstOf(m.edits[id].name, m.names[id], id) }

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// setStatus moves a display's status between two readings of the lists.
func (m *model) setStatus(id, status string, at time.Time) {
	for i, r := range m.kinds[realtime.KindDisplay] {
		if d, ok := r.row.(*api.Display); ok && r.id == id && status != "" {
			moved := *d
			moved.Status = status
			if status == "online" {
				moved.LastHeartbeat = at
			}
			m.kinds[realtime.KindDisplay][i].row = &moved
		}
	}
}

func (m *model) log(at time.Time, text string, bad bool) {
	m.events = append(m.events, line{at, text, bad})
	if extra := len(m.events) - keepEvents; extra > 0 {
		m.events = slices.Delete(m.events, 0, extra)
	}
}

// tick is called about once a second.
func (m *model) tick() {
	now := m.now()
	m.alerts = slices.DeleteFunc(m.alerts, func(a alert) bool { return now.Sub(a.at) >= alertStays })
	if m.notice != "" && now.Sub(m.noticed) >= noticeStays {
		m.notice = ""
	}
	m.work.refresh(m)
}

// say shows a message for a while.
func (m *model) say(text string, bad bool) { m.notice, m.bad, m.noticed = text, bad, m.now() }

// rows are a page's rows that pass its filter, with optimistic edits over them.
func (m *model) rows() []row {
	all := m.pages[m.page].rows(m)
	text := strings.ToLower(m.filter[m.page])
	if text == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(r row) bool { return !strings.Contains(strings.ToLower(r.search), text) })
}

// chosen returns the row under the cursor, and its place; -1 when there is none.
func (m *model) chosen(rows []row) int {
	for i := range rows {
		if rows[i].id == m.cursor[m.page] {
			return i
		}
	}
	return min(0, len(rows)-1)
}
