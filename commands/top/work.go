package top

// This file is about one thing: what the dashboard does in the background, so
// that its loop never waits.

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// worker is what the model asks for; tests give their own.
type worker interface {
	// submit sends an operation through the journal and then calls done with the
	// model, in the loop.
	submit(op journal.Operation, done func(*model, *journal.Result, error))
	// returned is told that the stream is live.
	returned()
	// refresh reads what the shown page needs beyond the stream, if it is time.
	refresh(m *model)
}

const (
	figuresEvery = time.Minute
	journalEvery = 2 * time.Second
	syncWorkers  = 4
)

type work struct {
	ctx     context.Context
	factory *cmdutil.Factory
	said    chan<- func(*model)

	journalAt time.Time // when the journal was last read; only the loop uses it
}

func (w *work) submit(op journal.Operation, done func(*model, *journal.Result, error)) {
	go func() {
		var flags cmdutil.WriteFlags
		result, err := flags.Submit(w.ctx, w.factory, op)
		w.tell(func(m *model) {
			done(m, result, err)
			w.journalAt = time.Time{}
		})
	}()
}

// returned delivers what waited for the connection.
func (w *work) returned() {
	go func() {
		report, err := w.factory.SyncPending(w.ctx, syncWorkers)
		if err == nil && (report == nil || len(report.Results) == 0) {
			return
		}
		w.tell(func(m *model) {
			if w.journalAt = (time.Time{}); err != nil {
				m.say("what waits in the journal stays there: "+err.Error(), true)
				return
			}
			m.say("synced: "+cmdutil.SyncSummary(report), false)
		})
	}()
}

// tell hands something to the loop.
func (w *work) tell(what func(*model)) {
	select {
	case w.said <- what:
	case <-w.ctx.Done():
	}
}

func (w *work) refresh(m *model) {
	now := m.now()
	if m.pages[m.page].fetch == "figures" && !m.figures.asking && now.Sub(m.figures.at) >= figuresEvery {
		m.figures.asking = true
		go w.readFigures(now)
	}
	if now.Sub(w.journalAt) >= journalEvery {
		w.journalAt = now
		go w.readJournal()
	}
}

func (w *work) readFigures(now time.Time) {
	fresh := figures{at: now}
	client, err := w.factory.Live()
	if err == nil {
		err = cmdutil.Get(w.ctx, client, "/analytics/summary", &fresh.summary)
	}
	if err == nil {
		var uptime struct {
			Measured bool     `json:"measured"`
			Average  *float64 `json:"avgUptimePercent"`
		}
		if err = cmdutil.Get(w.ctx, client, "/analytics/uptime-summary", &uptime); uptime.Measured {
			fresh.summary.AvgUptimePercent = uptime.Average
		}
	}
	if err == nil {
		// Viewers may not read this one; the rest stays worth showing.
		_ = cmdutil.Get(w.ctx, client, "/analytics/content-performance", &fresh.contents)
	}
	fresh.err = err
	w.tell(func(m *model) { m.figures = fresh })
}

func (w *work) readJournal() {
	j, err := w.factory.Journal(w.ctx)
	if err != nil {
		return // before the first sign-in there is none
	}
	owner := j.Owner()
	ops, err := j.List(w.ctx, journal.Filter{Owner: &owner})
	w.tell(func(m *model) {
		if err != nil {
			m.say("the journal cannot be read: "+journal.Told(err), true)
		}
		if err != nil && !journal.IsDamage(err) {
			return
		}
		m.pending = ops
		m.dropDecided()
	})
}

// dropDecided ends recorded edits that the journal does not hold as pending any
// more: they were applied, and the lists will show them, or taken back.
func (m *model) dropDecided() {
	on := map[string]*journal.Operation{}
	for i := range m.pending {
		on[m.pending[i].Target] = &m.pending[i]
	}
	for id, e := range m.edits {
		if e.mark != markRecorded {
			continue
		}
		op := on[id]
		if op != nil && slices.Contains(journal.Pending(), op.State) {
			continue
		}
		delete(m.edits, id)
		if op != nil {
			m.say(fmt.Sprintf("taken back: %s: %s", op.Summary, firstOf(reasonOf(op), string(op.State))), true)
		}
	}
}
