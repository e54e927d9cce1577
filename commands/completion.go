package commands

// This file is about one thing: "completion": the scripts that make a shell ask
// this program at TAB.

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// Shells are the shells that there is a script for.
func Shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

func newCompletion(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use: "completion SHELL", Short: "Print the script that makes TAB work in a shell",
		Long: `Prints a completion script for bash, zsh, fish or powershell. It is small and holds
no names: at TAB it asks vizora, which answers from its cache and never waits for
the network. The packages install the scripts; by hand:

  bash        vizora completion bash > \
                ~/.local/share/bash-completion/completions/vizora
  zsh         vizora completion zsh > a folder of $fpath, as _vizora
  fish        vizora completion fish > ~/.config/fish/completions/vizora.fish
  powershell  vizora completion powershell >> $PROFILE`,
		Example:           "  vizora completion bash > vizora.bash\n  vizora completion fish",
		Args:              cmdutil.Args("SHELL"),
		ValidArgsFunction: cobra.FixedCompletions(Shells(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.RunLocal(func(_ context.Context, args []string) error {
				script, err := CompletionScript(cmd.Root(), args[0])
				if err != nil {
					return err
				}
				_, err = f.IO.Out().Write(script)
				return err
			})(cmd, args)
		},
	}
}

// CompletionScript returns a shell's script.
func CompletionScript(root *cobra.Command, shell string) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch shell {
	case "bash":
		b.WriteString(bashScript)
	case "zsh":
		b.WriteString(zshScript)
	case "fish":
		b.WriteString(fishScript)
	case "powershell", "pwsh":
		err = root.GenPowerShellCompletionWithDesc(&b)
	default:
		return nil, api.NotOneOf("shell", shell, "has no completion script", Shells())
	}
	if err != nil {
		return nil, fmt.Errorf("making the script: %w", err)
	}
	return b.Bytes(), nil
}
