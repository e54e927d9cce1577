package cmdutil

// This file is about one thing: what --debug and --trace-timings say on stderr.
// Secrets are taken out before a text gets here, by the names of their fields.

import (
	"bytes"
	"fmt"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
)

// debugMost is how much of a body or a frame is shown, in bytes.
const debugMost = 2000

// watchExchanges returns what is told of every request, or nil.
func (f *Factory) watchExchanges() func(api.Exchange) {
	if !f.Global.Debug && !f.Global.Timings {
		return nil
	}
	return func(x api.Exchange) {
		if f.Global.Debug {
			f.debugExchange(&x)
		}
		if f.Global.Timings {
			f.timing(&x)
		}
	}
}

func (f *Factory) debugExchange(x *api.Exchange) {
	result := fmt.Sprint(x.Status)
	if x.Err != nil {
		result = fmt.Sprintf("%d %v", x.Status, x.Err)
	}
	query := ""
	if x.Query != "" {
		query = "?" + api.RedactQuery(x.Query)
	}
	f.IO.Debug("debug: %s %s%s -> %s in %s, %d B out, %d B in, %s", x.Method, x.Path, query, result,
		x.Duration.Round(100*time.Microsecond), max(0, x.Sent), x.Received, x.RequestID)
	if len(x.Body) > 0 {
		f.IO.Debug("debug: > %s", shorten(x.Body))
	}
	if len(x.Answer) > 0 {
		f.IO.Debug("debug: < %s", shorten(x.Answer))
	}
}

func (f *Factory) timing(x *api.Exchange) {
	t := x.Timing
	round := func(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
	how := "new connection"
	if t.Reused {
		how = "open connection"
	}
	rest := max(0, x.Duration-t.Lookup-t.Connect-t.TLS-t.Wait)
	f.IO.Debug("timing: %s %s %d: %s = look-up %s + connect %s + tls %s + server %s + transfer %s, %s", x.Method, x.Path, x.Status,
		round(x.Duration), round(t.Lookup), round(t.Connect), round(t.TLS), round(t.Wait), round(rest), how)
}

// watchFrames returns what is told of every realtime frame, or nil.
func (f *Factory) watchFrames() func(realtime.Frame) {
	if !f.Global.Debug {
		return nil
	}
	return func(frame realtime.Frame) {
		way := "<"
		if frame.Sent {
			way = ">"
		}
		text := fmt.Sprintf("binary, %d B", frame.Size)
		if frame.Text != nil {
			text = string(redactFrame(frame.Text))
		}
		f.IO.Debug("debug: %s %s %s", frame.Transport, way, text)
	}
}

// redactFrame hides secrets in the JSON of a packet; what stands before it are
// numbers, names and the namespace.
func redactFrame(text []byte) []byte {
	at := bytes.IndexAny(text, "{[")
	if at < 0 {
		return shorten(text)
	}
	return shorten(append(bytes.Clone(text[:at]), api.RedactLog(text[at:])...))
}

func shorten(text []byte) []byte {
	if len(text) > debugMost {
		return fmt.Appendf(bytes.Clone(text[:debugMost]), "... (%d B)", len(text))
	}
	return text
}
