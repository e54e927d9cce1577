package display

// This file is about one thing: "tag", "untag" and "tags".

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// maxTags is how many tags one request takes (contract rest 4).
const maxTags = 50

// tag is a tag as the platform lists it.
type tag struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Color *string `json:"color"`
}

// tagSet is the tags that are known, each once.
type tagSet struct{ tags []tag }

func (s *tagSet) add(tags ...tag) {
	for _, t := range tags {
		if !slices.ContainsFunc(s.tags, func(k tag) bool { return k.ID == t.ID }) {
			s.tags = append(s.tags, t)
		}
	}
}

func (s *tagSet) addLinks(links []api.TagLink) {
	for _, l := range links {
		s.add(tag{ID: l.Tag.ID, Name: l.Tag.Name})
	}
}

func (s *tagSet) names() []string {
	names := make([]string, len(s.tags))
	for i := range s.tags {
		names[i] = s.tags[i].Name
	}
	slices.Sort(names)
	return names
}

// find returns the tag of that name or id; a name's letter case counts only
// where two names differ in nothing else.
func (s *tagSet) find(arg string) (*tag, error) {
	var folded *tag
	for i := range s.tags {
		switch t := &s.tags[i]; {
		case t.ID == arg, t.Name == arg:
			return t, nil
		case strings.EqualFold(t.Name, arg):
			folded = t
		}
	}
	if folded != nil {
		return folded, nil
	}
	e := api.Errorf(api.KindNotFound, "no tag is named %q", arg).WithHint("%s", s.near(arg))
	e.Field, e.Value = "tag", arg
	return nil, e
}

// near names the tag that was probably meant, or all of them.
func (s *tagSet) near(arg string) string {
	names := s.names()
	if near := api.Nearest(arg, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(names) == 0 {
		return "there are no tags; the platform's API cannot create one"
	}
	return "known tags: " + strings.Join(names, ", ")
}

func ownTags(ctx context.Context, c *api.Client, displayID string) ([]tag, error) {
	var tags []tag
	err := cmdutil.Get(ctx, c, api.Displays.ItemPath(displayID)+"/tags", &tags)
	return tags, err
}

type tagOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
	names   []string
	narrow  cmdutil.Narrow // of "tags"
}

func newTag(f *cmdutil.Factory, run func(context.Context, *tagOptions) error) *cobra.Command {
	o := &tagOptions{factory: f}
	if run == nil {
		run = runTag
	}
	cmd := &cobra.Command{
		Use: "tag NAME|ID TAG...", Args: cmdutil.Args("NAME|ID", "TAG..."),
		Short: "Put tags on a display",
		Long: `Puts tags on a display. The platform's API can use tags, but cannot create any:
only a tag that some content or display carries already can be named.

Tag rules run at once, and may give a display without a playlist one.`,
		Example: "  vizora display tag \"Lobby North\" indoor\n  vizora display tag \"Lobby North\" indoor outdoor --dry-run",
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg, o.names = args[0], args[1:]
			return run(ctx, o)
		}),
	}
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func newUntag(f *cmdutil.Factory, run func(context.Context, *tagOptions) error) *cobra.Command {
	o := &tagOptions{factory: f}
	if run == nil {
		run = runUntag
	}
	cmd := &cobra.Command{
		Use: "untag NAME|ID TAG...", Args: cmdutil.Args("NAME|ID", "TAG..."),
		Short: "Take tags off a display",
		Long: `Takes tags off a display. A tag that nothing carries any more cannot be named
again, because the platform's API cannot create tags.`,
		Example: "  vizora display untag \"Lobby North\" indoor\n  vizora display untag \"Lobby North\" indoor outdoor --dry-run",
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg, o.names = args[0], args[1:]
			return run(ctx, o)
		}),
	}
	o.write.Roles = []string{api.Admin} // contract rest 4
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func newTags(f *cmdutil.Factory, run func(context.Context, *tagOptions) error) *cobra.Command {
	o := &tagOptions{factory: f}
	if run == nil {
		run = runTags
	}
	cmd := &cobra.Command{
		Use: "tags NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short:             "List a display's tags",
		Example:           "  vizora display tags \"Lobby North\"\n  vizora display tags \"Lobby North\" -o name",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Displays.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.narrow.Add(cmd, tagView().ColumnNames())
	return cmd
}

// open finds the display and its tags.
func (o *tagOptions) open(ctx context.Context) (*api.Client, *api.Display, []tag, error) {
	c, err := o.factory.Client()
	if err != nil {
		return nil, nil, nil, err
	}
	found, err := cmdutil.Resolve(ctx, o.factory, api.Displays, o.arg)
	if err != nil {
		return nil, nil, nil, err
	}
	own, err := ownTags(ctx, c, found.ID)
	return c, found.Value, own, err
}

func tagView() output.View {
	return output.View{Kind: "Tag", Plural: "tags", Columns: []output.Column{
		{Name: "name", Header: "NAME", Priority: 1, Max: 40}, {Name: "color", Header: "COLOR", Priority: 2}, {Name: "id", Header: "ID"},
	}}
}

func tagRecords(tags []tag) []output.Record {
	records := make([]output.Record, len(tags))
	for i := range tags {
		cells := map[string]any{"name": tags[i].Name, "id": tags[i].ID}
		if tags[i].Color != nil {
			cells["color"] = *tags[i].Color
		}
		records[i] = cmdutil.ObjectRecord{Kind: "Tag", Value: tags[i], Cells: cells}
	}
	return records
}

func runTags(ctx context.Context, o *tagOptions) error {
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, tagView()); err != nil {
		return err
	}
	_, _, own, err := o.open(ctx)
	if err != nil {
		return err
	}
	return o.narrow.List(p, tagView(), tagRecords(own))
}

