// This file holds our template executor against text/template: the same output
// and the same errors for the same template and data.

package output

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
)

// templateData is JSON that templates run over, null and bare values included.
var templateData = []string{
	`{"id":"c1","name":"Lobby <A> & 'B'","n":42,"f":1.5,"zero":0,"on":true,"off":false,"none":null,"empty":"","e":{},
	  "tags":["a","b","c"],"mixed":[1,"x",null,{"k":"v"},[2,3]],"m":{"b":{"c":"deep"},"a":null,"x y":7},"big":12345678901234567890}`,
	`null`, `"text"`, `[]`, `[{"name":"one"},null,{"name":"two"}]`, `3`, `true`, `{}`,
}

var templateCorpus = []string{
	// Text, fields and variables.
	`plain`, `{{.}}`, `{{.name}}: {{.n}}`, `{{ .id -}}  x  {{- .name }}`, `{{/* no */}}x{{- /* no */ -}} y`, `{{.nosuch}} {{.nosuch.more}}`,
	`{{.none}} {{.m.a}}`, `{{.none.x}}`, `{{.m.a.b}}`, `{{(.m.a).b}}`, `{{.name.x}}`, `{{.m.b.c}}`, `{{(.m).b.c}}`, `{{.n.Int64}} {{.f.Float64}} {{.n.String}}`,
	`{{.f.Int64}}`, `{{.big.Int64}}`, `{{.n.Nope}}`, `{{.n.Int64 1}}`, `{{1 | .n.Int64}}`, `{{.m 1}}`, `{{1 | .m.a}}`, `{{.n.Int64.x}}`,
	`{{$x := .m}}{{$x.b.c}} {{$.id}} {{$x.nosuch}}`, `{{$x := .none}}{{$x.a}}`, `{{$x := 1}}{{$x = "a"}}{{$x}}`, `{{$x := 1}}{{$x 2}}`, `{{$x := 1}}{{2 | $x}}`, `{{$nosuch}}`,
	`{{$x := 1}}{{if true}}{{$x := 2}}{{$x = 3}}{{end}}{{$x}}`, `{{with $x := .m}}{{$x.b}}{{end}}`, `{{.tags}} {{.m}} {{.mixed}}`, `{{.f}} {{.on}} {{.big}}`,
	// Constants.
	`{{1}} {{1.5}} {{1e3}} {{0x1F}} {{-0x1e}} {{'a'}} {{"s\n"}} {{true}} {{1i}} {{-0.0}} {{0x1p4}} {{07}} {{1_000}}`, "{{`raw`}}", `{{nil}}`, `{{nil | print}}`, `{{18446744073709551615}}`,
	`{{"a" 1}}`, `{{1 | "a"}}`, `{{(1) 2}}`, `{{1 | (2)}}`, `{{. 1}}`,
	// Conditions.
	`{{if .on}}y{{else}}n{{end}}`, `{{if .off}}y{{else if .n}}z{{else}}n{{end}}`, `{{if .none}}y{{end}}{{if .e}}y{{end}}{{if .zero}}zero is text{{end}}{{if .empty}}y{{end}}`,
	`{{if 0}}a{{end}}{{if 0.0}}b{{end}}{{if -0.0}}c{{end}}{{if 0i}}d{{end}}{{if 1i}}e{{end}}{{if ""}}f{{end}}{{if "x"}}g{{end}}{{if .tags}}h{{end}}{{if .m}}i{{end}}`,
	`{{with .m.b}}{{.c}}{{else}}n{{end}}`, `{{with .none}}{{.}}{{else with .name}}{{.}}{{else}}x{{end}}`, `{{with .nosuch}}y{{end}}`, `{{with .none.x}}y{{end}}`, `{{if .none.x}}y{{end}}`,
	// Loops.
	`{{range .tags}}{{.}},{{end}}`, `{{range $i, $e := .tags}}{{$i}}={{$e}} {{end}}`, `{{range $e := .mixed}}[{{$e}}]{{end}}`, `{{range $k, $v := .m}}{{$k}}:{{$v}};{{end}}`,
	`{{range .e}}x{{else}}none{{end}}`, `{{range .none}}x{{else}}none{{end}}`, `{{range .nosuch}}x{{end}}`, `{{range 3}}{{.}}{{end}}`, `{{range $i := 3}}{{$i}}{{end}}`, `{{range 0}}x{{else}}no{{end}}`,
	`{{range $i, $j := 3}}{{$i}}{{end}}`, `{{range .n.Int64}}.{{end}}`, `{{range index "ab" 0}}.{{end}}`, `{{range .name}}x{{end}}`, `{{range 1.5}}x{{end}}`, `{{range .n}}x{{end}}`, `{{range true}}x{{end}}`,
	`{{range .tags}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}`, `{{range .tags}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}`, `{{range .tags}}{{break}}{{else}}none{{end}}`,
	`{{$i := 0}}{{$e := 0}}{{range $i, $e = .tags}}{{end}}{{$i}}{{$e}}`, `{{$e := 0}}{{range $e = .tags}}{{end}}{{$e}}`, `{{range $x = .tags}}{{end}}`, `{{range .tags}}{{$y := .}}{{range $.tags}}{{$y}}{{.}} {{end}}{{end}}`,
	`{{range .mixed}}{{.k}}{{end}}`, `{{range .}}{{.name}} {{end}}`, `{{range $i, $e := .}}{{$i}}{{with $e}}{{.name}}{{end}} {{end}}`, `{{range $k, $v := .m}}{{if eq $k "b"}}{{break}}{{end}}{{$k}}{{end}}`,
	`{{range .tags}}{{with .}}{{continue}}{{end}}x{{end}}`, `{{break}}`, `{{range .mixed}}{{.nosuch.x}}{{end}}`,
	// Templates within templates.
	`{{define "row"}}<{{.}}>{{end}}{{range .tags}}{{template "row" .}}{{end}}`, `{{block "b" .name}}[{{.}}]{{end}}`, `{{template "nosuch"}}`, `{{define "r"}}{{.}}{{$}}{{end}}{{template "r"}}`,
	`{{define "a"}}{{template "b" .}}{{end}}{{define "b"}}{{.none.x}}{{end}}{{template "a" .}}`, `{{define "loop"}}{{template "loop"}}{{end}}{{template "loop"}}`, `{{define "output"}}x{{end}}`, `{{define "a"}}{{$y}}{{end}}`,
	`{{define "a"}}{{range .tags}}{{break}}{{end}}after{{end}}{{template "a" .}}`, `{{$x := 1}}{{template "nosuch" $x}}`, `{{define "t"}}1{{end}}{{define "t"}}2{{end}}`, `{{define "d"}}{{.}}{{end}}{{template "d" $y := 5}}`,
	// Calls and pipelines.
	`{{print 1 2 "a" "b" nil}} {{print}} {{println .name 1}}`, `{{printf "%s-%05d-%v-%q" .name 7 .m.a .tags}}`, `{{printf "%v %T" .none .n}}`, `{{printf .name}}`, `{{printf .n}}`, `{{printf .none}}`, `{{printf .nosuch}}`, `{{printf nil}}`, `{{printf 1}}`, `{{printf true}}`,
	`{{"%s!" | printf}}`, `{{.name | printf "%s %s" "a"}}`, `{{.n | printf}}`, `{{.nosuch | printf}}`, `{{.name | upper | lower | printf "%q"}}`, `{{upper .n}}`, `{{upper}}`, `{{upper "a" "b"}}`, `{{"a" | upper "b"}}`, `{{upper .none}}`, `{{upper nil}}`, `{{upper (print 1)}}`, `{{upper true}}`,
	`{{json .}}`, `{{json .m}} {{json .none}} {{json nil}} {{json 1.5}} {{.tags | json}} {{json (index .tags 0)}}`, `{{join "," .tags}} {{join "," .mixed}} {{.tags | join "-"}} {{join "," .n}}`, `{{join 1 .tags}}`, `{{join .tags}}`, `{{json 1i}}`,
	`{{and}}`, `{{and 1 0 .none.x}}`, `{{or 0 "" "x" .none.x}}`, `{{and .on .none.x}}`, `{{and 1 2}} {{or 0 ""}} {{not .on}} {{not nil}} {{not .nosuch}}`, `{{1 | and 2}} {{0 | or 0}} {{1 | or 2}} {{1 | and 0}} {{1 | and}}`, `{{or .nosuch .none}}`, `{{and nil 1}}`, `{{(or .none .m).b.c}}`, `{{not}}`, `{{not 1 2}}`,
	`{{html .name}} {{js .name}} {{urlquery .name}} {{html nil}} {{html 1 2 nil "a"}} {{urlquery .none .n}} {{js "\u2028é\x00\\=&"}} {{html "\x00\""}} {{html}}`,
	`{{len .tags}} {{len .m}} {{len .name}} {{len .n}} {{len ""}}`, `{{len .none}}`, `{{len .nosuch}}`, `{{len 3}}`, `{{len nil}}`, `{{len true}}`,
	`{{index .tags 1}} {{index .m "x y"}} {{index .m "nosuch"}} {{index .mixed 3 "k"}} {{index .mixed 4 1}} {{index .name 0}} {{index .n 0}} {{index .tags}}`, `{{index .tags 3}}`, `{{index .tags 4}}`, `{{index .tags -1}}`, `{{index .tags "a"}}`, `{{index .tags .n}}`, `{{index .tags nil}}`, `{{index .m 1}}`, `{{index .m nil}}`, `{{index .m .n}}`, `{{index .none 1}}`, `{{index nil 1}}`, `{{index .nosuch}}`, `{{index .m "a" "b"}}`, `{{index 1 1}}`, `{{index "ab" 2}}`, `{{index .tags (index "a" 0)}}`, `{{(index .m "a").x}}`, `{{(index .m "b").c}}`, `{{index}}`, `{{printf "%v" (index .m "nosuch")}}`,
	`{{slice .tags 1}} {{slice .tags 0 2}} {{slice .tags 0 1 2}} {{slice .name 1 3}} {{slice .n 1}} {{printf "%T" (slice .n 1)}} {{slice .tags}} {{slice .tags 3}}`, `{{slice .tags 2 1}}`, `{{slice .tags 9}}`, `{{slice .tags 1 2 1}}`, `{{slice .name 0 1 2}}`, `{{slice .tags 0 1 2 3}}`, `{{slice .m 0}}`, `{{slice .none}}`, `{{slice 1}}`, `{{slice .name "a"}}`, `{{slice "ab" 3}}`, `{{slice 1 2 3 4 5}}`,
	// Comparisons.
	`{{eq 1 1}} {{eq .n "42"}} {{eq .name "x" "y"}} {{eq "x" "y" "x"}} {{eq .none nil}} {{eq .nosuch nil}} {{eq .none "x"}} {{eq .on true}} {{eq 1.5 1.5}} {{eq 1i 1i}} {{eq .n.Int64 42}} {{eq (index "a" 0) 97}} {{eq nil nil}} {{eq .m nil}}`,
	`{{eq}}`, `{{eq 1}}`, `{{eq 1 "a"}}`, `{{eq 1 1.0}}`, `{{eq .n 42}}`, `{{eq .m .m}}`, `{{eq .tags .tags}}`, `{{eq .m .tags}}`, `{{eq .tags .e}}`, `{{eq .m 1}}`, `{{eq 1 .m}}`, `{{eq 1 2 "a"}}`, `{{eq 1 1 "a"}}`,
	`{{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}} {{lt "a" "b"}} {{lt .n "5"}} {{lt 1.5 2.5}} {{lt .n.Int64 50}} {{lt (index "a" 0) 98}} {{lt -1 (index "a" 0)}} {{ge 1.5 1.5}}`,
	`{{lt true false}}`, `{{lt 1i 2i}}`, `{{lt .m .m}}`, `{{lt 1 nil}}`, `{{lt nil 1}}`, `{{lt 1 "a"}}`, `{{gt .n 1}}`, `{{le .f 2.0}}`, `{{lt 1 2 3}}`, `{{lt 1}}`, `{{1 | lt 0}}`, `{{le 1i 1i}}`, `{{ge true true}}`, `{{ne .m .m}}`, `{{le 1 1.0}}`,
	// Mistakes in the template.
	`{{`, `{{.a`, `{{if}}`, `{{if .a}}`, `{{end}}`, `{{nosuch 1}}`, `{{.a | nosuch}}`, `{{1 2`, `{{"a}}`, `{{range}}{{end}}`, `{{$x = 1}}`, `{{.a..b}}`, `{{template}}`, `{{else}}`, `{{continue}}`, `{{nil.x}}`, `{{1.x}}`, `{{(1).x}}`, `{{(nil).x}}`, `{{(print "a").x}}`, `{{print.x}}`, `{{$x, $y := 1}}`,
}

