// Package auth is "vizora auth": signing in and out, and what the session is.
package auth

// This file is about one thing: the noun and its verbs.

import (
	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// New makes "vizora auth".
func New(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("auth", nil, "Sign in and out, and see who you are",
		`Signs in with a password and, where the account has one, a second factor. The
session's tokens are kept in the system keyring, or without one in a file that
only you can read; 'vizora auth status' says where. They are renewed on their own.

In CI, set VIZORA_URL and VIZORA_TOKEN: nothing is stored then.`,
		newLogin(f, nil), newLogout(f, nil), newStatus(f, nil), newRefresh(f, nil), newSessions(f),
	)
}
