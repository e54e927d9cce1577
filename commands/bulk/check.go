package bulk

// This file is about one thing: checking a row by itself, before anything is
// read from the server: columns, verbs, and the form of each value.

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// action is a row that was checked. Names of other resources are still names.
type action struct {
	line    int
	schema  *api.Schema
	verb    *verb
	target  string // name or id; "" of a create
	column  int    // of the target
	changes api.Changes
	lists   []string  // members that an action names
	items   []itemRow // of a playlist, when they are given
	ids     []string  // of lists, once they are looked up
}

// itemRow is one item of a playlist as written.
type itemRow struct {
	content  string
	duration *int // seconds
}

// Columns that say what a row is about, not what to change.
const (
	colKind   = "kind"
	colVerb   = "verb"
	colTarget = "target"
	colID     = "id"
	colName   = "name"
	colItems  = "items"
)

// checker checks rows.
type checker struct {
	kind  string // of rows that name none
	verb  string
	known map[string]knownVerb // by kind/verb as rows have it
	bad   func(rowError)
	extra map[string]bool // columns of which header has told that no row has a use for them
}

// header tells of columns that no row has a use for, where kind and verb are the
// same for all of them; else the rows tell.
func (c *checker) header(columns []cell) {
	r := &row{cells: columns}
	if c.kind == "" || r.cell(colKind) != nil || r.cell(colVerb) != nil {
		return
	}
	s, v, err := c.find(c.kind, c.verb)
	if err != nil {
		return
	}
	a := &action{schema: s, verb: v}
	for i := range columns {
		at := &columns[i]
		if at.name == "" || a.isSelector(r, at) || v.param(at.name) != nil {
			continue
		}
		problem, fix := a.noParam(at.name)
		c.bad(rowError{line: 1, column: at.column, name: at.name, problem: problem, fix: fix})
		if c.extra == nil {
			c.extra = map[string]bool{}
		}
		c.extra[at.name] = true
	}
}

type knownVerb struct {
	schema *api.Schema
	verb   *verb
}

// find returns a kind's verb, each looked up once.
func (c *checker) find(kind, name string) (*api.Schema, *verb, error) {
	key := kind + "/" + name
	if k, ok := c.known[key]; ok {
		return k.schema, k.verb, nil
	}
	s, err := findKind(kind)
	if err != nil {
		return nil, nil, err
	}
	v, err := findVerb(s, name)
	if err != nil {
		return nil, nil, err
	}
	if c.known == nil {
		c.known = map[string]knownVerb{}
	}
	c.known[key] = knownVerb{s, v}
	return s, v, nil
}

// check returns what a row is about, or nil when something is wrong with it.
func (c *checker) check(r *row) *action {
	wrong := false
	fail := func(at *cell, problem, fix string) {
		wrong = true
		e := rowError{line: r.line, problem: problem, fix: fix}
		if at != nil {
			e.column, e.name = at.column, at.name
		}
		c.bad(e)
	}
	kind, name := c.kind, c.verb
	kindCell, verbCell := r.cell(colKind), r.cell(colVerb)
	if kindCell != nil {
		kind = kindCell.text
	}
	if verbCell != nil {
		name = verbCell.text
	}
	if kind == "" {
		fail(nil, "nothing says which kind the row is about", "give --kind, or a column kind: "+strings.Join(kindNames(), ", "))
		return nil
	}
	s, v, err := c.find(kind, name)
	if err != nil {
		at := kindCell
		if api.SchemaOf(kind) != nil {
			at = verbCell
		}
		fail(at, problemOf(err), hintOf(err))
		return nil
	}
	a := &action{line: r.line, schema: s, verb: v, changes: api.Changes{}}
	a.pickTarget(r)
	for i := range r.cells {
		at := &r.cells[i]
		if c.extra[at.name] {
			wrong = true
			continue
		}
		if a.isSelector(r, at) {
			continue
		}
		if problem, fix := a.take(at); problem != "" {
			fail(at, problem, fix)
		}
	}
	if wrong {
		return nil
	}
	if problem, fix := a.missing(); problem != "" {
		fail(nil, problem, fix)
		return nil
	}
	return a
}

func (r *row) cell(name string) *cell {
	for i := range r.cells {
		if r.cells[i].name == name {
			return &r.cells[i]
		}
	}
	return nil
}

// pickTarget finds the resource that the row is about: by its column target,
// else id, else name.
func (a *action) pickTarget(r *row) {
	if a.verb.creates() {
		return
	}
	for _, name := range []string{colTarget, colID, colName} {
		if at := r.cell(name); at != nil && !at.null {
			a.target, a.column = at.text, at.column
			return
		}
	}
}

// isSelector reports whether a cell only says what the row is about. A name
// beside an id or a target is a new name.
func (a *action) isSelector(r *row, at *cell) bool {
	switch at.name {
	case colKind, colVerb, "apiVersion":
		return true
	case colTarget, colID:
		return !a.verb.creates()
	case colName:
		return !a.verb.creates() && (r.cell(colTarget) == nil && r.cell(colID) == nil || a.verb.param(colName) == nil)
	}
	return false
}

// take checks one value.
func (a *action) take(at *cell) (problem, fix string) {
	f := a.verb.param(at.name)
	if f == nil {
		return a.noParam(at.name)
	}
	switch {
	case at.name == colItems && a.schema.Kind == api.Playlists.Kind:
		return a.takeItems(at)
	case f.Type == api.TypeList && !f.Writable():
		a.lists = splitList(at)
		if len(a.lists) == 0 {
			return "the list is empty", "name at least one"
		}
		return "", ""
	case at.null && !f.Clear:
		return "it cannot be cleared", "leave it out to keep it as it is"
	}
	written := at.text
	if at.raw && f.Type != api.TypeObject {
		written = strings.Join(splitList(at), ",")
	}
	value, err := f.Parse(written)
	if err != nil {
		return problemOf(err), hintOf(err)
	}
	a.changes[f.Name] = value
	return "", ""
}

