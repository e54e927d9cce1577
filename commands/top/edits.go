package top

// This file is about one thing: changes made on the dashboard. They show at
// once, go through the journal like every other, and are taken back visibly
// when the server refuses them.

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
)

// edit is a change that the lists do not show yet.
type edit struct {
	mark    string // "rename", "assign", ... while it is under way, or markRecorded
	row     any    // the row as it will be; nil: it is deleted
	name    string
	settled bool // the server has it; it stays until the lists do
	at      time.Time
}

// markRecorded marks an edit that waits in the journal for a connection.
const markRecorded = "recorded"

// edited returns a resource as it will be, and what is under way.
func (m *model) edited(r *resource) (resource, string) {
	e, is := m.edits[r.id]
	if !is {
		return *r, ""
	}
	if e.row == nil {
		if e.settled {
			return resource{id: r.id}, ""
		}
		return *r, e.mark
	}
	mark := e.mark
	if e.settled {
		mark = ""
	}
	return resource{r.id, e.name, moved(e.row, r.row)}, mark
}

// moved is an edited row with what moves by itself as the stream has told since.
func moved(edited, now any) any {
	after, is := edited.(*api.Display)
	before, was := now.(*api.Display)
	if !is || !was {
		return edited
	}
	current := *after
	current.Status, current.LastHeartbeat = before.Status, before.LastHeartbeat
	return &current
}

// edit begins the change that a key stands for, if the chosen row can have it.
func (m *model) edit(key rune) {
	if !strings.ContainsRune("raexd", key) || key == 0 {
		return
	}
	rows := m.rows()
	at := m.chosen(rows)
	if at < 0 {
		return
	}
	r := rows[at]
	if r.source == nil {
		m.say("nothing can be changed on this page", false)
		return
	}
	current, busy := m.edited(r.of)
	if busy != "" {
		m.say(fmt.Sprintf("%q is being changed already (%s)", r.of.name, busy), true)
		return
	}
	switch {
	case key == 'r':
		m.ask(question{text: "new name of " + current.name, start: current.name, then: func(name string) { m.rename(r.source, current, name) }})
	case key == 'a' && r.source.assigns:
		m.ask(question{text: "playlist for " + current.name + " (name, empty for none)", then: func(name string) { m.assign(r.source, current, name) }})
	case (key == 'e' || key == 'x') && r.source.enables:
		m.enable(r.source, current, key == 'e')
	case key == 'd':
		m.ask(question{text: fmt.Sprintf("delete %s %q? (y/N)", r.source.schema.Noun, current.name), confirm: true, takes: m.takes(r.source, current.id),
			then: func(string) { m.remove(r.source, current) }})
	default:
		m.say(fmt.Sprintf("a %s has no such change", r.source.schema.Noun), false)
	}
}

func (m *model) rename(s *source, r resource, name string) {
	if name = strings.TrimSpace(name); name == "" || name == r.name {
		m.say("nothing was changed", false)
		return
	}
	value, err := s.schema.Field("name").Parse(name)
	if err != nil {
		m.say(err.Error(), true)
		return
	}
	m.set(s, r, "rename", fmt.Sprintf("rename %s %q to %q", s.schema.Noun, r.name, name), "name", value)
}

// assign gives a display the playlist of that name, or the only one whose name
// begins so.
func (m *model) assign(s *source, r resource, name string) {
	value := json.RawMessage("null")
	summary := fmt.Sprintf("take the playlist away from display %q", r.name)
	if name = strings.TrimSpace(name); name != "" {
		id, err := pickName(m.kinds[realtime.KindPlaylist], name)
		if err != nil {
			m.say(err.Error(), true)
			return
		}
		value, _ = json.Marshal(id) // a string always marshals
		summary = fmt.Sprintf("assign playlist %q to display %q", m.nameOf(id), r.name)
	}
	m.set(s, r, "assign", summary, "playlist", value)
}

func pickName(list []resource, name string) (id string, err error) {
	var exact, begin []resource
	var names []string
	for _, p := range list {
		names = append(names, p.name)
		switch {
		case strings.EqualFold(p.name, name) || p.id == name:
			exact = append(exact, p)
		case strings.HasPrefix(strings.ToLower(p.name), strings.ToLower(name)):
			begin = append(begin, p)
		}
	}
	if len(exact) == 0 {
		exact = begin
	}
	switch len(exact) {
	case 1:
		return exact[0].id, nil
	case 0:
		return "", api.Errorf(api.KindNotFound, "no playlist is named %q; %s", name, api.DidYouMean(name, names, "page 2 lists them"))
	}
	names = names[:0]
	for _, p := range exact {
		names = append(names, p.name)
	}
	return "", api.Errorf(api.KindAmbiguous, "%d playlists are named so or begin with %q: %s", len(exact), name, strings.Join(names, ", "))
}

// enable allows a display to play, or forbids it, by a route of its own
// (contract rest 4).
func (m *model) enable(s *source, r resource, on bool) {
	verb := "disable"
	if on {
		verb = "enable"
	}
	_, after, err := s.with(r.row, "isDisabled", json.RawMessage(fmt.Sprint(!on)))
	if err != nil {
		m.say(err.Error(), true)
		return
	}
	m.submit(s, r, verb, after, r.name, journal.Operation{
		Effect: journal.Absolute, Kind: s.schema.Kind, Verb: verb, Target: r.id, Label: r.name,
		Summary: fmt.Sprintf("%s %s %q", verb, s.schema.Noun, r.name),
		Request: api.Request{Method: http.MethodPost, Path: s.schema.ItemPath(r.id) + "/" + verb},
	})
}

