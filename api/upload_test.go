package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var magics = map[string]string{
	".jpg": "\xff\xd8\xff\xe0", ".jpeg": "\xff\xd8\xff\xdb", ".png": "\x89PNG\r\n\x1a\n", ".gif": "GIF89a", ".webp": "RIFF\x10\x00\x00\x00WEBPVP8 ",
	".mp4": "\x00\x00\x00\x20ftypisom", ".m4v": "\x00\x00\x00\x18ftypM4V ", ".mov": "\x00\x00\x00\x14ftypqt  ", ".qt": "anything",
	".avi": "RIFF\x00\x00\x00\x00AVI ", ".webm": "\x1a\x45\xdf\xa3webm", ".pdf": "%PDF-1.7",
}

func file(t testing.TB, name, content string, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if size > 0 {
		if err := os.Truncate(path, size); err != nil { // sparse: no disk is used
			t.Fatal(err)
		}
	}
	return path
}

// TestCheckUpload holds every row of the server's table (contract rest 6.1).
func TestCheckUpload(t *testing.T) {
	rows := []struct {
		mime, extensions string
		max              int64
	}{
		{"image/jpeg", ".jpg .jpeg", 10 << 20}, {"image/png", ".png", 10 << 20}, {"image/gif", ".gif", 10 << 20}, {"image/webp", ".webp", 10 << 20},
		{"video/mp4", ".mp4 .m4v", 100 << 20}, {"video/quicktime", ".mov .qt", 100 << 20}, {"video/x-msvideo", ".avi", 100 << 20}, {"video/webm", ".webm", 100 << 20},
		{"application/pdf", ".pdf", 50 << 20},
	}
	var all []string
	for _, row := range rows {
		for ext := range strings.FieldsSeq(row.extensions) {
			all = append(all, ext)
			u, err := CheckUpload(file(t, "A"+strings.ToUpper(ext), magics[ext], row.max))
			if err != nil || u.MIME != row.mime || u.Size != row.max || u.Name != "A"+strings.ToUpper(ext) {
				t.Errorf("%s: %v %+v", ext, err, u)
			}
			_, err = CheckUpload(file(t, "a"+ext, magics[ext], row.max+1))
			asError(t, err, KindInvalid)
			if ext != ".mov" && ext != ".qt" {
				_, err = CheckUpload(file(t, "a"+ext, "#!/bin/sh something else", 0))
				asError(t, err, KindInvalid)
			}
			_, err = CheckUpload(file(t, "a"+ext, "", 0))
			asError(t, err, KindInvalid)
		}
	}
	if got := UploadExtensions(); !slices.Equal(got, all) {
		t.Errorf("%v", got)
	}
	for _, start := range []string{"\x00\x00\x00\x14ftypisom", "\x00\x00\x00\x20moov", "\x00"} {
		_, err := CheckUpload(file(t, "a.mp4", start, 0))
		asError(t, err, KindInvalid)
	}
	for _, path := range []string{file(t, "a.svg", "<svg/>", 0), file(t, "noext", "x", 0), t.TempDir(), filepath.Join(t.TempDir(), "gone.png")} {
		_, err := NewUpload(path)
		asError(t, err, KindInvalid)
	}
}

func TestUploadRequest(t *testing.T) {
	content := magics[".png"] + strings.Repeat("pixels", 50_000)
	u, err := NewUpload(file(t, `spring "menu".png`, content, 0))
	if err != nil {
		t.Fatal(err)
	}
	u.Fields = map[string]string{"name": "Spring", "a": "first"}
	var reports []int64
	u.Progress = func(n int64) { reports = append(reports, n) }
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "multipart/form-data" || len(params["boundary"]) > 70 {
			t.Errorf("%v %q", err, r.Header.Get("Content-Type"))
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || r.ContentLength != int64(len(body)) || len(r.TransferEncoding) != 0 {
			t.Errorf("%v, length %d of %d", err, r.ContentLength, len(body))
		}
		form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		var order []string
		for {
			part, err := form.NextPart()
			if err != nil {
				if err != io.EOF {
					t.Error(err)
				}
				break
			}
			order = append(order, part.FormName())
			got, _ := io.ReadAll(part)
			if part.FormName() == "file" && (part.Header.Get("Content-Type") != "image/png" || part.FileName() != `spring "menu".png` || string(got) != content) {
				t.Errorf("%v %q, %d bytes", part.Header, part.FileName(), len(got))
			}
		}
		if !slices.Equal(order, []string{"a", "name", "file"}) {
			t.Errorf("parts %v", order)
		}
		answer(w, 201, `{"success":true,"data":{"content":{"id":"x"},"fileHash":"h"}}`)
	})
	c := client(t, s.URL)
	if _, err := c.Do(t.Context(), Request{Method: "POST", Path: "/content/upload", Upload: u}); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(reports) || len(reports) < 2 || reports[len(reports)-1] != int64(len(content)) {
		t.Errorf("progress %v", reports)
	}
}

