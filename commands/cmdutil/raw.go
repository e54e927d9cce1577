package cmdutil

// This file is about one thing: printing JSON as the server sent it, without
// apiVersion and kind, and without its secrets.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

// rawRecord is one JSON value.
type rawRecord struct {
	raw   json.RawMessage
	cells map[string]any
}

func (r rawRecord) Field(name string) any { return r.cells[name] }

func (r rawRecord) AppendJSON(dst []byte) ([]byte, error) { return append(dst, r.raw...), nil }

// PrintRaw prints a JSON document: indented where no format is asked for, an
// array as a list in the others.
func (f *Factory) PrintRaw(doc json.RawMessage) error {
	doc = api.RedactJSON(doc)
	if f.Global.Output == "" {
		var b bytes.Buffer
		if err := json.Indent(&b, doc, "", "  "); err != nil {
			return err
		}
		_, err := fmt.Fprintf(f.IO.Out(), "%s\n", b.Bytes())
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	var rows []json.RawMessage
	if json.Unmarshal(doc, &rows) != nil || rows == nil {
		r, view := rawOf(doc)
		return p.One(view, r)
	}
	records := make([]output.Record, len(rows))
	view := output.View{Kind: "Row"}
	for i := range rows {
		var v output.View
		if records[i], v = rawOf(rows[i]); i == 0 {
			view = v
		}
	}
	return p.List(view, records)
}

// rawOf is a value with its keys for columns.
func rawOf(doc json.RawMessage) (rawRecord, output.View) {
	view := output.View{Kind: "Row"}
	r := rawRecord{doc, map[string]any{}}
	keys, values := topLevel(doc)
	for i, key := range keys {
		view.Columns = append(view.Columns, output.Column{Name: key, Header: strings.ToUpper(key), Priority: min(i, 1) * i})
		r.cells[key] = cellOf(values[i])
	}
	return r, view
}
