package api

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestParseBaseURL(t *testing.T) {
	good := map[string]string{
		"https://h":                     "https://h",
		"https://h:8443/api/v1/":        "https://h:8443",
		"http://[::1]:3000/api/v1":      "http://[::1]:3000",
		"https://h/signs/api/v1":        "https://h/signs",
		"https://h/signs//":             "https://h/signs",
		"HTTPS://h.example.com:443/x/y": "https://h.example.com:443/x/y",
	}
	for in, want := range good {
		if u, err := ParseBaseURL(in); err != nil || u.String() != want {
			t.Errorf("%q: %v %v", in, u, err)
		}
	}
	if u, err := ParseBaseURL(" https://h/\n"); err != nil || u.String() != "https://h" {
		t.Errorf("blanks around it: %v %v", u, err)
	}
	bad := []string{"", "h", "h:3000", "ftp://h", "https://", "https://:8443", "https:///x", "https://h?", "https://h?a=1", "https://h#f", "https://u:CANARY@h", "ftp://u:CANARY@h", "https://u:CANARY@h?x", "https://u:CANARY@h:port", "://", "https://h\x7f"}
	for _, in := range bad {
		u, err := ParseBaseURL(in)
		if err == nil {
			t.Errorf("%q: %v", in, u)
			continue
		}
		if e := asError(t, err, KindInvalid); strings.Contains(e.Message+e.Value+e.Hint, "CANARY") || e.Field != "url" {
			t.Errorf("%q: %+v", in, e)
		}
	}
}

// TestBodyLimit: body-parser's "100kb" is 102,400 bytes, and that many pass.
func TestBodyLimit(t *testing.T) {
	var got int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.Copy(io.Discard, r.Body)
		answer(w, 201, `{"success":true,"data":{}}`)
	})
	c := client(t, s.URL)
	exact := []byte(`{"name":"` + strings.Repeat("x", 102_400-11) + `"}`)
	if _, err := c.Do(t.Context(), Request{Method: "POST", Path: "/x", Body: exact}); err != nil || got != 102_400 {
		t.Errorf("%v, %d bytes", err, got)
	}
	got = 0
	_, err := c.Do(t.Context(), Request{Method: "POST", Path: "/x", Body: append(exact, ' ')})
	if e := asError(t, err, KindInvalid); got != 0 || !strings.Contains(e.Message, "102401") || e.Outcome != OutcomeNone {
		t.Errorf("%+v, %d bytes sent", e, got)
	}
}

func TestHeaders(t *testing.T) {
	var seen []http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header)
		answer(w, 200, `{"success":true,"data":1}`)
	})
	c := client(t, s.URL, func(o *Options) { o.UserAgent = "vizora/1" })
	req, err := NewRequest("POST", "/x", map[string]bool{"loop": false})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Request{req, {Method: "GET", Path: "/x"}} {
		if _, err := c.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range seen {
		if h.Get("Authorization") != "Bearer tok" || h.Get("User-Agent") != "vizora/1" || h.Get("Cookie") != "" || h.Get("Idempotency-Key") != "" || len(h.Get("X-Request-ID")) < 20 {
			t.Errorf("%v", h)
		}
	}
	if seen[0].Get("Content-Type") != "application/json" || seen[1].Get("Content-Type") != "" || seen[0].Get("X-Request-ID") == seen[1].Get("X-Request-ID") {
		t.Errorf("%v", seen)
	}
	if _, err := NewRequest("POST", "/x", func() {}); !IsKind(err, KindInternal) {
		t.Errorf("%v", err)
	}
}

func TestErrorKinds(t *testing.T) {
	seen := map[ErrorKind]bool{}
	for _, k := range ErrorKinds() {
		if k == "" || seen[k] {
			t.Errorf("kind %q", k)
		}
		seen[k] = true
	}
	if KindOf(nil) != "" || KindOf(io.EOF) != KindInternal || OutcomeOf(io.EOF) != OutcomeNone || IsKind(nil, KindInternal) {
		t.Error("foreign errors")
	}
	if e := (&Error{Err: io.EOF}); e.Error() != "EOF" || !errors.Is(e, io.EOF) {
		t.Errorf("%v", e)
	}
}
