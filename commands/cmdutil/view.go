package cmdutil

// This file is about one thing: showing a kind's resources by its description.

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

// APIVersion marks every object of our output.
const APIVersion = "vizora/v1"

// timeLayout is how the platform writes times (contract rest, legend).
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// ViewOf derives a kind's table from its fields.
func ViewOf(s *api.Schema, styles map[string]map[string]output.Style) output.View {
	v := output.View{Kind: s.Kind, Plural: s.Plural, NameField: s.NameField()}
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Secret {
			continue
		}
		if f.Type != api.TypeObject {
			v.Fields = append(v.Fields, f.Name)
		}
		if f.Column.Header == "" {
			continue
		}
		v.Columns = append(v.Columns, output.Column{
			Name: f.Name, Header: f.Column.Header, Priority: f.Column.Priority, Wide: f.Column.Wide,
			Right: f.Type == api.TypeInt, Max: f.Column.Width, Styles: styles[f.Name],
		})
	}
	return v
}

// record shows one resource of a kind.
type record[T any] struct {
	kind     *api.Kind[T]
	value    T
	pending  string            // "", or what is pending on it
	names    map[string]string // ids of referred resources -> names, for tables
	sections func(T) []output.Section
}

// Field returns a cell: durations and sizes in their units, references by name
// where it is known.
func (r record[T]) Field(name string) any {
	if name == "pending" {
		if r.pending == "" {
			return nil
		}
		return r.pending
	}
	v := r.kind.Value(r.value, name)
	f := r.kind.Field(name)
	if f == nil || v == nil {
		return v
	}
	switch {
	case f.Unit == "seconds":
		return time.Duration(toInt(v)) * time.Second
	case f.Unit == "bytes":
		return output.ByteSize(toInt(v))
	case f.Type == api.TypeDays:
		if days, ok := v.([]string); ok {
			return api.DaysText(days)
		}
	case f.Type == api.TypeRef:
		if id, ok := v.(string); ok && r.names[id] != "" {
			return r.names[id]
		}
	}
	return v
}

func toInt(v any) int64 {
	switch v := v.(type) {
	case int:
		return int64(v)
	case int64:
		return v
	case time.Duration:
		return int64(v)
	case output.ByteSize:
		return int64(v)
	case bool:
		if v {
			return 1
		}
	}
	return 0
}

// AppendJSON writes the resource's fields in the order of its description. A
// field that a list does not answer is left out of it, so that null always
// means null.
func (r record[T]) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"apiVersion":"`+APIVersion+`","kind":"`...)
	dst = append(dst, r.kind.Kind...)
	dst = append(dst, '"')
	for i := range r.kind.Fields {
		f := &r.kind.Fields[i]
		v := r.kind.Value(r.value, f.Name)
		if v == nil && f.Detail || f.Secret {
			continue
		}
		dst = append(append(append(dst, `,"`...), f.Name...), `":`...)
		var err error
		if dst, err = appendValue(dst, v); err != nil {
			return nil, err
		}
	}
	if r.pending != "" {
		dst = append(dst, `,"pending":`...)
		dst = appendString(dst, r.pending)
	}
	return append(dst, '}'), nil
}

// shown is a field's value as our JSON output has it; nil where it is not known.
func (r record[T]) shown(name string) json.RawMessage {
	raw, err := appendValue(nil, r.kind.Value(r.value, name))
	if err != nil {
		return nil
	}
	return raw
}

// Sections implements output.Sectioner.
//
//go:noinline
func (r record[T]) Sections() []output.Section {
	if r.sections == nil {
		return nil
	}
	return r.sections(r.value)
}

// appendValue writes a field's value as JSON. The common types are written
// directly: a list of ten thousand rows spends its time here.
func appendValue(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case string:
		return appendString(dst, v), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case time.Time:
		dst = append(dst, '"')
		return append(v.UTC().AppendFormat(dst, timeLayout), '"'), nil
	case []string:
		dst = append(dst, '[')
		for i, s := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, s)
		}
		return append(dst, ']'), nil
	case json.RawMessage:
		return append(dst, api.RedactJSON(v)...), nil
	}
	return appendMarshalled(dst, v)
}

func appendMarshalled(dst []byte, v any) ([]byte, error) {
	raw, err := marshalJSON(v)
	if err != nil {
		return nil, err
	}
	return append(dst, raw...), nil
}

// marshalJSON is encoding/json without HTML escapes, which only blur output that
// no browser reads.
func marshalJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// appendString writes a JSON string; anything unusual takes the library's way.
func appendString(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			raw, _ := marshalJSON(s) // a string always marshals
			return append(dst, raw...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// ObjectRecord shows any value with JSON tags as one object of a kind; used by
// commands whose answer is not a resource.
type ObjectRecord struct {
	Kind  string
	Value any
	Cells map[string]any
}

// Field returns a cell.
func (o ObjectRecord) Field(name string) any { return o.Cells[name] }

// AppendJSON writes the value with apiVersion and kind in front.
func (o ObjectRecord) AppendJSON(dst []byte) ([]byte, error) {
	raw, err := marshalJSON(o.Value)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `{"apiVersion":"`+APIVersion+`","kind":"`+o.Kind+`"`...)
	if len(raw) > 2 {
		dst = append(dst, ',')
	}
	return append(dst, raw[1:]...), nil
}
