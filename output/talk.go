// This file is the talk on stderr: notices, results of writes and warnings.

package output

import (
	"fmt"
	"strings"
)

// Notice is chat for a person: it goes to stderr, only if that is a terminal
// and IO is not quiet.
//
//go:noinline
func (o *IO) Notice(format string, args ...any) {
	if o.errTTY && !o.quiet {
		o.talk("", format, args)
	}
}

// Say tells the result of a write ("playlist Summer (id) updated"): a line on
// stderr, terminal or not, unless IO is quiet.
//
//go:noinline
func (o *IO) Say(format string, args ...any) {
	if !o.quiet {
		o.talk("", format, args)
	}
}

// Debug tells what was asked for with a flag of its own: a line on stderr, also
// of a quiet IO.
func (o *IO) Debug(format string, args ...any) { o.talk("", format, args) }

// Warn tells what a script must be able to see: a line on stderr, always.
//
//go:noinline
func (o *IO) Warn(format string, args ...any) {
	o.talk(o.PaintErr(Warning, "warning:")+" ", format, args)
}

func (o *IO) talk(prefix, format string, args []any) {
	text := prefix + strings.TrimRight(cleanTalk(fmt.Sprintf(format, args...), o.errColor), "\n") + "\n"
	o.mu.Lock()
	defer o.mu.Unlock()
	_, _ = o.writeErr([]byte(text)) // stderr is the last place to report to
}
