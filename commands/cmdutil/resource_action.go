package cmdutil

// This file is about one thing: the verbs of a kind that are one request
// without a body, from its description.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

type actionOptions[T any] struct {
	factory *Factory
	res     *Resource[T]
	action  *api.Action
	write   WriteFlags
	arg     string
}

func newAction[T any](f *Factory, r *Resource[T], a *api.Action, run func(context.Context, *actionOptions[T]) error) *cobra.Command {
	o := &actionOptions[T]{factory: f, res: r, action: a}
	if run == nil {
		run = runAction[T]
	}
	cmd := &cobra.Command{
		Use: a.Verb, Args: Args(), Short: a.Short, Long: a.Long, Example: a.Example,
		RunE: f.Run(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				o.arg = args[0]
			}
			return run(ctx, o)
		}),
	}
	if !a.All {
		cmd.Use, cmd.Args = a.Verb+" NAME|ID", Args("NAME|ID")
		cmd.ValidArgsFunction = CompleteResource(f, &r.Kind.Schema)
	}
	o.write.AddWrite(cmd.Flags())
	if a.Asks != "" {
		o.write.AddYes(cmd.Flags())
	}
	return cmd
}

func runAction[T any](ctx context.Context, o *actionOptions[T]) error {
	s, a := &o.res.Kind.Schema, o.action
	op := journal.Operation{
		Effect: journal.Once, Kind: s.Kind, Verb: a.Verb, Label: s.Plural,
		Summary: a.Verb + " " + s.Plural, Request: api.Request{Method: a.Method, Path: s.Path + a.Path},
	}
	if a.Again {
		op.Effect = journal.Absolute
	}
	var found *Found[T]
	if !a.All {
		var err error
		if found, err = Resolve(ctx, o.factory, o.res.Kind, o.arg); err != nil {
			return err
		}
		op.Target, op.Label = found.ID, found.Name
		op.Summary = fmt.Sprintf("%s %s %q", a.Verb, s.Noun, found.Name)
		op.Request.Path = s.ItemPath(found.ID) + a.Path
	}
	if a.Asks != "" && !o.write.DryRun {
		if err := o.factory.Confirm(ctx, o.write.Yes, op.Summary, []string{a.Asks}); err != nil {
			return err
		}
	}
	result, err := o.write.Submit(ctx, o.factory, op)
	if err != nil || result == nil {
		return err
	}
	return o.show(found, result)
}

// show tells what was done and shows the resource that the answer is, or else
// the answer's own few values.
func (o *actionOptions[T]) show(found *Found[T], result *journal.Result) error {
	s, a := &o.res.Kind.Schema, o.action
	if answer, err := o.res.Kind.Decode(result.Data); found != nil && err == nil && o.res.Kind.IDOf(answer) == found.ID {
		if v, err := o.res.Kind.Decode(merge(found.Raw, result.Data)); err == nil {
			return o.res.PrintWritten(o.factory, Did(a.Done, s.Noun, o.res.Kind.NameOf(v), o.res.Kind.IDOf(v)), v)
		}
	}
	did := a.Done
	if found != nil {
		did = Did(a.Done, s.Noun, found.Name, found.ID)
	}
	return o.factory.PrintAnswer(did, s.Kind, result.Data)
}
