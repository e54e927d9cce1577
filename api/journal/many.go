package journal

// This file is about one thing: one request that sets the same fields of several
// resources, each compared with its own base.

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/vizora/vizora-cli/api"
)

// formMany leaves out the resources in which the remote won, and those that are
// as wanted. Fresh bases stand for the remote.
func (d *delivery) formMany(ctx context.Context) (*api.Request, verdict, error) {
	op := d.op
	if d.fresh {
		req := op.Request
		return &req, verdict{}, nil
	}
	op.Dropped, op.Remote = nil, nil
	var send []string
	rows, err := d.listed(ctx, op.Touches)
	if err != nil {
		return nil, verdict{}, err
	}
	for _, id := range op.Touches {
		goes, err := d.meetOne(ctx, id, rows[id])
		if err != nil {
			return nil, verdict{}, err
		}
		if goes {
			send = append(send, id)
		}
	}
	if len(send) == 0 {
		d.lost = false
		v := verdict{state: Applied, status: http.StatusOK}
		if len(op.Dropped) > 0 {
			v.state, v.err = Conflict, d.conflictError(false)
		}
		return nil, v, nil
	}
	return d.requestFor(send)
}

// refusedWhole reports an answer to several resources that may be about one of
// them only: where one is gone, the routes for many do nothing for the others,
// with 404 for displays and 400 for content (contract rest 4, 6.2). They are
// looked at once, and it is sent again without what is gone.
func (d *delivery) refusedWhole(e *api.Error) bool {
	return d.op.IDKey != "" && !d.parted && e.Outcome == api.OutcomeRefused && (e.Status == http.StatusNotFound || e.Status == http.StatusBadRequest)
}

// meetOne compares one resource with its base and reports whether it is to be
// changed. row is the resource where the list has shown it.
func (d *delivery) meetOne(ctx context.Context, id string, row json.RawMessage) (bool, error) {
	op := d.op
	if row == nil {
		var err error
		if row, err = d.readOne(ctx, id); err != nil {
			return false, err
		}
	}
	lost := func(theirs json.RawMessage) {
		op.Dropped = append(op.Dropped, id)
		if op.Remote == nil {
			op.Remote = api.Changes{}
		}
		op.Remote[id] = theirs
	}
	if row == nil {
		lost(json.RawMessage("null"))
		return false, nil
	}
	if op.Effect == Absolute { // it sets nothing that could be compared
		return true, nil
	}
	remote, err := d.schema.Values(row)
	if err != nil {
		return false, err
	}
	now := api.Changes{}
	for name := range op.Changes {
		now[name] = remote[name]
		if now[name] == nil {
			now[name] = json.RawMessage("null")
		}
	}
	if d.remote == nil {
		d.remote = api.Changes{}
	}
	if d.remote[id], err = json.Marshal(now); err != nil {
		return false, &api.Error{Kind: api.KindInternal, Message: "cannot encode the remote's values", Err: err}
	}
	m := mergeFields(d.schema, op.Bases[id], op.Changes, remote)
	if len(m.lost) > 0 { // the route takes all of the fields or none
		lost(d.remote[id])
		return false, nil
	}
	return len(m.send) > 0, nil
}

// Sides are an operation's base, its own values and, once something lost, the
// remote's, by field; of a Many by resource, as objects of fields; of items that
// lost by their names.
func (op *Operation) Sides() (base, mine, remote api.Changes) {
	switch {
	case op.Effect == Items && slices.Contains(op.Dropped, "items") && op.RemoteItems != nil:
		base = api.Changes{"items": itemNames(op.BaseItems)}
		mine = api.Changes{"items": op.wantedItems()}
		remote = api.Changes{"items": itemNames(op.RemoteItems)}
		maps.Copy(base, op.Base)
		maps.Copy(mine, op.Changes)
		maps.Copy(remote, op.Remote)
		return base, mine, remote
	case op.Effect != Many:
		return op.Base, op.Changes, op.Remote
	}
	base, mine = api.Changes{}, api.Changes{}
	for _, id := range op.Touches {
		mine[id] = object(op.Changes)
		if was, ok := op.Bases[id]; ok {
			base[id] = object(was)
		}
	}
	return base, mine, op.Remote
}

// object is fields as one value; JSON as it was read always marshals.
func object(fields api.Changes) json.RawMessage {
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return raw
}

// requestFor is the recorded request with these ids instead of all.
func (d *delivery) requestFor(ids []string) (*api.Request, verdict, error) {
	req := d.op.Request
	var body map[string]json.RawMessage
	err := json.Unmarshal(req.Body, &body)
	if err == nil {
		body[d.op.IDKey], err = json.Marshal(ids)
	}
	if err == nil {
		req.Body, err = json.Marshal(body)
	}
	if err != nil {
		return nil, verdict{}, &api.Error{Kind: api.KindInternal, Message: "cannot encode the ids", Err: err}
	}
	return &req, verdict{}, nil
}

// lostOf tells what the remote won of one resource.
func (op *Operation) lostOf(id string) string {
	if isNull(op.Remote[id]) {
		return fmt.Sprintf("%s: was deleted", id)
	}
	return fmt.Sprintf("%s: was %s, yours %s, remote %s", id, object(op.Bases[id]), object(op.Changes), op.Remote[id])
}

// reapplyMany keeps the resources that lost and are still there, on the base of
// what won.
func (op *Operation) reapplyMany() error {
	bases := map[string]api.Changes{}
	ids := slices.DeleteFunc(slices.Clone(op.Dropped), func(id string) bool { return isNull(op.Remote[id]) })
	if len(ids) == 0 {
		return api.Errorf(api.KindInvalid, "%s: all that it lost was deleted", op.name())
	}
	for _, id := range ids {
		theirs := api.Changes{}
		if err := json.Unmarshal(op.Remote[id], &theirs); err != nil {
			return damage(fmt.Sprintf("the remote's values in %s: %s", op.ID, err))
		}
		bases[id] = theirs
	}
	op.Touches, op.Bases = ids, bases
	return nil
}
