package main

// This file is about one thing: what --version, --help and TAB touch, as the
// kernel sees it.

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// build makes a program without C, as releases are made.
func build(t *testing.T, to, from string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", to, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

var (
	straced   = regexp.MustCompile(`(?m)^\d+ +(\w+\(.*)$`)
	ownStart  = regexp.MustCompile(`^execve\(`)
	addressed = regexp.MustCompile(`0x[0-9a-f]+`)
)

// touched lists the file and network calls of a program and of all that it starts.
func touched(t *testing.T, env []string, program string, args ...string) []string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "calls")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "strace", append([]string{"-f", "-e", "trace=%file,%network", "-e", "signal=none", "-o", log, program}, args...)...)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("strace %s %v: %v\n%s", program, args, err, out)
	}
	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var calls []string
	for _, m := range straced.FindAllStringSubmatch(string(raw), -1) {
		if !ownStart.MatchString(m[1]) {
			call, _, _ := strings.Cut(m[1], ") = ") // the number of a file may differ
			calls = append(calls, addressed.ReplaceAllString(call, ""))
		}
	}
	return calls
}

// TestWhatIsTouched: --version and --help open what every Go program opens, and
// nothing else; TAB opens no connection where the names are known.
func TestWhatIsTouched(t *testing.T) {
	needStrace(t)
	dir := t.TempDir()
	hello := filepath.Join(dir, "hello.go")
	if err := os.WriteFile(hello, []byte("package main\n\nfunc main() { println(\"hello\") }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	build(t, filepath.Join(dir, "hello"), hello)
	vizora := filepath.Join(dir, "vizora")
	build(t, vizora, ".")
	s := newStage(t)
	s.must("profile add production --url https://vizora.example.com")
	env := s.environ()
	least := touched(t, env, filepath.Join(dir, "hello"))
	for _, line := range []string{"--version", "-v", "--help", "-h", "display --help", "display list --help", "help exit-codes", "completion bash", "completion powershell", "__complete "} {
		for _, call := range touched(t, env, vizora, strings.Split(line, " ")...) {
			if !slices.Contains(least, call) {
				t.Errorf("vizora %s: %s", line, call)
			}
		}
	}
	s.must("display list") // fills the cache
	for _, line := range []string{"__complete display get Lob", "__complete display list --where ", "__complete bulk resume ", "__complete journal show ", "__complete profile use "} {
		for _, call := range touched(t, env, vizora, strings.Split(line, " ")...) {
			if strings.HasPrefix(call, "socket(") || strings.HasPrefix(call, "connect(") {
				t.Errorf("vizora %s: %s", line, call)
			}
		}
	}
	if !slices.ContainsFunc(touched(t, env, vizora, "display", "list"), func(call string) bool { return strings.HasPrefix(call, "connect(") }) {
		t.Error("strace does not see a connection that is made")
	}
}
