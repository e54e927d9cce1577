package cmdutil

// This file is about one thing: finding the resource that an argument names, by
// id or by name.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// Found is a resource as it is now, with what a base is taken from.
type Found[T any] struct {
	Value   T
	Raw     json.RawMessage // as the server sent it, with pending operations over it
	ID      string
	Name    string
	Pending string    // what is pending on it; "" = nothing
	Read    time.Time // when the server answered it
	From    string    // "server", "cache" or "journal": where the base comes from
}

// Where a base comes from (journal.Operation.BaseFrom).
const (
	baseServer  = "server"
	baseCache   = "cache"
	baseJournal = "journal" // a pending create's own values
)

// Resolve finds a resource by id or name and reads it. Names are not unique on
// this platform, so a name that several carry is an error that lists them.
// Without a connection the answer is that of the snapshot cache.
func Resolve[T any](ctx context.Context, f *Factory, k *api.Kind[T], arg string) (*Found[T], error) {
	c, err := f.Client()
	if err != nil {
		return nil, err
	}
	if arg == "" {
		return nil, api.Invalid(k.Noun, arg, "is empty", "give an id or a name")
	}
	var noSuchID error
	if arg = realID(ctx, f, arg); k.ID.Matches(arg) || journal.IsTemporary(arg) {
		found, err := read(ctx, f, c, k, arg)
		if !api.IsKind(err, api.KindNotFound) {
			return found, err
		}
		noSuchID = err
	}
	id, err := idByName(ctx, f, c, k, arg)
	if noSuchID != nil && api.IsKind(err, api.KindNotFound) {
		return nil, noSuchID // it looks like an id, so that is what was meant
	}
	if err != nil {
		return nil, err
	}
	return read(ctx, f, c, k, id)
}

// ResolveID finds a resource's id and name without reading its detail; an id
// given as such is taken at its word.
func ResolveID[T any](ctx context.Context, f *Factory, k *api.Kind[T], arg string) (string, error) {
	if arg = realID(ctx, f, arg); k.ID.Matches(arg) || journal.IsTemporary(arg) {
		return arg, nil
	}
	if arg == "" {
		return "", api.Invalid(k.Noun, arg, "is empty", "give an id or a name")
	}
	c, err := f.Client()
	if err != nil {
		return "", err
	}
	return idByName(ctx, f, c, k, arg)
}

