package display

// This file is about one thing: sending a change of one display, and showing
// what became of it.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// label names a display in messages.
func label(d *api.Display) string { return fmt.Sprintf("%q (%s)", d.Name(), d.ID) }

// labels names displays in a question, the first few of many.
func labels(displays []*api.Display) string {
	const most = 8
	var names []string
	for i := range displays {
		if i == most {
			return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), len(displays)-most)
		}
		names = append(names, label(displays[i]))
	}
	return strings.Join(names, ", ")
}

// displayCount is "display" or "7 displays".
func displayCount(n int) string {
	if n == 1 {
		return api.Displays.Noun
	}
	return fmt.Sprintf("%d %s", n, api.Displays.Plural)
}

// readFrom is where a client's last reading came from, for a base.
func readFrom(c *api.Client) string {
	if c.Offline() {
		return "cache"
	}
	return "server"
}

// setField sets one field of a display that was read, and returns the display
// as it then is; nil on a dry run. op says the verb, the summary, and when and
// whence the display was read.
func setField(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, d *api.Display, op journal.Operation, field string, value json.RawMessage) (*api.Display, error) {
	base, err := json.Marshal(api.Displays.Value(d, field))
	if err != nil {
		return nil, err
	}
	op.Effect, op.Kind, op.Target, op.Label = journal.Update, api.Displays.Kind, d.ID, d.Name()
	op.Changes, op.Base = api.Changes{field: value}, api.Changes{field: base}
	result, err := w.Submit(ctx, f, op)
	if err != nil || result == nil {
		return nil, err
	}
	return api.Displays.Decode(result.Data)
}

// action is an operation on one display that has its own route.
func action(effect journal.Effect, d *api.Display, verb, summary string, req api.Request) journal.Operation {
	return journal.Operation{
		Effect: effect, Kind: api.Displays.Kind, Verb: verb, Target: d.ID, Label: d.Name(), Summary: summary, Request: req,
	}
}

// answered finds the server's own error in the chain, whatever the journal made
// of it; nil when there was no answer of that status.
func answered(err error, status int) *api.Error {
	for {
		e, ok := errors.AsType[*api.Error](err)
		if !ok {
			return nil
		}
		if e.Status == status && e.Method != "" {
			return e
		}
		err = e.Err
	}
}

// undelivered finds the platform's own 503, with which push and screenshot say
// that the player did not get it; nil when err is something else. A 503 without
// a request id comes from something in between.
func undelivered(err error) *api.Error {
	if e := answered(err, http.StatusServiceUnavailable); e != nil && e.RequestID != "" {
		return e
	}
	return nil
}

// refused turns the server's answer into an error that says what it means.
func refused(cause *api.Error, format string, args ...any) *api.Error {
	e := api.Errorf(api.KindRejected, format, args...)
	e.Outcome, e.Status, e.RequestID, e.Attempts, e.Err = api.OutcomeRefused, cause.Status, cause.RequestID, cause.Attempts, cause
	return e
}
