package cmdutil

// This file is about one thing: the conditions of "wait --for": FIELD=VALUE over
// a kind's fields, or an expression.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/where"
)

// WaitCondition is one --for.
type WaitCondition struct {
	Text  string // as given, with names where ids are meant
	Field string // of FIELD=VALUE; "" for an expression
	Value string // of FIELD=VALUE, as the server writes it; "" for none
	cond  *where.Cond
}

// parseCondition reads one --for. References are looked up, so that a playlist
// that does not exist is found before the waiting begins.
func parseCondition(ctx context.Context, f *Factory, s *api.Schema, text string) (*WaitCondition, error) {
	name, value, ok := fieldAndValue(text)
	if !ok {
		cond, err := where.Compile(text, s.FieldNames())
		if err != nil {
			return nil, badCondition(s, text, err)
		}
		return &WaitCondition{Text: text, cond: cond}, nil
	}
	field := waitField(s, name)
	if field == nil {
		return nil, noSuchField(s, name)
	}
	c := &WaitCondition{Text: field.Name + "=" + value, Field: field.Name}
	expr, err := c.expression(ctx, f, field, value)
	if err != nil {
		return nil, err
	}
	c.cond, err = where.Compile(expr, s.FieldNames())
	return c, err
}

// fieldAndValue cuts FIELD=VALUE; an expression has an operator instead.
func fieldAndValue(text string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" || strings.HasPrefix(value, "=") {
		return "", "", false
	}
	for i := range len(name) {
		if c := name[i]; c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return "", "", false
		}
	}
	return name, strings.TrimSpace(value), true
}

// waitField finds a field by its name, its flag or the server's name.
func waitField(s *api.Schema, name string) *api.Field {
	if f := s.Field(name); f != nil {
		return f
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Flag == name || f.Read == name {
			return f
		}
	}
	return nil
}

func noSuchField(s *api.Schema, name string) error {
	return api.NotOneOf("--for", name, "is no field of a "+s.Noun, s.FieldNames())
}

func badCondition(s *api.Schema, text string, err error) error {
	fix := `FIELD=VALUE such as status=` + example(s) + `, or an expression such as 'status != "` + example(s) + `"'`
	if bad, ok := errors.AsType[*where.Error](err); ok && len(bad.Names) > 0 {
		fix = api.DidYouMean(bad.Name, bad.Names, "fields: "+strings.Join(bad.Names, ", "))
	}
	return api.Invalid("--for", text, fmt.Sprintf("cannot be read: %v", err), fix)
}

func example(s *api.Schema) string {
	if f := s.Field("status"); f != nil && len(f.Enum) > 0 {
		return f.Enum[0]
	}
	return "VALUE"
}

// expression writes FIELD=VALUE in the language of conditions.
func (c *WaitCondition) expression(ctx context.Context, f *Factory, field *api.Field, value string) (string, error) {
	switch {
	case value == "":
		return "", api.Invalid("--for", c.Text, "has no value", "for a field that is not set write "+field.Name+"=null")
	case value == "null" && field.Type == api.TypeEnum && !field.Clear:
		return "", api.Invalid("--for", c.Text, "can never be: the field always has a value", "one of "+strings.Join(field.Enum, ", "))
	case value == "null":
		return field.Name + " == null", nil
	}
	switch field.Type {
	case api.TypeObject:
		return "", api.Invalid("--for", c.Text, "compares an object", "choose another field")
	case api.TypeList:
		return field.Name + " contains " + where.Quote(value), nil
	case api.TypeRef:
		return c.reference(ctx, f, field, value)
	case api.TypeString:
		stored, shown := api.Stored(value)
		return field.Name + " in [" + where.Quote(value) + ", " + where.Quote(shown) + ", " + where.Quote(stored) + "]", nil
	}
	loose := *field // what is waited for need not be what may be written
	loose.Flag, loose.Min, loose.Max = "for "+field.Name, -1<<31, 0
	raw, err := loose.Parse(value)
	if err != nil {
		return "", err
	}
	var parsed any
	if err := json.Unmarshal(raw, &parsed); err != nil {
		return "", err
	}
	switch v := parsed.(type) {
	case bool:
		return field.Name + " == " + strconv.FormatBool(v), nil
	case float64:
		return field.Name + " == " + strconv.FormatFloat(v, 'f', -1, 64), nil
	case string:
		if field.Type == api.TypeTime {
			if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
				v = at.UTC().Format("2006-01-02T15:04:05.000Z")
			}
		}
		c.Value = v
		return field.Name + " == " + where.Quote(v), nil
	}
	return "", api.Invalid("--for", c.Text, "cannot be compared", "write an expression")
}

// reference looks up the resource that a field is to name.
func (c *WaitCondition) reference(ctx context.Context, f *Factory, field *api.Field, value string) (string, error) {
	id := value
	if s := api.SchemaOf(field.Ref); s != nil {
		found, err := Resolve(ctx, f, s.Rows(), value)
		if err != nil {
			return "", err
		}
		id = found.ID
	}
	c.Value = id
	return field.Name + " == " + where.Quote(id), nil
}
