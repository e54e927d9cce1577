package api

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// items makes a list from letters: each is a content, and the n-th item has id "n".
func items(letters string) []PlaylistItem {
	list := make([]PlaylistItem, len(letters))
	for i, c := range letters {
		list[i] = PlaylistItem{ID: fmt.Sprint(i), ContentID: string(c), Order: i}
	}
	return list
}

func letters(list []PlaylistItem) string {
	var b strings.Builder
	for i := range list {
		b.WriteString(list[i].ContentID)
	}
	return b.String()
}

// replaced is the list with the ids that a whole replacement gives it.
func replaced(list []PlaylistItem) []PlaylistItem {
	out := slices.Clone(list)
	for i := range out {
		out[i].ID = "new" + out[i].ID
	}
	return out
}

func TestApplyEdits(t *testing.T) {
	base := items("ABCA")
	ref := func(i int) *ItemRef { r := RefTo(base, i); return &r }
	x := &ItemRef{ContentID: "X", Label: "x"}
	at := func(p Place) ItemEdit { return ItemEdit{Op: ItemInsert, Content: x, Where: p} }
	move := func(i int, p Place) ItemEdit { return ItemEdit{Op: ItemMove, Item: ref(i), Where: p} }
	tests := []struct {
		name string
		edit ItemEdit
		want string
	}{
		{"append", at(Place{}), "ABCAX"},
		{"first", at(Place{First: true}), "XABCA"},
		{"after the second A", at(Place{After: ref(3)}), "ABCAX"},
		{"before the second A", at(Place{Before: ref(3)}), "ABCXA"},
		{"remove the first A", ItemEdit{Op: ItemRemove, Item: ref(0)}, "BCA"},
		{"remove the second A", ItemEdit{Op: ItemRemove, Item: ref(3)}, "ABC"},
		{"replace", ItemEdit{Op: ItemReplace, Item: ref(1), Content: x}, "AXCA"},
		{"move to the end", move(1, Place{}), "ACAB"},
		{"move to the front", move(2, Place{First: true}), "CABA"},
		{"move after itself", move(1, Place{After: ref(1)}), "ABCA"},
		{"move before itself", move(3, Place{Before: ref(3)}), "ABCA"},
		{"move behind its twin", move(0, Place{After: ref(3)}), "BCAA"},
		{"move before an earlier one", move(2, Place{Before: ref(1)}), "ACBA"},
	}
	for _, tt := range tests {
		for _, list := range [][]PlaylistItem{base, replaced(base)} {
			before := slices.Clone(list)
			got, err := ApplyEdits(list, []ItemEdit{tt.edit})
			if err != nil || letters(got) != tt.want {
				t.Errorf("%s: %v %s, want %s", tt.name, err, letters(got), tt.want)
			}
			if !slices.Equal(before, list) {
				t.Errorf("%s changed its argument", tt.name)
			}
		}
	}
	seconds := 30
	for _, d := range []*int{&seconds, nil} {
		got, err := ApplyEdits(base, []ItemEdit{{Op: ItemSet, Item: ref(1), Duration: d}})
		if err != nil || got[1].Duration != d || letters(got) != "ABCA" {
			t.Errorf("%v %+v", err, got)
		}
	}
}

func TestEditsOnAListThatOthersChanged(t *testing.T) {
	base := items("AAB")
	first := RefTo(base, 0)
	// Somebody took the first A out: the second must not go in its stead.
	_, err := ApplyEdits(base[1:], []ItemEdit{{Op: ItemRemove, Item: &first}})
	var lost *ItemLost
	if !errors.As(err, &lost) || !strings.Contains(lost.Error(), "A") {
		t.Errorf("%v", err)
	}
	// Nor when the same intent comes twice.
	if got, err := ApplyEdits(base, []ItemEdit{{Op: ItemRemove, Item: &first}, {Op: ItemRemove, Item: &first}}); err == nil {
		t.Errorf("removed twice: %s", letters(got))
	}
	for _, edit := range []ItemEdit{{Op: ItemInsert}, {Op: ItemRemove}, {Op: ItemReplace, Item: &first}, {Op: "dance", Item: &first}} {
		_, err := ApplyEdits(base, []ItemEdit{edit})
		asError(t, err, KindInternal)
	}
	gone := ItemRef{ID: "77"}
	for _, edit := range []ItemEdit{{Op: ItemMove, Item: &first, Where: Place{After: &gone}}, {Op: ItemInsert, Content: &first, Where: Place{Before: &gone}}} {
		if _, err := ApplyEdits(base, []ItemEdit{edit}); !errors.As(err, &lost) || lost.Ref != gone {
			t.Errorf("%v", err)
		}
	}
}

