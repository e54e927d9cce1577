// Rows of the resources that need no struct of their own: values as JSON has them, by name. What a kind of row shows, begins
// with and must not repeat is described in one line each, so that a resource costs its rules and little else.

package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// record is one row.
type record struct{ v map[string]any }

//go:noinline
func (r *record) key() string { return r.str("id") }

//go:noinline
func (r *record) str(name string) string { s, _ := r.v[name].(string); return s }

//go:noinline
func (r *record) yes(name string) bool { b, _ := r.v[name].(bool); return b }

//go:noinline
func (r *record) num(name string) int { n, _ := r.v[name].(float64); return int(n) }

//go:noinline
func (r *record) list(name string) []any       { l, _ := r.v[name].([]any); return l }
func (r *record) MarshalJSON() ([]byte, error) { return json.Marshal(r.v) }

// put sets fields: their names, blank-separated, and their values.
func (r *record) put(names string, values ...any) {
	for i, name := range strings.Fields(names) {
		r.v[name] = values[i]
	}
}

// UnmarshalJSON reads a row of the state file.
func (r *record) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &r.v) }

// object is an answer made of names and values: the names in the order in which they are written, blank-separated. A name
// that ends in "?" is left out when the row does not have it.
type object struct {
	names string
	v     map[string]any
}

func obj(names string, values ...any) object {
	o := object{names, make(map[string]any, len(values))}
	i := 0
	for _, name := range strings.Fields(names) {
		o.v[name] = values[i]
		i++
	}
	return o
}

// MarshalJSON writes the object in the order of its names.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, name := range strings.Fields(o.names) {
		name, maybe := strings.CutSuffix(name, "?")
		v, ok := o.v[name]
		if maybe && !ok {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), name...), '"', ':')
		b = append(b, mustJSON(v)...)
	}
	return append(b, '}'), nil
}

// kind describes the rows of one sort.
type kind struct {
	name     string // in the store and in changes
	label    string // of "LABEL ID not found"
	fields   string // what answers show
	initial  string // values of a new row, as JSON
	nullable string // fields that may be cleared; null in any other is refused by the database
	unique   bool   // a second row of the same name is refused by the database
}

// rows are a tenant's rows of a kind.
//
//go:noinline
func (t *tenant) rows(k *kind) *table[*record] {
	if t.records == nil {
		t.records = map[string]*table[*record]{}
	}
	if t.records[k.name] == nil {
		t.records[k.name] = &table[*record]{}
	}
	return t.records[k.name]
}

//go:noinline
func (k *kind) show(r *record) object { return object{k.fields, r.v} }

// showAll shows rows as a plain list.
func (k *kind) showAll(rows []*record) []object {
	out := make([]object, len(rows))
	for i, r := range rows {
		out[i] = k.show(r)
	}
	return out
}

// find is the row that the path names.
func (c *call) find(k *kind) (*record, error) {
	if r, ok := c.t.rows(k).get(c.id()); ok {
		return r, nil
	}
	return nil, notFound(k.label + " " + c.id() + " not found")
}

// get answers with the row that the path names.
func (c *call) get(k *kind) (any, error) {
	r, err := c.find(k)
	if err != nil {
		return nil, err
	}
	return k.show(r), nil
}

// newest is the page of the query, newest first.
func (c *call) newest(k *kind, keep func(*record) bool) (any, error) {
	page, limit := c.page()
	rows, total := c.t.rows(k).newest(page, limit, keep)
	return c.paged(k.showAll(rows), total), nil
}

// all is a plain list, newest first, of the rows that keep takes; nil takes all.
func (c *call) all(k *kind, keep func(*record) bool) []*record {
	rows, _ := c.t.rows(k).newest(1, max(1, c.t.rows(k).len()), keep)
	return rows
}

// insert makes a row of the kind's initial values and the body, in that order.
func (c *call) insert(k *kind) (*record, error) {
	r := c.s.newRecord(c.t, k, c.stamp())
	if err := c.fill(k, r); err != nil {
		return nil, err
	}
	c.t.rows(k).add(r)
	c.changed(k.name, r.key(), "created", k.show(r))
	return r, nil
}

func (s *Server) newRecord(t *tenant, k *kind, at stamp) *record {
	r := &record{v: map[string]any{}}
	_ = json.Unmarshal([]byte(k.initial), &r.v) // our own text
	r.put("id organizationId createdAt updatedAt", s.ids.cuid(), t.org.ID, at.text(), at.text())
	return r
}

// patch changes the row that the path names; an empty body changes nothing and is fine.
func (c *call) patch(k *kind) (any, error) {
	r, err := c.find(k)
	if err != nil {
		return nil, err
	}
	if err := c.fill(k, r); err != nil {
		return nil, err
	}
	r.v["updatedAt"] = c.stamp().text()
	c.changed(k.name, r.key(), "updated", k.show(r))
	return k.show(r), nil
}

// fill copies the body's fields to a row, with what the database refuses.
func (c *call) fill(k *kind, r *record) error {
	for _, name := range slices.Sorted(maps.Keys(c.body)) {
		if c.body.null(name) && !slices.Contains(strings.Fields(k.nullable), name) {
			return unexpected("Argument `" + name + "` must not be null.")
		}
	}
	if name := c.body.opt("name"); name != nil && k.unique {
		for _, o := range c.t.rows(k).list {
			if o != r && o.str("name") == *name {
				return unexpected("Unique constraint failed on the fields: (`organizationId`,`name`)")
			}
		}
	}
	maps.Copy(r.v, c.body)
	return nil
}

// drop removes the row that the path names and answers with nothing.
func (c *call) drop(k *kind) (any, error) {
	r, err := c.find(k)
	if err != nil {
		return nil, err
	}
	c.t.rows(k).remove(r.key())
	c.changed(k.name, r.key(), "deleted", k.show(r))
	return noContent{}, nil
}

// forget sets a field to null in every row that refers to id: what the database does when a row goes.
func (t *tenant) forget(k *kind, field, id string) {
	for _, r := range t.rows(k).list {
		if r.v[field] == id {
			r.v[field] = nil
		}
	}
}
