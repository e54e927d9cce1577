package main

// This file is about one thing: killing the real program at random moments and
// at every system call, and counting what is left. VIZORA_KILL_ROUNDS says how
// often; .ci/run sets it. After every round: what was acknowledged (exit 0 or 9) is on the server
// or in the journal, and nothing is on the server twice.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

func killRounds(t *testing.T) int {
	t.Helper()
	rounds := os.Getenv("VIZORA_KILL_ROUNDS")
	if rounds == "" {
		t.Skip("takes minutes, because a lost create is looked for until the server cannot still be working on it; .ci/run sets VIZORA_KILL_ROUNDS")
	}
	return atoi(t, rounds)
}

// ledger is what the test knows of its creates.
type ledger struct {
	mu    sync.Mutex
	acked map[string]int // exit code by name
	tried map[string]bool
}

func (l *ledger) note(name string, code int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried[name] = true
	if code == 0 || code == 9 {
		l.acked[name] = code
	}
}

func newLedger() *ledger { return &ledger{acked: map[string]int{}, tried: map[string]bool{}} }

// TestKillAtRandom kills creates, async creates and syncs at random moments.
func TestKillAtRandom(t *testing.T) {
	rounds := killRounds(t)
	t.Parallel()
	killAtRandom(t, newStage(t), rounds)
}

func killAtRandom(t *testing.T, s *stage, rounds int) {
	t.Helper()
	book := newLedger()
	begun := time.Now() // how long a command takes is the machine's affair
	book.note("not killed", killed(t, s, time.Minute, "playlist", "create", "not killed", "-q"))
	span := max(150*time.Millisecond, 8*time.Since(begun)) // four of them run at once, and each first looks after what the killed have left
	var wg sync.WaitGroup
	for round := range rounds {
		for writer := range 3 {
			name := fmt.Sprintf("r%d-w%d", round, writer)
			args := []string{"playlist", "create", name, "-q"}
			if writer == 1 {
				args = append(args, "--async")
			}
			wg.Go(func() { book.note(name, killed(t, s, rand.N(span), args...)) })
		}
		wg.Go(func() { killed(t, s, rand.N(span), "sync", "-q") })
		wg.Wait()
	}
	settle(t, s)
	lost, twice := check(t, s, book)
	tellProof(t, rounds, len(book.acked), lost, twice)
}

// killed runs a command, kills it after a while, and returns its exit code; -1
// for one that was killed.
func killed(t *testing.T, s *stage, after time.Duration, args ...string) int {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := child(ctx, s.environ(), s.dir, args...)
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return -1
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

// settle delivers what is left. A create that was cut off is looked for until
// the server cannot still be working on it, which takes half a minute.
func settle(t *testing.T, s *stage) {
	t.Helper()
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		out, _ := child(ctx, s.environ(), s.dir, "sync", "--workers", "64", "-o", "json").Output()
		cancel()
		left := run(t, s.environ(), s.dir, "", "journal", "list", "--state", "pending", "-o", "jq=length")
		if strings.TrimSpace(left.stdout) == "0" {
			return
		}
		t.Logf("still pending %s: %s", strings.TrimSpace(left.stdout), out)
	}
	t.Error("the journal does not empty")
}

// check compares the server's playlists with the ledger: what was acknowledged
// and is lost, what is there twice.
func check(t *testing.T, s *stage, book *ledger) (lost, twice int) {
	t.Helper()
	count := map[string]int{}
	names, err := api.List(t.Context(), s.admin, "/playlists", nil, func(r *api.Row) string { return r.ID }, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		count[names[i].Name()]++
	}
	for name, code := range book.acked {
		if count[name] == 0 {
			lost++
			t.Errorf("%s was acknowledged (exit %d) and is nowhere", name, code)
		}
	}
	for name := range book.tried {
		if count[name] > 1 {
			twice++
			t.Errorf("%s is there %d times", name, count[name])
		}
	}
	t.Logf("%d tried, %d acknowledged, %d lost, %d twice", len(book.tried), len(book.acked), lost, twice)
	if len(book.acked) == 0 {
		t.Error("nothing was acknowledged: the test killed too early to prove anything")
	}
	return lost, twice
}

