package main

// This file is about one thing: what a command costs on a shared journal, in round
// trips to its server: where that is far away, they are what is waited for. 'vizora
// help scaling' has the numbers.

import (
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api/redis/redistest"
)

func TestRoundTripsOfASharedJournal(t *testing.T) {
	p := redistest.StartProxy(t, redistest.Start(t).Host)
	s := newStage(t)
	s.env["VIZORA_JOURNAL_STORE"] = p.URL("cost")
	for i, c := range []struct {
		line string
		exit int
		most int
	}{
		{"playlist create First", 0, 60}, // the scripts are sent along
		{"playlist create Second", 0, 45},
		{"playlist create Third --async", 9, 20},
		{"journal list", 0, 20},
		{"sync -q", 0, 70},
		{"playlist list -q", 0, 40},
	} {
		p.Break(0, redistest.BeforeRequest) // counts from here, breaks nothing
		r := run(t, s.environ(), s.dir, "", strings.Fields(c.line)...)
		if n := p.Calls(); r.exit != c.exit || n == 0 || i > 0 && n > c.most {
			t.Errorf("%s: exit %d, %d round trips, at most %d: %s", c.line, r.exit, n, c.most, r.stderr)
		} else {
			t.Logf("%s: %d round trips", c.line, n)
		}
	}
}
