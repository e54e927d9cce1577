// This file is the -o flag: the formats, and compiling the two that are
// programs.

package output

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// Format is an output format. The zero value is table. Formats with an
// argument should come from ParseFormat, which compiles it.
type Format struct {
	Name string // one of FormatNames, without "="
	Arg  string // of template and jq

	tmpl *jsonTemplate
	code *gojq.Code
}

// FormatNames returns what -o takes, in the order of the help.
func FormatNames() []string {
	return []string{"table", "wide", "json", "jsonl", "yaml", "csv", "name", "lines", "template=...", "jq=..."}
}

// ParseFormat reads the value of -o: a name, "template=TEXT" or "jq=PROGRAM".
// "" is table. Templates and programs are compiled here, so that a mistake in
// them is found before anything is sent. Errors are of type BadFormatError.
func ParseFormat(s string) (Format, error) {
	name, arg, hasArg := strings.Cut(s, "=")
	f := Format{Name: name, Arg: arg}
	switch name {
	case "template", "jq":
		if arg == "" {
			return Format{}, BadFormatError{Value: s, Known: FormatNames(), Reason: "needs a value, as in " + formatExample(name)}
		}
		return f.compiled()
	case "":
		if !hasArg {
			return Format{Name: "table"}, nil
		}
	}
	if hasArg && slices.Contains(FormatNames(), name) {
		return Format{}, BadFormatError{Value: s, Known: FormatNames(), Reason: name + " takes no value"}
	}
	if hasArg || !slices.Contains(FormatNames(), name) {
		return Format{}, BadFormatError{Value: s, Known: FormatNames()}
	}
	return f, nil
}

func formatExample(name string) string {
	if name == "jq" {
		return "jq='.[].name'"
	}
	return "template='{{.name}}'"
}

// compiled returns f ready to run. It does nothing for the other formats.
func (f Format) compiled() (Format, error) {
	fail := func(err error) (Format, error) {
		return Format{}, BadFormatError{Value: f.String(), Known: FormatNames(), Reason: err.Error()}
	}
	switch {
	case f.Name == "template" && f.tmpl == nil:
		t, err := parseTemplate("output", f.Arg)
		if err != nil {
			return fail(err)
		}
		f.tmpl = t
	case f.Name == "jq" && f.code == nil:
		q, err := gojq.Parse(f.Arg)
		if err != nil {
			return fail(err)
		}
		// No environment loader: $ENV is empty, so no secret can be printed.
		if f.code, err = gojq.Compile(q); err != nil {
			return fail(err)
		}
	}
	return f, nil
}

// JSON reports whether the format is read by a program that expects JSON: json,
// jsonl and jq. A failure is then one JSON object on stderr.
func (f Format) JSON() bool { return f.Name == "json" || f.Name == "jsonl" || f.Name == "jq" }

// String returns the format as -o takes it.
func (f Format) String() string {
	switch {
	case f.Name == "":
		return "table"
	case f.Arg != "":
		return f.Name + "=" + f.Arg
	}
	return f.Name
}

// decode reads JSON for a template or jq program; numbers keep their digits.
func decode(raw []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}
