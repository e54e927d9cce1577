package fleet

// Tests of the fleet against the sandbox's realtime service over loopback.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/sandbox/socketio"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// backend admits every token that starts with "token-" as a display.
type backend struct {
	mu      sync.Mutex
	reports map[string]int
	online  map[string]int
	shots   map[string][]byte
	stale   map[string]bool
}

func newBackend() *backend {
	return &backend{reports: map[string]int{}, online: map[string]int{}, shots: map[string][]byte{}, stale: map[string]bool{}}
}

func (b *backend) VerifyUser(string) (socketio.User, error) {
	return socketio.User{}, errors.New("no users here")
}

func (b *backend) VerifyDevice(token string) (socketio.Device, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, ok := strings.CutPrefix(token, "token-")
	switch {
	case !ok:
		return socketio.Device{}, errors.New("not a device token")
	case b.stale[id]:
		return socketio.Device{}, socketio.ErrDeviceRevoked
	}
	return socketio.Device{ID: id, OrganizationID: "o"}, nil
}

func (b *backend) Snapshot(string) []socketio.DisplayState { return nil }

func (b *backend) SetStatus(id, status string, _ time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if status == "offline" {
		b.online[id]++
	}
}

func (b *backend) DeviceReport(_, event string, _ json.RawMessage, _ time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reports[event]++
}

func (b *backend) SaveScreenshot(id, requestID string, image []byte, _, _ int) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shots[id+" "+requestID] = image
	return "shot", nil
}

// count reads one of the backend's counters.
func (b *backend) count(f func() int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return f()
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// start runs a service and a fleet of n displays against it.
func start(t *testing.T, n int, opts Options) (*socketio.Platform, *backend, *Fleet) {
	t.Helper()
	b := newBackend()
	p := socketio.NewPlatform(b, socketio.PlatformOptions{ConnectsPerMinute: -1, MessagesPerMinute: -1})
	server := httptest.NewServer(p)
	opts.URL = server.URL
	for i := range n {
		opts.Devices = append(opts.Devices, DeviceCredential{ID: fmt.Sprint("d", i), Token: fmt.Sprint("token-d", i)})
	}
	f, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		p.Close()
		server.Close()
	})
	return p, b, f
}

func TestFleetLives(t *testing.T) {
	p, b, f := start(t, 5, Options{HeartbeatInterval: 10 * time.Millisecond})
	eventually(t, "all are connected", func() bool { return f.Connected() == 5 })
	eventually(t, "heartbeats come", func() bool { return b.count(func() int { return b.reports["heartbeat"] }) > 10 })
	if !p.PushPlaylist("d0", json.RawMessage(`{"id":"p","items":[{"contentId":"c"}]}`)) {
		t.Error("the playlist was not acknowledged")
	}
	eventually(t, "impressions come", func() bool { return b.count(func() int { return b.reports["content:impression"] }) > 0 })
	if err := p.PushContent("d1", json.RawMessage(`{"id":"c2"}`), 1); err != nil {
		t.Error(err)
	}
	delivered, err := p.Command("d2", json.RawMessage(`{"type":"screenshot","payload":{"requestId":"r"}}`))
	if !delivered || err != nil {
		t.Errorf("the command: %v, %v", delivered, err)
	}
	eventually(t, "the screenshot comes", func() bool { return b.count(func() int { return len(b.shots) }) == 1 })
	if _, err := png.Decode(bytes.NewReader(b.shots["d2 r"])); err != nil {
		t.Error(err)
	}
}

func TestFleetComesBack(t *testing.T) {
	p, b, f := start(t, 3, Options{RetryDelay: 10 * time.Millisecond, FlapMin: 10 * time.Millisecond, FlapMax: 20 * time.Millisecond})
	all := func() bool { return f.Connected() == 3 }
	eventually(t, "all are connected", all)
	p.DropAll()
	eventually(t, "the drop is seen", func() bool { return b.count(func() int { return len(b.online) }) == 3 })
	eventually(t, "all are back after a drop", all)
	if _, err := p.Command("d1", json.RawMessage(`{"type":"reboot"}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it rebooted", func() bool { return b.count(func() int { return b.online["d1"] }) == 2 })
	eventually(t, "all are back after a reboot", all)
	b.mu.Lock()
	b.stale["d2"] = true
	b.mu.Unlock()
	p.DeviceRevoked("d2", "deleted")
	eventually(t, "the revoked one stays away", func() bool { return f.Connected() == 2 })
}

func TestFleetFlaps(t *testing.T) {
	_, b, _ := start(t, 2, Options{FlapsPerHour: 3600 * 50, FlapMin: time.Millisecond, FlapMax: 2 * time.Millisecond})
	eventually(t, "displays are lost and come back", func() bool {
		return b.count(func() int { return min(b.online["d0"], b.online["d1"]) }) >= 3
	})
}

func TestFleetRefused(t *testing.T) {
	for _, address := range []string{"ftp://127.0.0.1", "://"} {
		if _, err := Start(context.Background(), Options{URL: address}); err == nil {
			t.Errorf("%s was accepted", address)
		}
	}
	b := newBackend()
	p := socketio.NewPlatform(b, socketio.PlatformOptions{})
	server := httptest.NewServer(p)
	defer server.Close()
	defer p.Close()
	b.stale["d"] = true
	f, err := Start(t.Context(), Options{URL: server.URL, Devices: []DeviceCredential{{"d", "token-d"}, {"x", "nonsense"}}, RetryDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if f.Connected() != 0 {
		t.Error("a refused display counts as connected")
	}
	f.Close()
}

func TestSameSeedSameDisplay(t *testing.T) {
	shot := func() string {
		d := display{credential: DeviceCredential{ID: "d"}}
		return d.screenshot("r")["imageData"].(string)
	}
	if first, second := shot(), shot(); first != second {
		t.Error("the screenshots of one display differ")
	}
}
