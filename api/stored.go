package api

// This file is about one thing: what the server makes of a string that is sent
// to it (contract rest 1.7). It serves warnings and length checks; what counts
// in the end is what the server answers.

import "strings"

// Stored returns the form in which the server keeps s and the form in which its
// API then shows it. Markup is removed, what is left of < > & is escaped, and
// only &amp; is turned back when it is read.
func Stored(s string) (stored, shown string) {
	s = stripTags(strings.TrimSpace(s))
	s = escapeText(strings.TrimSpace(s))
	return s, strings.ReplaceAll(s, "&amp;", "&")
}

// stripTags drops tags, the content of script and style, and everything from a
// tag that is never closed.
func stripTags(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '<')
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at])
		s = s[at:]
		if !opensTag(s) {
			b.WriteByte('<')
			s = s[1:]
			continue
		}
		end := strings.IndexByte(s, '>')
		if end < 0 {
			return b.String()
		}
		name := tagName(s)
		s = s[end+1:]
		if name == "script" || name == "style" {
			s = afterClosing(s, name)
		}
	}
}

// opensTag reports whether s, which starts with '<', starts a tag.
func opensTag(s string) bool {
	if len(s) < 2 {
		return false
	}
	c := s[1]
	return c == '/' || c == '!' || c == '?' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}

func tagName(s string) string {
	end := 1
	for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= 'A' && s[end] <= 'Z') {
		end++
	}
	return strings.ToLower(s[1:end])
}

func afterClosing(s, name string) string {
	at := strings.Index(strings.ToLower(s), "</"+name)
	if at < 0 {
		return ""
	}
	end := strings.IndexByte(s[at:], '>')
	if end < 0 {
		return ""
	}
	return s[at+end+1:]
}

// escapeText escapes < > and &, but not the & of an entity that is already one,
// so that writing back what was read stores the same.
func escapeText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			if entityAt(s[i:]) {
				b.WriteByte('&')
			} else {
				b.WriteString("&amp;")
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func entityAt(s string) bool {
	for _, e := range [...]string{"&amp;", "&lt;", "&gt;", "&quot;"} {
		if strings.HasPrefix(s, e) {
			return true
		}
	}
	return false
}

// legacyEntities are HTML entities that browsers decode without a semicolon; a
// URL parameter of such a name is corrupted by the server (contract rest 1.7).
var legacyEntities = [...]string{"reg", "copy", "para", "not", "times", "sect", "lt", "gt", "amp", "quot", "cent", "pound", "yen", "deg", "micro", "middot", "uml", "curren", "brvbar", "ordf", "ordm", "laquo", "raquo", "shy", "macr", "acute", "cedil", "divide", "iexcl", "iquest", "szlig", "eth", "thorn"}

// CorruptedParameter returns the name of the first query parameter in a URL
// that the server would turn into a symbol, or "".
func CorruptedParameter(url string) string {
	for i := strings.IndexByte(url, '&'); i >= 0 && i < len(url); {
		rest := url[i+1:]
		for _, e := range legacyEntities {
			if strings.HasPrefix(rest, e) {
				end := strings.IndexAny(rest, "=&#")
				if end < 0 {
					end = len(rest)
				}
				return rest[:end]
			}
		}
		next := strings.IndexByte(rest, '&')
		if next < 0 {
			return ""
		}
		i += 1 + next
	}
	return ""
}
