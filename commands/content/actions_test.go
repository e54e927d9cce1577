package content

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func TestCreate(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	var made struct {
		Kind, Name, Type, URL string
		Duration              int
	}
	w.run("create", "Weather", "--url", "https://weather.example.com/board?a=1", "--duration", "15s", "-o", "json").ok().json(&made)
	if made.Kind != "Content" || made.Type != "url" || made.Duration != 15 || made.URL != "https://weather.example.com/board?a=1" {
		t.Errorf("%+v", made)
	}
	w.run("create", "Two", "--type", "image", "--url", "https://cdn.example.com/?a=1&b=2").ok().silent().says("&amp;")
}

func TestCreateRefusals(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 1})
	w.writes()
	for _, c := range []struct {
		name string
		kind api.ErrorKind
		says string
		args []string
	}{
		{"no url", api.KindUsage, "--url is missing", []string{"x"}},
		{"no name", api.KindUsage, "--name is missing", []string{"--url", "https://example.com"}},
		{"name twice", api.KindUsage, "given twice", []string{"x", "--name", "y", "--url", "https://example.com"}},
		{"template", api.KindInvalid, "cannot be made from an address", []string{"x", "--type", "template", "--url", "https://example.com"}},
		{"unknown type", api.KindInvalid, "did you mean \"video\"", []string{"x", "--type", "vide", "--url", "https://example.com"}},
		{"zero duration", api.KindInvalid, "out of range", []string{"x", "--duration", "0", "--url", "https://example.com"}},
		{"localhost", api.KindInvalid, "this machine", []string{"x", "--url", "http://localhost:3000/"}},
		{"corrupted", api.KindInvalid, "&%72egion", []string{"x", "--url", "https://example.com/?a=1&region=eu"}},
		{"update too", api.KindInvalid, "private address", nil},
	} {
		t.Log(c.name)
		args := append([]string{"create"}, c.args...)
		if c.args == nil {
			args = []string{"update", "Espresso of the Month", "--url", "http://10.0.0.1/"}
		}
		w.run(args...).fails(c.kind, c.says)
	}
	if got := w.writes(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
}

