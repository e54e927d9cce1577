// Uploaded files: what is accepted, where it is stored, thumbnails, replacement (contract rest 6.1).

package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

const mib = 1 << 20

// fileKind is one accepted MIME type.
type fileKind struct {
	mime       string
	extensions []string
	max        int // bytes
	kind       string
	magic      func([]byte) bool
}

func fileKinds() []fileKind {
	starts := func(magic string) func([]byte) bool {
		return func(b []byte) bool { return bytes.HasPrefix(b, []byte(magic)) }
	}
	riff := func(form string) func([]byte) bool {
		return func(b []byte) bool { return len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == form }
	}
	box := func(b []byte) bool { return len(b) > 8 && string(b[4:8]) == "ftyp" }
	return []fileKind{
		{"image/jpeg", []string{".jpg", ".jpeg"}, 10 * mib, "image", starts("\xff\xd8\xff")},
		{"image/png", []string{".png"}, 10 * mib, "image", starts("\x89PNG")},
		{"image/gif", []string{".gif"}, 10 * mib, "image", starts("GIF8")},
		{"image/webp", []string{".webp"}, 10 * mib, "image", riff("WEBP")},
		// The platform knows only three lengths of the first box.
		{"video/mp4", []string{".mp4", ".m4v"}, 100 * mib, "video", func(b []byte) bool {
			return box(b) && b[0] == 0 && b[1] == 0 && b[2] == 0 && (b[3] == 0x18 || b[3] == 0x1c || b[3] == 0x20)
		}},
		{"video/quicktime", []string{".mov", ".qt"}, 100 * mib, "video", box},
		{"video/x-msvideo", []string{".avi"}, 100 * mib, "video", riff("AVI ")},
		{"video/webm", []string{".webm"}, 100 * mib, "video", starts("\x1a\x45\xdf\xa3")},
		{"application/pdf", []string{".pdf"}, 50 * mib, "pdf", starts("%PDF")},
	}
}

// upload is a parsed form.
type upload struct {
	filename, mime string
	data           []byte
	fields         map[string]string
	kind           fileKind
}

// readUpload reads the form without the store's lock: a slow client must not stop the others.
func (c *call) readUpload() (u *upload, err error) {
	c.outside(func() { u, err = parseUpload(c.r) })
	if err != nil {
		return nil, err
	}
	if u.kind, err = u.check(); err != nil {
		return nil, err
	}
	o := c.t.org
	if size := int64(len(u.data)); o.StorageUsedBytes+size > o.StorageQuotaBytes {
		return nil, &apiError{status: http.StatusRequestEntityTooLarge, body: map[string]any{
			"message": "Storage quota exceeded", "usedBytes": o.StorageUsedBytes, "quotaBytes": o.StorageQuotaBytes,
			"availableBytes": max(0, o.StorageQuotaBytes-o.StorageUsedBytes), "requestedBytes": size,
		}}
	}
	if c.s.opts.Production && !c.s.opts.ObjectStorage {
		return nil, fail(http.StatusServiceUnavailable, "Storage service is currently unavailable")
	}
	return u, nil
}

func tooLarge() error {
	return &apiError{status: http.StatusRequestEntityTooLarge, message: "File too large", name: "Payload Too Large"}
}

func parseUpload(r *http.Request) (*upload, error) {
	u := &upload{fields: map[string]string{}}
	form, err := r.MultipartReader()
	if err != nil {
		return nil, badRequest("No file provided")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, badRequest("Unexpected end of form")
		}
		if part.FileName() == "" {
			b, err := io.ReadAll(io.LimitReader(part, mib))
			if err != nil {
				return nil, badRequest("Unexpected end of form")
			}
			u.fields[part.FormName()] = string(b)
			continue
		}
		if part.FormName() != "file" || u.filename != "" {
			return nil, badRequest("Unexpected field - " + part.FormName())
		}
		u.filename, u.mime = part.FileName(), part.Header.Get("Content-Type")
		if u.data, err = io.ReadAll(io.LimitReader(part, 100*mib+1)); err != nil {
			return nil, badRequest("Unexpected end of form")
		}
		if len(u.data) > 100*mib {
			return nil, tooLarge()
		}
	}
	if u.filename == "" {
		return nil, badRequest("No file provided")
	}
	return u, nil
}

// check applies the rules in the platform's order: type, extension, size, magic bytes, suspicious text.
func (u *upload) check() (fileKind, error) {
	kinds := fileKinds()
	declared, _, err := mime.ParseMediaType(u.mime)
	i := slices.IndexFunc(kinds, func(k fileKind) bool { return k.mime == declared })
	if err != nil || i < 0 {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = k.mime
		}
		return fileKind{}, badRequest("File type not allowed. Allowed: " + strings.Join(names, ", "))
	}
	k := kinds[i]
	if !slices.Contains(k.extensions, strings.ToLower(path.Ext(u.filename))) {
		return k, badRequest("Invalid file extension. Expected: " + strings.Join(k.extensions, ", "))
	}
	if len(u.data) > k.max {
		return k, badRequest(fmt.Sprintf("File too large. Max size: %dMB", k.max/mib))
	}
	if !k.magic(u.data) {
		return k, badRequest("File content does not match declared type (possible spoofing attempt)")
	}
	if u.suspicious() {
		return k, badRequest("File contains suspicious content and has been rejected")
	}
	return k, nil
}

