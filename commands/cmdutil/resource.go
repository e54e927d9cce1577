package cmdutil

// This file is about one thing: the command of a resource kind. List, get,
// create, update and delete come from its description; verbs that are not CRUD
// are ordinary commands that the kind's package adds.

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

// Resource is a kind together with what its commands need beyond the description.
type Resource[T any] struct {
	Kind     *api.Kind[T]
	Long     string            // what to know about the noun, for its help
	Examples map[string]string // by verb: two runnable lines each
	Styles   map[string]map[string]output.Style
	Sections func(T) []output.Section // what "get" shows below the fields

	// Takes names what the server silently takes along when it deletes the
	// resource (contract rest 25, item 1). nil: nothing.
	Takes func(ctx context.Context, c *api.Client, found *Found[T]) ([]string, error)

	// MoreCreate adds flags to create and returns what puts their values into
	// the changes, before anything is sent.
	MoreCreate func(fs *pflag.FlagSet) func(ctx context.Context, f *Factory, changes api.Changes) error

	// CheckChanges refuses combinations that the fields' own checks cannot see.
	CheckChanges func(changes api.Changes) error

	// CheckUpdate refuses, or completes, an update by what the resource is now.
	CheckUpdate func(found *Found[T], changes api.Changes) error

	// AdjustUpdate completes or refuses an update's changes, once it is known
	// what the resource is now.
	AdjustUpdate func(f *Factory, found *Found[T], changes api.Changes) error

	NoCreate bool // the kind's package has its own create
	NoDelete bool // and its own delete

	// BeforeList may answer a list another way, from the server's filters: done
	// says that it did.
	BeforeList func(ctx context.Context, f *Factory, query url.Values) (done bool, err error)

	// MoreList adds flags to list and returns what shows it another way: done
	// says that it did.
	MoreList func(fs *pflag.FlagSet) func(ctx context.Context, f *Factory, rows []T) (done bool, err error)
}

// Described is a resource of which there is nothing to say but its description.
func Described(kind *api.Kind[*api.Object]) *Resource[*api.Object] {
	return &Resource[*api.Object]{Kind: kind}
}

// example is a verb's examples: the resource's own, or its description's.
//
//go:noinline
func (r *Resource[T]) example(verb string) string {
	if text := r.Examples[verb]; text != "" {
		return text
	}
	e := &r.Kind.Examples
	switch verb {
	case "list":
		return e.List
	case "get":
		return e.Get
	case "create":
		return e.Create
	case "update":
		return e.Update
	}
	return e.Delete
}

// Command makes the noun with its CRUD verbs and the kind's own.
func (r *Resource[T]) Command(f *Factory, verbs ...*cobra.Command) *cobra.Command {
	s := &r.Kind.Schema
	var children []*cobra.Command
	if !s.NoList {
		children = append(children, newList(f, r, nil))
	}
	if r.example("get") != "" { // audit entries have no name to be got by
		children = append(children, newGet(f, r, nil))
	}
	if len(s.CanCreate) > 0 && !r.NoCreate {
		children = append(children, newCreate(f, r, nil))
	}
	if len(s.CanUpdate) > 0 {
		children = append(children, newUpdate(f, r, nil))
	}
	if len(s.CanDelete) > 0 && !r.NoDelete {
		children = append(children, newDelete(f, r, nil))
	}
	for i := range s.Actions {
		children = append(children, newAction(f, r, &s.Actions[i], nil))
	}
	for i := range s.Lists {
		l := &s.Lists[i]
		children = append(children, ListBelow(f, Below[*api.Object]{Parent: s, Resource: Described(l.Row), Path: l.Path, Verb: l.Verb, Short: l.Short, Example: l.Example}))
	}
	children = append(children, verbs...)
	if slices.ContainsFunc(verbs, func(c *cobra.Command) bool { return c.Name() == "add" }) {
		for _, c := range children {
			c.Aliases = slices.DeleteFunc(c.Aliases, func(alias string) bool { return alias == "add" }) // of create
		}
	}
	aliases := []string{s.Plural}
	if s.Plural == s.Noun || strings.Contains(s.Plural, " ") {
		aliases = nil
	}
	long := r.Long
	if long == "" {
		long = s.Long
	}
	return Group(s.Noun, aliases, "Manage "+s.Plural+": "+s.About, long, children...)
}

// View is the kind's table.
//
//go:noinline
func (r *Resource[T]) View() output.View { return ViewOf(&r.Kind.Schema, r.Styles) }

// Record is one resource as a row, for lists that are not the kind's own.
func (r *Resource[T]) Record(v T) output.Record { return record[T]{kind: r.Kind, value: v} }

// Marked is a row with the names of what it refers to, by id, and what is
// pending on it.
func (r *Resource[T]) Marked(v T, names map[string]string, pending string) output.Record {
	return record[T]{kind: r.Kind, value: v, names: names, pending: pending}
}

// Print shows one resource in the chosen format.
func (r *Resource[T]) Print(f *Factory, v T, names map[string]string) error {
	return r.print(f, record[T]{kind: r.Kind, value: v, names: names, sections: r.Sections})
}

func (r *Resource[T]) print(f *Factory, v record[T]) error {
	p, err := f.Printer()
	if err != nil {
		return err
	}
	view := r.View()
	if v.pending != "" {
		view.Fields = append(view.Fields, pendingColumn.Name)
	}
	return p.One(view, v)
}

// printQueued shows what a recorded change will make of a resource, in any
// format but the tables, and passes the error on that says it is recorded.
func (r *Resource[T]) printQueued(f *Factory, found *Found[T], queued error) error {
	format, err := f.Format()
	if err != nil || found == nil || format.Name == "table" || format.Name == "wide" {
		return queued
	}
	if err := r.print(f, record[T]{kind: r.Kind, value: found.Value, pending: found.Pending, sections: r.Sections}); err != nil {
		return err
	}
	return queued
}

// PrintWritten shows a written resource: a line on stderr and, in any format
// but the tables, the resource on stdout.
func (r *Resource[T]) PrintWritten(f *Factory, did string, v T) error {
	f.IO.Say("%s", did)
	format, err := f.Format()
	if err != nil {
		return err
	}
	if format.Name == "table" || format.Name == "wide" {
		return nil
	}
	return r.Print(f, v, nil)
}

// PrintAll shows several written resources as a list in any format but the
// tables, for which lines on stderr have told of them already.
func (r *Resource[T]) PrintAll(f *Factory, vs []T) error {
	format, err := f.Format()
	if err != nil || format.Name == "table" || format.Name == "wide" {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	records := make([]output.Record, len(vs))
	for i := range vs {
		records[i] = record[T]{kind: r.Kind, value: vs[i]}
	}
	return p.List(r.View(), records)
}

// Did is the line that tells of a write: "updated playlist "Summer" (id)".
func Did(past, noun, name, id string) string {
	return fmt.Sprintf("%s %s %q (%s)", past, noun, name, id)
}
