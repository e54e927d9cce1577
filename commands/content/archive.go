package content

// This file is about one thing: "archive" and "restore".

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type statusOptions struct {
	factory    *cmdutil.Factory
	write      cmdutil.WriteFlags
	args       []string
	verb, past string
}

func newArchive(f *cmdutil.Factory, run func(context.Context, *statusOptions) error) *cobra.Command {
	return newStatus(f, run, &statusOptions{factory: f, verb: "archive", past: "archived"}, &cobra.Command{
		Use: "archive NAME|ID...", Short: "Stop showing content, and keep it",
		Long: `Archives content: it stays in its playlists, but displays no longer get it. No
display is told; each finds out when it next asks. Several are archived in one
request per hundred.`,
		Example: "  vizora content archive \"Summer Cold Brew\"\n  vizora content archive \"Summer Cold Brew\" \"Latte Art\" --dry-run",
	})
}

func newRestore(f *cmdutil.Factory, run func(context.Context, *statusOptions) error) *cobra.Command {
	return newStatus(f, run, &statusOptions{factory: f, verb: "restore", past: "restored"}, &cobra.Command{
		Use: "restore NAME|ID...", Short: "Make content active again, whatever its status",
		Long: `Makes content active, from any status: also what was rejected in a review, or
has expired. It does nothing else: a playlist that lost the content does not get
it back, an expiry date stays, and no older version of the file comes back. For
that, see 'vizora content versions', 'download' and 'replace'.`,
		Example: "  vizora content restore \"Summer Cold Brew\"\n  vizora content list --status archived -o jq='.[].id' | xargs vizora content restore",
	})
}

func newStatus(f *cmdutil.Factory, run func(context.Context, *statusOptions) error, o *statusOptions, cmd *cobra.Command) *cobra.Command {
	if run == nil {
		run = runStatus
	}
	cmd.Args = cmdutil.Args("NAME|ID...")
	cmd.ValidArgsFunction = cmdutil.CompleteResource(f, &api.Contents.Schema)
	cmd.RunE = f.Run(func(ctx context.Context, args []string) error {
		o.args = args
		return run(ctx, o)
	})
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runStatus(ctx context.Context, o *statusOptions) error {
	if len(o.args) == 1 {
		return o.one(ctx)
	}
	c, err := o.factory.Client()
	if err != nil {
		return err
	}
	list, err := members(ctx, o.factory, o.args, o.verb)
	if err != nil {
		return err
	}
	b := bulk{
		factory: o.factory, write: &o.write, client: c, verb: o.verb, past: o.past, path: "/content/bulk/" + o.verb,
		body: func(ids []string) any { return map[string]any{"ids": ids} },
	}
	return b.run(ctx, list)
}

func (o *statusOptions) one(ctx context.Context) error {
	_, found, err := resolve(ctx, o.factory, o.args[0])
	if err != nil {
		return err
	}
	op, err := action(found, o.verb, http.MethodPost, "/"+o.verb, nil)
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, op)
	if err != nil || result == nil {
		return err
	}
	if was := found.Value.Status; o.verb == "restore" && (was == "rejected" || was == "expired" || was == "flagged") {
		o.factory.IO.Warn("it was %s, and is active all the same now; playlists that lost it do not get it back", was)
	}
	return show(o.factory, found, result.Data, o.past)
}
