package journal

// This file is about one thing: the ids of operations and the temporary ids of
// what they create.

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// idLength is the length of an operation id.
const idLength = 26

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewID returns a ULID: 48 bits of milliseconds and 80 random bits in Crockford
// base 32, so that ids of different milliseconds sort by time.
func NewID(now time.Time) string {
	var raw [16]byte
	ms := uint64(now.UnixMilli())
	for i := range 6 {
		raw[i] = byte(ms >> (40 - 8*i))
	}
	_, _ = rand.Read(raw[6:]) // never fails
	id := make([]byte, 0, 26)
	acc, bits := uint32(0), 2 // 26 digits hold 130 bits: two leading zeros
	for _, b := range raw {
		acc, bits = acc<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			id = append(id, crockford[acc>>bits&31])
		}
	}
	return string(id)
}

const temporaryPrefix = "tmp-"

// TemporaryID is the id under which other operations name what a create makes,
// until it commits and the server has given the real one.
func TemporaryID(op *Operation) string { return temporaryPrefix + op.ID }

// IsTemporary reports whether an id is a temporary one.
func IsTemporary(id string) bool { return strings.HasPrefix(id, temporaryPrefix) }

// namedCreates lists the operations whose temporary ids op names, op itself left out.
func namedCreates(op *Operation) ([]string, error) {
	raw, err := json.Marshal(op)
	if err != nil {
		return nil, &api.Error{Kind: api.KindInternal, Message: "cannot encode the operation", Err: err}
	}
	names := slices.Clone(op.DependsOn)
	for _, id := range temporaryIn(raw) {
		if id != op.ID && !slices.Contains(names, id) {
			names = append(names, id)
		}
	}
	return names, nil
}

// temporaryIn returns the operations whose temporary ids stand in text.
func temporaryIn(text []byte) []string {
	var ids []string
	for {
		_, rest, found := bytes.Cut(text, []byte(temporaryPrefix))
		if !found {
			return ids
		}
		text = rest
		if len(rest) >= idLength && len(bytes.Trim(rest[:idLength], crockford)) == 0 {
			ids = append(ids, string(rest[:idLength]))
		}
	}
}

// mapTemporary puts the real id in the place of a create's temporary one,
// wherever op names it, and drops the dependency. Temporary ids are unique, so
// the record's JSON can be searched as text.
func mapTemporary(op *Operation, create, real string) error {
	raw, err := json.Marshal(op)
	if err != nil {
		return &api.Error{Kind: api.KindInternal, Message: "cannot encode the operation", Err: err}
	}
	text, err := json.Marshal(real)
	if err != nil {
		return &api.Error{Kind: api.KindInternal, Message: "cannot encode an id", Err: err}
	}
	raw = bytes.ReplaceAll(raw, []byte(temporaryPrefix+create), text[1:len(text)-1])
	var mapped Operation
	if err := json.Unmarshal(raw, &mapped); err != nil {
		return &api.Error{Kind: api.KindInternal, Message: "cannot decode the operation", Err: err}
	}
	mapped.DependsOn = slices.DeleteFunc(mapped.DependsOn, func(id string) bool { return id == create })
	*op = mapped
	return nil
}
