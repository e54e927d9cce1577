package profile

// This file is about one thing: "show", the settings and where each comes from.

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

type showOptions struct {
	factory *cmdutil.Factory
	name    string
}

func newShow(f *cmdutil.Factory, run func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{factory: f}
	if run == nil {
		run = runShow
	}
	return &cobra.Command{
		Use: "show [NAME]", Aliases: []string{"get"}, Args: cmdutil.Args("[NAME]"),
		Short: "Show the settings in effect, and where each comes from",
		Long: `Shows every setting that is in effect now, with the flag, environment variable,
profile or file it comes from. With NAME, what the file says of that profile.`,
		Example:           "  vizora profile show\n  vizora profile show production -o json",
		ValidArgsFunction: completeNames(f),
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			if len(args) > 0 {
				o.name = args[0]
			}
			return run(ctx, o)
		}),
	}
}

// details is a profile with the source of each setting.
type details struct {
	Name      string                   `json:"name"`
	Settings  map[string]settingDetail `json:"settings"`
	Config    string                   `json:"configFile"`
	StateDir  string                   `json:"stateDir"`
	CacheDir  string                   `json:"cacheDir"`
	TokenFrom string                   `json:"tokenSource"`
}

type settingDetail struct {
	Value  string `json:"value"`
	Source string `json:"source"`
}

func runShow(_ context.Context, o *showOptions) error {
	cfg, err := o.factory.Config()
	if err != nil {
		return err
	}
	printer, err := o.factory.Printer()
	if err != nil {
		return err
	}
	format, err := o.factory.Format()
	if err != nil {
		return err
	}
	forPeople := format.Name == "table" || format.Name == "wide"
	p, where, err := o.profile(cfg)
	if err != nil {
		return err
	}
	d := details{
		Name: p.Name, Settings: map[string]settingDetail{}, Config: cfg.ConfigFile(), StateDir: cfg.StateDir(p), CacheDir: cfg.CacheDir(p),
		TokenFrom: cfg.Tokens(p).Where(),
	}
	cells := map[string]any{"name": p.Name, "configFile": d.Config, "stateDir": d.StateDir, "cacheDir": d.CacheDir, "tokenSource": d.TokenFrom}
	view := output.View{Kind: "ProfileSettings", IDField: "name", Columns: []output.Column{{Name: "name", Header: "profile"}}}
	for _, k := range config.Keys() {
		value := p.Shown(k.Name)
		d.Settings[k.Name] = settingDetail{Value: value, Source: where(k.Name)}
		switch {
		case value != "" && forPeople:
			cells[k.Name] = value + "  (" + where(k.Name) + ")"
		case value != "":
			cells[k.Name] = value
		}
		view.Columns = append(view.Columns, output.Column{Name: k.Name, Header: k.Name}) // as 'profile set' takes it
	}
	for _, c := range [][2]string{{"tokenSource", "token from"}, {"configFile", "configuration"}, {"stateDir", "state"}, {"cacheDir", "cache"}} {
		view.Columns = append(view.Columns, output.Column{Name: c[0], Header: c[1]})
	}
	return printer.One(view, cmdutil.ObjectRecord{Kind: view.Kind, Value: d, Cells: cells})
}

// profile returns the one asked for and the source of its settings: the current
// one with flags and environment, or a named one as the file has it.
func (o *showOptions) profile(cfg *config.Config) (*config.Profile, func(string) string, error) {
	if o.name == "" {
		p, err := cfg.Current()
		return p, cfg.Where, err
	}
	p, err := cfg.Get(o.name)
	return p, func(key string) string { return cfg.WhereIn(o.name, key) }, err
}
