package main

// This file is about one thing: a bulk run under production limits, with the
// windows shortened by a factor and everything else real: answers are dropped,
// requests refused, the program is killed and resumed, two run at once. The
// short form runs always; -bulk-long is the whole proof of 5,000 changes.

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

var bulkLong = flag.Bool("bulk-long", false, "bulk under production limits: 5,000 changes, an hour in a minute, ten kills")

// server counts what reaches a sandbox that keeps production limits.
type server struct {
	mu       sync.Mutex
	first    time.Time
	last     time.Time
	patches  int            // calls of the route that counts
	executed map[string]int // by path: changes that were carried out
	refused  int            // 429
	routes   map[string]int // calls by route
}

func newCounter() *server { return &server{executed: map[string]int{}, routes: map[string]int{}} }

func (s *server) observe(x sandbox.Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.Status == 429 {
		s.refused++
	}
	s.routes[api.Route(x.Method, strings.TrimPrefix(x.Path, api.Prefix))]++
	if x.Method != http.MethodPatch {
		return
	}
	if s.patches++; s.first.IsZero() {
		s.first = time.Now()
	}
	s.last = time.Now()
	if x.Status == 200 || x.Fault == "drop-answer" {
		s.executed[x.Path]++
	}
}

// ideal is the least time that n calls of a production route take.
func ideal(n int, scale float64) time.Duration {
	window := func(d time.Duration) time.Duration { return time.Duration(float64(d) / scale) }
	limits := []struct {
		n int
		d time.Duration
	}{{10, window(time.Second)}, {100, window(time.Minute)}, {1000, window(time.Hour)}}
	at := make([]time.Duration, n)
	for i := range at {
		if i > 0 {
			at[i] = at[i-1]
		}
		for _, l := range limits {
			if i >= l.n {
				at[i] = max(at[i], at[i-l.n]+l.d)
			}
		}
	}
	return at[n-1]
}

func TestBulkUnderProductionLimits(t *testing.T) {
	n, scale, kills, least := 1050, 120.0, 3, 0.4 // other tests beside it slow the calls down; the long form asks for all
	if *bulkLong {
		n, scale, kills, least = 5000, 60.0, 10, 0.97
	} else if testing.Short() {
		t.Skip("takes half a minute")
	}
	s, faults := newCounter(), "PATCH /playlists/:id: drop-answer 5%; PATCH /playlists/:id: 503 2%"
	stage := limitedStage(t, n, scale, faults, s.observe)
	ids := stage.playlists(t)
	file := stage.csv(t, "all.csv", ids)
	start := time.Now()
	killed := 0
	begin := []string{"bulk", "run", file, "--kind", "playlist", "--job", "proof", "--workers", "8", "-q"}
	args := begin
	for {
		lifetime := time.Duration(0)
		if killed < kills {
			lifetime = ideal(n, scale) / time.Duration(kills+1)
		}
		exit, text := stage.killedAfter(t, lifetime, args)
		if exit == 0 {
			break
		}
		if exit == cmdutil.ExitNotFound { // a slow machine: killed before the job was recorded
			args = begin
			continue
		}
		if killed++; exit != -1 || killed > kills {
			t.Fatalf("exit %d: %s", exit, text)
		}
		args = []string{"bulk", "resume", "proof", "--workers", "8", "-q"}
	}
	took := time.Since(start)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		if got := s.executed["/playlists/"+id] + s.executed["/api/v1/playlists/"+id]; got != 1 {
			t.Errorf("playlist %s was changed %d times", id, got)
		}
	}
	used := ideal(s.patches, scale).Seconds() / s.last.Sub(s.first).Seconds()
	t.Logf("%d changes by %d calls in %s (%s of them calling), %d times killed, %d refused; %.1f %% of the allowed rate", n, s.patches, took.Round(time.Second), s.last.Sub(s.first).Round(time.Second), killed, s.refused, 100*used)
	for _, route := range slices.Sorted(maps.Keys(s.routes)) { // each has the same limits
		t.Logf("%s: %d calls", route, s.routes[route])
	}
	if s.refused > 0 {
		t.Errorf("%d calls were refused by a limit", s.refused)
	}
	if used < least {
		t.Errorf("%.1f %% of the allowed rate, want %.0f %%", 100*used, 100*least)
	}
	tell(t, "rate-percent", 100*used)
	tell(t, "refused", s.refused)
	tell(t, "changes", n)
	tell(t, "hour-seconds", 3600/scale)
}

