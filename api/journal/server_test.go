package journal

// This file is about one thing: a scripted server on a loopback socket: a small
// table of rows with the platform's manners, and faults that a test turns on.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
)

type row map[string]any

// fault says what happens to a request instead of, or after, its execution.
type fault struct {
	method string // "" = any
	path   string // prefix; "" = any
	times  int    // how often; 0 = always
	after  bool   // the request is executed first
	status int    // answered instead; 0 = the connection is cut
	header map[string]string
	delay  time.Duration
	do     func() // called when the fault strikes
}

type fakeServer struct {
	t    testing.TB
	http *httptest.Server

	mu       sync.Mutex
	rows     map[string][]row // by plural, oldest first
	next     int
	requests []string // "METHOD /path"
	bodies   []string
	faults   []*fault
	clock    func() time.Time
}

func newServer(t testing.TB) *fakeServer {
	t.Helper()
	s := &fakeServer{t: t, rows: map[string][]row{}, clock: time.Now}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.http.Close)
	return s
}

func (s *fakeServer) fault(f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

func (s *fakeServer) clear() { s.mu.Lock(); defer s.mu.Unlock(); s.faults = nil }

// forget drops what was logged, for long runs.
func (s *fakeServer) forget() { s.mu.Lock(); defer s.mu.Unlock(); s.requests, s.bodies = nil, nil }

// log returns the requests so far, of the methods named (all if none).
func (s *fakeServer) log(methods ...string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.requests {
		if method, _, _ := strings.Cut(r, " "); len(methods) == 0 || slices.Contains(methods, method) {
			out = append(out, r)
		}
	}
	return out
}

func (s *fakeServer) body(i int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[len(s.bodies)+i]
}

func (s *fakeServer) all(plural string) []row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []row
	for _, r := range s.rows[plural] {
		out = append(out, maps.Clone(r))
	}
	return out
}

func (s *fakeServer) get(plural, id string) row {
	for _, r := range s.all(plural) {
		if r["id"] == id {
			return r
		}
	}
	return nil
}

// put makes or changes a row behind the journal's back.
func (s *fakeServer) put(plural string, fields row) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows[plural] {
		if r["id"] == fields["id"] {
			maps.Copy(r, fields)
			return r["id"].(string)
		}
	}
	return s.insert(plural, fields)["id"].(string)
}

func (s *fakeServer) remove(plural, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[plural] = slices.DeleteFunc(s.rows[plural], func(r row) bool { return r["id"] == id })
}

func (s *fakeServer) insert(plural string, fields row) row {
	s.next++
	r := row{"id": fmt.Sprintf("c%024d", s.next), "createdAt": s.clock().UTC().Format("2006-01-02T15:04:05.000Z")}
	maps.Copy(r, fields)
	s.rows[plural] = append(s.rows[plural], r)
	return r
}

func (s *fakeServer) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.Path, api.Prefix)
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+path)
	s.bodies = append(s.bodies, string(body))
	f := s.strike(r.Method, path)
	s.mu.Unlock()
	if f != nil && f.do != nil {
		f.do()
	}
	if f != nil && f.delay > 0 {
		select {
		case <-time.After(f.delay):
		case <-r.Context().Done():
		}
	}
	if f == nil {
		s.answer(w, r, path, body)
		return
	}
	if f.after {
		s.answer(httptest.NewRecorder(), r, path, body)
	}
	if f.status != 0 {
		for k, v := range f.header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(f.status)
		_, _ = fmt.Fprintf(w, `{"message":"fault %d","statusCode":%d}`, f.status, f.status)
		return
	}
	if f.delay > 0 && f.after {
		return
	}
	panic(http.ErrAbortHandler) // cut the connection
}

func (s *fakeServer) strike(method, path string) *fault {
	for i, f := range s.faults {
		if (f.method != "" && f.method != method) || !strings.HasPrefix(path, f.path) {
			continue
		}
		if f.times > 0 {
			if f.times--; f.times == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
		}
		return f
	}
	return nil
}

func (s *fakeServer) answer(w http.ResponseWriter, r *http.Request, path string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	method := r.Method
	parts := strings.Split(strings.Trim(path, "/"), "/")
	plural := parts[0]
	if method == http.MethodPost && len(parts) == 2 && parts[1] == "upload" {
		s.upload(w, r, plural, body)
		return
	}
	if method == http.MethodPost && path == "/displays/bulk/assign-playlist" {
		s.assign(w, body)
		return
	}
	if method == http.MethodPost && path == "/content/bulk/archive" {
		s.archive(w, body)
		return
	}
	if len(parts) == 1 {
		switch method {
		case http.MethodGet:
			s.list(w, plural, r.URL.Query())
		case http.MethodPost:
			reply(w, http.StatusCreated, s.insert(plural, received(plural, body)))
		}
		return
	}
	at := slices.IndexFunc(s.rows[plural], func(r row) bool { return r["id"] == parts[1] })
	if at < 0 {
		refuse(w, http.StatusNotFound, "not found")
		return
	}
	one := s.rows[plural][at]
	switch {
	case len(parts) > 2:
		n, _ := one[parts[2]].(int)
		one[parts[2]] = n + 1
		reply(w, http.StatusCreated, row{"message": "ok"})
	case method == http.MethodGet:
		reply(w, http.StatusOK, one)
	case method == http.MethodDelete:
		s.rows[plural] = slices.Delete(s.rows[plural], at, at+1)
		reply(w, http.StatusOK, row{"id": parts[1]})
	case method == http.MethodPatch:
		s.patch(w, plural, one, received(plural, body))
	}
}

