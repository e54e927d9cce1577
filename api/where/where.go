// Package where is the language of conditions over named fields, such as
//
//	status == "offline" && !(name ~ "^Test") || downFor > 5m
//
// Operators, loosest first: || && (or, and) then == != < <= > >= ~ in contains, then !
// (not) and parentheses. ~ matches a regular expression (RE2), contains finds a part
// of a text or an element of a list, in tests against a list: status in
// ["online", "error"]. 2% is two hundredths of the field total. Literals are texts in double or single quotes, numbers,
// true, false, null, and durations such as 90s, 5m or 1h30m, which are their
// number of seconds. A field is a name with dots: data.status.
//
// What is not there is null. Values of different types are not equal and have
// no order, so that a condition on a field that a record lacks is false and no
// error: streams mix records of many shapes.
package where

// This file is about one thing: a compiled condition and its values.

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
)

// Error is a condition that cannot be compiled.
type Error struct {
	Text    string   // the whole condition
	At      int      // offset in bytes of the trouble
	Problem string   // in words
	Name    string   // an unknown field, where that is the trouble
	Names   []string // then the fields there are
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s at character %d of %q", e.Problem, len([]rune(e.Text[:e.At]))+1, e.Text)
}

// Cond is a compiled condition. It is safe for use by several goroutines.
type Cond struct {
	text     string
	root     node
	fields   []string
	compared []Compared
}

// Compared is a field and a text that a condition compares it with.
type Compared struct{ Field, Text string }

// String returns the condition as it was written.
func (c *Cond) String() string { return c.text }

// Fields lists the fields that the condition reads, each once, in order.
func (c *Cond) Fields() []string { return c.fields }

// Compared lists the fields that are compared with texts, in order.
func (c *Cond) Compared() []Compared { return c.compared }

// Test evaluates the condition. field returns a value by name: nil, string,
// bool, a number, time.Time, time.Duration, a list or json.RawMessage. A
// condition that is only a field is true when that is true.
func (c *Cond) Test(field func(name string) any) bool {
	truth, _ := c.root.eval(field).(bool)
	return truth
}

// node is a part of a condition. A value is nil, string, bool, float64 or []any.
type node interface {
	eval(field func(string) any) any
}

type (
	literal  struct{ value any }
	fieldRef struct{ name string }
	list     struct{ items []node }
	percent  float64
	not      struct{ of node }
	both     struct{ a, b node }
	either   struct{ a, b node }
	match    struct {
		text node
		re   *regexp.Regexp
	}
	compare struct {
		op   string
		a, b node
	}
)

func (n literal) eval(func(string) any) any { return n.value }

func (n fieldRef) eval(field func(string) any) any { return plain(field(n.name)) }

// totalField is what a percentage is a part of.
const totalField = "total"

func (n percent) eval(field func(string) any) any {
	total, ok := plain(field(totalField)).(float64)
	if !ok {
		return nil
	}
	return float64(n) / 100 * total
}

func (n list) eval(field func(string) any) any {
	values := make([]any, len(n.items))
	for i, item := range n.items {
		values[i] = item.eval(field)
	}
	return values
}

func (n not) eval(field func(string) any) any { return !isTrue(n.of.eval(field)) }

func (n both) eval(field func(string) any) any {
	return isTrue(n.a.eval(field)) && isTrue(n.b.eval(field))
}

func (n either) eval(field func(string) any) any {
	return isTrue(n.a.eval(field)) || isTrue(n.b.eval(field))
}

func (n match) eval(field func(string) any) any {
	text, ok := n.text.eval(field).(string)
	return ok && n.re.MatchString(text)
}

func (n compare) eval(field func(string) any) any {
	a, b := n.a.eval(field), n.b.eval(field)
	switch n.op {
	case "==":
		return reflect.DeepEqual(a, b)
	case "!=":
		return !reflect.DeepEqual(a, b)
	case "in":
		return holds(b, a)
	case "contains":
		return holds(a, b)
	}
	return ordered(n.op, a, b)
}

func isTrue(v any) bool { truth, _ := v.(bool); return truth }

// holds says whether an element is in a list, or a text in a text.
func holds(in, what any) bool {
	switch in := in.(type) {
	case []any:
		for _, v := range in {
			if reflect.DeepEqual(v, what) {
				return true
			}
		}
	case string:
		part, ok := what.(string)
		return ok && strings.Contains(in, part)
	}
	return false
}

// ordered compares two numbers, or two texts; times in ISO 8601 are texts in
// the order of time.
func ordered(op string, a, b any) bool {
	c := 0
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		if !ok || x != x || y != y {
			return false
		}
		if x < y {
			c = -1
		} else if x > y {
			c = 1
		}
	case string:
		y, ok := b.(string)
		if !ok {
			return false
		}
		c = strings.Compare(x, y)
	default:
		return false
	}
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// plain turns a field's value into one of the few types there are.
func plain(v any) any {
	switch v := v.(type) {
	case nil, bool, string, float64:
		return v
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Format("2006-01-02T15:04:05.000Z")
	case time.Duration:
		return v.Seconds()
	case json.RawMessage:
		var out any
		if json.Unmarshal(v, &out) != nil {
			return nil
		}
		return out
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(r.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return float64(r.Uint())
	case reflect.String:
		return r.String()
	case reflect.Slice:
		values := make([]any, r.Len())
		for i := range values {
			values[i] = plain(r.Index(i).Interface())
		}
		return values
	}
	return v
}
