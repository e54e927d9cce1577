package main

// This file is about one thing: that what the main job takes has a golden
// transcript, piped and on a terminal.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/commands"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

func TestTranscriptsCoverTheMainJob(t *testing.T) {
	scripts, err := filepath.Glob("testdata/transcripts/*.script")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	var piped, terminal []string
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			before, command, found := strings.Cut(line, "vizora ")
			switch {
			case !found || strings.HasPrefix(line, "#"):
			case strings.HasPrefix(before, "@tty"):
				terminal = append(terminal, command+" ")
			default:
				piped = append(piped, command+" ")
			}
		}
	}
	io, _, _, _ := output.Test()
	root := commands.NewRoot(cmdutil.New(io, cmdutil.Build{}, os.LookupEnv))
	covered := 0
	for _, leaf := range commands.Leaves(root) {
		path := strings.TrimPrefix(leaf.CommandPath(), "vizora ")
		switch noun, _, _ := strings.Cut(path, " "); noun {
		case "auth", "profile", "playlist", "display", "content":
		default:
			continue
		}
		covered++
		for how, lines := range map[string][]string{"piped": piped, "on a terminal": terminal} {
			found := false
			for _, line := range lines {
				found = found || strings.HasPrefix(line, path+" ")
			}
			if !found {
				t.Errorf("no transcript runs 'vizora %s' %s", path, how)
			}
		}
	}
	if covered < 60 {
		t.Errorf("only %d commands were looked at", covered)
	}
}
