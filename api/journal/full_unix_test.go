//go:build linux || darwin

package journal

// This file is about one thing: a disk that fills up, played by the limit on a
// file's size.

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/vizora/vizora-cli/api"
)

// fullDiskChild marks the process that lives with the limit: it holds for every
// file of a process, go test's own log among them.
const fullDiskChild = "VIZORA_FULL_DISK_CHILD"

func TestFullDiskIsReportedAndLosesNothing(t *testing.T) {
	aboutTheFile(t)
	if os.Getenv(fullDiskChild) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDiskIsReportedAndLosesNothing$", "-test.v")
		cmd.Env = append(os.Environ(), fullDiskChild+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestFullDisk") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	j := openTest(t, nil, dir)
	submitAsync(t, j, "first")
	info, err := os.Stat(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // the write fails instead
	defer signal.Reset(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	limited := was
	limited.Cur = uint64(info.Size())
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	kept := 1
	for range 1000 {
		_, err = j.Submit(context.Background(), create(strings.Repeat("full", 500)), SubmitOptions{Async: true})
		if !api.IsKind(err, api.KindQueued) {
			break
		}
		kept++
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	wantKind(t, err, api.KindLocal)
	if n := len(mustList(t, j)); n != kept {
		t.Fatalf("%d operations, %d acknowledged", n, kept)
	}
	submitAsync(t, j, "room again")
}
