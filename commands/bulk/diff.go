package bulk

// This file is about one thing: what it takes to make the server as manifests
// declare it.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// The actions of a step.
const (
	actCreate = "create"
	actUpdate = "update"
	actSame   = "no-op"
	actPrune  = "prune"
)

// step is what is to be done about one resource.
type step struct {
	Action   string              `json:"action"`
	Resource string              `json:"resource"`
	Name     string              `json:"name"`
	ID       string              `json:"id,omitempty"`
	Changes  []fieldDiff         `json:"changes,omitempty"`
	Ops      []journal.Operation `json:"operations,omitempty"`
}

// fieldDiff is one field that changes, in the form in which it is shown.
type fieldDiff struct {
	Field string `json:"field"`
	From  any    `json:"from"`
	To    any    `json:"to"`
}

// differ compares what is wanted with what is there.
type differ struct {
	cat   *catalog
	wants []*want
	found *problems
	plan  []step
	now   func() string // a fresh operation's id
}

// planOf finds out what to do about every resource that is declared, and about
// those that are not when prune is given.
func planOf(ctx context.Context, f *cmdutil.Factory, wants []*want, prune bool) ([]step, error) {
	cat, err := newCatalog(f)
	if err != nil {
		return nil, err
	}
	d := &differ{cat: cat, wants: wants, found: &problems{}, now: func() string { return journal.NewID(f.Now()) }}
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	for _, w := range wants {
		d.claim(w)
	}
	for _, s := range declared() { // in the order in which they must be made
		for _, w := range wants {
			if w.schema != s {
				continue
			}
			if err := d.one(ctx, w); err != nil {
				return nil, err
			}
		}
	}
	if prune {
		d.prune()
	}
	return d.plan, d.found.err("the declaration")
}

// load reads the lists that the declaration is about, with the fields that it
// sets.
func (d *differ) load(ctx context.Context) error {
	wanted := needs{}
	for _, w := range d.wants {
		fields := wanted.kind(w.schema)
		fields[colName] = true
		for i := range w.schema.Fields {
			if f := &w.schema.Fields[i]; f.Writable() {
				fields[f.Name] = true
			}
		}
		for _, wf := range w.fields {
			if ref := api.SchemaOf(wf.field.Ref); ref != nil {
				wanted.kind(ref)
			}
		}
		switch w.schema.Kind {
		case api.Playlists.Kind:
			wanted.kind(&api.Contents.Schema)
		case api.Contents.Kind:
			fields["fileSize"] = true
		case "Group":
			fields[membersField] = true
			wanted.kind(&api.Displays.Schema)
		}
	}
	return d.cat.loadAll(ctx, wanted)
}

// fail tells of a mistake in a want.
func (d *differ) fail(w *want, wf *wantField, err error) {
	where := w.place()
	if wf != nil {
		where = fmt.Sprintf("%s:%d:%d: %s", w.file, wf.node.Line, wf.node.Column, wf.field.Name)
	}
	d.found.add(rowError{problem: where + ": " + problemOf(err), fix: hintOf(err)})
}

// claim gives a resource that is not there yet its temporary id, so that others
// can name it.
func (d *differ) claim(w *want) {
	if e, _ := d.there(w); e == nil {
		w.made = d.now()
	}
}

