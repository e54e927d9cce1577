package bulk

// This file is about one thing: "bulk run": from rows to a recorded job.

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type runOptions struct {
	factory *cmdutil.Factory
	job     cmdutil.JobFlags
	file    string
	format  string
	kind    string
	verb    string
	where   string
	set     []string
	dryRun  bool
	async   bool
	yes     bool

	src   *source
	check checker
	cat   *catalog
	rows  int            // of the file, or that the condition chose
	does  map[string]int // "update playlist" -> rows
}

func newRun(f *cmdutil.Factory, run func(context.Context, *runOptions) error) *cobra.Command {
	o := &runOptions{factory: f, does: map[string]int{}}
	if run == nil {
		run = runRun
	}
	cmd := &cobra.Command{
		Use: "run FILE|-", Args: cmdutil.Args("[FILE|-]"),
		Short: "Carry out the rows of a CSV or JSON Lines file, or one change on all that fit a condition",
		Long: `Each row is one change. Columns are named as fields are ('vizora schema KIND');
these say what a row is about:

  kind    playlist, display, content, ...        (or --kind for all rows)
  verb    update (the default), create, delete, and the kind's own: assign,
          enable, disable, tag, untag, archive, restore, duplicate, add, remove
          (or --verb)
  target  the resource, by name or id; without it id, else name, says which

An empty cell leaves its field alone, "null" clears it. The whole file is checked
first: its header, every value, every name. Nothing is sent when anything is
wrong, and each error tells line and column. Repeated edits of one resource are
sent as one, and a hundred at a time go out in one call where the server knows
how. With --where and --set the rows are what fits a condition.`,
		Example: "  vizora bulk run changes.csv --kind playlist --job nightly\n" +
			"  vizora bulk run --kind content --where 'status == \"active\" and name ~ \"^Summer\"' --set duration=12 --dry-run",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Patient()
			return f.Run(func(ctx context.Context, args []string) error {
				if len(args) == 1 {
					o.file = args[0]
				}
				return run(ctx, o)
			})(cmd, args)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&o.kind, "kind", "", "`KIND` of rows that name none")
	fs.StringVar(&o.verb, "verb", "update", "`VERB` of rows that name none")
	fs.StringVar(&o.where, "where", "", "`CONDITION` instead of a file: every resource of --kind that fits, see 'vizora help where'")
	fs.StringArrayVar(&o.set, "set", nil, "`FIELD=VALUE` with --where: a column; repeat for several")
	fs.StringVar(&o.format, "format", "", "`NAME` of the file's format, csv or jsonl, where its name does not tell")
	fs.BoolVar(&o.dryRun, "dry-run", false, "check all of it and show what would be sent, and send nothing")
	fs.BoolVar(&o.async, "async", false, "record the job and return at once (exit 9); 'bulk resume' or 'sync' delivers it")
	fs.BoolVarP(&o.yes, "yes", "y", false, "do not ask before deleting")
	o.job.AddName(fs)
	o.job.AddRun(fs)
	_ = cmd.RegisterFlagCompletionFunc("kind", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return kindNames(), cobra.ShellCompDirectiveNoFileComp
	})
	_ = cmd.RegisterFlagCompletionFunc("verb", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		s := api.SchemaOf(o.kind)
		if s == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return verbNames(verbsOf(s)), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func (o *runOptions) validate() error {
	switch {
	case o.file == "" && o.where == "":
		return cmdutil.Usage("nothing says what to change").WithHint("name a file, or - for stdin, or give --kind, --where and --set")
	case o.file != "" && o.where != "":
		return cmdutil.Usage("give a file or --where, not both")
	case o.where == "" && len(o.set) > 0:
		return cmdutil.Usage("--set goes with --where").WithHint("a file's columns say what to set")
	case o.where != "" && o.kind == "":
		return cmdutil.Usage("--where needs --kind").WithHint("one of %s", strings.Join(kindNames(), ", "))
	}
	if o.kind != "" {
		if _, err := findKind(o.kind); err != nil {
			return err
		}
	}
	return o.job.Check()
}

// tightMemory is when garbage is collected at once, in bytes: a file of a hundred
// thousand rows is to take little memory. Where more than that is in use, the
// runtime bounds what the collector may cost.
const tightMemory = 36 << 20

func runRun(ctx context.Context, o *runOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	debug.SetMemoryLimit(tightMemory)
	o.check = checker{kind: o.kind, verb: o.verb}
	actions, name, err := o.prepare(ctx)
	if o.src != nil {
		defer o.src.close()
	}
	if err != nil {
		return err
	}
	f := o.factory
	if o.rows == 0 {
		if o.where != "" {
			f.IO.Say("nothing to do: no %s fits %s", o.kind, o.where)
		} else {
			f.IO.Say("nothing to do: %s has no rows", name)
		}
		return nil
	}
	if o.dryRun {
		return o.preview(actions)
	}
	if err := o.confirm(ctx); err != nil {
		return err
	}
	j, err := f.Journal(ctx)
	if err != nil {
		return err
	}
	wait := f.IO.Wait("recording the job")
	job, err := j.RecordJob(ctx, o.job.NewJob(f, cmdutil.JobNote{What: "bulk", From: name}, o.rows), operations(o.cat, actions))
	wait.Stop()
	if err != nil {
		return err
	}
	return start(ctx, f, job, &o.job, o.async)
}

// worthSaying is how many operations a job has that may take a while.
const worthSaying = 50

// start delivers a job that was just recorded, or says that it waits.
func start(ctx context.Context, f *cmdutil.Factory, job *journal.Job, flags *cmdutil.JobFlags, async bool) error {
	resume := "vizora bulk resume " + job.Name
	if async || f.Global.Offline == string(journal.OfflineAlways) {
		return &api.Error{Kind: api.KindQueued, Message: fmt.Sprintf("job %s: %s recorded, not sent yet", job.Name, output.Count(job.Total, "operation")), Hint: "deliver it with: " + resume, Next: []string{resume}}
	}
	if job.Total >= worthSaying {
		f.IO.Say("job %s: %s recorded; if this is interrupted: %s", job.Name, output.Count(job.Total, "operation"), resume)
	}
	_, err := cmdutil.RunJob(ctx, f, job.Name, flags)
	return cmdutil.PrintJob(ctx, f, job.Name, err)
}

// prepare checks everything and returns the rows' actions, to be gone through
// once more.
func (o *runOptions) prepare(ctx context.Context) (iter.Seq2[*action, error], string, error) {
	var err error
	if o.where != "" {
		return o.fromCondition(ctx)
	}
	if o.src, err = openSource(o.file, o.format, o.factory.IO.In()); err != nil {
		return nil, "", err
	}
	found := &problems{}
	o.check.bad = found.add
	wanted := needs{}
	o.src.header = o.check.header
	err = o.src.each(func(r *row) error {
		o.rows++
		if a := o.check.check(r); a != nil {
			o.does[a.verb.name+" "+a.schema.Noun]++
			wanted.add(a)
		}
		return nil
	}, found.add)
	o.src.header = nil // it has been checked
	if err != nil {
		return nil, "", err
	}
	if err := found.err(o.src.name); err != nil || o.rows == 0 {
		return nil, o.src.name, err
	}
	if o.cat, err = newCatalog(o.factory); err != nil {
		return nil, "", err
	}
	if err := o.cat.loadAll(ctx, wanted); err != nil {
		return nil, "", err
	}
	actions := o.fromFile()
	for a, err := range actions { // look every name up before anything is recorded
		if err != nil {
			return nil, "", err
		}
		if _, e := o.cat.build(a); e != nil {
			found.add(*e)
		}
	}
	return actions, o.src.name, found.err(o.src.name)
}

var errEnough = errors.New("no more rows are wanted")

// fromFile reads the file's rows, which were found to be right.
func (o *runOptions) fromFile() iter.Seq2[*action, error] {
	return func(yield func(*action, error) bool) {
		check := o.check
		changed := &problems{}
		check.bad = changed.add
		err := o.src.each(func(r *row) error {
			if a := check.check(r); a != nil && !yield(a, nil) {
				return errEnough
			}
			return nil
		}, changed.add)
		if err == nil {
			err = changed.err(o.src.name) // it was changed since it was checked
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

// fromCondition makes a row of every resource that fits.
func (o *runOptions) fromCondition(ctx context.Context) (iter.Seq2[*action, error], string, error) {
	s, err := findKind(o.kind)
	if err != nil {
		return nil, "", err
	}
	cond, err := cmdutil.Condition("--where", o.where, s.FieldNames())
	if err != nil {
		return nil, "", err
	}
	o.factory.WarnOfStrangers(cond, s)
	sample, err := o.sample(s)
	if err != nil {
		return nil, "", err
	}
	if o.cat, err = newCatalog(o.factory); err != nil {
		return nil, "", err
	}
	wanted := needs{}
	wanted.add(sample)
	fields := wanted.kind(s)
	sh, err := o.cat.load(ctx, s, fields, cond.Test)
	if err != nil {
		return nil, "", err
	}
	var ids []string
	for i := range sh.rows {
		if e := &sh.rows[i]; e.picked {
			ids = append(ids, e.id())
		}
	}
	if err := o.cat.loadAll(ctx, wanted); err != nil {
		return nil, "", err
	}
	o.rows = len(ids)
	o.does[sample.verb.name+" "+s.Noun] = len(ids)
	actions := func(yield func(*action, error) bool) {
		for _, id := range ids {
			a := *sample
			a.target, a.changes = id, maps.Clone(sample.changes)
			if !yield(&a, nil) {
				return
			}
		}
	}
	if len(ids) > 0 { // what --set names is the same for all
		a := *sample
		a.target, a.changes = ids[0], maps.Clone(sample.changes)
		if _, e := o.cat.build(&a); e != nil {
			return nil, "", api.Invalid("--set", e.name, e.problem, e.fix)
		}
	}
	return actions, o.where, nil
}

// sample is the action of --verb and --set, without its target.
func (o *runOptions) sample(s *api.Schema) (*action, error) {
	r := &row{cells: []cell{{name: colTarget, text: "-"}}}
	for _, set := range o.set {
		name, value, ok := strings.Cut(set, "=")
		if !ok {
			return nil, api.Invalid("--set", set, "is not FIELD=VALUE", "for example --set duration=12")
		}
		r.cells = append(r.cells, cell{name: name, text: value, null: value == "null"})
	}
	found := &problems{}
	o.check.bad = func(e rowError) { e.line, e.column = 0, 0; found.add(e) }
	if v, err := findVerb(s, o.verb); err != nil || v.creates() {
		if err == nil {
			err = cmdutil.Usage("--where chooses what is there, and --verb create makes something new")
		}
		return nil, err
	}
	a := o.check.check(r)
	if a == nil {
		return nil, found.err("--set")
	}
	return a, nil
}

// confirm asks before anything is deleted.
func (o *runOptions) confirm(ctx context.Context) error {
	for _, what := range slices.Sorted(maps.Keys(o.does)) {
		verb, noun, _ := strings.Cut(what, " ")
		if verb != "delete" {
			continue
		}
		takes := map[string][]string{
			"playlist": {"every schedule that uses one of them is deleted with it; displays are left without a playlist"},
			"display":  {"their schedules are deleted with them, and their players are told to disconnect"},
			"content":  {"it is taken out of every playlist"},
			"group":    {"every schedule that is meant for one of them is deleted with it"},
		}[noun]
		if err := o.factory.Confirm(ctx, o.yes, "delete "+countOf(o.does[what], api.SchemaOf(noun)), takes); err != nil {
			return err
		}
	}
	return nil
}

func countOf(n int, s *api.Schema) string {
	if n == 1 {
		return "1 " + s.Noun
	}
	return fmt.Sprintf("%d %s", n, s.Plural)
}

// operations turns actions into the job's operations.
func operations(c *catalog, actions iter.Seq2[*action, error]) iter.Seq2[journal.Operation, error] {
	return func(yield func(journal.Operation, error) bool) {
		g := &gatherer{emit: func(op journal.Operation) bool { return yield(op, nil) }}
		for a, err := range actions {
			if err != nil {
				yield(journal.Operation{}, err)
				return
			}
			b, wrong := c.build(a)
			if wrong != nil {
				yield(journal.Operation{}, api.Errorf(api.KindInvalid, "%s", wrong))
				return
			}
			if !g.add(b) {
				return
			}
		}
		g.flush()
	}
}

// preview shows what would be recorded.
func (o *runOptions) preview(actions iter.Seq2[*action, error]) error {
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	view := output.View{Kind: "DryRun", Plural: "operations", Columns: []output.Column{
		{Name: "would", Header: "WOULD", Max: 64}, {Name: "request", Header: "REQUEST", Priority: 2, Max: 48},
	}}
	s, err := p.Stream(view)
	if err != nil {
		return err
	}
	n := 0
	for op, err := range operations(o.cat, actions) {
		if err != nil {
			return err
		}
		n++
		request := "PATCH " + api.SchemaOf(op.Kind).ItemPath(op.Target)
		if op.Request.Method != "" {
			request = op.Request.Method + " " + op.Request.Path
		}
		if err := s.Add(cmdutil.ObjectRecord{Kind: "DryRun", Value: would{op.Verb, op.Kind, op.Summary, request, op.Changes}, Cells: map[string]any{"would": op.Summary, "request": request}}); err != nil {
			return err
		}
	}
	o.factory.IO.Say("%s for %s; nothing was sent", output.Count(n, "operation"), output.Count(o.rows, "item"))
	return s.Close()
}

// would is one line of a preview.
type would struct {
	Verb     string      `json:"verb"`
	Resource string      `json:"resource"`
	Summary  string      `json:"summary"`
	Request  string      `json:"request"`
	Changes  api.Changes `json:"changes,omitempty"`
}
