package bulk

// This file is about one thing: where rows come from: a file that is read
// several times, because nothing is sent before all of it is known to be right.
// What comes from stdin is kept in a temporary file meanwhile.

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// source is a file of rows.
type source struct {
	name  string // for messages
	path  string
	lines bool // JSON Lines; else CSV
	spool bool // ours to remove

	header func(columns []cell) // is shown the columns of CSV before the first row; nil = nobody
}

// openSource finds out what a file holds: by its name, else by its first byte.
func openSource(arg, format string, stdin io.Reader) (*source, error) {
	s := &source{name: arg, path: arg}
	if arg == "-" {
		path, err := spool(stdin)
		if err != nil {
			return nil, err
		}
		s.name, s.path, s.spool = "stdin", path, true
	}
	switch ext := strings.ToLower(filepath.Ext(s.name)); {
	case format == "csv", format == "" && ext == ".csv":
	case format == "jsonl", format == "" && (ext == ".jsonl" || ext == ".ndjson"):
		s.lines = true
	case format != "":
		return nil, api.NotOneOf("--format", format, "is not a known format", []string{"csv", "jsonl"})
	default:
		return s, s.guess()
	}
	_, err := os.Stat(s.path)
	return s, s.localError(err)
}

func (s *source) guess() error {
	f, err := os.Open(s.path)
	if err != nil {
		return s.localError(err)
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 && !errors.Is(err, io.EOF) {
		return s.localError(err)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte(bom)), " \t\r\n")
	s.lines = bytes.HasPrefix(text, []byte("{"))
	if bytes.HasPrefix(text, []byte("[")) {
		return &api.Error{Kind: api.KindInvalid, Message: s.name + " is one JSON array", Hint: "give JSON Lines, one object to a line: jq -c '.[]' FILE | vizora bulk run -"}
	}
	return nil
}

func (s *source) localError(err error) error {
	if err == nil {
		return nil
	}
	return &api.Error{Kind: api.KindInvalid, Field: "file", Value: s.name, Message: fmt.Sprintf("file %q cannot be read: %v", s.name, unwrapPath(err)), Err: err, Hint: "name a CSV or JSON Lines file, or - for stdin"}
}

func unwrapPath(err error) error {
	if p, ok := err.(*os.PathError); ok { //nolint:errorlint // the outermost is what names the path twice
		return p.Err
	}
	return err
}

// spool keeps stdin in a temporary file.
func spool(stdin io.Reader) (string, error) {
	f, err := os.CreateTemp("", "vizora-bulk-*")
	if err != nil {
		return "", &api.Error{Kind: api.KindLocal, Message: "stdin cannot be kept in a temporary file: " + err.Error(), Err: err}
	}
	_, err = io.Copy(f, stdin)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", &api.Error{Kind: api.KindLocal, Message: "stdin cannot be kept in a temporary file: " + err.Error(), Err: err}
	}
	return f.Name(), nil
}

func (s *source) close() {
	if s.spool {
		_ = os.Remove(s.path)
	}
}

// row is one row as written. It is valid until the next one is read.
type row struct {
	line  int
	cells []cell
}

// cell is one value under its column's name.
type cell struct {
	name   string
	column int // from 1, in characters; 0 = not known
	text   string
	null   bool // JSON null
	raw    bool // text is JSON that is no plain value
}

const (
	bom        = "\ufeff"
	notUTF8    = "it is not UTF-8 text"
	saveAsUTF8 = "save the file as UTF-8"
)

// each reads the rows in order. A row that cannot be read is given to bad, and
// the next one follows where that is possible.
func (s *source) each(row func(*row) error, bad func(rowError)) error {
	f, err := os.Open(s.path)
	if err != nil {
		return s.localError(err)
	}
	defer func() { _ = f.Close() }()
	r := bufio.NewReaderSize(f, 64<<10)
	head, _ := r.Peek(len(bom)) // a shorter file has none
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		bad(rowError{line: 1, problem: "the file is UTF-16 text", fix: saveAsUTF8})
		return nil
	case string(head) == bom:
		_, _ = r.Discard(len(bom)) // it was just seen
	}
	if s.lines {
		return eachLine(r, row, bad)
	}
	return s.eachRecord(r, row, bad)
}
