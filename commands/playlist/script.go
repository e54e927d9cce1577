package playlist

// This file is about one thing: the flags of "edit", whose order counts.

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// step is one intent as written on the command line.
type step struct {
	op    api.ItemOp
	item  string // the item it is about
	spec  spec   // the content of insert and replace
	where string // "", "first", "after" or "before"
	place string // the item of after and before
}

// script is the steps in the order in which their flags were given.
type script struct {
	steps []step
	err   error
}

// flag is a pflag.Value that adds to the script when its flag is met.
type flag struct {
	set   func(string) error
	takes string
}

func (v flag) String() string     { return "" }
func (v flag) Type() string       { return v.takes }
func (v flag) Set(s string) error { return v.set(s) }

func (s *script) addFlags(fs *pflag.FlagSet) {
	add := func(name, takes, help string, set func(string) error) {
		fs.Var(flag{func(v string) error { s.fail(set(v)); return nil }, takes}, name, help)
	}
	add("insert", "CONTENT[=SECONDS]", "put content in", func(v string) error {
		content, err := parseSpec(v)
		s.steps = append(s.steps, step{op: api.ItemInsert, spec: content})
		return err
	})
	add("remove", "ITEM", "take an item out", func(v string) error {
		s.steps = append(s.steps, step{op: api.ItemRemove, item: v})
		return nil
	})
	add("move", "ITEM", "move an item", func(v string) error {
		s.steps = append(s.steps, step{op: api.ItemMove, item: v})
		return nil
	})
	add("replace", "ITEM=CONTENT", "show other content at an item's place", func(v string) error {
		item, content, ok := strings.Cut(v, "=")
		if !ok || item == "" || content == "" {
			return api.Invalid("--replace", v, "is not ITEM=CONTENT", `for example --replace "Hot soup=Cold soup"`)
		}
		s.steps = append(s.steps, step{op: api.ItemReplace, item: item, spec: spec{content: content}})
		return nil
	})
	add("duration", "ITEM=SECONDS", `how long an item plays; "own" for its content's own`, func(v string) error {
		at := strings.LastIndexByte(v, '=')
		if at <= 0 {
			return api.Invalid("--duration", v, "is not ITEM=SECONDS", `for example --duration "Hot soup=15"`)
		}
		seconds, err := parseSeconds("--duration", v[at+1:])
		s.steps = append(s.steps, step{op: api.ItemSet, item: v[:at], spec: spec{seconds: seconds}})
		return err
	})
	add("after", "ITEM", "where the insert or move before it goes", func(v string) error { return s.position("after", v) })
	add("before", "ITEM", "where the insert or move before it goes", func(v string) error { return s.position("before", v) })
	add("first", "", "the insert or move before it goes to the start", func(v string) error { return s.position("first", "") })
	fs.Lookup("first").NoOptDefVal = "true"
}

func (s *script) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// position says where the latest insert or move goes.
func (s *script) position(where, item string) error {
	n := len(s.steps)
	if n == 0 || (s.steps[n-1].op != api.ItemInsert && s.steps[n-1].op != api.ItemMove) {
		return cmdutil.Usage("--%s must follow the --insert or --move that it places", where)
	}
	if s.steps[n-1].where != "" {
		return cmdutil.Usage("--%s: the --%s before it already has a place", where, s.steps[n-1].op)
	}
	s.steps[n-1].where, s.steps[n-1].place = where, item
	return nil
}

func (s *script) check(all bool) error {
	switch {
	case s.err != nil:
		return s.err
	case all && len(s.steps) > 0:
		return cmdutil.Usage("--item replaces the whole list and cannot be combined with the other edits")
	case !all && len(s.steps) == 0:
		return cmdutil.Usage("nothing to change").WithHint("give --insert, --remove, --move, --replace, --duration or --item")
	}
	return nil
}

// resolve finds what the steps name. A position is one of the list as it was
// before all steps, a name is looked for in what the steps before it leave.
func (s *script) resolve(ctx context.Context, t *target) ([]api.ItemEdit, error) {
	list := t.found.Value.Items
	var edits []api.ItemEdit
	for _, st := range s.steps {
		edit, err := st.resolve(ctx, t.finder, t.found.Value.Items, list)
		if err != nil {
			return nil, err
		}
		if list, err = api.ApplyEdits(list, []api.ItemEdit{edit}); err != nil {
			return nil, err
		}
		edits = append(edits, edit)
	}
	return edits, nil
}

func (st step) resolve(ctx context.Context, find *contents, original, list []api.PlaylistItem) (api.ItemEdit, error) {
	edit := api.ItemEdit{Op: st.op, Duration: st.spec.seconds}
	if st.op != api.ItemInsert {
		at, err := lookUp(original, list, st.item)
		if err != nil {
			return edit, err
		}
		ref := api.RefTo(list, at)
		edit.Item = &ref
	}
	if st.op == api.ItemInsert || st.op == api.ItemReplace {
		content, err := find.find(ctx, st.spec.content)
		if err != nil {
			return edit, err
		}
		edit.Content = &api.ItemRef{ContentID: content.ID, Label: content.Name}
	}
	switch st.where {
	case "first":
		edit.Where.First = true
	case "after", "before":
		at, err := lookUp(original, list, st.place)
		if err != nil {
			return edit, err
		}
		ref := api.RefTo(list, at)
		if st.where == "after" {
			edit.Where.After = &ref
		} else {
			edit.Where.Before = &ref
		}
	}
	return edit, nil
}

// lookUp finds an item in list; a position counts in original.
func lookUp(original, list []api.PlaylistItem, arg string) (int, error) {
	if _, err := strconv.Atoi(arg); err != nil {
		return findItem(list, arg)
	}
	at, err := findItem(original, arg)
	if err != nil {
		return -1, err
	}
	if at = api.RefTo(original, at).Find(list); at < 0 {
		return -1, missingItem(list, arg)
	}
	return at, nil
}
