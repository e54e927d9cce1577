package content

// This file is about one thing: "upload", content from files.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type uploadOptions struct {
	factory  *cmdutil.Factory
	write    cmdutil.WriteFlags
	files    []string
	name     string
	force    bool
	playlist string

	client *api.Client
	shown  []*api.Content // what is there now, in order
	adds   []addition     // what goes into the playlist, also what is only recorded yet
}

func newUpload(f *cmdutil.Factory, run func(context.Context, *uploadOptions) error) *cobra.Command {
	o := &uploadOptions{factory: f}
	if run == nil {
		run = runUpload
	}
	cmd := &cobra.Command{
		Use: "upload FILE...", Args: cmdutil.Args("FILE..."),
		Short: "Upload pictures, videos and PDF documents",
		Long: `Uploads files as content. Type, size and first bytes of every file are checked
before the first is sent. The name is the file's, without folder and extension;
the server derives the type. At most 30 a minute are taken; the wait is made for
you.

A file that is already there, with the same name, size and SHA-256, is not sent
again: it counts as done, and its content is what the command shows. --force
uploads it anyway. Every upload goes out under a file name of its own, because
the platform keeps one copy of files that are equal in content and file name,
and deleting one such content would destroy the file of the other.`,
		Example: `  vizora content upload menu.png
  vizora content upload posters/*.jpg --playlist "Summer Menu" -o jsonl`,
		ValidArgsFunction: completeFiles,
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.files = args
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.name, "name", "", "`TEXT` name of the content; only with a single file")
	cmd.Flags().BoolVar(&o.force, "force", false, "upload even what is already there")
	cmd.Flags().StringVar(&o.playlist, "playlist", "", "`NAME|ID` put it at the end of this playlist too")
	_ = cmd.RegisterFlagCompletionFunc("playlist", cmdutil.CompleteResource(f, &api.Playlists.Schema))
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runUpload(ctx context.Context, o *uploadOptions) error {
	if o.name != "" && len(o.files) > 1 {
		return cmdutil.Usage("--name goes with a single file, not with %d", len(o.files))
	}
	if err := o.check(); err != nil {
		return err
	}
	var err error
	if o.client, err = o.factory.Client(); err != nil {
		return err
	}
	var list *cmdutil.Found[*api.Playlist]
	if o.playlist != "" {
		if list, err = cmdutil.Resolve(ctx, o.factory, api.Playlists, o.playlist); err != nil {
			return err
		}
	}
	read := o.factory.Now()
	err = cmdutil.Each(o.factory, len(o.files), "upload", func(i int) error { return o.one(ctx, o.files[i]) })
	switch {
	case list == nil || ctx.Err() != nil:
	case o.write.DryRun:
		o.factory.IO.Say("would then put it at the end of playlist %q (%s)", list.Name, list.ID)
	case len(o.adds) > 0:
		p := playlist{o.factory, &o.write, list, read}
		err = errors.Join(err, p.append(ctx, o.adds))
	}
	return errors.Join(err, o.print())
}

// check looks at every file before the first is sent.
func (o *uploadOptions) check() error {
	var bad []error
	for _, file := range o.files {
		if _, err := api.CheckUpload(file); err != nil {
			bad = append(bad, err)
		}
	}
	if len(bad) < 2 {
		return errors.Join(bad...)
	}
	e := api.Errorf(api.KindInvalid, "%d of %d files cannot be uploaded; nothing was sent", len(bad), len(o.files))
	for _, err := range bad {
		e.Details = append(e.Details, err.Error())
	}
	return e
}

// one uploads a file, unless it is already there.
func (o *uploadOptions) one(ctx context.Context, file string) error {
	u, err := openFile(file, o.factory.Now())
	if err != nil {
		return err
	}
	name := o.name
	if name == "" {
		name = stem(file)
	}
	stored, err := formName(name)
	if err != nil {
		return err
	}
	u.Fields = map[string]string{"name": stored}
	twin, err := o.twin(ctx, file, name, u)
	if err != nil {
		return err
	}
	if twin != nil {
		o.factory.IO.Say("%s is already there as content %q (%s); nothing was sent", file, twin.Name, twin.ID)
		if twin.Status != "active" {
			o.factory.IO.Warn("content %q is %s; to show it again: vizora content restore %s", twin.Name, twin.Status, twin.ID)
		}
		o.keep(twin)
		return nil
	}
	return o.send(ctx, file, name, u)
}

// twin finds the file among the content that is there. What is only recorded
// asks nobody.
func (o *uploadOptions) twin(ctx context.Context, file, name string, u *api.Upload) (*api.Content, error) {
	if o.force || o.write.Async || o.factory.Global.Offline == string(journal.OfflineAlways) {
		return nil, nil
	}
	twins, err := sameFile(ctx, o.client, []string{name, stem(file)}, u.Size, u.SHA256)
	switch {
	case api.IsKind(err, api.KindNetwork), api.IsKind(err, api.KindDNS):
		o.factory.IO.Warn("whether %s is already there could not be checked: %v", file, err)
		return nil, nil
	case err != nil || len(twins) == 0:
		return nil, err
	}
	return twins[0], nil
}

func (o *uploadOptions) send(ctx context.Context, file, name string, u *api.Upload) error {
	raw, err := json.Marshal(name)
	if err != nil {
		return err
	}
	result, err := submitFile(ctx, o.factory, &o.write, journal.Operation{
		Effect: journal.Create, Kind: api.Contents.Kind, Verb: "upload", Label: name,
		Summary: fmt.Sprintf("upload %s as content %q", filepath.Base(file), name),
		Changes: api.Changes{"name": raw},
		Request: api.Request{Method: http.MethodPost, Path: "/content/upload", Upload: u},
	})
	if api.IsKind(err, api.KindQueued) && result != nil { // the playlist can wait for it
		o.adds = append(o.adds, addition{ItemRef: api.ItemRef{ContentID: result.Operation.Target, Label: name}})
	}
	if err != nil || result == nil {
		return err
	}
	answer, err := fileAnswer(o.factory, result, u)
	if err != nil {
		return err
	}
	v, err := api.Contents.Decode(answer)
	if err != nil {
		return err
	}
	o.factory.NoteRewrites(&api.Contents.Schema, api.Changes{"name": raw}, answer)
	o.factory.IO.Say("%s", cmdutil.Did("uploaded", "content", v.Name, v.ID))
	o.keep(v)
	return nil
}

func (o *uploadOptions) keep(v *api.Content) {
	o.shown = append(o.shown, v)
	o.adds = append(o.adds, addition{api.ItemRef{ContentID: v.ID, Label: v.Name}, v.Duration})
}

// print shows what is there now, in any format but the tables: one object for
// one file, else a list.
func (o *uploadOptions) print() error {
	format, err := o.factory.Format()
	if err != nil || format.Name == "table" || format.Name == "wide" || o.write.DryRun || len(o.shown) == 0 {
		return err
	}
	r := resource()
	if len(o.files) == 1 {
		return r.Print(o.factory, o.shown[0], nil)
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	records := make([]output.Record, len(o.shown))
	for i, v := range o.shown {
		records[i] = r.Record(v)
	}
	return p.List(r.View(), records)
}
