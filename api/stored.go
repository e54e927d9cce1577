package api

// This file is about one thing: what the server makes of a string that is sent
// to it (contract rest 1.7). It serves warnings and length checks; what counts
// in the end is what the server answers.

import (
	"html"
	"strings"
)

// Stored returns the form in which the server keeps s and the form in which its
// API then shows it. Markup is removed, entities are decoded, what is left of
// < > & is escaped, and only &amp; is turned back when it is read.
func Stored(s string) (stored, shown string) {
	s = strings.TrimSpace(escapeText(stripTags(strings.TrimSpace(s))))
	return s, strings.ReplaceAll(s, "&amp;", "&")
}

// stripTags drops tags, the content of script and style, and everything from a
// tag that is never closed. What it returns is text with its entities decoded;
// that happens between tags only, so that "&lt;b&gt;" stays text.
func stripTags(s string) string {
	var b strings.Builder
	for {
		at, size := nextTag(s)
		if at < 0 {
			b.WriteString(html.UnescapeString(s))
			return b.String()
		}
		b.WriteString(html.UnescapeString(s[:at]))
		s = s[at+size:]
	}
}

// nextTag finds the first tag, with all that goes with it; -1 when there is none.
func nextTag(s string) (at, size int) {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '<')
		if i < 0 {
			return -1, 0
		}
		at = from + i
		if opensTag(s[at:]) {
			return at, tagSize(s[at:])
		}
		from = at + 1
	}
}

// opensTag reports whether s, which starts with '<', starts a tag.
func opensTag(s string) bool {
	if len(s) < 2 {
		return false
	}
	c := s[1]
	return c == '!' || c == '?' || isLetter(c) || (c == '/' && len(s) > 2)
}

func isLetter(c byte) bool { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') }

// tagSize is how much a tag takes with it: itself, a comment, or an element
// whose content is dropped too.
func tagSize(s string) int {
	if strings.HasPrefix(s, "<!--") {
		return through(s, "-->")
	}
	if !isLetter(s[1]) {
		return through(s, ">")
	}
	end := tagEnd(s)
	switch name := tagName(s); name {
	case "script", "style", "textarea", "option":
		at := strings.Index(asciiLower(s[end:]), "</"+name)
		if at < 0 {
			return len(s)
		}
		return end + at + through(s[end+at:], ">")
	}
	return end
}

// tagEnd is the index after the '>' that closes a tag, which may hold one in
// a quoted attribute.
func tagEnd(s string) int {
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && s[i-1] == '=':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(s)
}

func tagName(s string) string {
	end := 1
	for end < len(s) && (isLetter(s[end]) || s[end] >= '0' && s[end] <= '9') {
		end++
	}
	return asciiLower(s[1:end])
}

// asciiLower keeps every byte in its place, which strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func through(s, mark string) int {
	if i := strings.Index(s, mark); i >= 0 {
		return i + len(mark)
	}
	return len(s)
}

var textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func escapeText(s string) string { return textEscaper.Replace(s) }

// CorruptedParameter returns the name of the first query parameter in a URL
// that the server would turn into a symbol, or "": HTML knows some entities
// without a semicolon, such as &reg in "&region=eu" (contract rest 1.7).
func CorruptedParameter(url string) string {
	for {
		_, rest, found := strings.Cut(url, "&")
		if !found {
			return ""
		}
		url = rest
		name := rest
		if end := strings.IndexAny(rest, "=&#"); end >= 0 {
			name = rest[:end]
		}
		if text := "&" + name + "="; html.UnescapeString(text) != text {
			return name
		}
	}
}
