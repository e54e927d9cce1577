package top

// This file tests the dashboard as its user meets it: keys in, screens out. The
// screens are in testdata; -update writes them anew.

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/output"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// held is a worker that keeps what it is given until the test answers.
type held struct {
	ops   []journal.Operation
	dones []func(*model, *journal.Result, error)
	back  int
}

func (h *held) submit(op journal.Operation, done func(*model, *journal.Result, error)) {
	h.ops, h.dones = append(h.ops, op), append(h.dones, done)
}
func (h *held) returned()      { h.back++ }
func (h *held) refresh(*model) {}

// shop is a model that knows a small organization.
type shop struct {
	*model
	t    *testing.T
	work *held
	at   time.Time
}

const (
	lobby   = "00000000-0000-4000-8000-000000000001"
	kitchen = "00000000-0000-4000-8000-000000000002"
	summer  = "c000000000000000000000001"
	winter  = "c000000000000000000000002"
	menu    = "c000000000000000000000003"
	lunch   = "c000000000000000000000004"
)

func open(t *testing.T) *shop {
	s := &shop{t: t, work: &held{}, at: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	time.Local = time.UTC
	s.model = newModel("https://vizora.example.com", func() time.Time { return s.at }, func(_ output.Style, text string) string { return text }, s.work)
	s.take(realtime.State{State: realtime.Live, At: s.at})
	s.take(s.lists())
	return s
}

func text(s string) *string { return &s }

func (s *shop) lists() realtime.Snapshot {
	display := func(id, name, status string, playlist *string) realtime.Resource {
		return realtime.Resource{Kind: realtime.KindDisplay, ID: id, Name: name, Status: status, Row: &api.Display{
			ID: id, Nickname: text(name), DeviceIdentifier: "d-" + name, Status: status, Location: text("Market Square"), CurrentPlaylist: playlist, Timezone: "UTC", LastHeartbeat: s.at.Add(-20 * time.Second),
		}}
	}
	playlist := func(id, name string) realtime.Resource {
		return realtime.Resource{Kind: realtime.KindPlaylist, ID: id, Name: name, Row: &api.Playlist{
			ID: id, Name: name, Loop: true, UpdatedAt: s.at.Add(-time.Hour), Items: []api.PlaylistItem{{ID: "i1", ContentID: menu, Content: &api.ContentRef{ID: menu, Name: "Menu board"}}},
		}}
	}
	return realtime.Snapshot{At: s.at, Resources: []realtime.Resource{
		display(lobby, "Lobby North", "online", text(summer)), display(kitchen, "Kitchen 東京", "offline", nil),
		playlist(summer, "Summer Menu"), playlist(winter, "Winter Menu"),
		{Kind: realtime.KindContent, ID: menu, Name: "Menu board", Row: &api.Content{ID: menu, Name: "Menu board", Type: "image", Status: "active", UpdatedAt: s.at}},
		{Kind: realtime.KindSchedule, ID: lunch, Name: "Lunch", Row: &api.Schedule{ID: lunch, Name: "Lunch", PlaylistID: summer, DisplayID: text(lobby), Days: []int{1, 2}, IsActive: true}},
	}}
}

// press presses keys: characters, or names in <>.
func (s *shop) press(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		if name, named := strings.CutPrefix(k, "<"); named {
			s.model.press(output.Key{Name: strings.TrimSuffix(name, ">")})
			continue
		}
		for _, r := range k {
			s.model.press(output.Key{Rune: r})
		}
	}
}

// screen is what a terminal of that size shows.
func (s *shop) screen(width, height int) string {
	io, _, _, _ := output.Test()
	lines := s.lines(io, width, height)
	if len(lines) > height {
		s.t.Errorf("%d lines on a screen of %d", len(lines), height)
	}
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (s *shop) golden(name string, width, height int) {
	s.t.Helper()
	file := filepath.Join("testdata", fmt.Sprintf("%s-%d.golden", name, width))
	got := s.screen(width, height)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		s.t.Errorf("%s: %v\ngot\n%s\nwant\n%s", file, err, got, want)
	}
}

