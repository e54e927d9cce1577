package display

// This file is about one thing: "assign", the playlist of one or many displays.

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// batchSize is how many displays the bulk route takes (contract rest 4).
const batchSize = 100

type assignOptions struct {
	factory  *cmdutil.Factory
	write    cmdutil.WriteFlags
	sel      selection
	wait     waitFlags
	playlist string
	none     bool
	roller   staging

	read time.Time // when the displays were read, and whence
	from string
}

func newAssign(f *cmdutil.Factory, run func(context.Context, *assignOptions) error) *cobra.Command {
	o := &assignOptions{factory: f}
	if run == nil {
		run = runAssign
	}
	cmd := &cobra.Command{
		Use: "assign [NAME|ID...] --playlist NAME|ID", Args: cmdutil.Args("[NAME|ID...]"),
		Short: "Assign a playlist to displays, or take it away",
		Long: `Assigns a playlist to displays, chosen by name, by --group, or by --all; --status
and --tag narrow the choice. More than one display are asked about first.

"assigned" means that the platform has recorded it and tries to tell the
players. Whether a screen shows it is another matter: a schedule or an override
may come first, and an offline player learns of it when it connects.

With --wait the result is a line per display: assigned or not, online or not, and
why. Exit code 0: as many as --quorum asks are both; 8: fewer.

--canary assigns in stages: to a few displays first, those that are online before
others, then to more (--then). --abort-if is looked at in each --pause and after
each stage: offline and failed count displays that the rollout has changed, 2% is
a share of them (total), alerts counts warnings of the platform since it began.
When it is true, all that was assigned is put back.`,
		Example:           "  vizora display assign --group Lobby --playlist \"Summer Menu\" --wait --quorum 95% --timeout 5m\n  vizora display assign --all --playlist \"Summer Menu\" --canary 5 --then 25% --then all --pause 2m --abort-if 'offline > 2% or alerts > 0'",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Displays.Schema),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.roller.staged() {
			f.Patient()
		}
		return f.Run(func(ctx context.Context, args []string) error {
			o.sel.args = args
			if err := o.wait.check(cmd, &o.write); err != nil {
				return err
			}
			return run(ctx, o)
		})(cmd, args)
	}
	cmd.Flags().StringVar(&o.playlist, "playlist", "", "`NAME|ID` the playlist")
	cmd.Flags().BoolVar(&o.none, "none", false, "no playlist; the players are not told until they next connect")
	_ = cmd.RegisterFlagCompletionFunc("playlist", cmdutil.CompleteResource(f, &api.Playlists.Schema))
	o.sel.addFlags(cmd)
	cmd.Flags().StringVar(&o.sel.where, "where", "", "`CONDITION` of these only those that fit it, see 'vizora help where'")
	o.roller.addFlags(cmd.Flags())
	o.write.AddWrite(cmd.Flags())
	o.write.AddYes(cmd.Flags())
	o.wait.addFlags(cmd, "have it assigned and are online")
	return cmd
}

func (o *assignOptions) check() error {
	if err := o.roller.check(); err != nil {
		return err
	}
	switch {
	case o.roller.staged() && (o.none || o.write.Async || o.wait.wait):
		return cmdutil.Usage("--canary goes with neither --none nor --async nor --wait").WithHint("--abort-if looks at the displays after each stage")
	case o.none && o.playlist != "":
		return cmdutil.Usage("give --playlist or --none, not both")
	case !o.none && o.playlist == "":
		return cmdutil.Usage("--playlist is missing").WithHint("name a playlist, or give --none to take it away")
	}
	return o.sel.check()
}

func runAssign(ctx context.Context, o *assignOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	f := o.factory
	c, err := f.Client()
	if err != nil {
		return err
	}
	var p *api.Playlist
	if !o.none {
		found, err := cmdutil.Resolve(ctx, o.factory, api.Playlists, o.playlist)
		if err != nil {
			return err
		}
		p = found.Value
		if p.Size() == 0 {
			f.IO.Warn("playlist %q (%s) has no items", p.Name, p.ID)
		}
	}
	o.read = f.Now()
	displays, err := o.sel.find(ctx, o.factory, c)
	if err != nil {
		return err
	}
	o.from = readFrom(c)
	if err := o.wait.checkNeed(len(displays)); err != nil {
		return err
	}
	if len(displays) > 1 && !o.write.DryRun {
		if err := f.Confirm(ctx, o.write.Yes, fmt.Sprintf("%s: %s", o.what(p, displays), labels(displays)), nil); err != nil {
			return err
		}
	}
	if o.roller.staged() && !o.write.DryRun {
		return o.roll(ctx, p, displays)
	}
	done, err := o.send(ctx, p, displays)
	if o.none && len(done) > 0 {
		f.IO.Warn("the platform does not tell players that a playlist was taken away; they go on until they next connect or report")
	}
	if o.wait.wait && !o.write.DryRun && !api.IsKind(err, api.KindQueued) && len(done) > 0 {
		return o.await(ctx, p, displays, done, err)
	}
	one := len(o.sel.args) == 1 && !o.sel.filtered()
	return printDone(f, one, done, err)
}

