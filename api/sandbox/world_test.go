// Both halves together, over real sockets: what happens to a dashboard when the realtime half is troubled on demand.

package sandbox

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/vizora/vizora-cli/api/sandbox/socketio"
)

// patience bounds every wait of these tests.
const patience = 20 * time.Second

func startWorld(t *testing.T, o WorldOptions) (*World, *client) {
	t.Helper()
	o.Realtime.ShutdownGrace = 20 * time.Millisecond
	w, err := StartWorld(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w, adminOf(t, w.Server)
}

// dashboard is a WebSocket of a user, which answers pings.
type dashboard struct {
	t  *testing.T
	ws *websocket.Conn
}

func (c *client) dashboard(w *World) *dashboard {
	c.t.Helper()
	d, err := c.tryDashboard(w)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

func (c *client) tryDashboard(w *World) (*dashboard, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	ws, resp, err := websocket.Dial(ctx, strings.Replace(w.RealtimeURL(), "http", "ws", 1)+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return nil, err
	}
	ws.SetReadLimit(1 << 20)
	c.t.Cleanup(func() { _ = ws.CloseNow() })
	d := &dashboard{c.t, ws}
	return d, ws.Write(ctx, websocket.MessageText, []byte(`40{"token":"`+c.token+`"}`))
}

// until returns the next frame that contains text, or the error that ended the connection.
func (d *dashboard) until(text string) (string, error) {
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	for {
		_, frame, err := d.ws.Read(ctx)
		if err != nil {
			return "", err
		}
		if string(frame) == "2" {
			if err := d.ws.Write(ctx, websocket.MessageText, []byte("3")); err != nil {
				return "", err
			}
		}
		if strings.Contains(string(frame), text) {
			return string(frame), nil
		}
	}
}

func (d *dashboard) want(text string) string {
	d.t.Helper()
	frame, err := d.until(text)
	if err != nil {
		d.t.Fatalf("waiting for %q: %v", text, err)
	}
	return frame
}

// order asks the control address for trouble.
func (w *World) order(t *testing.T, status int, what, body string) {
	t.Helper()
	resp, err := http.Post(w.RealtimeURL()+controlPath+what, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != status {
		t.Fatalf("%s: %d %s", what, resp.StatusCode, text)
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestRestart(t *testing.T) {
	w, c := startWorld(t, WorldOptions{Options: Options{Displays: 1}})
	d := c.dashboard(w)
	d.want("device:status:batch")
	w.order(t, 204, "restart?down=50ms", "")
	d.want(`42["server:shutdown",{"reconnect":true}]`)
	d.want("41")
	if _, err := d.until("never"); err == nil {
		t.Error("the connection survived the restart")
	}
	eventually(t, "the service is back", func() bool {
		again, err := c.tryDashboard(w)
		if err != nil {
			return false
		}
		_, err = again.until("device:status:batch")
		return err == nil
	})
}

func TestCrashTellsNobody(t *testing.T) {
	w, c := startWorld(t, WorldOptions{Options: Options{Displays: 2, Contents: 1}, Fleet: -1})
	eventually(t, "the fleet is online", func() bool { return w.fleet.Connected() == 2 })
	d := c.dashboard(w)
	d.want("device:status:batch")
	w.order(t, 204, "crash?down=1h", "")
	if frame, err := d.until("device:status\""); err == nil {
		t.Errorf("a crash was announced: %s", frame)
	}
	if _, err := c.tryDashboard(w); err == nil {
		t.Error("the service is not away")
	}
	id := w.Displays(w.Login().OrganizationID)[0]
	if got := c.call(200, "GET", "/displays/"+id, nil).text("data", "status"); got != "online" {
		t.Errorf("the database says %s after a crash", got)
	}
	c.call(500, "POST", "/displays/"+id+"/push-content", map[string]any{"contentId": c.call(200, "GET", "/content", nil).text("data", "data", 0, "id")})
}

func TestRevokeOnDemand(t *testing.T) {
	w, c := startWorld(t, WorldOptions{Options: Options{Displays: 1}})
	d := c.dashboard(w)
	d.want("device:status:batch")
	w.order(t, 204, "revoke?reason=password_changed", "")
	d.want(`42["session:expired",{"reason":"password_changed"}]`)
	d.want("41")
	c.call(401, "GET", "/auth/me", nil)
	c.login(w.Login())
	c.dashboard(w).want("device:status:batch")
	w.order(t, 400, "revoke?email=nobody@example.com", "")
	w.order(t, 400, "revoke?reason=whim", "")
	w.order(t, 404, "explode", "")
}

func TestSweep(t *testing.T) {
	w, c := startWorld(t, WorldOptions{Options: Options{Displays: 1}, Realtime: socketio.PlatformOptions{SweepEvery: 5 * time.Millisecond}})
	d := c.dashboard(w)
	d.want("device:status:batch")
	c.call(201, "POST", "/auth/change-password", map[string]string{"currentPassword": w.Login().Password, "newPassword": "Another-Pass-7"})
	d.want(`42["session:expired",{"reason":"password_changed"}]`)
	d.want("41")
}

func TestFaultsOnDemand(t *testing.T) {
	w, c := startWorld(t, WorldOptions{Options: Options{Displays: 1}})
	d := c.dashboard(w)
	d.want("device:status:batch")
	emit := func(n string) { w.order(t, 204, "emit?event=n", n) }
	w.order(t, 204, "faults", "ws-lose")
	emit("1")
	w.order(t, 204, "faults", "ws-duplicate; GET /displays: 503")
	emit("2")
	if got := d.want(`42["n"`); got != `42["n",2]` {
		t.Errorf("got %s: the lost event was sent", got)
	}
	if got := d.want(`42["n"`); got != `42["n",2]` {
		t.Errorf("got %s: the event was not sent twice", got)
	}
	c.call(503, "GET", "/displays", nil)
	w.order(t, 204, "faults", "ws-refuse")
	c.call(200, "GET", "/displays", nil)
	if _, err := c.tryDashboard(w); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a WebSocket was not refused: %v", err)
	}
	w.order(t, 204, "faults", "")
	w.order(t, 400, "faults", "explode")
	w.order(t, 400, "emit", "{")
	w.order(t, 204, "drop", "")
	if _, err := d.until("never"); err == nil {
		t.Error("the connection was not cut")
	}
	c.dashboard(w).want("device:status:batch")
}

func TestDisplayOnDemand(t *testing.T) {
	w, c := startWorld(t, WorldOptions{Options: Options{Displays: 1}, Fleet: -1})
	eventually(t, "the display is online", func() bool { return w.fleet.Connected() == 1 })
	d := c.dashboard(w)
	d.want("device:status:batch")
	id := w.Displays(w.Login().OrganizationID)[0]
	w.order(t, 204, "display?state=offline&name="+id, "")
	d.want(`"status":"offline"`)
	w.order(t, 204, "display?state=online&name="+id, "")
	d.want(`"status":"online"`)
	w.order(t, 400, "display?state=online&name=nobody", "")
	w.order(t, 400, "display?state=asleep&name="+id, "")
	w.order(t, 400, "display?state=offline&for=ages&name="+id, "")
}

func TestExecutions(t *testing.T) {
	at := stamp{time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	a, b := Running{"s1", "p1"}, Running{"s2", "p2"}
	got := executions(map[string]Running{"d1": a, "d2": a}, map[string]Running{"d1": a, "d2": b}, at)
	want := []executed{{"s1", "d2", "p1", "completed", at}, {"s2", "d2", "p2", "started", at}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v", got)
	}
}

func TestProductEventsOfSchedules(t *testing.T) {
	w, c := startWorld(t, WorldOptions{Options: Options{Displays: 1, Playlists: 1, Contents: 1}, Events: EventsProduct})
	d := c.dashboard(w)
	d.want("device:status-update")
	display := w.Displays(w.Login().OrganizationID)[0]
	playlist := c.call(200, "GET", "/playlists", nil).text("data", "data", 0, "id")
	time.Sleep(1100 * time.Millisecond) // what runs at the start is not announced
	c.call(201, "POST", "/schedules", map[string]any{"name": "Now", "playlistId": playlist, "displayId": display,
		"startDate": "2026-01-01T00:00:00.000Z", "daysOfWeek": []int{0, 1, 2, 3, 4, 5, 6}})
	frame := d.want("schedule:executed")
	for _, part := range []string{`"action":"started"`, display, playlist} {
		if !strings.Contains(frame, part) {
			t.Errorf("%s lacks %s", frame, part)
		}
	}
}
