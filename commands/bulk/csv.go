package bulk

// This file is about one thing: rows of CSV. The first line names the columns.

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// eachRecord reads rows of CSV. An empty cell leaves its field alone.
func (s *source) eachRecord(r *bufio.Reader, fn func(*row) error, bad func(rowError)) error {
	bound := &bounded{r: r, left: maxLine}
	in := csv.NewReader(bound)
	in.Comma, in.ReuseRecord, in.TrimLeadingSpace = separator(r), true, true
	header, err := in.Read()
	if err == io.EOF {
		bad(rowError{line: 1, problem: "the file is empty: its first line must name the columns"})
		return nil
	}
	if err != nil {
		bad(csvError(err))
		return nil
	}
	columns := make([]cell, len(header))
	names := make([]string, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
		line, column := in.FieldPos(i)
		columns[i] = cell{name: names[i], column: column, text: names[i]}
		switch {
		case !utf8.ValidString(names[i]):
			bad(rowError{line: line, column: column, problem: notUTF8, fix: saveAsUTF8})
			return nil
		case names[i] == "":
			bad(rowError{line: line, column: column, problem: fmt.Sprintf("column %d has no name", i+1)})
		case seen[names[i]]:
			bad(rowError{line: line, column: column, name: names[i], problem: "the column is there twice"})
		}
		seen[names[i]] = true
	}
	if s.header != nil {
		s.header(columns)
	}
	one := &row{}
	next := 2 // line, of the row to come
	for {
		bound.left = maxLine
		record, err := in.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			e := csvError(err)
			if e.line == 0 {
				e.line = next
			}
			bad(e)
			if errors.Is(err, csv.ErrFieldCount) {
				continue // the next row may be right
			}
			return nil
		}
		one.cells = one.cells[:0]
		for i, text := range record {
			line, column := in.FieldPos(i)
			if i == 0 {
				one.line = line
			}
			next = line + strings.Count(text, "\n") + 1
			if !utf8.ValidString(text) {
				bad(rowError{line: line, column: column, name: names[i], problem: notUTF8, fix: saveAsUTF8})
				return nil // so is the rest, likely
			}
			if text != "" && names[i] != "" {
				one.cells = append(one.cells, cell{name: names[i], column: column, text: text})
			}
		}
		if err := fn(one); err != nil {
			return err
		}
	}
}

// bounded ends with an error when one row has taken too much: a quote that is
// never closed would make the whole file one cell.
type bounded struct {
	r    io.Reader
	left int
}

var errLongRow = errors.New("a row is too long")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRow
	}
	n, err := b.r.Read(p[:min(len(p), readAhead)])
	b.left -= n
	return n, err
}

// readAhead is how much of the rows to come is read with one.
const readAhead = 4 << 10

// separator is a semicolon where the header has those and no comma, as
// spreadsheets write CSV in half of Europe.
func separator(r *bufio.Reader) rune {
	head, _ := r.Peek(r.Size()) // as much as there is
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	switch {
	case bytes.IndexByte(head, ',') >= 0:
	case bytes.IndexByte(head, ';') >= 0:
		return ';'
	case bytes.IndexByte(head, '\t') >= 0:
		return '\t'
	}
	return ','
}

func csvError(err error) rowError {
	var e *csv.ParseError
	if errors.Is(err, errLongRow) {
		return rowError{problem: fmt.Sprintf("a row is longer than %d bytes", maxLine), fix: "is a quote not closed?"}
	}
	if !errors.As(err, &e) {
		return rowError{problem: err.Error()}
	}
	problem := e.Err.Error()
	switch {
	case errors.Is(e.Err, csv.ErrFieldCount):
		problem = "the row has not as many cells as the first line has columns"
	case errors.Is(e.Err, csv.ErrQuote):
		problem = "a quote is not closed, or stands inside a cell without being doubled"
	case errors.Is(e.Err, csv.ErrBareQuote):
		problem = "a quote stands inside a cell that is not in quotes"
	}
	if e.StartLine < e.Line { // where the row begins is nearer to the mistake than where it is noticed
		return rowError{line: e.StartLine, problem: problem}
	}
	return rowError{line: e.Line, column: e.Column, problem: problem}
}
