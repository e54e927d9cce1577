package content

// This file is about one thing: running command lines of this package against a
// sandbox over a real socket.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// world is a sandbox and somebody signed in to it.
type world struct {
	t      *testing.T
	server *sandbox.Server
	url    string // of the proxy before it, which the commands talk to
	token  string
	home   string
	dir    string // for files
	client *api.Client

	mu    sync.Mutex
	calls []string // "METHOD path -> status"
}

func newWorld(t *testing.T, o sandbox.Options) *world {
	t.Helper()
	w := &world{t: t, home: t.TempDir(), dir: t.TempDir()}
	if o.Seed == 0 {
		o.Seed = 7
	}
	o.ObjectStorage = true
	server, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	w.server = server
	w.front(nil)
	w.signIn("admin")
	return w
}

// front puts a proxy before the sandbox, which notes each call before its answer
// goes out and may then change or lose the answer.
func (w *world) front(change func(*http.Response) error) {
	w.t.Helper()
	target, err := url.Parse(w.server.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error {
			w.mu.Lock()
			w.calls = append(w.calls, fmt.Sprintf("%s %s -> %d", r.Request.Method, r.Request.URL.Path, r.StatusCode))
			w.mu.Unlock()
			if change == nil {
				return nil
			}
			return change(r)
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     log.New(io.Discard, "", 0),
	})
	w.t.Cleanup(front.Close)
	w.url = front.URL
}

// signIn makes the first seeded user of a role the one who runs the commands.
func (w *world) signIn(role string) {
	w.t.Helper()
	for _, login := range w.server.Logins() {
		if login.Role != role || login.TOTPSecret != "" {
			continue
		}
		c, err := api.New(api.Options{BaseURL: w.server.URL()})
		if err != nil {
			w.t.Fatal(err)
		}
		defer c.Close()
		answer, err := c.Login(w.t.Context(), login.Email, login.Password)
		if err != nil || answer.Session == nil {
			w.t.Fatalf("login: %v %+v", err, answer)
		}
		w.token = answer.Session.Credentials.Access
		if w.client, err = api.New(api.Options{BaseURL: w.server.URL(), Tokens: api.StaticToken(w.token)}); err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(w.client.Close)
		return
	}
	w.t.Fatalf("no %s is seeded", role)
}

// writes lists the commands' writes since the last call.
func (w *world) writes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var writes []string
	for _, c := range w.calls {
		if !strings.HasPrefix(c, "GET ") {
			writes = append(writes, strings.Replace(c, api.Prefix, "", 1))
		}
	}
	w.calls = nil
	return writes
}

// result is a finished command.
type result struct {
	t           *testing.T
	line        string
	out, stderr string
	err         error
}

// run runs "vizora content ARGS".
func (w *world) run(args ...string) result { return w.runAs(nil, args...) }

// runAs runs a command with a prepared terminal and global flags.
func (w *world) runAs(prepare func(*cmdutil.Factory, *bytes.Buffer), args ...string) result {
	w.t.Helper()
	return w.runWith(func(ctx context.Context) context.Context { return ctx }, prepare, args...)
}

// runWith runs a command under a context of its own.
func (w *world) runWith(under func(context.Context) context.Context, prepare func(*cmdutil.Factory, *bytes.Buffer), args ...string) result {
	w.t.Helper()
	term, in, out, stderr := output.Test()
	env := map[string]string{
		"VIZORA_URL": w.url, "VIZORA_TOKEN": w.token, "HOME": w.home, "VIZORA_TOKEN_STORE": "file",
		"XDG_STATE_HOME": filepath.Join(w.home, "state"), "XDG_CONFIG_HOME": filepath.Join(w.home, "config"),
	}
	f := cmdutil.New(term, cmdutil.Build{Version: "test"}, func(k string) (string, bool) { v, ok := env[k]; return v, ok })
	if prepare != nil {
		prepare(f, in)
	}
	root := cmdutil.Group("vizora", nil, "", "", New(f))
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentFlags().StringVarP(&f.Global.Output, "output", "o", "", "")
	root.PersistentFlags().StringVar(&f.Global.Offline, "offline", f.Global.Offline, "")
	root.SetArgs(append([]string{"content"}, args...))
	root.SetOut(out)
	root.SetErr(stderr)
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	err := root.ExecuteContext(under(ctx))
	f.Close()
	return result{t: w.t, line: strings.Join(args, " "), out: out.String(), stderr: stderr.String(), err: err}
}

// ok demands success.
func (r result) ok() result {
	r.t.Helper()
	if r.err != nil {
		r.t.Fatalf("%s: %v (%+v)\nstderr: %s", r.line, r.err, cmdutil.AsError(r.err), r.stderr)
	}
	return r
}

// fails demands an error of a kind whose message or hint holds text.
func (r result) fails(kind api.ErrorKind, text string) result {
	r.t.Helper()
	if got := api.KindOf(r.err); got != kind {
		r.t.Fatalf("%s: error kind %q (%v), want %q\nstderr: %s", r.line, got, r.err, kind, r.stderr)
	}
	e := cmdutil.AsError(r.err)
	if whole := e.Error() + " " + e.Hint + " " + strings.Join(e.Details, " "); !strings.Contains(whole, text) {
		r.t.Fatalf("%s: error %q does not say %q", r.line, whole, text)
	}
	if r.out != "" {
		r.t.Errorf("%s: a failure wrote to stdout: %q", r.line, r.out)
	}
	return r
}

// says demands a text on stderr.
func (r result) says(text string) result {
	r.t.Helper()
	if !strings.Contains(r.stderr, text) {
		r.t.Fatalf("%s: stderr %q does not say %q", r.line, r.stderr, text)
	}
	return r
}

// silent demands an empty stdout.
func (r result) silent() result {
	r.t.Helper()
	if r.out != "" {
		r.t.Fatalf("%s: stdout %q", r.line, r.out)
	}
	return r
}

// json decodes stdout.
func (r result) json(v any) result {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.out), v); err != nil {
		r.t.Fatalf("%s: stdout %q: %v", r.line, r.out, err)
	}
	return r
}

// get reads content by name straight from the server.
func (w *world) get(name string) *api.Content {
	w.t.Helper()
	rows, err := api.Contents.List(w.t.Context(), w.client, nil, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	row, err := cmdutil.Pick(api.Contents, rows, name)
	if err != nil {
		w.t.Fatal(err)
	}
	found, err := api.Contents.Get(w.t.Context(), w.client, row.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// count is how much content there is.
func (w *world) count() int {
	w.t.Helper()
	rows, err := api.Contents.List(w.t.Context(), w.client, nil, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(rows)
}

// file writes a file and returns its path.
func (w *world) file(name string, data []byte) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// picture is a PNG that differs with shade.
func picture(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 4, 4))
	img.SetGray(1, 1, color.Gray{Y: shade})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (w *world) now() time.Time { return time.Now() }
