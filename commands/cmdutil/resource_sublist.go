package cmdutil

// This file is about one thing: a list that one resource has, with all that any
// list can do.

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
)

// Below is a list that a resource of Parent has.
type Below[T any] struct {
	Parent               *api.Schema
	Resource             *Resource[T] // what the rows are
	Path                 string       // goes on from the parent's
	Verb, Short, Example string
}

// ListBelow makes the command of a list below a resource.
func ListBelow[T any](f *Factory, b Below[T]) *cobra.Command {
	cmd := newList(f, b.Resource, func(ctx context.Context, o *listOptions[T]) error {
		id, err := ResolveID(ctx, f, b.Parent.Rows(), o.of)
		if err != nil {
			return err
		}
		rows := *b.Resource.Kind
		rows.Path = b.Parent.ItemPath(id) + b.Path
		o.res.Kind = &rows
		return runList(ctx, o)
	})
	cmd.Use, cmd.Aliases, cmd.Args = b.Verb+" NAME|ID", nil, Args("NAME|ID")
	cmd.Short, cmd.Example = b.Short, b.Example
	cmd.ValidArgsFunction = CompleteResource(f, b.Parent)
	return cmd
}

// ListOf is the list of a kind as a command of another noun.
func ListOf[T any](f *Factory, r *Resource[T], verb, short, example string) *cobra.Command {
	cmd := newList(f, r, nil)
	cmd.Use, cmd.Aliases, cmd.Short, cmd.Example = verb, nil, short, example
	return cmd
}
