// Package nodetest runs the official Socket.IO server and clients in a Node
// process, as peers for tests.
package nodetest

// This file is about one thing: one Node process, which runs code that a test
// gives it.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// Require is the environment variable that turns a skip without Node into a
// failure.
const Require = "VIZORA_REQUIRE_NODE"

// need ends the test as skipped, or as failed where Node is required.
func need(t testing.TB, why string) {
	t.Helper()
	if os.Getenv(Require) == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Modules installs the peers of a folder once, by its lock file. Tests of several
// processes may ask for it at once.
func Modules(ctx context.Context, t testing.TB, dir string) {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			need(t, tool+" is not installed")
		}
	}
	one := flock.New(filepath.Join(dir, ".lock"))
	if _, err := one.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Unlock() }()
	done := filepath.Join(dir, "node_modules", "@socket.io", "redis-adapter", "package.json")
	if _, err := os.Stat(done); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		need(t, "npm ci: "+err.Error()+"\n"+string(out))
	}
}

// Peer is the official server in a cluster, with official clients.
type Peer struct {
	URL string // of its server

	t     testing.TB
	stdin io.Writer
	said  *bufio.Scanner
	asked int
}

// Start runs cluster.mjs of the folder until the test ends.
func Start(t testing.TB, dir, redisURL, prefix string) *Peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	Modules(ctx, t, dir)
	cmd := exec.CommandContext(ctx, "node", "cluster.mjs", redisURL, prefix)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	p := &Peer{t: t, stdin: stdin, said: bufio.NewScanner(stdout)}
	p.said.Buffer(nil, 16<<20)
	var ready struct{ Port int }
	p.read(&ready)
	p.URL = fmt.Sprintf("http://127.0.0.1:%d", ready.Port)
	return p
}

func (p *Peer) read(into any) {
	p.t.Helper()
	if !p.said.Scan() {
		p.t.Fatal("the Node peer has ended")
	}
	if err := json.Unmarshal(p.said.Bytes(), into); err != nil {
		p.t.Fatalf("%s: %v", p.said.Bytes(), err)
	}
}

// Run runs code in the peer and returns its value as JSON.
func (p *Peer) Run(js string) string {
	p.t.Helper()
	p.asked++
	line, err := json.Marshal(map[string]any{"id": p.asked, "js": js})
	if err == nil {
		_, err = p.stdin.Write(append(line, '\n'))
	}
	if err != nil {
		p.t.Fatal(err)
	}
	var answer struct {
		Value json.RawMessage
		Error string
	}
	p.read(&answer)
	if answer.Error != "" {
		p.t.Fatalf("%s\n%s", js, answer.Error)
	}
	return string(answer.Value)
}

// Expect checks the value of code.
func (p *Peer) Expect(js, want string) {
	p.t.Helper()
	if got := p.Run(js); got != want {
		p.t.Errorf("%s\ngot  %s\nwant %s", js, got, want)
	}
}
