package api

// This file is about one thing: times of day and days of the week, which the
// server has as minutes since midnight and as numbers from Sunday (contract
// rest 8), and people as 18:30 and "fri".

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// MinutesPerDay is the length of a day in minutes.
const MinutesPerDay = 24 * 60

// Days are the names of the days in output, from Sunday as the server counts.
func Days() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// ClockText writes minutes since midnight as HH:MM.
func ClockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// ParseClock reads HH:MM (or H:MM) as minutes since midnight.
func ParseClock(s string) (minutes int, ok bool) {
	hours, mins, found := strings.Cut(strings.TrimSpace(s), ":")
	h, errH := strconv.Atoi(hours)
	m, errM := strconv.Atoi(mins)
	if !found || errH != nil || errM != nil || len(hours) > 2 || len(mins) != 2 || h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, false
	}
	return h*60 + m, true
}

// DayNames writes the server's day numbers as names, each once and in order.
func DayNames(days []int) []string {
	names := []string{}
	for n, name := range Days() {
		for _, d := range days {
			if d == n {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

// DaysText writes day names as people do: "daily", "mon-fri", "tue, sat".
func DaysText(names []string) string {
	text := strings.Join(names, ", ")
	switch text {
	case "sun, mon, tue, wed, thu, fri, sat":
		return "daily"
	case "mon, tue, wed, thu, fri":
		return "mon-fri"
	case "sun, sat":
		return "weekend"
	}
	return text
}

// ParseDay reads a day's name: "fri", "Friday", or any beginning of it with at
// least three letters.
func ParseDay(s string) (day int, ok bool) {
	full := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	s = strings.ToLower(strings.TrimSpace(s))
	for n, name := range full {
		if len(s) >= 3 && strings.HasPrefix(name, s) {
			return n, true
		}
	}
	return 0, false
}

// dayGroups are words for several days.
func dayGroup(s string) []int {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "daily", "all", "every day", "everyday":
		return []int{0, 1, 2, 3, 4, 5, 6}
	case "weekdays", "workdays":
		return []int{1, 2, 3, 4, 5}
	case "weekend", "weekends":
		return []int{0, 6}
	}
	return nil
}

func (f *Field) parseClock(s string) (json.RawMessage, error) {
	minutes, ok := ParseClock(s)
	if !ok {
		return nil, Invalid(f.label(), s, "is not a time of day", f.clearHint("give HH:MM from 00:00 to 23:59"))
	}
	return json.RawMessage(strconv.Itoa(minutes)), nil
}

// parseDays reads names of days with commas between, ranges such as mon-fri,
// and daily, weekdays and weekend.
func (f *Field) parseDays(s string) (json.RawMessage, error) {
	on := [7]bool{}
	for part := range strings.SplitSeq(s, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		days := dayGroup(part)
		if days == nil {
			from, to, ranged := strings.Cut(part, "-")
			if !ranged {
				to = from
			}
			first, okFirst := ParseDay(from)
			last, okLast := ParseDay(to)
			if !okFirst || !okLast {
				return nil, Invalid(f.label(), s, "names a day that there is not", "give mon,wed or mon-fri, daily, weekdays or weekend; the days are "+strings.Join(Days(), ", "))
			}
			for d := first; ; d = (d + 1) % 7 {
				days = append(days, d)
				if d == last {
					break
				}
			}
		}
		for _, d := range days {
			on[d] = true
		}
	}
	list := []int{}
	for d, is := range on {
		if is {
			list = append(list, d)
		}
	}
	if len(list) == 0 { // the server takes an empty list and never plays (contract rest 8)
		return nil, Invalid(f.label(), s, "names no day", "give mon,wed or mon-fri, daily, weekdays or weekend")
	}
	return json.Marshal(list)
}
