package realtime

// This file is about the difference between two readings of the REST lists,
// told as records. Pure functions.

import (
	"bytes"
	"cmp"
	"encoding/json"
	"sort"
	"strings"
	"time"
)

// The actions of a change found by comparing, as playlist:updated has them.
const (
	actionCreated   = "created"
	actionUpdated   = "updated"
	actionDeleted   = "deleted"
	actionReordered = "items_reordered"
)

// Fields with a meaning of their own among those a Lister names: updatedAt only
// shows that there was an edit, and the order is that of a playlist's items.
const (
	FieldUpdatedAt = "updatedAt"
	FieldOrder     = "order"
)

// known is what is known of a resource now.
type known struct {
	Resource
	statusAt time.Time // the newest word of the status; zero: from a list
}

// differ compares listings.
type differ struct {
	lister Lister
	at     time.Time
	// touched are displays whose status was pushed while the lists were read: the
	// push has it, and the list may be older.
	touched map[string]bool
}

// compare returns what changed, ordered by kind and id, and what is known now.
// A nil before is the first reading: nothing changed.
//
// A display's new status is a device:status-update; everything else is
// "<kind>:updated" with an action, as the product's playlist:updated.
func (d *differ) compare(before map[resourceKey]*known, listed []Resource) ([]Record, map[resourceKey]*known) {
	now := make(map[resourceKey]*known, len(listed))
	var records []Record
	for i := range listed {
		r := &known{Resource: listed[i]}
		now[r.key()] = r
		old := before[r.key()]
		switch {
		case before == nil:
		case old == nil:
			records = append(records, changeRecord(&r.Resource, actionCreated, nil, d.lister.Payload(&r.Resource), d.at))
		default:
			records = d.edits(records, old, r)
		}
	}
	for key, old := range before {
		if now[key] == nil { // what is gone has no current state to show
			records = append(records, changeRecord(&old.Resource, actionDeleted, nil, nil, d.at))
		}
	}
	sortRecords(records, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.key.kind, b.key.kind), cmp.Compare(a.key.id, b.key.id), cmp.Compare(b.Event, a.Event))
	})
	return records, now
}

// sortRecords sorts in place and keeps the order of equals. slices.SortFunc
// would be 10 kB of code for this type alone.
func sortRecords(records []Record, compare func(a, b *Record) int) {
	sort.SliceStable(records, func(i, j int) bool { return compare(&records[i], &records[j]) < 0 })
}

// edits appends how one resource changed.
func (d *differ) edits(records []Record, old, r *known) []Record {
	if changed, edited := changedFields(d.lister.Fields(r.Kind), old.Sums, r.Sums); edited {
		action := actionUpdated
		if len(changed) == 1 && changed[0] == FieldOrder {
			action = actionReordered
		}
		records = append(records, changeRecord(&r.Resource, action, changed, d.lister.Payload(&r.Resource), d.at))
	}
	switch {
	case r.Kind != KindDisplay:
	case d.touched[r.ID]:
		r.Status, r.statusAt = old.Status, old.statusAt
	case old.Status != r.Status:
		records = append(records, statusRecord(&r.Resource, SourcePoll, d.at))
	default:
		r.statusAt = old.statusAt
	}
	return records
}

// changedFields names the fields whose sums differ. Sums of another shape were
// made by another version and say nothing.
func changedFields(names []string, before, now []uint32) (changed []string, edited bool) {
	if len(before) != len(now) || len(now) != len(names) {
		return nil, false
	}
	for i := range now {
		if before[i] == now[i] {
			continue
		}
		edited = true
		if names[i] != FieldUpdatedAt {
			changed = append(changed, names[i])
		}
	}
	return changed, edited
}

// changedKey returns which resource a pushed "<kind>:updated" is about.
func changedKey(r *Record) (resourceKey, bool) {
	kind, ok := strings.CutSuffix(r.Event, ":updated")
	if !ok {
		return resourceKey{}, false
	}
	var said map[string]json.RawMessage
	var id string
	if json.Unmarshal(r.Data, &said) != nil || json.Unmarshal(said[kind+"Id"], &id) != nil || id == "" {
		return resourceKey{}, false
	}
	return resourceKey{kind, id}, true
}

// statusOf returns the display and the status of a status payload.
func statusOf(payload []byte) (id, status string) {
	rawID, ok := flatField(payload, `"deviceId":"`)
	rawStatus, okToo := flatField(payload, `"status":"`)
	if ok && okToo {
		return string(rawID), string(rawStatus)
	}
	var said struct{ DeviceID, Status string }
	if json.Unmarshal(payload, &said) != nil {
		return "", ""
	}
	return said.DeviceID, said.Status
}

// flatField returns the string behind a key, given as it stands before the
// string, in an object that holds no other object and no array. There the key
// can be found without decoding, as an unescaped quote is never inside a
// string. ok is false where that does not apply.
func flatField(payload []byte, key string) (value []byte, ok bool) {
	if len(payload) == 0 || payload[0] != '{' || bytes.IndexByte(payload[1:], '{') >= 0 || bytes.IndexByte(payload, '[') >= 0 {
		return nil, false
	}
	at := bytes.LastIndex(payload, []byte(key))
	if at < 0 {
		return nil, false
	}
	value = payload[at+len(key):]
	end := bytes.IndexByte(value, '"')
	if end < 0 || bytes.IndexByte(value[:end], '\\') >= 0 {
		return nil, false
	}
	return value[:end], true
}
