package journal

// This file is about one thing: moving pending work between machines, and
// keeping the journal's file small.

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	store "github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type fileOptions struct {
	factory *cmdutil.Factory
	file    string
	keep    bool
}

func newExport(f *cmdutil.Factory, run func(context.Context, *fileOptions) error) *cobra.Command {
	o := &fileOptions{factory: f}
	if run == nil {
		run = runExport
	}
	cmd := &cobra.Command{
		Use: "export [FILE]", Args: cmdutil.Args("[FILE]"), Short: "Move operations out as JSON Lines, to a new file or stdout",
		Long: `Moves your operations out of the journal, as JSON Lines for 'vizora journal import'
on another machine. Once the file is whole on the disk they are never sent from
here; 'vizora journal list --all' still shows where they went, and 'vizora journal
retry' or importing the file here takes them back. What is being sent, has an
unknown outcome or belongs to a bulk job stays, and so does what must follow it.

--keep writes a copy and leaves the journal as it is: deliver one of the two only,
or creates are made twice.

The file holds secrets that operations carry; only you can read it.`,
		Example: "  vizora journal export pending.jsonl\n  vizora journal export | ssh other vizora journal import -",
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				o.file = args[0]
			}
			return run(ctx, o)
		}),
	}
	cmd.Flags().BoolVar(&o.keep, "keep", false, "write a copy, and keep the operations here too")
	return cmd
}

func runExport(ctx context.Context, o *fileOptions) error {
	j, err := open(ctx, o.factory)
	if err != nil {
		return err
	}
	report, where, err := o.export(ctx, j)
	if err != nil {
		return err
	}
	o.tell(&report, where)
	return report.Damaged
}

// export writes to stdout, to a pipe or device, or to a new file.
func (o *fileOptions) export(ctx context.Context, j *store.Journal) (report store.ExportReport, where string, err error) {
	if o.file == "" || o.file == "-" {
		report, err = j.Export(ctx, o.factory.IO.Out(), o.keep)
		return report, "", err
	}
	where = " to " + o.file
	if info, err := os.Stat(o.file); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		f, err := os.OpenFile(o.file, os.O_WRONLY, 0)
		if err != nil {
			return report, where, &api.Error{Kind: api.KindLocal, Field: "FILE", Value: o.file, Message: "the export cannot be written: " + err.Error(), Err: err}
		}
		defer func() { _ = f.Close() }()
		report, err = j.Export(ctx, f, o.keep)
		return report, where, err
	}
	report, err = j.ExportFile(ctx, o.file, o.keep)
	return report, where, err
}

// tell says what was moved, and what was not.
func (o *fileOptions) tell(r *store.ExportReport, where string) {
	io := o.factory.IO
	switch {
	case o.keep && r.Count > 0:
		io.Warn("copied %s%s; this journal keeps them too: deliver one of the two only, or creates are made twice", output.Count(r.Count, "operation"), where)
	case r.Count > 0:
		io.Say("moved %s%s; 'vizora journal list --all' shows them, 'vizora journal retry' takes them back", output.Count(r.Count, "operation"), where)
	default:
		io.Say("there is nothing to export")
	}
	if n := len(r.Stay); n > 0 {
		ids := make([]string, 0, n)
		for i := range r.Stay[:min(n, 5)] {
			ids = append(ids, r.Stay[i].ID)
		}
		io.Warn("%s stays, being sent, of unknown outcome, or not to be parted from one that is: %s", output.Count(n, "operation"), strings.Join(ids, " "))
	}
	if r.OfJobs > 0 {
		io.Warn("%s of bulk jobs stay here: vizora bulk list", output.Count(r.OfJobs, "operation"))
	}
	if r.Foreign > 0 {
		io.Warn("%s of another server, organisation or user stay here", output.Count(r.Foreign, "operation"))
	}
	if r.Uploads > 0 {
		io.Warn("%s need their files at the same place on the other machine", output.Count(r.Uploads, "operation"))
	}
}

func newImport(f *cmdutil.Factory, run func(context.Context, *fileOptions) error) *cobra.Command {
	o := &fileOptions{factory: f}
	if run == nil {
		run = runImport
	}
	return &cobra.Command{
		Use: "import FILE", Args: cmdutil.Args("FILE"), Short: "Take in the operations of an export, all or none",
		Long: `Takes in the operations of an export, from a file or with - from stdin. What this
journal holds or has taken in before is left as it is, so that importing twice does
nothing twice; what it had exported itself comes back. Operations of another server,
organisation or user are refused.`,
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
	text := "imported " + output.Count(added, "operation")
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
