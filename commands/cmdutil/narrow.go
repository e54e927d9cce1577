package cmdutil

// This file is about one thing: --where and --sort, the same for every list.

import (
	"cmp"
	"errors"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/where"
	"github.com/vizora/vizora-cli/output"
)

// Narrow holds --where and --sort of one list.
type Narrow struct {
	Where string
	Sort  []string

	fields []string
	cond   *where.Cond
	keys   []sortKey
}

type sortKey struct {
	field string
	desc  bool
}

// Add adds the flags and their completion.
func (n *Narrow) Add(cmd *cobra.Command, fields []string) {
	n.fields = fields
	cmd.Flags().StringVar(&n.Where, "where", "", "`EXPR` only those for which it is true, such as 'name ~ \"^Lobby\"' (vizora help where)")
	cmd.Flags().StringSliceVar(&n.Sort, "sort", nil, "`FIELD[:desc]` order by this field; several with commas between")
	completeValues(cmd, "sort", fields)
}

// Over sets the fields where a command has several lists; Add has those of all.
func (n *Narrow) Over(v output.View) { n.fields = v.ColumnNames() }

// Used reports whether rows have to be left out or put in order here.
func (n *Narrow) Used() bool { return n.cond != nil || len(n.keys) > 0 }

// Check checks both, and the columns of a view, before anything is sent.
func (n *Narrow) Check(p *output.Printer, v output.View) error {
	if err := n.compile(); err != nil {
		return err
	}
	return p.Check(v)
}

// List prints the records of a view that fit, in the order that was asked for.
func (n *Narrow) List(p *output.Printer, v output.View, records []output.Record) error {
	return p.List(v, n.Picked(records))
}

// Picked returns the records that fit, in the order that was asked for.
func (n *Narrow) Picked(records []output.Record) []output.Record {
	if !n.Used() {
		return records
	}
	var picked []output.Record
	for _, i := range n.pick(len(records), func(i int) func(string) any { return records[i].Field }) {
		picked = append(picked, records[i])
	}
	return picked
}

// Refuse is the error of --where or --sort given where there is no list; nil when
// neither is.
func (n *Narrow) Refuse(with string) error {
	if n.Where == "" && len(n.Sort) == 0 {
		return nil
	}
	return Usage("--where and --sort go with %s", with)
}

// pick returns which of so many rows fit, in the order that was asked for; row
// reads the fields of one.
func (n *Narrow) pick(count int, row func(i int) func(name string) any) []int {
	var picked []int
	for i := range count {
		if n.cond == nil || n.cond.Test(row(i)) {
			picked = append(picked, i)
		}
	}
	if len(n.keys) > 0 {
		sort.SliceStable(picked, func(i, j int) bool { return n.compare(row(picked[i]), row(picked[j])) < 0 })
	}
	return picked
}

func (n *Narrow) compile() (err error) {
	fields := n.fields
	if n.Where != "" {
		if n.cond, err = Condition("--where", n.Where, fields); err != nil {
			return err
		}
	}
	for _, text := range n.Sort {
		name, order, _ := strings.Cut(text, ":")
		at := slices.IndexFunc(fields, func(f string) bool { return strings.EqualFold(f, name) })
		switch {
		case at < 0:
			return unknownField("--sort", name, "of this list", fields)
		case order != "" && order != "asc" && order != "desc":
			return api.Invalid("--sort", text, "has no such order", "give "+name+":asc or "+name+":desc")
		}
		n.keys = append(n.keys, sortKey{fields[at], order == "desc"})
	}
	return nil
}

// Condition compiles a condition over fields; nil takes any field.
func Condition(flag, text string, fields []string) (*where.Cond, error) {
	cond, err := where.Compile(text, fields)
	if err == nil {
		return cond, nil
	}
	e := api.Invalid(flag, text, err.Error(), "see 'vizora help where'")
	if bad, ok := errors.AsType[*where.Error](err); ok {
		e.Message = flag + ": " + bad.Error()
		if len(bad.Names) > 0 {
			e.Hint = api.DidYouMean(bad.Name, bad.Names, "the fields are "+strings.Join(bad.Names, ", "))
		}
	}
	return nil, e
}

// WarnOfStrangers says which texts of a condition are no value that their field
// is known to have. It is no error: a newer server may have more values.
//
//go:noinline
func (f *Factory) WarnOfStrangers(cond *where.Cond, s *api.Schema) {
	if cond == nil {
		return
	}
	for _, c := range cond.Compared() {
		field := s.Field(c.Field)
		if field == nil || len(field.Enum) == 0 || slices.Contains(field.Enum, c.Text) {
			continue
		}
		e := api.NotOneOf(c.Field, c.Text, "is not a known value", field.Enum)
		f.IO.Warn("%s; %s", e.Message, e.Hint)
	}
}

func unknownField(flag, name, of string, fields []string) error {
	return api.NotOneOf(flag, name, "is not a field "+of, fields)
}

// compare orders two rows by --sort.
func (n *Narrow) compare(a, b func(name string) any) int {
	for _, key := range n.keys {
		x, y := a(key.field), b(key.field)
		switch {
		case x == nil && y == nil:
			continue
		case x == nil:
			return 1 // what has no value comes last in either order
		case y == nil:
			return -1
		}
		c := compareValues(x, y)
		if key.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// compareValues orders two values of a field: texts without regard to letter
// case first, so that people find what they look for.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case string:
		y, _ := b.(string)
		if c := strings.Compare(strings.ToLower(x), strings.ToLower(y)); c != 0 {
			return c
		}
		return strings.Compare(x, y)
	case bool:
		y, _ := b.(bool)
		return int(toInt(x) - toInt(y))
	case time.Time:
		y, _ := b.(time.Time)
		return x.Compare(y)
	case []string:
		y, _ := b.([]string)
		return slices.Compare(x, y)
	}
	if x, ok := a.(float64); ok {
		y, _ := b.(float64)
		return cmp.Compare(x, y)
	}
	x, y := toInt(a), toInt(b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