// there finds the resource that a want is about; nil when there is none.
func (d *differ) there(w *want) (*entry, error) {
	sh := d.cat.shelves[w.schema.Kind]
	if w.id != "" {
		if e := sh.withID(w.id); e != nil {
			return e, nil
		}
		return nil, api.Invalid("metadata.id", w.id, "is the id of no "+w.schema.Noun, "leave it out to find it by name")
	}
	_, shown := api.Stored(w.name)
	found := sh.named(w.name)
	if len(found) == 0 {
		found = sh.named(shown)
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	ids := make([]string, len(found))
	for i, e := range found {
		ids[i] = e.id()
	}
	return nil, api.Invalid("metadata.name", w.name, fmt.Sprintf("is the name of %d %s", len(found), w.schema.Plural), "say which with metadata.id: "+strings.Join(ids, ", "))
}

// one plans one resource.
func (d *differ) one(ctx context.Context, w *want) error {
	e, err := d.there(w)
	if err != nil {
		d.fail(w, nil, err)
		return nil
	}
	if e == nil && w.upload != nil {
		if e, err = d.twin(ctx, w); err != nil {
			return err
		}
		if e != nil {
			w.made = ""
		}
	}
	if e != nil && w.schema.Kind == api.Contents.Kind {
		if err := d.detail(ctx, w, e); err != nil {
			return err
		}
	}
	changes, ok := d.changes(w)
	if !ok {
		return nil
	}
	if e == nil {
		d.create(w, changes)
		return nil
	}
	d.update(ctx, w, e, changes)
	return nil
}

// changes are the wanted values, names looked up.
func (d *differ) changes(w *want) (api.Changes, bool) {
	changes, ok := api.Changes{}, true
	for i := range w.fields {
		wf := &w.fields[i]
		value := json.RawMessage(wf.value)
		if wf.field.Type == api.TypeRef && string(value) != "null" {
			id, err := d.ref(wf.field.Ref, text(value))
			if err != nil {
				d.fail(w, wf, err)
				ok = false
				continue
			}
			value = quote(id)
		}
		changes[wf.field.Name] = value
	}
	return changes, ok
}

// ref finds what a name stands for: what is declared comes first.
func (d *differ) ref(kind, name string) (string, error) {
	s := api.SchemaOf(kind)
	if s == nil {
		return name, nil
	}
	for _, w := range d.wants {
		if w.schema == s && w.name == name && w.made != "" {
			return temporary(w.made), nil
		}
	}
	sh := d.cat.shelves[s.Kind]
	if sh == nil {
		return "", api.Errorf(api.KindInternal, "the %s were not read", s.Plural)
	}
	e, err := sh.find(name)
	if err != nil {
		return "", err
	}
	return e.id(), nil
}

func temporary(id string) string { return journal.TemporaryID(&journal.Operation{ID: id}) }

// items are a playlist's wanted items.
func (d *differ) items(w *want) ([]api.ItemSpec, bool) {
	specs, ok := make([]api.ItemSpec, len(w.items)), true
	for i, item := range w.items {
		id, err := d.ref(api.Contents.Noun, item.content)
		if err != nil {
			d.fail(w, nil, err)
			ok = false
			continue
		}
		specs[i] = api.ItemSpec{ContentID: id, Duration: item.duration, Order: i}
	}
	return specs, ok
}

// create plans a resource that is not there.
func (d *differ) create(w *want, changes api.Changes) {
	s := w.schema
	if len(s.CanCreate) == 0 || s.Kind == api.Displays.Kind {
		d.fail(w, nil, api.Errorf(api.KindInvalid, "no %s is named %q", s.Noun, w.name).WithHint("displays are paired, not declared: vizora display pair CODE"))
		return
	}
	changes[colName] = quote(w.name)
	op := journal.Operation{
		ID: w.made, Effect: journal.Create, Kind: s.Kind, Verb: "create", Target: temporary(w.made), Label: w.name,
		Summary: fmt.Sprintf("create %s %q", s.Noun, w.name), Changes: changes,
	}
	st := step{Action: actCreate, Resource: s.Kind, Name: w.name}
	for _, name := range changes.Names() {
		if name != colName {
			st.Changes = append(st.Changes, fieldDiff{Field: name, To: d.show(s.Field(name), changes[name])})
		}
	}
	switch {
	case w.upload != nil:
		d.upload(w, &op, &st)
		return
	case w.items != nil:
		specs, ok := d.items(w)
		if !ok {
			return
		}
		changes[colItems], _ = json.Marshal(specs) // plain data
		st.Changes = append(st.Changes, fieldDiff{Field: colItems, To: d.itemNames(w.items)})
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Required && changes[f.Name] == nil {
			fix := "set " + f.Name
			if s.Kind == api.Contents.Kind {
				fix = "give a file, or type and url"
			}
			d.fail(w, nil, api.Errorf(api.KindInvalid, "%s %q does not exist, and to make it %s is needed", s.Noun, w.name, f.Name).WithHint("%s", fix))
			return
		}
	}
	body, err := s.Body(changes)
	if err != nil {
		d.fail(w, nil, err)
		return
	}
	op.Request = api.Request{Method: http.MethodPost, Path: s.Path, Body: body}
	st.Ops = append(st.Ops, op)
	if len(w.displays) > 0 {
		ids, ok := d.displayIDs(w)
		if !ok {
			return
		}
		st.Ops = append(st.Ops, d.members(w, temporary(w.made), "add", ids))
		st.Changes = append(st.Changes, fieldDiff{Field: "displays", To: w.displays})
	}
	d.plan = append(d.plan, st)
}

// upload plans sending a file, then the fields that an upload does not take.
func (d *differ) upload(w *want, op *journal.Operation, st *step) {
	stored, _ := api.Stored(w.name)
	w.upload.Fields = map[string]string{colName: stored}
	more := api.Changes{}
	for name, v := range op.Changes {
		if name != colName && name != "type" {
			more[name] = v
		}
	}
	op.Verb, op.Changes = "upload", api.Changes{colName: quote(w.name)}
	op.Summary = fmt.Sprintf("upload %s as content %q", w.upload.Name, w.name)
	op.Request = api.Request{Method: http.MethodPost, Path: "/content/upload", Upload: w.upload}
	st.Ops = append(st.Ops, *op)
	st.Changes = append(st.Changes, fieldDiff{Field: "file", To: w.upload.Name})
	if len(more) > 0 {
		st.Ops = append(st.Ops, journal.Operation{
			Effect: journal.Update, Kind: w.schema.Kind, Verb: "update", Target: temporary(w.made), Label: w.name,
			Summary: fmt.Sprintf("update content %q%s", w.name, describe(more)), Changes: more,
		})
	}
	d.plan = append(d.plan, *st)
}

// twin finds content that holds the same bytes: they must never be uploaded
// twice (contract rest 6.1). The hash is only in a content's detail.
func (d *differ) twin(ctx context.Context, w *want) (*entry, error) {
	sh := d.cat.shelves[api.Contents.Kind]
	for i := range sh.rows {
		e := &sh.rows[i]
		size := int64(0)
		if json.Unmarshal(e.value("fileSize"), &size) != nil || size != w.upload.Size {
			continue
		}
		hash, err := d.hash(ctx, e)
		if err != nil {
			return nil, err
		}
		if hash == w.upload.SHA256 {
			return e, nil
		}
	}
	return nil, nil
}

// hash is the SHA-256 of a content's file, "" where there is none.
func (d *differ) hash(ctx context.Context, e *entry) (string, error) {
	if err := d.readDetail(ctx, e); err != nil {
		return "", err
	}
	c := api.Content{Metadata: e.value("metadata")}
	return c.FileHash(), nil
}

// detail reads what the list of content leaves out, where the want is about it.
func (d *differ) detail(ctx context.Context, w *want, e *entry) error {
	needed := w.upload != nil
	for _, wf := range w.fields {
		needed = needed || wf.field.Detail
	}
	if !needed {
		return nil
	}
	return d.readDetail(ctx, e)
}

func (d *differ) readDetail(ctx context.Context, e *entry) error {
	if e.detail != nil {
		return nil
	}
	s := &api.Contents.Schema
	resp, err := d.cat.client.Do(ctx, api.Request{Method: http.MethodGet, Path: s.ItemPath(e.id())})
	if err != nil {
		return err
	}
	all, err := s.Values(resp.Data)
	if err != nil {
		return err
	}
	e.detail = api.Changes{}
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Writable() || f.Name == "fileSize" {
			e.detail[f.Name] = all[f.Name]
		}
	}
	return nil
}

