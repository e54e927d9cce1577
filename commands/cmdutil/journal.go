package cmdutil

// This file is about one thing: what the journal does besides the command's own
// work, said in words.

import (
	"encoding/json"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// journalEvent says what is worth a line: what other operations became, and
// notices about the store. The command itself tells of its own operation.
func (f *Factory) journalEvent(e journal.Event) {
	switch e.Type {
	case journal.EventSettled:
		f.keepApplied(e)
	case journal.EventNotice:
		f.IO.Warn("%s", e.Message)
	case journal.EventDrained:
		f.IO.Notice("%s", e.Message)
	case journal.EventWaiting:
		if f.OnWait != nil {
			return // the wait itself is shown
		}
		f.IO.Notice("%v; next try in %s", e.Reason, e.Wait.Round(10*time.Millisecond))
	}
}

// keepApplied brings what was read earlier up to what we have written since.
// Otherwise a later change without a connection would be based on the value
// before our own, and meet ours as somebody else's.
func (f *Factory) keepApplied(e journal.Event) {
	op, s := e.Operation, api.SchemaOf(e.Operation.Kind)
	lost := op.State == journal.Conflict && op.Effect == journal.Many // some were changed, some not
	if op.State != journal.Applied && !lost || s == nil {
		return
	}
	client, err := f.Client()
	if err != nil {
		return
	}
	for _, id := range op.Resources() {
		client.Amend(s.ItemPath(id), func(row json.RawMessage) json.RawMessage {
			if lost {
				return nil // it is read anew
			}
			return journal.AfterApplied(s, row, op, e.Data)
		})
	}
}
