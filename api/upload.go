package api

// This file is about one thing: sending files (contract rest 6.1).

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime/multipart"
	"net/textproto"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// Upload is a file to send as one multipart request. It is plain data, so that
// the journal can keep it; the bytes stay in the file.
type Upload struct {
	File   string            `json:"file"`             // path
	Name   string            `json:"name"`             // file name told to the server
	MIME   string            `json:"mime"`             // the part's Content-Type; the server refuses octet-stream
	Size   int64             `json:"size"`             // bytes
	SHA256 string            `json:"sha256"`           // lower-case hex of the content
	Fields map[string]string `json:"fields,omitempty"` // other form fields

	Progress func(sent int64) `json:"-"` // called with the bytes sent so far
}

// fileType is one row of the server's table of what may be uploaded.
type fileType struct {
	mime       string
	extensions []string
	max        int64
	magic      func([]byte) bool // first bytes, as the server checks them
}

const mib = 1 << 20

func prefix(p string) func([]byte) bool {
	return func(b []byte) bool { return bytes.HasPrefix(b, []byte(p)) }
}

func riff(kind string) func([]byte) bool {
	return func(b []byte) bool {
		return len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:8+len(kind)]) == kind
	}
}

// fileTypes is contract rest 6.1's table. An MP4 must start with a box of 24,
// 28 or 32 bytes, a quirk of the server's check.
var fileTypes = []fileType{
	{"image/jpeg", []string{".jpg", ".jpeg"}, 10 * mib, prefix("\xff\xd8\xff")},
	{"image/png", []string{".png"}, 10 * mib, prefix("\x89PNG")},
	{"image/gif", []string{".gif"}, 10 * mib, prefix("GIF8")},
	{"image/webp", []string{".webp"}, 10 * mib, riff("WEBP")},
	{"video/mp4", []string{".mp4", ".m4v"}, 100 * mib, func(b []byte) bool {
		return len(b) >= 8 && b[0] == 0 && b[1] == 0 && b[2] == 0 && (b[3] == 0x18 || b[3] == 0x1c || b[3] == 0x20) && string(b[4:8]) == "ftyp"
	}},
	{"video/quicktime", []string{".mov", ".qt"}, 100 * mib, nil},
	{"video/x-msvideo", []string{".avi"}, 100 * mib, prefix("RIFF")},
	{"video/webm", []string{".webm"}, 100 * mib, prefix("\x1a\x45\xdf\xa3")},
	{"application/pdf", []string{".pdf"}, 50 * mib, prefix("%PDF")},
}

// UploadExtensions lists the file extensions the server accepts.
func UploadExtensions() []string {
	var all []string
	for _, t := range fileTypes {
		all = append(all, t.extensions...)
	}
	return all
}

// NewUpload checks a file as CheckUpload does and hashes it.
func NewUpload(path string) (*Upload, error) {
	u, err := CheckUpload(path)
	if err != nil {
		return nil, err
	}
	u.SHA256, err = HashFile(path)
	return u, err
}

// HashFile returns the lower-case hex SHA-256 of a file's content, the form the
// server keeps in metadata.fileHash.
func HashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", &Error{Kind: KindLocal, Message: fmt.Sprintf("file %q cannot be read: %s", path, rootCause(err)), Err: err}
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", &Error{Kind: KindLocal, Message: fmt.Sprintf("file %q cannot be read: %s", path, rootCause(err)), Err: err}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// CheckUpload looks at a file as the server will: type by extension, size, and
// first bytes. It returns an Upload without a hash, or an Error that says what
// is wrong before anything is sent.
func CheckUpload(path string) (*Upload, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &Error{Kind: KindInvalid, Field: "file", Value: path, Message: fmt.Sprintf("file %q cannot be read: %s", path, rootCause(err)), Err: err}
	}
	if info.IsDir() {
		return nil, Invalid("file", path, "is a directory", "name a file, or several: vizora content upload "+filepath.Join(path, "*"))
	}
	ext := strings.ToLower(filepath.Ext(path))
	for _, t := range fileTypes {
		for _, e := range t.extensions {
			if e == ext {
				return t.check(path, info.Size())
			}
		}
	}
	return nil, Invalid("file", path, "is of a type the server does not take", "it takes "+strings.Join(UploadExtensions(), " "))
}

