package cmdutil

// This file is about one thing: what the journal does besides the command's own
// work, said in words.

import (
	"time"

	"github.com/vizora/vizora-cli/api/journal"
)

// journalEvent says what is worth a line: what other operations became, and
// notices about the store. The command itself tells of its own operation.
func (f *Factory) journalEvent(e journal.Event) {
	switch e.Type {
	case journal.EventNotice:
		f.IO.Warn("%s", e.Message)
	case journal.EventDrained:
		f.IO.Notice("%s", e.Message)
	case journal.EventWaiting:
		f.IO.Notice("%v; next try in %s", e.Reason, e.Wait.Round(10*time.Millisecond))
	}
}
