package profile_test

// This file tests "vizora profile".

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/commands/profile"
	"github.com/vizora/vizora-cli/output"
)

// noKeyring is a machine without one, so that tokens go into files.
type noKeyring struct{}

func (noKeyring) Get(string, string) (string, error) { return "", config.ErrNoSecret }
func (noKeyring) Set(string, string, string) error   { return os.ErrPermission }
func (noKeyring) Delete(string, string) error        { return config.ErrNoSecret }

type machine struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newMachine(t *testing.T) *machine {
	dir := t.TempDir()
	return &machine{t: t, dir: dir, env: map[string]string{
		"HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, "config"), "XDG_STATE_HOME": filepath.Join(dir, "state"), "XDG_CACHE_HOME": filepath.Join(dir, "cache"),
	}}
}

func (m *machine) lookup(name string) (string, bool) { v, ok := m.env[name]; return v, ok }

func (m *machine) load() *config.Config {
	m.t.Helper()
	c, err := config.Load(config.Options{Env: m.lookup, Keyring: noKeyring{}})
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

type result struct {
	code     int
	out, err string
}

func (m *machine) run(args ...string) result { return m.runTyped("", args...) }

// runTyped runs a command; typed is what a person types, "" is nobody there.
func (m *machine) runTyped(typed string, args ...string) result {
	m.t.Helper()
	io, in, out, errOut := output.Test()
	io.SetTTY(typed != "", false, typed != "")
	in.WriteString(typed)
	root := m.root(io)
	root.cmd.SetArgs(args)
	root.cmd.SetOut(out)
	code := root.factory.Report(root.cmd.ExecuteContext(m.t.Context()))
	return result{code, out.String(), errOut.String()}
}

type tree struct {
	factory *cmdutil.Factory
	cmd     *cobra.Command
}

func (m *machine) root(io *output.IO) tree {
	f := cmdutil.New(io, cmdutil.Build{Version: "test"}, m.lookup)
	f.Config = sync.OnceValues(func() (*config.Config, error) {
		return config.Load(config.Options{Env: m.lookup, Profile: f.Global.Profile, Keyring: noKeyring{}, Notice: func(s string) { io.Warn("%s", s) }})
	})
	root := cmdutil.Group("vizora", nil, "", "", profile.New(f))
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentFlags().StringVar(&f.Global.Profile, "profile", "", "")
	root.PersistentFlags().StringVarP(&f.Global.Output, "output", "o", "", "")
	return tree{f, root}
}

func (m *machine) must(args ...string) result {
	m.t.Helper()
	r := m.run(args...)
	if r.code != 0 {
		m.t.Fatalf("%v: exit %d\n%s%s", args, r.code, r.out, r.err)
	}
	return r
}

func want(t *testing.T, r result, code int, parts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, p := range parts {
		if !strings.Contains(r.out+r.err, p) {
			t.Errorf("%q is not in:\n%s%s", p, r.out, r.err)
		}
	}
}

func TestAddListUseRemove(t *testing.T) {
	m := newMachine(t)
	if r := m.must("profile", "list", "-o", "json"); r.out != "[]\n" {
		t.Errorf("no profiles are %q", r.out)
	}
	want(t, m.must("profile", "add", "Production", "url=https://vizora.example.com", "protected=yes"), 0, "added profile production")
	m.must("profile", "add", "lab", "url=http://localhost:3000")
	want(t, m.run("profile", "add", "lab"), cmdutil.ExitUsage, "exists already")
	if r := m.must("profile", "list", "-o", "name"); r.out != "lab\nproduction\n" {
		t.Errorf("names: %q", r.out)
	}
	var list []map[string]any
	if err := json.Unmarshal([]byte(m.must("profile", "list", "-o", "json").out), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[1]["current"] != true || list[1]["protected"] != true || list[0]["current"] != false || list[0]["kind"] != "Profile" {
		t.Errorf("list = %v", list)
	}
	want(t, m.must("profile", "use", "lab"), 0, "profile lab is in use: http://localhost:3000")
	want(t, m.run("profile", "use", "prodution"), cmdutil.ExitUsage, `did you mean "production"?`)
	m.env["VIZORA_PROFILE"] = "lab"
	want(t, m.must("profile", "use", "production"), 0, "profile lab is still used here: VIZORA_PROFILE names it")
	delete(m.env, "VIZORA_PROFILE")
	want(t, m.must("profile", "use", "production", "-o", "json"), 0, `"name":"production"`, `"current":true`)
	want(t, m.run("profile", "remove", "lab"), cmdutil.ExitError, "needs a confirmation", "--yes")
	want(t, m.runTyped("n\n", "profile", "remove", "lab"), cmdutil.ExitError, "Remove profile lab (http://localhost:3000)?", "nothing was changed")
	want(t, m.runTyped("y\n", "profile", "remove", "lab"), 0, "removed profile lab")
	want(t, m.run("profile", "remove", "lab", "--yes"), cmdutil.ExitUsage, "does not exist")
}

func TestSet(t *testing.T) {
	m := newMachine(t)
	want(t, m.must("profile", "set", "url=https://a.example.com", "retries=5"), 0, "profile default: set url=https://a.example.com, retries=5")
	m.must("profile", "set", "--shared", "output=json")
	p, err := m.load().Current()
	if err != nil || p.Retries != 5 || p.Output != "json" || p.URL != "https://a.example.com" {
		t.Errorf("profile = %+v, %v", p, err)
	}
	m.must("profile", "set", "retries=", "-o", "table")
	if p, err := m.load().Current(); err != nil || p.Retries != -1 {
		t.Errorf("retries = %d, %v", p.Retries, err)
	}
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"retries"}, "SETTING=VALUE"},
		{[]string{"retris=3", "-o", "table"}, `did you mean "retries"?`},
		{[]string{"retries=3", "retries=4"}, "given twice"},
		{[]string{"timeout=3"}, "such as 30s"},
		{[]string{"--profile", "nosuch", "retries=3"}, "does not exist"},
		{nil, "SETTING=VALUE... is missing"},
	} {
		want(t, m.run(append([]string{"profile", "set"}, tt.args...)...), cmdutil.ExitUsage, tt.says)
	}
}

