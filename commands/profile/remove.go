package profile

// This file is about one thing: "remove".

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

type removeOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	name    string
}

func newRemove(f *cmdutil.Factory, run func(context.Context, *removeOptions) error) *cobra.Command {
	o := &removeOptions{factory: f}
	if run == nil {
		run = runRemove
	}
	cmd := &cobra.Command{
		Use: "remove NAME", Aliases: []string{"rm", "delete"}, Args: cmdutil.Args("NAME"), Short: "Remove a profile and its session",
		Long: `Removes a profile and deletes its session's tokens here; 'vizora auth logout'
ends the session on the server too. The profile's journal stays on disk.`,
		Example: "  vizora profile remove lab\n  vizora profile remove lab --yes", ValidArgsFunction: completeNames(f),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.name = strings.ToLower(args[0])
			return run(ctx, o)
		}),
	}
	o.write.AddYes(cmd.Flags())
	return cmd
}

func runRemove(ctx context.Context, o *removeOptions) error {
	cfg, err := o.factory.Config()
	if err != nil {
		return err
	}
	p, err := cfg.Get(o.name)
	if err != nil {
		return err
	}
	store := cfg.Tokens(p).Stored()
	var takes []string
	if where := store.Where(); where != "" {
		takes = append(takes, "its session ("+where+"), which stays open on the server")
	}
	if n := pending(ctx, cfg, p); n > 0 {
		takes = append(takes, fmt.Sprintf("%s in its journal, which stays in %s", output.Count(n, "unapplied operation"), cfg.StateDir(p)))
	}
	if err := o.confirm(ctx, p, takes); err != nil {
		return err
	}
	if err := store.Delete(ctx); err != nil {
		return err
	}
	cfg.DropCache(p)
	if err := cfg.Remove(o.name); err != nil {
		return err
	}
	o.factory.IO.Say("removed profile %s", o.name)
	return nil
}

// confirm asks on its own: the factory's question names the server of the
// profile in use, which need not be this one.
func (o *removeOptions) confirm(ctx context.Context, p *config.Profile, takes []string) error {
	io := o.factory.IO
	if len(takes) > 0 {
		io.Say("This also affects:")
		for _, t := range takes {
			io.Say("  - %s", t)
		}
	}
	if o.write.Yes {
		return nil
	}
	if !io.CanAsk() {
		return api.Errorf(api.KindDeclined, "removing profile %s needs a confirmation, and there is no terminal to ask on", p.Name)
	}
	ok, err := io.Confirm(ctx, fmt.Sprintf("Remove profile %s (%s)?", p.Name, orNone(p.URL)))
	if err == nil && !ok {
		err = api.Errorf(api.KindDeclined, "nothing was changed").WithHint("you answered no")
	}
	return err
}

// pending counts what the journal still holds, if that is quickly told.
func pending(ctx context.Context, cfg *config.Config, p *config.Profile) int {
	j, err := cmdutil.OpenJournal(p, journal.Options{Dir: filepath.Join(cfg.StateDir(p), "journal"), LockWait: 500 * time.Millisecond})
	if err != nil {
		return 0
	}
	waits, err := j.Backlog(ctx)
	if err != nil {
		return 0
	}
	return waits.Pending
}
