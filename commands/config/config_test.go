package config

// This file tests reading settings and which of them wins.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// world is a machine of its own: an environment, directories and a keyring.
type world struct {
	t       *testing.T
	dir     string
	env     map[string]string
	ring    *fakeKeyring
	notices []string
	opts    Options
}

func newWorld(t *testing.T, file string) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, dir: dir, ring: newFakeKeyring(), env: map[string]string{
		"HOME":            dir,
		"XDG_CONFIG_HOME": filepath.Join(dir, "config"),
		"XDG_STATE_HOME":  filepath.Join(dir, "state"),
		"XDG_CACHE_HOME":  filepath.Join(dir, "cache"),
	}}
	if file != "" {
		w.write(filepath.Join(dir, "config", "vizora", "config.yaml"), file, 0o600)
	}
	return w
}

func (w *world) write(path, text string, mode os.FileMode) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) lookup(name string) (string, bool) {
	v, ok := w.env[name]
	return v, ok
}

func (w *world) load() *Config {
	w.t.Helper()
	c, err := w.tryLoad()
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) tryLoad() (*Config, error) {
	o := w.opts
	o.Env, o.Keyring = w.lookup, w.ring
	o.Notice = func(s string) { w.notices = append(w.notices, s) }
	return Load(o)
}

func (w *world) current() (*Config, *Profile) {
	w.t.Helper()
	c := w.load()
	p, err := c.Current()
	if err != nil {
		w.t.Fatal(err)
	}
	return c, p
}

const sample = `# kept by hand
current: production
retries: 5 # for every profile
output: json
profiles:
  # the one that hurts
  production:
    url: https://vizora.example.com/
    email: admin@example.com
    protected: true
    timeout: 20s
  lab:
    url: http://127.0.0.1:3000
    token-store: file
`

// Flags win over the environment, that over the profile, that over the file's
// shared settings, those over the defaults.
func TestPrecedence(t *testing.T) {
	tests := []struct {
		name        string
		file        string
		env, flags  map[string]string
		key         string
		want, where string
	}{
		{"default", "", nil, nil, KeyJournalCapacity, "10000", "default"},
		{"file", sample, nil, nil, KeyRetries, "5", "file"},
		{"profile over file", sample + "    retries: 1\ncurrent2: x\n", map[string]string{"VIZORA_PROFILE": "lab"}, nil, KeyRetries, "1", "profile"},
		{"environment over profile", sample, map[string]string{"VIZORA_URL": "https://other.example.com"}, nil, KeyURL, "https://other.example.com", "environment VIZORA_URL"},
		{"flag over environment", sample, map[string]string{"VIZORA_URL": "https://other.example.com"}, map[string]string{KeyURL: "https://flag.example.com"}, KeyURL, "https://flag.example.com", "flag"},
		{"empty environment is none", sample, map[string]string{"VIZORA_EMAIL": ""}, nil, KeyEmail, "admin@example.com", "profile"},
		{"empty in the file is none", "profiles:\n  default:\n    token-store: ''\n", nil, nil, KeyTokenStore, "auto", "default"},
		{"empty flag is none", sample, nil, map[string]string{KeyEmail: ""}, KeyEmail, "admin@example.com", "profile"},
		{"bool of environment", sample, map[string]string{"VIZORA_PROTECTED": "no"}, nil, KeyProtected, "false", "environment VIZORA_PROTECTED"},
		{"duration", sample, nil, map[string]string{KeyTimeout: "2m"}, KeyTimeout, "2m0s", "flag"},
		{"url is cut to its base", sample, nil, nil, KeyURL, "https://vizora.example.com", "profile"},
		{"api path is cut", "", map[string]string{"VIZORA_URL": "https://Vizora.Example.com/api/v1"}, nil, KeyURL, "https://vizora.example.com", "environment VIZORA_URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.file)
			for k, v := range tt.env {
				w.env[k] = v
			}
			w.opts.Overrides = tt.flags
			c, p := w.current()
			if got := p.Value(tt.key); got != tt.want {
				t.Errorf("%s = %q, want %q", tt.key, got, tt.want)
			}
			if got := c.Where(tt.key); got != tt.where {
				t.Errorf("Where(%s) = %q, want %q", tt.key, got, tt.where)
			}
		})
	}
}

