package profile

// This file is about one thing: "add".

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type addOptions struct {
	factory *cmdutil.Factory
	name    string
	args    []string
	url     string
	email   string
}

func newAdd(f *cmdutil.Factory, run func(context.Context, *addOptions) error) *cobra.Command {
	o := &addOptions{factory: f}
	if run == nil {
		run = runAdd
	}
	cmd := &cobra.Command{
		Use: "add NAME [SETTING=VALUE...]", Aliases: []string{"create"}, Args: cmdutil.Args("NAME", "[SETTING=VALUE...]"), Short: "Make a profile",
		Long: `Makes a profile without signing in. 'vizora auth login --profile NAME' makes one
too. The first profile there is becomes the one in use.`,
		Example: "  vizora profile add lab --url http://localhost:3000 output=json\n  vizora auth login --profile lab",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeSettings(cmd, args, typed)
		},
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.name, o.args = args[0], args[1:]
			return run(ctx, o)
		}),
	}
	cmd.Flags().StringVar(&o.url, "url", "", "`URL` address of the server, as url=URL")
	cmd.Flags().StringVar(&o.email, "email", "", "`E-MAIL` who signs in, as email=E-MAIL")
	return cmd
}

func runAdd(_ context.Context, o *addOptions) error {
	cfg, err := o.factory.Config()
	if err != nil {
		return err
	}
	for _, given := range []struct{ name, value string }{{"url", o.url}, {"email", o.email}} {
		if given.value != "" {
			o.args = append(o.args, given.name+"="+given.value)
		}
	}
	values, err := parseSettings(o.args)
	if err != nil {
		return err
	}
	if err := cfg.Create(o.name, values); err != nil {
		return err
	}
	return printWritten(o.factory, cfg, o.name, fmt.Sprintf("added profile %s", strings.ToLower(o.name)))
}
