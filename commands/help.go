package commands

// This file is about one thing: "help", for commands and for topics.

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/topics"
	"github.com/vizora/vizora-cli/output"
)

func newHelp(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND | TOPIC]", Short: "Help about a command or a topic",
		Long:              "Shows the help of a command, or a topic that no single command can tell.",
		Example:           "  vizora help playlist edit\n  vizora help exit-codes",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.RunLocal(func(_ context.Context, args []string) error { return runHelp(f, cmd.Root(), args) })(cmd, args)
		},
	}
}

func completeHelp(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, c := range cmd.Root().Commands() {
		if c.IsAvailableCommand() {
			names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
		}
	}
	all, err := topics.All()
	if err != nil {
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	for _, t := range all {
		names = append(names, cobra.CompletionWithDesc(t.Name, t.Short))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// runHelp shows a command's help and, where a topic has the same name, the
// topic below it.
func runHelp(f *cmdutil.Factory, root *cobra.Command, args []string) error {
	all, err := topics.All()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if err := root.Help(); err != nil {
			return err
		}
		return listTopics(f, all)
	}
	var topic *topics.Topic
	var names []string
	for i := range all {
		names = append(names, all[i].Name)
		if len(args) == 1 && all[i].Name == args[0] {
			topic = &all[i]
		}
	}
	cmd, rest, err := root.Find(args)
	found := err == nil && len(rest) == 0 && cmd != root
	if !found && topic == nil {
		for _, c := range root.Commands() {
			names = append(names, c.Name())
		}
		e := api.Errorf(api.KindNotFound, "there is no command or topic %q", strings.Join(args, " "))
		if near := api.Nearest(args[0], names); near != "" {
			return e.WithHint("did you mean 'vizora help %s'?", near)
		}
		return e.WithHint("'vizora help' lists both")
	}
	if found {
		if err := cmd.Help(); err != nil {
			return err
		}
	}
	if topic != nil {
		return showTopic(f, topic, found)
	}
	return nil
}

func listTopics(f *cmdutil.Factory, all []topics.Topic) error {
	var b strings.Builder
	b.WriteString("\nTopics (vizora help TOPIC):\n")
	for _, t := range all {
		fmt.Fprintf(&b, "  %-12s %s\n", t.Name, t.Short)
	}
	_, err := fmt.Fprint(f.IO.Out(), b.String())
	return err
}

func showTopic(f *cmdutil.Factory, t *topics.Topic, below bool) error {
	text := topics.Render(t.Text, f.IO.Width(), func(s string) string { return f.IO.Paint(output.Bold, s) })
	if below {
		text = "\n" + text
	}
	_, err := fmt.Fprint(f.IO.Out(), text)
	return err
}
