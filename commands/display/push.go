package display

// This file is about one thing: "push", showing content on a display at once.

import (
	"context"
	"errors"
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
	sel     selection
	wait    waitFlags
	content string
	length  time.Duration
}

func newPush(f *cmdutil.Factory, run func(context.Context, *pushOptions) error) *cobra.Command {
	o := &pushOptions{factory: f}
	if run == nil {
		run = runPush
	}
	cmd := &cobra.Command{
		Use: "push [NAME|ID...] CONTENT", Args: cobra.ArbitraryArgs,
		Short: "Show content on displays now, for some minutes",
		Long: `Shows content on displays now, over their playlists and schedules, for some
minutes. Name displays, or choose them with --group, --all, --status and --tag.
"delivered" is said only when the platform confirms that the player's connection
took it; an offline display is an error. It is not repeated when the answer is
lost.

With --wait a display that is not connected is pushed to once it is, and the
result is a line per display: delivered or not, online or not, and why. Nobody
tells whether a screen shows it. Exit code 0: as many as --quorum asks; 8: fewer.`,
		Example: "  vizora display push \"Lobby North\" \"Fire drill\" --for 15m\n  vizora display push --group Lobby \"Fire drill\" --wait --quorum 95% --timeout 2m",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			s := &api.Displays.Schema
			if len(args) > 0 {
				s = &api.Contents.Schema
			}
			return cmdutil.CompleteResource(f, s)(cmd, args, typed)
		},
	}
	cmd.RunE = f.Run(func(ctx context.Context, args []string) error {
		if len(args) == 0 || len(args) == 1 && !o.sel.filtered() {
			missing := "CONTENT"
			if len(args) == 0 {
				missing = "NAME|ID"
			}
			return cmdutil.Usage("%s: %s is missing", cmd.CommandPath(), missing).WithHint("usage: %s", cmd.UseLine())
		}
		o.sel.args, o.content = args[:len(args)-1], args[len(args)-1]
		if err := o.wait.check(cmd, &o.write); err != nil {
			return err
		}
		return run(ctx, o)
	})
	cmd.Flags().DurationVar(&o.length, "for", 5*time.Minute, "`DURATION` in whole minutes, from 1m to 24h")
	o.sel.addFlags(cmd)
	o.write.AddOnline(cmd.Flags())
	o.write.AddYes(cmd.Flags())
	o.wait.addFlags(cmd, "have it delivered")
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
	if err := o.sel.check(); err != nil {
		return err
	}
	f := o.factory
	client, err := f.Client()
	if err != nil {
		return err
	}
	displays, err := o.sel.find(ctx, f, client)
	if err != nil {
		return err
	}
	if err := o.wait.checkNeed(len(displays)); err != nil {
		return err
	}
	content, err := cmdutil.Resolve(ctx, f, api.Contents, o.content)
	if err != nil {
		return err
	}
	o.warn(content.Value)
	if len(displays) > 1 && !o.write.DryRun {
		what := fmt.Sprintf("push %q to %s: %s", content.Name, displayCount(len(displays)), labels(displays))
		if err := f.Confirm(ctx, o.write.Yes, what, nil); err != nil {
			return err
		}
	}
	if o.wait.wait && !o.write.DryRun {
		return o.pushAndWait(ctx, content.Value, displays, minutes)
	}
	var done []pushed
	err = cmdutil.Each(f, len(displays), api.Displays.Noun, func(i int) error {
		sent, err := o.push(ctx, content.Value, displays[i], minutes)
		if err != nil {
			return explainPush(displays[i], err)
		}
		if sent {
			done = append(done, pushedTo(displays[i], content.Value, minutes))
		}
		return nil
	})
	return errors.Join(o.print(done, len(displays) == 1), err)
}

// push sends content to one display; false on a dry run.
func (o *pushOptions) push(ctx context.Context, content *api.Content, d *api.Display, minutes int) (bool, error) {
	req, err := api.NewRequest(http.MethodPost, api.Displays.ItemPath(d.ID)+"/push-content", map[string]any{"contentId": content.ID, "duration": minutes})
	if err != nil {
		return false, err
	}
	length := output.HumanDuration(o.length)
	op := action(journal.Once, d, "push", fmt.Sprintf("push %q to display %q for %s", content.Name, d.Name(), length), req)
	op.OnlineOnly = true
	result, err := o.write.Submit(ctx, o.factory, op)
	if err != nil || result == nil {
		return false, err
	}
	o.factory.IO.Say("delivered %q (%s) to display %s for %s", content.Name, content.ID, label(d), length)
	return true, nil
}

// pushAndWait pushes to each display as soon as it is connected. What was not
// delivered was not kept either (contract rest 4), so it may be sent again; what
// nobody can tell the outcome of is not.
func (o *pushOptions) pushAndWait(ctx context.Context, content *api.Content, displays []*api.Display, minutes int) error {
	r, err := newRollout(o.factory, &o.wait, "delivered", displays)
	if err != nil {
		return err
	}
	tried := map[string]bool{}
	r.try = func(ctx context.Context, t *target) error {
		if tried[t.display.ID] && !t.online {
			return nil
		}
		tried[t.display.ID] = true
		_, err := o.push(ctx, content, t.display, minutes)
		switch {
		case err == nil:
			t.has, t.reason = true, ""
		case undelivered(err) != nil:
			t.reason = notConnected
		case api.IsKind(err, api.KindUnknown), api.IsKind(err, api.KindNotFound), answered(err, http.StatusInternalServerError) != nil:
			t.failed, t.reason = true, explainPush(t.display, err).Error()
		default:
			return err
		}
		return nil
	}
	return r.await(ctx)
}

func pushedTo(d *api.Display, content *api.Content, minutes int) pushed {
	return pushed{DisplayID: d.ID, Display: d.Name(), ContentID: content.ID, Content: content.Name, Minutes: minutes, Delivered: true}
}

// print shows what was delivered, in any format but the tables.
func (o *pushOptions) print(done []pushed, one bool) error {
	table, err := o.factory.InTable()
	if err != nil || table || len(done) == 0 {
		return err
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	records := make([]output.Record, len(done))
	for i, v := range done {
		records[i] = cmdutil.ObjectRecord{Kind: "Push", Value: v, Cells: map[string]any{
			"display": v.Display, "displayId": v.DisplayID, "content": v.Content, "contentId": v.ContentID, "minutes": v.Minutes, "delivered": true,
		}}
	}
	view := output.View{Kind: "Push", NameField: "display", IDField: "displayId", Fields: []string{"display", "displayId", "content", "contentId", "minutes", "delivered"},
		Columns: []output.Column{{Name: "displayId", Header: "DISPLAY-ID"}, {Name: "contentId", Header: "CONTENT-ID"}, {Name: "minutes", Header: "MINUTES", Right: true}, {Name: "delivered", Header: "DELIVERED"}}}
	if one {
		return p.One(view, records[0])
	}
	return p.List(view, records)
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
