// Reading the route table: an endpoint is a line of text, a body or query a list of fields in a small language, so that the
// table reads like the contract's and costs the program a few bytes per field.
//
//	POST /displays/:id/tags A,M Sub        who: roles, any, public, device, enroll; then gates, a status, options
//	name:text(1..100) note?:text(..500)    a field, "?" if it may be absent or null
//
// Types: text, int, num, bool, obj, date, email, ids, list, any, a choice (red|green), a choice in the words of some of the
// platform's own messages (in(red|green)), an object ({...}), an array of objects ([...]), and @NAME for rules of their own.
// (LO..HI) bounds a text's length, a number, or the length of ids; "!" means that it must not be empty.

package sandbox

import (
	"strconv"
	"strings"
)

// endpoint is one line of the route table. An empty body or query is not looked at; "-" takes no field at all.
type endpoint struct {
	line        string
	handle      func(*call) (any, error)
	body, query string
}

// compile reads an endpoint. A table that cannot be read is a mistake of ours, found by every test.
func (e endpoint) compile() *route {
	words := strings.Fields(e.line)
	r := &route{method: words[0], pattern: words[1], handle: e.handle}
	for _, w := range words[2:] {
		r.option(w)
	}
	r.body, r.query = parseFields(e.body), parseFields(e.query)
	return r
}

func (r *route) option(word string) {
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "any":
		r.access = anyUser
	case "public":
		r.access = public
	case "device":
		r.access = device
	case "enroll":
		r.access = enroll
	case "keys":
		r.keys = true
	case "html":
		r.raw = true
	case "uuid":
		r.ids = uuidID
	case "raw":
		r.ids = rawID
	case "calm":
		r.limit.skip = true
	case "limit":
		prod, dev, two := strings.Cut(value, "/")
		r.limit.prod = atoi(prod)
		if r.limit.dev = r.limit.prod; two {
			r.limit.dev = atoi(dev)
		}
	default:
		if n := atoi(word); n > 0 {
			r.ok = n
			return
		}
		for _, part := range strings.Split(word, ",") {
			switch part {
			case "A":
				r.access |= admin
			case "M":
				r.access |= manager
			case "V":
				r.access |= viewer
			case "Sub":
				r.gates |= sub
			case "Pub":
				r.gates |= pub
			case "Q":
				r.gates |= quota
			}
		}
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s) // 0 for what is no number
	return n
}

// parseFields reads a list of fields; nil for "".
func parseFields(spec string) schema {
	if spec == "" {
		return nil
	}
	s := schema{}
	for _, word := range splitFields(spec) {
		if word == "-" {
			continue
		}
		if word == "page" {
			s = append(s, parseFields("page?:int(1..) limit?:int(1..100)")...)
			continue
		}
		name, typ, _ := strings.Cut(word, ":")
		name, maybe := strings.CutSuffix(name, "?")
		f := parseType(typ)
		f.name, f.optional = name, maybe
		s = append(s, f)
	}
	return s
}

// splitFields cuts at blanks outside of brackets.
func splitFields(spec string) []string {
	var out []string
	depth, start := 0, -1
	for i := range len(spec) {
		switch c := spec[i]; {
		case c == ' ' && depth == 0:
			if start >= 0 {
				out = append(out, spec[start:i])
			}
			start = -1
			continue
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		}
		if start < 0 {
			start = i
		}
	}
	if start >= 0 {
		out = append(out, spec[start:])
	}
	return out
}

func parseType(typ string) field {
	switch typ[0] {
	case '@':
		return namedField(typ[1:])
	case '{':
		return field{typ: tObject, nested: parseFields(typ[1 : len(typ)-1])}
	case '[':
		return field{typ: tArray, rules: []*rule{isArray()}, item: parseFields(typ[1 : len(typ)-1])}
	}
	typ, filled := strings.CutSuffix(typ, "!")
	base, rest, bounded := strings.Cut(typ, "(")
	rest = strings.TrimSuffix(rest, ")")
	if base == "in" {
		return field{typ: tString, rules: []*rule{amongWords(strings.Split(rest, "|")...)}}
	}
	low, high, _ := strings.Cut(rest, "..")
	f := baseField(base, bounded, low, high)
	if filled {
		f.rules = append([]*rule{notEmpty()}, f.rules...)
	}
	return f
}

// baseField is a field of a plain type; its rules are in the order of the platform's messages.
func baseField(base string, bounded bool, low, high string) field {
	f := field{typ: tString}
	limit := func(most, least func(string) *rule) {
		if bounded && high != "" {
			f.rules = append(f.rules, most(high))
		}
		if bounded && low != "" {
			f.rules = append(f.rules, least(low))
		}
	}
	number := func(last *rule) {
		f.typ = tNumber
		limit(func(n string) *rule { return atMost(float64(atoi(n))) }, func(n string) *rule { return atLeast(float64(atoi(n))) })
		f.rules = append(f.rules, last)
	}
	switch base {
	case "text":
		limit(func(n string) *rule { return maxLength(atoi(n)) }, func(n string) *rule { return minLength(atoi(n)) })
		f.rules = append(f.rules, isString())
	case "int":
		number(isInt())
	case "num":
		number(isNumber())
	case "bool":
		f.typ, f.rules = tBool, []*rule{isBool()}
	case "obj":
		f.typ, f.rules = tObject, []*rule{isObject()}
	case "date":
		f.rules = []*rule{isDate()}
	case "email":
		f.rules = []*rule{isEmail(), isString()}
	case "list":
		f.typ, f.rules = tArray, []*rule{isArray()}
	case "ids":
		f.typ, f.rules = tArray, []*rule{each(isString())}
		limit(func(n string) *rule { return arrayMax(atoi(n)) }, func(n string) *rule { return arrayMin(atoi(n)) })
		f.rules = append(f.rules, isArray())
	case "any":
		f.typ = tObject
	default:
		f.rules = []*rule{oneOf(strings.Split(base, "|")...)}
	}
	return f
}

// amongWords is a choice whose message the platform words by itself.
func amongWords(values ...string) *rule {
	r := oneOf(values...)
	r.text = "must be one of: " + strings.Join(values, ", ")
	return r
}
