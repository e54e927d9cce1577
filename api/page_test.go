package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shelf is a list served as the platform pages it; between tells what happens
// to it before each request.
type shelf struct {
	mu      sync.Mutex
	ids     []string
	asked   []url.Values
	between func(request int, s *shelf)
}

func (s *shelf) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL.Query())
	if s.between != nil {
		s.between(len(s.asked), s)
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	from := min((page-1)*limit, len(s.ids))
	writePage(w, s.ids[from:min(from+limit, len(s.ids))], Meta{page, limit, len(s.ids), (len(s.ids) + limit - 1) / limit})
}

func writePage(w http.ResponseWriter, ids []string, meta Meta) {
	rows := make([]Row, len(ids))
	for i, id := range ids {
		rows[i] = Row{ID: id, PlainName: "row " + id}
	}
	raw, _ := json.Marshal(map[string]any{"success": true, "data": struct {
		Data []Row `json:"data"`
		Meta Meta  `json:"meta"`
	}{rows, meta}})
	answer(w, 200, string(raw))
}

func numbers(from, to int) []string {
	var ids []string
	for i := from; i < to; i++ {
		ids = append(ids, fmt.Sprintf("r%05d", i))
	}
	return ids
}

func listIDs(ctx context.Context, c *Client, limit int) ([]string, error) {
	rows, err := List(ctx, c, "/playlists", nil, func(r *Row) string { return r.ID }, limit)
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	return ids, err
}

func TestListReadsAllPages(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 200, 512} {
		s := &shelf{ids: numbers(0, n)}
		ids, err := listIDs(t.Context(), client(t, serve(t, s.handle).URL), 0)
		if err != nil || !slices.Equal(ids, s.ids) && n > 0 {
			t.Errorf("%d: %v, %d rows", n, err, len(ids))
		}
		if want := max(1, (n+99)/100); len(s.asked) != want || s.asked[0].Get("limit") != "100" {
			t.Errorf("%d rows took %d requests", n, len(s.asked))
		}
	}
}

func TestListLimit(t *testing.T) {
	tests := []struct{ limit, requests, size int }{{1, 1, 1}, {42, 1, 42}, {100, 1, 100}, {150, 2, 100}, {1000, 5, 100}}
	for _, tt := range tests {
		s := &shelf{ids: numbers(0, 450)}
		ids, err := listIDs(t.Context(), client(t, serve(t, s.handle).URL), tt.limit)
		if err != nil || !slices.Equal(ids, s.ids[:min(tt.limit, 450)]) {
			t.Errorf("%d: %v, %d rows", tt.limit, err, len(ids))
		}
		if len(s.asked) != tt.requests || s.asked[0].Get("limit") != strconv.Itoa(tt.size) {
			t.Errorf("limit %d took %d requests", tt.limit, len(s.asked))
		}
	}
}

// TestListUnderChange: rows come and go between two pages. No row that stays may
// be missing, none may come twice, and what was read while the list held still
// is the list.
func TestListUnderChange(t *testing.T) {
	tests := []struct {
		name     string
		between  func(int, *shelf)
		want     func(s *shelf) []string
		requests int
	}{
		{"insert at the top", func(n int, s *shelf) {
			if n == 2 {
				s.ids = append([]string{"new"}, s.ids...)
			}
		}, func(s *shelf) []string { return s.ids }, 8},
		{"delete on a page already read", func(n int, s *shelf) {
			if n == 2 {
				s.ids = s.ids[5:]
			}
		}, func(s *shelf) []string { return s.ids }, 6},
		{"insert and delete leave the length", func(n int, s *shelf) {
			if n == 2 {
				s.ids = append([]string{"new"}, s.ids[:len(s.ids)-1]...)
			}
		}, func(s *shelf) []string { return s.ids }, 6},
		{"emptied", func(n int, s *shelf) {
			if n == 2 {
				s.ids = nil
			}
		}, func(*shelf) []string { return nil }, 4}, // the third page was on its way already
		{"never still", func(n int, s *shelf) { s.ids = append([]string{fmt.Sprintf("new%d", n)}, s.ids...) }, nil, 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &shelf{ids: numbers(0, 300), between: tt.between}
			stay := numbers(5, 299)
			ids, err := listIDs(t.Context(), client(t, serve(t, s.handle).URL), 0)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want != nil {
				if want := tt.want(s); !slices.Equal(ids, want) && len(ids)+len(want) > 0 {
					t.Errorf("%d rows, want %d", len(ids), len(want))
				}
			} else {
				for _, id := range stay {
					if !slices.Contains(ids, id) {
						t.Fatalf("%s is missing", id)
					}
				}
			}
			slices.Sort(ids)
			if len(slices.Compact(ids)) != len(ids) {
				t.Error("rows come twice")
			}
			if len(s.asked) > tt.requests {
				t.Errorf("%d requests", len(s.asked))
			}
		})
	}
}

