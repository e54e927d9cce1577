package content

// This file is about one thing: "review", deciding on flagged content.

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type reviewOptions struct {
	factory         *cmdutil.Factory
	write           cmdutil.WriteFlags
	arg             string
	approve, reject bool
	reason          string
}

func newReview(f *cmdutil.Factory, run func(context.Context, *reviewOptions) error) *cobra.Command {
	o := &reviewOptions{factory: f}
	if run == nil {
		run = runReview
	}
	cmd := &cobra.Command{
		Use: "review NAME|ID --approve|--reject", Args: cmdutil.Args("NAME|ID"),
		Short: "Decide on flagged content",
		Long: `Decides on flagged content. --approve makes it active again. --reject takes it
out of every playlist; they do not get it back when it is restored later, so
they are named first and you are asked.`,
		Example: `  vizora content review "Staff Wanted" --approve
  vizora content review "Staff Wanted" --reject --reason "the position is filled" --dry-run`,
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Contents.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	cmd.Flags().BoolVar(&o.approve, "approve", false, "make it active again")
	cmd.Flags().BoolVar(&o.reject, "reject", false, "reject it and take it out of every playlist")
	cmd.Flags().StringVar(&o.reason, "reason", "", "`TEXT` why, at most 500 characters")
	o.write.AddWrite(cmd.Flags())
	o.write.AddYes(cmd.Flags())
	return cmd
}

func runReview(ctx context.Context, o *reviewOptions) error {
	if o.approve == o.reject {
		return cmdutil.Usage("give either --approve or --reject")
	}
	if err := checkReason(o.reason); err != nil {
		return err
	}
	c, found, err := resolve(ctx, o.factory, o.arg)
	if err != nil {
		return err
	}
	if found.Value.Status != "flagged" { // the server refuses (contract rest 6, review)
		return api.Errorf(api.KindInvalid, "content %q is %s; only flagged content can be reviewed", found.Name, found.Value.Status).
			WithHint("flag it first: vizora content flag %s", found.ID)
	}
	verb, past, becomes := "approve", "approved", "active"
	if o.reject {
		verb, past, becomes = "reject", "rejected", "rejected"
		if !o.write.DryRun {
			if err := o.factory.Confirm(ctx, o.write.Yes, fmt.Sprintf("reject content %q (%s)", found.Name, found.ID), leavesPlaylists(found.Value)); err != nil {
				return err
			}
		}
		found.Value.PlaylistItems = []api.PlaylistLink{}
	}
	op, err := action(found, verb, http.MethodPost, "/review", withReason(map[string]string{"action": verb}, o.reason))
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, op)
	if v, ok := alreadyThere(ctx, c, err, found.ID, becomes); ok {
		return resource().PrintWritten(o.factory, cmdutil.Did(past, "content", v.Name, v.ID), v)
	}
	if err != nil || result == nil {
		return err
	}
	return show(o.factory, found, result.Data, past)
}
