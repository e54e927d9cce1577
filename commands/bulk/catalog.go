package bulk

// This file is about one thing: what the server has, as far as rows name it:
// ids by name, and the values that a row would replace.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// catalog is the lists that were read, one per kind.
type catalog struct {
	f       *cmdutil.Factory
	client  *api.Client
	shelves map[string]*shelf
}

// shelf is a kind's list.
type shelf struct {
	schema *api.Schema
	read   time.Time
	from   string   // "server", or "cache" without a connection
	fields []string // whose values are kept
	rows   []entry
	byID   []int32           // places in rows, in the order of the ids
	byName []int32           // in the order of the names
	tags   map[string]string // names in lower case, and ids -> id
}

// membersField holds the ids of a group's displays.
const membersField = "displayIds"

// entry is what is kept of one resource. There may be a hundred thousand of
// them, so it is one piece of text.
type entry struct {
	sh     *shelf
	text   string      // the id, the name, then the values in the order of the shelf's fields, apart by valueEnd
	idEnd  int32       // where the id ends in it
	namEnd int32       // where the name does
	picked bool        // load's pick chose it
	detail api.Changes // what a list leaves out, once it was read; nil before
}

// valueEnd stands in no JSON, and no value is sameAsName, which stands for the
// name that is kept already.
const (
	valueEnd   = "\x00"
	sameAsName = "="
)

func (e *entry) id() string   { return e.text[:e.idEnd] }
func (e *entry) name() string { return e.text[e.idEnd:e.namEnd] }

// value is a field's value; nil where the server shows none.
func (e *entry) value(field string) json.RawMessage {
	if v, ok := e.detail[field]; ok {
		return v
	}
	rest := e.text[e.namEnd:]
	for _, name := range e.sh.fields {
		var one string
		one, rest, _ = strings.Cut(rest, valueEnd)
		if name == field {
			return e.written(one)
		}
	}
	return nil
}

// written is a value as it is kept; nil for none.
func (e *entry) written(kept string) json.RawMessage {
	switch kept {
	case "":
		return nil
	case sameAsName:
		return quote(e.name())
	}
	return json.RawMessage(kept)
}

// values are all that are kept.
func (e *entry) values() api.Changes {
	all := make(api.Changes, len(e.sh.fields)+len(e.detail))
	rest := e.text[e.namEnd:]
	for _, name := range e.sh.fields {
		var one string
		if one, rest, _ = strings.Cut(rest, valueEnd); one != "" {
			all[name] = e.written(one)
		}
	}
	maps.Copy(all, e.detail)
	return all
}

func newCatalog(f *cmdutil.Factory) (*catalog, error) {
	client, err := f.Client()
	if err != nil {
		return nil, err
	}
	return &catalog{f: f, client: client, shelves: map[string]*shelf{}}, nil
}

// load reads a kind's list, once, and keeps of each row the wanted fields. pick
// is shown each row as its kind shows it, and chooses; nil chooses none.
func (c *catalog) load(ctx context.Context, s *api.Schema, fields map[string]bool, pick func(shown func(string) any) bool) (*shelf, error) {
	if sh := c.shelves[s.Kind]; sh != nil && pick == nil {
		return sh, nil
	}
	sh := &shelf{schema: s, read: c.f.Now(), fields: slices.Sorted(maps.Keys(fields)), tags: map[string]string{}}
	var failed error
	wait := c.f.IO.Wait("reading " + s.Plural)
	err := s.EachRaw(ctx, c.client, func(rows []*api.RawRow, total int) {
		if sh.rows == nil {
			sh.rows = make([]entry, 0, min(max(total, len(rows)), 1<<20)) // to grow it would take twice as much
		}
		if failed == nil {
			failed = sh.addPage(rows, pick)
		}
	})
	wait.Stop()
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	sh.order()
	if sh.from = "server"; c.client.Offline() {
		sh.from = "cache"
	}
	c.shelves[s.Kind] = sh
	return sh, nil
}

// addPage keeps of rows what is wanted, together in one piece of memory.
func (sh *shelf) addPage(rows []*api.RawRow, pick func(shown func(string) any) bool) error {
	var text strings.Builder
	ends := make([]int, len(rows))
	first := len(sh.rows)
	for i, row := range rows {
		if err := sh.add(row, &text, pick); err != nil {
			return err
		}
		ends[i] = text.Len()
	}
	page := strings.Clone(text.String())
	from := 0
	for i, to := range ends {
		sh.rows[first+i].text = page[from:to]
		from = to
	}
	return nil
}

