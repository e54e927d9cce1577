package realtime

// Benchmarks of the whole program, "vizora watch -o jsonl", on the feeder that
// the official client in Node reads in bench_test.go: events a second, the most
// memory it ever had, and how long an event is on its way from the wire to a
// line on stdout.
//
//	go test -run '^$' -bench 'Watch|ReceiveNode' -benchtime 2000000x ./api/realtime

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// built is the folder of the built program; "" while there is none.
var built string

// buildVizora builds the program as it is released, once. .ci/bench has built it
// already and names it in VIZORA_BENCH_BINARY.
var buildVizora = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("VIZORA_BENCH_BINARY"); bin != "" {
		return bin, nil
	}
	var err error
	if built, err = os.MkdirTemp("", "vizora-bench-"); err != nil {
		return "", err
	}
	bin := filepath.Join(built, "vizora")
	if out, err := exec.Command("../../.ci/build", bin).CombinedOutput(); err != nil {
		return "", fmt.Errorf(".ci/build: %w\n%s", err, out)
	}
	return bin, nil
})

// startProgram starts "vizora watch" on a server that has no REST.
func startProgram(b *testing.B, url string, args ...string) (*exec.Cmd, io.Reader) {
	b.Helper()
	bin, err := buildVizora()
	if err != nil {
		b.Fatal(err)
	}
	home := b.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	b.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, bin, append([]string{"watch", "-o", "jsonl", "--poll", "off"}, args...)...)
	cmd.Env = []string{"HOME=" + home, "VIZORA_URL=" + url, "VIZORA_REALTIME_URL=" + url, "VIZORA_TOKEN=jwt", "NO_PROXY=*"}
	var said bytes.Buffer // read once the program has ended
	cmd.Stderr = &said
	b.Cleanup(func() {
		if b.Failed() {
			b.Logf("vizora watch said:\n%s", said.String())
		}
	})
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return cmd, out
}

// peakMemory reads the most memory a process ever had, in bytes; 0 where that
// cannot be read.
func peakMemory(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kB, _ := strconv.ParseFloat(fields[0], 64)
	return kB * 1024
}

// BenchmarkWatch leaves the start of the program out, as the client in Node does.
// Its memory is flat when the most it had after a tenth of the events is the
// most it ever had.
func BenchmarkWatch(b *testing.B) {
	server := feeder(b)
	cmd, out := startProgram(b, server.URL, "device:status-update", "--count", strconv.Itoa(b.N))
	lines := bufio.NewReaderSize(out, 1<<20)
	first, err := lines.ReadString('\n')
	if err != nil {
		b.Fatal(first, err)
	}
	b.ResetTimer()
	var early, peak float64
	step := max(b.N/10, 1)
	count, next := 1, step
	buffer := make([]byte, 1<<20)
	for {
		n, err := lines.Read(buffer)
		count += bytes.Count(buffer[:n], []byte("\n"))
		if count >= next && count < b.N {
			peak = max(peak, peakMemory(cmd.Process.Pid))
			if early == 0 {
				early = peak
			}
			next = count + step
		}
		if err != nil {
			break
		}
	}
	b.StopTimer()
	if err := cmd.Wait(); err != nil || count != b.N {
		b.Fatalf("%v after %d of %d lines", err, count, b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(early/(1<<20), "early-MiB")
	b.ReportMetric(peak/(1<<20), "peak-MiB")
}

// BenchmarkWatchLatency sends one event every two milliseconds, a thousand
// however long the others run, and measures to the line.
func BenchmarkWatchLatency(b *testing.B) {
	const events = 1000
	sent := make([]time.Time, events)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, DefaultPath) {
			http.NotFound(w, r)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		write := func(text string) {
			if err == nil {
				err = conn.Write(r.Context(), websocket.MessageText, []byte(text))
			}
		}
		write(openFrame)
		_, _, _ = conn.Read(r.Context())
		write(acceptFrame)
		gone := conn.CloseRead(r.Context())
		time.Sleep(2 * time.Second) // until live, and past the first look at the lists
		for i := 0; i < events && err == nil; i++ {
			sent[i] = time.Now()
			write(`42["x",{"n":` + strconv.Itoa(i) + `}]`)
			time.Sleep(2 * time.Millisecond)
		}
		<-gone.Done()
	}))
	b.Cleanup(server.Close)
	cmd, out := startProgram(b, server.URL, "--count", strconv.Itoa(events))
	took := make([]time.Duration, 0, events)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		_, rest, ok := strings.Cut(lines.Text(), `{"n":`)
		digits, _, _ := strings.Cut(rest, "}")
		if i, err := strconv.Atoi(digits); ok && err == nil {
			took = append(took, time.Since(sent[i]))
		}
	}
	if err := cmd.Wait(); err != nil || len(took) != events {
		b.Fatalf("%v after %d of %d lines", err, len(took), events)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
