package cmdutil

// This file is about one thing: protected profiles. Before the first write of a
// run in one, a person types the profile's name, so that nobody mistakes
// production for a test server. --yes does not count: it says that the change is
// wanted, not where.

import (
	"context"
	"fmt"
	"strings"

	"github.com/vizora/vizora-cli/api"
)

// guard asks for the name of a protected profile, once in a run. The journal
// calls it before it records anything.
func (f *Factory) guard(ctx context.Context) error {
	p, err := f.Profile()
	if err != nil || !p.Protected || f.guarded {
		return err
	}
	given := f.Global.Confirm
	if given == "" && !f.IO.CanAsk() {
		return api.Errorf(api.KindDeclined, "profile %s (%s) is protected, and there is no terminal to ask for its name on", p.Name, p.URL).
			WithHint("pass --confirm %s", p.Name)
	}
	if given == "" {
		given, err = f.IO.Ask(ctx, fmt.Sprintf("Profile %s (%s) is protected. Type its name to go ahead: ", p.Name, p.URL))
		if err != nil {
			return err
		}
	}
	if !strings.EqualFold(strings.TrimSpace(given), p.Name) {
		return api.Errorf(api.KindDeclined, "nothing was changed: %q is not the name of the protected profile %s", given, p.Name).
			WithHint("check which profile is in use: vizora profile list")
	}
	f.guarded = true
	return nil
}
