// Package template is the noun "template": the library of ready-made pages.
package template

// This file is about one thing: the template command: copying, filling in and
// publishing (contract rest 19).

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// New makes the template command.
func New(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Described(api.Templates).Command(f,
		newShelf(f, "mine", "/user-templates", false, "List the organisation's own copies"),
		newShelf(f, "featured", "/featured", true, "List what the platform puts forward"),
		newShelf(f, "seasonal", "/seasonal", true, "List what fits the time of the year"),
		newShelf(f, "popular", "/popular", true, "List what is copied most"),
		newCategories(f), newPreview(f), newClone(f), newSave(f), newPublish(f),
	)
}

// newShelf is another list of the same rows.
func newShelf(f *cmdutil.Factory, verb, below string, whole bool, short string) *cobra.Command {
	kind := *api.Templates
	kind.Path += below
	kind.Unpaged, kind.Search, kind.Filters = whole, "", nil
	return cmdutil.ListOf(f, cmdutil.Described(&kind), verb, short, "  vizora template "+verb+"\n  vizora template "+verb+" -o name")
}

func newCategories(f *cmdutil.Factory) *cobra.Command {
	kind := &api.Kind[*api.Object]{Schema: api.Schema{Kind: "TemplateCategory", Noun: "category", Plural: "categories", Path: api.Templates.Path + "/categories", Unpaged: true, Fields: []api.Field{
		{Name: "name", Type: api.TypeString, Help: "name, as --category takes it", Column: api.Column{Header: "NAME", Priority: 1}},
		{Name: "label", Type: api.TypeString, Help: "name for people", Column: api.Column{Header: "LABEL", Priority: 2}},
		{Name: "count", Type: api.TypeInt, Help: "how many there are", Column: api.Column{Header: "TEMPLATES", Priority: 3}},
	}}}
	return cmdutil.ListOf(f, cmdutil.Described(kind), "categories", "List the trades there are templates for", "  vizora template categories\n  vizora template categories -o name")
}

func newPreview(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Verb{
		Use: "preview NAME|ID", Args: []string{"NAME|ID"}, Of: &api.Templates.Schema, Short: "Print a template's page as HTML",
		Example: "  vizora template preview \"Daily Specials\" > menu.html\n  vizora template preview \"Daily Specials\" -o jq='.html | length'",
		Run: func(ctx context.Context, args []string) error {
			c, err := f.Client()
			if err != nil {
				return err
			}
			found, err := cmdutil.Resolve(ctx, f, api.Templates, args[0])
			if err != nil {
				return err
			}
			var page json.RawMessage
			if err := cmdutil.Get(ctx, c, api.Templates.ItemPath(found.ID)+"/preview", &page); err != nil {
				return err
			}
			if f.Global.Output != "" {
				return f.PrintObject("TemplatePreview", page)
			}
			var v struct{ HTML string }
			if err := json.Unmarshal(page, &v); err != nil {
				return err
			}
			_, err = fmt.Fprintln(f.IO.Out(), v.HTML)
			return err
		},
	}.Command(f)
}

func newClone(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin, api.Manager}}
	var name, description string
	cmd := cmdutil.Verb{
		Use: "clone NAME|ID", Args: []string{"NAME|ID"}, Of: &api.Templates.Schema, Short: "Copy a template into the organisation",
		Example: "  vizora template clone \"Daily Specials\" --name \"Our menu\"\n  vizora template clone \"Daily Specials\" --dry-run",
		Run: func(ctx context.Context, args []string) error {
			body := map[string]string{}
			if name != "" {
				body["name"] = name
			}
			if description != "" {
				body["description"] = description
			}
			found, err := cmdutil.Resolve(ctx, f, api.Templates, args[0])
			if err != nil {
				return err
			}
			result, err := act(ctx, f, &write, found, "clone", http.MethodPost, "/clone", body)
			if err != nil || result == nil {
				return err
			}
			v, err := api.Templates.Decode(result.Data)
			if err != nil {
				return err
			}
			return cmdutil.Described(api.Templates).PrintWritten(f, fmt.Sprintf("copied template %q as %q (%s)", found.Name, api.Templates.NameOf(v), api.Templates.IDOf(v)), v)
		},
	}.Command(f)
	cmd.Flags().StringVar(&name, "name", "", "`TEXT` name of the copy (default: the name and \" (Copy)\")")
	cmd.Flags().StringVar(&description, "description", "", "`TEXT` free text")
	write.AddWrite(cmd.Flags())
	return cmd
}

// own is the organisation's copies. The library's route for one does not know
// them, so they are found in their list.
func own() *api.Kind[*api.Object] {
	kind := *api.Templates
	kind.Path += "/user-templates"
	kind.NoGet = true
	return &kind
}

// find looks in the library, and then among the organisation's own.
func find(ctx context.Context, f *cmdutil.Factory, arg string) (*cmdutil.Found[*api.Object], error) {
	found, err := cmdutil.Resolve(ctx, f, api.Templates, arg)
	if api.IsKind(err, api.KindNotFound) {
		if mine, merr := cmdutil.Resolve(ctx, f, own(), arg); merr == nil {
			return mine, nil
		}
	}
	return found, err
}