func TestCheckAddress(t *testing.T) {
	for _, good := range []string{"http://example.com", "https://example.com:8443/a?b=c&d=e#f", "https://8.8.8.8/", "https://[2001:db8::1]/", "https://example.com/?region=eu"} {
		if err := checkAddress(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, says := range map[string]string{
		"example.com":                           "does not start",
		"ftp://example.com":                     "does not start",
		"minio://bucket/key":                    "does not start",
		"HTTPS://example.com":                   "does not start", // the server's own check minds the case
		"https://":                              "names no host",
		"http://localhost":                      "this machine",
		"http://player.localhost./":             "this machine",
		"http://127.0.0.1":                      "private",
		"http://[::1]/":                         "private",
		"http://[::ffff:192.168.1.1]/":          "private",
		"http://192.168.0.1:80/":                "private",
		"http://169.254.169.254/meta":           "private",
		"http://0.0.0.0/":                       "private",
		"https://example.com/?a=1&copy=2":       "copy",
		"https://example.com/?q=<b>":            "would store it as",
		"https://user:secret@10.0.0.1/":         "private",
		"https://user:secret@exa mple.com/":     "not an address",
		"https://user:secret@example.com/%zz":   "not an address",
		"https://user:sec%ret@example.com/page": "not an address",
	} {
		err := checkAddress(bad)
		if !api.IsKind(err, api.KindInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", bad, err, says)
		}
		if err != nil && strings.Contains(fmt.Sprintf("%+v %s", err, cmdutil.AsError(err).Value), "sec") {
			t.Errorf("%s: the error shows the password: %v", bad, err)
		}
	}
}

func TestUpdateMetadataKeepsHash(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.run("upload", w.file("menu.png", picture(t, 1))).ok()
	hash := w.get("menu").FileHash()
	w.run("update", "menu", "--metadata", `{"floor":"2"}`).ok()
	v := w.get("menu")
	var metadata map[string]string
	if err := json.Unmarshal(v.Metadata, &metadata); err != nil || metadata["floor"] != "2" || metadata["fileHash"] != hash || hash == "" {
		t.Errorf("%s, %v", v.Metadata, err)
	}
	w.run("update", "menu", "--metadata", `{"fileHash":"00"}`).fails(api.KindInvalid, "leave fileHash out")
	w.run("update", "menu", "--replacement", v.ID).fails(api.KindInvalid, "the content itself")
	w.run("update", "menu").fails(api.KindUsage, "nothing to change")
}

func TestDeleteNamesWhatGoes(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 2, Playlists: 1})
	path := w.file("menu.png", picture(t, 1))
	w.run("upload", path, "--playlist", "Summer Menu").ok()
	w.run("upload", path, "--name", "menu 2", "--force").ok()
	w.writes()
	w.run("delete", "menu").fails(api.KindDeclined, "needs a confirmation").
		says(`playlist "Summer Menu" loses it`).says(`content "menu 2"`)
	if got := w.writes(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
	w.run("delete", "menu", "--yes").ok().says("deleted content")
}

func TestArchiveAndRestore(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 3, Playlists: 1})
	w.writes()
	var v row
	w.run("archive", "Espresso of the Month", "-o", "json").ok().json(&v)
	if v.Kind != "Content" || v.Status != "archived" {
		t.Errorf("%+v", v)
	}
	var done []struct{ Kind, ID, Name, Action string }
	id := w.get("Breakfast Menu").ID
	w.run("archive", "Summer Cold Brew", id, id, "Breakfast Menu", "-o", "json").ok().json(&done)
	if len(done) != 2 || done[0].Kind != "ContentAction" || done[0].Action != "archive" || done[1].ID != id {
		t.Errorf("%+v", done)
	}
	if got := w.writes(); len(got) != 2 || got[1] != "POST /content/bulk/archive -> 200" {
		t.Errorf("writes %q", got)
	}
	w.run("restore", "Summer Cold Brew", "Breakfast Menu").ok().silent().says("restored 2 contents")
	if s := w.get("Breakfast Menu").Status; s != "active" {
		t.Errorf("status %s", s)
	}
	w.run("restore", "Breakfast Menu", "cunknownunknownunknown123").fails(api.KindNotFound, "cunknownunknownunknown123; none of these 2 was changed")
	w.run("archive", "No Such").fails(api.KindNotFound, "no content is named")
	w.run("archive").fails(api.KindUsage, "is missing")
	w.writes()
	var would []json.RawMessage
	r := w.run("archive", "Summer Cold Brew", "Breakfast Menu", "--dry-run", "-o", "jsonl").ok()
	if err := json.Unmarshal([]byte("["+strings.TrimSpace(r.out)+"]"), &would); err != nil || len(would) != 1 || len(w.writes()) != 0 {
		t.Errorf("%q, %v", r.out, err)
	}
}

func TestArchiveInBatches(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 230})
	rows, err := api.Contents.List(t.Context(), w.client, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"archive", "-o", "name"}
	for i := range rows {
		args = append(args, rows[i].ID)
	}
	w.writes()
	w.run(args...).ok().says("archived 230 contents")
	if got := w.writes(); len(got) != 3 {
		t.Errorf("writes %q", got)
	}
}

