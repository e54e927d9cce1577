package watch

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/realtime"
	"github.com/vizora/vizora-cli/output"
)

// boardClock is when every board of these tests is looked at.
func boardClock() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.Local) }

// shownAt is a board on a terminal of some size.
func shownAt(t *testing.T, b *board, width, height int, now time.Time) []string {
	t.Helper()
	io, _, _, _ := output.Test()
	io.SetTTY(true, true, true)
	io.SetWidth(width)
	lines := b.lines(io, width, height, now)
	if len(lines) > max(height-1, 1) {
		t.Errorf("%d lines on a terminal of %d", len(lines), height)
	}
	for _, l := range lines {
		if n := output.Cells(l); n > width {
			t.Errorf("%d cells at width %d: %q", n, width, l)
		}
	}
	return lines
}

func display(id, name, status, playlist string) realtime.Resource {
	return realtime.Resource{Kind: realtime.KindDisplay, ID: id, Name: name, Status: status, Playlist: playlist}
}

// liveBoard knows three displays, one with a long name of wide characters.
func liveBoard() *board {
	b := newBoard(func(string) bool { return true })
	now := boardClock()
	b.take(realtime.State{State: realtime.Live, Transport: realtime.TransportWebSocket, At: now}, now)
	b.take(realtime.Snapshot{Resources: []realtime.Resource{
		display("d1", "Lobby North", "online", "p1"),
		display("d2", "東京本社ロビー南側エスカレーター横の大型ディスプレイ", "offline", "p1"),
		display("d3", "Counter", "pairing", ""),
		{Kind: realtime.KindPlaylist, ID: "p1", Name: "Summer Menu with a name that is rather long, as names are"},
	}}, now)
	return b
}

func told(name, data string, at time.Time) *event {
	return &event{Record: realtime.Record{Event: name, Source: realtime.SourcePush, Data: json.RawMessage(data), Time: at}}
}

func TestBoardFits(t *testing.T) {
	b := liveBoard()
	now := boardClock()
	b.pending = pending{total: 3, stuck: 1, displays: map[string]int{"d1": 2}}
	b.take(told(realtime.EventHealthAlert, `{"deviceId":"d2","severity":"critical","message":"`+strings.Repeat("very long ", 30)+`"}`, now), now)
	for _, width := range []int{40, 80, 200} {
		lines := shownAt(t, b, width, 24, now)
		text := strings.Join(lines, "\n")
		for _, want := range []string{"● live", "12:00:00", "3 pend", "Lobby North", "offline", "critical", "STATUS"} {
			if !strings.Contains(text, want) {
				t.Errorf("width %d lacks %q:\n%s", width, want, text)
			}
		}
		if has := strings.Contains(text, "Summer Menu"); has != (width >= 80) {
			t.Errorf("width %d: playlist shown: %v\n%s", width, has, text)
		}
	}
	for width := 1; width < 220; width += 7 {
		for height := 1; height < 30; height += 4 {
			shownAt(t, b, max(width, 34), height, now)
		}
	}
}

func TestBoardRows(t *testing.T) {
	b := liveBoard()
	at := boardClock()
	b.take(told(realtime.EventDeviceStatus, `{"deviceId":"d1","status":"offline"}`, at), at)
	b.take(told(realtime.EventDeviceStatus, `{"deviceId":"nobody","status":"offline"}`, at), at)
	b.take(told(realtime.EventDeviceStatus, `{"deviceId":"d2","status":"offline"}`, at), at) // as it was
	text := strings.Join(shownAt(t, b, 120, 24, at.Add(3*time.Minute)), "\n")
	if !strings.Contains(text, "0 of 3 displays online") || !strings.Contains(text, "3m ago   offline") || strings.Count(text, "3m ago") != 1 {
		t.Errorf("after a status:\n%s", text)
	}
	b.take(realtime.Snapshot{Resources: []realtime.Resource{display("d1", "Lobby Nord", "online", "p2")}}, at)
	text = strings.Join(shownAt(t, b, 120, 24, at), "\n")
	if !strings.Contains(text, "Lobby Nord") || strings.Contains(text, "Counter") || !strings.Contains(text, "1 of 1 display online") {
		t.Errorf("after a snapshot:\n%s", text)
	}
	b.keeps = func(id string) bool { return id == "d9" }
	b.take(realtime.Snapshot{Resources: []realtime.Resource{display("d1", "Lobby Nord", "online", "p2")}}, at)
	if text := strings.Join(shownAt(t, b, 80, 24, at), "\n"); !strings.Contains(text, "no displays") {
		t.Errorf("filtered:\n%s", text)
	}
}

