// Package profile is "vizora profile": the settings of each server and user.
package profile

// This file is about one thing: the noun, and completing its arguments.

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
)

// New makes "vizora profile".
func New(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("profile", []string{"profiles"}, "Keep several servers and users apart",
		`A profile holds the settings of one server and user, its session and its journal.
A setting is taken from the first of: flag, environment, profile, file, default;
'vizora profile show' says where each one comes from.`,
		newList(f, nil), newShow(f, nil), newUse(f, nil), newAdd(f, nil), newSet(f, nil), newRemove(f, nil),
	)
}

// completeNames completes the names of profiles.
func completeNames(f *cmdutil.Factory) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		cfg, err := f.Config()
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		for _, name := range cfg.Names() {
			p, err := cfg.Get(name)
			if err != nil {
				continue
			}
			out = append(out, cobra.CompletionWithDesc(name, p.URL))
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeSettings completes KEY= and, behind it, the values there are.
func completeSettings(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var out []string
	name, _, valued := strings.Cut(typed, "=")
	for _, k := range config.Keys() {
		if !valued {
			out = append(out, cobra.CompletionWithDesc(k.Name+"=", k.Help))
			continue
		}
		if k.Name != name {
			continue
		}
		for _, v := range k.Values {
			out = append(out, k.Name+"="+v)
		}
	}
	if valued {
		return out, cobra.ShellCompDirectiveDefault // the value may be a file
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// parseSettings reads KEY=VALUE arguments; an empty value takes a setting out.
func parseSettings(args []string) (map[string]string, error) {
	values := map[string]string{}
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, cmdutil.Usage("%q is not of the form SETTING=VALUE", arg).WithHint("for example: output=json; the settings are listed by 'vizora profile show'")
		}
		if _, twice := values[key]; twice {
			return nil, cmdutil.Usage("%s is given twice", key)
		}
		values[key] = value
	}
	return values, nil
}
