package socketio

// This file is about JSON objects that keep the order of their members, which
// the platform's payloads do.

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// maxMembers bounds the members of an object: none of the platform's has more
// than some dozens, and looking one up is a search.
const maxMembers = 1000

var errNotObject = errors.New("not a JSON object")

// jsonField is one member of a JSON object.
type jsonField struct {
	name  string
	value json.RawMessage
}

// object is a JSON object in its own order.
type object []jsonField

// parseObject reads raw, which must be a JSON object of at most maxMembers
// members; of those with the same name the last counts.
func parseObject(raw json.RawMessage) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return nil, errNotObject
	}
	fields := object{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errNotObject
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, errNotObject
		}
		if len(fields) == maxMembers {
			return nil, errNotObject
		}
		fields = fields.set(name.(string), value) // inside an object it is a string
	}
	if last, err := dec.Token(); err != nil || last != json.Delim('}') {
		return nil, errNotObject
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotObject
	}
	return fields, nil
}

// get returns a member's value, or nil.
func (o object) get(name string) json.RawMessage {
	for _, f := range o {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// text returns a member that is a string, or "".
func (o object) text(name string) string {
	var s string
	if json.Unmarshal(o.get(name), &s) != nil {
		return ""
	}
	return s
}

// set replaces a member or adds it at the end.
func (o object) set(name string, value json.RawMessage) object {
	for i, f := range o {
		if f.name == name {
			changed := slices.Clone(o)
			changed[i].value = value
			return changed
		}
	}
	return append(o[:len(o):len(o)], jsonField{name, value})
}

// json writes the object.
func (o object) json() json.RawMessage {
	raw := []byte{'{'}
	for i, f := range o {
		if i > 0 {
			raw = append(raw, ',')
		}
		name, _ := marshal(f.name) // a string always has a JSON form
		raw = append(append(append(raw, name...), ':'), f.value...)
	}
	return append(raw, '}')
}
