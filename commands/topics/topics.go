// Package topics holds the help topics: what no single command's help can tell.
package topics

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.md
var files embed.FS

// Topic is one help topic.
type Topic struct {
	Name  string // as in "vizora help NAME"
	Short string // its first line, without the heading mark
	Text  string // Markdown
}

// All returns the topics in alphabetical order.
func All() ([]Topic, error) {
	names, err := fs.Glob(files, "*.md")
	if err != nil {
		return nil, err
	}
	all := make([]Topic, 0, len(names))
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		first, _, _ := strings.Cut(string(raw), "\n")
		all = append(all, Topic{Name: strings.TrimSuffix(name, ".md"), Short: strings.TrimPrefix(first, "# "), Text: string(raw)})
	}
	return all, nil
}
