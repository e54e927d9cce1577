// The resources around displays and content: what each refuses, with which status and in which words.

package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// step is one request and what must come back: the status, and the message or, of a success, a piece of the body.
type step struct {
	status       int
	method, path string
	body         any
	want         string
}

type body = map[string]any

// walk sends the steps in order. $1, $2 ... in a path stand for the ids given.
func (c *client) walk(steps []step, ids ...string) {
	c.t.Helper()
	for _, st := range steps {
		for i, id := range ids {
			st.path = strings.ReplaceAll(st.path, "$"+string(rune('1'+i)), id)
		}
		a := c.call(st.status, st.method, st.path, st.body)
		if got := a.message(); st.want != "" && st.status >= 400 && !strings.Contains(got, st.want) {
			c.t.Errorf("%s %s: message %q, want %q", st.method, st.path, got, st.want)
		}
		if st.want != "" && st.status < 400 && !strings.Contains(string(a.raw), st.want) {
			c.t.Errorf("%s %s: %s, want %s in it", st.method, st.path, a.raw, st.want)
		}
	}
}

const (
	noUUID = "00000000-0000-4000-8000-000000000000"
	noCUID = "cmaaaaaaaaaaaaaaaaaaaaaaa"
)

// tagged gives a tag of the sample data and a display that has it.
func tagged(t *testing.T, c *client) (tag, display string) {
	t.Helper()
	a := c.call(200, "GET", "/displays?limit=100", nil)
	rows, _ := a.at("data", "data").([]any)
	for i := range rows {
		if tag = a.text("data", "data", i, "tags", 0, "tagId"); tag != "" {
			return tag, a.text("data", "data", i, "id")
		}
	}
	t.Fatal("no display has a tag")
	return "", ""
}

func TestTagRules(t *testing.T) {
	s := start(t, Options{Displays: 6, Playlists: 2, Contents: 4})
	c := adminOf(t, s)
	tag, display := tagged(t, c)
	p := c.call(200, "GET", "/playlists", nil).text("data", "data", 0, "id")
	c.call(200, "PATCH", "/displays/"+display, body{"currentPlaylistId": nil})
	rule := body{"name": "R", "tagId": tag, "playlistId": p}
	id := c.call(201, "POST", "/tag-rules", rule).text("data", "id")
	if got := c.call(200, "GET", "/displays/"+display, nil).text("data", "currentPlaylistId"); got != p {
		t.Errorf("the display has %q, the rule gives %q", got, p)
	}
	c.walk([]step{
		{500, "POST", "/tag-rules", rule, "Unique constraint"},
		{403, "POST", "/tag-rules", body{"name": "X", "tagId": noCUID, "playlistId": p}, "Tag " + noCUID + " does not belong to this organization"},
		{403, "POST", "/tag-rules", body{"name": "X", "tagId": tag, "playlistId": noCUID}, "Playlist " + noCUID + " does not belong to this organization"},
		{400, "POST", "/tag-rules", body{"name": "X", "tagId": tag, "playlistId": p, "priority": 1000}, "priority must be <= 999"},
		{400, "POST", "/tag-rules", body{"name": "", "tagId": tag, "playlistId": p}, "name must be longer than or equal to 1 characters"},
		{200, "PATCH", "/tag-rules/$1", body{}, `"priority":100`},
		{200, "PATCH", "/tag-rules/$1", body{"isActive": "false"}, `"isActive":true`},
		{200, "PATCH", "/tag-rules/$1", body{"isActive": false}, `"isActive":false`},
		{200, "GET", "/tag-rules?isActive=false", nil, `"data":[]`},
		{200, "GET", "/tag-rules?isActive=", nil, `"name":"R"`},
		{400, "GET", "/tag-rules?page=1", nil, "property page should not exist"},
		{201, "POST", "/tag-rules/$1/re-evaluate", nil, `{"scanned":0,"assigned":0}`},
		{200, "DELETE", "/playlists/" + p, nil, ""},
		{200, "GET", "/tag-rules/$1", nil, `"playlistId":null`},
		{204, "DELETE", "/tag-rules/$1", nil, ""},
		{404, "DELETE", "/tag-rules/$1", nil, "Tag assignment rule"},
		{400, "GET", "/tag-rules/x", nil, "valid ID expected"},
	}, id)
}

