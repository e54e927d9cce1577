package content

// This file is about one thing: finding content that holds a certain file.

import (
	"context"
	"net/url"
	"slices"

	"github.com/vizora/vizora-cli/api"
)

// longestSearch is the longest text the server searches for, in characters
// (contract rest 6, GET /content).
const longestSearch = 120

// sameFile lists content that holds the file of that size in bytes and SHA-256,
// among what is named like one of names. A list row has the size but not the
// hash, so only rows of the size are read whole. Content that was renamed since
// its upload is not found.
func sameFile(ctx context.Context, c *api.Client, names []string, size int64, hash string) ([]*api.Content, error) {
	var same []*api.Content
	seen := map[string]bool{}
	for _, text := range searches(names) {
		rows, err := api.Contents.List(ctx, c, url.Values{api.Contents.Search: {text}}, 0)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			row := rows[i]
			if seen[row.ID] || row.FileSize == nil || *row.FileSize != size {
				continue
			}
			seen[row.ID] = true
			v, err := api.Contents.Get(ctx, c, row.ID)
			if api.IsKind(err, api.KindNotFound) {
				continue // deleted between the list and now
			}
			if err != nil {
				return nil, err
			}
			if v.FileHash() == hash {
				same = append(same, v)
			}
		}
	}
	return same, nil
}

// searches are the texts to look for, each once: a name as the server keeps one
// that came as JSON, and as it is, because names in forms are kept as they are
// (contract rest 1.7).
func searches(names []string) []string {
	var texts []string
	for _, name := range names {
		stored, _ := api.Stored(name)
		for _, text := range []string{stored, name} {
			if runes := []rune(text); len(runes) > longestSearch {
				text = string(runes[:longestSearch])
			}
			if text != "" && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	return texts
}
