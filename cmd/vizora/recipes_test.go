package main

// This file is about one thing: the recipes of 'vizora help ci' are run as they
// are printed there, one after the other, against a sandbox.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRecipesForCI(t *testing.T) {
	text, err := os.ReadFile("../../commands/topics/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t)
	s.env["CI_RUN"] = "42"
	for _, dir := range []string{"media", "signage"} {
		if err := os.Mkdir(filepath.Join(s.dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.file("media/soup.png", "png")
	s.file("signage/lobby.yaml", `kind: Playlist\nmetadata:\n  name: Lobby Loop\nspec:\n  description: declared\n  items: [Opening Hours, soup]\n`)
	s.file("rotation.csv", `name,playlist\nLobby North,Summer Menu\nLobby South,Lobby Loop\n`)
	want := map[string]int{"plan signage/ --exit-code": 20}
	ran := 0
	for line := range strings.Lines(string(text)) {
		command, recipe := strings.CutPrefix(strings.TrimRight(line, "\n"), "    vizora ")
		if !recipe {
			continue
		}
		command, file, redirected := strings.Cut(command, " > ")
		if redirected && strings.Contains(file, "'") { // it stands in a condition
			command, redirected = command+" > "+file, false
		}
		r := run(t, s.environ(), s.dir, "", words(t, s.expand(command))...)
		if r.exit != want[command] {
			t.Errorf("%s: exit %d\n%s%s", command, r.exit, r.stdout, r.stderr)
		}
		if redirected && !strings.HasPrefix(r.stdout, "<?xml") {
			t.Errorf("%s writes %q into %s", command, r.stdout, file)
		}
		ran++
	}
	if ran < 9 {
		t.Errorf("only %d recipes were found", ran)
	}
}
