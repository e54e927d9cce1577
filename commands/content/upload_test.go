package content

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// row is what a test reads of a content in our output.
type row struct {
	Kind     string
	ID       string
	Name     string
	Type     string
	Status   string
	FileSize int64
	UsedBy   []string
	Metadata struct{ FileHash string }
}

func TestUpload(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	path := w.file("Summer Menu.png", picture(t, 1))
	r := w.run("upload", path).ok().silent()
	r.says(`uploaded content "Summer Menu" (c`)
	if got := w.writes(); len(got) != 1 || got[0] != "POST /content/upload -> 201" {
		t.Fatalf("writes %q", got)
	}
	v := w.get("Summer Menu")
	sum, err := api.HashFile(path)
	if err != nil || v.Type != "image" || v.FileHash() != sum || *v.FileSize != int64(len(picture(t, 1))) {
		t.Fatalf("%+v, hash %s, %v", v, sum, err)
	}
	if !regexp.MustCompile(`[0-9a-f]{64}-summer-menu-[0-9a-z]{8}\.png$`).MatchString(*v.URL) {
		t.Errorf("object %s", *v.URL)
	}
}

func TestUploadOutput(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	one, two := w.file("one.png", picture(t, 1)), w.file("two.png", picture(t, 2))
	var single row
	w.run("upload", one, "--name", "First", "-o", "json").ok().json(&single)
	if single.Kind != "Content" || single.Name != "First" || single.ID == "" {
		t.Errorf("%+v", single)
	}
	var both []row
	w.run("upload", one, two, "-o", "json").ok().json(&both)
	if len(both) != 2 || both[0].Name != "one" || both[1].Name != "two" {
		t.Errorf("%+v", both)
	}
	lines := w.run("upload", one, two, "--force", "-o", "jsonl").ok().out
	if strings.Count(lines, "\n") != 2 {
		t.Errorf("jsonl %q", lines)
	}
}

func TestUploadTwice(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	path := w.file("menu.png", picture(t, 1))
	w.run("upload", path).ok()
	w.writes()
	var same row
	w.run("upload", path, "-o", "json").ok().says("is already there as content \"menu\"").says("nothing was sent").json(&same)
	if got := w.writes(); len(got) != 0 || same.Name != "menu" {
		t.Fatalf("writes %q, %+v", got, same)
	}
	// --force makes a second row, with an object of its own: deleting one leaves the other's file.
	w.run("upload", path, "--force", "--name", "menu again").ok()
	if n := w.count(); n != 2 {
		t.Fatalf("%d rows", n)
	}
	if *w.get("menu").URL == *w.get("menu again").URL {
		t.Fatal("two rows share one object")
	}
	w.run("delete", "menu", "--yes").ok()
	got := w.run("download", "menu again", "--out", "-").ok().out
	if got != string(picture(t, 1)) {
		t.Errorf("%d bytes came back", len(got))
	}
	// Another file of the same name is not the same file.
	w.run("upload", w.file("menu.png", picture(t, 200))).ok().says("uploaded")
}

func TestUploadArchivedTwin(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	path := w.file("menu.png", picture(t, 1))
	w.run("upload", path).ok()
	w.run("archive", "menu").ok()
	w.run("upload", path).ok().says("already there").says(`warning: content "menu" is archived`)
}

func TestUploadNames(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	path := w.file("x.png", picture(t, 1))
	// Form fields are kept as they come (contract rest 1.7); the name must be found again all the same.
	w.run("upload", path, "--name", "Fish & Chips").ok().says(`uploaded content "Fish & Chips"`)
	w.run("get", "Fish & Chips").ok()
	w.run("upload", path, "--name", "Fish & Chips").ok().says("already there")
	w.run("upload", path, path, "--name", "x").fails(api.KindUsage, "--name goes with a single file")
	w.run("upload", path, "--force", "--name", "<b></b>").fails(api.KindInvalid, "markup")
}

func TestUploadRefusals(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	good := w.file("good.png", picture(t, 1))
	w.writes()
	for _, c := range []struct{ name, path, says string }{
		{"missing", filepath.Join(w.dir, "nowhere.png"), "cannot be read"},
		{"directory", w.dir, "is a directory"},
		{"type", w.file("notes.txt", []byte("hello")), "a type the server does not take"},
		{"spoof", w.file("fake.png", []byte("GIF89a not a png at all")), "does not hold image/png"},
		{"empty", w.file("empty.png", nil), "is empty"},
	} {
		t.Log(c.name)
		w.run("upload", good, c.path).fails(api.KindInvalid, c.says)
	}
	w.run("upload", good, w.dir, w.file("a.txt", []byte("x"))).fails(api.KindInvalid, "2 of 3 files cannot be uploaded; nothing was sent")
	w.run("upload").fails(api.KindUsage, "FILE... is missing")
	if got := w.writes(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
}

func TestUploadPartly(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	// The server looks for scripts in the file, which is its own business.
	evil := append(picture(t, 1), "<script>x</script>"...)
	r := w.run("upload", w.file("good.png", picture(t, 2)), w.file("evil.png", evil), "-o", "json")
	if api.KindOf(r.err) != api.KindPartial || !strings.Contains(cmdutil.AsError(r.err).Details[0], "suspicious") {
		t.Fatalf("%v %+v", r.err, cmdutil.AsError(r.err))
	}
	var done []row
	if r.json(&done); len(done) != 1 || done[0].Name != "good" {
		t.Errorf("%+v", done)
	}
	w.run("upload", w.file("evil.png", evil)).fails(api.KindRejected, "suspicious")
}

func TestUploadForbidden(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	w.signIn("viewer")
	w.run("upload", w.file("a.png", picture(t, 1))).fails(api.KindForbidden, "")
}

func TestUploadDryRun(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 2, Playlists: 1})
	path := w.file("menu.png", picture(t, 1))
	w.writes()
	var would struct {
		Kind   string
		Path   string
		Upload api.Upload
	}
	w.run("upload", path, "--dry-run", "--playlist", "Summer Menu", "-o", "json").ok().says("would then put it").json(&would)
	if would.Kind != "DryRun" || would.Path != "/content/upload" || would.Upload.MIME != "image/png" || would.Upload.SHA256 == "" {
		t.Errorf("%+v", would)
	}
	if got := w.writes(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
	out := w.run("upload", path, "--dry-run").ok().out
	if !strings.Contains(out, "menu.png") || !strings.Contains(out, "image/png") {
		t.Errorf("table %q", out)
	}
}

