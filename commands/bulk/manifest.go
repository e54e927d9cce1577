package bulk

// This file is about one thing: reading manifests: YAML documents that declare
// what is wanted, each mistake with its file, line and column.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// want is one resource as a manifest declares it.
type want struct {
	file     string
	line     int
	schema   *api.Schema
	id, name string
	fields   []wantField // in the manifest's order
	items    []itemRow   // of a playlist; nil: not declared
	displays []string    // of a group; nil: not declared
	upload   *api.Upload // of content with a file
	refs     map[string]*yaml.Node

	made string // temporary id, once it is to be created
}

// place is where it is declared; a media file of a directory has no lines.
func (w *want) place() string {
	if w.line == 0 {
		return w.file
	}
	return fmt.Sprintf("%s:%d", w.file, w.line)
}

// wantField is one field with the value that it is to have. References are
// still names.
type wantField struct {
	field *api.Field
	value []byte
	node  *yaml.Node
}

// reader reads manifests.
type reader struct {
	vars  map[string]string
	found *problems
	wants []*want

	file string // being read
	dir  string // for paths in it
}

// declared lists the kinds that manifests know, in the order in which they must
// be made.
func declared() []*api.Schema {
	var all []*api.Schema
	for _, kind := range []string{"Content", "Playlist", "Group", "Schedule", "Display"} {
		if s := api.SchemaOf(kind); s != nil {
			all = append(all, s)
		}
	}
	return all
}

// readManifests reads files and directories, which are gone through in the order
// of their names.
func readManifests(paths, vars []string, stdin io.Reader) ([]*want, error) {
	r := &reader{vars: map[string]string{}, found: &problems{}}
	for _, v := range vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, api.Invalid("--var", v, "is not NAME=VALUE", "for example --var season=summer")
		}
		r.vars[name] = value
	}
	for _, path := range paths {
		if path == "-" {
			r.read("stdin", ".", stdin)
			continue
		}
		files, err := manifestFiles(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if err := r.readFile(file); err != nil {
				return nil, err
			}
		}
	}
	r.twice()
	if err := r.found.err("the declaration"); err != nil {
		return nil, err
	}
	return r.wants, nil
}

// manifestFiles lists the YAML files of a directory, or, where it holds none,
// its media.
func manifestFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, api.Invalid("file", path, "cannot be read: "+unwrapPath(err).Error(), "name YAML files, or a directory that holds some")
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var manifests, media []string
	err = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch ext := strings.ToLower(filepath.Ext(file)); {
		case ext == ".yaml" || ext == ".yml":
			manifests = append(manifests, file)
		case slices.Contains(api.UploadExtensions(), ext):
			media = append(media, file)
		}
		return nil
	})
	if err != nil {
		return nil, api.Invalid("file", path, "cannot be read: "+unwrapPath(err).Error(), "check who may read it")
	}
	if len(manifests) == 0 {
		manifests = media
	}
	if len(manifests) == 0 {
		return nil, api.Invalid("file", path, "holds no YAML file and no media", "name YAML files, or a directory that holds some")
	}
	slices.Sort(manifests)
	return manifests, nil
}

func (r *reader) readFile(file string) error {
	if ext := strings.ToLower(filepath.Ext(file)); slices.Contains(api.UploadExtensions(), ext) {
		w := &want{file: file, schema: &api.Contents.Schema, name: stem(file)}
		r.file = file
		r.attach(w, file, nil)
		r.wants = append(r.wants, w)
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return api.Invalid("file", file, "cannot be read: "+unwrapPath(err).Error(), "check who may read it")
	}
	defer func() { _ = f.Close() }()
	r.read(file, filepath.Dir(file), f)
	return nil
}

func stem(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

func (r *reader) read(name, dir string, in io.Reader) {
	r.file, r.dir = name, dir
	d := yaml.NewDecoder(in)
	for {
		var doc yaml.Node
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			r.found.add(rowError{problem: name + ": " + strings.TrimPrefix(err.Error(), "yaml: ")})
			return
		}
		if len(doc.Content) == 1 && doc.Content[0].Tag != "!!null" {
			r.document(doc.Content[0])
		}
	}
}

// fail tells of a mistake at a place.
func (r *reader) fail(at *yaml.Node, fix, format string, args ...any) {
	where := r.file
	if at != nil {
		where = fmt.Sprintf("%s:%d:%d", r.file, at.Line, at.Column)
	}
	r.found.add(rowError{problem: where + ": " + fmt.Sprintf(format, args...), fix: fix})
}

