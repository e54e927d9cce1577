package commands

// This file is about one thing: completion of a kind's fields and of their
// values, in --columns, --set and --where.

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
)

// goesOn says that what was offered is followed by more.
const goesOn = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace

// completeColumns offers the columns that are not in the list yet.
func completeColumns(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	return fieldsOf(cmd, before, "", func(f *api.Field) bool {
		return f.Column.Header != "" && !strings.Contains(","+before, ","+f.Name+",")
	}), goesOn
}

// completeSet offers FIELD= and, behind it, the values there are.
func completeSet(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	name, _, valued := strings.Cut(typed, "=")
	if !valued {
		return fieldsOf(cmd, "", "=", (*api.Field).Writable), goesOn
	}
	return valuesOf(cmd, name, name+"=", ""), cobra.ShellCompDirectiveNoFileComp
}

// completeWhere offers what may come next in a condition: a field, an operator,
// or a value.
func completeWhere(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndexAny(typed, " (!")+1]
	words := strings.FieldsFunc(before, func(r rune) bool { return strings.ContainsRune(" ()", r) })
	last, field := "", ""
	if n := len(words); n > 0 {
		last = words[n-1]
		if last != "!=" {
			last = strings.TrimLeft(last, "!")
		}
		if n > 1 {
			field = strings.TrimLeft(words[n-2], "!")
		}
	}
	s := kindOf(cmd)
	switch {
	case last == "==" || last == "!=":
		return valuesOf(cmd, field, before, `"`), cobra.ShellCompDirectiveNoFileComp
	case s != nil && s.Field(last) != nil && strings.HasSuffix(before, " "):
		return operatorsOf(s.Field(last), before), goesOn
	case last == "" || slices.Contains([]string{"&&", "||", "and", "or", "not", "!"}, last) || strings.HasSuffix(before, "("):
		return fieldsOf(cmd, before, "", func(*api.Field) bool { return true }), goesOn
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}

func operatorsOf(f *api.Field, before string) (out []string) {
	operators := []string{"==", "!="}
	switch f.Type {
	case api.TypeInt, api.TypeTime, api.TypeClock:
		operators = append(operators, "<", "<=", ">", ">=")
	case api.TypeString, api.TypeRef:
		operators = append(operators, "~", "contains")
	case api.TypeList, api.TypeDays:
		operators = []string{"contains"}
	}
	for _, op := range operators {
		out = append(out, before+op)
	}
	return out
}

// valuesOf offers the values of a field that has a few, between quotes.
func valuesOf(cmd *cobra.Command, name, before, quote string) (out []string) {
	s := kindOf(cmd)
	if s == nil || s.Field(name) == nil {
		return nil
	}
	f := s.Field(name)
	for _, v := range f.Enum {
		out = append(out, before+quote+v+quote)
	}
	if f.Type == api.TypeBool {
		out = append(out, before+"true", before+"false")
	}
	return out
}

// fieldsOf offers the names of the wanted fields of the command's kind, between
// two texts.
func fieldsOf(cmd *cobra.Command, before, behind string, wanted func(*api.Field) bool) (out []string) {
	s := kindOf(cmd)
	if s == nil {
		return nil
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; wanted(f) {
			out = append(out, cobra.CompletionWithDesc(before+f.Name+behind, fieldAbout(f)))
		}
	}
	return out
}

func fieldAbout(f *api.Field) string {
	if len(f.Enum) > 0 {
		return strings.Join(f.Enum, ", ")
	}
	return f.Help
}
