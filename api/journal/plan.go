package journal

// This file is about one thing: telling what each pending operation would do
// now, before anything is sent.

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/vizora/vizora-cli/api"
)

// PlanVerdict is what would become of an operation.
type PlanVerdict string

// The verdicts.
const (
	PlanSend     PlanVerdict = "send"     // it would be sent
	PlanAlready  PlanVerdict = "already"  // the remote is as wanted
	PlanPartial  PlanVerdict = "partial"  // some fields would be sent, the remote wins the others
	PlanConflict PlanVerdict = "conflict" // the remote wins
	PlanReject   PlanVerdict = "reject"   // expired, its file changed, or the server would refuse it
	PlanReadBack PlanVerdict = "readback" // it was cut off: first the server is asked what became of it
	PlanUnknown  PlanVerdict = "unknown"  // a person must resolve it
	PlanForeign  PlanVerdict = "foreign"  // it belongs to another server, organization or user
)

// PlanItem is one pending operation with its base, its own values and the
// remote's, by field.
type PlanItem struct {
	Operation Operation
	Verdict   PlanVerdict
	Reason    string
	Base      api.Changes
	Mine      api.Changes
	Remote    api.Changes // touched fields as they are now; nil when they were not read
	Behind    string      // id of the operation on the same resource that goes first
}

// Plan looks at every pending operation. It sends nothing but GETs, and changes
// nothing. An operation behind another is judged by the remote as it is now. An
// error about damage comes with all that can be read.
func (j *Journal) Plan(ctx context.Context) ([]PlanItem, error) {
	pending, damaged := j.List(ctx, Filter{States: Pending()})
	if unlessDamage(damaged) != nil {
		return nil, damaged
	}
	items := make([]PlanItem, 0, len(pending))
	last := map[string]string{}
	for i := range pending {
		item, err := j.planOne(ctx, pending[i])
		if err != nil {
			return nil, err
		}
		for _, lane := range pending[i].lanes() {
			item.Behind = cmp.Or(item.Behind, last[lane])
			last[lane] = pending[i].ID
		}
		items = append(items, item)
	}
	return items, damaged
}

func (j *Journal) planOne(ctx context.Context, op Operation) (PlanItem, error) {
	item := PlanItem{Operation: op, Verdict: PlanSend}
	item.Base, item.Mine, _ = op.Redacted().Sides()
	switch {
	case op.Owner != j.opts.Owner:
		item.Verdict = PlanForeign
		return item, nil
	case op.State == Unknown:
		item.Verdict = PlanUnknown
		return item, nil
	case op.State == Sending && (op.Effect == Create || op.Effect == Once):
		item.Verdict = PlanReadBack
		return item, nil
	case len(op.DependsOn) > 0:
		item.Reason = "after what it names is made"
		return item, nil
	case j.opts.Client == nil:
		return item, api.Errorf(api.KindInternal, "the journal has no client to read with")
	}
	d := &delivery{j: j, op: &op, schema: api.SchemaOf(op.Kind), client: j.opts.Client, lost: op.State == Sending, dry: true}
	if v, stop := d.preflight(manner{}); stop {
		item.Verdict, item.Reason = PlanReject, v.err.Error()
		return item, nil
	}
	req, v, err := d.form(ctx)
	if err != nil {
		return item, err
	}
	item.Remote = touched(d.remote, &op)
	item.judge(req, v, &op)
	item.showSides(&op)
	return item, nil
}

// showSides fills in what an operation without changed fields compares: the
// names in a playlist's item lists, and for a delete the fields that count as an
// edit.
func (p *PlanItem) showSides(op *Operation) {
	switch op.Effect {
	case Items:
		p.Base, p.Mine = api.Changes{"items": itemNames(op.BaseItems)}, api.Changes{"items": op.wantedItems()}
		if remote, err := decodeItems(p.Remote["items"]); err == nil && p.Remote["items"] != nil {
			p.Remote = api.Changes{"items": itemNames(remote)}
		}
	case Delete:
		p.Mine = api.Changes{"deleted": json.RawMessage("true")}
		if edited := differing(api.SchemaOf(op.Kind), p.Base, p.Remote); len(edited) > 0 {
			p.Mine = api.Changes{}
			for _, name := range edited {
				p.Mine[name] = json.RawMessage(`"deleted"`)
			}
		}
	}
}

// differing lists the fields in which two rows differ.
func differing(s *api.Schema, base, remote api.Changes) []string {
	var names []string
	if s == nil {
		return nil
	}
	for _, name := range base.Names() {
		if now, ok := remote[name]; ok && s.Field(name) != nil && !sameValue(s.Field(name), base[name], now) {
			names = append(names, name)
		}
	}
	return names
}

// wantedItems are the names of the items that the operation makes of its base.
func (op *Operation) wantedItems() json.RawMessage {
	if op.ReplaceAll {
		return itemNames(specItems(op.NewItems))
	}
	edited, err := api.ApplyEdits(op.BaseItems, op.Edits)
	if err != nil {
		edited = op.BaseItems
	}
	return itemNames(edited)
}

// itemNames is a list of items as people tell them apart.
func itemNames(items []api.PlaylistItem) json.RawMessage {
	names := make([]string, len(items))
	for i := range items {
		names[i] = items[i].ContentName()
	}
	raw, _ := json.Marshal(names) // strings always marshal
	return raw
}

func (p *PlanItem) judge(req *api.Request, v verdict, op *Operation) {
	if v.err != nil {
		p.Reason = v.err.Error()
	}
	switch {
	case req != nil && len(op.Dropped) > 0:
		p.Verdict = PlanPartial
	case req != nil:
		p.Verdict = PlanSend
	case v.state == Applied:
		p.Verdict = PlanAlready
	case v.state == Conflict:
		p.Verdict = PlanConflict
	case v.state == Unknown:
		p.Verdict = PlanUnknown
	default:
		p.Verdict = PlanReject
	}
}

// touched narrows the remote's fields to those the operation is about.
func touched(remote api.Changes, op *Operation) api.Changes {
	if remote == nil || op.Effect == Many {
		return remote
	}
	out := api.Changes{}
	for _, fields := range []api.Changes{op.Changes, op.Base} {
		for name := range fields {
			if v, ok := remote[name]; ok {
				out[name] = v
			}
		}
	}
	if op.Effect == Items {
		out["items"] = remote["items"]
	}
	return out
}
