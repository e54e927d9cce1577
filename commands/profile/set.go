package profile

// This file is about one thing: "set".

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/commands/topics"
)

type setOptions struct {
	factory *cmdutil.Factory
	shared  bool
	args    []string
}

func newSet(f *cmdutil.Factory, run func(context.Context, *setOptions) error) *cobra.Command {
	o := &setOptions{factory: f}
	if run == nil {
		run = runSet
	}
	var list strings.Builder
	for _, k := range config.Keys() {
		help := strings.ReplaceAll(topics.Wrap(k.Help, 60), "\n", "\n"+strings.Repeat(" ", 20))
		fmt.Fprintf(&list, "  %-17s %s\n", k.Name, help)
	}
	cmd := &cobra.Command{
		Use: "set SETTING=VALUE...", Args: cmdutil.Args("SETTING=VALUE..."), Short: "Change settings of the profile in use",
		Long: "Changes settings of the profile in use, or with --profile of another one. An empty\nvalue takes a setting out. All of them are written, or none.\n\nThe settings are:\n" +
			strings.TrimRight(list.String(), "\n"),
		Example: `  vizora profile set output=json retries=5
  vizora profile set --profile production protected=true
  vizora profile set retries=`,
		ValidArgsFunction: completeSettings,
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.args = args
			return run(ctx, o)
		}),
	}
	cmd.Flags().BoolVar(&o.shared, "shared", false, "set it for every profile that does not set it itself")
	return cmd
}

func runSet(_ context.Context, o *setOptions) error {
	cfg, err := o.factory.Config()
	if err != nil {
		return err
	}
	values, err := parseSettings(o.args)
	if err != nil {
		return err
	}
	if o.shared {
		if err := cfg.SetAll("", values); err != nil {
			return err
		}
		o.factory.IO.Say("set %s for every profile", shown(o.args))
		return nil
	}
	name, _ := cfg.CurrentName()
	before, _ := cfg.Get(name) // nil for one that is made now
	if err := cfg.SetAll(name, values); err != nil {
		return err
	}
	if err := printWritten(o.factory, cfg, name, fmt.Sprintf("profile %s: set %s", name, shown(o.args))); err != nil {
		return err
	}
	after, err := cfg.Get(name)
	if err != nil {
		return err
	}
	if before != nil && before.URL != "" && before.URL != after.URL && cfg.Tokens(before).Stored().Where() != "" {
		o.factory.IO.Warn("the stored session is for %s and is not used for another server; sign in again", before.URL)
	}
	return nil
}

// shown is the settings as they were typed, without a password in an address.
func shown(args []string) string {
	texts := make([]string, len(args))
	for i, arg := range args {
		texts[i] = redis.Shown(arg)
	}
	return strings.Join(texts, ", ")
}
