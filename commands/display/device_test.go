package display

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/sandbox"
)

// code asks the sandbox for a pairing code, as a new player does.
func (w *world) code(device string) string {
	w.t.Helper()
	var answer struct {
		Code string `json:"code"`
	}
	w.send(http.MethodPost, "/devices/pairing/request", map[string]any{"deviceIdentifier": device}, &answer)
	return answer.Code
}

func TestPair(t *testing.T) {
	w := newWorld(t, nil)
	code := w.code("new-player-1")
	w.run("pair", code, "--dry-run").ok(t)
	if sent := w.writes(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	// The server ignores the location of a new display, so it is set after.
	w.run("pair", strings.ToLower(code), "--name", "Lobby West", "--location", "Dock <3").ok(t).silent(t).said(t, `paired display "Lobby West"`)
	sent := w.writes()
	if len(sent) != 2 || sent[0] != "POST /devices/pairing/complete" || !strings.HasPrefix(sent[1], "PATCH /displays/") {
		t.Errorf("sent %v", sent)
	}
	if d := w.display("Lobby West"); d.Location == nil || *d.Location != "Dock &lt;3" || d.Status != "pairing" {
		t.Errorf("display %+v", d)
	}
	w.run("pair", code).fails(t, api.KindRejected, "already")

	var row map[string]any
	w.run("pair", w.code("new-player-2"), "-o", "json").ok(t).json(t, &row)
	if row["kind"] != "Display" || row["deviceId"] != "new-player-2" {
		t.Errorf("row %v", row)
	}
	if strings.Contains(w.run("pair", w.code("new-player-3"), "-o", "json").ok(t).out, "oken") {
		t.Error("a token reached the output")
	}
}

func TestPairRefusals(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		args  []string
		kind  api.ErrorKind
		words string
	}{
		{[]string{}, api.KindUsage, "CODE is missing"},
		{[]string{"ABC"}, api.KindInvalid, "not 6 characters"},
		{[]string{"ABCDE0"}, api.KindInvalid, "'0'"},
		{[]string{"ABCDEI"}, api.KindInvalid, "without I, O, 0 and 1"},
		{[]string{"ABCDE2", "--list"}, api.KindUsage, "not both"},
		{[]string{"ABCDE2", "--name", strings.Repeat("x", 101)}, api.KindInvalid, "101 characters"},
		{[]string{"ABCDE2"}, api.KindNotFound, "five minutes"},
		{[]string{"ABCDE2", "--offline", "always"}, api.KindInvalid, "cannot wait"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) { w.run(append([]string{"pair"}, c.args...)...).fails(t, c.kind, c.words) })
	}
}

func TestPairList(t *testing.T) {
	w := newWorld(t, nil)
	if got := w.run("pair", "--list", "-o", "json").ok(t).out; got != "[]\n" {
		t.Errorf("list %q", got)
	}
	w.code("a-new-player") // is not listed
	code := w.code(w.display("Lobby North").DeviceIdentifier)
	var rows []pairing
	w.run("pair", "--list", "-o", "json").ok(t).json(t, &rows)
	if len(rows) != 1 || rows[0].Code != code || rows[0].ExpiresAt.IsZero() {
		t.Errorf("rows %+v, want %s", rows, code)
	}
	w.answer("\n", "pair", "--list").ok(t).said(t, "a new player's code is on its screen")
}

