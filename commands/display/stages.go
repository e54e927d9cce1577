package display

// This file is about one thing: assigning a playlist in stages: a few displays
// first, then more, as long as nothing goes wrong.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/where"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// staging is the flags of an assignment in stages.
type staging struct {
	canary  string
	then    []string
	pause   time.Duration
	abortIf string
	job     cmdutil.JobFlags

	abort *where.Cond
}

func (r *staging) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&r.canary, "canary", "", "`N|P%` assign in stages, to so many displays first")
	fs.StringArrayVar(&r.then, "then", nil, "`N|P%|all` the next stage reaches so many in all; repeat for several (default all)")
	fs.DurationVar(&r.pause, "pause", 0, "`DURATION` between stages, in which --abort-if is watched")
	fs.StringVar(&r.abortIf, "abort-if", "", "`CONDITION` take everything back when it comes true, for example 'offline > 2% or alerts > 0'")
	r.job.AddName(fs)
}

// gateFields are what --abort-if may ask about.
func gateFields() []string { return []string{"offline", "failed", "alerts", "total"} }

func (r *staging) staged() bool { return r.canary != "" }

// check refuses what makes no sense, before anything is sent.
func (r *staging) check() error {
	if !r.staged() {
		if len(r.then) > 0 || r.pause != 0 || r.abortIf != "" || r.job.Name != "" {
			return cmdutil.Usage("--then, --pause, --abort-if and --job go with --canary").WithHint("--canary says how many displays come first")
		}
		return nil
	}
	if r.pause < 0 {
		return api.Invalid("--pause", r.pause.String(), "is negative", "for example 2m")
	}
	if _, err := r.stages(1000); err != nil {
		return err
	}
	if r.abortIf == "" {
		return nil
	}
	cond, err := cmdutil.Condition("--abort-if", r.abortIf, gateFields())
	r.abort = cond
	return err
}

// stages are how many displays each stage reaches in all.
func (r *staging) stages(total int) ([]int, error) {
	parts := append([]string{r.canary}, r.then...)
	flag := "--canary"
	var reach []int
	for _, text := range parts {
		n, err := reachOf(text, total)
		if err != nil {
			return nil, api.Invalid(flag, text, "is no number of displays", "for example 5, 25% or all")
		}
		n = min(n, total)
		if len(reach) == 0 || n > reach[len(reach)-1] {
			reach = append(reach, n)
		}
		flag = "--then"
	}
	if len(r.then) == 0 && reach[len(reach)-1] < total {
		reach = append(reach, total)
	}
	return reach, nil
}

func reachOf(text string, total int) (int, error) {
	if text == "all" {
		return total, nil
	}
	share, percent := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(share, 64)
	switch {
	case err != nil, !(n > 0), percent && n > 100, !percent && n != math.Trunc(n):
		return 0, errors.New("no number")
	case percent:
		return int(math.Ceil(n / 100 * float64(total))), nil
	}
	return int(n), nil
}

// stageReport is what became of one stage.
type stageReport struct {
	Stage    int           `json:"stage"` // from 1
	Job      string        `json:"job"`
	Displays int           `json:"displays"` // of this stage
	Reached  int           `json:"reached"`  // in all
	Tally    cmdutil.Tally `json:"tally"`
	Gate     *gate         `json:"gate,omitempty"`
}

// gate is what was seen after a stage.
type gate struct {
	Offline int  `json:"offline"` // of those assigned: were online before, and are not now
	Failed  int  `json:"failed"`  // of those assigned: the server did not take it
	Alerts  int  `json:"alerts"`  // notifications above "info" since it began
	Total   int  `json:"total"`   // displays assigned so far
	Aborted bool `json:"aborted"`
}

func (g *gate) field(name string) any {
	return map[string]any{"offline": g.Offline, "failed": g.Failed, "alerts": g.Alerts, "total": g.Total}[name]
}