// Every setting can be given in every layer it names, and comes out again.
func TestEveryKeyInEveryLayer(t *testing.T) {
	values := map[string][]string{ // file, environment, flag
		KeyURL:             {"https://a.example.com", "https://b.example.com", "https://c.example.com"},
		KeyRealtimeURL:     {"https://ra.example.com", "https://rb.example.com", "https://rc.example.com"},
		KeyAllowPlainHTTP:  {"true", "false", "true"},
		KeyProtected:       {"true", "false", "true"},
		KeyPaceGroup:       {"office", "cloud-1", "cloud-2"},
		KeyRequireDurable:  {"true", "false", "true"},
		KeyManualSync:      {"true", "false", "true"},
		KeyNoUpdateNotice:  {"true", "false", "true"},
		KeyRetries:         {"0", "1", "2"},
		KeyTimeout:         {"1s", "2s", "3s"},
		KeyOutput:          {"json", "csv", "template={{.id}}"},
		KeyTokenStore:      {"file", "keyring", "auto"},
		KeyJournalStore:    {"redis://a", "rediss://u:p@b/1/name", "redis://c:1/name"},
		KeyJournalCapacity: {"1", "2", "3"},
	}
	for _, k := range Keys() {
		v := values[k.Name]
		if v == nil {
			v = []string{"/a", "/b", "/c"}
		}
		w := newWorld(t, "profiles:\n  default:\n    "+k.Name+": '"+v[0]+"'\n")
		check := func(want, where string) {
			t.Helper()
			c, p := w.current()
			if got := p.Value(k.Name); got != want {
				t.Errorf("%s from %s = %q, want %q", k.Name, where, got, want)
			}
			if got := c.Where(k.Name); got != where {
				t.Errorf("Where(%s) = %q, want %q", k.Name, got, where)
			}
		}
		check(v[0], "profile")
		if k.Env != "" {
			w.env[k.Env] = v[1]
			check(v[1], "environment "+k.Env)
		}
		w.opts.Overrides = map[string]string{k.Name: v[2]}
		check(v[2], "flag")
		if k.Help == "" || strings.HasSuffix(k.Help, ".") {
			t.Errorf("%s: help is one sentence without a period, got %q", k.Name, k.Help)
		}
	}
}

func TestWhichProfile(t *testing.T) {
	tests := []struct {
		name, flag, env, file, want, where string
	}{
		{"nothing", "", "", "", "default", "default"},
		{"file", "", "", sample, "production", "file"},
		{"environment", "", "lab", sample, "lab", "environment VIZORA_PROFILE"},
		{"flag", "lab", "production", sample, "lab", "flag --profile"},
		{"case does not matter", "LAB", "", sample, "lab", "flag --profile"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, tt.file)
			w.opts.Profile = tt.flag
			if tt.env != "" {
				w.env[EnvProfile] = tt.env
			}
			c, p := w.current()
			name, where := c.CurrentName()
			if p.Name != tt.want || name != tt.want || where != tt.where {
				t.Errorf("profile %q, name %q from %q, want %q from %q", p.Name, name, where, tt.want, tt.where)
			}
		})
	}
}

func TestUnknownProfileNamesTheNearOne(t *testing.T) {
	w := newWorld(t, sample)
	w.opts.Profile = "prodution"
	c := w.load()
	_, err := c.Current()
	wantInvalid(t, err, "prodution", `did you mean "production"?`)
	if p, err := c.CurrentOrNew(); err != nil || p.Name != "prodution" {
		t.Errorf("CurrentOrNew = %v, %v; a sign-in may create the profile", p, err)
	}
	_, err = c.Get("labb")
	wantInvalid(t, err, "labb", `did you mean "lab"?`)
}

// A CI job has two variables and no file, and nothing may be written for it.
func TestCIWithTwoVariablesAndNoFile(t *testing.T) {
	w := newWorld(t, "")
	w.env["VIZORA_URL"], w.env[EnvToken] = "https://vizora.example.com", "ci-token\n"
	c, p := w.current()
	creds, err := c.Tokens(p).Current(t.Context())
	if err != nil || creds.Access != "ci-token" {
		t.Errorf("token = %q, %v", creds.Access, err)
	}
	if server, err := p.Server(); err != nil || server != "https://vizora.example.com" {
		t.Errorf("server = %q, %v", server, err)
	}
	if entries, _ := os.ReadDir(w.dir); len(entries) != 0 {
		t.Errorf("files were made: %v", entries)
	}
}

func TestNoServer(t *testing.T) {
	_, p := newWorld(t, "").current()
	if _, err := p.Server(); !api.IsKind(err, api.KindUsage) {
		t.Errorf("err = %v, want KindUsage", err)
	}
	if p.Retries != -1 || p.TokenStore != StoreAuto || p.JournalCapacity != 10000 || p.Timeout != 0 || p.RealtimeURL != "" {
		t.Errorf("defaults = %+v", p)
	}
}

