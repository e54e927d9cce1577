// This file is the typed errors of wrong output options, and the closed pipe.

package output

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
)

// BadFormatError is an output format that does not exist or does not compile,
// or an option that does not go with it. It is a usage error.
type BadFormatError struct {
	Value  string   // as given
	Known  []string // the formats there are
	Reason string   // what is wrong; "" when the name is unknown
}

func (e BadFormatError) Error() string {
	if e.Reason != "" {
		return fmt.Sprintf("output format %q: %s", e.Value, e.Reason)
	}
	return fmt.Sprintf("unknown output format %q; the formats are %s", e.Value, strings.Join(e.Known, ", "))
}

// BadColumnError is an unknown name in --columns. It is a usage error.
type BadColumnError struct {
	Name  string
	Known []string // the names there are
}

func (e BadColumnError) Error() string {
	return fmt.Sprintf("unknown column %q; the columns are %s", e.Name, strings.Join(e.Known, ", "))
}

// FilterError is a template or jq program that failed on the data.
type FilterError struct {
	Format string // "template" or "jq"
	Err    error
}

func (e FilterError) Error() string { return e.Format + ": " + e.Err.Error() }

// Unwrap returns the error of the template or program.
func (e FilterError) Unwrap() error { return e.Err }

// ClosedPipe reports whether err means that the reader of stdout has gone, as
// head does when it has seen enough. The program then ends quietly.
func ClosedPipe(err error) bool {
	if errors.Is(err, syscall.EPIPE) {
		return true
	}
	var code syscall.Errno
	// ERROR_BROKEN_PIPE and ERROR_NO_DATA
	return runtime.GOOS == "windows" && errors.As(err, &code) && (code == 109 || code == 232)
}
