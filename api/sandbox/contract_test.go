// The rules that hold for every endpoint: sanitizing, conversion, paging, ids, ETags, limits, roles.

package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestSanitizing(t *testing.T) {
	for _, tc := range []struct{ sent, stored, returned string }{
		{"  pad  ", "pad", "pad"},
		{"<b>x</b> y", "x y", "x y"},
		{"<script>a</script>ok", "ok", "ok"},
		{"<style>p{}</style>ok", "ok", "ok"},
		{"a<b", "a", "a"},
		{"a < b", "a &lt; b", "a &lt; b"},
		{"5>3", "5&gt;3", "5&gt;3"},
		{"x & y", "x &amp; y", "x & y"},
		{"https://h/?a=1&b=2", "https://h/?a=1&amp;b=2", "https://h/?a=1&b=2"},
		{"https://h/?x=1&region=eu", "https://h/?x=1®ion=eu", "https://h/?x=1®ion=eu"},
		{"?x=1&copy=2&para=3&not=4&times=5", "?x=1©=2¶=3¬=4×=5", "?x=1©=2¶=3¬=4×=5"},
		{"a<!-- c -->b", "ab", "ab"},
		{`<a href="x>y">z</a>`, "z", "z"},
		{"plain", "plain", "plain"},
	} {
		t.Run(tc.sent, func(t *testing.T) {
			if got := sanitizeText(tc.sent); got != tc.stored {
				t.Errorf("stored %q, want %q", got, tc.stored)
			}
			out := sanitizeOutput(mustJSON(map[string]string{"name": tc.stored}))
			if want := string(mustJSON(map[string]string{"name": tc.returned})); string(out) != want {
				t.Errorf("returned %s, want %s", out, want)
			}
			again := sanitizeText(tc.returned)
			if again != tc.stored {
				t.Errorf("a second write stores %q, want %q", again, tc.stored)
			}
		})
	}
}

func FuzzSanitize(f *testing.F) {
	for _, s := range []string{"a<b", "<script>x", "&copy=", "<!--", "</", `<a b='>`, "\"\\ "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stored := sanitizeText(s)
		if strings.Contains(stored, "<") || strings.Contains(stored, ">") {
			t.Errorf("%q keeps markup: %q", s, stored)
		}
		sanitizeOutput(mustJSON(map[string]string{"k": s}))
	})
}

