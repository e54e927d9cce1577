// Every recorded exchange, replayed in order against a fresh sandbox: same status, same shape, same error text.

package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

type recorded struct {
	Name    string `json:"name"`
	Request struct {
		Method string          `json:"method"`
		Path   string          `json:"path"`
		Body   json.RawMessage `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"response"`
}

func readRecorded(t *testing.T, file string) recorded {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return r
}

// replay maps recorded ids to the sandbox's own as they appear.
type replay struct {
	c    *client
	ids  map[string]string
	like *regexp.Regexp
}

func TestRecordedExchanges(t *testing.T) {
	files, err := filepath.Glob("testdata/rest/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no recorded exchanges", err)
	}
	// The clock is the recorder's: charts are labelled with days.
	began, then := time.Now(), time.Date(2026, 11, 23, 7, 21, 34, 0, time.UTC)
	s := start(t, Options{Seed: 1, Now: func() time.Time { return then.Add(time.Since(began)) }})
	r := &replay{c: newClient(t, s), ids: map[string]string{},
		like: regexp.MustCompile(`^(c[a-z0-9]{24}|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})$`)}
	for _, file := range files {
		rec := readRecorded(t, file)
		t.Run(rec.Name, func(t *testing.T) { r.check(t, rec) })
	}
}

func (r *replay) check(t *testing.T, rec recorded) {
	path, body := r.translate(rec.Request.Path), r.translate(string(rec.Request.Body))
	var headers []string
	var payload any
	if body != "null" && body != "" {
		payload = strings.NewReader(body)
	}
	switch rec.Name {
	case "unauthorized-read", "unauthorized-write":
		headers = []string{"Authorization", ""}
	case "bad-token":
		headers = []string{"Authorization", "Bearer nonsense"}
	case "content-upload":
		form, kind := fileForm(t, "file", "red.png", "image/png", redPNG(t), map[string]string{"name": "Red square"})
		payload, headers = form, []string{"Content-Type", kind}
	case "content-upload-bad-mime":
		form, kind := fileForm(t, "file", "notes.txt", "text/plain", []byte("hello"), nil)
		payload, headers = form, []string{"Content-Type", kind}
	}
	a, err := r.c.do(rec.Request.Method, path, payload, append(headers, "User-Agent", "vizora-cli")...)
	if err != nil {
		t.Fatal(err)
	}
	if a.status != rec.Response.Status {
		t.Fatalf("status %d, recorded %d: %s", a.status, rec.Response.Status, a.raw)
	}
	var want any
	if err := json.Unmarshal(rec.Response.Body, &want); err != nil {
		t.Fatal(err)
	}
	r.compare(t, "$", want, any(a.body))
	for name, value := range rec.Response.Headers {
		got := a.header.Get(name)
		if strings.HasPrefix(name, "x-ratelimit-limit") && got != value || got == "" {
			t.Errorf("header %s is %q, recorded %q", name, got, value)
		}
	}
	if rec.Response.Status >= 400 && rec.Name != "health-ready" && a.header.Get("Etag") != rec.Response.Headers["etag"] {
		t.Errorf("ETag %s, recorded %s: the bytes differ: %s", a.header.Get("Etag"), rec.Response.Headers["etag"], a.raw)
	}
	switch rec.Name {
	case "auth-register":
		// The recorder's organization was upgraded by hand after registration.
		r.c.s.SetSubscription(a.text("data", "organization", "id"), "pro", "active", -1)
		r.c.token = a.text("data", "access_token")
	case "auth-login":
		r.c.token = a.text("data", "access_token")
	}
}

// translate puts the sandbox's ids where the recorded ones are.
func (r *replay) translate(s string) string {
	for old, id := range r.ids {
		s = strings.ReplaceAll(s, old, id)
	}
	return s
}

// compare wants the same keys and JSON types at each path, the same texts except ids, times, tokens and addresses.
func (r *replay) compare(t *testing.T, at string, want, got any) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: %v, recorded an object", at, got)
			return
		}
		if a, b := slices.Sorted(maps.Keys(w)), slices.Sorted(maps.Keys(g)); !slices.Equal(a, b) {
			t.Errorf("%s: keys %v, recorded %v", at, b, a)
		}
		for k := range w {
			r.compare(t, at+"."+k, w[k], g[k])
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			t.Errorf("%s: %v, recorded %v", at, got, want)
			return
		}
		for i := range w {
			r.compare(t, fmt.Sprintf("%s[%d]", at, i), w[i], g[i])
		}
	case string:
		g, ok := got.(string)
		if !ok {
			t.Errorf("%s: %v, recorded %q", at, got, w)
			return
		}
		r.compareText(t, at, w, g)
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) || want != got && !volatile(at) {
			t.Errorf("%s: %v, recorded %v", at, got, want)
		}
	}
}

