package cmdutil

// This file is about one thing: how a command writes. Every write of every
// command is an Operation that goes through the journal; there is no other way.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/output"
)

// WriteFlags are the flags of every command that writes.
type WriteFlags struct {
	DryRun  bool
	Async   bool
	Yes     bool
	Expires time.Duration
	Roles   []string // who may do it, where the kind's description does not tell
}

// AddWrite adds --dry-run and --async.
func (w *WriteFlags) AddWrite(fs *pflag.FlagSet) {
	fs.BoolVar(&w.DryRun, "dry-run", false, "show what would be sent, and send nothing")
	fs.BoolVar(&w.Async, "async", false, "record the change and return at once (exit 9); it goes out with the next sync")
}

// AddOnline adds the flags of an action that loses its sense with time.
func (w *WriteFlags) AddOnline(fs *pflag.FlagSet) {
	fs.BoolVar(&w.DryRun, "dry-run", false, "show what would be sent, and send nothing")
	fs.DurationVar(&w.Expires, "expires", 0, "without a connection, keep it in the journal this long instead of failing")
}

// AddDryRun adds the flag of an action that cannot wait at all.
func (w *WriteFlags) AddDryRun(fs *pflag.FlagSet) {
	fs.BoolVar(&w.DryRun, "dry-run", false, "show what would be sent, and send nothing")
}

// AddYes adds --yes to a destructive command.
func (w *WriteFlags) AddYes(fs *pflag.FlagSet) {
	fs.BoolVarP(&w.Yes, "yes", "y", false, "do not ask")
}

// Submit sends an operation through the journal and says what became of it. On
// a dry run it prints what would be sent and returns nil.
func (w *WriteFlags) Submit(ctx context.Context, f *Factory, op journal.Operation) (*journal.Result, error) {
	if w.DryRun {
		return nil, f.printDryRun(&op)
	}
	if w.Expires > 0 {
		op.Expires = f.Now().Add(w.Expires)
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return nil, err
	}
	mode := journal.Offline(f.Global.Offline)
	if client, err := f.Client(); mode == journal.OfflineAuto && err == nil && client.Offline() && !op.OnlineOnly {
		mode = journal.OfflineAlways // this command has just failed to connect: do not try again
	}
	result, err := j.Submit(ctx, op, journal.SubmitOptions{Offline: mode, Async: w.Async})
	if s := api.SchemaOf(op.Kind); s != nil && err == nil && f.snapshots != nil {
		f.snapshots.AgeNames(s.Path)
	}
	return result, f.explainForbidden(&op, w.Roles, err)
}

// explainForbidden says which role a refused write needs, where the kind's
// description knows, and which one the user has.
func (f *Factory) explainForbidden(op *journal.Operation, roles []string, err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok || e.Status != http.StatusForbidden {
		return err
	}
	what := "this"
	if s := api.SchemaOf(op.Kind); s != nil && roles == nil {
		what, roles = "to "+op.Verb+" "+withArticle(s.Noun), rolesOf(s, op)
	}
	mine := f.role()
	if len(roles) == 0 || mine == "" || slices.Contains(roles, mine) {
		return err // the right role: a subscription, a quota, or the role has just changed
	}
	e.Hint = fmt.Sprintf("%s takes the role %s; you are %s", what, strings.Join(roles, " or "), mine)
	return err
}

// rolesOf says who may do an operation, where the kind's description knows.
func rolesOf(s *api.Schema, op *journal.Operation) []string {
	for i := range s.Actions {
		if s.Actions[i].Verb == op.Verb {
			return s.Actions[i].Roles
		}
	}
	switch op.Effect {
	case journal.Create:
		return s.CanCreate
	case journal.Delete:
		return s.CanDelete
	}
	return s.CanUpdate // an action of a command's own takes what a change takes, or says so itself
}

// role is the user's role as the token says it; "" when that cannot be told.
func (f *Factory) role() string {
	client, err := f.Live()
	if err != nil {
		return ""
	}
	creds, err := client.Tokens().Current(context.Background())
	if err != nil {
		return ""
	}
	claims, _ := api.ParseClaims(creds.Access)
	return claims.Role
}

