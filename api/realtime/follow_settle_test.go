package realtime

// Tests of what a Follow settles: duplicates, order, flaps, alerts,
// notifications, schedules, and going on where another stopped.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// settle runs a Follow for d over one connection on which script is played.
func settle(t *testing.T, l *lists, f Follow, d time.Duration, script func(*peer)) string {
	t.Helper()
	n := serveScript(t, func(p *peer) {
		p.connect()
		p.send(acceptFrame)
		script(p)
	})
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var told tale
	f.Session, f.Lister = Open(n.options(StaticToken("jwt"))), l
	if err := f.Run(ctx, told.item); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended for %v", err)
	}
	return strings.Join(told, " ")
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("told\n %s\nwant\n %s", got, want)
	}
}

// TestFollowFlap: a word that comes twice is told once; one that comes late is
// told but does not count; and once it is quiet REST has the last word.
func TestFollowFlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lists{}
		l.set(nil, display("a", "offline", 1))
		got := settle(t, l, Follow{}, time.Minute, func(p *peer) {
			time.Sleep(5 * time.Second)
			at := time.Now()
			offline := pushedAt("a", "offline", at.Add(2*time.Millisecond))
			p.send(pushedAt("a", "online", at), offline, offline, pushedAt("a", "online", at.Add(time.Millisecond)))
			l.set(nil, display("a", "online", 1)) // the offline was of the connection before
			p.beat(time.Hour)
		})
		expect(t, got, `connecting live (connect) snapshot:1 push:a=online push:a=offline push:a=online poll:a=online ended`)
		if len(l.asked) != 1 {
			t.Errorf("%d displays were confirmed", len(l.asked))
		}
	})
}

// TestFollowOfflineAlert: one alert for a display that stays offline, after REST
// has confirmed it; none for what comes back, and none that a notification gave.
func TestFollowOfflineAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lists{}
		l.set(nil, display("a", "online", 1), display("b", "online", 1), display("c", "online", 1), display("d", "online", 1))
		got := settle(t, l, Follow{}, 10*time.Minute, func(p *peer) {
			p.beat(time.Minute)
			p.send(pushed("a", "offline"), pushed("b", "offline"), pushed("c", "offline"), pushed("d", "offline"))
			l.set(nil, display("a", "offline", 1), display("b", "online", 1), display("c", "offline", 1), display("d", "online", 1))
			p.beat(time.Minute)
			p.send(pushed("b", "online"), `42["notification:new",{"id":"n","type":"device_offline","severity":"critical","metadata":{"deviceId":"c"}}]`)
			p.beat(time.Hour)
		})
		expect(t, got, `connecting live (connect) snapshot:4 push:a=offline push:b=offline push:c=offline push:d=offline `+
			`push:b=online push:alert:c poll:d=online computed:alert:a ended`)
	})
}

// TestFollowNotifications: stored rows that were never pushed are found, those
// that were are told once, by id or, of form B, by what they are about.
func TestFollowNotifications(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		row := func(id, kind, device string) Notification {
			return Notification{ID: id, At: time.Now(), Data: fmt.Appendf(nil, `{"id":"%s","type":"%s","metadata":{"deviceId":"%s"}}`, id, kind, device)}
		}
		l := &lists{}
		old := row("old", "system", "")
		l.notices = []Notification{old}
		got := settle(t, l, Follow{Poll: time.Minute}, 100*time.Second, func(p *peer) {
			p.beat(30 * time.Second)
			p.send(`42["notification:new",{"id":"pushed","type":"system"}]`, `42["notification:new",{"id":"pushed","type":"system"}]`,
				`42["notification:new",{"type":"device_online","deviceId":"a","timestamp":"`+Stamp(time.Now())+`"}]`)
			l.mu.Lock()
			l.notices = []Notification{row("offline", "device_offline", "b"), row("stored", "device_online", "a"), row("pushed", "system", ""), old}
			l.mu.Unlock()
			p.beat(time.Hour)
		})
		expect(t, got, `connecting live (connect) every:1m0s snapshot:0 push:notification:new={"id":"pushed","type":"system"} `+
			`push:notification:new={"type":"device_online","deviceId":"a" snapshot:0 poll:alert:b ended`)
	})
}

// TestFollowSchedules: a window that opens and closes; a server that tells such
// things itself is not contradicted.
func TestFollowSchedules(t *testing.T) {
	for _, product := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) { // it begins at midnight UTC, on a Saturday
			l := &lists{windows: []Window{{ScheduleID: "s", DisplayID: "d", PlaylistID: "p", Zone: time.UTC, From: 2, To: 4, Days: []int{6}, Active: true}}}
			got := settle(t, l, Follow{Poll: time.Minute}, 5*time.Minute-time.Second, func(p *peer) {
				if product {
					time.Sleep(10 * time.Second)
					p.send(`42["schedule:executed",{"scheduleId":"x","displayId":"d","action":"failed"}]`, `42["playlist:updated",{"playlistId":"q","action":"updated"}]`)
					l.set(nil, playlist("q", 2, 1, 1))
				}
				p.beat(time.Hour)
			})
			want := `computed:schedule:executed={"scheduleId":"s","displayId":"d","playlistId":"p","action":"started" ` +
				`computed:schedule:executed={"scheduleId":"s","displayId":"d","playlistId":"p","action":"completed"`
			var told []string
			for _, word := range strings.Fields(got) {
				if strings.Contains(word, ":updated=") || strings.Contains(word, ":executed=") {
					told = append(told, word)
				}
			}
			if product { // the playlist is told once, as it was pushed
				want = `push:schedule:executed={"scheduleId":"x","displayId":"d","action":"failed"} push:playlist:updated={"playlistId":"q","action":"updated"}`
			}
			expect(t, strings.Join(told, " "), want)
		})
	}
}

