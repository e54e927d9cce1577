package content

// This file is about one thing: "tag" and "untag".

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// mostTags is how many tags one request takes (contract rest 6.2).
const mostTags = 100

type tagOptions struct {
	factory    *cmdutil.Factory
	write      cmdutil.WriteFlags
	args       []string // content, then tags
	verb, past string
	operation  string // "add" or "remove"
}

const tagLong = ` The last argument is a tag, or
several with commas between them, by name or id; so is each in front of it that
names a known tag. Content that is called like a tag can be given by its id.

The platform's API makes no tags and lists only those that some content carries
(vizora content tags); any other tag can be given by its id.`

func newTag(f *cmdutil.Factory, run func(context.Context, *tagOptions) error) *cobra.Command {
	return newTagging(f, run, &tagOptions{factory: f, verb: "tag", past: "tagged", operation: "add"}, &cobra.Command{
		Use: "tag NAME|ID... TAG...", Short: "Put tags on content",
		Long:    "Puts tags on content, beside those it has." + tagLong,
		Example: "  vizora content tag \"Latte Art\" promotion\n  vizora content tag \"Latte Art\" \"Summer Cold Brew\" promotion --dry-run",
	})
}

func newUntag(f *cmdutil.Factory, run func(context.Context, *tagOptions) error) *cobra.Command {
	return newTagging(f, run, &tagOptions{factory: f, verb: "untag", past: "untagged", operation: "remove"}, &cobra.Command{
		Use: "untag NAME|ID... TAG...", Short: "Take tags off content",
		Long:    "Takes tags off content; one that it does not carry is left alone." + tagLong,
		Example: "  vizora content untag \"Latte Art\" promotion\n  vizora content untag \"Latte Art\" \"Summer Cold Brew\" promotion",
	})
}

func newTagging(f *cmdutil.Factory, run func(context.Context, *tagOptions) error, o *tagOptions, cmd *cobra.Command) *cobra.Command {
	if run == nil {
		run = runTag
	}
	cmd.Args = cmdutil.Args("NAME|ID", "TAG...")
	cmd.RunE = f.Run(func(ctx context.Context, args []string) error {
		o.args = args
		return run(ctx, o)
	})
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runTag(ctx context.Context, o *tagOptions) error {
	c, err := o.factory.Client()
	if err != nil {
		return err
	}
	known, err := knownTags(ctx, c)
	if err != nil {
		return err
	}
	at := firstTag(known, o.args)
	tags, err := findTags(known, o.args[at:])
	if err != nil {
		return err
	}
	list, err := members(ctx, o.factory, o.args[:at], o.verb)
	if err != nil {
		return err
	}
	ids, names := make([]string, len(tags)), make([]string, len(tags))
	for i, t := range tags {
		ids[i], names[i] = t.ID, fmt.Sprintf("%q", t.Name)
	}
	b := bulk{
		factory: o.factory, write: &o.write, client: c, verb: o.verb, past: o.past,
		with: ": " + strings.Join(names, ", "), path: "/content/bulk/tags",
		body: func(contentIDs []string) any {
			return map[string]any{"contentIds": contentIDs, "tagIds": ids, "operation": o.operation}
		},
	}
	return b.run(ctx, list)
}

// firstTag is the index of the first argument that is a tag: the last one, and
// those in front of it that name known tags. The first argument is content.
func firstTag(known []knownTag, args []string) int {
	at := len(args) - 1
	for at > 1 {
		if _, ok := lookUp(known, args[at-1]); !ok {
			break
		}
		at--
	}
	return at
}

// findTags finds tags, each once. A tag of a name with a comma in it is found
// where it is known.
func findTags(known []knownTag, args []string) ([]knownTag, error) {
	var tags []knownTag
	var names []string
	for _, arg := range args {
		if _, ok := lookUp(known, arg); ok {
			names = append(names, arg)
		} else {
			names = append(names, strings.Split(arg, ",")...)
		}
	}
	for _, arg := range names {
		arg = strings.TrimSpace(arg)
		if arg == "" {
			return nil, api.Invalid("tag", strings.Join(args, " "), "holds an empty name", "give a tag, or several with commas between them")
		}
		tag, err := findTag(known, arg)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(tags, func(t knownTag) bool { return t.ID == tag.ID }) {
			tags = append(tags, tag)
		}
	}
	if len(tags) > mostTags {
		return nil, api.Errorf(api.KindInvalid, "%d tags at once; the server takes at most %d", len(tags), mostTags)
	}
	return tags, nil
}

// lookUp finds a tag by id or name, in any letter case if there is no other way.
func lookUp(known []knownTag, arg string) (knownTag, bool) {
	for _, same := range []func(knownTag) bool{
		func(t knownTag) bool { return t.ID == arg || t.Name == arg },
		func(t knownTag) bool { return strings.EqualFold(t.Name, arg) },
	} {
		if at := slices.IndexFunc(known, same); at >= 0 {
			return known[at], true
		}
	}
	return knownTag{}, false
}

func findTag(known []knownTag, arg string) (knownTag, error) {
	if tag, ok := lookUp(known, arg); ok {
		return tag, nil
	}
	if api.CUID.Matches(arg) {
		return knownTag{ID: arg, Name: arg}, nil
	}
	return knownTag{}, unknownTag(known, arg)
}

func unknownTag(known []knownTag, arg string) error {
	e := api.Errorf(api.KindNotFound, "no content carries a tag %q, and the API makes no tags", arg)
	e.Field, e.Value = "tag", arg
	names := make([]string, len(known))
	for i := range known {
		names[i] = known[i].Name
	}
	if len(names) > 0 {
		e.Details = []string{"known tags: " + strings.Join(names, ", ")}
	}
	if near := api.Nearest(arg, names); near != "" {
		return e.WithHint("did you mean %q?", near)
	}
	return e.WithHint("a tag that no content carries yet can be given by its id; vizora content tags lists the others")
}
