// Starting, stopping, faults, the state file, repeatability, speed.

package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestParseFaults(t *testing.T) {
	got, err := ParseFaults("POST /playlists: 503 10%; latency 50ms±20; drop-answer 5%; ws-drop 1/min; GET /displays/:id: html 200; hang; latency 1s±100ms 50%; ws-restart 0.5/min; ws-lose 5%; ws-refuse")
	if err != nil {
		t.Fatal(err)
	}
	want := []Fault{
		{Method: "POST", Path: "/playlists", Kind: "status", Status: 503, Probability: 0.1},
		{Kind: "latency", Mean: 50 * time.Millisecond, Spread: 20 * time.Millisecond, Probability: 1},
		{Kind: "drop-answer", Probability: 0.05},
		{Kind: "ws-drop", PerMinute: 1, Probability: 1},
		{Method: "GET", Path: "/displays/:id", Kind: "html", Status: 200, Probability: 1},
		{Kind: "hang", Probability: 1},
		{Kind: "latency", Mean: time.Second, Spread: 100 * time.Millisecond, Probability: 0.5},
		{Kind: "ws-restart", PerMinute: 0.5, Probability: 1},
		{Kind: "ws-lose", Probability: 0.05},
		{Kind: "ws-refuse", Probability: 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"POST: 503", "900", "latency", "latency x", "explode", "503 200%", "ws-drop 3", "hang 3", "ws-restart", "ws-lose 5", "GET /x: ws-drop 1/min", "GET /x: 5%"} {
		if _, err := ParseFaults(bad); !errors.Is(err, ErrFaultSpec) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseFaults(f *testing.F) {
	f.Add("POST /playlists: 503 10%; latency 50ms±20; drop-answer 5%; ws-drop 1/min")
	f.Fuzz(func(t *testing.T, spec string) {
		if _, err := ParseFaults(spec); err != nil && !errors.Is(err, ErrFaultSpec) {
			t.Error(err)
		}
	})
}

func TestFaults(t *testing.T) {
	faults, err := ParseFaults("POST /playlists: drop-answer; POST /folders: 503; GET /folders: html; GET /content: cut-body; GET /displays: hang; GET /users: latency 1ms±1")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var seen []string
	s := start(t, Options{Faults: faults, Observe: func(x Exchange) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprintf("%s %s %d %s", x.Method, strings.TrimPrefix(x.Path, prefix), x.Status, x.Fault))
	}})
	c := adminOf(t, s)
	if _, err := c.do("POST", "/playlists", map[string]string{"name": "lost"}); err == nil {
		t.Error("the answer was not dropped")
	}
	if got := c.call(200, "GET", "/playlists", nil).text("data", "data", 0, "name"); got != "lost" {
		t.Error("the write was not executed")
	}
	if a := c.call(503, "POST", "/folders", map[string]string{"name": "x"}); a.message() != "Service Unavailable" {
		t.Errorf("%s", a.raw)
	}
	if a := c.call(502, "GET", "/folders", nil); !strings.HasPrefix(string(a.raw), "<html>") || a.header.Get("Content-Type") != "text/html" {
		t.Errorf("%s", a.raw)
	}
	if _, err := c.do("GET", "/content", nil); err == nil {
		t.Error("the body was not cut")
	}
	c.call(200, "GET", "/users", nil)
	hung := make(chan struct{})
	go func() {
		defer close(hung)
		if _, err := c.do("GET", "/displays", nil); err == nil {
			t.Error("the call did not hang")
		}
	}()
	time.Sleep(20 * time.Millisecond) // let it arrive; Close must cut it either way
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-hung
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"POST /playlists 0 drop-answer", "POST /folders 503 status", "GET /folders 502 html", "GET /content 0 cut-body", "GET /users 200 latency"} {
		if !slices.Contains(seen, want) {
			t.Errorf("not observed: %s in %v", want, seen)
		}
	}
}

func TestStateFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	o := Options{StatePath: file, Displays: 3, Playlists: 2, Contents: 3, Seed: 9}
	s := start(t, o)
	c := adminOf(t, s)
	id := c.call(201, "POST", "/playlists", map[string]string{"name": "Kept & safe"}).text("data", "id")
	before := c.call(200, "GET", "/displays", nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := start(t, o)
	d := newClient(t, again)
	d.token = c.token // tokens outlive a restart
	if got := d.call(200, "GET", "/playlists/"+id, nil).text("data", "name"); got != "Kept & safe" {
		t.Errorf("name %q", got)
	}
	if after := d.call(200, "GET", "/displays", nil); string(after.raw) != string(before.raw) {
		t.Errorf("%s\n%s", before.raw, after.raw)
	}
	d.login(again.Login())
	d.call(201, "POST", "/playlists", map[string]string{"name": "after the restart"})
	if n := d.call(200, "GET", "/playlists?limit=100", nil).at("data", "meta", "total"); n != 4.0 || len(again.db.tenants[0].playlists.byID) != 4 {
		t.Errorf("%v playlists: an id was drawn twice", n)
	}
	if err := os.WriteFile(file+".bad", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{StatePath: file + ".bad"}); !errors.Is(err, ErrStateFile) {
		t.Errorf("damaged file: %v", err)
	}
}

func TestSeedRepeats(t *testing.T) {
	now := newClock()
	o := Options{Seed: 42, Now: now.now, Displays: 5, Playlists: 3, Contents: 4, Faults: []Fault{{Kind: "status", Method: "GET", Path: "/folders", Status: 503, Probability: 0.5}}}
	run := func() string {
		s := start(t, o)
		c := adminOf(t, s)
		out := string(c.call(200, "GET", "/displays", nil).raw) + string(c.call(200, "GET", "/playlists", nil).raw) + string(c.call(200, "GET", "/content", nil).raw)
		for range 20 {
			out += fmt.Sprint(mustDo(t, c, "GET", "/folders").status)
		}
		return out
	}
	one, two := run(), run()
	if one != two {
		t.Error("the same seed gave different data")
	}
	o.Seed = 43
	other := run()
	if one == other {
		t.Error("different seeds gave the same data")
	}
}

func TestStartRefusesTheNetwork(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0"} {
		if _, err := Start(t.Context(), Options{Addr: addr}); !errors.Is(err, ErrNotLoopback) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestContextEndsTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-s.closing
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestConcurrentWrites(t *testing.T) {
	s := start(t, Options{Playlists: 1, Contents: 2, Displays: 2})
	var wg sync.WaitGroup
	for i := range 4 {
		c := adminOf(t, s)
		wg.Go(func() {
			for n := range 20 {
				if a, err := c.do("POST", "/playlists", map[string]string{"name": fmt.Sprintf("%d/%d", i, n)}); err != nil || a.status != 201 {
					t.Error(a.status, err)
				}
				_, _ = c.do("GET", "/playlists?limit=100", nil)
			}
		})
	}
	wg.Wait()
	if got := adminOf(t, s).call(200, "GET", "/playlists", nil).at("data", "meta", "total"); got != 81.0 {
		t.Errorf("%v playlists, want 81", got)
	}
}

// BenchmarkListPage is a page of 100 out of 10,000 displays, handler and encoding without the network.
func BenchmarkListPage(b *testing.B) {
	s, err := Start(b.Context(), Options{Displays: 10_000, Playlists: 20, Contents: 50})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	c := &call{s: s, t: s.db.tenants[0], query: input{"page": 50.0, "limit": 100.0}}
	for b.Loop() {
		v, err := c.listDisplays()
		if err != nil {
			b.Fatal(err)
		}
		_ = sanitizeOutput(mustJSON(envelope{true, v}))
	}
}
