package api

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

func TestSuccessBodies(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   string // "" = no payload
		kind   ErrorKind
	}{
		{"envelope", 200, `{"success":true,"data":{"id":"x"}}`, `{"id":"x"}`, ""},
		{"created", 201, `{"success":true,"data":[1]}`, `[1]`, ""},
		{"blanks around it", 200, " \n{ \"success\" : true , \"data\" : {\"a\":1} } \n", `{"a":1}`, ""},
		{"other order", 200, `{"data":{"a":1},"success":true}`, `{"a":1}`, ""},
		{"null data", 200, `{"success":true,"data":null}`, `null`, ""},
		{"no data", 201, `{"success":true,"message":"done"}`, `{"success":true,"message":"done"}`, ""},
		{"only success", 200, `{"success":true}`, `{"success":true}`, ""},
		{"no content", 204, ``, ``, ""},
		{"empty 200", 200, ``, ``, ""},
		{"bare array", 200, `[{"id":"x"}]`, `[{"id":"x"}]`, ""},
		{"raw object", 200, `{"status":"ok","uptime":3}`, `{"status":"ok","uptime":3}`, ""},
		{"raw object with data", 200, `{"data":[],"total":0}`, `{"data":[],"total":0}`, ""},
		{"text", 200, `hello`, ``, KindProtocol},
		{"page of a proxy", 200, `<html>sign in</html>`, ``, KindProtocol},
		{"half a body", 200, `{"success":true,"data":{"id":`, ``, KindProtocol},
		{"two bodies", 200, `{"success":true,"data":1}{"x":2}`, ``, KindProtocol},
		{"redirect", 307, ``, ``, KindProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if tt.status == 204 {
					w.WriteHeader(http.StatusNoContent)
					return
				}
				answer(w, tt.status, tt.body)
			})
			resp, err := client(t, s.URL).Do(t.Context(), Request{Method: "GET", Path: "/x"})
			if tt.kind != "" {
				if e := asError(t, err, tt.kind); e.Attempts != 1 || e.Status != tt.status {
					t.Fatalf("attempts %d, status %d", e.Attempts, e.Status)
				}
				return
			}
			if err != nil || string(resp.Data) != tt.want || resp.Status != tt.status {
				t.Fatalf("%v, %q", err, resp.Data)
			}
		})
	}
}

func TestDecodeAnEmptyAnswer(t *testing.T) {
	var v any
	asError(t, (&Response{Status: 204}).Decode(&v), KindProtocol)
	asError(t, (&Response{Data: json.RawMessage(`[]`)}).Decode(&struct{ A int }{}), KindProtocol)
}

func TestRecordedErrors(t *testing.T) {
	tests := []struct {
		name    string
		kind    ErrorKind
		outcome Outcome
		message string
		details int
	}{
		{"003", KindUnauthenticated, OutcomeRefused, "Invalid email or password", 0},
		{"006", KindUnauthenticated, OutcomeRefused, "Unauthorized", 0},
		{"007", KindForbidden, OutcomeRefused, "CSRF cookie missing", 0},
		{"008", KindUnauthenticated, OutcomeRefused, "Unauthorized", 0},
		{"009", KindNotFound, OutcomeRefused, "Cannot GET /api/v1/nope", 0},
		{"011", KindRejected, OutcomeRefused, "name should not be empty", 0},
		{"023", KindRejected, OutcomeRefused, "Validation failed (valid ID expected — UUID or CUID format)", 0},
		{"024", KindNotFound, OutcomeRefused, "Content not found", 0},
		{"026", KindNotFound, OutcomeRefused, "Content not found", 0},
		{"045", KindNotFound, OutcomeRefused, "All playlist items must be included in reorder", 0},
		{"048", KindNotFound, OutcomeRefused, "Playlist not found", 0},
		{"052", KindConflict, OutcomeRefused, "Display with this device ID already exists", 0},
		{"056", KindRejected, OutcomeRefused, "Validation failed (uuid is expected)", 0},
		{"064", KindConflict, OutcomeRefused, "Cannot request screenshot from offline device", 0},
		{"limited-per-second", KindRateLimited, OutcomeRefused, "ThrottlerException: Too Many Requests", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := recorded(t, tt.name)
			c := client(t, replay(t, x).URL, func(o *Options) { o.Retry.Attempts = 1 })
			path, _, _ := strings.Cut(x.Request.Path, "?")
			_, err := c.Do(t.Context(), Request{Method: x.Request.Method, Path: path})
			e := asError(t, err, tt.kind)
			if e.Outcome != tt.outcome || e.Message != tt.message || len(e.Details) != tt.details {
				t.Errorf("outcome %d, message %q, details %q", e.Outcome, e.Message, e.Details)
			}
			if e.RequestID != "from-the-server" || e.Status != x.Response.Status || e.Method != x.Request.Method || e.Path != path {
				t.Errorf("%+v", e)
			}
		})
	}
}