// rolloutReport is the one report of a rollout.
type rolloutReport struct {
	Name     string         `json:"name"`
	Playlist string         `json:"playlist"`
	Displays int            `json:"displays"` // chosen
	Reached  int            `json:"reached"`
	Result   string         `json:"result"` // "done", "aborted" or "failed"
	Reason   string         `json:"reason,omitempty"`
	Stages   []stageReport  `json:"stages"`
	Revert   string         `json:"revert,omitempty"` // the job that took it back
	Reverted *cmdutil.Tally `json:"reverted,omitempty"`
}

// rolling is a rollout on its way.
type rolling struct {
	o        *assignOptions
	client   *api.Client
	journal  *journal.Journal
	playlist *api.Playlist
	all      []*api.Display
	online   map[string]bool // when it began
	began    time.Time
	report   rolloutReport
}

// roll carries the stages out.
func (o *assignOptions) roll(ctx context.Context, p *api.Playlist, displays []*api.Display) error {
	j, err := o.factory.Journal(ctx)
	if err != nil {
		return err
	}
	live, err := o.factory.Live()
	if err != nil {
		return err
	}
	o.roller.job.Workers = 1
	if o.roller.job.Name == "" {
		o.roller.job.Name = "rollout-" + o.factory.Now().UTC().Format("20060102-150405")
	}
	r := &rolling{o: o, client: live, journal: j, playlist: p, all: slices.Clone(displays), online: map[string]bool{}, began: o.factory.Now()}
	slices.SortStableFunc(r.all, func(a, b *api.Display) int { // a canary that is off proves nothing
		if up := isOnline(b) - isOnline(a); up != 0 {
			return up
		}
		return strings.Compare(a.Name(), b.Name())
	})
	for _, d := range r.all {
		r.online[d.ID] = isOnline(d) == 1
	}
	r.report = rolloutReport{Name: o.roller.job.Name, Playlist: p.Name, Displays: len(r.all), Result: "done"}
	failure := r.stagesThrough(ctx)
	if failure != nil && r.report.Result == "aborted" {
		if err := r.revert(ctx); err != nil {
			failure = err
		}
	}
	if err := r.print(); failure == nil {
		return err
	}
	return failure
}

func isOnline(d *api.Display) int {
	if d.Status == "online" {
		return 1
	}
	return 0
}

func (r *rolling) stagesThrough(ctx context.Context) error {
	reach, err := r.o.roller.stages(len(r.all))
	if err != nil {
		return err
	}
	done := 0
	for i, to := range reach {
		stage := stageReport{Stage: i + 1, Job: fmt.Sprintf("%s.%d", r.report.Name, i+1), Displays: to - done, Reached: to}
		r.o.factory.IO.Say("stage %d of %d: playlist %q to %d of %d displays", i+1, len(reach), r.playlist.Name, stage.Displays, len(r.all))
		stage.Tally, err = r.send(ctx, stage.Job, r.all[done:to])
		done, r.report.Reached = to, to
		failed := err
		if err != nil && !api.IsKind(err, api.KindPartial) {
			r.report.Stages = append(r.report.Stages, stage)
			r.report.Result, r.report.Reason = "failed", err.Error()
			return err
		}
		g, err := r.watch(ctx, done, stage.Tally.Failed(), i+1 < len(reach))
		stage.Gate = g
		r.report.Stages = append(r.report.Stages, stage)
		switch {
		case err != nil:
			r.report.Result, r.report.Reason = "failed", err.Error()
			return err
		case g.Aborted:
			r.report.Result, r.report.Reason = "aborted", r.o.roller.abortIf
			return &api.Error{Kind: api.KindPartial, Message: fmt.Sprintf("the rollout was aborted after stage %d: %s (offline %d, failed %d, alerts %d, of %d)",
				i+1, r.o.roller.abortIf, g.Offline, g.Failed, g.Alerts, g.Total), Hint: "what it assigned was put back, but for what was edited since"}
		case failed != nil && i+1 == len(reach):
			return failed
		}
	}
	return nil
}

