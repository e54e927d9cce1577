package display

// This file is about one thing: "enable" and "disable".

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// position is what a display is switched to.
type position struct {
	verb, past string
	disabled   bool
	short      string
	long       string
	example    string
}

func enabling() position {
	return position{
		verb: "enable", past: "enabled", short: "Switch disabled displays on again",
		long: `Switches displays on again. The platform checks no quota when it does, and the
player comes back only if its credential is still good; if it does not, pair it.`,
		example: "  vizora display enable \"Lobby North\"\n  vizora display enable \"Lobby North\" \"Lobby South\" --dry-run",
	}
}

func disabling() position {
	return position{
		verb: "disable", past: "disabled", disabled: true, short: "Switch displays off",
		long: `Switches displays off: their players are disconnected and refused until the
displays are enabled again. A disabled display frees its place in the quota.`,
		example: "  vizora display disable \"Lobby North\"\n  vizora display disable \"Lobby North\" \"Lobby South\" --yes",
	}
}

type switchOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	to      position
	args    []string
}

func newSwitch(f *cmdutil.Factory, to position, run func(context.Context, *switchOptions) error) *cobra.Command {
	o := &switchOptions{factory: f, to: to}
	if run == nil {
		run = runSwitch
	}
	cmd := &cobra.Command{
		Use: to.verb + " NAME|ID...", Args: cmdutil.Args("NAME|ID..."),
		Short: to.short, Long: to.long, Example: to.example,
		ValidArgsFunction: cmdutil.CompleteResource(f, &api.Displays.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.args = args
			return run(ctx, o)
		}),
	}
	o.write.AddWrite(cmd.Flags())
	o.write.Roles = []string{api.Admin} // contract rest 4
	if to.disabled {
		o.write.AddYes(cmd.Flags())
	}
	return cmd
}

func runSwitch(ctx context.Context, o *switchOptions) error {
	f := o.factory
	c, err := f.Client()
	if err != nil {
		return err
	}
	displays, err := findDisplays(ctx, o.factory, c, o.args)
	if err != nil {
		return err
	}
	if o.to.disabled && !o.write.DryRun {
		what := fmt.Sprintf("disable %s %s", displayCount(len(displays)), labels(displays))
		if err := f.Confirm(ctx, o.write.Yes, what, []string{"the player is disconnected, and refused until the display is enabled again"}); err != nil {
			return err
		}
	}
	var done []*api.Display
	err = cmdutil.Each(f, len(displays), api.Displays.Noun, func(i int) error {
		ok, err := o.one(ctx, displays[i])
		if ok {
			done = append(done, displays[i])
		}
		return err
	})
	return o.show(done, err)
}

// one switches a display and says so. The answer tells nothing of the display
// (contract rest 4), so the row that was read is carried on with.
func (o *switchOptions) one(ctx context.Context, d *api.Display) (bool, error) {
	summary := fmt.Sprintf("%s display %q", o.to.verb, d.Name())
	result, err := o.write.Submit(ctx, o.factory, action(journal.Absolute, d, o.to.verb, summary,
		api.Request{Method: http.MethodPost, Path: api.Displays.ItemPath(d.ID) + "/" + o.to.verb}))
	if err != nil || result == nil {
		return false, err
	}
	d.IsDisabled = o.to.disabled
	o.factory.IO.Say("%s", cmdutil.Did(o.to.past, api.Displays.Noun, d.Name(), d.ID))
	return true, nil
}

// show prints what was switched: one object for one argument, else a list.
func (o *switchOptions) show(done []*api.Display, failure error) error {
	return printDone(o.factory, len(o.args) == 1, done, failure)
}

// printDone prints changed displays for programs: one as an object, else a list
// even when some of the others failed. On a dry run there are none.
func printDone(f *cmdutil.Factory, one bool, done []*api.Display, failure error) error {
	if len(done) == 0 {
		return failure
	}
	var err error
	if table, formatErr := f.InTable(); one && !table && formatErr == nil {
		err = resource().Print(f, done[0], nil)
	} else {
		err = resource().PrintAll(f, done)
	}
	if failure != nil {
		return failure
	}
	return err
}
