package main

// This file is about one thing: ten runners that carry out one job together on a
// shared journal, under production limits with the windows shortened by a factor,
// while three of them are killed at moments of no choice. The short form asks only
// that nothing is lost and nothing done twice; -runners N is the whole proof with N
// operations, an hour in a minute: it tells the rate as well.

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis/redistest"
	"github.com/vizora/vizora-cli/api/sandbox"
)

var (
	runnersLong = flag.Int("runners", 0, "ten runners under production limits: so many operations, an hour in a minute")
	runnersVerb = flag.String("runners-verb", "create", "with -runners: create or update")
)

// calls are those of one route, as the server saw them.
type calls struct {
	mu      sync.Mutex
	route   string
	at      []time.Time
	refused int
	changed map[string]int // by path: changes that were carried out
}

func (c *calls) observe(x sandbox.Exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.Status == http.StatusTooManyRequests {
		c.refused++
	}
	if api.Route(x.Method, strings.TrimPrefix(x.Path, api.Prefix)) != c.route {
		return
	}
	c.at = append(c.at, time.Now())
	if x.Method == http.MethodPatch && x.Status == http.StatusOK {
		c.changed[x.Path]++
	}
}

func (c *calls) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.at)
}

// used is the part of the allowed rate that the calls made use of: the least time
// that so many can take, beside the time that they took.
func (c *calls) used(scale float64) (part float64, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.at, time.Time.Compare)
	took = c.at[len(c.at)-1].Sub(c.at[0])
	return ideal(len(c.at), scale).Seconds() / took.Seconds(), took
}

func TestTenRunnersOnOneAddress(t *testing.T) {
	n, scale, verb := 240, 1200.0, "update"
	if *runnersLong > 0 {
		n, scale, verb = *runnersLong, 60, *runnersVerb
	} else if testing.Short() {
		t.Skip("it waits for the leases of those that are killed")
	}
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	seen := &calls{route: "POST /playlists", changed: map[string]int{}}
	playlists := 0
	if verb == "update" {
		seen.route, playlists = "PATCH /playlists/:id", n
	}
	stage := limitedStage(t, playlists, scale, "", seen.observe)
	stage.env = append(stage.env, "VIZORA_JOURNAL_STORE="+server.URL("runners"), "VIZORA_REQUIRE_DURABLE=true")
	file := stage.rows(t, n)
	if verb == "update" {
		file = stage.csv(t, "all.csv", stage.playlists(t))
	}
	if exit, text := stage.killedAfter(t, 0, []string{"bulk", "run", file, "--kind", "playlist", "--verb", verb, "--job", "ten", "--async", "-q"}); exit != 9 {
		t.Fatalf("exit %d: %s", exit, text)
	}
	stage.tenRunners(t, func(i int) {
		moment := n*i/4 + rand.IntN(n/4)
		for deadline := time.Now().Add(5 * time.Minute); seen.count() < moment; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("the runners stand still at %d calls", seen.count())
				return
			}
		}
	})
	made, lost, twice := stage.made(t), 0, 0
	for i := range n {
		lost += countIf(made[fmt.Sprint("change ", i)] == 0)
		twice += countIf(made[fmt.Sprint("change ", i)] > 1)
	}
	for _, times := range seen.changed {
		twice += countIf(times > 1)
	}
	used, took := seen.used(scale)
	t.Logf("%d operations by %d calls in %s, %d refused; %d lost, %d twice; %.1f %% of the allowed rate", n, len(seen.at), took.Round(time.Second), seen.refused, lost, twice, 100*used)
	if lost+twice+seen.refused > 0 {
		t.Errorf("%d lost, %d twice, %d refused", lost, twice, seen.refused)
	}
	if *runnersLong > 0 {
		tell(t, "rate-percent", 100*used)
	}
	tell(t, "operations", n)
	tell(t, "lost", lost)
	tell(t, "twice", twice)
	tell(t, "refused", seen.refused)
}

// rows is a file of so many new playlists.
func (l *limited) rows(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("name\n")
	for i := range n {
		fmt.Fprintf(&b, "change %d\n", i)
	}
	path := filepath.Join(l.dir, "rows.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tenRunners lets ten processes carry out the job, and kills the first three, each
// when await returns for it.
func (l *limited) tenRunners(t *testing.T, await func(i int)) {
	t.Helper()
	const kills = 3
	var said [10]bytes.Buffer
	var runners [10]*exec.Cmd
	for i := range runners {
		r := child(t.Context(), l.env, l.dir, "bulk", "resume", "ten", "-q")
		r.Stdout, r.Stderr = &said[i], &said[i]
		if err := r.Start(); err != nil {
			t.Fatal(err)
		}
		runners[i] = r
	}
	for i := range kills {
		await(i)
		_ = runners[i].Process.Kill()
	}
	for i, r := range runners {
		if exit := exitOf(t, r.Wait()); i >= kills && exit != 0 {
			t.Errorf("runner %d: exit %d: %s", i, exit, &said[i])
		}
	}
}

// made counts what is at the server, by its name or its description.
func (l *limited) made(t *testing.T) map[string]int {
	t.Helper()
	all, err := api.Playlists.List(t.Context(), l.admin, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]int{}
	for i := range all {
		made[all[i].Name]++
		if all[i].Description != nil {
			made[*all[i].Description]++
		}
	}
	return made
}
