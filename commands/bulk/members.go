package bulk

// This file is about one thing: who joins a declared group and who leaves it.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// updateMembers plans who joins a group and who leaves it.
func (d *differ) updateMembers(w *want, e *entry, st *step) bool {
	wanted, ok := d.displayIDs(w)
	if !ok {
		return false
	}
	var now []string
	_ = json.Unmarshal(e.value(membersField), &now) // nobody
	var join, leave []string
	for _, id := range wanted {
		if !slices.Contains(now, id) {
			join = append(join, id)
		}
	}
	for _, id := range now {
		if !slices.Contains(wanted, id) {
			leave = append(leave, id)
		}
	}
	if len(join)+len(leave) == 0 {
		return true
	}
	names := make([]string, len(now))
	for i, id := range now {
		names[i] = d.nameOf(api.Displays.Kind, id)
	}
	slices.Sort(names)
	st.Changes = append(st.Changes, fieldDiff{Field: "displays", From: names, To: w.displays})
	for _, part := range []struct {
		verb string
		ids  []string
	}{{"add", join}, {"remove", leave}} {
		if len(part.ids) > 0 {
			op := d.members(w, e.id(), part.verb, part.ids)
			op.Base = api.Changes{membersField: e.value(membersField)} // a saved plan is compared with it
			st.Ops = append(st.Ops, op)
		}
	}
	return true
}

// members is the operation that adds displays to a group or takes them out.
func (d *differ) members(w *want, group, verbName string, ids []string) journal.Operation {
	method := http.MethodPost
	if verbName == "remove" {
		method = http.MethodDelete
	}
	req, _ := api.NewRequest(method, w.schema.Path+"/"+group+"/displays", map[string]any{"displayIds": ids}) // plain data
	return journal.Operation{
		Effect: journal.Absolute, Kind: w.schema.Kind, Verb: verbName, Target: group, Label: w.name, Request: req,
		Summary: fmt.Sprintf("%s %d displays, group %q", verbName, len(ids), w.name),
	}
}
