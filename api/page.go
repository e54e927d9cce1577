package api

// This file is about one thing: reading a whole list (contract rest 1.5).

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// PageSize is the largest page the platform gives.
const PageSize = 100

// maxWalks bounds how often a list is walked again because rows moved between
// pages meanwhile.
const maxWalks = 3

// pagesAhead is how many pages may wait to be taken in: what waits at the end is
// time in which the server has nothing to do.
const pagesAhead = 4

// requestsAhead is how many pages may be asked for at a time: while one answer is
// taken apart and another is on its way, a busy machine still keeps the server at
// work with the rest.
const requestsAhead = 8

// maxIdle and maxPages bound a walk over a list that never ends: pages in a row
// without a new row, and pages in all.
const (
	maxIdle  = 3
	maxPages = 10_000
)

// Meta is where a page stands in its list.
type Meta struct {
	Page       int `json:"page"`
	Limit      int `json:"limit"`
	Total      int `json:"total"`
	TotalPages int `json:"totalPages"`
}

// flatMeta is Meta where a list has it beside its rows.
type flatMeta Meta

// page is one decoded page; the odd lists of the contract become one page.
type page[T any] struct {
	rows []T
	meta Meta
	err  error
}

// List walks all pages of a list and returns its rows once each, in the
// server's order. Paging is by offset without a tie-breaker, so rows that are
// inserted or deleted meanwhile shift the pages: rows are told apart by id and
// the list is walked again when a row may have been skipped. When it moves
// under every walk, rows that only an earlier one saw come last. limit bounds
// the rows, 0 means all.
func List[T any](ctx context.Context, c *Client, path string, query url.Values, id func(T) string, limit int) ([]T, error) {
	var rows []T
	for range maxWalks {
		fresh, whole, err := walkPages(ctx, c, path, query, id, limit, nil)
		if err != nil {
			return nil, err
		}
		if whole {
			rows = fresh
			break
		}
		rows = union(fresh, rows, id)
	}
	if limit > 0 && len(rows) > limit {
		rows = rows[:limit]
	}
	return rows, nil
}

// listWhole reads a list that comes in one piece and whose route refuses paging
// (contract rest 1.4, 1.5).
func listWhole[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	resp, err := c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: query})
	p := decodePage[T](rawPage{resp: resp, err: err})
	return p.rows, p.err
}

// union is a followed by what only b has.
func union[T any](a, b []T, id func(T) string) []T {
	seen := make(map[string]bool, len(a))
	for i := range a {
		seen[id(a[i])] = true
	}
	for i := range b {
		if !seen[id(b[i])] {
			a = append(a, b[i])
		}
	}
	return a
}

// walkPages reads the pages of a list once. The next pages are on their way, and
// being decoded, while one is taken in. whole says that the list held still: its length did not
// change and there were as many different rows as it announced.
// With take the rows are given to it, page by page, and not returned.
func walkPages[T any](ctx context.Context, c *Client, path string, query url.Values, id func(T) string, limit int, take func(rows []T, total int)) (rows []T, whole bool, err error) {
	ctx, stop := context.WithCancel(ctx)
	pages := make(chan (<-chan rawPage), pagesAhead)
	go fetchPages(ctx, c, path, query, limit, decodeInto[T], pages)
	defer func() {
		stop()
		for page := range pages { // until the fetcher has ended, so that nothing of ours outlives the call
			<-page
		}
	}()
	w := walk[T]{path: path, id: id, limit: limit, seen: map[string]bool{}, take: take}
	for coming := range pages {
		r := <-coming
		p := r.decoded.(*page[T])
		if p.err != nil {
			return nil, false, p.err
		}
		if more, err := w.add(*p); err != nil || !more {
			return w.rows, w.whole(), err
		}
	}
	if ctx.Err() != nil { // the fetcher may have ended without a word
		return nil, false, contextError(ctx)
	}
	if w.last.TotalPages > w.pages && w.pages*pageSize(limit) < limitOrAll(limit) {
		return nil, false, w.odd("its page count is not where it belongs")
	}
	if w.last.TotalPages == 0 && w.last.Total > len(w.seen) {
		return nil, false, w.odd("it announces more rows than it gives, and no further page")
	}
	return w.rows, w.whole(), nil
}

// walk is one reading of a list.
type walk[T any] struct {
	path  string
	id    func(T) string
	limit int

	seen  map[string]bool
	rows  []T
	take  func(rows []T, total int) // gets a page's new rows instead of keeping them
	pages int
	idle  int  // pages in a row that brought nothing new
	moved bool // the list changed its length
	last  Meta
}

// add takes in a page and reports whether there is use for another.
func (w *walk[T]) add(p page[T]) (more bool, err error) {
	w.moved = w.moved || (w.pages > 0 && p.meta.Total != w.last.Total)
	w.pages++
	w.last = p.meta
	w.idle++
	if w.pages == 1 && w.limit == 0 && w.take == nil {
		w.rows = slices.Grow(w.rows, max(0, min(w.last.Total, maxPages)))
	}
	for i := range p.rows {
		if key := w.id(p.rows[i]); !w.seen[key] {
			w.seen[key], w.idle = true, 0
			w.rows = append(w.rows, p.rows[i])
		}
	}
	if w.take != nil {
		w.take(w.rows, w.last.Total)
		w.rows = w.rows[:0]
	}
	switch {
	case w.limit > 0 && len(w.rows) >= w.limit, len(p.rows) == 0: // an empty page is past the end, whatever the page count says
		return false, nil
	case w.idle == maxIdle:
		return false, w.odd("its pages repeat without an end")
	case w.pages == maxPages:
		return false, w.odd("it has no end")
	}
	return true, nil
}

