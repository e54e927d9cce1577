package cmdutil

// This file is about one thing: the kinds that can be waited for, and from which
// states what is wanted cannot come by itself.

import (
	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
)

// WaitDisplay makes the command that waits for a display.
func WaitDisplay(f *Factory, use string) *cobra.Command {
	w := &Waitable[*api.Display]{
		Kind: api.Displays, Events: true, Hopeless: hopelessDisplay,
		Example: `  vizora wait display "Lobby North" --for status=online --timeout 5m
  vizora wait display "Lobby North" --for playlist="Summer Menu" --for 'status != "error"'`,
		Long: `
playlist=NAME means that the playlist is assigned, not that a screen shows it. A
disabled display cannot come online, and one that was deleted cannot come to
anything: both end the waiting at once.`,
	}
	return w.Command(f, use)
}

// hopelessDisplay: a disabled display's player is refused (contract realtime 2.2).
func hopelessDisplay(d *api.Display, c *WaitCondition) string {
	if c.Field == "status" && c.Value == "online" && d.IsDisabled {
		return "it is disabled; 'vizora display enable' lets its player in again"
	}
	return ""
}

// WaitContent makes the command that waits for content.
func WaitContent(f *Factory, use string) *cobra.Command {
	w := &Waitable[*api.Content]{
		Kind: api.Contents, Hopeless: hopelessContent,
		Example: `  vizora wait content "Summer trailer" --for status=active --timeout 10m
  vizora wait content "Summer trailer" --for 'status in ["active", "ready"]' -o json`,
		Long: `
The platform sends no events about content. From rejected, archived, expired or
error content comes to another status only by somebody's hand, so those end the
waiting at once.`,
	}
	return w.Command(f, use)
}

// hopelessContent: these states have no way out but a restore (contract rest 6).
func hopelessContent(content *api.Content, c *WaitCondition) string {
	if c.Field != "status" {
		return ""
	}
	switch content.Status {
	case "rejected", "archived", "expired":
		return "it is " + content.Status + "; 'vizora content restore' makes it active again"
	case "error":
		return "its processing failed (status error)"
	}
	return ""
}

// WaitPlaylist makes the command that waits for a playlist.
func WaitPlaylist(f *Factory, use string) *cobra.Command {
	w := &Waitable[*api.Playlist]{
		Kind: api.Playlists,
		Example: `  vizora wait playlist "Summer Menu" --for 'itemCount > 0' --timeout 1h
  vizora wait playlist "Summer Menu" --for name="Autumn Menu"`,
		Long: "\nThe platform sends no events about playlists.",
	}
	return w.Command(f, use)
}
