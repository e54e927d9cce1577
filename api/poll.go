package api

// This file is about one thing: reading the same list again and again, cheaply:
// each page is asked for only if it has changed (contract rest 1.2: a weak ETag
// and If-None-Match on every JSON GET).

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// DefaultHourly is the platform's limit per route, address and hour in
// production (contract rest 1.8).
const DefaultHourly = 1000

// Poll reads one list repeatedly. It is used by one goroutine at a time.
type Poll[T any] struct {
	client *Client
	path   string
	query  url.Values
	id     func(T) string

	pages  []polledPage[T]
	hourly int
}

type polledPage[T any] struct {
	etag string
	page page[T]
}

// NewPoll prepares reading a list; id returns a row's id.
//
//go:noinline
func NewPoll[T any](c *Client, path string, query url.Values, id func(T) string) *Poll[T] {
	return &Poll[T]{client: c, path: path, query: query, id: id, hourly: DefaultHourly}
}

// Poll prepares reading the kind's list repeatedly.
//
//go:noinline
func (k *Kind[T]) Poll(c *Client) *Poll[T] { return NewPoll(c, k.Path, nil, k.IDOf) }

// Pages is how many requests a reading takes; 0 before the first.
func (p *Poll[T]) Pages() int { return len(p.pages) }

// Hourly is how many requests an hour the server grants the route.
func (p *Poll[T]) Hourly() int { return p.hourly }

// Read returns the list's rows, each once, as List does. Rows of pages that
// have not changed are those of the reading before, and must not be written to.
func (p *Poll[T]) Read(ctx context.Context) ([]T, error) {
	var rows []T
	for range maxWalks {
		w := walk[T]{path: p.path, id: p.id, seen: map[string]bool{}}
		for n, more := 1, true; more; n++ {
			if n > maxPages {
				return nil, w.odd("it does not end")
			}
			got, err := p.page(ctx, n)
			if err != nil {
				return nil, err
			}
			if more, err = w.add(got); err != nil {
				return nil, err
			}
			more = more && (got.meta.TotalPages == 0 || n < got.meta.TotalPages)
			if !more {
				clear(p.pages[n:]) // the list was longer before
				p.pages = p.pages[:n]
			}
		}
		if w.whole() {
			return w.rows, nil
		}
		rows = union(w.rows, rows, p.id)
	}
	return rows, nil
}

// ReadWhile returns the rows of the first pages, up to and with the first for
// which more returns false: for lists of which the newest rows come first. As
// rows may have moved to the next page meanwhile, some may come twice.
func (p *Poll[T]) ReadWhile(ctx context.Context, more func(rows []T) bool) ([]T, error) {
	var rows []T
	for n := 1; n <= maxPages; n++ {
		got, err := p.page(ctx, n)
		if err != nil {
			return nil, err
		}
		rows = append(rows, got.rows...)
		if len(got.rows) == 0 || n >= got.meta.TotalPages || !more(got.rows) {
			break
		}
	}
	return rows, nil
}

// page reads one page, or finds it unchanged.
func (p *Poll[T]) page(ctx context.Context, n int) (page[T], error) {
	req := Request{Method: http.MethodGet, Path: p.path, Query: url.Values{}}
	for k, v := range p.query {
		req.Query[k] = v
	}
	req.Query.Set("page", strconv.Itoa(n))
	req.Query.Set("limit", strconv.Itoa(PageSize))
	if n <= len(p.pages) && p.pages[n-1].etag != "" {
		req.headers = map[string]string{"If-None-Match": p.pages[n-1].etag}
	}
	resp, err := p.client.Do(ctx, req)
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusNotModified && req.headers != nil {
		return p.pages[n-1].page, nil
	}
	if err != nil {
		return page[T]{}, err
	}
	if limit, err := strconv.Atoi(resp.Header.Get("X-RateLimit-Limit-Long")); err == nil && limit > 0 {
		p.hourly = limit
	}
	got := decodePage[T](rawPage{resp: resp})
	if got.err != nil {
		return page[T]{}, got.err
	}
	if n > len(p.pages) {
		p.pages = append(p.pages, make([]polledPage[T], n-len(p.pages))...)
	}
	p.pages[n-1] = polledPage[T]{resp.Header.Get("ETag"), got}
	return got, nil
}
