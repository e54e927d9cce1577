package auth

// This file is about one thing: "sessions", the places where the user is signed
// in.

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

func newSessions(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("sessions", []string{"session"}, "See and end the places where you are signed in", "",
		newSessionsList(f, nil), newSessionsRevoke(f, nil))
}

func sessionsView() output.View {
	return output.View{
		Kind: "SignInSession", Plural: "sessions", NameField: "id",
		Columns: []output.Column{
			{Name: "id", Header: "ID"}, {Name: "current", Header: "CURRENT"},
			{Name: "userAgent", Header: "PROGRAM", Priority: 1, Max: 40}, {Name: "ip", Header: "ADDRESS", Priority: 2},
			{Name: "createdAt", Header: "SIGNED IN", Priority: 3}, {Name: "lastUsedAt", Header: "LAST USED"},
		},
	}
}

func sessionRecord(s api.SignInSession) output.Record {
	return cmdutil.ObjectRecord{Kind: "SignInSession", Value: s, Cells: map[string]any{
		"id": s.ID, "current": s.Current, "userAgent": s.UserAgent, "ip": s.IP, "createdAt": s.CreatedAt, "lastUsedAt": s.LastUsedAt,
	}}
}

type sessionsListOptions struct {
	factory *cmdutil.Factory
	narrow  cmdutil.Narrow
}

func newSessionsList(f *cmdutil.Factory, run func(context.Context, *sessionsListOptions) error) *cobra.Command {
	o := &sessionsListOptions{factory: f}
	if run == nil {
		run = runSessionsList
	}
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Args: cmdutil.Args(), Short: "List your sessions",
		Example: "  vizora auth sessions list\n  vizora auth sessions list -o json",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	o.narrow.Add(cmd, sessionsView().ColumnNames())
	return cmd
}

func runSessionsList(ctx context.Context, o *sessionsListOptions) error {
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, sessionsView()); err != nil {
		return err
	}
	client, err := o.factory.Client()
	if err != nil {
		return err
	}
	wait := o.factory.IO.Wait("reading sessions")
	all, err := client.Sessions(ctx)
	wait.Stop()
	if err != nil {
		return err
	}
	records := make([]output.Record, 0, len(all))
	for _, s := range all {
		records = append(records, sessionRecord(s))
	}
	return o.narrow.List(p, sessionsView(), records)
}

type sessionsRevokeOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	ids     []string
}

func newSessionsRevoke(f *cmdutil.Factory, run func(context.Context, *sessionsRevokeOptions) error) *cobra.Command {
	o := &sessionsRevokeOptions{factory: f}
	if run == nil {
		run = runSessionsRevoke
	}
	cmd := &cobra.Command{
		Use: "revoke ID...", Aliases: []string{"rm", "delete"}, Args: cmdutil.Args("ID..."), Short: "End sessions",
		Long: `Ends sessions, so that they cannot be renewed. An access token that has been
handed out stays good until it expires.`,
		Example: "  vizora auth sessions revoke 5c1f0a7e-0000-4000-8000-000000000000\n  vizora auth sessions list -o jq='.[] | select(.current|not).id'",
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.ids = args
			return run(ctx, o)
		}),
	}
	o.write.AddYes(cmd.Flags())
	return cmd
}

func runSessionsRevoke(ctx context.Context, o *sessionsRevokeOptions) error {
	client, err := o.factory.Client()
	if err != nil {
		return err
	}
	all, err := client.Sessions(ctx)
	if err != nil {
		return err
	}
	takes, err := findSessions(all, o.ids)
	if err != nil {
		return err
	}
	what := "end session " + o.ids[0]
	if len(o.ids) > 1 {
		what = fmt.Sprintf("end %d sessions", len(o.ids))
	}
	if err := o.factory.Confirm(ctx, o.write.Yes, what, takes); err != nil {
		return err
	}
	for _, id := range o.ids {
		if err := client.RevokeSession(ctx, id); err != nil {
			return err
		}
		o.factory.IO.Say("ended session %s", id)
	}
	return nil
}

// findSessions makes sure that all are there, because the server says yes to
// unknown ids too (contract rest 2), and names what their end takes along.
func findSessions(all []api.SignInSession, ids []string) (takes []string, err error) {
	for _, id := range ids {
		i := slices.IndexFunc(all, func(s api.SignInSession) bool { return s.ID == id })
		if i < 0 {
			return nil, api.Errorf(api.KindNotFound, "you have no session %q", id).WithHint("vizora auth sessions list shows them")
		}
		if all[i].Current {
			takes = append(takes, "this profile's own session: it ends when its access token expires")
		}
	}
	return takes, nil
}
