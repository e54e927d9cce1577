package cmdutil

// This file is about one thing: refusing, before anything is sent, what the
// server would answer 500 to or store as nonsense (contract rest 25, item 9).

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// checkOneOf holds a kind's "exactly one of these".
func checkOneOf(s *api.Schema, changes api.Changes, create bool) error {
	if len(s.OneOf) == 0 {
		return nil
	}
	var flags, given []string
	for _, name := range s.OneOf {
		flag := "--" + s.Field(name).Flag
		flags = append(flags, flag)
		if raw, ok := changes[name]; ok && string(raw) != "null" {
			given = append(given, flag)
		}
	}
	switch {
	case len(given) > 1:
		return Usage("%s exclude each other", strings.Join(given, " and ")).WithHint("a %s has exactly one of %s", s.Noun, strings.Join(flags, ", "))
	case len(given) == 0 && create:
		return Usage("one of %s is missing: %s needs exactly one", strings.Join(flags, ", "), withArticle(s.Noun))
	}
	return nil
}

// checkUnique looks for another resource that has the fields which the platform
// keeps unique: it would answer 500 and say nothing. It is asked only of the
// kinds whose list comes in one piece. before is nil for a create.
func checkUnique[T any](ctx context.Context, f *Factory, k *api.Kind[T], before *Found[T], changes api.Changes) error {
	if !k.Unpaged || len(k.Unique) == 0 || before != nil && !touches(k.Unique, changes) {
		return nil
	}
	c, err := f.Client()
	if err != nil {
		return err
	}
	rows, err := k.List(ctx, c, nil, 0)
	if c.Offline() {
		return nil // the delivery will find out
	}
	if err != nil {
		return err
	}
	rows, _ = overlay(ctx, f, k, rows)
	wanted := make([]json.RawMessage, len(k.Unique))
	for i, name := range k.Unique {
		raw, changed := changes[name]
		if !changed && before != nil {
			raw = record[T]{kind: k, value: before.Value}.shown(name)
		}
		if i > 0 && (len(raw) == 0 || string(raw) == "null") {
			return nil // null is like nothing else: the platform takes it twice
		}
		wanted[i] = asStored(raw)
	}
	for i := range rows {
		if before != nil && k.IDOf(rows[i]) == before.ID {
			continue
		}
		same := true
		for j, name := range k.Unique {
			same = same && bytes.Equal(wanted[j], asStored(record[T]{kind: k, value: rows[i]}.shown(name)))
		}
		if same {
			name := k.Field(k.Unique[0])
			e := api.Invalid(fieldLabel(name), text(changes[name.Name]), "is taken: the platform keeps it unique and would fail without a word", "another "+name.Name)
			e.Details = []string{candidate(k, rows[i])}
			return e
		}
	}
	return nil
}

func fieldLabel(f *api.Field) string {
	if f.Flag != "" {
		return "--" + f.Flag
	}
	return f.Name
}

func touches(names []string, changes api.Changes) bool {
	for _, name := range names {
		if _, ok := changes[name]; ok {
			return true
		}
	}
	return false
}

// asStored is a text in the form that the server shows (contract rest 1.7).
func asStored(raw json.RawMessage) json.RawMessage {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return raw
	}
	_, shown := api.Stored(s)
	out, _ := marshalJSON(shown) // a string always marshals
	return out
}
