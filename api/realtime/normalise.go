package realtime

// This file is about turning what the platform sends into the product's
// events: canonical names, one record per display. Pure functions.

import (
	"bytes"
	"encoding/json"
	"time"
)

// Names as the platform sends them.
const (
	sentDeviceStatus = "device:status"
	sentDeviceBatch  = "device:status:batch"
)

// HealthAlert is the Data of a health:alert made from a notification, or
// computed from how long a display is offline.
type HealthAlert struct {
	DeviceID     string          `json:"deviceId"`
	AlertType    string          `json:"alertType"` // offline or error
	Severity     string          `json:"severity"`  // info, warning or critical
	Message      string          `json:"message"`
	Timestamp    string          `json:"timestamp"` // ISO 8601
	Notification json.RawMessage `json:"notification,omitempty"`
}

// Normalise returns the records an event stands for: usually one; one per
// display for a batch, so none for an empty batch. What it does not know, or
// what is not shaped as the contract says, passes under the name it was sent.
func Normalise(ev Event) []Record { return appendRecords(nil, ev) }

// appendRecords is Normalise without a slice of its own.
func appendRecords(dst []Record, ev Event) []Record {
	record := Record{Event: ev.Name, Source: SourcePush, Name: ev.Name, Data: ev.Payload, More: ev.More, Time: ev.Received, Attachments: ev.Attachments}
	switch ev.Name {
	case sentDeviceStatus:
		record.Event = EventDeviceStatus
	case sentDeviceBatch:
		return splitBatch(dst, record)
	case EventNotification:
		return append(dst, notification(record))
	}
	record.Time = stampOf(record.Data, record.Time)
	return append(dst, record)
}

// splitBatch makes one record of each row of the snapshot.
func splitBatch(dst []Record, batch Record) []Record {
	var rows []json.RawMessage
	if json.Unmarshal(batch.Data, &rows) != nil {
		return append(dst, batch)
	}
	for _, row := range rows {
		record := batch
		record.Event, record.Data = EventDeviceStatus, row
		record.Time = stampOf(row, batch.Time)
		dst = append(dst, record)
	}
	return dst
}

// notification turns word of an offline display into a health alert; every
// other notification stays one. Form A has the display in its metadata, form B
// beside the type (contract realtime 4.1).
func notification(r Record) Record {
	r.Time = stampOf(r.Data, r.Time)
	var said struct {
		Type, Severity, Title, Message, DeviceID, Timestamp string
		Metadata                                            struct{ DeviceID string }
	}
	if json.Unmarshal(r.Data, &said) != nil || said.Type != "device_offline" {
		return r
	}
	alert := HealthAlert{
		DeviceID: said.DeviceID, AlertType: "offline", Severity: said.Severity,
		Message: said.Message, Timestamp: said.Timestamp, Notification: r.Data,
	}
	if alert.DeviceID == "" {
		alert.DeviceID = said.Metadata.DeviceID
	}
	if alert.Severity == "" {
		alert.Severity = "warning"
	}
	if alert.Message == "" {
		alert.Message = said.Title
	}
	if alert.Timestamp == "" {
		alert.Timestamp = r.Time.UTC().Format(time.RFC3339Nano)
	}
	data, err := json.Marshal(alert)
	if err != nil { // the notification was just decoded, so it is JSON
		return r
	}
	r.Event, r.Data = EventHealthAlert, data
	return r
}

// stampOf returns the payload's own time stamp, or received.
func stampOf(payload []byte, received time.Time) time.Time {
	if raw, ok := flatField(payload, `"timestamp":"`); ok {
		return parseStamp(string(raw), received)
	}
	var said struct{ Timestamp json.RawMessage }
	var text string
	if !bytes.Contains(payload, []byte("timestamp")) ||
		json.Unmarshal(payload, &said) != nil || json.Unmarshal(said.Timestamp, &text) != nil {
		return received
	}
	return parseStamp(text, received)
}

func parseStamp(text string, received time.Time) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return received
	}
	return at
}
