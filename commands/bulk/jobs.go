package bulk

// This file is about one thing: looking at jobs, and going on with them.

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// jobView is a job as it is shown.
type jobView struct {
	Name    string    `json:"name"`
	State   string    `json:"state"` // "done", "open", "failed": done, but not all of it applied, or "damaged": a record cannot be read
	What    string    `json:"what"`
	From    string    `json:"from,omitempty"`
	Of      string    `json:"of,omitempty"`
	Created time.Time `json:"created,omitzero"`
	cmdutil.Tally
}

func viewOf(ctx context.Context, j *journal.Journal, job *journal.Job) (jobView, error) {
	var t cmdutil.Tally
	var err error
	n := cmdutil.NoteOf(job)
	if n.All != nil {
		t = *n.All
	} else if t, err = cmdutil.TallyJob(ctx, j, job.Name); err != nil && !journal.IsDamage(err) {
		return jobView{}, err
	}
	v := jobView{Name: job.Name, State: "done", What: n.What, From: n.From, Of: n.Of, Created: job.Created, Tally: t}
	switch {
	case err != nil || job.Damage != nil:
		v.State = "damaged"
	case t.Skipped > 0 || !job.Ready:
		v.State = "open"
	case t.Failed() > 0:
		v.State = "failed"
	}
	return v, err
}

func (v *jobView) record() output.Record {
	return cmdutil.ObjectRecord{Kind: "BulkJob", Value: v, Cells: map[string]any{
		"name": v.Name, "state": v.State, "what": v.What, "from": v.From + v.Of, "created": v.Created, "total": v.Total,
		"applied": v.Applied, "failed": v.Failed(), "left": v.Skipped, "conflict": v.Conflict, "rejected": v.Rejected, "unknown": v.Unknown,
	}}
}

func jobColumns() output.View {
	return output.View{
		Kind: "BulkJob", Plural: "jobs", IDField: "name",
		Fields: []string{"name", "state", "what", "from", "created", "total", "applied", "conflict", "rejected", "unknown", "left"},
		Columns: []output.Column{
			{Name: "name", Header: "JOB"},
			{Name: "state", Header: "STATE", Priority: 1, Styles: map[string]output.Style{"done": output.Good, "failed": output.Bad, "damaged": output.Bad, "open": output.Warning}},
			{Name: "total", Header: "ITEMS", Priority: 2, Right: true}, {Name: "applied", Header: "APPLIED", Priority: 3, Right: true},
			{Name: "failed", Header: "FAILED", Priority: 3, Right: true}, {Name: "left", Header: "LEFT", Priority: 3, Right: true},
			{Name: "what", Header: "WHAT", Priority: 4}, {Name: "from", Header: "FROM", Priority: 6, Max: 32}, {Name: "created", Header: "CREATED", Priority: 5},
		},
	}
}

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
		Use: "list", Aliases: []string{"ls"}, Args: cmdutil.Args(), Short: "List jobs, finished ones too",
		Example: "  vizora bulk list\n  vizora bulk list --where 'state == \"open\"' --sort created:desc -o name",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	o.narrow.Add(cmd, jobColumns().ColumnNames())
	return cmd
}

func runList(ctx context.Context, o *listOptions) error {
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	if err := o.narrow.Check(p, jobColumns()); err != nil {
		return err
	}
	j, err := o.factory.Journal(ctx)
	if err != nil {
		return err
	}
	jobs, damaged := j.Jobs(ctx)
	if damaged != nil && !journal.IsDamage(damaged) {
		return damaged
	}
	records := make([]output.Record, len(jobs))
	for i := range jobs {
		v, err := viewOf(ctx, j, &jobs[i])
		if err != nil && !journal.IsDamage(err) {
			return err
		}
		if damaged == nil {
			damaged = err
		}
		records[i] = v.record()
	}
	if err := o.narrow.List(p, jobColumns(), records); err != nil {
		return err
	}
	return damaged
}

func newShow(f *cmdutil.Factory, run func(context.Context, *cmdutil.Factory, string) error) *cobra.Command {
	if run == nil {
		run = runShow
	}
	return &cobra.Command{
		Use: "show JOB", Aliases: []string{"get"}, Args: cmdutil.Args("JOB"), Short: "Show how far a job is",
		Example: "  vizora bulk show nightly\n  vizora bulk show nightly -o jq=.skipped",
		RunE:    f.RunPlain(func(ctx context.Context, args []string) error { return run(ctx, f, args[0]) }),
	}
}

