package bulk

// This file is about one thing: "apply": carrying a plan out as one job.

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type applyOptions struct {
	declaration
	job    cmdutil.JobFlags
	dryRun bool
	async  bool
	yes    bool
}

// NewApply makes the apply command.
func NewApply(f *cmdutil.Factory) *cobra.Command { return newApply(f, nil) }

func newApply(f *cmdutil.Factory, run func(context.Context, *applyOptions) error) *cobra.Command {
	o := &applyOptions{declaration: declaration{factory: f}}
	if run == nil {
		run = runApply
	}
	cmd := &cobra.Command{
		Use: "apply FILE|DIR...|PLAN", Args: cmdutil.Args("FILE|DIR|-|PLAN..."),
		Short: "Make the server as YAML files declare it, or carry out a saved plan",
		Long: `Plans as 'vizora plan' does and carries the plan out as one job, which can be
interrupted, resumed and undone like any ('vizora help jobs'). What is as declared
is left alone, so that a second apply does nothing. A local file is uploaded when
no content holds the same bytes. Of a directory without YAML files, each media
file becomes content of its name.`,
		Example: "  vizora apply signage/ --var season=summer\n  vizora apply summer.plan --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Patient()
			return f.Run(func(ctx context.Context, args []string) error {
				o.paths = args
				return run(ctx, o)
			})(cmd, args)
		},
	}
	fs := cmd.Flags()
	o.addFlags(fs)
	o.job.AddName(fs)
	o.job.AddRun(fs)
	fs.BoolVar(&o.dryRun, "dry-run", false, "show the plan, and send nothing")
	fs.BoolVar(&o.async, "async", false, "record the job and return at once (exit 9)")
	fs.BoolVarP(&o.yes, "yes", "y", false, "do not ask before deleting")
	return cmd
}

func runApply(ctx context.Context, o *applyOptions) error {
	if err := o.job.Check(); err != nil {
		return err
	}
	f := o.factory
	steps, err := o.steps(ctx)
	if err != nil {
		return err
	}
	if o.dryRun {
		f.IO.Say("%s; nothing was sent", summary(steps))
		return printSteps(f, steps)
	}
	var ops []journal.Operation
	for i := range steps {
		ops = append(ops, steps[i].Ops...)
	}
	if len(ops) == 0 {
		f.IO.Say("nothing to do: %s", summary(steps))
		return nil
	}
	if names := pruned(steps); len(names) > 0 {
		if err := f.Confirm(ctx, o.yes, fmt.Sprintf("delete %s that the files do not declare", output.Count(countSteps(steps)[actPrune], "item")), names); err != nil {
			return err
		}
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return err
	}
	job, err := j.RecordJob(ctx, o.job.NewJob(f, cmdutil.JobNote{What: "apply", From: strings.Join(o.paths, " ")}, len(ops)), func(yield func(journal.Operation, error) bool) {
		for i := range ops {
			if !yield(ops[i], nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	f.IO.Say("%s", summary(steps))
	return start(ctx, f, job, &o.job, o.async)
}

func (o *applyOptions) steps(ctx context.Context) ([]step, error) {
	if len(o.paths) == 1 && isPlan(o.paths[0]) {
		if len(o.vars) > 0 || o.prune {
			return nil, cmdutil.Usage("--var and --prune are for manifests; a saved plan is carried out as it is")
		}
		return loadPlan(ctx, o.factory, o.paths[0])
	}
	return o.plan(ctx)
}

// loadPlan reads a saved plan and refuses one that the server has moved away
// from.
func loadPlan(ctx context.Context, f *cmdutil.Factory, path string) ([]step, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, api.Invalid("file", path, "cannot be read: "+unwrapPath(err).Error(), "check who may read it")
	}
	var saved savedPlan
	if err := json.Unmarshal(raw, &saved); err != nil {
		return nil, api.Invalid("file", path, "is no whole plan: "+err.Error(), "save it again: vizora plan --out "+path)
	}
	client, err := f.Live()
	if err != nil {
		return nil, err
	}
	owner, err := cmdutil.Owner(ctx, client)
	if err != nil {
		return nil, err
	}
	if owner.Server != saved.Owner.Server || owner.Organization != saved.Owner.Organization {
		return nil, &api.Error{Kind: api.KindInvalid, Field: "file", Value: path, Message: fmt.Sprintf("the plan was made for organization %s on %s", saved.Owner.Organization, saved.Owner.Server), Hint: "make a plan for this server: vizora plan"}
	}
	stale, err := staleness(ctx, f, saved.Steps)
	if err != nil {
		return nil, err
	}
	if len(stale) > 0 {
		return nil, &api.Error{Kind: api.KindConflict, Message: "the plan is stale: the server has changed since it was made", Details: stale, Hint: "look again: vizora plan"}
	}
	return saved.Steps, nil
}

// staleness lists what is no longer as the plan found it.
func staleness(ctx context.Context, f *cmdutil.Factory, steps []step) ([]string, error) {
	cat, err := newCatalog(f)
	if err != nil {
		return nil, err
	}
	wanted := needs{}
	for i := range steps {
		s := api.SchemaOf(steps[i].Resource)
		if s == nil {
			return nil, api.Errorf(api.KindInvalid, "the plan is about a kind %q, which this program does not know", steps[i].Resource)
		}
		fields := wanted.kind(s)
		for k := range s.Fields {
			fields[s.Fields[k].Name] = true
		}
	}
	if err := cat.loadAll(ctx, wanted); err != nil {
		return nil, err
	}
	d := &differ{cat: cat}
	var stale []string
	for i := range steps {
		why, err := d.stale(ctx, &steps[i])
		if err != nil {
			return nil, err
		}
		if why != "" {
			stale = append(stale, fmt.Sprintf("%s %q: %s", strings.ToLower(steps[i].Resource), steps[i].Name, why))
		}
	}
	return stale, nil
}

// stale says in what a step's resource is no longer as it was; "" = in nothing.
func (d *differ) stale(ctx context.Context, st *step) (string, error) {
	s := api.SchemaOf(st.Resource)
	sh := d.cat.shelves[s.Kind]
	if st.Action == actCreate {
		if len(sh.named(st.Name)) > 0 {
			return "one was made since", nil
		}
		return "", nil
	}
	e := sh.withID(st.ID)
	if e == nil {
		return "it was deleted since", nil
	}
	for i := range st.Ops {
		op := &st.Ops[i]
		for _, name := range op.Base.Names() {
			f := s.Field(name)
			if f == nil || f.Noise || name == colItems && op.Effect != journal.Delete {
				continue
			}
			if f.Detail && s.Kind == api.Contents.Kind {
				if err := d.readDetail(ctx, e); err != nil {
					return "", err
				}
			}
			if now := e.value(name); now != nil && !journal.SameValue(f, op.Base[name], now) {
				return fmt.Sprintf("%s is %s now", name, compact(now)), nil
			}
		}
		if op.Effect == journal.Items {
			var now []api.PlaylistItem
			if json.Unmarshal(e.value(colItems), &now) == nil && !api.SameItems(now, op.BaseItems) {
				return "its items were changed", nil
			}
		}
	}
	return "", nil
}
