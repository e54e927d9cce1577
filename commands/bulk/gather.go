package bulk

// This file is about one thing: making few calls of many rows: repeated edits to
// one resource become one, and what the server takes together is sent together.

import (
	"fmt"
	"maps"
	"net/http"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// windowSize is how many rows are held to find those that go together. It bounds
// the memory; edits of one resource that are further apart stay two.
const windowSize = 2000

// batchSize is how many ids a bulk route takes (contract rest 4, 6.2).
const batchSize = 100

// gatherer holds rows back for a while. Each resource is in it once, so that the
// order within it does not matter.
type gatherer struct {
	emit   func(journal.Operation) bool // false: no more are wanted
	held   []*built
	byID   map[string]*built
	merged int // rows that became part of another
	ended  bool
}

// add takes a row in; false means that no more are wanted.
func (g *gatherer) add(b *built) bool {
	if b.entry != nil {
		key := b.op.Kind + "/" + b.entry.id()
		if earlier := g.byID[key]; earlier != nil {
			if earlier.absorb(b) {
				g.merged++
				return !g.ended
			}
			g.flush()
		}
		if g.byID == nil {
			g.byID = map[string]*built{}
		}
		g.byID[key] = b
	}
	if g.held = append(g.held, b); len(g.held) >= windowSize {
		g.flush()
	}
	return !g.ended
}

// absorb makes a later edit of the same resource part of this one, where both
// set fields: the later value of each counts.
func (b *built) absorb(later *built) bool {
	if b.act.verb != later.act.verb || b.op.Effect != journal.Update || later.op.Effect != journal.Update {
		if b.act.verb == later.act.verb && b.act.verb.name == assignVerb && b.op.Effect == later.op.Effect {
			b.act, b.op, b.group = later.act, later.op, later.group
			return true
		}
		return false
	}
	maps.Copy(b.op.Changes, later.op.Changes)
	maps.Copy(b.op.Base, later.op.Base)
	b.op.Summary = fmt.Sprintf("update %s %q%s", b.act.schema.Noun, b.entry.name(), describe(b.op.Changes))
	b.group = ""
	if bulkUpdatable(b.act) {
		b.group = "update " + string(canonical(b.op.Changes))
	}
	return true
}

// flush lets all that is held go.
func (g *gatherer) flush() {
	groups := map[string][]*built{}
	for _, b := range g.held {
		if b.group != "" {
			groups[b.group] = append(groups[b.group], b)
		}
	}
	for _, b := range g.held {
		if g.ended {
			break
		}
		if b.group == "" {
			g.send(b.op)
			continue
		}
		members := groups[b.group]
		delete(groups, b.group) // the first takes all of them along
		for len(members) > 0 && !g.ended {
			n := min(batchSize, len(members))
			g.sendBatch(members[:n])
			members = members[n:]
		}
	}
	g.held, g.byID = g.held[:0], nil
}

func (g *gatherer) send(op *journal.Operation) { g.ended = g.ended || !g.emit(*op) }

// sendBatch makes one operation of several.
func (g *gatherer) sendBatch(members []*built) {
	first := members[0]
	v, s := first.act.verb, first.act.schema
	update := first.op.Effect == journal.Update
	if update && len(members) == 1 {
		g.send(first.op)
		return
	}
	op := &journal.Operation{
		Effect: journal.Absolute, Kind: s.Kind, Verb: v.name, Changes: first.op.Changes, Bases: map[string]api.Changes{},
		BaseFrom: first.op.BaseFrom, BaseAt: first.op.BaseAt,
	}
	ids := make([]string, len(members))
	for i, b := range members {
		ids[i] = b.entry.id()
		op.Bases[b.entry.id()] = keep(b.entry, first.op.Changes)
	}
	op.Touches = ids
	op.Label = fmt.Sprintf("%d %s", len(ids), s.Plural)
	op.Summary = fmt.Sprintf("%s %d %s%s", v.name, len(ids), s.Plural, describe(first.op.Changes))
	if len(ids) == 1 {
		op.Target, op.Label = ids[0], first.entry.name()
		op.Summary = fmt.Sprintf("%s %s %q%s", v.name, s.Noun, first.entry.name(), describe(first.op.Changes))
	}
	path := v.bulk
	var body any
	switch {
	case update:
		op.Effect, op.IDKey = journal.Many, "ids"
		path, body = "/content/bulk/update", bulkBody(ids, first.op.Changes)
	case v.name == assignVerb:
		op.Effect = journal.Many
		fallthrough
	default:
		op.IDKey = v.idKey
		body = v.body(ids, first.act)
	}
	req, err := api.NewRequest(http.MethodPost, path, body)
	if err != nil {
		return // plain data always marshals
	}
	op.Request = req
	g.send(op)
}

// bulkBody is content/bulk/update's body.
func bulkBody(ids []string, changes api.Changes) any {
	body := map[string]any{"ids": ids}
	for name, v := range changes {
		body[api.Contents.Field(name).Write] = v
	}
	return body
}