// update plans a resource that is there.
func (d *differ) update(ctx context.Context, w *want, e *entry, changes api.Changes) {
	s := w.schema
	st := step{Action: actSame, Resource: s.Kind, Name: w.name, ID: e.id()}
	if st.Name == "" {
		st.Name = e.name()
	}
	if w.name != "" && w.name != e.name() {
		if _, shown := api.Stored(w.name); shown != e.name() {
			changes[colName] = quote(w.name)
		}
	}
	base := api.Changes{colName: e.value(colName)}
	if base[colName] == nil {
		base[colName] = quote(e.name())
	}
	for _, name := range changes.Names() {
		f, was := s.Field(name), e.value(name)
		if journal.SameValue(f, changes[name], was) {
			delete(changes, name)
			continue
		}
		if f.CreateOnly {
			d.fail(w, nil, api.Errorf(api.KindInvalid, "%s %q is there with another %s, which cannot be changed", s.Noun, w.name, name).WithHint("give it another name, or delete it first"))
			return
		}
		base[name] = was
		st.Changes = append(st.Changes, fieldDiff{Field: name, From: d.show(f, was), To: d.show(f, changes[name])})
	}
	sh := d.cat.shelves[s.Kind]
	op := journal.Operation{
		Effect: journal.Update, Kind: s.Kind, Verb: "update", Target: e.id(), Label: e.name(), Changes: changes, Base: base, BaseFrom: sh.from, BaseAt: sh.read,
		Summary: fmt.Sprintf("update %s %q%s", s.Noun, e.name(), describe(changes)),
	}
	if w.items != nil && !d.updateItems(w, e, &op, &st) {
		return
	}
	if op.Effect == journal.Items || len(changes) > 0 {
		st.Ops = append(st.Ops, op)
	}
	if w.displays != nil && !d.updateMembers(w, e, &st) {
		return
	}
	if w.upload != nil {
		if err := d.replaceFile(ctx, w, e, &st); err != nil {
			d.fail(w, nil, err)
			return
		}
	}
	if len(st.Ops) > 0 {
		st.Action = actUpdate
	}
	d.plan = append(d.plan, st)
}

