// This file makes strings from outside harmless for a terminal.

package output

import (
	"unicode/utf8"
)

// Clean removes what could move a terminal or mislead its reader: the C0
// controls but newline and tab, DEL, the C1 controls U+0080 to U+009F (eight-bit
// CSI among them), and the bidirectional overrides and isolates. Line and
// paragraph separators become a space; bytes that are not UTF-8 become U+FFFD.
func Clean(s string) string {
	i := firstUnclean(s)
	if i < 0 {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:i]...)
	return string(appendClean(out, s[i:], false))
}

// firstUnclean returns the index of the first byte Clean would change, or -1.
func firstUnclean(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if (c < ' ' && c != '\n' && c != '\t') || c == 0x7f {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && size == 1) || unsafeRune(r) {
			return i
		}
		i += size
	}
	return -1
}

// appendClean appends s cleaned. In a cell, newline, carriage return and tab
// become a space: a cell is one line.
func appendClean(dst []byte, s string, cell bool) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f {
			dst = append(dst, c)
			i++
			continue
		}
		if c < utf8.RuneSelf {
			switch {
			case c == '\r' && i+1 < len(s) && s[i+1] == '\n': // the newline stands for both
			case cell && (c == '\n' || c == '\t' || c == '\r'):
				dst = append(dst, ' ')
			case c == '\n' || c == '\t':
				dst = append(dst, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == 0x2028 || r == 0x2029:
			dst = append(dst, ' ')
		case !unsafeRune(r):
			dst = utf8.AppendRune(dst, r)
		}
		i += size
	}
	return dst
}

// unsafeRune tells the characters beyond ASCII that must not reach a terminal.
func unsafeRune(r rune) bool {
	switch {
	case r >= 0x80 && r <= 0x9f: // C1
	case r >= 0x202a && r <= 0x202e: // embeddings and overrides
	case r >= 0x2066 && r <= 0x2069: // isolates
	case r == 0x2028 || r == 0x2029: // line and paragraph separator
	default:
		return false
	}
	return true
}

// appendEscapedJSON copies JSON and writes as \u00XX what Clean would remove.
// Inside JSON such characters only occur in strings, where the escape means
// the same; a raw one would reach the terminal.
func appendEscapedJSON(dst, src []byte) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(src); {
		if c := src[i]; c < utf8.RuneSelf {
			if c == 0x7f {
				dst = append(dst, `\u007f`...)
			} else {
				dst = append(dst, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		if unsafeRune(r) {
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		i += size
	}
	return dst
}
