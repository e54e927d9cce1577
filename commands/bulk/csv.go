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
)

// eachRecord reads rows of CSV. An empty cell leaves its field alone.
func eachRecord(r *bufio.Reader, fn func(*row) error, bad func(rowError)) error {
	in := csv.NewReader(r)
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
	names := make([]string, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
		line, column := in.FieldPos(i)
		switch {
		case names[i] == "":
			bad(rowError{line: line, column: column, problem: fmt.Sprintf("column %d has no name", i+1)})
		case seen[names[i]]:
			bad(rowError{line: line, column: column, name: names[i], problem: "the column is there twice"})
		}
		seen[names[i]] = true
	}
	one := &row{}
	for {
		record, err := in.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			bad(csvError(err))
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
			if text != "" && names[i] != "" {
				one.cells = append(one.cells, cell{name: names[i], column: column, text: text})
			}
		}
		if err := fn(one); err != nil {
			return err
		}
	}
}

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
	return rowError{line: e.Line, column: e.Column, problem: problem}
}
