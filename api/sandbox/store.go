// The store: rows in maps and in creation order, one set per organization, under the server's single lock.

package sandbox

import (
	"encoding/json"
	"slices"
	"time"
)

// keyed is what every row is. It is no constraint of table: with one, each kind of row would get code of its own.
type keyed interface{ key() string }

func keyOf(row any) string {
	k, _ := row.(keyed)
	return k.key()
}

// table holds rows of one kind, by pointer. Lists are newest first, so a page is a walk backwards from the end: no sorting per request.
type table[T any] struct {
	byID map[string]T
	list []T // by creation
}

//go:noinline
func (t *table[T]) get(id string) (T, bool) { r, ok := t.byID[id]; return r, ok }

func (t *table[T]) add(r T) {
	if t.byID == nil {
		t.byID = map[string]T{}
	}
	t.byID[keyOf(r)] = r
	t.list = append(t.list, r)
}

func (t *table[T]) remove(id string) bool {
	if _, ok := t.byID[id]; !ok {
		return false
	}
	return len(t.removeIf(func(r T) bool { return keyOf(r) == id })) > 0
}

// removeIf drops every row that matches and returns them.
func (t *table[T]) removeIf(match func(T) bool) []T {
	var gone []T
	t.list = slices.DeleteFunc(t.list, func(r T) bool {
		if !match(r) {
			return false
		}
		gone = append(gone, r)
		delete(t.byID, keyOf(r))
		return true
	})
	return gone
}

func (t *table[T]) len() int { return len(t.list) }

// newest gives the rows of a page and how many there are in all; keep == nil takes every row.
func (t *table[T]) newest(page, limit int, keep func(T) bool) ([]T, int) {
	skip, total := (page-1)*limit, len(t.list)
	out := make([]T, 0, min(limit, total))
	if keep == nil {
		for i := total - 1 - skip; i >= 0 && len(out) < limit; i-- {
			out = append(out, t.list[i])
		}
		return out, total
	}
	total = 0
	for i := len(t.list) - 1; i >= 0; i-- {
		r := t.list[i]
		if !keep(r) {
			continue
		}
		if total >= skip && len(out) < limit {
			out = append(out, r)
		}
		total++
	}
	return out, total
}

// tenant is one organization and everything it owns. A lookup here cannot find another tenant's row (contract rest 1.11).
type tenant struct {
	org           *orgRow
	users         table[*user]
	displays      table[*display]
	playlists     table[*playlist]
	contents      table[*content]
	folders       table[*folderRow]
	schedules     table[*scheduleRow]
	groups        table[*group]
	tags          table[*tagRow]
	notifications table[*notificationRow]
	apiKeys       table[*apiKey]
	records       map[string]*table[*record] // by kind
	impressions   []impression
	validation    any // of health, kept for an hour
	validUntil    time.Time
}

// pairing is a code that a device shows. Codes live in memory only, five minutes.
type pairing struct {
	code, deviceIdentifier string
	nickname               *string
	metadata               map[string]any
	createdAt, expiresAt   time.Time
	paired                 bool
	deviceToken, displayID string
	organizationID         string
}

// storedFile is an uploaded file.
type storedFile struct {
	MimeType string `json:"mimeType"`
	Data     []byte `json:"data"`
}

// mfaTry counts wrong codes of one challenge or user.
type mfaTry struct {
	count int
	until time.Time
}

type store struct {
	tenants   []*tenant
	byOrg     map[string]*tenant
	users     map[string]*user // all tenants
	byEmail   map[string]*user
	devices   map[string]*display // by deviceIdentifier, all tenants
	displays  map[string]*tenant  // by display id
	sessions  table[*session]
	byHash    map[string]*session
	revoked   map[string]int64 // jti of logged-out tokens, and when they expire anyway (Unix seconds)
	pairings  map[string]*pairing
	objects   map[string]storedFile
	failures  map[string]*mfaTry // login failures by e-mail and code failures by challenge or user
	spent     map[string]int64   // jti of used login challenges
	logins    []Login
	library   table[*content] // shared by all tenants
	opsStatus json.RawMessage
	opsUntil  time.Time
	starts    uint64 // how often this state has been served
	userKey   string // signs access tokens
	deviceKey string // signs device tokens
}

