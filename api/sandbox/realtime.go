// What the realtime side of the same process asks of the store.

package sandbox

import (
	"errors"
	"time"
)

// Errors of the token checks.
var (
	ErrToken         = errors.New("sandbox: token is not valid, expired or revoked")
	ErrNoSuchDisplay = errors.New("sandbox: no such display")
)

const deviceTokenLife = 90 * 24 * time.Hour

// VerifyUserToken checks an access token as the REST guard does: signature, expiry, revocation, and the user's state.
func (s *Server) VerifyUserToken(token string) (UserClaims, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	cl, u, err := s.userOf(token, s.opts.Now())
	if err != nil {
		return UserClaims{}, errors.Join(ErrToken, err)
	}
	return UserClaims{u.ID, u.OrganizationID, u.Role, cl.JTI, time.Unix(cl.Expires, 0).UTC()}, nil
}

// VerifyDeviceToken checks a device token: signature, expiry, and that it is the display's newest and the display is not disabled.
func (s *Server) VerifyDeviceToken(token string) (DeviceClaims, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	cl, err := readToken(s.db.deviceKey, token, s.opts.Now())
	if err != nil || cl.Type != "device" {
		return DeviceClaims{}, ErrToken
	}
	_, d := s.findDisplay(cl.Subject)
	if d == nil || d.IsDisabled || d.JWTToken == nil || *d.JWTToken != hashText(token) {
		return DeviceClaims{}, ErrToken
	}
	return DeviceClaims{d.ID, d.OrganizationID}, nil
}

// DeviceToken issues a device token for a simulated display. The token before it stops working.
func (s *Server) DeviceToken(displayID string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, d := s.findDisplay(displayID)
	if d == nil {
		return "", ErrNoSuchDisplay
	}
	if d.PairedAt == nil {
		d.PairedAt = &stamp{s.opts.Now().UTC()}
	}
	return s.newDeviceToken(d, s.opts.Now()), nil
}

func (s *Server) newDeviceToken(d *display, now time.Time) string {
	token := signToken(s.db.deviceKey, claims{
		Subject: d.ID, OrganizationID: d.OrganizationID, DeviceID: d.DeviceIdentifier, Type: "device", JTI: s.noise.uuid(),
		IssuedAt: now.Unix(), Expires: now.Add(deviceTokenLife).Unix(),
	})
	d.JWTToken = ptr(hashText(token))
	s.saver.touch()
	return token
}

func (s *Server) findDisplay(id string) (*tenant, *display) {
	t := s.db.displays[id]
	if t == nil {
		return nil, nil
	}
	d, _ := t.displays.get(id)
	return t, d
}

// DisplaySnapshot is the state of an organization's displays, in order of creation.
func (s *Server) DisplaySnapshot(orgID string) []DisplayState {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.db.byOrg[orgID]
	if t == nil {
		return nil
	}
	out := make([]DisplayState, 0, t.displays.len())
	for _, d := range t.displays.list {
		state := DisplayState{ID: d.ID, Status: d.Status}
		if d.LastHeartbeat != nil {
			state.LastHeartbeat = d.LastHeartbeat.Time
		}
		out = append(out, state)
	}
	return out
}

// SetDisplayStatus records a heartbeat, connect or disconnect. Only "online" moves the last heartbeat. Unknown displays are ignored.
func (s *Server) SetDisplayStatus(displayID, status string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, d := s.findDisplay(displayID)
	if d == nil {
		return
	}
	at = at.UTC()
	d.Status, d.UpdatedAt = status, stamp{at}
	if status == "online" {
		d.LastHeartbeat = &stamp{at}
	}
	s.saver.touch()
}

// SetScreenshot records what a display answered to a screenshot command.
func (s *Server) SetScreenshot(displayID, url string, width, height int, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, d := s.findDisplay(displayID)
	if d == nil {
		return
	}
	shot := mustJSON(struct {
		URL        string `json:"url"`
		CapturedAt stamp  `json:"capturedAt"`
		Width      int    `json:"width,omitempty"`
		Height     int    `json:"height,omitempty"`
	}{url, stamp{at.UTC()}, width, height})
	d.LastScreenshot, d.LastScreenshotAt = ptr(string(shot)), &stamp{at.UTC()}
	s.saver.touch()
}

// Displays are the ids of an organization's displays, in order of creation.
func (s *Server) Displays(orgID string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.db.byOrg[orgID]
	if t == nil {
		return nil
	}
	out := make([]string, 0, t.displays.len())
	for _, d := range t.displays.list {
		out = append(out, d.ID)
	}
	return out
}

// CurrentPlaylist is what a display should show at a time: the running schedule of the highest priority, else its
// current playlist. "" if there is none. A time zone that does not exist counts as UTC.
func (s *Server) CurrentPlaylist(displayID string, at time.Time) (playlistID string, row []byte) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, d := s.findDisplay(displayID)
	if d == nil {
		return "", nil
	}
	zone := d.zone()
	if d.CurrentPlaylistID != nil {
		playlistID = *d.CurrentPlaylistID
	}
	if sc := t.running(d, at, zone); sc != nil {
		playlistID = sc.PlaylistID
	}
	if p, ok := t.playlists.get(playlistID); ok {
		return playlistID, mustJSON(t.playlistView(p))
	}
	return "", nil
}

// zone is the display's time zone; one that does not exist counts as UTC.
func (d *display) zone() *time.Location {
	zone, err := time.LoadLocation(d.Timezone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// running is the schedule of the highest priority that runs on a display, or nil.
func (t *tenant) running(d *display, at time.Time, zone *time.Location) *scheduleRow {
	var best *scheduleRow
	for _, sc := range t.schedules.list {
		if t.aimsAt(sc, d.ID) && sc.runsAt(at, zone) && (best == nil || sc.Priority > best.Priority) {
			best = sc
		}
	}
	return best
}

// RunningSchedules says which schedule runs on which display of an organization, by display id.
func (s *Server) RunningSchedules(orgID string, at time.Time) map[string]Running {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.db.byOrg[orgID]
	if t == nil || t.schedules.len() == 0 {
		return nil
	}
	out := map[string]Running{}
	for _, d := range t.displays.list {
		if sc := t.running(d, at, d.zone()); sc != nil {
			out[d.ID] = Running{sc.ID, sc.PlaylistID}
		}
	}
	return out
}

// Running is a schedule that runs on a display.
type Running struct{ ScheduleID, PlaylistID string }

// aimsAt says whether a schedule is for a display, itself or through its group.
func (t *tenant) aimsAt(sc *scheduleRow, displayID string) bool {
	if sc.DisplayID != nil {
		return *sc.DisplayID == displayID
	}
	if sc.DisplayGroupID == nil {
		return false
	}
	g, ok := t.groups.get(*sc.DisplayGroupID)
	if !ok {
		return false
	}
	for _, m := range g.Members {
		if m.DisplayID == displayID {
			return true
		}
	}
	return false
}
