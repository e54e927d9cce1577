package cmdutil

// This file is about one thing: showing a small answer that is no resource,
// such as {"updated": 3}.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

// PrintAnswer says what was done with the answer's own values ("marked as read:
// updated 3") and, in any format but the tables, prints them as one object.
func (f *Factory) PrintAnswer(did, kind string, data json.RawMessage) error {
	keys, values := topLevel(data)
	var parts []string
	for i, key := range keys {
		if !bytes.HasPrefix(values[i], []byte("{")) && !bytes.HasPrefix(values[i], []byte("[")) {
			parts = append(parts, fmt.Sprintf("%s %s", key, strings.Trim(string(values[i]), `"`)))
		}
	}
	if len(parts) > 0 && !slices.Contains(keys, "id") { // a whole row says too much
		did += ": " + strings.Join(parts, ", ")
	}
	f.IO.Say("%s", did)
	format, err := f.Format()
	if err != nil || format.Name == "table" || format.Name == "wide" {
		return err
	}
	return f.PrintObject(kind+"Answer", data)
}

// PrintObject shows any JSON object, secrets aside, with its keys for fields.
func (f *Factory) PrintObject(kind string, data json.RawMessage) error {
	p, err := f.Printer()
	if err != nil {
		return err
	}
	if len(data) == 0 || string(data) == "null" {
		data = json.RawMessage("{}")
	}
	keys, values := topLevel(api.RedactJSON(data))
	view := output.View{Kind: kind, Fields: keys}
	cells := make(map[string]any, len(keys))
	for i, key := range keys {
		view.Columns = append(view.Columns, output.Column{Name: key, Header: strings.ToUpper(key)})
		cells[key] = cellOf(values[i])
	}
	return p.One(view, ObjectRecord{Kind: kind, Value: json.RawMessage(api.RedactJSON(data)), Cells: cells})
}

// ObjectLines are an object's fields, one a line.
func ObjectLines(data json.RawMessage) []string {
	keys, values := topLevel(api.RedactJSON(data))
	width := 0
	for _, key := range keys {
		width = max(width, len(key))
	}
	lines := make([]string, len(keys))
	for i, key := range keys {
		lines[i] = fmt.Sprintf("%-*s  %s", width, key, strings.Trim(string(values[i]), `"`))
	}
	return lines
}

// topLevel returns an object's keys in their order, with their values.
func topLevel(doc json.RawMessage) (keys []string, values []json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader(doc))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil
	}
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		var v json.RawMessage
		if err != nil || !ok || d.Decode(&v) != nil {
			return keys, values
		}
		keys, values = append(keys, key), append(values, v)
	}
	return keys, values
}

// cellOf is a JSON value as a cell.
func cellOf(raw json.RawMessage) any {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	switch v := v.(type) {
	case map[string]any, []any:
		return raw
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	}
	return v
}

// PrintOnce shows what a command exists to show once, the secret included, in
// every format. keys are the fields in their order, the secret first: -o name
// prints it alone.
func (f *Factory) PrintOnce(kind string, values map[string]string, keys ...string) error {
	p, err := f.Printer()
	if err != nil {
		return err
	}
	view := output.View{Kind: kind, NameField: keys[0], Fields: keys}
	cells := make(map[string]any, len(keys))
	for _, key := range keys {
		view.Columns = append(view.Columns, output.Column{Name: key, Header: strings.ToUpper(key)})
		cells[key] = values[key]
	}
	return p.One(view, ObjectRecord{Kind: kind, Value: values, Cells: cells})
}

// CheckEmail refuses what is no e-mail address at first sight.
func CheckEmail(s string) (problem, fix string) {
	name, host, found := strings.Cut(s, "@")
	if !found || name == "" || !strings.Contains(host, ".") || strings.ContainsAny(s, " <>,;") {
		return "is not an e-mail address", "give name@example.com"
	}
	return "", ""
}
