package content

// This file is about one thing: "download", the file of content.

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type downloadOptions struct {
	factory *cmdutil.Factory
	arg     string
	out     string
	force   bool
}

func newDownload(f *cmdutil.Factory, run func(context.Context, *downloadOptions) error) *cobra.Command {
	o := &downloadOptions{factory: f}
	if run == nil {
		run = runDownload
	}
	cmd := &cobra.Command{
		Use: "download NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short: "Fetch the file of content",
		Long: `Fetches the file of content: an upload's from the platform's storage, other
content's from its address, without your token. The file gets the content's name
and the extension of its type. It appears under its name only when it is
complete; an upload that was never replaced is compared with its recorded hash.`,
		Example: `  vizora content download "Breakfast Menu"
  vizora content download "Breakfast Menu" --out - | sha256sum`,
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Contents.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.out, "out", "", "`FILE` file or folder to write to; - is stdout")
	cmd.Flags().BoolVar(&o.force, "force", false, "overwrite an existing file")
	return cmd
}

func runDownload(ctx context.Context, o *downloadOptions) error {
	if o.out == "-" && o.factory.IO.StdoutTTY() {
		return cmdutil.Usage("a file's bytes do not go to a terminal").WithHint("redirect stdout, or give --out FILE")
	}
	c, found, err := resolve(ctx, o.factory, o.arg)
	if err != nil {
		return err
	}
	d := &download{factory: o.factory, client: c, content: found.Value, hash: sha256.New()}
	if o.out == "-" {
		_, err := d.fetch(ctx, o.factory.IO.Out())
		return err
	}
	return d.toFile(ctx, o.out, o.force)
}

// download is one file on its way.
type download struct {
	factory *cmdutil.Factory
	client  *api.Client
	content *api.Content
	hash    hash.Hash
	bar     *output.Progress
	size    int64 // bytes so far
}

// Write counts and hashes what passes.
func (d *download) Write(p []byte) (int, error) {
	d.size += int64(len(p))
	d.bar.Add(int64(len(p)))
	return d.hash.Write(p)
}

// fetch copies the file to w, checks it, and returns its MIME type.
func (d *download) fetch(ctx context.Context, w io.Writer) (string, error) {
	total := int64(0)
	if d.content.FileSize != nil {
		total = *d.content.FileSize
	}
	d.bar = d.factory.IO.Progress("fetching "+d.content.Name, total, output.Bytes)
	defer d.bar.Done()
	kind, _, err := d.client.Download(ctx, d.content.ID, io.MultiWriter(w, d))
	if err != nil {
		return "", err
	}
	return kind, d.check()
}

// check compares with the recorded hash, which stays that of the first file
// when the file is replaced (contract rest 6, replace).
func (d *download) check() error {
	recorded := d.content.FileHash()
	if recorded == "" || d.content.VersionNumber > 1 || recorded == d.sum() {
		return nil
	}
	return api.Errorf(api.KindProtocol, "the file that came is not the one that was uploaded: its SHA-256 is %s instead of %s", d.sum(), recorded).
		WithHint("the platform destroys or swaps a file when content that shares it is deleted or replaced; upload it again: vizora content replace %s FILE", d.content.ID)
}

func (d *download) sum() string { return hex.EncodeToString(d.hash.Sum(nil)) }

