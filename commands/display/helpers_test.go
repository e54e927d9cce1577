package display

// This file is about one thing: running the real command tree against the real
// sandbox over a loopback socket.

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/goleak"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a sandbox, somebody signed in to it, and a machine to run on.
type world struct {
	t    *testing.T
	srv  *sandbox.Server
	org  string
	env  map[string]string
	mu   sync.Mutex
	sent []string // "METHOD /path" of what the commands sent, but for GETs
}

// newWorld starts a sandbox with six displays, two playlists and some content.
func newWorld(t *testing.T, change func(*sandbox.Options)) *world {
	t.Helper()
	w := &world{t: t}
	o := sandbox.Options{Seed: 7, Displays: 6, Playlists: 3, Contents: 6}
	if change != nil {
		change(&o)
	}
	var err error
	if w.srv, err = sandbox.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.srv.Close(); err != nil {
			t.Error(err)
		}
	})
	home := t.TempDir()
	w.env = map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "XDG_STATE_HOME": filepath.Join(home, "state"),
		"XDG_CACHE_HOME": filepath.Join(home, "cache"), "VIZORA_URL": w.srv.URL(),
	}
	w.signIn("admin")
	return w
}

// see keeps the writes of the commands; it is called by the client that sends.
func (w *world) see(x api.Exchange) {
	if x.Method == http.MethodGet {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, x.Method+" "+x.Path)
}

// writes returns the writes since the last call.
func (w *world) writes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.sent
	w.sent = nil
	return sent
}

// signIn changes who runs the commands.
func (w *world) signIn(role string) {
	w.t.Helper()
	for _, login := range w.srv.Logins() {
		if login.Role != role || login.TOTPSecret != "" {
			continue
		}
		c := w.client(nil)
		defer c.Close()
		answer, err := c.Login(w.t.Context(), login.Email, login.Password)
		if err != nil {
			w.t.Fatal(err)
		}
		w.env["VIZORA_TOKEN"], w.org = answer.Session.Credentials.Access, login.OrganizationID
		return
	}
	w.t.Fatalf("no login with role %s", role)
}

