package cmdutil

// This file is about one thing: the command that waits until a resource is as
// it is wanted. Its result is the exit code.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/output"
)

// Waitable is a kind that can be waited for.
type Waitable[T any] struct {
	Kind    *api.Kind[T]
	Example string // of two commands
	Long    string // besides what all kinds have in common
	Events  bool   // displays: the platform sends events about them
	// Hopeless says why a condition cannot come true from here; "": it may.
	Hopeless func(v T, c *WaitCondition) string
}

type waitOptions struct {
	factory *Factory
	arg     string
	wanted  []string // --for
}

// Command makes "wait" for the kind, as a verb of its noun or, by its noun, of
// the command "wait".
func (w *Waitable[T]) Command(f *Factory, use string) *cobra.Command {
	o := &waitOptions{factory: f}
	s := &w.Kind.Schema
	cmd := &cobra.Command{
		Use: use + " NAME|ID --for CONDITION", Args: Args("NAME|ID"),
		Short: "Wait until " + article(s.Noun) + " is as you want it",
		Long: "Waits until " + article(s.Noun) + ` is as --for says: FIELD=VALUE over its fields
('vizora schema ` + s.Kind + `' lists them), or an expression. Several --for must hold at
once. It looks first, then again whenever an event suggests it and every few
seconds. Exit code 0: it is so; 8: --timeout passed, or it cannot come true.
` + w.Long,
		Example:           w.example(use),
		ValidArgsFunction: CompleteResource(f, s),
		RunE: f.Run(func(ctx context.Context, args []string) error {
			o.arg = args[0]
			return w.run(ctx, o)
		}),
	}
	addFor(f, cmd, &o.wanted, s)
	return cmd
}

// example is Example as the command is called.
func (w *Waitable[T]) example(use string) string {
	if use != "wait" {
		return w.Example
	}
	return strings.ReplaceAll(w.Example, "vizora wait "+w.Kind.Noun, "vizora "+w.Kind.Noun+" wait")
}

// addFor adds --for, which is needed.
func addFor(_ *Factory, cmd *cobra.Command, wanted *[]string, s *api.Schema) {
	cmd.Flags().StringArrayVar(wanted, "for", nil, "`CONDITION` FIELD=VALUE or an expression; repeat for several")
	var offers []string
	for i := range s.Fields {
		f := &s.Fields[i]
		for _, v := range f.Enum {
			offers = append(offers, f.Name+"="+v)
		}
	}
	_ = cmd.RegisterFlagCompletionFunc("for", cobra.FixedCompletions(offers, cobra.ShellCompDirectiveNoFileComp))
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	if noun == "content" {
		return noun
	}
	return "a " + noun
}

// waited is the result.
type waited struct {
	Resource  string                     `json:"resource"`
	ID        string                     `json:"id"`
	Name      string                     `json:"name"`
	Condition []string                   `json:"condition"`
	Met       bool                       `json:"met"`
	Waited    float64                    `json:"waited"` // seconds
	Looks     int                        `json:"looks"`
	Values    map[string]json.RawMessage `json:"values"` // of the fields that the conditions read
}

// wait is one waiting.
type wait[T any] struct {
	of     *Waitable[T]
	f      *Factory
	client *api.Client
	wanted []*WaitCondition
	began  time.Time
	id     string
	name   string
	now    T
	looks  int
	said   string // the last progress line
	spin   *output.Wait
}

func (w *Waitable[T]) run(ctx context.Context, o *waitOptions) error {
	f := o.factory
	if len(o.wanted) == 0 {
		return Usage("--for is missing").WithHint("say what to wait for, for example --for %s", forExample(&w.Kind.Schema))
	}
	client, err := f.Live() // an answer kept from before proves nothing
	if err != nil {
		return err
	}
	run := &wait[T]{of: w, f: f, client: client, began: f.Now()}
	for _, text := range o.wanted {
		c, err := parseCondition(ctx, f, &w.Kind.Schema, text)
		if err != nil {
			return err
		}
		run.wanted = append(run.wanted, c)
	}
	if err := run.resolve(ctx, o.arg); err != nil {
		return err
	}
	err = run.until(ctx)
	run.spin.Stop()
	if err != nil {
		return run.failed(ctx, err)
	}
	return run.print()
}

func forExample(s *api.Schema) string {
	if f := s.Field("status"); f != nil {
		return "status=" + example(s)
	}
	return "name=NAME"
}

// resolve finds the resource; one that does not exist ends the waiting before it begins.
func (w *wait[T]) resolve(ctx context.Context, arg string) error {
	found, err := Resolve(ctx, w.f, w.of.Kind, arg)
	if err != nil {
		return err
	}
	w.id, w.name = found.ID, found.Name
	return nil
}