func TestToken(t *testing.T) {
	w := newWorld(t, nil)
	w.run("token", "Lobby North").fails(t, api.KindDeclined).said(t, "loses its credential and is knocked off")
	w.run("token", "Lobby North", "--yes", "--columns", "nope").fails(t, api.KindUsage, "nope")
	w.run("token", "Lobby North", "--dry-run").ok(t)
	if sent := w.writes(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	r := w.run("token", "Lobby North", "--yes").ok(t)
	token := strings.TrimSuffix(r.out, "\n")
	claims, err := w.srv.VerifyDeviceToken(token)
	if err != nil || claims.DisplayID != w.display("Lobby North").ID {
		t.Errorf("stdout is no token of the display: %v", err)
	}
	if strings.Contains(r.err, token) {
		t.Error("the token is on stderr")
	}
	var v issued
	w.run("token", "Lobby North", "--yes", "-o", "json").ok(t).json(t, &v)
	if _, err := w.srv.VerifyDeviceToken(v.Token); err != nil || v.ExpiresIn != "90d" {
		t.Errorf("%v, good for %q", err, v.ExpiresIn)
	}
	if _, err := w.srv.VerifyDeviceToken(token); err == nil {
		t.Error("the first token still works")
	}
	if ops := r.pending(t); len(ops) > 0 {
		t.Errorf("the journal holds %v", ops)
	}
}

func TestPush(t *testing.T) {
	var minutes int
	offline := error(nil)
	w := newWorld(t, func(o *sandbox.Options) {
		o.Hooks.PushContent = func(_ string, _ json.RawMessage, m int) error { minutes = m; return offline }
	})
	w.run("push", "Lobby North", "Opening Hours", "--for", "2h").ok(t).silent(t).said(t, `delivered "Opening Hours"`, "for 2h")
	if minutes != 120 {
		t.Errorf("%d minutes", minutes)
	}
	var v pushed
	w.run("push", "Lobby North", "Opening Hours", "-o", "json").ok(t).json(t, &v)
	if !v.Delivered || v.Minutes != 5 || v.Display != "Lobby North" {
		t.Errorf("%+v", v)
	}
	w.run("push", "Lobby North", "Opening Hours", "--for", "90s").fails(t, api.KindInvalid, "whole number of minutes")
	w.run("push", "Lobby North", "Opening Hours", "--for", "25h").fails(t, api.KindInvalid, "24h")
	w.run("push", "Lobby North", "Nope").fails(t, api.KindNotFound, "no content")
	w.writes()
	w.run("push", "Lobby North", "Opening Hours", "--dry-run").ok(t)
	if sent := w.writes(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	offline = errors.New("Content push failed: no_sockets")
	r := w.run("push", "Lobby North", "Opening Hours").fails(t, api.KindRejected, "did not get it", "no_sockets", "not connected")
	if strings.Contains(r.err, "delivered") {
		t.Errorf("claims a delivery: %s", r.err)
	}
	if ops := r.pending(t); len(ops) > 0 {
		t.Errorf("the platform said no, and the journal keeps %v", ops)
	}
	if sent := w.writes(); len(sent) != 1 {
		t.Errorf("sent %v", sent)
	}
}

// TestPushUnknown: 500 may have been raised after the player was told.
func TestPushUnknown(t *testing.T) {
	faults, err := sandbox.ParseFaults("POST /displays/:id/push-content: 500")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *sandbox.Options) { o.Faults = faults })
	r := w.run("push", "Lobby North", "Opening Hours").fails(t, api.KindUnknown, "realtime service")
	if ops := r.pending(t); len(ops) != 1 || ops[0].State != journal.Unknown {
		t.Errorf("the journal holds %v", ops)
	}
}

func TestScreenshotOffline(t *testing.T) {
	w := newWorld(t, nil)
	w.run("screenshot", "Lobby North").fails(t, api.KindRejected, "is not online (offline)", "--last")
	w.run("screenshot", "Lobby North", "--last").fails(t, api.KindNotFound, "no picture")
	w.run("screenshot", "Lobby North", "--last", "--no-wait").fails(t, api.KindUsage, "--no-wait")
	w.run("screenshot", "Lobby North", "--wait", "0s").fails(t, api.KindInvalid, "--wait")
	w.answer("\n", "screenshot", "Lobby North", "--out", "-").fails(t, api.KindUsage, "terminal")
	d := w.display("Lobby North")
	w.srv.SetDisplayStatus(d.ID, "online", time.Now())
	r := w.run("screenshot", "Lobby North").fails(t, api.KindRejected, "was not reached", "no_sockets")
	if ops := r.pending(t); len(ops) > 0 {
		t.Errorf("the journal keeps %v", ops)
	}
}

