// Validation of bodies and queries: unknown fields refused, values converted, messages as the platform words them
// (contract rest 1.4). A schema lists its fields in the platform's order; the rules of a field are in the order of its messages.

package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// jsType is the declared type of a field; values are converted to it first.
type jsType int

const (
	tString jsType = iota
	tNumber
	tBool
	tArray
	tObject
	tList     // of a query: repeated or a comma list
	tRepeated // of a query: repeated; one value is a list of one
)

type field struct {
	name     string
	typ      jsType
	optional bool // null and absent pass
	rules    []*rule
	item     schema // of the elements of an array of objects
	nested   schema // of an object
}

// rule is one constraint: the text follows the field's name.
type rule struct {
	text   string
	prefix bool // "each value in NAME ..." instead of "NAME ..."
	alone  bool // the text is the whole message
	joined bool // no blank after the name
	ok     func(v any) bool
}

type schema []field

// input is a validated body or query.
type input map[string]any

// parse checks raw against the schema. keys are the field names in the order sent.
func (s schema) parse(raw map[string]any, keys []string) (input, []string) {
	var messages []string
	known := map[string]bool{}
	for _, f := range s {
		known[f.name] = true
	}
	for _, k := range keys {
		if !known[k] {
			messages = append(messages, "property "+k+" should not exist")
		}
	}
	out := input{}
	for _, f := range s {
		v, sent := raw[f.name]
		if sent {
			v = convert(f.typ, v)
			out[f.name] = v
		}
		if f.optional && v == nil {
			continue
		}
		messages = append(messages, f.check(v)...)
	}
	return out, messages
}

func (f field) check(v any) []string {
	var messages []string
	for _, r := range f.rules {
		if r.ok(v) {
			continue
		}
		switch {
		case r.alone:
			messages = append(messages, r.text)
		case r.prefix:
			messages = append(messages, "each value in "+f.name+" "+r.text)
		case r.joined:
			messages = append(messages, f.name+r.text)
		default:
			messages = append(messages, f.name+" "+r.text)
		}
	}
	if list, isList := v.([]any); isList && f.item != nil {
		for i, e := range list {
			messages = append(messages, f.item.below(fmt.Sprintf("%s.%d.", f.name, i), e, func(in input) { list[i] = map[string]any(in) })...)
		}
	}
	if f.nested != nil {
		messages = append(messages, f.nested.below(f.name+".", v, func(input) {})...)
	}
	return messages
}

// below validates a nested object; its messages carry the path.
func (s schema) below(path string, v any, keep func(input)) []string {
	obj, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	in, messages := s.parse(obj, slices.Sorted(maps.Keys(obj)))
	keep(in)
	for i := range messages {
		messages[i] = path + messages[i]
	}
	return messages
}

// convert is the implicit conversion: any non-empty text is a true boolean, also "false".
func convert(t jsType, v any) any {
	if v == nil {
		return nil
	}
	if _, list := v.([]any); list && t != tBool {
		return v
	}
	switch t {
	case tString:
		return jsString(v)
	case tNumber:
		return jsNumber(v)
	case tBool:
		return jsTrue(v)
	case tRepeated:
		return []any{v}
	case tList:
		var list []any
		for part := range strings.SplitSeq(jsString(v), ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return list
	}
	return v
}

func jsString(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	}
	return "[object Object]"
}

func jsNumber(v any) float64 {
	switch x := v.(type) {
	case float64:
		return x
	case bool:
		if x {
			return 1
		}
		return 0
	case string:
		if strings.TrimSpace(x) == "" {
			return 0
		}
		if n, err := strconv.ParseFloat(strings.TrimSpace(x), 64); err == nil {
			return n
		}
	}
	return math.NaN()
}

func jsTrue(v any) bool {
	switch x := v.(type) {
	case bool:
		return x
	case string:
		return x != ""
	case float64:
		return x != 0 && !math.IsNaN(x)
	}
	return v != nil
}

// has says whether the field was sent at all, null included.
//
//go:noinline
func (in input) has(name string) bool { _, ok := in[name]; return ok }

// null says whether the field was sent as null.
//
//go:noinline
func (in input) null(name string) bool { v, ok := in[name]; return ok && v == nil }

// set says whether the field was sent with a value.
//
//go:noinline
func (in input) set(name string) bool { return in[name] != nil }

//go:noinline
func (in input) str(name string) string { s, _ := in[name].(string); return s }

// opt is nil for absent and null.
//
//go:noinline
func (in input) opt(name string) *string {
	if s, ok := in[name].(string); ok {
		return &s
	}
	return nil
}

//go:noinline
func (in input) num(name string) int { f, _ := in[name].(float64); return int(f) }

func (in input) optNum(name string) *int {
	if f, ok := in[name].(float64); ok {
		n := int(f)
		return &n
	}
	return nil
}

func (in input) float(name string) float64 { f, _ := in[name].(float64); return f }

//go:noinline
func (in input) yes(name string) bool { b, _ := in[name].(bool); return b }

func (in input) strings(name string) []string {
	list, _ := in[name].([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, jsString(e))
	}
	return out
}

func (in input) ints(name string) []int {
	list, _ := in[name].([]any)
	out := make([]int, 0, len(list))
	for _, e := range list {
		f, _ := e.(float64)
		out = append(out, int(f))
	}
	return out
}

func (in input) objects(name string) []input {
	list, _ := in[name].([]any)
	out := make([]input, 0, len(list))
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// raw is the value as JSON, nil for absent and null.
func (in input) raw(name string) json.RawMessage {
	if in[name] == nil {
		return nil
	}
	return mustJSON(in[name])
}

// topKeys are the names of a JSON object in the order sent, each once.
func topKeys(raw []byte) []string {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var keys []string
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return keys
		}
		if !slices.Contains(keys, name) {
			keys = append(keys, name)
		}
		var skip json.RawMessage
		if d.Decode(&skip) != nil {
			return keys
		}
	}
	return keys
}
