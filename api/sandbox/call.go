// One request on its way through a handler.

package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// call is what a handler gets. Handlers run with the store's lock held.
type call struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	route  *route
	params map[string]string
	now    time.Time

	rawBody []byte
	decoded map[string]any // JSON body before validation
	body    input
	query   input
	perPage int // rows of a page when the query does not say; 0 = 10

	token  string // the access token presented
	claims claims
	user   *user
	t      *tenant

	after []func() // hooks, once the lock is released
	late  []func() // once the answer is on its way
}

// Answers other than an envelope of data.
type (
	rawAnswer struct{ body any } // sent as it is
	noContent struct{}           // 204
	redirect  struct{ to string }
	fileBytes struct {
		name, mime string
		data       []byte
	}
	withStatus struct {
		status int
		body   any // sent as it is
	}
)

type envelope struct {
	Success bool `json:"success"`
	Data    any  `json:"data"`
}

type pageMeta struct {
	Page       int `json:"page"`
	Limit      int `json:"limit"`
	Total      int `json:"total"`
	TotalPages int `json:"totalPages"`
}

type pageOf struct {
	Data any      `json:"data"`
	Meta pageMeta `json:"meta"`
}

// page reads page and limit of a validated query.
//
//go:noinline
func (c *call) page() (page, limit int) {
	page, limit = 1, 10
	if c.perPage > 0 {
		limit = c.perPage
	}
	if c.query.set("page") {
		page = c.query.num("page")
	}
	if c.query.set("limit") {
		limit = c.query.num("limit")
	}
	return page, limit
}

func (c *call) paged(data any, total int) pageOf {
	page, limit := c.page()
	return pageOf{data, pageMeta{page, limit, total, (total + limit - 1) / limit}}
}

//go:noinline
func (c *call) id() string { return c.params["id"] }

//go:noinline
func (c *call) stamp() stamp { return stamp{c.now} }

// changed reports a committed write to the Changed hook.
func (c *call) changed(kind, id, action string, row any) {
	c.s.saver.touch()
	hook := c.s.opts.Hooks.Changed
	if hook == nil {
		return
	}
	ch := Change{OrganizationID: c.t.org.ID, Kind: kind, ID: id, Action: action, Row: mustJSON(row)}
	c.after = append(c.after, func() { hook(ch) })
}

// outside runs f without the store's lock, for the hooks whose result decides the answer.
func (c *call) outside(f func()) {
	c.s.mu.Unlock()
	defer c.s.mu.Lock()
	f()
}

// encodeJSON is JSON as the platform writes it: no HTML escapes, no newline.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
