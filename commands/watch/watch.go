// Package watch is the command "watch": the platform's realtime events as they
// come.
package watch

// This file is about one thing: the command, its flags and how it ends.

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type options struct {
	factory   *cmdutil.Factory
	events    []string
	display   string
	count     int
	failOnGap bool
}

// eventNames are what can be asked for: the product's names, the platform's
// others, and the stream's own records (contract realtime 4.1, 5).
var eventNames = []string{
	realtime.EventDeviceStatus, realtime.EventPlaylistUpdated, realtime.EventHealthAlert, realtime.EventScheduleExecuted,
	realtime.EventNotification, "screenshot:ready", "tenant:suspended", "tenant:resumed",
	"connect", "disconnect", "gap",
}

// New makes the watch command.
func New(f *cmdutil.Factory) *cobra.Command { return newWatch(f, nil) }

func newWatch(f *cmdutil.Factory, run func(context.Context, *options) error) *cobra.Command {
	o := &options{factory: f}
	if run == nil {
		run = runWatch
	}
	cmd := &cobra.Command{
		Use: "watch [EVENT...]", Args: cobra.ArbitraryArgs,
		Short: "Stream realtime events",
		Long: `Streams the platform's realtime events, one record each, until Ctrl-C, --count or
--timeout. stderr says when the stream is live, when it is lost, and when it
tries again; it never gives up by itself unless the session is over. "Live" is
said only once the server has accepted the session.

After a lost connection a "gap" record tells from when to when events may have
been missed. 'vizora help events' explains the events, and which of them the
platform really sends.`,
		Example: `  vizora watch
  vizora watch device:status-update --display "Lobby North" -o jsonl --count 1 --timeout 60s`,
		ValidArgsFunction: cobra.FixedCompletions(eventNames, cobra.ShellCompDirectiveNoFileComp),
		RunE: f.RunLocal(func(ctx context.Context, args []string) error {
			o.events = args
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.display, "display", "", "`NAME|ID` only events of this display")
	cmd.Flags().IntVar(&o.count, "count", 0, "`N` end after this many records; 0 is never")
	cmd.Flags().BoolVar(&o.failOnGap, "fail-on-gap", false, "end with exit code 10 when events may have been missed")
	_ = cmd.RegisterFlagCompletionFunc("display", cmdutil.CompleteResource(f, &api.Displays.Schema))
	return cmd
}

// errEnough ends the stream cleanly.
var errEnough = errors.New("enough")

func runWatch(ctx context.Context, o *options) error {
	if err := o.check(); err != nil {
		return err
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	client, err := o.factory.Client()
	if err != nil {
		return err
	}
	s := &sink{o: o, say: o.factory.IO, names: o.names(ctx, client)}
	if o.display != "" {
		if s.display, err = cmdutil.ResolveID(ctx, o.factory, api.Displays, o.display); err != nil {
			return err
		}
	}
	profile, err := o.factory.Profile()
	if err != nil {
		return err
	}
	tls, err := profile.TLS()
	if err != nil {
		return err
	}
	if s.stream, err = p.Stream(view); err != nil {
		return err
	}
	session := realtime.Open(realtime.Options{URL: profile.RealtimeURL, Auth: auth{client}, TLS: tls})
	err = session.Run(ctx, s.item)
	return o.end(ctx, err, s.stream.Close())
}

// names reads what displays and playlists are called, for the formats that
// people read. A stream without names is better than none, so a failure only
// leaves the ids.
func (o *options) names(ctx context.Context, client *api.Client) map[string]string {
	format, err := o.factory.Format()
	if err != nil || (format.Name != "table" && format.Name != "wide" && format.Name != "lines") {
		return nil
	}
	names := map[string]string{}
	for _, s := range []*api.Schema{&api.Displays.Schema, &api.Playlists.Schema} {
		rows, err := s.Rows().List(ctx, client, nil, 0)
		if err != nil {
			o.factory.IO.Warn("%s are shown by id: %v", s.Plural, err)
			continue
		}
		for i := range rows {
			names[rows[i].ID] = rows[i].Name()
		}
	}
	return names
}

func (o *options) check() error {
	if o.count < 0 {
		return api.Invalid("--count", "negative", "is below zero", "give 0 or more")
	}
	for _, name := range o.events {
		if slices.Contains(eventNames, name) || name == "device:status" {
			continue
		}
		fix := "one of " + strings.Join(eventNames, ", ")
		if near := api.Nearest(name, eventNames); near != "" {
			fix = "did you mean " + near + "? " + fix
		}
		return api.Invalid("EVENT", name, "is not an event", fix)
	}
	return nil
}

// end says how a stream that has ended counts.
func (o *options) end(ctx context.Context, err, closed error) error {
	var refused *realtime.AuthError
	switch {
	case errors.Is(err, errEnough):
		return closed
	case errors.As(err, &refused):
		return &api.Error{Kind: api.KindUnauthenticated, Message: "the realtime service does not accept the session", Err: err}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		if o.count > 0 {
			return &api.Error{Kind: api.KindTimeout, Message: "the time limit passed before the wanted number of records came"}
		}
		return closed // --timeout says how long to watch
	case ctx.Err() != nil:
		return cmdutil.ErrDone // Ctrl-C is how a stream is meant to end
	}
	return err
}

// auth lets the realtime side sign in as the client does.
type auth struct{ client *api.Client }

func (a auth) Token(ctx context.Context) (string, error) {
	creds, err := a.client.Tokens().Current(ctx)
	return creds.Access, gone(err)
}

func (a auth) Renew(ctx context.Context, stale string) (string, error) {
	creds, err := a.client.Tokens().Current(ctx)
	if err == nil && creds.Access == stale {
		creds, err = a.client.Renew(ctx)
	}
	return creds.Access, gone(err)
}

func (a auth) Check(ctx context.Context) error {
	_, err := a.client.Me(ctx)
	return gone(err)
}

// gone marks an error after which only a new sign-in helps.
func gone(err error) error {
	if api.IsKind(err, api.KindUnauthenticated) {
		return errors.Join(realtime.ErrSessionGone, err)
	}
	return err
}

var view = output.View{Kind: "Event", Plural: "events", IDField: "seq", NameField: "event", Columns: []output.Column{
	{Name: "time", Header: "TIME", Max: 24}, {Name: "event", Header: "EVENT", Max: 22, Styles: map[string]output.Style{
		"gap": output.Warning, "disconnect": output.Warning, "connect": output.Good, realtime.EventHealthAlert: output.Bad}},
	{Name: "subject", Header: "SUBJECT", Max: 36}, {Name: "what", Header: "WHAT", Max: 60},
}}
