package cmdutil

// This file is about one thing: the one table that maps a kind of failure to
// its exit code, JSON code, hint and help topic.

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"syscall"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

// Exit codes (help topic exit-codes).
const (
	ExitOK          = 0
	ExitError       = 1
	ExitUsage       = 2
	ExitNotFound    = 3
	ExitAuth        = 4
	ExitConflict    = 5
	ExitPartial     = 6
	ExitRateLimited = 7
	ExitTimeout     = 8
	ExitQueued      = 9
	ExitStream      = 10
	ExitUnknown     = 11
	ExitChanges     = 20
	ExitInterrupted = 130
)

// FailureClass is one row of the table.
type FailureClass struct {
	Kind  api.ErrorKind
	Exit  int
	Code  string // in JSON
	Means string // one line for the help topic
	Hint  string // said when the error has none of its own
	Topic string // help topic to read on
}

// FailureClasses is the table, in the order of the help topic.
func FailureClasses() []FailureClass {
	return []FailureClass{
		{api.KindInternal, ExitError, "INTERNAL", "a defect of vizora itself", "please report it together with the output of the same command with --debug", ""},
		{api.KindNetwork, ExitError, "NETWORK", "no connection to the server, or it was lost", "check the address with 'vizora profile show' and the network", "environment"},
		{api.KindDNS, ExitError, "DNS", "the server's name does not resolve", "check the address with 'vizora profile show' and the network", "environment"},
		{api.KindTLS, ExitError, "TLS", "the server's certificate is not accepted", "for a private authority: vizora profile set ca-file=PATH", "environment"},
		{api.KindServer, ExitError, "SERVER", "the server failed (5xx)", "the platform had trouble; try again, and give its admin the request id", ""},
		{api.KindProtocol, ExitError, "PROTOCOL", "the answer is not a Vizora API's", "is the address right, and no proxy or sign-in page in between? vizora profile show", "environment"},
		{api.KindRejected, ExitError, "REJECTED", "the server refused the request's content", "", ""},
		{api.KindLocal, ExitError, "LOCAL", "this machine's disk, configuration or keyring failed", "", ""},
		{api.KindDeclined, ExitError, "DECLINED", "a confirmation was answered no, or could not be asked", "pass --yes to go ahead without being asked", ""},
		{api.KindJournalFull, ExitError, "JOURNAL_FULL", "the journal has no room for another pending operation", "deliver or drop some: vizora sync, vizora journal list", "journal"},
		{api.KindUsage, ExitUsage, "USAGE", "the command line is wrong", "", ""},
		{api.KindInvalid, ExitUsage, "INVALID", "a value is refused before anything is sent", "", ""},
		{api.KindAmbiguous, ExitUsage, "AMBIGUOUS", "several resources carry that name", "give the id instead", ""},
		{api.KindNotFound, ExitNotFound, "NOT_FOUND", "no such resource", "", ""},
		{api.KindUnauthenticated, ExitAuth, "UNAUTHENTICATED", "not signed in, or the session is over", "sign in: vizora auth login", "environment"},
		{api.KindForbidden, ExitAuth, "FORBIDDEN", "signed in, but not allowed", "vizora auth status shows your role; an admin can change it", ""},
		{api.KindConflict, ExitConflict, "CONFLICT", "the remote value won", "vizora journal list --state conflict shows both sides", "conflicts"},
		{api.KindPartial, ExitPartial, "PARTIAL", "some items failed, the others are done", "", ""},
		{api.KindRateLimited, ExitRateLimited, "RATE_LIMITED", "the server's rate limit or our retry budget is spent", "wait a minute, or as long as the message says, then run the same command again", "limits"},
		{api.KindLocked, ExitRateLimited, "ACCOUNT_LOCKED", "too many failed sign-ins", "the account opens again 15 minutes after the first failure; further tries do not help", ""},
		{api.KindTimeout, ExitTimeout, "TIMEOUT", "a time limit passed, or a waited-for state cannot come", "", ""},
		{api.KindQueued, ExitQueued, "QUEUED", "recorded in the journal, not applied yet", "it goes out with the next command that reaches the server, or now with 'vizora sync'", "journal"},
		{api.KindStream, ExitStream, "STREAM_LOST", "a stream was lost, or has a gap", "", "events"},
		{api.KindUnknown, ExitUnknown, "OUTCOME_UNKNOWN", "sent, and nobody can tell whether it was done", "look at the resource, then decide: vizora journal resolve ID --created RID | --resend | --drop", "journal"},
		{api.KindChanges, ExitChanges, "CHANGES", "a plan holds changes (plan --exit-code)", "", ""},
		{api.KindInterrupted, ExitInterrupted, "INTERRUPTED", "Ctrl-C", "", ""},
	}
}

