package journal

// This file is about one thing: forming the request of an operation from its
// intent, its base and the remote as it is now.

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/vizora/vizora-cli/api"
)

// form returns the request to send. No request and no error means that the
// verdict stands without one. A fresh base stands for the remote.
func (d *delivery) form(ctx context.Context) (*api.Request, verdict, error) {
	switch d.op.Effect {
	case Update:
		return d.formUpdate(ctx)
	case Items:
		return d.formItems(ctx)
	case Delete:
		return d.formDelete(ctx)
	case Many:
		return d.formMany(ctx)
	case Absolute:
		if d.parted {
			return d.formMany(ctx)
		}
	case Create:
		req, err := d.op.createRequest(d.schema)
		return req, verdict{}, err
	}
	req := d.op.Request
	return &req, verdict{}, nil
}

// createRequest is the recorded request, or one made of the changes.
func (op *Operation) createRequest(s *api.Schema) (*api.Request, error) {
	req := op.Request
	if req.Method != "" {
		return &req, nil
	}
	body, err := s.Body(op.Changes)
	if err != nil {
		return nil, err
	}
	return &api.Request{Method: http.MethodPost, Path: s.WriteRoot(), Body: body}, nil
}

// read fetches the resource as it is now. A nil row means that there is none.
func (d *delivery) read(ctx context.Context) (json.RawMessage, error) {
	if row := d.shown(ctx); row != nil {
		return row, nil
	}
	return d.readOne(ctx, d.op.Target)
}

func (d *delivery) readOne(ctx context.Context, id string) (json.RawMessage, error) {
	resp, err := d.client.Once(ctx, api.Request{Method: http.MethodGet, Path: d.schema.ItemPath(id)})
	if err == nil {
		return resp.Data, nil
	}
	e := asError(err)
	if e.Status == http.StatusNotFound {
		return nil, nil
	}
	if e.Outcome == api.OutcomeUnknown {
		e.Outcome = api.OutcomeNotSent // of the write, nothing was
	}
	return nil, e
}

// removed is the verdict on a change to what no longer exists.
func (d *delivery) removed() verdict {
	op := d.op
	e := &api.Error{Kind: api.KindNotFound, Status: http.StatusNotFound, Message: fmt.Sprintf("%s: there is no such %s any more", op.name(), d.schema.Noun)}
	if op.BaseFrom == "" {
		return verdict{state: Rejected, err: e, status: e.Status}
	}
	op.Dropped = op.Changes.Names()
	if op.Effect == Items {
		op.Dropped = append(op.Dropped, "items")
	}
	e.Kind, e.Message = api.KindConflict, fmt.Sprintf("%s: the %s was deleted since, and stays deleted", op.name(), d.schema.Noun)
	return verdict{state: Conflict, err: e, status: e.Status}
}

func (d *delivery) formUpdate(ctx context.Context) (*api.Request, verdict, error) {
	op, s := d.op, d.schema
	remote, row := op.Base, json.RawMessage(nil)
	m := mergeFields(s, op.Base, op.Changes, op.Base)
	_, anchored := remote[s.UpdateAnchor]
	if !d.fresh || len(m.send) == 0 || (s.UpdateAnchor != "" && m.send[s.UpdateAnchor] == nil && !anchored) {
		var err error
		if row, err = d.read(ctx); err != nil {
			return nil, verdict{}, err
		}
		if row == nil {
			return nil, d.removed(), nil
		}
		if remote, err = s.Values(row); err != nil {
			return nil, verdict{}, err
		}
		d.remote = remote
		m = mergeFields(s, op.Base, op.Changes, remote)
	}
	op.Dropped, op.Remote = m.lost, m.remote
	if len(m.send) == 0 {
		return nil, d.nothingLeft(row), nil
	}
	if anchor := s.UpdateAnchor; anchor != "" && m.send[anchor] == nil {
		m.send[anchor] = remote[anchor]
	}
	body, err := s.Body(m.send)
	if err != nil {
		return nil, verdict{}, err
	}
	return d.patch(body), verdict{}, nil
}

