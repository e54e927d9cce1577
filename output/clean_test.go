// This file tests that strings from outside cannot move a terminal.

package output

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain, ümläut, 東京, 👩‍👩‍👧":  "plain, ümläut, 東京, 👩‍👩‍👧",
		"keeps\ttabs\nand lines":    "keeps\ttabs\nand lines",
		"\x1b[2J\x1b]0;title\x07":   "[2J]0;title",
		"a\rb\x00c\x7fd":            "abcd",
		"\u009b31m\u0085x":          "31mx",
		"\x9b31m":                   "\ufffd31m",
		"\u202egpj.exe\u2066\u2069": "gpj.exe",
		"a\u2028b\u2029c":           "a b c",
		"":                          "",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got := cleanLine("a\r\nb\tc\rd\x1b"); got != "a b c d" {
		t.Errorf("cleanLine: %q", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31mred\x1b[0m", "\x9b\xff", "\u202e\u0085", "a\r\nb\tc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Clean(s)
		if Clean(once) != once {
			t.Errorf("not stable: %q", s)
		}
		if !utf8.ValidString(once) {
			t.Errorf("not UTF-8: %q", once)
		}
		for _, r := range once {
			if unsafeRune(r) || (unicode.IsControl(r) && r != '\n' && r != '\t') {
				t.Errorf("%q keeps %U", s, r)
			}
		}
		if line := cleanLine(s); strings.ContainsAny(line, "\n\r\t\x1b") || Clean(line) != line {
			t.Errorf("cell %q", line)
		}
		if talk := cleanTalk(s, false); talk != once {
			t.Errorf("talk %q, clean %q", talk, once)
		}
	})
}

func FuzzEscapedJSON(f *testing.F) {
	f.Add("\x7f\u009b\u202e\u2028 plain")
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "?")
		raw, err := appendMarshal(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		shown := appendEscapedJSON(nil, raw)
		if Clean(string(shown)) != string(shown) {
			t.Errorf("unsafe: %q", shown)
		}
		var back string
		if err := json.Unmarshal(shown, &back); err != nil || back != s {
			t.Errorf("%q became %q (%v)", s, back, err)
		}
	})
}

func TestTalkKeepsOnlyOurColors(t *testing.T) {
	in := paint(true, Bold, "Lobby") + " \x1b[8mhidden\x1b[2J"
	if got, want := cleanTalk(in, true), "\x1b[1mLobby\x1b[0m [8mhidden[2J"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
