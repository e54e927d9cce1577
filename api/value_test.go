package api

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParse(t *testing.T) {
	seconds := Field{Name: "duration", Type: TypeInt, Unit: "seconds", Min: 1, Max: 86400}
	name := Field{Name: "name", Flag: "name", Type: TypeString, Min: 1, Max: 10}
	clearable := Field{Name: "d", Type: TypeString, Clear: true}
	enum := Field{Name: "orientation", Type: TypeEnum, Enum: []string{"landscape", "portrait"}}
	ref := Field{Name: "playlist", Type: TypeRef, Ref: "playlist", Clear: true}
	object := Field{Name: "metadata", Type: TypeObject}
	at := Field{Name: "expiresAt", Type: TypeTime}
	yes := Field{Name: "loop", Type: TypeBool}
	tests := []struct {
		f    Field
		in   string
		want string // "" = refused
	}{
		{seconds, "30", "30"}, {seconds, " 30 ", "30"}, {seconds, "90s", "90"}, {seconds, "2m", "120"}, {seconds, "24h", "86400"},
		{seconds, "0", ""}, {seconds, "-1", ""}, {seconds, "86401", ""}, {seconds, "1.5s", ""}, {seconds, "1e3", ""}, {seconds, "", ""}, {seconds, "99999999999999999999", ""}, {seconds, "null", ""},
		{Field{Name: "n", Type: TypeInt}, "90s", ""}, {Field{Name: "n", Type: TypeInt}, "0", "0"},
		{yes, "true", "true"}, {yes, "Yes", "true"}, {yes, "on", "true"}, {yes, "1", "true"}, {yes, "FALSE", "false"}, {yes, "no", "false"}, {yes, "off", "false"}, {yes, "0", "false"}, {yes, "", ""}, {yes, "maybe", ""},
		{at, "2026-12-31", `"2026-12-31T00:00:00.000Z"`}, {at, "2026-12-31T18:00:00+02:00", `"2026-12-31T16:00:00.000Z"`}, {at, "2026-12-31 18:30", `"2026-12-31T18:30:00.000Z"`}, {at, "2026-12-31T18:30:15.250Z", `"2026-12-31T18:30:15.250Z"`},
		{at, "2026-02-30", ""}, {at, "tomorrow", ""}, {at, "", ""},
		{enum, "portrait", `"portrait"`}, {enum, "Portrait", ""}, {enum, "", ""},
		{ref, "Lobby", `"Lobby"`}, {ref, "null", "null"}, {ref, "", ""}, {ref, "  ", ""},
		{object, `{"a":1}`, `{"a":1}`}, {object, `[1]`, ""}, {object, `{"a":`, ""}, {object, `null`, ""},
		{name, "Lobby", `"Lobby"`}, {name, "", ""}, {name, "   ", ""}, {name, "<b></b>", ""}, {name, "null", `"null"`},
		{name, "0123456789", `"0123456789"`}, {name, "0123456789a", ""}, {name, "a&b&c", ""}, {name, "😀😀😀😀😀", `"😀😀😀😀😀"`}, {name, "😀😀😀😀😀😀", ""},
		{name, "a\xffb", ""}, {name, "a\x00b", ""},
		{clearable, "null", "null"}, {clearable, "", `""`},
	}
	for _, tt := range tests {
		got, err := tt.f.Parse(tt.in)
		if tt.want == "" {
			if e := asError(t, err, KindInvalid); e.Field == "" || e.Value != tt.in || e.Hint == "" {
				t.Errorf("%s %q: %+v", tt.f.Name, tt.in, e)
			}
		} else if err != nil || string(got) != tt.want {
			t.Errorf("%s %q: %v %s, want %s", tt.f.Name, tt.in, err, got, tt.want)
		}
	}
	_, err := enum.Parse("portait")
	if e := asError(t, err, KindInvalid); !strings.Contains(e.Hint, `did you mean "portrait"`) {
		t.Errorf("%q", e.Hint)
	}
}

