package main

// This file is about one thing: sandboxes that are one cluster, as processes: a
// watch goes over from one that dies to one that lives, and Node servers beside
// them take part.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis/redistest"
	"github.com/vizora/vizora-cli/api/sandbox/socketio/nodetest"
)

// sandboxProcess is a "vizora sandbox" that runs.
type sandboxProcess struct {
	t    *testing.T
	cmd  *exec.Cmd
	said *spoken
	URL  string
	// RealtimeURL and Logins as it prints them.
	RealtimeURL string
	Logins      []struct{ Email, Password string }
	Displays    int
	exit        func() int
}

func startSandbox(t *testing.T, env []string, args ...string) *sandboxProcess {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	p := &sandboxProcess{t: t, said: &spoken{}}
	p.cmd = child(ctx, env, t.TempDir(), append([]string{"sandbox", "-o", "json", "--addr", ownLoopback(), "--realtime-addr", ownLoopback()}, args...)...)
	p.cmd.Stderr = p.said
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.exit = sync.OnceValue(func() int { return exitOf(t, p.cmd.Wait()) })
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); p.exit() })
	if err := json.NewDecoder(out).Decode(p); err != nil {
		t.Fatalf("%v\n%s", err, p.said)
	}
	return p
}

// hear waits until stderr holds a text.
func (p *sandboxProcess) hear(text string) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(p.said.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("it never said %q:\n%s", text, p.said)
		}
	}
}

// emit sends an event of the sandbox to the organization.
func (p *sandboxProcess) emit(event, payload string) {
	p.t.Helper()
	resp, err := http.Post(p.RealtimeURL+"/sandbox/emit?event="+event, "application/json", strings.NewReader(payload))
	if err != nil {
		p.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		p.t.Fatal(resp.Status)
	}
}

