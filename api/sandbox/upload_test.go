// Upload rules, storage, thumbnails, replacement (contract rest 6.1).

package sandbox

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

func TestUploadRules(t *testing.T) {
	s := start(t, Options{})
	c := adminOf(t, s)
	png := redPNG(t)
	mp4 := append([]byte{0, 0, 0, 0x18}, "ftypisom...."...)
	odd := append([]byte{0, 0, 0, 0x24}, "ftypisom...."...)
	for _, tc := range []struct {
		field, name, mime string
		data              []byte
		status            int
		message           string
	}{
		{"file", "a.png", "image/png", png, 201, ""},
		{"file", "a.mp4", "video/mp4", mp4, 201, ""},
		{"file", "a.mp4", "video/mp4", odd, 400, "File content does not match declared type (possible spoofing attempt)"},
		{"file", "a.png", "application/octet-stream", png, 400, "File type not allowed."},
		{"file", "a.jpg", "image/png", png, 400, "Invalid file extension."},
		{"file", "a.png", "image/png", []byte("GIF89a"), 400, "File content does not match declared type (possible spoofing attempt)"},
		{"file", "a.png", "image/png", append(png[:len(png):len(png)], "<script>"...), 400, "File contains suspicious content and has been rejected"},
		{"file", "a.pdf", "application/pdf", []byte("%PDF-1.4 /JavaScript"), 400, "File contains suspicious content and has been rejected"},
		{"file", "a.png", "image/png", append(png[:len(png):len(png)], make([]byte, 10*mib)...), 400, "File too large. Max size: 10MB"},
		{"image", "a.png", "image/png", png, 400, "Unexpected field - image"},
	} {
		form, kind := fileForm(t, tc.field, tc.name, tc.mime, tc.data, map[string]string{"duration": "5"})
		a, err := c.do("POST", "/content/upload", form, "Content-Type", kind)
		if err != nil {
			t.Fatal(err)
		}
		if a.status != tc.status || !strings.HasPrefix(a.message(), tc.message) {
			t.Errorf("%s %s as %s: %d %s, want %d %s", tc.field, tc.name, tc.mime, a.status, a.raw, tc.status, tc.message)
		}
	}
	if m := c.call(400, "POST", "/content/upload", nil).message(); m != "No file provided" {
		t.Error(m)
	}
}

func TestTwoUploadsShareOneObject(t *testing.T) {
	s := start(t, Options{ObjectStorage: true})
	c := adminOf(t, s)
	c.call(200, "GET", "/health/ready", nil)
	up := func() answer {
		form, kind := fileForm(t, "file", "Red.PNG", "image/png", redPNG(t), map[string]string{"type": "banana", "name": "<i>A</i> & B"})
		return c.call(201, "POST", "/content/upload", form, "Content-Type", kind)
	}
	one, two := up(), up()
	a, b := one.text("data", "content", "id"), two.text("data", "content", "id")
	if one.text("data", "content", "url") != two.text("data", "content", "url") || a == b {
		t.Errorf("%s\n%s", one.raw, two.raw)
	}
	if one.text("data", "content", "type") != "banana" || one.text("data", "content", "name") != "A & B" {
		t.Errorf("%s", one.raw)
	}
	got := c.call(200, "GET", "/content/"+a+"/download", nil)
	if !bytes.Equal(got.raw, redPNG(t)) {
		t.Error("other bytes came back")
	}
	thumb := c.call(200, "GET", "/content/"+a, nil).text("data", "thumbnail")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+thumb, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if thumb == "" || res.StatusCode != http.StatusOK {
		t.Errorf("thumbnail %q: %d", thumb, res.StatusCode)
	}
	c.call(200, "DELETE", "/content/"+a, nil)
	if m := c.call(404, "GET", "/content/"+b+"/download", nil).message(); m != "Content file not found" {
		t.Error(m)
	}
}

func TestReplaceKeepsBackup(t *testing.T) {
	s := start(t, Options{})
	c := adminOf(t, s)
	form, kind := fileForm(t, "file", "a.png", "image/png", redPNG(t), nil)
	id := c.call(201, "POST", "/content/upload", form, "Content-Type", kind).text("data", "content", "id")
	form, kind = fileForm(t, "file", "b.gif", "image/gif", []byte("GIF89a..."), map[string]string{"keepBackup": "true"})
	a := c.call(200, "POST", "/content/"+id+"/replace", form, "Content-Type", kind)
	if a.at("data", "content", "versionNumber") != 2.0 {
		t.Errorf("%s", a.raw)
	}
	v := c.call(200, "GET", "/content/"+id+"/versions", nil)
	if v.text("data", 1, "name") != "a.png (v1)" || v.text("data", 1, "status") != "archived" {
		t.Errorf("%s", v.raw)
	}
	form, kind = fileForm(t, "file", "b.gif", "image/gif", []byte("GIF89a..."), map[string]string{"type": "x"})
	c.call(400, "POST", "/content/"+id+"/replace", form, "Content-Type", kind)
}

func TestStorageQuotaAndProduction(t *testing.T) {
	s := start(t, Options{ObjectStorage: true})
	c := adminOf(t, s)
	s.mu.Lock()
	s.db.byOrg[s.db.logins[0].OrganizationID].org.StorageQuotaBytes = 100
	s.mu.Unlock()
	form, kind := fileForm(t, "file", "a.png", "image/png", redPNG(t), nil)
	if a := c.call(413, "POST", "/content/upload", form, "Content-Type", kind); a.at("quotaBytes") != 100.0 || a.at("statusCode") != nil {
		t.Errorf("%s", a.raw)
	}
	p := adminOf(t, start(t, Options{Production: true}))
	form, kind = fileForm(t, "file", "a.png", "image/png", redPNG(t), nil)
	p.call(503, "POST", "/content/upload", form, "Content-Type", kind)
}
