// Package redistest runs a real Redis server for tests.
package redistest

// This file is about one thing: one server, started by the test that needs it and
// stopped by its process id.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// Require is the environment variable that turns a skip without redis-server
// into a failure.
const Require = "VIZORA_REQUIRE_REDIS"

// Server is a running redis-server.
type Server struct {
	Host string // with port
	PID  int

	dir     string
	options []string
	cmd     *exec.Cmd
	ended   chan struct{}
}

// Start runs a server with these options (such as "--appendonly", "yes") until
// the test ends. Where there is no redis-server the test is skipped, or fails if
// that is required.
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv(Require) == "1" {
			t.Fatalf("%s=1, and there is no redis-server: %v", Require, err)
		}
		t.Skip("there is no redis-server on this machine; CI installs one")
	}
	s := &Server{dir: t.TempDir(), options: options}
	for try := 0; ; try++ { // a port may be taken meanwhile
		s.Host = net.JoinHostPort(loopback(), strconv.Itoa(20000+rand.IntN(20000)))
		err := s.Run()
		if err == nil {
			break
		}
		if try == 9 {
			t.Fatal(err)
		}
	}
	t.Cleanup(s.Stop)
	return s
}

// loopback is an address that hardly anything else uses, where the system has
// more than one.
func loopback() string {
	own := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), rand.IntN(250), 1+rand.IntN(250))
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(own, "0"))
	if err != nil {
		return "127.0.0.1"
	}
	_ = l.Close()
	return own
}

// URL is the server's address with this path.
func (s *Server) URL(path string) string { return "redis://" + s.Host + "/" + path }

// Run starts the server again where it was, on what its files hold.
func (s *Server) Run() error {
	host, port, err := net.SplitHostPort(s.Host)
	if err != nil {
		return err
	}
	args := append([]string{"--bind", host, "--port", port, "--dir", s.dir, "--save", "", "--daemonize", "no", "--logfile", "redis.log"}, s.options...)
	s.cmd = exec.CommandContext(context.Background(), "redis-server", args...)
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.PID, s.ended = s.cmd.Process.Pid, make(chan struct{})
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(s.cmd, s.ended)
	return s.await()
}

func (s *Server) await() error {
	for deadline := time.Now().Add(30 * time.Second); ; {
		if conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", s.Host); err == nil {
			_, _ = conn.Write([]byte("PING\r\n"))
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			answer := make([]byte, 5)
			n, _ := conn.Read(answer)
			_ = conn.Close()
			if text := string(answer[:n]); text == "+PONG" || text == "-NOAU" {
				return nil
			}
		}
		select {
		case <-s.ended:
			log, _ := os.ReadFile(s.dir + "/redis.log")
			return fmt.Errorf("redis-server ended: %s", log)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.Kill()
			return fmt.Errorf("redis-server does not answer on %s", s.Host)
		}
	}
}

// Kill ends the server as a crash does.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// Stop ends the server.
func (s *Server) Stop() { s.Kill() }