// remove deletes a resource.
func (m *model) remove(s *source, r resource) {
	base, err := s.values(r.row)
	if err != nil {
		m.say(err.Error(), true)
		return
	}
	maps.DeleteFunc(base, func(name string, _ json.RawMessage) bool {
		f := s.schema.Field(name)
		return f.Noise || !f.Writable()
	})
	m.submit(s, r, "delete", nil, r.name, journal.Operation{
		Effect: journal.Delete, Kind: s.schema.Kind, Verb: "delete", Target: r.id, Label: r.name,
		Summary: fmt.Sprintf("delete %s %q", s.schema.Noun, r.name), Base: base, BaseAt: m.updated, BaseFrom: "server",
		Request: api.Request{Method: http.MethodDelete, Path: s.schema.ItemPath(r.id)},
	})
}

// set changes one field.
func (m *model) set(s *source, r resource, mark, summary, field string, value json.RawMessage) {
	base, after, err := s.with(r.row, field, value)
	if err != nil {
		m.say(err.Error(), true)
		return
	}
	name := r.name
	if field == "name" {
		_ = json.Unmarshal(value, &name) // it was just made
	}
	m.submit(s, r, mark, after, name, journal.Operation{
		Effect: journal.Update, Kind: s.schema.Kind, Verb: mark, Target: r.id, Label: r.name, Summary: summary,
		Changes: api.Changes{field: value}, Base: api.Changes{field: base}, BaseAt: m.updated, BaseFrom: "server",
	})
}

// submit shows an edit and sends it on its way.
func (m *model) submit(s *source, r resource, mark string, after any, name string, op journal.Operation) {
	m.edits[r.id] = edit{mark: mark, row: after, name: name, at: m.now()}
	m.work.submit(op, func(m *model, result *journal.Result, err error) { m.settle(s, r.id, &op, result, err) })
}

// settle shows what became of an edit.
func (m *model) settle(s *source, id string, op *journal.Operation, result *journal.Result, err error) {
	e := m.edits[id]
	switch {
	case err == nil:
		if result != nil && e.row != nil && op.Effect == journal.Update {
			if row, decodeErr := s.decode(s.merged(e.row, result.Data)); decodeErr == nil {
				e.row = row
			}
		}
		e.settled, e.at = true, m.now()
		m.edits[id] = e
		m.say("done: "+op.Summary, false)
	case api.IsKind(err, api.KindQueued):
		e.mark = markRecorded
		m.edits[id] = e
		m.say(op.Summary+": recorded; it goes out with the next command that reaches the server", false)
	default:
		delete(m.edits, id)
		m.say("taken back: "+op.Summary+": "+err.Error(), true)
	}
}

// values are a row's fields as JSON by our names.
func (s *source) values(row any) (api.Changes, error) {
	raw, err := json.Marshal(row)
	if err != nil {
		return nil, err
	}
	return s.schema.Values(raw)
}

// with returns a field's value in a row, and a copy of the row with another.
func (s *source) with(row any, field string, value json.RawMessage) (before json.RawMessage, after any, err error) {
	values, err := s.values(row)
	if err != nil {
		return nil, nil, err
	}
	raw, err := json.Marshal(row)
	if err != nil {
		return nil, nil, err
	}
	change, err := json.Marshal(map[string]json.RawMessage{s.schema.Field(field).ReadKey(): value})
	if err != nil {
		return nil, nil, err
	}
	after, err = s.decode(merge(raw, change))
	if before = values[field]; before == nil {
		before = json.RawMessage("null")
	}
	return before, after, err
}

// merged is a row with what an answer says over it: answers to writes lack what
// other tables hold.
func (s *source) merged(row any, answer json.RawMessage) json.RawMessage {
	raw, err := json.Marshal(row)
	if err != nil {
		return answer
	}
	return merge(raw, answer)
}

func merge(before, over json.RawMessage) json.RawMessage {
	var row, fresh map[string]json.RawMessage
	if json.Unmarshal(before, &row) != nil || json.Unmarshal(over, &fresh) != nil {
		return before
	}
	maps.Copy(row, fresh)
	raw, err := json.Marshal(row)
	if err != nil {
		return before
	}
	return raw
}

// takes names what a deletion destroys besides (contract rest 25, item 1), as
// far as the lists show it.
func (m *model) takes(s *source, id string) []string {
	var lines []string
	for _, r := range m.kinds[realtime.KindSchedule] {
		plan, ok := r.row.(*api.Schedule)
		if ok && (s.kind == realtime.KindPlaylist && plan.PlaylistID == id || s.kind == realtime.KindDisplay && plan.DisplayID != nil && *plan.DisplayID == id) {
			lines = append(lines, fmt.Sprintf("schedule %q is deleted with it", r.name))
		}
	}
	for _, r := range m.kinds[realtime.KindDisplay] {
		if d, ok := r.row.(*api.Display); ok && s.kind == realtime.KindPlaylist && d.CurrentPlaylist != nil && *d.CurrentPlaylist == id {
			lines = append(lines, fmt.Sprintf("display %q is left without a playlist", r.name))
		}
	}
	for _, r := range m.kinds[realtime.KindPlaylist] {
		if p, ok := r.row.(*api.Playlist); ok && s.kind == realtime.KindContent && holds(p, id) {
			lines = append(lines, fmt.Sprintf("playlist %q loses it", r.name))
		}
	}
	if s.kind == realtime.KindDisplay {
		lines = append(lines, "its player is told to disconnect, and must be paired again to come back")
	}
	return lines
}

func holds(p *api.Playlist, content string) bool {
	for i := range p.Items {
		if p.Items[i].ContentID == content {
			return true
		}
	}
	return false
}
