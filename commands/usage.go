package commands

// This file is about one thing: what --help looks like. Cobra's own form knows
// no width, and shows a flag's placeholder twice.

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/topics"
	"github.com/vizora/vizora-cli/output"
)

// helpWidth is how wide help is laid out, in cells.
const helpWidth = 80

// help writes the help of a command.
func help(f *cmdutil.Factory, cmd *cobra.Command) error {
	h := &helpText{bold: func(s string) string { return f.IO.Paint(output.Bold, s) }}
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	h.line(paragraphs(long))
	h.section("Usage")
	if cmd.Runnable() && !hasCommands(cmd) {
		h.line("  " + cmd.UseLine())
	} else {
		h.line("  " + cmd.CommandPath() + " COMMAND [flags]")
	}
	if len(cmd.Aliases) > 0 {
		h.section("Aliases")
		h.line("  " + strings.Join(append([]string{cmd.Name()}, cmd.Aliases...), ", "))
	}
	if examples := examplesOf(cmd); examples != "" {
		h.section("Examples")
		for line := range strings.SplitSeq(examples, "\n") {
			h.line(wrapExample(line))
		}
	}
	h.commands(cmd)
	h.flags("Flags", cmd.LocalNonPersistentFlags())
	if cmd.HasParent() {
		h.section("Global flags")
		h.line("  " + "-o, --columns, --profile, --timeout, --quiet and more: vizora --help")
	} else {
		h.flags("Global flags", cmd.PersistentFlags())
	}
	if hasCommands(cmd) {
		h.line("\nMore about a command: " + cmd.CommandPath() + " COMMAND --help")
	}
	_, err := fmt.Fprint(f.IO.Out(), h.String())
	return err
}

// examplesOf are a command's examples; those of one that only holds others are
// the first of what it holds, looking before changing.
func examplesOf(cmd *cobra.Command) string {
	if cmd.Example != "" || !cmd.HasParent() {
		return cmd.Example
	}
	children := slices.Clone(cmd.Commands())
	slices.SortStableFunc(children, func(a, b *cobra.Command) int { return looks(a) - looks(b) })
	var lines []string
	for _, c := range children {
		if first, _, _ := strings.Cut(examplesOf(c), "\n"); first != "" && len(lines) < 2 {
			lines = append(lines, first)
		}
	}
	if len(children) == 1 {
		return examplesOf(children[0])
	}
	return strings.Join(lines, "\n")
}

func looks(cmd *cobra.Command) int {
	if name := cmd.Name(); name == "list" || name == "get" || name == "show" || name == "status" {
		return 0
	}
	return 1
}

// paragraphs lays out a long text: a paragraph flows, lines that start with a
// space stay as they are.
func paragraphs(text string) string {
	blocks := strings.Split(text, "\n\n")
	for i, block := range blocks {
		var lines, flow []string
		flush := func() {
			if len(flow) > 0 {
				lines, flow = append(lines, topics.Wrap(strings.Join(flow, " "), helpWidth)), nil
			}
		}
		for line := range strings.SplitSeq(block, "\n") {
			if strings.HasPrefix(line, " ") {
				flush()
				lines = append(lines, line)
			} else {
				flow = append(flow, line)
			}
		}
		flush()
		blocks[i] = strings.Join(lines, "\n")
	}
	return strings.Join(blocks, "\n\n")
}

// wrapExample breaks a command line that is too long the way a shell takes it.
func wrapExample(line string) string {
	out := ""
	for utf8.RuneCountInString(line) > helpWidth {
		at, quote := -1, rune(0)
		for i, c := range line {
			if i > helpWidth-2 {
				break
			}
			switch {
			case quote != 0 && c == quote:
				quote = 0
			case quote == 0 && (c == '\'' || c == '"'):
				quote = c
			case quote == 0 && c == ' ' && i > 6:
				at = i
			}
		}
		if at < 0 {
			break
		}
		out, line = out+line[:at]+" \\\n", "      "+line[at+1:]
	}
	return out + line
}

func hasCommands(cmd *cobra.Command) bool {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			return true
		}
	}
	return false
}

type helpText struct {
	strings.Builder
	bold func(string) string
}

func (h *helpText) line(s string)    { h.WriteString(s + "\n") }
func (h *helpText) section(s string) { h.line("\n" + h.bold(s+":")) }

// commands lists the available sub-commands.
func (h *helpText) commands(cmd *cobra.Command) {
	var rows [][2]string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			rows = append(rows, [2]string{c.Name(), c.Short})
		}
	}
	if len(rows) > 0 {
		h.section("Commands")
		h.columns(rows)
	}
}

// flags lists flags. A usage that starts with `PLACEHOLDER` names what the flag
// takes.
func (h *helpText) flags(title string, set *pflag.FlagSet) {
	var rows [][2]string
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		rows = append(rows, [2]string{flagName(f), flagUsage(f)})
	})
	if len(rows) > 0 {
		h.section(title)
		h.columns(rows)
	}
}

func flagName(f *pflag.Flag) string {
	name := "    --" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", --" + f.Name
	}
	if takes, _ := placeholder(f); takes != "" && f.NoOptDefVal == "" {
		name += " " + takes
	} else if takes != "" && f.Value.Type() != "bool" {
		name += "[=" + takes + "]"
	}
	return name
}

func flagUsage(f *pflag.Flag) string {
	_, usage := placeholder(f)
	switch f.DefValue {
	case "", "false", "0", "0s", "[]", "-1":
		return usage
	}
	return fmt.Sprintf("%s (default %s)", usage, f.DefValue)
}

// placeholder splits a usage into what the flag takes and the rest.
func placeholder(f *pflag.Flag) (takes, usage string) {
	if rest, ok := strings.CutPrefix(f.Usage, "`"); ok {
		if takes, usage, ok = strings.Cut(rest, "`"); ok {
			return takes, strings.TrimSpace(usage)
		}
	}
	switch f.Value.Type() {
	case "bool", "":
		return "", f.Usage
	case "string", "int", "duration", "stringSlice", "stringArray", "uint64", "float64":
		return strings.ToUpper(f.Value.Type()), f.Usage
	}
	return f.Value.Type(), f.Usage
}

// columns lays out names and texts side by side within the width.
func (h *helpText) columns(rows [][2]string) {
	left := 0
	for _, r := range rows {
		if n := utf8.RuneCountInString(r[0]); n <= 34 {
			left = max(left, n)
		}
	}
	room := helpWidth - left - 4
	for _, r := range rows {
		lines := strings.Split(topics.Wrap(r[1], room), "\n")
		name, n := r[0], utf8.RuneCountInString(r[0])
		if n > left {
			h.line("  " + name)
			name, n = "", 0
		}
		for _, text := range lines {
			h.line(strings.TrimRight("  "+name+strings.Repeat(" ", left-n+2)+text, " "))
			name, n = "", 0
		}
	}
}
