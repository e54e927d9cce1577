package api

// This file is about one thing: the one error type of the program and its kinds.

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrorKind says what sort of failure an Error is. Everything that tells
// failures apart (exit codes, JSON codes, hints, retries) goes by it and never
// by a message's text.
type ErrorKind string

// The kinds. The table that maps each to an exit code, a JSON code and a hint
// is commands/cmdutil/failures.go; a test keeps both in step.
const (
	KindInternal        ErrorKind = "internal"        // a defect of ours
	KindUsage           ErrorKind = "usage"           // the command line is wrong
	KindInvalid         ErrorKind = "invalid"         // a value we refuse before anything is sent
	KindAmbiguous       ErrorKind = "ambiguous"       // a name that several resources carry
	KindDeclined        ErrorKind = "declined"        // a question was answered no, or could not be asked
	KindNotFound        ErrorKind = "not_found"       // no such resource
	KindUnauthenticated ErrorKind = "unauthenticated" // no session, or one the server no longer accepts
	KindForbidden       ErrorKind = "forbidden"       // signed in, but not allowed
	KindLocked          ErrorKind = "locked"          // too many failed sign-ins
	KindRejected        ErrorKind = "rejected"        // the server refused the request's content
	KindConflict        ErrorKind = "conflict"        // the remote value won
	KindPartial         ErrorKind = "partial"         // some items failed
	KindRateLimited     ErrorKind = "rate_limited"    // the platform's limit, or our own retry budget
	KindTimeout         ErrorKind = "timeout"         // a deadline of ours passed
	KindQueued          ErrorKind = "queued"          // recorded in the journal, not applied yet
	KindStream          ErrorKind = "stream_lost"     // a stream ended that should not have
	KindUnknown         ErrorKind = "outcome_unknown" // sent, no answer, not decidable by reading back
	KindInterrupted     ErrorKind = "interrupted"     // Ctrl-C
	KindNetwork         ErrorKind = "network"         // no connection to the server
	KindDNS             ErrorKind = "dns"             // the server's name does not resolve
	KindTLS             ErrorKind = "tls"             // the server's certificate is not accepted
	KindServer          ErrorKind = "server"          // 5xx
	KindProtocol        ErrorKind = "protocol"        // an answer that is not Vizora's
	KindLocal           ErrorKind = "local"           // this machine's disk, configuration or keyring
	KindJournalFull     ErrorKind = "journal_full"    // no room for another pending operation
	KindChanges         ErrorKind = "changes"         // plan --exit-code found changes
)

// ErrorKinds lists every kind, so that tables about kinds can be tested whole.
func ErrorKinds() []ErrorKind {
	return []ErrorKind{
		KindInternal, KindUsage, KindInvalid, KindAmbiguous, KindDeclined, KindNotFound, KindUnauthenticated,
		KindForbidden, KindLocked, KindRejected, KindConflict, KindPartial, KindRateLimited, KindTimeout,
		KindQueued, KindStream, KindUnknown, KindInterrupted, KindNetwork, KindDNS, KindTLS, KindServer,
		KindProtocol, KindLocal, KindJournalFull, KindChanges,
	}
}

// Outcome says what is known of a request that failed. Retries and the journal
// decide by it (research: retry by class, not by status alone).
type Outcome int

// Outcomes of a failed request.
const (
	OutcomeNone    Outcome = iota // the failure is not about a request
	OutcomeNotSent                // not a byte reached the server
	OutcomeRefused                // the server answered that it did not do it
	OutcomeUnknown                // it may or may not have been done
	OutcomeDone                   // it was done; what was to follow from it was not, or not wholly
)

// Error is every failure this program reports. Message is one sentence without
// a period; the rest is what a person or a program needs to act on it.
type Error struct {
	Kind    ErrorKind
	Message string
	Field   string   // the flag, column or field that is wrong
	Value   string   // its value, as given
	Hint    string   // what to do; "" means the kind's own hint
	Next    []string // commands to run next
	Details []string // one line each, e.g. the server's validation messages

	Outcome    Outcome
	Method     string
	Path       string // below /api/v1
	Status     int    // HTTP status; 0 when there was no answer
	RequestID  string
	Attempts   int
	RetryAfter time.Duration // 0 when the server named no wait

	Err error
}

// Error returns the message, with the field it is about.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Err != nil && e.Message == "" {
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a kind.
//
//go:noinline
func Errorf(kind ErrorKind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Invalid is bad input found before anything was sent: it names the field, the
// value and the fix.
//
//go:noinline
func Invalid(field, value, problem, fix string) *Error {
	return &Error{
		Kind: KindInvalid, Field: field, Value: value, Hint: fix,
		Message: fmt.Sprintf("%s %q: %s", field, value, problem),
	}
}

// WithHint sets the hint and returns the error.
//
//go:noinline
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// KindOf returns the kind of the first Error in err's chain; KindInternal when
// there is none, "" when err is nil.
//
//go:noinline
func KindOf(err error) ErrorKind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// IsKind reports whether err is an Error of that kind.
//
//go:noinline
func IsKind(err error, kind ErrorKind) bool { return err != nil && KindOf(err) == kind }

// OutcomeOf returns what is known of the request behind err.
func OutcomeOf(err error) Outcome {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Outcome
	}
	return OutcomeNone
}