func TestUploadIntoPlaylist(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 3, Playlists: 1})
	one, two := w.file("one.png", picture(t, 1)), w.file("two.png", picture(t, 2))
	w.run("upload", one, two, "--playlist", "Summer Menu").ok().says(`added 2 items to playlist "Summer Menu"`)
	if got := w.writes(); len(got) != 3 || !strings.HasPrefix(got[2], "PATCH /playlists/") {
		t.Errorf("writes %q", got)
	}
	if used := w.get("two").UsedBy(); len(used) != 1 || used[0] != "Summer Menu" {
		t.Errorf("used by %q", used)
	}
	// What is there and held already is left alone.
	w.run("upload", one, "--playlist", "Summer Menu").ok().says("already holds it")
	if got := w.writes(); len(got) != 0 {
		t.Errorf("writes %q", got)
	}
	w.run("upload", one, "--playlist", "No Such List").fails(api.KindNotFound, "no playlist is named")
}

// summerMenu reads the sandbox's only playlist.
func summerMenu(t *testing.T, w *world) (*api.Playlist, error) {
	t.Helper()
	rows, err := api.Playlists.List(t.Context(), w.client, nil, 0)
	if err != nil {
		return nil, err
	}
	return api.Playlists.Get(t.Context(), w.client, rows[0].ID)
}

func TestUploadIntoPlaylistWithRepeats(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 2, Playlists: 1})
	found, err := summerMenu(t, w)
	if err != nil {
		t.Fatal(err)
	}
	req, err := api.NewRequest("POST", api.Playlists.ItemPath(found.ID)+"/items", map[string]any{"contentId": found.Items[0].ContentID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Do(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	w.writes()
	w.run("upload", w.file("one.png", picture(t, 1)), "--playlist", "Summer Menu").ok().says("added 1 item")
	if got := w.writes(); len(got) != 2 || !strings.HasSuffix(got[1], "/items -> 201") {
		t.Errorf("writes %q", got)
	}
	found, err = summerMenu(t, w)
	if err != nil {
		t.Fatal(err)
	}
	if last := found.Items[len(found.Items)-1]; last.Seconds() != 10 {
		t.Errorf("it plays %d s, not the content's own 10", last.Seconds())
	}
}

func TestUploadAsync(t *testing.T) {
	w := newWorld(t, sandbox.Options{Contents: 2, Playlists: 1})
	w.writes()
	w.run("upload", w.file("one.png", picture(t, 1)), "--async", "--playlist", "Summer Menu").fails(api.KindQueued, "recorded")
	if got := w.writes(); len(got) != 0 {
		t.Errorf("sent %q", got)
	}
	// The playlist waits for the content's real id.
	w.runAs(func(f *cmdutil.Factory, _ *bytes.Buffer) {
		j, err := f.Journal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Sync(t.Context(), journal.SyncOptions{}); err != nil {
			t.Fatal(err)
		}
	}, "list").ok()
	if used := w.get("one").UsedBy(); len(used) != 1 || used[0] != "Summer Menu" {
		t.Errorf("used by %q", used)
	}
}

func TestUploadUnreachable(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	path := w.file("one.png", picture(t, 1))
	w.url = w.server.URL()
	if err := w.server.Close(); err != nil {
		t.Fatal(err)
	}
	w.runAs(func(f *cmdutil.Factory, _ *bytes.Buffer) { f.Global.Retries = 0 }, "upload", path).
		fails(api.KindQueued, "recorded").says("could not be checked")
}

func TestStoredAs(t *testing.T) {
	w := newWorld(t, sandbox.Options{})
	long := w.file(strings.Repeat("ä", 100)+".PNG", picture(t, 1))
	u, err := openFile(long, w.now())
	if err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(u.Name)); n != longestStem+len("-12345678.png") || !strings.HasSuffix(u.Name, ".png") {
		t.Errorf("%q has %d characters", u.Name, n)
	}
	if !filepath.IsAbs(u.File) {
		t.Errorf("%q is not absolute", u.File)
	}
	if _, err := os.Stat(u.File); err != nil {
		t.Error(err)
	}
}