func newStore() *store {
	return &store{
		byOrg: map[string]*tenant{}, users: map[string]*user{}, byEmail: map[string]*user{}, devices: map[string]*display{},
		displays: map[string]*tenant{}, byHash: map[string]*session{}, revoked: map[string]int64{}, pairings: map[string]*pairing{},
		objects: map[string]storedFile{}, failures: map[string]*mfaTry{}, spent: map[string]int64{},
		userKey: secret(32), deviceKey: secret(32),
	}
}

func (st *store) addTenant(org *orgRow) *tenant {
	t := &tenant{org: org}
	st.tenants = append(st.tenants, t)
	st.byOrg[org.ID] = t
	return t
}

func (st *store) addUser(t *tenant, u *user) {
	t.users.add(u)
	st.users[u.ID] = u
	st.byEmail[u.Email] = u
}

func (st *store) addDisplay(t *tenant, d *display) {
	t.displays.add(d)
	st.devices[d.DeviceIdentifier] = d
	st.displays[d.ID] = t
}

func (st *store) addSession(s *session) {
	st.sessions.add(s)
	st.byHash[s.Hash] = s
}

// dropDisplay removes a display and what the database cascades to (contract rest 23).
func (st *store) dropDisplay(t *tenant, d *display) {
	t.displays.remove(d.ID)
	delete(st.devices, d.DeviceIdentifier)
	delete(st.displays, d.ID)
	t.schedules.removeIf(func(s *scheduleRow) bool { return s.DisplayID != nil && *s.DisplayID == d.ID })
	t.forget(alertRules(), "scopeDisplayId", d.ID)
	for _, g := range t.groups.list {
		g.Members = slices.DeleteFunc(g.Members, func(m memberRow) bool { return m.DisplayID == d.ID })
	}
}

// dropPlaylist removes a playlist, the schedules that use it, and the displays' reference to it.
func (t *tenant) dropPlaylist(p *playlist) {
	t.playlists.remove(p.ID)
	t.schedules.removeIf(func(s *scheduleRow) bool { return s.PlaylistID == p.ID })
	t.forget(tagRules(), "playlistId", p.ID)
	t.forget(provisioning(), "defaultPlaylistId", p.ID)
	for _, d := range t.displays.list {
		if d.CurrentPlaylistID != nil && *d.CurrentPlaylistID == p.ID {
			d.CurrentPlaylistID = nil
		}
	}
}

// dropContent removes content, its places in playlists, and links to it. The stored object goes with the row, even when
// another row shares it (contract rest 6.1).
func (st *store) dropContent(t *tenant, c *content) {
	t.contents.remove(c.ID)
	t.unplayContent(c.ID)
	for _, o := range t.contents.list {
		if o.ReplacementContentID != nil && *o.ReplacementContentID == c.ID {
			o.ReplacementContentID = nil
		}
		if o.PreviousVersionID != nil && *o.PreviousVersionID == c.ID {
			o.PreviousVersionID = nil
		}
	}
	if c.ObjectKey != "" {
		delete(st.objects, c.ObjectKey)
	}
	if c.FileSize != nil && c.ObjectKey != "" {
		t.org.StorageUsedBytes = max(0, t.org.StorageUsedBytes-*c.FileSize)
	}
}

// unplayContent takes content out of every playlist.
func (t *tenant) unplayContent(contentID string) {
	for _, p := range t.playlists.list {
		p.Items = slices.DeleteFunc(p.Items, func(i itemRow) bool { return i.ContentID == contentID })
	}
}

// dropGroup removes a display group and its schedules; the displays stay.
func (t *tenant) dropGroup(g *group) {
	t.groups.remove(g.ID)
	t.forget(alertRules(), "scopeGroupId", g.ID)
	t.schedules.removeIf(func(s *scheduleRow) bool { return s.DisplayGroupID != nil && *s.DisplayGroupID == g.ID })
}

// enabledDisplays is what the screen quota counts.
func (t *tenant) enabledDisplays() int {
	n := 0
	for _, d := range t.displays.list {
		if !d.IsDisabled {
			n++
		}
	}
	return n
}
