package cmdutil

// This file is about one thing: making a command of a noun that is neither CRUD
// nor described by its kind.

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
)

// Verb is such a command.
type Verb struct {
	Use     string
	Args    []string // as for Args
	Aliases []string
	Short   string
	Long    string
	Example string
	Of      *api.Schema // what the first argument names, for completion; nil: nothing
	Run     func(ctx context.Context, args []string) error
}

// Command makes it. What waits in the journal goes out before it runs.
func (v Verb) Command(f *Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use: v.Use, Args: Args(v.Args...), Aliases: v.Aliases, Short: v.Short, Long: v.Long, Example: v.Example,
		RunE: f.Run(v.Run),
	}
	if v.Of != nil {
		cmd.ValidArgsFunction = CompleteResource(f, v.Of)
	}
	return cmd
}