func TestBoardShowsTroubleFirst(t *testing.T) {
	b := newBoard(func(string) bool { return true })
	now := boardClock()
	var all []realtime.Resource
	for i := range 500 {
		status := "online"
		if i == 321 {
			status = "offline"
		}
		all = append(all, display(fmt.Sprint("d", i), fmt.Sprintf("Screen %03d", i), status, ""))
	}
	b.take(realtime.Snapshot{Resources: all}, now)
	lines := shownAt(t, b, 80, 24, now)
	text := strings.Join(lines, "\n")
	if len(lines) != 23 || !strings.Contains(text, "Screen 321") || !strings.Contains(text, "Screen 000") || !strings.Contains(text, "and 481 more") {
		t.Errorf("%d lines:\n%s", len(lines), text)
	}
}

func TestBoardAlerts(t *testing.T) {
	b := liveBoard()
	at := boardClock()
	b.take(told(realtime.EventHealthAlert, `{"deviceId":"d1","severity":"warning","message":"first"}`, at), at)
	b.take(told(realtime.EventNotification, `{"severity":"info","title":"second"}`, at), at.Add(10*time.Second))
	b.take(realtime.Gap{DownFor: 5 * time.Second, Refilled: 2, MayHaveMissed: true, At: at}, at.Add(20*time.Second))
	b.take(realtime.Polling{Err: errors.New("no route to host")}, at)
	for _, c := range []struct {
		after  time.Duration
		want   []string
		gone   []string
		height int
	}{
		{20 * time.Second, []string{"Lobby North: first", "second", "down for 5s, refilled 2, more may have been missed", "no route to host"}, nil, 40},
		{29 * time.Second, []string{"first"}, nil, 40},
		{30 * time.Second, []string{"second", "refilled 2"}, []string{"first"}, 40},
		{51 * time.Second, nil, []string{"first", "second", "refilled 2"}, 40},
	} {
		text := strings.Join(shownAt(t, b, 120, c.height, at.Add(c.after)), "\n")
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("after %s it lacks %q:\n%s", c.after, want, text)
			}
		}
		for _, gone := range c.gone {
			if strings.Contains(text, gone) {
				t.Errorf("after %s it has %q:\n%s", c.after, gone, text)
			}
		}
	}
	for i := range 3 * maxAlerts {
		b.take(told(realtime.EventHealthAlert, fmt.Sprintf(`{"severity":"critical","message":"storm %d"}`, i), at), at.Add(time.Minute))
	}
	text := strings.Join(shownAt(t, b, 80, 24, at.Add(time.Minute)), "\n")
	if !strings.Contains(text, "storm 299") || !strings.Contains(text, "more alerts") || !strings.Contains(text, "Lobby North") || len(b.alerts) != maxAlerts {
		t.Errorf("in a storm (%d kept):\n%s", len(b.alerts), text)
	}
}

func TestBoardBadge(t *testing.T) {
	now := boardClock()
	b := newBoard(func(string) bool { return true })
	badge := func(after time.Duration) string { text, _ := b.badge(now.Add(after)); return text }
	if got := badge(0); got != "○ connecting" {
		t.Error(got)
	}
	b.take(realtime.State{State: realtime.Connecting, Attempt: 1, NextIn: 40 * time.Second, At: now}, now)
	if got := badge(10 * time.Second); got != "○ connection limit, connecting in 30s" {
		t.Error(got)
	}
	if text := strings.Join(shownAt(t, b, 80, 24, now), "\n"); !strings.Contains(text, "reading the displays") {
		t.Error(text)
	}
	b.take(realtime.State{State: realtime.Live, Transport: realtime.TransportPolling, At: now}, now)
	if got := badge(0); got != "● live (polling)" {
		t.Error(got)
	}
	b.take(realtime.State{State: realtime.Lost, Reason: realtime.ReasonPingTimeout, NextIn: 4 * time.Second, At: now}, now)
	for after, want := range map[time.Duration]string{
		0: "○ lost: ping timeout, next try in 4s", 3900 * time.Millisecond: "○ lost: ping timeout, next try in 1s", 5 * time.Second: "○ lost: ping timeout, trying again",
	} {
		if got := badge(after); got != want {
			t.Errorf("after %s: %s", after, got)
		}
	}
	b.take(realtime.State{State: realtime.Connecting, Attempt: 2, At: now}, now)
	if got := badge(7 * time.Second); got != "○ lost for 7s, connecting" {
		t.Error(got)
	}
	b.take(realtime.State{State: realtime.Ended, At: now}, now)
	if got := badge(0); got != "○ stopped" {
		t.Error(got)
	}
}

func TestBoardIsCleanOfControlCharacters(t *testing.T) {
	b := newBoard(func(string) bool { return true })
	now := boardClock()
	b.take(realtime.Snapshot{Resources: []realtime.Resource{display("d1", "evil\x1b[2Jname\a", "online\x1b]0;x\a", "p\x1b[1m")}}, now)
	b.take(told(realtime.EventNotification, `{"title":"bell\u0007 \u001b[31mred"}`, now), now)
	if text := strings.Join(shownAt(t, b, 120, 24, now), "\n"); strings.ContainsAny(text, "\x1b\a") {
		t.Errorf("%q", text)
	}
}
