package config

// This file tests changing the configuration file.

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

func (w *world) fileText() string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "config", "vizora", "config.yaml"))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

func TestAddUseSetRemove(t *testing.T) {
	w := newWorld(t, "")
	c := w.load()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.Add(Profile{Name: "Production", URL: "https://vizora.example.com", Email: "a@example.com", Retries: -1, Protected: true, Timeout: time.Minute}))
	if name, _ := c.CurrentName(); name != "production" {
		t.Errorf("the first profile is not in use: %q", name)
	}
	must(c.Add(Profile{Name: "lab", URL: "http://localhost:3000", Retries: 0}))
	must(c.Use("lab"))
	must(c.Set("lab", KeyOutput, "yaml"))
	must(c.Set("", KeyRetries, "4"))
	want := `current: lab
profiles:
  production:
    url: https://vizora.example.com
    email: a@example.com
    protected: true
    timeout: 1m0s
  lab:
    url: http://localhost:3000
    retries: 0
    output: yaml
retries: 4
`
	if got := w.fileText(); got != want {
		t.Errorf("file:\n%s\nwant:\n%s", got, want)
	}
	must(c.Set("lab", KeyRetries, ""))
	if p, err := c.Get("lab"); err != nil || p.Retries != 4 {
		t.Errorf("unset falls back to the file's: %+v, %v", p, err)
	}
	wantInvalid(t, c.Add(Profile{Name: "LAB"}), "lab", "profile set")
	wantInvalid(t, c.Use("prod"), "prod", "the profiles are lab, production")
	must(c.Remove("lab"))
	if name, _ := c.CurrentName(); name != "default" || c.Has("lab") {
		t.Errorf("after Remove the profile in use is %q", name)
	}
	if got := strings.Join(w.load().Names(), " "); got != "production" {
		t.Errorf("names = %q", got)
	}
}

func TestBadEditsWriteNothing(t *testing.T) {
	w := newWorld(t, sample)
	c := w.load()
	wantInvalid(t, c.Set("lab", "urll", "https://h"), "urll", `did you mean "url"?`)
	wantInvalid(t, c.Set("lab", KeyRetries, "99"), "99", "0 to 20")
	wantInvalid(t, c.Set("labb", KeyRetries, "1"), "labb", `did you mean "lab"?`)
	wantInvalid(t, c.Set("lab", KeyCAFile, filepath.Join(w.dir, "no.pem")), filepath.Join(w.dir, "no.pem"), "PEM")
	wantInvalid(t, c.SetAll("lab", map[string]string{KeyEmail: "b@example.com", KeyTimeout: "x"}), "x", "30s")
	wantInvalid(t, c.Add(Profile{Name: "../evil"}), "../evil", "letters")
	wantInvalid(t, c.Remove("nosuch"), "nosuch", "the profiles are")
	if got := w.fileText(); got != sample {
		t.Errorf("the file changed:\n%s", got)
	}
}

func TestEditsKeepCommentsAndOrder(t *testing.T) {
	w := newWorld(t, sample)
	if err := w.load().Set("production", KeyTimeout, "45s"); err != nil {
		t.Fatal(err)
	}
	if got, want := w.fileText(), strings.Replace(sample, "timeout: 20s", "timeout: 45s", 1); got != want {
		t.Errorf("file:\n%s\nwant:\n%s", got, want)
	}
}

// Files written by hand may have names in capitals, anchors and merges.
func TestEditsOfFilesWrittenByHand(t *testing.T) {
	w := newWorld(t, `current: Lab
profiles:
  Base: &base
    url: https://a.example.com
    retries: 3
  Lab: *base
  merged:
    <<: *base
    output: csv
`)
	for _, name := range []string{"lab", "Merged"} {
		if err := w.load().Set(name, KeyRetries, "7"); err != nil {
			t.Fatal(err)
		}
	}
	c := w.load()
	for name, retries := range map[string]int{"base": 3, "lab": 7, "merged": 7} {
		p, err := c.Get(name)
		if err != nil || p.Retries != retries || p.URL != "https://a.example.com" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if p, err := c.Current(); err != nil || p.Name != "lab" || len(c.Names()) != 3 {
		t.Errorf("current %v, %v, names %v", p, err, c.Names())
	}
}

// What looks like a number or a truth value in YAML stays the text it was.
func TestTextStaysText(t *testing.T) {
	for _, value := range []string{"0123", "1e3", "true", "null", "~", "2026-01-01", "a: b", "# x", "été"} {
		w := newWorld(t, "")
		if err := w.load().Put("default", map[string]string{KeyOrganization: value}); err != nil {
			t.Fatal(err)
		}
		if _, p := w.current(); p.Organization != value {
			t.Errorf("%q came back as %q", value, p.Organization)
		}
	}
}

func TestSetMakesPathsAbsolute(t *testing.T) {
	w := newWorld(t, "")
	w.write(filepath.Join(w.dir, "ca.pem"), "x", 0o600)
	t.Chdir(w.dir)
	if err := w.load().Set("default", KeyCAFile, "ca.pem"); err != nil {
		t.Fatal(err)
	}
	if _, p := w.current(); !filepath.IsAbs(p.CAFile) || filepath.Base(p.CAFile) != "ca.pem" {
		t.Errorf("ca-file = %q", p.CAFile)
	}
}

func TestConfigFileMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // modes mean nothing there
	}
	w := newWorld(t, "")
	c := w.load()
	if err := c.Add(Profile{Name: "a", Retries: -1}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(c.ConfigFile())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, _ := os.ReadDir(filepath.Dir(c.ConfigFile()))
	for _, e := range entries {
		if name := e.Name(); name != "config.yaml" && name != "config.yaml.lock" {
			t.Errorf("left behind: %s", name)
		}
	}
}

func TestALinkStaysALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links need a right there
	}
	w := newWorld(t, "")
	real := filepath.Join(w.dir, "dotfiles", "vizora.yaml")
	w.write(real, sample, 0o600)
	link := filepath.Join(w.dir, "config", "vizora", "config.yaml")
	if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := w.load().Use("lab"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if data, _ := os.ReadFile(real); !strings.Contains(string(data), "current: lab") {
		t.Errorf("the linked file was not written")
	}
}

// Several processes may change the file at once; each sees the others' changes.
func TestConcurrentEdits(t *testing.T) {
	w := newWorld(t, sample)
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for i := range 8 {
		c := w.load()
		wg.Go(func() { errs <- c.Add(Profile{Name: "p" + string(rune('a'+i)), Retries: -1}) })
	}
	wg.Wait()
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := len(w.load().Names()); got != 10 {
		t.Errorf("%d profiles, want 10", got)
	}
}

func TestUnwritableConfig(t *testing.T) {
	w := newWorld(t, "")
	w.write(filepath.Join(w.dir, "config"), "a file where a directory should be", 0o600)
	_, err := w.tryLoad()
	if err == nil {
		err = w.load().Add(Profile{Name: "a"})
	}
	if !api.IsKind(err, api.KindLocal) {
		t.Errorf("err = %v, want KindLocal", err)
	}
}
