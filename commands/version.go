package commands

// This file is about one thing: "version".

import (
	"context"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

func newVersion(f *cmdutil.Factory) *cobra.Command {
	check := false
	cmd := &cobra.Command{
		Use: "version", Args: cmdutil.Args(), Short: "Show which build this is",
		Long: `Shows which build this is. --check asks the project's release page for the newest
one; nothing is sent along but the question.`,
		Example: "  vizora version\n  vizora version -o json",
		RunE:    f.RunLocal(func(ctx context.Context, _ []string) error { return runVersion(ctx, f, check) }),
	}
	cmd.Flags().BoolVar(&check, "check", false, "also ask which release is the newest")
	return cmd
}

func runVersion(ctx context.Context, f *cmdutil.Factory, check bool) error {
	p, err := f.Printer()
	if err != nil {
		return err
	}
	info := struct {
		cmdutil.Build
		Go       string `json:"go"`
		Platform string `json:"platform"`
		Latest   string `json:"latest,omitempty"`
	}{Build: f.Build, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	fields := []string{"version", "commit", "date", "go", "platform"}
	if check {
		latest, err := f.LatestRelease(ctx)
		if err != nil {
			return err
		}
		info.Latest, fields = latest.Version, append(fields, "latest")
		if cmdutil.Newer(latest.Version, f.Build.Version) {
			f.IO.Say("a newer release is out: %s", latest.Page)
		}
	}
	view := output.View{Kind: "Version", Fields: fields}
	for _, name := range fields {
		view.Columns = append(view.Columns, output.Column{Name: name, Header: name})
	}
	return p.One(view, cmdutil.ObjectRecord{Kind: "Version", Value: info, Cells: map[string]any{
		"version": info.Version, "commit": orNil(info.Commit), "date": orNil(info.Date), "go": info.Go, "platform": info.Platform, "latest": orNil(info.Latest),
	}})
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
