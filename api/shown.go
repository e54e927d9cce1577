package api

// This file is about one thing: reading a resource of any kind by field names.

import "encoding/json"

// Shown returns what reads a resource's fields by name as its kind shows them,
// from the form the server sends.
func (s *Schema) Shown(raw json.RawMessage) (func(field string) any, error) {
	switch s {
	case &Playlists.Schema:
		return shown(Playlists, raw)
	case &Displays.Schema:
		return shown(Displays, raw)
	case &Contents.Schema:
		return shown(Contents, raw)
	case &Schedules.Schema:
		return shown(Schedules, raw)
	}
	for _, k := range Objects() {
		if s == &k.Schema {
			return shown(k, raw)
		}
	}
	return nil, Errorf(KindInternal, "the kind %s cannot be read", s.Kind)
}

func shown[T any](k *Kind[T], raw json.RawMessage) (func(string) any, error) {
	v, err := k.Decode(raw)
	return func(field string) any { return k.Value(v, field) }, err
}