// TestUploadOfAChangedFile: the server must not take in what was not meant.
func TestUploadOfAChangedFile(t *testing.T) {
	content := magics[".png"] + strings.Repeat("pixels", 500)
	change := map[string]func(string) error{
		"longer":  func(p string) error { return os.WriteFile(p, []byte(content+"more"), 0o600) },
		"shorter": func(p string) error { return os.WriteFile(p, []byte(content[:900]), 0o600) },
		"other":   func(p string) error { return os.WriteFile(p, []byte(strings.ToUpper(content)), 0o600) },
		"gone":    os.Remove,
	}
	for name, do := range change {
		t.Run(name, func(t *testing.T) {
			whole, attempts := 0, 0
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				attempts++
				if _, err := io.Copy(io.Discard, r.Body); err == nil {
					whole++
				}
				answer(w, 201, `{"success":true,"data":{}}`)
			})
			u, err := NewUpload(file(t, "a.png", content, 0))
			if err != nil {
				t.Fatal(err)
			}
			if err := do(u.File); err != nil {
				t.Fatal(err)
			}
			_, err = client(t, s.URL).Do(t.Context(), Request{Method: "POST", Path: "/content/upload", Upload: u})
			if e := asError(t, err, KindLocal); e.Outcome == OutcomeUnknown || !strings.Contains(e.Message, "a.png") {
				t.Errorf("%+v", e)
			}
			if whole != 0 || attempts > 1 {
				t.Errorf("%d whole uploads, %d attempts", whole, attempts)
			}
		})
	}
}

func TestHashFile(t *testing.T) {
	if h, err := HashFile(file(t, "x", "abc", 0)); err != nil || h != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("%v %s", err, h)
	}
	_, err := HashFile(filepath.Join(t.TempDir(), "gone"))
	asError(t, err, KindLocal)
	if d := uploadLimit(100 << 20); d < 20*time.Minute {
		t.Errorf("100 MiB get %v", d)
	}
}

type fullDisk struct{ room int }

var errNoSpace = errors.New("no space left on device")

func (f *fullDisk) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return f.room, errNoSpace
	}
	f.room -= len(p)
	return len(p), nil
}

func TestDownload(t *testing.T) {
	file := strings.Repeat("bytes ", 100_000)
	elsewhere := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("a secret went along: %v", r.Header)
		}
		if strings.HasSuffix(r.URL.Path, "denied") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = io.WriteString(w, "from elsewhere")
	})
	refusals := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			t.Error("no token")
		}
		switch r.URL.Path {
		case "/api/v1/content/bytes/download":
			w.Header().Set("Content-Type", "video/mp4")
			_, _ = io.WriteString(w, file)
		case "/api/v1/content/away/download":
			http.Redirect(w, r, elsewhere.URL+"/x?sig=CANARY", http.StatusFound)
		case "/api/v1/content/denied/download":
			http.Redirect(w, r, elsewhere.URL+"/denied", http.StatusFound)
		case "/api/v1/content/odd/download":
			http.Redirect(w, r, "minio://bucket/CANARY", http.StatusFound)
		case "/api/v1/content/dead/download":
			http.Redirect(w, r, "http://127.0.0.1:1/x?sig=CANARY", http.StatusFound)
		case "/api/v1/content/cut/download":
			w.Header().Set("Content-Length", "1000000")
			_, _ = io.WriteString(w, file[:5000])
		case "/api/v1/content/stall/download":
			_, _ = io.WriteString(w, file[:5000])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/api/v1/content/busy/download":
			if refusals++; refusals < 3 {
				answer(w, 502, `{"message":"x"}`)
				return
			}
			_, _ = io.WriteString(w, "at last")
		default:
			answer(w, 404, `{"message":"Content file not found","error":"Not Found","statusCode":404}`)
		}
	})
	tests := []struct {
		id, mime string
		n        int64
		kind     ErrorKind
	}{
		{"bytes", "video/mp4", int64(len(file)), ""},
		{"away", "image/png", 14, ""},
		{"busy", "text/plain; charset=utf-8", 7, ""},
		{"missing", "", 0, KindNotFound},
		{"denied", "", 0, KindForbidden},
		{"odd", "", 0, KindProtocol},
		{"dead", "", 0, KindNetwork},
		{"cut", "", 5000, KindNetwork},
		{"stall", "", 5000, KindTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			var b bytes.Buffer
			c := client(t, s.URL, func(o *Options) { o.Attempt = 300 * time.Millisecond })
			mime, n, err := c.Download(t.Context(), tt.id, &b)
			if tt.kind != "" {
				if e := asError(t, err, tt.kind); strings.Contains(e.Message, "CANARY") || e.Err != nil && strings.Contains(e.Err.Error(), "CANARY") {
					t.Errorf("%+v", e)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if mime != tt.mime || n != tt.n || int64(b.Len()) != n {
				t.Errorf("%q, %d bytes, %d written", mime, n, b.Len())
			}
		})
	}
	c := client(t, s.URL)
	_, _, err := c.Download(t.Context(), "bytes", &fullDisk{1000})
	if e := asError(t, err, KindLocal); !errors.Is(e, errNoSpace) {
		t.Errorf("%+v", e)
	}
	var b bytes.Buffer
	if mime, n, err := c.FetchURL(t.Context(), elsewhere.URL+"/shot.png", &b); err != nil || mime != "image/png" || n != 14 {
		t.Errorf("%v %q %d", err, mime, n)
	}
	for _, address := range []string{"file:///etc/hostname", "http://%zz", "data:text/plain,x"} {
		_, _, err := c.FetchURL(t.Context(), address, io.Discard)
		asError(t, err, KindProtocol)
	}
}

func TestDownloadRenewsTheSession(t *testing.T) {
	p := newPlatform(t)
	var b bytes.Buffer
	if _, _, err := client(t, p.URL, withTokens(&memory{creds: Credentials{"stale", "refresh-0"}})).Download(t.Context(), "x", &b); err != nil || p.refreshes != 1 {
		t.Errorf("%v, %d refreshes", err, p.refreshes)
	}
	silent := newScript(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
	_, _, err := client(t, silent.addr, func(o *Options) { o.Attempt = 20 * time.Millisecond }).Download(t.Context(), "x", &b)
	asError(t, err, KindTimeout)
}
