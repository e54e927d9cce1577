package api_test

// How much of the time of a long list is ours (its goal: under 5 %). The server
// is the sandbox in a process of its own, so that it does not share our garbage
// collector; on few cores it still shares the processor.

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
)

const benchRows = 10_000

// TestServeForBenchmark is the server's process, and otherwise nothing.
func TestServeForBenchmark(t *testing.T) {
	if os.Getenv("VIZORA_BENCH_SERVER") == "" {
		return
	}
	// A hundred pages in a tenth of a second is what the server grants a route in
	// development; to wait for it is no share of ours.
	s, err := sandbox.Start(t.Context(), sandbox.Options{Displays: benchRows, Seed: 1, LimitScale: 1000})
	if err != nil {
		t.Fatal(err)
	}
	login := s.Login()
	fmt.Printf("server %s %s %s\n", s.URL(), login.Email, login.Password)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the benchmark ends
	_ = s.Close()
}

func startServer(b *testing.B) (url, email, password string) {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestServeForBenchmark$", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), "VIZORA_BENCH_SERVER=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = stdin.Close(); _ = cmd.Wait() })
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "server "); ok {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			if _, err := fmt.Sscan(rest, &url, &email, &password); err == nil {
				return url, email, password
			}
		}
	}
	b.Fatal("the server did not start")
	return "", "", ""
}

// BenchmarkList reads 10,000 displays and reports the share of the time during
// which no request was on its way.
func BenchmarkList(b *testing.B) {
	url, email, password := startServer(b)
	ctx := context.Background()
	signIn, err := api.New(api.Options{BaseURL: url})
	if err != nil {
		b.Fatal(err)
	}
	login, err := signIn.Login(ctx, email, password)
	if err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var busy [][2]time.Time // from when to when a request was on its way
	c, err := api.New(api.Options{BaseURL: url, Tokens: api.StaticToken(login.Session.Credentials.Access), OnResult: func(e api.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		busy = append(busy, [2]time.Time{time.Now().Add(-e.Duration), time.Now()})
	}})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	start := time.Now()
	for b.Loop() {
		rows, err := api.Displays.List(ctx, c, nil, 0)
		if err != nil || len(rows) != benchRows {
			b.Fatalf("%v, %d rows", err, len(rows))
		}
	}
	total := time.Since(start)
	b.ReportMetric(100*float64(total-union(busy))/float64(total), "%ours")
}

// union is how long at least one of the spans lasted.
func union(spans [][2]time.Time) time.Duration {
	slices.SortFunc(spans, func(a, b [2]time.Time) int { return a[0].Compare(b[0]) })
	var sum time.Duration
	var until time.Time
	for _, s := range spans {
		if s[0].Before(until) {
			s[0] = until
		}
		if s[1].After(s[0]) {
			sum, until = sum+s[1].Sub(s[0]), s[1]
		}
	}
	return sum
}
