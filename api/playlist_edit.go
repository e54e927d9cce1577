package api

// This file is about one thing: changing a playlist's items by intent. An
// intent says what to do relative to an item, so that it can be carried out on
// a list that somebody else has changed meanwhile.

import (
	"encoding/json"
	"fmt"
	"slices"
)

// ItemOp is what an ItemEdit does.
type ItemOp string

// The item operations.
const (
	ItemInsert  ItemOp = "insert"  // put Content at Where
	ItemRemove  ItemOp = "remove"  // take Item out
	ItemMove    ItemOp = "move"    // take Item to Where
	ItemReplace ItemOp = "replace" // show Content instead of Item, at its place
	ItemSet     ItemOp = "set"     // change Item's duration
)

// ItemRef names one item of a playlist: by its own id and, because ids change
// whenever the list is replaced, by its content and which occurrence of it.
type ItemRef struct {
	ID         string `json:"id,omitempty"`
	ContentID  string `json:"contentId,omitempty"`
	Occurrence int    `json:"occurrence,omitempty"` // from 0
	Of         int    `json:"of,omitempty"`         // how many items showed that content; 0 = not known
	Label      string `json:"label,omitempty"`      // the content's name, for messages
}

// Place is where an item goes. The zero Place is the end.
type Place struct {
	After  *ItemRef `json:"after,omitempty"`
	Before *ItemRef `json:"before,omitempty"`
	First  bool     `json:"first,omitempty"`
}

// ItemEdit is one intent.
type ItemEdit struct {
	Op       ItemOp   `json:"op"`
	Item     *ItemRef `json:"item,omitempty"`
	Content  *ItemRef `json:"content,omitempty"` // ContentID and Label
	Where    Place    `json:"where,omitzero"`
	Duration *int     `json:"duration,omitempty"` // seconds; nil keeps (set: clears to the content's own)
}

// ItemSpec is one item as the server takes it in a whole list. Order is left to
// the list's own order.
type ItemSpec struct {
	ContentID string `json:"contentId"`
	Duration  *int   `json:"duration,omitempty"` // seconds
	Order     int    `json:"order"`
}

// ItemLost is the error of an intent whose item is no longer in the list.
type ItemLost struct{ Ref ItemRef }

func (e *ItemLost) Error() string {
	return fmt.Sprintf("the playlist no longer holds %s", e.Ref.Name())
}

// Name is what people call the item.
func (r ItemRef) Name() string {
	if r.Label != "" {
		return fmt.Sprintf("%q", r.Label)
	}
	if r.ContentID != "" {
		return r.ContentID
	}
	return r.ID
}

// RefTo returns a reference to items[i] that survives a replaced list.
func RefTo(items []PlaylistItem, i int) ItemRef {
	ref := ItemRef{ID: items[i].ID, ContentID: items[i].ContentID, Label: items[i].ContentName()}
	for j := range items {
		if items[j].ContentID == ref.ContentID {
			if j < i {
				ref.Occurrence++
			}
			ref.Of++
		}
	}
	return ref
}

// Find returns the index of the item that r names, or -1. Where its id is gone,
// it goes by content, unless fewer items show that content than did: then one
// was taken out, it may be this one, and another must not stand in for it.
func (r ItemRef) Find(items []PlaylistItem) int {
	if r.ID != "" {
		for i := range items {
			if items[i].ID == r.ID {
				return i
			}
		}
	}
	if r.ContentID == "" {
		return -1
	}
	at, count := -1, 0
	for i := range items {
		if items[i].ContentID == r.ContentID {
			if count == r.Occurrence {
				at = i
			}
			count++
		}
	}
	if count < r.Of {
		return -1
	}
	return at
}

// ApplyEdits returns the list that the edits make of items, in order. It does
// not change its argument. An edit whose item is gone is an *ItemLost.
func ApplyEdits(items []PlaylistItem, edits []ItemEdit) ([]PlaylistItem, error) {
	list := slices.Clone(items)
	for _, edit := range edits {
		next, err := edit.apply(list)
		if err != nil {
			return nil, err
		}
		list = next
	}
	return list, nil
}

