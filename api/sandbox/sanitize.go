// String sanitizing, as the platform's HTML library does it to every JSON string (contract rest 1.7).

package sandbox

import (
	"bytes"
	"encoding/json"
	"html"
	"strings"
)

// sanitizeText is what happens to one string on the way in: tags go, entities are decoded and written again, blanks are trimmed.
func sanitizeText(s string) string {
	if !strings.ContainsAny(s, "<>&") {
		return strings.TrimSpace(s)
	}
	var out strings.Builder
	for len(s) > 0 {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			writeText(&out, s)
			break
		}
		n, isTag := tagLength(s[i:])
		if !isTag {
			// A lone "<" is text. It is written with what follows, so that entities are decoded in one piece.
			writeText(&out, s[:i+1])
			s = s[i+1:]
			continue
		}
		writeText(&out, s[:i])
		s = s[i+n:]
	}
	return strings.TrimSpace(out.String())
}

// writeText decodes entities (also the legacy ones without a semicolon) and escapes what HTML needs escaped.
func writeText(out *strings.Builder, s string) {
	s = html.UnescapeString(s)
	for _, r := range s {
		switch r {
		case '&':
			out.WriteString("&amp;")
		case '<':
			out.WriteString("&lt;")
		case '>':
			out.WriteString("&gt;")
		default:
			out.WriteRune(r)
		}
	}
}

// tagLength says how much of s, which starts with "<", is markup to be dropped. An unclosed tag takes the rest with it.
func tagLength(s string) (n int, isTag bool) {
	switch {
	case strings.HasPrefix(s, "<!--"):
		return upTo(s, "-->"), true
	case len(s) > 1 && (s[1] == '!' || s[1] == '?'):
		return upTo(s, ">"), true
	case len(s) > 2 && s[1] == '/':
		return upTo(s, ">"), true
	case len(s) < 2 || !isLetter(s[1]):
		return 0, false
	}
	end := tagEnd(s)
	if end < 0 {
		return len(s), true
	}
	name := tagName(s)
	switch name {
	case "script", "style", "textarea", "option":
		closing := closingTag(s[end:], name)
		if closing < 0 {
			return len(s), true
		}
		return end + closing + upTo(s[end+closing:], ">"), true
	}
	return end, true
}

// closingTag finds "</name" in any letter case, or gives -1.
func closingTag(s, name string) int {
	for i := 0; ; i += 2 {
		j := strings.Index(s[i:], "</")
		if j < 0 {
			return -1
		}
		i += j
		if rest := s[i+2:]; len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			return i
		}
	}
}

// tagEnd is the index after the closing ">" outside of quotes, or -1.
func tagEnd(s string) int {
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && i > 0 && s[i-1] == '=':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return -1
}

func tagName(s string) string {
	i := 1
	for i < len(s) && (isLetter(s[i]) || s[i] >= '0' && s[i] <= '9') {
		i++
	}
	return strings.ToLower(s[1:i])
}

func upTo(s, mark string) int {
	if i := strings.Index(s, mark); i >= 0 {
		return i + len(mark)
	}
	return len(s)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// keptKey says that a field's text is not sanitized on input.
func keptKey(key string) bool {
	switch key {
	case "templateHtml", "htmlContent", "customCss", "renderedHtml":
		return true
	}
	return strings.Contains(strings.ToLower(key), "password")
}

// sanitizeInput rewrites every string of a decoded JSON body, at any depth.
func sanitizeInput(v any) any {
	switch t := v.(type) {
	case string:
		return sanitizeText(t)
	case []any:
		for i := range t {
			t[i] = sanitizeInput(t[i])
		}
	case map[string]any:
		for k, e := range t {
			if !keptKey(k) {
				t[k] = sanitizeInput(e)
			}
		}
	}
	return v
}

// sanitizeOutput rewrites every string value of an encoded answer: sanitized again, then "&amp;" (and only that) decoded.
// It works on the encoded bytes, so the order of keys and the digits of numbers stay as they were.
func sanitizeOutput(b []byte) []byte {
	if !bytes.ContainsAny(b, "<>&") && !bytes.Contains(b, []byte(`" `)) && !bytes.Contains(b, []byte(` "`)) {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	key := ""
	for i := 0; i < len(b); {
		if b[i] != '"' {
			out = append(out, b[i])
			i++
			continue
		}
		j := i + 1
		for b[j] != '"' {
			if b[j] == '\\' {
				j++
			}
			j++
		}
		literal := b[i : j+1]
		i = j + 1
		if i < len(b) && b[i] == ':' {
			key = string(literal[1 : len(literal)-1])
			out = append(out, literal...)
			continue
		}
		out = append(out, sanitizeLiteral(literal, key)...)
	}
	return out
}

func sanitizeLiteral(literal []byte, key string) []byte {
	inner := literal[1 : len(literal)-1]
	clean := !bytes.ContainsAny(inner, `<>&\`) && len(bytes.TrimSpace(inner)) == len(inner)
	if clean || keptKey(key) {
		return literal
	}
	var s string
	if err := json.Unmarshal(literal, &s); err != nil {
		return literal
	}
	return mustJSON(strings.ReplaceAll(sanitizeText(s), "&amp;", "&"))
}
