package cmdutil

// This file is about one thing: "duplicate" of the kinds that have it.

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// Duplicate is what a kind's "duplicate" says of itself.
type Duplicate[T any] struct {
	Short, Long, Example string
	// Note says what the platform leaves out of a copy; nil: nothing.
	Note func(f *Factory, from, to T)
}

type duplicateOptions[T any] struct {
	Duplicate[T]
	factory *Factory
	res     *Resource[T]
	write   WriteFlags
	arg     string
}

// NewDuplicate makes the command. The server names the copy, so a lost answer
// cannot be told from somebody else's copy: it is sent once.
func NewDuplicate[T any](f *Factory, r *Resource[T], d Duplicate[T]) *cobra.Command {
	o := &duplicateOptions[T]{Duplicate: d, factory: f, res: r}
	cmd := &cobra.Command{
		Use: "duplicate NAME|ID", Aliases: []string{"copy"}, Args: Args("NAME|ID"),
		Short: d.Short, Long: d.Long, Example: d.Example,
		ValidArgsFunction: CompleteResource(f, &r.Kind.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return runDuplicate(ctx, o)
		}),
	}
	o.write.Roles = r.Kind.CanCreate
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runDuplicate[T any](ctx context.Context, o *duplicateOptions[T]) error {
	k := o.res.Kind
	found, err := Resolve(ctx, o.factory, k, o.arg)
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, journal.Operation{
		Effect: journal.Once, Kind: k.Kind, Verb: "duplicate", Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("duplicate %s %q", k.Noun, found.Name),
		Request: api.Request{Method: http.MethodPost, Path: k.ItemPath(found.ID) + "/duplicate"},
	})
	if err != nil || result == nil {
		return err
	}
	v, err := k.Decode(result.Data)
	if err != nil {
		return err
	}
	if o.Note != nil {
		o.Note(o.factory, found.Value, v)
	}
	return o.res.PrintWritten(o.factory, Did("created", k.Noun, k.NameOf(v), k.IDOf(v)), v)
}
