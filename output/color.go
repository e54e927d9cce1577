// This file decides on color and paints with the few styles there are.

package output

import "strings"

// Style is a way to set text off. There are few, so that a meaning always
// looks the same.
type Style int

// The styles. Plain leaves text as it is.
const (
	Plain   Style = iota
	Bold          // titles, names
	Dim           // headers, what matters less
	Good          // online, applied, passed
	Bad           // offline, failed, lost
	Warning       // degraded, pending, conflict
)

const resetSGR = "\x1b[0m"

// sgr returns the sequence that switches the style on.
func (s Style) sgr() string {
	switch s {
	case Bold:
		return "\x1b[1m"
	case Dim:
		return "\x1b[2m"
	case Good:
		return "\x1b[32m"
	case Bad:
		return "\x1b[31m"
	case Warning:
		return "\x1b[33m"
	}
	return ""
}

// Paint sets s in a style if stdout may carry color.
//
//go:noinline
func (o *IO) Paint(style Style, s string) string { return paint(o.outColor, style, s) }

// PaintErr sets s in a style if stderr may carry color.
func (o *IO) PaintErr(style Style, s string) string { return paint(o.errColor, style, s) }

func paint(on bool, style Style, s string) string {
	if !on || style == Plain || s == "" {
		return s
	}
	return style.sgr() + s + resetSGR
}

// wantColor follows no-color.org and bixense.com/clicolors: NO_COLOR wins,
// then CLICOLOR_FORCE, then CLICOLOR=0 and TERM=dumb, then what the stream is.
func wantColor(env func(string) string, tty bool) bool {
	if env("NO_COLOR") != "" {
		return false
	}
	if force := env("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return tty && env("CLICOLOR") != "0" && env("TERM") != "dumb"
}

// cleanTalk cleans a message for stderr but keeps the sequences of Paint.
// Nothing else gets through, so a server can at worst make a word bold.
func cleanTalk(s string, color bool) string {
	if !color || !strings.Contains(s, "\x1b[") {
		return Clean(s)
	}
	var b strings.Builder
	for {
		start := strings.Index(s, "\x1b[")
		if start < 0 {
			b.WriteString(Clean(s))
			return b.String()
		}
		b.WriteString(Clean(s[:start]))
		s = s[start:]
		n := 1 // an unknown sequence loses its ESC
		for _, code := range []string{resetSGR, Bold.sgr(), Dim.sgr(), Good.sgr(), Bad.sgr(), Warning.sgr()} {
			if strings.HasPrefix(s, code) {
				b.WriteString(code)
				n = len(code)
				break
			}
		}
		s = s[n:]
	}
}
