package api

// This file is about one thing: reading a whole list (contract rest 1.5).

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// PageSize is the largest page the platform gives.
const PageSize = 100

// maxWalks bounds how often a list is walked again because rows moved between
// pages meanwhile.
const maxWalks = 3

// Meta is where a page stands in its list.
type Meta struct {
	Page       int `json:"page"`
	Limit      int `json:"limit"`
	Total      int `json:"total"`
	TotalPages int `json:"totalPages"`
}

// page is one decoded page; the odd lists of the contract become one page.
type page[T any] struct {
	rows []T
	meta Meta
	err  error
}

// List walks all pages of a list and returns its rows once each, in the
// server's order. Paging is by offset without a tie-breaker, so rows that are
// inserted or deleted meanwhile shift the pages: rows are told apart by id and
// the list is walked again when a row may have been skipped. limit bounds the
// rows, 0 means all.
func List[T any](ctx context.Context, c *Client, path string, query url.Values, id func(*T) string, limit int) ([]T, error) {
	seen := map[string]bool{}
	var rows []T
	for walk := 1; ; walk++ {
		shifted, err := walkPages(ctx, c, path, query, limit, func(p page[T]) bool {
			for i := range p.rows {
				if key := id(&p.rows[i]); !seen[key] {
					seen[key] = true
					rows = append(rows, p.rows[i])
				}
			}
			return limit == 0 || len(rows) < limit
		})
		if err != nil {
			return nil, err
		}
		if !shifted || walk == maxWalks {
			break
		}
	}
	if limit > 0 && len(rows) > limit {
		rows = rows[:limit]
	}
	return rows, nil
}

// walkPages calls each for every page, in order, until it returns false. The
// next page is on its way while one is being decoded. shifted says that the
// list changed its length under the walk.
func walkPages[T any](ctx context.Context, c *Client, path string, query url.Values, limit int, each func(page[T]) bool) (shifted bool, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	raw := make(chan rawPage, 1)
	go fetchPages(ctx, c, path, query, limit, raw)
	total := -1
	for r := range raw {
		p := decodePage[T](r)
		if p.err != nil {
			return false, p.err
		}
		shifted = shifted || (total >= 0 && p.meta.Total != total)
		total = p.meta.Total
		if !each(p) {
			return false, nil
		}
	}
	return shifted, nil
}

type rawPage struct {
	resp *Response
	err  error
}

// fetchPages sends the pages' bodies and closes the channel at the last. It
// looks only as far into a body as it needs to know whether there is another.
func fetchPages(ctx context.Context, c *Client, path string, query url.Values, limit int, out chan<- rawPage) {
	defer close(out)
	size := PageSize
	if limit > 0 && limit < size {
		size = limit
	}
	for n := 1; ; n++ {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		q.Set("page", strconv.Itoa(n))
		q.Set("limit", strconv.Itoa(size))
		resp, err := c.Do(ctx, Request{Method: http.MethodGet, Path: path, Query: q})
		select {
		case out <- rawPage{resp, err}:
		case <-ctx.Done():
			return
		}
		if err != nil || n >= lastPage(resp.Data) {
			return
		}
	}
}

// lastPage reads meta.totalPages from the end of a page's body, where the
// platform puts it, without decoding the rows before it.
func lastPage(data json.RawMessage) int {
	at := bytes.LastIndex(data, []byte(`"meta":`))
	if at < 0 {
		return 1
	}
	var m Meta
	if json.NewDecoder(bytes.NewReader(data[at+len(`"meta":`):])).Decode(&m) != nil {
		return 1
	}
	return m.TotalPages
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
		return page[T]{rows: rows, meta: Meta{Page: 1, Total: len(rows), TotalPages: 1}}
	}
	var body struct {
		Data  *[]T `json:"data"`
		Meta  Meta `json:"meta"`
		Total int  `json:"total"`
	}
	if err := r.resp.Decode(&body); err != nil {
		return page[T]{err: err}
	}
	if body.Data == nil {
		return page[T]{err: &Error{Kind: KindProtocol, Message: "the server's list has an unexpected shape", Status: r.resp.Status, RequestID: r.resp.RequestID}}
	}
	if body.Meta.Total == 0 {
		body.Meta.Total = body.Total
	}
	return page[T]{rows: *body.Data, meta: body.Meta}
}
