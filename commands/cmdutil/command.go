package cmdutil

// This file is about one thing: building cobra commands that fail in our words.

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// Group makes a command that only holds others. An unknown verb is an error
// that names the nearest one.
func Group(use string, aliases []string, short, long string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Aliases: aliases, Short: short, Long: long,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return UnknownCommand(cmd, args[0])
		},
	}
	cmd.AddCommand(children...)
	return cmd
}

// UnknownCommand is the error of a verb that parent does not have.
func UnknownCommand(parent *cobra.Command, verb string) error {
	var names []string
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			names = append(append(names, c.Name()), c.Aliases...)
		}
	}
	e := Usage("unknown command %q for %q", verb, parent.CommandPath())
	if near := api.Nearest(verb, names); near != "" {
		return e.WithHint("did you mean %q? See '%s --help'", parent.CommandPath()+" "+near, parent.CommandPath())
	}
	return e.WithHint("see '%s --help'", parent.CommandPath())
}

// Args checks positional arguments by name: Args("ID") takes exactly one,
// Args("ID", "[NAME]") one or two, Args("ID...") one or more.
func Args(names ...string) cobra.PositionalArgs {
	least, most := 0, 0
	for _, n := range names {
		if !strings.HasPrefix(n, "[") {
			least++
		}
		most++
		if strings.Contains(n, "...") {
			most = 1 << 30
		}
	}
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return Usage("%s: %s is missing", cmd.CommandPath(), names[len(args)]).WithHint("usage: %s", cmd.UseLine())
		case len(args) > most:
			return Usage("%s: unexpected argument %q", cmd.CommandPath(), args[most]).WithHint("usage: %s; quote names that hold spaces", cmd.UseLine())
		}
		return nil
	}
}

// Run adapts a run function to cobra, for commands about resources: what waits
// in the journal goes out first. --timeout or the profile limits all of it.
//
//go:noinline
func (f *Factory) Run(run func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return f.RunPlain(func(ctx context.Context, args []string) error {
			if !given(cmd, "dry-run") && !given(cmd, "async") { // one sends nothing, the other is in a hurry
				f.drained.Do(func() { f.drain(ctx) })
			}
			return run(ctx, args)
		})(cmd, args)
	}
}

// given reports that a boolean flag was set.
func given(cmd *cobra.Command, flag string) bool {
	f := cmd.Flags().Lookup(flag)
	return f != nil && f.Value.String() == "true"
}

// RunPlain is Run for commands about the session, the profile or the journal
// itself, which deliver nothing by the way.
func (f *Factory) RunPlain(run func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		limit := f.Global.Timeout
		if p, err := f.Profile(); limit == 0 && err == nil {
			limit = p.Timeout
		}
		err := runWithin(cmd.Context(), limit, args, run)
		if err == nil {
			f.noticeRelease()
		}
		return err
	}
}

// RunLocal is Run for commands that need no profile, or that run until they are
// stopped: only --timeout limits them, and no configuration is read.
func (f *Factory) RunLocal(run func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return runWithin(cmd.Context(), f.Global.Timeout, args, run)
	}
}

func runWithin(ctx context.Context, limit time.Duration, args []string, run func(context.Context, []string) error) error {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return run(ctx, args)
}

// CheckGlobals refuses global flags that make no sense, before anything is sent.
func (f *Factory) CheckGlobals() error {
	f.IO.SetQuiet(f.Global.Quiet)
	if f.Global.NoColor {
		f.IO.SetColor(false)
	}
	switch f.Global.Offline {
	case string(journal.OfflineAuto), string(journal.OfflineAlways), string(journal.OfflineNever):
	default:
		return api.NotOneOf("--offline", f.Global.Offline, "is not a known mode", []string{"auto", "always", "never"})
	}
	if f.Global.MaxWait < 0 {
		return api.Invalid("--max-wait", f.Global.MaxWait.String(), "is negative", "for example 30s or 5m; 0 is the default")
	}
	if f.Global.Output != "" {
		if _, err := f.Format(); err != nil {
			return err
		}
	}
	return nil
}
