// This file is the functions of -o template: those of text/template, and json,
// join, upper and lower.

package output

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"text/template" // two escapers that do not need its executor
)

// templateFunc is a function of templates.
type templateFunc struct {
	args  int  // it takes
	more  bool // it takes more than that
	texts int  // the first args that must be strings
	run   func(args []any) (datum, error)
}

func templateFuncs() map[string]templateFunc {
	return map[string]templateFunc{
		"and": {args: 1, more: true}, // andOr: they do not evaluate all arguments
		"or":  {args: 1, more: true},
		"not": {args: 1, run: func(a []any) (datum, error) { return concrete(!truth(a[0])), nil }},

		"eq": {args: 1, more: true, run: comparison(func(a []any) (bool, error) { return equal(a[0], a[1:]...) })},
		"ne": {args: 2, run: comparison(func(a []any) (bool, error) { return opposite(equal(a[0], a[1])) })},
		"lt": {args: 2, run: comparison(func(a []any) (bool, error) { return less(a[0], a[1]) })},
		"le": {args: 2, run: comparison(func(a []any) (bool, error) { return atMost(a[0], a[1]) })},
		"gt": {args: 2, run: comparison(func(a []any) (bool, error) { return opposite(atMost(a[0], a[1])) })},
		"ge": {args: 2, run: comparison(func(a []any) (bool, error) { return opposite(less(a[0], a[1])) })},

		"len":   {args: 1, run: length},
		"index": {args: 1, more: true, run: index},
		"slice": {args: 1, more: true, run: slice},

		"print":    {more: true, run: text(func(a []any) string { return fmt.Sprint(a...) })},
		"println":  {more: true, run: text(func(a []any) string { return fmt.Sprintln(a...) })},
		"printf":   {args: 1, more: true, texts: 1, run: text(func(a []any) string { return fmt.Sprintf(a[0].(string), a[1:]...) })},
		"html":     {more: true, run: text(func(a []any) string { return template.HTMLEscapeString(printed(a)) })},
		"js":       {more: true, run: text(func(a []any) string { return template.JSEscapeString(printed(a)) })},
		"urlquery": {more: true, run: text(func(a []any) string { return url.QueryEscape(printed(a)) })},

		"json": {args: 1, run: func(a []any) (datum, error) {
			b, err := appendMarshal(nil, a[0])
			return concrete(string(b)), err
		}},
		"join":  {args: 2, texts: 1, run: text(func(a []any) string { return joined(a[0].(string), a[1]) })},
		"upper": {args: 1, texts: 1, run: text(func(a []any) string { return strings.ToUpper(a[0].(string)) })},
		"lower": {args: 1, texts: 1, run: text(func(a []any) string { return strings.ToLower(a[0].(string)) })},
	}
}

func text(f func([]any) string) func([]any) (datum, error) {
	return func(args []any) (datum, error) { return concrete(f(args)), nil }
}

func comparison(f func([]any) (bool, error)) func([]any) (datum, error) {
	return func(args []any) (datum, error) {
		is, err := f(args)
		return concrete(is), err
	}
}

// joined is the elements of a list as text, with sep between them.
func joined(sep string, list any) string {
	var parts []string
	if values, ok := list.([]any); ok {
		for _, v := range values {
			parts = append(parts, string(appendExact(nil, v)))
		}
	}
	return strings.Join(parts, sep)
}

// printed is the text that the escapers work on.
func printed(args []any) string {
	for i, v := range args {
		if v == nil {
			args[i] = noValue
		}
	}
	return fmt.Sprint(args...)
}

// asString returns strings and the text of JSON numbers.
func asString(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	}
	return "", false
}

func length(args []any) (datum, error) {
	switch x := args[0].(type) {
	case nil:
		return datum{}, fmt.Errorf("len of nil pointer")
	case []any:
		return concrete(len(x)), nil
	case map[string]any:
		return concrete(len(x)), nil
	}
	if s, ok := asString(args[0]); ok {
		return concrete(len(s)), nil
	}
	return datum{}, fmt.Errorf("len of type %T", args[0])
}

// index is x[i][j]: the first argument indexed by those after it.
func index(args []any) (datum, error) {
	if args[0] == nil {
		return datum{}, fmt.Errorf("index of untyped nil")
	}
	item := concrete(args[0])
	for _, i := range args[1:] {
		var err error
		if item, err = indexOne(item.v, i); err != nil {
			return datum{}, err
		}
	}
	return item, nil
}

func indexOne(item, i any) (datum, error) {
	switch x := item.(type) {
	case nil:
		return datum{}, fmt.Errorf("index of nil pointer")
	case map[string]any:
		switch key := i.(type) {
		case nil:
			return datum{}, fmt.Errorf("value is nil; should be of type string")
		case string:
			return element(x[key]), nil
		}
		return datum{}, fmt.Errorf("value has type %T; should be string", i)
	case []any:
		at, err := position(i, len(x)-1)
		if err != nil {
			return datum{}, err
		}
		return element(x[at]), nil
	}
	s, ok := asString(item)
	if !ok {
		return datum{}, fmt.Errorf("can't index item of type %T", item)
	}
	at, err := position(i, len(s)-1)
	if err != nil {
		return datum{}, err
	}
	return concrete(s[at]), nil
}

// position returns an index as an int from 0 to most.
func position(i any, most int) (int, error) {
	if i == nil {
		return 0, fmt.Errorf("cannot index slice/array with nil")
	}
	n, ok := integer(i)
	if !ok {
		return 0, fmt.Errorf("cannot index slice/array with type %T", i)
	}
	if n < 0 || n > int64(most) {
		return 0, fmt.Errorf("index out of range: %d", n)
	}
	return int(n), nil
}

// slice is x[i:j:k] of a list, or x[i:j] of a text.
func slice(args []any) (datum, error) {
	item, bounds := args[0], args[1:]
	s, isText := asString(item)
	list, isList := item.([]any)
	switch {
	case item == nil:
		return datum{}, fmt.Errorf("slice of untyped nil")
	case len(bounds) > 3:
		return datum{}, fmt.Errorf("too many slice indexes: %d", len(bounds))
	case isText && len(bounds) == 3:
		return datum{}, fmt.Errorf("cannot 3-index slice a string")
	case !isText && !isList:
		return datum{}, fmt.Errorf("can't slice item of type %T", item)
	}
	size := len(list) + len(s)
	at := [3]int{0, size, size}
	for i, b := range bounds {
		var err error
		if at[i], err = position(b, size); err != nil {
			return datum{}, err
		}
	}
	for i := range at[1:] {
		if at[i] > at[i+1] {
			return datum{}, fmt.Errorf("invalid slice index: %d > %d", at[i], at[i+1])
		}
	}
	if isList {
		return concrete(list[at[0]:at[1]:at[2]]), nil
	}
	if n, isNumber := item.(json.Number); isNumber {
		return concrete(n[at[0]:at[1]]), nil
	}
	return concrete(s[at[0]:at[1]]), nil
}
