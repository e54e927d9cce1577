package cmdutil

// This file is about one thing: "create" and "update" of any kind.

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
)

type createOptions[T any] struct {
	factory *Factory
	res     *Resource[T]
	write   WriteFlags
	fields  *FieldFlags
	more    func(ctx context.Context, f *Factory, changes api.Changes) error
	name    string // positional
}

func newCreate[T any](f *Factory, r *Resource[T], run func(context.Context, *createOptions[T]) error) *cobra.Command {
	o := &createOptions[T]{factory: f, res: r}
	if run == nil {
		run = runCreate[T]
	}
	cmd := &cobra.Command{
		Use: "create " + strings.ToUpper(r.Kind.NameField()), Aliases: []string{"add"}, Args: Args("[" + strings.ToUpper(r.Kind.NameField()) + "]"),
		Short: "Create a " + r.Kind.Noun, Example: r.example("create"),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			if len(args) == 1 {
				o.name = args[0]
			}
			return run(ctx, o)
		}),
	}
	o.fields = AddFields(cmd, &r.Kind.Schema, true)
	o.write.AddWrite(cmd.Flags())
	if r.MoreCreate != nil {
		o.more = r.MoreCreate(cmd.Flags())
	}
	return cmd
}

// changes gathers what the command line says of the new resource.
func (o *createOptions[T]) changes(ctx context.Context) (api.Changes, error) {
	s := &o.res.Kind.Schema
	given, err := o.fields.Given(nil)
	if err != nil {
		return nil, err
	}
	called := s.Field(s.NameField())
	if o.name != "" {
		if _, twice := given[called.Name]; twice && o.fields.flagGiven(called) {
			return nil, Usage("the %s is given twice: %q and --%s", called.Name, o.name, called.Flag)
		}
		if given[called.Name], err = called.Parse(o.name); err != nil {
			return nil, err
		}
	}
	if err := o.fields.CheckRequired(given); err != nil {
		return nil, err
	}
	if err := checkOneOf(s, given, true); err != nil {
		return nil, err
	}
	if o.res.CheckChanges != nil {
		if err := o.res.CheckChanges(given); err != nil {
			return nil, err
		}
	}
	changes, err := o.fields.Resolved(ctx, o.factory, given)
	if err == nil && o.more != nil {
		err = o.more(ctx, o.factory, changes)
	}
	if err == nil {
		err = checkUnique(ctx, o.factory, o.res.Kind, nil, changes)
	}
	return changes, err
}

func runCreate[T any](ctx context.Context, o *createOptions[T]) error {
	changes, err := o.changes(ctx)
	if err != nil {
		return err
	}
	_, err = Create(ctx, o.factory, o.res, &o.write, changes)
	return err
}

// Create makes a resource from changes and shows it.
func Create[T any](ctx context.Context, f *Factory, r *Resource[T], w *WriteFlags, changes api.Changes) (T, error) {
	s := &r.Kind.Schema
	body, err := s.Body(changes)
	if err != nil {
		return *new(T), err
	}
	name := text(changes[s.NameField()])
	result, err := w.Submit(ctx, f, journal.Operation{
		Effect: journal.Create, Kind: s.Kind, Verb: "create", Label: name,
		Summary: fmt.Sprintf("create %s %q", s.Noun, name), Changes: changes,
		Request: api.Request{Method: http.MethodPost, Path: s.WriteRoot(), Body: body},
	})
	if api.IsKind(err, api.KindQueued) && result != nil {
		return *new(T), r.printQueued(f, createdRow(f, r.Kind, result.Operation.Target, []journal.Operation{*result.Operation}), err)
	}
	if err != nil || result == nil {
		return *new(T), err
	}
	data := result.Data
	if len(data) == 0 { // another process delivered it, and had the answer
		client, err := f.Client()
		if err != nil {
			return *new(T), err
		}
		row, err := r.Kind.Read(ctx, client, result.Operation.ResultID)
		if err != nil {
			f.IO.Warn("created %s %q (%s), but it could not be read back: %v", s.Noun, name, result.Operation.ResultID, err)
			return *new(T), nil
		}
		data = row.Raw
	}
	v, err := r.Kind.Decode(data)
	if err != nil {
		return *new(T), err
	}
	f.NoteRewrites(s, changes, data)
	return v, r.PrintWritten(f, Did("created", s.Noun, r.Kind.NameOf(v), r.Kind.IDOf(v)), v)
}

type updateOptions[T any] struct {
	factory *Factory
	res     *Resource[T]
	write   WriteFlags
	fields  *FieldFlags
	arg     string
}

