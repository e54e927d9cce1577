// Writing answers: status, JSON, weak ETag, 304.

package sandbox

import (
	"crypto/sha1" // an ETag is not a secret; the platform's framework uses SHA-1
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// recorder holds an answer back until finish, so that a fault can lose or cut it.
type recorder struct {
	http.ResponseWriter
	status int
	body   []byte
	fault  string // dropAnswer or cutBody
}

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(b []byte) (int, error) {
	r.body = append(r.body, b...)
	return len(b), nil
}

// finish sends the answer, or cuts the connection where the fault says.
func (r *recorder) finish() {
	if r.fault == faultDropAnswer {
		r.status = 0
		panic(http.ErrAbortHandler)
	}
	if r.status != http.StatusNoContent && r.status != http.StatusNotModified {
		r.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	r.ResponseWriter.WriteHeader(r.status)
	if r.fault == faultCutBody {
		_, _ = r.ResponseWriter.Write(r.body[:len(r.body)/2]) // the client may be gone
		_ = http.NewResponseController(r.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = r.ResponseWriter.Write(r.body) // the client may be gone
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// write fills the recorder with the answer or the error.
func (c *call) write(answer any, err error) {
	if err != nil {
		c.writeError(err)
		return
	}
	switch t := answer.(type) {
	case noContent:
		c.w.WriteHeader(http.StatusNoContent)
	case redirect:
		c.w.Header().Set("Location", t.to)
		c.w.WriteHeader(http.StatusFound)
	case fileBytes:
		c.writeFile(http.StatusOK, t)
	case withStatus:
		raw, _ := t.body.(json.RawMessage)
		c.writeJSON(t.status, sanitizeOutput(raw))
	case json.RawMessage:
		if !c.route.raw {
			t = sanitizeOutput(t)
		}
		c.writeJSON(c.route.status(), t)
	}
}

func (c *call) writeError(err error) {
	var f *staticAnswer
	if errors.As(err, &f) {
		c.writeFile(http.StatusOK, f.file)
		return
	}
	var e *apiError
	if !errors.As(err, &e) {
		e = unexpected(err.Error())
	}
	c.writeJSON(e.status, mustJSON(e.render(c.s.opts.Production)))
}

func (c *call) writeFile(status int, f fileBytes) {
	h := c.w.Header()
	h.Set("Content-Type", f.mime)
	if f.name != "" {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", f.name))
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(f.data) // the recorder cannot fail
}

func (c *call) writeJSON(status int, body []byte) {
	h := c.w.Header()
	tag := etag(body)
	h.Set("ETag", tag)
	read := c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
	if read && status < 300 && etagMatches(c.r.Header.Get("If-None-Match"), tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // the recorder cannot fail
}

// etag is the framework's weak tag: length in hexadecimal and 27 characters of a SHA-1.
func etag(body []byte) string {
	sum := sha1.Sum(body)
	return fmt.Sprintf(`W/"%x-%s"`, len(body), base64.StdEncoding.EncodeToString(sum[:])[:27])
}

func etagMatches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || part != "" && strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// staticAnswer is a file outside of the API, found where a 404 would be.
type staticAnswer struct{ file fileBytes }

func (*staticAnswer) Error() string { return "static file" }

// staticFile serves /static/thumbnails/<content id>.<ext>, without login (contract rest 1.1).
func (c *call) staticFile() (error, bool) {
	name, ok := strings.CutPrefix(c.r.URL.Path, "/static/thumbnails/")
	if !ok || c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return nil, false
	}
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	o, ok := c.s.db.objects["thumbnails/"+name]
	if !ok {
		return nil, false
	}
	return &staticAnswer{fileBytes{mime: o.MimeType, data: o.Data}}, true
}