func (t fileType) check(path string, size int64) (*Upload, error) {
	if size == 0 {
		return nil, Invalid("file", path, "is empty", "the server refuses empty files")
	}
	if size > t.max {
		return nil, Invalid("file", path, fmt.Sprintf("is %.1f MiB", float64(size)/mib), fmt.Sprintf("the server takes at most %d MiB of %s", t.max/mib, t.mime))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Kind: KindInvalid, Field: "file", Value: path, Message: fmt.Sprintf("file %q cannot be read: %s", path, rootCause(err)), Err: err}
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 16)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &Error{Kind: KindLocal, Message: fmt.Sprintf("file %q cannot be read: %s", path, rootCause(err)), Err: err}
	}
	if t.magic != nil && !t.magic(head[:n]) {
		return nil, Invalid("file", path, "does not hold "+t.mime+" as its name says", "the server compares a file's first bytes with its type; rename or convert it")
	}
	return &Upload{File: path, Name: filepath.Base(path), MIME: t.mime, Size: size}, nil
}

// boundary separates the parts. It is made of the file's own hash, which no file
// contains, and is known before the body is read, as its length must be. The
// standard allows 70 characters, of which the hash takes 64.
func (u *Upload) boundary() string { return "vz-" + u.SHA256 }

var quoteEscaper = strings.NewReplacer("\\", "\\\\", `"`, "\\\"", "\r", "%0D", "\n", "%0A")

// head and tail frame the file's bytes. The part's Content-Type is written out:
// the library's CreateFormFile would send application/octet-stream, which the
// server refuses.
func (u *Upload) head() []byte {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.SetBoundary(u.boundary())
	names := make([]string, 0, len(u.Fields))
	for name := range u.Fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		_ = w.WriteField(name, u.Fields[name]) // a bytes.Buffer does not fail
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", `form-data; name="file"; filename="`+quoteEscaper.Replace(u.Name)+`"`)
	h.Set("Content-Type", u.MIME)
	_, _ = w.CreatePart(h)
	return b.Bytes()
}

func (u *Upload) tail() []byte { return []byte("\r\n--" + u.boundary() + "--\r\n") }

func (u *Upload) length() int64 { return int64(len(u.head())) + u.Size + int64(len(u.tail())) }

// open returns the multipart body as a stream. When the file is no longer the
// one that was checked, it fails before the body is whole, so that the server
// never takes in another file than the one that was meant.
func (u *Upload) open() (io.ReadCloser, string, error) {
	f, err := os.Open(u.File)
	if err != nil {
		return nil, "", &Error{Kind: KindLocal, Message: fmt.Sprintf("file %q cannot be read any more: %s", u.File, rootCause(err)), Err: err}
	}
	info, err := f.Stat()
	if err == nil && info.Size() != u.Size {
		err = u.changed()
	}
	if err != nil {
		_ = f.Close()
		return nil, "", localError(err)
	}
	counted := &fileReader{r: io.LimitReader(f, u.Size), upload: u, sum: sha256.New()}
	body := io.MultiReader(bytes.NewReader(u.head()), counted, bytes.NewReader(u.tail()))
	return readCloser{body, f}, "multipart/form-data; boundary=" + u.boundary(), nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

func (u *Upload) changed() *Error {
	return Errorf(KindLocal, "file %q changed after it was checked; nothing was uploaded", u.File).
		WithHint("upload it again once nothing writes to it")
}

func localError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: KindLocal, Message: "the file cannot be read: " + rootCause(err), Err: err}
}

// fileReader reads the file's bytes, reports how many, and fails at the end
// when they are not those that were hashed.
type fileReader struct {
	r      io.Reader
	upload *Upload
	sent   int64
	sum    hash.Hash
}

func (f *fileReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	f.sent += int64(n)
	_, _ = f.sum.Write(p[:n]) // a hash does not fail
	if f.upload.Progress != nil && n > 0 {
		f.upload.Progress(f.sent)
	}
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		return n, localError(err)
	case f.sent != f.upload.Size, f.upload.SHA256 != "" && hex.EncodeToString(f.sum.Sum(nil)) != f.upload.SHA256:
		return n, f.upload.changed()
	}
	return n, io.EOF
}

// uploadLimit is how long one upload may take: the server gives it 120 s of
// silence (contract rest 1.1); a slow line gets time by size, at 64 KiB/s.
func uploadLimit(size int64) time.Duration {
	return 130*time.Second + time.Duration(size/(64<<10))*time.Second
}
