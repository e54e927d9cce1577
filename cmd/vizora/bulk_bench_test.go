package main

// This file is about one thing: what it takes to record ten thousand changes as
// one job, beside as many commands of one change each.

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkBulkEnqueue records 10,000 creations durably by one 'bulk run
// --async' of the built program, and in the same run 200 by a command each,
// whose time is scaled. The bar is that the job is 20 times faster.
func BenchmarkBulkEnqueue(b *testing.B) {
	const rows, singles, queued = 10_000, 200, 9 // 9: accepted, not yet applied
	program := filepath.Join(b.TempDir(), "vizora")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
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
