package cmdutil

// This file is about one thing: showing pending operations over what was read,
// so that a change that is recorded but not applied yet is seen, and marked.

import (
	"context"
	"encoding/json"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// pendingOn returns this user's pending operations on a kind; none when there
// is no journal to ask, as before the first sign-in.
func pendingOn(ctx context.Context, f *Factory, kind string) []journal.Operation {
	if !f.hasJournal() {
		return nil
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return nil
	}
	owner := j.Owner()
	ops, err := j.List(ctx, journal.Filter{States: journal.Pending(), Kind: kind, Owner: &owner})
	if err != nil {
		f.IO.Warn("not all pending changes are shown: %s", journal.Told(err))
	}
	return ops
}

// overlay lays pending operations over rows. marks names what is pending on a
// row ("create", "update", "delete", "action"), by id. Rows of pending creates
// come first, as the server will list them.
func overlay[T any](ctx context.Context, f *Factory, k *api.Kind[T], rows []T) (out []T, marks map[string]string) {
	ops := pendingOn(ctx, f, k.Kind)
	if len(ops) == 0 {
		return rows, nil
	}
	touched := map[string]bool{}
	for i := range ops {
		touched[ops[i].Target] = true
		for _, id := range ops[i].Touches {
			touched[id] = true
		}
	}
	var raw []json.RawMessage
	var at []int // index in rows of each raw row
	for i := range rows {
		if touched[k.IDOf(rows[i])] {
			if r, err := json.Marshal(rows[i]); err == nil {
				raw, at = append(raw, r), append(at, i)
			}
		}
	}
	marks = map[string]string{}
	laid := journal.Overlay(&k.Schema, raw, ops)
	created := len(laid) - len(raw)
	out = make([]T, 0, len(rows)+created)
	for i := range laid {
		v, err := k.Decode(laid[i].Row)
		if err != nil {
			continue // a row that cannot be decoded stays as it was read
		}
		marks[k.IDOf(v)] = string(laid[i].Mark)
		if i < created {
			out = append(out, v)
		} else {
			rows[at[i-created]] = v
		}
	}
	return append(out, rows...), marks
}

// overlayOne lays pending operations over one row as the server sent it.
func overlayOne[T any](ctx context.Context, f *Factory, k *api.Kind[T], found *Found[T]) {
	ops := pendingOnOne(ctx, f, k.Kind, found.ID)
	if len(ops) == 0 {
		return
	}
	for _, row := range journal.Overlay(&k.Schema, []json.RawMessage{found.Raw}, ops) {
		v, err := k.Decode(row.Row)
		if err != nil || k.IDOf(v) != found.ID {
			continue
		}
		found.Value, found.Raw, found.Name = v, row.Row, k.NameOf(v)
		found.Pending = string(row.Mark)
	}
}

// pendingOnOne returns this user's pending operations on one resource.
func pendingOnOne(ctx context.Context, f *Factory, kind, id string) []journal.Operation {
	if !f.hasJournal() {
		return nil
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return nil
	}
	ops, err := j.On(ctx, kind, id)
	if err != nil {
		f.IO.Warn("not all pending changes are shown: %s", journal.Told(err))
	}
	return ops
}

// realID is what the server calls a resource that the user knows by the
// temporary id that it had before its creation went out.
func realID(ctx context.Context, f *Factory, arg string) string {
	if !journal.IsTemporary(arg) || !f.hasJournal() {
		return arg
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return arg
	}
	if real, err := j.Made(ctx, arg); err == nil && real != "" {
		return real
	}
	return arg
}

// pendingCreate returns the row of a pending create by its temporary id, or nil.
func pendingCreate[T any](ctx context.Context, f *Factory, k *api.Kind[T], id string) *Found[T] {
	if !journal.IsTemporary(id) {
		return nil
	}
	return createdRow(f, k, id, pendingOnOne(ctx, f, k.Kind, id))
}

// createdRow is the row that the server will have of a create, once ops, which
// begin with it, are through.
func createdRow[T any](f *Factory, k *api.Kind[T], id string, ops []journal.Operation) *Found[T] {
	for _, row := range journal.Overlay(&k.Schema, nil, ops) {
		v, err := k.Decode(row.Row)
		if err == nil && k.IDOf(v) == id {
			return &Found[T]{Value: v, Raw: row.Row, ID: id, Name: k.NameOf(v), Pending: string(row.Mark), Read: f.Now(), From: baseJournal}
		}
	}
	return nil
}
