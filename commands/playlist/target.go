package playlist

// This file is about one thing: sending a change of one playlist's items.

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// target is a playlist that is about to be changed.
type target struct {
	factory *cmdutil.Factory
	write   *cmdutil.WriteFlags
	client  *api.Client
	found   *cmdutil.Found[*api.Playlist]
	finder  *contents
}

func openTarget(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, arg string) (*target, error) {
	c, err := f.Client()
	if err != nil {
		return nil, err
	}
	found, err := cmdutil.Resolve(ctx, f, api.Playlists, arg)
	if err != nil {
		return nil, err
	}
	return &target{f, w, c, found, newContents(f)}, nil
}

// operation is a change of the items, with the list it was made from as base.
func (t *target) operation(verb, summary string) journal.Operation {
	return journal.Operation{
		Effect: journal.Items, Kind: api.Playlists.Kind, Verb: verb, Target: t.found.ID, Label: t.found.Name,
		Summary:   fmt.Sprintf("%s playlist %q: %s", verb, t.found.Name, summary),
		BaseItems: t.found.Value.Items, BaseAt: t.found.Read, BaseFrom: t.found.From,
	}
}

// edit sends edits in one PATCH. A list that holds some content twice cannot be
// sent whole (contract rest 5, PATCH), so a single edit of such a list takes
// the item's own route.
func (t *target) edit(ctx context.Context, verb string, edits []api.ItemEdit) error {
	before := t.found.Value.Items
	after, err := api.ApplyEdits(before, edits)
	if err != nil {
		return err
	}
	t.finder.fill(after)
	if api.SameItems(before, after) {
		t.factory.IO.Say("playlist %q already is as you want it; nothing was sent", t.found.Name)
		return nil
	}
	if twice := api.RepeatedContent(after); twice != "" {
		if len(edits) > 1 {
			return api.Errorf(api.KindInvalid, "the playlist would hold %q more than once, and the platform refuses to replace such a list in one request", twice).
				WithHint("make one change at a time: vizora playlist item add|remove|move|set")
		}
		return t.single(ctx, verb, edits[0], after)
	}
	op := t.operation(verb, change(before, after))
	op.Edits = edits
	return t.send(ctx, op, after)
}

// replace sends a whole new list in one PATCH.
func (t *target) replace(ctx context.Context, list []api.PlaylistItem) error {
	if twice := api.RepeatedContent(list); twice != "" {
		return api.Errorf(api.KindInvalid, "the list holds %q more than once, and the platform refuses to replace a list by such a one", twice).
			WithHint("list it once and add it again with 'vizora playlist item add'")
	}
	op := t.operation("edit", change(t.found.Value.Items, list))
	op.ReplaceAll, op.NewItems = true, api.ItemSpecs(list)
	return t.send(ctx, op, list)
}

// send submits the operation and shows the playlist as it then is.
func (t *target) send(ctx context.Context, op journal.Operation, after []api.PlaylistItem) error {
	if t.write.DryRun {
		return t.preview(op.Summary, after)
	}
	result, err := t.write.Submit(ctx, t.factory, op)
	if err != nil || result == nil {
		return err
	}
	return t.show(ctx, after)
}

// show reads the playlist back, because the routes answer in different shapes,
// and shows its running order. The change is done, whatever becomes of that.
func (t *target) show(ctx context.Context, after []api.PlaylistItem) error {
	v, err := api.Playlists.Get(ctx, t.client, t.found.ID)
	if err != nil {
		t.factory.IO.Warn("playlist %q was changed, but could not be read back (%v): it is shown as it was sent", t.found.Name, err)
		sent := *t.found.Value
		sent.Items, sent.ItemCount, sent.TotalDuration, sent.TotalSize = after, nil, nil, nil
		v = &sent
	}
	did := fmt.Sprintf("updated playlist %q (%s): %s, %s", v.Name, v.ID, output.Count(v.Size(), "item"), output.HumanDuration(time.Duration(v.Seconds())*time.Second))
	return resource().PrintWritten(t.factory, did, v)
}

