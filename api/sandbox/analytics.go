// Numbers about displays and plays (contract rest 10). What the platform does not measure is empty here too.

package sandbox

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// rangeDays takes any text it does not know for a month.
func (c *call) rangeDays() int {
	switch c.r.URL.Query().Get("range") {
	case "week":
		return 7
	case "year":
		return 365
	}
	return 30
}

func (c *call) since(days int) time.Time { return c.now.AddDate(0, 0, -days) }

const (
	dayLabel  = "Jan 2"
	mostDays  = 30 // points of a series
	megabytes = 1 << 20
)

// series are the days of a chart, at most 30; of a year the oldest.
func (c *call) series() []time.Time {
	days := c.rangeDays()
	out := make([]time.Time, min(days, mostDays))
	for i := range out {
		out[i] = c.now.AddDate(0, 0, i+1-days)
	}
	return out
}

func oneDecimal(f float64) float64 { return math.Round(f*10) / 10 }

func (c *call) analyticsSummary() (any, error) {
	t := c.t
	online, processing, active, size := 0, 0, 0, int64(0)
	for _, d := range t.displays.list {
		if d.Status == "online" {
			online++
		}
	}
	for _, co := range t.contents.list {
		if co.Status == "processing" {
			processing++
		}
		if co.FileSize != nil {
			size += *co.FileSize
		}
	}
	for _, p := range t.playlists.list {
		if p.IsDefault || len(p.Items) > 0 {
			active++
		}
	}
	percent := oneDecimal(float64(online) * 100 / math.Max(1, float64(t.displays.len())))
	return obj("totalDevices onlineDevices totalContent processingContent totalPlaylists activePlaylists totalContentSize uptimePercent onlineNowPercent uptimePercentSource uptimePercentIsHistorical totalImpressions",
		t.displays.len(), online, t.contents.len(), processing, t.playlists.len(), active, size, percent, percent,
		"current_online_ratio", false, len(t.played(c.since(30), c.now))), nil
}

// measured are the displays with a past.
func (t *tenant) measured() []*display {
	return slices.DeleteFunc(slices.Clone(t.displays.list), func(d *display) bool { return d.Past == 0 })
}

const uptimeSource = "heartbeat_samples"

// deviceMetrics has the last 30 days, unlike the other series.
func (c *call) deviceMetrics() (any, error) {
	out := []object{}
	displays := c.t.measured()
	if len(displays) == 0 {
		return out, nil
	}
	for i := range min(c.rangeDays(), mostDays) {
		day := c.now.AddDate(0, 0, i+1-min(c.rangeDays(), mostDays))
		sum := 0.0
		for _, d := range displays {
			sum += d.uptimeOn(day)
		}
		out = append(out, obj("date availabilityEstimate isEstimated metricSource unit",
			day.Format(dayLabel), oneDecimal(sum/float64(len(displays))), false, uptimeSource, "percent"))
	}
	return out, nil
}

// group is a sum over plays.
type playSum struct{ plays, seconds, percent int }

func (s playSum) mean(of int) int {
	if s.plays == 0 {
		return 0
	}
	return int(math.Round(float64(of) / float64(s.plays)))
}

// sums adds plays up by a key, and gives the keys with the most plays first.
func sums(plays []impression, key func(impression) string) (map[string]*playSum, []string) {
	out := map[string]*playSum{}
	var keys []string
	for _, p := range plays {
		k := key(p)
		if k == "" {
			continue
		}
		if out[k] == nil {
			out[k] = &playSum{}
			keys = append(keys, k)
		}
		out[k].plays++
		out[k].seconds += p.Seconds
		out[k].percent += p.Percent
	}
	sort.SliceStable(keys, func(a, b int) bool { return out[keys[a]].plays > out[keys[b]].plays })
	return out, keys
}

const fromImpressions = "content_impressions"

