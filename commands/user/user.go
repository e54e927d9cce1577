// Package user is the noun "user".
package user

// This file is about one thing: the user command: inviting, and letting go.

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

// New makes the user command.
func New(f *cmdutil.Factory) *cobra.Command {
	return resource().Command(f, newInvite(f), newDeactivate(f), newActivate(f))
}

func resource() *cmdutil.Resource[*api.Object] { return cmdutil.Described(api.Users) }

// inviteFields are what an invitation takes, all of it (contract rest 14).
func inviteFields() []api.Field {
	email := api.Field{Name: "email", Write: "email", Flag: "email", Type: api.TypeString, Required: true, Min: 3, Help: "address to sign in with",
		Check: cmdutil.CheckEmail}
	fields := []api.Field{email}
	for _, name := range []string{"firstName", "lastName", "role"} {
		f := *api.Users.Field(name)
		f.Required = true
		fields = append(fields, f)
	}
	return fields
}

func newInvite(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	var fields *cmdutil.FieldFlags
	schema := &api.Schema{Kind: "User", Noun: "user", Plural: "users", Path: api.Users.Path, NameIn: "email", Fields: inviteFields()}
	cmd := cmdutil.Verb{
		Use: "invite EMAIL", Args: []string{"[EMAIL]"}, Aliases: []string{"create", "add"},
		Short: "Make a user, and show the temporary password once",
		Long: `Makes a user with a temporary password and prints it on stdout, this once. The
platform sends no mail: hand the password over yourself.`,
		Example: "  vizora user invite vera@example.com --first-name Vera --last-name Viewer --role viewer --dry-run\n  vizora user invite max@example.com --first-name Max --last-name Meyer --role manager -o jq=.tempPassword",
		Run: func(ctx context.Context, args []string) error {
			given, err := fields.Given(nil)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if given["email"], err = schema.Field("email").Parse(args[0]); err != nil {
					return err
				}
			}
			if err := fields.CheckRequired(given); err != nil {
				return err
			}
			return invite(ctx, f, &write, schema, given)
		},
	}.Command(f)
	fields = cmdutil.AddFields(cmd, schema, true)
	write.AddDryRun(cmd.Flags())
	return cmd
}

func invite(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, s *api.Schema, given api.Changes) error {
	body, err := s.Body(given)
	if err != nil {
		return err
	}
	var email string
	if err := json.Unmarshal(given["email"], &email); err != nil {
		return err
	}
	result, err := w.Submit(ctx, f, journal.Operation{
		Effect: journal.Once, Kind: api.Users.Kind, Verb: "invite", Label: email, OnlineOnly: true,
		Summary: fmt.Sprintf("invite user %q", email),
		Request: api.Request{Method: http.MethodPost, Path: api.Users.Path + "/invite", Body: body},
	})
	if err != nil || result == nil {
		return err
	}
	var answer struct {
		User         json.RawMessage `json:"user"`
		TempPassword string          `json:"tempPassword"`
	}
	if err := json.Unmarshal(result.Data, &answer); err != nil {
		return err
	}
	v, err := api.Users.Decode(answer.User)
	if err != nil {
		return err
	}
	f.IO.Say("%s", cmdutil.Did("invited", "user", email, api.Users.IDOf(v)))
	f.IO.Warn("the temporary password is shown this once; the platform sends no mail")
	return f.PrintOnce("Invitation", map[string]string{"id": api.Users.IDOf(v), "email": email, "tempPassword": answer.TempPassword}, "tempPassword", "email", "id")
}

// hardWarning is what DELETE does that PATCH does not (contract rest 25, item 25).
const hardWarning = "its sessions are revoked: should it be activated again, it stays locked out for up to 7 days"

func newDeactivate(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	var revoke bool
	cmd := cmdutil.Verb{
		Use: "deactivate EMAIL|ID", Args: []string{"EMAIL|ID"}, Aliases: []string{"delete", "rm"}, Of: &api.Users.Schema,
		Short: "Block a user at once; 'activate' undoes it",
		Long: `Blocks a user: every further request of theirs is refused at once. Nothing is
deleted, and 'vizora user activate' undoes it.

With --revoke it is done the way the platform calls deleting, which leaves a mark
that keeps the user out for up to 7 days even after activation.`,
		Example: "  vizora user deactivate viewer@harbour.test --dry-run\n  vizora user deactivate viewer@harbour.test --yes",
		Run: func(ctx context.Context, args []string) error {
			found, err := cmdutil.Resolve(ctx, f, api.Users, args[0])
			if err != nil {
				return err
			}
			takes := []string{"the user is signed out everywhere, at once"}
			if revoke {
				takes = append(takes, hardWarning)
			}
			if !write.DryRun {
				if err := f.Confirm(ctx, write.Yes, fmt.Sprintf("deactivate user %q (%s)", found.Name, found.ID), takes); err != nil {
					return err
				}
			}
			if !revoke {
				return setActive(ctx, f, &write, found, "deactivate", "false")
			}
			return revokeUser(ctx, f, &write, found)
		},
	}.Command(f)
	cmd.Flags().BoolVar(&revoke, "revoke", false, "the platform's delete, which is not undone at once")
	write.AddWrite(cmd.Flags())
	write.AddYes(cmd.Flags())
	return cmd
}

func newActivate(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	cmd := cmdutil.Verb{
		Use: "activate EMAIL|ID", Args: []string{"EMAIL|ID"}, Of: &api.Users.Schema, Short: "Let a user in again",
		Example: "  vizora user activate viewer@harbour.test\n  vizora user activate viewer@harbour.test --dry-run",
		Run: func(ctx context.Context, args []string) error {
			found, err := cmdutil.Resolve(ctx, f, api.Users, args[0])
			if err != nil {
				return err
			}
			return setActive(ctx, f, &write, found, "activate", "true")
		},
	}.Command(f)
	write.AddWrite(cmd.Flags())
	return cmd
}

func setActive(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, found *cmdutil.Found[*api.Object], verb, value string) error {
	return cmdutil.Update(ctx, f, resource(), w, found, verb, api.Changes{"isActive": json.RawMessage(value)})
}

func revokeUser(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, found *cmdutil.Found[*api.Object]) error {
	result, err := w.Submit(ctx, f, journal.Operation{
		Effect: journal.Absolute, Kind: api.Users.Kind, Verb: "deactivate", Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("deactivate user %q and revoke its sessions", found.Name),
		Request: api.Request{Method: http.MethodDelete, Path: api.Users.ItemPath(found.ID)},
	})
	if err != nil || result == nil {
		return err
	}
	v, err := api.Users.Decode(result.Data)
	if err != nil {
		return err
	}
	return resource().PrintWritten(f, cmdutil.Did("deactivated", "user", found.Name, found.ID), v)
}