func TestWebhooks(t *testing.T) {
	s := start(t, Options{})
	c := adminOf(t, s)
	hook := func(name, url string) body {
		return body{"name": name, "url": url, "secret": "Abcdefghijklmnop1", "events": []string{"content.created"}}
	}
	a := c.call(201, "POST", "/webhooks", hook("W", "https://hooks.example.com/x?a=1&b=2"))
	if a.at("data", "secret") != nil || a.text("data", "url") != "https://hooks.example.com/x?a=1&b=2" {
		t.Errorf("%s", a.raw)
	}
	id := a.text("data", "id")
	down := c.call(201, "POST", "/webhooks", hook("D", "https://down.example.com/")).text("data", "id")
	for range webhookFailures {
		c.call(201, "POST", "/content", body{"name": "n", "type": "url", "url": "https://a.example.com"})
	}
	weak := hook("X", "https://hooks.example.com")
	weak["secret"] = "abcdefghijklmnopq"
	twice := hook("X", "https://hooks.example.com")
	twice["events"] = []string{"content.created", "content.created"}
	c.walk([]step{
		{500, "POST", "/webhooks", hook("W", "https://hooks.example.com"), "Unique constraint"},
		{400, "POST", "/webhooks", hook("X", "http://hooks.example.com"), "webhook url must use HTTPS"},
		{400, "POST", "/webhooks", hook("X", "https://10.0.0.1/"), "webhook url points to a blocked address"},
		{400, "POST", "/webhooks", weak, "secret"},
		{400, "POST", "/webhooks", twice, "events's elements must be unique"},
		{404, "PATCH", "/webhooks/$1", body{}, "Webhook"},
		{200, "GET", "/webhooks/$1/deliveries?status=success", nil, `"total":10,`},
		{200, "GET", "/webhooks/$2", nil, `"failureCount":10`},
		{200, "GET", "/webhooks/$2", nil, `"isActive":false`},
		{200, "PATCH", "/webhooks/$2", body{"isActive": true}, `"failureCount":0`},
		{204, "DELETE", "/webhooks/$1", nil, ""},
		{404, "GET", "/webhooks/$1/deliveries", nil, ""},
	}, id, down)
}

func TestAlertRules(t *testing.T) {
	s := start(t, Options{Displays: 1})
	c := adminOf(t, s)
	d := s.Displays(s.Login().OrganizationID)[0]
	me := c.call(200, "GET", "/auth/me", nil).text("data", "user", "id")
	foreign := newClient(t, s).login(s.Logins()[4]).call(200, "GET", "/auth/me", nil).text("data", "user", "id")
	rule := func(change body) body {
		b := body{"name": "R", "triggerEvent": "device.offline", "scope": "all", "recipients": []body{{"channel": "in_app", "target": me}}}
		for k, v := range change {
			b[k] = v
		}
		return b
	}
	id := c.call(201, "POST", "/notifications/alert-rules", rule(nil)).text("data", "id")
	extra := c.call(201, "POST", "/notifications/alert-rules/"+id+"/recipients", body{"channel": "email", "target": "a@b.example"}).text("data", "id")
	c.walk([]step{
		{500, "POST", "/notifications/alert-rules", rule(nil), "Unique constraint"},
		{400, "POST", "/notifications/alert-rules", rule(body{"recipients": []body{}}), "at least one recipient is required"},
		{400, "POST", "/notifications/alert-rules", rule(body{"minOfflineSec": 60}), "minOfflineSec must be >= 120"},
		{400, "POST", "/notifications/alert-rules", rule(body{"triggerEvent": "x"}), "triggerEvent must be one of: device.offline"},
		{400, "POST", "/notifications/alert-rules", rule(body{"recipients": []body{{"channel": "sms", "target": "x"}}}), "recipients.0.channel must be one of: in_app, email, slack_webhook"},
		{400, "POST", "/notifications/alert-rules", rule(body{"recipients": []body{{"channel": "email", "target": "x"}}}), "recipients.0.email target must be a valid email address"},
		{403, "POST", "/notifications/alert-rules", rule(body{"recipients": []body{{"channel": "in_app", "target": foreign}}}), "does not belong to this organization"},
		{404, "POST", "/notifications/alert-rules", rule(body{"name": "S", "scope": "display", "scopeDisplayId": noUUID}), "Display " + noUUID},
		{400, "POST", "/notifications/alert-rules", rule(body{"name": "S", "scope": "tag"}), "scopeTagId must be a string"},
		{200, "PATCH", "/notifications/alert-rules/$1", body{}, `"name":"R"`},
		{400, "PATCH", "/notifications/alert-rules/$1", body{"recipients": []body{}}, "property recipients should not exist"},
		{200, "PATCH", "/notifications/alert-rules/$1", body{"scope": "display", "scopeDisplayId": d}, `"scopeDisplayId":"` + d},
		{200, "DELETE", "/displays/" + d, nil, ""},
		{200, "GET", "/notifications/alert-rules/$1", nil, `"scopeDisplayId":null`},
		{204, "DELETE", "/notifications/alert-rules/$1/recipients/$2", nil, ""},
		{404, "DELETE", "/notifications/alert-rules/$1/recipients/$2", nil, "Recipient"},
		{204, "DELETE", "/notifications/alert-rules/$1", nil, ""},
		{404, "GET", "/notifications/alert-rules/$1", nil, "Alert rule"},
	}, id, extra)
}

