package main

// This file is about one thing: what a whole process of the release costs, each
// beside its peer in the same run. Ratios count; times depend on the machine.
//
//	go test -run '^$' -bench . -benchtime 40x ./cmd/vizora
//
// .ci/bench prints these and the other packages' as one table.

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// release is the program as it is released. .ci/bench has built it already and
// names it in VIZORA_BENCH_BINARY.
func release(b *testing.B) string {
	b.Helper()
	if bin := os.Getenv("VIZORA_BENCH_BINARY"); bin != "" {
		return bin
	}
	bin := filepath.Join(b.TempDir(), "vizora")
	if out, err := exec.Command(filepath.Join("..", "..", ".ci", "build"), bin).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return bin
}

// hello is the least that a Go program can be.
func hello(b *testing.B) string {
	b.Helper()
	source, linked, bin := filepath.Join(b.TempDir(), "hello.go"), filepath.Join(b.TempDir(), "linked"), filepath.Join(b.TempDir(), "hello")
	text := "package main\n\nimport \"os\"\n\nfunc main() { _, _ = os.Stdout.WriteString(\"hello\\n\") }\n"
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", linked, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	install(b, linked, bin)
	return bin
}

// install copies a program: a copy lies in memory as an installed program does,
// one that was just linked does not.
func install(b *testing.B, from, to string) {
	b.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(to, raw, 0o755); err != nil {
		b.Fatal(err)
	}
}

// home is an environment in which nothing is configured.
func home(b *testing.B) []string {
	dir := b.TempDir()
	return []string{
		"HOME=" + dir, "XDG_CONFIG_HOME=" + dir + "/config", "XDG_STATE_HOME=" + dir + "/state", "XDG_CACHE_HOME=" + dir + "/cache",
		"VIZORA_TOKEN_STORE=file", "DBUS_SESSION_BUS_ADDRESS=", "PATH=" + os.Getenv("PATH"), "NO_PROXY=*",
	}
}

// timed runs a command to its end and returns the time that took and its stdout.
func timed(env []string, argv ...string) (time.Duration, string, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	var said, failed strings.Builder
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &said, &failed
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, failed.String())
	}
	return took, said.String(), err
}

// BenchmarkStartUp takes the processes in turn, so that a busy moment hits all.
// The bars: 2.5 times a Go hello world, for completion from the cache 4 times.
func BenchmarkStartUp(b *testing.B) {
	bin, peer, env := release(b), hello(b), home(b)
	env = append(env, openSandbox(b, bin)...)
	// What TAB offers is in the cache, and the profile is signed in.
	for _, line := range []string{"auth login -q", "display list"} {
		if _, _, err := timed(env, append([]string{bin}, strings.Fields(line)...)...); err != nil {
			b.Fatal(err)
		}
	}
	tab := []string{bin, "__complete", "display", "get", "L"}
	if _, offered, err := timed(env, tab...); err != nil || !strings.Contains(offered, "Lobby") {
		b.Fatalf("TAB offers %q, %v", offered, err)
	}
	lines := []struct {
		unit string
		argv []string
	}{
		{"hello", []string{peer}},
		{"version", []string{bin, "--version"}},
		{"help", []string{bin, "--help"}},
		{"verb-help", []string{bin, "playlist", "update", "--help"}},
		{"complete", tab},
	}
	took := make([][]time.Duration, len(lines))
	for b.Loop() {
		for i, l := range lines {
			d, _, err := timed(env, l.argv...)
			if err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], d)
		}
	}
	first := share(took[0], 50)
	for i, l := range lines {
		median := share(took[i], 50)
		b.ReportMetric(millis(median), l.unit+"-ms")
		b.ReportMetric(float64(median)/float64(first), l.unit+"-x")
	}
}

