// One or two rows of every other kind, so that each list of a sandbox that somebody looks at shows something.

package sandbox

import (
	"encoding/json"
	"strings"
	"time"
)

// seedMore needs displays and playlists; the rows of each kind are as old as the sandbox, a minute apart.
func (s *Server) seedMore(t *tenant, now time.Time) {
	if t.displays.len() == 0 || t.playlists.len() == 0 || t.tags.len() == 0 {
		return
	}
	made := 0
	next := func() stamp {
		made++
		return stamp{now.Add(time.Duration(made-30) * time.Minute)}
	}
	s.seedFolders(t, next)
	front := s.seedGroup(t, "Front of House", func(name string) bool { return strings.HasPrefix(name, "Lobby") || strings.HasPrefix(name, "Front") }, next())
	s.seedGroup(t, "Drive-thru", func(name string) bool { return strings.HasPrefix(name, "Drive-thru") }, next())
	s.seedSchedules(t, front, next)
	admin := t.users.list[0]
	playlist, tag := t.playlists.list[0].ID, t.tags.list[t.tags.len()-1].ID
	s.seedRow(t, tagRules(), next(), `{"name":"Outdoor screens","tagId":"`+tag+`","playlistId":"`+playlist+`"}`)
	s.seedRow(t, provisioning(), next(), `{"name":"Window, portrait","defaultOrientation":"portrait","defaultTimezone":"Europe/Berlin","defaultPlaylistId":"`+playlist+`","isDefault":true}`)
	hook := s.seedRow(t, webhooks(), next(), `{"name":"Kitchen board","url":"https://hooks.example.com/vizora","events":["display.paired","content.created"]}`)
	for _, outcome := range []string{`{"event":"content.created","status":"success","statusCode":200,"errorMessage":null,"durationMs":84}`, `{"event":"display.paired","status":"failure","statusCode":503,"errorMessage":"HTTP 503","durationMs":120}`} {
		d := s.seedRow(t, deliveries(), next(), outcome)
		d.v["webhookId"], d.v["attemptedAt"] = hook.key(), d.str("createdAt")
		hook.v["lastDeliveryAt"], hook.v["lastError"], hook.v["failureCount"] = d.str("createdAt"), d.v["errorMessage"], 1.0
	}
	rule := s.seedRow(t, alertRules(), next(), `{"name":"Drive-thru down","triggerEvent":"device.offline","scope":"group","scopeGroupId":"`+t.groups.list[1].ID+`","minOfflineSec":300}`)
	rule.v["recipients"] = []any{s.newRecipient(rule.key(), "email", "ops@harbour.test", stamp{now}).v}
	s.seedNotifications(t, next)
	t.apiKeys.add(&apiKey{apiKeyRow: apiKeyRow{ID: s.ids.cuid(), Name: "Nightly report", Prefix: apiKeyPrefix, Scopes: []string{"read:all"}, CreatedAt: next()}, Hash: secret(32)})
	s.seedRow(t, auditEntries(), next(), `{"action":"user_invited","entityType":"user","entityId":"`+t.users.list[1].ID+`","changes":{"email":"`+t.users.list[1].Email+`","role":"manager"},"ipAddress":null,"userAgent":null,"displayId":null,"userId":"`+admin.ID+`"}`)
}

// seedRow adds a record of fields written as JSON.
func (s *Server) seedRow(t *tenant, k *kind, at stamp, fields string) *record {
	r := s.newRecord(t, k, at)
	_ = json.Unmarshal([]byte(fields), &r.v) // our own text
	t.rows(k).add(r)
	return r
}

func (s *Server) seedFolders(t *tenant, next func() stamp) {
	var parent *string
	for i, name := range []string{"Menus", "Promotions", "Summer"} {
		at := next()
		f := &folderRow{ID: s.ids.cuid(), Name: name, OrganizationID: t.org.ID, CreatedAt: at, UpdatedAt: at}
		if i == 2 {
			f.ParentID = parent
		}
		parent = &f.ID
		t.folders.add(f)
		for j, co := range t.contents.list {
			if j%5 == i {
				co.FolderID = &f.ID
			}
		}
	}
}

func (s *Server) seedGroup(t *tenant, name string, member func(string) bool, at stamp) *group {
	g := &group{groupRow: groupRow{ID: s.ids.cuid(), Name: name, CreatedAt: at, UpdatedAt: at, OrganizationID: t.org.ID}}
	for _, d := range t.displays.list[:min(50, t.displays.len())] {
		if member(*d.Nickname) {
			g.Members = append(g.Members, memberRow{s.ids.cuid(), d.ID, g.ID, at})
		}
	}
	t.groups.add(g)
	return g
}

// seedSchedules makes a morning of a group, a night of a display that runs past midnight, and one that is switched off.
func (s *Server) seedSchedules(t *tenant, g *group, next func() stamp) {
	for i, name := range []string{"Breakfast", "Late Evening", "Holiday Specials"} {
		at := next()
		day := at.Truncate(24 * time.Hour)
		sc := &scheduleRow{
			ID: s.ids.cuid(), Name: name, StartDate: stamp{day.AddDate(0, -1, 0)}, DaysOfWeek: []int{1, 2, 3, 4, 5}, StartTime: ptr(6 * 60), EndTime: ptr(11 * 60),
			Priority: 10 * i, IsActive: i < 2, CreatedAt: at, UpdatedAt: at, OrganizationID: t.org.ID, PlaylistID: t.playlists.list[i%t.playlists.len()].ID, DisplayGroupID: &g.ID,
		}
		if i == 1 {
			sc.DaysOfWeek, sc.StartTime, sc.EndTime = []int{5, 6}, ptr(20*60), ptr(2*60)
			sc.DisplayGroupID, sc.DisplayID = nil, &t.displays.list[0].ID
		}
		t.schedules.add(sc)
	}
}

func (s *Server) seedNotifications(t *tenant, next func() stamp) {
	first := t.displays.list[0]
	for i, text := range []string{
		"content_expired|info|Content expired|A content item has reached its end date",
		"device_offline|warning|Device offline|" + *first.Nickname + " has been offline for 5 minutes",
		"system|info|Welcome to Vizora|Pair a screen to begin",
	} {
		f := strings.Split(text, "|")
		at := next()
		n := &notificationRow{ID: s.ids.cuid(), Type: f[0], Severity: f[1], Title: f[2], Message: f[3], Read: i == 0, OrganizationID: t.org.ID, CreatedAt: at, UpdatedAt: at}
		if i == 1 {
			n.Metadata = mustJSON(map[string]string{"deviceId": first.ID})
		}
		t.notifications.add(n)
	}
}
