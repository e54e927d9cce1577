// The list of plays, as pages and as CSV (contract rest 10).

package sandbox

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostCSVRows is where the CSV ends.
const mostCSVRows = 100_000

// plays are those of the query, newest first. Both dates are inclusive.
func (c *call) plays() []impression {
	q := c.query
	from, to := time.Time{}, c.now.Add(time.Hour)
	if at := optStamp(q.opt("dateFrom")); at != nil {
		from = at.Truncate(24 * time.Hour)
	}
	if at := optStamp(q.opt("dateTo")); at != nil {
		to = at.Truncate(24*time.Hour).AddDate(0, 0, 1)
	}
	wanted := func(name, value string) bool { return !q.set(name) || q.str(name) == value }
	out := slices.DeleteFunc(c.t.played(from, c.now), func(p impression) bool {
		d, _ := c.t.displays.get(p.DisplayID)
		return !p.At.Before(to) || !wanted("contentId", p.ContentID) || !wanted("displayId", p.DisplayID) ||
			!wanted("playlistId", p.PlaylistID) || q.set("displayTagId") && !hasTag(d.Tags, q.str("displayTagId"))
	})
	slices.Reverse(out)
	return out
}

func (c *call) proofOfPlay() (any, error) {
	c.perPage = 50
	page, limit := c.page()
	all := c.plays()
	out := []object{}
	for _, p := range all[min(len(all), (page-1)*limit):min(len(all), page*limit)] {
		co, _ := c.t.contents.get(p.ContentID)
		d, _ := c.t.displays.get(p.DisplayID)
		out = append(out, obj("id organizationId contentId displayId playlistId duration completionPercentage timestamp date hour content display",
			p.ID, c.t.org.ID, p.ContentID, p.DisplayID, p.playlist(), p.Seconds, p.Percent, p.At, stamp{p.At.Truncate(24 * time.Hour)}, p.At.Hour(),
			obj("id name", co.ID, co.Name), obj("id nickname deviceIdentifier", d.ID, d.Nickname, d.DeviceIdentifier)))
	}
	return c.paged(out, len(all)), nil
}

// playlist is null for content that was pushed.
func (p impression) playlist() any {
	if p.PlaylistID == "" {
		return nil
	}
	return p.PlaylistID
}

// proofOfPlayCSV takes a time zone that does not exist for UTC.
func (c *call) proofOfPlayCSV() (any, error) {
	zone, err := time.LoadLocation(c.query.str("tz"))
	if err != nil {
		zone = time.UTC
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	line := func(cells ...string) {
		for i, cell := range cells {
			if cell != "" && strings.ContainsRune("=+-@\t", rune(cell[0])) {
				cells[i] = "'" + cell
			}
		}
		_ = w.Write(cells) // a Builder does not fail
	}
	line("timestamp", "contentId", "contentName", "displayId", "displayName", "playlistId", "duration_sec", "completion_percent")
	all := c.plays()
	for _, p := range all[:min(len(all), mostCSVRows)] {
		co, _ := c.t.contents.get(p.ContentID)
		line(p.At.In(zone).Format("2006-01-02T15:04:05.000Z07:00"), p.ContentID, co.Name, p.DisplayID, c.t.nameOf(p.DisplayID, ""), p.PlaylistID,
			strconv.Itoa(p.Seconds), strconv.Itoa(p.Percent))
	}
	w.Flush()
	return fileBytes{"proof-of-play.csv", "text/csv; charset=utf-8", []byte(b.String())}, nil
}