// updateItems makes the update one of the whole list, where it differs.
func (d *differ) updateItems(w *want, e *entry, op *journal.Operation, st *step) bool {
	specs, ok := d.items(w)
	if !ok {
		return false
	}
	var now []api.PlaylistItem
	if raw := e.value(colItems); raw != nil {
		if err := json.Unmarshal(raw, &now); err != nil {
			d.fail(w, nil, err)
			return false
		}
	}
	var wanted []api.PlaylistItem
	for _, spec := range specs {
		wanted = append(wanted, api.PlaylistItem{ContentID: spec.ContentID, Duration: spec.Duration, Order: spec.Order})
	}
	if api.SameItems(now, wanted) {
		return true
	}
	names := make([]itemRow, len(now))
	for i := range now {
		names[i] = itemRow{now[i].ContentName(), now[i].Duration}
		now[i].Content = nil
	}
	st.Changes = append(st.Changes, fieldDiff{Field: colItems, From: d.itemNames(names), To: d.itemNames(w.items)})
	op.Effect, op.ReplaceAll, op.NewItems, op.BaseItems = journal.Items, true, specs, now
	op.Summary = fmt.Sprintf("update %s %q: %d items%s", w.schema.Noun, e.name(), len(specs), strings.Replace(describe(op.Changes), ":", ",", 1))
	return true
}

func (d *differ) itemNames(items []itemRow) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = item.content
		if item.duration != nil {
			names[i] += fmt.Sprintf("=%d", *item.duration)
		}
	}
	return names
}

func (d *differ) displayIDs(w *want) ([]string, bool) {
	ids, ok := []string{}, true
	for _, name := range w.displays {
		id, err := d.ref(api.Displays.Noun, name)
		if err != nil {
			d.fail(w, nil, err)
			ok = false
			continue
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, ok
}

// replaceFile gives content another file, and notes its hash: the server's own
// stays that of the first (contract rest 6).
func (d *differ) replaceFile(ctx context.Context, w *want, e *entry, st *step) error {
	hash, err := d.hash(ctx, e)
	if err != nil || hash == w.upload.SHA256 {
		return err
	}
	w.upload.Fields = map[string]string{}
	var meta map[string]json.RawMessage
	if json.Unmarshal(e.value("metadata"), &meta) != nil || meta == nil {
		meta = map[string]json.RawMessage{}
	}
	meta["fileHash"] = quote(w.upload.SHA256)
	after, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	st.Changes = append(st.Changes, fieldDiff{Field: "file", From: "sha256 " + short(hash), To: w.upload.Name + " (sha256 " + short(w.upload.SHA256) + ")"})
	st.Ops = append(st.Ops, journal.Operation{
		Effect: journal.Once, Kind: w.schema.Kind, Verb: "replace", Target: e.id(), Label: e.name(),
		Summary: fmt.Sprintf("replace the file of content %q by %s", e.name(), w.upload.Name),
		Request: api.Request{Method: http.MethodPost, Path: w.schema.ItemPath(e.id()) + "/replace", Upload: w.upload},
	}, journal.Operation{
		Effect: journal.Update, Kind: w.schema.Kind, Verb: "update", Target: e.id(), Label: e.name(), Changes: api.Changes{"metadata": after},
		Base: api.Changes{"metadata": e.value("metadata")}, BaseFrom: d.cat.shelves[w.schema.Kind].from, BaseAt: d.cat.shelves[w.schema.Kind].read,
		Summary: fmt.Sprintf("note the new file's hash in content %q", e.name()),
	})
	return nil
}

func short(hash string) string { return hash[:min(8, len(hash))] }

func (d *differ) nameOf(kind, id string) string {
	if sh := d.cat.shelves[kind]; sh != nil && sh.withID(id) != nil {
		return sh.withID(id).name()
	}
	return id
}

// show writes a value for people: references by name.
func (d *differ) show(f *api.Field, raw json.RawMessage) any {
	if f != nil && f.Type == api.TypeRef {
		id := text(raw)
		if id == "" {
			return nil
		}
		for _, w := range d.wants {
			if w.made != "" && temporary(w.made) == id {
				return w.name
			}
		}
		if s := api.SchemaOf(f.Ref); s != nil {
			return d.nameOf(s.Kind, id)
		}
		return id
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if f == nil {
		return raw
	}
	return inWords(f, raw)
}
