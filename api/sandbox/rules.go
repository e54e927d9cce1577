// The constraints that schemas are made of, with the texts of the platform's validation library.

package sandbox

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

//go:noinline
func isString() *rule {
	return &rule{text: "must be a string", ok: func(v any) bool { _, ok := v.(string); return ok }}
}

//go:noinline
func notEmpty() *rule {
	return &rule{text: "should not be empty", ok: func(v any) bool { return v != nil && v != "" }}
}

// textLength counts UTF-16 units, as JavaScript does.
func textLength(s string) int { return len(utf16.Encode([]rune(s))) }

//go:noinline
func maxLength(n int) *rule {
	return &rule{text: fmt.Sprintf("must be shorter than or equal to %d characters", n), ok: func(v any) bool {
		s, ok := v.(string)
		return ok && textLength(s) <= n
	}}
}

//go:noinline
func minLength(n int) *rule {
	return &rule{text: fmt.Sprintf("must be longer than or equal to %d characters", n), ok: func(v any) bool {
		s, ok := v.(string)
		return ok && textLength(s) >= n
	}}
}

//go:noinline
func isEmail() *rule {
	return &rule{text: "must be an email", ok: func(v any) bool {
		s, ok := v.(string)
		if !ok {
			return false
		}
		local, domain, found := strings.Cut(s, "@")
		return found && isDotAtom(local) && isDotAtom(domain) && strings.Contains(domain, ".")
	}}
}

// isDotAtom says whether s is what stands on one side of the "@" of an address: words with single dots between
// (RFC 5322, 3.2.3). net/mail knows it too, for 20 kB of the binary.
func isDotAtom(s string) bool {
	for word := range strings.SplitSeq(s, ".") {
		if word == "" || strings.ContainsFunc(word, func(c rune) bool {
			return c <= ' ' || c == 0x7f || c == utf8.RuneError || strings.ContainsRune(`()<>[]:;@\,"`, c)
		}) {
			return false
		}
	}
	return true
}

//go:noinline
func isInt() *rule {
	return &rule{text: "must be an integer number", ok: func(v any) bool {
		f, ok := v.(float64)
		return ok && f == math.Trunc(f) && !math.IsInf(f, 0)
	}}
}

//go:noinline
func isNumber() *rule {
	return &rule{text: "must be a number conforming to the specified constraints", ok: func(v any) bool {
		f, ok := v.(float64)
		return ok && !math.IsNaN(f) && !math.IsInf(f, 0)
	}}
}

//go:noinline
func atLeast(n float64) *rule {
	return &rule{text: fmt.Sprintf("must not be less than %g", n), ok: func(v any) bool { f, ok := v.(float64); return ok && f >= n }}
}

//go:noinline
func atMost(n float64) *rule {
	return &rule{text: fmt.Sprintf("must not be greater than %d", int64(n)), ok: func(v any) bool { f, ok := v.(float64); return ok && f <= n }}
}

//go:noinline
func isBool() *rule {
	return &rule{text: "must be a boolean value", ok: func(v any) bool { _, ok := v.(bool); return ok }}
}

//go:noinline
func oneOf(values ...string) *rule {
	return &rule{text: "must be one of the following values: " + strings.Join(values, ", "), ok: func(v any) bool {
		s, ok := v.(string)
		return ok && slices.Contains(values, s)
	}}
}

//go:noinline
func isObject() *rule {
	return &rule{text: "must be an object", ok: func(v any) bool { _, ok := v.(map[string]any); return ok }}
}

//go:noinline
func isArray() *rule {
	return &rule{text: "must be an array", ok: func(v any) bool { _, ok := v.([]any); return ok }}
}

//go:noinline
func arrayMin(n int) *rule {
	return &rule{text: fmt.Sprintf("must contain at least %d elements", n), ok: func(v any) bool { l, ok := v.([]any); return ok && len(l) >= n }}
}

//go:noinline
func arrayMax(n int) *rule {
	return &rule{text: fmt.Sprintf("must contain no more than %d elements", n), ok: func(v any) bool { l, ok := v.([]any); return ok && len(l) <= n }}
}

// each applies a rule to every element of an array; like the platform, a value that is no array fails too.
//
//go:noinline
func each(r *rule) *rule {
	return &rule{text: r.text, prefix: true, ok: func(v any) bool {
		l, ok := v.([]any)
		return ok && !slices.ContainsFunc(l, func(e any) bool { return !r.ok(e) })
	}}
}

//go:noinline
func isDate() *rule {
	return &rule{text: "must be a valid ISO 8601 date string", ok: func(v any) bool {
		s, ok := v.(string)
		_, err := parseDate(s)
		return ok && err == nil
	}}
}

// contentURL is the platform's check of a content address: http, https or its own storage.
func contentURL() *rule {
	return &rule{text: "must be a valid HTTP(S) or minio URL", ok: func(v any) bool {
		s, ok := v.(string)
		u, err := url.Parse(s)
		return ok && err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "minio")
	}}
}

// passwordRules are the three of register, change and reset (contract rest 2).
func passwordRules() []*rule {
	return []*rule{
		{text: "must be at most 72 bytes", ok: func(v any) bool { s, ok := v.(string); return ok && len(s) <= 72 }},
		says("must contain at least one uppercase letter, one lowercase letter, and one number or special character", mixed),
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
