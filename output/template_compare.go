// This file is truth and comparison in -o template. A JSON number is text here,
// digit for digit; .Int64 and .Float64 make a number of it.

package output

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// truth reports whether v is neither empty nor zero.
func truth(v any) bool {
	switch x := v.(type) {
	case nil:
		return false
	case []any:
		return len(x) > 0
	case map[string]any:
		return len(x) > 0
	case float64:
		return x != 0 // also when it is -0
	case complex128:
		return x != 0
	}
	return !reflect.ValueOf(v).IsZero()
}

// integer returns the integers that templates can hold: int of a constant or
// len, int64 of a JSON number, a byte of an indexed text.
func integer(v any) (int64, bool) {
	switch x := v.(type) {
	case int:
		return int64(x), true
	case int64:
		return x, true
	case uint8:
		return int64(x), true
	}
	return 0, false
}

// sameInteger returns n in the type of like, which integer knows.
func sameInteger(like any, n int64) any {
	switch like.(type) {
	case int:
		return int(n)
	case uint8:
		return uint8(n)
	}
	return n
}

// family groups the types that can be compared with each other.
type family int

const (
	familyNone family = iota
	familyBool
	familyInt
	familyFloat
	familyComplex
	familyText
)

func familyOf(v any) family {
	switch v.(type) {
	case bool:
		return familyBool
	case int, int64, uint8:
		return familyInt
	case float64:
		return familyFloat
	case complex128:
		return familyComplex
	case string, json.Number:
		return familyText
	}
	return familyNone
}

// equal reports whether a equals one of the others.
func equal(a any, others ...any) (bool, error) {
	if len(others) == 0 {
		return false, errors.New("missing argument for comparison")
	}
	for _, b := range others {
		if same, err := equalOne(a, b); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

func equalOne(a, b any) (bool, error) {
	of := familyOf(a)
	switch {
	case a == nil || b == nil:
		return a == nil && b == nil, nil
	case of != familyOf(b):
		return false, fmt.Errorf("incompatible types for comparison: %T and %T", a, b)
	case of == familyNone && reflect.TypeOf(a) != reflect.TypeOf(b):
		return false, fmt.Errorf("non-comparable types %s: %T, %T: %v", a, a, b, b)
	case of == familyNone:
		return false, fmt.Errorf("non-comparable type %s: %T", b, b)
	case of == familyInt || of == familyText:
		order, err := compare(a, b)
		return order == 0, err
	}
	return a == b, nil
}

// compare is negative, 0 or positive as a is less than, equal to or more than b.
func compare(a, b any) (int, error) {
	of := familyOf(a)
	switch {
	case of == familyNone || familyOf(b) == familyNone:
		return 0, errors.New("invalid type for comparison")
	case of != familyOf(b):
		return 0, fmt.Errorf("incompatible types for comparison: %T and %T", a, b)
	case of == familyInt:
		x, _ := integer(a)
		y, _ := integer(b)
		return cmp.Compare(x, y), nil
	case of == familyFloat:
		return cmp.Compare(a.(float64), b.(float64)), nil
	case of == familyText:
		x, _ := asString(a)
		y, _ := asString(b)
		return cmp.Compare(x, y), nil
	}
	return 0, errors.New("invalid type for comparison")
}

func less(a, b any) (bool, error) {
	order, err := compare(a, b)
	return order < 0, err
}

func atMost(a, b any) (bool, error) {
	order, err := compare(a, b)
	return order <= 0, err
}

// opposite is "not", with an error passed on.
func opposite(is bool, err error) (bool, error) { return !is, err }
