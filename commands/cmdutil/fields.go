package cmdutil

// This file is about one thing: the flags of create and update, from a kind's
// description, and the values they give.

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
)

// FieldFlags holds the field flags of one command.
type FieldFlags struct {
	schema *api.Schema
	values map[string]*string // by field name
	flags  *pflag.FlagSet
}

// AddFields adds a flag for every field that create (or update) takes.
func AddFields(cmd *cobra.Command, s *api.Schema, create bool) *FieldFlags {
	ff := &FieldFlags{schema: s, values: map[string]*string{}, flags: cmd.Flags()}
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Flag == "" || !f.Writable() || (create && f.UpdateOnly) || (!create && f.CreateOnly) {
			continue
		}
		ff.values[f.Name] = ff.flags.String(f.Flag, "", usage(f, create))
		if f.Type == api.TypeBool {
			ff.flags.Lookup(f.Flag).NoOptDefVal = "true"
		}
		if f.Type == api.TypeEnum {
			enum := f.Enum
			_ = cmd.RegisterFlagCompletionFunc(f.Flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return enum, cobra.ShellCompDirectiveNoFileComp
			})
		}
	}
	return ff
}

// usage is a flag's help, with what it takes in front.
func usage(f *api.Field, create bool) string {
	takes := map[api.FieldType]string{
		api.TypeString: "TEXT", api.TypeInt: "N", api.TypeBool: "true|false", api.TypeTime: "TIME",
		api.TypeRef: "NAME|ID", api.TypeObject: "JSON", api.TypeEnum: "VALUE",
	}[f.Type]
	if f.Unit != "" {
		takes = strings.ToUpper(f.Unit)
	}
	text := fmt.Sprintf("`%s` %s", takes, f.Help)
	if f.Type == api.TypeEnum {
		text += ": " + strings.Join(f.Enum, ", ")
	}
	if create && f.Required {
		text += " (required)"
	}
	if !create && f.Clear {
		text += `; "null" clears it`
	}
	return text
}

// Changes checks the given flags and returns their values. References are
// looked up, which is the only thing here that sends a request.
func (ff *FieldFlags) Changes(ctx context.Context, factory *Factory) (api.Changes, error) {
	changes := api.Changes{}
	for i := range ff.schema.Fields {
		f := &ff.schema.Fields[i]
		value, ok := ff.values[f.Name]
		if !ok || !ff.flags.Changed(f.Flag) {
			continue
		}
		raw, err := f.Parse(*value)
		if err != nil {
			return nil, err
		}
		changes[f.Name] = raw
	}
	for name, raw := range changes {
		f := ff.schema.Field(name)
		if f.Type != api.TypeRef || string(raw) == "null" {
			continue
		}
		id, err := resolveRef(ctx, factory, f, raw)
		if err != nil {
			return nil, err
		}
		changes[name] = id
	}
	return changes, nil
}

func resolveRef(ctx context.Context, factory *Factory, f *api.Field, raw json.RawMessage) (json.RawMessage, error) {
	var arg string
	if err := json.Unmarshal(raw, &arg); err != nil {
		return nil, err
	}
	s := api.SchemaOf(f.Ref)
	if s == nil {
		return raw, nil
	}
	id, err := ResolveID(ctx, factory, s.Rows(), arg)
	if err != nil {
		if e := AsError(err); e.Kind == api.KindNotFound || e.Kind == api.KindAmbiguous {
			e.Message = "--" + f.Flag + ": " + e.Message
		}
		return nil, err
	}
	return json.Marshal(id)
}

// CheckRequired refuses a create without a field that the server demands.
func (ff *FieldFlags) CheckRequired(changes api.Changes) error {
	for i := range ff.schema.Fields {
		f := &ff.schema.Fields[i]
		if _, given := changes[f.Name]; f.Required && !given {
			e := Usage("--%s is missing: a %s needs one", f.Flag, ff.schema.Noun)
			e.Field = f.Flag
			return e
		}
	}
	return nil
}

// Flags lists the flags, for messages.
func (ff *FieldFlags) Flags() string {
	var names []string
	for i := range ff.schema.Fields {
		if _, ok := ff.values[ff.schema.Fields[i].Name]; ok {
			names = append(names, "--"+ff.schema.Fields[i].Flag)
		}
	}
	return strings.Join(names, " ")
}
