package cmdutil

// This file is about one thing: "get" of any kind.

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
)

type getOptions[T any] struct {
	factory *Factory
	res     *Resource[T]
	arg     string
}

func newGet[T any](f *Factory, r *Resource[T], run func(context.Context, *getOptions[T]) error) *cobra.Command {
	o := &getOptions[T]{factory: f, res: r}
	if run == nil {
		run = runGet[T]
	}
	return &cobra.Command{
		Use: "get NAME|ID", Aliases: []string{"show"}, Args: Args("NAME|ID"),
		Short: "Show one " + r.Kind.Noun, Example: r.example("get"),
		ValidArgsFunction: CompleteResource(f, &r.Kind.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
}

func runGet[T any](ctx context.Context, o *getOptions[T]) error {
	f := o.factory
	p, err := f.Printer()
	if err != nil {
		return err
	}
	if err := p.Check(o.res.View()); err != nil {
		return err
	}
	c, err := f.Client()
	if err != nil {
		return err
	}
	wait := f.IO.Wait("reading " + o.res.Kind.Noun)
	found, err := Resolve(ctx, f, o.res.Kind, o.arg)
	wait.Stop()
	if err != nil {
		return err
	}
	return o.res.print(f, record[T]{kind: o.res.Kind, value: found.Value, pending: found.Pending, names: o.refNames(ctx, c, found.Value), sections: o.res.Sections})
}

// refNames looks up the names of what the resource refers to, one by one.
func (o *getOptions[T]) refNames(ctx context.Context, c *api.Client, v T) map[string]string {
	format, err := o.factory.Format()
	if err != nil || (format.Name != "table" && format.Name != "wide") {
		return nil
	}
	names := map[string]string{}
	for i := range o.res.Kind.Fields {
		f := &o.res.Kind.Fields[i]
		id, _ := o.res.Kind.Value(v, f.Name).(string)
		s := api.SchemaOf(f.Ref)
		if f.Type != api.TypeRef || id == "" || s == nil {
			continue
		}
		if row, err := s.Rows().Get(ctx, c, id); err == nil {
			names[id] = row.Name() + " (" + id + ")"
		}
	}
	return names
}