// members lists a mapping's keys and values; anything else is a mistake.
func (r *reader) members(n *yaml.Node, what string) map[string][2]*yaml.Node {
	out := map[string][2]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "write it as 'key: value' lines", "%s is no mapping", what)
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, twice := out[key.Value]; twice {
			r.fail(key, "leave one out", "%s is there twice", key.Value)
		}
		out[key.Value] = [2]*yaml.Node{key, n.Content[i+1]}
	}
	return out
}

func (r *reader) document(n *yaml.Node) {
	top := r.members(n, "the document")
	for key, node := range top {
		if !slices.Contains([]string{"apiVersion", "kind", "metadata", "spec"}, key) {
			r.fail(node[0], nearest(key, []string{"apiVersion", "kind", "metadata", "spec"}), "the document has no %q", key)
		}
	}
	if v := r.scalar(top["apiVersion"][1]); v != "" && v != cmdutil.APIVersion {
		r.fail(top["apiVersion"][1], "this program reads "+cmdutil.APIVersion, "unknown apiVersion %q", v)
	}
	w := &want{file: r.file, line: n.Line, refs: map[string]*yaml.Node{}}
	kind := r.scalar(top["kind"][1])
	for _, s := range declared() {
		if s.Kind == kind {
			w.schema = s
		}
	}
	if w.schema == nil {
		at := top["kind"][1]
		if at == nil {
			at = n
		}
		var kinds []string
		for _, s := range declared() {
			kinds = append(kinds, s.Kind)
		}
		r.fail(at, nearest(kind, kinds), "unknown kind %q", kind)
		return
	}
	if meta := top["metadata"][1]; meta != nil {
		r.metadata(w, meta)
	}
	if w.name == "" && w.id == "" {
		r.fail(n, "give metadata.name", "the %s has no name", w.schema.Noun)
		return
	}
	if spec := top["spec"][1]; spec != nil && spec.Tag != "!!null" {
		r.spec(w, spec)
	}
	r.wants = append(r.wants, w)
}

func (r *reader) metadata(w *want, n *yaml.Node) {
	for key, node := range r.members(n, "metadata") {
		switch key {
		case "name":
			w.name = r.scalar(node[1])
		case "id":
			w.id = r.scalar(node[1])
		default:
			r.fail(node[0], "it holds name and, where that is not unique, id", "metadata has no %q", key)
		}
	}
}

// spec reads the fields of a resource.
func (r *reader) spec(w *want, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "write it as 'field: value' lines", "spec is no mapping")
		return
	}
	r.members(n, "spec") // tells what is there twice
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Value == colItems && w.schema.Kind == api.Playlists.Kind:
			r.items(w, value)
		case key.Value == "displays" && w.schema.Kind == "Group":
			w.displays = r.list(value)
		case key.Value == "file" && w.schema.Kind == api.Contents.Kind:
			file := r.scalar(value)
			if !filepath.IsAbs(file) {
				file = filepath.Join(r.dir, file)
			}
			r.attach(w, file, value)
		default:
			r.field(w, key, value)
		}
	}
}

// attach checks a local file and takes its hash.
func (r *reader) attach(w *want, file string, at *yaml.Node) {
	abs, err := filepath.Abs(file)
	if err == nil {
		w.upload, err = api.NewUpload(abs)
	}
	if err != nil {
		r.fail(at, hintOf(err), "%s", err)
	}
}

func (r *reader) field(w *want, key, value *yaml.Node) {
	f := w.schema.Field(key.Value)
	if f == nil || !f.Writable() || key.Value == colName {
		var known []string
		for i := range w.schema.Fields {
			if g := &w.schema.Fields[i]; g.Writable() && g.Name != colName {
				known = append(known, g.Name)
			}
		}
		r.fail(key, nearest(key.Value, known), "a %s declares no %q", w.schema.Noun, key.Value)
		return
	}
	plain := *f
	plain.Flag = "" // messages name the field
	raw, err := r.value(&plain, value)
	if err != nil {
		r.fail(value, hintOf(err), "%s: %s", f.Name, problemOf(err))
		return
	}
	w.fields = append(w.fields, wantField{f, raw, value})
}

// value turns a node into a field's value.
func (r *reader) value(f *api.Field, n *yaml.Node) ([]byte, error) {
	switch {
	case n.Tag == "!!null" && n.Kind == yaml.ScalarNode:
		if !f.Clear {
			return nil, errors.New("it cannot be cleared; leave it out to keep it as it is")
		}
		return []byte("null"), nil
	case f.Type == api.TypeObject:
		return f.Parse(r.json(n))
	case n.Kind == yaml.SequenceNode:
		return f.Parse(strings.Join(r.list(n), ","))
	case n.Kind != yaml.ScalarNode:
		return nil, errors.New("it takes one value")
	}
	return f.Parse(r.scalar(n))
}