func (c *call) contentPerformance() (any, error) {
	by, keys := sums(c.t.played(c.since(c.rangeDays()), c.now), func(p impression) string { return p.ContentID })
	out := []object{}
	for _, id := range keys[:min(10, len(keys))] {
		co, _ := c.t.contents.get(id)
		s := by[id]
		percent := s.mean(s.percent)
		out = append(out, obj("title impressions averageCompletion views engagement shares impressionsSource engagementSource sharesTracked",
			co.Name, s.plays, percent, s.plays, percent, 0, fromImpressions, fromImpressions, false))
	}
	return out, nil
}

func (c *call) usageTrends() (any, error) {
	const kinds = "video image text interactive other"
	count := map[string]int{}
	for _, p := range c.t.played(c.since(c.rangeDays()), c.now) {
		co, _ := c.t.contents.get(p.ContentID)
		kind, ok := map[string]string{"video": "video", "image": "image", "html": "text", "url": "interactive"}[co.Type]
		if !ok {
			kind = "other"
		}
		count[p.At.Format(dayLabel)+kind]++
	}
	out := []object{}
	for _, day := range c.series() {
		label := day.Format(dayLabel)
		o := obj("date", label)
		o.names = "date " + kinds
		for _, kind := range strings.Fields(kinds) {
			o.v[kind] = count[label+kind]
		}
		out = append(out, o)
	}
	return out, nil
}

func (c *call) deviceDistribution() (any, error) {
	colors := map[string]string{"online": "#10B981", "offline": "#6B7280", "pairing": "#F59E0B", "error": "#EF4444"}
	count := map[string]int{}
	var order []string
	for _, d := range c.t.displays.list {
		if count[d.Status] == 0 {
			order = append(order, d.Status)
		}
		count[d.Status]++
	}
	out := []object{}
	for _, status := range order {
		out = append(out, obj("name value color", strings.ToUpper(status[:1])+status[1:], count[status], colors[status]))
	}
	return out, nil
}

// bandwidth is the size of what is stored, whatever its name says.
func (c *call) bandwidth() (any, error) {
	out := []object{}
	if c.t.contents.len() == 0 {
		return out, nil
	}
	for _, day := range c.series() {
		size := int64(0)
		for _, co := range c.t.contents.list {
			if co.FileSize != nil && !co.CreatedAt.After(day) {
				size += *co.FileSize
			}
		}
		mb := math.Round(float64(size)/megabytes*100) / 100
		out = append(out, obj("time storageMb isEstimated metricSource unit", day.Format(dayLabel), mb, true, "content_file_size_sum", "MB"))
	}
	return out, nil
}

func (c *call) playlistPerformance() (any, error) {
	by, keys := sums(c.t.played(c.since(c.rangeDays()), c.now), func(p impression) string { return p.PlaylistID })
	out := []object{}
	for _, id := range keys {
		name, screens := "Unknown", 0
		if p, ok := c.t.playlists.get(id); ok {
			name = p.Name
		}
		for _, d := range c.t.displays.list {
			if same(d.CurrentPlaylistID, &id) {
				screens++
			}
		}
		s := by[id]
		percent := s.mean(s.percent)
		out = append(out, obj("name proofOfPlayImpressions averageCompletion assignedScreens plays engagement uniqueDevices views completion playsSource completionSource uniqueDevicesSource uniquePlaybackDevicesTracked",
			name, s.plays, percent, screens, s.plays, percent, screens, s.plays, percent, fromImpressions, fromImpressions, "assigned_displays", false))
	}
	return out, nil
}

func (c *call) exportAnalytics() (any, error) {
	o := obj("summary deviceMetrics contentPerformance usageTrends deviceDistribution bandwidthUsage playlistPerformance", make([]any, 7)...)
	for name, get := range map[string]func(*call) (any, error){
		"summary": (*call).analyticsSummary, "deviceMetrics": (*call).deviceMetrics, "contentPerformance": (*call).contentPerformance,
		"usageTrends": (*call).usageTrends, "deviceDistribution": (*call).deviceDistribution, "bandwidthUsage": (*call).bandwidth,
		"playlistPerformance": (*call).playlistPerformance,
	} {
		v, err := get(c)
		if err != nil {
			return nil, err
		}
		o.v[name] = v
	}
	return o, nil
}