func TestOddLists(t *testing.T) {
	tests := []struct {
		name, body string
		rows       int
		kind       ErrorKind
	}{
		{"more in the envelope", `{"success":true,"data":{"data":[{"id":"a"}],"meta":{"total":1,"totalPages":1}},"took":{"ms":3}}`, 1, ""},
		{"not JSON in the envelope", `{"success":true,"data":{"data":[{"id":"a"}]}`, 0, KindProtocol},
		{"bare array", `{"success":true,"data":[{"id":"a"},{"id":"b"},{"id":"a"}]}`, 2, ""},
		{"array without an envelope", `[{"id":"a"}]`, 1, ""},
		{"empty array", `{"success":true,"data":[]}`, 0, ""},
		{"skip and take", `{"success":true,"data":{"data":[{"id":"a"}],"total":1,"skip":0,"take":50}}`, 1, ""},
		{"skip and take, more to come", `{"success":true,"data":{"data":[{"id":"a"}],"total":9,"skip":0,"take":1}}`, 0, KindProtocol},
		{"flat page", `{"success":true,"data":{"data":[{"id":"a"}],"total":1,"page":1,"limit":100,"totalPages":1}}`, 1, ""},
		{"no pages at all", `{"success":true,"data":{"data":[],"meta":{"page":1,"limit":100,"total":0,"totalPages":0}}}`, 0, ""},
		{"meta before the rows", `{"success":true,"data":{"meta":{"totalPages":2,"total":2},"data":[{"id":"a","x":{"totalPages":1}}]}}`, 0, KindProtocol},
		{"an object", `{"success":true,"data":{"id":"a"}}`, 0, KindProtocol},
		{"null", `{"success":true,"data":null}`, 0, KindProtocol},
		{"empty", ``, 0, KindProtocol},
		{"rows of another kind", `{"success":true,"data":{"data":[1,2]}}`, 0, KindProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, tt.body) })
			ids, err := listIDs(t.Context(), client(t, s.URL), 0)
			if tt.kind != "" {
				asError(t, err, tt.kind)
			} else if err != nil || len(ids) != tt.rows {
				t.Errorf("%v %v", err, ids)
			}
		})
	}
}

func TestEndlessListsEnd(t *testing.T) {
	same, empty := numbers(0, 100), []string{}
	for name, rows := range map[string]func(page int) []string{
		"the same page again":  func(int) []string { return same },
		"nothing but promises": func(int) []string { return empty },
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				page, _ := strconv.Atoi(r.URL.Query().Get("page"))
				writePage(w, rows(page), Meta{page, 100, 1 << 30, 1 << 30})
			})
			_, err := listIDs(t.Context(), client(t, s.URL), 0)
			// What is taken in until it is noticed, what waits, what is about to, and what is on its way.
			if n, most := int(requests.Load()), 1+maxIdle+pagesAhead+1+requestsAhead; n > most {
				t.Errorf("%d requests and not at most %d, %v", n, most, err)
			}
			if name == "the same page again" {
				asError(t, err, KindProtocol)
			}
		})
	}
	w := walk[*Row]{path: "/x", id: func(r *Row) string { return r.ID }, seen: map[string]bool{}}
	for n := 1; ; n++ {
		more, err := w.add(page[*Row]{rows: []*Row{{ID: strconv.Itoa(n)}}, meta: Meta{TotalPages: 1 << 30}})
		if err != nil {
			if asError(t, err, KindProtocol); n != maxPages {
				t.Errorf("ended after %d pages", n)
			}
			break
		}
		if !more {
			t.Fatal("ended without an error")
		}
	}
}

func TestListIsInterrupted(t *testing.T) {
	for range 20 { // which of the two ends notices first is open
		ctx, cancel := context.WithCancelCause(t.Context())
		s := &shelf{ids: numbers(0, 1000), between: func(n int, _ *shelf) {
			if n == 3 {
				cancel(errors.New("interrupt signal received"))
			}
		}}
		_, err := listIDs(ctx, client(t, serve(t, s.handle).URL), 0)
		asError(t, err, KindInterrupted)
		cancel(nil)
	}
}

func TestListFailsInTheMiddle(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if n > 2 {
			answer(w, 403, `{"message":"Forbidden","statusCode":403}`)
			return
		}
		writePage(w, numbers(n*100, n*100+100), Meta{n, 100, 500, 5})
	})
	rows, err := List(t.Context(), client(t, s.URL), "/x", url.Values{"status": {"active"}}, func(r *Row) string { return r.ID }, 0)
	if asError(t, err, KindForbidden); rows != nil {
		t.Errorf("%d rows", len(rows))
	}
}

func TestNextPageIsFetchedWhileOneIsDecoded(t *testing.T) {
	second := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if n == 2 {
			close(second)
		}
		writePage(w, numbers(n*10, n*10+10), Meta{n, 100, 20, 2})
	})
	once := sync.OnceFunc(func() {
		select {
		case <-second:
		case <-time.After(5 * time.Second):
			t.Error("the second page was not asked for while the first was read")
		}
	})
	_, err := List(t.Context(), client(t, s.URL), "/x", nil, func(r *Row) string { once(); return r.ID }, 0)
	if err != nil {
		t.Error(err)
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"data":[{"id":"a"}],"meta":{"page":1,"limit":100,"total":1,"totalPages":1}}`))
	f.Add([]byte(`[{"id":"a"}]`))
	f.Add([]byte(`{"data":[],"total":3,"totalPages":  7 }`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := decodePage[*Row](rawPage{resp: &Response{Data: data}})
		if p.err != nil && !IsKind(p.err, KindProtocol) {
			t.Fatal(p.err)
		}
		if p.err == nil && p.rows == nil {
			t.Fatalf("%q gave neither rows nor an error", data)
		}
		_ = lastPage(data)
	})
}