// await waits until enough of the displays have the playlist assigned and are
// online. Those that could not be sent to count as failed.
func (o *assignOptions) await(ctx context.Context, p *api.Playlist, displays, done []*api.Display, failure error) error {
	r, err := newRollout(o.factory, &o.wait, "assigned", displays)
	if err != nil {
		return err
	}
	r.needs = true
	for _, t := range r.targets {
		if !slices.ContainsFunc(done, func(d *api.Display) bool { return d.ID == t.display.ID }) {
			t.failed, t.reason = true, fmt.Sprintf("not assigned: %v", failure)
		}
	}
	r.try = func(_ context.Context, t *target) error {
		now := t.display.CurrentPlaylist
		if p == nil {
			t.has = now == nil
		} else {
			t.has = now != nil && *now == p.ID
		}
		switch {
		case t.failed:
		case t.has && t.online:
			t.reason = ""
		case t.has:
			t.reason = notConnected
		default:
			t.reason = "assigned another playlist meanwhile"
		}
		return nil
	}
	return r.await(ctx)
}

// what is the change in words.
func (o *assignOptions) what(p *api.Playlist, displays []*api.Display) string {
	to := displayCount(len(displays))
	if len(displays) == 1 {
		to += " " + label(displays[0])
	}
	if p == nil {
		return "take the playlist away from " + to
	}
	return fmt.Sprintf("assign playlist %q to %s", p.Name, to)
}

// send picks the route: the bulk one knows no "none", and an update of a single
// display meets concurrent edits field by field.
func (o *assignOptions) send(ctx context.Context, p *api.Playlist, displays []*api.Display) ([]*api.Display, error) {
	if p != nil && len(displays) > 1 {
		return o.sendBatches(ctx, p, displays)
	}
	value := json.RawMessage("null")
	if p != nil {
		value, _ = json.Marshal(p.ID) // a string always marshals
	}
	var done []*api.Display
	err := cmdutil.Each(o.factory, len(displays), api.Displays.Noun, func(i int) error {
		d := displays[i]
		now, err := setField(ctx, o.factory, &o.write, d, journal.Operation{Verb: "assign", Summary: o.what(p, displays[i:i+1]), BaseAt: o.read, BaseFrom: o.from}, "playlist", value)
		if err != nil || now == nil {
			return err
		}
		done = append(done, now)
		o.say(p, label(d))
		return nil
	})
	return done, err
}

func (o *assignOptions) say(p *api.Playlist, displays string) {
	if p == nil {
		o.factory.IO.Say("took the playlist away from display %s", displays)
		return
	}
	o.factory.IO.Say("assigned playlist %q (%s) to display %s", p.Name, p.ID, displays)
}

// sendBatches sends a hundred displays at a time. The server takes a batch
// whole or not at all (contract rest 4).
func (o *assignOptions) sendBatches(ctx context.Context, p *api.Playlist, displays []*api.Display) ([]*api.Display, error) {
	batches := (len(displays) + batchSize - 1) / batchSize
	var done []*api.Display
	err := cmdutil.Each(o.factory, batches, "batch", func(i int) error {
		batch := displays[i*batchSize : min(len(displays), (i+1)*batchSize)]
		ok, err := o.sendBatch(ctx, p, batch)
		if ok {
			done = append(done, batch...)
		}
		return err
	})
	return done, err
}

func (o *assignOptions) sendBatch(ctx context.Context, p *api.Playlist, batch []*api.Display) (bool, error) {
	op, err := o.batch(p, batch)
	if err != nil {
		return false, err
	}
	result, err := o.write.Submit(ctx, o.factory, op)
	if err != nil || result == nil {
		return false, err
	}
	for i := range batch {
		batch[i].CurrentPlaylist = &p.ID
		o.say(p, label(batch[i]))
	}
	return true, nil
}
