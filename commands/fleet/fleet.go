// Package fleet is the noun "fleet": commands to many displays at once.
package fleet

// This file is about one thing: "command", which tells displays to do something
// now.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// New makes the fleet command.
func New(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("fleet", nil, "Send commands to many displays, and end emergencies",
		`The platform takes ten fleet commands a minute for an organisation, and counts
those that it refuses; after that it must be left alone for a whole minute.`,
		newCommand(f), newOverrides(f), newClear(f))
}

type commandOptions struct {
	factory   *cmdutil.Factory
	write     cmdutil.WriteFlags
	name      string
	display   string
	group     string
	tag       string
	all       bool
	content   string
	minutes   int
	emergency bool
	feed      string
}

func names() []string {
	return []string{"reload", "restart", "reboot", "clear_cache", "push_content", "update"}
}

// durations are the minutes that a push may last (contract rest 17).
func durations() []int { return []int{15, 30, 60, 120, 240} }

func newCommand(f *cmdutil.Factory) *cobra.Command {
	o := &commandOptions{factory: f}
	cmd := cmdutil.Verb{
		Use: "command COMMAND", Args: []string{"COMMAND"}, Aliases: []string{"send"}, Short: "Tell displays to reload, restart, reboot, show content, ...",
		Long: `Tells displays to do something now: reload, restart, reboot, clear_cache,
push_content (with --content) or update (with --feed). Disabled displays are told
too. Before it asks it says how many displays that is.

With --emergency the pushed content goes before everything else, until its time
is over or 'vizora fleet clear' ends it.`,
		Example: "  vizora fleet command reload --display \"Lobby North\" --dry-run\n  vizora fleet command push_content --content \"Opening Hours\" --group \"Ground floor\" --minutes 15 --yes",
		Run: func(ctx context.Context, args []string) error {
			o.name = strings.ReplaceAll(args[0], "-", "_")
			return run(ctx, o)
		},
	}.Command(f)
	cmd.ValidArgs = names()
	fs := cmd.Flags()
	fs.StringVar(&o.display, "display", "", "`NAME|ID` this display")
	fs.StringVar(&o.group, "group", "", "`NAME|ID` the displays of this group")
	fs.StringVar(&o.tag, "tag", "", "`NAME|ID` the displays that carry this tag")
	fs.BoolVar(&o.all, "all", false, "every display of the organisation")
	fs.StringVar(&o.content, "content", "", "`NAME|ID` what push_content shows")
	fs.IntVar(&o.minutes, "minutes", 0, "`N` how long push_content shows it: 15, 30, 60, 120 or 240 (default 60)")
	fs.BoolVar(&o.emergency, "emergency", false, "push_content goes before everything else")
	fs.StringVar(&o.feed, "feed", "", "`URL` where update finds the program")
	o.write.Roles = []string{api.Admin, api.Manager}
	o.write.AddOnline(fs)
	o.write.AddYes(fs)
	return cmd
}

// check refuses what the platform would count and then refuse.
func (o *commandOptions) check() error {
	known := api.Field{Name: "COMMAND", Type: api.TypeEnum, Enum: names()}
	if _, err := known.Parse(o.name); err != nil {
		return err
	}
	targets := 0
	for _, given := range []bool{o.display != "", o.group != "", o.tag != "", o.all} {
		if given {
			targets++
		}
	}
	push := o.name == "push_content"
	switch {
	case targets != 1:
		return cmdutil.Usage("name exactly one target").WithHint("--display, --group, --tag or --all")
	case push && o.content == "":
		return cmdutil.Usage("--content is missing: push_content needs one")
	case !push && (o.content != "" || o.minutes != 0 || o.emergency):
		return cmdutil.Usage("--content, --minutes and --emergency go with push_content")
	case o.minutes != 0 && !slices.Contains(durations(), o.minutes):
		return api.Invalid("--minutes", fmt.Sprint(o.minutes), "is not a time that the platform takes", "one of 15, 30, 60, 120, 240")
	case (o.name == "update") != (o.feed != ""):
		return cmdutil.Usage("--feed goes with update, and update needs it")
	case o.feed != "" && !strings.HasPrefix(o.feed, "https://"):
		return api.Invalid("--feed", o.feed, "is not an https address", "give https://HOST/PATH")
	}
	return nil
}

