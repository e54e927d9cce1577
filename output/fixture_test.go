// This file holds the records, views and golden-file helpers of the tests.

package output

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// clock is the now of all tests.
var clock = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// thing is a record over plain values, in the order of keys.
type thing struct {
	keys     []string
	values   map[string]any
	sections []Section
}

func newThing(pairs ...any) *thing {
	t := &thing{values: map[string]any{}}
	for i := 0; i < len(pairs); i += 2 {
		t.keys = append(t.keys, pairs[i].(string))
		t.values[pairs[i].(string)] = pairs[i+1]
	}
	return t
}

func (t *thing) Field(name string) any { return t.values[name] }

func (t *thing) Sections() []Section { return t.sections }

func (t *thing) AppendJSON(dst []byte) ([]byte, error) {
	dst = append(dst, `{"apiVersion":"vizora/v1","kind":"Display"`...)
	for _, k := range t.keys {
		dst = append(dst, fmt.Sprintf(",%q:", k)...)
		var err error
		if dst, err = appendMarshal(dst, t.values[k]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func displayView() View {
	return View{
		Kind: "Display",
		Columns: []Column{
			{Name: "id", Header: "ID"},
			{Name: "name", Header: "Name"},
			{Name: "status", Header: "Status", Styles: map[string]Style{"online": Good, "offline": Bad, "error": Warning}},
			{Name: "location", Header: "Location", Priority: 3, Max: 24},
			{Name: "tags", Header: "Tags", Priority: 4},
			{Name: "items", Header: "Items", Priority: 2, Right: true},
			{Name: "enabled", Header: "Enabled", Priority: 2},
			{Name: "lastHeartbeat", Header: "Last heartbeat", Priority: 1},
			{Name: "resolution", Header: "Resolution", Wide: true},
		},
		Fields: []string{"id", "name", "status", "location", "tags", "description", "storage", "uptime", "lastHeartbeat", "metadata", "ipAddress"},
	}
}

func displays() []Record {
	return []Record{
		newThing("id", "cm3k2f9x10000v8l4h2qj7a1b", "name", "Lobby", "status", "online", "location", "Berlin, Haus 1, Erdgeschoss links", "tags", []string{"lobby", "4k"},
			"items", 12, "enabled", true, "lastHeartbeat", clock.Add(-3*time.Minute), "resolution", "3840x2160"),
		newThing("id", "cm3k2f9x10001v8l4h2qj7a1c", "name", "東京駅 案内板", "status", "offline", "location", "東京", "tags", []string{},
			"items", int64(1204), "enabled", false, "lastHeartbeat", clock.Add(-50*time.Hour), "resolution", nil),
		newThing("id", "cm3k2f9x10002v8l4h2qj7a1d", "name", "Évil\x1b[2J\u009b1m\u202egnp.exe\r\nnext", "status", "error", "location", nil, "tags", nil,
			"items", 0, "enabled", true, "lastHeartbeat", time.Time{}, "resolution", "1920x1080"),
		newThing("id", "cm3k2f9x10003v8l4h2qj7a1e", "name", "Kitchen 👩‍👩‍👧 menu ❤️", "status", "online", "location", "Wien", "tags", []string{"a,b", `c"d`},
			"items", 3, "enabled", true, "lastHeartbeat", clock.Add(48*time.Hour), "resolution", "1920x1080"),
	}
}

func oneDisplay() *thing {
	t := newThing("id", "cm3k2f9x10000v8l4h2qj7a1b", "name", "Lobby <&>", "status", "online", "location", "", "tags", []string{"lobby", "4k"},
		"description", "First line\nsecond \x1b[31mline", "storage", ByteSize(1536), "uptime", 26*time.Hour+5*time.Minute,
		"lastHeartbeat", clock.Add(-3*time.Minute), "metadata", json.RawMessage(`{"a":[1,2.50]}`), "ipAddress", nil)
	t.sections = []Section{
		{Title: "Items", View: View{Kind: "Item", Columns: []Column{{Name: "order", Header: "#", Right: true}, {Name: "content", Header: "Content"}}},
			Records: []Record{newThing("order", 1, "content", "Summer.mp4"), newThing("order", 10, "content", "Winter.png")}},
		{Title: "Groups", View: View{Kind: "Group"}},
	}
	return t
}

// screen says what stdout is in a test: width 0 is no terminal.
type screen struct {
	name  string
	width int
	color bool
}

func screens() []screen {
	return []screen{{"pipe", 0, false}, {"w40", 40, false}, {"w80", 80, false}, {"w200", 200, true}}
}

func (s screen) open() (*IO, *bytes.Buffer, *bytes.Buffer) {
	o, _, out, err := Test()
	o.SetTTY(s.width > 0, s.width > 0, s.width > 0)
	o.SetWidth(s.width)
	o.SetColor(s.color)
	return o, out, err
}

func mustFormat(t testing.TB, s string) Format {
	t.Helper()
	f, err := ParseFormat(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func printer(t testing.TB, o *IO, format string, columns ...string) *Printer {
	t.Helper()
	p, err := NewPrinter(o, PrintOptions{
		Format: mustFormat(t, format), Columns: columns,
		Now: func() time.Time { return clock }, Location: time.FixedZone("CET", 3600),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// golden compares got with testdata/name. Control characters are shown as Go
// escapes, so that a difference can be read.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	shown := bytes.ReplaceAll(got, []byte("\x1b"), []byte(`\x1b`))
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, shown, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(shown, want) {
		t.Errorf("%s:\n--- got\n%s\n--- want\n%s", path, shown, want)
	}
}
