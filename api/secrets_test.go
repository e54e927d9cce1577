package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

const (
	canaryAccess  = "CANARY-access"
	canaryRefresh = "CANARY-refresh"
)

func TestFormattingShowsNoToken(t *testing.T) {
	creds := Credentials{canaryAccess, canaryRefresh}
	o := Options{BaseURL: "https://h", Tokens: StaticToken(canaryAccess)}
	c := client(t, o.BaseURL, withTokens(o.Tokens))
	session := &Session{Credentials: creds}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "creds", creds, "token", StaticToken(canaryAccess))
	shown := logged.String()
	for _, v := range []any{creds, &creds, []Credentials{creds}, o, &o, c, *session, session, StaticToken(canaryAccess), map[string]any{"a": creds}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			shown += fmt.Sprintf(verb, v)
		}
	}
	if strings.Contains(shown, "CANARY") || strings.Contains(shown, fmt.Sprintf("%x", "CANARY")) {
		t.Error(shown)
	}
}

func TestErrorsAndExchangesShowNoToken(t *testing.T) {
	for _, status := range []int{200, 302, 401, 403, 500, 502} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://user:pw@elsewhere.example/x?sig=CANARY")
			answer(w, status, `{"success":true,"data":{},"message":"no"}`)
		})
		var seen []Exchange
		c := client(t, s.URL, withTokens(&memory{creds: Credentials{canaryAccess, canaryRefresh}}), func(o *Options) {
			o.OnResult = func(e Exchange) { seen = append(seen, e) }
		})
		_, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"})
		_, renewErr := c.Renew(t.Context())
		text := fmt.Sprintf("%v %+v %#v %v %+v %+v", err, err, err, renewErr, renewErr, seen)
		for _, e := range []error{err, renewErr} {
			if e, ok := errors.AsType[*Error](e); ok {
				raw, _ := json.Marshal(e)
				text += string(raw) + fmt.Sprint(e.Unwrap(), *e)
			}
		}
		if strings.Contains(text, "CANARY") || len(seen) < 2 {
			t.Errorf("%d: %d exchanges, %s", status, len(seen), text)
		}
	}
}

func TestPlainHTTPCarriesNoToken(t *testing.T) {
	reached := false
	proxyURL := serve(t, func(w http.ResponseWriter, r *http.Request) {
		reached = true
		answer(w, 200, `{"success":true,"data":1}`)
	}).URL
	change := func(o *Options) { o.Proxy = http.ProxyURL(mustURL(t, proxyURL)) }
	c := client(t, "http://signs.example.com", change)
	_, err := c.Do(t.Context(), Request{Method: "GET", Path: "/x"})
	asError(t, err, KindInvalid)
	_, err = c.Login(t.Context(), "a@example.com", "pw")
	asError(t, err, KindInvalid)
	_, _, err = c.Download(t.Context(), "c1", &bytes.Buffer{})
	asError(t, err, KindInvalid)
	if reached {
		t.Fatal("something was sent")
	}
	allowed := client(t, "http://signs.example.com", change, func(o *Options) { o.AllowPlainHTTP = true })
	if _, err := allowed.Do(t.Context(), Request{Method: "GET", Path: "/x"}); err != nil || !reached {
		t.Errorf("%v", err)
	}
	for host, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "127.8.9.1": true, "::1": true, "192.168.1.2": false, "localhost.example.com": false, "0.0.0.0": false, "": false} {
		if isLoopback(host) != want {
			t.Errorf("%q", host)
		}
	}
}

