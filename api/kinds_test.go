package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// leftOut are recorded keys that no field shows, with the reason.
var leftOut = map[string]map[string]string{
	"Playlist": {"organizationId": "always the signed-in user's", "_count": "shown as scheduleCount", "schedules": "shown as scheduleCount"},
	"Display": {
		"organizationId": "always the signed-in user's", "unpairedAt": "says nothing that status does not",
		"lastScreenshot": "JSON in a string; the screenshot's own route is used (contract rest 4)", "lastScreenshotAt": "as lastScreenshot",
	},
	"Content": {
		"organizationId": "always the signed-in user's", "title": "alias of name", "thumbnailUrl": "alias of thumbnail", "isGlobal": "no route sets it",
		"previousVersionId": "the versions' own route shows it", "playlistItems": "shown as usedBy",
	},
	"Schedule":     {"organizationId": "always the signed-in user's", "playlist": "shown by id, by name in tables", "displayGroup": "as playlist", "display": "as playlist, and it holds the credential's hash (contract rest 8)"},
	"Group":        {"organizationId": "always the signed-in user's", "_count": "the members themselves are counted"},
	"Notification": {"organizationId": "always the signed-in user's", "dismissedAt": "what is dismissed is in no list"},
	"AlertRule":    {"organizationId": "always the signed-in user's"},
	"ApiKey":       {"prefix": "the same for every key (contract rest 3)"},
	"AuditEntry":   {"organizationId": "always the signed-in user's", "userId": "shown as user"},
	"Folder":       {"organizationId": "always the signed-in user's", "contentCount": "as _count"},
}

func get[T any](k *Kind[T]) func(json.RawMessage) (any, func(string) any, error) {
	return func(raw json.RawMessage) (any, func(string) any, error) {
		v, err := k.Decode(raw)
		return v, func(field string) any { return k.Value(v, field) }, err
	}
}

// TestRecordedRows reads the recorded lists and details of each kind: every key
// is a field or left out for a reason, and every value has its field's type.
func TestRecordedRows(t *testing.T) {
	tests := []struct {
		schema       *Schema
		decode       func(json.RawMessage) (any, func(string) any, error)
		list, detail string
	}{
		{&Playlists.Schema, get(Playlists), "036", "037"},
		{&Displays.Schema, get(Displays), "053", "055"},
		{&Contents.Schema, get(Contents), "019", "022"},
		{&Schedules.Schema, get(Schedules), "080", "082"},
		{&Groups.Schema, get(Groups), "073", "074"},
		{&Folders.Schema, get(Folders), "089", ""},
		{&Notifications.Schema, get(Notifications), "111", ""},
		{&AlertRules.Schema, get(AlertRules), "115", ""},
		{&Users.Schema, get(Users), "119", ""},
		{&APIKeys.Schema, get(APIKeys), "122", ""},
		{&AuditEntries.Schema, get(AuditEntries), "129", ""},
	}
	for _, tt := range tests {
		rows := recordedRows(t, tt.schema, tt.list)
		if tt.detail != "" {
			detail, err := unwrap(recorded(t, tt.detail).Response.Body)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, detail)
		}
		read := map[string]bool{}
		for i := range tt.schema.Fields {
			read[tt.schema.Fields[i].ReadKey()] = true
		}
		for _, raw := range rows {
			var row map[string]json.RawMessage
			if err := json.Unmarshal(raw, &row); err != nil {
				t.Fatal(err)
			}
			for key := range row {
				if _, out := leftOut[tt.schema.Kind][key]; read[key] == out {
					t.Errorf("%s.%s: a field %v, left out %v", tt.schema.Kind, key, read[key], out)
				}
			}
			_, value, err := tt.decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			for i := range tt.schema.Fields {
				checkType(t, tt.schema, &tt.schema.Fields[i], value(tt.schema.Fields[i].Name))
			}
			checkRoundTrip(t, tt.schema, raw, row)
		}
	}
}

// recordedRows takes a recorded list apart: pages, and bare arrays of the kinds
// that are said to have them.
func recordedRows(t *testing.T, s *Schema, name string) []json.RawMessage {
	t.Helper()
	data, err := unwrap(recorded(t, name).Response.Body)
	if err != nil {
		t.Fatal(err)
	}
	p := decodePage[json.RawMessage](rawPage{resp: &Response{Data: data}})
	if bare := len(data) > 0 && data[0] == '['; p.err != nil || len(p.rows) == 0 || bare != s.Unpaged {
		t.Fatalf("%s: %v, %d rows, bare %v", name, p.err, len(p.rows), bare)
	}
	return p.rows
}