// Validation and the services' own refusals, as the contract words them.
func TestRefusals(t *testing.T) {
	s := start(t, Options{Seed: 7, Displays: 3, Playlists: 2, Contents: 3})
	c := adminOf(t, s)
	display := s.Displays(s.Login().OrganizationID)[0]
	list := c.call(200, "GET", "/playlists", nil)
	playlist, item := list.text("data", "data", 0, "id"), list.text("data", "data", 0, "items", 0, "id")
	co := c.call(200, "GET", "/content", nil).text("data", "data", 0, "id")
	missing := "cmaaaaaaaaaaaaaaaaaaaaaaa"
	for _, tc := range []struct {
		method, path string
		body         any
		status       int
		message      string
	}{
		{"POST", "/playlists", map[string]any{"id": "x", "name": "a"}, 400, "property id should not exist"},
		{"POST", "/playlists", map[string]any{"name": 123}, 201, ""},
		{"POST", "/playlists", map[string]any{"name": "a", "items": []any{map[string]any{"contentId": missing}}}, 404, "Content item(s) not found or do not belong to your organization: " + missing},
		{"POST", "/playlists", map[string]any{"name": "a", "items": []any{map[string]any{"contentId": co, "order": 1}, map[string]any{"contentId": co, "order": 1}}}, 409, "A playlist with duplicate items exists"},
		{"POST", "/playlists", map[string]any{"name": "a", "items": []any{map[string]any{"x": 1}}}, 400, "items.0.property x should not exist"},
		{"PATCH", "/playlists/" + playlist, map[string]any{"items": []any{}}, 404, "Playlist not found"},
		{"PATCH", "/playlists/" + playlist, map[string]any{"name": "n", "items": []any{map[string]any{"contentId": co}, map[string]any{"contentId": co}}}, 404, "One or more content items not found"},
		{"PATCH", "/playlists/" + playlist + "/items/" + item, map[string]any{}, 400, "At least one field (duration) must be provided"},
		{"POST", "/playlists/" + playlist + "/reorder", map[string]any{"itemIds": []string{missing}}, 404, "Playlist items not found: " + missing},
		{"POST", "/displays", map[string]any{"name": "n"}, 400, "deviceId must be a string"},
		{"PATCH", "/displays/" + display, map[string]any{"currentPlaylistId": ""}, 500, ""},
		{"PATCH", "/displays/" + display, map[string]any{"currentPlaylistId": missing}, 404, "Playlist not found or does not belong to your organization"},
		{"PATCH", "/displays/" + display, map[string]any{"name": ""}, 400, "name must be longer than or equal to 1 characters"},
		{"POST", "/content", map[string]any{"name": "n", "type": "url", "url": "http://localhost/x"}, 400, "Localhost URLs not allowed"},
		{"POST", "/content", map[string]any{"name": "n", "type": "url", "url": "http://10.0.0.1/x"}, 400, "Private IP addresses not allowed"},
		{"POST", "/content", map[string]any{"name": "n", "type": "url", "url": "minio://a/b"}, 400, "Only HTTP/HTTPS URLs allowed"},
		{"POST", "/content", map[string]any{"name": "n", "type": "url", "url": "https://example.com", "fileHash": "x"}, 500, ""},
		{"PATCH", "/content/" + co, map[string]any{"expiresAt": "2030-01-01"}, 500, ""},
		{"PATCH", "/content/" + co, map[string]any{"expiresAt": "2030-01-01T00:00:00Z"}, 200, ""},
		{"PATCH", "/content/" + co, map[string]any{"status": "active"}, 400, "property status should not exist"},
		{"PATCH", "/content/" + co + "/expiration", map[string]any{"expiresAt": "2001-01-01"}, 400, "expiresAt must be in the future"},
		{"POST", "/content/bulk/archive", map[string]any{"ids": []string{co, co}}, 400, "Some content items not found or not accessible"},
		{"POST", "/content/" + co + "/review", map[string]any{"action": "approve"}, 400, "Only flagged content can be reviewed"},
		{"PATCH", "/schedules/" + missing, map[string]any{}, 404, "Schedule not found"},
		{"GET", "/organizations/00000000-0000-4000-8000-000000000000", nil, 403, "You can only access your own organization"},
		{"GET", "/content?type=nonsense", nil, 400, "type must be one of the following values: image, video, url, html, pdf, template, layout, widget"},
	} {
		t.Run(tc.method+" "+tc.path+fmt.Sprint(tc.body), func(t *testing.T) {
			a, err := c.do(tc.method, tc.path, tc.body)
			if err != nil {
				t.Fatal(err)
			}
			if a.status != tc.status || tc.message != "" && a.message() != tc.message {
				t.Errorf("%d %s, want %d %q", a.status, a.raw, tc.status, tc.message)
			}
		})
	}
}

func TestImplicitConversion(t *testing.T) {
	c := adminOf(t, start(t, Options{}))
	a := c.call(201, "POST", "/playlists", map[string]any{"name": 12, "loop": "false", "isDefault": ""})
	if a.text("data", "name") != "12" || a.at("data", "loop") != true || a.at("data", "isDefault") != false {
		t.Errorf("converted to %s", a.raw)
	}
}

