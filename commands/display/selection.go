package display

// This file is about one thing: finding the displays that arguments and
// selectors name.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/where"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

// findDisplays finds the displays that the arguments name, each once. One is
// read by itself; for several the list is read once.
func findDisplays(ctx context.Context, f *cmdutil.Factory, c *api.Client, args []string) ([]*api.Display, error) {
	if len(args) == 1 {
		found, err := cmdutil.Resolve(ctx, f, api.Displays, args[0])
		if err != nil {
			return nil, err
		}
		return []*api.Display{found.Value}, nil
	}
	rows, err := api.Displays.List(ctx, c, nil, 0)
	if err != nil {
		return nil, err
	}
	return pick(rows, args)
}

func pick(rows []*api.Display, args []string) ([]*api.Display, error) {
	var picked []*api.Display
	for _, arg := range args {
		d, err := cmdutil.Pick(api.Displays, rows, arg)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(picked, func(p *api.Display) bool { return p.ID == d.ID }) {
			picked = append(picked, d)
		}
	}
	return picked, nil
}

// selection is displays chosen by names and by what they have in common.
type selection struct {
	args   []string
	all    bool
	groups []string
	status []string
	tags   []string
	where  string

	cond *where.Cond // of where
}

func (s *selection) addFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.BoolVar(&s.all, "all", false, "every display")
	fs.StringSliceVar(&s.groups, "group", nil, "`NAME|ID` the displays of this group, besides those named")
	fs.StringSliceVar(&s.status, "status", nil, "`VALUE` of these only those with this status: "+strings.Join(statuses(), ", "))
	fs.StringSliceVar(&s.tags, "tag", nil, "`NAME` of these only those that carry this tag; repeat for either of several")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(statuses(), cobra.ShellCompDirectiveNoFileComp))
}

func statuses() []string { return api.Displays.Field("status").Enum }

// filtered reports whether anything but names chooses.
func (s *selection) filtered() bool {
	return s.all || len(s.groups)+len(s.status)+len(s.tags) > 0 || s.where != ""
}

// check refuses what makes no sense, before anything is sent.
func (s *selection) check() error {
	switch {
	case len(s.args) == 0 && !s.filtered():
		return cmdutil.Usage("no display is named").WithHint("name displays, or choose them with --all, --group, --status, --tag or --where")
	case s.all && (len(s.args) > 0 || len(s.groups) > 0):
		return cmdutil.Usage("--all already means every display").WithHint("leave out --all, or the names and --group")
	}
	for _, v := range s.status {
		f := api.Field{Name: "status", Flag: "status", Type: api.TypeEnum, Enum: statuses()}
		if _, err := f.Parse(v); err != nil {
			return err
		}
	}
	if s.where == "" {
		return nil
	}
	cond, err := cmdutil.Condition("--where", s.where, api.Displays.FieldNames())
	s.cond = cond
	return err
}

// find reads the displays. Filters narrow what names and groups chose, or the
// whole fleet where neither is given: the server filters by nothing (contract
// rest 25, item 11).
func (s *selection) find(ctx context.Context, f *cmdutil.Factory, c *api.Client) ([]*api.Display, error) {
	if !s.filtered() {
		return findDisplays(ctx, f, c, s.args)
	}
	f.WarnOfStrangers(s.cond, &api.Displays.Schema)
	rows, err := api.Displays.List(ctx, c, nil, 0)
	if err != nil {
		return nil, err
	}
	if err := s.checkTags(rows); err != nil {
		return nil, err
	}
	chosen, err := s.chosen(ctx, f, c, rows)
	if err != nil {
		return nil, err
	}
	chosen = slices.DeleteFunc(chosen, func(d *api.Display) bool { return !s.keeps(d) })
	if len(chosen) == 0 {
		return nil, api.Errorf(api.KindNotFound, "no display fits the selection; nothing was sent").
			WithHint("'vizora display list -o wide' shows status and tags")
	}
	return chosen, nil
}

// chosen is what names and groups say, before the filters.
func (s *selection) chosen(ctx context.Context, f *cmdutil.Factory, c *api.Client, rows []*api.Display) ([]*api.Display, error) {
	if len(s.args) == 0 && len(s.groups) == 0 {
		return rows, nil
	}
	wanted := map[string]bool{}
	named, err := pick(rows, s.args)
	if err != nil {
		return nil, err
	}
	for i := range named {
		wanted[named[i].ID] = true
	}
	for _, group := range s.groups {
		members, err := groupMembers(ctx, f, c, group)
		if err != nil {
			return nil, err
		}
		for _, id := range members {
			wanted[id] = true
		}
	}
	return slices.DeleteFunc(rows, func(d *api.Display) bool { return !wanted[d.ID] }), nil
}

func (s *selection) keeps(d *api.Display) bool {
	if len(s.status) > 0 && !slices.Contains(s.status, d.Status) {
		return false
	}
	if s.cond != nil && !s.cond.Test(func(name string) any { return api.Displays.Value(d, name) }) {
		return false
	}
	return len(s.tags) == 0 || slices.ContainsFunc(d.Tags, func(l api.TagLink) bool {
		return slices.ContainsFunc(s.tags, func(name string) bool { return carries(l, name) })
	})
}

func carries(l api.TagLink, name string) bool {
	return l.Tag.ID == name || strings.EqualFold(l.Tag.Name, name)
}

// checkTags tells a tag that no display carries from an empty choice.
func (s *selection) checkTags(rows []*api.Display) error {
	known := &tagSet{}
	for i := range rows {
		known.addLinks(rows[i].Tags)
	}
	for _, name := range s.tags {
		if _, err := known.find(name); err != nil {
			e := cmdutil.AsError(err)
			e.Message, e.Hint = fmt.Sprintf("--tag: no display carries a tag named %q", name), known.near(name)
			return e
		}
	}
	return nil
}

// groupMembers reads the ids of a display group's displays.
func groupMembers(ctx context.Context, f *cmdutil.Factory, c *api.Client, arg string) ([]string, error) {
	groups := api.Groups.Rows()
	id, err := cmdutil.ResolveID(ctx, f, groups, arg)
	if err != nil {
		return nil, err
	}
	var group struct {
		Displays []struct {
			DisplayID string `json:"displayId"`
		} `json:"displays"`
	}
	if err := cmdutil.Get(ctx, c, groups.ItemPath(id), &group); err != nil {
		return nil, err
	}
	ids := make([]string, len(group.Displays))
	for i, m := range group.Displays {
		ids[i] = m.DisplayID
	}
	return ids, nil
}
