package realtime

// Tests of Normalise.

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestNormalise(t *testing.T) {
	received := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, payload string
		want          string // event name, data, time; one record per line
	}{
		{"device:status", `{"deviceId":"a","status":"online","timestamp":"2026-11-23T07:22:22.373Z"}`,
			`device:status-update {"deviceId":"a","status":"online","timestamp":"2026-11-23T07:22:22.373Z"} 07:22:22.373`},
		{"device:status-update", `{"deviceId":"a"}`, `device:status-update {"deviceId":"a"} 08:00:00.000`},
		{"device:status:batch", `[{"deviceId":"a","timestamp":"2026-11-23T07:00:00Z"}, {"deviceId":"b"}]`,
			`device:status-update {"deviceId":"a","timestamp":"2026-11-23T07:00:00Z"} 07:00:00.000
device:status-update {"deviceId":"b"} 08:00:00.000`},
		{"device:status:batch", `[]`, ``},
		{"device:status:batch", `{}`, `device:status:batch {} 08:00:00.000`},
		{"playlist:updated", `{"playlistId":"p","action":"deleted"}`, `playlist:updated {"playlistId":"p","action":"deleted"} 08:00:00.000`},
		{"health:alert", `{"deviceId":"a","timestamp":"bad"}`, `health:alert {"deviceId":"a","timestamp":"bad"} 08:00:00.000`},
		{"schedule:executed", `{"a":{"timestamp":"2026-11-23T01:00:00Z"},"timestamp":"2026-11-23T07:00:00Z"}`,
			`schedule:executed {"a":{"timestamp":"2026-11-23T01:00:00Z"},"timestamp":"2026-11-23T07:00:00Z"} 07:00:00.000`},
		{"notification:new", `{"type":"device_online","deviceId":"a","deviceName":"n","timestamp":"2026-11-23T07:00:00Z"}`,
			`notification:new {"type":"device_online","deviceId":"a","deviceName":"n","timestamp":"2026-11-23T07:00:00Z"} 07:00:00.000`},
		{"notification:new", `{"id":"n1","type":"device_offline","title":"Device offline","message":"Lobby is offline","severity":"critical","metadata":{"deviceId":"a"},"timestamp":"2026-11-23T07:00:00Z"}`,
			`health:alert {"deviceId":"a","alertType":"offline","severity":"critical","message":"Lobby is offline","timestamp":"2026-11-23T07:00:00Z","notification":{"id":"n1","type":"device_offline","title":"Device offline","message":"Lobby is offline","severity":"critical","metadata":{"deviceId":"a"},"timestamp":"2026-11-23T07:00:00Z"}} 07:00:00.000`},
		{"notification:new", `{"type":"device_offline","deviceId":"b","title":"T","metadata":null}`,
			`health:alert {"deviceId":"b","alertType":"offline","severity":"warning","message":"T","timestamp":"2026-11-23T08:00:00Z","notification":{"type":"device_offline","deviceId":"b","title":"T","metadata":null}} 08:00:00.000`},
		{"notification:new", `"text"`, `notification:new "text" 08:00:00.000`},
		{"tenant:resumed", `{}`, `tenant:resumed {} 08:00:00.000`},
		{"unheard:of", ``, `unheard:of  08:00:00.000`},
		// A key inside a string is not the key.
		{"x", `{"m":"\"timestamp\":\"2026-11-23T01:00:00Z\""}`, `x {"m":"\"timestamp\":\"2026-11-23T01:00:00Z\""} 08:00:00.000`},
		{"x", `{"timestamp":5}`, `x {"timestamp":5} 08:00:00.000`},
	} {
		var got []string
		for _, r := range Normalise(Event{Name: c.name, Payload: []byte(c.payload), Received: received}) {
			if r.Source != SourcePush || r.Name != c.name {
				t.Errorf("%s: %+v", c.name, r)
			}
			got = append(got, strings.Join([]string{r.Event, string(r.Data), r.Time.Format("15:04:05.000")}, " "))
		}
		if s := strings.Join(got, "\n"); s != c.want {
			t.Errorf("%s %s\n got %s\nwant %s", c.name, c.payload, s, c.want)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add("device:status", []byte(`{"deviceId":"a","timestamp":"2026-11-23T07:22:22.373Z"}`))
	f.Add("device:status:batch", []byte(`[{"timestamp":"x"},1,null]`))
	f.Add("notification:new", []byte(`{"type":"device_offline","metadata":{"deviceId":"a"}}`))
	f.Fuzz(func(t *testing.T, name string, payload []byte) {
		received := time.Unix(1, 0)
		for _, r := range Normalise(Event{Name: name, Payload: payload, Received: received}) {
			if r.Name != name || r.Source != SourcePush || r.Event == "" && name != "" {
				t.Fatalf("%+v", r)
			}
			if json.Valid(payload) && !json.Valid(r.Data) {
				t.Fatalf("%q became %q", payload, r.Data)
			}
			if !json.Valid(payload) {
				continue
			}
			// The short way to the time stamp agrees with the long one.
			var said struct{ Timestamp string }
			var fields map[string]json.RawMessage
			if json.Unmarshal(r.Data, &fields) != nil || len(fields) != 1 || json.Unmarshal(r.Data, &said) != nil {
				continue
			}
			if want := parseStamp(said.Timestamp, received); fields["timestamp"] != nil && !strings.Contains(string(r.Data), `\`) &&
				strings.Contains(string(r.Data), `"timestamp":"`) && !r.Time.Equal(want) {
				t.Fatalf("%s is at %v, not %v", r.Data, r.Time, want)
			}
		}
	})
}