// noParam says why a column does not belong here.
func (a *action) noParam(name string) (problem, fix string) {
	s := a.schema
	known := a.verb.paramNames()
	switch f := s.Field(name); {
	case a.verb.creates() && (name == colID || name == colTarget):
		return "a new " + s.Noun + " gets its id from the server", "leave the column out"
	case f != nil && !f.Writable():
		return fmt.Sprintf("the field %s of a %s cannot be written", name, s.Noun), "leave the column out"
	case f != nil && len(known) > 0 && a.verb.name == "update":
		return fmt.Sprintf("the field %s of a %s cannot be changed", name, s.Noun), "leave the column out"
	}
	problem = fmt.Sprintf("%s %s takes no %q", a.verb.name, s.Noun, name)
	if strings.EqualFold(name, s.Noun) && !a.verb.creates() {
		return problem, "use the column " + colTarget + ", " + colID + " or " + colName + " to say which"
	}
	if near := api.Nearest(name, append([]string{colTarget, colID, colName, colKind, colVerb}, known...)); near != "" {
		return problem, fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return problem, "it takes only " + colTarget + ", " + colID + " or " + colName
	}
	return problem, "it takes " + strings.Join(known, ", ")
}

// missing says what the row lacks.
func (a *action) missing() (problem, fix string) {
	if !a.verb.creates() && a.target == "" {
		return "nothing says which " + a.schema.Noun + " the row is about", "fill a column id, name or target"
	}
	for i := range a.verb.params {
		f := &a.verb.params[i]
		_, given := a.changes[f.Name]
		if f.Required && !given && len(a.lists) == 0 {
			return fmt.Sprintf("%s %s needs %s", a.verb.name, a.schema.Noun, f.Name), "fill that column"
		}
	}
	if a.verb.name == "update" && len(a.changes) == 0 && a.items == nil {
		return "there is nothing to change", "fill at least one of " + strings.Join(a.verb.paramNames(), ", ")
	}
	return "", ""
}

// takeItems reads a playlist's items: "A|B=12|C" in CSV, a list of names or of
// {"content": ..., "duration": ...} in JSON.
func (a *action) takeItems(at *cell) (problem, fix string) {
	const form = `give them as "Menu|Soup=12", or in JSON as ["Menu", {"content": "Soup", "duration": 12}]`
	a.items = []itemRow{}
	if !at.raw {
		for _, part := range strings.Split(at.text, "|") {
			item, err := parseItem(part)
			if err != nil {
				return problemOf(err), form
			}
			a.items = append(a.items, item)
		}
		return "", ""
	}
	var list []json.RawMessage
	if json.Unmarshal([]byte(at.text), &list) != nil {
		return "the items are no list", form
	}
	for _, raw := range list {
		var item struct {
			Content   string `json:"content"`
			ContentID string `json:"contentId"`
			Duration  *int   `json:"duration"`
		}
		var name string
		switch {
		case json.Unmarshal(raw, &name) == nil:
			item.Content = name
		case json.Unmarshal(raw, &item) != nil:
			return "an item is neither a name nor an object", form
		case item.ContentID != "":
			item.Content = item.ContentID
		}
		if item.Content == "" {
			return "an item names no content", form
		}
		if d := item.Duration; d != nil && (*d < 1 || *d > maxSeconds) {
			return fmt.Sprintf("%d is no duration of an item", *d), "give 1 to 86400 seconds"
		}
		a.items = append(a.items, itemRow{item.Content, item.Duration})
	}
	return "", ""
}

// maxSeconds is the longest an item may play (contract rest 5).
const maxSeconds = 86400

func parseItem(part string) (itemRow, error) {
	part = strings.TrimSpace(part)
	if at := strings.LastIndexByte(part, '='); at > 0 {
		f := api.Field{Name: "seconds", Type: api.TypeInt, Unit: "seconds", Min: 1, Max: maxSeconds}
		if raw, err := f.Parse(part[at+1:]); err == nil {
			n := 0
			_ = json.Unmarshal(raw, &n) // a number that was just checked
			return itemRow{part[:at], &n}, nil
		}
	}
	if part == "" {
		return itemRow{}, errors.New("an item names no content")
	}
	return itemRow{content: part}, nil
}

// splitList reads "a|b", "a,b" or a JSON list of texts.
func splitList(at *cell) []string {
	if at.raw {
		var list []any
		_ = json.Unmarshal([]byte(at.text), &list) // not a list: no members
		var names []string
		for _, v := range list {
			names = append(names, fmt.Sprint(v))
		}
		return names
	}
	sep := ","
	if strings.Contains(at.text, "|") {
		sep = "|"
	}
	var names []string
	for _, part := range strings.Split(at.text, sep) {
		if part = strings.TrimSpace(part); part != "" {
			names = append(names, part)
		}
	}
	return slices.Compact(names)
}

// problemOf and hintOf take an error of a value apart.
func problemOf(err error) string {
	if e, ok := errors.AsType[*api.Error](err); ok && e.Field != "" {
		if _, problem, ok := strings.Cut(e.Message, "\": "); ok {
			return fmt.Sprintf("%q %s", e.Value, problem)
		}
	}
	return err.Error()
}

func hintOf(err error) string {
	if e, ok := errors.AsType[*api.Error](err); ok {
		return e.Hint
	}
	return ""
}
