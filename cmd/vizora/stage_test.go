package main

// This file is about one thing: what a transcript's lines do.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/itchyny/gojq"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
)

// stage is one transcript's world: a sandbox behind an address that can be cut
// off, a work folder, and the environment of its commands.
type stage struct {
	t     *testing.T
	text  bytes.Buffer
	world *sandbox.World
	front *front
	dir   string
	env   map[string]string
	admin *api.Client // another machine's

	secrets map[string]string // what must show nowhere: the text, and what it is
}

func newStage(t *testing.T) *stage { return newStageOf(t, 0, sandbox.EventsProduct) }

// newStageOf has simulated players on the first of its displays.
func newStageOf(t *testing.T, fleet int, events sandbox.Events) *stage {
	t.Helper()
	return newStageIn(t, sandbox.WorldOptions{
		Options: sandbox.Options{Seed: 11, Displays: 4, Playlists: 4, Contents: 8, ObjectStorage: true},
		Events:  events, Fleet: fleet,
	})
}

func newStageIn(t *testing.T, world sandbox.WorldOptions) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir(), secrets: map[string]string{}}
	w, err := sandbox.StartWorld(context.Background(), world)
	if err != nil {
		t.Fatal(err)
	}
	s.world = w
	t.Cleanup(func() { _ = w.Close() })
	s.env = map[string]string{
		"HOME": s.dir, "XDG_CONFIG_HOME": s.dir + "/config", "XDG_STATE_HOME": s.dir + "/state", "XDG_CACHE_HOME": s.dir + "/cache",
		"VIZORA_URL": s.openFront(w.URL()), "VIZORA_REALTIME_URL": w.RealtimeURL(), "VIZORA_TOKEN_STORE": "file", "DBUS_SESSION_BUS_ADDRESS": "", "TZ": "UTC",
		"TERM": "xterm-256color", "WORK": s.dir,
	}
	s.signIn("admin")
	if s.admin, err = api.New(api.Options{BaseURL: w.URL(), Tokens: api.StaticToken(s.env["VIZORA_TOKEN"])}); err != nil {
		t.Fatal(err)
	}
	return s
}

// front stands before the REST server, so that it can be cut off: a port where
// nobody listens refuses connections, as a dead server does.
type front struct {
	addr    string
	forward http.Handler
	server  *http.Server
}

func (s *stage) openFront(target string) string {
	s.t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		s.t.Fatal(err)
	}
	s.front = &front{addr: ownLoopback(), forward: httputil.NewSingleHostReverseProxy(u)}
	s.front.forward.(*httputil.ReverseProxy).ErrorLog = log.New(io.Discard, "", 0) // commands are cut short on purpose
	s.front.up(s.t)
	s.t.Cleanup(s.front.down)
	return "http://" + s.front.addr
}

// ownLoopback is where a server may listen, go away and come back to the same port.
// On 127.0.0.1 every other socket of the machine may be given that port meanwhile;
// Linux answers on the whole of 127.0.0.0/8, so this one picks an address of its own.
func ownLoopback() string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1:0"
	}
	return fmt.Sprintf("127.%d.%d.%d:0", 1+rand.IntN(250), rand.IntN(250), 2+rand.IntN(250))
}

func (f *front) up(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		t.Fatal(err)
	}
	f.addr = l.Addr().String()
	f.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: f.forward}
	go func() { _ = f.server.Serve(l) }()
}

// down returns once connections are refused: a child that another test is just
// starting has the listener, too, until it runs its own program.
func (f *front) down() {
	_ = f.server.Close()
	for range 1000 {
		c, err := net.Dial("tcp", f.addr)
		if err != nil {
			return
		}
		_ = c.Close()
		time.Sleep(5 * time.Millisecond)
	}
}

// signIn puts a role's token into the environment, as CI would.
func (s *stage) signIn(role string) {
	s.t.Helper()
	for _, l := range s.world.Logins() {
		if l.Role != role || l.TOTPSecret != "" {
			continue
		}
		c, err := api.New(api.Options{BaseURL: s.world.URL()})
		if err != nil {
			s.t.Fatal(err)
		}
		login, err := c.Login(s.t.Context(), l.Email, l.Password)
		if err != nil {
			s.t.Fatal(err)
		}
		s.env["VIZORA_TOKEN"] = login.Session.Credentials.Access
		s.env["EMAIL"], s.env["PASSWORD"] = l.Email, l.Password
		return
	}
	s.t.Fatalf("no login with role %s", role)
}

func (s *stage) environ() []string {
	var out []string
	for name, value := range s.env {
		out = append(out, name+"="+value)
	}
	return out
}

var variable = regexp.MustCompile(`\$[A-Z][A-Z0-9_]*`)

func (s *stage) expand(line string) string {
	return variable.ReplaceAllStringFunc(line, func(name string) string {
		if v, ok := s.env[name[1:]]; ok {
			return v
		}
		return name
	})
}

// line carries out one line of a script.
func (s *stage) line(line string) {
	s.t.Helper()
	directive, rest, _ := strings.Cut(line, " ")
	switch directive {
	case "":
		s.text.WriteString("\n")
	case "#":
		s.text.WriteString(line + "\n")
	case "vizora":
		s.command(line, rest, "")
	case "@tty":
		s.terminal(rest)
	case "@stdin":
		text, command, _ := strings.Cut(rest, " | ")
		s.command("echo "+text+" | "+command, strings.TrimPrefix(command, "vizora "), s.expand(text)+"\n")
	default:
		s.text.WriteString(line + "\n")
		s.direct(directive, rest)
	}
}