// send records a stage as a job of its own, so that what a crash leaves of it
// can be finished without the stages after it, and delivers it.
func (r *rolling) send(ctx context.Context, name string, displays []*api.Display) (cmdutil.Tally, error) {
	flags := r.o.roller.job
	flags.Name = name
	job := flags.NewJob(r.o.factory, cmdutil.JobNote{What: "rollout", From: r.playlist.Name}, len(displays))
	_, err := r.journal.RecordJob(ctx, job, func(yield func(journal.Operation, error) bool) {
		for batch := range slices.Chunk(displays, batchSize) {
			op, err := r.o.batch(r.playlist, batch)
			if !yield(op, err) {
				return
			}
		}
	})
	if err != nil {
		return cmdutil.Tally{}, err
	}
	return cmdutil.RunJob(ctx, r.o.factory, name, &flags)
}

// watch looks at the displays and the alerts until the pause is over or the
// condition is true. Events make it look sooner.
func (r *rolling) watch(ctx context.Context, done, failed int, more bool) (*gate, error) {
	g := &gate{Total: done, Failed: failed}
	if r.o.roller.abort == nil {
		if more {
			return g, pause(ctx, r.o.roller.pause)
		}
		return g, nil
	}
	look := func(ctx context.Context) (bool, error) {
		if err := r.look(ctx, g); err != nil {
			return false, err
		}
		g.Aborted = r.o.roller.abort.Test(g.field)
		return g.Aborted, nil
	}
	if pages := (len(r.all) + api.PageSize - 1) / api.PageSize; more && pages > manyPages { // looking often would use the hour's calls up
		if err := pause(ctx, r.o.roller.pause); err != nil {
			return g, err
		}
		more = false
	}
	if !more || r.o.roller.pause == 0 {
		_, err := look(ctx)
		return g, err
	}
	assigned := map[string]bool{}
	for _, d := range r.all[:done] {
		assigned[d.ID] = true
	}
	limited, cancel := context.WithTimeout(ctx, r.o.roller.pause)
	defer cancel()
	err := r.o.factory.Await(limited, cmdutil.Await{Display: func(id string) bool { return assigned[id] }}, look)
	if limited.Err() != nil && ctx.Err() == nil && !g.Aborted {
		_, err = look(ctx) // what is so when the pause is over decides
	}
	return g, err
}

// manyPages is the longest list that is read again and again.
const manyPages = 3

