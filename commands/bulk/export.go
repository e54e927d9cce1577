package bulk

// This file is about one thing: "export": what exists as manifests, so that
// applying them changes nothing.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type exportOptions struct {
	factory *cmdutil.Factory
	kinds   []string
	out     string
}

// NewExport makes the export command.
func NewExport(f *cmdutil.Factory) *cobra.Command { return newExport(f, nil) }

func newExport(f *cmdutil.Factory, run func(context.Context, *exportOptions) error) *cobra.Command {
	o := &exportOptions{factory: f}
	if run == nil {
		run = runExport
	}
	cmd := &cobra.Command{
		Use: "export [KIND...]", Args: cmdutil.Args("[KIND...]"),
		Short: "Write what exists as YAML files that plan and apply read",
		Long: `Writes content, playlists, groups, schedules and displays as manifests, in a
stable order and with references by name. Without kinds, all of them. Applying
what was exported changes nothing. Files of uploaded content are not written:
'vizora content download' fetches them.`,
		Example: "  vizora export > signage.yaml\n  vizora export playlists schedules --out signage/",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Patient()
			return f.Run(func(ctx context.Context, args []string) error {
				o.kinds = args
				return run(ctx, o)
			})(cmd, args)
		},
	}
	cmd.Flags().StringVar(&o.out, "out", "", "`DIR` write one file per kind here, instead of all to stdout")
	return cmd
}

func runExport(ctx context.Context, o *exportOptions) error {
	kinds, err := o.schemas()
	if err != nil {
		return err
	}
	cat, err := newCatalog(o.factory)
	if err != nil {
		return err
	}
	wanted := needs{}
	for _, s := range declared() { // all of them: references are written by name
		fields := wanted.kind(s)
		if slices.Contains(kinds, s) {
			for i := range s.Fields {
				fields[s.Fields[i].Name] = true
			}
		}
	}
	if err := cat.loadAll(ctx, wanted); err != nil {
		return err
	}
	x := &exporter{differ: &differ{cat: cat}}
	for _, s := range kinds {
		text, err := x.kind(ctx, s)
		if err != nil {
			return err
		}
		if err := o.write(s, text); err != nil {
			return err
		}
	}
	return nil
}

func (o *exportOptions) schemas() ([]*api.Schema, error) {
	if len(o.kinds) == 0 {
		return declared(), nil
	}
	var kinds []*api.Schema
	for _, name := range o.kinds {
		s := api.SchemaOf(name)
		if s == nil || !slices.Contains(declared(), s) {
			var known []string
			for _, k := range declared() {
				known = append(known, k.Noun)
			}
			return nil, unknown("kind", name, known)
		}
		kinds = append(kinds, s)
	}
	return kinds, nil
}

func (o *exportOptions) write(s *api.Schema, text []byte) error {
	if o.out == "" {
		_, err := o.factory.IO.Out().Write(text)
		return err
	}
	path := filepath.Join(o.out, s.Plural+".yaml")
	err := os.MkdirAll(o.out, 0o755)
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		return &api.Error{Kind: api.KindLocal, Message: fmt.Sprintf("%s cannot be written: %v", path, unwrapPath(err)), Err: err}
	}
	o.factory.IO.Say("wrote %s", path)
	return nil
}

type exporter struct{ *differ }

// kind writes a kind's resources in the order of their names.
func (x *exporter) kind(ctx context.Context, s *api.Schema) ([]byte, error) {
	sh := x.cat.shelves[s.Kind]
	rows := sh.sorted()
	var all []byte
	for _, e := range rows {
		if s.Kind == api.Contents.Kind {
			if err := x.readDetail(ctx, e); err != nil {
				return nil, err
			}
		}
		doc := object{}
		doc.add("apiVersion", cmdutil.APIVersion)
		doc.add("kind", s.Kind)
		meta := object{}
		meta.add("name", e.name())
		if len(sh.named(e.name())) > 1 {
			meta.add("id", e.id())
		}
		doc.add("metadata", meta)
		if spec := x.spec(s, e); len(spec.keys) > 0 {
			doc.add("spec", spec)
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			return nil, err
		}
		text, err := output.YAML(raw)
		if err != nil {
			return nil, err
		}
		all = append(append(all, "---\n"...), text...)
	}
	return all, nil
}

// spec is a resource's fields as a manifest declares them: what can be written
// and has a value.
func (x *exporter) spec(s *api.Schema, e *entry) object {
	spec := object{}
	for i := range s.Fields {
		f := &s.Fields[i]
		raw := e.value(f.Name)
		if !f.Writable() || f.Noise || f.Name == colName || len(raw) == 0 || string(raw) == "null" || !exported(f) {
			continue
		}
		if f.Name == colItems {
			spec.add(colItems, x.itemList(raw))
			continue
		}
		if v := x.written(f, raw); v != nil {
			spec.add(f.Name, v)
		}
	}
	if s.Kind == "Group" {
		var ids []string
		_ = json.Unmarshal(e.value(membersField), &ids) // nobody
		names := []string{}
		for _, id := range ids {
			names = append(names, x.reference(api.Displays.Kind, id))
		}
		slices.Sort(names)
		spec.add("displays", names)
	}
	return spec
}

// exported leaves out what belongs to one installation and not to its signage.
func exported(f *api.Field) bool {
	return f.Name != "metadata" && f.Name != "thumbnail" && f.Name != "deviceId"
}

// written is a value as a manifest writes it.
func (x *exporter) written(f *api.Field, raw json.RawMessage) any {
	switch f.Type {
	case api.TypeRef:
		s := api.SchemaOf(f.Ref)
		if s == nil {
			return nil
		}
		return x.reference(s.Kind, text(raw))
	case api.TypeTime:
		t, err := time.Parse(time.RFC3339, text(raw))
		if err != nil {
			return nil
		}
		return t.UTC().Format(time.RFC3339)
	}
	return inWords(f, raw)
}

// inWords writes a value that the server keeps as numbers as people do.
func inWords(f *api.Field, raw json.RawMessage) any {
	var minutes int
	var days []int
	switch {
	case f.Type == api.TypeClock && json.Unmarshal(raw, &minutes) == nil:
		return api.ClockText(minutes)
	case f.Type == api.TypeDays && json.Unmarshal(raw, &days) == nil:
		return api.DayNames(days)
	}
	return raw
}

// reference is a resource's name, or its id where several have that name.
func (x *exporter) reference(kind, id string) string {
	sh := x.cat.shelves[kind]
	if sh == nil || sh.withID(id) == nil || len(sh.named(sh.withID(id).name())) != 1 {
		return id
	}
	return sh.withID(id).name()
}

func (x *exporter) itemList(raw json.RawMessage) []object {
	var items []api.PlaylistItem
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	sort.SliceStable(items, func(a, b int) bool { return items[a].Order < items[b].Order })
	list := []object{}
	for i := range items {
		one := object{}
		one.add("content", x.reference(api.Contents.Kind, items[i].ContentID))
		if d := items[i].Duration; d != nil {
			one.add("duration", *d)
		}
		list = append(list, one)
	}
	return list
}

// object is a JSON object that keeps the order of its keys.
type object struct {
	keys   []string
	values []any
}

func (o *object) add(key string, v any) { o.keys, o.values = append(o.keys, key), append(o.values, v) }

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(key))
		b.WriteByte(':')
		raw, err := json.Marshal(o.values[i])
		if err != nil {
			return nil, err
		}
		b.Write(raw)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
