package realtime

// This file is about the difference between two walks of the REST lists, told
// as records. Pure functions.

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

const kindDisplay = "display"

// The actions of a change found by comparing, as playlist:updated has them.
const (
	actionCreated = "created"
	actionUpdated = "updated"
	actionDeleted = "deleted"
)

type resourceKey struct{ kind, id string }

// difference returns what changed from known to listed, ordered by kind and
// id, and the new known. A nil known is the first walk: nothing changed. The
// status of a touched display was pushed while the lists were walked, so the
// push has it and the list may be older.
//
// A display's new status is a device:status-update; everything else is
// "<kind>:updated" with an action, as the product's playlist:updated.
func difference(known map[resourceKey]Resource, listed []Resource, touched map[string]bool, at time.Time) ([]Record, map[resourceKey]Resource) {
	now := make(map[resourceKey]Resource, len(listed))
	for _, r := range listed {
		key := resourceKey{r.Kind, r.ID}
		if before, ok := known[key]; ok && r.Kind == kindDisplay && touched[r.ID] {
			r.Status = before.Status
		}
		now[key] = r
	}
	if known == nil {
		return nil, now
	}
	var records []Record
	for key, r := range now {
		before, ok := known[key]
		switch {
		case !ok:
			records = append(records, changeRecord(r, actionCreated, at))
		case before.Version != r.Version:
			records = append(records, changeRecord(r, actionUpdated, at))
		}
		if ok && before.Status != r.Status {
			records = append(records, Record{Event: EventDeviceStatus, Source: SourcePoll, Data: r.Data, Time: at, key: key})
		}
	}
	for key, before := range known {
		if _, ok := now[key]; !ok {
			before.Data = nil // what is gone has no current state to show
			records = append(records, changeRecord(before, actionDeleted, at))
		}
	}
	slices.SortFunc(records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.key.kind, b.key.kind), cmp.Compare(a.key.id, b.key.id), cmp.Compare(a.Event, b.Event))
	})
	return records, now
}

// changeRecord is a "<kind>:updated", for example
// {"playlistId":"p","action":"updated","payload":{...}}.
func changeRecord(r Resource, action string, at time.Time) Record {
	fields := map[string]any{r.Kind + "Id": r.ID, "action": action}
	if r.Data != nil {
		fields["payload"] = r.Data
	}
	data, err := json.Marshal(fields)
	if err != nil { // Data that are not JSON: the change is told without them
		delete(fields, "payload")
		data, _ = json.Marshal(fields)
	}
	return Record{Event: r.Kind + ":updated", Source: SourcePoll, Data: data, Time: at, key: resourceKey{r.Kind, r.ID}}
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