// toFile writes under a temporary name beside the target and renames.
func (d *download) toFile(ctx context.Context, out string, force bool) error {
	folder, name, err := target(out)
	if err != nil {
		return err
	}
	if name != "" || d.content.MimeType != nil { // the name is known before anything is fetched
		if err := d.free(filepath.Join(folder, d.nameOr(name, "")), force); err != nil {
			return err
		}
	}
	// Not os.CreateTemp, whose 0600 would stay; this follows the umask.
	temp, err := os.OpenFile(filepath.Join(folder, ".vizora-download-"+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return local(err)
	}
	defer func() {
		_ = temp.Close()           // closed already when all went well
		_ = os.Remove(temp.Name()) // gone already when all went well
	}()
	kind, err := d.fetch(ctx, temp)
	if err != nil {
		return err
	}
	path := filepath.Join(folder, d.nameOr(name, kind))
	if err := d.free(path, force); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return local(err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return local(err)
	}
	return d.tell(path, kind)
}

// target splits --out into a folder and a file name, "" for the content's own.
func target(out string) (folder, name string, err error) {
	if out == "" {
		return ".", "", nil
	}
	info, err := os.Stat(out)
	switch {
	case err == nil && info.IsDir():
		return out, "", nil
	case strings.HasSuffix(out, string(filepath.Separator)):
		return "", "", api.Invalid("--out", out, "is no folder", "make it first, or name a file")
	}
	folder, name = filepath.Split(out)
	if folder == "" {
		folder = "."
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", "", api.Invalid("--out", out, "is in a folder that does not exist", "make the folder first")
	}
	return folder, name, nil
}

// nameOr is the file's name: the one given, or the content's.
func (d *download) nameOr(name, kind string) string {
	if name != "" {
		return name
	}
	if d.content.MimeType != nil {
		kind = *d.content.MimeType
	}
	return fileName(d.content.Name, kind)
}

// fileName makes a file name of a content's name: no path, no hidden file, no
// control characters, with the extension of its MIME type.
func fileName(name, kind string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	clean = strings.Trim(clean, ". ")
	if clean == "" {
		clean = "content"
	}
	if kind, _, err := mime.ParseMediaType(kind); err == nil {
		known := extensions(kind)
		if len(known) > 0 && !slices.Contains(known, strings.ToLower(filepath.Ext(clean))) {
			clean += known[0]
		}
	}
	return clean
}

// extensions are those of the files that can be uploaded (contract rest 6.1),
// and of a page; the usual one comes first.
func extensions(kind string) []string {
	return map[string][]string{
		"image/jpeg": {".jpg", ".jpeg"}, "image/png": {".png"}, "image/gif": {".gif"}, "image/webp": {".webp"},
		"video/mp4": {".mp4", ".m4v"}, "video/quicktime": {".mov", ".qt"}, "video/x-msvideo": {".avi"}, "video/webm": {".webm"},
		"application/pdf": {".pdf"}, "text/html": {".html", ".htm"},
	}[kind]
}

// free refuses to overwrite.
func (d *download) free(path string, force bool) error {
	_, err := os.Lstat(path)
	if force || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return local(err)
	}
	return api.Invalid("--out", path, "exists already", "pass --force to overwrite it, or name another file with --out")
}

func local(err error) error {
	return &api.Error{Kind: api.KindLocal, Message: "the file cannot be written: " + err.Error(), Err: err}
}

// downloaded is a fetched file in our output.
type downloaded struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	File   string `json:"file"`
	Size   int64  `json:"size"` // bytes
	MIME   string `json:"mimeType"`
	SHA256 string `json:"sha256"`
}

func (d *download) tell(path, kind string) error {
	f := d.factory
	f.IO.Say("%s to %s (%s)", cmdutil.Did("downloaded", "content", d.content.Name, d.content.ID), path, output.HumanBytes(d.size))
	format, err := f.Format()
	if err != nil || format.Name == "table" || format.Name == "wide" {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	v := downloaded{d.content.ID, d.content.Name, path, d.size, kind, d.sum()}
	cells := map[string]any{"id": v.ID, "name": v.Name, "file": v.File, "size": output.ByteSize(v.Size), "mimeType": v.MIME, "sha256": v.SHA256}
	return p.One(output.View{Kind: "Download", NameField: "file", Columns: []output.Column{
		{Name: "file", Header: "FILE"}, {Name: "size", Header: "SIZE", Right: true}, {Name: "mimeType", Header: "TYPE"},
		{Name: "sha256", Header: "SHA256"}, {Name: "name", Header: "NAME"}, {Name: "id", Header: "ID"},
	}}, cmdutil.ObjectRecord{Kind: "Download", Value: v, Cells: cells})
}
