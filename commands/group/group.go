// Package group is the noun "group".
package group

// This file is about one thing: the group command: its members, and what a
// deleted group takes along.

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// New makes the group command.
func New(f *cmdutil.Factory) *cobra.Command {
	return resource().Command(f, newMembers(f, adding(), nil), newMembers(f, removing(), nil))
}

func resource() *cmdutil.Resource[*api.Object] {
	r := cmdutil.Described(api.Groups)
	r.Takes = takes
	return r
}

// takes names the schedules that go with a group (contract rest 25, item 1).
func takes(ctx context.Context, c *api.Client, found *cmdutil.Found[*api.Object]) ([]string, error) {
	schedules, err := api.Schedules.List(ctx, c, nil, 0)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, s := range schedules {
		if s.GroupID != nil && *s.GroupID == found.ID {
			lines = append(lines, fmt.Sprintf("schedule %q (%s) is deleted with group %q", s.Name, s.ID, found.Name))
		}
	}
	return lines, nil
}

// change is one of the two verbs about members.
type change struct {
	verb, alias, method, past, short, example string
}

func adding() change {
	return change{"add", "add-display", http.MethodPost, "added to", "Put displays into a group",
		"  vizora group add \"Ground floor\" \"Lobby North\" \"Lobby South\"\n  vizora group add \"Ground floor\" \"Lobby North\" --dry-run"}
}

func removing() change {
	return change{"remove", "remove-display", http.MethodDelete, "taken out of", "Take displays out of a group",
		"  vizora group remove \"Ground floor\" \"Lobby North\" --dry-run\n  vizora group remove \"Ground floor\" \"Lobby North\""}
}

type membersOptions struct {
	factory *cmdutil.Factory
	write   cmdutil.WriteFlags
	change  change
	group   string
	args    []string
}

func newMembers(f *cmdutil.Factory, ch change, run func(context.Context, *membersOptions) error) *cobra.Command {
	o := &membersOptions{factory: f, change: ch}
	if run == nil {
		run = runMembers
	}
	group, display := cmdutil.CompleteResource(f, &api.Groups.Schema), cmdutil.CompleteResource(f, &api.Displays.Schema)
	cmd := &cobra.Command{
		Use: ch.verb + " GROUP DISPLAY...", Aliases: []string{ch.alias}, Args: cmdutil.Args("GROUP", "DISPLAY..."),
		Short: ch.short, Example: ch.example,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return group(cmd, args, typed)
			}
			return display(cmd, args, typed)
		},
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.group, o.args = args[0], args[1:]
			return run(ctx, o)
		}),
	}
	o.write.Roles = []string{api.Admin, api.Manager}
	o.write.AddWrite(cmd.Flags())
	return cmd
}

// most is how many displays one request names: the server takes bodies of
// 100 kB (contract rest 1.1).
const most = 1000

func runMembers(ctx context.Context, o *membersOptions) error {
	found, err := cmdutil.Resolve(ctx, o.factory, api.Groups, o.group)
	if err != nil {
		return err
	}
	ids, err := cmdutil.ResolveIDs(ctx, o.factory, api.Displays, o.args)
	if err != nil {
		return err
	}
	for len(ids) > 0 {
		n := min(most, len(ids))
		if err := o.send(ctx, found, ids[:n]); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (o *membersOptions) send(ctx context.Context, found *cmdutil.Found[*api.Object], ids []string) error {
	displays := fmt.Sprintf("%d displays", len(ids))
	if len(ids) == 1 {
		displays = "1 display"
	}
	req, err := api.NewRequest(o.change.method, api.Groups.ItemPath(found.ID)+"/displays", map[string][]string{"displayIds": ids})
	if err != nil {
		return err
	}
	result, err := o.write.Submit(ctx, o.factory, journal.Operation{
		Effect: journal.Absolute, Kind: api.Groups.Kind, Verb: o.change.verb, Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("%s %s: group %q", o.change.verb, displays, found.Name), Request: req,
	})
	if err != nil || result == nil {
		return err
	}
	v, err := api.Groups.Decode(result.Data)
	if err != nil {
		return err
	}
	return resource().PrintWritten(o.factory, cmdutil.Did(displays+" "+o.change.past, "group", api.Groups.NameOf(v), found.ID), v)
}
