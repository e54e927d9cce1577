package cmdutil

// This file is about one thing: --input, which gives create and update their
// fields from a JSON object of the form in which they are printed.

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// maxInput bounds a file of --input, in bytes: the server takes bodies of
// 100 kB (contract rest 1.1).
const maxInput = 1 << 20

func (ff *FieldFlags) hasInput() bool { return ff.flags.Changed("input") }

// readInput returns the fields of --input as they are to be written.
func (ff *FieldFlags) readInput(now func(field string) json.RawMessage) (api.Changes, error) {
	changes := api.Changes{}
	if !ff.hasInput() {
		return changes, nil
	}
	if err := ff.loadInput(); err != nil {
		return nil, err
	}
	for name, raw := range ff.read {
		f := ff.schema.Field(name)
		if f == nil {
			return nil, unknownField("--input", name, "of "+withArticle(ff.schema.Noun), ff.schema.FieldNames())
		}
		if now != nil && sameJSON(raw, now(name)) || string(raw) == "null" && ff.create {
			continue
		}
		if !ff.takes(f) {
			if now != nil && !f.Noise && !ff.create {
				fix := "take it out of the file, or read the resource again"
				if name == "items" {
					fix = "items are changed by 'vizora playlist edit'"
				}
				return nil, api.Invalid("--input", name, "is not changed by update, and the file says otherwise than the server", fix)
			}
			continue
		}
		if f.Name == "items" { // they are printed with more than a write takes
			var items []api.ItemSpec
			if json.Unmarshal(raw, &items) != nil {
				return nil, api.Invalid("--input", name, "is not a list of items", "give them as 'vizora playlist get NAME -o json' prints them")
			}
			for i := range items {
				items[i].Order = i
			}
			list, err := json.Marshal(items)
			if err != nil {
				return nil, err
			}
			changes[name] = list
			continue
		}
		value, err := f.ParseJSON(raw)
		if err != nil {
			if now == nil && string(raw) == "null" {
				continue // perhaps it is null already
			}
			return nil, err
		}
		changes[name] = value
	}
	return changes, nil
}

// takes reports whether the command writes the field.
func (ff *FieldFlags) takes(f *api.Field) bool {
	return f.Writable() && (!ff.create || !f.UpdateOnly) && (ff.create || !f.CreateOnly && f.Name != "items")
}

func (ff *FieldFlags) loadInput() error {
	if ff.read != nil {
		return nil
	}
	raw, err := ff.inputBytes()
	if err != nil {
		return err
	}
	if len(raw) > maxInput {
		return api.Invalid("--input", ff.input, "is too large", "one resource of at most 1 MiB")
	}
	if err := json.Unmarshal(raw, &ff.read); err != nil || ff.read == nil {
		return api.Invalid("--input", ff.input, "does not hold a JSON object", "give one resource as 'vizora "+ff.schema.Command()+" get NAME -o json' prints it")
	}
	var kind string
	if said, ok := ff.read["kind"]; ok && json.Unmarshal(said, &kind) == nil && kind != ff.schema.Kind {
		return api.Invalid("--input", ff.input, "holds a "+kind, "give a "+ff.schema.Kind)
	}
	for _, name := range []string{"apiVersion", "kind", "pending"} {
		delete(ff.read, name)
	}
	return nil
}

func (ff *FieldFlags) inputBytes() ([]byte, error) {
	if ff.input == "-" {
		return io.ReadAll(io.LimitReader(ff.stdin(), maxInput+1))
	}
	file, err := os.Open(ff.input)
	if err != nil {
		return nil, api.Invalid("--input", ff.input, "cannot be read: "+plainCause(err), "give a file, or - for stdin")
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, maxInput+1))
}

// secretFile reads a secret from a file or stdin: on a command line everybody
// on the machine could see it.
func (ff *FieldFlags) secretFile(f *api.Field, name string) (string, error) {
	var raw []byte
	var err error
	if name == "-" {
		raw, err = io.ReadAll(io.LimitReader(ff.stdin(), maxInput))
	} else {
		raw, err = os.ReadFile(name)
	}
	if err != nil {
		return "", api.Invalid("--"+f.Flag, name, "cannot be read: "+plainCause(err), "give a file that holds it, or - for stdin")
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}

func plainCause(err error) string {
	text := err.Error()
	if at := strings.LastIndex(text, ": "); at >= 0 {
		return text[at+2:]
	}
	return text
}

// sameJSON reports whether two JSON values are written the same but for spaces.
// A list of names may be in another order.
func sameJSON(a, b json.RawMessage) bool {
	if bytes.Equal(compacted(a), compacted(b)) {
		return true
	}
	var x, y []string
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil || x == nil || y == nil {
		return false
	}
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// compacted writes a value in one way: without spaces, and without the escapes
// that one encoder makes and another does not.
func compacted(raw json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw
	}
	out, err := marshalJSON(v)
	if err != nil {
		return raw
	}
	return out
}
