package main

// This file is about one thing: .ci/build and .goreleaser.yaml build alike, so
// that what CI measures is what a release ships.

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestBuildFlags(t *testing.T) {
	read := func(name string) string {
		raw, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	part := func(text, pattern string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("nothing fits %s", pattern)
		}
		return found[1]
	}
	script, release := read(".ci/build"), read(".goreleaser.yaml")

	hot := part(script, `(?s)for hot in (.*?); do`)
	flags := []string{part(script, `-gcflags=(all=[^"]*)"`)}
	for _, folder := range strings.Fields(strings.ReplaceAll(hot, "\\\n", " ")) {
		flags = append(flags, folder+"=")
	}
	var listed []string
	for line := range strings.Lines(part(release, `(?s)gcflags:[^\n]*\n(.*?)\n    ldflags:`) + "\n") {
		listed = append(listed, strings.TrimPrefix(strings.TrimSpace(line), "- "))
	}
	if len(flags) < 10 || !slices.Equal(flags, listed) {
		t.Errorf(".ci/build compiles with %q\n.goreleaser.yaml with %q", flags, listed)
	}

	tags, wantTags := part(script, `-tags (\S+)`), part(release, `-tags=(\w+)`)
	if tags != wantTags {
		t.Errorf(".ci/build has the tags %q, .goreleaser.yaml %q", tags, wantTags)
	}
	if linked, want := part(script, `-ldflags '([^']*)'`), part(release, `ldflags:\n\s+- (.*?) -X `); linked != want {
		t.Errorf(".ci/build links with %q, .goreleaser.yaml with %q", linked, want)
	}
	for _, both := range []string{"-trimpath", "CGO_ENABLED=0", "./cmd/vizora"} {
		if !strings.Contains(script, both) || !strings.Contains(release, both) {
			t.Errorf("%s is not in both", both)
		}
	}
}
