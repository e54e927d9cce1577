package bulk

// This file is about one thing: rows of JSON Lines, one object to a line.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxLine bounds one line, in bytes: more is more than the server reads at once.
const maxLine = 1 << 20

// eachLine reads rows of JSON Lines. Empty lines mean nothing; null clears a
// field, and what is absent is left alone.
func eachLine(r *bufio.Reader, fn func(*row) error, bad func(rowError)) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxLine)
	one := &row{}
	line := 1
	for ; in.Scan(); line++ {
		text := in.Bytes()
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		one.line, one.cells = line, one.cells[:0]
		if e := one.parse(text); e != nil {
			e.line = line
			bad(*e)
			continue
		}
		if err := fn(one); err != nil {
			return err
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		bad(rowError{line: line, problem: fmt.Sprintf("the line is longer than %d bytes", maxLine)})
		return nil
	}
	return in.Err()
}

// parse reads an object in the order of its members.
func (r *row) parse(text []byte) *rowError {
	fail := func(at int64, problem string) *rowError {
		at = min(at, int64(len(text)))
		return &rowError{column: utf8.RuneCount(text[:at]) + 1, problem: problem}
	}
	if !utf8.Valid(text) { // it would be read as something else
		return &rowError{problem: notUTF8, fix: saveAsUTF8}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fail(0, "the line is not a JSON object")
	}
	for d.More() {
		at := d.InputOffset()
		key, err := d.Token()
		name, ok := key.(string)
		if err != nil || !ok {
			return fail(syntaxAt(err, at), "the line is not JSON: "+reason(err))
		}
		for at < int64(len(text)) && text[at] != '"' {
			at++
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fail(syntaxAt(err, d.InputOffset()), "the line is not JSON: "+reason(err))
		}
		c := cell{name: name, column: utf8.RuneCount(text[:at]) + 1}
		c.take(value)
		r.cells = append(r.cells, c)
	}
	if _, err := d.Token(); err != nil {
		return fail(syntaxAt(err, d.InputOffset()), "the line is not JSON: "+reason(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return fail(d.InputOffset(), "something follows the object")
	}
	return nil
}

// take turns a JSON value into what a CSV cell would hold.
func (c *cell) take(value json.RawMessage) {
	switch value[0] {
	case '"':
		_ = json.Unmarshal(value, &c.text) // it was just decoded
	case '{', '[':
		c.text, c.raw = string(value), true
	case 'n':
		c.null, c.text = true, "null"
	default:
		c.text = string(value)
	}
}

func syntaxAt(err error, at int64) int64 {
	var e *json.SyntaxError
	if errors.As(err, &e) && e.Offset > 0 {
		return e.Offset - 1
	}
	return at
}

func reason(err error) string {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends early"
	}
	return err.Error()
}
