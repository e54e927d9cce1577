package top

// This file tests that what was changed here goes on living: the stream's word
// about a row counts above what an edit remembers of it.

import (
	"encoding/json"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/realtime"
)

func (s *shop) says(status string) {
	s.take(realtime.Record{Event: realtime.EventDeviceStatus, Time: s.at, Data: json.RawMessage(`{"deviceId":"` + lobby + `","status":"` + status + `"}`)})
}

// TestStatusOfAnEditedDisplay: an edit that the lists do not show yet keeps no
// display online.
func TestStatusOfAnEditedDisplay(t *testing.T) {
	s := open(t)
	s.press("r", "!", "<enter>")
	s.says("error")
	s.shows("Lobby North!  error")
	s.work.dones[0](s.model, &journal.Result{Data: []byte(`{"id":"` + lobby + `","nickname":"Lobby North!","deviceIdentifier":"x","status":"online"}`)}, nil)
	s.says("offline")
	s.shows("Lobby North!  offline")
	s.says("online")
	s.shows("Lobby North!  online")
}

// TestDisabled: a display that is switched off is shown as that, at once.
func TestDisabled(t *testing.T) {
	s := open(t)
	s.press("x")
	s.shows("Lobby North   disabled")
	s.work.dones[0](s.model, nil, api.Errorf(api.KindForbidden, "Forbidden resource"))
	s.shows("Lobby North   online")
	s.press("x")
	s.work.dones[1](s.model, nil, nil)
	s.says("offline")
	s.shows("Lobby North   disabled")
	s.press("e")
	s.shows("Lobby North   offline")
}

// TestSeveralPlaylists: a name that begins several is answered with theirs.
func TestSeveralPlaylists(t *testing.T) {
	s := open(t)
	s.press("a", "w", "<enter>")
	if len(s.work.ops) != 1 { // Winter Menu is the only one
		t.Fatalf("%d operations", len(s.work.ops))
	}
	s.work.dones[0](s.model, nil, nil)
	s.kinds[realtime.KindPlaylist] = append(s.kinds[realtime.KindPlaylist], resource{"c9", "Winter Nights", &api.Playlist{ID: "c9", Name: "Winter Nights"}})
	s.press("a", "w", "<enter>")
	s.shows(`2 playlists are named so or begin with "w": Winter Menu, Winter Nights`)
	s.press("a", "Wintre Menu", "<enter>")
	s.shows(`no playlist is named "Wintre Menu"; did you mean "Winter Menu"?`)
}

// TestGroupHasAName: a schedule's group is named, though groups are no list of
// the stream's.
func TestGroupHasAName(t *testing.T) {
	s := open(t)
	lists := s.lists()
	lists.Resources = append(lists.Resources, realtime.Resource{Kind: realtime.KindSchedule, ID: "c8", Name: "Dinner", Row: &api.Schedule{
		ID: "c8", Name: "Dinner", PlaylistID: winter, GroupID: text("c7"), Group: &api.Row{ID: "c7", PlainName: "Front of House"}, IsActive: true,
	}})
	s.take(lists)
	s.press("5")
	s.shows("Front of House")
}
