package content

// This file is about one thing: actions on several content items at once, by
// the server's bulk routes (contract rest 6.2).

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// batchSize is how many ids a bulk route takes.
const batchSize = 100

// member is content that the command line names.
type member struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"` // "" where an id was given
	Action string `json:"action"`
}

// members looks up names; ids are taken at their word. Each comes once, because
// the server refuses a repeated id.
func members(ctx context.Context, f *cmdutil.Factory, args []string, action string) ([]member, error) {
	var list []member
	for _, arg := range args {
		id, err := cmdutil.ResolveID(ctx, f, api.Contents, arg)
		if err != nil {
			return nil, err // nothing has been changed yet
		}
		m := member{ID: id, Action: action}
		if id != arg {
			m.Name = arg
		}
		if !slices.ContainsFunc(list, func(o member) bool { return o.ID == id }) {
			list = append(list, m)
		}
	}
	return list, nil
}

// bulk is one action on several content items.
type bulk struct {
	factory *cmdutil.Factory
	write   *cmdutil.WriteFlags
	client  *api.Client
	verb    string                 // "archive"
	past    string                 // "archived"
	with    string                 // "" or what is done with: ` with "summer"`
	path    string                 // "/content/bulk/archive"
	body    func(ids []string) any // of one batch
	done    []member               // what was carried out
}

// run sends one operation per batch and shows what was done.
func (b *bulk) run(ctx context.Context, all []member) error {
	batches := slices.Collect(slices.Chunk(all, batchSize))
	err := cmdutil.Each(b.factory, len(batches), "batch", func(i int) error { return b.send(ctx, batches[i]) })
	if len(b.done) == 0 {
		return err
	}
	b.factory.IO.Say("%s %s%s", b.past, counted(b.done), b.with)
	if printed := b.print(); err == nil {
		err = printed
	}
	return err
}

func (b *bulk) send(ctx context.Context, batch []member) error {
	ids := make([]string, len(batch))
	for i := range batch {
		ids[i] = batch[i].ID
	}
	req, err := api.NewRequest(http.MethodPost, b.path, b.body(ids))
	if err != nil {
		return err
	}
	op := journal.Operation{
		Effect: journal.Absolute, Kind: api.Contents.Kind, Verb: b.verb, Request: req, Touches: ids,
		Summary: fmt.Sprintf("%s %s%s", b.verb, counted(batch), b.with),
	}
	if len(batch) == 1 {
		op.Target, op.Label = batch[0].ID, batch[0].Name
	}
	result, err := b.write.Submit(ctx, b.factory, op)
	if err != nil {
		return b.explain(ctx, err, batch)
	}
	if result != nil {
		b.done = append(b.done, batch...)
	}
	return nil
}

// explain names the unknown ids: the server only says that some are, and does
// nothing for the whole batch.
func (b *bulk) explain(ctx context.Context, refusal error, batch []member) error {
	if !api.IsKind(refusal, api.KindRejected) {
		return refusal
	}
	rows, err := api.Contents.List(ctx, b.client, nil, 0)
	if err != nil {
		return refusal
	}
	var missing []string
	for _, m := range batch {
		if !slices.ContainsFunc(rows, func(v *api.Content) bool { return v.ID == m.ID }) {
			missing = append(missing, m.ID)
		}
	}
	if len(missing) == 0 {
		return refusal
	}
	return api.Errorf(api.KindNotFound, "no content has the id %s; none of these %d was changed", strings.Join(missing, ", "), len(batch)).
		WithHint("leave it out and run the command again; vizora content list shows what there is")
}

// counted is `content "Menu"` or "3 contents".
func counted(list []member) string {
	switch {
	case len(list) > 1:
		return fmt.Sprintf("%d contents", len(list))
	case list[0].Name != "":
		return fmt.Sprintf("content %q (%s)", list[0].Name, list[0].ID)
	}
	return "content " + list[0].ID
}

// print lists what was done, in any format but the tables.
func (b *bulk) print() error {
	format, err := b.factory.Format()
	if err != nil || format.Name == "table" || format.Name == "wide" {
		return err
	}
	p, err := b.factory.Printer()
	if err != nil {
		return err
	}
	records := make([]output.Record, len(b.done))
	for i, m := range b.done {
		records[i] = cmdutil.ObjectRecord{Kind: "ContentAction", Value: m, Cells: map[string]any{"id": m.ID, "name": m.Name, "action": m.Action}}
	}
	return p.List(output.View{Kind: "ContentAction", Plural: "content actions", Columns: []output.Column{
		{Name: "action", Header: "ACTION"}, {Name: "name", Header: "NAME"}, {Name: "id", Header: "ID"},
	}}, records)
}
