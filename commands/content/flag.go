package content

// This file is about one thing: "flag", asking for a review.

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type flagOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
	reason  string
}

func newFlag(f *cmdutil.Factory, run func(context.Context, *flagOptions) error) *cobra.Command {
	o := &flagOptions{factory: f}
	if run == nil {
		run = runFlag
	}
	cmd := &cobra.Command{
		Use: "flag NAME|ID", Args: cmdutil.Args("NAME|ID"),
		Short: "Flag content for a review",
		Long: `Flags content for a review and notifies the organisation. Anybody may flag, a
viewer too. 'vizora content review' decides. At most ten a minute.`,
		Example:           "  vizora content flag \"Staff Wanted\" --reason \"the position is filled\"\n  vizora content flag \"Staff Wanted\" --dry-run",
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Contents.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.reason, "reason", "", "`TEXT` what is wrong with it, at most 500 characters")
	o.write.Roles = []string{api.Admin, api.Manager, api.Viewer} // unlike a change (contract rest 6)
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runFlag(ctx context.Context, o *flagOptions) error {
	if err := checkReason(o.reason); err != nil {
		return err
	}
	c, found, err := resolve(ctx, o.factory, o.arg)
	if err != nil {
		return err
	}
	switch status := found.Value.Status; status {
	case "flagged":
		return resource().PrintWritten(o.factory, cmdutil.Did("already flagged, nothing was sent:", "content", found.Name, found.ID), found.Value)
	case "archived", "rejected": // the server refuses (contract rest 6, flag)
		return api.Errorf(api.KindInvalid, "content %q is %s and cannot be flagged", found.Name, status).
			WithHint("no display shows it; make it active first: vizora content restore %s", found.ID)
	}
	op, err := action(found, "flag", http.MethodPost, "/flag", withReason(map[string]string{}, o.reason))
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, op)
	if v, ok := alreadyThere(ctx, c, err, found.ID, "flagged"); ok {
		return resource().PrintWritten(o.factory, cmdutil.Did("flagged", "content", v.Name, v.ID), v)
	}
	if err != nil || result == nil {
		return err
	}
	return show(o.factory, found, result.Data, "flagged")
}

func withReason(body map[string]string, reason string) map[string]string {
	if reason != "" {
		body["reason"] = reason
	}
	return body
}
