package profile

// This file is about one thing: "use".

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
)

type useOptions struct {
	factory *cmdutil.Factory
	name    string
}

func newUse(f *cmdutil.Factory, run func(context.Context, *useOptions) error) *cobra.Command {
	o := &useOptions{factory: f}
	if run == nil {
		run = runUse
	}
	return &cobra.Command{
		Use: "use NAME", Aliases: []string{"switch"}, Args: cmdutil.Args("NAME"), Short: "Use a profile from now on",
		Example: "  vizora profile use production\n  vizora profile use lab && vizora status", ValidArgsFunction: completeNames(f),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.name = strings.ToLower(args[0])
			return run(ctx, o)
		}),
	}
}

func runUse(_ context.Context, o *useOptions) error {
	cfg, err := o.factory.Config()
	if err != nil {
		return err
	}
	if err := cfg.Use(o.name); err != nil {
		return err
	}
	p, err := cfg.Get(o.name)
	if err != nil {
		return err
	}
	if err := printWritten(o.factory, cfg, o.name, fmt.Sprintf("profile %s is in use: %s", p.Name, orNone(p.URL))); err != nil {
		return err
	}
	if now, where := cfg.CurrentName(); now != o.name {
		o.factory.IO.Warn("profile %s is still used here: %s names it", now, strings.TrimPrefix(where, "environment "))
	}
	return nil
}

func orNone(url string) string {
	if url == "" {
		return "no server yet"
	}
	return url
}
