package alertrule

// This file is about one thing: adding and removing an alert rule's recipients.

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func newRecipient(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("recipient", []string{"recipients"}, "Add and remove who is told", "", newAdd(f), newRemove(f))
}

func newAdd(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	cmd := cmdutil.Verb{
		Use: "add RULE CHANNEL=TARGET", Args: []string{"RULE", "CHANNEL=TARGET"}, Of: &api.AlertRules.Schema,
		Short:   "Tell one more recipient",
		Example: "  vizora alert-rule recipient add \"Shop windows\" email=night@example.com\n  vizora alert-rule recipient add \"Shop windows\" in_app=viewer@harbour.test --dry-run",
		Run: func(ctx context.Context, args []string) error {
			who, err := parseRecipient(ctx, f, args[1])
			if err != nil {
				return err
			}
			found, err := cmdutil.Resolve(ctx, f, api.AlertRules, args[0])
			if err != nil {
				return err
			}
			for _, r := range recipientsOf(found.Value) { // the platform would keep it twice (contract rest 12)
				if r.recipient == who {
					return api.Invalid("CHANNEL=TARGET", args[1], "is told already", "nothing is to be done")
				}
			}
			req, err := api.NewRequest(http.MethodPost, api.AlertRules.ItemPath(found.ID)+"/recipients", who)
			if err != nil {
				return err
			}
			result, err := write.Submit(ctx, f, journal.Operation{
				Effect: journal.Once, Kind: api.AlertRules.Kind, Verb: "recipient add", Target: found.ID, Label: found.Name,
				Summary: fmt.Sprintf("add recipient %s to alert-rule %q", who, found.Name), Request: req,
			})
			if err != nil || result == nil {
				return err
			}
			return f.PrintAnswer(fmt.Sprintf("added a recipient to alert-rule %q (%s)", found.Name, found.ID), "AlertRecipient", result.Data)
		},
	}.Command(f)
	write.AddWrite(cmd.Flags())
	return cmd
}

func newRemove(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	cmd := cmdutil.Verb{
		Use: "remove RULE TARGET|ID", Args: []string{"RULE", "TARGET|ID"}, Aliases: []string{"rm"}, Of: &api.AlertRules.Schema,
		Short:   "Stop telling a recipient",
		Long:    "Stops telling a recipient, named by its target, by CHANNEL=TARGET or by its id.\nThe platform lets the last one go too: then nobody is told.",
		Example: "  vizora alert-rule recipient remove \"Shop windows\" email=night@example.com --dry-run\n  vizora alert-rule recipient remove \"Shop windows\" night@example.com",
		Run: func(ctx context.Context, args []string) error {
			found, err := cmdutil.Resolve(ctx, f, api.AlertRules, args[0])
			if err != nil {
				return err
			}
			list := recipientsOf(found.Value)
			var known []string
			for _, r := range list {
				if r.ID == args[1] || r.Target == args[1] || r.String() == args[1] {
					if len(list) == 1 {
						f.IO.Warn("this was the last recipient: alert-rule %q now tells nobody", found.Name)
					}
					return remove(ctx, f, &write, found, r.ID, r.recipient)
				}
				known = append(known, r.String())
			}
			e := api.Errorf(api.KindNotFound, "alert-rule %q tells no %q", found.Name, args[1])
			return e.WithHint("it tells %s", strings.Join(known, ", "))
		},
	}.Command(f)
	write.AddWrite(cmd.Flags())
	return cmd
}

func remove(ctx context.Context, f *cmdutil.Factory, w *cmdutil.WriteFlags, found *cmdutil.Found[*api.Object], id string, who recipient) error {
	result, err := w.Submit(ctx, f, journal.Operation{
		Effect: journal.Once, Kind: api.AlertRules.Kind, Verb: "recipient remove", Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("remove recipient %s from alert-rule %q", who, found.Name),
		Request: api.Request{Method: http.MethodDelete, Path: api.AlertRules.ItemPath(found.ID) + "/recipients/" + api.PathSegment(id)},
	})
	if err != nil || result == nil {
		return err
	}
	f.IO.Say("alert-rule %q (%s) no longer tells %s", found.Name, found.ID, who)
	return nil
}
