package bulk

// This file is about one thing: turning a checked row into an operation: names
// become ids, and the values that it replaces become its base.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// needs is what must be read before rows can be looked up: kinds, and of each
// the fields that rows replace.
type needs map[string]map[string]bool

func (n needs) kind(s *api.Schema) map[string]bool {
	if n[s.Kind] == nil {
		n[s.Kind] = map[string]bool{}
	}
	return n[s.Kind]
}

// add notes what a row needs.
func (n needs) add(a *action) {
	for i := range a.verb.params {
		f := &a.verb.params[i]
		ref := api.SchemaOf(f.Ref)
		_, given := a.changes[f.Name]
		if ref != nil && (given || len(a.lists) > 0) {
			n.kind(ref)
		}
	}
	if a.items != nil {
		n.kind(&api.Contents.Schema)
	}
	if a.verb.creates() {
		return
	}
	fields := n.kind(a.schema)
	switch {
	case a.verb.effect == journal.Delete: // undo makes it anew
		for i := range a.schema.Fields {
			if f := &a.schema.Fields[i]; f.Writable() && !f.Noise {
				fields[f.Name] = true
			}
		}
	case a.items != nil:
		fields[colItems], fields[colName] = true, true
	}
	if a.schema.UpdateAnchor != "" {
		fields[a.schema.UpdateAnchor] = true
	}
	for name := range a.changes {
		fields[name] = true
	}
}

