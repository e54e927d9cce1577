// This file turns field values into text: for cells, and exactly for CSV.

package output

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

const absent = "-" // a cell without a value

// cellMode says how values are written in cells.
type cellMode struct {
	relative bool // times seen from now; otherwise exact
	utc      bool // exact times as RFC 3339 in UTC; otherwise in loc
	now      time.Time
	loc      *time.Location
}

// CellText is a value as a cell of a table on a terminal shows it.
func CellText(v any, now time.Time) string {
	return string(cellMode{relative: true, now: now, loc: time.Local}.appendCell(nil, v))
}

// appendCell appends the text of a cell: one line, clean, and "-" where there
// is no value (nil, the empty string, the empty list, the zero time).
func (m cellMode) appendCell(dst []byte, v any) []byte {
	start := len(dst)
	switch x := v.(type) {
	case nil:
	case string:
		dst = appendClean(dst, x, true)
	case bool:
		if x {
			dst = append(dst, "yes"...)
		} else {
			dst = append(dst, "no"...)
		}
	case int:
		dst = strconv.AppendInt(dst, int64(x), 10)
	case int64:
		dst = strconv.AppendInt(dst, x, 10)
	case float64:
		dst = strconv.AppendFloat(dst, x, 'f', -1, 64)
	case time.Time:
		dst = m.appendTime(dst, x)
	case time.Duration:
		dst = append(dst, HumanDuration(x)...)
	case ByteSize:
		dst = append(dst, HumanBytes(int64(x))...)
	case []string:
		dst = appendClean(dst, strings.Join(x, ", "), true)
	default:
		dst = appendClean(dst, string(appendExact(nil, v)), true)
	}
	for len(dst) > start && dst[len(dst)-1] == ' ' {
		dst = dst[:len(dst)-1]
	}
	if len(dst) == start {
		dst = append(dst, absent...)
	}
	return dst
}

func (m cellMode) appendTime(dst []byte, t time.Time) []byte {
	switch {
	case t.IsZero():
		return dst
	case m.relative:
		return appendRelative(dst, t, m.now)
	case m.utc:
		return t.UTC().AppendFormat(dst, time.RFC3339)
	}
	return t.In(m.loc).AppendFormat(dst, "2006-01-02 15:04:05Z07:00")
}

// appendExact appends a value for programs: nothing for nil, true and false,
// times as RFC 3339 in UTC, durations in seconds, sizes in bytes, lists and
// objects as JSON.
func appendExact(dst []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return dst
	case string:
		return append(dst, x...)
	case bool:
		return strconv.AppendBool(dst, x)
	case int:
		return strconv.AppendInt(dst, int64(x), 10)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case ByteSize:
		return strconv.AppendInt(dst, int64(x), 10)
	case float64:
		return strconv.AppendFloat(dst, x, 'f', -1, 64)
	case time.Time:
		if x.IsZero() {
			return dst
		}
		return x.UTC().AppendFormat(dst, time.RFC3339Nano)
	case time.Duration:
		return strconv.AppendFloat(dst, x.Seconds(), 'f', -1, 64)
	case []string:
		if len(x) == 0 {
			return dst
		}
	case json.RawMessage:
		return appendUnquoted(dst, x)
	}
	b, err := appendMarshal(nil, v)
	if err != nil {
		return append(dst, err.Error()...) // visible beats lost
	}
	return appendUnquoted(dst, b)
}

// exact is appendExact as a string.
func exact(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(appendExact(nil, v))
}

// appendUnquoted appends JSON, but a string without its quotes and null as
// nothing.
func appendUnquoted(dst []byte, raw json.RawMessage) []byte {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return dst
	}
	if raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return append(dst, s...)
		}
	}
	return append(dst, raw...)
}

// appendMarshal appends v as JSON on one line without HTML escapes.
func appendMarshal(dst []byte, v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return dst, err
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), nil
}

// isOther tells values that appendCell knows no special form for.
func isOther(v any) bool {
	switch v.(type) {
	case nil, string, bool, int, int64, float64, time.Time, time.Duration, ByteSize, []string:
		return false
	}
	return true
}