// TestStored holds every row of contract rest 1.7.
func TestStored(t *testing.T) {
	tests := []struct{ sent, stored, shown string }{
		{"  pad  ", "pad", "pad"},
		{"<b>x</b> y", "x y", "x y"},
		{"<script>a</script>ok", "ok", "ok"},
		{"a<b", "a", "a"},
		{"a < b", "a &lt; b", "a &lt; b"},
		{"5>3", "5&gt;3", "5&gt;3"},
		{"x & y", "x &amp; y", "x & y"},
		{"https://h/?a=1&b=2", "https://h/?a=1&amp;b=2", "https://h/?a=1&b=2"},
		{"?x=1&region=eu", "?x=1®ion=eu", "?x=1®ion=eu"},
		{"?a&copy=2", "?a©=2", "?a©=2"}, {"?a&para=2", "?a¶=2", "?a¶=2"}, {"?a&not=2", "?a¬=2", "?a¬=2"}, {"?a&times=2", "?a×=2", "?a×=2"},
		{"<STYLE>p{}</STYLE >x", "x", "x"},
		{"<!-- > -->x", "x", "x"},
		{`<a title=">">x</a>`, "x", "x"},
		{"plain", "plain", "plain"}, {"", "", ""},
		{"&quot;q&quot;", `"q"`, `"q"`},
	}
	for _, tt := range tests {
		stored, shown := Stored(tt.sent)
		if stored != tt.stored || shown != tt.shown {
			t.Errorf("%q: stored %q, shown %q", tt.sent, stored, shown)
		}
		again, _ := Stored(shown)
		if again != stored && !strings.Contains(shown, "®") {
			t.Errorf("%q: writing back %q stores %q", tt.sent, shown, again)
		}
	}
}

func FuzzStored(f *testing.F) {
	for _, s := range []string{"<b>x</b>", "a<b", "&lt;b&gt;", "&amp;amp;", "<script>x", "<İ>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stored, _ := Stored(s)
		if strings.ContainsAny(stored, "<>") || utf8.ValidString(s) && !utf8.ValidString(stored) {
			t.Fatalf("%q became %q", s, stored)
		}
	})
}

func TestCorruptedParameter(t *testing.T) {
	tests := map[string]string{
		"https://h/?a=1&region=eu": "region", "https://h/?a=1&b=2&copy=3": "copy", "https://h/?x&times": "times", "https://h/?x&notify=1": "notify", "https://h/?x&lt=1#f": "lt",
		"https://h/?a=1&b=2": "", "https://h/?region=eu": "", "https://h/": "", "https://h/?a=1&&b": "", "https://h/?a&#x": "", "https://h/?a&euro=1": "",
	}
	for url, want := range tests {
		if got := CorruptedParameter(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	for _, s := range []string{"cmwsxtd03000x132fwmm92ac7", "c" + strings.Repeat("a", 19), "c" + strings.Repeat("9", 29)} {
		if !CUID.Matches(s) || UUID.Matches(s) {
			t.Errorf("%q", s)
		}
	}
	for _, s := range []string{"5a767cc9-9b6e-4fd9-8f8c-93a2d662072f", "00000000-0000-0000-0000-000000000000", "5A767CC9-9B6E-4FD9-8F8C-93A2D662072F"} {
		if !CUID.Matches(s) || !UUID.Matches(s) {
			t.Errorf("%q", s)
		}
	}
	for _, s := range []string{"", "c", "c" + strings.Repeat("a", 18), "c" + strings.Repeat("a", 30), "C" + strings.Repeat("a", 24), "cmwsxtd03000x132fwmm92AC7", "5a767cc9-9b6e-4fd9-8f8c-93a2d662072", "5a767cc9_9b6e-4fd9-8f8c-93a2d662072f", "5a767cc9-9b6e-4fd9-8f8c-93a2d662072g"} {
		if CUID.Matches(s) || UUID.Matches(s) {
			t.Errorf("%q", s)
		}
	}
}