// act sends a verb about one template.
func act(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, found *cmdutil.Found[*api.Object], verb, method, below string, body any) (*journal.Result, error) {
	req, err := api.NewRequest(method, api.Templates.ItemPath(found.ID)+below, body)
	if err != nil {
		return nil, err
	}
	return w.Submit(ctx, f, journal.Operation{
		Effect: journal.Once, Kind: api.Templates.Kind, Verb: verb, Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("%s template %q", verb, found.Name), Request: req,
	})
}

// mostHTML is the largest page in bytes: the platform takes bodies of 100 kB,
// whatever it says elsewhere (contract rest 19).
const mostHTML = 95_000

func readPage(file string) (string, error) {
	raw, err := os.ReadFile(file)
	switch {
	case err != nil:
		return "", api.Invalid("--html-file", file, "cannot be read", "give a file that holds the page")
	case len(raw) == 0:
		return "", api.Invalid("--html-file", file, "is empty", "give a file that holds the page")
	case len(raw) > mostHTML:
		return "", api.Invalid("--html-file", file, fmt.Sprintf("holds %d bytes", len(raw)), fmt.Sprintf("at most %d: the platform takes no larger request", mostHTML))
	}
	return string(raw), nil
}

func newSave(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin, api.Manager}}
	var file, name string
	cmd := cmdutil.Verb{
		Use: "save NAME|ID --html-file FILE", Args: []string{"NAME|ID"}, Short: "Change the page of a copy of one's own",
		Example: "  vizora template save \"Our menu\" --html-file page.html --dry-run\n  vizora template save \"Our menu\" --html-file page.html --name \"Our new menu\" --dry-run",
		Run: func(ctx context.Context, args []string) error {
			page, err := readPage(file)
			if err != nil {
				return err
			}
			body := map[string]string{"templateHtml": page}
			if name != "" {
				body["name"] = name
			}
			found, err := cmdutil.Resolve(ctx, f, own(), args[0])
			if err != nil {
				return err
			}
			result, err := act(ctx, f, &write, found, "save", http.MethodPatch, "/save", body)
			if err != nil || result == nil {
				return err
			}
			return f.PrintAnswer(cmdutil.Did("saved", "template", found.Name, found.ID), "Template", result.Data)
		},
	}.Command(f)
	cmd.Flags().StringVar(&file, "html-file", "", "`FILE` the page")
	cmd.Flags().StringVar(&name, "name", "", "`TEXT` another name")
	write.AddWrite(cmd.Flags())
	return cmd
}

func newPublish(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin, api.Manager}}
	var file, name string
	var displays []string
	var seconds int
	cmd := cmdutil.Verb{
		Use: "publish NAME|ID --html-file FILE --display NAME|ID...", Args: []string{"NAME|ID"}, Of: &api.Templates.Schema, Short: "Show a filled-in page on displays",
		Long: `Makes a filled-in page into content and gives each of the displays a playlist of
its own that shows it, in place of what it is assigned. The displays are not told:
they catch up when they next ask. 'vizora template preview' prints the page to fill
in.`,
		Example: "  vizora template publish \"Daily Specials\" --html-file page.html --name Today --display \"Lobby North\" --dry-run\n  vizora template publish \"Daily Specials\" --html-file page.html --name Today --display \"Lobby North\" --yes",
		Run: func(ctx context.Context, args []string) error {
			page, err := readPage(file)
			if err != nil {
				return err
			}
			switch {
			case name == "":
				return cmdutil.Usage("--name is missing: the content needs one")
			case len(displays) == 0:
				return cmdutil.Usage("--display is missing: name at least one display")
			case seconds < 1 || seconds > 300:
				return api.Invalid("--duration", fmt.Sprint(seconds), "is out of range", "give 1 to 300 seconds")
			}
			found, err := find(ctx, f, args[0])
			if err != nil {
				return err
			}
			ids, err := cmdutil.ResolveIDs(ctx, f, api.Displays, displays)
			if err != nil {
				return err
			}
			if !write.DryRun {
				if err := f.Confirm(ctx, write.Yes, fmt.Sprintf("publish %q on %d display(s)", name, len(ids)), []string{"what these displays are assigned now is replaced"}); err != nil {
					return err
				}
			}
			result, err := act(ctx, f, &write, found, "publish", http.MethodPost, "/publish", map[string]any{"renderedHtml": page, "displayIds": ids, "name": name, "duration": seconds})
			if err != nil || result == nil {
				return err
			}
			var done struct{ DisplayCount int }
			if json.Unmarshal(result.Data, &done) == nil && done.DisplayCount != len(ids) {
				f.IO.Warn("the platform skipped %d displays that it does not know", len(ids)-done.DisplayCount)
			}
			return f.PrintAnswer(cmdutil.Did("published", "template", found.Name, found.ID), "Publication", result.Data)
		},
	}.Command(f)
	fs := cmd.Flags()
	fs.StringVar(&file, "html-file", "", "`FILE` the filled-in page, at most 95 kB")
	fs.StringVar(&name, "name", "", "`TEXT` name of the content")
	fs.StringSliceVar(&displays, "display", nil, "`NAME|ID` where to show it; repeat for more")
	fs.IntVar(&seconds, "duration", 30, "`SECONDS` how long it shows")
	write.AddWrite(fs)
	write.AddYes(fs)
	return cmd
}