func TestScreenshot(t *testing.T) {
	picture := []byte("\x89PNG not really")
	var signed string
	store := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if signed = r.Header.Get("Authorization"); strings.HasSuffix(r.URL.Path, "gone.png") {
			http.NotFound(rw, r)
			return
		}
		_, _ = rw.Write(picture)
	}))
	defer store.Close()
	var w *world
	player := func(id string) { w.srv.SetScreenshot(id, store.URL+"/shot.png?sig=1", 1920, 1080, time.Now()) }
	w = newWorld(t, func(o *sandbox.Options) {
		o.Hooks.Command = func(id string, _ json.RawMessage) (bool, error) {
			if player != nil {
				player(id)
			}
			return true, nil
		}
	})
	d := w.display("Lobby North")
	w.srv.SetDisplayStatus(d.ID, "online", time.Now())

	w.run("screenshot", "Lobby North", "--dry-run").ok(t)
	if sent := w.writes(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	if got := w.run("screenshot", "Lobby North", "-o", "name").ok(t).out; got != store.URL+"/shot.png?sig=1\n" {
		t.Errorf("address %q", got)
	}
	file := filepath.Join(t.TempDir(), "lobby.png")
	w.run("screenshot", "Lobby North", "--out", file).ok(t).silent(t).said(t, "saved the picture", file)
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, picture) || signed != "" {
		t.Errorf("file %q (%v), signed %q", got, err, signed)
	}
	if got := w.run("screenshot", "Lobby North", "--last", "--out", "-").ok(t).out; got != string(picture) {
		t.Errorf("stdout %q", got)
	}
	var v map[string]any
	w.run("screenshot", "Lobby North", "--last", "-o", "json").ok(t).json(t, &v)
	if v["kind"] != "Screenshot" || v["width"] != 1920.0 || v["url"] == "" {
		t.Errorf("%v", v)
	}
	w.run("screenshot", "Lobby North", "--no-wait").ok(t).silent(t).said(t, "asked display")

	player = nil // takes the command and sends nothing
	w.run("screenshot", "Lobby North", "--wait", "300ms").fails(t, api.KindTimeout, "within 300ms", "--last")
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if r := w.runAs(ctx, "", "screenshot", "Lobby North", "--wait", "1h"); r.failure == nil {
		t.Error("the command's own end was not an error")
	}
	w.srv.SetScreenshot(d.ID, store.URL+"/gone.png", 0, 0, time.Now())
	missing := filepath.Join(t.TempDir(), "gone.png")
	w.run("screenshot", "Lobby North", "--last", "--out", missing).fails(t, api.KindNotFound, "answered 404")
	if left, err := os.ReadDir(filepath.Dir(missing)); err != nil || len(left) > 0 {
		t.Errorf("a failed download left %v (%v)", left, err)
	}
}

func TestQR(t *testing.T) {
	w := newWorld(t, nil)
	w.run("qr", "get", "Lobby North").fails(t, api.KindNotFound, "has no QR code")
	w.run("qr", "set", "Lobby North", "--size", "200").fails(t, api.KindUsage, "--url is missing")
	w.run("qr", "set", "Lobby North").fails(t, api.KindUsage, "nothing to change")
	w.run("qr", "set", "Lobby North", "--url", "example").fails(t, api.KindInvalid, "whole address")
	w.run("qr", "set", "Lobby North", "--url", "https://e.com/?a=1&region=eu").fails(t, api.KindInvalid, "corrupted")
	w.run("qr", "set", "Lobby North", "--position", "top").fails(t, api.KindInvalid, "top-left")
	w.run("qr", "set", "Lobby North", "--size", "20").fails(t, api.KindInvalid, "from 60 to 300")
	w.run("qr", "set", "Lobby North", "--opacity", "NaN").fails(t, api.KindInvalid, "from 0 to 1")
	w.run("qr", "clear", "Lobby North").ok(t).said(t, "nothing was sent")
	w.run("qr", "set", "Lobby North", "--url", "https://example.com", "--dry-run").ok(t)
	if sent := w.writes(); len(sent) > 0 {
		t.Fatalf("sent %v", sent)
	}
	w.run("qr", "set", "Lobby North", "--url", "https://example.com/menu", "--label", "Menu", "--margin", "4").ok(t).silent(t)
	var v map[string]any
	w.run("qr", "set", "Lobby North", "--size", "200", "--enabled=false", "-o", "json").ok(t).json(t, &v)
	want := map[string]any{"url": "https://example.com/menu", "label": "Menu", "margin": 4.0, "size": 200.0, "position": "bottom-right", "enabled": false, "opacity": 1.0}
	for key, value := range want {
		if v[key] != value {
			t.Errorf("%s = %v, want %v", key, v[key], value)
		}
	}
	w.run("qr", "set", "Lobby North", "--margin", "0").ok(t).said(t, "stores a margin of 0 as 16")
	if got := w.run("qr", "get", "Lobby North", "-o", "jq=.margin").ok(t).out; got != "16\n" {
		t.Errorf("margin %q", got)
	}
	w.run("qr", "set", "Lobby North", "--url", "https://e.com/?a=1&b=2").ok(t).said(t, "&amp;")
	w.run("qr", "clear", "Lobby North").ok(t).said(t, "took the QR code off")
	w.run("qr", "get", "Lobby North").fails(t, api.KindNotFound)
}

// TestTerminal: what a person sees of a display's status.
func TestTerminal(t *testing.T) {
	w := newWorld(t, nil)
	w.srv.SetDisplayStatus(w.display("Lobby North").ID, "online", time.Now())
	r := w.answer("\n", "list", "--search", "lobby").ok(t)
	if !strings.Contains(r.out, "STATUS") || !strings.Contains(r.out, "online") || !strings.Contains(r.out, "just now") {
		t.Errorf("table:\n%s", r.out)
	}
}