// look counts what the gate asks about.
func (r *rolling) look(ctx context.Context, g *gate) error {
	rows, err := api.Displays.List(ctx, r.client, nil, 0)
	if err != nil {
		return err
	}
	now := make(map[string]*api.Display, len(rows))
	for _, d := range rows {
		now[d.ID] = d
	}
	g.Offline = 0
	for _, d := range r.all[:g.Total] {
		if r.online[d.ID] && (now[d.ID] == nil || isOnline(now[d.ID]) == 0) {
			g.Offline++
		}
	}
	var page struct {
		Data []struct {
			Severity  string    `json:"severity"`
			CreatedAt time.Time `json:"createdAt"`
		} `json:"data"`
	}
	if err := cmdutil.Get(ctx, r.client, "/notifications?limit=100", &page); err != nil {
		return err
	}
	g.Alerts = 0
	for _, n := range page.Data {
		if n.Severity != "info" && n.CreatedAt.After(r.began) {
			g.Alerts++
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	err := cmdutil.Pause(ctx, d)
	if err != nil {
		err = &api.Error{Kind: api.KindInterrupted, Message: "interrupted between two stages; what was assigned stays", Err: err}
	}
	return err
}

// revert puts back what the stages replaced, as a job of its own.
func (r *rolling) revert(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var back []journal.Operation
	for _, stage := range r.report.Stages {
		if err := r.journal.Each(ctx, journal.Filter{Job: stage.Job}, func(op *journal.Operation) error {
			if op.State == journal.Applied || op.State == journal.Conflict {
				back = append(back, cmdutil.UndoMany(op)...)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if len(back) == 0 {
		return nil
	}
	flags := r.o.roller.job
	flags.Name = r.report.Name + ".revert"
	r.report.Revert = flags.Name
	if _, err := r.journal.RecordJob(ctx, flags.NewJob(r.o.factory, cmdutil.JobNote{What: "undo", Of: r.report.Name}, len(back)), func(yield func(journal.Operation, error) bool) {
		for i := range back {
			if !yield(back[i], nil) {
				return
			}
		}
	}); err != nil {
		return err
	}
	t, err := cmdutil.RunJob(ctx, r.o.factory, flags.Name, &flags)
	r.report.Reverted = &t
	if api.IsKind(err, api.KindPartial) {
		return nil // the report tells what was edited since
	}
	return err
}

// print shows the one report: a row per stage in a table, else one object.
func (r *rolling) print() error {
	f := r.o.factory
	p, err := f.Printer()
	if err != nil {
		return err
	}
	table, err := f.InTable()
	if err != nil {
		return err
	}
	if !table {
		return p.One(output.View{Kind: "Rollout", NameField: "name"}, cmdutil.ObjectRecord{Kind: "Rollout", Value: r.report, Cells: map[string]any{"name": r.report.Name}})
	}
	var records []output.Record
	for i := range r.report.Stages {
		s := &r.report.Stages[i]
		cells := map[string]any{"stage": s.Stage, "displays": s.Displays, "reached": s.Reached, "applied": s.Tally.Applied, "failed": s.Tally.Failed(), "gate": "-"}
		if g := s.Gate; g != nil {
			cells["gate"], cells["offline"], cells["alerts"] = "passed", g.Offline, g.Alerts
			if g.Aborted {
				cells["gate"] = "aborted"
			}
		}
		records = append(records, cmdutil.ObjectRecord{Kind: "RolloutStage", Value: s, Cells: cells})
	}
	if t := r.report.Reverted; t != nil {
		records = append(records, cmdutil.ObjectRecord{Kind: "RolloutStage", Value: t, Cells: map[string]any{"stage": "revert", "displays": t.Total, "applied": t.Applied, "failed": t.Failed(), "gate": "-"}})
	}
	return p.List(output.View{Kind: "RolloutStage", Plural: "stages", IDField: "stage", Columns: []output.Column{
		{Name: "stage", Header: "STAGE"}, {Name: "displays", Header: "DISPLAYS", Right: true}, {Name: "reached", Header: "REACHED", Right: true},
		{Name: "applied", Header: "APPLIED", Right: true}, {Name: "failed", Header: "FAILED", Right: true}, {Name: "offline", Header: "OFFLINE", Right: true},
		{Name: "alerts", Header: "ALERTS", Right: true}, {Name: "gate", Header: "GATE", Styles: map[string]output.Style{"passed": output.Good, "aborted": output.Bad}},
	}}, records)
}

// batch is the assignment of up to a hundred displays (contract rest 4).
func (o *assignOptions) batch(p *api.Playlist, batch []*api.Display) (journal.Operation, error) {
	ids := make([]string, len(batch))
	bases := make(map[string]api.Changes, len(batch))
	for i, d := range batch {
		ids[i] = d.ID
		now, err := json.Marshal(api.Displays.Value(d, "playlist"))
		if err != nil {
			return journal.Operation{}, err
		}
		name, err := json.Marshal(d.Name())
		if err != nil {
			return journal.Operation{}, err
		}
		bases[d.ID] = api.Changes{"playlist": now, "name": name}
	}
	to, err := json.Marshal(p.ID)
	if err != nil {
		return journal.Operation{}, err
	}
	req, err := api.NewRequest(http.MethodPost, api.Displays.Path+"/bulk/assign-playlist", map[string]any{"displayIds": ids, "playlistId": p.ID})
	return journal.Operation{
		Effect: journal.Many, Kind: api.Displays.Kind, Verb: "assign", Label: displayCount(len(batch)),
		Summary: o.what(p, batch), Request: req, IDKey: "displayIds", Touches: ids,
		Changes: api.Changes{"playlist": to}, Bases: bases, BaseAt: o.read, BaseFrom: o.from,
	}, err
}
