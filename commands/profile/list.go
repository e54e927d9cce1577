package profile

// This file is about one thing: "list".

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

type listOptions struct {
	factory *cmdutil.Factory
	narrow  cmdutil.Narrow
}

func newList(f *cmdutil.Factory, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{factory: f}
	if run == nil {
		run = runList
	}
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Args: cmdutil.Args(), Short: "List the profiles",
		Example: "  vizora profile list\n  vizora profile list -o name",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	o.narrow.Add(cmd, listView().ColumnNames())
	return cmd
}

// entry is a profile in a list.
type entry struct {
	Name         string `json:"name"`
	Current      bool   `json:"current"`
	URL          string `json:"url"`
	Email        string `json:"email"`
	Organization string `json:"organization"`
	Protected    bool   `json:"protected"`
}

func listView() output.View {
	return output.View{
		Kind: "Profile", IDField: "name",
		Columns: []output.Column{
			{Name: "name", Header: "NAME"}, {Name: "current", Header: "CURRENT"}, {Name: "url", Header: "URL"},
			{Name: "email", Header: "E-MAIL", Priority: 1}, {Name: "organization", Header: "ORGANIZATION", Priority: 2}, {Name: "protected", Header: "PROTECTED", Wide: true},
		},
	}
}

func (e entry) record() output.Record {
	return cmdutil.ObjectRecord{Kind: "Profile", Value: e, Cells: map[string]any{
		"name": e.Name, "current": e.Current, "url": e.URL, "email": e.Email, "organization": e.Organization, "protected": e.Protected,
	}}
}

func entryOf(cfg *config.Config, p *config.Profile) entry {
	current, _ := cfg.CurrentName()
	return entry{Name: p.Name, Current: p.Name == current, URL: p.URL, Email: p.Email, Organization: p.Organization, Protected: p.Protected}
}

func runList(_ context.Context, o *listOptions) error {
	cfg, err := o.factory.Config()
	if err != nil {
		return err
	}
	printer, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(printer, listView()); err != nil {
		return err
	}
	var records []output.Record
	for _, name := range cfg.Names() {
		p, err := cfg.Get(name)
		if err != nil {
			return err
		}
		records = append(records, entryOf(cfg, p).record())
	}
	return o.narrow.List(printer, listView(), records)
}

// printWritten says what was done and, in any format but the tables, prints the
// profile as data.
func printWritten(f *cmdutil.Factory, cfg *config.Config, name, did string) error {
	f.IO.Say("%s", did)
	format, err := f.Format()
	if err != nil || format.Name == "table" || format.Name == "wide" {
		return err
	}
	printer, err := f.Printer()
	if err != nil {
		return err
	}
	p, err := cfg.Get(name)
	if err != nil {
		return err
	}
	return printer.One(listView(), entryOf(cfg, p).record())
}
