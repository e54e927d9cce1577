package journal

// This file is about one thing: showing what the server will have once the
// pending operations are through.

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/vizora/vizora-cli/api"
)

// Mark says what pending operations do to a row.
type Mark string

// The marks. A delete outweighs an update, a create is what the row came from.
const (
	MarkNone    Mark = ""
	MarkCreated Mark = "create"
	MarkUpdated Mark = "update"
	MarkDeleted Mark = "delete"
	MarkAction  Mark = "action" // something is done with it that does not show in its fields
)

// OverlayRow is a row as the server will have it.
type OverlayRow struct {
	Row     json.RawMessage
	Mark    Mark
	Pending []string // ids of the pending operations on it, in order
	State   State    // of the first of them; "" when there is none
}

// Overlay applies pending operations to the rows of a list or a get. Rows of
// pending creates come first, newest first, as the server lists them. Settled
// operations are left out: what was rejected or lost does not show. It changes
// none of its arguments; a row or value that cannot be decoded stays as it is.
func Overlay(s *api.Schema, rows []json.RawMessage, ops []Operation) []OverlayRow {
	out := make([]OverlayRow, len(rows))
	index := make(map[string]int, len(rows))
	for i, row := range rows {
		out[i].Row = row
		index[rowID(row)] = i
	}
	var created []OverlayRow
	made := map[string]int{}
	for i := range ops {
		op := &ops[i]
		if op.Kind != s.Kind || !op.State.undecided() {
			continue
		}
		if op.Effect == Create {
			made[op.Target] = len(created)
			created = append(created, OverlayRow{Row: createdRow(s, op), Mark: MarkCreated, Pending: []string{op.ID}, State: op.State})
			continue
		}
		for _, id := range op.resources() {
			if at, ok := index[id]; ok {
				out[at].apply(s, op)
			} else if at, ok := made[id]; ok {
				created[at].apply(s, op)
			}
		}
	}
	slices.Reverse(created)
	return append(created, out...)
}

// Resources are the ids of what the operation is about, each once.
func (op *Operation) Resources() []string { return op.resources() }

// Overlay applies this journal's pending operations of its owner to rows.
func (j *Journal) Overlay(ctx context.Context, s *api.Schema, rows []json.RawMessage) ([]OverlayRow, error) {
	ops, err := j.List(ctx, Filter{States: Pending(), Kind: s.Kind, Owner: &j.opts.Owner})
	return Overlay(s, rows, ops), err
}

// AfterApplied is a row that was read earlier, as an applied operation has left
// it; nil when it is gone. The answer, where it is of that row, says more than
// the intent.
func AfterApplied(s *api.Schema, row json.RawMessage, op *Operation, answer json.RawMessage) json.RawMessage {
	if op.Effect == Delete {
		return nil
	}
	r := OverlayRow{Row: row}
	r.apply(s, op)
	var before, fresh map[string]json.RawMessage
	if rowID(answer) != rowID(row) || json.Unmarshal(r.Row, &before) != nil || json.Unmarshal(answer, &fresh) != nil {
		return r.Row
	}
	maps.Copy(before, fresh)
	merged, err := json.Marshal(before)
	if err != nil {
		return r.Row
	}
	return merged
}

func rowID(row json.RawMessage) string {
	var r struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(row, &r) != nil {
		return ""
	}
	return r.ID
}

func (r *OverlayRow) apply(s *api.Schema, op *Operation) {
	if r.State == "" {
		r.State = op.State
	}
	r.Pending = append(r.Pending, op.ID)
	switch op.Effect {
	case Update:
		r.mark(MarkUpdated)
		r.Row = withFields(s, r.Row, op.Changes)
	case Items:
		r.mark(MarkUpdated)
		r.Row = withFields(s, r.Row, op.Changes)
		r.Row = withEdits(r.Row, op)
	case Delete:
		r.mark(MarkDeleted)
	default: // an action may tell what becomes of the fields
		r.mark(MarkAction)
		if len(op.Changes) > 0 {
			r.mark(MarkUpdated)
			r.Row = withFields(s, r.Row, op.Changes)
		}
	}
}

// mark keeps the weightiest mark.
func (r *OverlayRow) mark(m Mark) {
	weight := map[Mark]int{MarkNone: 0, MarkAction: 1, MarkUpdated: 2, MarkCreated: 3, MarkDeleted: 4}
	if weight[m] > weight[r.Mark] {
		r.Mark = m
	}
}

// withFields sets fields under the names in which the server shows them.
func withFields(s *api.Schema, row json.RawMessage, changes api.Changes) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(row, &fields) != nil || fields == nil {
		return row
	}
	for name, value := range changes {
		if f := s.Field(name); f != nil && !f.Nested() {
			fields[f.ReadKey()] = shownValue(f, value)
		}
	}
	out, err := json.Marshal(fields)
	if err != nil {
		return row
	}
	return out
}

// shownValue is the value as the server will show it: strings come back
// rewritten (contract rest 1.7).
func shownValue(f *api.Field, value json.RawMessage) json.RawMessage {
	var text string
	if f.Type == api.TypeTime || exempt(f.Write) || json.Unmarshal(value, &text) != nil || isNull(value) {
		return value
	}
	_, shown := api.Stored(text)
	raw, err := json.Marshal(shown)
	if err != nil {
		return value
	}
	return raw
}

// withEdits carries out item intents on a row that shows its items.
func withEdits(row json.RawMessage, op *Operation) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(row, &fields) != nil || fields["items"] == nil {
		return row
	}
	items, err := decodeItems(fields["items"])
	if err != nil {
		return row
	}
	list, won, err := mergeItems(op, items)
	if err != nil || won != "" {
		return row
	}
	for i := range list {
		list[i].Order = i
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return row
	}
	fields["items"] = raw
	for _, computed := range []string{"itemCount", "totalDuration", "totalSize"} {
		delete(fields, computed) // counted from the items by whoever shows the row
	}
	out, err := json.Marshal(fields)
	if err != nil {
		return row
	}
	return out
}

func createdRow(s *api.Schema, op *Operation) json.RawMessage {
	fields := map[string]any{"id": op.Target, "createdAt": op.Created, "updatedAt": op.Created}
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Default != "" && f.Write != "" {
			fields[f.ReadKey()] = json.RawMessage(f.Default)
		}
	}
	changes := op.Changes
	if len(changes) == 0 && s.Field("name") != nil {
		if raw, err := json.Marshal(op.Label); err == nil {
			changes = api.Changes{"name": raw}
		}
	}
	row, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return withFields(s, row, changes)
}
