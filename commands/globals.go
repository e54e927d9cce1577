package commands

// This file is about one thing: the global flags that an environment variable
// sets too, beside those that are settings of a profile.

import (
	"strings"

	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// globalVariables names those flags. --columns and --confirm are not among them:
// they are meant for one command.
func globalVariables() [6]string {
	return [...]string{"offline", "max-wait", "no-headers", "quiet", "debug", "trace-timings"}
}

// globalVariable is the name of a flag's environment variable.
func globalVariable(flag string) string {
	return "VIZORA_" + strings.ReplaceAll(strings.ToUpper(flag), "-", "_")
}

// globalsFromEnvironment sets every such flag that was not given.
func globalsFromEnvironment(f *cmdutil.Factory, flags *pflag.FlagSet) error {
	for _, name := range globalVariables() {
		variable := globalVariable(name)
		value, _ := f.Env(variable)
		flag := flags.Lookup(name)
		if value == "" || flag.Changed {
			continue
		}
		if err := flag.Value.Set(value); err != nil {
			takes := "true or false"
			if name == "max-wait" {
				takes = "a length of time such as 30s or 5m"
			}
			return api.Invalid(variable, value, "cannot be used", "give "+takes+", as --"+name+" takes it")
		}
	}
	return nil
}