// until looks until all conditions hold.
func (w *wait[T]) until(ctx context.Context) error {
	a := Await{Trouble: func(err error) { w.progress("cannot look: " + err.Error()) }}
	if w.of.Events {
		a.Display = func(id string) bool { return id == w.id }
	}
	return w.f.Await(ctx, a, w.look)
}

// look reads the resource and says whether it is as wanted.
func (w *wait[T]) look(ctx context.Context) (bool, error) {
	row, err := w.of.Kind.Read(ctx, w.client, w.id)
	if err != nil {
		if api.IsKind(err, api.KindNotFound) && w.looks > 0 {
			return false, w.hopeless("it was deleted")
		}
		return false, err
	}
	w.looks++
	w.now, w.name = row.Value, w.of.Kind.NameOf(row.Value)
	met := true
	for _, c := range w.wanted {
		if c.cond.Test(w.field) {
			continue
		}
		met = false
		if w.of.Hopeless == nil {
			continue
		}
		if why := w.of.Hopeless(w.now, c); why != "" {
			return false, w.hopeless(why)
		}
	}
	if !met {
		w.progress(w.state())
	}
	return met, nil
}

func (w *wait[T]) field(name string) any { return w.of.Kind.Value(w.now, name) }

// hopeless is the end of a waiting that makes no sense any more.
func (w *wait[T]) hopeless(why string) error {
	return Hopeless("%s cannot come to %s: %s", w.label(), w.conditions(), why)
}

func (w *wait[T]) label() string {
	return fmt.Sprintf("%s %q (%s)", w.of.Kind.Noun, w.name, w.id)
}

func (w *wait[T]) conditions() string {
	texts := make([]string, len(w.wanted))
	for i, c := range w.wanted {
		texts[i] = c.Text
	}
	return strings.Join(texts, " and ")
}

// state is what the fields that matter are now, in words.
func (w *wait[T]) state() string {
	var parts []string
	for _, name := range w.fields() {
		parts = append(parts, fmt.Sprintf("%s is %s", name, plainWords(w.field(name))))
	}
	return strings.Join(parts, ", ")
}

func plainWords(v any) string {
	switch v := v.(type) {
	case nil:
		return "not set"
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	case string, bool, int, int64, float64:
		return fmt.Sprint(v)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return output.Fit(string(raw), widestValue)
}

// widestValue is how much of an object or a list of them is told, in cells.
const widestValue = 60

// fields are those that the conditions read, each once.
func (w *wait[T]) fields() []string {
	var names []string
	seen := map[string]bool{}
	for _, c := range w.wanted {
		for _, name := range c.cond.Fields() {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return names
}

// progress tells on stderr what is waited for, and what changes meanwhile.
func (w *wait[T]) progress(state string) {
	if w.said == "" {
		w.f.IO.Say("waiting for %s to come to %s", w.label(), w.conditions())
		w.spin = w.f.IO.Wait("waiting: " + state)
	}
	if state != w.said {
		w.f.IO.Say("%s", state)
		w.spin.Update("waiting: " + state)
	}
	w.said = state
}

// failed says in which state the waiting ended.
func (w *wait[T]) failed(ctx context.Context, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, errHopeless) {
		return err
	}
	after := output.HumanDuration(w.f.Now().Sub(w.began).Round(time.Second))
	e := api.Errorf(api.KindTimeout, "%s did not come to %s within %s", w.label(), w.conditions(), after)
	if w.said != "" {
		e.Details = []string{w.said}
	}
	return e
}

// print shows the result.
func (w *wait[T]) print() error {
	took := w.f.Now().Sub(w.began)
	v := waited{
		Resource: w.of.Kind.Noun, ID: w.id, Name: w.name, Met: true, Waited: float64(took.Milliseconds()) / 1000, Looks: w.looks,
		Values: map[string]json.RawMessage{},
	}
	for _, c := range w.wanted {
		v.Condition = append(v.Condition, c.Text)
	}
	for _, name := range w.fields() {
		raw, err := json.Marshal(w.field(name))
		if err != nil {
			return err
		}
		v.Values[name] = raw
	}
	did := fmt.Sprintf("%s: %s", w.label(), w.conditions())
	if w.looks > 1 {
		did += ", after " + output.HumanDuration(took.Round(100*time.Millisecond))
	}
	return w.f.PrintResult(did, waitView(), ObjectRecord{Kind: "Wait", Value: v, Cells: map[string]any{
		"resource": v.Resource, "id": v.ID, "name": v.Name, "condition": v.Condition, "met": v.Met, "waited": took,
	}})
}

func waitView() output.View {
	fields := []string{"resource", "id", "name", "condition", "met", "waited"}
	v := output.View{Kind: "Wait", Fields: fields}
	for _, name := range fields {
		v.Columns = append(v.Columns, output.Column{Name: name, Header: strings.ToUpper(name)})
	}
	return v
}
