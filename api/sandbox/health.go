// Health of the server itself (contract rest 11).

package sandbox

import (
	"net/http"
	"time"
)

// opsStatus is one value for all tenants, kept for an hour (contract rest 1.11).
func (c *call) opsStatus() (any, error) {
	if c.s.db.opsStatus == nil || !c.now.Before(c.s.db.opsUntil) {
		return obj("status timestamp", "unknown", c.stamp()), nil
	}
	return c.s.db.opsStatus, nil
}

func (c *call) setOpsStatus() (any, error) {
	sanitizeInput(c.decoded)
	c.s.db.opsStatus, c.s.db.opsUntil = mustJSON(c.decoded), c.now.Add(time.Hour)
	return c.s.db.opsStatus, nil
}

const sandboxVersion = "1.0.0"

func (c *call) hello() (any, error) { return map[string]string{"message": "Hello API"}, nil }

func (c *call) uptime() float64 { return c.now.Sub(c.s.started).Seconds() }

func (c *call) health() (any, error) {
	return obj("status timestamp uptime database", "ok", c.stamp(), c.uptime(), "connected"), nil
}

func (c *call) ready() (any, error) { return map[string]bool{"ready": true}, nil }

func (c *call) healthLive() (any, error) {
	return obj("status timestamp", "ok", c.stamp()), nil
}

// healthReady is the only one that reports failure: without object storage the platform is not ready.
func (c *call) healthReady() (any, error) {
	type readiness struct {
		Status    string `json:"status"`
		Timestamp stamp  `json:"timestamp"`
		Uptime    int    `json:"uptime"` // seconds
		Version   string `json:"version"`
		SelfTest  string `json:"self_test"`
	}
	r := readiness{"ok", c.stamp(), int(c.uptime()), sandboxVersion, "passed"}
	if !c.s.opts.ObjectStorage {
		r.Status, r.SelfTest = "unhealthy", "failed"
		return withStatus{http.StatusServiceUnavailable, r}, nil
	}
	return r, nil
}

type healthIssue struct {
	Rule       string `json:"rule"`
	Severity   string `json:"severity"`
	Entity     string `json:"entity"`
	EntityID   string `json:"entityId"`
	EntityName string `json:"entityName"`
	Message    string `json:"message"`
}

// healthValidation is an hour old at most, and not looked at again when something changes.
func (c *call) healthValidation() (any, error) {
	if c.t.validation == nil || !c.now.Before(c.t.validUntil) {
		c.t.validation, c.t.validUntil = c.validateRows(), c.now.Add(time.Hour)
	}
	return c.t.validation, nil
}

// validateRows looks for displays that show nothing and playlists without items.
func (c *call) validateRows() any {
	issues := []healthIssue{}
	for _, d := range c.t.displays.list[:min(500, c.t.displays.len())] {
		if d.CurrentPlaylistID == nil && d.Nickname != nil {
			issues = append(issues, healthIssue{"display_no_content", "warning", "display", d.ID, *d.Nickname, "Display has no playlist"})
		}
	}
	for _, p := range c.t.playlists.list[:min(500, c.t.playlists.len())] {
		if len(p.Items) == 0 {
			issues = append(issues, healthIssue{"playlist_empty", "warning", "playlist", p.ID, p.Name, "Playlist has no items"})
		}
	}
	readiness := "READY"
	if len(issues) > 0 {
		readiness = "DEGRADED"
	}
	return obj("readiness timestamp durationMs critical warning info issues trigger", readiness, c.stamp(), 1, 0, len(issues), 0, issues, "manual")
}
