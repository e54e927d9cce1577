package api

// This file is about one thing: a row of a kind that no code computes with. It
// keeps what the server sent, and finds values by the fields' descriptions.

import (
	"encoding/json"
	"strings"
	"time"
)

// Object is a resource as the server sent it.
type Object struct {
	row map[string]json.RawMessage
}

// UnmarshalJSON keeps the row's keys apart and reads none of them.
func (o *Object) UnmarshalJSON(raw []byte) error { return json.Unmarshal(raw, &o.row) }

// MarshalJSON is the row as it came.
func (o *Object) MarshalJSON() ([]byte, error) { return json.Marshal(o.row) }

// value reads a field.
func (o *Object) value(f *Field) any {
	raw := o.row[f.ReadKey()]
	if path := f.below(); path != "" {
		raw = follow(raw, path)
	}
	return f.decode(raw)
}

// follow goes on from a value along a path such as ".email" or "[].displayId";
// past "[]" it collects from every element.
func follow(raw json.RawMessage, path string) json.RawMessage {
	if path == "" || len(raw) == 0 {
		return raw
	}
	if rest, every := strings.CutPrefix(path, "[]"); every {
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil || items == nil {
			return nil
		}
		for i := range items {
			if items[i] = follow(items[i], rest); items[i] == nil {
				items[i] = null
			}
		}
		list, err := json.Marshal(items)
		if err != nil {
			return nil
		}
		return list
	}
	key := strings.TrimPrefix(path, ".")
	rest := ""
	if end := strings.IndexAny(key, ".["); end >= 0 {
		key, rest = key[:end], key[end:]
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return nil
	}
	return follow(object[key], rest)
}

// decode turns a value as the server shows it into the Go type of the field's
// type. What is absent, null or of another type is nil.
func (f *Field) decode(raw json.RawMessage) any {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	switch f.Type {
	case TypeInt:
		if items, ok := decodeAs[[]json.RawMessage](raw).([]json.RawMessage); ok {
			return len(items) // of a list, how many there are
		}
		return decodeAs[int64](raw)
	case TypeBool:
		return decodeAs[bool](raw)
	case TypeNumber:
		return decodeAs[float64](raw)
	case TypeTime:
		t, _ := decodeAs[time.Time](raw).(time.Time)
		return timeOrNil(t)
	case TypeList:
		return decodeAs[[]string](raw)
	case TypeClock:
		if minutes, ok := decodeAs[int](raw).(int); ok {
			return ClockText(minutes)
		}
		return nil
	case TypeDays:
		if days, ok := decodeAs[[]int](raw).([]int); ok {
			return DayNames(days)
		}
		return nil
	case TypeObject:
		return raw
	}
	return decodeAs[string](raw)
}

func decodeAs[T any](raw json.RawMessage) any {
	var v T
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}