func TestScreens(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		s := open(t)
		s.take(realtime.Record{Event: realtime.EventDeviceStatus, Source: realtime.SourcePush, Data: []byte(`{"deviceId":"` + lobby + `","status":"online"}`), Time: s.at})
		s.golden("displays", width, 20)
		s.press("<enter>")
		s.golden("detail", width, 24)
		s.press("<escape>", "2")
		s.golden("playlists", width, 16)
		s.press("d")
		s.golden("delete", width, 16)
		s.press("n", "4")
		s.take(realtime.Record{Event: realtime.EventHealthAlert, Source: realtime.SourceComputed, Data: []byte(`{"deviceId":"` + kitchen + `","severity":"critical","message":"offline for 5 minutes"}`), Time: s.at})
		s.golden("health", width, 16)
		s.press("5")
		s.golden("schedules", width, 16)
		s.take(realtime.State{State: realtime.Lost, Reason: realtime.ReasonRefused, NextIn: 4 * time.Second, At: s.at})
		s.press("7")
		s.golden("lost", width, 14)
		s.press("?")
		s.golden("help", width, 30)
	}
}

func (s *shop) shows(want string) {
	s.t.Helper()
	if got := s.screen(120, 24); !strings.Contains(got, want) {
		s.t.Errorf("the screen lacks %q:\n%s", want, got)
	}
}

func (s *shop) lacks(unwanted string) {
	s.t.Helper()
	if got := s.screen(120, 24); strings.Contains(got, unwanted) {
		s.t.Errorf("the screen shows %q:\n%s", unwanted, got)
	}
}

// TestRename shows at once, and is taken back when the server says no.
func TestRename(t *testing.T) {
	s := open(t)
	s.press("r", "<backspace>", "<backspace>", "<backspace>", "<backspace>", "<backspace>", "South", "<enter>")
	s.shows("Lobby South")
	s.shows("rename")
	if len(s.work.ops) != 1 {
		t.Fatalf("%d operations", len(s.work.ops))
	}
	op := s.work.ops[0]
	if op.Effect != journal.Update || op.Target != lobby || string(op.Changes["name"]) != `"Lobby South"` || string(op.Base["name"]) != `"Lobby North"` || op.BaseFrom == "" {
		t.Errorf("%+v", op)
	}
	s.press("r") // one change at a time
	s.shows("is being changed already")
	s.work.dones[0](s.model, nil, api.Errorf(api.KindForbidden, "Forbidden resource"))
	s.shows("taken back: rename display")
	s.shows("Lobby North  ")
}

// TestDone keeps what the server answered until the lists show it.
func TestDone(t *testing.T) {
	s := open(t)
	s.press("r", "!", "<enter>")
	s.work.dones[0](s.model, &journal.Result{Data: []byte(`{"id":"` + lobby + `","nickname":"Lobby North &lt;","deviceIdentifier":"x","status":"online"}`)}, nil)
	s.shows("Lobby North &lt;") // what the server made of it
	s.lacks("PENDING")
	s.at = s.at.Add(time.Second)
	s.take(s.lists()) // newer: somebody renamed it again
	s.lacks("&lt;")
}

func TestAssign(t *testing.T) {
	s := open(t)
	s.press("j", "a", "wint", "<enter>")
	s.shows("Winter Menu")
	if op := s.work.ops[0]; op.Target != kitchen || string(op.Changes["playlist"]) != `"`+winter+`"` || string(op.Base["playlist"]) != "null" {
		t.Errorf("%+v", op)
	}
	s.work.dones[0](s.model, nil, &api.Error{Kind: api.KindQueued, Message: "recorded"})
	s.shows("recorded")
	s.lacks("1 pending") // that is the journal's to say
	s.pending = []journal.Operation{{Target: kitchen, State: journal.Waiting}}
	s.shows("1 pending")
	s.press("k", "a", "nothing", "<enter>")
	s.shows(`no playlist is named "nothing"`)
	s.press("a", "menu", "<enter>")
	if len(s.work.ops) != 1 {
		t.Error("a name that fits none was sent")
	}
	s.press("a", "<enter>")
	if len(s.work.ops) != 2 || string(s.work.ops[1].Changes["playlist"]) != "null" {
		t.Errorf("%d operations", len(s.work.ops))
	}
}