// hop takes connections and passes them on to the first of several servers that
// lives.
func hop(t *testing.T, urls ...string) string {
	t.Helper()
	return listen(t, func(in net.Conn) {
		for _, u := range urls {
			out, err := net.Dial("tcp", strings.TrimPrefix(u, "http://"))
			if err != nil {
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			_, _ = io.Copy(in, out)
			return
		}
	})
}

// reach sends an event until the watch has it, however often: it is there then.
func (w *watching) reach(event string, send func()) {
	w.t.Helper()
	deadline := time.After(time.Minute)
	for {
		send()
		select {
		case line, open := <-w.lines:
			if !open {
				w.t.Fatalf("it has ended\n%s", w.errs.String())
			}
			if line["event"] == event {
				return
			}
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			w.t.Fatalf("no %q", event)
		}
	}
}

// TestClusterFailover: a watch at one of two sandboxes gets what either of them
// and a Node server send, goes over to the other when the first is killed, and
// gets again what everybody who is left sends: each event once, those of one
// sender in their order.
func TestClusterFailover(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := &stage{t: t, dir: t.TempDir(), env: map[string]string{"VIZORA_TOKEN_STORE": "file", "DBUS_SESSION_BUS_ADDRESS": "", "TZ": "UTC"}}
	s.env["HOME"] = s.dir
	a := startSandbox(t, s.environ(), "--redis", server.URL("0"), "--displays", "3")
	b := startSandbox(t, s.environ(), "--redis", server.URL("0"), "--displays", "9")
	a.hear("in the cluster on redis://")
	b.hear("in the cluster on redis://")
	if a.Logins[0] != b.Logins[0] || b.Displays != 3 {
		t.Fatalf("two worlds: %+v, %+v", a.Logins[0], b.Logins[0])
	}
	peer := nodetest.Start(t, "../../api/sandbox/socketio/testdata/node", server.URL("0"), "socket.io")
	client, err := api.New(api.Options{BaseURL: b.URL}) // its token is good at the other one too
	if err != nil {
		t.Fatal(err)
	}
	login, err := client.Login(t.Context(), b.Logins[0].Email, b.Logins[0].Password)
	if err != nil {
		t.Fatal(err)
	}
	organization := login.Session.User.OrganizationID
	s.env["VIZORA_TOKEN"] = login.Session.Credentials.Access
	s.env["VIZORA_URL"], s.env["VIZORA_REALTIME_URL"] = hop(t, a.URL, b.URL), hop(t, a.RealtimeURL, b.RealtimeURL)
	w := startWatch(t, s)

	node := func(event string, n int) {
		peer.Run(fmt.Sprintf("io.to(%q).emit(%q, { n: %d })", "org:"+organization, event, n))
	}
	const each = 50
	round := func(name string, sandboxes map[string]*sandboxProcess) {
		t.Helper()
		w.reach("probe-"+name, func() { node("probe-"+name, 0) })
		for n := range each {
			for from, p := range sandboxes {
				p.emit(name, fmt.Sprintf(`{"from":%q,"n":%d}`, from, n))
			}
			node(name+"-node", n)
		}
		last := map[string]int{}
		for range each * (len(sandboxes) + 1) {
			var line map[string]any
			for line == nil || line["event"] != name && line["event"] != name+"-node" {
				var open bool
				if line, open = <-w.lines; !open {
					t.Fatalf("it has ended\n%s", w.errs.String())
				}
			}
			from := fmt.Sprint(at(line, "event"), at(line, "data", "from"))
			if n := int(at(line, "data", "n").(float64)); n != last[from] {
				t.Fatalf("%s: %d after %d events", from, n, last[from])
			}
			last[from]++
		}
	}
	round("before", map[string]*sandboxProcess{"a": a, "b": b})
	_ = a.cmd.Process.Kill()
	a.exit()
	round("after", map[string]*sandboxProcess{"b": b})
	// Nothing of all that comes a second time.
	w.reach("end", func() { b.emit("end", "1") })
	b.emit("last", "1")
	for line := range w.lines {
		if event := fmt.Sprint(line["event"]); event == "last" {
			break
		} else if strings.HasPrefix(event, "before") || strings.HasPrefix(event, "after") {
			t.Errorf("once more: %v", line)
		}
	}
	w.kill(os.Interrupt)
	w.exit() // it may write until then
	if text := w.errs.String(); !strings.Contains(text, "live again") {
		t.Errorf("the watch says nothing of its change:\n%s", text)
	}
	b.interrupted()
}

// interrupted ends it as Ctrl-C does.
func (p *sandboxProcess) interrupted() {
	p.t.Helper()
	_ = p.cmd.Process.Signal(os.Interrupt)
	if code := p.exit(); code != 0 && code != 130 {
		p.t.Errorf("exit %d\n%s", code, p.said)
	}
}

// TestClusterOutage: a sandbox whose Redis server goes, comes back, or is not
// there at all.
func TestClusterOutage(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	env := []string{"HOME=" + t.TempDir()}
	p := startSandbox(t, env, "--redis", server.URL("0"), "--displays", "0", "--fleet", "0")
	p.hear("in the cluster on redis://" + server.Host)
	server.Kill()
	p.hear("the sandbox goes on alone")
	p.emit("still", "1")
	if err := server.Run(); err != nil {
		t.Fatal(err)
	}
	p.hear("again")
	server.Kill()
	p.interrupted()

	alone := startSandbox(t, env, "--redis", server.URL("0"), "--displays", "0", "--fleet", "0")
	alone.hear("the sandbox goes on alone")
	alone.interrupted()
	locked := redistest.Start(t, "--requirepass", "word")
	r := run(t, env, t.TempDir(), "", "sandbox", "--redis", strings.Replace(locked.URL("0"), "://", "://:hidden@", 1))
	if r.exit != 1 || !strings.Contains(r.stderr, "does not accept") || !strings.Contains(r.stderr, "--redis") || strings.Contains(r.stderr, "hidden") || r.stdout != "" {
		t.Errorf("exit %d\n%s%s", r.exit, r.stdout, r.stderr)
	}
	for _, bad := range []string{"127.0.0.1:6379", "http://127.0.0.1", "redis://", "redis://u:hidden@h/0?x=1", "redis://u:hidden@h:port/0"} {
		r := run(t, env, t.TempDir(), "", "sandbox", "--redis", bad)
		if r.exit != 2 || !strings.Contains(r.stderr, "--redis") || strings.Contains(r.stderr, "hidden") || r.stdout != "" {
			t.Errorf("%s: exit %d\n%s%s", bad, r.exit, r.stdout, r.stderr)
		}
	}
}