func TestRealtimeURL(t *testing.T) {
	for server, want := range map[string]string{
		"https://vizora.example.com":        "https://vizora.example.com",
		"https://vizora.example.com:8443":   "https://vizora.example.com:8443",
		"https://vizora.example.com/vizora": "https://vizora.example.com",
		"http://127.0.0.1:3000":             "http://127.0.0.1:3002",
		"http://localhost:3000":             "http://localhost:3002",
		"http://[::1]:3000":                 "http://[::1]:3002",
	} {
		w := newWorld(t, "")
		w.env["VIZORA_URL"] = server
		c, p := w.current()
		if p.RealtimeURL != want {
			t.Errorf("%s: realtime %q, want %q", server, p.RealtimeURL, want)
		}
		if c.Where(KeyRealtimeURL) != "default" {
			t.Errorf("where = %q", c.Where(KeyRealtimeURL))
		}
	}
}

// The realtime service is given the server's token, so it must be that server's.
func TestRealtimeURLBelongsToItsServer(t *testing.T) {
	const file = "profiles:\n  default:\n    url: https://a.example.com\n    realtime-url: https://ra.example.com\n"
	for _, tt := range []struct{ url, realtime, want, where string }{
		{"", "", "https://ra.example.com", "profile"},
		{"https://A.example.com/", "", "https://ra.example.com", "profile"},
		{"https://b.example.com", "", "https://b.example.com", "default"},
		{"https://b.example.com", "https://rb.example.com", "https://rb.example.com", "environment VIZORA_REALTIME_URL"},
	} {
		w := newWorld(t, file)
		w.env["VIZORA_URL"], w.env["VIZORA_REALTIME_URL"] = tt.url, tt.realtime
		c, p := w.current()
		if p.RealtimeURL != tt.want || c.Where(KeyRealtimeURL) != tt.where {
			t.Errorf("%q: realtime %q from %q, want %q from %q", tt.url, p.RealtimeURL, c.Where(KeyRealtimeURL), tt.want, tt.where)
		}
	}
}

// A bad value says which setting, which value, where it came from and the fix.
func TestBadValues(t *testing.T) {
	tests := []struct{ key, value, hint string }{
		{KeyURL, "vizora", "https://"},
		{KeyRealtimeURL, "nonsense", "https://"},
		{KeyAllowPlainHTTP, "perhaps", "true or false"},
		{KeyRetries, "-1", "0 to 20"},
		{KeyRetries, "many", "0 to 20"},
		{KeyTimeout, "30", "30s"},
		{KeyTimeout, "-3s", "30s"},
		{KeyOutput, "jsonn", `did you mean "json"?`},
		{KeyOutput, "json=x", "one of"},
		{KeyOutput, "jq=", "jq=."},
		{KeyTokenStore, "keyrin", `did you mean "keyring"?`},
		{KeyJournalCapacity, "0", "1 to 1000000"},
		{KeyEmail, "a\nb", "one line"},
		{KeyJournalStore, "http://a", "redis://"},
		{KeyRequireDurable, "perhaps", "true or false"},
	}
	for _, tt := range tests {
		w := newWorld(t, "")
		w.opts.Overrides = map[string]string{tt.key: tt.value}
		_, err := w.load().Current()
		wantInvalid(t, err, tt.value, tt.hint)
		if e, ok := errors.AsType[*api.Error](err); !ok || e.Field != tt.key {
			t.Errorf("%s=%s: field %q", tt.key, tt.value, e.Field)
		}
	}
	w := newWorld(t, sample)
	w.env["VIZORA_RETRIES"] = "x"
	if _, err := w.load().Current(); err == nil || !strings.Contains(err.Error(), "(from environment VIZORA_RETRIES)") {
		t.Errorf("err = %v, want the variable's name", err)
	}
}

func TestPasswordInAnAddress(t *testing.T) {
	for _, key := range []string{KeyURL, KeyRealtimeURL} {
		w := newWorld(t, "")
		w.opts.Overrides = map[string]string{key: "https://u:secret@host"}
		_, err := w.load().Current()
		e, ok := errors.AsType[*api.Error](err)
		if !ok || e.Kind != api.KindInvalid || e.Field != key || !strings.Contains(e.Hint, "auth login") {
			t.Errorf("%s: err = %+v", key, e)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", e, e), "secret") {
			t.Errorf("a password is shown: %+v", e)
		}
	}
}

