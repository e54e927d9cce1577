package watch

// This file is about one thing: what passes the filters, and what happens with
// it.

import (
	"encoding/json"
	"slices"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/output"
)

// screen shows what a watch sees. It gets every State, Snapshot, Gap, Polling and
// Pause of the follow, and as *event the records that passed the filters, in
// order and one at a time; an *event holds only during the call. What it collects must be out at a Pause. An error
// ends the watch.
type screen interface {
	show(item any) error
	close() error
}

// watcher receives a follow's items, in order and one at a time.
type watcher struct {
	o      *options
	screen screen
	also   []func(*event) error // what else is done with a record that passed
	files  *store               // for attachments; nil: none are kept
	broken bool                 // the last record did not get out, or was not handled

	recorder *recorder // of everything; nil where another watch records

	display string          // only this display's records; "" = all
	group   string          // only those of this group's displays; "" = all
	members map[string]bool // of the group, as last listed
	names   map[string]string

	event   event // the present one
	seq     uint64
	raw     []byte // of the present record, where it was read from a relay's stream
	counted int
	live    bool
	lost    realtime.State // the last loss
	turn    bool           // it waits for the server's limit on connections
	returns func()         // called whenever the stream is live
}

// item is the follow's sink.
func (w *watcher) item(item realtime.Item) error {
	switch item := item.(type) {
	case realtime.Record:
		if w.recorder != nil {
			w.recorder.add(&item)
		}
		return w.record(item)
	case realtime.Pause:
		if w.recorder != nil {
			w.recorder.flush()
		}
	case realtime.Snapshot:
		w.learn(&item)
		return w.screen.show(item)
	case realtime.State:
		w.state(item)
		return w.screen.show(item)
	}
	return w.screen.show(item)
}

func (w *watcher) state(st realtime.State) {
	switch st.State {
	case realtime.Live:
		w.live = true
		if w.returns != nil {
			w.returns()
		}
	case realtime.Lost:
		w.live, w.lost = false, st
	case realtime.Connecting:
		w.turn = st.NextIn > 0
	}
}

// trouble says why the stream is not live.
func (w *watcher) trouble() string {
	switch {
	case w.turn:
		return turnWords
	case w.lost.Err != nil:
		return string(w.lost.Reason) + " (" + w.lost.Err.Error() + ")"
	case w.lost.Reason != "":
		return string(w.lost.Reason)
	}
	return "it was still connecting"
}

// learn takes in names and who is in the group.
func (w *watcher) learn(s *realtime.Snapshot) {
	w.names = make(map[string]string, len(s.Resources))
	for i := range s.Resources {
		w.names[s.Resources[i].ID] = s.Resources[i].Name
	}
	if w.group == "" {
		return
	}
	w.members = map[string]bool{}
	for _, id := range s.Groups[w.group] {
		w.members[id] = true
	}
}

// record passes a record on, if it is wanted. Where a gap is a failure, it ends
// the watch even if the record about it is not.
func (w *watcher) record(r realtime.Record) error {
	own := r.Own()
	if !w.wanted(&r, own) {
		return w.gap(&r, own)
	}
	w.seq++
	w.event = event{Record: r, Seq: w.seq, raw: w.raw, names: w.names}
	e := &w.event
	w.broken = true
	if w.files != nil {
		if err := w.files.keep(e); err != nil {
			return err
		}
	}
	if err := w.screen.show(e); err != nil {
		return err
	}
	if len(w.also) > 0 { // they take their time
		if err := w.screen.show(realtime.Pause{}); err != nil {
			return err
		}
	}
	for _, do := range w.also {
		if err := do(e); err != nil {
			return err
		}
	}
	w.broken = false
	if err := w.gap(&r, own); err != nil {
		return err
	}
	return w.enough(e, own)
}

func (w *watcher) gap(r *realtime.Record, own bool) error {
	if !own || r.Event != realtime.EventGap || !w.o.failOnGap || !r.Gap.MayHaveMissed || r.Gap.Reason == realtime.ReasonNotRunning {
		return nil
	}
	return &api.Error{Kind: api.KindStream, Message: "events may have been missed while the stream was down for " + output.HumanDuration(r.Gap.DownFor)}
}

func (w *watcher) wanted(r *realtime.Record, own bool) bool {
	switch {
	case len(w.o.events) > 0:
		if !slices.Contains(w.o.events, r.Event) && (r.Name == "" || !slices.Contains(w.o.events, r.Name)) {
			return false
		}
	case w.o.count > 0 && (r.Event == realtime.EventConnect || r.Event == realtime.EventPolling) && own:
		return false // whoever counts asks for events; what may be missing is said even so
	}
	if own || w.display == "" && w.group == "" {
		return true
	}
	return w.keeps(r.Display())
}

// keeps says whether a display is among those that --display and --group name.
func (w *watcher) keeps(id string) bool {
	return (w.display == "" || id == w.display) && (w.group == "" || w.members[id])
}

// enough ends the watch when what was waited for came.
func (w *watcher) enough(e *event, own bool) error {
	if w.o.count > 0 && (!own || len(w.o.events) > 0) {
		if w.counted++; w.counted >= w.o.count {
			return errEnough
		}
	}
	if w.o.cond != nil && w.o.cond.Test(e.Field) {
		return errEnough
	}
	return nil
}

// critical says whether a record is worth ringing the bell for.
func critical(e *event) bool {
	if e.Event != realtime.EventHealthAlert && e.Event != realtime.EventNotification {
		return false
	}
	var said struct{ Severity string }
	_ = json.Unmarshal(e.Data, &said) // what is not shaped so is not critical
	return said.Severity == "critical"
}
