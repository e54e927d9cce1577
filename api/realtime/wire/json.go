package wire

// This file is about walking JSON without decoding it: where a value ends and
// whether it is well formed (RFC 8259). It exists because checking an event
// with encoding/json costs several times the rest of its handling.

import (
	"encoding/binary"
	"encoding/json"
)

// maxDepth bounds nesting, as encoding/json does, so that a hostile message
// cannot exhaust the stack.
const maxDepth = 10000

// skipSpace returns the index of the first byte at or after i that is not
// JSON white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the index after the JSON value that starts at i (white
// space before it allowed), or -1 when there is no well-formed value.
func skipValue(b []byte, i, depth int) int {
	i = skipSpace(b, i)
	if i >= len(b) || depth > maxDepth {
		return -1
	}
	switch c := b[i]; {
	case c == '"':
		return skipString(b, i)
	case c == '{':
		return skipObject(b, i, depth)
	case c == '[':
		return skipArray(b, i, depth)
	case c == 't':
		return skipWord(b, i, "true")
	case c == 'f':
		return skipWord(b, i, "false")
	case c == 'n':
		return skipWord(b, i, "null")
	case c == '-' || isDigit(c):
		return skipNumber(b, i)
	}
	return -1
}

// skipArray skips the array whose '[' is at i.
func skipArray(b []byte, i, depth int) int {
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i = skipValue(b, i, depth+1); i < 0 {
			return -1
		}
		i = skipSpace(b, i)
		if i >= len(b) {
			return -1
		}
		switch b[i] {
		case ',':
			i++
		case ']':
			return i + 1
		default:
			return -1
		}
	}
}

// skipObject skips the object whose '{' is at i.
func skipObject(b []byte, i, depth int) int {
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != '"' {
			return -1
		}
		if i = skipString(b, i); i < 0 {
			return -1
		}
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != ':' {
			return -1
		}
		if i = skipValue(b, i+1, depth+1); i < 0 {
			return -1
		}
		i = skipSpace(b, i)
		if i >= len(b) {
			return -1
		}
		switch b[i] {
		case ',':
			i++
		case '}':
			return i + 1
		default:
			return -1
		}
	}
}

// skipString skips the string whose opening quote is at i. It looks at eight
// bytes at a time (the "has a zero byte" trick) and slows down only where one
// of them is a quote, a backslash or a control character.
func skipString(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i++
	for {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			q, s := w^(ones*'"'), w^(ones*'\\')
			special := ((q-ones)&^q | (s-ones)&^s | (w-ones*0x20)&^w) & highs
			if special != 0 {
				break
			}
			i += 8
		}
		for n := 0; n < 8; n++ {
			if i >= len(b) {
				return -1
			}
			switch c := b[i]; {
			case c == '"':
				return i + 1
			case c == '\\':
				if i = skipEscape(b, i); i < 0 {
					return -1
				}
			case c < 0x20:
				return -1
			default:
				i++
			}
		}
	}
}

// skipEscape skips the escape whose backslash is at i.
func skipEscape(b []byte, i int) int {
	if i+1 >= len(b) {
		return -1
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 > len(b) {
			return -1
		}
		for _, c := range b[i+2 : i+6] {
			if !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return -1
			}
		}
		return i + 6
	}
	return -1
}

// skipNumber skips the number that starts at i.
func skipNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b) || !isDigit(b[i]):
		return -1
	case b[i] == '0':
		i++
	default:
		i = skipDigits(b, i)
	}
	if i < len(b) && b[i] == '.' {
		if end := skipDigits(b, i+1); end > i+1 {
			i = end
		} else {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := skipDigits(b, i)
		if end == i {
			return -1
		}
		i = end
	}
	return i
}

// skipDigits returns the index of the first byte at or after i that is not a
// decimal digit.
func skipDigits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

// skipWord skips a literal name that must start at i.
func skipWord(b []byte, i int, word string) int {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unquote returns the text of a well-formed JSON string. Without an escape it
// aliases the input; with one it is decoded.
func unquote(quoted []byte) ([]byte, error) {
	text := quoted[1 : len(quoted)-1]
	for _, c := range text {
		if c == '\\' {
			var s string
			if err := json.Unmarshal(quoted, &s); err != nil {
				return nil, err
			}
			return []byte(s), nil
		}
	}
	return text, nil
}
