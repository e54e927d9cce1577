package commands

// This file is about one thing: "schema", what a kind's fields are.

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// fieldDoc is a field as the schema command tells of it.
type fieldDoc struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Unit     string   `json:"unit,omitempty"`
	Enum     []string `json:"enum,omitempty"`
	Refers   string   `json:"refers,omitempty"`
	Flag     string   `json:"flag,omitempty"`
	Required bool     `json:"required,omitempty"`
	Writable bool     `json:"writable"`
	Clear    bool     `json:"clear,omitempty"`
	Detail   bool     `json:"detail,omitempty"`
	Column   bool     `json:"column"`
	Help     string   `json:"help"`
}

func newSchema(f *cmdutil.Factory) *cobra.Command {
	var names []string
	for _, s := range api.Schemas() {
		names = append(names, s.Command())
	}
	var narrow cmdutil.Narrow
	cmd := &cobra.Command{
		Use: "schema [KIND]", Args: cmdutil.Args("[KIND]"), Short: "Show the kinds, or the fields of one",
		Long: `Shows the fields of a kind: their types, what they may hold, which flag sets them.
The names are those of JSON output, --columns and CSV headers. Fields are added
over time and never renamed.`,
		Example: "  vizora schema playlist\n  vizora schema display -o json",
		RunE: f.RunLocal(func(_ context.Context, args []string) error {
			p, err := f.Printer()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return listKinds(p, &narrow)
			}
			s := api.SchemaOf(args[0])
			if s == nil {
				return api.NotOneOf("KIND", args[0], "is not a kind", names)
			}
			return listFields(p, &narrow, s)
		}),
	}
	narrow.Add(cmd, append(fieldView.ColumnNames(), "noun", "about"))
	return cmd
}

var kindView = output.View{Kind: "Kind", Plural: "kinds", IDField: "name", Columns: []output.Column{
	{Name: "name", Header: "KIND"}, {Name: "noun", Header: "COMMAND"}, {Name: "about", Header: "ABOUT", Priority: 1},
}}

func listKinds(p *output.Printer, narrow *cmdutil.Narrow) error {
	narrow.Over(kindView)
	if err := narrow.Check(p, kindView); err != nil {
		return err
	}
	var records []output.Record
	for _, s := range api.Schemas() {
		records = append(records, cmdutil.ObjectRecord{Kind: "Kind",
			Value: map[string]string{"name": s.Kind, "noun": s.Command(), "about": s.About},
			Cells: map[string]any{"name": s.Kind, "noun": s.Command(), "about": s.About}})
	}
	return narrow.List(p, kindView, records)
}

var fieldView = output.View{Kind: "Field", Plural: "fields", IDField: "name", Columns: []output.Column{
	{Name: "name", Header: "FIELD"}, {Name: "type", Header: "TYPE", Priority: 1}, {Name: "flag", Header: "FLAG", Priority: 2},
	{Name: "required", Header: "REQUIRED", Priority: 4}, {Name: "help", Header: "HELP", Priority: 3},
}}

func listFields(p *output.Printer, narrow *cmdutil.Narrow, s *api.Schema) error {
	narrow.Over(fieldView)
	if err := narrow.Check(p, fieldView); err != nil {
		return err
	}
	var records []output.Record
	for i := range s.Fields {
		f := &s.Fields[i]
		doc := fieldDoc{Name: f.Name, Type: string(f.Type), Unit: f.Unit, Enum: f.Enum, Refers: f.Ref, Flag: f.Flag,
			Required: f.Required, Writable: f.Writable(), Clear: f.Clear, Detail: f.Detail, Column: f.Column.Header != "", Help: f.Help}
		help := f.Help
		if len(f.Enum) > 0 {
			help += ": " + strings.Join(f.Enum, ", ")
		}
		flag := any(nil)
		if f.Flag != "" && f.Writable() {
			flag = "--" + f.Flag
		}
		kind := doc.Type
		if f.Unit != "" {
			kind += " (" + f.Unit + ")"
		}
		records = append(records, cmdutil.ObjectRecord{Kind: "Field", Value: doc, Cells: map[string]any{
			"name": f.Name, "type": kind, "flag": flag, "required": f.Required, "help": help,
		}})
	}
	return narrow.List(p, fieldView, records)
}
