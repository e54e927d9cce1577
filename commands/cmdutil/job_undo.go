package cmdutil

// This file is about one thing: taking back a change of many resources, from
// what was kept of each.

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// UndoMany is what puts back the values that a change of many (journal.Many)
// replaced: together, where several had the same, and one by one where the
// server's route for many cannot say it, as it knows no null. A resource that
// was edited since will keep its edit.
func UndoMany(op *journal.Operation) []journal.Operation {
	groups := map[string][]string{}
	var order []string
	for _, id := range op.Touches {
		old := replaced(op, id)
		if len(old) == 0 || slices.Contains(op.Dropped, id) {
			continue // nothing is known, or the remote won
		}
		key, _ := json.Marshal(old) // raw JSON of an answer
		if groups[string(key)] == nil {
			order = append(order, string(key))
		}
		groups[string(key)] = append(groups[string(key)], id)
	}
	var back []journal.Operation
	for _, key := range order {
		ids := groups[key]
		old := replaced(op, ids[0])
		if len(ids) == 1 || hasNull(old) || op.IDKey == "" {
			for _, id := range ids {
				back = append(back, undoOne(op, id, old))
			}
			continue
		}
		if together, ok := undoTogether(op, ids, old); ok {
			back = append(back, together)
		}
	}
	return back
}

// replaced is what was there of a resource before.
func replaced(op *journal.Operation, id string) api.Changes {
	old := api.Changes{}
	for name := range op.Changes {
		if was, known := op.Bases[id][name]; known {
			old[name] = was
		}
	}
	return old
}

func hasNull(c api.Changes) bool {
	for _, v := range c {
		if string(v) == "null" {
			return true
		}
	}
	return false
}

func undoOne(op *journal.Operation, id string, old api.Changes) journal.Operation {
	one := journal.Operation{
		Effect: journal.Update, Kind: op.Kind, Verb: "update", Target: id, Label: nameIn(op.Bases[id]),
		Changes: old, Base: api.Changes{}, BaseFrom: "server", BaseAt: op.Settled,
	}
	for name := range old {
		one.Base[name] = op.Changes[name]
	}
	one.Summary = fmt.Sprintf("put back %q: %s", one.Label, describeChanges(api.SchemaOf(op.Kind), old))
	return one
}

// undoTogether is the same request with the old values and these ids.
func undoTogether(op *journal.Operation, ids []string, old api.Changes) (journal.Operation, bool) {
	s := api.SchemaOf(op.Kind)
	var body map[string]json.RawMessage
	if s == nil || json.Unmarshal(op.Request.Body, &body) != nil {
		return journal.Operation{}, false
	}
	for name, v := range old {
		key := s.Field(name).Write
		if strings.HasSuffix(op.Request.Path, "/assign-playlist") {
			key = "playlistId" // contract rest 4
		}
		body[key] = v
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return journal.Operation{}, false
	}
	body[op.IDKey] = list
	req, err := api.NewRequest(op.Request.Method, op.Request.Path, body)
	many := journal.Operation{
		Effect: journal.Many, Kind: op.Kind, Verb: op.Verb, Touches: ids, IDKey: op.IDKey, Request: req,
		Changes: old, Bases: map[string]api.Changes{}, BaseFrom: "server", BaseAt: op.Settled,
		Label: fmt.Sprintf("%d %s", len(ids), s.Plural), Summary: fmt.Sprintf("put back %d %s: %s", len(ids), s.Plural, describeChanges(api.SchemaOf(op.Kind), old)),
	}
	for _, id := range ids {
		base := api.Changes{}
		if name, known := op.Bases[id]["name"]; known {
			base["name"] = name
		}
		for name := range old {
			base[name] = op.Changes[name]
		}
		many.Bases[id] = base
	}
	return many, err == nil
}