// A session is for one server; moving the profile leaves it behind.
func TestSetURLWithASession(t *testing.T) {
	m := newMachine(t)
	m.must("profile", "set", "url=https://a.example.com")
	m.save()
	want(t, m.must("profile", "set", "url=https://b.example.com"), 0, "stored session is for https://a.example.com")
	want(t, m.must("profile", "set", "retries=1"), 0)
}

func (m *machine) save() {
	m.t.Helper()
	c := m.load()
	p, err := c.Current()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := c.Tokens(p).Save(m.t.Context(), api.Credentials{Access: "canary-access", Refresh: "canary-refresh"}); err != nil {
		m.t.Fatal(err)
	}
}

func TestShow(t *testing.T) {
	m := newMachine(t)
	m.must("profile", "add", "lab", "url=http://localhost:3000", "email=a@example.com")
	m.must("profile", "set", "--shared", "retries=4")
	m.save()
	m.env["VIZORA_TIMEOUT"] = "10s"
	r := m.must("profile", "show")
	for _, line := range []string{
		"http://localhost:3000  (profile)", "http://localhost:3002  (default)", "4  (file)", "10s  (environment VIZORA_TIMEOUT)", "10000  (default)",
		filepath.Join("state", "vizora", "lab"), "config.yaml", "tokens.json",
	} {
		want(t, r, 0, line)
	}
	var d struct {
		Kind     string
		Name     string
		Settings map[string]struct{ Value, Source string }
	}
	if err := json.Unmarshal([]byte(m.must("profile", "show", "-o", "json").out), &d); err != nil {
		t.Fatal(err)
	}
	if d.Kind != "ProfileSettings" || d.Name != "lab" || len(d.Settings) != len(config.Keys()) || d.Settings["timeout"].Source != "environment VIZORA_TIMEOUT" {
		t.Errorf("show = %+v", d)
	}
	if err := json.Unmarshal([]byte(m.must("profile", "show", "lab", "-o", "json").out), &d); err != nil {
		t.Fatal(err)
	}
	if got := d.Settings["timeout"]; got.Source != "default" || got.Value != "0s" {
		t.Errorf("a named profile is shown as the file has it, got %+v", got)
	}
	for _, format := range []string{"table", "json", "yaml", "csv"} {
		if r := m.must("profile", "show", "-o", format); strings.Contains(r.out+r.err, "canary") {
			t.Errorf("%s shows a token", format)
		}
	}
	if r := m.must("profile", "show", "-o", "csv"); !strings.Contains(r.out, ",10s,") {
		t.Errorf("csv holds values alone:\n%s", r.out)
	}
	want(t, m.run("profile", "show", "lob"), cmdutil.ExitUsage, `did you mean "lab"?`)
}

// What goes along with a profile is said before it is removed.
func TestRemoveNamesWhatGoesAlong(t *testing.T) {
	m := newMachine(t)
	m.must("profile", "set", "url=https://a.example.com")
	m.save()
	j, err := journal.Open(journal.Options{Dir: filepath.Join(m.dir, "state", "vizora", "default", "journal"), Owner: journal.Owner{Server: "https://a.example.com", User: "u", Organization: "o"}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = j.Submit(t.Context(), journal.Operation{
		Effect: journal.Once, Kind: "Playlist", Verb: "duplicate", Target: "x", Summary: "duplicate",
		Request: api.Request{Method: "POST", Path: "/playlists/x/duplicate"},
	}, journal.SubmitOptions{Async: true})
	if !api.IsKind(err, api.KindQueued) && err != nil {
		t.Fatal(err)
	}
	want(t, m.must("profile", "remove", "default", "--yes"), 0, "its session (file", "1 unapplied operation in its journal")
	if _, err := os.Stat(filepath.Join(m.dir, "state", "vizora", "default", "tokens.json")); err == nil {
		t.Error("the tokens were left")
	}
}

func TestCompletion(t *testing.T) {
	m := newMachine(t)
	m.must("profile", "add", "lab")
	complete := func(args ...string) string {
		var out bytes.Buffer
		io, _, _, _ := output.Test()
		root := m.root(io)
		root.cmd.SetArgs(append([]string{"__complete"}, args...))
		root.cmd.SetOut(&out)
		root.cmd.SetErr(&bytes.Buffer{})
		if err := root.cmd.Execute(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"profile", "use", ""}, "lab"},
		{[]string{"profile", "set", ""}, "token-store=\t"},
		{[]string{"profile", "set", "token-store="}, "token-store=keyring"},
		{[]string{"profile", "add", "x", "protected="}, "protected=true"},
	} {
		if got := complete(tt.args...); !strings.Contains(got, tt.says) {
			t.Errorf("%v: %q lacks %q", tt.args, got, tt.says)
		}
	}
}
