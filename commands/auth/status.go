package auth

// This file is about one thing: "status", and the record that all of auth shows.

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

// status is what is known of the session. It holds no token.
type status struct {
	User           string     `json:"user"` // e-mail
	UserID         string     `json:"userId,omitempty"`
	Name           string     `json:"name,omitempty"`
	Role           string     `json:"role"`
	Organization   string     `json:"organization"`
	OrganizationID string     `json:"organizationId"`
	Server         string     `json:"server"`
	Profile        string     `json:"profile"`
	TokenSource    string     `json:"tokenSource"`
	ExpiresAt      *time.Time `json:"expiresAt"` // of the access token; null when it does not say
	Renewable      bool       `json:"renewable"` // renewed on its own when it expires
	Verified       bool       `json:"verified"`  // the server has confirmed it
}

const statusKind = "AuthStatus"

func statusView() output.View {
	return output.View{
		Kind: statusKind, Plural: "sessions", NameField: "user", IDField: "user",
		Columns: []output.Column{
			{Name: "user", Header: "USER"}, {Name: "role", Header: "ROLE"}, {Name: "organization", Header: "ORGANIZATION"},
			{Name: "server", Header: "SERVER"}, {Name: "profile", Header: "PROFILE"}, {Name: "tokenSource", Header: "Token from", Wide: true},
			{Name: "expiresAt", Header: "EXPIRES"}, {Name: "renewable", Header: "RENEWABLE", Wide: true}, {Name: "verified", Header: "VERIFIED", Wide: true},
		},
		Fields: []string{"user", "name", "role", "organization", "organizationId", "server", "profile", "tokenSource", "expiresAt", "renewable", "verified"},
	}
}

func (s *status) record() output.Record {
	cells := map[string]any{
		"user": s.User, "role": s.Role, "organization": s.Organization, "organizationId": s.OrganizationID, "server": s.Server,
		"profile": s.Profile, "tokenSource": s.TokenSource, "renewable": s.Renewable, "verified": s.Verified,
	}
	if s.Name != "" {
		cells["name"] = s.Name
	}
	if s.ExpiresAt != nil {
		cells["expiresAt"] = *s.ExpiresAt
	}
	return cmdutil.ObjectRecord{Kind: statusKind, Value: s, Cells: cells}
}

// describe puts together what the profile, the token and the server say. user
// is nil when the server was not asked.
func describe(p *config.Profile, where string, creds api.Credentials, user *api.User) *status {
	s := &status{
		User: p.Email, Organization: p.Organization, OrganizationID: p.OrganizationID, Server: p.URL, Profile: p.Name,
		TokenSource: where, Renewable: creds.Refresh != "",
	}
	if claims, ok := api.ParseClaims(creds.Access); ok {
		if claims.Organization != p.OrganizationID { // a bare token may be another organisation's
			s.Organization = ""
		}
		s.User, s.UserID, s.Role, s.OrganizationID = claims.Email, claims.Subject, claims.Role, claims.Organization
		if claims.ExpiresAt != 0 {
			at := time.Unix(claims.ExpiresAt, 0).UTC()
			s.ExpiresAt = &at
		}
	}
	if user != nil {
		s.User, s.UserID, s.Role, s.OrganizationID = user.Email, user.ID, user.Role, user.OrganizationID
		s.Name = strings.TrimSpace(user.FirstName + " " + user.LastName)
		if user.Organization != nil {
			s.Organization = user.Organization.Name
		}
	}
	return s
}

type statusOptions struct{ factory *cmdutil.Factory }

func newStatus(f *cmdutil.Factory, run func(context.Context, *statusOptions) error) *cobra.Command {
	o := &statusOptions{factory: f}
	if run == nil {
		run = runStatus
	}
	return &cobra.Command{
		Use: "status", Aliases: []string{"whoami"}, Args: cmdutil.Args(),
		Short: "Show who is signed in, where, and for how long",
		Long: `Shows the user, the role, the organisation and the server, where the token comes
from and how long it lives, and asks the server whether it still holds. Ends
with exit code 4 when nobody is signed in or the session is over.`,
		Example: "  vizora auth status\n  vizora auth status -o jq=.role",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
}

func runStatus(ctx context.Context, o *statusOptions) error {
	s, err := open(o.factory)
	if err != nil {
		return err
	}
	defer s.client.Close()
	printer, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := printer.Check(statusView()); err != nil {
		return err
	}
	creds, err := s.store.Current(ctx)
	if err != nil {
		return s.explain(err)
	}
	wait := o.factory.IO.Wait("asking " + s.profile.URL)
	user, askErr := s.client.Me(ctx)
	wait.Stop()
	if api.IsKind(askErr, api.KindUnauthenticated) {
		return s.explain(askErr)
	}
	if fresh, err := s.store.Current(ctx); err == nil { // the question may have renewed it
		creds = fresh
	}
	known := describe(s.profile, s.store.Where(), creds, user)
	known.Verified = askErr == nil
	if err := printer.One(statusView(), known.record()); err != nil {
		return err
	}
	return askErr
}

// session is the profile's tokens with a client that uses them.
type session struct {
	config  *config.Config
	profile *config.Profile
	store   *config.TokenStore
	client  *api.Client
}

func open(f *cmdutil.Factory) (*session, error) {
	cfg, err := f.Config()
	if err != nil {
		return nil, err
	}
	p, err := f.Profile()
	if err != nil {
		return nil, err
	}
	if _, err := p.Server(); err != nil {
		return nil, err
	}
	store := cfg.Tokens(p)
	client, err := f.ClientFor(p, store)
	if err != nil {
		return nil, err
	}
	return &session{config: cfg, profile: p, store: store, client: client}, nil
}

// explain adds whose session it was to the error that there is none.
func (s *session) explain(err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok || e.Kind != api.KindUnauthenticated {
		return err
	}
	out := *e
	about := "profile " + s.profile.Name + ", server " + s.profile.URL
	if where := s.store.Where(); where != "" {
		about += ", token from " + where
	}
	out.Details = append([]string{about}, e.Details...)
	return &out
}

// printWritten says what was done and, in any format but the tables, prints
// the session's state as data.
func printWritten(f *cmdutil.Factory, s *status, lines ...string) error {
	for _, line := range lines {
		f.IO.Say("%s", line)
	}
	format, err := f.Format()
	if err != nil || format.Name == "table" || format.Name == "wide" {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	return p.One(statusView(), s.record())
}