type target struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// find looks the target up and counts its displays: -1 where that cannot be
// told.
func (o *commandOptions) find(ctx context.Context) (target, string, int, error) {
	f := o.factory
	c, err := f.Client()
	if err != nil {
		return target{}, "", 0, err
	}
	switch {
	case o.display != "":
		found, err := cmdutil.Resolve(ctx, f, api.Displays, o.display)
		if err != nil {
			return target{}, "", 0, err
		}
		return target{"device", found.ID}, fmt.Sprintf("display %q", found.Name), 1, nil
	case o.group != "":
		found, err := cmdutil.Resolve(ctx, f, api.Groups, o.group)
		if err != nil {
			return target{}, "", 0, err
		}
		members, _ := api.Groups.Value(found.Value, "displayIds").([]string)
		return target{"group", found.ID}, fmt.Sprintf("group %q", found.Name), len(members), nil
	}
	rows, err := api.Displays.List(ctx, c, nil, 0)
	if err != nil {
		return target{}, "", 0, err
	}
	if o.all {
		var org struct {
			ID string `json:"id"`
		}
		err := cmdutil.Get(ctx, c, "/organizations/current", &org)
		return target{"organization", org.ID}, "the whole organization", len(rows), err
	}
	id, n := o.tag, 0
	for _, d := range rows {
		for _, link := range d.Tags {
			if link.Tag.ID == o.tag || strings.EqualFold(link.Tag.Name, o.tag) {
				id, n = link.Tag.ID, n+1
			}
		}
	}
	if n == 0 {
		return target{}, "", 0, api.Errorf(api.KindNotFound, "no display carries the tag %q", o.tag).WithHint("'vizora display list -o wide' shows the tags")
	}
	return target{"tag", id}, fmt.Sprintf("tag %q", o.tag), n, nil
}

func run(ctx context.Context, o *commandOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	to, label, n, err := o.find(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return api.Errorf(api.KindNotFound, "%s has no display; nothing was sent", label)
	}
	payload := map[string]any{}
	if o.content != "" {
		id, err := cmdutil.ResolveID(ctx, o.factory, api.Contents, o.content)
		if err != nil {
			return err
		}
		payload["contentId"], payload["duration"] = id, max(o.minutes, 0)
		if o.minutes == 0 {
			payload["duration"] = 60
		}
		if o.emergency {
			payload["priority"] = "emergency"
		}
	}
	if o.feed != "" {
		payload["feedUrl"] = o.feed
	}
	summary := fmt.Sprintf("%s on %s: %s", o.name, output.Count(n, "display"), label)
	if !o.write.DryRun {
		if err := o.factory.Confirm(ctx, o.write.Yes, summary, nil); err != nil {
			return err
		}
	}
	req, err := api.NewRequest(http.MethodPost, "/fleet/commands", map[string]any{"command": o.name, "target": to, "payload": payload})
	if err != nil {
		return err
	}
	if o.emergency || o.feed != "" {
		o.write.Roles = []string{api.Admin}
	}
	result, err := o.write.Submit(ctx, o.factory, journal.Operation{
		Effect: journal.Once, Kind: "FleetCommand", Verb: "command", Target: to.ID, Label: label, OnlineOnly: true, Summary: summary, Request: req,
	})
	if err != nil || result == nil {
		return err
	}
	var sent struct {
		ID        string `json:"commandId"`
		Targeted  int    `json:"devicesTargeted"`
		Online    int    `json:"devicesOnline"`
		Queued    int    `json:"devicesQueued"`
		Delivered int    `json:"devicesDelivered"`
		Failed    int    `json:"devicesFailed"`
	}
	if err := json.Unmarshal(result.Data, &sent); err != nil {
		return err
	}
	o.factory.IO.Say("%s sent to %s (%s): %d displays, %d delivered, %d wait until they connect, %d failed", o.name, label, sent.ID, sent.Targeted, sent.Delivered, sent.Queued, sent.Failed)
	table, err := o.factory.InTable()
	if err != nil || table {
		return err
	}
	return o.factory.PrintObject("FleetCommand", result.Data)
}