// assign is the bulk route: all displays or none (contract rest 4).
func (s *fakeServer) assign(w http.ResponseWriter, body []byte) {
	var want struct {
		DisplayIDs []string `json:"displayIds"`
		PlaylistID string   `json:"playlistId"`
	}
	_ = json.Unmarshal(body, &want)
	var found []row
	for _, r := range s.rows["displays"] {
		if slices.Contains(want.DisplayIDs, r["id"].(string)) {
			found = append(found, r)
		}
	}
	if len(found) != len(want.DisplayIDs) {
		refuse(w, http.StatusNotFound, "One or more displays not found")
		return
	}
	for _, r := range found {
		r["currentPlaylistId"] = want.PlaylistID
	}
	reply(w, http.StatusCreated, row{"updated": len(found)})
}

// archive is a bulk route of content: all or none, too (contract rest 6.2).
func (s *fakeServer) archive(w http.ResponseWriter, body []byte) {
	var want struct{ IDs []string }
	_ = json.Unmarshal(body, &want)
	for _, id := range want.IDs {
		if !slices.ContainsFunc(s.rows["content"], func(r row) bool { return r["id"] == id }) {
			refuse(w, http.StatusBadRequest, "Some content items not found or not accessible")
			return
		}
	}
	for _, r := range s.rows["content"] {
		if slices.Contains(want.IDs, r["id"].(string)) {
			r["status"] = "archived"
		}
	}
	reply(w, http.StatusOK, row{"archived": len(want.IDs)})
}

func (s *fakeServer) patch(w http.ResponseWriter, plural string, r, fields row) {
	if _, named := fields["name"]; len(fields) == 0 || (plural == "playlists" && !named) {
		refuse(w, http.StatusNotFound, "Playlist not found") // contract rest 5
		return
	}
	if items, ok := fields["items"].([]any); ok {
		var list []any
		for _, item := range items {
			s.next++
			one := maps.Clone(row(item.(map[string]any)))
			one["id"] = fmt.Sprintf("i%024d", s.next)
			list = append(list, map[string]any(one))
		}
		fields["items"] = list
	}
	maps.Copy(r, fields)
	reply(w, http.StatusOK, r)
}

// received is a body as the server stores it: sanitized and under the names it
// shows (contract rest 1.7; 25, item 18).
func received(plural string, body []byte) row {
	var fields row
	_ = json.Unmarshal(body, &fields)
	out := row{}
	for k, v := range fields {
		if text, ok := v.(string); ok {
			_, v = api.Stored(text)
		}
		if shown, ok := map[string]string{"name": "nickname", "deviceId": "deviceIdentifier"}[k]; ok && plural == "displays" {
			k = shown
		}
		out[k] = v
	}
	return out
}

func (s *fakeServer) upload(w http.ResponseWriter, r *http.Request, plural string, body []byte) {
	r.Body = io.NopCloser(bytes.NewReader(body))
	file, head, err := r.FormFile("file")
	if err != nil {
		refuse(w, http.StatusBadRequest, "No file provided")
		return
	}
	content, _ := io.ReadAll(file)
	made := s.insert(plural, row{"name": head.Filename, "fileSize": len(content), "metadata": row{"fileHash": sha(string(content))}})
	reply(w, http.StatusCreated, row{"content": made, "fileHash": sha(string(content))})
}

// list answers newest first, by pages; content rows are narrow (contract rest 6).
func (s *fakeServer) list(w http.ResponseWriter, plural string, query url.Values) {
	rows := slices.Clone(s.rows[plural])
	slices.Reverse(rows)
	page, _ := strconv.Atoi(query.Get("page"))
	limit, _ := strconv.Atoi(query.Get("limit"))
	page, limit = max(page, 1), max(limit, 1)
	total := len(rows)
	rows = rows[min(total, (page-1)*limit):min(total, page*limit)]
	out := make([]row, len(rows))
	for i := range rows {
		out[i] = maps.Clone(rows[i])
		if plural == "content" {
			delete(out[i], "url")
			delete(out[i], "description")
			delete(out[i], "metadata")
		}
	}
	reply(w, http.StatusOK, row{"data": out, "meta": row{"page": page, "limit": limit, "total": total, "totalPages": (total + limit - 1) / limit}})
}

func reply(w http.ResponseWriter, status int, data any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "data": data})
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"message": message, "statusCode": status})
}

var testOwner = Owner{Server: "http://test", Organization: "org", User: "user"}

// client talks to the server with short waits.
func (s *fakeServer) client() *api.Client { return clientTo(s.t, s.http.URL) }

func clientTo(t testing.TB, address string) *api.Client {
	t.Helper()
	c, err := api.New(api.Options{BaseURL: address, Tokens: api.StaticToken("t"), Retry: fastRetry, Attempt: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

var fastRetry = api.RetryPolicy{Attempts: 3, Base: time.Millisecond, Cap: 2 * time.Millisecond}

// journal opens a journal over the server, in a directory of the test's own.
func (s *fakeServer) journal(change ...func(*Options)) *Journal {
	return openTest(s.t, s.client(), filepath.Join(s.t.TempDir(), "state"), change...)
}

func openTest(t testing.TB, client *api.Client, dir string, change ...func(*Options)) *Journal {
	t.Helper()
	o := Options{
		Dir: dir, Owner: testOwner, Client: client, Retry: fastRetry,
		ServerLimit: 20 * time.Millisecond, Recheck: time.Millisecond, Lease: testLease,
	}
	o.Store = sharedTestStore(o.Dir)
	for _, c := range change {
		c(&o)
	}
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}
