package api

import (
	"encoding/json"
	"testing"
)

func TestClockAndDays(t *testing.T) {
	clock := Field{Name: "startTime", Type: TypeClock, Clear: true}
	days := Field{Name: "days", Type: TypeDays}
	scopes := Field{Name: "scopes", Type: TypeList, Enum: []string{"read:all", "write:all"}, Min: 1}
	keeps := Field{Name: "endDate", Type: TypeTime, Keeps: "the platform ignores it"}
	tests := []struct {
		f    Field
		in   string
		want string // "" = refused
	}{
		{clock, "08:00", "480"}, {clock, "8:05", "485"}, {clock, "00:00", "0"}, {clock, "23:59", "1439"}, {clock, "null", "null"},
		{clock, "24:00", ""}, {clock, "8", ""}, {clock, "8:5", ""}, {clock, "-1:00", ""}, {clock, "08:60", ""}, {clock, "008:00", ""}, {clock, "480", ""}, {clock, "", ""},
		{days, "mon,wed", "[1,3]"}, {days, "Fri - Mon", "[0,1,5,6]"}, {days, "sunday", "[0]"}, {days, "sat,sat", "[6]"}, {days, "weekdays", "[1,2,3,4,5]"}, {days, "daily", "[0,1,2,3,4,5,6]"}, {days, "weekend,fri", "[0,5,6]"},
		{days, "", ""}, {days, "mo", ""}, {days, "1", ""}, {days, "null", ""}, {days, "mon-", ""}, {days, "mondays", ""},
		{scopes, "read:all, write:all,read:all", `["read:all","write:all"]`}, {scopes, "", ""}, {scopes, "read:al", ""},
		{keeps, "null", ""}, {keeps, "2026-12-01", `"2026-12-01T00:00:00.000Z"`},
	}
	for _, tt := range tests {
		got, err := tt.f.Parse(tt.in)
		if tt.want == "" {
			if e := asError(t, err, KindInvalid); e.Hint == "" {
				t.Errorf("%s %q has no hint", tt.f.Name, tt.in)
			}
			continue
		}
		if err != nil || string(got) != tt.want {
			t.Errorf("%s %q: %v %s, want %s", tt.f.Name, tt.in, err, got, tt.want)
		}
	}
}

// TestParseJSON: what our output says of a value is read back as the server
// writes it.
func TestParseJSON(t *testing.T) {
	tests := []struct {
		f    Field
		in   string
		want string // "" = refused
	}{
		{Field{Name: "s", Type: TypeClock, Clear: true}, `"18:30"`, "1110"}, {Field{Name: "s", Type: TypeClock, Clear: true}, `null`, "null"}, {Field{Name: "s", Type: TypeClock}, `1110`, ""},
		{Field{Name: "d", Type: TypeDays}, `["mon","sat"]`, "[1,6]"}, {Field{Name: "d", Type: TypeDays}, `[]`, ""}, {Field{Name: "d", Type: TypeDays}, `3`, ""},
		{Field{Name: "n", Type: TypeString}, `"null"`, `"null"`}, {Field{Name: "n", Type: TypeString}, `7`, ""}, {Field{Name: "n", Type: TypeString}, `null`, ""}, {Field{Name: "n", Type: TypeString, Clear: true}, `null`, "null"},
		{Field{Name: "i", Type: TypeInt}, `7`, "7"}, {Field{Name: "i", Type: TypeInt}, `"7"`, "7"}, {Field{Name: "b", Type: TypeBool}, `false`, "false"}, {Field{Name: "b", Type: TypeBool}, `"no"`, "false"},
		{Field{Name: "t", Type: TypeTime}, `"2026-12-01"`, `"2026-12-01T00:00:00.000Z"`}, {Field{Name: "metadata", Type: TypeObject}, `{"a":[1]}`, `{"a":[1]}`}, {Field{Name: "metadata", Type: TypeObject}, `[1]`, ""},
		{Field{Name: "l", Type: TypeList}, `["a","b"]`, `["a","b"]`}, {Field{Name: "l", Type: TypeList}, `true`, ""},
	}
	for _, tt := range tests {
		got, err := tt.f.ParseJSON(json.RawMessage(tt.in))
		if (err == nil) != (tt.want != "") || err == nil && string(got) != tt.want {
			t.Errorf("%s %s: %v %s, want %s", tt.f.Type, tt.in, err, got, tt.want)
		}
		if err == nil && tt.f.Type != TypeBool && tt.f.Type != TypeInt && tt.f.Type != TypeTime && string(tt.f.Shown(got)) != tt.in {
			t.Errorf("%s %s is shown as %s", tt.f.Type, tt.in, tt.f.Shown(got))
		}
	}
}

func TestDaysText(t *testing.T) {
	for text, days := range map[string][]int{"daily": {6, 0, 1, 2, 3, 4, 5, 5}, "mon-fri": {1, 2, 3, 4, 5}, "weekend": {0, 6}, "tue, sat": {6, 2}, "": {9}} {
		if got := DaysText(DayNames(days)); got != text {
			t.Errorf("%v is %q, want %q", days, got, text)
		}
	}
}

// TestObject reads values below values.
func TestObject(t *testing.T) {
	var o Object
	if err := json.Unmarshal([]byte(`{"id":"x","user":{"email":"a@b"},"list":[{"n":"one"},{"n":null},7],"_count":{"content":3},"none":null}`), &o); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		f    Field
		want string
	}{
		{Field{Name: "id", Type: TypeString}, `"x"`},
		{Field{Name: "email", Read: "user.email", Type: TypeString}, `"a@b"`},
		{Field{Name: "names", Read: "list[].n", Type: TypeList}, `["one","",""]`},
		{Field{Name: "size", Read: "list", Type: TypeInt}, `3`},
		{Field{Name: "count", Read: "_count.content", Type: TypeInt}, `3`},
		{Field{Name: "gone", Read: "none.at.all", Type: TypeInt}, `null`},
		{Field{Name: "wrong", Read: "user", Type: TypeBool}, `null`},
		{Field{Name: "user", Type: TypeObject}, `{"email":"a@b"}`},
	}
	for _, tt := range tests {
		got, err := json.Marshal(o.value(&tt.f))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %v %s, want %s", tt.f.Name, err, got, tt.want)
		}
	}
}
