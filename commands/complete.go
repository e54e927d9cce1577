package commands

// This file is about one thing: completion that commands get without asking for
// it. What a placeholder names ("NAME|ID", "PLAYLIST", "JOB", --columns,
// --where) says what completes there. It is worked out only at TAB.

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// completing reports whether args ask for completion, and for which words.
func completing(args []string) (words []string, yes bool) {
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		return args[1:], true
	}
	return args, false
}

// completeRest gives every argument and flag below cmd that has no completion
// of its own the one that its placeholder asks for.
func completeRest(f *cmdutil.Factory, cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		completeRest(f, c)
	}
	switch own := cmd.ValidArgsFunction; {
	case own != nil:
		cmd.ValidArgsFunction = noMoreThan(cmd, own)
	case len(cmd.ValidArgs) == 0:
		cmd.ValidArgsFunction = completeArgs(f, cmd)
	}
	each := func(flag *pflag.Flag) {
		if _, has := cmd.GetFlagCompletionFunc(flag.Name); has || flag.Value.Type() == "bool" {
			return
		}
		if complete := completeFlag(f, cmd, flag); complete != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag.Name, complete)
		}
	}
	cmd.LocalFlags().VisitAll(each)
}

// noMoreThan offers nothing behind the last argument that a command takes.
func noMoreThan(cmd *cobra.Command, own cobra.CompletionFunc) cobra.CompletionFunc {
	words := positionals(cmd.Use)
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(words) > 0 && len(args) >= len(words) && !strings.Contains(strings.Join(words, ""), "...") {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return own(c, args, typed)
	}
}

// completeArgs completes each positional argument by its placeholder in Use;
// the last one that may be repeated goes on.
func completeArgs(f *cmdutil.Factory, cmd *cobra.Command) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		takes := ""
		for i, word := range positionals(cmd.Use) {
			if i <= len(args) {
				takes = word
			}
			if i < len(args) && !strings.Contains(word, "...") {
				takes = ""
			}
		}
		if complete := completePlaceholder(f, cmd, strings.Trim(takes, "[].")); complete != nil {
			return complete(c, args, typed)
		}
		if strings.Contains(takes, "FILE") || strings.Contains(takes, "DIR") {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// positionals are the placeholders of a usage line, flags aside.
func positionals(use string) []string {
	var words []string
	for _, word := range strings.Fields(use)[1:] {
		if strings.HasPrefix(word, "-") {
			break
		}
		words = append(words, word)
	}
	return words
}

func completeFlag(f *cmdutil.Factory, cmd *cobra.Command, flag *pflag.Flag) cobra.CompletionFunc {
	takes, _ := placeholder(flag)
	switch flag.Name {
	case "profile":
		return completeProfiles(f)
	case "columns":
		return completeColumns
	case "where":
		return completeWhere
	case "set":
		return completeSet
	}
	if s := api.SchemaOf(flag.Name); s != nil {
		return cmdutil.CompleteResource(f, s)
	}
	if strings.Contains(takes, "FILE") || strings.Contains(takes, "DIR") || strings.Contains(takes, "PATH") {
		return nil // the shell's own
	}
	if complete := completePlaceholder(f, cmd, takes); complete != nil && takes != "NAME" {
		return complete
	}
	return cobra.NoFileCompletions
}

// completePlaceholder returns what completes a placeholder, or nil.
func completePlaceholder(f *cmdutil.Factory, cmd *cobra.Command, takes string) cobra.CompletionFunc {
	switch takes {
	case "":
		return nil
	case "PROFILE":
		return completeProfiles(f)
	case "JOB":
		return completeJobs(f)
	case "OPERATION":
		return completeOperations(f)
	case "KIND":
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var kinds []string
			for _, s := range api.Schemas() {
				kinds = append(kinds, cobra.CompletionWithDesc(s.Noun, s.About))
			}
			return kinds, cobra.ShellCompDirectiveNoFileComp
		}
	case "METHOD":
		return cobra.FixedCompletions([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, cobra.ShellCompDirectiveNoFileComp)
	case "ITEM", "CONTENT", "CONTENT|ID": // an item is named by its content
		return cmdutil.CompleteResource(f, &api.Contents.Schema)
	case "NAME|ID", "ID", "ID|NAME", "NAME", "EMAIL|ID":
		if s := kindOf(cmd); s != nil && takes != "NAME" { // NAME alone is a new one's
			return cmdutil.CompleteResource(f, s)
		}
		return nil
	}
	if values := strings.Split(takes, "|"); len(values) > 1 && takes == strings.ToLower(takes) {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	if s := api.SchemaOf(strings.ToLower(takes)); s != nil {
		return cmdutil.CompleteResource(f, s)
	}
	return nil
}

// kindOf is the kind that a command is about: that of its --kind, or of the
// nearest noun above it.
func kindOf(cmd *cobra.Command) *api.Schema {
	if flag := cmd.Flags().Lookup("kind"); flag != nil && flag.Value.String() != "" {
		return api.SchemaOf(flag.Value.String())
	}
	for c := cmd; c != nil; c = c.Parent() {
		if s := api.SchemaOf(c.Name()); s != nil {
			return s
		}
	}
	return nil
}

func completeProfiles(f *cmdutil.Factory) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		cfg, err := f.Config()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		for _, name := range cfg.Names() {
			about := ""
			if p, err := cfg.Get(name); err == nil {
				about = p.URL
			}
			out = append(out, cobra.CompletionWithDesc(name, about))
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

func completeJobs(f *cmdutil.Factory) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return f.JobNames(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
	}
}

func completeOperations(f *cmdutil.Factory) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return f.OperationIDs(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
	}
}
