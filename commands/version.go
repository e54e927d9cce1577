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
	return &cobra.Command{
		Use: "version", Args: cmdutil.Args(), Short: "Show which build this is",
		Example: "  vizora version\n  vizora version -o json",
		RunE: f.RunLocal(func(context.Context, []string) error {
			p, err := f.Printer()
			if err != nil {
				return err
			}
			info := struct {
				cmdutil.Build
				Go       string `json:"go"`
				Platform string `json:"platform"`
			}{f.Build, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			fields := []string{"version", "commit", "date", "go", "platform"}
			view := output.View{Kind: "Version", Fields: fields}
			for _, name := range fields {
				view.Columns = append(view.Columns, output.Column{Name: name, Header: name})
			}
			return p.One(view, cmdutil.ObjectRecord{Kind: "Version", Value: info, Cells: map[string]any{
				"version": info.Version, "commit": orNil(info.Commit), "date": orNil(info.Date), "go": info.Go, "platform": info.Platform,
			}})
		}),
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
