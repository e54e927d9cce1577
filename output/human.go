// This file writes sizes, durations and times for people.

package output

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/clipperhouse/displaywidth"
)

// ByteSize is a number of bytes as a field value: people read "1.5 MiB",
// programs the exact number.
type ByteSize int64

// HumanBytes writes n bytes in units of 1,024: "512 B", "1.5 KiB", "20 GiB".
func HumanBytes(n int64) string {
	const units = "KMGTPE"
	if n > -1024 && n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, i := float64(n)/1024, 0
	for (v >= 1023.95 || v <= -1023.95) && i < len(units)-1 {
		v /= 1024
		i++
	}
	s := strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	return s + " " + units[i:i+1] + "iB"
}

// HumanDuration writes d in its two largest units, from days to milliseconds,
// without spaces: "2d3h", "1m30s", "15s", "250ms". Months and years are no
// fixed length and are not used.
func HumanDuration(d time.Duration) string {
	if d < 0 {
		return "-" + HumanDuration(-max(d, -1<<62))
	}
	const day = 24 * time.Hour
	two := func(big time.Duration, bigUnit string, small time.Duration, smallUnit string) string {
		s := strconv.FormatInt(int64(d/big), 10) + bigUnit
		if rest := d % big / small; rest > 0 {
			s += strconv.FormatInt(int64(rest), 10) + smallUnit
		}
		return s
	}
	switch {
	case d >= day:
		return two(day, "d", time.Hour, "h")
	case d >= time.Hour:
		return two(time.Hour, "h", time.Minute, "m")
	case d >= time.Minute:
		return two(time.Minute, "m", time.Second, "s")
	case d >= 10*time.Second || d%time.Second == 0:
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d >= time.Millisecond:
		return strconv.FormatInt(int64(d/time.Millisecond), 10) + "ms"
	}
	return d.String()
}

// HumanTime writes t seen from now: "just now", "3m ago", "in 2d", "5mo ago".
func HumanTime(t, now time.Time) string { return string(appendRelative(nil, t, now)) }

func appendRelative(dst []byte, t, now time.Time) []byte {
	const day = 24 * time.Hour
	d := now.Sub(t)
	future := d < 0
	if future {
		d = -max(d, -1<<62)
	}
	var n int64
	var unit string
	switch {
	case d < 5*time.Second:
		return append(dst, "just now"...)
	case d < time.Minute:
		n, unit = int64(d/time.Second), "s"
	case d < time.Hour:
		n, unit = int64(d/time.Minute), "m"
	case d < day:
		n, unit = int64(d/time.Hour), "h"
	case d < 30*day:
		n, unit = int64(d/day), "d"
	case d < 365*day:
		n, unit = int64(d/(30*day)), "mo"
	default:
		n, unit = int64(d/(365*day)), "y"
	}
	if future {
		dst = append(dst, "in "...)
	}
	dst = append(strconv.AppendInt(dst, n, 10), unit...)
	if !future {
		dst = append(dst, " ago"...)
	}
	return dst
}

// label turns a field name into words: "lastHeartbeat" into "Last heartbeat".
// Runs of capitals ("URL") and the common abbreviations stay in capitals.
func label(name string) string {
	var words []string
	var word []rune
	runes := []rune(name)
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = nil
		}
	}
	for i, r := range runes {
		if r == '_' || r == '-' || r == '.' || r == ' ' {
			flush()
			continue
		}
		starts := unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if starts {
			flush()
		}
		word = append(word, r)
	}
	flush()
	for i, w := range words {
		switch low := strings.ToLower(w); low {
		case "id", "url", "uri", "ip", "mac", "qr", "api", "cpu", "html", "csv", "json", "utc":
			words[i] = strings.ToUpper(w)
		default:
			if i == 0 {
				low = string(unicode.ToUpper([]rune(low)[0])) + low[len(string([]rune(low)[:1])):]
			}
			words[i] = low
		}
	}
	return strings.Join(words, " ")
}

// cells returns how many cells of a terminal s takes. Grapheme clusters are
// measured whole: a flag or a family emoji takes two cells.
func cells(s string) int { return displaywidth.String(s) }

// fit shortens s to n cells, ending in an ellipsis where something was cut.
func fit(s string, n int) string {
	if n <= 0 {
		return ""
	}
	return displaywidth.TruncateString(s, n, ellipsis)
}

const ellipsis = "…"

// cleanLine is Clean for text that has to stay on one line.
func cleanLine(s string) string { return string(appendClean(nil, s, true)) }

// Count is a number of things in words: "1 item", "3 items". The plural of noun,
// or of its last word, is made with an s.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