// dryRun is what a write would do, in our output.
type dryRun struct {
	Verb    string          `json:"verb"`
	Noun    string          `json:"noun"`
	Target  string          `json:"target,omitempty"`
	Name    string          `json:"name,omitempty"`
	Summary string          `json:"summary"`
	Method  string          `json:"method,omitempty"`
	Path    string          `json:"path,omitempty"`
	Body    json.RawMessage `json:"body,omitempty"`
	Upload  *api.Upload     `json:"upload,omitempty"`
	Changes []fieldChange   `json:"changes,omitempty"`
}

type fieldChange struct {
	Field string          `json:"field"`
	From  json.RawMessage `json:"from,omitempty"`
	To    json.RawMessage `json:"to"`
}

func (f *Factory) printDryRun(op *journal.Operation) error {
	d := dryRun{Verb: op.Verb, Noun: strings.ToLower(op.Kind), Target: op.Target, Name: op.Label, Summary: op.Summary,
		Method: op.Request.Method, Path: op.Request.Path, Upload: op.Request.Upload}
	if op.Request.Body != nil {
		d.Body = api.RedactJSON(op.Request.Body)
	}
	schema := api.SchemaOf(op.Kind)
	if schema == nil {
		schema = &api.Schema{}
	}
	for _, name := range op.Changes.Names() {
		change := fieldChange{Field: name, From: op.Base[name], To: op.Changes[name]}
		if field := schema.Field(name); field != nil && field.Secret {
			change.From, change.To = nil, json.RawMessage(`"`+api.Redacted+`"`)
		} else if field != nil {
			change.To = field.Shown(change.To)
			if change.From != nil {
				change.From = field.Shown(change.From)
			}
		}
		d.Changes = append(d.Changes, change)
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	lines := make([]string, 0, len(d.Changes))
	for _, c := range d.Changes {
		if c.From == nil {
			lines = append(lines, fmt.Sprintf("%s = %s", c.Field, c.To))
		} else {
			lines = append(lines, fmt.Sprintf("%s: %s -> %s", c.Field, c.From, c.To))
		}
	}
	cells := map[string]any{"would": op.Summary}
	if len(lines) > 0 {
		cells["changes"] = lines
	}
	if d.Method != "" {
		cells["request"] = d.Method + " " + d.Path
	}
	if d.Body != nil {
		cells["body"] = d.Body
	}
	if u := d.Upload; u != nil {
		cells["file"] = fmt.Sprintf("%s (%s, %s)", u.File, u.MIME, output.HumanBytes(u.Size))
	}
	view := output.View{Kind: "DryRun", Fields: []string{"would", "changes", "request", "body", "file"}, Columns: []output.Column{{Name: "would", Header: "WOULD"}, {Name: "request", Header: "REQUEST"}}}
	return p.One(view, ObjectRecord{Kind: "DryRun", Value: d, Cells: cells})
}

// NoteRewrites says which strings the server keeps in another form than they
// were sent (contract rest 1.7): it takes out markup and escapes & < >.
func (f *Factory) NoteRewrites(s *api.Schema, sent api.Changes, answer json.RawMessage) {
	got, err := s.Values(answer)
	if err != nil {
		return
	}
	for _, name := range sent.Names() {
		var want, have string
		if json.Unmarshal(sent[name], &want) != nil || want == "" {
			continue
		}
		if field := s.Field(name); field == nil || field.Secret || field.Type != api.TypeString || json.Unmarshal(got[name], &have) != nil {
			continue
		}
		stored, shown := api.Stored(want)
		switch {
		case have != want:
			f.IO.Warn("%s: the server stored %q instead of %q", name, have, want)
		case shown == want && stored != want:
			f.IO.Warn("%s: the server stored %q; the API shows it as %q, a player may get the stored form", name, stored, want)
		}
	}
}
