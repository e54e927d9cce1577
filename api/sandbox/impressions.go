// What was played: reports of displays, and for the displays of the sample data a past that is made up from their ids, so that
// it is the same each time it is asked for and costs no memory.

package sandbox

import (
	"encoding/json"
	"hash/fnv"
	"slices"
	"sort"
	"strconv"
	"time"
)

// keptImpressions bounds the reports that a tenant keeps, the newest: they are written with every save of the state file.
const keptImpressions = 5_000

// pastDisplays is for how many displays a past is made up.
const pastDisplays = 200

// impression is one play of a content on a display.
type impression struct {
	ID         string `json:"id"`
	ContentID  string `json:"contentId"`
	DisplayID  string `json:"displayId"`
	PlaylistID string `json:"playlistId"`
	Seconds    int    `json:"seconds"`
	Percent    int    `json:"percent"`
	At         stamp  `json:"at"`
}

// DeviceReport records what a display says it has played; other events are ignored.
func (s *Server) DeviceReport(displayID, event string, payload json.RawMessage, at time.Time) {
	if event != "content:impression" {
		return
	}
	var p struct {
		ContentID            string  `json:"contentId"`
		PlaylistID           string  `json:"playlistId"`
		Duration             float64 `json:"duration"`
		CompletionPercentage float64 `json:"completionPercentage"`
	}
	if json.Unmarshal(payload, &p) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, d := s.findDisplay(displayID)
	if d == nil {
		return
	}
	if _, ok := t.contents.get(p.ContentID); !ok {
		return
	}
	if len(t.impressions) >= keptImpressions {
		t.impressions = slices.Delete(t.impressions, 0, keptImpressions/10)
	}
	t.impressions = append(t.impressions, impression{
		s.noise.cuid(), p.ContentID, displayID, p.PlaylistID, int(p.Duration), int(p.CompletionPercentage), stamp{at.UTC()},
	})
	s.saver.touch()
}

// played is everything since a time, oldest first: the past that is made up, then the reports.
func (t *tenant) played(since, now time.Time) []impression {
	var out []impression
	for i, d := range t.displays.list {
		if i >= pastDisplays {
			break
		}
		if d.Past > 0 && d.CurrentPlaylistID != nil {
			out = append(out, t.past(d, since, now)...)
		}
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].At.Before(out[b].At.Time) })
	for _, p := range t.impressions {
		_, known := t.contents.get(p.ContentID)
		if _, there := t.displays.get(p.DisplayID); known && there && !p.At.Before(since) {
			out = append(out, p)
		}
	}
	return out
}

// past is a few plays of the current playlist on each full day.
func (t *tenant) past(d *display, since, now time.Time) []impression {
	p, ok := t.playlists.get(*d.CurrentPlaylistID)
	if !ok || len(p.Items) == 0 {
		return nil
	}
	var out []impression
	today := now.Truncate(24 * time.Hour)
	for day := min(d.Past, 90); day > 0; day-- {
		from := today.AddDate(0, 0, -day)
		for n := range 1 + dice(d.ID, from, 0)%3 {
			roll := dice(d.ID, from, n+1)
			co, ok := t.contents.get(p.Items[roll%len(p.Items)].ContentID)
			at := from.Add(time.Duration(8*3600+roll%(12*3600)) * time.Second)
			if !ok || at.Before(since) {
				continue
			}
			percent := 100 - roll%4*7
			id := "c" + ("000000000000000000000000" + strconv.FormatInt(int64(roll), 36) + d.ID[:8])
			out = append(out, impression{"c" + id[len(id)-24:], co.ID, d.ID, p.ID, co.Duration * percent / 100, percent, stamp{at}})
		}
	}
	return out
}

// dice draws a number that is the same for the same display, day and throw.
func dice(id string, day time.Time, throw int) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id + day.Format("2006-01-02") + strconv.Itoa(throw))) // a hash does not fail
	return int(h.Sum64() >> 16)
}

// uptimeOn is the made-up availability of a display on a day, in percent.
func (d *display) uptimeOn(day time.Time) float64 {
	return 100 - float64(dice(d.ID, day, 99)%60)/10
}
