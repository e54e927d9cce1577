package bulk

// This file is about one thing: "bulk undo": the operations that take a job's
// back, from the bases that it recorded.

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type undoOptions struct {
	factory *cmdutil.Factory
	job     cmdutil.JobFlags
	of      string
	async   bool
	yes     bool
}

func newUndo(f *cmdutil.Factory, run func(context.Context, *undoOptions) error) *cobra.Command {
	o := &undoOptions{factory: f}
	if run == nil {
		run = runUndo
	}
	cmd := &cobra.Command{
		Use: "undo JOB", Args: cmdutil.Args("JOB"), Short: "Take back what a job applied, unless it was edited since",
		Long: `An undo is a job of its own: it puts the values back that were there before.
What somebody edited since stays as it is, and is reported as a conflict. What
the job made is deleted; what it deleted is made anew, under a new id.`,
		Example: "  vizora bulk undo nightly\n  vizora bulk undo nightly --job nightly-undone --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			f.Patient()
			return f.Run(func(ctx context.Context, args []string) error {
				o.of = args[0]
				return run(ctx, o)
			})(cmd, args)
		},
	}
	o.job.AddName(cmd.Flags())
	o.job.AddRun(cmd.Flags())
	cmd.Flags().BoolVar(&o.async, "async", false, "record the job and return at once (exit 9)")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask before deleting what the job made")
	return cmd
}

