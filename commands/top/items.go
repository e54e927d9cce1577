package top

// This file is about one thing: a playlist's items as lines.

import (
	"fmt"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

func playlistItems(row any) []string {
	p, ok := row.(*api.Playlist)
	if !ok || len(p.Items) == 0 {
		return nil
	}
	lines := []string{"", "items"}
	for i := range p.Items {
		item := &p.Items[i]
		lines = append(lines, fmt.Sprintf("%4d  %-8s %s", i+1, output.HumanDuration(time.Duration(item.Seconds())*time.Second), output.Fit(item.ContentName(), 60)))
	}
	return lines
}
