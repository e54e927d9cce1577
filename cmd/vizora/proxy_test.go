package main

// This file is about one thing: a proxy between the real program and the server
// that loses answers. It forwards and drops the answer, cuts it in the middle,
// answers 5xx after the execution, delays the answer or the request past the
// client's time limit, and refuses. In the end the server holds of every intent
// exactly one. VIZORA_KILL_ROUNDS says how many intents; .ci/run sets it.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// chaos stands before a server.
type chaos struct {
	next   http.Handler
	off    atomic.Bool
	mu     sync.Mutex
	random *rand.Rand
	struck map[string]int // how often by what
}

// what may become of a request.
var troubles = []struct {
	name string
	do   func(c *chaos, w http.ResponseWriter, r *http.Request)
}{
	{"answer dropped", func(c *chaos, _ http.ResponseWriter, r *http.Request) {
		c.execute(r)
		panic(http.ErrAbortHandler)
	}},
	{"never forwarded", func(*chaos, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
	{"cut mid-body", func(c *chaos, w http.ResponseWriter, r *http.Request) {
		done := c.execute(r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(done.Body.Len()))
		w.WriteHeader(done.Code)
		_, _ = w.Write(done.Body.Bytes()[:done.Body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}},
	{"5xx after execution", func(c *chaos, w http.ResponseWriter, r *http.Request) {
		c.execute(r)
		http.Error(w, `{"message":"bad gateway"}`, []int{500, 502, 503, 504}[c.roll(4)])
	}},
	{"503 instead", func(_ *chaos, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, `{"message":"busy"}`, http.StatusServiceUnavailable)
	}},
	{"429 instead", func(_ *chaos, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After-short", "1")
		http.Error(w, `{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}`, http.StatusTooManyRequests)
	}},
	{"answer delayed", func(c *chaos, w http.ResponseWriter, r *http.Request) {
		done := c.execute(r)
		time.Sleep(4 * time.Second)
		w.WriteHeader(done.Code)
		_, _ = w.Write(done.Body.Bytes())
	}},
	{"request delayed", func(c *chaos, w http.ResponseWriter, r *http.Request) {
		time.Sleep(4 * time.Second) // who waited is gone, and then it is executed
		done := c.execute(r)
		w.WriteHeader(done.Code)
		_, _ = w.Write(done.Body.Bytes())
	}},
}

func (c *chaos) roll(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n)
}

// execute lets the server do it, whoever still listens.
func (c *chaos) execute(r *http.Request) *httptest.ResponseRecorder {
	done := httptest.NewRecorder()
	c.next.ServeHTTP(done, r.WithContext(context.WithoutCancel(r.Context())))
	return done
}

func (c *chaos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	odds := 2 // of writes; reading back fails now and then too
	if r.Method == http.MethodGet {
		odds = 25
	}
	if c.off.Load() || c.roll(odds) != 0 {
		c.next.ServeHTTP(w, r)
		return
	}
	trouble := troubles[c.roll(len(troubles))]
	c.mu.Lock()
	c.struck[trouble.name]++
	c.mu.Unlock()
	if r.Body != nil { // read it now: a delayed request outlives its connection
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	trouble.do(c, w, r)
}

// intent is one thing that a user wants once.
type intent struct {
	effect string
	args   []string
	count  func(t *testing.T, s *stage) int // how often the server has it
}

func TestKillAnswers(t *testing.T) {
	rounds := 8 * killRounds(t)
	t.Parallel()
	s := newStage(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := &chaos{next: s.front.forward, random: rand.New(rand.NewPCG(seed, 1)), struck: map[string]int{}}
	s.front.down()
	s.front.forward = c
	s.front.up(t)
	var wg sync.WaitGroup
	intents, codes, said := make([]intent, rounds), make([]int, rounds), make([]bytes.Buffer, rounds)
	slots := make(chan struct{}, 40)
	for i := range rounds {
		intents[i] = newIntent(t, s, i)
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			args := append([]string{"-q"}, intents[i].args...)
			if i%2 == 0 {
				args = append(args, "--timeout", "3s")
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			cmd := child(ctx, s.environ(), s.dir, args...)
			cmd.Stderr = &said[i]
			_ = cmd.Run()
			codes[i] = cmd.ProcessState.ExitCode()
		})
	}
	wg.Wait()
	time.Sleep(5 * time.Second) // what is delayed is executed by then
	c.off.Store(true)
	settleBut(t, s, "duplicate")
	tally := map[string]int{}
	for i, want := range intents {
		n := want.count(t, s)
		tally[fmt.Sprintf("%s exit %d: %d", want.effect, codes[i], n)]++
		if !allowed(want.effect, codes[i], n) {
			t.Errorf("%v was done %d times (exit %d): %s", want.args, n, codes[i], &said[i])
		}
	}
	t.Logf("%d intents; troubles %v; outcomes %v", rounds, c.struck, tally)
}

// allowed tells what an exit code promises of how often a thing was done.
func allowed(effect string, code, n int) bool {
	switch code {
	case 0, 9: // done, or recorded: in the end it is there
		return n == 1
	case 1, 7, 8: // refused, as by a 500 that left nothing, or given up before it was taken in
		return n == 0
	case 11: // only a person can tell of an action that may not be repeated
		return n == 1 || n == 0 && effect == "duplicate"
	}
	return false
}

// settleBut delivers what is left, but what only a person can decide.
func settleBut(t *testing.T, s *stage, verb string) {
	t.Helper()
	var left string
	for range 6 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		_ = child(ctx, s.environ(), s.dir, "sync", "--workers", "64", "-q").Run()
		cancel()
		left = run(t, s.environ(), s.dir, "", "journal", "list", "--state", "pending", "-o", `jq=.[]|select((.verb == "`+verb+`" and .state == "unknown")|not)|"\(.state) \(.summary)"`).stdout
		if strings.TrimSpace(left) == "" {
			return
		}
		if strings.Contains(left, "waiting ") { // for the limit of 30 uploads a minute
			time.Sleep(15 * time.Second)
		}
	}
	t.Errorf("the journal does not empty: %s", left)
}

// newIntent prepares what the i-th intent is about, directly at the server.
func newIntent(t *testing.T, s *stage, i int) intent {
	t.Helper()
	name := fmt.Sprintf("intent-%d", i)
	makePlaylist := func() string {
		resp, err := s.admin.Do(t.Context(), request(t, http.MethodPost, "/playlists", map[string]any{"name": name}))
		if err != nil {
			t.Fatal(err)
		}
		return idOf(t, resp)
	}
	named := func(name string) func(t *testing.T, s *stage) int {
		return func(t *testing.T, s *stage) int { return len(rowsNamed(t, s, "/playlists", name)) }
	}
	switch i % 8 {
	case 0:
		return intent{"update", []string{"playlist", "update", makePlaylist(), "--description", name}, func(t *testing.T, s *stage) int {
			return countIf(rowsNamed(t, s, "/playlists", name)[0]["description"] == name)
		}}
	case 1:
		return intent{"delete", []string{"playlist", "delete", makePlaylist(), "--yes"}, func(t *testing.T, s *stage) int {
			return 1 - len(rowsNamed(t, s, "/playlists", name))
		}}
	case 2:
		id, content := makePlaylist(), rowsNamed(t, s, "/content", "")[0]["id"].(string)
		return intent{"items", []string{"playlist", "item", "add", id, content}, func(t *testing.T, s *stage) int {
			items, _ := readRow(t, s, "/playlists/"+id)["items"].([]any)
			return len(items)
		}}
	case 3:
		return intent{"duplicate", []string{"playlist", "duplicate", makePlaylist()}, named(name + " (Copy)")}
	case 4:
		file := filepath.Join(s.dir, name+".png")
		if err := os.WriteFile(file, []byte("\x89PNG\r\n\x1a\n"+strings.Repeat(name, 9)), 0o600); err != nil {
			t.Fatal(err)
		}
		return intent{"upload", []string{"content", "upload", file, "--name", name}, func(t *testing.T, s *stage) int { return len(rowsNamed(t, s, "/content", name)) }}
	case 5:
		resp, err := s.admin.Do(t.Context(), request(t, http.MethodPost, "/displays", map[string]any{"name": name, "deviceId": name}))
		if err != nil {
			t.Fatal(err)
		}
		id := idOf(t, resp)
		return intent{"disable", []string{"display", "disable", id, "--yes"}, func(t *testing.T, s *stage) int { return countIf(readRow(t, s, "/displays/"+id)["isDisabled"] == true) }}
	}
	return intent{"create", []string{"playlist", "create", name}, named(name)}
}

func countIf(is bool) int {
	if is {
		return 1
	}
	return 0
}

func request(t *testing.T, method, path string, body any) api.Request {
	t.Helper()
	req, err := api.NewRequest(method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func idOf(t *testing.T, resp *api.Response) string {
	t.Helper()
	var row struct {
		ID string `json:"id"`
	}
	if err := resp.Decode(&row); err != nil {
		t.Fatal(err)
	}
	return row.ID
}

func readRow(t *testing.T, s *stage, path string) map[string]any {
	t.Helper()
	resp, err := s.admin.Do(t.Context(), api.Request{Method: http.MethodGet, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var row map[string]any
	if err := json.Unmarshal(resp.Data, &row); err != nil {
		t.Fatal(err)
	}
	return row
}

// rowsNamed lists the rows of that name, or all.
func rowsNamed(t *testing.T, s *stage, path, name string) []map[string]any {
	t.Helper()
	rows, err := api.List(t.Context(), s.admin, path, nil, func(r *map[string]any) string { return (*r)["id"].(string) }, 0)
	if err != nil {
		t.Fatal(err)
	}
	var named []map[string]any
	for _, r := range rows {
		if name == "" || (*r)["name"] == name {
			named = append(named, *r)
		}
	}
	return named
}
