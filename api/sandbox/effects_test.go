// What one write does to other rows, and what it tells the realtime side.

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestCascades(t *testing.T) {
	s := start(t, Options{Displays: 2, Playlists: 1, Contents: 3})
	c := adminOf(t, s)
	org := s.Login().OrganizationID
	d := s.Displays(org)[0]
	p := c.call(200, "GET", "/playlists", nil).text("data", "data", 0, "id")
	content := c.call(200, "GET", "/playlists/"+p, nil).text("data", "items", 0, "contentId")
	g := c.call(201, "POST", "/display-groups", map[string]string{"name": "G"}).text("data", "id")
	c.call(201, "POST", "/display-groups/"+g+"/displays", map[string]any{"displayIds": []string{d}})
	add := func(target, id, playlist string) string {
		return c.call(201, "POST", "/schedules", map[string]any{
			"name": "S", "playlistId": playlist, target: id, "startDate": "2026-01-01", "daysOfWeek": []int{1},
		}).text("data", "id")
	}
	total := func() float64 {
		n, _ := c.call(200, "GET", "/schedules", nil).at("data", "meta", "total").(float64)
		return n
	}

	add("displayGroupId", g, p)
	c.call(200, "DELETE", "/display-groups/"+g, nil)
	if total() != 0 {
		t.Error("the group's schedules survive it")
	}
	add("displayId", d, p)
	if v := c.call(200, "GET", "/displays/"+d, nil); v.text("data", "schedules", 0, "playlist", "id") != p {
		t.Errorf("display shows no schedule: %s", v.raw)
	}
	c.call(200, "DELETE", "/displays/"+d, nil)
	c.call(404, "DELETE", "/displays/"+d, nil)
	if total() != 0 {
		t.Error("the display's schedules survive it")
	}
	d = s.Displays(org)[0]
	add("displayId", d, p)
	c.call(201, "POST", "/displays/bulk/assign-playlist", map[string]any{"displayIds": []string{d, d}, "playlistId": p})
	c.call(200, "DELETE", "/content/"+content, nil)
	for i := range 3 {
		if c.call(200, "GET", "/playlists/"+p, nil).text("data", "items", i, "contentId") == content {
			t.Error("deleted content is still played")
		}
	}
	c.call(200, "DELETE", "/playlists/"+p, nil)
	if total() != 0 || c.call(200, "GET", "/displays/"+d, nil).at("data", "currentPlaylistId") != nil {
		t.Error("the playlist's schedules or assignments survive it")
	}
}

func TestFolderDeleteMovesUp(t *testing.T) {
	s := start(t, Options{Contents: 1})
	c := adminOf(t, s)
	content := c.call(200, "GET", "/content", nil).text("data", "data", 0, "id")
	top := c.call(201, "POST", "/folders", map[string]string{"name": "A"}).text("data", "id")
	sub := c.call(201, "POST", "/folders", map[string]string{"name": "B", "parentId": top}).text("data", "id")
	c.call(500, "POST", "/folders", map[string]string{"name": "B", "parentId": top})
	c.call(400, "PATCH", "/folders/"+top, map[string]string{"parentId": sub})
	c.call(200, "POST", "/folders/"+sub+"/content", map[string]any{"contentIds": []string{content}})
	c.call(200, "DELETE", "/folders/"+sub, nil)
	if got := c.call(200, "GET", "/content/"+content, nil).text("data", "folderId"); got != top {
		t.Errorf("content is in %q, want the parent", got)
	}
}

func TestScheduleQuirks(t *testing.T) {
	s := start(t, Options{Displays: 1, Playlists: 1, Contents: 2})
	c := adminOf(t, s)
	d := s.Displays(s.Login().OrganizationID)[0]
	p := c.call(200, "GET", "/playlists", nil).text("data", "data", 0, "id")
	body := map[string]any{"name": "", "playlistId": p, "displayId": d, "startDate": "2026-01-01", "endDate": "2030-01-02", "daysOfWeek": []int{1, 1}, "startTime": 1320, "endTime": 60, "isActive": "false"}
	a := c.call(201, "POST", "/schedules", body)
	id := a.text("data", "id")
	if a.at("data", "isActive") != true {
		t.Error(`"false" is true for the platform`)
	}
	if v := c.call(200, "PATCH", "/schedules/"+id, map[string]any{"endDate": nil, "startTime": nil}); v.text("data", "endDate") != "2030-01-02T00:00:00.000Z" || v.at("data", "startTime") != nil {
		t.Errorf("%s", v.raw)
	}
	c.call(500, "PATCH", "/schedules/"+id, map[string]any{"daysOfWeek": nil})
	c.call(500, "PATCH", "/schedules/"+id, map[string]any{"displayId": ""})
	if v := c.call(200, "PATCH", "/schedules/"+id, map[string]any{"displayId": nil}); v.at("data", "displayId") != nil {
		t.Errorf("%s", v.raw)
	}
	c.call(500, "POST", "/schedules/check-conflicts", map[string]any{"daysOfWeek": []int{1}, "endDate": "2026-01-01"})
	if v := c.call(201, "POST", "/schedules/check-conflicts", map[string]any{"daysOfWeek": []int{1}}); v.at("data", "hasConflicts") != true {
		t.Errorf("%s", v.raw)
	}
}

