package api

// This file is about one thing: reading without a connection. A client with
// snapshots keeps what it reads, and answers from it when the server cannot be
// reached; the plain client, which the journal uses to compare and to read
// back, never does.

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// OfflineMode says when a client answers reads from its snapshots.
type OfflineMode int

// The modes.
const (
	SnapshotsIfNeeded OfflineMode = iota // when no connection can be made
	SnapshotsOnly                        // always; nothing is sent
	SnapshotsNever                       // never; what is read is still kept
)

// reader is the part of a client that knows snapshots.
type reader struct {
	snapshots *Snapshots
	mode      OfflineMode
	onStale   func(at time.Time) // called once, with the age of the first answer from a snapshot

	mu   sync.Mutex
	down bool // a connection could not be made
	told bool
}

// WithSnapshots returns a client that shares this one's connections, session
// and budget, keeps what it reads in s, and answers from it as mode says.
// onStale is told once, when the first answer comes from a snapshot.
func (c *Client) WithSnapshots(s *Snapshots, mode OfflineMode, onStale func(at time.Time)) *Client {
	d := *c
	d.reader = &reader{snapshots: s, mode: mode, onStale: onStale, down: mode == SnapshotsOnly}
	return &d
}

// Offline reports that this client has failed to connect, or may not.
func (c *Client) Offline() bool {
	if c.reader == nil {
		return false
	}
	c.reader.mu.Lock()
	defer c.reader.mu.Unlock()
	return c.reader.down
}

// SetOffline tells the client that no connection can be made, so that it does
// not try again.
func (c *Client) SetOffline() {
	if c.reader != nil {
		c.reader.setDown()
	}
}

func (r *reader) setDown() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = true
}

// read answers a GET from the server, or from a snapshot where that is allowed.
func (c *Client) read(ctx context.Context, req Request) (*Response, error) {
	r := c.reader
	if !c.Offline() || r.mode == SnapshotsNever {
		resp, err := c.send(ctx, req)
		if err == nil {
			r.snapshots.keep(req.Path, req.Query, resp.Header.Get("ETag"), resp.Data)
			return resp, nil
		}
		if r.mode == SnapshotsNever || !unreachable(err) {
			return nil, err
		}
		r.setDown()
		if resp := c.recall(req); resp != nil {
			return resp, nil
		}
		return nil, err
	}
	if resp := c.recall(req); resp != nil {
		return resp, nil
	}
	return nil, &Error{
		Kind: KindNetwork, Outcome: OutcomeNotSent, Method: req.Method, Path: req.Path,
		Message: "no connection, and " + req.Path + " was never read before",
		Hint:    "what was read while there was a connection can be read again without one",
	}
}

// recall answers from a snapshot, or returns nil.
func (c *Client) recall(req Request) *Response {
	r := c.reader
	snap := r.snapshots.recall(req.Path, req.Query)
	if whole := wholePage(req.Query); snap == nil && whole != nil {
		snap = r.snapshots.recall(req.Path, whole)
	}
	if snap == nil {
		return nil
	}
	r.mu.Lock()
	first := !r.told
	r.told = true
	r.mu.Unlock()
	if first && r.onStale != nil {
		r.onStale(snap.At)
	}
	return &Response{Status: http.StatusOK, Header: http.Header{}, Data: snap.Data, Attempts: 1, Read: snap.At, Stale: true}
}

// wholePage is the first page of a list in full, which holds every shorter one;
// nil for any other question.
func wholePage(query url.Values) url.Values {
	size, err := strconv.Atoi(query.Get("limit"))
	if err != nil || size >= PageSize || query.Get("page") != "1" {
		return nil
	}
	whole := maps.Clone(query)
	whole.Set("limit", strconv.Itoa(PageSize))
	return whole
}

// Amend changes what is kept of a path after a write of our own, so that a later
// reading without a connection does not take our value for somebody else's. A
// nil from change forgets it.
func (c *Client) Amend(path string, change func(row json.RawMessage) json.RawMessage) {
	if c.reader != nil {
		c.reader.snapshots.amend(path, change)
	}
}

// listed finds a row in what is kept of a list; nil when it is not there.
func (c *Client) listed(path, id string) *Response {
	for page := 1; ; page++ {
		resp := c.recall(Request{Path: path, Query: pageQuery(nil, page, PageSize)})
		if resp == nil {
			return nil
		}
		var list struct {
			Data []json.RawMessage `json:"data"`
			Meta Meta              `json:"meta"`
		}
		if resp.Decode(&list) != nil {
			return nil
		}
		for _, raw := range list.Data {
			var row Row
			if json.Unmarshal(raw, &row) == nil && row.ID == id {
				resp.Data = raw
				return resp
			}
		}
		if page >= list.Meta.TotalPages {
			return nil
		}
	}
}

// unreachable reports that no connection could be made: the one way in which
// being offline is noticed.
func unreachable(err error) bool {
	kind := KindOf(err)
	return OutcomeOf(err) == OutcomeNotSent && (kind == KindNetwork || kind == KindDNS)
}

// ReadRow is one resource as it was read.
type ReadRow[T any] struct {
	Value T
	Raw   json.RawMessage // as the server sent it, from which Schema.Values takes a base
	Read  time.Time       // when the server answered
	Stale bool            // it comes from a snapshot
}

// Read reads one resource by id. Without a connection, one that was never read
// by itself is the row that a list had of it.
func (k *Kind[T]) Read(ctx context.Context, c *Client, id string) (*ReadRow[T], error) {
	if k.NoGet {
		return k.readFromList(ctx, c, id)
	}
	resp, err := c.Do(ctx, Request{Method: http.MethodGet, Path: k.ReadItem(id)})
	if err != nil && c.Offline() {
		if row := c.listed(k.Path, id); row != nil {
			resp, err = row, nil
		}
	}
	if err != nil {
		return nil, err
	}
	var v T
	if err := resp.Decode(&v); err != nil {
		return nil, err
	}
	if isZero(v) || k.IDOf(v) == "" {
		return nil, &Error{Kind: KindProtocol, Message: "the server's answer has an unexpected shape: it has no id", Path: k.ReadItem(id), RequestID: resp.RequestID}
	}
	if k.OnlyType != "" && typeOf(resp.Data) != k.OnlyType {
		return nil, &Error{Kind: KindNotFound, Status: http.StatusNotFound, Message: "what has the id " + id + " is no " + k.Noun}
	}
	return &ReadRow[T]{Value: v, Raw: resp.Data, Read: resp.Read, Stale: resp.Stale}, nil
}

// typeOf is the "type" of a row.
func typeOf(row json.RawMessage) string {
	var r struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(row, &r) // no type: none
	return r.Type
}

// readFromList finds a resource that has no route of its own.
func (k *Kind[T]) readFromList(ctx context.Context, c *Client, id string) (*ReadRow[T], error) {
	rows, err := k.List(ctx, c, nil, 0)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if strings.EqualFold(k.IDOf(rows[i]), id) {
			raw, err := json.Marshal(rows[i])
			return &ReadRow[T]{Value: rows[i], Raw: raw, Read: c.opts.Now()}, err
		}
	}
	return nil, &Error{Kind: KindNotFound, Status: http.StatusNotFound, Message: "no " + k.Noun + " has the id " + id}
}

// Reachable asks the server for a sign of life, once and briefly. Only a
// failure to connect counts as no: any answer is a connection.
func (c *Client) Reachable(ctx context.Context, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := c.Once(ctx, Request{Method: http.MethodGet, Path: "/health/live", public: true, Query: url.Values{}})
	return err == nil || OutcomeOf(err) != OutcomeNotSent
}