// whole reports that no row can have been skipped.
//
//go:noinline
func (w *walk[T]) whole() bool {
	if w.limit > 0 && len(w.rows) >= w.limit {
		return true
	}
	return !w.moved && len(w.seen) >= w.last.Total
}

//go:noinline
func (w *walk[T]) odd(problem string) error {
	return &Error{Kind: KindProtocol, Method: http.MethodGet, Path: w.path, Message: "the server's list cannot be read: " + problem}
}

// pageSize is how many rows to ask for at a time.
func pageSize(limit int) int {
	if limit > 0 && limit < PageSize {
		return limit
	}
	return PageSize
}

func limitOrAll(limit int) int {
	if limit > 0 {
		return limit
	}
	return math.MaxInt
}

type rawPage struct {
	resp    *Response
	err     error
	decoded any // *page[T], once it is decoded
}

// decodeInto decodes a page beside those that are decoded or on their way.
func decodeInto[T any](r *rawPage) {
	p := decodePage[T](*r)
	r.decoded = &p
}

// pageQuery asks for the nth page.
func pageQuery(query url.Values, n, size int) url.Values {
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	q.Set("page", strconv.Itoa(n))
	q.Set("limit", strconv.Itoa(size))
	return q
}

// comingPage is a page on its way: first as it was sent, then decoded too.
type comingPage struct{ fetched, decoded chan rawPage }

// fetchPages sends the pages, as they will be once decoded, and closes the channel at the last. It
// looks only as far into a body as it needs to know whether there is another.
func fetchPages(ctx context.Context, c *Client, path string, query url.Values, limit int, decode func(*rawPage), out chan<- <-chan rawPage) {
	defer close(out)
	size := pageSize(limit)
	fetch := func(n int) rawPage {
		resp, err := c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: pageQuery(query, n, size), page: true})
		return rawPage{resp: resp, err: err}
	}
	var before json.RawMessage
	more := func(n int, r rawPage) bool { // whether there is a page after the nth, which is r
		if r.err != nil || n >= lastPage(r.resp.Data) || n*size >= limitOrAll(limit) {
			return false
		}
		// However many pages are promised: none follows an empty one, or one that
		// says to the letter what the page before it said.
		said := before
		before = r.resp.Data
		return !emptyPage(r.resp.Data) && !bytes.Equal(said, r.resp.Data)
	}
	launch := func(n int) comingPage {
		c := comingPage{make(chan rawPage, 1), make(chan rawPage, 1)}
		go func() {
			r := fetch(n)
			c.fetched <- r
			decode(&r)
			c.decoded <- r
		}()
		return c
	}
	ahead, last := []comingPage{launch(1)}, 0 // the next pages, in order
	defer func() {
		for _, c := range ahead { // nothing of ours outlives the call
			<-c.decoded
		}
	}()
	for n := 1; ; n++ {
		r, c := <-ahead[0].fetched, ahead[0]
		ahead = ahead[1:]
		again := more(n, r)
		if again && n == 1 {
			last = lastPage(r.resp.Data)
		}
		for next := n + 1 + len(ahead); again && (len(ahead) == 0 || len(ahead) < requestsAhead && next <= last && (next-1)*size < limitOrAll(limit)); next++ {
			ahead = append(ahead, launch(next)) // at least the next one: the list may have grown meanwhile
		}
		select {
		case out <- c.decoded:
		case <-ctx.Done():
			<-c.decoded
			return
		}
		if !again {
			return
		}
	}
}

// emptyPage reports a page without a row, from its first bytes.
func emptyPage(data json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimSpace(data), []byte(`{"data":[]`))
}

// lastPage reads totalPages from the end of a page's body, where the platform
// puts it, without decoding the rows before it. 1 when there is none.
func lastPage(data json.RawMessage) int {
	const key = `"totalPages":`
	at := bytes.LastIndex(data, []byte(key))
	if at < 0 {
		return 1
	}
	digits := bytes.TrimLeft(data[at+len(key):], " ")
	if end := bytes.IndexAny(digits, ",} \n"); end >= 0 {
		digits = digits[:end]
	}
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 1
	}
	return n
}

// decodePage reads the forms a list comes in: {data,meta}, a bare array, and
// the odd {data,total,skip,take} (contract rest 1.5).
func decodePage[T any](r rawPage) page[T] {
	if r.err != nil {
		return page[T]{err: r.err}
	}
	data := bytes.TrimSpace(r.resp.Data)
	if len(data) > 0 && data[0] == '[' {
		var rows []T
		if err := r.resp.Decode(&rows); err != nil {
			return page[T]{err: err}
		}
		return wholeRows(page[T]{rows: rows, meta: Meta{Page: 1, Total: len(rows), TotalPages: 1}}, r)
	}
	var body struct {
		Data *[]T  `json:"data"`
		Meta *Meta `json:"meta"`
		flatMeta
	}
	if err := r.resp.Decode(&body); err != nil {
		return page[T]{err: err}
	}
	if body.Data == nil {
		return page[T]{err: &Error{Kind: KindProtocol, Message: "the server's list has an unexpected shape", Status: r.resp.Status, RequestID: r.resp.RequestID}}
	}
	meta := Meta(body.flatMeta)
	if body.Meta != nil {
		meta = *body.Meta
	}
	return wholeRows(page[T]{rows: *body.Data, meta: meta}, r)
}

// wholeRows refuses a page that has null for a row.
func wholeRows[T any](p page[T], r rawPage) page[T] {
	if slices.ContainsFunc(p.rows, isZero[T]) {
		return page[T]{err: &Error{Kind: KindProtocol, Message: "the server's list has a row that is null", Status: r.resp.Status, RequestID: r.resp.RequestID}}
	}
	return p
}
