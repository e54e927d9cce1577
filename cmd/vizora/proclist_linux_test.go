package main

// This file is about one thing: what other processes can learn of our secrets:
// from the process list, and from the image of one that was killed.

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// census remembers the arguments and environments of every process that belongs
// to a stage: its home directory is in the environment of all.
type census struct {
	mu   sync.Mutex
	seen map[string]string // the arguments, then the environment
}

// watchProcesses looks at the process list over and over until the test ends.
func (s *stage) watchProcesses() *census {
	c := &census{seen: map[string]string{}}
	ctx, stop := context.WithCancel(s.t.Context())
	var looking sync.WaitGroup
	looking.Go(func() {
		for ctx.Err() == nil {
			folders, _ := filepath.Glob("/proc/[0-9]*")
			for _, folder := range folders {
				env, err := os.ReadFile(folder + "/environ")
				if err == nil && bytes.Contains(env, []byte("HOME="+s.dir)) {
					args, _ := os.ReadFile(folder + "/cmdline")
					c.mu.Lock()
					c.seen[string(bytes.ReplaceAll(args, []byte{0}, []byte{' '}))] = string(env)
					c.mu.Unlock()
				}
			}
			time.Sleep(2 * time.Millisecond)
		}
	})
	s.t.Cleanup(func() { stop(); looking.Wait() })
	return c
}

// saw waits until a process was seen whose arguments hold a text.
func (c *census) saw(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		for args := range c.seen {
			if strings.Contains(args, text) {
				c.mu.Unlock()
				return
			}
		}
		c.mu.Unlock()
	}
	t.Fatalf("no process with %q was seen", text)
}

// TestProcessList: no secret is an argument or in the environment of any process
// that vizora starts, the reader of names and a handler of events among them.
func TestProcessList(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("the environment of a process that is not to be dumped can be read by root alone")
	}
	s, _ := newScene(t, "watch")
	list := s.watchProcesses()
	for _, name := range []string{"VIZORA_PASSWORD", "VIZORA_MFA_CODE", "PASSWORD"} { // what the person's own environment holds is theirs
		delete(s.env, name)
	}
	s.order("faults", "latency 500ms") // so that none is gone before it was seen
	s.must(`webhook create Bridge --url https://example.com/hook --secret-file secret.txt --events content.created`)
	s.must(`display list`)
	offered(t, s, "playlist", "get", "Lob") // starts the reader of names
	s.must(`auth refresh`)
	s.learnTokens(t)
	s.order("faults", "")

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	watch := child(ctx, s.environ(), s.dir, "watch", "--exec", "cat > /dev/null; while [ ! -e done ]; do sleep 0.05; done")
	watch.Cancel = func() error { return watch.Process.Signal(os.Interrupt) }
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	list.saw(t, "while [ ! -e done ]")
	s.file("done", "")
	stop()
	_ = watch.Wait()

	list.saw(t, "webhook create")
	list.saw(t, "playlist list -o name")
	list.mu.Lock()
	defer list.mu.Unlock()
	for args, env := range list.seen {
		s.noSecret(t, "the process list", args)
		s.noSecret(t, "the environment of "+args, env)
	}
	if len(s.secrets) < 8 {
		t.Errorf("only %d secrets were looked for", len(s.secrets))
	}
}

// TestNoCore: a process that crashes while it holds a session leaves no image.
func TestNoCore(t *testing.T) {
	noCore()
	if dumpable, _ := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); dumpable != 0 {
		t.Error("the process may be dumped")
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}

	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil || strings.ContainsAny(string(pattern), "|/") {
		t.Skipf("images go to %q here, where this test cannot look", pattern)
	}
	s := newStage(t)
	s.env["GOTRACEBACK"] = "crash"
	crash := func(dir string, args ...string) []string {
		t.Helper()
		if err := os.Mkdir(filepath.Join(s.dir, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", `ulimit -c unlimited 2>/dev/null; exec "$@"`, "sh"}, args...)...)
		cmd.Env = append(s.environ(), "VIZORA_TEST_MAIN=1", "PATH="+os.Getenv("PATH"))
		cmd.Dir = filepath.Join(s.dir, dir)
		said, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		told := make([]byte, 1)
		_, _ = said.Read(told) // it is at work
		_ = cmd.Process.Signal(syscall.SIGABRT)
		go func() { _, _ = bytes.NewBuffer(nil).ReadFrom(said) }()
		_ = cmd.Wait()
		left, err := filepath.Glob(filepath.Join(cmd.Dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return left
	}
	if left := crash("control", "/bin/sh", "-c", "echo ready >&2; while :; do sleep 1; done"); len(left) == 0 {
		t.Skip("no process leaves an image here")
	}
	if left := crash("ours", os.Args[0], "watch", "-o", "jsonl"); len(left) > 0 {
		t.Errorf("a crash left %v", left)
	}
}
