package cmdutil

// This file is about one thing: asking before something is destroyed.

import (
	"context"
	"fmt"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// Confirm asks before a destructive write. what is the question's object
// ("delete playlist \"Summer\" (id)"), takes names what goes along with it and
// is said even with --yes. Without a terminal and without --yes it refuses.
func (f *Factory) Confirm(ctx context.Context, yes bool, what string, takes []string) error {
	if len(takes) > 0 {
		f.IO.Say("This also affects:")
		for _, t := range takes {
			f.IO.Say("  - %s", t)
		}
	}
	target := ""
	if p, err := f.Profile(); err == nil {
		target = " on " + p.URL
	}
	if yes {
		f.IO.Say("going to %s%s", strings.ToLower(what[:1])+what[1:], target)
		return nil
	}
	if !f.IO.CanAsk() {
		return api.Errorf(api.KindDeclined, "%s%s needs a confirmation, and there is no terminal to ask on", strings.ToLower(what[:1])+what[1:], target)
	}
	ok, err := f.IO.Confirm(ctx, fmt.Sprintf("%s%s?", strings.ToUpper(what[:1])+what[1:], target))
	if err != nil {
		return err
	}
	if !ok {
		return api.Errorf(api.KindDeclined, "nothing was changed").WithHint("you answered no")
	}
	return nil
}
