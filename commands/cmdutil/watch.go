package cmdutil

// This file is about one thing: drawing something again and again in place,
// with the clock of the last update.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/output"
)

// leastWatch keeps a watch within the server's limits (contract rest 1.8).
const leastWatch = 5 * time.Second

// Watch runs draw every so often until it is interrupted. A failure is shown
// and tried again, unless it was the first.
func Watch(ctx context.Context, f *Factory, every time.Duration, draw func(*output.Screen) error) error {
	if every < leastWatch {
		return Usage("--watch %s is too often", every).WithHint("at least %s: the server limits how often it may be asked", leastWatch)
	}
	screen := f.IO.Screen()
	if screen == nil {
		return Usage("--watch draws on a terminal, and stdout is none").WithHint("run the command again from a script instead")
	}
	defer func() { _ = screen.Close() }()
	for first := true; ; first = false {
		if err := draw(screen); err != nil {
			if first || ctx.Err() != nil {
				return doneIfOver(ctx, err)
			}
			f.IO.Warn("%v; trying again in %s", err, every)
		}
		select {
		case <-ctx.Done():
			return ErrDone
		case <-time.After(every):
		}
	}
}

// doneIfOver is the end of a watch: Ctrl-C is how it is meant to end.
func doneIfOver(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ErrDone
	}
	return err
}

// Draw shows lines: on the screen with the clock below, or else on stdout.
func Draw(f *Factory, screen *output.Screen, lines []string) error {
	if screen != nil {
		return screen.Draw(append(lines, "updated "+f.Now().Local().Format("15:04:05")))
	}
	_, err := fmt.Fprintln(f.IO.Out(), strings.Join(lines, "\n"))
	return err
}
