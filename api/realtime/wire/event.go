package wire

// This file is about the payload of an event or an acknowledgement, taken
// apart without decoding it: the event's name, and its arguments as raw JSON.

import "fmt"

// EventName returns the name of an event and the raw JSON of its arguments:
// for ["status",{"a":1},2] "status" and {"a":1},2. The arguments alias data
// and are empty when there are none. A number as a name, which the reference
// parser allows, comes back as its digits. Errors wrap ErrPayload or
// ErrReservedEvent.
func EventName(data []byte) (name string, args []byte, err error) {
	raw, args, err := EventNameBytes(data)
	return string(raw), args, err
}

// EventNameBytes is EventName without the copy of the name: the result aliases
// data unless the name has an escape in it.
func EventNameBytes(data []byte) (name, args []byte, err error) {
	i := skipSpace(data, 0)
	if i >= len(data) || data[i] != '[' {
		return nil, nil, fmt.Errorf("%w: an event is an array", ErrPayload)
	}
	i = skipSpace(data, i+1)
	end := skipValue(data, i, 1)
	if end < 0 {
		return nil, nil, fmt.Errorf("%w: an event has a name", ErrPayload)
	}
	name = data[i:end]
	switch c := name[0]; {
	case c == '"':
		if name, err = unquote(name); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrPayload, err)
		}
		if IsReservedEvent(name) {
			return nil, nil, fmt.Errorf("%w %q", ErrReservedEvent, name)
		}
	case c != '-' && !isDigit(c):
		return nil, nil, fmt.Errorf("%w: an event's name is a string or a number", ErrPayload)
	}
	if args, err = restOfArray(data, end); err != nil {
		return nil, nil, err
	}
	return name, args, nil
}

// restOfArray returns what stands between the end of an array's first element
// and the array's closing bracket, without the comma.
func restOfArray(data []byte, end int) ([]byte, error) {
	i := skipSpace(data, end)
	last := len(data) - 1
	for last > i && data[last] <= ' ' {
		last--
	}
	switch {
	case i > last || data[last] != ']':
		return nil, ErrPayload
	case i == last:
		return data[last:last], nil
	case data[i] != ',':
		return nil, ErrPayload
	}
	return data[skipSpace(data, i+1):last], nil
}

// AckArgs returns the raw JSON of an acknowledgement's arguments, that is the
// inside of its array: for [1,"a"] 1,"a".
func AckArgs(data []byte) ([]byte, error) {
	first, last := skipSpace(data, 0), len(data)-1
	for last > first && data[last] <= ' ' {
		last--
	}
	if first >= last || data[first] != '[' || data[last] != ']' {
		return nil, fmt.Errorf("%w: an acknowledgement is an array", ErrPayload)
	}
	return data[skipSpace(data[:last], first+1):last], nil
}

// SplitArgs splits the arguments returned by EventName or AckArgs. The parts
// alias args and have no white space around them.
func SplitArgs(args []byte) ([][]byte, error) {
	if skipSpace(args, 0) == len(args) {
		return nil, nil
	}
	var parts [][]byte
	for i := 0; ; i++ {
		i = skipSpace(args, i)
		end := skipValue(args, i, 1)
		if end < 0 {
			return nil, fmt.Errorf("%w: argument %d", ErrPayload, len(parts))
		}
		parts = append(parts, args[i:end:end])
		if i = skipSpace(args, end); i == len(args) {
			return parts, nil
		}
		if args[i] != ',' {
			return nil, fmt.Errorf("%w: after argument %d", ErrPayload, len(parts)-1)
		}
	}
}

// FirstArg returns the first of the arguments, or nil when there are none or
// they are not JSON. It allocates nothing.
func FirstArg(args []byte) []byte {
	i := skipSpace(args, 0)
	end := skipValue(args, i, 1)
	if end < 0 {
		return nil
	}
	return args[i:end:end]
}

// FirstAndMore is FirstArg and what follows its comma: the further arguments as
// they came, nil when there are none or they are not JSON.
func FirstAndMore(args []byte) (first, more []byte) {
	first = FirstArg(args)
	if first == nil {
		return nil, nil
	}
	next := skipSpace(args, skipSpace(args, 0)+len(first))
	if next >= len(args) || args[next] != ',' {
		return first, nil
	}
	more = args[next+1 : len(args) : len(args)]
	if _, err := SplitArgs(more); err != nil {
		return first, nil
	}
	return first, more
}

// IsReservedEvent says whether a name belongs to the library and may not be
// sent as an event (socket.io-parser 4.2.6).
func IsReservedEvent(name []byte) bool {
	switch string(name) {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}
