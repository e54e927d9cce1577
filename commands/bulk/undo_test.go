package bulk

import (
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// TestUndoLeavesOutWhatWasNotDone takes back an action of several of which one
// was gone.
func TestUndoLeavesOutWhatWasNotDone(t *testing.T) {
	op := &journal.Operation{
		Effect: journal.Absolute, Kind: "Content", Verb: "archive", State: journal.Conflict, IDKey: "ids",
		Touches: []string{"a", "b", "c"}, Dropped: []string{"b"}, Label: "3 contents",
		Request: api.Request{Method: "POST", Path: "/content/bulk/archive", Body: []byte(`{"ids":["a","b","c"]}`)},
	}
	if !hasEffect(op) {
		t.Error("two of three were archived")
	}
	back := Inverse(op)
	if len(back) != 1 || back[0].Verb != "restore" || back[0].Request.Path != "/content/bulk/restore" || string(back[0].Request.Body) != `{"ids":["a","c"]}` ||
		strings.Join(back[0].Touches, " ") != "a c" || back[0].IDKey != "ids" || back[0].Label != "2 contents" {
		t.Errorf("%+v %s", back, back[0].Request.Body)
	}
	op.Dropped = op.Touches
	if hasEffect(op) {
		t.Error("nothing was archived")
	}
	one := &journal.Operation{Effect: journal.Many, State: journal.Conflict, IDKey: "displayIds", Touches: []string{"a", "b"}, Dropped: []string{"b"}, Changes: api.Changes{"playlist": nil}}
	if !hasEffect(one) {
		t.Error("one display was assigned, as many fields as there are")
	}
}
