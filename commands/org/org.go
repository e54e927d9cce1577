// Package org is the noun "org": the organisation one is signed in to.
package org

// This file is about one thing: the org command: showing and changing the
// organisation.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

const path = "/organizations"

// New makes the org command.
func New(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("org", []string{"organization"}, "Manage the organisation: name, branding, flags, storage",
		`The organisation is the one you are signed in to. Its plan and its bills are not
managed here.`,
		newShow(f, "show", "/current", "Organization", "Show the organisation", "  vizora org show\n  vizora org show -o jq=._count"),
		newUpdate(f), newBranding(f), newFlags(f),
		newShow(f, "storage", "/storage", "Storage", "Show how much of the storage is used", "  vizora org storage\n  vizora org storage -o jq=.usagePercent"),
		newMFA(f), newDelete(f),
	)
}

// newShow shows what one route answers.
func newShow(f *cmdutil.Factory, verb, below, kind, short, example string) *cobra.Command {
	return cmdutil.Verb{Use: verb, Short: short, Example: example, Run: func(ctx context.Context, _ []string) error {
		var data json.RawMessage
		if err := get(ctx, f, path+below, &data); err != nil {
			return err
		}
		return f.PrintObject(kind, data)
	}}.Command(f)
}

func get(ctx context.Context, f *cmdutil.Factory, path string, v any) error {
	c, err := f.Client()
	if err != nil {
		return err
	}
	return cmdutil.Get(ctx, c, path, v)
}

// current is the organisation's id and name.
type current struct {
	ID    string         `json:"id"`
	Name  string         `json:"name"`
	Count map[string]int `json:"_count"`
}

func findCurrent(ctx context.Context, f *cmdutil.Factory) (*current, error) {
	var org current
	if err := get(ctx, f, path+"/current", &org); err != nil {
		return nil, err
	}
	return &org, nil
}

// put sends a change of the organisation and shows the answer.
func put(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, org *current, verb, kind string, req api.Request) error {
	result, err := w.Submit(ctx, f, journal.Operation{
		Effect: journal.Absolute, Kind: "Organization", Verb: verb, Target: org.ID, Label: org.Name,
		Summary: fmt.Sprintf("%s of organization %q", verb, org.Name), Request: req,
	})
	if err != nil || result == nil {
		return err
	}
	f.IO.Say("%s of organization %q: done", verb, org.Name)
	table, err := f.InTable()
	if err != nil || table {
		return err
	}
	return f.PrintObject(kind, result.Data)
}

func newUpdate(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	var fields *cmdutil.FieldFlags
	schema := api.OrgFields()
	cmd := cmdutil.Verb{
		Use: "update", Short: "Change the organisation's name and more",
		Example: "  vizora org update --name \"Harbour Coffee\"\n  vizora org update --settings '{\"locale\":\"en\"}' --dry-run",
		Run: func(ctx context.Context, _ []string) error {
			given, err := fields.Given(nil)
			if err != nil {
				return err
			}
			if len(given) == 0 {
				return cmdutil.Usage("nothing to change").WithHint("give at least one of %s", fields.Flags())
			}
			org, err := findCurrent(ctx, f)
			if err != nil {
				return err
			}
			body, err := schema.Body(given)
			if err != nil {
				return err
			}
			return put(ctx, f, &write, org, "update", "Organization", api.Request{Method: http.MethodPatch, Path: schema.ItemPath(org.ID), Body: body})
		},
	}.Command(f)
	fields = cmdutil.AddFields(cmd, schema, false)
	write.AddWrite(cmd.Flags())
	return cmd
}

func newMFA(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	cmd := cmdutil.Verb{
		Use: "mfa required|optional", Args: []string{"required|optional"}, Short: "Demand a second factor of every user, or stop demanding it",
		Long:    "Demands a second factor of every user. Whoever has none must set one up at the\nnext sign-in, programs that sign in with a password too.",
		Example: "  vizora org mfa required --dry-run\n  vizora org mfa optional",
		Run: func(ctx context.Context, args []string) error {
			if args[0] != "required" && args[0] != "optional" {
				return api.NotOneOf("mfa", args[0], "is not a known value", []string{"required", "optional"})
			}
			org, err := findCurrent(ctx, f)
			if err != nil {
				return err
			}
			required := args[0] == "required"
			if required && !write.DryRun {
				if err := f.Confirm(ctx, write.Yes, fmt.Sprintf("demand a second factor of all %d users", org.Count["users"]), nil); err != nil {
					return err
				}
			}
			req, err := api.NewRequest(http.MethodPatch, path+"/current/mfa-required", map[string]bool{"mfaRequired": required})
			if err != nil {
				return err
			}
			return put(ctx, f, &write, org, "second factor "+args[0], "Organization", req)
		},
	}.Command(f)
	write.AddWrite(cmd.Flags())
	write.AddYes(cmd.Flags())
	return cmd
}

func newDelete(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	var confirm string
	cmd := cmdutil.Verb{
		Use: "delete", Short: "Erase the whole organisation, at once and for good",
		Long: `Erases the organisation: every user, display, playlist, schedule and file. The
platform asks nothing and keeps nothing. The organisation's name must be typed,
here or with --confirm; --yes alone is not enough.`,
		Example: "  vizora org delete --dry-run\n  vizora org delete --confirm \"Harbour Coffee\" --dry-run",
		Run: func(ctx context.Context, _ []string) error {
			org, err := findCurrent(ctx, f)
			if err != nil {
				return err
			}
			if !write.DryRun {
				if err := typedName(ctx, f, org, confirm); err != nil {
					return err
				}
			}
			result, err := write.Submit(ctx, f, journal.Operation{
				Effect: journal.Once, Kind: "Organization", Verb: "delete", Target: org.ID, Label: org.Name, OnlineOnly: true,
				Summary: fmt.Sprintf("delete organization %q", org.Name),
				Request: api.Request{Method: http.MethodDelete, Path: api.OrgFields().ItemPath(org.ID)},
			})
			if err != nil || result == nil {
				return err
			}
			return f.PrintAnswer(fmt.Sprintf("deleted organization %q", org.Name), "Organization", result.Data)
		},
	}.Command(f)
	cmd.Flags().StringVar(&confirm, "confirm", "", "`NAME` the organisation's name, instead of typing it")
	write.AddDryRun(cmd.Flags())
	return cmd
}

func typedName(ctx context.Context, f *cmdutil.Factory, org *current, confirm string) error {
	f.IO.Say("This erases organization %q with %d users, %d displays, %d playlists and %d content, and nothing brings it back.",
		org.Name, org.Count["users"], org.Count["displays"], org.Count["playlists"], org.Count["content"])
	if confirm == "" {
		if !f.IO.CanAsk() {
			return api.Errorf(api.KindDeclined, "deleting the organization takes its name typed, and there is no terminal").WithHint("give --confirm with the organization's exact name")
		}
		var err error
		if confirm, err = f.IO.Ask(ctx, "Type the organization's name: "); err != nil {
			return err
		}
	}
	if confirm != org.Name {
		return api.Errorf(api.KindDeclined, "nothing was changed: %q is not the organization's name", confirm).WithHint("its name is shown by 'vizora org show'")
	}
	return nil
}