// direct carries out a directive that runs no command.
func (s *stage) direct(directive, rest string) {
	s.t.Helper()
	switch directive {
	case "@as":
		s.signIn(rest)
	case "@login":
		delete(s.env, "VIZORA_TOKEN")
	case "@server":
		if rest == "down" {
			s.front.down()
		} else {
			s.front.up(s.t)
		}
	case "@env":
		name, value, _ := strings.Cut(rest, "=")
		s.env[name] = s.expand(value)
	case "@file":
		name, what, _ := strings.Cut(rest, " ")
		s.file(name, what)
	case "@big":
		name, kB, _ := strings.Cut(rest, " ")
		s.env[name] = strings.Repeat("x", atoi(s.t, kB)*1000)
	case "@save":
		name, command, _ := strings.Cut(rest, " ")
		r := run(s.t, s.environ(), s.dir, "", words(s.t, s.expand(strings.TrimPrefix(command, "vizora ")))...)
		s.file(name, r.stdout)
	case "@api":
		s.behind(words(s.t, s.expand(rest)))
	case "@id":
		s.find(words(s.t, rest))
	case "@sandbox":
		what, body, _ := strings.Cut(rest, " ")
		s.order(what, body)
	default:
		s.t.Fatalf("unknown line %s %s", directive, rest)
	}
}

func (s *stage) command(shown, line, stdin string) {
	s.t.Helper()
	fmt.Fprintf(&s.text, "$ %s\n", shown)
	r := run(s.t, s.environ(), s.dir, stdin, words(s.t, s.expand(line))...)
	s.text.WriteString(normal(s.plain(r.stdout)))
	if r.stdout != "" && !strings.HasSuffix(r.stdout, "\n") {
		s.text.WriteString("(no newline)\n")
	}
	for _, l := range strings.Split(strings.TrimRight(normal(s.plain(r.stderr)), "\n"), "\n") {
		if l != "" {
			s.text.WriteString("2> " + l + "\n")
		}
	}
	if r.exit != 0 {
		fmt.Fprintf(&s.text, "[exit %d]\n", r.exit)
	}
}

// plain takes the work folder's name out.
func (s *stage) plain(text string) string { return strings.ReplaceAll(text, s.dir, "$WORK") }

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]|\r")

// left is what a terminal shows once a command has ended: a spinner or a bar that
// was drawn, as one is when the machine is slow, has been erased again.
func left(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if at := strings.LastIndex(line, "\r\x1b[K"); at >= 0 {
			lines[i] = line[at:]
		}
	}
	return escapes.ReplaceAllString(strings.Join(lines, "\n"), "")
}

// terminal runs a command on a terminal and shows what is left there.
func (s *stage) terminal(rest string) {
	s.t.Helper()
	columns, command, _ := strings.Cut(rest, " ")
	fmt.Fprintf(&s.text, "$ %s    (on a terminal of %s columns)\n", command, columns)
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	cmd := child(ctx, s.environ(), s.dir, words(s.t, s.expand(strings.TrimPrefix(command, "vizora ")))...)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: uint16(atoi(s.t, columns))})
	if err != nil {
		s.t.Fatal(err)
	}
	text := drain(f)
	_ = f.Close()
	s.text.WriteString(normal(s.plain(left(text))))
	if code := exitOf(s.t, cmd.Wait()); code != 0 {
		fmt.Fprintf(&s.text, "[exit %d]\n", code)
	}
}

// trouble asks the sandbox for something to happen ('vizora help sandbox').
func (s *stage) trouble(what string) { s.order(what, "") }

// emit makes the realtime service send an event.
func (s *stage) emit(event, payload string) { s.order("emit?event="+event, payload) }

func (s *stage) order(what, body string) {
	s.t.Helper()
	resp, err := http.Post(s.world.RealtimeURL()+"/sandbox/"+what, "text/plain", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusNoContent {
		s.t.Fatalf("%s: %s", what, resp.Status)
	}
}

// file makes a file of some bytes, or of one of the kinds the server knows.
func (s *stage) file(name, what string) {
	s.t.Helper()
	content := []byte(strings.ReplaceAll(what, `\n`, "\n"))
	switch {
	case what == "png":
		content = append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("pixels "), 40)...)
	case strings.HasSuffix(what, "kB"):
		content = bytes.Repeat([]byte("x"), atoi(s.t, strings.TrimSuffix(what, "kB"))*1000)
	}
	if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// behind lets another client write.
func (s *stage) behind(args []string) {
	s.t.Helper()
	req := api.Request{Method: args[0], Path: args[1]}
	if len(args) > 2 {
		req.Body = json.RawMessage(args[2])
	}
	if _, err := s.admin.Do(s.t.Context(), req); err != nil {
		s.t.Fatalf("%v: %v", args, err)
	}
}

// find keeps an id under a name.
func (s *stage) find(args []string) {
	s.t.Helper()
	resp, err := s.admin.Do(s.t.Context(), api.Request{Method: http.MethodGet, Path: args[1], Query: url.Values{"limit": {"100"}}})
	if err != nil {
		s.t.Fatal(err)
	}
	query, err := gojq.Parse(args[2])
	if err != nil {
		s.t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(resp.Data, &v); err != nil {
		s.t.Fatal(err)
	}
	found, _ := query.Run(v).Next()
	id, ok := found.(string)
	if !ok {
		s.t.Fatalf("%v found %v", args, found)
	}
	s.env[args[0]] = id
}

// needTools skips where one of these programs is not installed; a variable of this
// name that is 1, as .ci/run sets it, makes that a failure.
func needTools(t testing.TB, require string, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		switch _, err := exec.LookPath(tool); {
		case err == nil:
		case os.Getenv(require) == "1":
			t.Fatal(err)
		default:
			t.Skipf("%s is not installed", tool)
		}
	}
}

func needStrace(t testing.TB) {
	t.Helper()
	needTools(t, "VIZORA_REQUIRE_STRACE", "strace")
}
