package content

// This file is about one thing: "replace", another file for existing content.

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type replaceOptions struct {
	factory    *cmdutil.Factory
	write      cmdutil.WriteFlags
	arg, file  string
	keepBackup bool
	name       string
	force      bool
}

func newReplace(f *cmdutil.Factory, run func(context.Context, *replaceOptions) error) *cobra.Command {
	o := &replaceOptions{factory: f}
	if run == nil {
		run = runReplace
	}
	cmd := &cobra.Command{
		Use: "replace NAME|ID FILE", Args: cmdutil.Args("NAME|ID", "FILE"),
		Short: "Give content another file",
		Long: `Uploads a file in the place of the one that content has. The content keeps its
id, its places in playlists and its type; the hash in its metadata stays that of
the first file. No display is told: each shows the new file when it next fetches
it. Without --keep-backup the old file is gone; with it the old version becomes
archived content of its own, named "NAME (vN)".`,
		Example: `  vizora content replace "Breakfast Menu" breakfast.pdf --keep-backup
  vizora content replace "Breakfast Menu" breakfast.pdf --dry-run`,
		ValidArgsFunction: completeThenFiles(f),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg, o.file = args[0], args[1]
			return run(ctx, o)
		}),
	}
	cmd.Flags().BoolVar(&o.keepBackup, "keep-backup", false, "keep the old file as archived content")
	cmd.Flags().StringVar(&o.name, "name", "", "`TEXT` give the content another name too")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace even by a file of another type")
	o.write.AddWrite(cmd.Flags())
	return cmd
}

// completeThenFiles completes content for the first argument, files after it.
func completeThenFiles(f *cmdutil.Factory) cobra.CompletionFunc {
	contents := cmdutil.CompleteResource(f, &api.Contents.Schema)
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return contents(cmd, args, typed)
		}
		return completeFiles(cmd, args, typed)
	}
}

func runReplace(ctx context.Context, o *replaceOptions) error {
	u, err := openFile(o.file, o.factory.Now())
	if err != nil {
		return err
	}
	u.Fields = map[string]string{}
	if o.name != "" {
		if u.Fields["name"], err = formName(o.name); err != nil {
			return err
		}
	}
	if o.keepBackup {
		u.Fields["keepBackup"] = "true"
	}
	_, found, err := resolve(ctx, o.factory, o.arg)
	if err != nil {
		return err
	}
	if kind := typeOf(u.MIME); kind != found.Value.Type && !o.force {
		return api.Invalid("file", o.file, fmt.Sprintf("is of type %s, and content %q stays of type %s", kind, found.Name, found.Value.Type),
			"upload it as content of its own with 'vizora content upload', or pass --force")
	}
	op := journal.Operation{
		Effect: journal.Once, Kind: api.Contents.Kind, Verb: "replace", Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("replace the file of content %q by %s", found.Name, o.file),
		Request: api.Request{Method: http.MethodPost, Path: api.Contents.ItemPath(found.ID) + "/replace", Upload: u},
	}
	result, err := submitFile(ctx, o.factory, &o.write, op)
	if err != nil || result == nil {
		return err
	}
	answer, err := fileAnswer(o.factory, result, u)
	if err != nil {
		return err
	}
	o.factory.IO.Say("its type stays %s and its recorded hash that of the first file; displays show the new file when they next fetch it", found.Value.Type)
	return show(o.factory, found, answer, "replaced the file of")
}

// typeOf is the content type that the server derives from a MIME type.
func typeOf(mime string) string {
	if mime == "application/pdf" {
		return "pdf"
	}
	kind, _, _ := strings.Cut(mime, "/")
	return kind
}
