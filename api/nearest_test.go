package api

// This file is about one thing: which known word is taken for a mistyped one.

import "testing"

func TestNearest(t *testing.T) {
	nouns := []string{"playlist", "display", "content"}
	verbs := []string{"edit", "list", "item"}
	names := []string{"Lobby Loop 5", "Lobby Loop", "Summer Menu", "Kitchen"}
	for _, c := range []struct {
		typed string
		known []string
		want  string
	}{
		{"playlst", nouns, "playlist"}, {"playlits", nouns, "playlist"}, {"Display", nouns, "display"}, {"contents", nouns, "content"},
		{"xyz", nouns, ""}, {"", nouns, ""}, {"schedule", nouns, ""},
		{"lsit", verbs, "list"}, {"lst", verbs, "list"}, {"tiem", verbs, "item"}, // letters that changed places are one slip
		{"Loby", names, "Lobby Loop"}, {"loop", names, "Lobby Loop"}, {"lobby lop", names, "Lobby Loop"}, {"Sumer", names, "Summer Menu"},
		{"Sumer Menu", names, "Summer Menu"}, {"mneu", names, "Summer Menu"}, {"Kitchn", names, "Kitchen"}, {"Garden", names, ""}, {"x", names, ""},
	} {
		if got := Nearest(c.typed, c.known); got != c.want {
			t.Errorf("%q: %q, want %q", c.typed, got, c.want)
		}
	}
}
