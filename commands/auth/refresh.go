package auth

// This file is about one thing: "refresh".

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type refreshOptions struct{ factory *cmdutil.Factory }

func newRefresh(f *cmdutil.Factory, run func(context.Context, *refreshOptions) error) *cobra.Command {
	o := &refreshOptions{factory: f}
	if run == nil {
		run = runRefresh
	}
	return &cobra.Command{
		Use: "refresh", Aliases: []string{"renew"}, Args: cmdutil.Args(),
		Short: "Renew the session's tokens now",
		Long: `Renews the session's tokens. Every command does so by itself when it has to;
this is for renewing ahead of a long time without use (the session itself ends
30 days after its last renewal, unless the server is set otherwise).`,
		Example: "  vizora auth refresh\n  vizora auth refresh && vizora auth status -o jq=.expiresAt",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
}

func runRefresh(ctx context.Context, o *refreshOptions) error {
	f := o.factory
	s, err := open(f)
	if err != nil {
		return err
	}
	defer s.client.Close()
	wait := f.IO.Wait("renewing the session")
	creds, err := s.client.Renew(ctx)
	wait.Stop()
	if err != nil {
		return s.explain(err)
	}
	now := describe(s.profile, s.store.Where(), creds, nil)
	now.Verified = true
	return printWritten(f, now, "the session of "+now.User+" at "+now.Server+" has new tokens"+now.life(f.Now()))
}
