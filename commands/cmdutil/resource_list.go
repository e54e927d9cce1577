package cmdutil

// This file is about one thing: "list" of any kind.

import (
	"context"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

type listOptions[T any] struct {
	factory *Factory
	res     *Resource[T]
	limit   int
	search  string
	server  map[string]*[]string // values of the server's filters, by parameter
	local   map[string]*[]string // values of fields the server cannot filter by
}

func newList[T any](f *Factory, r *Resource[T], run func(context.Context, *listOptions[T]) error) *cobra.Command {
	o := &listOptions[T]{factory: f, res: r, server: map[string]*[]string{}, local: map[string]*[]string{}}
	if run == nil {
		run = runList[T]
	}
	s := &r.Kind.Schema
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Args: Args(),
		Short: "List " + s.Plural, Example: r.Examples["list"],
		RunE: f.Run(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	cmd.Flags().IntVar(&o.limit, "limit", 0, "`N` at most this many; 0 is all")
	cmd.Flags().StringVar(&o.search, "search", "", "`TEXT` only those whose name contains it, in any letter case")
	o.addFilters(cmd)
	return cmd
}

// addFilters gives every filter of the server a flag, and every enum column
// that the server cannot filter by one that filters here (contract rest 25,
// item 11).
func (o *listOptions[T]) addFilters(cmd *cobra.Command) {
	s := &o.res.Kind.Schema
	for _, filter := range s.Filters {
		help := "`VALUE` " + filter.Help
		if len(filter.Enum) > 0 {
			help += ": " + strings.Join(filter.Enum, ", ")
		}
		o.server[filter.Param] = cmd.Flags().StringSlice(filter.Flag, nil, help)
		completeValues(cmd, filter.Flag, filter.Enum)
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Type != api.TypeEnum || f.Column.Header == "" || cmd.Flags().Lookup(f.Name) != nil {
			continue
		}
		o.local[f.Name] = cmd.Flags().StringSlice(f.Name, nil, "`VALUE` only these: "+strings.Join(f.Enum, ", "))
		completeValues(cmd, f.Name, f.Enum)
	}
}

func completeValues(cmd *cobra.Command, flag string, values []string) {
	if len(values) == 0 {
		return
	}
	_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values, cobra.ShellCompDirectiveNoFileComp
	})
}

func runList[T any](ctx context.Context, o *listOptions[T]) error {
	f := o.factory
	if o.limit < 0 {
		return Usage("--limit %d: give a whole number of at least 1, or 0 for all", o.limit)
	}
	query, err := o.query()
	if err != nil {
		return err
	}
	keep, err := o.filter()
	if err != nil {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	view := o.res.View()
	view.Columns = append(view.Columns, pendingColumn)
	if err := p.Check(view); err != nil {
		return err
	}
	c, err := f.Client()
	if err != nil {
		return err
	}
	limit := o.limit
	if keep != nil {
		limit = 0 // rows are left out here, so any page may hold the last wanted one
	}
	wait := f.IO.Wait("reading " + o.res.Kind.Plural)
	rows, err := o.res.Kind.List(ctx, c, query, limit)
	wait.Stop()
	if err != nil {
		return err
	}
	rows, marks := overlay(ctx, f, o.res.Kind, rows)
	rows = o.pick(rows, keep)
	names := o.refNames(ctx, c, rows)
	records := make([]output.Record, len(rows))
	for i := range rows {
		records[i] = record[T]{kind: o.res.Kind, value: rows[i], names: names, pending: marks[o.res.Kind.IDOf(rows[i])]}
	}
	if len(marks) > 0 {
		view.Columns[len(view.Columns)-1].Wide = false
	}
	return p.List(view, records)
}

// pendingColumn shows what is recorded but not applied yet.
var pendingColumn = output.Column{Name: "pending", Header: "PENDING", Priority: 1, Wide: true}

// query forms the server's filters, refusing a value that it would answer 400 to.
func (o *listOptions[T]) query() (url.Values, error) {
	query := searchQuery(&o.res.Kind.Schema, o.search)
	for _, filter := range o.res.Kind.Filters {
		values := *o.server[filter.Param]
		if len(values) == 0 {
			continue
		}
		if len(values) > 1 && !filter.Repeat {
			return nil, Usage("--%s takes one value, not %d", filter.Flag, len(values))
		}
		for _, v := range values {
			if err := checkValue(filter.Flag, v, filter.Enum); err != nil {
				return nil, err
			}
		}
		if query == nil {
			query = url.Values{}
		}
		query[filter.Param] = values
	}
	return query, nil
}

func checkValue(flag, value string, enum []string) error {
	if len(enum) == 0 {
		return nil
	}
	f := api.Field{Name: flag, Flag: flag, Type: api.TypeEnum, Enum: enum}
	_, err := f.Parse(value)
	return err
}

// filter returns what keeps a row, or nil when every row is wanted.
func (o *listOptions[T]) filter() (func(T) bool, error) {
	k := o.res.Kind
	var tests []func(T) bool
	for name, values := range o.local {
		if len(*values) == 0 {
			continue
		}
		wanted := map[string]bool{}
		for _, v := range *values {
			if err := checkValue(name, v, k.Field(name).Enum); err != nil {
				return nil, err
			}
			wanted[v] = true
		}
		tests = append(tests, func(v T) bool { s, _ := k.Value(v, name).(string); return wanted[s] })
	}
	if o.search != "" {
		text := strings.ToLower(o.search)
		tests = append(tests, func(v T) bool { return k.Search != "" || strings.Contains(strings.ToLower(k.NameOf(v)), text) })
	}
	if len(tests) == 0 {
		return nil, nil
	}
	return func(v T) bool {
		for _, test := range tests {
			if !test(v) {
				return false
			}
		}
		return true
	}, nil
}

func (o *listOptions[T]) pick(rows []T, keep func(T) bool) []T {
	if keep == nil {
		return rows
	}
	kept := rows[:0]
	for i := range rows {
		if keep(rows[i]) {
			kept = append(kept, rows[i])
		}
	}
	if o.limit > 0 && len(kept) > o.limit {
		kept = kept[:o.limit]
	}
	return kept
}

// refNames looks up the names of what a table's rows refer to. A table that
// cannot have them shows ids: a missing name is no reason to fail a list.
func (o *listOptions[T]) refNames(ctx context.Context, c *api.Client, rows []T) map[string]string {
	format, err := o.factory.Format()
	if err != nil || (format.Name != "table" && format.Name != "wide") {
		return nil
	}
	names := map[string]string{}
	for i := range o.res.Kind.Fields {
		f := &o.res.Kind.Fields[i]
		s := api.SchemaOf(f.Ref)
		if f.Type != api.TypeRef || f.Column.Header == "" || s == nil || !o.refersTo(rows, f.Name) {
			continue
		}
		kind := s.Rows()
		if named, err := kind.List(ctx, c, nil, 0); err == nil {
			for j := range named {
				names[named[j].ID] = named[j].Name()
			}
		}
	}
	return names
}

func (o *listOptions[T]) refersTo(rows []T, field string) bool {
	for i := range rows {
		if o.res.Kind.Value(rows[i], field) != nil {
			return true
		}
	}
	return false
}