func TestProvisioning(t *testing.T) {
	s := start(t, Options{Playlists: 1, Contents: 2})
	c, device := adminOf(t, s), newClient(t, s)
	p := c.call(200, "GET", "/playlists", nil).text("data", "data", 0, "id")
	id := c.call(201, "POST", "/provisioning-templates", body{"name": "T", "defaultOrientation": "portrait", "defaultTimezone": "Not/AZone", "defaultPlaylistId": p}).text("data", "id")
	code := device.call(201, "POST", "/devices/pairing/request", body{"deviceIdentifier": "d"}).text("data", "code")
	c.walk([]step{
		{500, "POST", "/provisioning-templates", body{"name": "T"}, "Unique constraint"},
		{403, "POST", "/provisioning-templates", body{"name": "U", "defaultPlaylistId": noCUID}, "does not belong"},
		{400, "POST", "/provisioning-templates", body{"name": "U", "defaultOrientation": "round"}, "defaultOrientation must be one of: landscape, portrait"},
		{404, "POST", "/devices/pairing/complete", body{"code": code, "provisioningTemplateId": noCUID}, "Provisioning template " + noCUID + " not found"},
		{201, "POST", "/devices/pairing/complete", body{"code": code, "provisioningTemplateId": id}, `"status":"pairing"`},
		{200, "GET", "/displays", nil, `"timezone":"Not/AZone"`},
		{200, "GET", "/displays", nil, `"orientation":"portrait"`},
		{200, "GET", "/displays", nil, `"currentPlaylistId":"` + p},
		{200, "PATCH", "/provisioning-templates/$1", body{}, `"name":"T"`},
		{200, "PATCH", "/provisioning-templates/$1", body{"defaultPlaylistId": nil}, `"defaultPlaylistId":null`},
		{500, "PATCH", "/provisioning-templates/$1", body{"name": nil}, "must not be null"},
		{204, "DELETE", "/provisioning-templates/$1", nil, ""},
		{404, "GET", "/provisioning-templates/$1", nil, "Provisioning template"},
	}, id)
}

