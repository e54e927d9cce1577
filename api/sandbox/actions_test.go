// Tags, sessions, screenshots, bulk edits, and the snapshot for the realtime side.

package sandbox

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/sandbox/socketio"
)

func TestTags(t *testing.T) {
	s := start(t, Options{Displays: 2, Contents: 3})
	c := adminOf(t, s)
	id := s.Displays(s.Login().OrganizationID)[1]
	tags := c.call(200, "GET", "/content/tags", nil)
	tag := tags.text("data", 0, "id")
	if tags.at("data", 0, "contentCount") != 1.0 {
		t.Errorf("%s", tags.raw)
	}
	for range 2 { // idempotent
		if a := c.call(201, "POST", "/displays/"+id+"/tags", map[string]any{"tagIds": []string{tag}}); a.text("data", 0, "id") != tag {
			t.Errorf("%s", a.raw)
		}
	}
	if a := c.call(200, "GET", "/displays/"+id, nil); a.text("data", "tags", 0, "tag", "id") != tag || a.at("data", "tags", 1) != nil {
		t.Errorf("%s", a.raw)
	}
	c.call(404, "POST", "/displays/"+id+"/tags", map[string]any{"tagIds": []string{"nope"}})
	if a := c.call(201, "POST", "/displays/"+id+"/tags/remove", map[string]any{"tagIds": []string{tag, "nope"}}); string(a.raw) != `{"success":true,"removed":2}` {
		t.Errorf("%s", a.raw)
	}
	if a := c.call(200, "GET", "/displays/"+id+"/tags", nil); string(a.raw) != `{"success":true,"data":[]}` {
		t.Errorf("%s", a.raw)
	}
	list := c.call(200, "GET", "/content", nil)
	one, two := list.text("data", "data", 0, "id"), list.text("data", "data", 2, "id")
	body := map[string]any{"contentIds": []string{one, two}, "tagIds": []string{tag}}
	if a := c.call(200, "POST", "/content/bulk/tags", body); a.at("data", "added") != 2.0 {
		t.Errorf("%s", a.raw)
	}
	if a := c.call(200, "GET", "/content?tagIds="+tag+"&tagNames=promotion,other", nil); a.at("data", "meta", "total") != 3.0 {
		t.Errorf("%s", a.raw)
	}
	body["operation"] = "remove"
	if a := c.call(200, "POST", "/content/bulk/tags", body); a.at("data", "removed") != 2.0 {
		t.Errorf("%s", a.raw)
	}
}

func TestBulkUpdate(t *testing.T) {
	c := adminOf(t, start(t, Options{Contents: 2}))
	id := c.call(200, "GET", "/content", nil).text("data", "data", 0, "id")
	for _, tc := range []struct {
		add    map[string]any
		status int
		want   float64
	}{
		{nil, 200, 0},
		{map[string]any{"duration": 44, "description": "d"}, 200, 1},
		{map[string]any{"expiresAt": "2030-01-01"}, 500, 0},
		{map[string]any{"expiresAt": "2030-01-01T00:00:00.000Z"}, 200, 1},
	} {
		body := map[string]any{"ids": []string{id}}
		for k, v := range tc.add {
			body[k] = v
		}
		a := c.call(tc.status, "POST", "/content/bulk/update", body)
		if tc.status == 200 && a.at("data", "updated") != tc.want {
			t.Errorf("%v: %s", tc.add, a.raw)
		}
	}
	if a := c.call(200, "GET", "/content/"+id, nil); a.at("data", "duration") != 44.0 || a.text("data", "expiresAt") == "" {
		t.Errorf("%s", a.raw)
	}
	c.call(200, "POST", "/content/bulk/restore", map[string]any{"ids": []string{id}})
	if a := c.call(200, "POST", "/content/bulk/delete", map[string]any{"ids": []string{id, id}}); a.at("data", "deleted") != 1.0 {
		t.Errorf("%s", a.raw)
	}
}

func TestSessions(t *testing.T) {
	s := start(t, Options{})
	c := adminOf(t, s)
	l := s.Login()
	second := c.call(201, "POST", "/auth/login", map[string]string{"email": l.Email, "password": l.Password})
	cookie := refreshCookie + "=" + second.cookie(refreshCookie)
	list := c.call(200, "GET", "/auth/sessions", nil, "Cookie", cookie)
	if list.at("data", "sessions", 0, "current") != false || list.at("data", "sessions", 1, "current") != true {
		t.Errorf("%s", list.raw)
	}
	if a := c.call(200, "DELETE", "/auth/sessions", nil, "Cookie", cookie); a.at("data", "revokedCount") != 1.0 {
		t.Errorf("%s", a.raw)
	}
	c.call(200, "DELETE", "/auth/sessions/unknown", nil)
	if a := c.call(200, "DELETE", "/auth/sessions", nil); a.at("data", "revokedCount") != 1.0 {
		t.Errorf("without the cookie none is spared: %s", a.raw)
	}
	c.call(401, "POST", "/auth/refresh", nil, "Cookie", cookie)
	c.call(200, "GET", "/auth/me", nil)
	c.call(400, "PATCH", "/auth/me", map[string]string{})
	if a := c.call(200, "PATCH", "/auth/me", map[string]string{"firstName": "New"}); a.text("data", "user", "firstName") != "New" {
		t.Errorf("%s", a.raw)
	}
}

func TestRealtimeState(t *testing.T) {
	faults, err := ParseFaults("ws-drop 2/min; ws-drop 1/min; ws-lose 50%; ws-lose 50%; ws-duplicate 10%")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Displays: 2, Faults: faults, Hooks: Hooks{
		Command: func(string, json.RawMessage) (bool, error) { return false, nil },
	}})
	c := adminOf(t, s)
	org := s.Login().OrganizationID
	id, at := s.Displays(org)[0], time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s.SetDisplayStatus(id, "online", at)
	s.SetDisplayStatus("unknown", "online", at)
	if snap := s.DisplaySnapshot(org); len(snap) != 2 || snap[0] != (DisplayState{id, "online", at}) || !snap[1].LastHeartbeat.IsZero() {
		t.Errorf("%+v", snap)
	}
	c.call(503, "POST", "/displays/"+id+"/screenshot", nil) // online in the row, no socket
	s.SetScreenshot(id, "http://127.0.0.1/shot.png", 1920, 1080, at)
	if a := c.call(200, "GET", "/displays/"+id+"/screenshot", nil); a.text("data", "capturedAt") != "2026-11-23T09:00:00.000Z" || a.at("data", "width") != 1920.0 {
		t.Errorf("%s", a.raw)
	}
	if f := realtimeFaults(faults, 9); f != (socketio.Faults{DropPerMinute: 3, Lose: 0.75, Duplicate: 0.1, Seed: 9}) {
		t.Errorf("%+v", f)
	}
}