// TestEveryRecordedErrorIsUnderstood holds that no recorded refusal is taken for
// another server's.
func TestEveryRecordedErrorIsUnderstood(t *testing.T) {
	entries, err := os.ReadDir("testdata/recorded")
	if err != nil {
		t.Fatal(err)
	}
	errors := 0
	for _, entry := range entries {
		x := recorded(t, strings.TrimSuffix(entry.Name(), ".json"))
		if x.Response.Status < 400 {
			if _, err := unwrap(x.Response.Body); err != nil {
				t.Errorf("%s: %v", entry.Name(), err)
			}
			continue
		}
		errors++
		e := answerError(&Request{Method: x.Request.Method, Path: x.Request.Path}, x.Response.Status, http.Header{}, x.Response.Body)
		if e.Kind == KindProtocol || e.Message == "" || e.Outcome == OutcomeNone {
			t.Errorf("%s: %+v", entry.Name(), e)
		}
	}
	if errors < 20 {
		t.Errorf("only %d recorded errors", errors)
	}
}

func TestErrorBodies(t *testing.T) {
	tests := []struct {
		name, mime string
		method     string
		status     int
		body       string
		kind       ErrorKind
		outcome    Outcome
		message    string
		hint       string
		details    int
	}{
		{"list of texts", "application/json", "POST", 400, `{"message":["a must be b","c must be d"],"error":"Bad Request","statusCode":400}`, KindRejected, OutcomeRefused, "a must be b; c must be d", "", 2},
		{"production 400", "application/json", "POST", 400, `{"message":"Bad Request","statusCode":400}`, KindRejected, OutcomeRefused, "Bad Request", "production server", 0},
		{"storage quota", "application/json", "POST", 413, `{"message":"Storage quota exceeded","usedBytes":900,"quotaBytes":1000,"availableBytes":100,"requestedBytes":200}`, KindRejected, OutcomeRefused, "Storage quota exceeded", "900 of 1000 bytes", 0},
		{"500 on a write", "application/json", "POST", 500, `{"statusCode":500,"message":"Internal server error"}`, KindServer, OutcomeUnknown, "Internal server error", "read the resource back", 0},
		{"sweep timeout", "application/json", "POST", 504, `{"message":"sweep timed out","scanned":5,"assigned":3,"total":9,"hint":"the rule was saved"}`, KindPartial, OutcomeDone, "the tag rule is saved, but the search for its displays took too long: 5 of 9 were looked at, 3 got its playlist", "do not send it again", 1},
		{"fleet limit", "application/json", "POST", 429, `{"statusCode":429,"message":"Fleet command rate limit exceeded"}`, KindRateLimited, OutcomeRefused, "Fleet command rate limit exceeded", "", 0},
		{"readiness", "application/json", "GET", 503, `{"status":"unhealthy","timestamp":"x","uptime":1}`, KindServer, OutcomeUnknown, "the server answered 503 Service Unavailable", "", 0},
		{"proxy's 404", "text/html; charset=utf-8", "DELETE", 404, `<html>nothing here</html>`, KindProtocol, OutcomeUnknown, "the answer (status 404) is text/html, not a Vizora API's JSON", "", 0},
		{"proxy's 502", "text/html", "POST", 502, `<html>bad gateway</html>`, KindServer, OutcomeUnknown, "the server answered 502 Bad Gateway", "", 0},
		{"proxy's 429", "text/html", "POST", 429, `<html>slow down</html>`, KindRateLimited, OutcomeRefused, "the server answered 429 Too Many Requests", "", 0},
		{"other service's 404", "application/json", "DELETE", 404, `{"detail":"Not Found"}`, KindProtocol, OutcomeUnknown, "the answer (status 404) is something that is not JSON, not a Vizora API's JSON", "", 0},
		{"other service's 401", "application/json", "GET", 401, `{"error":{"code":401}}`, KindProtocol, OutcomeUnknown, "", "", 0},
		{"empty 404", "", "GET", 404, ``, KindNotFound, OutcomeRefused, "the server answered 404 Not Found", "", 0},
		{"empty 503", "", "GET", 503, ``, KindServer, OutcomeUnknown, "the server answered 503 Service Unavailable", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{tt.mime}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			_, err := client(t, s.URL, func(o *Options) { o.Retry.Attempts = 1 }).Do(t.Context(), Request{Method: tt.method, Path: "/x"})
			e := asError(t, err, tt.kind)
			if e.Outcome != tt.outcome || (tt.message != "" && e.Message != tt.message) || len(e.Details) != tt.details || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("outcome %d, message %q, hint %q, details %q", e.Outcome, e.Message, e.Hint, e.Details)
			}
		})
	}
}

