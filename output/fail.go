// This file shows a failure: in words, or as one JSON object.

package output

import (
	"fmt"
	"strings"
)

// Failure is why a command failed. Empty fields are left out.
type Failure struct {
	Code      string   `json:"code"`                // stable, for programs: "NOT_FOUND"
	Kind      string   `json:"errorKind,omitempty"` // the class in the exit-code table: "notfound"
	ExitCode  int      `json:"exitCode,omitempty"`
	Message   string   `json:"message"`
	Details   []string `json:"details,omitempty"` // one line each
	Hint      string   `json:"hint,omitempty"`    // what to do about it
	Resource  string   `json:"resource,omitempty"`
	Field     string   `json:"field,omitempty"` // the flag or field at fault
	Value     string   `json:"value,omitempty"` // what it was given
	Status    int      `json:"status,omitempty"`
	Attempts  int      `json:"attempts,omitempty"`
	RequestID string   `json:"requestId,omitempty"`
	Next      []string `json:"next,omitempty"` // commands to run next
	Help      string   `json:"help,omitempty"` // the help topic
}

// Fail shows f on stderr: as "error: ..." with details, hint and next steps,
// or as exactly one line of JSON.
func (o *IO) Fail(f Failure, asJSON bool) {
	text := o.failText(f)
	if asJSON {
		text = o.failJSON(f)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	_, _ = o.writeErr([]byte(text)) // stderr is the last place to report to
}

func (o *IO) failJSON(f Failure) string {
	raw, err := appendMarshal(nil, struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Failure
	}{"vizora/v1", "Error", f})
	if err != nil {
		return "" // strings and numbers always marshal
	}
	if o.errTTY {
		raw = appendEscapedJSON(nil, raw)
	}
	return string(raw) + "\n"
}

func (o *IO) failText(f Failure) string {
	var b strings.Builder
	line := func(style Style, key, text string) {
		b.WriteString(o.PaintErr(style, key) + " " + indentLines(cleanTalk(text, o.errColor)) + "\n")
	}
	line(Bad, "error:", f.Message)
	for _, d := range f.Details {
		b.WriteString("  " + indentLines(cleanTalk(d, o.errColor)) + "\n")
	}
	if facts := f.facts(); facts != "" {
		b.WriteString(o.PaintErr(Dim, "  ("+cleanLine(facts)+")") + "\n")
	}
	if f.Hint != "" {
		line(Bold, "hint:", f.Hint)
	}
	for _, n := range f.Next {
		line(Bold, "next:", n)
	}
	if f.Help != "" {
		line(Bold, "help:", f.Help)
	}
	return b.String()
}

// facts is what support asks for: "HTTP 503, 3 attempts, request 4f1c...".
func (f Failure) facts() string {
	var facts []string
	if f.Status > 0 {
		facts = append(facts, fmt.Sprintf("HTTP %d", f.Status))
	}
	if f.Attempts > 1 {
		facts = append(facts, fmt.Sprintf("%d attempts", f.Attempts))
	}
	if f.RequestID != "" {
		facts = append(facts, "request "+f.RequestID)
	}
	return strings.Join(facts, ", ")
}

func indentLines(s string) string {
	return strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ")
}
