package auth

// This file is about one thing: "login".

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

type loginOptions struct {
	factory       *cmdutil.Factory
	url           string
	email         string
	passwordStdin bool
}

func newLogin(f *cmdutil.Factory, run func(context.Context, *loginOptions) error) *cobra.Command {
	o := &loginOptions{factory: f}
	if run == nil {
		run = runLogin
	}
	cmd := &cobra.Command{
		Use: "login", Aliases: []string{"signin"}, Args: cmdutil.Args(),
		Short: "Sign in with e-mail and password",
		Long: `Signs in and keeps the session for the profile in use. With --profile NAME a
profile of that name is made if there is none.

The password is asked for on the terminal without echo; a script gives it with
--password-stdin or in VIZORA_PASSWORD. There is no flag for it, because every
user of a machine can read the arguments of a running program. A code of the
second factor is asked for, or taken from VIZORA_MFA_CODE.`,
		Example: `  vizora auth login --url https://vizora.example.com
  vizora auth login --profile lab --url http://localhost:3000 --email admin@example.com
  vizora auth login --password-stdin < password.txt`,
		RunE: f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	cmd.Flags().StringVar(&o.url, "url", "", "the server's `URL`, such as https://vizora.example.com")
	cmd.Flags().StringVar(&o.email, "email", "", "e-mail `ADDRESS` to sign in with (also VIZORA_EMAIL)")
	cmd.Flags().BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from stdin")
	return cmd
}

func runLogin(ctx context.Context, o *loginOptions) error {
	f := o.factory
	if _, err := f.Format(); err != nil { // a slip in -o must not cost a sign-in
		return err
	}
	cfg, err := f.Config()
	if err != nil {
		return err
	}
	p, err := o.profile(ctx, cfg)
	if err != nil {
		return err
	}
	client, err := f.ClientFor(p, api.NoTokens{})
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := o.signIn(ctx, client, p)
	if err != nil {
		return err
	}
	return o.keep(ctx, cfg, p, session)
}

// profile settles where to sign in, and as whom.
func (o *loginOptions) profile(ctx context.Context, cfg *config.Config) (*config.Profile, error) {
	p, err := cfg.With(map[string]string{config.KeyURL: o.url, config.KeyEmail: o.email}).CurrentOrNew()
	if err != nil {
		return nil, err
	}
	if p.URL == "" {
		if o.url, err = o.ask(ctx, "Address of the server: ", "no server is chosen", "give --url https://HOST, or set VIZORA_URL"); err != nil {
			return nil, err
		}
		return o.profile(ctx, cfg)
	}
	if p.Email == "" {
		if p.Email, err = o.ask(ctx, "E-mail: ", "no e-mail address is given", "give --email ADDRESS, or set VIZORA_EMAIL"); err != nil {
			return nil, err
		}
	}
	return p, checkEmail(p.Email)
}

// signIn sends the password and, if asked, a code. The password lives no longer
// than this call.
func (o *loginOptions) signIn(ctx context.Context, client *api.Client, p *config.Profile) (*api.Session, error) {
	password, err := o.password(ctx, p)
	if err != nil {
		return nil, err
	}
	wait := o.factory.IO.Wait("signing in")
	login, err := client.Login(ctx, p.Email, password)
	wait.Stop()
	switch {
	case err != nil:
		return nil, explain(err)
	case login.EnrollRequired:
		return nil, api.Errorf(api.KindForbidden, "your organisation requires a second factor, and this account has none").
			WithHint("set one up in the dashboard at %s, then sign in again", p.URL)
	case login.ChallengeToken != "":
		return o.challenge(ctx, client, login.ChallengeToken)
	}
	return login.Session, nil
}

// keep writes the profile, then the tokens: tokens without a profile would
// belong to nobody.
func (o *loginOptions) keep(ctx context.Context, cfg *config.Config, p *config.Profile, session *api.Session) error {
	f := o.factory
	user := session.User
	before := ""
	if old, err := cfg.Get(p.Name); err == nil {
		before = old.URL
	}
	p.Email, p.OrganizationID, p.Organization = user.Email, user.OrganizationID, ""
	if user.Organization != nil {
		p.Organization = user.Organization.Name
	}
	store := cfg.Tokens(p)
	err := cfg.Put(p.Name, map[string]string{
		config.KeyURL: p.URL, config.KeyRealtimeURL: p.OwnRealtimeURL(), config.KeyEmail: p.Email, config.KeyOrganization: p.Organization, config.KeyOrganizationID: p.OrganizationID,
	})
	if err == nil {
		err = store.Save(ctx, session.Credentials)
	}
	if err != nil {
		o.abandon(ctx, p, session.Credentials)
		return err
	}
	if before != "" && before != p.URL {
		f.IO.Warn("profile %s was for %s and is now for %s", p.Name, before, p.URL)
	}
	status := describe(p, store.Stored().Where(), session.Credentials, &user)
	status.Verified = true
	if err := printWritten(f, status, status.sentences(f.Now())...); err != nil {
		return err
	}
	if store.FromEnvironment() {
		f.IO.Warn("%s is set and wins over this session; unset it to use the session", config.EnvToken)
	}
	return nil
}

// abandon ends a session on the server that cannot be kept here. It is a
// courtesy: the error that led here is the one that is reported.
func (o *loginOptions) abandon(ctx context.Context, p *config.Profile, creds api.Credentials) {
	client, err := o.factory.ClientFor(p, passing(creds))
	if err != nil {
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = client.Logout(ctx)
}

// passing holds credentials that are used once and never renewed.
type passing api.Credentials

func (c passing) Current(context.Context) (api.Credentials, error) { return api.Credentials(c), nil }

func (c passing) Renew(context.Context, api.Credentials, func(context.Context, api.Credentials) (api.Credentials, error)) (api.Credentials, error) {
	return api.Credentials{}, api.Errorf(api.KindUnauthenticated, "the server does not accept this token")
}

// String keeps the tokens out of anything that is formatted.
func (c passing) String() string { return api.Credentials(c).String() }

// GoString keeps the tokens out of %#v.
func (c passing) GoString() string { return c.String() }

// sentences tell a person what a sign-in has led to.
func (s *status) sentences(now time.Time) []string {
	org := s.Organization
	if org == "" {
		org = s.OrganizationID
	}
	return []string{
		fmt.Sprintf("signed in to %s as %s (%s of %s)", s.Server, s.User, s.Role, org),
		fmt.Sprintf("profile %s; the session is kept in %s%s", s.Profile, s.TokenSource, s.life(now)),
	}
}

// life says how long the access token is good for, "" when it does not tell.
func (s *status) life(now time.Time) string {
	if s.ExpiresAt == nil {
		return ""
	}
	left := s.ExpiresAt.Sub(now).Round(time.Second)
	if left > time.Hour {
		left = left.Round(time.Minute) // "7d" rather than "6d23h"
	}
	if s.Renewable {
		return ", good for " + output.HumanDuration(left) + " and renewed on its own"
	}
	return ", good for " + output.HumanDuration(left)
}
