// The order in which a request is judged (contract rest, end of 1.1): body parser, CSRF, rate limiter, login, subscription,
// role, quota, publish, sanitizing, validation, handler. So a CSRF refusal hides a missing login, and a wrong role hides a bad body.

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	prefix         = "/api/v1"
	jsonBodyLimit  = 100 << 10
	requestTimeout = 30 * time.Second
	uploadTimeout  = 120 * time.Second
)

// serve handles one request from the first byte to Observe.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	x := Exchange{Method: r.Method, Path: r.URL.Path}
	out := &recorder{ResponseWriter: w}
	finished := false
	defer func() {
		if observe := s.opts.Observe; observe != nil {
			if finished {
				x.Status = out.status
			}
			x.Duration = time.Since(began)
			observe(x)
		}
	}()
	s.setDeadline(w, r)
	rt, params := s.routes.find(r.Method, r.URL.Path)
	f := s.faults.Load().draw(r.Method, rt, s.draws.float)
	x.Fault = f.kind()
	if !s.before(f, out, r) {
		finished = true
		return
	}
	c := &call{s: s, w: out, r: r, route: rt, params: params, now: s.opts.Now().UTC().Truncate(time.Millisecond)}
	c.commonHeaders()
	answer, err := c.judge()
	for _, hook := range c.after {
		hook()
	}
	defer c.runLate() // also when the answer is lost
	out.fault = f.answer
	c.write(answer, err)
	out.finish()
	finished = true
}

func (c *call) runLate() {
	for _, f := range c.late {
		f()
	}
}

// setDeadline cuts a request whose body does not arrive in time, without an answer.
func (s *Server) setDeadline(w http.ResponseWriter, r *http.Request) {
	limit := requestTimeout
	if strings.Contains(r.URL.Path, "/content/upload") || strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		limit = uploadTimeout
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit)) // supported by the server's own writer
}

func (c *call) commonHeaders() {
	h := c.w.Header()
	h.Set("Connection", "keep-alive")
	h.Set("Keep-Alive", "timeout=5")
	token := secret(32)
	if k, err := c.r.Cookie(csrfCookie); err == nil && k.Value != "" {
		token = k.Value
	}
	put(h, "X-CSRF-Token", token)
	c.setCookie(csrfCookie, token, false, 24*time.Hour)
}

// judge runs the request through every stage and returns the handler's answer.
func (c *call) judge() (any, error) {
	if err := c.parseBody(); err != nil {
		return nil, err
	}
	if err := c.checkCSRF(); err != nil {
		return nil, err
	}
	if c.route == nil {
		return nil, c.unknownRoute()
	}
	if !c.s.limits.allow(c.w.Header(), c.route.id(), c.route.limit, c.clientIP()) {
		return nil, tooMany("ThrottlerException: Too Many Requests")
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.keepUp()
	if err := c.authorize(); err != nil {
		return nil, err
	}
	c.echoRequestID()
	if err := c.validate(); err != nil {
		return nil, err
	}
	v, err := c.route.handle(c)
	if err != nil {
		return nil, err
	}
	return c.freeze(v), nil
}

// freeze encodes an answer while the lock is held, so that no row changes under the encoder.
func (c *call) freeze(v any) any {
	switch t := v.(type) {
	case noContent, redirect, fileBytes:
		return t
	case rawAnswer:
		return mustJSON(t.body)
	case withStatus:
		return withStatus{t.status, mustJSON(t.body)}
	}
	return mustJSON(envelope{true, v})
}

func (c *call) unknownRoute() error {
	if b, ok := c.staticFile(); ok {
		return b
	}
	return notFound("Cannot " + c.r.Method + " " + c.r.URL.RequestURI())
}

func (c *call) clientIP() string {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return c.r.RemoteAddr
	}
	return host
}

// parseBody reads a JSON body. Any other content type is ignored, as if the body were empty.
func (c *call) parseBody() error {
	mt, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if mt != "application/json" {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(c.r.Body, jsonBodyLimit+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the socket is gone or too slow: the platform destroys it too
	}
	if len(b) > jsonBodyLimit {
		return unexpected("request entity too large")
	}
	c.rawBody = b
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return badRequest("Unexpected token in JSON: " + syntax.Error())
		}
		return badRequest(err.Error())
	}
	switch t := v.(type) {
	case map[string]any:
		c.decoded = t
	case []any:
	default:
		return badRequest("Unexpected token in JSON: a body must be an object or an array")
	}
	return nil
}

// echoRequestID sends the client's request id back if it is well formed, else a new one.
func (c *call) echoRequestID() {
	id := c.r.Header.Get("X-Request-Id")
	if !wellFormedRequestID(id) {
		id = c.s.noise.uuid()
	}
	put(c.w.Header(), "X-Request-ID", id)
}

// wellFormedRequestID reports what the platform's logging interceptor accepts: ^[\w-]{1,128}$.
// A regular expression with that count takes longer to compile than the program to start.
func wellFormedRequestID(id string) bool {
	odd := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-'
	}
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, odd)
}

// validate sanitizes the body, then checks path ids, query and body.
func (c *call) validate() error {
	for _, name := range slices.Sorted(maps.Keys(c.params)) {
		if err := c.s.patterns.check(c.route.ids, c.params[name]); err != nil {
			return err
		}
	}
	if c.route.query != nil {
		in, messages := c.route.query.parse(queryValues(c.r.URL.Query()))
		if len(messages) > 0 {
			return invalid(messages)
		}
		c.query = in
	}
	if c.route.body == nil {
		return nil
	}
	if c.decoded == nil {
		c.decoded = map[string]any{}
	}
	sanitizeInput(c.decoded)
	in, messages := c.route.body.parse(c.decoded, topKeys(c.rawBody))
	if len(messages) > 0 {
		return invalid(messages)
	}
	c.body = in
	return nil
}

// queryValues turns a query into what a schema reads: single values, or lists of repeated ones.
func queryValues(q url.Values) (map[string]any, []string) {
	raw := make(map[string]any, len(q))
	for k, vs := range q {
		if len(vs) == 1 {
			raw[k] = vs[0]
			continue
		}
		list := make([]any, len(vs))
		for i := range vs {
			list[i] = vs[i]
		}
		raw[k] = list
	}
	return raw, slices.Sorted(maps.Keys(raw))
}

// wait sleeps unless the client or the server goes away first.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.closing:
		return false
	}
}