func TestWhatADisplayPlays(t *testing.T) {
	s := start(t, Options{Displays: 1, Playlists: 2, Contents: 2})
	c := adminOf(t, s)
	d := s.Displays(s.Login().OrganizationID)[0]
	list := c.call(200, "GET", "/playlists", nil)
	first, second := list.text("data", "data", 0, "id"), list.text("data", "data", 1, "id")
	c.call(200, "PATCH", "/displays/"+d, map[string]string{"currentPlaylistId": first})
	c.call(201, "POST", "/schedules", map[string]any{"name": "late", "playlistId": second, "displayId": d, "startDate": "2026-01-01", "daysOfWeek": []int{1}, "startTime": 1320, "endTime": 60})
	for at, want := range map[string]string{
		"2026-11-23T21:59:00Z": first, "2026-11-23T22:00:00Z": second, "2026-11-24T00:30:00Z": second, "2026-11-24T01:00:00Z": first, // 23 November 2026 is a Monday
	} {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := s.CurrentPlaylist(d, when); got != want {
			t.Errorf("at %s: %s, want %s", at, got, want)
		}
	}
}

// witness records what hooks were told.
type witness struct {
	mu   sync.Mutex
	said []string
}

func (w *witness) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

func (w *witness) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	said := w.said
	w.said = nil
	return said
}

func TestHooks(t *testing.T) {
	w := &witness{}
	var s *Server
	s = start(t, Options{Displays: 1, Playlists: 1, Contents: 2, Hooks: Hooks{
		PushPlaylist: func(string, json.RawMessage) { w.say("playlist") },
		PushContent: func(id string, _ json.RawMessage, minutes int) error {
			s.SetDisplayStatus(id, "online", time.Now()) // hooks may call back
			w.say("content %d", minutes)
			if minutes == 7 {
				return errors.New("no_sockets")
			}
			return nil
		},
		Command:       func(_ string, cmd json.RawMessage) (bool, error) { w.say("command"); return true, nil },
		DeviceRevoked: func(_, reason string) { w.say("revoked %s", reason) },
		Notification:  func(_ string, _ json.RawMessage, user string) { w.say("notification%s", user) },
		Changed:       func(ch Change) { w.say("%s %s", ch.Kind, ch.Action) },
	}})
	c := adminOf(t, s)
	d := s.Displays(s.Login().OrganizationID)[0]
	p := c.call(200, "GET", "/playlists", nil).text("data", "data", 0, "id")
	co := c.call(200, "GET", "/content", nil).text("data", "data", 0, "id")
	for _, tc := range []struct {
		method, path string
		body         any
		status       int
		want         []string
	}{
		{"PATCH", "/displays/" + d, map[string]any{"currentPlaylistId": p}, 200, []string{"playlist", "display updated"}},
		{"PATCH", "/displays/" + d, map[string]any{"name": "n"}, 200, []string{"display updated"}},
		{"PATCH", "/playlists/" + p, map[string]any{"name": "n"}, 200, []string{"playlist updated", "playlist"}},
		{"POST", "/displays/" + d + "/push-content", map[string]any{"contentId": co}, 201, []string{"content 5"}},
		{"POST", "/displays/" + d + "/push-content", map[string]any{"contentId": co, "duration": 7}, 503, []string{"content 7"}},
		{"POST", "/displays/" + d + "/screenshot", nil, 201, []string{"command"}},
		{"POST", "/displays/" + d + "/disable", nil, 201, []string{"display updated", "revoked blocked"}},
		{"POST", "/displays/" + d + "/enable", nil, 201, []string{"display updated", "command"}},
		{"POST", "/content/" + co + "/flag", map[string]any{"reason": "r"}, 200, []string{"notification created", "notification", "content updated"}},
		{"PATCH", "/displays/" + d, map[string]any{"currentPlaylistId": nil}, 200, []string{"display updated"}},
		{"DELETE", "/playlists/" + p, nil, 200, []string{"playlist deleted"}},
		{"POST", "/displays/bulk/delete", map[string]any{"displayIds": []string{d}}, 201, []string{"display deleted"}},
	} {
		w.take()
		c.call(tc.status, tc.method, tc.path, tc.body)
		if said := w.take(); !slices.Equal(said, tc.want) {
			t.Errorf("%s %s told %v, want %v", tc.method, tc.path, said, tc.want)
		}
	}
}

func TestPairing(t *testing.T) {
	s := start(t, Options{})
	device, c := newClient(t, s), adminOf(t, s)
	code := device.call(201, "POST", "/devices/pairing/request", map[string]any{"deviceIdentifier": "dev-1", "metadata": map[string]string{"hostname": "pi"}}).text("data", "code")
	if a := device.call(200, "GET", "/devices/pairing/status/"+code, nil); a.text("data", "status") != "pending" {
		t.Errorf("%s", a.raw)
	}
	if a := c.call(200, "GET", "/devices/pairing/active", nil); string(a.raw) != `{"success":true,"data":[]}` {
		t.Errorf("brand-new codes do not appear: %s", a.raw)
	}
	a := c.call(201, "POST", "/devices/pairing/complete", map[string]string{"code": code, "nickname": "New", "location": "ignored"})
	id := a.text("display", "id")
	if a.text("display", "status") != "pairing" || a.at("data") != nil {
		t.Errorf("%s", a.raw)
	}
	if v := c.call(200, "GET", "/displays/"+id, nil); v.text("data", "location") != "pi" {
		t.Errorf("location %s", v.raw)
	}
	c.call(400, "POST", "/devices/pairing/complete", map[string]string{"code": code})
	token := device.call(200, "GET", "/devices/pairing/status/"+code, nil).text("data", "deviceToken")
	device.call(404, "GET", "/devices/pairing/status/"+code, nil) // one-shot
	device.token = token
	device.call(201, "POST", "/displays/"+id+"/heartbeat", nil)
	device.call(401, "GET", "/displays", nil)
}
