package bulk

// This file is about one thing: the verbs that a row may have. Create, update
// and delete come from a kind's description; the others are written here.

import (
	"net/http"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

// verb is what a row does.
type verb struct {
	name   string
	effect journal.Effect
	params []api.Field // columns besides the target; of create and update the kind's own fields
	path   string      // of an action on one resource: what its path goes on with
	bulk   string      // the server's route for a hundred at once; "" = none
	idKey  string      // under which that route's body lists the ids
	undo   string      // the verb that takes it back; "" = none, or by the base
	by     string      // HTTP method of an action; "" = POST
	body   func(ids []string, a *action) any
}

func (v *verb) creates() bool { return v.effect == journal.Create }

func tagsParam() []api.Field {
	return []api.Field{{Name: "tags", Type: api.TypeList, Required: true, Help: "names or ids of tags"}}
}

// verbsOf lists what can be done to a kind.
func verbsOf(s *api.Schema) []verb {
	var all []verb
	if len(s.CanCreate) > 0 {
		all = append(all, verb{name: "create", effect: journal.Create, params: fieldsOf(s, true)})
	}
	if len(s.CanUpdate) > 0 {
		all = append(all, verb{name: "update", effect: journal.Update, params: fieldsOf(s, false)})
	}
	if len(s.CanDelete) > 0 {
		all = append(all, verb{name: "delete", effect: journal.Delete})
	}
	for i := range s.Actions {
		if a := &s.Actions[i]; !a.All {
			v := verb{name: a.Verb, effect: journal.Once, by: a.Method, path: a.Path}
			if a.Again {
				v.effect = journal.Absolute
			}
			all = append(all, v)
		}
	}
	switch s.Kind {
	case api.Displays.Kind:
		all = append(all, displayVerbs()...)
	case api.Contents.Kind:
		all = append(all, contentVerbs()...)
	case api.Playlists.Kind:
		all = append(all, verb{name: "duplicate", effect: journal.Once, path: "/duplicate"})
	case "Schedule":
		all = append(all, verb{name: "duplicate", effect: journal.Once, path: "/duplicate"})
	case "Group":
		all = append(all, groupVerbs()...)
	}
	return all
}

const assignVerb = "assign"

// displayVerbs are contract rest 4's actions.
func displayVerbs() []verb {
	tagged := func(_ []string, a *action) any { return map[string]any{"tagIds": a.ids} }
	return []verb{
		{name: assignVerb, effect: journal.Absolute, bulk: "/displays/bulk/assign-playlist", idKey: "displayIds",
			params: []api.Field{{Name: "playlist", Type: api.TypeRef, Ref: "playlist", Clear: true, Required: true, Help: "what it plays; null takes it away"}},
			body: func(ids []string, a *action) any {
				return map[string]any{"displayIds": ids, "playlistId": text(a.changes["playlist"])}
			}},
		{name: "enable", effect: journal.Absolute, path: "/enable", undo: "disable"},
		{name: "disable", effect: journal.Absolute, path: "/disable", undo: "enable"},
		{name: "tag", effect: journal.Absolute, path: "/tags", undo: "untag", params: tagsParam(), body: tagged},
		{name: "untag", effect: journal.Absolute, path: "/tags/remove", undo: "tag", params: tagsParam(), body: tagged},
	}
}

// contentVerbs are contract rest 6.2's.
func contentVerbs() []verb {
	ids := func(ids []string, _ *action) any { return map[string]any{"ids": ids} }
	tags := func(operation string) func([]string, *action) any {
		return func(ids []string, a *action) any {
			return map[string]any{"contentIds": ids, "tagIds": a.ids, "operation": operation}
		}
	}
	return []verb{
		{name: "archive", effect: journal.Absolute, bulk: "/content/bulk/archive", idKey: "ids", undo: "restore", body: ids},
		{name: "restore", effect: journal.Absolute, bulk: "/content/bulk/restore", idKey: "ids", undo: "archive", body: ids},
		{name: "tag", effect: journal.Absolute, bulk: "/content/bulk/tags", idKey: "contentIds", undo: "untag", params: tagsParam(), body: tags("add")},
		{name: "untag", effect: journal.Absolute, bulk: "/content/bulk/tags", idKey: "contentIds", undo: "tag", params: tagsParam(), body: tags("remove")},
	}
}

// groupVerbs are contract rest 9's: members by name or id.
func groupVerbs() []verb {
	params := []api.Field{{Name: "displays", Type: api.TypeList, Ref: "display", Required: true, Help: "names or ids of displays"}}
	body := func(_ []string, a *action) any { return map[string]any{"displayIds": a.ids} }
	return []verb{
		{name: "add", effect: journal.Absolute, path: "/displays", undo: "remove", params: params, body: body},
		{name: "remove", effect: journal.Absolute, by: http.MethodDelete, path: "/displays", undo: "add", params: params, body: body},
	}
}

// method of an action on one resource.
func (v *verb) method() string {
	if v.by != "" {
		return v.by
	}
	return http.MethodPost
}

// fieldsOf are the fields that create or update takes.
func fieldsOf(s *api.Schema, create bool) []api.Field {
	var fields []api.Field
	for i := range s.Fields {
		f := s.Fields[i]
		if !f.Writable() || create && f.UpdateOnly || !create && f.CreateOnly {
			continue
		}
		f.Flag = "" // messages name the column
		f.Required = f.Required && create
		fields = append(fields, f)
	}
	return fields
}

func (v *verb) param(name string) *api.Field {
	for i := range v.params {
		if v.params[i].Name == name {
			return &v.params[i]
		}
	}
	return nil
}

func (v *verb) paramNames() []string {
	names := make([]string, len(v.params))
	for i := range v.params {
		names[i] = v.params[i].Name
	}
	return names
}

func verbNames(all []verb) []string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].name
	}
	return names
}

func kindNames() []string {
	var names []string
	for _, s := range api.Schemas() {
		names = append(names, s.Noun)
	}
	return names
}

// findKind reads a kind as people write it.
func findKind(name string) (*api.Schema, error) {
	if s := api.SchemaOf(name); s != nil {
		return s, nil
	}
	return nil, unknown("kind", name, kindNames())
}

func findVerb(s *api.Schema, name string) (*verb, error) {
	all := verbsOf(s)
	for i := range all {
		if all[i].name == name {
			return &all[i], nil
		}
	}
	return nil, unknown("verb", name, verbNames(all))
}

func unknown(what, name string, known []string) error {
	return api.NotOneOf(what, name, "is not known", known)
}
