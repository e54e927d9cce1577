package commands

// This file is about one thing: "did you mean" for flags.

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
)

// withNearestFlag adds the flag that a mistyped one is closest to.
func withNearestFlag(cmd *cobra.Command, e *api.Error, err error) error {
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return e
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := api.Nearest(missing.GetSpecifiedName(), names); near != "" {
		e.Hint = fmt.Sprintf("did you mean --%s? See '%s --help'", near, cmd.CommandPath())
	}
	return e
}
