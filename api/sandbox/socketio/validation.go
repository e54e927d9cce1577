package socketio

// This file is about the fields of what clients send, with the texts of the
// platform's validator (contract realtime 4.3).

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// kind is the type a field must have.
type kind int

const (
	isAny kind = iota
	isText
	isNumber
	isBool
	isObject
)

// rule is what one field must be. limit bounds a text's length or a number's
// value, floor a number's; both count only if set.
type rule struct {
	name     string
	kind     kind
	required bool
	floor    *float64
	limit    *float64
	oneOf    []string
	within   []rule // of an object
}

func bound(v float64) *float64 { return &v }

// problem is what is wrong with one field.
type problem struct {
	field string
	texts []string
}

// validate checks payload against rules. Without problems it returns the
// fields, unknown ones left out.
func validate(payload json.RawMessage, rules []rule, dropExtra bool) (object, []problem) {
	if isNull(payload) {
		payload = json.RawMessage("{}")
	}
	fields, err := parseObject(payload)
	if err != nil {
		return nil, []problem{{"payload", []string{"payload must be an object"}}}
	}
	var problems []problem
	known := object{}
	for _, f := range fields {
		if slices.ContainsFunc(rules, func(r rule) bool { return r.name == f.name }) {
			known = known.set(f.name, f.value)
		} else if !dropExtra {
			problems = append(problems, problem{f.name, []string{"property " + f.name + " should not exist"}})
		}
	}
	for _, r := range rules {
		if texts := r.check(fields.get(r.name)); len(texts) > 0 {
			problems = append(problems, problem{r.name, texts})
		}
	}
	return known, problems
}

// check returns what is wrong with a value.
func (r rule) check(raw json.RawMessage) (texts []string) {
	if isNull(raw) && !r.required {
		return nil
	}
	if r.required && r.kind == isText && (isNull(raw) || string(raw) == `""`) {
		texts = append(texts, r.name+" should not be empty")
	}
	switch r.kind {
	case isText:
		return append(texts, r.checkText(raw)...)
	case isNumber:
		return append(texts, r.checkNumber(raw)...)
	case isBool:
		if string(raw) != "true" && string(raw) != "false" {
			texts = append(texts, r.name+" must be a boolean value")
		}
	case isObject:
		fields, err := parseObject(raw)
		if err != nil {
			return append(texts, r.name+" must be an object")
		}
		for _, inner := range r.within {
			for _, text := range inner.check(fields.get(inner.name)) {
				texts = append(texts, r.name+"."+text)
			}
		}
	}
	return texts
}

func (r rule) checkText(raw json.RawMessage) []string {
	var s string
	if isNull(raw) || json.Unmarshal(raw, &s) != nil {
		return []string{r.name + " must be a string"}
	}
	if r.limit != nil && float64(len([]rune(s))) > *r.limit {
		return []string{fmt.Sprintf("%s must be shorter than or equal to %v characters", r.name, *r.limit)}
	}
	if r.oneOf != nil && !slices.Contains(r.oneOf, s) {
		return []string{r.name + " must be one of the following values: " + strings.Join(r.oneOf, ", ")}
	}
	return nil
}

func (r rule) checkNumber(raw json.RawMessage) []string {
	var n float64
	if isNull(raw) || json.Unmarshal(raw, &n) != nil {
		return []string{r.name + " must be a number conforming to the specified constraints"}
	}
	if r.limit != nil && n > *r.limit {
		return []string{fmt.Sprintf("%s must not be greater than %v", r.name, *r.limit)}
	}
	if r.floor != nil && n < *r.floor {
		return []string{fmt.Sprintf("%s must not be less than %v", r.name, *r.floor)}
	}
	return nil
}

// validationError is the payload of the error event.
func validationError(event string, problems []problem) json.RawMessage {
	details := object{}
	for _, p := range problems {
		texts, _ := marshal(p.texts) // strings always have a JSON form
		details = details.set(p.field, texts)
	}
	name, _ := marshal(event)
	return object{
		{"event", name},
		{"message", json.RawMessage(`"Validation error"`)},
		{"details", object{
			{"error", json.RawMessage(`"Validation failed"`)},
			{"details", details.json()},
		}.json()},
	}.json()
}

func percent(name string) rule {
	return rule{name: name, kind: isNumber, floor: bound(0), limit: bound(100)}
}

func atLeast(name string, floor float64, required bool) rule {
	return rule{name: name, kind: isNumber, floor: bound(floor), required: required}
}

func heartbeatRules() []rule {
	return []rule{
		{name: "metrics", kind: isObject, within: []rule{
			percent("cpuUsage"), percent("memoryUsage"), atLeast("diskUsage", 0, false),
			atLeast("networkLatency", 0, false), {name: "temperature", kind: isNumber},
		}},
		{name: "currentContent", kind: isObject},
		{name: "uptime", kind: isNumber},
		{name: "appVersion", kind: isText, limit: bound(64)},
		{name: "screenState", kind: isText, limit: bound(32)},
		{name: "playbackSource", kind: isText, limit: bound(32)},
		{name: "contentVersion", kind: isText, limit: bound(64)},
	}
}

func impressionRules() []rule {
	return []rule{
		{name: "contentId", kind: isText, required: true}, {name: "playlistId", kind: isText},
		{name: "duration", kind: isNumber}, percent("completionPercentage"), {name: "timestamp"},
	}
}

func contentErrorRules() []rule {
	return []rule{
		{name: "contentId", kind: isText, required: true}, {name: "playlistId", kind: isText},
		{name: "errorType", kind: isText, required: true, oneOf: []string{
			"load_failed", "playback_error", "network_error", "decode_error", "timeout", "unknown"}},
		{name: "errorMessage", kind: isText}, {name: "errorCode"}, {name: "context"},
	}
}

func playlistRequestRules() []rule {
	return []rule{{name: "forceRefresh", kind: isBool}, {name: "lastKnownVersion", kind: isText}}
}

func screenshotRules() []rule {
	return []rule{
		{name: "requestId", kind: isText, required: true}, {name: "imageData", kind: isText, required: true},
		atLeast("width", 1, true), atLeast("height", 1, true), {name: "timestamp"},
	}
}
