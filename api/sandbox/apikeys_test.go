// API keys open one read route and nothing else.

package sandbox

import "testing"

func TestAPIKeys(t *testing.T) {
	s := start(t, Options{Contents: 2})
	c := adminOf(t, s)
	made := c.call(201, "POST", "/api-keys", map[string]string{"name": "ci"})
	key, id := made.text("data", "key"), made.text("data", "apiKey", "id")
	none := c.call(201, "POST", "/api-keys", map[string]any{"name": "none", "scopes": []string{}}).text("data", "key")
	past := c.call(201, "POST", "/api-keys", map[string]any{"name": "old", "expiresAt": "2001-01-01"}).text("data", "key")
	robot := newClient(t, s)
	if n := robot.call(200, "GET", "/content", nil, "X-Api-Key", key).at("data", "meta", "total"); n != 2.0 {
		t.Errorf("%v rows", n)
	}
	robot.call(401, "GET", "/playlists", nil, "X-Api-Key", key)
	robot.call(403, "GET", "/content", nil, "X-Api-Key", none)
	robot.call(401, "GET", "/content", nil, "X-Api-Key", past)
	if m := c.call(401, "GET", "/content", nil, "X-Api-Key", "vz_live_wrong").message(); m != "Invalid API key" {
		t.Error("a bad key wins over a good login:", m)
	}
	s.SetSubscription(s.Login().OrganizationID, "free", "active", -1)
	robot.call(403, "GET", "/content", nil, "X-Api-Key", key)
	c.call(200, "DELETE", "/api-keys/"+id, nil)
	c.call(200, "DELETE", "/api-keys/"+id, nil)
	robot.call(401, "GET", "/content", nil, "X-Api-Key", key)
}

func TestFeatureFlags(t *testing.T) {
	c := adminOf(t, start(t, Options{}))
	a := c.call(200, "PATCH", "/organizations/feature-flags", map[string]any{"rssWidget": false, "clockWidget": "false"})
	if a.at("data", "rssWidget") != false || a.at("data", "clockWidget") != true {
		t.Errorf("%s", a.raw)
	}
	c.call(400, "PATCH", "/organizations/feature-flags", map[string]any{"unknown": true})
	if b := c.call(200, "GET", "/organizations/feature-flags", nil); string(a.raw) != string(b.raw) {
		t.Errorf("%s\n%s", a.raw, b.raw)
	}
}
