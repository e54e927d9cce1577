package main

// This file is about one thing: servers that answer wrongly, and what the
// program then says and returns.

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// raw serves one fixed answer to every request, byte for byte, and closes.
func raw(t *testing.T, answer string) string {
	t.Helper()
	return listen(t, func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = conn.Write([]byte(answer))
		}
	})
}

// listen serves connections, each by itself, until the test ends.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func reply(status int, contentType, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, contentType, len(body), body)
}

// anyToken is a token that is no secret and never expires.
const anyToken = "VIZORA_TOKEN=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1Iiwib3JnYW5pemF0aW9uSWQiOiJvIn0.c2ln"

func TestWrongAnswers(t *testing.T) {
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(tls.Close)
	tls.Config.ErrorLog = nil
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for _, tt := range []struct {
		name, url string
		args      []string
		exit      int
		stderr    []string
	}{
		{"certificate of an unknown authority", tls.URL, []string{"playlist", "list"}, 1,
			[]string{"error: the server's certificate is not accepted", "vizora profile set ca-file=PATH"}},
		{"plain HTTP where TLS is expected", strings.Replace(plain.URL, "http:", "https:", 1), []string{"playlist", "list"}, 1,
			[]string{"error: the server speaks plain HTTP", "use another port"}},
		{"a page instead of JSON", raw(t, reply(200, "text/html; charset=utf-8", "<html>Welcome to the hotel</html>")), []string{"playlist", "list"}, 1,
			[]string{"error: the answer (status 200) is text/html, not a Vizora API's JSON", "no proxy or sign-in page"}},
		{"a proxy's page as an error", raw(t, reply(404, "text/html", "<html>nope</html>")), []string{"playlist", "get", "x"}, 1,
			[]string{"error: the answer (status 404) is text/html"}},
		{"a redirect", raw(t, "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), []string{"playlist", "list"}, 1,
			[]string{"error: the server redirects (status 302) to https://elsewhere.example"}},
		{"half an answer to a read", raw(t, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"success\":true,\"da"), []string{"playlist", "list"}, 1,
			[]string{"error: the connection was lost in the middle of the answer"}},
		{"another service's JSON", raw(t, reply(200, "application/json", `{"status":"ok"}`)), []string{"playlist", "list"}, 1,
			[]string{"error: the server's list has an unexpected shape"}},
		{"a limit that asks for an hour", raw(t, strings.Replace(reply(429, "application/json", `{"statusCode":429,"message":"ThrottlerException: Too Many Requests"}`), "Connection", "Retry-After-long: 3600\r\nConnection", 1)), []string{"playlist", "list"}, 7,
			[]string{"error: ThrottlerException: Too Many Requests", "wait 1h0m0s"}},
		{"a server error", raw(t, reply(500, "application/json", `{"statusCode":500,"message":"Internal server error"}`)), []string{"playlist", "list"}, 1,
			[]string{"error: Internal server error", "HTTP 500"}},
		{"production's bare refusal", raw(t, reply(400, "application/json", `{"message":"Bad Request","statusCode":400}`)), []string{"content", "list"}, 1,
			[]string{"error: Bad Request", "does not say which field"}},
		{"no answer to a delayed read", raw(t, ""), []string{"playlist", "list"}, 1,
			[]string{"error: the connection was lost before the answer"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CACHE_HOME=" + home, "VIZORA_URL=" + tt.url, anyToken}
			r := run(t, env, home, "", append(tt.args, "--retries", "0")...)
			if r.exit != tt.exit || r.stdout != "" {
				t.Errorf("exit %d, want %d; stdout %q\n%s", r.exit, tt.exit, r.stdout, r.stderr)
			}
			for _, want := range tt.stderr {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("stderr lacks %q:\n%s", want, r.stderr)
				}
			}
			if strings.Contains(r.stderr, "c2ln") {
				t.Errorf("stderr shows the token:\n%s", r.stderr)
			}
		})
	}
}
