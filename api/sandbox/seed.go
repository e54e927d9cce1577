// Sample data that looks like a chain of shops: displays with places, playlists, content of several kinds, two organizations.

package sandbox

import (
	"fmt"
	"time"
)

// seed fills a new store. It runs before the server listens.
func (s *Server) seed() {
	now := s.opts.Now().UTC().Truncate(time.Millisecond)
	t := s.seedOrg("Harbour Coffee", "harbour-coffee", now)
	s.seedUser(t, "admin@harbour.test", "Ada", "Admin", "admin", now)
	s.seedUser(t, "manager@harbour.test", "Max", "Manager", "manager", now)
	s.seedUser(t, "viewer@harbour.test", "Vera", "Viewer", "viewer", now)
	u := s.seedUser(t, "mfa@harbour.test", "Mia", "Factor", "admin", now)
	u.MFASecret, u.MFAEnabled, u.MFAEnrolledAt = newTOTPSecret(), true, &stamp{now}
	s.db.logins[len(s.db.logins)-1].TOTPSecret = u.MFASecret
	other := s.seedOrg("Lighthouse Books", "lighthouse-books", now)
	s.seedUser(other, "admin@lighthouse.test", "Otto", "Other", "admin", now)
	s.seedRows(t, s.opts.Displays, s.opts.Playlists, s.opts.Contents, now)
	if s.opts.Variety {
		s.seedMore(t, now)
	}
	for _, every := range s.db.tenants {
		s.defaultAlertRule(every, every.users.list[0].ID, stamp{now})
	}
}

func (s *Server) seedOrg(name, slug string, now time.Time) *tenant {
	org := newOrg(s.ids, name, slug, now)
	org.SubscriptionTier, org.SubscriptionStatus, org.ScreenQuota = "pro", "active", -1
	return s.db.addTenant(org)
}

func (s *Server) seedUser(t *tenant, email, first, last, role string, now time.Time) *user {
	password := "Sandbox-" + s.ids.text(lowerAlnum, 12)
	u := s.newUser(t.org.ID, email, first, last, role, password, now)
	s.db.addUser(t, u)
	s.db.logins = append(s.db.logins, Login{Email: email, Password: password, Role: role, Organization: t.org.Name, OrganizationID: t.org.ID})
	return u
}

// pastDays is how long ago the sample displays began to play.
const pastDays = 60

type sampleContent struct {
	name, kind, link string
	seconds          int
}

func sampleContents() []sampleContent {
	return []sampleContent{
		{"Espresso of the Month", "image", "https://cdn.example.com/espresso.jpg", 10},
		{"Summer Cold Brew", "video", "https://cdn.example.com/cold-brew.mp4", 30},
		{"Breakfast Menu", "pdf", "https://cdn.example.com/breakfast.pdf", 20},
		{"Today's Weather", "url", "https://weather.example.com/board", 15},
		{"Loyalty Card", "html", "https://cdn.example.com/loyalty.html", 12},
		{"Opening Hours", "image", "https://cdn.example.com/hours.png", 8},
		{"Latte Art", "video", "https://cdn.example.com/latte.mp4", 45},
		{"Staff Wanted", "image", "https://cdn.example.com/jobs.png", 10},
	}
}

// numbered gives the n-th of a list of names, with a number from the second round on.
func numbered(names []string, n int) string {
	if n < len(names) {
		return names[n]
	}
	return fmt.Sprintf("%s %d", names[n%len(names)], n/len(names)+1)
}

// seedRows makes content, playlists over it, and displays that show them. Rows are a second apart, the newest just now.
func (s *Server) seedRows(t *tenant, displays, playlists, contents int, now time.Time) {
	total := displays + playlists + contents + len(sampleTags())
	made := 0
	next := func() stamp {
		made++
		return stamp{now.Add(time.Duration(made-total) * time.Second)}
	}
	if displays+contents > 0 {
		s.seedTags(t, next)
	}
	samples := sampleContents()
	names := make([]string, len(samples))
	for i := range samples {
		names[i] = samples[i].name
	}
	for i := range contents {
		sample := samples[i%len(samples)]
		co := s.newContent(t.org.ID, numbered(names, i), sample.kind, sample.link, next())
		co.Duration = sample.seconds
		if i%4 == 1 {
			co.Tags = s.linkTag(nil, t.tags.list[0].ID, co.CreatedAt)
		}
		t.contents.add(co)
	}
	lists := []string{"Summer Menu", "Opening Hours", "Lobby Loop", "Drive-thru Specials", "Morning Breakfast", "Evening Events", "Back Office", "Window Display"}
	for i := range playlists {
		s.seedPlaylist(t, numbered(lists, i), next())
	}
	for i := range displays {
		s.seedDisplay(t, i, next())
	}
	// What comes after the displays leaves the draws before it as they are: the same seed gives the same displays.
	if displays+contents > 0 {
		s.seedLibrary(stamp{now})
	}
}

func (s *Server) seedPlaylist(t *tenant, name string, at stamp) {
	p := &playlist{playlistRow: playlistRow{ID: s.ids.cuid(), Name: name, Loop: true, CreatedAt: at, UpdatedAt: at, OrganizationID: t.org.ID}}
	n := min(t.contents.len(), 2+s.ids.below(4))
	first := 0
	if n > 0 {
		first = s.ids.below(t.contents.len())
	}
	for i := range n {
		co := t.contents.list[(first+i)%t.contents.len()]
		p.Items = append(p.Items, itemRow{ID: s.ids.cuid(), Order: i, CreatedAt: at, PlaylistID: p.ID, ContentID: co.ID})
	}
	t.playlists.add(p)
}

func (s *Server) seedDisplay(t *tenant, i int, at stamp) {
	names := []string{"Lobby North", "Lobby South", "Drive-thru Menu 1", "Drive-thru Menu 2", "Front Window", "Counter Left", "Counter Right", "Terrace", "Back Office", "Kitchen Pass"}
	places := []string{"Harbour Street 1", "Market Square 14", "Central Station", "Airport Gate B", "Old Mill"}
	d := newDisplay(s.ids.uuid(), t.org.ID, fmt.Sprintf("hc-%05d-%s", i+1, s.ids.text(lowerAlnum, 6)), at)
	d.Nickname, d.Location, d.Resolution = ptr(numbered(names, i)), ptr(places[(i/len(names))%len(places)]), ptr("1920x1080")
	if i%10 == 4 {
		d.Orientation, d.Resolution = "portrait", ptr("1080x1920")
	}
	d.PairedAt, d.Past = &at, pastDays
	if n := t.playlists.len(); n > 0 && i%7 != 6 {
		d.CurrentPlaylistID = ptr(t.playlists.list[s.ids.below(n)].ID)
	}
	if i%5 == 0 {
		d.Tags = s.linkTag(nil, t.tags.list[1+i/5%(t.tags.len()-1)].ID, at)
	}
	s.db.addDisplay(t, d)
}

func sampleTags() []string { return []string{"promotion", "indoor", "outdoor"} }

// seedTags makes the only tags there will be: REST cannot create any (contract rest 15).
func (s *Server) seedTags(t *tenant, next func() stamp) {
	colors := []string{"#ef4444", "#3b82f6", "#10b981"}
	for i, name := range sampleTags() {
		t.tags.add(&tagRow{ID: s.ids.cuid(), Name: name, Color: &colors[i], CreatedAt: next(), OrganizationID: t.org.ID})
	}
}
