package journal

// This file is about one thing: "journal list" and "journal show".

import (
	"context"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	store "github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// states are all an operation can be in while the journal holds it.
var states = []store.State{store.Queued, store.Sending, store.Waiting, store.Conflict, store.Rejected, store.Unknown, store.Moved}

func stateNames() []string {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = string(s)
	}
	return names
}

type listOptions struct {
	factory *cmdutil.Factory
	states  []string
	all     bool
	narrow  cmdutil.Narrow
}

func newList(f *cmdutil.Factory, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{factory: f}
	if run == nil {
		run = runList
	}
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Args: cmdutil.Args(),
		Short:   "List what the journal holds, in order of acceptance",
		Example: "  vizora journal list\n  vizora journal list --state conflict --sort created:desc -o json",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	cmd.Flags().StringSliceVar(&o.states, "state", nil, "`STATE` only these: "+strings.Join(stateNames(), ", ")+"; or pending for all that are not decided")
	cmd.Flags().BoolVar(&o.all, "all", false, "those too that were exported for another machine")
	o.narrow.Add(cmd, operationView.ColumnNames())
	_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(append(stateNames(), "pending"), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// wanted turns --state into a filter.
func (o *listOptions) wanted() ([]store.State, error) {
	var wanted []store.State
	if o.all && len(o.states) == 0 {
		return states, nil
	}
	for _, name := range o.states {
		switch {
		case name == "pending":
			wanted = append(wanted, store.Pending()...)
		case slices.Contains(states, store.State(name)):
			wanted = append(wanted, store.State(name))
		default:
			return nil, api.NotOneOf("--state", name, "is not a known value", append(stateNames(), "pending"))
		}
	}
	return wanted, nil
}

// fewEnough operations may be held in memory without collecting garbage often.
const fewEnough = 20_000

func runList(ctx context.Context, o *listOptions) error {
	wanted, err := o.wanted()
	if err != nil {
		return err
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, operationView); err != nil {
		return err
	}
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	if waits, err := j.Backlog(ctx); err == nil && waits.Pending <= fewEnough {
		defer debug.SetGCPercent(debug.SetGCPercent(400)) // a quarter of the time of a list of ten thousand
	}
	var records []output.Record
	err = j.Each(ctx, store.Filter{States: wanted}, func(op *store.Operation) error {
		records = append(records, record{op})
		return nil
	})
	if err != nil && !store.IsDamage(err) {
		return err
	}
	if printed := o.narrow.List(p, operationView, records); printed != nil {
		return printed
	}
	return err // a damaged record, after those that could be read
}

type showOptions struct {
	factory *cmdutil.Factory
	id      string
}

func newShow(f *cmdutil.Factory, run func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{factory: f}
	if run == nil {
		run = runShow
	}
	return &cobra.Command{
		Use: "show ID", Aliases: []string{"get"}, Args: cmdutil.Args("ID"),
		Short: "Show one operation, with both sides of a conflict",
		Long: `Shows one operation. An unambiguous beginning or end of its id of at least four
characters will do. For a conflict it lays the base, your value and the server's
value side by side.`,
		Example:           "  vizora journal show 01KAQ\n  vizora journal show 01KAQ -o json",
		ValidArgsFunction: completeIDs(f),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.id = args[0]
			return run(ctx, o)
		}),
	}
}

func runShow(ctx context.Context, o *showOptions) error {
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	op, err := j.Get(ctx, o.id)
	if err != nil {
		return err
	}
	return p.One(operationView, record{op})
}
