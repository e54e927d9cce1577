package org

// This file is about one thing: branding and feature flags.

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
)

func newBranding(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Group("branding", nil, "Show and change name, colours and logo", "", newBrandingShow(f), newBrandingSet(f))
}

func newBrandingShow(f *cmdutil.Factory) *cobra.Command {
	return cmdutil.Verb{
		Use: "show", Aliases: []string{"get"}, Short: "Show the branding", Example: "  vizora org branding show\n  vizora org branding show -o jq=.primaryColor",
		Run: func(ctx context.Context, _ []string) error {
			_, now, err := branding(ctx, f)
			if err != nil {
				return err
			}
			return f.PrintObject("Branding", now)
		},
	}.Command(f)
}

func branding(ctx context.Context, f *cmdutil.Factory) (*current, json.RawMessage, error) {
	org, err := findCurrent(ctx, f)
	if err != nil {
		return nil, nil, err
	}
	var now json.RawMessage
	err = get(ctx, f, api.OrgFields().ItemPath(org.ID)+"/branding", &now)
	return org, now, err
}

func newBrandingSet(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	var fields *cmdutil.FieldFlags
	schema := api.BrandingFields()
	cmd := cmdutil.Verb{
		Use: "set", Aliases: []string{"update"}, Short: "Change some of the branding and keep the rest",
		Long:    "Changes what is given. The platform takes the branding whole, so the rest is read\nfirst and sent along.",
		Example: "  vizora org branding set --primary-color '#0055aa'\n  vizora org branding set --font serif --powered-by=false --dry-run",
		Run: func(ctx context.Context, _ []string) error {
			given, err := fields.Given(nil)
			if err != nil {
				return err
			}
			if len(given) == 0 {
				return cmdutil.Usage("nothing to change").WithHint("give at least one of %s", fields.Flags())
			}
			org, now, err := branding(ctx, f)
			if err != nil {
				return err
			}
			values, err := schema.Values(now)
			if err != nil {
				return err
			}
			for name, raw := range values {
				if _, said := given[name]; !said && string(raw) != "null" && string(raw) != `""` {
					given[name] = raw
				}
			}
			body, err := schema.Body(given)
			if err != nil {
				return err
			}
			return put(ctx, f, &write, org, "branding", "Organization", api.Request{Method: http.MethodPut, Path: api.OrgFields().ItemPath(org.ID) + "/branding", Body: body})
		},
	}.Command(f)
	fields = cmdutil.AddFields(cmd, schema, false)
	write.AddWrite(cmd.Flags())
	return cmd
}

// flagNames are the feature flags there are (contract rest 13).
func flagNames() []string {
	return []string{"weatherWidget", "rssWidget", "clockWidget", "fleetControl", "contentModeration", "customBranding", "advancedAnalytics", "emergencyOverride"}
}

func newFlags(f *cmdutil.Factory) *cobra.Command {
	write := cmdutil.WriteFlags{Roles: []string{api.Admin}}
	cmd := cmdutil.Verb{
		Use: "flags [NAME=true|false...]", Args: []string{"[NAME=true|false...]"}, Short: "Show or set the feature flags",
		Long:    "Shows or sets the feature flags. They are a hint to the dashboard: the server\nallows the same with and without them.",
		Example: "  vizora org flags\n  vizora org flags rssWidget=false fleetControl=true --dry-run",
		Run: func(ctx context.Context, args []string) error {
			if len(args) == 0 {
				var now json.RawMessage
				if err := get(ctx, f, path+"/feature-flags", &now); err != nil {
					return err
				}
				return f.PrintObject("FeatureFlags", now)
			}
			body := map[string]json.RawMessage{}
			for _, arg := range args {
				name, value, _ := strings.Cut(arg, "=")
				known := api.Field{Name: "NAME", Type: api.TypeEnum, Enum: flagNames()}
				if _, err := known.Parse(name); err != nil {
					return err
				}
				raw, err := (&api.Field{Name: name, Type: api.TypeBool}).Parse(value)
				if err != nil {
					return err
				}
				body[name] = raw
			}
			org, err := findCurrent(ctx, f)
			if err != nil {
				return err
			}
			req, err := api.NewRequest(http.MethodPatch, path+"/feature-flags", body)
			if err != nil {
				return err
			}
			return put(ctx, f, &write, org, "feature flags", "FeatureFlags", req)
		},
	}.Command(f)
	write.AddWrite(cmd.Flags())
	return cmd
}