// overrideView is an emergency that is on.
func overrideView() *api.Kind[*api.Object] {
	return &api.Kind[*api.Object]{Schema: api.Schema{
		Kind: "FleetOverride", Noun: "override", Plural: "overrides", Path: "/fleet/overrides/active", Unpaged: true, NoGet: true, NameIn: "content", ID: api.UUID,
		Fields: []api.Field{
			{Name: "id", Read: "commandId", Type: api.TypeString, Help: "id", Column: api.Column{Header: "ID"}},
			{Name: "content", Read: "contentTitle", Type: api.TypeString, Help: "what is shown", Column: api.Column{Header: "CONTENT", Priority: 1, Width: 32}},
			{Name: "on", Read: "targetName", Type: api.TypeString, Help: "on which displays", Column: api.Column{Header: "ON", Priority: 2, Width: 28}},
			{Name: "target", Read: "targetType", Type: api.TypeString, Help: "what that is", Column: api.Column{Header: "TARGET", Priority: 5}},
			{Name: "displays", Read: "deviceIds", Type: api.TypeInt, Help: "how many displays", Column: api.Column{Header: "DISPLAYS", Priority: 4}},
			{Name: "expiresAt", Type: api.TypeTime, Help: "until when", Column: api.Column{Header: "UNTIL", Priority: 3}},
			{Name: "startedAt", Type: api.TypeTime, Help: "since when", Column: api.Column{Header: "SINCE", Priority: 6, Wide: true}},
			{Name: "startedBy", Type: api.TypeString, Help: "by whom", Column: api.Column{Header: "BY", Priority: 7, Wide: true}},
			{Name: "contentId", Type: api.TypeString, Help: "id of what is shown"},
			{Name: "displayIds", Read: "deviceIds", Type: api.TypeList, Help: "ids of the displays"},
		},
	}}
}

func newOverrides(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.ListOf(f, cmdutil.Described(overrideView()), "overrides", "List the emergencies that are on", "  vizora fleet overrides\n  vizora fleet overrides -o jq='.[].content'")
}

func newClear(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	cmd := cmdutil.Verb{
		Use: "clear CONTENT|ID", Args: []string{"CONTENT|ID"}, Short: "End an emergency before its time",
		Example: "  vizora fleet clear \"Opening Hours\" --dry-run\n  vizora fleet clear \"Opening Hours\" --yes",
		Run: func(ctx context.Context, args []string) error {
			found, err := cmdutil.Resolve(ctx, f, overrideView(), args[0])
			if err != nil {
				return err
			}
			n, _ := overrideView().Value(found.Value, "displays").(int)
			summary := fmt.Sprintf("end the emergency %q on %d displays", found.Name, n)
			if !write.DryRun {
				if err := f.Confirm(ctx, write.Yes, summary, nil); err != nil {
					return err
				}
			}
			result, err := write.Submit(ctx, f, journal.Operation{
				Effect: journal.Once, Kind: "FleetOverride", Verb: "clear", Target: found.ID, Label: found.Name, OnlineOnly: true, Summary: summary,
				Request: api.Request{Method: http.MethodDelete, Path: "/fleet/overrides/" + api.PathSegment(found.ID)},
			})
			if err != nil || result == nil {
				return err
			}
			return f.PrintAnswer("ended", "FleetOverride", result.Data)
		},
	}.Command(f)
	write.AddOnline(cmd.Flags())
	write.AddYes(cmd.Flags())
	return cmd
}
