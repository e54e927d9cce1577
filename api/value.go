package api

// This file is about one thing: turning what people write (flags, CSV cells,
// manifests) into a field's value, checked before anything is sent. The server
// hides its reasons in production and takes "false" for true (contract rest
// 1.3, 1.4), so the checks are ours.

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

var null = json.RawMessage("null")

// Parse checks one written value of a field and returns it as JSON.
// "null" clears a field that can be cleared.
func (f *Field) Parse(s string) (json.RawMessage, error) {
	if s == "null" && f.Clear {
		return null, nil
	}
	if s == "null" && f.Keeps != "" {
		return nil, Invalid(f.label(), s, "cannot be cleared: "+f.Keeps, "give another value")
	}
	switch f.Type {
	case TypeClock:
		return f.parseClock(s)
	case TypeDays:
		return f.parseDays(s)
	case TypeList:
		return f.parseList(s)
	case TypeInt:
		return f.parseInt(s)
	case TypeBool:
		return f.parseBool(s)
	case TypeTime:
		return f.parseTime(s)
	case TypeEnum:
		return f.parseEnum(s)
	case TypeObject:
		if !json.Valid([]byte(s)) || !strings.HasPrefix(strings.TrimSpace(s), "{") {
			return nil, Invalid(f.label(), s, "is not a JSON object", `for example '{"floor":"2"}'`)
		}
		return json.RawMessage(s), nil
	case TypeRef:
		if strings.TrimSpace(s) == "" {
			return nil, Invalid(f.label(), s, "is empty", f.clearHint("name a "+f.Ref))
		}
		return quote(s), nil
	}
	return f.parseString(s)
}

func (f *Field) parseInt(s string) (json.RawMessage, error) {
	clean := strings.TrimSpace(s)
	n, err := strconv.Atoi(clean)
	if err != nil && f.Unit == "seconds" {
		if d, derr := time.ParseDuration(clean); derr == nil && d%time.Second == 0 {
			n, err = int(d/time.Second), nil // "90s", "2m"
		}
	}
	if err != nil {
		return nil, Invalid(f.label(), s, "is not a whole number"+f.unitText(), f.rangeText())
	}
	if !f.Plain && (n < f.Min || (f.Max > 0 && n > f.Max)) {
		return nil, Invalid(f.label(), s, "is out of range", f.rangeText())
	}
	return json.RawMessage(strconv.Itoa(n)), nil
}

//go:noinline
func (f *Field) unitText() string {
	if f.Unit == "" {
		return ""
	}
	return " of " + f.Unit
}

func (f *Field) rangeText() string {
	if f.Plain {
		return "give a whole number" + f.unitText()
	}
	if f.Max == 0 || f.Max == math.MaxInt32 {
		return fmt.Sprintf("give a whole number%s of at least %d", f.unitText(), f.Min)
	}
	return fmt.Sprintf("give a whole number%s from %d to %d", f.unitText(), f.Min, f.Max)
}

func (f *Field) parseBool(s string) (json.RawMessage, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "yes", "on", "1":
		return json.RawMessage("true"), nil
	case "false", "no", "off", "0":
		return json.RawMessage("false"), nil
	}
	return nil, Invalid(f.label(), s, "is neither true nor false", "give true or false")
}

// parseTime takes a date or a date and time and always sends a full RFC 3339
// time: a bare date is a 500 on several routes (contract rest 1.4). A bare date
// is midnight UTC, as the server itself reads one.
func (f *Field) parseTime(s string) (json.RawMessage, error) {
	clean := strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, clean); err == nil {
			return quote(t.UTC().Format("2006-01-02T15:04:05.000Z")), nil
		}
	}
	return nil, Invalid(f.label(), s, "is not a date or time", f.clearHint("give 2026-12-31 or 2026-12-31T18:00:00Z (UTC unless an offset is given)"))
}

func (f *Field) parseEnum(s string) (json.RawMessage, error) {
	for _, v := range f.Enum {
		if v == s {
			return quote(s), nil
		}
	}
	return nil, NotOneOf(f.label(), s, "is not a known value", f.Enum)
}

