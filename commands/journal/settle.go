package journal

// This file is about one thing: the verbs that decide about one operation.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	store "github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// settleOptions are shared by retry, drop, resolve and reapply.
type settleOptions struct {
	factory *cmdutil.Factory
	ids     []string
	yes     bool

	created               string
	applied, resend, drop bool
}

// each carries a step out for every id and shows what it left.
func (o *settleOptions) each(ctx context.Context, did string, step func(*store.Journal, string) (*store.Operation, error)) error {
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	return cmdutil.Each(o.factory, len(o.ids), "journal", func(i int) error {
		op, err := step(j, o.ids[i])
		if err != nil {
			return err
		}
		if op == nil {
			o.factory.IO.Say("%s damaged record %s", did, o.ids[i])
			return nil
		}
		what := did
		if op.State == store.Conflict || op.State == store.Rejected { // what was exported comes back as it was
			what = "taken back"
		}
		o.factory.IO.Say("%s operation %s: %s", what, op.ID, op.Summary)
		return o.print(op)
	})
}

// print shows the operation in the machine formats.
func (o *settleOptions) print(op *store.Operation) error {
	format, err := o.factory.Format()
	if err != nil || format.Name == "table" || format.Name == "wide" {
		return err
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	return p.One(operationView, record{op})
}

func newRetry(f *cmdutil.Factory, run func(context.Context, *settleOptions) error) *cobra.Command {
	o := &settleOptions{factory: f}
	if run == nil {
		run = func(ctx context.Context, o *settleOptions) error {
			err := o.each(ctx, "queued again", func(j *store.Journal, id string) (*store.Operation, error) { return j.Retry(ctx, id) })
			if err == nil {
				f.IO.Notice("it goes out with 'vizora sync'")
			}
			return err
		}
	}
	return &cobra.Command{
		Use: "retry ID...", Args: cmdutil.Args("ID..."), Short: "Put rejected or waiting operations back in the queue, or take exported ones back",
		Example:           "  vizora journal retry 01KAQ\n  vizora journal retry 01KAQ && vizora sync",
		ValidArgsFunction: completeIDs(f, store.Rejected, store.Waiting, store.Moved),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.ids = args
			return run(ctx, o)
		}),
	}
}

func newDrop(f *cmdutil.Factory, run func(context.Context, *settleOptions) error) *cobra.Command {
	o := &settleOptions{factory: f}
	if run == nil {
		run = runDrop
	}
	cmd := &cobra.Command{
		Use: "drop ID...", Aliases: []string{"rm"}, Args: cmdutil.Args("ID..."), Short: "Take operations out of the journal for good",
		Long: `Takes operations out of the journal. What was not sent is then never sent, and
what depends on it is rejected. Both sides of a conflict are forgotten with it.`,
		Example:           "  vizora journal drop 01KAQ\n  vizora journal drop 01KAQ --yes",
		ValidArgsFunction: completeIDs(f),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.ids = args
			return run(ctx, o)
		}),
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func runDrop(ctx context.Context, o *settleOptions) error {
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	var lines []string
	for _, id := range o.ids {
		op, err := j.Get(ctx, id)
		if api.IsKind(err, api.KindNotFound) || api.IsKind(err, api.KindInvalid) {
			return err
		}
		if err == nil {
			lines = append(lines, fmt.Sprintf("%s (%s) is forgotten", op.Summary, op.State))
		}
	}
	if err := o.factory.Confirm(ctx, o.yes, "drop "+output.Count(len(o.ids), "operation"), lines); err != nil {
		return err
	}
	return o.each(ctx, "dropped", func(j *store.Journal, id string) (*store.Operation, error) { return j.Drop(ctx, id) })
}

func newResolve(f *cmdutil.Factory, run func(context.Context, *settleOptions) error) *cobra.Command {
	o := &settleOptions{factory: f}
	if run == nil {
		run = runResolve
	}
	cmd := &cobra.Command{
		Use: "resolve ID --created ID|--applied|--resend|--drop", Args: cmdutil.Args("ID"),
		Short: "Decide about an operation of unknown outcome",
		Long: `Decides about an operation that was sent without an answer and whose outcome could
not be found by reading back. Look at the server first, then say what you found.`,
		Example:           "  vizora journal resolve 01KAQ --created cmwsxtd03000x132fwmm92ac7\n  vizora journal resolve 01KAQ --resend",
		ValidArgsFunction: completeIDs(f, store.Unknown, store.Sending),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.ids = args
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.created, "created", "", "`ID` it was done, and made this")
	cmd.Flags().BoolVar(&o.applied, "applied", false, "it was done")
	cmd.Flags().BoolVar(&o.resend, "resend", false, "it was not done: send it again")
	cmd.Flags().BoolVar(&o.drop, "drop", false, "it does not matter any more")
	return cmd
}

func runResolve(ctx context.Context, o *settleOptions) error {
	given := 0
	for _, is := range []bool{o.created != "", o.applied, o.resend, o.drop} {
		if is {
			given++
		}
	}
	if given != 1 {
		return cmdutil.Usage("say what became of the operation").WithHint("give one of --created ID, --applied, --resend and --drop")
	}
	resolution := store.Resolution{Created: o.created, Applied: o.applied, Resend: o.resend, Drop: o.drop}
	return o.each(ctx, "resolved", func(j *store.Journal, id string) (*store.Operation, error) { return j.Resolve(ctx, id, resolution) })
}

func newReapply(f *cmdutil.Factory, run func(context.Context, *settleOptions) error) *cobra.Command {
	o := &settleOptions{factory: f}
	if run == nil {
		run = func(ctx context.Context, o *settleOptions) error {
			err := o.each(ctx, "queued again, over the remote's value:", func(j *store.Journal, id string) (*store.Operation, error) { return j.Reapply(ctx, id) })
			if err == nil {
				f.IO.Notice("it goes out with 'vizora sync', unless the remote changes once more")
			}
			return err
		}
	}
	return &cobra.Command{
		Use: "reapply ID...", Args: cmdutil.Args("ID..."), Short: "Send what lost in a conflict, over the value that won",
		Long: `Puts a conflict back in the queue with the remote's value as its base. It is sent
with the next sync, unless the remote changes once more.`,
		Example:           "  vizora journal reapply 01KAQ\n  vizora journal reapply 01KAQ && vizora sync",
		ValidArgsFunction: completeIDs(f, store.Conflict),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.ids = args
			return run(ctx, o)
		}),
	}
}
