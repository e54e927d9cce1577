// Package doctor is "vizora doctor": what stands between this machine and a
// working Vizora, and what to do about it.
package doctor

// This file is about one thing: the command, its verdicts and its exit code.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// The verdicts.
const (
	verdictOK      = "ok"
	verdictWarning = "warning"
	verdictFailed  = "failed"
	verdictSkipped = "skipped"
)

// checkLimit is how long one check may take.
const checkLimit = 15 * time.Second

type options struct {
	factory *cmdutil.Factory
	bundle  string
}

// New makes the doctor command.
func New(f *cmdutil.Factory) *cobra.Command {
	o := &options{factory: f}
	cmd := &cobra.Command{
		Use: "doctor", Args: cmdutil.Args(), Short: "Check what stands between this machine and a working Vizora",
		Long: `Checks the configuration, the state directory and its locks, the keyring, the
proxy, the server's name, certificate, API and readiness, the clock, the session,
what is left of the rate limits, the realtime service over WebSocket and over
polling, and the journal. Each check has a verdict and, where it is not ok, a fix.

The exit code is 0 when nothing failed; else it is that of the first failure: 1
for the network or this machine, 4 for the session. Warnings do not count.

--bundle writes an archive to send along with a question: the checks, the build,
the settings and what the journal holds, without any secret, name or content.`,
		Example: "  vizora doctor\n  vizora doctor --bundle vizora-doctor.tar.gz",
		RunE: f.RunLocal(func(ctx context.Context, _ []string) error {
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.bundle, "bundle", "", "`FILE` also write an archive without secrets, to send along")
	return cmd
}

// finding is what a check found.
type finding struct {
	verdict string
	detail  string
	fix     string
	err     error // of a failure: decides the exit code
}

func ok(format string, args ...any) finding {
	return finding{verdict: verdictOK, detail: fmt.Sprintf(format, args...)}
}

func warning(fix, format string, args ...any) finding {
	return finding{verdict: verdictWarning, detail: fmt.Sprintf(format, args...), fix: fix}
}

func skipped(format string, args ...any) finding {
	return finding{verdict: verdictSkipped, detail: fmt.Sprintf(format, args...)}
}

// failed takes the fix from the error where it has one.
func failed(err error, fix string) finding {
	e := cmdutil.AsError(err)
	if e.Hint != "" {
		fix = e.Hint
	}
	return finding{verdict: verdictFailed, detail: strings.TrimSpace(e.Error() + " " + strings.Join(e.Details, "; ")), fix: fix, err: err}
}

// check is one thing that is looked at. What needs names must have passed.
type check struct {
	name  string
	needs string
	run   func(context.Context, *patient) finding
}

// checks are in the order in which one stands on the other. A journal that runners
// share stands on its server.
func checks(shared bool) []check {
	all := []check{
		{"configuration", "", checkConfiguration},
		{"state directory", "configuration", checkState},
		{"keyring", "configuration", checkKeyring},
		{"proxy", "configuration", checkProxy},
		{"dns", "configuration", checkDNS},
		{"tls", "dns", checkTLS},
		{"rest", "configuration", checkREST},
		{"readiness", "rest", checkReadiness},
		{"clock", "rest", checkClock},
		{"session", "rest", checkSession},
		{"limits", "session", checkLimits},
		{"realtime websocket", "session", checkWebSocket},
		{"realtime polling", "session", checkPolling},
		{"journal", "configuration", checkJournal},
	}
	if shared {
		last := len(all) - 1
		all[last].needs = "journal store"
		all = slices.Insert(all, last, check{"journal store", "configuration", checkStore})
	}
	return all
}

// result is a finding as it is shown.
type result struct {
	Check   string  `json:"check"`
	Verdict string  `json:"verdict"`
	Detail  string  `json:"detail"`
	Fix     string  `json:"fix,omitempty"`
	Seconds float64 `json:"seconds"`
}

// Field returns a cell.
func (r result) Field(name string) any {
	switch name {
	case "check":
		return r.Check
	case "verdict":
		return r.Verdict
	case "detail":
		return r.Detail
	case "fix":
		if r.Fix != "" {
			return r.Fix
		}
	case "seconds":
		return time.Duration(r.Seconds * float64(time.Second))
	}
	return nil
}

// AppendJSON writes the result as one object.
func (r result) AppendJSON(dst []byte) ([]byte, error) {
	return cmdutil.ObjectRecord{Kind: "Check", Value: r}.AppendJSON(dst)
}

func view() output.View {
	return output.View{Kind: "Check", Plural: "checks", IDField: "check", NameField: "check", Fields: []string{"check", "verdict", "detail", "fix", "seconds"}, Columns: []output.Column{
		{Name: "check", Header: "CHECK"},
		{Name: "verdict", Header: "VERDICT", Styles: map[string]output.Style{verdictOK: output.Good, verdictWarning: output.Warning, verdictFailed: output.Bad}},
		{Name: "detail", Header: "DETAIL", Priority: 1},
		{Name: "seconds", Header: "TOOK", Wide: true, Priority: 3},
		{Name: "fix", Header: "FIX", Priority: 2, Wide: true},
	}}
}

func run(ctx context.Context, o *options) error {
	f := o.factory
	printer, err := f.Printer()
	if err != nil {
		return err
	}
	p := &patient{factory: f, notices: f.CollectNotices()}
	wait := f.IO.Wait("looking")
	results, first := examine(ctx, p, wait)
	wait.Stop()
	records := make([]output.Record, len(results))
	for i := range results {
		records[i] = results[i]
	}
	if err := printer.List(view(), records); err != nil {
		return err
	}
	o.prescribe(results)
	if o.bundle != "" {
		if err := writeBundle(o.bundle, p, results); err != nil {
			return err
		}
		f.IO.Say("wrote %s, without secrets; look into it before you send it", o.bundle)
	}
	return verdictOf(results, first)
}

// examine runs every check and returns the first failure besides.
func examine(ctx context.Context, p *patient, wait *output.Wait) (results []result, first error) {
	passed := map[string]bool{"": true}
	profile, err := p.factory.Profile()
	for _, c := range checks(err == nil && profile.JournalStore != "") {
		wait.Update("looking at " + c.name)
		start := time.Now()
		found := skipped("%s has to be ok first", c.needs)
		if passed[c.needs] {
			limited, cancel := context.WithTimeout(ctx, checkLimit)
			found = c.run(limited, p)
			cancel()
		}
		passed[c.name] = found.verdict == verdictOK || found.verdict == verdictWarning || found.verdict == verdictSkipped && passed[c.needs]
		if found.verdict == verdictFailed && first == nil {
			first = found.err
		}
		results = append(results, result{c.name, found.verdict, p.clean(found.detail), p.clean(found.fix), time.Since(start).Round(time.Millisecond).Seconds()})
	}
	return results, first
}

// prescribe says the fixes on stderr where the table has no room for them.
func (o *options) prescribe(results []result) {
	format, err := o.factory.Format()
	if err != nil || format.Name != "table" {
		return
	}
	for _, r := range results {
		if r.Fix != "" {
			o.factory.IO.Say("%s: %s", r.Check, r.Fix)
		}
	}
}

// verdictOf is the command's own outcome.
func verdictOf(results []result, first error) error {
	var bad []string
	for _, r := range results {
		if r.Verdict == verdictFailed {
			bad = append(bad, r.Check)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	kind := cmdutil.AsError(first).Kind
	if kind == "" {
		kind = api.KindLocal
	}
	return api.Errorf(kind, "%d of %d checks failed: %s", len(bad), len(results), strings.Join(bad, ", ")).
		WithHint("each check says what to do about it; -o wide shows it beside the check")
}
