package cmdutil

// This file is about one thing: how much polling may ask of the server: at most
// a third of what a route grants in an hour, so that commands beside it find
// their share (DESIGN 4.4; crossing the limit blocks the route for an hour,
// contract rest 1.8).

import "time"

// pollShare is the part that polling may spend: one in so many.
const pollShare = 3

// pollCost is what one reading costs of a route.
type pollCost struct {
	pages  int // requests
	hourly int // that the route grants
}

// allowance is how many requests polling may make in an hour.
func (c pollCost) allowance() int { return max(1, c.hourly/pollShare) }

// steady is the time between two readings at which they can go on for ever.
func steady(costs []pollCost) time.Duration {
	var longest time.Duration
	for _, c := range costs {
		longest = max(longest, time.Duration(c.pages)*time.Hour/time.Duration(c.allowance()))
	}
	return longest
}

// pollBudget remembers the readings and confirmations of the last hour.
// Readings after a lost stream come at once while there is room for them.
type pollBudget struct {
	now       func() time.Time
	readings  []time.Time
	confirmed []time.Time
}

// spend notes a reading.
func (b *pollBudget) spend() { b.readings = append(recentHour(b.readings, b.now()), b.now()) }

// wait is how long from now until there is room for another reading.
func (b *pollBudget) wait(costs []pollCost) time.Duration {
	now := b.now()
	b.readings = recentHour(b.readings, now)
	most := len(b.readings) + 1 // readings an hour that every route has room for
	for _, c := range costs {
		if c.pages > 0 {
			most = min(most, max(1, c.allowance()/c.pages))
		}
	}
	if len(b.readings) < most {
		return 0
	}
	return b.readings[len(b.readings)-most].Add(time.Hour).Sub(now)
}

// confirm says whether a single display may be read, and notes that it is.
func (b *pollBudget) confirm(hourly int) bool {
	now := b.now()
	b.confirmed = recentHour(b.confirmed, now)
	if len(b.confirmed) >= (pollCost{hourly: hourly}).allowance() {
		return false
	}
	b.confirmed = append(b.confirmed, now)
	return true
}

// recentHour drops what is older than an hour.
func recentHour(at []time.Time, now time.Time) []time.Time {
	for len(at) > 0 && now.Sub(at[0]) >= time.Hour {
		at = at[1:]
	}
	return at
}
