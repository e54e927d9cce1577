package cmdutil

// Tests of what is followed: lists read within the server's limits, what counts
// as an edit, and the connect limit that processes share.

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/api/sandbox"
)

// signedIn starts a sandbox and signs in.
func signedIn(t *testing.T, o sandbox.Options) *api.Client {
	t.Helper()
	w, err := sandbox.StartWorld(t.Context(), sandbox.WorldOptions{Options: o, Fleet: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	anonymous, err := api.New(api.Options{BaseURL: w.URL()})
	if err != nil {
		t.Fatal(err)
	}
	login, err := anonymous.Login(t.Context(), w.Logins()[0].Email, w.Logins()[0].Password)
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.New(api.Options{BaseURL: w.URL(), Tokens: api.StaticToken(login.Session.Credentials.Access)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func send(t *testing.T, c *api.Client, method, path, body string) {
	t.Helper()
	if _, err := c.Do(t.Context(), api.Request{Method: method, Path: path, Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}

// changed names the fields of a resource in which two listings differ.
func changed(l *lists, kind, id string, before, after *realtime.Listing) []string {
	find := func(list *realtime.Listing) []uint32 {
		for _, r := range list.Resources {
			if r.Kind == kind && r.ID == id {
				return r.Sums
			}
		}
		return nil
	}
	var names []string
	a, b := find(before), find(after)
	for i, name := range l.Fields(kind) {
		if a[i] != b[i] {
			names = append(names, name)
		}
	}
	return names
}

// TestListsTellEdits: an edit moves the sums of its fields and no others, in
// every kind; what a heartbeat moves is no edit.
func TestListsTellEdits(t *testing.T) {
	c := signedIn(t, sandbox.Options{Seed: 5, Displays: 3, Playlists: 3, Contents: 6})
	l := newLists(c, FollowOptions{Groups: true})
	read := func() *realtime.Listing {
		t.Helper()
		list, err := l.List(t.Context(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	ids := map[string]string{}
	for _, r := range read().Resources {
		if r.Row == nil || len(r.Sums) != len(l.Fields(r.Kind)) || len(l.Payload(&r)) == 0 {
			t.Fatalf("%+v", r)
		}
		if p, ok := r.Row.(*api.Playlist); !ok || len(p.Items) > 1 { // one whose items can change places
			ids[r.Kind] = r.ID
		}
	}
	display, playlist := ids[realtime.KindDisplay], ids[realtime.KindPlaylist]
	send(t, c, http.MethodPost, "/schedules", `{"name":"Mornings","playlistId":"`+playlist+`","displayId":"`+display+`","startDate":"2026-01-01T00:00:00Z","daysOfWeek":[1,2],"startTime":540,"endTime":600,"priority":3}`)
	before := read()
	if len(before.Windows) == 0 || before.Windows[len(before.Windows)-1].Zone == nil {
		t.Fatalf("windows %+v", before.Windows)
	}
	for _, c2 := range []struct {
		kind, id, method, path, body string
		want                         []string
	}{
		{realtime.KindDisplay, display, http.MethodPatch, "/displays/" + display, `{"location":"Attic"}`, []string{"location"}},
		{realtime.KindDisplay, display, http.MethodPatch, "/displays/" + display, `{"status":"error"}`, nil},
		{realtime.KindPlaylist, playlist, http.MethodPatch, "/playlists/" + playlist, `{"name":"Renamed"}`, []string{"name", "updatedAt"}},
		{realtime.KindContent, ids[realtime.KindContent], http.MethodPatch, "/content/" + ids[realtime.KindContent], `{"name":"Renamed"}`, []string{"name", "updatedAt"}},
	} {
		before = read()
		time.Sleep(2 * time.Millisecond) // another updatedAt
		send(t, c, c2.method, c2.path, c2.body)
		if got := changed(l, c2.kind, c2.id, before, read()); !slices.Equal(got, c2.want) {
			t.Errorf("%s %s changed %v, want %v", c2.path, c2.body, got, c2.want)
		}
	}
}

// TestZones: whatever the platform stores as a zone, a schedule can be computed.
func TestZones(t *testing.T) {
	for name, want := range map[string]string{"Europe/Berlin": "Europe/Berlin", "": "UTC", "Not/AZone": "UTC", "Local": "UTC", "../../etc/passwd": "UTC", "\x00": "UTC"} {
		if got := zoneOf(name).String(); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

// TestPollBudget: readings come at once while a third of the hour's allowance
// lasts, and then as often as it grows back.
func TestPollBudget(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	b := pollBudget{now: func() time.Time { return now }}
	costs := []pollCost{{pages: 100, hourly: 1000}, {pages: 1, hourly: 1000}}
	if got := steady(costs).Round(time.Minute); got != 18*time.Minute {
		t.Errorf("10,000 displays are read every %v", got)
	}
	for range 3 {
		if wait := b.wait(costs); wait != 0 {
			t.Fatalf("wait %v", wait)
		}
		b.spend()
		now = now.Add(time.Minute)
	}
	if wait := b.wait(costs); wait != 57*time.Minute {
		t.Errorf("the fourth waits %v", wait)
	}
	now = now.Add(57 * time.Minute)
	if wait := b.wait(costs); wait != 0 {
		t.Errorf("after an hour: %v", wait)
	}
	granted := 0
	for b.confirm(1000) {
		granted++
	}
	if granted != 333 {
		t.Errorf("%d displays may be confirmed in an hour", granted)
	}
}

// TestConnects: processes share the count, each token has its own, and nothing
// of a token is in the file.
func TestConnects(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	file := filepath.Join(t.TempDir(), "state", "connects")
	one := &connects{file: file, now: func() time.Time { return now }}
	other := &connects{file: file, now: func() time.Time { return now }}
	for i := range mostConnects {
		if wait := one.Wait("t"); wait != 0 {
			t.Fatalf("connect %d waits %v", i, wait)
		}
		if i%2 == 0 {
			one.Spend("t")
		} else {
			other.Spend("t")
		}
		now = now.Add(time.Second)
	}
	if wait := other.Wait("t"); wait != connectWindow-mostConnects*time.Second {
		t.Errorf("wait %v", wait)
	}
	if wait := other.Wait("another"); wait != 0 {
		t.Errorf("another token waits %v", wait)
	}
	now = now.Add(connectWindow - mostConnects*time.Second)
	if wait := fmt.Sprint(one.Wait("t")); wait != "0s" {
		t.Errorf("after the window: %s", wait)
	}
}
