// This file prints YAML from the JSON of a record.
//
// It is our own because it has to keep the order of the keys and the digits of
// the numbers, and must quote everything that any YAML 1.1 or 1.2 reader could
// take for something else ("no", "1e3", "2026-11-23", "0x10"). A quoted string
// is written as JSON, which is YAML too. The tests read it back with two
// libraries.

package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

func (p *Printer) yamlOne(r Record) error {
	return p.yamlRecord(r, 0, "")
}

func (p *Printer) yamlList(records []Record) error {
	if len(records) == 0 {
		p.sink.buf = append(p.sink.buf, "[]\n"...)
		return nil
	}
	return p.each(records, func(r Record) error { return p.yamlRecord(r, 2, "- ") })
}

func (p *Printer) yamlRecord(r Record, indent int, first string) error {
	raw, err := r.AppendJSON(nil)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	y := yamlWriter{d: d, buf: append(p.sink.buf, first...)}
	err = y.value(indent, true)
	p.sink.buf = y.buf
	if err != nil {
		return err
	}
	return p.sink.room()
}

// YAML returns one JSON value as a block of YAML, keys in their order.
func YAML(raw []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	y := yamlWriter{d: d}
	err := y.value(0, true)
	return y.buf, err
}

// yamlWriter turns JSON tokens into block YAML.
type yamlWriter struct {
	d   *json.Decoder
	buf []byte
}

// value writes the next value and ends its line. inline tells that the line
// already holds the right indentation, behind "- " or at the very start.
func (y *yamlWriter) value(indent int, inline bool) error {
	t, err := y.d.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		return y.members(indent, inline, "{}\n", y.pair)
	case json.Delim('['):
		return y.members(indent, inline, "[]\n", y.item)
	}
	if !inline {
		y.buf = append(y.buf, ' ')
	}
	y.buf = append(appendYAMLScalar(y.buf, t), '\n')
	return nil
}

// members writes the members of an object or array up to its end.
func (y *yamlWriter) members(indent int, inline bool, empty string, member func(int) error) error {
	if !y.d.More() {
		if !inline {
			y.buf = append(y.buf, ' ')
		}
		y.buf = append(y.buf, empty...)
		_, err := y.d.Token()
		return err
	}
	if !inline {
		y.buf = append(y.buf, '\n')
	}
	for first := true; y.d.More(); first = false {
		if !first || !inline {
			y.buf = appendSpaces(y.buf, indent)
		}
		if err := member(indent); err != nil {
			return err
		}
	}
	_, err := y.d.Token()
	return err
}

func (y *yamlWriter) pair(indent int) error {
	key, err := y.d.Token()
	if err != nil {
		return err
	}
	y.buf = append(appendYAMLScalar(y.buf, key), ':')
	return y.value(indent+2, false)
}

func (y *yamlWriter) item(indent int) error {
	y.buf = append(y.buf, "- "...)
	return y.value(indent+2, true)
}

func appendYAMLScalar(dst []byte, t json.Token) []byte {
	switch x := t.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		if plainYAML(x) {
			return append(dst, x...)
		}
		quoted, err := appendMarshal(nil, x)
		if err != nil {
			return dst // a string always marshals
		}
		return appendEscapedJSON(dst, quoted)
	}
	return fmt.Append(dst, t) // bool, json.Number
}

// plainYAML reports whether s may stand without quotes: it begins with an ASCII
// letter, holds only letters, digits, spaces and a few marks that mean nothing
// in YAML, and is no word that a reader takes for a boolean or null.
func plainYAML(s string) bool {
	if s == "" || s[len(s)-1] == ' ' || !isLetter(s[0]) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune(" ._-/+@()", rune(c)) {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