// reference runs text/template itself. The functions are ours.
func reference(text string, data any) (string, error) {
	t, err := template.New("output").Funcs(template.FuncMap{
		"json":  func(v any) (string, error) { b, err := appendMarshal(nil, v); return string(b), err },
		"join":  joined,
		"upper": strings.ToUpper, "lower": strings.ToLower,
	}).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, data)
	return b.String(), err
}

func execute(text string, data any) (string, error) {
	t, err := parseTemplate("output", text)
	if err != nil {
		return "", err
	}
	return t.execute(data)
}

// ownWords are the errors that we word ourselves: where text/template passes on
// what reflect panicked with, and the depth of calls.
var ownWords = regexp.MustCompile(`reflect[.:]|exceeded maximum template depth`)

func compareTemplates(t *testing.T, text string, raw string) {
	t.Helper()
	data, err := decode([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	clip(data)
	want, wantErr := reference(text, data)
	got, gotErr := execute(text, data)
	if got != want || (gotErr == nil) != (wantErr == nil) {
		t.Fatalf("%q of %s: %q, %v\ntext/template: %q, %v", text, raw, got, gotErr, want, wantErr)
	}
	if wantErr != nil && gotErr.Error() != wantErr.Error() && !ownWords.MatchString(wantErr.Error()) {
		t.Fatalf("%q of %s:\n%v\ntext/template:\n%v", text, raw, gotErr, wantErr)
	}
}

// clip removes the room that lists have to grow, which text/template's slice
// can reach and ours cannot.
func clip(v any) {
	switch x := v.(type) {
	case map[string]any:
		for key, e := range x {
			if list, ok := e.([]any); ok {
				x[key] = slices.Clip(list)
			}
			clip(x[key])
		}
	case []any:
		for i, e := range x {
			if list, ok := e.([]any); ok {
				x[i] = slices.Clip(list)
			}
			clip(x[i])
		}
	}
}

func TestTemplateIsTextTemplate(t *testing.T) {
	for _, text := range templateCorpus {
		for i, raw := range templateData {
			if i > 0 && strings.Contains(text, `"loop"`) {
				continue // deep; once is enough
			}
			compareTemplates(t, text, raw)
		}
	}
}

func TestTemplateOwnWords(t *testing.T) {
	for text, want := range map[string]string{
		`{{index "ab" 2}}`: "error calling index: index out of range: 2",
		`{{len nil}}`:      "error calling len: len of nil pointer",
		`{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`: "exceeded maximum template depth (10000)",
		`{{call 1}}`: `function "call" not defined`,
	} {
		if _, err := execute(text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	short := map[string]any{"l": make([]any, 1, 8)}
	if _, err := execute(`{{slice .l 0 2}}`, short); err == nil || !strings.Contains(err.Error(), "index out of range: 2") {
		t.Errorf("beyond the end of a list: %v", err)
	}
}

// TestTemplateTypes: an error of a function can be told by its type.
func TestTemplateTypes(t *testing.T) {
	_, err := execute(`{{json .}}`, map[string]any{"f": func() {}})
	if _, ok := errors.AsType[*json.UnsupportedTypeError](err); !ok {
		t.Errorf("%T: %v", err, err)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, text := range templateCorpus {
		f.Add(text, templateData[0])
	}
	for _, raw := range templateData {
		f.Add(`{{range $k, $v := .}}{{$k}} {{with $v}}{{.name}}{{end}}{{end}}`, raw)
	}
	f.Fuzz(func(t *testing.T, text, raw string) {
		if data, err := decode([]byte(raw)); err != nil || data == nil && raw != "null" || !canCompare(text, raw) {
			return
		}
		compareTemplates(t, text, raw)
	})
}

// longLoop finds numbers that range would count to for long.
var longLoop = regexp.MustCompile(`[0-9_]{4}|[0-9.][xXbBoOeEpP]|'`)

// canCompare leaves out what cannot be compared: long loops, recursion, "call",
// and slices of slices, which text/template may make longer again.
func canCompare(text, raw string) bool {
	if longLoop.MatchString(text) || longLoop.MatchString(raw) && strings.Contains(text, "Int64") || strings.Count(text, "range") > 2 ||
		strings.Contains(text, "call") || strings.Count(text, "slice") > 1 {
		return false
	}
	tmpl, err := parseTemplate("output", text)
	return err != nil || len(tmpl.trees) == 1
}