func (d *delivery) patch(body json.RawMessage) *api.Request {
	req := d.op.Request
	req.Body = body
	if req.Method == "" {
		req.Method, req.Path = http.MethodPatch, d.schema.WriteRoot()+"/"+api.PathSegment(d.op.Target)
	}
	return &req
}

// nothingLeft is the verdict when the remote has it all already, or won it all.
func (d *delivery) nothingLeft(row json.RawMessage) verdict {
	v := verdict{state: Applied, data: row, status: http.StatusOK}
	if len(d.op.Dropped) > 0 {
		v.state, v.err = Conflict, d.conflictError(false)
	}
	d.lost = false
	return v
}

func (d *delivery) formItems(ctx context.Context) (*api.Request, verdict, error) {
	op := d.op
	remote, items, row := op.Base, op.BaseItems, json.RawMessage(nil)
	if name := op.Base["name"]; !d.fresh || isNull(name) {
		var err error
		if row, err = d.read(ctx); err != nil {
			return nil, verdict{}, err
		}
		if row == nil {
			return nil, d.removed(), nil
		}
		if remote, err = d.schema.Values(row); err != nil {
			return nil, verdict{}, err
		}
		d.remote = remote
		if items, err = decodeItems(remote["items"]); err != nil {
			return nil, verdict{}, err
		}
		if d.lost {
			if v, stop := d.itemsLanded(items, row); stop {
				return nil, v, nil
			}
		}
	}
	list, won, err := mergeItems(op, items)
	if err != nil {
		return nil, verdict{}, err
	}
	if won != "" {
		op.Dropped, op.RemoteItems = []string{"items"}, items
		e := d.conflictError(false)
		e.Message = fmt.Sprintf("%s: %s, and the remote wins", op.name(), won)
		return nil, verdict{state: Conflict, err: e, data: row}, nil
	}
	return d.itemsRequest(ctx, remote, items, list, row)
}

// itemsLanded decides a lost answer: the remote is what was sent, or it is what
// that was formed from, or somebody else was there in between.
func (d *delivery) itemsLanded(remote []api.PlaylistItem, row json.RawMessage) (verdict, bool) {
	from := d.op.BaseItems
	if d.op.Rebased != nil {
		from = d.op.Rebased
	} else if d.op.BaseFrom == "" {
		d.lost = false
		return verdict{}, false // what a blind change is formed from is noted before it leaves
	}
	sent, won, err := mergeItems(d.op, from)
	if err != nil || won != "" {
		return verdict{}, false // nothing could have been sent
	}
	switch {
	case api.SameItems(remote, sent):
		d.lost = false
		return verdict{state: Applied, data: row, status: http.StatusOK}, true
	case api.SameItems(remote, from), sharesItem(remote, from):
		d.lost = false // a replaced list has only new item ids (contract rest 5)
		return verdict{}, false
	}
	return verdict{state: Unknown, err: d.unknownError(nil), lost: true}, true
}

func sharesItem(a, b []api.PlaylistItem) bool {
	return slices.ContainsFunc(a, func(x api.PlaylistItem) bool {
		return x.ID != "" && slices.ContainsFunc(b, func(y api.PlaylistItem) bool { return x.ID == y.ID })
	})
}

// itemsRequest replaces the list in one PATCH, together with the fields that
// the operation changes, and always with the name: the server answers 404 to
// items alone (contract rest 5).
func (d *delivery) itemsRequest(ctx context.Context, remote api.Changes, from, list []api.PlaylistItem, row json.RawMessage) (*api.Request, verdict, error) {
	op := d.op
	m := mergeFields(d.schema, op.Base, op.Changes, remote)
	op.Dropped, op.Remote = m.lost, m.remote
	if api.SameItems(list, from) && len(m.send) == 0 {
		return nil, d.nothingLeft(row), nil
	}
	if twice := api.RepeatedContent(list); twice != "" {
		return nil, verdict{state: Rejected, err: &api.Error{
			Kind: api.KindInvalid, Message: fmt.Sprintf("%s: the list would hold %q twice, and the server refuses to replace a list by such a one", op.name(), twice),
			Hint: "add the second one with 'vizora playlist item add', which appends it",
		}}, nil
	}
	if !d.dry && !sameSource(op, from) {
		op.Rebased = from
		if err := d.j.note(ctx, op); err != nil {
			return nil, verdict{}, err
		}
	}
	fields := maps.Clone(m.send)
	if fields["name"] == nil {
		fields["name"] = remote["name"]
	}
	body, err := d.schema.Body(fields)
	if err != nil {
		return nil, verdict{}, err
	}
	body, err = withItems(body, list)
	if err != nil {
		return nil, verdict{}, err
	}
	return d.patch(body), verdict{}, nil
}