func TestBadFiles(t *testing.T) {
	for name, text := range map[string]string{
		"not YAML":            "profiles: [",
		"tabs":                "\tcurrent: x",
		"a list":              "- a\n- b\n",
		"profiles is a text":  "profiles: x",
		"profile is a list":   "profiles:\n  a: [1]\n",
		"value is a list":     "output: [json]",
		"value is a map":      "profiles:\n  a:\n    url: {x: y}\n",
		"name with a slash":   "profiles:\n  ../../x:\n    url: https://h\n",
		"name with two words": "profiles:\n  a b:\n    url: https://h\n",
	} {
		_, err := newWorld(t, text).tryLoad()
		if !api.IsKind(err, api.KindLocal) && !api.IsKind(err, api.KindInvalid) {
			t.Errorf("%s: err = %v", name, err)
			continue
		}
		if e, ok := errors.AsType[*api.Error](err); !ok || e.Hint == "" {
			t.Errorf("%s: no hint with %v", name, err)
		}
	}
}

// A file of a newer version works; a slip is pointed out.
func TestUnknownSettingsInTheFile(t *testing.T) {
	w := newWorld(t, "profiles:\n  default:\n    urll: https://h\n    email: a@example.com\n")
	_, p := w.current()
	if p.Email != "a@example.com" {
		t.Errorf("email = %q", p.Email)
	}
	if len(w.notices) != 1 || !strings.Contains(w.notices[0], `did you mean "url"?`) || !strings.Contains(w.notices[0], "profile default") {
		t.Errorf("notices = %q", w.notices)
	}
}

func TestGetKnowsNothingOfTheEnvironment(t *testing.T) {
	w := newWorld(t, sample)
	w.env["VIZORA_URL"] = "https://other.example.com"
	p, err := w.load().Get("Production")
	if err != nil || p.URL != "https://vizora.example.com" || p.Timeout != 20*time.Second || !p.Protected {
		t.Errorf("Get = %+v, %v", p, err)
	}
}

func TestPaths(t *testing.T) {
	w := newWorld(t, "")
	c, p := w.current()
	for got, want := range map[string]string{
		c.ConfigFile(): filepath.Join(w.dir, "config", "vizora", "config.yaml"),
		c.StateDir(p):  filepath.Join(w.dir, "state", "vizora", "default"),
		c.CacheDir(p):  filepath.Join(w.dir, "cache", "vizora", "default"),
	} {
		if got != want {
			t.Errorf("path %q, want %q", got, want)
		}
	}
	w.env[EnvConfig] = filepath.Join(w.dir, "other.yaml")
	if got := w.load().ConfigFile(); got != w.env[EnvConfig] {
		t.Errorf("VIZORA_CONFIG: %q", got)
	}
	w.opts.File = filepath.Join(w.dir, "flag.yaml")
	if got := w.load().ConfigFile(); got != w.opts.File {
		t.Errorf("--config: %q", got)
	}
	if runtime.GOOS == "linux" {
		w = newWorld(t, "")
		w.env = map[string]string{"HOME": w.dir, "XDG_STATE_HOME": "relative/is/ignored"}
		c, p = w.current()
		if got, want := c.StateDir(p), filepath.Join(w.dir, ".local", "state", "vizora", "default"); os.Getenv("XDG_STATE_HOME") == "" && got != want {
			t.Errorf("state %q, want %q", got, want)
		}
	}
}

// A path in the file is meant from the file's directory, one on the command
// line from the current one.
func TestFilePaths(t *testing.T) {
	w := newWorld(t, "profiles:\n  default:\n    ca-file: ca.pem\n    client-cert: ~/cert.pem\n")
	w.opts.Overrides = map[string]string{KeyClientKey: "key.pem"}
	c, p := w.current()
	if want := filepath.Join(filepath.Dir(c.ConfigFile()), "ca.pem"); p.CAFile != want {
		t.Errorf("ca-file %q, want %q", p.CAFile, want)
	}
	if want := filepath.Join(w.dir, "cert.pem"); p.ClientCert != want {
		t.Errorf("client-cert %q, want %q", p.ClientCert, want)
	}
	if p.ClientKey != "key.pem" {
		t.Errorf("client-key %q", p.ClientKey)
	}
}

func wantInvalid(t *testing.T, err error, value, hint string) {
	t.Helper()
	e, ok := errors.AsType[*api.Error](err)
	if !ok || e.Kind != api.KindInvalid {
		t.Errorf("err = %v, want KindInvalid", err)
		return
	}
	if e.Value != value || !strings.Contains(e.Hint, hint) {
		t.Errorf("value %q, hint %q; want %q and %q", e.Value, e.Hint, value, hint)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(sample)
	f.Add("profiles:\n  a: {}\ncurrent: a\n")
	f.Add("&a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		w := newWorld(t, text)
		c, err := w.tryLoad()
		if err != nil {
			return
		}
		if err := c.Put("fuzz", map[string]string{KeyRetries: "7"}); err != nil {
			return // a value elsewhere in the file
		}
		p, err := w.load().Get("fuzz")
		if err == nil && p.Retries != 7 {
			t.Errorf("what was written is not read back: %+v", p)
		}
	})
}