func (c *call) contentMetrics() (any, error) {
	id := c.params["contentId"]
	if _, ok := c.t.contents.get(id); !ok {
		return nil, notFound("Content " + id + " not found")
	}
	plays := slices.DeleteFunc(c.t.played(c.since(c.rangeDays()), c.now), func(p impression) bool { return p.ContentID != id })
	all, _ := sums(plays, func(impression) string { return "all" })
	total := playSum{}
	if all["all"] != nil {
		total = *all["all"]
	}
	daily, devices := []object{}, []object{}
	byDay, _ := sums(plays, func(p impression) string { return p.At.Format("2006-01-02") })
	for _, day := range c.days(byDay) {
		at, _ := time.Parse("2006-01-02", day) // our own text
		daily = append(daily, obj("date views", at.Format(dayLabel), byDay[day].plays))
	}
	byDevice, keys := sums(plays, func(p impression) string { return p.DisplayID })
	for _, device := range keys[:min(5, len(keys))] {
		devices = append(devices, obj("deviceId deviceName views", device, c.t.nameOf(device, "Unnamed"), byDevice[device].plays))
	}
	return obj("totalViews avgDuration avgCompletion dailyTrend topDevices", total.plays, total.mean(total.seconds), total.mean(total.percent), daily, devices), nil
}

// days are the keys in order.
func (c *call) days(by map[string]*playSum) []string {
	out := make([]string, 0, len(by))
	for day := range by {
		out = append(out, day)
	}
	slices.Sort(out)
	return out
}

func (t *tenant) nameOf(displayID, unnamed string) string {
	if d, ok := t.displays.get(displayID); ok && d.Nickname != nil {
		return *d.Nickname
	}
	return unnamed
}

// windowDays reads ?days=; what is no number is null.
func (c *call) windowDays() (days int, shown any) {
	text := c.r.URL.Query().Get("days")
	if text == "" {
		return 30, 30
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, nil
	}
	return n, n
}

// uptimeOf is null for a display that was never measured.
func (c *call) uptimeOf(d *display, days int) (percent any, samples int) {
	n := min(days, d.Past)
	if n <= 0 {
		return nil, 0
	}
	sum := 0.0
	for i := range n {
		sum += d.uptimeOn(c.now.AddDate(0, 0, -i))
	}
	return oneDecimal(sum / float64(n)), n * 24
}

func metricSource(measured bool) string {
	if measured {
		return uptimeSource
	}
	return "insufficient_data"
}

func (c *call) deviceUptime() (any, error) {
	d, ok := c.t.displays.get(c.params["deviceId"])
	if !ok {
		return nil, notFound("Device not found")
	}
	days, shown := c.windowDays()
	percent, samples := c.uptimeOf(d, days)
	var online, offline any
	if p, ok := percent.(float64); ok {
		minutes := float64(samples * 60)
		online, offline = math.Round(minutes*p/100), math.Round(minutes*(100-p)/100)
	}
	return obj("deviceId measured uptimePercent sampleCount totalOnlineMinutes totalOfflineMinutes lastHeartbeat windowDays metricSource",
		d.ID, percent != nil, percent, samples, online, offline, d.LastHeartbeat, shown, metricSource(percent != nil)), nil
}

func (c *call) uptimeSummary() (any, error) {
	days, shown := c.windowDays()
	online, measured, sum := 0, 0, 0.0
	devices := []object{}
	for _, d := range c.t.displays.list {
		if d.Status == "online" {
			online++
		}
		percent, samples := c.uptimeOf(d, days)
		if p, ok := percent.(float64); ok {
			measured++
			sum += p
		}
		devices = append(devices, obj("id nickname measured uptimePercent sampleCount", d.ID, c.t.nameOf(d.ID, "Unnamed Device"), percent != nil, percent, samples))
	}
	var mean any
	if measured > 0 {
		mean = oneDecimal(sum / float64(measured))
	}
	return obj("measured avgUptimePercent deviceCount measuredDeviceCount onlineCount offlineCount devices windowDays metricSource",
		measured > 0, mean, len(devices), measured, online, len(devices)-online, devices, shown, metricSource(measured > 0)), nil
}
