// The constraints that schemas are made of, with the texts of the platform's validation library.

package sandbox

import (
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

func isString() rule {
	return rule{text: "must be a string", ok: func(v any) bool { _, ok := v.(string); return ok }}
}

func notEmpty() rule {
	return rule{text: "should not be empty", ok: func(v any) bool { return v != nil && v != "" }}
}

// textLength counts UTF-16 units, as JavaScript does.
func textLength(s string) int { return len(utf16.Encode([]rune(s))) }

func maxLength(n int) rule {
	return rule{text: fmt.Sprintf("must be shorter than or equal to %d characters", n), ok: func(v any) bool {
		s, ok := v.(string)
		return ok && textLength(s) <= n
	}}
}

func minLength(n int) rule {
	return rule{text: fmt.Sprintf("must be longer than or equal to %d characters", n), ok: func(v any) bool {
		s, ok := v.(string)
		return ok && textLength(s) >= n
	}}
}

func isEmail() rule {
	return rule{text: "must be an email", ok: func(v any) bool {
		s, ok := v.(string)
		if !ok {
			return false
		}
		a, err := mail.ParseAddress(s)
		_, domain, _ := strings.Cut(s, "@")
		return err == nil && a.Address == s && strings.Contains(domain, ".")
	}}
}

func isInt() rule {
	return rule{text: "must be an integer number", ok: func(v any) bool {
		f, ok := v.(float64)
		return ok && f == math.Trunc(f) && !math.IsInf(f, 0)
	}}
}

func isNumber() rule {
	return rule{text: "must be a number conforming to the specified constraints", ok: func(v any) bool {
		f, ok := v.(float64)
		return ok && !math.IsNaN(f) && !math.IsInf(f, 0)
	}}
}

func atLeast(n float64) rule {
	return rule{text: fmt.Sprintf("must not be less than %g", n), ok: func(v any) bool { f, ok := v.(float64); return ok && f >= n }}
}

func atMost(n float64) rule {
	return rule{text: fmt.Sprintf("must not be greater than %d", int64(n)), ok: func(v any) bool { f, ok := v.(float64); return ok && f <= n }}
}

func isBool() rule {
	return rule{text: "must be a boolean value", ok: func(v any) bool { _, ok := v.(bool); return ok }}
}

func oneOf(values ...string) rule {
	return rule{text: "must be one of the following values: " + strings.Join(values, ", "), ok: func(v any) bool {
		s, ok := v.(string)
		return ok && slices.Contains(values, s)
	}}
}

func isObject() rule {
	return rule{text: "must be an object", ok: func(v any) bool { _, ok := v.(map[string]any); return ok }}
}

func isArray() rule {
	return rule{text: "must be an array", ok: func(v any) bool { _, ok := v.([]any); return ok }}
}

func arrayMin(n int) rule {
	return rule{text: fmt.Sprintf("must contain at least %d elements", n), ok: func(v any) bool { l, ok := v.([]any); return ok && len(l) >= n }}
}

func arrayMax(n int) rule {
	return rule{text: fmt.Sprintf("must contain no more than %d elements", n), ok: func(v any) bool { l, ok := v.([]any); return ok && len(l) <= n }}
}

// each applies a rule to every element of an array; like the platform, a value that is no array fails too.
func each(r rule) rule {
	return rule{text: r.text, prefix: true, ok: func(v any) bool {
		l, ok := v.([]any)
		return ok && !slices.ContainsFunc(l, func(e any) bool { return !r.ok(e) })
	}}
}

func isDate() rule {
	return rule{text: "must be a valid ISO 8601 date string", ok: func(v any) bool {
		s, ok := v.(string)
		_, err := parseDate(s)
		return ok && err == nil
	}}
}

func matches(pattern, text string) rule {
	re := regexp.MustCompile(pattern)
	return rule{text: text, ok: func(v any) bool { s, ok := v.(string); return ok && re.MatchString(s) }}
}

// contentURL is the platform's check of a content address: http, https or its own storage.
func contentURL() rule {
	return rule{text: "must be a valid HTTP(S) or minio URL", ok: func(v any) bool {
		s, ok := v.(string)
		u, err := url.Parse(s)
		return ok && err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "minio")
	}}
}

// passwordRules are the three of register, change and reset (contract rest 2).
func passwordRules() []rule {
	return []rule{
		{text: "must be at most 72 bytes", ok: func(v any) bool { s, ok := v.(string); return ok && len(s) <= 72 }},
		{text: "must contain at least one uppercase letter, one lowercase letter, and one number or special character", ok: func(v any) bool {
			s, _ := v.(string)
			return strings.ContainsFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' }) &&
				strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' }) &&
				strings.ContainsFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' && r < 'a' && r != '_' || r > 'z' })
		}},
		minLength(8), isString(),
	}
}

// parseDate reads what the platform's IsDateString and JavaScript's Date take: a date (00:00 UTC) or a date and time.
func parseDate(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Parse("2006-01-02", s)
}

// fullDate says whether the database takes the text as it is: a date without a time is a 500 there (contract rest 1.4).
func fullDate(s string) bool { return strings.Contains(s, "T") }

// Shorthands for fields, in the form in which most of them occur.

func text(name string, rules ...rule) field {
	return field{name: name, typ: tString, rules: append(rules, isString())}
}

func required(name string) field { return text(name, notEmpty()) }

func bounded(name string, lo, hi int) field { return text(name, maxLength(hi), minLength(lo)) }

func integer(name string, rules ...rule) field {
	return field{name: name, typ: tNumber, rules: append(rules, isInt())}
}

func boolean(name string) field { return field{name: name, typ: tBool, rules: []rule{isBool()}} }

func object(name string) field { return field{name: name, typ: tObject, rules: []rule{isObject()}} }

func date(name string) field { return field{name: name, typ: tString, rules: []rule{isDate()}} }

func idList(name string, lo, hi int) field {
	rules := []rule{each(isString())}
	if hi > 0 {
		rules = append(rules, arrayMax(hi))
	}
	return field{name: name, typ: tArray, rules: append(rules, arrayMin(lo), isArray())}
}

// optional marks fields whose absence or null passes.
func optional(fields ...field) []field {
	for i := range fields {
		fields[i].optional = true
	}
	return fields
}

func with(required schema, more ...[]field) schema {
	out := slices.Clone(required)
	for _, m := range more {
		out = append(out, m...)
	}
	return out
}

// paged is the query of every list: page and limit first, then the list's own filters.
func paged(more ...field) schema {
	return with(optional(integer("page", atLeast(1)), integer("limit", atMost(100), atLeast(1))), optional(more...))
}
