package journal

// This file is about one thing: "sync" and "sync --plan".

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	store "github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type syncOptions struct {
	factory *cmdutil.Factory
	ids     []string
	plan    bool
	workers int
}

// NewSync makes the sync command.
func NewSync(f *cmdutil.Factory) *cobra.Command { return newSync(f, nil) }

func newSync(f *cmdutil.Factory, run func(context.Context, *syncOptions) error) *cobra.Command {
	o := &syncOptions{factory: f}
	if run == nil {
		run = runSync
	}
	cmd := &cobra.Command{
		Use: "sync [ID...]", Args: cmdutil.Args("[ID...]"), Short: "Deliver pending operations, or show what they would do",
		Long: `Delivers pending operations in order, several resources at a time. --plan sends
nothing: it compares each operation's base with the server's value now, and says
what would become of it.`,
		Example:           "  vizora sync --plan\n  vizora sync -o json",
		ValidArgsFunction: completeIDs(f, store.Pending()...),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.ids = args
			return run(ctx, o)
		}),
	}
	cmd.Flags().BoolVar(&o.plan, "plan", false, "send nothing; show base, mine, remote and the verdict for each operation")
	cmd.Flags().IntVar(&o.workers, "workers", 4, "`N` resources at a time")
	return cmd
}

func runSync(ctx context.Context, o *syncOptions) error {
	if o.workers < 1 {
		return api.Invalid("--workers", fmt.Sprint(o.workers), "is out of range", "give at least 1")
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	if o.plan {
		return showPlan(ctx, o, p, j)
	}
	wait := o.factory.IO.Wait("delivering pending operations")
	report, err := j.Sync(ctx, store.SyncOptions{IDs: wanted(o.ids), Workers: o.workers})
	wait.Stop()
	if err != nil {
		return err
	}
	records := make([]output.Record, 0, len(report.Results))
	for i := range report.Results {
		records = append(records, resultRecord{&report.Results[i]})
	}
	if err := p.List(resultView, records); err != nil {
		return err
	}
	o.factory.IO.Say("%s", cmdutil.SyncSummary(report))
	return report.Err()
}

var resultView = output.View{Kind: "SyncResult", Plural: "operations", NameField: "summary", Columns: []output.Column{
	{Name: "id", Header: "ID"}, {Name: "result", Header: "RESULT", Priority: 1, Styles: map[string]output.Style{
		"applied": output.Good, "conflict": output.Warning, "rejected": output.Bad, "unknown": output.Bad}},
	{Name: "summary", Header: "WHAT", Priority: 2, Max: 64}, {Name: "remote", Header: "REMOTE-WON", Priority: 3, Max: 40}, {Name: "reason", Header: "REASON", Priority: 4, Max: 60},
}}

// resultRecord shows what became of one operation in a sync.
type resultRecord struct{ r *store.Result }

func (s resultRecord) Field(name string) any {
	op := s.r.Operation
	switch name {
	case "result":
		return string(op.State)
	case "remote":
		if len(op.Dropped) == 0 {
			return nil
		}
		return op.Dropped
	case "reason":
		if s.r.Err != nil && (len(op.Dropped) == 0 || op.RemoteGone() || op.Effect != store.Update) {
			return ownWords(op, s.r.Err.Error())
		}
		return nil
	}
	return record{op}.Field(name)
}

func (s resultRecord) AppendJSON(dst []byte) ([]byte, error) {
	op := s.r.Operation.Redacted()
	message := ""
	if s.r.Err != nil {
		message = s.r.Err.Error()
	}
	return cmdutil.ObjectRecord{Kind: "SyncResult", Value: struct {
		ID       string          `json:"id"`
		Result   store.State     `json:"result"`
		Resource string          `json:"resource"`
		Verb     string          `json:"verb"`
		Target   string          `json:"target"`
		Name     string          `json:"name"`
		Summary  string          `json:"summary"`
		Dropped  []string        `json:"dropped,omitempty"`
		Mine     api.Changes     `json:"mine,omitempty"`
		Remote   api.Changes     `json:"remote,omitempty"`
		Created  string          `json:"created,omitempty"`
		Message  string          `json:"message,omitempty"`
		Row      json.RawMessage `json:"-"`
	}{op.ID, op.State, op.Kind, op.Verb, op.Target, op.Label, op.Summary, op.Dropped, op.Changes, op.Remote, op.ResultID, message, nil}}.AppendJSON(dst)
}

var planView = output.View{Kind: "PlanItem", Plural: "operations", NameField: "summary", Columns: []output.Column{
	{Name: "id", Header: "ID"}, {Name: "verdict", Header: "VERDICT", Priority: 1, Styles: map[string]output.Style{
		"send": output.Good, "already": output.Dim, "conflict": output.Warning, "partial": output.Warning, "reject": output.Bad, "unknown": output.Bad}},
	{Name: "summary", Header: "WHAT", Priority: 2, Max: 56}, {Name: "field", Header: "FIELD", Priority: 3},
	{Name: "base", Header: "BASE", Priority: 5, Max: 30}, {Name: "mine", Header: "MINE", Priority: 4, Max: 30}, {Name: "remote", Header: "REMOTE", Priority: 4, Max: 30},
	{Name: "reason", Header: "REASON", Priority: 6, Max: 48},
}}

// planRow is one field of one operation; an operation without fields has one row.
type planRow struct {
	item  *store.PlanItem
	field string
}

func (r planRow) Field(name string) any {
	switch name {
	case "verdict":
		return string(r.item.Verdict)
	case "reason":
		if r.item.Reason == "" {
			return nil
		}
		return ownWords(&r.item.Operation, r.item.Reason)
	case "field":
		if r.field == "" {
			return nil
		}
		return r.field
	case "base":
		return raw(r.item.Base[r.field])
	case "mine":
		return raw(r.item.Mine[r.field])
	case "remote":
		return raw(r.item.Remote[r.field])
	}
	return record{&r.item.Operation}.Field(name)
}

func (r planRow) AppendJSON(dst []byte) ([]byte, error) {
	op := &r.item.Operation
	return cmdutil.ObjectRecord{Kind: "PlanItem", Value: struct {
		ID       string            `json:"id"`
		Verdict  store.PlanVerdict `json:"verdict"`
		Reason   string            `json:"reason,omitempty"`
		Resource string            `json:"resource"`
		Verb     string            `json:"verb"`
		Target   string            `json:"target"`
		Name     string            `json:"name"`
		Summary  string            `json:"summary"`
		Base     api.Changes       `json:"base,omitempty"`
		Mine     api.Changes       `json:"mine,omitempty"`
		Remote   api.Changes       `json:"remote,omitempty"`
		Edits    []api.ItemEdit    `json:"edits,omitempty"`
		Behind   string            `json:"behind,omitempty"`
	}{op.ID, r.item.Verdict, r.item.Reason, op.Kind, op.Verb, op.Target, op.Label, op.Summary, r.item.Base, r.item.Mine, r.item.Remote, op.Edits, r.item.Behind}}.AppendJSON(dst)
}

// showPlan prints one object per operation, or in a table one row per field.
func showPlan(ctx context.Context, o *syncOptions, p *output.Printer, j *store.Journal) error {
	wait := o.factory.IO.Wait("comparing with the server")
	items, damaged := j.Plan(ctx)
	wait.Stop()
	if damaged != nil && !store.IsDamage(damaged) {
		return damaged
	}
	format, err := o.factory.Format()
	if err != nil {
		return err
	}
	table := format.Name == "table" || format.Name == "wide" || format.Name == "csv"
	var records []output.Record
	for i := range items {
		fields := items[i].Mine.Names()
		if !table || len(fields) == 0 {
			fields = []string{""}
		}
		for _, field := range fields {
			records = append(records, planRow{&items[i], field})
		}
	}
	if err := p.List(planView, records); err != nil {
		return err
	}
	return damaged
}

// wanted is the ids to deliver; nil means all.
func wanted(ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	return ids
}