// tell gives a number to .ci/bench.
func tell(t *testing.T, name string, value any) { t.Attr(name, fmt.Sprint(value)) }

// tellProof gives it what a number of rounds has shown.
func tellProof(t *testing.T, rounds, acknowledged, lost, twice int) {
	tell(t, "rounds", rounds)
	tell(t, "acknowledged", acknowledged)
	tell(t, "lost", lost)
	tell(t, "twice", twice)
}

// TestKillAtEverySystemCall kills an async create, an online create and a sync
// at their Nth write, sync, open, rename, lock and connect, for N = 1, 2, 3 and
// so on until the command survives, and begins anew until it has killed often
// enough: with a journal that is not there yet, with one that is, in turn.
func TestKillAtEverySystemCall(t *testing.T) {
	needStrace(t)
	rounds := killRounds(t)
	t.Parallel()
	killAtSystemCalls(t, newStage(t), rounds)
}

func killAtSystemCalls(t *testing.T, s *stage, rounds int) {
	t.Helper()
	step := max(1, 24/rounds) // a short run takes every step-th call
	book := newLedger()
	states, kills := []string{s.env["XDG_STATE_HOME"]}, 0
	for sweep := 0; kills < rounds; sweep++ {
		if sweep%2 == 1 {
			states = append(states, fmt.Sprintf("%s/state-%d", s.dir, sweep))
			s.env["XDG_STATE_HOME"] = states[len(states)-1]
		}
		for _, args := range [][]string{{"playlist", "create", "NAME", "-q", "--async"}, {"playlist", "create", "NAME", "-q"}, {"sync", "-q"}} {
			for _, call := range tracedCalls {
				kills += killAtEach(t, s, book, call, step, fmt.Sprintf("%d-%s-%d", sweep, call, len(args)), args)
			}
		}
	}
	for _, state := range states {
		s.env["XDG_STATE_HOME"] = state
		settle(t, s)
	}
	t.Logf("killed %d times", kills)
	lost, twice := check(t, s, book)
	tellProof(t, kills, len(book.acked), lost, twice)
}

// killAtEach kills a command at each step-th call of a kind until it survives,
// and returns how often it was killed.
func killAtEach(t *testing.T, s *stage, book *ledger, call string, step int, prefix string, args []string) (kills int) {
	t.Helper()
	for n := 1; n < 500; n += step {
		name := fmt.Sprint(prefix, "-", n)
		with := slices.Clone(args)
		if at := slices.Index(with, "NAME"); at >= 0 {
			with[at] = name
		}
		code := traced(t, s, call, n, with...)
		if len(args) > 2 {
			book.note(name, code)
		}
		if code != killedBySignal {
			break // it makes fewer such calls
		}
		kills++
	}
	return kills
}

// tracedCalls are those by which anything leaves the process or reaches a disk.
var tracedCalls = []string{"write", "pwrite64", "fsync", "fdatasync", "openat", "renameat", "ftruncate", "flock", "connect", "unlinkat", "mkdirat", "close"}

// killedBySignal is the exit code of strace when its child was killed.
const killedBySignal = -1

// traced runs a command that is killed at its nth call of one kind (in any of
// its threads) and returns its exit code.
func traced(t *testing.T, s *stage, call string, n int, args ...string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)
	cmd := exec.CommandContext(ctx, "strace", append([]string{"-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", inject, os.Args[0]}, args...)...)
	cmd.Env, cmd.Dir = append([]string{"VIZORA_TEST_MAIN=1", "PATH=" + os.Getenv("PATH")}, s.environ()...), s.dir
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode()
}