// TestConflict: a recorded edit that lost is taken back when the journal says so.
func TestConflict(t *testing.T) {
	s := open(t)
	s.press("x")
	s.work.dones[0](s.model, nil, &api.Error{Kind: api.KindQueued, Message: "recorded"})
	s.pending = []journal.Operation{{ID: "1", Target: lobby, State: journal.Waiting}}
	s.dropDecided()
	s.shows("recorded")
	s.pending[0].State, s.pending[0].Summary, s.pending[0].Dropped = journal.Conflict, "disable display", []string{"isDisabled"}
	s.dropDecided()
	s.shows("taken back: disable display: the remote won: isDisabled")
}

func TestDelete(t *testing.T) {
	s := open(t)
	s.press("2", "d")
	s.shows(`delete playlist "Summer Menu"? (y/N)`)
	s.shows(`schedule "Lunch" is deleted with it`)
	s.shows(`display "Lobby North" is left without a playlist`)
	s.press("<enter>")
	if len(s.work.ops) != 0 {
		t.Fatal("ENTER is not yes")
	}
	s.press("d", "y")
	s.shows("delete")
	if op := s.work.ops[0]; op.Effect != journal.Delete || op.Target != summer || op.Request.Path != "/playlists/"+summer || len(op.Base) == 0 {
		t.Errorf("%+v", op)
	}
	s.work.dones[0](s.model, nil, nil)
	s.shows("done: delete")
	if rows := s.rows(); len(rows) != 1 {
		t.Errorf("%d playlists", len(rows))
	}
}

func TestFilter(t *testing.T) {
	s := open(t)
	s.press("/", "kit")
	s.lacks("Lobby")
	s.press("<enter>")
	s.shows(`filter "kit"`)
	s.press("/", "x", "<enter>")
	s.shows("no displays fit the filter")
	s.press("<enter>", "r", "d") // there is nothing to change
	s.press("<escape>")
	s.shows("Lobby North")
	s.press("4", "r")
	s.shows("nothing can be changed on this page")
	s.press("3", "e")
	s.shows("has no such change")
	if len(s.work.ops) != 0 {
		t.Errorf("%d operations", len(s.work.ops))
	}
}

// TestAlertsFade: after half a minute, as in the product.
func TestAlertsFade(t *testing.T) {
	s := open(t)
	s.take(realtime.Record{Event: realtime.EventNotification, Data: []byte(`{"severity":"critical","title":"Disk full"}`), Time: s.at})
	s.shows("1 alert ")
	s.at = s.at.Add(31 * time.Second)
	s.tick()
	s.lacks("1 alert ")
}

// TestFarDown keeps the cursor in sight in a long list.
func TestFarDown(t *testing.T) {
	s := open(t)
	s.take(many(s.at, 500))
	s.press("<end>")
	s.shows("> ")
	s.shows("Screen 499")
	s.press("<page-up>", "<home>")
	s.shows("Screen 0 ")
}

func many(at time.Time, n int) realtime.Snapshot {
	snap := realtime.Snapshot{At: at}
	for i := range n {
		id, name := fmt.Sprintf("00000000-0000-4000-8000-%012d", i), fmt.Sprintf("Screen %d", i)
		snap.Resources = append(snap.Resources, realtime.Resource{Kind: realtime.KindDisplay, ID: id, Name: name, Row: &api.Display{
			ID: id, Nickname: &name, Status: "online", Location: text("Market Square"), LastHeartbeat: at,
		}})
	}
	return snap
}

// BenchmarkRedraw is from an event to the lines of the screen, with 2,000
// displays.
func BenchmarkRedraw(b *testing.B) {
	at := time.Now()
	m := newModel("https://x", time.Now, func(_ output.Style, text string) string { return text }, &held{})
	m.take(realtime.State{State: realtime.Live, At: at})
	m.take(many(at, 2000))
	io, _, _, _ := output.Test()
	event := realtime.Record{Event: realtime.EventDeviceStatus, Data: []byte(`{"deviceId":"00000000-0000-4000-8000-000000001999","status":"offline"}`), Time: at}
	for b.Loop() {
		m.take(event)
		m.lines(io, 160, 50)
	}
}