func TestOrganization(t *testing.T) {
	s := start(t, Options{ObjectStorage: true})
	c := adminOf(t, s)
	own, other := s.Login().OrganizationID, s.Logins()[4].OrganizationID
	brand := body{"name": "B", "primaryColor": "#112233", "secondaryColor": "#445566", "showPoweredBy": false, "customCSS": "a > b"}
	c.walk([]step{
		{403, "GET", "/organizations/$2", nil, "your own organization"},
		{403, "PATCH", "/organizations/$2", body{"name": "n"}, "You can only update your own organization"},
		{403, "DELETE", "/organizations/$2", nil, "You can only delete your own organization"},
		{403, "PUT", "/organizations/$2/branding", brand, "your own organization"},
		{400, "GET", "/organizations/x", nil, "uuid is expected"},
		{200, "PATCH", "/organizations/$1", body{}, `"name":"Harbour Coffee"`},
		{500, "PATCH", "/organizations/$1", body{"plan": "pro"}, "plan"},
		{409, "PATCH", "/organizations/$1", body{"slug": "lighthouse-books"}, "slug"},
		{200, "PATCH", "/organizations/$1", body{"slug": "Bad Slug!"}, `"slug":"Bad Slug!"`},
		{200, "PATCH", "/organizations/$1", body{"settings": body{"a": 1}}, `"settings":{"a":1}`},
		{200, "PATCH", "/organizations/$1", body{"settings": body{"b": 2}}, `"settings":{"a":1,"b":2}`},
		{200, "GET", "/organizations/$1/branding", nil, `"fontFamily":"sans"`},
		{400, "PUT", "/organizations/$1/branding", body{"name": "B"}, "primaryColor"},
		{200, "PUT", "/organizations/$1/branding", brand, `"customCSS":"a &gt; b"`},
		{200, "GET", "/organizations/$1/branding", nil, `{"name":"B","primaryColor":"#112233","secondaryColor":"#445566","showPoweredBy":false,"customCSS":"a &gt; b"}`},
		{201, "POST", "/organizations", body{"name": "Stray", "slug": "stray"}, `"subscriptionTier":"free"`},
		{409, "POST", "/organizations", body{"name": "Stray", "slug": "stray"}, ""},
	}, own, other)
	form, kind := fileForm(t, "file", "logo.png", "image/png", redPNG(t), nil)
	if a := c.call(201, "POST", "/organizations/"+own+"/branding/logo", form, "Content-Type", kind); a.text("data", "objectKey") == "" {
		t.Errorf("%s", a.raw)
	}
	form, kind = fileForm(t, "file", "me.png", "image/png", redPNG(t), nil)
	c.call(404, "GET", "/auth/me/avatar", nil)
	c.call(201, "POST", "/auth/me/avatar", form, "Content-Type", kind)
	if a := c.call(200, "GET", "/auth/me/avatar", nil); a.header.Get("Content-Type") != "image/png" {
		t.Errorf("%v", a.header)
	}
	c.call(200, "DELETE", "/auth/me/avatar", nil)
	c.call(200, "DELETE", "/organizations/"+own, nil)
	c.call(401, "GET", "/displays", nil)
}

// The only active admin takes the whole organization along.
func TestDeleteAccount(t *testing.T) {
	s := start(t, Options{Displays: 1})
	c, other := adminOf(t, s), newClient(t, s).login(s.Logins()[4])
	c.walk([]step{
		{401, "DELETE", "/auth/account", body{"password": "x", "confirmation": "DELETE MY ACCOUNT"}, "Incorrect password"},
		{400, "DELETE", "/auth/account", body{"password": s.Login().Password, "confirmation": "yes"}, "confirmation"},
		{200, "DELETE", "/auth/account", body{"password": s.Login().Password, "confirmation": "DELETE MY ACCOUNT"}, ""},
		{401, "GET", "/displays", nil, ""},
	})
	newClient(t, s).login(s.Logins()[1]).call(200, "GET", "/displays", nil) // there was a second admin
	other.call(200, "DELETE", "/auth/account", body{"password": s.Logins()[4].Password, "confirmation": "DELETE MY ACCOUNT"})
	newClient(t, s).call(401, "POST", "/auth/login", body{"email": s.Logins()[4].Email, "password": s.Logins()[4].Password})
}

