// Package journal holds the commands about pending operations: "journal",
// "sync" and "status".
package journal

// This file is about one thing: the journal command and how operations are shown.

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	store "github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// New makes the journal command.
func New(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("journal", nil, "Look at and settle pending operations",
		`Every write goes through a journal on this machine. What could not be delivered,
what lost against somebody else's edit and what nobody can tell the outcome of
stays in it until it is settled. 'vizora help journal' explains the states.`,
		newList(f, nil), newShow(f, nil), newRetry(f, nil), newDrop(f, nil), newResolve(f, nil), newReapply(f, nil),
		newExport(f, nil), newImport(f, nil), newCompact(f, nil),
	)
}

// statePaint colors states in tables.
var statePaint = map[string]output.Style{
	string(store.Conflict): output.Warning, string(store.Rejected): output.Bad, string(store.Unknown): output.Bad,
	string(store.Sending): output.Bold,
}

var operationView = output.View{Kind: "Operation", Plural: "operations", NameField: "summary", Columns: []output.Column{
	{Name: "id", Header: "ID"},
	{Name: "state", Header: "STATE", Priority: 1, Styles: map[string]output.Style{"conflict": statePaint["conflict"], "rejected": statePaint["rejected"], "unknown": statePaint["unknown"], "sending": statePaint["sending"]}},
	{Name: "summary", Header: "WHAT", Priority: 2, Max: 64},
	{Name: "created", Header: "RECORDED", Priority: 3},
	{Name: "attempts", Header: "TRIES", Priority: 5, Right: true},
	{Name: "nextAttempt", Header: "NEXT-TRY", Priority: 6},
	{Name: "reason", Header: "REASON", Priority: 4, Max: 48},
	{Name: "target", Header: "TARGET", Priority: 7, Wide: true},
}, Fields: []string{
	"id", "state", "summary", "kind", "verb", "target", "created", "base", "attempts", "holder", "nextAttempt", "settled", "reason", "dependsOn", "server", "organization", "user",
}}

// record shows an operation. Its own JSON is the journal's record, with what
// the server must be told kept free of secrets.
type record struct{ op *store.Operation }

// Field returns a cell.
func (r record) Field(name string) any {
	op := r.op
	switch name {
	case "id":
		return op.ID
	case "state":
		return string(op.State)
	case "summary":
		return op.Summary
	case "kind":
		return op.Kind
	case "verb":
		return op.Verb
	case "target":
		return op.Target
	case "created":
		return op.Created
	case "attempts":
		return op.Attempts
	case "nextAttempt":
		return timeOrNil(op.NextAttempt)
	case "settled":
		if op.Moved != nil {
			return op.Moved.At
		}
		return timeOrNil(op.Settled)
	case "holder":
		if op.Holder() == "" {
			return nil
		}
		return op.Holder()
	case "reason":
		return reason(op)
	case "base":
		return baseText(op)
	case "dependsOn":
		return op.DependsOn
	case "server":
		return op.Owner.Server
	case "organization":
		return op.Owner.Organization
	case "user":
		return op.Owner.User
	}
	return nil
}

func timeOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func reason(op *store.Operation) any {
	switch {
	case op.Moved != nil:
		return "exported to " + op.Moved.To
	case op.State == store.Sending && op.Holder() != "":
		return "held by " + op.Holder()
	case op.Failure != nil && (op.RemoteGone() || len(op.Dropped) > 0 && op.Effect == store.Items):
		return ownWords(op, op.Failure.Message)
	case len(op.Dropped) > 0:
		return "the remote won: " + strings.Join(op.Dropped, ", ")
	case op.Failure != nil:
		return ownWords(op, op.Failure.Message)
	}
	return nil
}

// ownWords is a message without the operation it is about, which stands beside it.
func ownWords(op *store.Operation, message string) string {
	return strings.TrimPrefix(message, op.Summary+": ")
}

// baseText says what a later edit is compared with.
func baseText(op *store.Operation) any {
	switch {
	case op.Blind():
		return "none: it is sent without comparing (blind)"
	case op.BaseFrom == "":
		return nil
	}
	return "from the " + op.BaseFrom + ", read " + op.BaseAt.UTC().Format(time.RFC3339)
}

// AppendJSON writes the operation as recorded, with "blind" where it is.
func (r record) AppendJSON(dst []byte) ([]byte, error) {
	op := r.op.Redacted()
	return cmdutil.ObjectRecord{Kind: "Operation", Value: struct {
		*store.Operation
		ResourceKind string `json:"resource"` // "kind" is the record's own
		Kind         any    `json:"kind,omitempty"`
		Blind        bool   `json:"blind,omitempty"`
	}{Operation: op, ResourceKind: op.Kind, Blind: op.Blind()}}.AppendJSON(dst)
}

// Sections shows both sides of a conflict field by field.
func (r record) Sections() []output.Section {
	base, mine, remote := r.op.Redacted().Sides()
	rows := compare(base, mine, remote, r.verdict)
	if len(rows) == 0 {
		return nil
	}
	return []output.Section{{Title: "Fields", View: compareView, Records: rows}}
}

// verdict says what became of a field of a conflict. Where the remote won the
// items, nothing of the operation was sent; elsewhere all that did not lose was.
func (r record) verdict(field string) any {
	switch {
	case slices.Contains(r.op.Dropped, field):
		return "remote won"
	case r.op.State != store.Conflict:
		return nil
	case slices.Contains(r.op.Dropped, "items"):
		return "not sent"
	}
	return "applied"
}

var compareView = output.View{Kind: "FieldComparison", Plural: "fields", IDField: "field", NameField: "field", Columns: []output.Column{
	{Name: "field", Header: "FIELD"}, {Name: "base", Header: "BASE", Max: 40, Priority: 2}, {Name: "mine", Header: "MINE", Max: 40, Priority: 1},
	{Name: "remote", Header: "REMOTE", Max: 40, Priority: 1}, {Name: "verdict", Header: "VERDICT", Priority: 3},
}}

// compare lays base, own and remote values side by side.
func compare(base, mine, remote map[string]json.RawMessage, verdict func(string) any) []output.Record {
	names := map[string]bool{}
	for _, side := range []map[string]json.RawMessage{mine, remote} {
		for name := range side {
			names[name] = true
		}
	}
	var sorted []string
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	rows := make([]output.Record, len(sorted))
	for i, name := range sorted {
		rows[i] = cmdutil.ObjectRecord{Kind: "FieldComparison", Value: map[string]string{"field": name}, Cells: map[string]any{
			"field": name, "base": raw(base[name]), "mine": raw(mine[name]), "remote": raw(remote[name]), "verdict": verdict(name),
		}}
	}
	return rows
}

func raw(v json.RawMessage) any {
	if v == nil {
		return nil
	}
	return string(v)
}

// open returns the journal; reading it needs no connection.
func open(ctx context.Context, f *cmdutil.Factory) (*store.Journal, error) { return f.Journal(ctx) }

// completeIDs completes operation ids with what they are.
func completeIDs(f *cmdutil.Factory, states ...store.State) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return f.OperationIDs(cmd.Context(), states...), cobra.ShellCompDirectiveNoFileComp
	}
}