func TestTransport(t *testing.T) {
	s := start(t, Options{Playlists: 1})
	c := adminOf(t, s)
	a := c.call(200, "GET", "/PlayLists/", nil, "X-Request-ID", "abc-1")
	if a.header.Get("X-Request-Id") != "abc-1" || a.header.Get("Keep-Alive") != "timeout=5" || a.header.Get("X-Csrf-Token") == "" {
		t.Errorf("headers %v", a.header)
	}
	c.call(304, "GET", "/playlists", nil, "If-None-Match", a.header.Get("Etag"))
	if b := c.call(200, "HEAD", "/playlists", nil); len(b.raw) != 0 || b.header.Get("Etag") != a.header.Get("Etag") {
		t.Errorf("HEAD: %q %v", b.raw, b.header)
	}
	if id := c.call(200, "GET", "/playlists", nil, "X-Request-ID", "bad id!").header.Get("X-Request-Id"); len(id) != 36 {
		t.Errorf("generated request id %q", id)
	}
	big := c.call(500, "POST", "/playlists", map[string]string{"name": strings.Repeat("x", jsonBodyLimit)})
	if big.message() != "request entity too large" {
		t.Errorf("oversize: %s", big.raw)
	}
	c.call(400, "POST", "/playlists", strings.NewReader("{bad"))
	if m := c.call(400, "POST", "/playlists", strings.NewReader(`{"name":"x"}`), "Content-Type", "text/plain").message(); m != "name should not be empty" {
		t.Errorf("other content type: %q", m)
	}
	if m := c.call(404, "PATCH", "/nope?x=1", nil).message(); m != "Cannot PATCH /api/v1/nope?x=1" {
		t.Errorf("unknown route: %q", m)
	}
}

func TestProductionHidesDetails(t *testing.T) {
	c := adminOf(t, start(t, Options{Production: true}))
	if a := c.call(400, "POST", "/playlists", map[string]string{"x": "y"}); string(a.raw) != `{"message":"Bad Request","statusCode":400}` {
		t.Errorf("validation: %s", a.raw)
	}
	if a := c.call(500, "POST", "/playlists", map[string]string{"name": strings.Repeat("x", jsonBodyLimit)}); string(a.raw) != `{"message":"Internal server error","statusCode":500}` {
		t.Errorf("unexpected: %s", a.raw)
	}
}

func TestPaging(t *testing.T) {
	s := start(t, Options{Displays: 25})
	c := adminOf(t, s)
	ids := s.Displays(s.Login().OrganizationID)
	seen := map[string]bool{}
	for page := 1; page <= 4; page++ {
		a := c.call(200, "GET", fmt.Sprintf("/displays?page=%d&limit=10", page), nil)
		rows, _ := a.at("data", "data").([]any)
		if want := []int{10, 10, 5, 0}[page-1]; len(rows) != want {
			t.Errorf("page %d has %d rows, want %d", page, len(rows), want)
		}
		for i := range rows {
			seen[a.text("data", "data", i, "id")] = true
		}
		if a.at("data", "meta", "total") != 25.0 || a.at("data", "meta", "totalPages") != 3.0 {
			t.Errorf("meta %v", a.at("data", "meta"))
		}
		if page == 1 && a.text("data", "data", 0, "id") != ids[24] {
			t.Error("the first row is not the newest")
		}
	}
	if len(seen) != 25 {
		t.Errorf("%d different rows, want 25", len(seen))
	}
	c.call(400, "GET", "/displays?page=0", nil)
}