func runTag(ctx context.Context, o *tagOptions) error {
	c, d, own, err := o.open(ctx)
	if err != nil {
		return err
	}
	named, err := findTags(ctx, c, own, o.names)
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(named), func(t tag) bool { return contains(own, t) })
	if len(missing) == 0 {
		o.factory.IO.Say("display %s already carries %s; nothing was sent", label(d), quoted(named))
		return o.show(own)
	}
	return o.send(ctx, d, "tag", "tagged", "with", "/tags", missing, append(own, missing...))
}

func runUntag(ctx context.Context, o *tagOptions) error {
	_, d, own, err := o.open(ctx)
	if err != nil {
		return err
	}
	set := &tagSet{tags: own}
	named := &tagSet{}
	for _, name := range o.names {
		t, err := set.find(name)
		if err != nil {
			e := cmdutil.AsError(err)
			e.Message = fmt.Sprintf("display %s carries no tag %q", label(d), name)
			return e
		}
		named.add(*t)
	}
	left := slices.DeleteFunc(slices.Clone(own), func(t tag) bool { return contains(named.tags, t) })
	return o.send(ctx, d, "untag", "untagged", "of", "/tags/remove", named.tags, left)
}

// findTags resolves names to ids. There is no list of all tags (contract rest
// 15): content's tags and the display's own are asked first, and the tags of
// every display only for a name that is in neither.
func findTags(ctx context.Context, c *api.Client, own []tag, names []string) ([]tag, error) {
	set := &tagSet{}
	set.add(own...)
	var onContent []tag
	if err := cmdutil.Get(ctx, c, "/content/tags", &onContent); err != nil {
		return nil, err
	}
	set.add(onContent...)
	named := &tagSet{}
	searched := false
	for _, name := range names {
		t, err := set.find(name)
		if err != nil && !searched {
			displays, listErr := api.Displays.List(ctx, c, nil, 0)
			if listErr != nil {
				return nil, listErr
			}
			for i := range displays {
				set.addLinks(displays[i].Tags)
			}
			searched = true
			t, err = set.find(name)
		}
		if err != nil {
			return nil, cannotCreate(err, set)
		}
		named.add(*t)
	}
	return named.tags, nil
}

// cannotCreate says why a new tag is not simply made.
func cannotCreate(err error, known *tagSet) error {
	e := cmdutil.AsError(err)
	e.Message += ", and the platform's API cannot create tags"
	if names := known.names(); len(names) > 0 && api.Nearest(e.Value, names) == "" {
		e.Hint = "only a tag that some content or display carries already can be named"
	}
	for _, name := range known.names() {
		e.Details = append(e.Details, "known tag: "+name)
	}
	return e
}

func contains(tags []tag, t tag) bool {
	return slices.ContainsFunc(tags, func(k tag) bool { return k.ID == t.ID })
}

func quoted(tags []tag) string {
	names := make([]string, len(tags))
	for i := range tags {
		names[i] = fmt.Sprintf("%q", tags[i].Name)
	}
	return strings.Join(names, ", ")
}

// send sends the tags' ids and shows the tags as they then are. Neither route's
// answer tells them (contract rest 4).
func (o *tagOptions) send(ctx context.Context, d *api.Display, verb, past, join, route string, tags, after []tag) error {
	if len(tags) > maxTags {
		return cmdutil.Usage("%d tags are too many for one request", len(tags)).WithHint("give at most %d", maxTags)
	}
	ids := make([]string, len(tags))
	for i := range tags {
		ids[i] = tags[i].ID
	}
	req, err := api.NewRequest(http.MethodPost, api.Displays.ItemPath(d.ID)+route, map[string]any{"tagIds": ids})
	if err != nil {
		return err
	}
	op := action(journal.Absolute, d, verb, fmt.Sprintf("%s display %q %s %s", verb, d.Name(), join, quoted(tags)), req)
	result, err := o.write.Submit(ctx, o.factory, op)
	if err != nil || result == nil {
		return err
	}
	o.factory.IO.Say("%s display %s %s %s", past, label(d), join, quoted(tags))
	return o.show(after)
}

// show prints the display's tags for programs.
func (o *tagOptions) show(tags []tag) error {
	table, err := o.factory.InTable()
	if err != nil || table || o.write.DryRun {
		return err
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	return p.List(tagView(), tagRecords(tags))
}
