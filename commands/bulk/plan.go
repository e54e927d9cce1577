package bulk

// This file is about one thing: "plan": what it would take, shown or saved.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// declaration is what plan and apply share.
type declaration struct {
	factory  *cmdutil.Factory
	paths    []string
	vars     []string
	prune    bool
	maxPrune int
}

func (d *declaration) addFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&d.vars, "var", nil, "`NAME=VALUE` what ${NAME} stands for in the files; repeat for several")
	fs.BoolVar(&d.prune, "prune", false, "delete what is not declared, of the kinds that are")
	fs.IntVar(&d.maxPrune, "max-prune", 10, "`N` refuse to delete more than this many")
}

// plan reads the declaration and the server.
func (d *declaration) plan(ctx context.Context) ([]step, error) {
	wants, err := readManifests(d.paths, d.vars, d.factory.IO.In())
	if err != nil {
		return nil, err
	}
	steps, err := planOf(ctx, d.factory, wants, d.prune)
	if err != nil {
		return nil, err
	}
	if n := countSteps(steps)[actPrune]; n > d.maxPrune {
		return nil, &api.Error{
			Kind: api.KindDeclined, Message: fmt.Sprintf("--prune would delete %d resources, and --max-prune allows %d", n, d.maxPrune),
			Hint: "look at 'vizora plan --prune', then allow as many with --max-prune", Details: pruned(steps),
		}
	}
	return steps, nil
}

func pruned(steps []step) []string {
	var names []string
	for i := range steps {
		if steps[i].Action == actPrune {
			names = append(names, fmt.Sprintf("%s %q (%s)", strings.ToLower(steps[i].Resource), steps[i].Name, steps[i].ID))
		}
	}
	if len(names) > maxShown {
		names = append(names[:maxShown], fmt.Sprintf("and %d more", len(names)-maxShown))
	}
	return names
}

func countSteps(steps []step) map[string]int {
	n := map[string]int{}
	for i := range steps {
		n[steps[i].Action]++
	}
	return n
}

// summary is the plan in one line.
func summary(steps []step) string {
	n := countSteps(steps)
	text := fmt.Sprintf("%d to create, %d to update, %d as declared", n[actCreate], n[actUpdate], n[actSame])
	if n[actPrune] > 0 {
		text += fmt.Sprintf(", %d to delete", n[actPrune])
	}
	return text
}

type planOptions struct {
	declaration
	out      string
	exitCode bool
}

// NewPlan makes the plan command.
func NewPlan(f *cmdutil.Factory) *cobra.Command { return newPlan(f, nil) }

func newPlan(f *cmdutil.Factory, run func(context.Context, *planOptions) error) *cobra.Command {
	o := &planOptions{declaration: declaration{factory: f}}
	if run == nil {
		run = runPlan
	}
	cmd := &cobra.Command{
		Use: "plan FILE|DIR...", Args: cmdutil.Args("FILE|DIR|-..."),
		Short: "Show what it takes to make the server as YAML files declare it",
		Long: `Reads manifests (kind Content, Playlist, Group, Schedule and Display; see
'vizora help manifests'), compares them with the server, and shows what would be
created, updated field by field, and, with --prune, deleted. Nothing is sent.

--out saves the plan; 'vizora apply FILE' carries out exactly that, and refuses
when the server has changed since.`,
		Example: "  vizora plan signage/ --exit-code\n  vizora plan signage/ --var season=summer --out summer.plan",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Patient()
			return f.Run(func(ctx context.Context, args []string) error {
				o.paths = args
				return run(ctx, o)
			})(cmd, args)
		},
	}
	o.addFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.out, "out", "", "`FILE` save the plan here, for apply")
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "end with exit code 20 when there is anything to do")
	return cmd
}

func runPlan(ctx context.Context, o *planOptions) error {
	steps, err := o.plan(ctx)
	if err != nil {
		return err
	}
	if err := printSteps(o.factory, steps); err != nil {
		return err
	}
	if o.out != "" {
		if err := save(ctx, o.factory, o.out, steps); err != nil {
			return err
		}
		o.factory.IO.Say("saved in %s; carry it out with: vizora apply %s", o.out, o.out)
	}
	if n := countSteps(steps); o.exitCode && n[actSame] < len(steps) {
		return &api.Error{Kind: api.KindChanges, Message: summary(steps), Hint: "carry it out with: vizora apply " + strings.Join(o.paths, " ")}
	}
	o.factory.IO.Say("%s", summary(steps))
	return nil
}

// printSteps shows a plan: in a table what is to be done, in other formats also
// what is not.
func printSteps(f *cmdutil.Factory, steps []step) error {
	format, err := f.Format()
	if err != nil {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	table := format.Name == "table" || format.Name == "wide"
	var records []output.Record
	for i := range steps {
		st := &steps[i]
		if table && st.Action == actSame {
			continue
		}
		records = append(records, cmdutil.ObjectRecord{Kind: "PlanStep", Value: shownStep{st.Action, st.Resource, st.Name, st.ID, st.Changes}, Cells: map[string]any{
			"action": st.Action, "resource": strings.ToLower(st.Resource), "name": st.Name, "id": st.ID, "changes": st.lines(),
		}})
	}
	if table && len(records) == 0 {
		return nil
	}
	return p.List(output.View{Kind: "PlanStep", Plural: "steps", Columns: []output.Column{
		{Name: "action", Header: "ACTION", Styles: map[string]output.Style{actCreate: output.Good, actUpdate: output.Warning, actPrune: output.Bad}},
		{Name: "resource", Header: "KIND"}, {Name: "name", Header: "NAME", Priority: 1}, {Name: "changes", Header: "CHANGES", Priority: 2}, {Name: "id", Header: "ID", Priority: 3, Wide: true},
	}}, records)
}

type shownStep struct {
	Action   string      `json:"action"`
	Resource string      `json:"resource"`
	Name     string      `json:"name"`
	ID       string      `json:"id,omitempty"`
	Changes  []fieldDiff `json:"changes,omitempty"`
}

// lines are a step's changes in words.
func (st *step) lines() []string {
	var lines []string
	for _, c := range st.Changes {
		if st.Action == actCreate {
			lines = append(lines, fmt.Sprintf("%s = %s", c.Field, compact(c.To)))
		} else {
			lines = append(lines, fmt.Sprintf("%s: %s -> %s", c.Field, compact(c.From), compact(c.To)))
		}
	}
	return lines
}

func compact(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

// savedPlan is a plan in a file.
type savedPlan struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	Owner      journal.Owner `json:"owner"`
	Created    time.Time     `json:"created"`
	Steps      []step        `json:"steps"`
}

const planMark = `{"apiVersion":"vizora/v1","kind":"Plan"`

func save(ctx context.Context, f *cmdutil.Factory, path string, steps []step) error {
	client, err := f.Live()
	if err != nil {
		return err
	}
	owner, err := cmdutil.Owner(ctx, client)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(savedPlan{cmdutil.APIVersion, "Plan", owner, f.Now().UTC(), steps})
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return &api.Error{Kind: api.KindLocal, Message: fmt.Sprintf("the plan cannot be saved in %s: %v", filepath.Base(path), unwrapPath(err)), Err: err}
	}
	return nil
}