// add appends a row, and its text to text.
func (sh *shelf) add(row *api.RawRow, text *strings.Builder, pick func(shown func(string) any) bool) error {
	text.WriteString(row.ID)
	text.WriteString(row.Name())
	e := entry{sh: sh, idEnd: int32(len(row.ID)), namEnd: int32(len(row.ID) + len(row.Name()))} //nolint:gosec // a row is far smaller
	if pick != nil {
		shown, err := sh.schema.Shown(row.Raw)
		if err != nil {
			return err
		}
		e.picked = pick(shown)
	}
	if len(sh.fields) > 0 {
		all, err := sh.schema.Values(row.Raw)
		if err != nil {
			return err
		}
		for _, name := range sh.fields {
			v := all[name]
			if name == membersField { // it is gathered out of other fields
				shown, err := sh.schema.Shown(row.Raw)
				if err != nil {
					return err
				}
				if v, err = json.Marshal(shown(membersField)); err != nil {
					return err
				}
			}
			if name == colName && string(v) == string(quote(row.Name())) {
				v = json.RawMessage(sameAsName)
			}
			text.Write(v)
			text.WriteString(valueEnd)
		}
	}
	var tagged struct {
		Tags []api.TagLink `json:"tags"`
	}
	_ = json.Unmarshal(row.Raw, &tagged) // a kind without tags
	for _, l := range tagged.Tags {
		sh.tags[l.Tag.ID] = l.Tag.ID
		sh.tags[strings.ToLower(l.Tag.Name)] = l.Tag.ID
	}
	sh.rows = append(sh.rows, e)
	return nil
}

// order makes the rows findable. A row that came twice, because the list moved
// while it was read, is the later one.
func (sh *shelf) order() {
	last := make([]int32, len(sh.rows))
	for i := range last {
		last[i] = int32(i) //nolint:gosec // a list is far shorter
	}
	sort.SliceStable(last, func(i, j int) bool { return sh.rows[last[i]].id() < sh.rows[last[j]].id() })
	twice := map[int32]bool{}
	for i := 1; i < len(last); i++ {
		if sh.rows[last[i-1]].id() == sh.rows[last[i]].id() {
			twice[last[i-1]] = true
		}
	}
	if len(twice) > 0 {
		kept := make([]entry, 0, len(sh.rows)-len(twice))
		for i := range sh.rows {
			if !twice[int32(i)] { //nolint:gosec // as above
				kept = append(kept, sh.rows[i])
			}
		}
		sh.rows = kept
		sh.order()
		return
	}
	sh.byID = last
	sh.byName = slices.Clone(last)
	sort.SliceStable(sh.byName, func(i, j int) bool { return sh.rows[sh.byName[i]].name() < sh.rows[sh.byName[j]].name() })
}

// withID is the resource of that id, nil if there is none.
func (sh *shelf) withID(id string) *entry {
	at, found := slices.BinarySearchFunc(sh.byID, id, func(i int32, id string) int { return strings.Compare(sh.rows[i].id(), id) })
	if !found {
		return nil
	}
	return &sh.rows[sh.byID[at]]
}

// named are the resources of that name.
func (sh *shelf) named(name string) (all []*entry) {
	at, _ := slices.BinarySearchFunc(sh.byName, name, func(i int32, name string) int { return strings.Compare(sh.rows[i].name(), name) })
	for ; at < len(sh.byName) && sh.rows[sh.byName[at]].name() == name; at++ {
		all = append(all, &sh.rows[sh.byName[at]])
	}
	return all
}

// sorted lists the resources by name, those of one name by id.
func (sh *shelf) sorted() []*entry {
	all := make([]*entry, len(sh.byName))
	for at, i := range sh.byName {
		all[at] = &sh.rows[i]
	}
	return all
}

// find returns the resource that a name or an id stands for.
func (sh *shelf) find(arg string) (*entry, error) {
	if e := sh.withID(arg); e != nil {
		return e, nil
	}
	_, shown := api.Stored(arg)
	for _, name := range []string{arg, shown} {
		switch found := sh.named(name); len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			ids := make([]string, len(found))
			for i, e := range found {
				ids[i] = e.id()
			}
			return nil, api.Invalid(sh.schema.Noun, arg, fmt.Sprintf("is the name of %d %s", len(found), sh.schema.Plural), "give the id: "+strings.Join(ids, ", "))
		}
	}
	return sh.folded(arg)
}

// folded looks again without letter case.
func (sh *shelf) folded(arg string) (*entry, error) {
	var found []*entry
	for i := range sh.rows {
		if e := &sh.rows[i]; strings.EqualFold(e.name(), arg) || strings.EqualFold(e.id(), arg) {
			found = append(found, e)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	fix := "vizora " + sh.schema.Noun + " list shows what there is"
	names := make([]string, len(sh.rows))
	for i := range sh.rows {
		names[i] = sh.rows[i].name()
	}
	if len(names) < 5000 { // with thousands of wrong rows besides it takes too long
		if near := api.DidYouMean(arg, names, ""); near != "" {
			fix = near
		}
	}
	if len(found) > 1 {
		return nil, api.Invalid(sh.schema.Noun, arg, "is the name of several, but for letter case", "give the id")
	}
	return nil, &api.Error{Kind: api.KindInvalid, Value: arg, Message: fmt.Sprintf("no %s is named %q or has that id", sh.schema.Noun, arg), Hint: fix}
}

// tag returns a tag's id: only tags that some resource of the kind carries are
// known, because the platform lists no others (contract rest 25, item 21).
func (sh *shelf) tag(arg string) (string, error) {
	if id := sh.tags[arg]; id != "" {
		return id, nil
	}
	if id := sh.tags[strings.ToLower(arg)]; id != "" {
		return id, nil
	}
	if api.CUID.Matches(arg) {
		return arg, nil
	}
	return "", api.Invalid("tag", arg, "is carried by no "+sh.schema.Noun, "give its id; tags are made in the dashboard")
}