// classOf returns a kind's row.
func classOf(kind api.ErrorKind) FailureClass {
	all := FailureClasses()
	for _, c := range all {
		if c.Kind == kind {
			return c
		}
	}
	return all[0]
}

// AsError turns any error into an *api.Error.
//
//go:noinline
func AsError(err error) *api.Error {
	if e, ok := errors.AsType[*api.Error](err); ok {
		return e
	}
	var (
		badFormat output.BadFormatError
		badColumn output.BadColumnError
		filter    output.FilterError
		path      *fs.PathError
	)
	switch {
	case errors.As(err, &badFormat), errors.As(err, &badColumn), errors.As(err, &filter):
		hint := api.DidYouMean(badColumn.Name, badColumn.Known, "")
		if badFormat.Reason == "" && badFormat.Value != "" {
			hint = api.DidYouMean(badFormat.Value, badFormat.Known, "")
		}
		return &api.Error{Kind: api.KindUsage, Message: err.Error(), Err: err, Hint: hint}
	case errors.Is(err, context.Canceled):
		return &api.Error{Kind: api.KindInterrupted, Message: "interrupted", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &api.Error{Kind: api.KindTimeout, Message: "the time limit passed", Err: err}
	case errors.Is(err, output.ErrNoTerminal):
		return &api.Error{Kind: api.KindDeclined, Message: err.Error(), Err: err}
	case errors.As(err, &path), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EIO):
		return &api.Error{Kind: api.KindLocal, Message: err.Error(), Err: err}
	}
	return &api.Error{Kind: api.KindInternal, Message: err.Error(), Err: err}
}

// Report shows a failure in the form the user asked for and returns its exit
// code. A closed stdout ends quietly: the reader has what it wanted.
func (f *Factory) Report(err error) int {
	if err == nil {
		return ExitOK
	}
	if output.ClosedPipe(err) || errors.Is(err, ErrDone) {
		return ExitOK
	}
	e := f.explainToken(AsError(err))
	class := classOf(e.Kind)
	failure := output.Failure{
		Code: class.Code, Kind: string(e.Kind), ExitCode: class.Exit, Message: e.Error(), Hint: e.Hint, Field: e.Field, Value: e.Value, Details: e.Details,
		Status: e.Status, Attempts: e.Attempts, RequestID: e.RequestID, Next: e.Next, Help: class.Topic,
	}
	if failure.Hint == "" {
		failure.Hint = class.Hint
	}
	asJSON := f.jsonErrors()
	if (e.Kind == api.KindQueued || e.Kind == api.KindChanges) && !asJSON { // no failure: what was asked for, with a code of its own
		f.IO.Say("%s; %s", e.Error(), failure.Hint)
		return class.Exit
	}
	f.IO.Fail(failure, asJSON)
	return class.Exit
}

// explainToken says more of a refused VIZORA_TOKEN than the server's
// "Unauthorized": it cannot be renewed, and its own expiry may tell why.
func (f *Factory) explainToken(e *api.Error) *api.Error {
	token, given := f.Env(config.EnvToken)
	if e.Kind != api.KindUnauthenticated || e.Status != http.StatusUnauthorized || !given || token == "" {
		return e
	}
	told := *e
	told.Message = "the server does not accept the token in VIZORA_TOKEN: " + e.Message
	if claims, ok := api.ParseClaims(token); ok && claims.Expired(f.Now()) {
		told.Details = append([]string{"it expired at " + time.Unix(claims.ExpiresAt, 0).UTC().Format(time.RFC3339)}, e.Details...)
	}
	told.Hint = "put a new token in VIZORA_TOKEN, or take it out and sign in: vizora auth login"
	return &told
}

// jsonErrors reports whether errors are to be JSON. A bad --output is reported
// in words.
func (f *Factory) jsonErrors() bool {
	format, err := f.Format()
	return err == nil && format.JSON()
}

// Usage is an error of the command line.
//
//go:noinline
func Usage(format string, args ...any) *api.Error {
	return api.Errorf(api.KindUsage, format, args...)
}

// ErrDone ends a command that runs until it is stopped: Ctrl-C is how it is
// meant to end, so it is no failure.
var ErrDone = errors.New("done")