// preview is a dry run: the running order that the change would leave.
func (t *target) preview(summary string, after []api.PlaylistItem) error {
	t.factory.IO.Say("would %s", summary)
	p, err := t.factory.Printer()
	if err != nil {
		return err
	}
	would := *t.found.Value
	would.Items, would.ItemCount, would.TotalDuration, would.TotalSize = after, nil, nil, nil
	format, err := t.factory.Format()
	if err != nil {
		return err
	}
	if format.Name == "table" || format.Name == "wide" {
		t.factory.IO.Say("running order: %s, %s", output.Count(would.Size(), "item"), output.HumanDuration(time.Duration(would.Seconds())*time.Second))
		return p.List(itemsView, itemRecords(after))
	}
	return resource().Print(t.factory, &would, nil)
}

// single sends one edit of a list with repeated content by the route that is
// made for it.
func (t *target) single(ctx context.Context, verb string, edit api.ItemEdit, after []api.PlaylistItem) error {
	path := api.Playlists.ItemPath(t.found.ID)
	op := t.operation(verb, change(t.found.Value.Items, after))
	op.Effect, op.BaseItems, op.BaseFrom = journal.Absolute, nil, ""
	var err error
	switch edit.Op {
	case api.ItemInsert:
		return t.add(ctx, op, edit, after)
	case api.ItemRemove:
		op.Request = api.Request{Method: http.MethodDelete, Path: path + "/items/" + api.PathSegment(edit.Item.ID)}
	case api.ItemMove:
		op.Request, err = api.NewRequest(http.MethodPost, path+"/reorder", map[string]any{"itemIds": itemIDs(after)})
	case api.ItemSet:
		op.Request, err = api.NewRequest(http.MethodPatch, path+"/items/"+api.PathSegment(edit.Item.ID), map[string]any{"duration": edit.Duration})
	default:
		return api.Errorf(api.KindInvalid, "the playlist holds the same content more than once, and the platform then offers no way to %s an item", edit.Op).
			WithHint("remove the item and add the new content: vizora playlist item remove, vizora playlist item add")
	}
	if err != nil {
		return err
	}
	return t.send(ctx, op, after)
}

// add appends an item and then, when it belongs elsewhere, reorders the list.
// The route's own default duration is 30 s whatever the content says (contract
// rest 5), so the duration is always sent.
func (t *target) add(ctx context.Context, op journal.Operation, edit api.ItemEdit, after []api.PlaylistItem) error {
	at := len(after) - 1
	for i := range after {
		if after[i].ID == "" {
			at = i
		}
	}
	seconds := after[at].Seconds()
	req, err := api.NewRequest(http.MethodPost, api.Playlists.ItemPath(t.found.ID)+"/items", map[string]any{"contentId": edit.Content.ContentID, "duration": seconds})
	if err != nil {
		return err
	}
	op.Effect, op.Request = journal.Once, req
	if t.write.DryRun {
		return t.preview(op.Summary, after)
	}
	result, err := t.write.Submit(ctx, t.factory, op)
	if err != nil || result == nil {
		return err
	}
	if at == len(after)-1 {
		return t.show(ctx, after)
	}
	var added api.PlaylistItem
	if err := decode(result.Data, &added); err != nil {
		return err
	}
	after[at].ID = added.ID
	move := t.operation("move", fmt.Sprintf("%q to position %d", after[at].ContentName(), at+1))
	move.Effect, move.BaseItems, move.BaseFrom = journal.Absolute, nil, ""
	if move.Request, err = api.NewRequest(http.MethodPost, api.Playlists.ItemPath(t.found.ID)+"/reorder", map[string]any{"itemIds": itemIDs(after)}); err != nil {
		return err
	}
	return t.send(ctx, move, after)
}

func itemIDs(items []api.PlaylistItem) []string {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	return ids
}