// parseString checks lengths as the server does: after sanitising, in UTF-16
// units (contract rest 1.4, 1.7).
func (f *Field) parseString(s string) (json.RawMessage, error) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return nil, Invalid(f.label(), s, "is not text the server can store", "give UTF-8 without NUL bytes")
	}
	stored, _ := Stored(s)
	n := len(utf16.Encode([]rune(stored)))
	if n < f.Min {
		problem := "is empty"
		switch {
		case n > 0:
			problem = fmt.Sprintf("is shorter than %d characters", f.Min)
		case strings.TrimSpace(s) != "":
			problem = "is empty once the server has taken the markup out"
		}
		if f.Secret {
			s = Redacted
		}
		return nil, Invalid(f.label(), s, problem, f.clearHint("give some text"))
	}
	shown := s
	if f.Secret {
		shown = Redacted
	}
	if f.Max > 0 && n > f.Max {
		return nil, Invalid(f.label(), shown, fmt.Sprintf("is %d characters long as stored", n), fmt.Sprintf("at most %d", f.Max))
	}
	if f.Check != nil {
		if problem, fix := f.Check(s); problem != "" {
			return nil, Invalid(f.label(), shown, problem, fix)
		}
	}
	return quote(s), nil
}

// parseList reads values with commas between, each once.
func (f *Field) parseList(s string) (json.RawMessage, error) {
	list := []string{}
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "" || slices.Contains(list, part) {
			continue
		}
		if len(f.Enum) > 0 {
			if _, err := f.parseEnum(part); err != nil {
				return nil, err
			}
		}
		list = append(list, part)
	}
	if len(list) < f.Min || (f.Max > 0 && len(list) > f.Max) {
		fix := fmt.Sprintf("give at least %d, with commas between", f.Min)
		if len(f.Enum) > 0 {
			fix += ": " + strings.Join(f.Enum, ", ")
		}
		return nil, Invalid(f.label(), s, "holds too few or too many values", fix)
	}
	return json.Marshal(list)
}

// ParseJSON checks a value in the form that our output has (a time of day as
// "18:30", days by name) and returns it in the form that the server reads.
func (f *Field) ParseJSON(raw json.RawMessage) (json.RawMessage, error) {
	text := strings.TrimSpace(string(raw))
	var items []any
	switch {
	case text == "null" && !f.Clear && f.Keeps == "":
		return nil, Invalid(f.Name, text, "cannot be cleared", "give a value, or leave the field out")
	case f.Type == TypeObject && f.Name != "metadata" && !strings.HasPrefix(text, "{"):
		return raw, nil // a structure of its own, such as items
	case strings.HasPrefix(text, `"`):
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, Invalid(f.Name, text, "is not JSON", "quote it as JSON does")
		}
		if s == "null" && f.Type == TypeString {
			return f.parseString(s)
		}
		return f.Parse(s)
	case (f.Type == TypeList || f.Type == TypeDays) && json.Unmarshal(raw, &items) == nil:
		parts := make([]string, len(items))
		for i, item := range items {
			parts[i] = fmt.Sprint(item)
		}
		return f.Parse(strings.Join(parts, ","))
	case f.Type == TypeString || f.Type == TypeEnum || f.Type == TypeTime || f.Type == TypeRef || f.Type == TypeList || f.Type == TypeDays || f.Type == TypeClock:
		if text != "null" {
			return nil, Invalid(f.Name, text, "is not of type "+string(f.Type), "quote it as JSON does")
		}
	}
	return f.Parse(text)
}

// Shown turns a value as the server has it into the form of our output.
func (f *Field) Shown(raw json.RawMessage) json.RawMessage {
	if f.Type != TypeClock && f.Type != TypeDays {
		return raw
	}
	v := f.decode(raw)
	if v == nil {
		return raw
	}
	shown, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return shown
}

//go:noinline
func (f *Field) label() string {
	if f.Flag != "" {
		return "--" + f.Flag
	}
	return f.Name
}

//go:noinline
func (f *Field) clearHint(fix string) string {
	if f.Clear {
		return fix + `, or "null" to clear it`
	}
	return fix
}

func quote(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // a string always marshals
	return raw
}
