package journal

// This file is about one thing: moving pending work between machines, and
// keeping the journal's file small.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type fileOptions struct {
	factory *cmdutil.Factory
	file    string
}

func newExport(f *cmdutil.Factory, run func(context.Context, *fileOptions) error) *cobra.Command {
	o := &fileOptions{factory: f}
	if run == nil {
		run = runExport
	}
	return &cobra.Command{
		Use: "export [FILE]", Args: cmdutil.Args("[FILE]"), Short: "Write all operations as JSON Lines, to stdout or a file",
		Long: `Writes all operations as JSON Lines. The journal keeps them: after an import on
another machine, drop them here, or both will deliver them.`,
		Example: "  vizora journal export pending.jsonl\n  vizora journal export | ssh other vizora journal import -",
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				o.file = args[0]
			}
			return run(ctx, o)
		}),
	}
}

func runExport(ctx context.Context, o *fileOptions) (err error) {
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	if o.file == "" || o.file == "-" {
		n, err := j.Export(ctx, o.factory.IO.Out())
		if err == nil {
			o.tellKept(n, "")
		}
		return err
	}
	n, err := exportTo(o.file, func(w io.Writer) (int, error) { return j.Export(ctx, w) })
	if err == nil {
		o.tellKept(n, " to "+o.file)
	}
	return err
}

// tellKept says that an export is a copy: two journals that hold a create both
// carry it out.
func (o *fileOptions) tellKept(n int, where string) {
	text := ""
	if n > 0 {
		text = "; this journal keeps them too: after the import elsewhere take them out here with 'vizora journal drop', or both will deliver them"
	}
	o.factory.IO.Say("exported %s%s%s", count(n), where, text)
}

// count names a number of operations.
func count(n int) string {
	if n == 1 {
		return "1 operation"
	}
	return fmt.Sprintf("%d operations", n)
}

// exportTo writes beside the file and renames, so that a failed export leaves
// the old one.
func exportTo(file string, write func(io.Writer) (int, error)) (n int, err error) {
	temp, err := os.CreateTemp(filepath.Dir(file), ".vizora-export-*")
	if err != nil {
		return 0, &api.Error{Kind: api.KindLocal, Field: "FILE", Value: file, Message: "the export cannot be written: " + err.Error(), Err: err}
	}
	n, err = write(temp)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return 0, &api.Error{Kind: api.KindLocal, Field: "FILE", Value: file, Message: "the export cannot be written: " + err.Error(), Err: err}
	}
	return n, nil
}

func newImport(f *cmdutil.Factory, run func(context.Context, *fileOptions) error) *cobra.Command {
	o := &fileOptions{factory: f}
	if run == nil {
		run = runImport
	}
	return &cobra.Command{
		Use: "import FILE", Args: cmdutil.Args("FILE"), Short: "Take in the operations of an export, all or none",
		Long: `Takes in the operations of an export, from a file or with - from stdin. Operations
of another server, organisation or user are refused.`,
		Example: "  vizora journal import pending.jsonl\n  vizora journal import - < pending.jsonl",
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.file = args[0]
			return run(ctx, o)
		}),
	}
}

func runImport(ctx context.Context, o *fileOptions) error {
	from := o.factory.IO.In()
	if o.file != "-" {
		file, err := os.Open(o.file)
		if err != nil {
			return &api.Error{Kind: api.KindInvalid, Field: "FILE", Value: o.file, Message: "the export cannot be read: " + err.Error(), Err: err}
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	added, known, err := j.Import(ctx, from)
	if err != nil {
		return err
	}
	text := "imported " + count(added)
	if known > 0 {
		text += fmt.Sprintf("; %d were here already", known)
	}
	o.factory.IO.Say("%s", text)
	return nil
}

func newCompact(f *cmdutil.Factory, run func(context.Context, *fileOptions) error) *cobra.Command {
	o := &fileOptions{factory: f}
	if run == nil {
		run = runCompact
	}
	return &cobra.Command{
		Use: "compact", Args: cmdutil.Args(), Short: "Rewrite the journal's file without free space",
		Example: "  vizora journal compact\n  vizora journal compact -o json",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
}

func runCompact(ctx context.Context, o *fileOptions) error {
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	report, err := j.Compact(ctx)
	if err != nil {
		return err
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	view := output.View{Kind: "CompactReport", Fields: []string{"before", "after"}, Columns: []output.Column{{Name: "before", Header: "BEFORE"}, {Name: "after", Header: "AFTER"}}}
	return p.One(view, cmdutil.ObjectRecord{Kind: "CompactReport",
		Value: map[string]int64{"before": report.Before, "after": report.After},
		Cells: map[string]any{"before": output.ByteSize(report.Before), "after": output.ByteSize(report.After)}})
}
