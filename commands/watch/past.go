package watch

// This file is about one thing: what was before this watch: where the last one
// of a name stopped, and what was recorded. Both are of one server,
// organisation and user.

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// past is the watch's side of it.
type past struct {
	o       *options
	history history
	cursor  *cursor // nil without --resume
	warned  bool
}

// openPast finds what was before. Only --resume and --since can fail for it.
func (o *options) openPast(ctx context.Context, w *watcher) (*past, error) {
	client, err := o.factory.Live()
	if err != nil {
		return nil, err
	}
	c, err := o.factory.Config()
	if err != nil {
		return nil, err
	}
	profile, err := o.factory.Profile()
	if err != nil {
		return nil, err
	}
	owner, err := cmdutil.Owner(ctx, client)
	if err != nil {
		if o.resume == "" && o.since == "" {
			return &past{o: o}, nil // nothing is recorded for nobody
		}
		return nil, err
	}
	dir := filepath.Join(c.StateDir(profile), "watch")
	p := &past{o: o, history: historyOf(dir, owner)}
	if o.resume != "" {
		if p.cursor, err = openCursor(dir, o.resume, owner); err != nil {
			return nil, err
		}
		w.seq = p.cursor.found.Seq
	}
	return p, nil
}

// tell begins with what was recorded, and returns where the follow begins.
func (p *past) tell(ctx context.Context, w *watcher) (realtime.Cursor, error) {
	if p.cursor != nil {
		return p.cursor.found.Cursor, nil
	}
	if p.o.begin.IsZero() {
		return realtime.Cursor{}, nil
	}
	at := realtime.Cursor{At: p.o.begin, Notified: p.o.begin}
	w.names = p.names(ctx)
	last, err := p.history.since(p.o.begin, func(r realtime.Record) error {
		if id := r.NotificationID(); id != "" {
			at.IDs = append(at.IDs, id)
		}
		return w.record(r)
	})
	if last.After(at.At) {
		at.At = last
	}
	return at, errors.Join(err, w.screen.show(realtime.Pause{}))
}

// names reads what displays and playlists are called now. What was is told
// without them too, so a failure only leaves the ids.
func (p *past) names(ctx context.Context) map[string]string {
	names := map[string]string{}
	client, err := p.o.factory.Client()
	if err != nil {
		return names
	}
	for _, s := range []*api.Schema{&api.Displays.Schema, &api.Playlists.Schema} {
		rows, err := s.Rows().List(ctx, client, nil, 0)
		if err != nil {
			continue
		}
		for _, row := range rows {
			names[row.ID] = row.Name()
		}
	}
	return names
}

// save keeps how far the watch came. Trouble with it is told once, and does not
// end the stream.
func (p *past) save(w *watcher) func(realtime.Cursor) {
	if p.cursor == nil {
		return nil
	}
	return func(at realtime.Cursor) {
		if w.broken { // the last record did not get out: it has to come again
			return
		}
		if err := p.cursor.save(w.seq, at, ""); err != nil && !p.warned {
			p.warned = true
			p.o.factory.IO.Warn("--resume: how far this watch came cannot be kept: %v", err)
		}
	}
}

// close gives the name free.
func (p *past) close() {
	if p.cursor != nil {
		p.cursor.close()
	}
}