func TestFleetCommands(t *testing.T) {
	var sent []string
	now := newClock()
	s := start(t, Options{Displays: 6, Contents: 1, Now: now.now, Hooks: Hooks{Command: func(_ string, cmd json.RawMessage) (bool, error) {
		sent = append(sent, string(cmd))
		return len(sent)%2 == 1, nil
	}}})
	admin, manager := adminOf(t, s), newClient(t, s).login(s.Logins()[1])
	tag, display := tagged(t, admin)
	co := admin.call(200, "GET", "/content", nil).text("data", "data", 0, "id")
	g := admin.call(201, "POST", "/display-groups", body{"name": "G"}).text("data", "id")
	to := func(kind, id string) body { return body{"type": kind, "id": id} }
	push := func(payload body) body {
		return body{"command": "push_content", "target": to("device", display), "payload": payload}
	}
	manager.walk([]step{
		{201, "POST", "/fleet/commands", body{"command": "reload", "target": to("organization", "anything")}, `"devicesTargeted":6,"devicesOnline":3,"devicesQueued":3,"devicesDelivered":3,"devicesFailed":0`},
		{201, "POST", "/fleet/commands", body{"command": "restart", "target": to("group", g)}, `"devicesTargeted":0`},
		{201, "POST", "/fleet/commands", body{"command": "restart", "target": to("tag", tag)}, `"name":"tag: `},
		{404, "POST", "/fleet/commands", body{"command": "reload", "target": to("device", noUUID)}, "not found in organization"},
		{400, "POST", "/fleet/commands", body{"command": "explode", "target": to("device", display)}, "command must be one of the following values"},
		{400, "POST", "/fleet/commands", push(body{"contentId": co, "duration": 7}), "payload.duration must be one of the following values: 15, 30, 60, 120, 240"},
		{403, "POST", "/fleet/commands", push(body{"contentId": co, "priority": "emergency"}), "Emergency"},
		{403, "POST", "/fleet/commands", body{"command": "update", "target": to("device", display)}, ""},
	})
	id := admin.call(201, "POST", "/fleet/commands", push(body{"contentId": co, "priority": "emergency", "duration": 15})).text("data", "commandId")
	admin.walk([]step{
		{500, "POST", "/fleet/commands", body{"command": "reload"}, "undefined"},
		{400, "POST", "/fleet/commands", push(body{}), "contentId required for push_content"},
		{404, "POST", "/fleet/commands", push(body{"contentId": noCUID}), "Content not found"},
		{200, "GET", "/fleet/overrides/active", nil, `"duration":15`},
		{200, "DELETE", "/fleet/overrides/$1", nil, `"devicesNotified":1`},
		{404, "DELETE", "/fleet/overrides/$1", nil, "not found"},
		{200, "GET", "/fleet/overrides/active", nil, `"data":[]`},
		{200, "GET", "/audit-logs?limit=1", nil, `"action":"fleet_command"`},
		{400, "GET", "/audit-logs?action=fleet_command", nil, "property action should not exist"},
	}, id)
	again := body{"command": "update", "target": to("device", display), "payload": body{"feedUrl": "https://elsewhere.example.com/"}}
	admin.call(400, "POST", "/fleet/commands", again)
	admin.call(400, "POST", "/fleet/commands", again) // the tenth counted call
	for range 3 {
		a := admin.call(429, "POST", "/fleet/commands", again)
		if string(a.raw) != `{"statusCode":429,"message":"Fleet command rate limit exceeded. Max 10 commands per minute."}` || a.header.Get("Retry-After") != "" {
			t.Errorf("%s %v", a.raw, a.header)
		}
		now.add(50_000) // a rejected call begins the minute anew
	}
	now.add(11_000)
	admin.call(400, "POST", "/fleet/commands", again)
	s.SetSubscription(s.Login().OrganizationID, "pro", "publish_locked", -1)
	admin.call(403, "POST", "/fleet/commands", push(body{"contentId": co}))
	admin.call(201, "POST", "/fleet/commands", body{"command": "reload", "target": to("device", display)})
}

