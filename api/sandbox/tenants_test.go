// Who may do what, as the contract's tables have it, and what another organization sees of it: nothing.

package sandbox

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// The roles and gates of the contract's tables, copied: "METHOD /path ROLES GATES".
func TestContractRoles(t *testing.T) {
	b, err := os.ReadFile("testdata/contract-roles.txt")
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]RouteInfo{}
	for _, r := range Routes() {
		served[r.Method+" "+r.Path] = r
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) < 150 {
		t.Fatalf("only %d lines", len(lines))
	}
	for _, line := range lines {
		f := append(strings.Fields(line), "")
		r, ok := served[f[0]+" "+f[1]]
		if !ok {
			t.Errorf("%s %s is not served", f[0], f[1])
			continue
		}
		if r.Roles != f[2] || r.Gates != f[3] {
			t.Errorf("%s %s is for %s with gates %q, the contract says %s and %q", f[0], f[1], r.Roles, r.Gates, f[2], f[3])
		}
	}
}

// A foreign id behaves like a missing one: 404, and where the contract says so 403 or 400 (contract rest 1.11).
func TestTenants(t *testing.T) {
	s := start(t, Options{Displays: 4, Playlists: 2, Contents: 4, Variety: true})
	ours, theirs := adminOf(t, s), newClient(t, s).login(s.Logins()[4])
	first := func(path string) string {
		a := ours.call(200, "GET", path, nil)
		if id := a.text("data", "data", 0, "id"); id != "" {
			return id
		}
		return a.text("data", 0, "id")
	}
	display, playlist, content, folder := s.Displays(s.Login().OrganizationID)[0], first("/playlists"), first("/content"), first("/folders")
	schedule, group, hook, rule := first("/schedules"), first("/display-groups"), first("/webhooks"), first("/tag-rules")
	alert, template, notification, key := first("/notifications/alert-rules"), first("/provisioning-templates"), first("/notifications"), first("/api-keys")
	user := ours.call(200, "GET", "/auth/me", nil).text("data", "user", "id")
	tag, _ := tagged(t, ours)
	own := theirs.call(201, "POST", "/playlists", body{"name": "P"}).text("data", "id")
	ownDisplay := theirs.call(201, "POST", "/displays", body{"name": "D", "deviceId": "theirs"}).text("data", "id")
	ownFolder := theirs.call(201, "POST", "/folders", body{"name": "F"}).text("data", "id")
	before := ours.call(200, "GET", "/displays/"+display, nil).raw
	theirs.walk([]step{
		{404, "GET", "/displays/" + display, nil, "Display not found"},
		{404, "PATCH", "/displays/" + display, body{"name": "x"}, ""},
		{404, "DELETE", "/displays/" + display, nil, ""},
		{404, "POST", "/displays/" + display + "/disable", nil, ""},
		{201, "POST", "/displays/bulk/delete", body{"displayIds": []string{display}}, `"deleted":0`},
		{404, "POST", "/displays/bulk/assign-playlist", body{"displayIds": []string{display}, "playlistId": own}, ""},
		{404, "PATCH", "/displays/" + ownDisplay, body{"currentPlaylistId": playlist}, "does not belong"},
		{404, "POST", "/displays/" + ownDisplay + "/tags", body{"tagIds": []string{tag}}, ""},
		{404, "GET", "/playlists/" + playlist, nil, ""},
		{404, "POST", "/playlists/" + own + "/items", body{"contentId": content}, ""},
		{404, "GET", "/content/" + content, nil, ""},
		{400, "POST", "/content/bulk/archive", body{"ids": []string{content}}, "not found or not accessible"},
		{400, "POST", "/folders/" + ownFolder + "/content", body{"contentIds": []string{content}}, ""},
		{400, "POST", "/folders", body{"name": "x", "parentId": folder}, ""},
		{404, "GET", "/folders/" + folder, nil, ""},
		{404, "GET", "/schedules/" + schedule, nil, ""},
		{404, "POST", "/schedules", body{"name": "s", "playlistId": own, "displayId": display, "startDate": "2026-01-01", "daysOfWeek": []int{1}}, "Display not found"},
		{404, "GET", "/display-groups/" + group, nil, ""},
		{404, "GET", "/webhooks/" + hook, nil, ""},
		{404, "GET", "/webhooks/" + hook + "/deliveries", nil, ""},
		{404, "GET", "/tag-rules/" + rule, nil, ""},
		{403, "POST", "/tag-rules", body{"name": "x", "tagId": tag, "playlistId": own}, ""},
		{404, "GET", "/notifications/alert-rules/" + alert, nil, ""},
		{404, "GET", "/provisioning-templates/" + template, nil, ""},
		{403, "POST", "/provisioning-templates", body{"name": "x", "defaultPlaylistId": playlist}, ""},
		{404, "PATCH", "/notifications/" + notification + "/read", nil, ""},
		{404, "DELETE", "/api-keys/" + key, nil, "API key not found"},
		{404, "GET", "/users/" + user, nil, ""},
		{404, "POST", "/fleet/commands", body{"command": "reload", "target": body{"type": "device", "id": display}}, ""},
		{404, "GET", "/analytics/device-uptime/" + display, nil, ""},
		{201, "POST", "/schedules/check-conflicts", body{"daysOfWeek": []int{1}, "displayId": display}, `"hasConflicts":false`},
		{409, "POST", "/displays", body{"name": "x", "deviceId": deviceOf(before)}, "already exists"}, // the one leak
	})
	if after := ours.call(200, "GET", "/displays/"+display, nil).raw; string(after) != string(before) {
		t.Errorf("the display was %s and is %s", before, after)
	}
}

// deviceOf is the deviceIdentifier of a display's answer.
func deviceOf(raw []byte) string {
	var a struct {
		Data struct {
			DeviceIdentifier string `json:"deviceIdentifier"`
		} `json:"data"`
	}
	_ = json.Unmarshal(raw, &a) // a wrong text fails the step that uses it
	return a.Data.DeviceIdentifier
}
