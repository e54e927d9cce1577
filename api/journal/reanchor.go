package journal

// This file is about one thing: sending item changes over a list that has lost
// what they were said relative to. A place is then told by the nearest neighbour
// that is left; what changes an item that is gone is left out; both are said.

import (
	"errors"

	"github.com/vizora/vizora-cli/api"
)

// reanchor returns the edits so that they can be carried out on the remote's
// list, and what had to be changed about them.
func reanchor(op *Operation) (edits []api.ItemEdit, said []string) {
	base, list := op.BaseItems, op.RemoteItems
	for _, edit := range op.Edits {
		next, err := api.ApplyEdits(list, []api.ItemEdit{edit})
		fits := edit
		var lost *api.ItemLost
		if errors.As(err, &lost) {
			var what string
			if fits, what = nearby(edit, base, list); what == "" {
				said = append(said, lost.Error()+"; that part is left out")
			} else {
				said = append(said, lost.Error()+"; "+what)
				next, err = api.ApplyEdits(list, []api.ItemEdit{fits})
			}
		}
		if err == nil {
			edits, list = append(edits, fits), next
		}
		if then, err := api.ApplyEdits(base, []api.ItemEdit{edit}); err == nil {
			base = then // a later edit may be relative to what this one puts in
		}
	}
	return edits, said
}

// nearby is an edit of which something is gone from list, at the place that it
// had in base, and where that is in words; "" when there is nothing to do.
func nearby(edit api.ItemEdit, base, list []api.PlaylistItem) (api.ItemEdit, string) {
	own := -1 // the item itself is no neighbour
	if edit.Item != nil {
		own = edit.Item.Find(base)
		if edit.Item.Find(list) < 0 {
			if edit.Op != api.ItemReplace || own < 0 {
				return edit, ""
			}
			edit.Op, edit.Item = api.ItemInsert, nil
			place, words := neighbour(base, list, own, own, false)
			edit.Where = place
			return edit, "what was to replace it goes " + words
		}
	}
	anchor, before := edit.Where.After, false
	if anchor == nil {
		anchor, before = edit.Where.Before, true
	}
	at := -1
	if anchor != nil {
		at = anchor.Find(base)
	}
	place, words := neighbour(base, list, at, own, before)
	edit.Where = place
	return edit, "it goes " + words + " instead"
}

// neighbour finds the item next to base[at] that is in list too, forward first
// or backward first. Without any it is the end.
func neighbour(base, list []api.PlaylistItem, at, own int, forward bool) (api.Place, string) {
	for range 2 {
		step := -1
		if forward {
			step = 1
		}
		for i := at + step; at >= 0 && i >= 0 && i < len(base); i += step {
			ref := api.RefTo(base, i)
			if i == own || ref.Find(list) < 0 {
				continue
			}
			if forward {
				return api.Place{Before: &ref}, "before " + ref.Name()
			}
			return api.Place{After: &ref}, "after " + ref.Name()
		}
		forward = !forward
	}
	return api.Place{}, "to the end"
}
