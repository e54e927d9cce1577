package main

// This file is about one thing: analytics that are drawn again and again.

import (
	"testing"

	"github.com/vizora/vizora-cli/api/sandbox"
)

func TestAnalyticsWatched(t *testing.T) {
	t.Parallel()
	s := newStageOf(t, 2, sandbox.EventsPlatform)
	for _, w := range []struct {
		args  []string
		shows []string
	}{
		{[]string{"analytics", "summary", "--watch", "5s"}, []string{"totalDevices", "updated "}},
		{[]string{"analytics", "uptime", "--watch", "5s"}, []string{"Lobby North", "average: ", "updated "}},
		{[]string{"analytics", "uptime", "Lobby North", "--watch", "5s"}, []string{"uptimePercent", "updated "}},
		{[]string{"analytics", "views", "Opening Hours", "--watch", "5s"}, []string{"updated "}},
	} {
		c, exit := s.window(80, 24, w.args...)
		fits(t, c.await(w.shows...), 80)
		c.forget()
		if len(w.args) == 4 && w.args[1] == "summary" {
			c.await("updated ") // again
		}
		_, _ = c.pty.WriteString("\x03")
		if code := exit(); code != 0 {
			t.Errorf("%v: Ctrl-C: exit %d", w.args, code)
		}
	}
}
