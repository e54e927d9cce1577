package topics

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTopicsRenderWithinTheTerminal(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 6 {
		t.Fatalf("only %d topics", len(all))
	}
	for _, topic := range all {
		for _, width := range []int{30, 40, 60, 80, 100, 200} {
			for line := range strings.SplitSeq(Render(topic.Text, width, nil), "\n") {
				code := strings.HasPrefix(line, "    ")
				if !code && strings.Contains(line, "-----") { // a drawing may have them
					t.Errorf("%s has a heading that Render does not know: %q", topic.Name, line)
				}
				if n := utf8.RuneCountInString(line); n > min(width, 100) && !code && !oneWord(line) {
					t.Errorf("%s at %d columns: %d wide: %q", topic.Name, width, n, line)
				}
			}
		}
		if !strings.HasPrefix(topic.Text, "# ") || topic.Short == "" {
			t.Errorf("%s does not start with a heading", topic.Name)
		}
	}
}

// oneWord reports a line that cannot be broken.
func oneWord(line string) bool { return !strings.Contains(strings.TrimSpace(line), " ") }

// TestRenderNarrowTable: where words do not fit into columns, cells stand below
// each other.
func TestRenderNarrowTable(t *testing.T) {
	text := "| A | B | Meaning |\n|---|---|---|\n| VIZORA_LONG_NAME | name | the first of them all |\n| x | | y |\n"
	want := "  VIZORA_LONG_NAME\n      name\n      the first of them all\n  x\n      y\n"
	if got := Render(text, 30, nil); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRenderTable(t *testing.T) {
	got := Render("| A | Meaning |\n|---|---|\n| one | the first of them all |\n", 40, strings.ToUpper)
	want := "  A    MEANING\n  one  the first of them all\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
