package redis

// This file is about one thing: answers as Go values. What is not of the kind
// that was asked for is its zero value: the scripts are our own.

// Bytes is an answer as bytes; nil where there is none.
func Bytes(answer any) []byte {
	switch v := answer.(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

// Text is an answer as text.
func Text(answer any) string { return string(Bytes(answer)) }

// Int is an answer as a number.
func Int(answer any) int64 {
	n, _ := answer.(int64)
	return n
}

// List is an answer as a list.
func List(answer any) []any {
	list, _ := answer.([]any)
	return list
}

// At is an element of a list; nil past its end.
func At(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}