// json writes a node as JSON.
func (r *reader) json(n *yaml.Node) string {
	var b strings.Builder
	r.appendJSON(&b, n)
	return b.String()
}

func (r *reader) appendJSON(b *strings.Builder, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		b.WriteByte('{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(quote(n.Content[i].Value))
			b.WriteByte(':')
			r.appendJSON(b, n.Content[i+1])
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, c := range n.Content {
			if i > 0 {
				b.WriteByte(',')
			}
			r.appendJSON(b, c)
		}
		b.WriteByte(']')
	case yaml.AliasNode:
		r.appendJSON(b, n.Alias)
	default:
		switch n.Tag {
		case "!!int", "!!float", "!!bool", "!!null":
			b.WriteString(r.scalar(n))
		default:
			b.Write(quote(r.scalar(n)))
		}
	}
}

func (r *reader) list(n *yaml.Node) []string {
	out := []string{}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "write it as '- value' lines", "this is no list")
		return out
	}
	for _, c := range n.Content {
		out = append(out, r.scalar(c))
	}
	return out
}

func (r *reader) items(w *want, n *yaml.Node) {
	w.items = []itemRow{}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "write it as '- content: NAME' lines", "items is no list")
		return
	}
	for _, c := range n.Content {
		item := itemRow{}
		if c.Kind == yaml.ScalarNode {
			item.content = r.scalar(c)
		} else {
			for key, node := range r.members(c, "an item") {
				switch key {
				case "content":
					item.content = r.scalar(node[1])
				case "duration":
					one, err := parseItem("x=" + r.scalar(node[1]))
					if err != nil || one.duration == nil {
						r.fail(node[1], "give 1 to 86400 seconds", "duration: %q is no duration of an item", node[1].Value)
						continue
					}
					item.duration = one.duration
				default:
					r.fail(node[0], "it has content and duration", "an item has no %q", key)
				}
			}
		}
		if item.content == "" {
			r.fail(c, "give its content by name or id", "the item names no content")
		}
		w.items = append(w.items, item)
	}
}

// scalar is a node's text, with variables put in.
func (r *reader) scalar(n *yaml.Node) string {
	switch {
	case n == nil:
		return ""
	case n.Kind == yaml.AliasNode:
		return r.scalar(n.Alias)
	case n.Kind != yaml.ScalarNode:
		r.fail(n, "", "one value is expected here")
		return ""
	case !strings.Contains(n.Value, "$"):
		return n.Value
	}
	return regexp.MustCompile(`\$\$|\$\{[^}]*\}`).ReplaceAllStringFunc(n.Value, func(m string) string {
		if m == "$$" {
			return "$"
		}
		value, known := r.vars[m[2:len(m)-1]]
		if !known {
			r.fail(n, "give it with --var "+m[2:len(m)-1]+"=VALUE, or write $$ for a dollar sign", "the variable %s has no value", m)
		}
		return value
	})
}

// twice tells of resources that are declared more than once, and of the same
// bytes under two names: they would share one file (contract rest 6.1).
func (r *reader) twice() {
	seen, files := map[string]*want{}, map[string]*want{}
	for _, w := range r.wants {
		key := w.schema.Kind + "/" + w.id + "/" + w.name
		if first := seen[key]; first != nil {
			r.found.add(rowError{problem: fmt.Sprintf("%s: %s %q is declared in %s already", w.place(), w.schema.Noun, w.name, first.place())})
		}
		seen[key] = w
		if w.upload == nil {
			continue
		}
		if first := files[w.upload.SHA256]; first != nil {
			r.found.add(rowError{problem: fmt.Sprintf("%s: content %q is the same file as %q", w.place(), w.name, first.name), fix: "declare it once and name it in both places: two rows would share one file, and deleting one breaks the other"})
		}
		files[w.upload.SHA256] = w
	}
}

func nearest(name string, known []string) string {
	if near := api.DidYouMean(name, known, ""); near != "" {
		return near
	}
	return "it may be " + strings.Join(known, ", ")
}

// isPlan reports whether a file is a saved plan and no manifest.
func isPlan(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 64)
	n, _ := io.ReadFull(f, head) // a shorter file is no plan
	return bytes.HasPrefix(head[:n], []byte(planMark))
}
