package main

// This file is about one thing: the harnesses that kill, once more with the journal
// on a Redis server: the real program is killed at random moments and at every
// system call, and so is the server itself, which keeps an append-only file that
// is synced always.

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis/redistest"
)

// sharedStage is a stage whose journal is on a server that loses nothing.
func sharedStage(t *testing.T) (*stage, *redistest.Server) {
	t.Helper()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	s := newStage(t)
	s.env["VIZORA_JOURNAL_STORE"], s.env["VIZORA_REQUIRE_DURABLE"] = server.URL("killed"), "true"
	return s, server
}

func TestKillAtRandomOnRedis(t *testing.T) {
	rounds := killRounds(t)
	t.Parallel()
	s, _ := sharedStage(t)
	killAtRandom(t, s, rounds)
}

func TestKillAtEverySystemCallOnRedis(t *testing.T) {
	needStrace(t)
	rounds := killRounds(t)
	t.Parallel()
	s, _ := sharedStage(t)
	killAtSystemCalls(t, s, rounds)
}

// TestKillRedis kills the server and starts it again, while commands record,
// deliver and drain.
func TestKillRedis(t *testing.T) {
	rounds := killRounds(t)
	t.Parallel()
	s, server := sharedStage(t)
	book := newLedger()
	for round := range rounds {
		var wg sync.WaitGroup
		for writer := range 3 {
			name := fmt.Sprintf("r%d-w%d", round, writer)
			args := []string{"playlist", "create", name, "-q"}
			if writer == 1 {
				args = append(args, "--async")
			}
			wg.Go(func() { book.note(name, killed(t, s, time.Minute, args...)) })
		}
		wg.Go(func() { killed(t, s, time.Minute, "sync", "-q") })
		time.Sleep(time.Duration(rand.IntN(200_000)) * time.Microsecond) // any moment of them
		server.Kill()
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		if err := server.Run(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
	}
	settle(t, s)
	lost, twice := check(t, s, book)
	tellProof(t, rounds, len(book.acked), lost, twice)
}
