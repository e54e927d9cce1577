package content

// This file is about one thing: "create", content at an address.

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type createOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	fields  *cmdutil.FieldFlags
	name    string // positional
}

func newCreate(f *cmdutil.Factory, run func(context.Context, *createOptions) error) *cobra.Command {
	o := &createOptions{factory: f}
	if run == nil {
		run = runCreate
	}
	cmd := &cobra.Command{
		Use: "create NAME --url URL", Aliases: []string{"add"}, Args: cmdutil.Args("[NAME]"),
		Short: "Create content that lives at an address",
		Long: `Creates content that lives at an http:// or https:// address: a web page, or a
picture, video or document on another server. For a file on this machine see
'vizora content upload'.

The server must be able to resolve the address to a public host. It rewrites
text: "&" reaches players as "&amp;", and a parameter whose name starts like an
HTML symbol ("&region" like "&reg") would be spoiled, which is refused here.`,
		Example: `  vizora content create "Today's Weather" --url https://weather.example.com/board
  vizora content create Poster --type image --url https://cdn.example.com/poster.png --duration 12 -o jq=.id`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: f.Run(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				o.name = args[0]
			}
			return run(ctx, o)
		}),
	}
	o.fields = cmdutil.AddFields(cmd, &api.Contents.Schema, true)
	kind := cmd.Flags().Lookup("type")
	kind.Usage, kind.DefValue = "`VALUE` what is there: url, html, image, video, pdf", "url"
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runCreate(ctx context.Context, o *createOptions) error {
	changes, err := o.changes(ctx)
	if err != nil {
		return err
	}
	_, err = cmdutil.Create(ctx, o.factory, resource(), &o.write, changes)
	return err
}

func (o *createOptions) changes(ctx context.Context) (api.Changes, error) {
	changes, err := o.fields.Changes(ctx, o.factory)
	if err != nil {
		return nil, err
	}
	if o.name != "" {
		if _, twice := changes["name"]; twice {
			return nil, cmdutil.Usage("the name is given twice: %q and --name", o.name)
		}
		if changes["name"], err = api.Contents.Field("name").Parse(o.name); err != nil {
			return nil, err
		}
	}
	if changes["type"] == nil {
		changes["type"] = json.RawMessage(`"url"`)
	}
	if string(changes["type"]) == `"template"` {
		return nil, api.Invalid("--type", "template", "cannot be made from an address", "one of url, html, image, video, pdf")
	}
	if err := o.fields.CheckRequired(changes); err != nil {
		return nil, err
	}
	return changes, checkURL(changes, "")
}
