package journal

// This file is about one thing: "status": the connection, what is pending, and
// since when.

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	store "github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// status is the answer. Prompts use it as 'vizora status -o jq=.pending'.
type status struct {
	Profile    string     `json:"profile"`
	Server     string     `json:"server"`
	Connection string     `json:"connection"` // online, offline, or unknown with --offline=always
	Reason     string     `json:"reason,omitempty"`
	SignedIn   bool       `json:"signedIn"`
	Pending    int        `json:"pending"`
	Oldest     *time.Time `json:"oldest"`    // when the oldest pending operation was recorded
	OldestAge  float64    `json:"oldestAge"` // seconds
	Conflicts  int        `json:"conflicts"`
	Rejected   int        `json:"rejected"`
	Unknown    int        `json:"unknown"`
	Foreign    int        `json:"foreign"`
	Damaged    bool       `json:"damaged"` // records cannot be read
	LastSync   *time.Time `json:"lastSync"`
}

// NewStatus makes the status command.
func NewStatus(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use: "status", Args: cmdutil.Args(), Short: "Show the connection and what is pending",
		Example: "  vizora status\n  vizora status -o jq=.pending",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return runStatus(ctx, f) }),
	}
}

func runStatus(ctx context.Context, f *cmdutil.Factory) error {
	p, err := f.Printer()
	if err != nil {
		return err
	}
	profile, err := f.Profile()
	if err != nil {
		return err
	}
	client, err := f.Client()
	if err != nil {
		return err
	}
	s := status{Profile: profile.Name, Server: client.BaseURL(), Connection: "unknown", SignedIn: true}
	s.probe(ctx, f, client)
	if s.SignedIn {
		if err := s.count(ctx, f); err != nil {
			return err
		}
	}
	return p.One(statusView, cmdutil.ObjectRecord{Kind: "Status", Value: s, Cells: s.cells(f.Now())})
}

var statusView = output.View{Kind: "Status", NameField: "server", IDField: "server",
	Fields: []string{"server", "profile", "connection", "signedIn", "pending", "oldest", "conflicts", "rejected", "unknown", "lastSync"},
	Columns: []output.Column{{Name: "server", Header: "SERVER"}, {Name: "connection", Header: "CONNECTION", Styles: map[string]output.Style{
		"online": output.Good, "offline": output.Bad}}, {Name: "pending", Header: "PENDING"}}}

// probe asks the server who we are, once: that tells both whether it is reached
// and whether the session holds.
func (s *status) probe(ctx context.Context, f *cmdutil.Factory, client *api.Client) {
	if _, err := client.Tokens().Current(ctx); err != nil {
		s.SignedIn, s.Reason = false, err.Error()
		return
	}
	if f.Global.Offline == string(store.OfflineAlways) {
		return
	}
	_, err := client.Me(ctx)
	switch {
	case err == nil:
		s.Connection = "online"
	case api.IsKind(err, api.KindUnauthenticated):
		s.Connection, s.Reason = "online", err.Error()
	default:
		s.Connection, s.Reason = "offline", err.Error()
	}
}

func (s *status) count(ctx context.Context, f *cmdutil.Factory) error {
	j, err := open(ctx, f)
	if err != nil {
		return err
	}
	counts, err := j.Count(ctx, store.Filter{})
	if s.Damaged = store.IsDamage(err); s.Damaged {
		f.IO.Warn("%s", store.Told(err))
	} else if err != nil {
		return err
	}
	s.Pending, s.Foreign = counts.Pending, counts.Foreign
	s.Conflicts, s.Rejected, s.Unknown = counts.States[store.Conflict], counts.States[store.Rejected], counts.States[store.Unknown]
	if !counts.Oldest.IsZero() {
		s.Oldest, s.OldestAge = &counts.Oldest, f.Now().Sub(counts.Oldest).Seconds()
	}
	if at := j.LastSync(); !at.IsZero() {
		s.LastSync = &at
	}
	return nil
}

func (s *status) cells(now time.Time) map[string]any {
	connection := any(s.Connection)
	if s.Reason != "" {
		connection = fmt.Sprintf("%s: %s", s.Connection, s.Reason)
	}
	cells := map[string]any{
		"server": s.Server, "profile": s.Profile, "connection": connection, "signedIn": s.SignedIn, "pending": s.Pending,
		"conflicts": s.Conflicts, "rejected": s.Rejected, "unknown": s.Unknown,
	}
	if s.Oldest != nil {
		cells["oldest"] = output.HumanTime(*s.Oldest, now)
	}
	if s.LastSync != nil {
		cells["lastSync"] = *s.LastSync
	}
	return cells
}
