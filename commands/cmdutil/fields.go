package cmdutil

// This file is about one thing: the flags of create and update, from a kind's
// description, and the values they give.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	create bool
	input  string // file of --input; "-" is stdin
	read   map[string]json.RawMessage
	stdin  func() io.Reader
}

// AddFields adds a flag for every field that create (or update) takes.
func AddFields(cmd *cobra.Command, s *api.Schema, create bool) *FieldFlags {
	ff := &FieldFlags{schema: s, values: map[string]*string{}, flags: cmd.Flags(), create: create, stdin: cmd.InOrStdin}
	ff.flags.StringVar(&ff.input, "input", "", "`FILE|-` take fields from a JSON object, such as 'get -o json' prints; flags win")
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
		api.TypeList: "VALUES", api.TypeClock: "HH:MM", api.TypeDays: "DAYS",
	}[f.Type]
	if f.Secret || f.File {
		takes = "FILE|-"
	}
	if f.Unit != "" {
		takes = strings.ToUpper(f.Unit)
	}
	text := fmt.Sprintf("`%s` %s", takes, f.Help)
	if len(f.Enum) > 0 {
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

// Given checks what the flags and --input say and returns it. It sends nothing:
// references are still as they were written. A flag wins over the file. now
// tells how the resource is, by field and in our output's form; what --input
// says of it that is so already is left out. nil: it is not known (yet).
func (ff *FieldFlags) Given(now func(field string) json.RawMessage) (api.Changes, error) {
	changes, err := ff.readInput(now)
	if err != nil {
		return nil, err
	}
	for i := range ff.schema.Fields {
		f := &ff.schema.Fields[i]
		value, ok := ff.values[f.Name]
		if !ok || !ff.flags.Changed(f.Flag) {
			continue
		}
		text := *value
		if f.Secret || f.File {
			if text, err = ff.secretFile(f, text); err != nil {
				return nil, err
			}
		}
		if changes[f.Name], err = f.Parse(text); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

func (ff *FieldFlags) flagGiven(f *api.Field) bool { return f.Flag != "" && ff.flags.Changed(f.Flag) }

// Resolved looks references up by name, which is the only thing here that sends
// a request.
func (ff *FieldFlags) Resolved(ctx context.Context, factory *Factory, given api.Changes) (api.Changes, error) {
	return ResolveRefs(ctx, factory, ff.schema, given)
}

// ResolveRefs puts ids in the place of the names of other resources.
func ResolveRefs(ctx context.Context, factory *Factory, s *api.Schema, given api.Changes) (api.Changes, error) {
	for _, name := range given.Names() {
		f, raw := s.Field(name), given[name]
		if f.Type != api.TypeRef || string(raw) == "null" {
			continue
		}
		id, err := resolveRef(ctx, factory, f, raw)
		if err != nil {
			return nil, err
		}
		given[name] = id
	}
	return given, nil
}

// Changes checks the given flags and returns their values, references looked up.
func (ff *FieldFlags) Changes(ctx context.Context, factory *Factory) (api.Changes, error) {
	given, err := ff.Given(nil)
	if err != nil {
		return nil, err
	}
	return ff.Resolved(ctx, factory, given)
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
			e := Usage("--%s is missing: %s needs one", f.Flag, withArticle(ff.schema.Noun))
			e.Field = f.Flag
			return e
		}
	}
	return nil
}

// withArticle is "a group", "an alert-rule".
func withArticle(noun string) string {
	if noun != "" && strings.ContainsRune("aeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
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
