// This file tests -o, the small formatting helpers and failures.

package output

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseFormat(t *testing.T) {
	for _, good := range []string{"", "table", "wide", "json", "jsonl", "yaml", "csv", "name", "lines", "template={{.a}}={{.b}}", `jq=.a == "x"`} {
		f, err := ParseFormat(good)
		if err != nil {
			t.Errorf("%q: %v", good, err)
		}
		if want := strings.TrimPrefix(good, " "); good != "" && f.String() != want {
			t.Errorf("%q became %q", good, f)
		}
	}
	for bad, reason := range map[string]string{
		"xml": "unknown output format", "JSON": "unknown", "json=x": "takes no value", "template": "needs a value", "jq=": "needs a value",
		"template={{.a": "unclosed action", "jq=.[": "unexpected EOF", "jq=nosuch": "function not defined", "=x": "unknown",
		"template={{nosuch}}": "not defined", "template=...": "",
	} {
		_, err := ParseFormat(bad)
		var typed BadFormatError
		if bad == "template=..." {
			if err != nil {
				t.Errorf("plain text is a template: %v", err)
			}
			continue
		}
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), reason) || len(typed.Known) != len(FormatNames()) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if !mustFormat(t, "jq=.").JSON() || mustFormat(t, "yaml").JSON() || (Format{}).JSON() {
		t.Error("JSON()")
	}
	o, _, _, _ := newTest()
	if _, err := NewPrinter(o, PrintOptions{Format: Format{Name: "jq", Arg: ".["}}); err == nil {
		t.Error("a format literal must be compiled too")
	}
}

func TestHumanBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 1<<20 - 1: "1 MiB", 1 << 20: "1 MiB", 20 << 30: "20 GiB", 1<<63 - 1: "8 EiB", -2048: "-2 KiB",
	} {
		if got := HumanBytes(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestHumanDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 250 * time.Millisecond: "250ms", 1500 * time.Millisecond: "1.5s", 15 * time.Second: "15s", 90 * time.Second: "1m30s", time.Hour: "1h",
		26*time.Hour + 5*time.Minute: "1d2h", 500 * time.Nanosecond: "500ns", -time.Minute: "-1m", -1 << 63: "-53375d23h",
	} {
		if got := HumanDuration(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}

func TestHumanTime(t *testing.T) {
	for ago, want := range map[time.Duration]string{
		time.Second: "just now", -time.Second: "just now", 30 * time.Second: "30s ago", 3 * time.Minute: "3m ago", -48 * time.Hour: "in 2d",
		45 * 24 * time.Hour: "1mo ago", 800 * 24 * time.Hour: "2y ago", -90 * time.Minute: "in 1h",
	} {
		if got := HumanTime(clock.Add(-ago), clock); got != want {
			t.Errorf("%v: %q, want %q", ago, got, want)
		}
	}
}

func TestLabelAndPlural(t *testing.T) {
	for in, want := range map[string]string{"name": "Name", "lastHeartbeat": "Last heartbeat", "deviceId": "Device ID", "ipAddress": "IP address", "HTMLPage": "HTML page", "éa": "Éa", "": "", "a_b": "A b"} {
		if got := label(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for kind, want := range map[string]string{"TagRule": "tag rules", "APIKey": "API keys", "Summary": "summaries", "": "records", "Status": "statuses"} {
		if got := (View{Kind: kind}).plural(); !strings.EqualFold(got, want) {
			t.Errorf("%q: %q, want %q", kind, got, want)
		}
	}
}

func failure() Failure {
	return Failure{
		Code: "CONFLICT", Kind: "conflict", ExitCode: 5, Message: "playlist \"Summer\x1b[2J\" was changed meanwhile <by another>", Details: []string{"name: mine A, remote B"},
		Hint: "see what lost", Status: 409, Attempts: 3, RequestID: "req-1", Next: []string{"vizora journal show 7"}, Help: "vizora help journal",
	}
}

func TestFailInWords(t *testing.T) {
	o, out, talk, _ := newTest()
	o.Fail(failure(), false)
	want := `error: playlist "Summer[2J" was changed meanwhile <by another>
  name: mine A, remote B
  (HTTP 409, 3 attempts, request req-1)
hint: see what lost
next: vizora journal show 7
help: vizora help journal
`
	if talk.String() != want || out.Len() > 0 {
		t.Errorf("got\n%s", talk)
	}
	o, _, talk, _ = newTest()
	o.SetColor(true)
	o.Fail(Failure{Code: "X", Message: "two\nlines"}, false)
	if want := "\x1b[31merror:\x1b[0m two\n  lines\n"; talk.String() != want {
		t.Errorf("got %q", talk)
	}
}

func TestFailAsJSON(t *testing.T) {
	for _, tty := range []bool{false, true} {
		o, out, talk, _ := newTest()
		o.SetTTY(tty, tty, tty)
		f := failure()
		f.Value = "\u009b"
		o.Fail(f, true)
		value := "\u009b"
		if tty {
			value = `\u009b`
		}
		want := `{"apiVersion":"vizora/v1","kind":"Error","code":"CONFLICT","errorKind":"conflict","exitCode":5,` +
			`"message":"playlist \"Summer\u001b[2J\" was changed meanwhile <by another>","details":["name: mine A, remote B"],"hint":"see what lost",` +
			`"value":"` + value + `","status":409,"attempts":3,"requestId":"req-1","next":["vizora journal show 7"],"help":"vizora help journal"}` + "\n"
		if talk.String() != want || out.Len() > 0 {
			t.Errorf("got\n%swant\n%s", talk, want)
		}
	}
}