func (e ItemEdit) apply(list []PlaylistItem) ([]PlaylistItem, error) {
	insert := e.Op == ItemInsert
	if (insert || e.Op == ItemReplace) && e.Content == nil || !insert && e.Item == nil {
		return nil, Errorf(KindInternal, "item operation %q does not say on what", e.Op)
	}
	if insert {
		at, err := e.Where.index(list)
		if err != nil {
			return nil, err
		}
		return slices.Insert(slices.Clone(list), at, PlaylistItem{ContentID: e.Content.ContentID, Duration: e.Duration, Content: e.content()}), nil
	}
	at := e.Item.Find(list)
	if at < 0 {
		return nil, &ItemLost{*e.Item}
	}
	switch e.Op {
	case ItemRemove:
		return slices.Delete(slices.Clone(list), at, at+1), nil
	case ItemMove:
		return move(list, at, e.Where)
	case ItemReplace:
		out := slices.Clone(list)
		out[at] = PlaylistItem{ContentID: e.Content.ContentID, Duration: list[at].Duration, Content: e.content()}
		if e.Duration != nil {
			out[at].Duration = e.Duration
		}
		return out, nil
	case ItemSet:
		out := slices.Clone(list)
		out[at].Duration = e.Duration
		return out, nil
	}
	return nil, Errorf(KindInternal, "unknown item operation %q", e.Op)
}

func (e ItemEdit) content() *ContentRef {
	return &ContentRef{ID: e.Content.ContentID, Name: e.Content.Label}
}

// move takes list[from] to where. The place is looked up before the item is
// taken out, as its reference counts the items that show the same content.
func move(list []PlaylistItem, from int, where Place) ([]PlaylistItem, error) {
	to, err := where.index(list)
	if err != nil {
		return nil, err
	}
	if to > from {
		to--
	}
	item := list[from]
	return slices.Insert(slices.Delete(slices.Clone(list), from, from+1), to, item), nil
}

// index is where in the list an item put at the place goes.
func (p Place) index(list []PlaylistItem) (int, error) {
	ref, after := p.Before, 0
	switch {
	case p.First:
		return 0, nil
	case p.After != nil:
		ref, after = p.After, 1
	case p.Before == nil:
		return len(list), nil
	}
	at := ref.Find(list)
	if at < 0 {
		return 0, &ItemLost{*ref}
	}
	return at + after, nil
}

// ItemSpecs turns a list into what PATCH takes, with orders from 0.
func ItemSpecs(items []PlaylistItem) []ItemSpec {
	specs := make([]ItemSpec, len(items))
	for i := range items {
		specs[i] = ItemSpec{ContentID: items[i].ContentID, Duration: items[i].Duration, Order: i}
	}
	return specs
}

// RepeatedContent returns the name of the first content that the list holds
// twice, or "". The server refuses to replace a list by such a one, although it
// can hold it (contract rest 5, PATCH).
func RepeatedContent(items []PlaylistItem) string {
	seen := map[string]bool{}
	for i := range items {
		if seen[items[i].ContentID] {
			return items[i].ContentName()
		}
		seen[items[i].ContentID] = true
	}
	return ""
}

// SameItems reports whether two lists play the same content for the same time
// in the same order, whatever the items' ids.
func SameItems(a, b []PlaylistItem) bool {
	return slices.EqualFunc(a, b, func(x, y PlaylistItem) bool {
		return x.ContentID == y.ContentID && equalInt(x.Duration, y.Duration)
	})
}

func equalInt(a, b *int) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// ItemsBody is the PATCH body that replaces a playlist's items in one request.
// It carries the name because the server answers 404 to items alone (contract
// rest 5).
func ItemsBody(name string, items []PlaylistItem) (json.RawMessage, error) {
	raw, err := json.Marshal(struct {
		Name  string     `json:"name"`
		Items []ItemSpec `json:"items"`
	}{name, ItemSpecs(items)})
	if err != nil {
		return nil, &Error{Kind: KindInternal, Message: "cannot encode the items", Err: err}
	}
	return raw, nil
}
