package cmdutil

// This file is about one thing: a job's report, item by item.

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/output"
)

// JobItem is one item of a job: a resource and what became of its change.
type JobItem struct {
	Job       string   `json:"job"`
	Resource  string   `json:"resource"` // its kind
	Verb      string   `json:"verb"`
	ID        string   `json:"id"` // the resource's; of a create, once it is made
	Name      string   `json:"name"`
	Result    string   `json:"result"` // applied, conflict, rejected, unknown or skipped
	Message   string   `json:"message,omitempty"`
	Status    int      `json:"status,omitempty"`
	RequestID string   `json:"requestId,omitempty"`
	Dropped   []string `json:"dropped,omitempty"` // fields in which the remote won
	Operation string   `json:"operation"`
}

// Items are what an operation stands for.
func Items(op *journal.Operation) []JobItem {
	item := JobItem{Job: op.Job, Resource: op.Kind, Verb: op.Verb, ID: op.Target, Name: op.Label, Result: ItemResult(op.State), Dropped: op.Dropped, Operation: op.ID}
	if op.ResultID != "" {
		item.ID = op.ResultID
	} else if op.Effect == journal.Create {
		item.ID = ""
	}
	if e := op.Failure; e != nil && op.State != journal.Applied {
		item.Message, item.Status, item.RequestID = e.Message, e.Status, e.RequestID
	}
	if len(op.Touches) == 0 {
		return []JobItem{item}
	}
	items := make([]JobItem, len(op.Touches))
	for i, id := range op.Touches {
		items[i] = item
		items[i].ID, items[i].Name, items[i].Dropped = id, nameIn(op.Bases[id]), nil
		if op.IDKey != "" && op.State == journal.Conflict && !slices.Contains(op.Dropped, id) {
			items[i].Result, items[i].Message = ItemResult(journal.Applied), "" // the remote won in others
		}
	}
	return items
}

// nameIn is a resource's name in what was kept of it.
func nameIn(base api.Changes) (name string) {
	_ = json.Unmarshal(base["name"], &name) // it was not kept
	return name
}

// jobItemView is the table of a report.
func jobItemView() output.View {
	return output.View{Kind: "BulkItem", Plural: "items", Columns: []output.Column{
		{Name: "result", Header: "RESULT", Priority: 1, Max: 9, Styles: map[string]output.Style{
			"applied": output.Good, "conflict": output.Warning, "rejected": output.Bad, "unknown": output.Bad,
		}},
		{Name: "verb", Header: "VERB", Priority: 3, Max: 9}, {Name: "resource", Header: "KIND", Priority: 4, Max: 9},
		{Name: "name", Header: "NAME", Priority: 2, Max: 32}, {Name: "id", Header: "ID", Max: 36},
		{Name: "message", Header: "MESSAGE", Priority: 5, Max: 60}, {Name: "operation", Header: "OPERATION", Priority: 6, Wide: true, Max: 26},
	}}
}

func (i *JobItem) record() output.Record {
	return ObjectRecord{Kind: "BulkItem", Value: i, Cells: map[string]any{
		"result": i.Result, "verb": i.Verb, "resource": strings.ToLower(i.Resource), "name": i.Name, "id": i.ID, "message": i.Message, "operation": i.Operation,
	}}
}

// ReportJob prints a job's items in the chosen format as they are read, so that
// a report of any length takes the same memory. only keeps some of them.
func ReportJob(ctx context.Context, f *Factory, name string, only func(*JobItem) bool) error {
	j, err := f.Journal(ctx)
	if err != nil {
		return err
	}
	format, err := f.Format()
	if err != nil {
		return err
	}
	p, err := f.Printer()
	if err != nil {
		return err
	}
	var all []output.Record
	add := func(r output.Record) error { all = append(all, r); return nil }
	finish := func() error {
		if len(all) == 0 && only != nil && (format.Name == "table" || format.Name == "wide") {
			return nil // nothing fits, which needs no header
		}
		return p.List(jobItemView(), all)
	}
	if format.Name == "jsonl" || format.Name == "csv" {
		s, err := p.Stream(jobItemView())
		if err != nil {
			return err
		}
		add, finish = s.Add, s.Close
	}
	if err := EachItem(ctx, j, name, func(i *JobItem) error {
		if only != nil && !only(i) {
			return nil
		}
		return add(i.record())
	}); err != nil {
		return err
	}
	return finish()
}

// EachItem calls fn for every item of a job, in order of acceptance.
func EachItem(ctx context.Context, j *journal.Journal, name string, fn func(*JobItem) error) error {
	return j.Each(ctx, journal.Filter{Job: name}, func(op *journal.Operation) error {
		for _, item := range Items(op) {
			if err := fn(&item); err != nil {
				return err
			}
		}
		return nil
	})
}

// PrintJob shows what became of a job that has just run: in a table what was
// not applied, in other formats every item.
func PrintJob(ctx context.Context, f *Factory, name string, failure error) error {
	ctx = context.WithoutCancel(ctx) // a job that was interrupted is reported on too
	format, err := f.Format()
	if err != nil {
		return err
	}
	table := format.Name == "table" || format.Name == "wide"
	if table && failure == nil {
		return nil
	}
	err = ReportJob(ctx, f, name, func(i *JobItem) bool { return !table || i.Result != "applied" && i.Result != "skipped" })
	if failure != nil {
		return failure
	}
	return err
}

// JUnit writes a job's report as JUnit XML, the form that CI systems show.
func JUnit(ctx context.Context, f *Factory, name string) error {
	j, err := f.Journal(ctx)
	if err != nil {
		return err
	}
	t, err := TallyJob(ctx, j, name)
	if err != nil {
		return err
	}
	out := f.IO.Out()
	if _, err := fmt.Fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\">\n",
		escapeXML(name), t.Total, t.Conflict+t.Rejected, t.Unknown, t.Skipped); err != nil {
		return err
	}
	if err := EachItem(ctx, j, name, func(i *JobItem) error { _, err := out.Write([]byte(i.testCase())); return err }); err != nil {
		return err
	}
	_, err = fmt.Fprint(out, "</testsuite>\n</testsuites>\n")
	return err
}

func (i *JobItem) testCase() string {
	name := i.Name
	if name == "" {
		name = i.ID
	}
	inner := ""
	message := escapeXML(i.Message)
	switch i.Result {
	case "conflict", "rejected":
		inner = fmt.Sprintf("<failure type=\"%s\" message=\"%s\"/>", i.Result, message)
	case "unknown":
		inner = fmt.Sprintf("<error type=\"unknown\" message=\"%s\"/>", message)
	case "skipped":
		inner = fmt.Sprintf("<skipped message=\"%s\"/>", message)
	}
	return fmt.Sprintf("<testcase classname=\"vizora.%s\" name=\"%s\">%s</testcase>\n",
		strings.ToLower(i.Resource), escapeXML(fmt.Sprintf("%s %s (%s)", i.Verb, name, i.ID)), inner)
}

// escapeXML writes text as an attribute's value; what XML cannot hold becomes
// a question mark.
func escapeXML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\"", "&quot;").Replace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case r < 0x20, r == 0xfffe, r == 0xffff, r == 0xfffd:
			return '?'
		}
		return r
	}, s))
}
