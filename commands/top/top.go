// Package top is the command "top": the live dashboard.
package top

// This file is about one thing: the command, and the one loop that everything
// which happens goes through.

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type options struct {
	factory *cmdutil.Factory
	poll    time.Duration
}

// redrawEvery bounds how often the screen is drawn while much happens: soon
// enough for the eye, seldom enough for a slow line.
const redrawEvery = 25 * time.Millisecond

// New makes the top command. run is for tests; nil is the real one.
func New(f *cmdutil.Factory) *cobra.Command { return newTop(f, nil) }

func newTop(f *cmdutil.Factory, run func(context.Context, *options) error) *cobra.Command {
	o := &options{factory: f}
	if run == nil {
		run = runTop
	}
	cmd := &cobra.Command{
		Use: "top", Aliases: []string{"dashboard"}, Args: cmdutil.Args(),
		Short: "Live dashboard: see displays, playlists, content and more, and change them",
		Long: `Shows the organisation live, on a terminal: displays, playlists, content, health,
schedules, analytics and the journal, with what the platform pushes and what
comparing lists finds. Changes made here show at once, go through the journal
like every other, and are taken back visibly when the server refuses them.

Keys: 1-7 or TAB choose a page, arrows a row, ENTER shows all of it, / filters,
r renames, a assigns a playlist, e enables, x disables, d deletes (after asking),
? helps, q quits.`,
		Example: `  vizora top
  vizora top --poll 2m`,
		RunE: f.Run(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	cmd.Flags().DurationVar(&o.poll, "poll", cmdutil.DefaultPoll, "`DURATION` between two comparisons of the lists")
	return cmd
}

// loop owns the model: nothing else touches it.
type loop struct {
	model  *model
	screen *output.Screen
	io     *output.IO
	keys   <-chan output.Key
	items  chan realtime.Item
	said   chan func(*model) // what background work found out
	ended  chan error        // the follow
}

func runTop(ctx context.Context, o *options) error {
	f := o.factory
	if o.poll < time.Second {
		return cmdutil.Usage("--poll %s: is too short", o.poll).WithHint("give at least 1s")
	}
	if !f.IO.StdoutTTY() || !f.IO.StdinTTY() {
		return cmdutil.Usage("top needs a terminal").WithHint("in a pipe or a script use: vizora watch -o jsonl")
	}
	follow, err := f.Follow(cmdutil.FollowOptions{Poll: o.poll, Groups: true, Initial: true})
	if err != nil {
		return err
	}
	profile, err := f.Profile()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	keys, restore, err := f.IO.Keys(ctx)
	if err != nil {
		return &api.Error{Kind: api.KindLocal, Message: "the terminal cannot be read key by key: " + err.Error(), Err: err}
	}
	defer restore()
	screen := f.IO.FullScreen()
	if screen == nil {
		return cmdutil.Usage("top needs a terminal that can be drawn on").WithHint("TERM=dumb cannot; use: vizora watch -o lines")
	}
	l := &loop{screen: screen, io: f.IO, keys: keys, items: make(chan realtime.Item, 64), said: make(chan func(*model), 16), ended: make(chan error, 1)}
	l.model = newModel(profile.URL, f.Now, f.IO.Paint, &work{ctx: ctx, factory: f, said: l.said})
	go func() {
		l.ended <- follow.Run(ctx, func(item realtime.Item) error {
			select {
			case l.items <- item:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	err = l.run(ctx)
	cancel()
	if closed := screen.Close(); err == nil {
		err = closed
	}
	return err
}

// run takes in what happens, one thing at a time, until the user quits.
func (l *loop) run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	redraw := time.NewTimer(0)
	defer redraw.Stop()
	armed := true
	for {
		changed := true
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-l.ended:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return cmdutil.StreamError(err)
		case key, open := <-l.keys:
			if !open || !l.model.press(key) {
				return nil
			}
		case item := <-l.items:
			l.model.take(item)
		case tell := <-l.said:
			tell(l.model)
		case <-tick.C:
			l.model.tick()
		case <-redraw.C:
			armed, changed = false, false
			if err := l.screen.Draw(l.model.lines(l.io, l.io.Width(), l.io.Height()-1)); err != nil {
				return err
			}
		}
		if changed && !armed {
			redraw.Reset(redrawEvery)
			armed = true
		}
	}
}