func TestFlagAndReview(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 3, Playlists: 1})
	w.run("upload", w.file("ad.png", picture(t, 1)), "--playlist", "Summer Menu").ok()
	w.run("review", "ad", "--approve").fails(api.KindInvalid, "only flagged content")
	w.run("flag", "ad", "--reason", strings.Repeat("x", 501)).fails(api.KindInvalid, "at most 500")
	w.run("flag", "ad", "--reason", "filled").ok().silent().says("flagged content \"ad\"")
	w.writes()
	w.run("flag", "ad").ok().says("already flagged, nothing was sent")
	if got := w.writes(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
	w.run("review", "ad").fails(api.KindUsage, "either --approve or --reject")
	w.run("review", "ad", "--approve").ok().says("approved")
	w.run("flag", "ad").ok()
	w.run("review", "ad", "--reject").fails(api.KindDeclined, "").says(`playlist "Summer Menu" loses it`)
	no := w.runAs(func(f *cmdutil.Factory, in *bytes.Buffer) {
		f.IO.SetTTY(true, true, true)
		in.WriteString("no\n")
	}, "review", "ad", "--reject")
	if !api.IsKind(no.err, api.KindDeclined) || w.get("ad").Status != "flagged" {
		t.Errorf("%v, %s", no.err, w.get("ad").Status)
	}
	var v row
	w.run("review", "ad", "--reject", "--yes", "-o", "json").ok().json(&v)
	if v.Status != "rejected" || len(v.UsedBy) != 0 || len(w.get("ad").UsedBy()) != 0 {
		t.Errorf("%+v", v)
	}
	w.run("flag", "ad").fails(api.KindInvalid, "is rejected and cannot be flagged")
	w.run("restore", "ad").ok().says("warning: it was rejected")
}

func TestExpire(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 3})
	w.writes()
	for _, c := range []struct {
		kind api.ErrorKind
		says string
		args []string
	}{
		{api.KindUsage, "either --at or --never", nil},
		{api.KindUsage, "either --at or --never", []string{"--never", "--at", "2099-01-01"}},
		{api.KindUsage, "goes with --at", []string{"--never", "--replacement", "x"}},
		{api.KindInvalid, "has passed", []string{"--at", "2020-01-01"}},
		{api.KindInvalid, "is not a date", []string{"--at", "soon"}},
		{api.KindInvalid, "the content itself", []string{"--at", "2099-01-01", "--replacement", "Espresso of the Month"}},
		{api.KindNotFound, "--replacement: no content", []string{"--at", "2099-01-01", "--replacement", "No Such"}},
	} {
		w.run(append([]string{"expire", "Espresso of the Month"}, c.args...)...).fails(c.kind, c.says)
	}
	if got := w.writes(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
	var v struct{ ExpiresAt, Replacement *string }
	w.run("expire", "Espresso of the Month", "--at", "2099-01-01", "--replacement", "Breakfast Menu", "-o", "json").ok().json(&v)
	if v.ExpiresAt == nil || *v.ExpiresAt != "2099-01-01T00:00:00.000Z" || v.Replacement == nil || *v.Replacement != w.get("Breakfast Menu").ID {
		t.Errorf("%+v", v)
	}
	w.run("expire", "Espresso of the Month", "--at", "2099-02-01").ok().silent().says("stays")
	w.run("expire", "Espresso of the Month", "--never", "-o", "json").ok()
	if got := w.get("Espresso of the Month"); !got.ExpiresAt.IsZero() || got.ReplacementID != nil {
		t.Errorf("%+v", got)
	}
}

func TestReplaceVersionsDownload(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 1})
	first, second := picture(t, 1), picture(t, 2)
	w.run("upload", w.file("menu.png", first)).ok()
	var v struct {
		Name    string
		Version int
	}
	w.run("replace", "menu", w.file("menu2.png", second), "--keep-backup", "--name", "menu & more", "-o", "json").ok().
		says("its type stays image").json(&v)
	if v.Version != 2 || v.Name != "menu & more" {
		t.Errorf("%+v", v)
	}
	w.run("replace", "menu & more", w.file("doc.pdf", []byte("%PDF-1.4 x"))).fails(api.KindInvalid, "stays of type image")
	w.run("replace", "menu & more", w.file("doc.txt", nil)).fails(api.KindInvalid, "does not take")

	var versions []struct {
		ID, Name, Status string
		Version          int
	}
	w.run("versions", "menu & more", "-o", "json").ok().json(&versions)
	if len(versions) != 2 || versions[0].Version != 2 || versions[1].Status != "archived" || versions[1].Version != 1 {
		t.Fatalf("%+v", versions)
	}
	if out := w.run("versions", "menu & more").ok().out; !strings.Contains(out, "VERSION") || !strings.Contains(out, versions[1].ID) {
		t.Errorf("table %q", out)
	}
	if got := w.run("download", "menu & more", "--out", "-").ok().out; got != string(second) {
		t.Errorf("%d bytes of the new file", len(got))
	}
	out := filepath.Join(w.dir, "old.png")
	var fetched struct {
		Kind, File, MimeType, SHA256 string
		Size                         int
	}
	w.run("download", versions[1].ID, "--out", out, "-o", "json").ok().json(&fetched)
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, first) || fetched.Kind != "Download" || fetched.Size != len(first) || fetched.MimeType != "image/png" {
		t.Errorf("%v %+v", err, fetched)
	}
	w.run("versions", "cunknownunknownunknown123").fails(api.KindNotFound, "not found")
}