func checkType(t *testing.T, s *Schema, f *Field, v any) {
	t.Helper()
	ok := v == nil
	switch v := v.(type) {
	case string:
		ok = f.Type == TypeString || f.Type == TypeRef || f.Type == TypeClock || f.Type == TypeEnum && (v == "" || contains(f.Enum, v))
	case int, int64:
		ok = f.Type == TypeInt
	case bool:
		ok = f.Type == TypeBool
	case time.Time:
		ok = f.Type == TypeTime && !v.IsZero()
	case []string:
		ok = f.Type == TypeList || f.Type == TypeDays
	case json.RawMessage, []itemView:
		ok = f.Type == TypeObject
	}
	if !ok {
		t.Errorf("%s.%s of type %s has %T %v", s.Kind, f.Name, f.Type, v, v)
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// checkRoundTrip: what is read under the server's names is written under those
// that it reads, unchanged.
func checkRoundTrip(t *testing.T, s *Schema, raw json.RawMessage, row map[string]json.RawMessage) {
	t.Helper()
	values, err := s.Values(raw)
	if err != nil {
		t.Fatal(err)
	}
	writable := Changes{}
	for name, v := range values {
		if s.Field(name).Writable() {
			writable[name] = v
		}
	}
	body, err := s.Body(writable)
	if err != nil {
		t.Fatal(err)
	}
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(body, &sent); err != nil || len(sent) != len(writable) || len(sent) < 2 && len(s.CanUpdate) > 0 {
		t.Fatalf("%v %s", err, body)
	}
	for _, name := range writable.Names() {
		f := s.Field(name)
		var compact, want bytes.Buffer
		if err := json.Compact(&compact, row[f.ReadKey()]); err != nil {
			t.Fatal(err)
		}
		json.HTMLEscape(&want, compact.Bytes()) // another way to write the same string
		if want.String() != string(sent[f.Write]) {
			t.Errorf("%s.%s: %s was sent as %s", s.Kind, name, want.String(), sent[f.Write])
		}
	}
}

func TestDescriptions(t *testing.T) {
	for _, s := range Schemas() {
		if SchemaOf(s.Kind).Kind != s.Kind || SchemaOf(s.Command()).Kind != s.Kind || SchemaOf(s.Plural).Kind != s.Kind || SchemaOf(strings.ToLower(s.Kind)).Kind != s.Kind {
			t.Errorf("%s is not found by its names", s.Kind)
		}
		names, flags, headers, writes, priorities := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[int]bool{}
		unique := func(seen map[string]bool, what, v string) {
			if v != "" && seen[v] {
				t.Errorf("%s: %s %q twice", s.Kind, what, v)
			}
			seen[v] = true
		}
		for _, f := range s.Fields {
			unique(names, "name", f.Name)
			unique(flags, "flag", f.Flag)
			unique(headers, "header", f.Column.Header)
			unique(writes, "write key", f.Write)
			if f.Column.Header != "" {
				if f.Column.Priority == 0 && f.Name != "id" || priorities[f.Column.Priority] {
					t.Errorf("%s.%s: column priority %d", s.Kind, f.Name, f.Column.Priority)
				}
				priorities[f.Column.Priority] = true
			}
			if f.Help == "" || f.Type == TypeEnum && len(f.Enum) == 0 || f.Type == TypeRef && f.Ref == "" || f.Flag != "" && f.Write == "" || f.Required && !f.Writable() {
				t.Errorf("%s.%s is not whole: %+v", s.Kind, f.Name, f)
			}
		}
		if s.Field("id") == nil || s.Field(s.NameField()) == nil || s.Field("nonsense") != nil || s.UpdateAnchor != "" && !s.Field(s.UpdateAnchor).Writable() || len(s.FieldNames()) != len(s.Fields) {
			t.Errorf("%s lacks what every kind has", s.Kind)
		}
		if _, err := s.Body(Changes{"id": null}); !IsKind(err, KindInternal) {
			t.Errorf("%s: id is written: %v", s.Kind, err)
		}
	}
	if SchemaOf("nothing") != nil {
		t.Error("a kind from nowhere")
	}
	checkGetters(t, Playlists)
	checkGetters(t, Displays)
	checkGetters(t, Contents)
	checkGetters(t, Schedules)
}

// checkGetters: every field is read, also from a row that has nothing.
func checkGetters[T any](t *testing.T, k *Kind[T]) {
	t.Helper()
	empty, err := k.Decode(json.RawMessage(`{"id":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	for i := range k.Fields {
		if k.attrs[i].Get == nil {
			t.Errorf("%s.%s has no getter", k.Kind, k.Fields[i].Name)
			continue
		}
		k.Value(empty, k.Fields[i].Name)
	}
	if k.Value(empty, "nonsense") != nil {
		t.Error("a value from nowhere")
	}
}

func TestKindReads(t *testing.T) {
	x := recorded(t, "037")
	c := client(t, replay(t, x).URL)
	row, err := Playlists.Read(t.Context(), c, "cmwsxtd03000x132fwmm92ac7")
	if err != nil {
		t.Fatal(err)
	}
	p, raw := row.Value, row.Raw
	if row.Stale || row.Read.IsZero() || Playlists.IDOf(p) != "cmwsxtd03000x132fwmm92ac7" || Playlists.NameOf(p) != "Front window" || !json.Valid(raw) || p.Size() != len(p.Items) || p.Seconds() != *p.TotalDuration {
		t.Errorf("%v %+v", err, p)
	}
	total := *p.TotalDuration
	p.TotalDuration, p.ItemCount = nil, nil
	if p.Seconds() != total {
		t.Errorf("%d seconds, the server says %d", p.Seconds(), total)
	}
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"status":"ok"}`) })
	_, err = Playlists.Get(t.Context(), client(t, other.URL), "x")
	asError(t, err, KindProtocol)
	rows, err := Displays.Rows().List(t.Context(), client(t, replay(t, recorded(t, "053")).URL), nil, 2)
	if err != nil || len(rows) != 2 || rows[0].Name() == "" {
		t.Errorf("%v %+v", err, rows)
	}
	for _, r := range []Row{{PlainName: "n", Nickname: "x"}, {Nickname: "n", DeviceIdentifier: "d"}, {DeviceIdentifier: "n"}} {
		if r.Name() != "n" {
			t.Errorf("%+v", r)
		}
	}
}