// TestBulkTwoProcesses lets two jobs of one profile run at once.
func TestBulkTwoProcesses(t *testing.T) {
	s := newCounter()
	stage := limitedStage(t, 300, 120, "", s.observe)
	ids := stage.playlists(t)
	var both sync.WaitGroup
	for i, part := range [][]string{ids[:150], ids[150:]} {
		file := stage.csv(t, fmt.Sprintf("part%d.csv", i), part)
		both.Go(func() {
			if exit, text := stage.killedAfter(t, 0, []string{"bulk", "run", file, "--kind", "playlist", "--job", fmt.Sprintf("part%d", i), "-q"}); exit != 0 {
				t.Errorf("exit %d: %s", exit, text)
			}
		})
	}
	both.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused > 0 || len(s.executed) != 300 {
		t.Errorf("%d refused, %d of 300 changed", s.refused, len(s.executed))
	}
}

// TestBulkStopsAndGoesOn ends a run by --max-wait and by Ctrl-C; what is left is
// done by the next one, and nothing twice.
func TestBulkStopsAndGoesOn(t *testing.T) {
	s := newCounter()
	stage := limitedStage(t, 230, 10, "", s.observe)
	file := stage.csv(t, "all.csv", stage.playlists(t))
	exit, text := stage.killedAfter(t, 0, []string{"bulk", "run", file, "--kind", "playlist", "--job", "stops", "--max-wait", "500ms"})
	if exit != 7 || !strings.Contains(text, "next: vizora bulk resume stops") {
		t.Fatalf("exit %d: %s", exit, text)
	}
	cmd := child(t.Context(), stage.env, stage.dir, "bulk", "resume", "stops")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if exit := exitOf(t, cmd.Wait()); exit != 130 || !strings.Contains(said.String(), "go on with: vizora bulk resume stops") {
		t.Fatalf("exit %d: %s", exit, said.String())
	}
	if exit, text := stage.killedAfter(t, 0, []string{"bulk", "resume", "stops", "-q"}); exit != 0 {
		t.Fatalf("exit %d: %s", exit, text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, n := range s.executed {
		if n != 1 {
			t.Errorf("%s was changed %d times", path, n)
		}
	}
	if s.refused > 0 || len(s.executed) != 230 {
		t.Errorf("%d refused, %d of 230 changed", s.refused, len(s.executed))
	}
}

// limited is a sandbox with production limits and the environment of a program
// that is signed in to it.
type limited struct {
	world *sandbox.World
	dir   string
	env   []string
	admin *api.Client
}

func limitedStage(t *testing.T, playlists int, scale float64, spec string, observe func(sandbox.Exchange)) *limited {
	t.Helper()
	faults, err := sandbox.ParseFaults(spec)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sandbox.StartWorld(context.Background(), sandbox.WorldOptions{Options: sandbox.Options{
		Seed: 5, Playlists: playlists, Contents: 4, Limits: sandbox.LimitsProduction, LimitScale: scale, Faults: faults, Observe: observe,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	l := &limited{world: w, dir: t.TempDir()}
	public, err := api.New(api.Options{BaseURL: w.URL()})
	if err != nil {
		t.Fatal(err)
	}
	login, err := public.Login(t.Context(), w.Logins()[0].Email, w.Logins()[0].Password)
	if err != nil {
		t.Fatal(err)
	}
	token := login.Session.Credentials.Access
	if l.admin, err = api.New(api.Options{BaseURL: w.URL(), Tokens: api.StaticToken(token)}); err != nil {
		t.Fatal(err)
	}
	l.env = []string{"HOME=" + l.dir, "VIZORA_URL=" + w.URL(), "VIZORA_TOKEN=" + token, "VIZORA_TOKEN_STORE=file", "DBUS_SESSION_BUS_ADDRESS="}
	return l
}

func (l *limited) playlists(t *testing.T) []string {
	t.Helper()
	rows, err := api.Playlists.List(t.Context(), l.admin, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return ids
}

func (l *limited) csv(t *testing.T, name string, ids []string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,description\n")
	for i, id := range ids {
		fmt.Fprintf(&b, "%s,change %d\n", id, i)
	}
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// killedAfter runs the program and kills it after a while, unless that is 0. The
// exit code of a killed program is -1.
func (l *limited) killedAfter(t *testing.T, lifetime time.Duration, args []string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	if lifetime > 0 {
		ctx, cancel = context.WithTimeout(ctx, lifetime)
		defer cancel()
	}
	cmd := child(ctx, l.env, l.dir, args...)
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	err := cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && lifetime > 0 {
		return -1, text.String()
	}
	return exitOf(t, err), text.String()
}