// BenchmarkEnqueueProcess is a durable enqueue as a whole process, eight at
// once, beside --version eight at once. The bar: at the 99th percentile at most
// twice the latter plus 20 ms.
func BenchmarkEnqueueProcess(b *testing.B) {
	bin, env := release(b), home(b)
	env = append(env, "VIZORA_URL=http://127.0.0.1:9", // nobody listens; --async does not try
		"VIZORA_TOKEN=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1Iiwib3JnYW5pemF0aW9uSWQiOiJvIn0.c2ln")
	var peers, enqueues []time.Duration
	for b.Loop() {
		peers = append(peers, eight(b, env, func(int) []string { return []string{bin, "--version"} })...)
		at := len(enqueues)
		enqueues = append(enqueues, eight(b, env, func(i int) []string {
			return []string{bin, "playlist", "create", fmt.Sprint("list ", at+i), "--async", "-q"}
		})...)
	}
	b.ReportMetric(millis(share(peers, 50)), "version-p50-ms")
	b.ReportMetric(millis(share(peers, 99)), "version-p99-ms")
	b.ReportMetric(millis(share(enqueues, 50)), "enqueue-p50-ms")
	b.ReportMetric(millis(share(enqueues, 99)), "enqueue-p99-ms")
}

// eight runs eight commands at once; to be accepted (exit 9) is to succeed.
func eight(b *testing.B, env []string, argv func(int) []string) []time.Duration {
	took := make([]time.Duration, 8)
	var wg sync.WaitGroup
	for i := range took {
		wg.Go(func() {
			d, _, err := timed(env, argv(i)...)
			var exit *exec.ExitError
			if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 9) {
				b.Error(err)
			}
			took[i] = d
		})
	}
	wg.Wait()
	return took
}

// BenchmarkSource is how long a shell takes to read the completion script: what
// a few hundred readings take at least, less as many of an empty file. The bar
// is 2 ms.
func BenchmarkSource(b *testing.B) {
	const times = 400
	for _, sh := range []struct {
		name string
		argv []string // the last one's $TIMES and $SCRIPT are replaced
	}{
		{"bash", []string{"--norc", "--noprofile", "-c", "for ((i = 0; i < $TIMES; i++)); do source $SCRIPT; done"}},
		{"zsh", []string{"-f", "-c", "autoload -U compinit; compinit -D -u; for ((i = 0; i < $TIMES; i++)); do source $SCRIPT; done"}},
		{"fish", []string{"--no-config", "-c", "set i 0; while test $i -lt $TIMES; set i (math $i + 1); source $SCRIPT; end"}},
	} {
		b.Run(sh.name, func(b *testing.B) {
			path, err := exec.LookPath(sh.name)
			if err != nil {
				b.Skipf("%s is not installed", sh.name)
			}
			script, err := filepath.Abs("../../completions/vizora." + sh.name)
			if err != nil {
				b.Fatal(err)
			}
			nothing := filepath.Join(b.TempDir(), "nothing")
			if err := os.WriteFile(nothing, nil, 0o600); err != nil {
				b.Fatal(err)
			}
			env, last := home(b), len(sh.argv)-1
			read := func(file string) time.Duration {
				argv := append([]string{path}, sh.argv...)
				argv[last+1] = strings.NewReplacer("$TIMES", fmt.Sprint(times), "$SCRIPT", file).Replace(sh.argv[last])
				d, _, err := timed(env, argv...)
				if err != nil {
					b.Fatal(err)
				}
				return d
			}
			var ours, empty []time.Duration
			for b.Loop() {
				ours, empty = append(ours, read(script)), append(empty, read(nothing))
			}
			b.ReportMetric(millis(share(ours, 0)-share(empty, 0))/times, "source-ms")
		})
	}
}

// openSandbox starts a sandbox with the program and returns the environment that
// reaches it.
func openSandbox(b *testing.B, bin string) []string {
	b.Helper()
	cmd := exec.Command(bin, "sandbox", "-o", "json", "--seed", "11", "--displays", "40")
	cmd.Env = home(b)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var info struct {
		URL    string
		Logins []struct{ Role, Email, Password, TOTPSecret string }
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &info)
	}
	if err != nil {
		b.Fatalf("%s: %v", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	for _, l := range info.Logins {
		if l.Role == "admin" && l.TOTPSecret == "" {
			return []string{"VIZORA_URL=" + info.URL, "VIZORA_EMAIL=" + l.Email, "VIZORA_PASSWORD=" + l.Password}
		}
	}
	b.Fatalf("no login of an admin: %s", line)
	return nil
}

// share is the value below which so many per cent lie.
func share(took []time.Duration, percent int) time.Duration {
	slices.Sort(took)
	return took[min(len(took)*percent/100, len(took)-1)]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
