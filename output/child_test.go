// This file is what the test binary does as a child inside a pty.

package output

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

// child is what the test binary does inside a pty; see TestMain.
func child(scene string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := System(os.Getenv)
	switch scene {
	case "wait":
		w := o.Wait("Fetching displays " + strings.Repeat("long ", 50))
		time.Sleep(4 * showAfter)
		o.Say("a line")
		_, _ = fmt.Fprintln(o.Out(), "data")
		time.Sleep(2 * showAfter)
		w.Update("almost")
		time.Sleep(2 * showAfter)
		w.Stop()
		w.Stop()
		o.Say("end")
	case "quick":
		o.Wait("never seen").Stop()
		o.Say("end")
	case "progress":
		p := o.Progress("Uploading summer.mp4", 10<<20, Bytes)
		for range 10 {
			p.Add(1 << 20)
			time.Sleep(barEvery + barEvery/2)
		}
		o.Say("a line")
		p.Done()
		o.Say("end")
	case "password":
		_, _ = fmt.Fprintln(o.Out(), "ready")
		s, err := o.Password(ctx, "Password: ")
		o.Say("got %q %v %v", s, err, errors.Is(err, context.Canceled))
	case "confirm":
		ok, err := o.Confirm(ctx, "Delete 3 playlists?")
		o.Say("got %v %v", ok, err)
	case "table":
		p, err := NewPrinter(o, PrintOptions{Now: func() time.Time { return clock }, Location: time.UTC})
		if err == nil {
			err = p.List(displayView(), displays())
		}
		if err != nil {
			return 1
		}
	}
	if o.Flush() != nil {
		return 1
	}
	return 0
}