func TestAnalytics(t *testing.T) {
	now := newClock()
	s := start(t, Options{Displays: 7, Playlists: 2, Contents: 4, Seed: 3, Now: now.now})
	c := adminOf(t, s)
	d := s.Displays(s.Login().OrganizationID)[0]
	for path, points := range map[string]int{
		"/analytics/device-metrics?range=week": 7, "/analytics/device-metrics?range=odd": 30, "/analytics/usage-trends?range=year": 30,
		"/analytics/bandwidth": 30, "/analytics/device-distribution": 1, "/analytics/content-performance": 4, "/analytics/playlist-performance": 2,
	} {
		if rows, _ := c.call(200, "GET", path, nil).at("data").([]any); len(rows) != points {
			t.Errorf("%s has %d points, want %d", path, len(rows), points)
		}
	}
	year := c.call(200, "GET", "/analytics/usage-trends?range=year", nil)
	if year.text("data", 0, "date") != "Nov 24" || year.text("data", 29, "date") != "Dec 23" {
		t.Errorf("a year shows its oldest days: %s", year.raw)
	}
	// A report of a display is one impression more.
	co := c.call(200, "GET", "/content", nil).text("data", "data", 0, "id")
	before := c.call(200, "GET", "/analytics/proof-of-play?limit=1&contentId="+co, nil)
	s.DeviceReport(d, "content:impression", json.RawMessage(`{"contentId":"`+co+`","duration":9,"completionPercentage":90}`), now.now())
	after := c.call(200, "GET", "/analytics/proof-of-play?limit=1&contentId="+co, nil)
	if was, _ := before.at("data", "meta", "total").(float64); after.at("data", "meta", "total") != was+1 || after.at("data", "data", 0, "playlistId") != nil || after.at("data", "data", 0, "completionPercentage") != 90.0 {
		t.Errorf("%s, before %s", after.raw, before.raw)
	}
	c.walk([]step{
		{200, "GET", "/analytics/proof-of-play", nil, `"limit":50`},
		{400, "GET", "/analytics/proof-of-play?limit=501", nil, "limit must not be greater than 500"},
		{200, "GET", "/analytics/proof-of-play?dateTo=2020-01-01", nil, `"total":0`},
		{200, "GET", "/analytics/uptime-summary?days=x", nil, `"windowDays":null`},
		{200, "GET", "/analytics/device-uptime/" + d, nil, `"measured":true`},
		{404, "GET", "/analytics/device-uptime/" + noUUID, nil, "Device not found"},
		{404, "GET", "/analytics/content/" + noCUID + "/metrics", nil, "not found"},
		{200, "GET", "/analytics/content/" + co + "/metrics", nil, `"topDevices":[{"deviceId":`},
	})
	csv := string(c.call(200, "GET", "/analytics/proof-of-play.csv?tz=Asia/Tokyo", nil).raw)
	first, rest, _ := strings.Cut(csv, "\n")
	if first != "timestamp,contentId,contentName,displayId,displayName,playlistId,duration_sec,completion_percent" || !strings.Contains(rest, "+09:00,") {
		t.Errorf("%.300s", csv)
	}
	// The same seed and the same day make the same past.
	twin := start(t, Options{Displays: 7, Playlists: 2, Contents: 4, Seed: 3, Now: newClock().now})
	if a, b := c.call(200, "GET", "/analytics/device-metrics", nil), adminOf(t, twin).call(200, "GET", "/analytics/device-metrics", nil); string(a.raw) != string(b.raw) {
		t.Errorf("%s and %s", a.raw, b.raw)
	}
}

func TestTemplateLibrary(t *testing.T) {
	s := start(t, Options{Displays: 1, Playlists: 1, Contents: 1})
	c := adminOf(t, s)
	d := s.Displays(s.Login().OrganizationID)[0]
	id := c.call(200, "GET", "/template-library?category=retail", nil).text("data", "data", 0, "id")
	own := c.call(201, "POST", "/template-library/"+id+"/clone", body{"name": "Mine"}).text("data", "id")
	s.SetSubscription(s.Login().OrganizationID, "pro", "suspended", -1) // neither gate is asked
	c.walk([]step{
		{200, "GET", "/template-library", nil, `"limit":20,"total":4`},
		{200, "GET", "/template-library?limit=500", nil, `"limit":500`},
		{400, "GET", "/template-library?category=zoo", nil, "category must be one of the following values"},
		{200, "GET", "/template-library/popular", nil, `"useCount":1`},
		{200, "GET", "/template-library/user-templates?search=mine", nil, `"total":1`},
		{200, "GET", "/template-library/$1/preview", nil, `<h1>Sale Banner</h1>`},
		{404, "GET", "/template-library/" + noCUID, nil, "Template not found in library"},
		{201, "POST", "/template-library/$2/publish", body{"renderedHtml": "<p onclick='x'>1 < 2</p>", "displayIds": []string{d, noUUID}, "name": "P"}, `"displayCount":1`},
		{200, "GET", "/playlists", nil, `"name":"Quick Publish - Lobby North"`},
		{200, "PATCH", "/template-library/$2/save", body{"templateHtml": "<i>x</i>"}, `"name":"Mine"`},
		{200, "POST", "/template-library/ai-generate", body{"prompt": "x"}, `"available":false`},
		{403, "POST", "/template-library", body{}, "Super admin access required"},
		{403, "DELETE", "/template-library/$1", nil, "Super admin access required"},
	}, id, own)
}