func runShow(ctx context.Context, f *cmdutil.Factory, name string) error {
	j, job, err := find(ctx, f, name)
	if err != nil {
		return err
	}
	v, err := viewOf(ctx, j, job)
	if err != nil {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	return p.One(jobColumns(), v.record())
}

// find returns a job, or says which one may have been meant.
func find(ctx context.Context, f *cmdutil.Factory, name string) (*journal.Journal, *journal.Job, error) {
	j, err := f.Journal(ctx)
	if err != nil {
		return nil, nil, err
	}
	job, err := j.Job(ctx, name)
	if !api.IsKind(err, api.KindNotFound) {
		return j, job, err
	}
	e := cmdutil.AsError(err)
	e.Hint = "vizora bulk list shows what there is"
	if near := api.DidYouMean(name, jobNames(ctx, j), ""); near != "" {
		e.Hint = near
	}
	return nil, nil, e
}

func jobNames(ctx context.Context, j *journal.Journal) []string {
	jobs, err := j.Jobs(ctx)
	if err != nil && !journal.IsDamage(err) {
		return nil
	}
	names := make([]string, len(jobs))
	for i := range jobs {
		names[i] = jobs[i].Name
	}
	return names
}

type resumeOptions struct {
	factory *cmdutil.Factory
	job     cmdutil.JobFlags
	retry   bool
}

func newResume(f *cmdutil.Factory, run func(context.Context, *resumeOptions) error) *cobra.Command {
	o := &resumeOptions{factory: f}
	if run == nil {
		run = runResume
	}
	cmd := &cobra.Command{
		Use: "resume JOB", Args: cmdutil.Args("JOB"), Short: "Go on with a job that was interrupted",
		Long: `Sends what is left of a job. What may have been applied when it was cut off is
looked for on the server first, and never sent twice.`,
		Example: "  vizora bulk resume nightly\n  vizora bulk resume nightly --retry-rejected --workers 8",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Patient()
			return f.RunPlain(func(ctx context.Context, args []string) error {
				o.job.Name = args[0]
				return run(ctx, o)
			})(cmd, args)
		},
	}
	o.job.AddRun(cmd.Flags())
	cmd.Flags().BoolVar(&o.retry, "retry-rejected", false, "send what the server refused once more")
	return cmd
}

func runResume(ctx context.Context, o *resumeOptions) error {
	if err := o.job.Check(); err != nil {
		return err
	}
	f := o.factory
	j, job, err := find(ctx, f, o.job.Name)
	if err != nil {
		return err
	}
	if o.retry {
		if err := retryRejected(ctx, j, job.Name); err != nil {
			return err
		}
	}
	_, err = cmdutil.RunJob(ctx, f, job.Name, &o.job)
	return cmdutil.PrintJob(ctx, f, job.Name, err)
}

func retryRejected(ctx context.Context, j *journal.Journal, name string) error {
	ops, err := j.List(ctx, journal.Filter{Job: name, States: []journal.State{journal.Rejected}})
	if err != nil {
		return err
	}
	for i := range ops {
		if _, err := j.Retry(ctx, ops[i].ID); err != nil {
			return err
		}
	}
	return nil
}

type reportOptions struct {
	factory *cmdutil.Factory
	name    string
	failed  bool
	junit   bool
}

func newReport(f *cmdutil.Factory, run func(context.Context, *reportOptions) error) *cobra.Command {
	o := &reportOptions{factory: f}
	if run == nil {
		run = runReport
	}
	cmd := &cobra.Command{
		Use: "report JOB", Args: cmdutil.Args("JOB"), Short: "Tell item by item what became of a job",
		Long: `Each item is applied, conflict (the remote was changed meanwhile, and won),
rejected (the server refused it), unknown (sent, and the answer was lost) or
skipped (not sent yet). -o junit writes JUnit XML, which CI systems show.`,
		Example: "  vizora bulk report nightly --failed\n  vizora bulk report nightly -o junit",
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if f.Global.Output == "junit" {
				f.Global.Output, o.junit = "", true
			}
			return f.CheckGlobals()
		},
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.name = args[0]
			return run(ctx, o)
		}),
	}
	cmd.Flags().BoolVar(&o.failed, "failed", false, "only what is not applied")
	return cmd
}

func runReport(ctx context.Context, o *reportOptions) error {
	_, job, err := find(ctx, o.factory, o.name)
	if err != nil {
		return err
	}
	if o.junit {
		return cmdutil.JUnit(ctx, o.factory, job.Name)
	}
	return cmdutil.ReportJob(ctx, o.factory, job.Name, func(i *cmdutil.JobItem) bool { return !o.failed || i.Result != "applied" })
}

type removeOptions struct {
	factory *cmdutil.Factory
	name    string
	yes     bool
}

func newRemove(f *cmdutil.Factory, run func(context.Context, *removeOptions) error) *cobra.Command {
	o := &removeOptions{factory: f}
	if run == nil {
		run = runRemove
	}
	cmd := &cobra.Command{
		Use: "remove JOB", Aliases: []string{"rm", "delete"}, Args: cmdutil.Args("JOB"),
		Short:   "Forget a job, its report and its undo; what is left of it is not sent",
		Example: "  vizora bulk remove nightly\n  vizora bulk remove nightly --yes",
		RunE: f.RunPlain(func(ctx context.Context, args []string) error {
			o.name = args[0]
			return run(ctx, o)
		}),
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func runRemove(ctx context.Context, o *removeOptions) error {
	j, job, err := find(ctx, o.factory, o.name)
	if journal.IsDamage(err) {
		job, err = &journal.Job{Name: o.name}, nil // it can go all the same
	}
	if err != nil {
		return err
	}
	v, err := viewOf(ctx, j, job)
	if err != nil {
		return err
	}
	if v.Skipped > 0 {
		if err := o.factory.Confirm(ctx, o.yes, "remove job "+job.Name, []string{output.Count(v.Skipped, "item") + " were not sent yet, and never will be"}); err != nil {
			return err
		}
	}
	if err := j.RemoveJob(ctx, job.Name); err != nil {
		return err
	}
	o.factory.IO.Say("removed job %s", job.Name)
	return nil
}
