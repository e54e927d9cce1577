package watch

// This file is about one thing: the scrolling form of a watch: records on
// stdout, and what the stream does on stderr.

import (
	"fmt"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/relay"
	"github.com/vizora/vizora-cli/output"
)

// log is a screen that only adds.
type log struct {
	io     *output.IO
	stream *output.Stream
	live   bool // it was
}

func (l *log) show(item any) error {
	switch item := item.(type) {
	case *event:
		return l.stream.Collect(item)
	case realtime.Pause:
		return l.stream.Flush()
	case realtime.State:
		l.state(item)
	case realtime.Gap:
		l.io.Say("resumed: %s", gapWords(&item))
	case realtime.Polling:
		l.io.Say("%s", pollingWords(&item))
	}
	return nil
}

func (l *log) close() error { return l.stream.Close() }

func (l *log) state(st realtime.State) {
	switch st.State {
	case realtime.Connecting:
		switch {
		case st.NextIn > 0:
			l.io.Say("%s; connecting in %s", turnWords, rounded(st.NextIn))
		case st.Attempt <= 1 && !l.live:
			l.io.Say("connecting")
		}
	case realtime.Live:
		if l.live {
			l.io.Say("live again (%s) after %s%s", st.Transport, rounded(st.DownFor), lookWords(&st))
		} else {
			l.io.Say("live (%s)", st.Transport)
		}
		l.live = true
	case realtime.Lost:
		l.io.Say("lost: %s; next try in %s", lossWords(&st), rounded(st.NextIn))
	}
}

// turnWords say why a watch does not connect yet (contract realtime 2.4).
const turnWords = "the server takes 10 connections a minute of one session, and they are used up"

// lookWords says what is done about what was missed: a relay's stream has it.
func lookWords(st *realtime.State) string {
	if st.Transport == relay.TransportRedis {
		return ""
	}
	return "; looking up what changed"
}

// lossWords says why the stream was lost.
func lossWords(st *realtime.State) string {
	if st.Err == nil {
		return string(st.Reason)
	}
	return string(st.Reason) + " (" + st.Err.Error() + ")"
}

// gapWords says what became of a time without a stream.
func gapWords(g *realtime.Gap) string {
	text := fmt.Sprintf("down for %s, refilled %d", rounded(g.DownFor), g.Refilled)
	switch {
	case g.Missed > 0:
		return fmt.Sprintf("%d records were trimmed away before they were read", g.Missed)
	case g.Reason == reasonTrimmed:
		return "records were trimmed away before they were read"
	case g.Err != nil:
		return text + ", the lists cannot be read yet: " + g.Err.Error()
	case g.Recovered:
		return text + ", nothing was missed"
	case g.MayHaveMissed:
		return text + ", more may have been missed"
	}
	return text
}

// pollingWords says how often the lists are compared.
func pollingWords(p *realtime.Polling) string {
	switch {
	case p.Err != nil:
		return "the lists cannot be read, trying again: " + p.Err.Error()
	case p.Every == 0:
		return "lists are compared only after the stream was lost"
	case p.Every > p.Asked:
		return fmt.Sprintf("lists are compared every %s: more often would take over a third of the server's hourly allowance", rounded(p.Every))
	}
	return fmt.Sprintf("lists are compared every %s", rounded(p.Every))
}
