package cmdutil

// This file is about one thing: TAB completion of resource names.

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
)

// completionLimit is how long TAB may take in all.
const completionLimit = 300 * time.Millisecond

// CompleteResource completes names of a kind. It is quiet about every failure:
// a shell at TAB has no place for an error, and nothing is asked.
func CompleteResource(f *Factory, s *api.Schema) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completionLimit)
		defer cancel()
		c, err := f.Client()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		rows, err := s.Rows().List(ctx, c, searchQuery(s, typed), 200)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names := make([]string, 0, len(rows))
		for i := range rows {
			names = append(names, cobra.CompletionWithDesc(rows[i].Name(), rows[i].ID))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
