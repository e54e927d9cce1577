package watch

// This file is about one thing: drawing a live board: when anything changed, when
// the terminal has another size, and every second for its clocks.

import (
	"context"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/output"
)

const (
	// drawEvery is how often the board is drawn at most.
	drawEvery = 100 * time.Millisecond
	// tickEvery moves what is told relative to now.
	tickEvery = time.Second
	// countEvery is how often the journal is looked at.
	countEvery = 2 * time.Second
)

// boardScreen draws a board. It is a screen of a watcher.
type boardScreen struct {
	io     *output.IO
	screen *output.Screen
	now    func() time.Time
	count  func(context.Context) (pending, bool) // what waits in the journal; false: as before
	log    *log                                  // says it on stderr too, where that is elsewhere; or nil

	mu    sync.Mutex // guards what follows
	board *board
	err   error // of the terminal

	dirty chan struct{}
	stop  context.CancelFunc
	done  sync.WaitGroup
}

// startBoard takes the terminal and begins to draw, until close.
func startBoard(ctx context.Context, io *output.IO, s *output.Screen, b *board, now func() time.Time, count func(context.Context) (pending, bool)) *boardScreen {
	d := &boardScreen{io: io, screen: s, now: now, count: count, board: b, dirty: make(chan struct{}, 1)}
	if !io.StderrTTY() {
		d.log = &log{io: io}
	}
	ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx)) // the end is drawn after a Ctrl-C too
	d.done.Go(func() { d.run(ctx) })
	if d.count != nil {
		d.done.Go(func() { d.counts(ctx) })
	}
	return d
}

// show implements screen.
func (d *boardScreen) show(item any) error {
	d.mu.Lock()
	d.board.take(item, d.now())
	err := d.err
	d.mu.Unlock()
	d.touch()
	if _, isEvent := item.(*event); d.log != nil && !isEvent {
		_ = d.log.show(item) // it only talks
	}
	return err
}

// touch asks for a drawing before long.
func (d *boardScreen) touch() {
	select {
	case d.dirty <- struct{}{}:
	default:
	}
}

// close draws the end and leaves it on the terminal.
func (d *boardScreen) close() error {
	d.stop()
	d.done.Wait()
	d.draw()
	if err := d.screen.Close(); err != nil {
		return err
	}
	return d.err
}

// run draws until ctx ends.
func (d *boardScreen) run(ctx context.Context) {
	resized, forget := d.io.Resized()
	defer forget()
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	d.draw()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-resized:
		case <-d.dirty:
			if !rest(ctx, drawEvery) { // what comes meanwhile is drawn along
				return
			}
			select {
			case <-d.dirty:
			default:
			}
		}
		d.draw()
	}
}

// draw draws the board as it is now.
func (d *boardScreen) draw() {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.board.lines(d.io, d.io.Width(), d.io.Height(), d.now())
	if err := d.screen.Draw(lines); err != nil {
		d.err = err
	}
}

// counts keeps the number of pending operations until ctx ends.
func (d *boardScreen) counts(ctx context.Context) {
	for {
		if n, ok := d.count(ctx); ok {
			d.mu.Lock()
			changed := d.board.pending.total != n.total || d.board.pending.stuck != n.stuck
			d.board.pending = n
			d.mu.Unlock()
			if changed {
				d.touch()
			}
		}
		if !rest(ctx, countEvery) {
			return
		}
	}
}

// rest waits for d and says whether ctx is still alive.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
