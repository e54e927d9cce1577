package watch

// This file is about one thing: --publish: a relay: a watch of everything whose
// records go to a Redis stream.

import (
	"context"
	"fmt"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/relay"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

func (o *options) runRelay(ctx context.Context) error {
	server, a, err := o.server()
	if err != nil {
		return err
	}
	defer server.Close()
	client, err := o.factory.Live()
	if err != nil {
		return err
	}
	w := &watcher{o: o}
	owner, err := cmdutil.Owner(ctx, client)
	if err != nil {
		return o.end(ctx, w, err)
	}
	follow, err := o.factory.Follow(cmdutil.FollowOptions{})
	if err != nil {
		return err
	}
	spareMemory()
	says := &log{io: o.factory.IO}
	r := &relay.Relay{
		Place: relay.Place{Server: server, Stream: a.Name}, Keep: o.keep, Lease: relay.DefaultLease, Who: who(o.factory.Now()),
		Owner:   fmt.Sprintf("%s %s %s", owner.Server, owner.Organization, owner.User),
		Session: follow.Session,
		Decode:  decodeRecord,
		Told:    func(st realtime.State) { w.state(st); _ = says.show(st) }, // a log that has no stream does not fail
		Say:     o.factory.IO.Say,
		Lead:    o.lead,
	}
	return o.end(ctx, w, streamError(r.Run(ctx)))
}

// lead follows the platform as any watch does, for as long as this relay leads.
func (o *options) lead(ctx context.Context, t *relay.Turn) error {
	w := &watcher{o: o, seq: t.Seq, screen: &publishing{io: o.factory.IO, turn: t}}
	follow, err := o.factory.Follow(cmdutil.FollowOptions{Poll: o.every, Initial: t.Fresh, Cursor: t.Cursor, Save: t.Save})
	if err != nil {
		return err
	}
	follow.Session, follow.Relay = t.Source, &t.Relay
	return follow.Run(ctx, func(i realtime.Item) error {
		switch i := i.(type) {
		case realtime.Record:
			if t.Hides(&i) {
				return nil
			}
		case realtime.State:
			if i.State == realtime.Lost {
				if err := t.Lost(ctx); err != nil {
					return err
				}
			}
		}
		return w.item(i)
	})
}

// publishing is the screen of a relay: what passes is appended.
type publishing struct {
	io   *output.IO
	turn *relay.Turn
}

func (p *publishing) show(item any) error {
	switch item := item.(type) {
	case *event:
		raw, err := item.AppendJSON(nil)
		if err != nil {
			return err
		}
		return p.turn.Add(raw, item.Seq)
	case realtime.Pause:
		return p.turn.Pause(item)
	case realtime.State: // told as it comes
		return nil
	}
	return (&log{io: p.io}).show(item)
}

func (p *publishing) close() error { return nil }