// sameSource reports whether the record already tells that the list is formed
// from these items.
func sameSource(op *Operation, from []api.PlaylistItem) bool {
	known := op.BaseItems
	if op.Rebased != nil {
		known = op.Rebased
	}
	return slices.EqualFunc(known, from, func(a, b api.PlaylistItem) bool { return a.ID == b.ID }) && api.SameItems(known, from)
}

func withItems(body json.RawMessage, list []api.PlaylistItem) (json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, &api.Error{Kind: api.KindInternal, Message: "cannot encode the items", Err: err}
	}
	items, err := json.Marshal(api.ItemSpecs(list))
	if err != nil {
		return nil, &api.Error{Kind: api.KindInternal, Message: "cannot encode the items", Err: err}
	}
	fields["items"] = items
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil, &api.Error{Kind: api.KindInternal, Message: "cannot encode the items", Err: err}
	}
	return raw, nil
}

// note writes down what a lost answer will be compared with, before the request
// leaves.
func (j *Journal) note(ctx context.Context, op *Operation) error {
	return j.store.update(context.WithoutCancel(ctx), func(t *tx) error {
		if current, err := t.get(op.ID); err != nil || current.takenSince(op) {
			return cmp.Or(err, error(fencedOut(op)))
		}
		return t.save(op)
	})
}

func (d *delivery) formDelete(ctx context.Context) (*api.Request, verdict, error) {
	op := d.op
	req := op.Request
	if req.Method == "" {
		req = api.Request{Method: http.MethodDelete, Path: d.schema.ItemPath(op.Target)}
	}
	if op.Force || op.BaseFrom == "" || d.fresh || d.schema == nil {
		return &req, verdict{}, nil
	}
	row, err := d.read(ctx)
	if err != nil {
		return nil, verdict{}, err
	}
	if row == nil {
		d.lost = false
		return nil, verdict{state: Applied, status: http.StatusNotFound}, nil
	}
	remote, err := d.schema.Values(row)
	if err != nil {
		return nil, verdict{}, err
	}
	d.remote = remote
	op.Dropped, op.Remote = d.editedSince(remote)
	if len(op.Dropped) == 0 {
		return &req, verdict{}, nil
	}
	e := d.conflictError(false)
	e.Message = fmt.Sprintf("%s: the %s was edited since, and stays", op.name(), d.schema.Noun)
	e.Hint = "look at the edit, then delete it anyway with --force"
	return nil, verdict{state: Conflict, err: e, data: row}, nil
}

// editedSince lists the fields in which the remote differs from a delete's base.
func (d *delivery) editedSince(remote api.Changes) ([]string, api.Changes) {
	var edited []string
	theirs := api.Changes{}
	for _, name := range d.op.Base.Names() {
		f := d.schema.Field(name)
		if f == nil || f.Noise || name == "items" && d.op.BaseItems != nil {
			continue
		}
		if now, known := remote[name]; known && !sameValue(f, d.op.Base[name], now) {
			edited = append(edited, name)
			theirs[name] = now
		}
	}
	if d.op.BaseItems != nil {
		if items, err := decodeItems(remote["items"]); err == nil && !api.SameItems(items, d.op.BaseItems) {
			edited = append(edited, "items")
			d.op.RemoteItems = items
		}
	}
	return edited, theirs
}