// volatile are numbers that differ from run to run.
func volatile(at string) bool { return strings.HasSuffix(at, ".uptime") }

func (r *replay) compareText(t *testing.T, at, want, got string) {
	t.Helper()
	switch {
	case r.like.MatchString(want):
		if !r.like.MatchString(got) || (len(want) == 36) != (len(got) == 36) {
			t.Errorf("%s: %q is no id like %q", at, got, want)
		}
		if known, ok := r.ids[want]; ok && known != got {
			t.Errorf("%s: id %s, but the recorded one stood for %s before", at, got, known)
		}
		r.ids[want] = got
	case strings.HasSuffix(want, "Z") && len(want) == len(stampLayout):
		if len(got) != len(want) || !strings.HasSuffix(got, "Z") {
			t.Errorf("%s: %q is no time like %q", at, got, want)
		}
	case strings.Contains(want, "<"), strings.Contains(want, "/uploads/"), strings.HasSuffix(at, ".fileHash"):
		if got == "" {
			t.Errorf("%s is empty, recorded %q", at, want)
		}
	case strings.HasPrefix(want, "/static/thumbnails/"):
		if r.translate(want) != got {
			t.Errorf("%s: %q, recorded %q", at, got, want)
		}
	default:
		if want != got {
			t.Errorf("%s: %q, recorded %q", at, got, want)
		}
	}
}

// redPNG is the recorded upload: a red square of 280 bytes, give or take the encoder.
func redPNG(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for x := range 64 {
		for y := range 64 {
			img.Set(x, y, color.RGBA{R: 255, A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	// Bytes after the end of the image are harmless; they make the size the recorded one.
	return append(b.Bytes(), make([]byte, max(0, 280-b.Len()))...)[:max(280, b.Len())]
}

// fileForm is a multipart body with one file, whose part says its type.
func fileForm(t *testing.T, field, name, mime string, data []byte, fields map[string]string) (*bytes.Buffer, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, field, name))
	h.Set("Content-Type", mime)
	part, err := w.CreatePart(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = part.Write(data); err != nil {
		t.Fatal(err)
	}
	if err = w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

// The recorded 429s: which headers come with which limiter.
func TestRecordedLimits(t *testing.T) {
	now := newClock()
	s := start(t, Options{Limits: LimitsProduction, Now: now.now, Playlists: 2, Contents: 2, Seed: 1})
	c := adminOf(t, s)
	get := func() answer { return mustDo(t, c, "GET", "/playlists?limit=1") }
	second, minute := readRecorded(t, "testdata/rest/limits/002-limited-per-second.json"), readRecorded(t, "testdata/rest/limits/003-limited-per-minute.json")
	for range 10 {
		if a := get(); a.status != http.StatusOK {
			t.Fatalf("allowed call: %d", a.status)
		}
	}
	sameLimit(t, second, get())
	for range 9 {
		now.add(1100)
		for range 10 {
			get()
		}
	}
	now.add(1100)
	sameLimit(t, minute, get())
}

func sameLimit(t *testing.T, rec recorded, a answer) {
	t.Helper()
	if a.status != rec.Response.Status {
		t.Fatalf("status %d, recorded %d", a.status, rec.Response.Status)
	}
	for name, value := range rec.Response.Headers {
		if got := a.header.Get(name); got != value {
			t.Errorf("%s: header %s is %q, recorded %q", rec.Name, name, got, value)
		}
	}
	for name := range a.header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-ratelimit-limit") || strings.HasPrefix(lower, "retry-after") {
			if _, ok := rec.Response.Headers[lower]; !ok {
				t.Errorf("%s: header %s was not recorded", rec.Name, name)
			}
		}
	}
}

func mustDo(t *testing.T, c *client, method, path string) answer {
	t.Helper()
	a, err := c.do(method, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