// Roles are a flat list: A admin, M manager, V viewer.
func TestRoles(t *testing.T) {
	s := start(t, Options{Playlists: 1, Displays: 1, Contents: 1})
	clients := map[string]*client{}
	for i, role := range []string{"A", "M", "V"} {
		clients[role] = newClient(t, s).login(s.Logins()[i])
	}
	for _, r := range Routes() {
		if r.Roles == "public" || r.Roles == "device" || r.Roles == "enrolling" || r.Path == "/auth/logout" || r.Path == "/auth/change-password" || r.Path == "/auth/sessions" || r.Limit == 2 {
			continue
		}
		path := strings.NewReplacer(":id", "00000000-0000-4000-8000-000000000000", ":itemId", "cmaaaaaaaaaaaaaaaaaaaaaaa").Replace(r.Path)
		for role, c := range clients {
			a, err := c.do(r.Method, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			refused := a.status == http.StatusForbidden && a.message() == "Forbidden resource"
			if allowed := r.Roles == "any" || strings.Contains(r.Roles, role); allowed == refused {
				t.Errorf("%s %s as %s: %d %s, roles are %s", r.Method, r.Path, role, a.status, a.raw, r.Roles)
			}
		}
	}
}

func TestGates(t *testing.T) {
	s := start(t, Options{Displays: 2, Contents: 1})
	c := adminOf(t, s)
	org := s.Login().OrganizationID
	add := func(id string) map[string]string { return map[string]string{"name": "n", "deviceId": id} }
	s.SetSubscription(org, "pro", "active", 2)
	if m := c.call(403, "POST", "/displays", add("q")).message(); !strings.HasPrefix(m, "Screen quota exceeded. You have 2/2 screens.") {
		t.Error(m)
	}
	c.call(201, "POST", "/displays/"+s.Displays(org)[0]+"/disable", nil)
	c.call(201, "POST", "/displays", add("q")) // a disabled display frees its place
	s.SetSubscription(org, "pro", "canceled", -1)
	c.call(403, "POST", "/displays", add("r"))
	c.call(200, "GET", "/displays", nil)
	s.SetSubscription(org, "pro", "publish_locked", -1)
	c.call(201, "POST", "/displays", add("r"))
	c.call(403, "POST", "/displays/bulk/assign-playlist", map[string]any{"displayIds": s.Displays(org), "playlistId": "x"})
	other := newClient(t, s).login(s.Logins()[4])
	other.call(404, "GET", "/displays/"+s.Displays(org)[0], nil)
	s.SetSubscription(s.Logins()[4].OrganizationID, "pro", "active", -1)
	other.call(409, "POST", "/displays", add("r"))
}

func TestLimiters(t *testing.T) {
	for _, tc := range []struct {
		name        string
		path        string
		wait        int // milliseconds between calls
		allowed     int
		retryHeader string
		retry       string
	}{
		{"short", "/playlists", 0, 10, "Retry-After-short", "1"},
		{"medium", "/playlists", 150, 100, "Retry-After-medium", "60"},
		{"long", "/playlists", 1000, 1000, "Retry-After-long", "3600"},
		{"default", "/devices/pairing/status/ABCDEF", 200, 40, "Retry-After", "60"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := newClock()
			s := start(t, Options{Limits: LimitsProduction, Now: now.now})
			c := adminOf(t, s)
			for i := range tc.allowed {
				if a := mustDo(t, c, "GET", tc.path); a.status == http.StatusTooManyRequests {
					t.Fatalf("call %d: blocked: %v", i+1, a.header)
				}
				now.add(tc.wait)
			}
			a := c.call(429, "GET", tc.path, nil)
			if a.header.Get(tc.retryHeader) != tc.retry || string(a.raw) != `{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}` {
				t.Errorf("%v %s", a.header, a.raw)
			}
			now.add(500)
			c.call(429, "GET", tc.path, nil) // does not extend the block
			now.add(map[string]int{"1": 1000, "60": 60_000, "3600": 3_600_000}[tc.retry] - 400)
			if a := mustDo(t, c, "GET", tc.path); a.status == http.StatusTooManyRequests {
				t.Errorf("still blocked: %v", a.header)
			}
		})
	}
}

func TestLimitScale(t *testing.T) {
	now := newClock()
	s := start(t, Options{Limits: LimitsProduction, LimitScale: 60, Now: now.now})
	c := adminOf(t, s)
	for range 100 {
		c.call(200, "GET", "/displays", nil)
		now.add(2) // 10 calls per 1/60 s would block
	}
	a := c.call(429, "GET", "/displays", nil)
	if a.header.Get("Retry-After-medium") != "1" {
		t.Errorf("%v", a.header)
	}
	now.add(1001)
	c.call(200, "GET", "/displays", nil)
}