func (w *world) client(tokens api.Tokens) *api.Client {
	w.t.Helper()
	c, err := api.New(api.Options{BaseURL: w.srv.URL(), Tokens: tokens})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// send makes a request beside the commands and decodes its answer.
func (w *world) send(method, path string, body, v any) {
	w.t.Helper()
	c := w.client(api.StaticToken(w.env["VIZORA_TOKEN"]))
	defer c.Close()
	req, err := api.NewRequest(method, path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := c.Do(w.t.Context(), req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	if v != nil {
		if err := resp.Decode(v); err != nil {
			w.t.Fatal(err)
		}
	}
}

// display reads a display by name.
func (w *world) display(name string) api.Display {
	w.t.Helper()
	c := w.client(api.StaticToken(w.env["VIZORA_TOKEN"]))
	defer c.Close()
	rows, err := api.Displays.List(w.t.Context(), c, nil, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	row, err := cmdutil.Pick(api.Displays, rows, name)
	if err != nil {
		w.t.Fatal(err)
	}
	found, err := api.Displays.Get(w.t.Context(), c, row.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return *found
}

// ran is what a command left.
type ran struct {
	out, err string
	failure  error
	factory  *cmdutil.Factory
}

// run runs "display ARGS...".
func (w *world) run(args ...string) ran { w.t.Helper(); return w.runAs(w.t.Context(), "", args...) }

// answer runs on a terminal at which a person types an answer.
func (w *world) answer(typed string, args ...string) ran {
	w.t.Helper()
	return w.runAs(w.t.Context(), typed, args...)
}

func (w *world) runAs(ctx context.Context, typed string, args ...string) ran {
	w.t.Helper()
	io, in, out, errOut := output.Test()
	if typed != "" {
		io.SetTTY(true, true, true)
		in.WriteString(typed)
	}
	f := cmdutil.New(io, cmdutil.Build{Version: "test"}, func(name string) (string, bool) { v, ok := w.env[name]; return v, ok })
	f.Live = sync.OnceValues(func() (*api.Client, error) {
		return api.New(api.Options{BaseURL: w.env["VIZORA_URL"], Tokens: api.StaticToken(w.env["VIZORA_TOKEN"]), OnResult: w.see})
	})
	root := &cobra.Command{Use: "vizora", SilenceErrors: true, SilenceUsage: true}
	root.PersistentFlags().StringVarP(&f.Global.Output, "output", "o", "", "")
	root.PersistentFlags().StringSliceVar(&f.Global.Columns, "columns", nil, "")
	root.PersistentFlags().StringVar(&f.Global.Offline, "offline", f.Global.Offline, "")
	root.AddCommand(New(f))
	root.SetArgs(append([]string{"display"}, args...))
	root.SetOut(&bytes.Buffer{})
	root.SetErr(&bytes.Buffer{})
	err := root.ExecuteContext(ctx)
	f.Close()
	return ran{out.String(), errOut.String(), err, f}
}

// ok fails the test if the command failed.
func (r ran) ok(t *testing.T) ran {
	t.Helper()
	if r.failure != nil {
		e := cmdutil.AsError(r.failure)
		t.Fatalf("%s: %v (hint %q, details %v)\nstderr: %s", e.Kind, e, e.Hint, e.Details, r.err)
	}
	return r
}

// fails fails the test unless the command failed so, with words in message, hint
// or details.
func (r ran) fails(t *testing.T, kind api.ErrorKind, words ...string) ran {
	t.Helper()
	if r.failure == nil {
		t.Fatalf("no error; stdout %q, stderr %q", r.out, r.err)
	}
	e := cmdutil.AsError(r.failure)
	if e.Kind != kind {
		t.Fatalf("kind %s, want %s: %v (hint %q)", e.Kind, kind, e, e.Hint)
	}
	text := e.Error() + "\n" + e.Hint + "\n" + strings.Join(e.Details, "\n")
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("error lacks %q:\n%s", word, text)
		}
	}
	if r.out != "" {
		t.Errorf("a failed command wrote to stdout: %q", r.out)
	}
	return r
}

func (r ran) said(t *testing.T, words ...string) ran {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(r.err, word) {
			t.Errorf("stderr lacks %q:\n%s", word, r.err)
		}
	}
	return r
}

// silent fails the test if stdout is not empty.
func (r ran) silent(t *testing.T) ran {
	t.Helper()
	if r.out != "" {
		t.Errorf("stdout %q, want nothing", r.out)
	}
	return r
}

// json decodes stdout.
func (r ran) json(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.out), v); err != nil {
		t.Fatalf("stdout is not one JSON value: %v\n%s", err, r.out)
	}
}

// pending lists what the journal holds after a run.
func (r ran) pending(t *testing.T) []journal.Operation {
	t.Helper()
	j, err := r.factory.Journal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ops, err := j.List(t.Context(), journal.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return ops
}

// withTags replaces the sandbox's tags, which the platform's API cannot: with
// some, "lobby" is on the oldest content, "portrait" on the oldest display and
// "spare" on the newest; without, there are none.
func withTags(t *testing.T, some bool) func(*sandbox.Options) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "state.json")
	s, err := sandbox.Start(t.Context(), sandbox.Options{Seed: 7, Displays: 6, Playlists: 3, Contents: 6, StatePath: file})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(raw, &state); err != nil {
		t.Fatal(err)
	}
	tenant := state["tenants"].([]any)[0].(map[string]any)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
	tags := []any{}
	link := func(name, id string, row any) {
		tags = append(tags, map[string]any{"id": id, "name": name, "color": "#112233", "createdAt": at, "organizationId": tenant["org"].(map[string]any)["id"]})
		row.(map[string]any)["tagLinks"] = []any{map[string]any{"id": "c" + strings.Repeat("l", 20) + name[:3], "tagId": id, "createdAt": at}}
	}
	displays, contents := tenant["displays"].([]any), tenant["contents"].([]any)
	for _, row := range append(append([]any{}, displays...), contents...) {
		delete(row.(map[string]any), "tagLinks")
	}
	if some {
		link("lobby", "ctag00000000000000000lob", contents[0])
		link("portrait", "ctag00000000000000000por", displays[0])
		link("spare", "ctag00000000000000000spa", displays[len(displays)-1])
	}
	tenant["tags"] = tags
	if raw, err = json.Marshal(state); err == nil {
		err = os.WriteFile(file, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(o *sandbox.Options) { o.StatePath = file }
}
