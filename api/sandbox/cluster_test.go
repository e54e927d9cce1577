package sandbox

// Several sandboxes on one Redis server: one world at the start, events across, and what they do without the server.

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/api/redis/redistest"
)

// talk is what sandboxes say about their cluster.
type talk struct {
	mu    sync.Mutex
	lines []string
}

func (l *talk) say(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, text)
}

// await waits until n lines hold the text.
func (l *talk) await(t *testing.T, n int, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		l.mu.Lock()
		count := strings.Count(strings.Join(l.lines, "\n"), text)
		all := strings.Join(l.lines, "\n")
		l.mu.Unlock()
		if count >= n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q %d times instead of %d in\n%s", text, count, n, all)
		}
	}
}

// member starts a sandbox of the cluster.
func member(t *testing.T, url string, said *talk, o WorldOptions) *World {
	t.Helper()
	address, err := redis.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	o.Redis, o.Tell = redis.New(address, nil, 0), said.say
	w, err := StartWorld(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func small() WorldOptions {
	return WorldOptions{Options: Options{Displays: 3, Playlists: 2, Contents: 2}}
}

func TestClusterOfWorlds(t *testing.T) {
	server := redistest.Start(t)
	said := &talk{}
	first := small()
	first.Fleet = -1
	a := member(t, server.URL("0/one"), said, first)
	ca := newClient(t, a.Server)
	ca.login(a.Login())
	ca.call(201, "POST", "/playlists", map[string]string{"name": "Before"})

	known := func(text string) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
			world, err := a.others.bus.Client.Do(t.Context(), "GET", a.others.key())
			if err == nil && strings.Contains(redis.Text(world), text) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%q is not in the world: %v", text, err)
			}
		}
	}
	known(`"Before"`)
	second := small()
	second.Displays, second.Fleet = 7, -1
	b := member(t, server.URL("0/one"), said, second)
	if a.Login() != b.Login() || b.fleet != nil {
		t.Errorf("%+v, %+v; fleet %v", a.Login(), b.Login(), b.fleet)
	}
	if displays, playlists, _ := b.Size(); displays != 3 || playlists != 3 {
		t.Errorf("%d displays, %d playlists", displays, playlists)
	}
	// A token of either is one of both.
	for _, from := range []*World{a, b} {
		token := newClient(t, from.Server).login(a.Login()).token
		for _, at := range []*World{a, b} {
			if _, err := at.VerifyUserToken(token); err != nil {
				t.Errorf("a token of %s at %s: %v", from.URL(), at.URL(), err)
			}
			c := newClient(t, at.Server)
			c.token = token
			c.call(200, "GET", "/auth/me", nil)
		}
	}
	// Another name on the same server is another cluster.
	c := member(t, server.URL("0/two"), said, small())
	if c.Login() == a.Login() {
		t.Error("the clusters have one world")
	}
	n, err := a.Realtime.Of("/").ServerCount(t.Context())
	if err != nil || n != 2 {
		t.Errorf("%d servers, %v", n, err)
	}
	// One that goes leaves the world to the others; the last one ends it.
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	d := member(t, server.URL("0/one"), said, small())
	if d.Login() != b.Login() {
		t.Error("a world is lost while one of the cluster lives")
	}
	if err := errors.Join(b.Close(), d.Close()); err != nil {
		t.Error(err)
	}
	// Two that go at once may each take the other for the last one: then the next one is.
	for deadline := time.Now().Add(time.Minute); ; {
		e := member(t, server.URL("0/one"), said, small())
		login := e.Login()
		_ = e.Close()
		if login != b.Login() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the world outlives its last sandbox")
		}
	}
}

// TestClusterStartsAtOnce: sandboxes that start together begin with one world.
func TestClusterStartsAtOnce(t *testing.T) {
	server := redistest.Start(t)
	said := &talk{}
	var worlds [4]*World
	var starting sync.WaitGroup
	for i := range worlds {
		starting.Go(func() { worlds[i] = member(t, server.URL("3"), said, small()) })
	}
	starting.Wait()
	for _, w := range worlds {
		if w.Login() != worlds[0].Login() {
			t.Errorf("%+v and %+v", w.Login(), worlds[0].Login())
		}
	}
}

// TestClusterWithoutRedis: a sandbox that finds no server, or loses it, says so, works alone, and joins when it is there.
func TestClusterWithoutRedis(t *testing.T) {
	server := redistest.Start(t)
	server.Kill()
	said := &talk{}
	a := member(t, server.URL("0"), said, small())
	said.await(t, 1, "cannot be reached")
	newClient(t, a.Server).login(a.Login())
	run := func() {
		t.Helper()
		if err := server.Run(); err != nil {
			t.Fatal(err)
		}
	}
	run()
	said.await(t, 1, "in the cluster on redis://")
	for deadline := time.Now().Add(time.Minute); a.others.own.Load(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the world is never shared")
		}
	}
	b := member(t, server.URL("0"), said, small())
	if a.Login() != b.Login() {
		t.Error("the second did not take over the first one's world")
	}
	for round := range 3 {
		server.Kill()
		said.await(t, 1+2*(round+1), "goes on alone")
		if err := a.Realtime.EmitAny("o", "lost", 1); err != nil {
			t.Error(err)
		}
		run()
		said.await(t, 2*(round+1), "again")
		n, err := a.Realtime.Of("/").ServerCount(t.Context())
		if err != nil || n != 2 {
			t.Errorf("%d servers, %v", n, err)
		}
	}
	started := time.Now()
	if err := b.Close(); err != nil || time.Since(started) > 30*time.Second {
		t.Errorf("%v after %v", err, time.Since(started))
	}
}

// TestClusterRefused: a server that does not let us in is told before anything starts.
func TestClusterRefused(t *testing.T) {
	server := redistest.Start(t, "--requirepass", "secret")
	address, err := redis.Parse(strings.Replace(server.URL("0"), "redis://", "redis://:wrong-word@", 1))
	if err != nil {
		t.Fatal(err)
	}
	o := small()
	o.Redis, o.Tell = redis.New(address, nil, 0), func(string) {}
	if w, err := StartWorld(t.Context(), o); err == nil || strings.Contains(err.Error(), "wrong-word") || !errors.Is(err, ErrRedis) || !strings.Contains(redis.Explain(address, err), "does not accept") {
		_ = w.Close()
		t.Errorf("%v", err)
	}
}