// suspicious looks for scripts in the first 10 kB, in a PDF everywhere and for its own kinds too.
func (u *upload) suspicious() bool {
	marks, text := []string{"<script", "javascript:", "<?php", "<%", "eval("}, u.data
	if strings.HasPrefix(u.mime, "application/pdf") {
		marks = []string{"/js", "/javascript", "/embeddedfile", "/launch", "<script"}
	} else if len(text) > 10_000 {
		text = text[:10_000]
	}
	lower := bytes.ToLower(text)
	return slices.ContainsFunc(marks, func(m string) bool { return bytes.Contains(lower, []byte(m)) })
}

func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_ ", r) {
			return r
		}
		return '_'
	}, path.Base(name))
}

// storeFile keeps the bytes under <org>/<sha256>-<lower-cased name> and points the row there. Equal files share one object.
func (c *call) storeFile(co *content, u *upload) (hash string) {
	sum := sha256.Sum256(u.data)
	hash = hex.EncodeToString(sum[:])
	co.ObjectKey = co.OrganizationID + "/" + hash + "-" + strings.ReplaceAll(strings.ToLower(safeName(u.filename)), " ", "-")
	co.URL = c.s.url + "/uploads/" + co.ObjectKey // a dead address: nothing serves /uploads
	if c.s.opts.ObjectStorage {
		co.URL = "minio://" + co.ObjectKey
	}
	c.s.db.objects[co.ObjectKey] = storedFile{u.kind.mime, u.data}
	co.FileSize, co.MimeType = ptr(int64(len(u.data))), ptr(u.kind.mime)
	c.t.org.StorageUsedBytes += int64(len(u.data))
	return hash
}

// thumbnailLater sets the thumbnail of an image after the answer is sent, as the platform does.
func (c *call) thumbnailLater(id string, t *tenant) {
	c.late = append(c.late, func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		co, ok := t.contents.get(id)
		if ok && c.s.thumbnail(co) {
			co.UpdatedAt = stamp{c.s.opts.Now().UTC()}
			c.s.saver.touch()
		}
	})
}

// thumbnail makes an image its own thumbnail; false for anything else.
func (s *Server) thumbnail(co *content) bool {
	o, ok := s.db.objects[co.ObjectKey]
	if !ok || !strings.HasPrefix(o.MimeType, "image/") {
		return false
	}
	name := co.ID + "." + strings.TrimPrefix(o.MimeType, "image/")
	s.db.objects["thumbnails/"+name] = o
	co.Thumbnail = ptr("/static/thumbnails/" + name)
	return true
}

type uploadAnswer struct {
	Content  fullContent `json:"content"`
	FileHash string      `json:"fileHash"`
}

func (c *call) uploadContent() (any, error) {
	u, err := c.readUpload()
	if err != nil {
		return nil, err
	}
	name, kind := u.fields["name"], u.fields["type"]
	if name == "" {
		name = safeName(u.filename)
	}
	if kind == "" {
		kind = u.kind.kind
	}
	co := c.s.newContent(c.t.org.ID, name, kind, "", c.stamp())
	hash := c.storeFile(co, u)
	co.Metadata = mustJSON(map[string]string{"fileHash": hash})
	c.t.contents.add(co)
	c.changed("content", co.ID, "created", co.contentRow)
	c.deliverWebhooks("content.created")
	c.thumbnailLater(co.ID, c.t)
	return uploadAnswer{withAliases(co), hash}, nil
}

// replaceContent keeps the row's id, type and recorded hash; with keepBackup the old state becomes an archived row.
func (c *call) replaceContent() (any, error) {
	if _, err := c.content(); err != nil {
		return nil, err
	}
	u, err := c.readUpload()
	if err != nil {
		return nil, err
	}
	co, err := c.content() // it may have gone while the file was read
	if err != nil {
		return nil, err
	}
	var unknown []string
	for name := range u.fields {
		if name != "name" && name != "keepBackup" {
			unknown = append(unknown, "property "+name+" should not exist")
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return nil, invalid(unknown)
	}
	if u.fields["keepBackup"] == "true" {
		old := &content{contentRow: co.contentRow, ObjectKey: co.ObjectKey}
		old.ID, old.Status, old.Name = c.s.ids.cuid(), "archived", fmt.Sprintf("%s (v%d)", co.Name, co.VersionNumber)
		old.CreatedAt, old.UpdatedAt = c.stamp(), c.stamp()
		c.t.contents.add(old)
		co.PreviousVersionID = &old.ID
	}
	if name := u.fields["name"]; name != "" {
		co.Name = name
	}
	co.VersionNumber++
	hash := c.storeFile(co, u)
	if _, err := c.contentAnswer(co); err != nil {
		return nil, err
	}
	c.thumbnailLater(co.ID, c.t)
	return uploadAnswer{withAliases(co), hash}, nil
}

func (c *call) makeThumbnail() (any, error) {
	co, err := c.content()
	if err != nil {
		return nil, err
	}
	if co.Type != "image" {
		return obj("message thumbnail", "Thumbnail generation is only supported for images", json.RawMessage("null")), nil
	}
	if !c.s.thumbnail(co) {
		return nil, unexpected("Failed to generate thumbnail")
	}
	co.UpdatedAt = c.stamp()
	c.changed("content", co.ID, "updated", co.contentRow)
	return map[string]*string{"thumbnail": co.Thumbnail}, nil
}
