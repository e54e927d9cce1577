package cmdutil

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

func TestHowManyMayFail(t *testing.T) {
	for _, test := range []struct {
		flags JobFlags
		want  int // -1: refused
	}{
		{JobFlags{}, math.MaxInt}, {JobFlags{FailFast: true}, 0}, {JobFlags{MaxFailures: "0"}, 0}, {JobFlags{MaxFailures: "7"}, 7},
		{JobFlags{MaxFailures: "5%"}, 10}, {JobFlags{MaxFailures: "0.4%"}, 0}, {JobFlags{MaxFailures: "100%"}, 200},
		{JobFlags{MaxFailures: "101%"}, -1}, {JobFlags{MaxFailures: "-1"}, -1}, {JobFlags{MaxFailures: "1.5"}, -1}, {JobFlags{MaxFailures: "NaN"}, -1},
	} {
		got, err := test.flags.mayFail(200)
		if err != nil {
			got = -1
		}
		if got != test.want {
			t.Errorf("%+v: %d, want %d", test.flags, got, test.want)
		}
	}
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }

// TestUndoMany puts back together what was the same before, one by one what the
// route cannot say, and leaves alone what the remote has won.
func TestUndoMany(t *testing.T) {
	op := &journal.Operation{
		Effect: journal.Many, Kind: "Display", Verb: "assign", State: journal.Applied, IDKey: "displayIds",
		Touches: []string{"a", "b", "c", "d", "e"}, Dropped: []string{"d"}, Changes: api.Changes{"playlist": raw(`"new"`)},
		Bases: map[string]api.Changes{
			"a": {"playlist": raw(`"old"`), "name": raw(`"A"`)}, "b": {"playlist": raw(`null`), "name": raw(`"B"`)},
			"c": {"playlist": raw(`"old"`)}, "d": {"playlist": raw(`"old"`)}, "e": {"name": raw(`"E"`)},
		},
		Request: api.Request{Method: "POST", Path: "/displays/bulk/assign-playlist", Body: raw(`{"displayIds":["a","b","c","d","e"],"playlistId":"new"}`)},
	}
	back := UndoMany(op)
	if len(back) != 2 {
		t.Fatalf("%d operations: %+v", len(back), back)
	}
	if got := string(back[0].Request.Body); back[0].Effect != journal.Many || got != `{"displayIds":["a","c"],"playlistId":"old"}` || string(back[0].Bases["a"]["playlist"]) != `"new"` {
		t.Errorf("%+v %s", back[0], got)
	}
	if one := back[1]; one.Effect != journal.Update || one.Target != "b" || one.Label != "B" || string(one.Changes["playlist"]) != "null" || string(one.Base["playlist"]) != `"new"` {
		t.Errorf("%+v", one)
	}
}

func TestXMLHoldsAnyText(t *testing.T) {
	if got := escapeXML("a<b>&\"c\"\x00\n\ufffe"); got != "a&lt;b&gt;&amp;&quot;c&quot;? ?" {
		t.Errorf("%q", got)
	}
}