func TestMadeContent(t *testing.T) {
	s := start(t, Options{Playlists: 1, Contents: 1})
	c, manager := adminOf(t, s), newClient(t, s).login(s.Logins()[1])
	p := c.call(200, "GET", "/playlists", nil).text("data", "data", 0, "id")
	template := body{"name": "T", "templateHtml": "<b>{{shop.name}}</b>", "dataSource": body{"type": "manual", "manualData": body{"shop": body{"name": "Kiosk"}}}, "refreshConfig": body{"enabled": true, "intervalMinutes": 5}}
	tid := c.call(201, "POST", "/content/templates", template).text("data", "id")
	lid := c.call(201, "POST", "/content/layouts", body{"name": "L", "layoutType": "grid-2x2", "zones": []body{{"id": "z", "name": "Z", "gridArea": "a", "playlistId": p}}}).text("data", "id")
	wid := c.call(201, "POST", "/content/widgets", body{"name": "W", "widgetType": "weather", "widgetConfig": body{"location": "x"}}).text("data", "id")
	c.walk([]step{
		{400, "POST", "/content/templates", body{"name": "T", "templateHtml": "{{x", "dataSource": body{"type": "manual"}, "refreshConfig": body{"enabled": true, "intervalMinutes": 5}}, "Template validation failed:"},
		{400, "POST", "/content/templates", body{"name": "T", "templateHtml": "x", "dataSource": body{"type": "guess"}, "refreshConfig": body{"enabled": true, "intervalMinutes": 0}}, "dataSource.type must be one of the following values: rest_api, json_url, manual"},
		{200, "GET", "/content/templates/$1/rendered", nil, `<b>Kiosk</b>`},
		{400, "PATCH", "/content/templates/$2", body{"name": "x"}, "Content is not a template"},
		{200, "POST", "/content/templates/validate", body{"templateHtml": "{{x"}, `"valid":false`},
		{200, "GET", "/content/layouts", nil, `"total":1`},
		{200, "GET", "/content/layouts/$2/resolved", nil, `"resolvedPlaylist":{"id":"` + p},
		{200, "GET", "/content/widgets", nil, `"total":1`},
		{200, "GET", "/content?type=widget", nil, `"total":0`},
		{200, "GET", "/content?type=template", nil, `"total":2`},
		{400, "POST", "/content/widgets", body{"name": "W", "widgetType": "clock", "widgetConfig": body{}}, "Unknown widget type"},
		{502, "POST", "/content/widgets", body{"name": "W", "widgetType": "rss", "widgetConfig": body{"url": "https://down.example.com/"}}, ""},
		{200, "PATCH", "/content/widgets/$3", body{"name": "V", "odd": 1}, `"name":"V"`},
		{200, "POST", "/content/widgets/$3/refresh", nil, ""},
		{404, "GET", "/content/layouts/$2", nil, "Cannot GET"},
	}, tid, lid, wid)
	manager.call(403, "DELETE", "/content/"+tid, nil)
	manager.call(200, "DELETE", "/content/layouts/"+tid, nil) // any content goes this way
}

func TestSupport(t *testing.T) {
	s := start(t, Options{})
	admin, viewer, other := adminOf(t, s), newClient(t, s).login(s.Logins()[2]), newClient(t, s).login(s.Logins()[4])
	ask := body{"message": "Help", "clientMutationId": "m1"}
	id := viewer.call(201, "POST", "/support/requests", ask).text("data", "request", "id")
	if again := viewer.call(201, "POST", "/support/requests", ask).text("data", "request", "id"); again != id {
		t.Errorf("the same mutation made %s and %s", id, again)
	}
	other.call(403, "GET", "/support/requests/"+id, nil)
	admin.walk([]step{
		{200, "GET", "/support/requests", nil, `"limit":20,"total":1`},
		{200, "PATCH", "/support/requests/$1", body{"status": "resolved"}, `"status":"resolved"`},
		{200, "GET", "/support/stats", nil, `"resolvedThisWeek":1`},
		{201, "POST", "/support/requests/$1/messages", body{"content": "done"}, `"role":"admin"`},
		{400, "GET", "/support/requests/x", nil, "uuid is expected"},
		{404, "GET", "/support/requests/" + noUUID, nil, "Support request not found"},
	}, id)
	viewer.walk([]step{
		{403, "GET", "/support/stats", nil, "Forbidden resource"},
		{201, "POST", "/support/requests/$1/messages", body{"content": "no"}, `"role":"user"`},
		{200, "GET", "/support/requests/$1", nil, `"status":"open"`},
	}, id)
}