func TestRedactJSON(t *testing.T) {
	tests := []struct{ in, want string }{
		{`{"a":1.50,"b":[true,null],"c":"<&>"}`, `{"a":1.50,"b":[true,null],"c":"<&>"}`},
		{`{"access_token":"x","user":{"id":1,"tempPassword":"y"}}`, `{"access_token":"[redacted]","user":{"id":1,"tempPassword":"[redacted]"}}`},
		{`[{"backupCodes":["a","b"],"n":12345678901234567890}]`, `[{"backupCodes":"[redacted]","n":12345678901234567890}]`},
		{`{"token":"","refresh-token":null}`, `{"refresh-token":null,"token":""}`},
		{`{"token":"first","token":""}`, `{"token":""}`},
		{`{"sid":"x","url":"https://u:p@example.com/a?token=c"}`, `{"sid":"x","url":"https://u:p@example.com/a?token=c"}`},
		{``, ``},
		{`not json token=x`, `"[not JSON, withheld]"`},
	}
	for _, tt := range tests {
		if got := string(RedactJSON([]byte(tt.in))); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.in, got, tt.want)
		}
	}
	for _, name := range []string{"Authorization", "Set-Cookie", "Cookie", "X-API-Key", "X-CSRF-Token", "newPassword", "pairingCode", "otpauthUrl", "stripeCustomerId"} {
		if !SecretName(name) {
			t.Errorf("%s is secret", name)
		}
	}
	for _, name := range []string{"name", "keyboard", "tokens_used", "id", "nickname"} {
		if SecretName(name) {
			t.Errorf("%s is not secret", name)
		}
	}
}

// TestRedactLog: what is logged hides more than what is shown and kept.
func TestRedactLog(t *testing.T) {
	for in, want := range map[string]string{
		`["https://cdn.example.com/a.png?X-Amz-Signature=x&w=1","b?token=1"]`: `["https://cdn.example.com/a.png?X-Amz-Signature=[redacted]&w=1","b?token=1"]`,
		`{"url":"https://u:p@example.com/a?b=c"}`:                             `{"url":"https://u:[redacted]@example.com/a?b=c"}`,
		`{"target":"https://hooks.slack.com/services/T0/B0/xyz"}`:             `{"target":"https://hooks.slack.com/services/[redacted]"}`,
		`{"sid":"x","upgrades":[],"password":"y"}`:                            `{"password":"[redacted]","sid":"[redacted]","upgrades":[]}`,
		`{"url":"https://example.com/?q=a@b:c"}`:                              `{"url":"https://example.com/?q=a@b:c"}`,
	} {
		if got := string(RedactLog([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestRedactQuery(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"limit=1&page=2":              "limit=1&page=2",
		"access_token=x&limit=1":      "access_token=[redacted]&limit=1",
		"EIO=4&sid=abc&token":         "EIO=4&sid=[redacted]&token",
		"pass%77ord=x&API-Key=y":      "pass%77ord=[redacted]&API-Key=[redacted]",
		"%zz=x&tokens_used=3&token=a": "%zz=[redacted]&tokens_used=3&token=[redacted]",
	} {
		if got := RedactQuery(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func FuzzRedactJSON(f *testing.F) {
	f.Add(`{"password":"CANARY","a":{"token":["CANARY"]}}`)
	f.Add(`{"token":"CANARY","token":""}`)
	f.Add(`[{"key":{"x":"CANARY"}},"fine"]`)
	f.Fuzz(func(t *testing.T, doc string) {
		out := RedactJSON([]byte(doc))
		if len(bytes.TrimSpace(out)) > 0 && !json.Valid(out) {
			t.Fatalf("%q became %q", doc, out)
		}
		if again := RedactJSON(out); !bytes.Equal(again, out) {
			t.Fatalf("%q, then %q", out, again)
		}
		wrapped, err := json.Marshal(map[string]any{"list": []any{map[string]string{"refresh_token": "CANARY-9", "name": doc}}})
		if err != nil {
			t.Fatal(err)
		}
		var back struct{ List []map[string]string }
		if err := json.Unmarshal(RedactJSON(wrapped), &back); err != nil {
			t.Fatal(err)
		}
		var want struct{ List []map[string]string }
		_ = json.Unmarshal(wrapped, &want)
		if back.List[0]["refresh_token"] != Redacted || back.List[0]["name"] != want.List[0]["name"] {
			t.Fatalf("%q", back)
		}
	})
}
