package commands

// This file is about one thing: walking the command tree, for documentation and
// for tests that hold every command to the same rules.

import "github.com/spf13/cobra"

// Leaves returns every command that does something itself, hidden ones aside.
func Leaves(root *cobra.Command) []*cobra.Command {
	var leaves []*cobra.Command
	for _, c := range root.Commands() {
		switch {
		case c.Hidden:
		case c.HasSubCommands():
			leaves = append(leaves, Leaves(c)...)
		default:
			leaves = append(leaves, c)
		}
	}
	return leaves
}