// load reads all that is needed, in the order of the kinds.
func (c *catalog) loadAll(ctx context.Context, n needs) error {
	for _, s := range api.Schemas() {
		if fields, needed := n[s.Kind]; needed {
			if _, err := c.load(ctx, s, fields, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// built is a row's operation with what gathering must know of it.
type built struct {
	op    *journal.Operation
	act   *action
	entry *entry // nil of a create
	group string // operations of one group can be sent together; "" = alone
}

// build looks a row's names up and makes its operation, and refuses one that the
// server could not read (contract rest 1.1).
func (c *catalog) build(a *action) (*built, *rowError) {
	b, wrong := c.look(a)
	if wrong != nil {
		return nil, wrong
	}
	const frame = 64 // of an item: ids have their own length
	size := len(b.op.NewItems) * frame
	for name, v := range a.changes {
		size += len(name) + len(v)
	}
	if size > api.MaxBody {
		return nil, &rowError{line: a.line, problem: fmt.Sprintf("the change is %d bytes and the server reads at most %d (100 kB)", size, api.MaxBody), fix: "shorten it"}
	}
	return b, nil
}

func (c *catalog) look(a *action) (*built, *rowError) {
	fail := func(name string, column int, err error) *rowError {
		return &rowError{line: a.line, column: column, name: name, problem: problemOf(err), fix: hintOf(err)}
	}
	for _, name := range a.changes.Names() {
		f := a.verb.param(name)
		ref := api.SchemaOf(f.Ref)
		if f.Type != api.TypeRef || ref == nil || string(a.changes[name]) == "null" {
			continue
		}
		e, err := c.shelves[ref.Kind].find(text(a.changes[name]))
		if err != nil {
			return nil, fail(name, 0, err)
		}
		a.changes[name] = quote(e.id())
	}
	if err := c.members(a); err != nil {
		return nil, fail(a.verb.params[0].Name, 0, err)
	}
	if a.verb.creates() {
		op, err := c.create(a)
		if err != nil {
			return nil, fail(colItems, 0, err)
		}
		return &built{op: op, act: a}, nil
	}
	e, err := c.shelves[a.schema.Kind].find(a.target)
	if err != nil {
		return nil, fail("", a.column, err)
	}
	b := &built{act: a, entry: e}
	if err := c.change(a, e, b); err != nil {
		return nil, fail("", 0, err)
	}
	return b, nil
}

// members looks up what a list names.
func (c *catalog) members(a *action) error {
	if len(a.lists) == 0 {
		return nil
	}
	a.ids = a.ids[:0]
	for _, name := range a.lists {
		var id string
		if ref := api.SchemaOf(a.verb.params[0].Ref); ref != nil {
			e, err := c.shelves[ref.Kind].find(name)
			if err != nil {
				return err
			}
			id = e.id()
		} else {
			var err error
			if id, err = c.shelves[a.schema.Kind].tag(name); err != nil {
				return err
			}
		}
		if !slices.Contains(a.ids, id) { // a repeated id is refused (contract rest 9)
			a.ids = append(a.ids, id)
		}
	}
	return nil
}

func (c *catalog) create(a *action) (*journal.Operation, error) {
	if a.items != nil {
		specs, err := c.items(a)
		if err != nil {
			return nil, err
		}
		if a.changes[colItems], err = json.Marshal(specs); err != nil {
			return nil, err
		}
	}
	body, err := a.schema.Body(a.changes)
	if err != nil {
		return nil, err
	}
	name := text(a.changes[colName])
	return &journal.Operation{
		Effect: journal.Create, Kind: a.schema.Kind, Verb: a.verb.name, Label: name, Changes: a.changes,
		Summary: fmt.Sprintf("create %s %q", a.schema.Noun, name),
		Request: api.Request{Method: http.MethodPost, Path: a.schema.Path, Body: body},
	}, nil
}

// items looks up a playlist's content.
func (c *catalog) items(a *action) ([]api.ItemSpec, error) {
	specs := make([]api.ItemSpec, len(a.items))
	for i, item := range a.items {
		e, err := c.shelves[api.Contents.Kind].find(item.content)
		if err != nil {
			return nil, err
		}
		specs[i] = api.ItemSpec{ContentID: e.id(), Duration: item.duration, Order: i}
	}
	return specs, nil
}

// change makes the operation on a resource that is there.
func (c *catalog) change(a *action, e *entry, b *built) error {
	s, v, sh := a.schema, a.verb, c.shelves[a.schema.Kind]
	op := &journal.Operation{
		Effect: v.effect, Kind: s.Kind, Verb: v.name, Target: e.id(), Label: e.name(), BaseFrom: sh.from, BaseAt: sh.read,
		Summary: fmt.Sprintf("%s %s %q", v.name, s.Noun, e.name()),
	}
	b.op = op
	switch v.effect {
	case journal.Update:
		return c.update(a, e, b)
	case journal.Delete:
		op.Base = e.values()
		op.Request = api.Request{Method: http.MethodDelete, Path: s.ItemPath(e.id())}
		return nil
	}
	if v.name == assignVerb && string(a.changes["playlist"]) == "null" {
		op.Effect = journal.Update // the bulk route knows no "none" (contract rest 4)
		return c.update(a, e, b)
	}
	op.Changes = a.changes
	op.Bases = map[string]api.Changes{e.id(): keep(e, a.changes)}
	op.Touches = []string{e.id()}
	if v.bulk != "" {
		b.group = v.name + " " + string(canonical(a.changes)) + strings.Join(a.ids, ",")
		return nil // its request is made when the group is known
	}
	var body any
	if v.body != nil {
		body = v.body(nil, a)
	}
	req, err := api.NewRequest(v.method(), s.ItemPath(e.id())+v.path, body)
	op.Request = req
	return err
}

// keep is what an operation on several resources keeps of one: the values that
// it replaces, and the name for people.
func keep(e *entry, changes api.Changes) api.Changes {
	base := api.Changes{colName: quote(e.name())}
	for name := range changes {
		if v := e.value(name); v != nil {
			base[name] = v
		}
	}
	return base
}

func quote(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // a string always marshals
	return raw
}

func (c *catalog) update(a *action, e *entry, b *built) error {
	op := b.op
	op.Changes = a.changes
	op.Base = e.values()
	for name := range op.Base {
		if _, touched := a.changes[name]; !touched && name != a.schema.UpdateAnchor && name != colName {
			delete(op.Base, name)
		}
	}
	op.Summary += describe(a.changes)
	if a.items != nil {
		return c.replaceItems(a, e, op)
	}
	if bulkUpdatable(a) {
		b.group = "update " + string(canonical(a.changes))
	}
	return nil
}

// replaceItems makes the update one of a playlist's items, in one request.
func (c *catalog) replaceItems(a *action, e *entry, op *journal.Operation) error {
	specs, err := c.items(a)
	if err != nil {
		return err
	}
	var now []api.PlaylistItem
	if raw := e.value(colItems); raw != nil {
		if err := json.Unmarshal(raw, &now); err != nil {
			return err
		}
	}
	for i := range now {
		now[i].Content = nil // the journal needs ids, not the content itself
	}
	delete(op.Base, colItems)
	op.Effect, op.ReplaceAll, op.NewItems, op.BaseItems = journal.Items, true, specs, now
	op.Summary += fmt.Sprintf(": %d items", len(specs))
	return nil
}

// bulkUpdatable reports whether content/bulk/update can make the change
// (contract rest 6.2): it knows four fields and clears none.
func bulkUpdatable(a *action) bool {
	if a.schema.Kind != api.Contents.Kind || len(a.changes) == 0 {
		return false
	}
	for name, v := range a.changes {
		switch name {
		case "duration", "description", "expiresAt", "replacement":
		default:
			return false
		}
		if string(v) == "null" {
			return false
		}
	}
	return true
}

func canonical(c api.Changes) json.RawMessage {
	raw, _ := json.Marshal(c) // the keys are sorted
	return raw
}

func describe(c api.Changes) string {
	if len(c) == 0 {
		return ""
	}
	var parts []string
	for _, name := range c.Names() {
		value := string(c[name])
		if len(value) > 60 {
			value = value[:57] + "..."
		}
		parts = append(parts, name+" = "+value)
	}
	return ": " + strings.Join(parts, ", ")
}

func text(raw json.RawMessage) (s string) {
	_ = json.Unmarshal(raw, &s) // not a text: ""
	return s
}