// ResolveIDs finds the resources that several arguments name, each once. For
// more than one name the list is read once.
func ResolveIDs[T any](ctx context.Context, f *Factory, k *api.Kind[T], args []string) ([]string, error) {
	var rows []T
	var ids []string
	for _, arg := range args {
		id := arg
		switch {
		case k.ID.Matches(arg):
		case len(args) == 1 || arg == "":
			var err error
			if id, err = ResolveID(ctx, f, k, arg); err != nil {
				return nil, err
			}
		default:
			if rows == nil {
				c, err := f.Client()
				if err != nil {
					return nil, err
				}
				if rows, err = k.List(ctx, c, nil, 0); err != nil && !c.Offline() {
					return nil, err
				}
				if rows, _ = overlay(ctx, f, k, rows); err != nil && len(rows) == 0 {
					return nil, err
				}
			}
			v, err := byName(k, rows, arg)
			if err != nil {
				return nil, err
			}
			id = k.IDOf(v)
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func read[T any](ctx context.Context, f *Factory, c *api.Client, k *api.Kind[T], id string) (*Found[T], error) {
	if found := pendingCreate(ctx, f, k, id); found != nil {
		return found, nil
	}
	if journal.IsTemporary(id) { // its create was refused or dropped
		return nil, api.Errorf(api.KindNotFound, "no pending operation makes the %s %s", k.Noun, id).
			WithHint("look for it by name: vizora %s list", k.Noun)
	}
	row, err := k.Read(ctx, c, id)
	if err != nil {
		if e := AsError(err); e.Kind == api.KindNotFound {
			e.Message = fmt.Sprintf("no %s has the id %s", k.Noun, id)
			e.Hint = fmt.Sprintf("vizora %s list shows what there is", k.Command())
			return nil, e
		}
		return nil, err
	}
	found := &Found[T]{Value: row.Value, Raw: row.Raw, ID: k.IDOf(row.Value), Name: k.NameOf(row.Value), Read: row.Read, From: baseServer}
	if row.Stale {
		found.From = baseCache
	}
	overlayOne(ctx, f, k, found)
	return found, nil
}

func idByName[T any](ctx context.Context, f *Factory, c *api.Client, k *api.Kind[T], name string) (string, error) {
	query := searchQuery(&k.Schema, name)
	rows, err := k.List(ctx, c, query, 0)
	if err != nil && c.Offline() { // the narrowed list was never read; perhaps the whole one was
		rows, err = k.List(ctx, c, nil, 0)
	}
	unread := err
	if err != nil && !c.Offline() {
		return "", err
	}
	rows, _ = overlay(ctx, f, k, rows) // what was never read still has what is pending
	v, err := byName(k, rows, name)
	if err == nil {
		return k.IDOf(v), nil
	}
	if api.IsKind(err, api.KindNotFound) && (unread != nil || query != nil) { // the rows before a pending rename were not among those
		if id := renamedTo(&k.Schema, pendingOn(ctx, f, k.Kind), name); id != "" {
			return id, nil
		}
	}
	if unread != nil && api.IsKind(err, api.KindNotFound) {
		return "", unread
	}
	return "", err
}

// renamedTo is the id of the one resource to which pending changes give a name,
// or "".
func renamedTo(s *api.Schema, ops []journal.Operation, name string) string {
	names := map[string]string{}
	for i := range ops {
		var text string
		if raw := ops[i].Changes[s.NameField()]; raw != nil && ops[i].Effect != journal.Create && json.Unmarshal(raw, &text) == nil {
			names[ops[i].Target] = text
		}
	}
	found := ""
	for id, text := range names {
		if text != name {
			continue
		}
		if found != "" {
			return ""
		}
		found = id
	}
	return found
}

// Pick finds the resource that an argument names, by id or name, in a list that
// was read already.
func Pick[T any](k *api.Kind[T], rows []T, arg string) (T, error) {
	if arg == "" {
		return *new(T), api.Invalid(k.Noun, arg, "is empty", "give an id or a name")
	}
	for i := range rows {
		if k.ID.Matches(arg) && strings.EqualFold(k.IDOf(rows[i]), arg) {
			return rows[i], nil
		}
	}
	return byName(k, rows, arg)
}

func byName[T any](k *api.Kind[T], rows []T, name string) (T, error) {
	exact, folded := match(k, rows, name)
	if len(exact) == 0 {
		exact = folded
	}
	switch len(exact) {
	case 1:
		return exact[0], nil
	case 0:
		return *new(T), notNamed(k, rows, name)
	}
	e := api.Errorf(api.KindAmbiguous, "%d %s are named %q", len(exact), k.Plural, name)
	e.Field, e.Value = k.Noun, name
	for i, v := range exact {
		if i == 10 {
			e.Details = append(e.Details, fmt.Sprintf("and %d more", len(exact)-i))
			break
		}
		e.Details = append(e.Details, candidate(k, v))
	}
	return *new(T), e
}

// match returns the rows of exactly that name, and those that differ only in
// letter case. What the server shows of a name differs from what was typed when
// it holds < or > (contract rest 1.7), so both forms are tried.
func match[T any](k *api.Kind[T], rows []T, name string) (exact, folded []T) {
	_, shown := api.Stored(name)
	for i := range rows {
		n := k.NameOf(rows[i])
		switch {
		case n == name, n == shown:
			exact = append(exact, rows[i])
		case strings.EqualFold(n, name):
			folded = append(folded, rows[i])
		}
	}
	return exact, folded
}

// searchQuery narrows a list by name where the server can: it searches the
// stored, escaped form (contract rest 1.7), and at most 120 characters.
func searchQuery(s *api.Schema, name string) url.Values {
	stored, _ := api.Stored(name)
	if s.Search == "" || stored == "" || len(stored) > 120 {
		return nil
	}
	return url.Values{s.Search: {stored}}
}

func notNamed[T any](k *api.Kind[T], rows []T, name string) error {
	e := api.Errorf(api.KindNotFound, "no %s is named %q", k.Noun, name)
	e.Field, e.Value = k.Noun, name
	names := make([]string, len(rows))
	for i := range rows {
		names[i] = k.NameOf(rows[i])
	}
	if near := api.Nearest(name, names); near != "" {
		return e.WithHint("did you mean %q?", near)
	}
	return e.WithHint("vizora %s list shows what there is", k.Command())
}

// candidate is a line that tells one of several resources of a name apart.
func candidate[T any](k *api.Kind[T], v T) string {
	parts := []string{k.IDOf(v)}
	for i := range k.Fields {
		f := &k.Fields[i]
		if f.Column.Header == "" || f.Name == "id" || f.Name == "name" || len(parts) == 4 {
			continue
		}
		value := (record[T]{kind: k, value: v}).Field(f.Name)
		if t, ok := value.(time.Time); ok {
			value = t.UTC().Format(time.RFC3339)
		}
		if value != nil && value != "" {
			parts = append(parts, fmt.Sprintf("%s %v", strings.ToLower(f.Column.Header), value))
		}
	}
	return strings.Join(parts, "  ")
}