func TestDownload(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.run("upload", w.file("menu.png", picture(t, 1)), "--name", "menu 1/2").ok()
	t.Chdir(w.dir)
	w.run("download", "menu 1/2").ok().silent().says("to menu 1_2.png")
	w.run("download", "menu 1/2").fails(api.KindInvalid, "exists already")
	w.run("download", "menu 1/2", "--force").ok()
	w.run("download", "menu 1/2", "--out", "missing/x.png").fails(api.KindInvalid, "does not exist")
	w.run("download", "menu 1/2", "--out", "missing/").fails(api.KindInvalid, "is no folder")
	sub := filepath.Join(w.dir, "sub")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	w.run("download", "menu 1/2", "--out", sub).ok()
	if got, err := os.ReadFile(filepath.Join(sub, "menu 1_2.png")); err != nil || !bytes.Equal(got, picture(t, 1)) {
		t.Error(err, len(got))
	}
	r := w.runAs(func(f *cmdutil.Factory, _ *bytes.Buffer) { f.IO.SetTTY(true, true, true) }, "download", "menu 1/2", "--out", "-")
	r.fails(api.KindUsage, "do not go to a terminal")

	// Nothing half-done is left, and the recorded hash is held against what came.
	v := w.get("menu 1/2")
	req, err := api.NewRequest("PATCH", api.Contents.ItemPath(v.ID), map[string]any{"metadata": map[string]string{"fileHash": "00"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Do(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	w.run("download", "menu 1/2", "--out", "broken.png").fails(api.KindProtocol, "not the one that was uploaded")
	left, err := filepath.Glob(filepath.Join(w.dir, "*broken*"))
	hidden, _ := filepath.Glob(filepath.Join(w.dir, ".vizora*"))
	if err != nil || len(left)+len(hidden) != 0 {
		t.Errorf("left behind %q %q", left, hidden)
	}
}

func TestFileName(t *testing.T) {
	for _, c := range []struct{ name, mime, want string }{
		{"Menu", "image/png", "Menu.png"},
		{"menu.PNG", "image/png", "menu.PNG"},
		{"menu.jpeg", "image/jpeg", "menu.jpeg"},
		{"v1.2", "application/pdf", "v1.2.pdf"},
		{"../../etc/passwd", "image/png", "_.._etc_passwd.png"},
		{"..", "text/html; charset=utf-8", "content.html"},
		{"a\x1b[31m", "application/octet-stream", "a_[31m"},
	} {
		if got := fileName(c.name, c.mime); got != c.want {
			t.Errorf("fileName(%q, %q) = %q, want %q", c.name, c.mime, got, c.want)
		}
	}
}

func TestListStyles(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 2})
	w.run("archive", "Summer Cold Brew").ok()
	r := w.runAs(func(f *cmdutil.Factory, _ *bytes.Buffer) {
		f.IO.SetTTY(false, true, true)
		f.IO.SetWidth(140)
		f.IO.SetColor(true)
	}, "list").ok()
	if !strings.Contains(r.out, "\x1b[32mactive") || !strings.Contains(r.out, "\x1b[2marchived") {
		t.Errorf("%q", r.out)
	}
	if plain := w.run("list").ok().out; strings.Contains(plain, "\x1b") {
		t.Errorf("%q", plain)
	}
}

// TestTags needs tags, which the API cannot make: they go in by the sandbox's
// state file.
func TestTags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	before := newWorld(t, sandbox.Options{Contents: 3, StatePath: file})
	if err := before.server.Close(); err != nil {
		t.Fatal(err)
	}
	plantTags(t, file)
	w := newWorld(t, sandbox.Options{StatePath: file})
	if out := w.run("tags", "-o", "name").ok().out; out != "summer\n" {
		t.Errorf("tags %q", out)
	}
	var tags []struct {
		Kind, ID, Name string
		ContentCount   int
	}
	w.run("tags", "-o", "json").ok().json(&tags)
	if len(tags) != 1 || tags[0].Kind != "Tag" || tags[0].ContentCount != 1 {
		t.Fatalf("%+v", tags)
	}
	w.writes()
	w.run("tag", "Espresso of the Month", "Summer Cold Brew", "Summer").ok().silent().says(`tagged 2 contents: "summer"`)
	w.run("tag", "Breakfast Menu", "summer,"+winterTag).ok()
	if got := w.writes(); len(got) != 2 || got[0] != "POST /content/bulk/tags -> 200" {
		t.Errorf("writes %q", got)
	}
	if got := w.get("Breakfast Menu").Tags; len(got) != 2 {
		t.Errorf("%+v", got)
	}
	w.run("untag", "Breakfast Menu", "winter", "-o", "json").ok()
	if got := w.get("Breakfast Menu").Tags; len(got) != 1 || got[0].Tag.Name != "summer" {
		t.Errorf("%+v", got)
	}
	w.run("tag", "Breakfast Menu", "sumer").fails(api.KindNotFound, `did you mean "summer"`)
	w.run("tag", "Breakfast Menu", "spring").fails(api.KindNotFound, "known tags: summer")
	w.run("tag", "Breakfast Menu", "summer,,winter").fails(api.KindInvalid, "an empty name")
	w.run("untag", "Breakfast Menu", "summer", winterTag).ok().says("untagged content")
	w.run("tag", "Breakfast Menu", "Espresso of the Month", "summer", winterTag).ok().says("tagged 2 contents")
	if got := w.get("Espresso of the Month").Tags; len(got) != 2 {
		t.Errorf("%+v", got)
	}
	w.run("tag", "Breakfast Menu").fails(api.KindUsage, "TAG... is missing")
	w.run("tag", "Breakfast Menu", "summer", "--dry-run", "-o", "json").ok()
}

const summerTag, winterTag = "ctagsummer000000000000001", "ctagwinter000000000000002"

// plantTags gives the first tenant two tags and its first content one of them.
func plantTags(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(raw, &state); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).Format("2006-01-02T15:04:05.000Z")
	tenant := state["tenants"].([]any)[0].(map[string]any)
	org := tenant["org"].(map[string]any)["id"]
	tenant["tags"] = []any{
		map[string]any{"id": summerTag, "name": "summer", "createdAt": at, "organizationId": org},
		map[string]any{"id": winterTag, "name": "winter", "createdAt": at, "organizationId": org},
	}
	tenant["contents"].([]any)[0].(map[string]any)["tagLinks"] = []any{map[string]any{"id": "clink0000000000000000001", "tagId": summerTag, "createdAt": at}}
	if raw, err = json.Marshal(state); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestHelp holds every command to the house's form: a short line and two
// examples that are commands of this tree.
func TestHelp(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	for _, name := range []string{"list", "get", "create", "update", "delete", "upload", "archive", "restore", "expire", "replace", "download", "versions", "tags", "tag", "untag", "flag", "review"} {
		out := w.run(name, "--help").ok().out
		if strings.Count(out, "  vizora content ") < 3 { // two examples and the usage line
			t.Errorf("%s: %s", name, out)
		}
	}
	w.run("uplaod").fails(api.KindUsage, "did you mean")
}
