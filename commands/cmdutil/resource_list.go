package cmdutil

// This file is about one thing: "list" of any kind.

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

type listOptions[T any] struct {
	factory *Factory
	res     *Resource[T]
	of      string // the resource whose list it is, for a list below one
	limit   int
	search  string
	narrow  Narrow
	server  map[string]*[]string // values of the server's filters, by parameter
	local   map[string]*[]string // values of fields the server cannot filter by
	more    func(ctx context.Context, f *Factory, rows []T) (done bool, err error)
}

func newList[T any](f *Factory, r *Resource[T], run func(context.Context, *listOptions[T]) error) *cobra.Command {
	o := &listOptions[T]{factory: f, res: r, server: map[string]*[]string{}, local: map[string]*[]string{}}
	if run == nil {
		run = runList[T]
	}
	s := &r.Kind.Schema
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Args: Args(),
		Short: "List " + s.Plural, Example: r.example("list"),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				o.of = args[0]
			}
			return run(ctx, o)
		}),
	}
	cmd.Flags().IntVar(&o.limit, "limit", 0, "`N` at most this many; 0 is all")
	cmd.Flags().StringVar(&o.search, "search", "", "`TEXT` only those whose name contains it, in any letter case")
	o.narrow.Add(cmd, listFields(s))
	o.addFilters(cmd)
	if r.MoreList != nil {
		o.more = r.MoreList(cmd.Flags())
	}
	return cmd
}

// listFields names the fields that a list's rows have.
func listFields(s *api.Schema) []string {
	var names []string
	for i := range s.Fields {
		if f := &s.Fields[i]; !f.Detail && !f.Secret && f.Type != api.TypeObject {
			names = append(names, f.Name)
		}
	}
	return names
}

// addFilters gives every filter of the server a flag, and every column of a
// kind that can be filtered by its values one that filters here (contract rest
// 25, item 11).
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
		name := filterFlag(f)
		if name == "" || cmd.Flags().Lookup(name) != nil {
			continue
		}
		switch f.Type {
		case api.TypeEnum:
			o.local[f.Name] = cmd.Flags().StringSlice(name, nil, "`VALUE` only these: "+strings.Join(f.Enum, ", "))
			completeValues(cmd, name, f.Enum)
		case api.TypeRef:
			o.local[f.Name] = cmd.Flags().StringSlice(name, nil, "`NAME|ID` only those of this "+f.Ref)
		case api.TypeBool:
			o.local[f.Name] = cmd.Flags().StringSlice(name, nil, "`true|false` only those that are, or are not")
			cmd.Flags().Lookup(name).NoOptDefVal = "true"
		}
	}
}

// filterFlag is the flag by which a list is filtered by a field; "" = none.
func filterFlag(f *api.Field) string {
	switch {
	case f.Column.Header == "":
		return ""
	case f.Type == api.TypeEnum:
		return f.Name
	case f.Type == api.TypeRef && api.SchemaOf(f.Ref) != nil, f.Type == api.TypeBool:
		return f.Flag
	}
	return ""
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
	if err := o.checkLocal(); err != nil {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	view := o.res.View()
	if s := &o.res.Kind.Schema; len(s.CanCreate)+len(s.CanUpdate)+len(s.CanDelete) > 0 {
		view.Columns = append(view.Columns, pendingColumn)
	}
	if err := o.narrow.Check(p, view); err != nil {
		return err
	}
	o.factory.WarnOfStrangers(o.narrow.cond, &o.res.Kind.Schema)
	c, err := f.Client()
	if err != nil {
		return err
	}
	keep, err := o.filter(ctx)
	if err != nil {
		return err
	}
	if err := o.lookUp(ctx, query); err != nil {
		return err
	}
	if o.res.BeforeList != nil {
		if done, err := o.res.BeforeList(ctx, f, query); done || err != nil {
			return err
		}
	}
	limit := o.limit
	if keep != nil || o.narrow.Used() {
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
	if o.more != nil {
		if done, err := o.more(ctx, f, rows); done || err != nil {
			return err
		}
	}
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

// lookUp puts ids in the place of the names that filters were given.
func (o *listOptions[T]) lookUp(ctx context.Context, query url.Values) error {
	for _, filter := range o.res.Kind.Filters {
		for i, name := range query[filter.Param] {
			if filter.Ref == "" {
				continue
			}
			id, err := ResolveID(ctx, o.factory, api.SchemaOf(filter.Ref).Rows(), name)
			if err != nil {
				return err
			}
			query[filter.Param][i] = id
		}
	}
	return nil
}

func checkValue(flag, value string, enum []string) error {
	if len(enum) == 0 {
		return nil
	}
	f := api.Field{Name: flag, Flag: flag, Type: api.TypeEnum, Enum: enum}
	_, err := f.Parse(value)
	return err
}

// checkLocal refuses a value that no row can have.
func (o *listOptions[T]) checkLocal() error {
	for name, values := range o.local {
		f := o.res.Kind.Field(name)
		for _, v := range *values {
			if f.Type == api.TypeRef {
				continue
			}
			asFlag := *f
			asFlag.Flag, asFlag.Clear = filterFlag(f), false
			if _, err := asFlag.Parse(v); err != nil {
				return err
			}
		}
	}
	return nil
}

// filter returns what keeps a row, or nil when every row is wanted. Names of
// other resources are looked up.
func (o *listOptions[T]) filter(ctx context.Context) (func(T) bool, error) {
	k := o.res.Kind
	var tests []func(T) bool
	for name, values := range o.local {
		if len(*values) == 0 {
			continue
		}
		wanted, err := o.wanted(ctx, k.Field(name), *values)
		if err != nil {
			return nil, err
		}
		tests = append(tests, func(v T) bool { return wanted[fmt.Sprint(k.Value(v, name))] })
	}
	if o.search != "" && k.Search == "" {
		text := strings.ToLower(o.search)
		tests = append(tests, func(v T) bool { return strings.Contains(strings.ToLower(k.NameOf(v)), text) })
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

// wanted is the set of a field's values that were asked for, as text.
func (o *listOptions[T]) wanted(ctx context.Context, f *api.Field, values []string) (map[string]bool, error) {
	wanted := map[string]bool{}
	for _, v := range values {
		switch f.Type {
		case api.TypeRef:
			id, err := ResolveID(ctx, o.factory, api.SchemaOf(f.Ref).Rows(), v)
			if err != nil {
				return nil, err
			}
			v = id
		case api.TypeBool:
			raw, err := f.Parse(v)
			if err != nil {
				return nil, err
			}
			v = string(raw)
		}
		wanted[v] = true
	}
	return wanted, nil
}

// pick leaves out, puts in order and cuts off.
func (o *listOptions[T]) pick(rows []T, keep func(T) bool) []T {
	k := o.res.Kind
	kept := rows[:0]
	for i := range rows {
		if keep == nil || keep(rows[i]) {
			kept = append(kept, rows[i])
		}
	}
	if o.narrow.Used() {
		fits := make([]T, 0, len(kept))
		for _, i := range o.narrow.pick(len(kept), func(i int) func(string) any {
			return func(name string) any { return k.Value(kept[i], name) }
		}) {
			fits = append(fits, kept[i])
		}
		kept = fits
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
