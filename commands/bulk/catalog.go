package bulk

// This file is about one thing: what the server has, as far as rows name it:
// ids by name, and the values that a row would replace.

import (
	"context"
	"encoding/json"
	"fmt"
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
	from   string // "server", or "cache" without a connection
	rows   []*entry
	byID   map[string]*entry
	byName map[string][]*entry
	tags   map[string]string // names in lower case, and ids -> id
}

// membersField holds the ids of a group's displays.
const membersField = "displayIds"

// entry is what is kept of one resource.
type entry struct {
	id, name string
	values   api.Changes // those that rows touch
	detailed bool        // what a list leaves out was read too
}

func newCatalog(f *cmdutil.Factory) (*catalog, error) {
	client, err := f.Client()
	if err != nil {
		return nil, err
	}
	return &catalog{f: f, client: client, shelves: map[string]*shelf{}}, nil
}

// load reads a kind's list, once, and keeps of each row the wanted fields. pick
// is shown each row as its kind shows it; nil keeps all in mind.
func (c *catalog) load(ctx context.Context, s *api.Schema, fields map[string]bool, pick func(id string, shown func(string) any)) (*shelf, error) {
	if sh := c.shelves[s.Kind]; sh != nil && pick == nil {
		return sh, nil
	}
	wait := c.f.IO.Wait("reading " + s.Plural)
	rows, err := s.RawList(ctx, c.client)
	wait.Stop()
	if err != nil {
		return nil, err
	}
	sh := &shelf{schema: s, read: c.f.Now(), byID: make(map[string]*entry, len(rows)), byName: make(map[string][]*entry, len(rows)), tags: map[string]string{}}
	for i, row := range rows {
		if pick != nil {
			shown, err := s.Shown(row.Raw)
			if err != nil {
				return nil, err
			}
			pick(row.ID, shown)
		}
		if err := sh.add(row, fields); err != nil {
			return nil, err
		}
		rows[i] = nil // only what is kept of it stays in memory
	}
	if sh.from = "server"; c.client.Offline() {
		sh.from = "cache"
	}
	c.shelves[s.Kind] = sh
	return sh, nil
}

func (sh *shelf) add(row *api.RawRow, fields map[string]bool) error {
	e := &entry{id: row.ID, name: row.Name()}
	if len(fields) > 0 {
		all, err := sh.schema.Values(row.Raw)
		if err != nil {
			return err
		}
		e.values = make(api.Changes, len(fields))
		for name := range fields {
			if v, ok := all[name]; ok {
				e.values[name] = append(json.RawMessage(nil), v...)
			}
		}
		if fields[membersField] { // it is gathered out of other fields
			shown, err := sh.schema.Shown(row.Raw)
			if err != nil {
				return err
			}
			if e.values[membersField], err = json.Marshal(shown(membersField)); err != nil {
				return err
			}
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
	sh.byID[e.id] = e
	sh.byName[e.name] = append(sh.byName[e.name], e)
	return nil
}

// find returns the resource that a name or an id stands for.
func (sh *shelf) find(arg string) (*entry, error) {
	if e := sh.byID[arg]; e != nil {
		return e, nil
	}
	_, shown := api.Stored(arg)
	for _, name := range []string{arg, shown} {
		switch found := sh.byName[name]; len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			ids := make([]string, len(found))
			for i, e := range found {
				ids[i] = e.id
			}
			return nil, api.Invalid(sh.schema.Noun, arg, fmt.Sprintf("is the name of %d %s", len(found), sh.schema.Plural), "give the id: "+strings.Join(ids, ", "))
		}
	}
	return sh.folded(arg)
}

// folded looks again without letter case.
func (sh *shelf) folded(arg string) (*entry, error) {
	var found []*entry
	for _, e := range sh.rows {
		if strings.EqualFold(e.name, arg) || strings.EqualFold(e.id, arg) {
			found = append(found, e)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	fix := "vizora " + sh.schema.Noun + " list shows what there is"
	names := make([]string, len(sh.rows))
	for i, e := range sh.rows {
		names[i] = e.name
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
