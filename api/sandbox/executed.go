// The event schedule:executed of the product's documents, which the platform never sends (contract realtime 5): when a
// schedule's window opens or closes for a display.

package sandbox

import "time"

// executeTick is how often windows are looked at.
const executeTick = time.Second

// executed is the payload of schedule:executed (contract realtime 6.7).
type executed struct {
	ScheduleID string `json:"scheduleId"`
	DisplayID  string `json:"displayId"`
	PlaylistID string `json:"playlistId"`
	Action     string `json:"action"` // started or completed
	Timestamp  stamp  `json:"timestamp"`
}

// execute announces what starts and ends, until the world ends. What runs at the start is not announced.
func (w *World) execute() {
	running := map[string]map[string]Running{}
	for _, org := range w.orgs() {
		running[org] = w.RunningSchedules(org, w.opts.Now())
	}
	every(w.stopping, executeTick, func() {
		now := w.opts.Now()
		for _, org := range w.orgs() {
			after := w.RunningSchedules(org, now)
			for _, e := range executions(running[org], after, stamp{now.UTC()}) {
				w.Realtime.EmitOrg(org, "schedule:executed", e)
			}
			running[org] = after
		}
	})
}

// executions are the differences between two times.
func executions(before, after map[string]Running, at stamp) []executed {
	var out []executed
	for display, r := range before {
		if after[display] != r {
			out = append(out, executed{r.ScheduleID, display, r.PlaylistID, "completed", at})
		}
	}
	for display, r := range after {
		if before[display] != r {
			out = append(out, executed{r.ScheduleID, display, r.PlaylistID, "started", at})
		}
	}
	return out
}