func TestBilling(t *testing.T) {
	s := start(t, Options{Displays: 3})
	c := adminOf(t, s)
	s.SetSubscription(s.Login().OrganizationID, "basic", "past_due", 4)
	c.walk([]step{
		{200, "GET", "/billing/quota", nil, `{"screenQuota":4,"screensUsed":3,"remaining":1,"percentUsed":75}`},
		{200, "GET", "/billing/subscription", nil, `"subscriptionStatus":"past_due"`},
		{200, "GET", "/billing/entitlement/banner", nil, `"publishLocked":false,"daysUntilNextRung":7,"nextRung":"publish_locked"`},
		{200, "GET", "/billing/plans?interval=yearly", nil, `"price":6000`},
		{400, "GET", "/billing/plans?interval=daily", nil, "interval must be one of the following values"},
		{400, "GET", "/billing/portal", nil, ""},
	})
}

// Displays that fall silent, alerts about them, content that expires: the platform's clockwork.
func TestUpkeep(t *testing.T) {
	now := newClock()
	s := start(t, Options{Displays: 2, Playlists: 1, Contents: 3, Now: now.now})
	c := adminOf(t, s)
	d := s.Displays(s.Login().OrganizationID)[0]
	s.SetDisplayStatus(d, "online", now.now())
	list := c.call(200, "GET", "/playlists", nil)
	p := list.text("data", "data", 0, "id")
	old := c.call(200, "GET", "/playlists/"+p, nil).text("data", "items", 0, "contentId")
	instead := c.call(201, "POST", "/content", body{"name": "new", "type": "url", "url": "https://a.example.com"}).text("data", "id")
	c.call(200, "PATCH", "/content/"+old+"/expiration", body{"expiresAt": now.now().Add(30 * time.Minute).Format(time.RFC3339), "replacementContentId": instead})
	now.add(100_000)
	if got := c.call(200, "GET", "/displays/"+d, nil).text("data", "status"); got != "online" {
		t.Errorf("%s after 100 s", got)
	}
	now.add(61_000)
	c.walk([]step{
		{200, "GET", "/displays/" + d, nil, `"status":"offline"`},
		{200, "GET", "/notifications", nil, `"message":"Lobby North is offline"`},
		{200, "GET", "/notifications/unread-count", nil, `"count":1`},
	})
	now.add(3_600_000)
	c.walk([]step{
		{200, "GET", "/notifications/unread-count", nil, `"count":1`}, // told once
		{200, "GET", "/content/" + old, nil, `"status":"expired"`},
		{200, "GET", "/playlists/" + p, nil, instead},
	})
}

// What is not of a struct's making survives in the state file too.
func TestStateOfRecords(t *testing.T) {
	o := Options{StatePath: t.TempDir() + "/state.json", Displays: 3, Playlists: 2, Contents: 4, Variety: true}
	s := start(t, o)
	c := adminOf(t, s)
	paths := []string{
		"/tag-rules", "/webhooks", "/provisioning-templates", "/notifications/alert-rules", "/notifications", "/schedules", "/display-groups",
		"/folders?format=tree", "/api-keys", "/template-library", "/analytics/content-performance",
	}
	before := map[string]string{}
	for _, path := range paths {
		a := c.call(http.StatusOK, "GET", path, nil)
		if strings.Contains(string(a.raw), `"data":[]`) {
			t.Errorf("%s shows nothing", path)
		}
		before[path] = string(a.raw)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	c.s = start(t, o)
	for _, path := range paths {
		if got := string(c.call(http.StatusOK, "GET", path, nil).raw); got != before[path] {
			t.Errorf("%s was %s and is %s", path, before[path], got)
		}
	}
}
