package watch

// This file is about one thing: putting a watch together: what is followed, the
// screen, and what else is done with the records.

import (
	"context"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

func runWatch(ctx context.Context, o *options) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.publish != "" {
		return o.runRelay(ctx)
	}
	printer, err := o.printer()
	if err != nil {
		return err
	}
	w := &watcher{o: o}
	from, err := o.open(ctx, w)
	if err != nil {
		return o.end(ctx, w, err)
	}
	defer from.close()
	if o.binary != "" {
		if w.files, err = openStore(o.binary); err != nil {
			return err
		}
	}
	if w.screen, err = o.newScreen(ctx, printer, w); err != nil {
		return err
	}
	spareMemory()
	following, left := untilUnread(ctx, o.factory.IO)
	stop := o.attach(following, w)
	err = from.follow(following, w)
	stop()
	if gone := left(); gone != nil {
		err = gone
	}
	err = o.end(ctx, w, err)
	if closed := w.screen.close(); err == nil {
		err = closed
	}
	return err
}

// source is what is watched: the platform, or a stream that relays publish to.
type source interface {
	// follow passes records to the watcher until ctx ends or it fails.
	follow(ctx context.Context, w *watcher) error
	close()
}

func (o *options) open(ctx context.Context, w *watcher) (source, error) {
	if o.from != "" {
		return o.openStream(ctx, w)
	}
	if err := o.resolve(ctx, w); err != nil {
		return nil, err
	}
	return o.openPast(ctx, w)
}

// follow tells what was before, and then what comes.
func (p *past) follow(ctx context.Context, w *watcher) error {
	o, before := p.o, p
	at, err := before.tell(ctx, w)
	if err != nil {
		return err
	}
	follow, err := o.factory.Follow(cmdutil.FollowOptions{
		Events: o.listed(), Groups: o.group != "", Poll: o.every, Attachments: o.binary != "",
		Initial: at.At.IsZero(), Cursor: at, Save: before.save(w),
	})
	if err != nil {
		return err
	}
	if w.recorder = before.history.record(o.factory.Now); w.recorder != nil {
		defer w.recorder.close()
	}
	return follow.Run(ctx, w.item)
}

// unreadEvery is how often a watch looks whether it is still read.
const unreadEvery = time.Second

// untilUnread is ctx, but ends as well when nobody reads stdout any more: where
// little happens the next write may be hours away. left ends the looking and
// returns the error that the write would have met, or nil.
func untilUnread(ctx context.Context, io *output.IO) (following context.Context, left func() error) {
	following, stop := context.WithCancelCause(ctx)
	var looking sync.WaitGroup
	looking.Go(func() {
		tick := time.NewTicker(unreadEvery)
		defer tick.Stop()
		for !io.Unread() {
			select {
			case <-following.Done():
				return
			case <-tick.C:
			}
		}
		stop(syscall.EPIPE)
	})
	return following, func() error {
		stop(nil)
		looking.Wait()
		if cause := context.Cause(following); output.ClosedPipe(cause) {
			return cause
		}
		return nil
	}
}

// spareMemory has the collector run twice as often as usual, unless GOGC says
// otherwise: a watch runs for days beside other things, and holds little.
func spareMemory() {
	if _, chosen := os.LookupEnv("GOGC"); !chosen {
		debug.SetGCPercent(50)
	}
}

// printer prints the records. Where stdout is no terminal, a table that cannot
// know what comes is a scrolling log.
func (o *options) printer() (*output.Printer, error) {
	format, err := o.factory.Format()
	if err != nil {
		return nil, err
	}
	if o.factory.IO.StdoutTTY() || format.Name != "table" && format.Name != "wide" {
		return o.factory.Printer()
	}
	lines, err := output.ParseFormat("lines")
	if err != nil {
		return nil, err
	}
	return output.NewPrinter(o.factory.IO, output.PrintOptions{Format: lines, Columns: o.factory.Global.Columns, Now: o.factory.Now})
}

// resolve finds the display and the group that the filters name.
func (o *options) resolve(ctx context.Context, w *watcher) (err error) {
	if o.display != "" {
		if w.display, err = cmdutil.ResolveID(ctx, o.factory, api.Displays, o.display); err != nil {
			return err
		}
	}
	if o.group != "" {
		w.group, err = cmdutil.ResolveID(ctx, o.factory, api.Groups, o.group)
	}
	return err
}

// listed are the events by canonical name, for what has to be listed.
func (o *options) listed() []string {
	if len(o.events) == 0 {
		return nil
	}
	names := make([]string, len(o.events))
	for i, name := range o.events {
		if names[i] = name; name == "device:status" || name == "device:status:batch" {
			names[i] = realtime.EventDeviceStatus
		}
	}
	return names
}

// attach adds what else is done with the records; what it returns waits for it.
func (o *options) attach(ctx context.Context, w *watcher) (stop func()) {
	if o.bell && o.factory.IO.StderrTTY() {
		w.also = append(w.also, func(e *event) error {
			if critical(e) {
				o.factory.IO.Bell()
			}
			return nil
		})
	}
	if o.exec != "" {
		h := handler{io: o.factory.IO, command: o.exec}
		w.also = append(w.also, func(e *event) error { return h.handle(ctx, e) })
	}
	if o.sync {
		s := newSyncer(ctx, o.factory)
		w.returns = s.wake
		return s.stop
	}
	return func() {}
}

// newScreen shows the records in the wanted form, and says what the stream does:
// a live board where a table of everything is wanted on a terminal, elsewhere a
// log.
func (o *options) newScreen(ctx context.Context, p *output.Printer, w *watcher) (screen, error) {
	f := o.factory
	table, err := f.InTable()
	if err != nil {
		return nil, err
	}
	if table && !o.shares() && len(o.events) == 0 && len(f.Global.Columns) == 0 {
		if s := f.IO.Screen(); s != nil {
			count := countPending(f)
			if o.from != "" { // the journal is of the platform's profile
				count = nil
			}
			return startBoard(ctx, f.IO, s, newBoard(w.keeps), f.Now, count), nil
		}
	}
	stream, err := p.Stream(view())
	if err != nil {
		return nil, err
	}
	return &log{io: f.IO, stream: stream}, nil
}

// countPending counts what waits in the journal, when that has changed.
func countPending(f *cmdutil.Factory) func(context.Context) (pending, bool) {
	var known time.Time
	return func(ctx context.Context) (pending, bool) {
		c, at, err := f.CountPending(ctx, known)
		if err != nil || at.Equal(known) { // a journal that cannot be read is told by every write
			return pending{}, false
		}
		known = at
		return pending{total: c.Total, stuck: c.Stuck, displays: c.Targets}, true
	}
}
