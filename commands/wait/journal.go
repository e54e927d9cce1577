package wait

// This file is about one thing: waiting until nothing is pending in the journal.

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

const (
	// countMost is the longest time between two looks at the journal, which is on
	// this machine.
	countMost = 2 * time.Second
	// deliverEvery is how often what waits is delivered meanwhile.
	deliverEvery = 5 * time.Second
)

type journalOptions struct {
	factory *cmdutil.Factory
	wanted  string
}

func newJournal(f *cmdutil.Factory) *cobra.Command {
	o := &journalOptions{factory: f}
	cmd := &cobra.Command{
		Use: "journal --for empty", Args: cmdutil.Args(),
		Short: "Wait until no operation is pending",
		Long: `Waits until no operation of yours is pending in the journal. As every command
that reaches the server, it delivers what waits, unless --offline or the profile
says otherwise. An operation of unknown outcome waits for your decision, so one
ends the waiting at once; conflicts and rejected operations are not pending.`,
		Example: `  vizora wait journal --for empty --timeout 10m
  vizora playlist update "Summer Menu" --description "June to August" --async; vizora wait journal --for empty`,
		RunE: f.Run(func(ctx context.Context, _ []string) error { return runJournal(ctx, o) }),
	}
	cmd.Flags().StringVar(&o.wanted, "for", "", "`CONDITION` empty")
	_ = cmd.RegisterFlagCompletionFunc("for", cobra.FixedCompletions([]string{"empty"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// journalWait is one waiting.
type journalWait struct {
	f         *cmdutil.Factory
	journal   *journal.Journal
	began     time.Time
	delivered time.Time // when what waits was last delivered
	pending   int
	unknown   int // of these: of unknown outcome
	looks     int
	said      int
	why       error // of the last delivery
}

func runJournal(ctx context.Context, o *journalOptions) error {
	switch o.wanted {
	case "empty":
	case "":
		return cmdutil.Usage("--for is missing").WithHint("say --for empty")
	default:
		return api.Invalid("--for", o.wanted, "is nothing that a journal can be", "say --for empty")
	}
	f := o.factory
	j, err := f.Journal(ctx)
	if err != nil {
		return err
	}
	w := &journalWait{f: f, journal: j, began: f.Now(), delivered: f.Now(), said: -1}
	spin := f.IO.Wait("waiting for pending operations")
	err = f.Await(ctx, cmdutil.Await{Most: countMost}, w.look)
	spin.Stop()
	if err != nil {
		return w.failed(ctx, err)
	}
	took := f.Now().Sub(w.began)
	did := "no operation is pending"
	if w.looks > 1 {
		did += ", after " + output.HumanDuration(took.Round(100*time.Millisecond))
	}
	return f.PrintResult(did, journalView(), cmdutil.ObjectRecord{Kind: "Wait", Value: result{
		Resource: "journal", Condition: []string{"empty"}, Met: true, Waited: float64(took.Milliseconds()) / 1000, Looks: w.looks,
	}, Cells: map[string]any{"resource": "journal", "condition": []string{"empty"}, "met": true, "waited": took}})
}

// result is what is printed.
type result struct {
	Resource  string   `json:"resource"`
	Condition []string `json:"condition"`
	Met       bool     `json:"met"`
	Waited    float64  `json:"waited"` // seconds
	Looks     int      `json:"looks"`
}

func journalView() output.View {
	return output.View{Kind: "Wait", NameField: "resource", Fields: []string{"resource", "condition", "met", "waited"}, Columns: []output.Column{
		{Name: "resource", Header: "RESOURCE"}, {Name: "condition", Header: "CONDITION"}, {Name: "met", Header: "MET"}, {Name: "waited", Header: "WAITED"},
	}}
}

// look counts what is pending, and delivers now and then.
func (w *journalWait) look(ctx context.Context) (bool, error) {
	if err := w.count(ctx); err != nil || w.pending == 0 {
		return err == nil, err
	}
	if now := w.f.Now(); w.f.Delivers() && now.Sub(w.delivered) >= deliverEvery {
		w.delivered = now
		_, w.why = w.f.SyncPending(ctx, 0)
		if err := w.count(ctx); err != nil || w.pending == 0 {
			return err == nil, err
		}
	}
	if w.unknown > 0 {
		return false, cmdutil.Hopeless("the journal cannot become empty by itself: the outcome of %s is unknown", output.Count(w.unknown, "operation")).
			WithHint("look at the resource, then decide: vizora journal list --state unknown, vizora journal resolve ID")
	}
	if w.pending != w.said {
		w.said = w.pending
		w.f.IO.Say("%s pending", output.Count(w.pending, "operation"))
	}
	return false, nil
}

func (w *journalWait) count(ctx context.Context) error {
	owner := w.journal.Owner()
	counts, err := w.journal.Count(ctx, journal.Filter{Owner: &owner})
	w.looks++
	if err == nil { // at the end of the time there is no answer, and the last one holds
		w.pending, w.unknown = counts.Pending, counts.States[journal.Unknown]
	}
	return err
}

func (w *journalWait) failed(ctx context.Context, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || w.unknown > 0 {
		return err
	}
	e := api.Errorf(api.KindTimeout, "%s still pending after %s", output.Count(w.pending, "operation"), output.HumanDuration(w.f.Now().Sub(w.began).Round(time.Second)))
	if w.why != nil {
		e.Details = []string{w.why.Error()}
	}
	return e.WithHint("vizora journal list shows them; vizora sync says why they stay")
}
