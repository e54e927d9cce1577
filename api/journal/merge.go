package journal

// This file is about one thing: the three-way merge of fields and of item
// lists. Where both sides changed the same thing, the remote wins.

import (
	"errors"

	"github.com/vizora/vizora-cli/api"
)

// merged is what is left of an update once the remote has been looked at.
type merged struct {
	send    api.Changes // to be sent
	already []string    // the remote has these values already
	lost    []string    // the remote was changed to something else
	remote  api.Changes // its values of the lost fields
}

// mergeFields decides each touched field: the remote has not moved since base:
// send mine; the remote has my value: already done; else the remote wins. A
// field without a base is sent, and so is one that moves without an edit.
func mergeFields(s *api.Schema, base, mine, remote api.Changes) merged {
	m := merged{send: api.Changes{}, remote: api.Changes{}}
	for _, name := range mine.Names() {
		f := s.Field(name)
		theirs, known := remote[name]
		was, based := base[name]
		switch {
		case f != nil && f.Noise, !known && !based:
			m.send[name] = mine[name]
		case sameValue(f, mine[name], theirs):
			m.already = append(m.already, name)
		case !based, sameValue(f, was, theirs):
			m.send[name] = mine[name]
		default:
			m.lost = append(m.lost, name)
			m.remote[name] = theirs
			if theirs == nil {
				m.remote[name] = []byte("null")
			}
		}
	}
	return m
}

// mergeItems returns the list that an Items operation makes of the remote one.
// keep says what won when the remote changed the same thing: then nothing of
// the operation is sent, because half an intent is nobody's.
func mergeItems(op *Operation, remote []api.PlaylistItem) (list []api.PlaylistItem, keep string, err error) {
	if op.ReplaceAll {
		list = specItems(op.NewItems)
		if !op.Force && op.BaseFrom != "" && !api.SameItems(remote, op.BaseItems) && !api.SameItems(remote, list) {
			return nil, "the playlist's items were changed since", nil
		}
		return list, "", nil
	}
	list = remote
	for _, edit := range op.Edits {
		if edit.Op == api.ItemSet && durationMoved(op.BaseItems, remote, edit) {
			return nil, "the item's duration was changed since", nil
		}
		next, err := api.ApplyEdits(list, []api.ItemEdit{edit})
		var lost *api.ItemLost
		if errors.As(err, &lost) {
			if edit.Op == api.ItemRemove {
				continue // somebody else took it out: done
			}
			return nil, lost.Error(), nil
		}
		if err != nil {
			return nil, "", err
		}
		list = next
	}
	return list, "", nil
}

// durationMoved reports whether the item that edit names plays for another time
// than in the base, and not for the wanted one.
func durationMoved(base, remote []api.PlaylistItem, edit api.ItemEdit) bool {
	was, is := edit.Item.Find(base), edit.Item.Find(remote)
	if was < 0 || is < 0 {
		return false
	}
	return !sameInt(base[was].Duration, remote[is].Duration) && !sameInt(edit.Duration, remote[is].Duration)
}

func sameInt(a, b *int) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func specItems(specs []api.ItemSpec) []api.PlaylistItem {
	items := make([]api.PlaylistItem, len(specs))
	for i, s := range specs {
		items[i] = api.PlaylistItem{ContentID: s.ContentID, Duration: s.Duration, Order: i}
	}
	return items
}
