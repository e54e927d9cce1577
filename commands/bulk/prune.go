package bulk

// This file is about one thing: what is there and not declared.

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// prune plans the end of what is not declared, of the kinds that are.
func (d *differ) prune() {
	kept := map[string]bool{}
	kinds := map[*api.Schema]bool{}
	for _, w := range d.wants {
		kinds[w.schema] = true
	}
	for _, st := range d.plan {
		kept[st.Resource+"/"+st.ID] = true
	}
	all := declared()
	slices.Reverse(all) // what is used goes after what uses it
	for _, s := range all {
		if !kinds[s] || s.Kind == api.Displays.Kind {
			continue
		}
		sh := d.cat.shelves[s.Kind]
		rows := sh.sorted()
		for _, e := range rows {
			if kept[s.Kind+"/"+e.id()] {
				continue
			}
			d.plan = append(d.plan, step{Action: actPrune, Resource: s.Kind, Name: e.name(), ID: e.id(), Ops: []journal.Operation{{
				Effect: journal.Delete, Kind: s.Kind, Verb: "delete", Target: e.id(), Label: e.name(), BaseFrom: sh.from, BaseAt: sh.read, Base: pruneBase(s, e),
				Summary: fmt.Sprintf("delete %s %q", s.Noun, e.name()), Request: api.Request{Method: http.MethodDelete, Path: s.ItemPath(e.id())},
			}}})
		}
	}
}

func pruneBase(s *api.Schema, e *entry) api.Changes {
	base := api.Changes{}
	for name, v := range e.values() {
		if f := s.Field(name); f != nil && f.Writable() && !f.Noise {
			base[name] = v
		}
	}
	return base
}
