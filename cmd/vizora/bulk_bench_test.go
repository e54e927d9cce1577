package main

// This file is about one thing: what a large job takes: time to record it, beside
// as many commands of one change each, and memory.

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// BenchmarkBulkEnqueue records 10,000 creations durably by one 'bulk run
// --async' of the built program, and in the same run 200 by a command each,
// whose time is scaled. The bar is that the job is 20 times faster.
func BenchmarkBulkEnqueue(b *testing.B) {
	const rows, singles, queued = 10_000, 200, 9 // 9: accepted, not yet applied
	program := builtProgram(b)
	home := b.TempDir()
	file := filepath.Join(home, "rows.csv")
	var text bytes.Buffer
	text.WriteString("verb,name,description,loop\n")
	for i := range rows {
		fmt.Fprintf(&text, "create,Playlist %d,Description of playlist %d,true\n", i, i)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	record := func(n int, args ...string) time.Duration {
		cmd := exec.CommandContext(b.Context(), program, args...)
		cmd.Env = []string{
			"HOME=" + home, fmt.Sprintf("XDG_STATE_HOME=%s/state%d", home, n), "DBUS_SESSION_BUS_ADDRESS=",
			"VIZORA_URL=http://127.0.0.1:9", "VIZORA_TOKEN=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1Iiwib3JnYW5pemF0aW9uSWQiOiJvIn0.c2ln",
		}
		start := time.Now()
		out, _ := cmd.CombinedOutput()
		took := time.Since(start)
		if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != queued {
			b.Fatalf("%v: %s: %s", args, cmd.ProcessState, out)
		}
		return took
	}
	var together, apart time.Duration
	round := 0
	for b.Loop() {
		together += record(2*round, "bulk", "run", file, "--kind", "playlist", "--job", "bench", "--async", "-q")
		for i := range singles {
			apart += record(2*round+1, "playlist", "create", fmt.Sprint("Playlist ", i), "--description", fmt.Sprint("Description of playlist ", i), "--loop", "--async", "-q")
		}
		round++
	}
	each := float64(apart) / float64(singles*round)
	b.ReportMetric(each*rows*float64(round)/float64(together), "times-faster")
	b.ReportMetric(each/1e6, "ms/single")
	b.ReportMetric(float64(together)/float64(round)/1e6, "ms/10,000-by-bulk")
	b.ReportMetric(0, "ns/op")
}

var bulkRows = flag.Int("bulk-rows", 20_000, "rows of BenchmarkBulkMemory; the bar is for 100,000")

// BenchmarkBulkMemory changes that many playlists by one file, on a sandbox
// whose limits are out of the way, and reports the most memory that checking and
// recording took, and that delivering took. The bar is 60 MB.
func BenchmarkBulkMemory(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("memory is read from /proc")
	}
	program, home := builtProgram(b), b.TempDir()
	server := exec.CommandContext(b.Context(), program, "sandbox", "-o", "json", "--playlists", fmt.Sprint(*bulkRows), "--limit-scale", "1000")
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	var ready struct {
		URL    string
		Logins []struct{ Email, Password string }
	}
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		b.Fatal(err)
	}
	public, err := api.New(api.Options{BaseURL: ready.URL})
	if err != nil {
		b.Fatal(err)
	}
	login, err := public.Login(b.Context(), ready.Logins[0].Email, ready.Logins[0].Password)
	if err != nil {
		b.Fatal(err)
	}
	token := login.Session.Credentials.Access
	admin, err := api.New(api.Options{BaseURL: ready.URL, Tokens: api.StaticToken(token)})
	if err != nil {
		b.Fatal(err)
	}
	text := bytes.NewBufferString("id,description\n")
	if err := api.Playlists.EachRaw(b.Context(), admin, func(rows []*api.RawRow, _ int) {
		for _, r := range rows {
			fmt.Fprintf(text, "%s,a new description of %s\n", r.ID, r.ID)
		}
	}); err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(home, "rows.csv")
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	most := map[string]float64{}
	round := 0
	for b.Loop() {
		round++
		job := fmt.Sprint("round", round)
		for _, step := range []struct {
			name string
			exit int
			args []string
		}{
			{"record", 9, []string{"bulk", "run", file, "--kind", "playlist", "--job", job, "--async", "-q"}},
			{"deliver", 0, []string{"bulk", "resume", job, "--workers", "8", "-q"}},
		} {
			cmd := exec.CommandContext(b.Context(), program, step.args...)
			cmd.Env = []string{"HOME=" + home, fmt.Sprintf("XDG_STATE_HOME=%s/state%d", home, round), "DBUS_SESSION_BUS_ADDRESS=", "VIZORA_URL=" + ready.URL, "VIZORA_TOKEN=" + token}
			peak, exit := peakMemory(b, cmd)
			if exit != step.exit {
				b.Fatalf("%s: exit %d", step.name, exit)
			}
			most[step.name] = max(most[step.name], peak)
		}
	}
	b.ReportMetric(most["record"], "MB-to-record")
	b.ReportMetric(most["deliver"], "MB-to-deliver")
	b.ReportMetric(float64(*bulkRows), "rows")
	b.ReportMetric(0, "ns/op")
}

// peakMemory runs a command and returns the most memory that was resident, in
// MB, and its exit code. The kernel's record at its end would count ours too.
func peakMemory(b *testing.B, cmd *exec.Cmd) (peak float64, exit int) {
	b.Helper()
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case <-ended:
			return peak, cmd.ProcessState.ExitCode()
		case <-time.After(10 * time.Millisecond):
		}
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)) // gone: it has ended
		if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
			var kB float64
			if _, err := fmt.Sscan(rest, &kB); err == nil {
				peak = max(peak, kB/1024)
			}
		}
	}
}

// builtProgram is the program as a release is built.
func builtProgram(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "vizora")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return program
}
