package display

// This file is about one thing: "push", showing content on a display at once.

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// The durations that the platform takes, in minutes (contract rest 4).
const (
	minPush = 1
	maxPush = 1440
)

type pushOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
	content string
	length  time.Duration
}

func newPush(f *cmdutil.Factory, run func(context.Context, *pushOptions) error) *cobra.Command {
	o := &pushOptions{factory: f}
	if run == nil {
		run = runPush
	}
	cmd := &cobra.Command{
		Use: "push NAME|ID CONTENT", Args: cmdutil.Args("NAME|ID", "CONTENT"),
		Short: "Show content on a display now, for some minutes",
		Long: `Shows content on a display now, over its playlist and schedules, for some
minutes. "delivered" is said only when the platform confirms that the player's
connection took it; an offline display is an error. It is not repeated when the
answer is lost.`,
		Example: "  vizora display push \"Lobby North\" \"Fire drill\" --for 15m\n  vizora display push \"Lobby North\" \"Fire drill\" --dry-run",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			s := &api.Displays.Schema
			if len(args) > 0 {
				s = &api.Contents.Schema
			}
			return cmdutil.CompleteResource(f, s)(cmd, args, typed)
		},
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg, o.content = args[0], args[1]
			return run(ctx, o)
		}),
	}
	cmd.Flags().DurationVar(&o.length, "for", 5*time.Minute, "`DURATION` in whole minutes, from 1m to 24h")
	o.write.AddOnline(cmd.Flags())
	return cmd
}

// pushed is a delivered push.
type pushed struct {
	DisplayID string `json:"displayId"`
	Display   string `json:"display"`
	ContentID string `json:"contentId"`
	Content   string `json:"content"`
	Minutes   int    `json:"minutes"`
	Delivered bool   `json:"delivered"`
}

func runPush(ctx context.Context, o *pushOptions) error {
	minutes, err := parseMinutes(o.length)
	if err != nil {
		return err
	}
	f := o.factory
	display, err := cmdutil.Resolve(ctx, o.factory, api.Displays, o.arg)
	if err != nil {
		return err
	}
	content, err := cmdutil.Resolve(ctx, o.factory, api.Contents, o.content)
	if err != nil {
		return err
	}
	o.warn(content.Value)
	d := display.Value
	req, err := api.NewRequest(http.MethodPost, api.Displays.ItemPath(d.ID)+"/push-content", map[string]any{"contentId": content.ID, "duration": minutes})
	if err != nil {
		return err
	}
	length := output.HumanDuration(o.length)
	op := action(journal.Once, d, "push", fmt.Sprintf("push %q to display %q for %s", content.Name, d.Name(), length), req)
	op.OnlineOnly = true
	result, err := o.write.Submit(ctx, f, op)
	if err != nil {
		return explainPush(d, err)
	}
	if result == nil {
		return nil
	}
	did := fmt.Sprintf("delivered %q (%s) to display %s for %s", content.Name, content.ID, label(d), length)
	v := pushed{DisplayID: d.ID, Display: d.Name(), ContentID: content.ID, Content: content.Name, Minutes: minutes, Delivered: true}
	view := output.View{Kind: "Push", NameField: "display", IDField: "displayId", Fields: []string{"display", "displayId", "content", "contentId", "minutes", "delivered"},
		Columns: []output.Column{{Name: "displayId", Header: "DISPLAY-ID"}, {Name: "contentId", Header: "CONTENT-ID"}, {Name: "minutes", Header: "MINUTES", Right: true}, {Name: "delivered", Header: "DELIVERED"}}}
	return f.PrintResult(did, view, cmdutil.ObjectRecord{Kind: "Push", Value: v, Cells: map[string]any{
		"display": v.Display, "displayId": v.DisplayID, "content": v.Content, "contentId": v.ContentID, "minutes": v.Minutes, "delivered": true,
	}})
}

func parseMinutes(d time.Duration) (int, error) {
	minutes := int(d / time.Minute)
	switch {
	case d%time.Minute != 0:
		return 0, api.Invalid("--for", output.HumanDuration(d), "is not a whole number of minutes", "for example 5m, 90m or 2h")
	case minutes < minPush || minutes > maxPush:
		return 0, api.Invalid("--for", output.HumanDuration(d), "is out of range", "give from 1m to 24h")
	}
	return minutes, nil
}

// warn says what the server does not look at (contract rest 4).
func (o *pushOptions) warn(content *api.Content) {
	switch expired := !content.ExpiresAt.IsZero() && content.ExpiresAt.Before(o.factory.Now()); {
	case expired:
		o.factory.IO.Warn("content %q expired %s; the platform pushes it all the same", content.Name, output.HumanTime(content.ExpiresAt, o.factory.Now()))
	case content.Status != "active" && content.Status != "ready":
		o.factory.IO.Warn("content %q is %s; the platform pushes it all the same", content.Name, content.Status)
	}
}

// explainPush says what the platform's two failures mean: 503 that the player
// did not get it, 500 that its realtime service is down (contract rest 4).
func explainPush(d *api.Display, err error) error {
	e := undelivered(err)
	switch {
	case e != nil:
		return refused(e, "display %s did not get it: %s", label(d), e.Message).
			WithHint("its player is not connected (status %s as last reported); nothing is shown, and nothing is kept for later", d.Status)
	case answered(err, http.StatusInternalServerError) != nil:
		out := *cmdutil.AsError(err)
		out.Hint = "the platform answers 500 here when its realtime service is down or cut off; look at the screen before you push again"
		return &out
	}
	return err
}
