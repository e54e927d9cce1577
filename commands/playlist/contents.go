package playlist

// This file is about one thing: what people write for items (names, ids,
// positions, CONTENT=SECONDS), and finding what they mean.

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// maxSeconds is the longest an item may play (contract rest 5): a day.
const maxSeconds = 86400

// spec is CONTENT[=SECONDS] as written.
type spec struct {
	content string
	seconds *int
}

// parseSpec splits at the last '=' that is followed by a number, so that names
// may hold one.
func parseSpec(s string) (spec, error) {
	at := strings.LastIndexByte(s, '=')
	if at < 0 {
		return spec{content: s}, nil
	}
	if _, notNumber := strconv.Atoi(s[at+1:]); notNumber != nil && s[at+1:] != "own" {
		return spec{content: s}, nil // an '=' of the name
	}
	seconds, err := parseSeconds("SECONDS", s[at+1:])
	return spec{s[:at], seconds}, err
}

func parseSpecs(all []string) ([]spec, error) {
	specs := make([]spec, len(all))
	for i, s := range all {
		var err error
		if specs[i], err = parseSpec(s); err != nil {
			return nil, err
		}
	}
	return specs, nil
}

// parseSeconds reads an item's duration; "own" (nil) is the content's own.
func parseSeconds(field, s string) (*int, error) {
	if s == "own" {
		return nil, nil
	}
	f := api.Field{Name: field, Type: api.TypeInt, Unit: "seconds", Min: 1, Max: maxSeconds}
	raw, err := f.Parse(s)
	if err != nil {
		e := cmdutil.AsError(err)
		e.Hint += ", or \"own\" for the content's own duration"
		return nil, e
	}
	n, err := strconv.Atoi(string(raw))
	return &n, err
}

// contents finds content by name, each name once.
type contents struct {
	factory *cmdutil.Factory
	known   map[string]*api.ContentRef
}

func newContents(f *cmdutil.Factory) *contents {
	return &contents{factory: f, known: map[string]*api.ContentRef{}}
}

func (c *contents) find(ctx context.Context, arg string) (*api.ContentRef, error) {
	if ref := c.known[arg]; ref != nil {
		return ref, nil
	}
	found, err := cmdutil.Resolve(ctx, c.factory, api.Contents, arg)
	if err != nil {
		return nil, err
	}
	v := found.Value
	ref := &api.ContentRef{ID: v.ID, Name: v.Name, Type: v.Type, Status: v.Status, Duration: v.Duration, FileSize: v.FileSize}
	c.known[arg] = ref
	return ref, nil
}

// fill gives items that edits have put in what is known of their content, so
// that a preview shows their type and duration.
func (c *contents) fill(items []api.PlaylistItem) {
	byID := map[string]*api.ContentRef{}
	for _, ref := range c.known {
		byID[ref.ID] = ref
	}
	for i := range items {
		if ref := byID[items[i].ContentID]; ref != nil && items[i].ID == "" {
			items[i].Content = ref
		}
	}
}

// items turns specs into items that hold their content.
func (c *contents) items(ctx context.Context, specs []spec) ([]api.PlaylistItem, error) {
	items := make([]api.PlaylistItem, len(specs))
	for i, s := range specs {
		ref, err := c.find(ctx, s.content)
		if err != nil {
			return nil, err
		}
		items[i] = api.PlaylistItem{ContentID: ref.ID, Duration: s.seconds, Content: ref}
	}
	return items, nil
}

// findItem finds the item that an argument names: a position from 1, an item
// id, a content id or a content name.
func findItem(items []api.PlaylistItem, arg string) (int, error) {
	if n, err := strconv.Atoi(arg); err == nil {
		if n < 1 || n > len(items) {
			return -1, api.Invalid("item", arg, "is no position of a playlist with "+output.Count(len(items), "item"), "positions count from 1")
		}
		return n - 1, nil
	}
	var exact, folded []int
	_, shown := api.Stored(arg)
	for i := range items {
		name := items[i].ContentName()
		switch {
		case items[i].ID == arg, items[i].ContentID == arg, name == arg, name == shown:
			exact = append(exact, i)
		case strings.EqualFold(name, arg):
			folded = append(folded, i)
		}
	}
	if len(exact) == 0 {
		exact = folded
	}
	switch len(exact) {
	case 1:
		return exact[0], nil
	case 0:
		return -1, missingItem(items, arg)
	}
	e := api.Errorf(api.KindAmbiguous, "the playlist holds %q %d times", arg, len(exact)).WithHint("give the position instead")
	for _, i := range exact {
		e.Details = append(e.Details, fmt.Sprintf("position %d: %s, %d s", i+1, items[i].ContentName(), items[i].Seconds()))
	}
	return -1, e
}

func missingItem(items []api.PlaylistItem, arg string) error {
	e := api.Errorf(api.KindNotFound, "the playlist has no item %q", arg)
	names := make([]string, len(items))
	for i := range items {
		names[i] = items[i].ContentName()
	}
	if near := api.Nearest(arg, names); near != "" {
		return e.WithHint("did you mean %q?", near)
	}
	return e.WithHint("name an item by its content, its item id or its position from 1; 'vizora playlist get' shows them")
}
