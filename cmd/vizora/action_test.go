package main

// This file is about one thing: the GitHub Action that releases carry: it has
// only keys that GitHub documents, and its steps do what they say, with an
// archive from a server of our own.

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const actionFile = ".github/actions/vizora/action.yml"

// action is what GitHub documents of a composite action's file.
type action struct {
	Name        string
	Description string
	Author      string
	Branding    struct{ Icon, Color string }
	Inputs      map[string]struct {
		Description        string
		Required           bool
		Default            *string
		DeprecationMessage string `yaml:"deprecationMessage"`
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	Name, ID, If, Run, Shell, Uses string
	WorkingDirectory               string `yaml:"working-directory"`
	ContinueOnError                bool   `yaml:"continue-on-error"`
	Env, With                      map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", actionFile))
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.UnmarshalWithOptions(raw, &a, yaml.Strict()); err != nil {
		t.Fatalf("%s: %s", actionFile, yaml.FormatError(err, false, true))
	}
	return a
}

var placeholder = regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`)

func TestActionIsWellFormed(t *testing.T) {
	a := readAction(t)
	if a.Name == "" || a.Description == "" || a.Runs.Using != "composite" || len(a.Runs.Steps) == 0 {
		t.Fatalf("%+v", a)
	}
	known := map[string]bool{}
	for name, in := range a.Inputs {
		if known["inputs."+name] = true; in.Description == "" || in.Required == (in.Default != nil) {
			t.Errorf("input %s: %+v", name, in)
		}
	}
	used := map[string]bool{}
	look := func(where, text string) {
		for _, p := range placeholder.FindAllStringSubmatch(text, -1) {
			if used[p[1]] = true; !known[p[1]] {
				t.Errorf("%s names %s, which is not there", where, p[1])
			}
		}
	}
	for _, step := range a.Runs.Steps {
		if step.Run != "" && step.Shell != "bash" || step.Run == "" && step.Uses == "" || step.Name == "" {
			t.Errorf("step %+v", step)
		}
		if placeholder.MatchString(step.Run) { // what a caller gives would be run as it stands
			t.Errorf("step %s has a placeholder in its script", step.Name)
		}
		for _, value := range step.Env {
			look("step "+step.Name, value)
		}
		if name, ok := strings.CutPrefix(step.If, "inputs."); ok {
			name, _, _ = strings.Cut(name, " ")
			look("if of "+step.Name, "${{ inputs."+name+" }}")
		}
		if step.ID != "" {
			for _, m := range regexp.MustCompile(`"([a-z-]+)=\$\w+" >> "\$GITHUB_OUTPUT"`).FindAllStringSubmatch(step.Run, -1) {
				known["steps."+step.ID+".outputs."+m[1]] = true
			}
		}
	}
	for name, out := range a.Outputs {
		look("output "+name, out.Value)
	}
	for name := range maps.Keys(known) {
		if !used[name] {
			t.Errorf("nothing uses %s", name)
		}
	}
	release, err := os.ReadFile(filepath.Join("..", "..", ".goreleaser.yaml"))
	if err != nil || !strings.Contains(string(release), "src: "+actionFile) {
		t.Errorf("releases do not carry %s (%v)", actionFile, err)
	}
}

// archiveOf is a release's archive with this program in it.
func archiveOf(t *testing.T) []byte {
	t.Helper()
	script := fmt.Sprintf("#!/bin/sh\nVIZORA_TEST_MAIN=1 exec '%s' \"$@\"\n", os.Args[0])
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	tape := tar.NewWriter(zipped)
	if err := tape.WriteHeader(&tar.Header{Name: "vizora", Mode: 0o755, Size: int64(len(script))}); err != nil {
		t.Fatal(err)
	}
	if _, err := tape.Write([]byte(script)); err != nil {
		t.Fatal(err)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestActionRuns takes the steps as a runner would: the release is fetched,
// checked and unpacked, lines are run with it, and exit codes are told apart.
func TestActionRuns(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("runs as GitHub's Linux runners do")
	}
	needTools(t, "VIZORA_REQUIRE_ACTION", "bash", "curl", "tar", "sha256sum")
	a, s := readAction(t), newStage(t)
	archive := archiveOf(t)
	sum := fmt.Sprintf("%x", sha256.Sum256(archive))
	releases := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1.2.3/vizora_1.2.3_linux_amd64.tar.gz", "/v6.6.6/vizora_6.6.6_linux_amd64.tar.gz":
			_, _ = w.Write(archive)
		case "/v1.2.3/checksums.txt":
			_, _ = fmt.Fprintf(w, "%064d  vizora_1.2.3_darwin_arm64.tar.gz\n%s  vizora_1.2.3_linux_amd64.tar.gz\n", 7, sum)
		case "/v6.6.6/checksums.txt": // somebody has changed the archive
			_, _ = fmt.Fprintf(w, "%064d  vizora_6.6.6_linux_amd64.tar.gz\n", 7)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(releases.Close)
	// take runs a step with these inputs and returns its exit code, what it says
	// and the files that it leaves for the runner.
	take := func(step int, path string, inputs map[string]string) (exit int, text, output, paths string) {
		dir := t.TempDir()
		st := a.Runs.Steps[step]
		cmd := exec.CommandContext(t.Context(), "bash", "-c", st.Run)
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + path, "HOME=" + dir, "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "RUNNER_TEMP=" + s.dir,
			"GITHUB_OUTPUT=" + dir + "/output", "GITHUB_PATH=" + dir + "/path",
		}
		for name, value := range st.Env {
			cmd.Env = append(cmd.Env, name+"="+placeholder.ReplaceAllStringFunc(value, func(p string) string {
				input := strings.TrimPrefix(placeholder.FindStringSubmatch(p)[1], "inputs.")
				if given, ok := inputs[input]; ok {
					return given
				}
				return *a.Inputs[input].Default
			}))
		}
		said, err := cmd.CombinedOutput()
		exit = exitOf(t, err)
		wrote, _ := os.ReadFile(dir + "/output") // not every step has any
		added, _ := os.ReadFile(dir + "/path")
		return exit, string(said), strings.TrimSpace(string(wrote)), strings.TrimSpace(string(added))
	}
	for _, version := range []string{"6.6.6", "9.9.9"} { // altered, and not there
		if exit, said, _, _ := take(0, os.Getenv("PATH"), map[string]string{"version": version, "releases": releases.URL}); exit == 0 {
			t.Errorf("version %s was installed: %s", version, said)
		}
	}
	exit, said, _, added := take(0, os.Getenv("PATH"), map[string]string{"version": "v1.2.3", "releases": releases.URL})
	if exit != 0 || added == "" {
		t.Fatalf("install: exit %d: %s", exit, said)
	}
	path := added + ":" + os.Getenv("PATH")
	for _, test := range []struct {
		name, run, accept string
		inputs            map[string]string
		exit              int
		code, says        string
	}{
		{"with a token", "vizora playlist list -o name\n", "0", map[string]string{"token": s.env["VIZORA_TOKEN"]}, 0, "0", "Lobby Loop"},
		{"with a password", "vizora auth status", "0", map[string]string{"email": s.env["EMAIL"], "password": s.env["PASSWORD"]}, 0, "0", s.env["EMAIL"]},
		{"with a wrong password", "vizora playlist list", "0", map[string]string{"email": s.env["EMAIL"], "password": "Wrong-1234"}, 4, "", "Invalid email or password"},
		{"a failing line ends it", "vizora playlist get nothing-like-it\nvizora version", "0", map[string]string{"token": s.env["VIZORA_TOKEN"]}, 3, "3", "nothing-like-it"},
		{"an accepted exit code", "exit 20", "0 20", map[string]string{"token": s.env["VIZORA_TOKEN"]}, 0, "20", ""},
		{"quotes are the caller's", `vizora playlist list --where 'name == "it'"'"'s not there"' -o json`, "0", map[string]string{"token": s.env["VIZORA_TOKEN"]}, 0, "0", "[]"},
	} {
		test.inputs["run"], test.inputs["accept"], test.inputs["url"] = test.run, test.accept, s.env["VIZORA_URL"]
		exit, said, output, _ := take(1, path, test.inputs)
		if want := "exit-code=" + test.code; exit != test.exit || !strings.Contains(said, test.says) || test.code != "" && output != want {
			t.Errorf("%s: exit %d, %q: %s", test.name, exit, output, said)
		}
	}
}
