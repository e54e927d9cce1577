package auth

// This file is about one thing: "logout".

import (
	"context"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
)

const (
	logoutPatience = 10 * time.Second       // for the server
	deletePatience = 5 * time.Second        // for the keyring and the lock
	countPatience  = 500 * time.Millisecond // for the journal
)

type logoutOptions struct{ factory *cmdutil.Factory }

func newLogout(f *cmdutil.Factory, run func(context.Context, *logoutOptions) error) *cobra.Command {
	o := &logoutOptions{factory: f}
	if run == nil {
		run = runLogout
	}
	return &cobra.Command{
		Use: "logout", Aliases: []string{"signout"}, Args: cmdutil.Args(),
		Short: "End the session and forget its tokens",
		Long: `Ends the session on the server and deletes its tokens here. They are deleted
even when the server cannot be reached. The profile and its journal stay.`,
		Example: "  vizora auth logout\n  vizora auth logout --profile lab",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
}

func runLogout(ctx context.Context, o *logoutOptions) error {
	f := o.factory
	cfg, err := f.Config()
	if err != nil {
		return err
	}
	p, err := f.Profile()
	if err != nil {
		return err
	}
	store := cfg.Tokens(p).Stored()
	_, readErr := store.Current(ctx)
	var serverErr error
	if readErr == nil {
		wait := f.IO.Wait("ending the session")
		serverErr = o.end(ctx, p, store)
		wait.Stop()
	}
	// Ctrl-C must not leave tokens behind.
	local, cancel := context.WithTimeout(context.WithoutCancel(ctx), deletePatience)
	defer cancel()
	if err := store.Delete(local); err != nil {
		return err
	}
	cfg.DropCache(p)
	o.tell(local, cfg, p, readErr, serverErr)
	return ctx.Err()
}

// end ends the session on the server. An access token that has expired is
// renewed first: only a signed request may end the session behind it. A session
// that the server no longer knows is ended.
func (o *logoutOptions) end(ctx context.Context, p *config.Profile, store *config.TokenStore) error {
	client, err := o.factory.ClientFor(p, store)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, logoutPatience)
	defer cancel()
	err = client.Logout(ctx)
	if api.IsKind(err, api.KindUnauthenticated) {
		if _, err = client.Renew(ctx); err == nil {
			err = client.Logout(ctx)
		}
	}
	if api.IsKind(err, api.KindUnauthenticated) {
		return nil
	}
	return err
}

func (o *logoutOptions) tell(ctx context.Context, cfg *config.Config, p *config.Profile, readErr, serverErr error) {
	io := o.factory.IO
	switch {
	case api.IsKind(readErr, api.KindUnauthenticated):
		io.Say("profile %s: there was no session to end", p.Name)
	case readErr != nil:
		io.Warn("the session was deleted here, but its tokens could not be read to end it on the server: %v", readErr)
	case serverErr != nil:
		io.Warn("the session was deleted here, but the server was not told: %v; to end it there, sign in again and use 'vizora auth sessions revoke'", serverErr)
	default:
		io.Say("signed out of %s", p.URL)
	}
	switch n := pending(ctx, cfg, p); {
	case n == 1:
		io.Warn("the journal of profile %s holds 1 operation that is not applied; it waits until you sign in again", p.Name)
	case n > 1:
		io.Warn("the journal of profile %s holds %d operations that are not applied; they wait until you sign in again", p.Name, n)
	}
	if cfg.Tokens(p).FromEnvironment() {
		io.Warn("%s is still set: commands go on using that token", config.EnvToken)
	}
}

// pending counts what the journal still holds, if that is quickly told.
func pending(ctx context.Context, cfg *config.Config, p *config.Profile) int {
	j, err := cmdutil.OpenJournal(p, journal.Options{Dir: filepath.Join(cfg.StateDir(p), "journal"), LockWait: countPatience})
	if err != nil {
		return 0
	}
	waits, err := j.Backlog(ctx)
	if err != nil {
		return 0
	}
	return waits.Pending
}