func TestRequestIDIsOursWhenTheServerSendsNone(t *testing.T) {
	var sent string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header.Get("X-Request-ID")
		answer(w, 404, `{"message":"no"}`)
	})
	_, err := client(t, s.URL).Do(t.Context(), Request{Method: "GET", Path: "/x"})
	if e := asError(t, err, KindNotFound); sent == "" || e.RequestID != sent {
		t.Errorf("sent %q, reported %q", sent, e.RequestID)
	}
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	skewed := now.Add(3 * time.Hour)
	tests := []struct {
		name   string
		header http.Header
		want   time.Duration
		ok     bool
	}{
		{"none", http.Header{}, 0, false},
		{"default", http.Header{"Retry-After": {"7"}}, 7 * time.Second, true},
		{"short", http.Header{"Retry-After-Short": {"1"}}, time.Second, true},
		{"medium", http.Header{"Retry-After-Medium": {"42"}}, 42 * time.Second, true},
		{"long", http.Header{"Retry-After-Long": {"3600"}}, time.Hour, true},
		{"the longest of several", http.Header{"Retry-After": {"2"}, "Retry-After-Medium": {"9"}}, 9 * time.Second, true},
		{"date against the server's clock", http.Header{"Retry-After": {skewed.Add(30 * time.Second).Format(http.TimeFormat)}, "Date": {skewed.Format(http.TimeFormat)}}, 30 * time.Second, true},
		{"date against ours", http.Header{"Retry-After": {now.Add(5 * time.Second).Format(http.TimeFormat)}}, 5 * time.Second, true},
		{"old date form", http.Header{"Retry-After": {now.Add(time.Minute).Format(time.RFC850)}}, time.Minute, true},
		{"past date", http.Header{"Retry-After": {now.Add(-time.Hour).Format(http.TimeFormat)}}, 0, true},
		{"negative", http.Header{"Retry-After": {"-3"}}, 0, false},
		{"fraction", http.Header{"Retry-After": {"1.5"}}, 0, false},
		{"nonsense", http.Header{"Retry-After": {"soon"}}, 0, false},
		{"overflow", http.Header{"Retry-After": {"99999999999999999999"}}, 0, false},
	}
	for _, tt := range tests {
		if got, ok := retryAfter(tt.header, now); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %v %v, want %v %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
	if got := namedWait(http.Header{"Retry-After": {"0"}}); got != time.Second {
		t.Errorf("a wait of zero became %v", got)
	}
}

func FuzzUnwrap(f *testing.F) {
	for _, s := range []string{``, `{}`, `{"success":true,"data":null}`, `[1]`, `{"success":true,"data":{"a":[1,2]}}`, `x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		data, err := unwrap(body)
		if err == nil && data != nil && !json.Valid(data) {
			t.Fatalf("%q gave %q", body, data)
		}
		e := answerError(&Request{Method: "POST", Path: "/x"}, 400, http.Header{}, body)
		if e.Message == "" || e.Kind == "" || e.Outcome == OutcomeNone {
			t.Fatalf("%q gave %+v", body, e)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "Mon, 23 Nov 2026 10:00:00 GMT")
	f.Add("Mon, 23 Nov 2026 10:00:00 GMT", "x")
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, wait, date string) {
		if d, ok := retryAfter(http.Header{"Retry-After-Long": {wait}, "Date": {date}}, now); d < 0 || (!ok && d != 0) {
			t.Fatalf("%v %v", d, ok)
		}
	})
}

func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere := 0
	other := serve(t, func(http.ResponseWriter, *http.Request) { elsewhere++ })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/api/v1/x?sig=1", http.StatusFound)
	})
	for _, method := range []string{"GET", "POST"} {
		_, err := client(t, s.URL).Do(context.Background(), Request{Method: method, Path: "/x"})
		if e := asError(t, err, KindProtocol); !strings.Contains(e.Message, other.URL) || strings.Contains(e.Message, "sig") || e.Attempts != 1 {
			t.Errorf("%+v", e)
		}
	}
	if elsewhere != 0 {
		t.Errorf("%d requests followed", elsewhere)
	}
}