func runUndo(ctx context.Context, o *undoOptions) error {
	if err := o.job.Check(); err != nil {
		return err
	}
	f := o.factory
	j, job, err := find(ctx, f, o.of)
	if err != nil {
		return err
	}
	var back []journal.Operation
	deletes, cannot := 0, 0
	if err := j.Each(ctx, journal.Filter{Job: job.Name}, func(op *journal.Operation) error {
		if !hasEffect(op) {
			return nil
		}
		inverse := Inverse(op)
		if len(inverse) == 0 {
			cannot++
			f.IO.Warn("cannot be undone: %s", op.Summary)
		}
		if op.Effect == journal.Create {
			deletes++
		}
		back = append(back, inverse...)
		return nil
	}); err != nil {
		return err
	}
	if len(back) == 0 {
		f.IO.Say("nothing to undo in job %s", job.Name)
		return nil
	}
	if deletes > 0 {
		if err := f.Confirm(ctx, o.yes, fmt.Sprintf("delete again what job %s made (%s)", job.Name, output.Count(deletes, "item")), nil); err != nil {
			return err
		}
	}
	slices.Reverse(back) // the last change is taken back first
	undo, err := j.RecordJob(ctx, o.job.NewJob(f, cmdutil.JobNote{What: "undo", Of: job.Name}, len(back)), func(yield func(journal.Operation, error) bool) {
		for i := range back {
			if !yield(back[i], nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return start(ctx, f, undo, &o.job, o.async)
}

// hasEffect reports whether any part of an operation was carried out.
func hasEffect(op *journal.Operation) bool {
	parts := len(op.Changes)
	if op.IDKey != "" {
		parts = len(op.Touches)
	}
	return op.State == journal.Applied || op.State == journal.Conflict && len(op.Dropped) < parts
}

// Inverse is what takes an applied operation back; none where that cannot be
// done. Its base is what the operation has set, so that a later edit wins.
func Inverse(op *journal.Operation) []journal.Operation {
	s := api.SchemaOf(op.Kind)
	if s == nil {
		return nil
	}
	back := journal.Operation{Effect: journal.Update, Kind: op.Kind, Verb: "update", Target: op.Target, Label: op.Label, BaseFrom: "server", BaseAt: op.Settled}
	switch op.Effect {
	case journal.Update, journal.Items:
		return undoUpdate(op, back)
	case journal.Create:
		if op.ResultID == "" {
			return nil
		}
		back.Effect, back.Verb, back.Target, back.Base = journal.Delete, "delete", op.ResultID, undoneCreate(op)
		back.Summary = fmt.Sprintf("delete %s %q again", s.Noun, op.Label)
		back.Request = api.Request{Method: http.MethodDelete, Path: s.ItemPath(op.ResultID)}
		return []journal.Operation{back}
	case journal.Delete:
		return undoDelete(s, op, back)
	case journal.Absolute, journal.Many:
		return undoAction(s, op)
	}
	return nil
}

// undoneCreate is what a resource that was made must still be to be deleted.
func undoneCreate(op *journal.Operation) api.Changes {
	base := api.Changes{}
	for name, v := range op.Changes {
		if name != colItems { // the server's rows of items are no longer what was sent
			base[name] = v
		}
	}
	return base
}

func undoUpdate(op *journal.Operation, back journal.Operation) []journal.Operation {
	back.Changes, back.Base = api.Changes{}, api.Changes{}
	for name, v := range op.Changes {
		was, known := op.Base[name]
		if !known || slices.Contains(op.Dropped, name) {
			continue
		}
		back.Changes[name], back.Base[name] = was, v
	}
	back.Summary = fmt.Sprintf("put back %q%s", op.Label, describe(back.Changes))
	if name, known := op.Base[colName]; known && back.Base[colName] == nil {
		back.Base[colName] = name // what every PATCH of a playlist must carry
	}
	if op.Effect == journal.Items {
		back.Effect, back.ReplaceAll = journal.Items, true
		back.NewItems = api.ItemSpecs(op.BaseItems)
		for _, spec := range op.NewItems {
			back.BaseItems = append(back.BaseItems, api.PlaylistItem{ContentID: spec.ContentID, Duration: spec.Duration, Order: spec.Order})
		}
		back.Summary = fmt.Sprintf("put back %q: %d items", op.Label, len(back.NewItems))
		return []journal.Operation{back}
	}
	if len(back.Changes) == 0 {
		return nil
	}
	return []journal.Operation{back}
}

// undoDelete makes a resource anew.
func undoDelete(s *api.Schema, op *journal.Operation, back journal.Operation) []journal.Operation {
	changes := api.Changes{}
	for name, v := range op.Base {
		f := s.Field(name)
		if f == nil || !f.Writable() || f.UpdateOnly || string(v) == "null" || name == colItems {
			continue
		}
		changes[name] = v
	}
	if s.Kind == api.Playlists.Kind {
		var items []api.PlaylistItem
		if json.Unmarshal(op.Base[colItems], &items) == nil {
			changes[colItems], _ = json.Marshal(api.ItemSpecs(items)) // plain data
		}
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Required && changes[f.Name] == nil {
			return nil // the list did not tell it
		}
	}
	body, err := s.Body(changes)
	if err != nil {
		return nil
	}
	back.Effect, back.Verb, back.Target, back.Changes, back.BaseFrom = journal.Create, "create", "", changes, ""
	back.Summary = fmt.Sprintf("make %s %q anew", s.Noun, op.Label)
	back.Request = api.Request{Method: http.MethodPost, Path: s.Path, Body: body}
	return []journal.Operation{back}
}

// undoAction takes an action back: by its opposite, or resource by resource from
// the values that it replaced.
func undoAction(s *api.Schema, op *journal.Operation) []journal.Operation {
	if v, err := findVerb(s, op.Verb); err == nil && v.undo != "" {
		return opposite(s, op, v)
	}
	if op.Effect == journal.Many {
		return cmdutil.UndoMany(op)
	}
	return nil
}

func opposite(s *api.Schema, op *journal.Operation, v *verb) []journal.Operation {
	o, err := findVerb(s, v.undo)
	if err != nil {
		return nil
	}
	back := journal.Operation{
		Effect: o.effect, Kind: op.Kind, Verb: o.name, Target: op.Target, Touches: op.Touches, Label: op.Label, Bases: op.Bases,
		Summary: fmt.Sprintf("%s %s", o.name, op.Label), Request: op.Request, IDKey: op.IDKey,
	}
	if len(op.Dropped) > 0 { // with these nothing was done
		left := slices.DeleteFunc(slices.Clone(op.Touches), func(id string) bool { return slices.Contains(op.Dropped, id) })
		var body map[string]any
		if json.Unmarshal(op.Request.Body, &body) != nil || op.IDKey == "" {
			return nil
		}
		body[op.IDKey], back.Touches = left, left
		back.Request.Body, _ = json.Marshal(body) // it was JSON
		back.Label = fmt.Sprintf("%d %s", len(left), s.Plural)
		back.Summary = o.name + " " + back.Label
	}
	switch {
	case o.bulk != "" && o.name != "tag" && o.name != "untag":
		back.Request.Path = o.bulk
	case o.bulk == "" && op.Target == "":
		return nil
	case o.bulk != "":
		var body map[string]any
		if json.Unmarshal(back.Request.Body, &body) != nil {
			return nil
		}
		body["operation"] = map[string]string{"tag": "add", "untag": "remove"}[o.name]
		back.Request.Body, _ = json.Marshal(body) // it was JSON
	default:
		back.Request.Method, back.Request.Path = o.method(), s.ItemPath(op.Target)+o.path
	}
	return []journal.Operation{back}
}
