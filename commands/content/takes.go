package content

// This file is about one thing: what deleting content silently takes along.

import (
	"context"
	"fmt"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// takes names the playlists that lose the content, and content that may lose
// its file with it (contract rest 6, 6.1).
func takes(ctx context.Context, c *api.Client, found *cmdutil.Found[*api.Content]) ([]string, error) {
	lines := leavesPlaylists(found.Value)
	hash := found.Value.FileHash()
	if hash == "" || found.Value.FileSize == nil {
		return lines, nil
	}
	twins, err := sameFile(ctx, c, []string{found.Name}, *found.Value.FileSize, hash)
	if err != nil {
		return nil, err
	}
	for i := range twins {
		if t := twins[i]; t.ID != found.ID {
			lines = append(lines, fmt.Sprintf("content %q (%s) holds the same file; if it was uploaded under the same file name, the platform keeps one copy, and its file is destroyed too", t.Name, t.ID))
		}
	}
	return lines, nil
}

// leavesPlaylists says which playlists lose the content.
func leavesPlaylists(v *api.Content) []string {
	lines := v.UsedBy()
	for i, name := range lines {
		lines[i] = fmt.Sprintf("playlist %q loses it; displays that play it are not told until they next ask", name)
	}
	return lines
}
