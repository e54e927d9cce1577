package playlist

// This file is about one thing: "item add", "item remove", "item move" and
// "item set", each one intent on one playlist.

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func newItem(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("item", []string{"items"}, "Add, remove, move and time a playlist's items",
		`An item is named by its content, its item id or its position from 1.
Several changes at once go better through 'vizora playlist edit'.`,
		newItemAdd(f, nil), newItemRemove(f, nil), newItemMove(f, nil), newItemSet(f, nil))
}

// itemOptions are shared by the four verbs: a playlist and one step.
type itemOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	arg     string
	steps   []step
	verb    string

	first         bool
	after, before string
	seconds       string
}

// place turns --first, --after and --before into a step's place.
func (o *itemOptions) place(st *step) error {
	given := 0
	if o.first {
		st.where, given = "first", given+1
	}
	if o.after != "" {
		st.where, st.place, given = "after", o.after, given+1
	}
	if o.before != "" {
		st.where, st.place, given = "before", o.before, given+1
	}
	if given > 1 {
		return cmdutil.Usage("give only one of --first, --after and --before")
	}
	return nil
}

func (o *itemOptions) addPlace(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.first, "first", false, "at the start")
	cmd.Flags().StringVar(&o.after, "after", "", "`ITEM` behind this item")
	cmd.Flags().StringVar(&o.before, "before", "", "`ITEM` in front of this item")
}

func runItem(ctx context.Context, o *itemOptions) error {
	t, err := openTarget(ctx, o.factory, &o.write, o.arg)
	if err != nil {
		return err
	}
	edits, err := (&script{steps: o.steps}).resolve(ctx, t)
	if err != nil {
		return err
	}
	return t.edit(ctx, o.verb, edits)
}

func newItemAdd(f *cmdutil.Factory, run func(context.Context, *itemOptions) error) *cobra.Command {
	o := &itemOptions{factory: f, verb: "add to"}
	if run == nil {
		run = runItem
	}
	cmd := &cobra.Command{
		Use: "add PLAYLIST CONTENT...", Args: cmdutil.Args("PLAYLIST", "CONTENT..."),
		Short:   "Add content to a playlist, at the end unless placed",
		Example: "  vizora playlist item add \"Summer Menu\" \"Iced tea\"\n  vizora playlist item add \"Summer Menu\" \"Iced tea\" --duration 12 --after Lemonade",
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			for _, content := range args[1:] {
				st := step{op: api.ItemInsert, spec: spec{content: content}}
				if err := o.place(&st); err != nil {
					return err
				}
				if o.seconds != "" {
					var err error
					if st.spec.seconds, err = parseSeconds("--duration", o.seconds); err != nil {
						return err
					}
				}
				o.steps = append(o.steps, st)
			}
			if o.first || o.after != "" { // each goes in front of the one before it, so that they end up in order
				reverse(o.steps)
			}
			return run(ctx, o)
		}),
	}
	o.addPlace(cmd)
	cmd.Flags().StringVar(&o.seconds, "duration", "", "`SECONDS` how long it plays; the content's own without it")
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func reverse(steps []step) {
	for i, j := 0, len(steps)-1; i < j; i, j = i+1, j-1 {
		steps[i], steps[j] = steps[j], steps[i]
	}
}

func newItemRemove(f *cmdutil.Factory, run func(context.Context, *itemOptions) error) *cobra.Command {
	o := &itemOptions{factory: f, verb: "remove from"}
	if run == nil {
		run = runItem
	}
	cmd := &cobra.Command{
		Use: "remove PLAYLIST ITEM...", Aliases: []string{"rm"}, Args: cmdutil.Args("PLAYLIST", "ITEM..."),
		Short:   "Take items out of a playlist",
		Example: "  vizora playlist item remove \"Summer Menu\" \"Hot soup\"\n  vizora playlist item remove \"Summer Menu\" 3 --dry-run",
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			for _, item := range args[1:] {
				o.steps = append(o.steps, step{op: api.ItemRemove, item: item})
			}
			return run(ctx, o)
		}),
	}
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func newItemMove(f *cmdutil.Factory, run func(context.Context, *itemOptions) error) *cobra.Command {
	o := &itemOptions{factory: f, verb: "reorder"}
	if run == nil {
		run = runItem
	}
	cmd := &cobra.Command{
		Use: "move PLAYLIST ITEM", Aliases: []string{"mv"}, Args: cmdutil.Args("PLAYLIST", "ITEM"),
		Short:   "Move an item, to the end unless placed",
		Example: "  vizora playlist item move \"Summer Menu\" Lemonade --first\n  vizora playlist item move \"Summer Menu\" 4 --before 2",
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			st := step{op: api.ItemMove, item: args[1]}
			if err := o.place(&st); err != nil {
				return err
			}
			o.steps = []step{st}
			return run(ctx, o)
		}),
	}
	o.addPlace(cmd)
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func newItemSet(f *cmdutil.Factory, run func(context.Context, *itemOptions) error) *cobra.Command {
	o := &itemOptions{factory: f, verb: "retime"}
	if run == nil {
		run = runItem
	}
	cmd := &cobra.Command{
		Use: "set PLAYLIST ITEM --duration SECONDS", Args: cmdutil.Args("PLAYLIST", "ITEM"),
		Short:   "Set how long an item plays",
		Example: "  vizora playlist item set \"Summer Menu\" Lemonade --duration 15\n  vizora playlist item set \"Summer Menu\" 2 --duration own",
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			if o.seconds == "" {
				return cmdutil.Usage("--duration is missing").WithHint(`give seconds, or "own" for the content's own duration`)
			}
			seconds, err := parseSeconds("--duration", o.seconds)
			if err != nil {
				return err
			}
			o.steps = []step{{op: api.ItemSet, item: args[1], spec: spec{seconds: seconds}}}
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.seconds, "duration", "", "`SECONDS` how long it plays, or \"own\"")
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func decode(data json.RawMessage, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return &api.Error{Kind: api.KindProtocol, Message: "the server's answer has an unexpected shape: " + strings.TrimSpace(err.Error()), Err: err}
	}
	return nil
}
