// This file tests every format against golden files, each at a pipe and at
// terminals of 40, 80 and 200 cells.

package output

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	goccy "github.com/goccy/go-yaml"
	"github.com/olekukonko/tablewriter"
	"go.yaml.in/yaml/v3"
)

func formatsUnderTest() map[string]string {
	return map[string]string{
		"table": "table", "wide": "wide", "json": "json", "jsonl": "jsonl", "yaml": "yaml", "csv": "csv", "name": "name", "lines": "lines",
		"template": `template={{.name}} has {{join "+" .tags}}`, "jq": `jq=if type == "array" then .[] else . end | .name, {items, tags}`,
	}
}

func TestListGolden(t *testing.T) {
	for name, format := range formatsUnderTest() {
		for _, s := range screens() {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				o, out, talk := s.open()
				if err := printer(t, o, format).List(displayView(), displays()); err != nil {
					t.Fatal(err)
				}
				golden(t, "list/"+name+"."+s.name+".txt", out.Bytes())
				if talk.Len() > 0 {
					t.Errorf("stderr: %q", talk)
				}
				if s.width > 0 {
					assertSafe(t, out.String(), s.color)
				}
			})
		}
	}
}

func TestOneGolden(t *testing.T) {
	for name, format := range formatsUnderTest() {
		for _, s := range screens() {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				o, out, _ := s.open()
				if err := printer(t, o, format).One(displayView(), oneDisplay()); err != nil {
					t.Fatal(err)
				}
				golden(t, "one/"+name+"."+s.name+".txt", out.Bytes())
				if s.width > 0 {
					assertSafe(t, out.String(), s.color)
				}
			})
		}
	}
}

func TestStreamGolden(t *testing.T) {
	view := displayView()
	for i, width := range []int{25, 16, 8, 12, 10, 0, 0, 0, 0} {
		view.Columns[i].Max = width
	}
	for name, format := range formatsUnderTest() {
		for _, s := range screens() {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				o, out, _ := s.open()
				stream, err := printer(t, o, format).Stream(view)
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range displays() {
					before := out.Len()
					if err := stream.Add(r); err != nil {
						t.Fatal(err)
					}
					if out.Len() == before {
						t.Error("Add did not write the record out")
					}
					if i == 1 && s.width > 0 {
						o.SetWidth(s.width + 20) // a resize
					}
				}
				if err := stream.Close(); err != nil {
					t.Fatal(err)
				}
				golden(t, "stream/"+name+"."+s.name+".txt", out.Bytes())
			})
		}
	}
}