func drawList(t *rapid.T) []PlaylistItem {
	return items(rapid.StringOfN(rapid.RuneFrom([]rune("ABCD")), 1, 8, -1).Draw(t, "list"))
}

func drawEdit(t *rapid.T, list []PlaylistItem) ItemEdit {
	pick := func(label string) *ItemRef {
		r := RefTo(list, rapid.IntRange(0, len(list)-1).Draw(t, label))
		return &r
	}
	e := ItemEdit{Op: rapid.SampledFrom([]ItemOp{ItemInsert, ItemRemove, ItemMove, ItemReplace, ItemSet}).Draw(t, "op"), Item: pick("item")}
	switch rapid.IntRange(0, 3).Draw(t, "where") {
	case 0:
		e.Where.First = true
	case 1:
		e.Where.After = pick("after")
	case 2:
		e.Where.Before = pick("before")
	}
	if e.Op == ItemInsert || e.Op == ItemReplace {
		e.Content = &ItemRef{ContentID: "X"}
	}
	return e
}

// TestEditsTouchOnlyTheirItem: whatever the edit, every other item stays once,
// in its order.
func TestEditsTouchOnlyTheirItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawList(t)
		edit := drawEdit(t, list)
		got, err := ApplyEdits(list, []ItemEdit{edit})
		if err != nil {
			t.Fatal(err)
		}
		target := ""
		if edit.Op != ItemInsert {
			target = edit.Item.ID
		}
		others := func(list []PlaylistItem) (ids []string) {
			for _, item := range list {
				if item.ID != target && item.ID != "" {
					ids = append(ids, item.ID)
				}
			}
			return ids
		}
		if !slices.Equal(others(list), others(got)) {
			t.Fatalf("%+v: %v became %v", edit, others(list), others(got))
		}
		size := map[ItemOp]int{ItemInsert: 1, ItemRemove: -1}[edit.Op]
		if len(got) != len(list)+size {
			t.Fatalf("%+v: %d items of %d", edit, len(got), len(list))
		}
	})
}

// TestEditsSurviveReplacedIDs: a script of edits does the same on the list whose
// ids were replaced meanwhile.
func TestEditsSurviveReplacedIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawList(t)
		other := replaced(list)
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			if len(list) == 0 {
				return
			}
			edits := []ItemEdit{drawEdit(t, list)}
			a, err := ApplyEdits(list, edits)
			if err != nil {
				t.Fatal(err)
			}
			b, err := ApplyEdits(other, edits)
			if err != nil || !SameItems(a, b) {
				t.Fatalf("%+v: %v %s, %s", edits, err, letters(a), letters(b))
			}
			list, other = a, b
		}
	})
}

// TestEditsAfterADeletionByOthers: the edit finds its own item or says that it is
// lost; it never falls on another.
func TestEditsAfterADeletionByOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawList(t)
		at := rapid.IntRange(0, len(list)-1).Draw(t, "mine")
		ref := RefTo(list, at)
		gone := rapid.IntRange(0, len(list)-1).Draw(t, "theirs")
		remote := slices.Delete(slices.Clone(list), gone, gone+1)
		found := ref.Find(remote)
		if gone == at && found >= 0 || gone != at && (found < 0 || remote[found].ID != ref.ID) {
			t.Fatalf("item %d of %s after %d went: found %d", at, letters(list), gone, found)
		}
	})
}

func TestItemsBody(t *testing.T) {
	five := 5
	list := items("AB")
	list[1].Duration = &five
	body, err := ItemsBody("Lobby", list)
	if want := `{"name":"Lobby","items":[{"contentId":"A","order":0},{"contentId":"B","duration":5,"order":1}]}`; err != nil || string(body) != want {
		t.Errorf("%v %s", err, body)
	}
	if RepeatedContent(items("ABA")) != "A" || RepeatedContent(items("AB")) != "" {
		t.Error("repeated content")
	}
	if SameItems(list, items("AB")) || !SameItems(list, slices.Clone(list)) || SameItems(list, list[:1]) {
		t.Error("same items")
	}
}