// TestFollowWithoutStream: lists are compared even where the stream cannot be
// had, and what they show counts as refilled when it can.
func TestFollowWithoutStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lists{every: 90 * time.Second}
		l.set(nil, display("a", "online", 1), playlist("p", 1, 1, 1))
		var n *pipeNet
		n = serveScript(t, func(p *peer) {
			p.connect()
			p.send(acceptFrame)
			if p.n == 1 {
				p.beat(time.Minute)
				n.refuse(true)
				go func() {
					time.Sleep(5 * time.Minute)
					n.refuse(false)
				}()
				l.set(nil, display("a", "offline", 1), playlist("p", 2, 1, 1))
				return
			}
			p.beat(time.Hour)
		})
		var told tale
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		f := Follow{Session: Open(n.options(StaticToken("jwt"))), Lister: l, Poll: time.Minute}
		if err := f.Run(ctx, told.item); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		got := strings.Join(told, " ")
		for _, want := range []string{"every:1m30s (polling)", "poll:a=offline", `{"playlistId":"p","action":"updated"`, "gap:2:true:<nil> (gap)"} {
			if !strings.Contains(got, want) {
				t.Errorf("not told: %s\n%s", want, got)
			}
		}
		if at := strings.Index(got, "poll:a=offline"); at < 0 || at > strings.LastIndex(got, "live") {
			t.Errorf("it was not found while the stream was away: %s", got)
		}
	})
}

// TestFollowCursor: a second run tells what changed since the first, as after
// any other gap.
func TestFollowCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lists{}
		l.set(nil, display("a", "online", 1), playlist("p", 1, 1, 1), playlist("q", 1, 1, 1))
		var at Cursor
		first := settle(t, l, Follow{Save: func(c Cursor) { at = c }}, time.Minute, func(p *peer) {
			time.Sleep(3 * time.Second)
			p.send(pushed("a", "offline"))
			p.beat(time.Hour)
		})
		expect(t, first, `connecting live (connect) snapshot:3 push:a=offline ended`)
		if len(at.Known) != 3 || time.Since(at.At) > time.Second {
			t.Fatalf("the cursor is %+v", at)
		}
		time.Sleep(time.Hour)
		l.set(nil, display("a", "offline", 1), playlist("p", 1, 2, 2), playlist("r", 1, 1, 1))
		second := settle(t, l, Follow{Cursor: at}, time.Minute, func(p *peer) { p.beat(time.Hour) })
		expect(t, second, `connecting live (connect) snapshot:3 `+
			`poll:playlist:updated={"playlistId":"p","action":"items_reordered","changed":["order"],"payload":{"id":"p"}(gap) `+
			`poll:playlist:updated={"playlistId":"q","action":"deleted"(gap) `+
			`poll:playlist:updated={"playlistId":"r","action":"created","payload":{"id":"r"}(gap) `+
			`gap:3:true:<nil> (gap) ended`)
	})
}

// TestRecordDisplay: which display a record is about, whatever its shape.
func TestRecordDisplay(t *testing.T) {
	for data, want := range map[string]string{
		`{"deviceId":"a","status":"online"}`:                "a",
		`{"displayId":"b","payload":{"deviceId":"no"}}`:     "b",
		`{"metadata":{"deviceId":"c"},"title":"x"}`:         "c",
		`{"playlistId":"p"}`:                                "",
		`[1]`:                                               "",
		`{"deviceId":"d","notification":{"deviceId":"no"}}`: "d",
	} {
		r := Record{Data: []byte(data)}
		if got := r.Display(); got != want {
			t.Errorf("%s: %q", data, got)
		}
	}
}

// TestGapJSON: what was written is read again.
func TestGapJSON(t *testing.T) {
	at := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	for _, g := range []Gap{
		{From: at, To: at.Add(time.Second)},
		{From: at, To: at.Add(time.Second), At: at.Add(time.Second), DownFor: time.Second, Reason: ReasonPingTimeout, Refilled: 2, MayHaveMissed: true, Err: errors.New("away")},
	} {
		raw := g.AppendJSON(nil)
		var back Gap
		if err := back.UnmarshalJSON(raw); err != nil || string(back.AppendJSON(nil)) != string(raw) {
			t.Errorf("%s: %s, %v", raw, back.AppendJSON(nil), err)
		}
	}
}
