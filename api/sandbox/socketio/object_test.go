package socketio

// Tests of ordered JSON objects and of the validation of what clients send.

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseObject(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                            `{}`,
		` { "b" : 1 , "a" : [ 2 ] } `:   `{"b":1,"a":[ 2 ]}`,
		`{"a":1,"b":2,"a":3}`:           `{"a":3,"b":2}`,
		`{"<":"<"}`:                     `{"<":"<"}`,
		``:                              "",
		`[]`:                            "",
		`7`:                             "",
		`{"a":1`:                        "",
		`{"a":}`:                        "",
		`{"a":1} {}`:                    "",
		"{" + many(maxMembers+1) + "}":  "",
		`{"a":{"deep":{"er":"object"}}`: "",
	} {
		o, err := parseObject(json.RawMessage(in))
		if (err != nil) != (want == "") {
			t.Errorf("%.40s: %v", in, err)
		} else if err == nil && string(o.json()) != want {
			t.Errorf("%s: %s", in, o.json())
		}
	}
}

// many is the inside of an object of n members.
func many(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = `"` + strings.Repeat("x", i) + `":0`
	}
	return strings.Join(members, ",")
}

func TestValidate(t *testing.T) {
	for _, c := range []struct{ event, payload, want string }{
		{"join:room", `{"room":"x"}`, ""},
		{"join:room", `{"room":""}`, `room should not be empty`},
		{"join:room", `{"room":7}`, `room must be a string`},
		{"join:room", `{"room":"x","y":1}`, `property y should not exist`},
		{"join:room", `"x"`, `payload must be an object`},
		{"join:room", `null`, `room should not be empty,room must be a string`},
		{"heartbeat", `{"extra":1,"uptime":null}`, ""},
		{"heartbeat", `{"metrics":{"cpuUsage":-1,"memoryUsage":"x"}}`,
			`metrics.cpuUsage must not be less than 0,metrics.memoryUsage must be a number conforming to the specified constraints`},
		{"heartbeat", `{"metrics":[]}`, `metrics must be an object`},
		{"heartbeat", `{"screenState":"` + strings.Repeat("x", 33) + `"}`, `screenState must be shorter than or equal to 32 characters`},
		{"content:error", `{"contentId":"c","errorType":"timeout","context":{"a":1}}`, ""},
		{"playlist:request", `{"forceRefresh":"yes"}`, `forceRefresh must be a boolean value`},
		{"screenshot:response", `{"requestId":"r","imageData":"x","width":0,"height":1}`, `width must not be less than 1`},
		{"content:impression", `{"contentId":"c","completionPercentage":101}`, `completionPercentage must not be greater than 100`},
	} {
		h, ok := handlerOf(c.event)
		if !ok {
			t.Fatal(c.event)
		}
		_, problems := validate(json.RawMessage(c.payload), h.rules, h.dropExtra)
		var texts []string
		for _, p := range problems {
			texts = append(texts, p.texts...)
		}
		if got := strings.Join(texts, ","); got != c.want {
			t.Errorf("%s %s: %s", c.event, c.payload, got)
		}
	}
}

func FuzzParseObject(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":[null]},"a":2}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := parseObject(raw)
		if err != nil {
			return
		}
		if !json.Valid(raw) || !json.Valid(o.json()) {
			t.Fatalf("%q became %q", raw, o.json())
		}
		again, err := parseObject(o.json())
		if err != nil || len(again) != len(o) {
			t.Fatalf("%q: %v", o.json(), err)
		}
	})
}

func FuzzValidate(f *testing.F) {
	f.Add("heartbeat", []byte(`{"metrics":{"cpuUsage":1}}`))
	f.Add("screenshot:response", []byte(`{"width":"1"}`))
	f.Fuzz(func(t *testing.T, event string, payload []byte) {
		h, ok := handlerOf(event)
		if !ok {
			return
		}
		fields, problems := validate(payload, h.rules, h.dropExtra)
		if problems != nil && !json.Valid(validationError(event, problems)) {
			t.Fatalf("%q", validationError(event, problems))
		}
		if problems == nil && !json.Valid(fields.json()) {
			t.Fatalf("%q", fields.json())
		}
	})
}
