package cmdutil

// This file is about one thing: "delete" of any kind.

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

type deleteOptions[T any] struct {
	factory *Factory
	res     *Resource[T]
	write   WriteFlags
	force   bool
	args    []string
}

func newDelete[T any](f *Factory, r *Resource[T], run func(context.Context, *deleteOptions[T]) error) *cobra.Command {
	o := &deleteOptions[T]{factory: f, res: r}
	if run == nil {
		run = runDelete[T]
	}
	cmd := &cobra.Command{
		Use: "delete NAME|ID...", Aliases: []string{"rm"}, Args: Args("NAME|ID..."),
		Short: "Delete " + r.Kind.Plural + ", after naming what goes with them", Example: r.example("delete"),
		ValidArgsFunction: CompleteResource(f, &r.Kind.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.args = args
			return run(ctx, o)
		}),
	}
	o.write.AddWrite(cmd.Flags())
	o.write.AddYes(cmd.Flags())
	cmd.Flags().BoolVar(&o.force, "force", false, "delete even if somebody edited it since it was looked up")
	return cmd
}

func runDelete[T any](ctx context.Context, o *deleteOptions[T]) error {
	f, s := o.factory, &o.res.Kind.Schema
	c, err := f.Client()
	if err != nil {
		return err
	}
	var targets []*Found[T]
	var takes, names []string
	for _, arg := range o.args {
		found, err := Resolve(ctx, f, o.res.Kind, arg)
		if err != nil {
			return err // nothing has been deleted yet
		}
		more, err := o.takes(ctx, c, found)
		if err != nil {
			return err
		}
		targets, takes = append(targets, found), append(takes, more...)
		names = append(names, fmt.Sprintf("%q (%s)", found.Name, found.ID))
	}
	noun := s.Noun
	if len(targets) > 1 {
		noun = fmt.Sprintf("%d %s", len(targets), s.Plural)
	}
	if !o.write.DryRun {
		if err := f.Confirm(ctx, o.write.Yes, "delete "+noun+" "+strings.Join(names, ", "), takes); err != nil {
			return err
		}
	}
	return Each(f, len(targets), s.Noun, func(i int) error { return o.deleteOne(ctx, targets[i]) })
}

func (o *deleteOptions[T]) takes(ctx context.Context, c *api.Client, found *Found[T]) ([]string, error) {
	if o.res.Takes == nil {
		return nil, nil
	}
	lines, err := o.res.Takes(ctx, c, found)
	if err != nil && c.Offline() && api.IsKind(err, api.KindNetwork) {
		return []string{fmt.Sprintf("whatever else goes with %s %q, which cannot be looked up without a connection", o.res.Kind.Noun, found.Name)}, nil
	}
	return lines, err
}

func (o *deleteOptions[T]) deleteOne(ctx context.Context, found *Found[T]) error {
	s := &o.res.Kind.Schema
	base, err := s.Values(found.Raw)
	if err != nil {
		return err
	}
	for name := range base {
		if f := s.Field(name); f.Noise || !f.Writable() {
			delete(base, name)
		}
	}
	from := found.From
	if s.NoGet { // there is no route to look again before it goes
		base, from = nil, ""
	}
	result, err := o.write.Submit(ctx, o.factory, journal.Operation{
		Effect: journal.Delete, Kind: s.Kind, Verb: "delete", Target: found.ID, Label: found.Name, Force: o.force,
		Summary: fmt.Sprintf("delete %s %q", s.Noun, found.Name), Base: base, BaseAt: found.Read, BaseFrom: from,
		Request: api.Request{Method: http.MethodDelete, Path: s.ItemPath(found.ID)},
	})
	if err != nil || result == nil {
		return err
	}
	return o.res.PrintWritten(o.factory, Did("deleted", s.Noun, found.Name, found.ID), found.Value)
}

// Each runs a step for every item, goes on after a failure, and ends with the
// one error, or with KindPartial when some of several failed.
func Each(f *Factory, n int, noun string, step func(i int) error) error {
	var failed []error
	for i := range n {
		err := step(i)
		if api.IsKind(err, api.KindInterrupted) {
			return err
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	switch {
	case len(failed) == 0:
		return nil
	case n == 1:
		return failed[0]
	}
	kind := api.KindPartial
	if len(failed) == n && sameKind(failed) {
		kind = AsError(failed[0]).Kind
	}
	e := api.Errorf(kind, "%d of %d %s operations failed", len(failed), n, noun)
	if kind == api.KindQueued {
		e.Message = fmt.Sprintf("%d %s operations are recorded, not applied yet", n, noun)
	}
	for _, err := range failed {
		e.Details = append(e.Details, err.Error())
	}
	return e
}

func sameKind(errs []error) bool {
	for _, err := range errs {
		if AsError(err).Kind != AsError(errs[0]).Kind {
			return false
		}
	}
	return true
}