// assertSafe fails if s could move a terminal. Only Paint's own sequences pass.
func assertSafe(t *testing.T, s string, color bool) {
	t.Helper()
	if color {
		for _, code := range []string{resetSGR, Bold.sgr(), Dim.sgr(), Good.sgr(), Bad.sgr(), Warning.sgr()} {
			s = strings.ReplaceAll(s, code, "")
		}
	}
	if clean := Clean(s); clean != s {
		t.Errorf("unsafe output %q", s)
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for width := 40; width <= 220; width++ {
		o, out, _ := screen{width: width}.open()
		if err := printer(t, o, "table").List(displayView(), displays()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := cells(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: line of %d cells: %q", width, n, line)
			}
		}
		for _, r := range displays() {
			if id := r.Field("id").(string); !strings.Contains(out.String(), id) {
				t.Errorf("width %d: id %s is cut", width, id)
			}
		}
	}
}

func TestEmptyLists(t *testing.T) {
	for _, c := range []struct {
		format, pipe, tty, notice string
	}{
		{"table", "ID  NAME  STATUS  LOCATION  TAGS  ITEMS  ENABLED  LAST HEARTBEAT\n", "", "No displays found.\n"},
		{"json", "[]\n", "[]\n", ""},
		{"yaml", "[]\n", "[]\n", ""},
		{"jsonl", "", "", ""},
		{"name", "", "", ""},
		{"csv", "id,name,status,location,tags,items,enabled,lastHeartbeat,resolution\n", "id,name,status,location,tags,items,enabled,lastHeartbeat,resolution\n", ""},
		{"jq=length", "0\n", "0\n", ""},
	} {
		for _, s := range []screen{{"pipe", 0, false}, {"tty", 80, false}} {
			o, out, talk := s.open()
			if err := printer(t, o, c.format).List(displayView(), nil); err != nil {
				t.Fatal(err)
			}
			want, notice := c.pipe, ""
			if s.width > 0 {
				want, notice = c.tty, c.notice
			}
			if out.String() != want || talk.String() != notice {
				t.Errorf("%s at %s: stdout %q, stderr %q", c.format, s.name, out, talk)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	o, out, _ := screen{width: 40}.open()
	if err := printer(t, o, "table", "STATUS", "items", "ipAddress").List(displayView(), displays()[:1]); err != nil {
		t.Fatal(err)
	}
	if want := "STATUS  ITEMS  IP ADDRESS\nonline     12  -\n"; out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}

	o, out, _, _ = newTest()
	if err := printer(t, o, "name", "id").List(displayView(), displays()[:1]); err != nil {
		t.Fatal(err)
	}
	if want := "cm3k2f9x10000v8l4h2qj7a1b\n"; out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}

	var bad BadColumnError
	if err := printer(t, o, "csv", "nmae").Check(displayView()); !errors.As(err, &bad) || bad.Name != "nmae" || len(bad.Known) < 9 {
		t.Errorf("unknown column: %v", err)
	}
	var format BadFormatError
	if _, err := NewPrinter(o, PrintOptions{Format: Format{Name: "json"}, Columns: []string{"id"}}); !errors.As(err, &format) {
		t.Errorf("columns with json: %v", err)
	}
}

func newTest() (*IO, *bytes.Buffer, *bytes.Buffer, *bytes.Buffer) {
	o, in, out, err := Test()
	return o, out, err, in
}

func TestBothTableWritersAgree(t *testing.T) {
	for _, s := range append(screens(), screen{"c60", 60, true}) {
		for _, headers := range []bool{true, false} {
			o, _, _ := s.open()
			p := printer(t, o, "table")
			records := displays()[:3] // the last has a joined emoji
			records = append(records, newThing("id", "", "name", "  leads and trails  ", "status", "a  b", "items", -5))
			cols, _ := p.columns(displayView())
			g := newGrid(cols, records, p.cellMode())
			if !g.bounded() {
				if tablewriter.DisplayWidth(ellipsis) == 1 { // it is 2 in East Asian locales
					t.Error("the library is not used")
				}
				return
			}
			slots := g.layout(g.natural(headers), s.width, "id")
			library := g.appendBounded(nil, slots, headers, s.color)
			var own []byte
			if headers {
				own = g.appendHeader(own, slots, s.color)
			}
			for r := range g.rows {
				own = g.appendRow(own, slots, r, s.color)
			}
			if !bytes.Equal(own, library) {
				t.Errorf("%s headers=%v:\nown\n%s\nlibrary\n%s", s.name, headers, own, library)
			}
		}
	}
}

func TestLongListsUseOurWriter(t *testing.T) {
	o, out, _, _ := newTest()
	records := manyRecords(boundedRows + 1)
	p := printer(t, o, "table")
	if err := p.List(displayView(), records); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != boundedRows+2 {
		t.Errorf("%d lines", n)
	}
}

func TestPipedOutputIsExact(t *testing.T) {
	o, out, _, _ := newTest()
	if err := printer(t, o, "csv").List(displayView(), displays()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// encoding/csv reads \r\n inside quotes as \n (RFC 4180 says nothing else).
	if got, want := rows[3][1], "Évil\x1b[2J\u009b1m\u202egnp.exe\nnext"; got != want {
		t.Errorf("name %q, want %q", got, want)
	}
	if got := rows[4][4]; got != `["a,b","c\"d"]` {
		t.Errorf("tags %q", got)
	}
	if got := rows[1][7]; got != "2026-11-23T08:57:00Z" {
		t.Errorf("time %q", got)
	}
}

func TestJSONParsesEitherWay(t *testing.T) {
	for _, s := range screens() {
		o, out, _ := s.open()
		if err := printer(t, o, "json").List(displayView(), displays()); err != nil {
			t.Fatal(err)
		}
		var list []map[string]any
		if err := json.Unmarshal(out.Bytes(), &list); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if got := list[2]["name"]; got != displays()[2].Field("name") {
			t.Errorf("%s: name %q", s.name, got)
		}
		if strings.Contains(out.String(), `\u003c`) {
			t.Errorf("%s: HTML escapes", s.name)
		}
	}
}

func TestYAMLReadsBack(t *testing.T) {
	nasty := []string{"", "no", "Yes", "y", "on", "null", "~", "1e3", "0x10", "12", "1_000", "2026-11-23", "12:30:45", "a: b", "- x", "#c", "x #y", "a:", "é", "line\nbreak",
		"\u0085", "\x7f", "\u009b", "tab\t", " lead", "trail ", "'", `"`, `\`, "%d", "@x", "`", "{", "[", "!t", "&a", "*a", "|", ">", "?", "=", "<<", "true", ".inf", "NaN", "Infinity", "plain words"}
	values := map[string]any{}
	pairs := []any{}
	for i, s := range nasty {
		pairs = append(pairs, fmt.Sprintf("k%d", i), s)
	}
	pairs = append(pairs, "n", json.Number("12345678901234567890"), "f", 1.5, "b", true, "nil", nil, "list", []any{1, []any{}, []any{"x", map[string]any{}}, map[string]any{"a": []any{1}, "b": nil}}, "no", "key")
	r := newThing(pairs...)
	raw, err := r.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &values); err != nil {
		t.Fatal(err)
	}
	for _, s := range screens() {
		o, out, _ := s.open()
		if err := printer(t, o, "yaml").List(View{}, []Record{r, r}); err != nil {
			t.Fatal(err)
		}
		assertSafe(t, out.String(), false)
		for name, read := range map[string]func([]byte, any) error{
			"go.yaml.in": yaml.Unmarshal,
			"goccy":      goccy.Unmarshal,
		} {
			var got []map[string]any
			if err := read(out.Bytes(), &got); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, out)
			}
			back, err := json.Marshal(got[1])
			if err != nil {
				t.Fatal(err)
			}
			again := map[string]any{}
			if err := json.Unmarshal(back, &again); err != nil {
				t.Fatal(err)
			}
			for k, want := range values {
				if !reflect.DeepEqual(again[k], want) {
					t.Errorf("%s: %s = %#v, want %#v", name, k, again[k], want)
				}
			}
		}
	}
}

func TestFilterErrorsAreTyped(t *testing.T) {
	for _, format := range []string{"jq=.[0] | tonumber", `template={{index .tags 99}}`} {
		o, _, _, _ := newTest()
		err := printer(t, o, format).List(displayView(), displays()[:1])
		var filter FilterError
		if !errors.As(err, &filter) {
			t.Errorf("%s: %v", format, err)
		}
	}
	o, out, _, _ := newTest()
	t.Setenv("OUTPUT_TEST_SECRET", "hunter2")
	if err := printer(t, o, "jq=$ENV, halt").List(displayView(), nil); err != nil || out.String() != "{}\n" {
		t.Errorf("jq environment: %q %v", out, err)
	}
}
