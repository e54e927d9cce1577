package journal

// This file is about one thing: whether two JSON values are the same to the
// server, which rewrites strings and times on their way in (contract rest 1.7).

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// SameValue reports whether a value as it would be sent and a value that the
// server shows are the same to it.
func SameValue(f *api.Field, sent, shown json.RawMessage) bool { return sameValue(f, sent, shown) }

// sameValue reports whether a value that was sent (or read earlier) and a value
// that the server shows are the same. Absent and null are the same.
func sameValue(f *api.Field, sent, shown json.RawMessage) bool {
	if isNull(sent) || isNull(shown) {
		return isNull(sent) && isNull(shown)
	}
	a, okA := decodeAny(sent)
	b, okB := decodeAny(shown)
	if !okA || !okB {
		return bytes.Equal(sent, shown)
	}
	if f != nil && f.Name == "items" {
		return sameItemLists(sent, shown)
	}
	if f != nil && f.Type == api.TypeTime {
		return sameTime(a, b)
	}
	return sameAny(a, b, f == nil || !exempt(f.Write))
}

func isNull(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) == 0 || string(raw) == "null"
}

func decodeAny(raw json.RawMessage) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	return v, d.Decode(&v) == nil
}

// exempt tells the keys that the server takes unchanged (contract rest 1.7).
func exempt(key string) bool {
	if strings.Contains(strings.ToLower(key), "password") {
		return true
	}
	return slices.Contains([]string{"templateHtml", "htmlContent", "customCss", "renderedHtml"}, key)
}

// sameAny compares decoded values; rewritten says that strings of the first
// went through the server's sanitizer.
func sameAny(a, b any, rewritten bool) bool {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && sameString(x, y, rewritten)
	case json.Number:
		y, ok := b.(json.Number)
		return ok && sameNumber(x, y)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, func(p, q any) bool { return sameAny(p, q, rewritten) })
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for key, p := range x {
			q, there := y[key]
			if !there || !sameAny(p, q, rewritten && !exempt(key)) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func sameString(sent, shown string, rewritten bool) bool {
	if sent == shown {
		return true
	}
	if !rewritten {
		return false
	}
	_, expected := api.Stored(sent)
	return expected == shown
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, errX := a.Float64()
	y, errY := b.Float64()
	return errX == nil && errY == nil && x == y
}

// sameTime compares to the millisecond, which is what the server keeps.
func sameTime(a, b any) bool {
	x, okX := a.(string)
	y, okY := b.(string)
	if !okX || !okY {
		return false
	}
	p, errP := time.Parse(time.RFC3339Nano, x)
	q, errQ := time.Parse(time.RFC3339Nano, y)
	if errP != nil || errQ != nil {
		return x == y
	}
	return p.Truncate(time.Millisecond).Equal(q.Truncate(time.Millisecond))
}

// sameItemLists compares playlist items as they are written with items as they
// are read.
func sameItemLists(sent, shown json.RawMessage) bool {
	mine, errMine := decodeItems(sent)
	theirs, errTheirs := decodeItems(shown)
	return errMine == nil && errTheirs == nil && api.SameItems(mine, theirs)
}

// decodeItems reads items in the order in which they play.
func decodeItems(raw json.RawMessage) ([]api.PlaylistItem, error) {
	if isNull(raw) {
		return nil, nil
	}
	var items []api.PlaylistItem
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, &api.Error{Kind: api.KindProtocol, Message: "the playlist's items have an unexpected shape", Err: err}
	}
	sort.SliceStable(items, func(i, j int) bool { return items[i].Order < items[j].Order })
	return items, nil
}