func newUpdate[T any](f *Factory, r *Resource[T], run func(context.Context, *updateOptions[T]) error) *cobra.Command {
	o := &updateOptions[T]{factory: f, res: r}
	if run == nil {
		run = runUpdate[T]
	}
	cmd := &cobra.Command{
		Use: "update NAME|ID", Aliases: []string{"set"}, Args: Args("NAME|ID"),
		Short: "Change fields of a " + r.Kind.Noun, Example: r.example("update"),
		ValidArgsFunction: CompleteResource(f, &r.Kind.Schema),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return run(ctx, o)
		}),
	}
	o.fields = AddFields(cmd, &r.Kind.Schema, false)
	o.write.AddWrite(cmd.Flags())
	return cmd
}

func runUpdate[T any](ctx context.Context, o *updateOptions[T]) error {
	s := &o.res.Kind.Schema
	given, err := o.fields.Given(nil) // what is wrong is said before anything is sent
	if err != nil {
		return err
	}
	if len(given) == 0 && !o.fields.hasInput() { // the server would answer 404 to an empty PATCH (contract rest 25, item 6)
		return Usage("nothing to change").WithHint("give at least one of %s", o.fields.Flags())
	}
	if err := checkOneOf(s, given, false); err != nil {
		return err
	}
	if o.res.CheckChanges != nil {
		if err := o.res.CheckChanges(given); err != nil {
			return err
		}
	}
	if !o.fields.hasInput() {
		if given, err = o.fields.Resolved(ctx, o.factory, given); err != nil {
			return err
		}
	}
	found, err := Resolve(ctx, o.factory, o.res.Kind, o.arg)
	if err != nil {
		return err
	}
	if o.fields.hasInput() {
		if given, err = o.fields.Given(record[T]{kind: o.res.Kind, value: found.Value}.shown); err != nil {
			return err
		}
		if len(given) == 0 {
			return o.res.PrintWritten(o.factory, fmt.Sprintf("%s %q is so already: nothing was sent", s.Noun, found.Name), found.Value)
		}
		if given, err = o.fields.Resolved(ctx, o.factory, given); err != nil {
			return err
		}
	}
	if o.res.CheckUpdate != nil {
		if err := o.res.CheckUpdate(found, given); err != nil {
			return err
		}
	}
	if o.res.AdjustUpdate != nil {
		if err := o.res.AdjustUpdate(o.factory, found, given); err != nil {
			return err
		}
	}
	if err := checkUnique(ctx, o.factory, o.res.Kind, found, given); err != nil {
		return err
	}
	return Update(ctx, o.factory, o.res, &o.write, found, "update", given)
}

// Update sets fields of a resource that was just read and shows it.
func Update[T any](ctx context.Context, f *Factory, r *Resource[T], w *WriteFlags, found *Found[T], verb string, changes api.Changes) error {
	s := &r.Kind.Schema
	base, err := s.Values(found.Raw)
	if err != nil {
		return err
	}
	op := journal.Operation{
		Effect: journal.Update, Kind: s.Kind, Verb: verb, Target: found.ID, Label: found.Name,
		Summary: fmt.Sprintf("%s %s %q: %s", verb, s.Noun, found.Name, describeChanges(s, changes)),
		Changes: changes, Base: pickFields(base, changes), BaseAt: found.Read, BaseFrom: found.From,
	}
	result, err := w.Submit(ctx, f, op)
	if api.IsKind(err, api.KindQueued) {
		overlayOne(ctx, f, r.Kind, found)
		return r.printQueued(f, found, err)
	}
	if err != nil || result == nil {
		return err
	}
	v, err := r.Kind.Decode(merge(found.Raw, result.Data))
	if err != nil {
		return err
	}
	f.NoteRewrites(s, changes, result.Data)
	return r.PrintWritten(f, Did(verb+"d", s.Noun, r.Kind.NameOf(v), found.ID), v)
}

// merge lays an answer over the row that was read before: answers to writes lack
// what other tables hold, such as tags.
func merge(before, answer json.RawMessage) json.RawMessage {
	var row, fresh map[string]json.RawMessage
	if len(answer) == 0 { // another process delivered it, and had the answer
		return before
	}
	if json.Unmarshal(before, &row) != nil || json.Unmarshal(answer, &fresh) != nil {
		return answer
	}
	maps.Copy(row, fresh)
	merged, err := json.Marshal(row)
	if err != nil {
		return answer
	}
	return merged
}

func pickFields(values, touched api.Changes) api.Changes {
	picked := make(api.Changes, len(touched))
	for name := range touched {
		if v, ok := values[name]; ok {
			picked[name] = v
		} else {
			picked[name] = json.RawMessage("null")
		}
	}
	return picked
}

func describeChanges(s *api.Schema, changes api.Changes) string {
	text := ""
	for i, name := range changes.Names() {
		if i > 0 {
			text += ", "
		}
		value := string(changes[name])
		if f := s.Field(name); f != nil {
			value = string(f.Shown(changes[name]))
			if f.Secret {
				value = api.Redacted
			}
		}
		if len(value) > 60 {
			value = value[:57] + "..."
		}
		text += name + " = " + value
	}
	return text
}

func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}
