//go:build !windows

package auth_test

// This file tests the questions on a real pseudo-terminal.

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// TestMain lets the test binary be the program on a terminal of its own.
func TestMain(m *testing.M) {
	if os.Getenv("VIZORA_TEST_CLI") != "1" {
		os.Exit(m.Run())
	}
	f := cmdutil.New(output.System(os.Getenv), cmdutil.Build{Version: "test"}, os.LookupEnv)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	code := execute(ctx, f, os.Args[1:])
	stop()
	cancel()
	os.Exit(code)
}

// terminal is a program on a pseudo-terminal, and what its screen has shown.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	file *os.File

	mu     sync.Mutex
	screen strings.Builder
	grew   chan struct{}
	closed chan struct{}
}

func startTerminal(t *testing.T, m *machine, args ...string) *terminal {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "VIZORA_") })
	cmd.Env = append(cmd.Env, "VIZORA_TEST_CLI=1", "TERM=xterm", "NO_COLOR=1", "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=", "VIZORA_TOKEN_STORE=file")
	for k, v := range m.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, cmd: cmd, file: file, grew: make(chan struct{}, 1), closed: make(chan struct{})}
	go term.read()
	t.Cleanup(func() { _ = file.Close() })
	return term
}

func (term *terminal) read() {
	defer close(term.closed)
	buf := make([]byte, 4096)
	for {
		n, err := term.file.Read(buf)
		term.mu.Lock()
		term.screen.Write(buf[:n])
		term.mu.Unlock()
		select {
		case term.grew <- struct{}{}:
		default:
		}
		if err != nil {
			return // EIO: the program has ended
		}
	}
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.screen.String()
}

// waitFor waits until the screen shows text.
func (term *terminal) waitFor(text string) {
	term.t.Helper()
	limit := time.After(20 * time.Second)
	for !strings.Contains(term.text(), text) {
		select {
		case <-term.grew:
		case <-term.closed:
			if !strings.Contains(term.text(), text) {
				term.t.Fatalf("the program ended without %q:\n%s", text, term.text())
			}
		case <-limit:
			term.t.Fatalf("%q does not appear:\n%s", text, term.text())
		}
	}
}

// answer waits for a question and types a line.
func (term *terminal) answer(question, line string) {
	term.t.Helper()
	term.waitFor(question)
	if _, err := term.file.WriteString(line); err != nil {
		term.t.Fatal(err)
	}
}

func (term *terminal) exitCode() int {
	term.t.Helper()
	<-term.closed
	err := term.cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		term.t.Fatal(err)
	}
	return 0
}

func TestLoginAtATerminal(t *testing.T) {
	s := startSandbox(t, sandbox.Options{Seed: 20})
	m, l := newMachine(t), mfaLogin(t, s)
	term := startTerminal(t, m, "auth", "login")
	term.answer("Address of the server: ", s.URL()+"\n")
	term.answer("E-mail: ", l.Email+"\n")
	term.answer("Password of "+l.Email+" at "+s.URL()+": ", l.Password+"\n")
	term.answer("backup code: ", "000000\n")
	term.waitFor("4 of 5 tries left")
	term.answer("backup code: ", totp(t, l.TOTPSecret, time.Now())+"\n")
	term.waitFor("signed in to " + s.URL())
	if code := term.exitCode(); code != 0 {
		t.Errorf("exit %d:\n%s", code, term.text())
	}
	if strings.Contains(term.text(), l.Password) {
		t.Error("the password is on the screen")
	}
	again := startTerminal(t, m, "auth", "status")
	again.waitFor(l.Email)
	if code := again.exitCode(); code != 0 {
		t.Errorf("exit %d:\n%s", code, again.text())
	}
}

// Nothing is sent without a password, and Ctrl-C ends the question.
func TestNoPasswordAtATerminal(t *testing.T) {
	for _, tt := range []struct {
		typed string
		code  int
		says  string
	}{
		{"\n", cmdutil.ExitError, "no password was given"},
		{"\x03", cmdutil.ExitInterrupted, "interrupted"},
	} {
		term := startTerminal(t, newMachine(t), "auth", "login", "--url", "http://127.0.0.1:9", "--email", "a@example.com")
		term.answer("Password", tt.typed)
		if code := term.exitCode(); code != tt.code || !strings.Contains(term.text(), tt.says) {
			t.Errorf("exit %d, want %d and %q:\n%s", code, tt.code, tt.says, term.text())
		}
	}
}
