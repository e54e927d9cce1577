package cmdutil

// This file is about one thing: carrying out a job of the journal: progress,
// limits of failure, and how it ends. bulk, apply and staged rollouts are jobs.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/output"
)

// JobFlags are the flags of every command that carries out a job.
type JobFlags struct {
	Name        string
	Workers     int
	FailFast    bool
	MaxFailures string
}

// AddName adds --job.
func (j *JobFlags) AddName(fs *pflag.FlagSet) {
	fs.StringVar(&j.Name, "job", "", "`NAME` of the job, to resume, report on and undo it by (default: made of the time)")
}

// AddRun adds how a job is carried out.
func (j *JobFlags) AddRun(fs *pflag.FlagSet) {
	fs.IntVar(&j.Workers, "workers", 4, "`N` resources at a time, 1 to 64; the rate limits hold for all of them together")
	fs.BoolVar(&j.FailFast, "fail-fast", false, "stop at the first failure; what is left stays in the job")
	fs.StringVar(&j.MaxFailures, "max-failures", "", "`N|P%` stop when more than this many have failed")
}

// Check refuses flags that make no sense, before anything is sent.
func (j *JobFlags) Check() error {
	if j.Workers < 1 || j.Workers > 64 {
		return api.Invalid("--workers", strconv.Itoa(j.Workers), "is out of range", "give a whole number from 1 to 64")
	}
	if j.FailFast && j.MaxFailures != "" {
		return Usage("--fail-fast already means --max-failures 0")
	}
	_, err := j.mayFail(100)
	return err
}

// mayFail is how many of a job's items may fail before it stops.
func (j *JobFlags) mayFail(total int) (int, error) {
	text, share := strings.CutSuffix(j.MaxFailures, "%")
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case j.FailFast:
		return 0, nil
	case j.MaxFailures == "":
		return math.MaxInt, nil
	case err != nil, !(n >= 0), share && n > 100, !share && n != math.Trunc(n):
		return 0, api.Invalid("--max-failures", j.MaxFailures, "is neither a number nor a percentage", "for example 10 or 5%")
	case share:
		return int(n / 100 * float64(total)), nil
	}
	return int(n), nil
}

// JobNote is what a job says of itself.
type JobNote struct {
	What string `json:"what"`           // "bulk", "undo", "apply" or "rollout"
	From string `json:"from,omitempty"` // the file or condition it was made of
	Of   string `json:"of,omitempty"`   // undo: the job that it takes back
	All  *Tally `json:"all,omitempty"`  // once every item is applied: nothing changes any more
}

// NoteOf reads a job's note.
func NoteOf(job *journal.Job) (n JobNote) {
	_ = json.Unmarshal(job.Note, &n) // a job of another version has none that we know
	return n
}

// NewJob makes a job that says what it is.
func (j *JobFlags) NewJob(f *Factory, n JobNote, total int) journal.Job {
	switch {
	case j.Name != "":
	case n.Of != "":
		j.Name = n.What + "-" + n.Of
	default:
		j.Name = n.What + "-" + f.Now().UTC().Format("20060102-150405.000")
	}
	note, _ := json.Marshal(n) // strings always marshal
	return journal.Job{Name: j.Name, Total: total, Note: note}
}

// Patient lets this command wait as long as the server's limits ask, unless
// --max-wait says otherwise.
func (f *Factory) Patient() {
	if f.Global.MaxWait == 0 {
		f.Global.MaxWait = math.MaxInt64 / 4
	}
}

// Tally counts a job's items by what became of them.
type Tally struct {
	Total    int `json:"total"`
	Applied  int `json:"applied"`
	Conflict int `json:"conflict"`
	Rejected int `json:"rejected"`
	Unknown  int `json:"unknown"`
	Skipped  int `json:"skipped"` // not sent yet
}

// count adds an operation's items.
func (t *Tally) count(op *journal.Operation) {
	for _, i := range Items(op) {
		t.add(i.Result, 1)
	}
}

func (t *Tally) add(result string, n int) {
	t.Total += n
	switch result {
	case "applied":
		t.Applied += n
	case "conflict":
		t.Conflict += n
	case "rejected":
		t.Rejected += n
	case "unknown":
		t.Unknown += n
	default:
		t.Skipped += n
	}
}

// Failed is how many items the server has not as wanted.
func (t *Tally) Failed() int { return t.Conflict + t.Rejected + t.Unknown }

// String is the tally in words: what does not occur is left out.
func (t *Tally) String() string {
	parts := []string{fmt.Sprintf("%d applied", t.Applied)}
	for _, p := range []struct {
		n    int
		what string
	}{{t.Conflict, "conflict"}, {t.Rejected, "rejected"}, {t.Unknown, "unknown"}, {t.Skipped, "not sent"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// ItemResult is an operation's state as a report says it.
func ItemResult(s journal.State) string {
	switch s {
	case journal.Applied, journal.Conflict, journal.Rejected, journal.Unknown:
		return string(s)
	}
	return skipped
}

const skipped = "skipped" // not sent yet

// weight is how many items an operation stands for.
func weight(op *journal.Operation) int { return max(1, len(op.Touches)) }

// TallyJob counts a job's items.
func TallyJob(ctx context.Context, j *journal.Journal, name string) (t Tally, err error) {
	err = j.Each(ctx, journal.Filter{Job: name}, func(op *journal.Operation) error {
		t.count(op)
		return nil
	})
	return t, err
}

// jobRun is a job on its way.
type jobRun struct {
	f        *Factory
	client   *api.Client
	name     string
	flags    *JobFlags
	progress *output.Progress

	mu      sync.Mutex
	tally   Tally
	start   time.Time
	before  int            // items that were decided before
	left    int            // items that were not decided when the last round ended
	routes  map[string]int // method and path -> calls still to make
	waiting string         // what the run waits for; "" = nothing
	until   time.Time
}

var errTooMany = errors.New("too many failures")

// RunJob delivers what is left of a job and says how it went. Its error tells
// the outcomes apart: KindPartial when some items failed.
func RunJob(ctx context.Context, f *Factory, name string, flags *JobFlags) (Tally, error) {
	j, err := f.Journal(ctx)
	if err != nil {
		return Tally{}, err
	}
	client, err := f.Live()
	if err != nil {
		return Tally{}, err
	}
	r := &jobRun{f: f, client: client, name: name, flags: flags, routes: map[string]int{}, start: f.Now()}
	if err := r.survey(ctx, j); err != nil {
		return Tally{}, err
	}
	most, err := flags.mayFail(r.tally.Total)
	if err != nil {
		return r.tally, err
	}
	stop := r.show()
	halt, err := r.deliver(ctx, j, most)
	stop()
	if err != nil {
		return r.tally, err
	}
	r.noteDone(ctx, j)
	return r.tally, r.end(halt)
}

// patience is how many rounds in a row may decide nothing before what is left
// stays for later.
const patience = 3

// deliver sends what is left, and once more what a round left behind: among
// thousands there are some whose every attempt met a fault.
func (r *jobRun) deliver(ctx context.Context, j *journal.Journal, most int) (halt, err error) {
	for idle := 0; ; {
		report, err := j.Sync(ctx, journal.SyncOptions{Job: r.name, Workers: r.flags.Workers, Each: func(result *journal.Result) error {
			return r.decided(result, most)
		}})
		if err != nil {
			return nil, err
		}
		after, err := TallyJob(context.WithoutCancel(ctx), j, r.name)
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		if idle++; after.Skipped < r.left {
			idle = 0
		}
		r.tally, r.left = after, after.Skipped
		r.mu.Unlock()
		if report.Halt != nil || after.Skipped == 0 || idle >= patience {
			return report.Halt, nil
		}
		if err := Pause(ctx, time.Duration(1+idle)*time.Second); err != nil {
			return err, nil //nolint:nilerr // it is why the run ends
		}
	}
}

// Pause waits, unless ctx ends first.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &api.Error{Kind: api.KindInterrupted, Message: "interrupted", Err: ctx.Err()}
	}
}

// noteDone keeps the tally of a job that is done, so that listing jobs need not
// count it again.
func (r *jobRun) noteDone(ctx context.Context, j *journal.Journal) {
	ctx = context.WithoutCancel(ctx)
	job, err := j.Job(ctx, r.name)
	if err != nil || r.tally.Applied < r.tally.Total {
		return
	}
	n := NoteOf(job)
	n.All = &r.tally
	if raw, err := json.Marshal(n); err == nil {
		_ = j.NoteJob(ctx, r.name, raw) // it will be counted again
	}
}

// survey counts what is done and what is left.
func (r *jobRun) survey(ctx context.Context, j *journal.Journal) error {
	err := j.Each(ctx, journal.Filter{Job: r.name}, func(op *journal.Operation) error {
		r.tally.count(op)
		if ItemResult(op.State) == skipped {
			r.routes[routeOf(op)]++
		}
		return nil
	})
	r.before, r.left = r.tally.Total-r.tally.Skipped, r.tally.Skipped
	return err
}

// routeOf is the call that delivers an operation: its rate limit is the one that
// counts.
func routeOf(op *journal.Operation) string {
	if op.Request.Method != "" {
		return api.Route(op.Request.Method, op.Request.Path)
	}
	s := api.SchemaOf(op.Kind)
	switch {
	case s == nil:
		return ""
	case op.Effect == journal.Create:
		return api.Route(http.MethodPost, s.Path)
	case op.Effect == journal.Delete:
		return api.Route(http.MethodDelete, s.ItemPath(op.Target))
	}
	return api.Route(http.MethodPatch, s.ItemPath(op.Target))
}

// decided takes note of an outcome, and ends the run where it must end.
func (r *jobRun) decided(result *journal.Result, most int) error {
	if op := result.Operation; op != nil && ItemResult(op.State) != skipped {
		r.mu.Lock()
		n := weight(op)
		r.tally.count(op)
		r.tally.Total -= n
		r.tally.Skipped -= n
		r.routes[routeOf(op)]--
		r.waiting = ""
		failed := r.tally.Failed()
		r.mu.Unlock()
		if failed > most {
			return errTooMany
		}
		return nil
	}
	if limited := rateLimited(result.Err); limited != nil {
		return limited
	}
	return nil
}

// rateLimited returns the error of a limit behind err, or nil: every further
// item would meet it too.
func rateLimited(err error) error {
	var e *api.Error
	for ; errors.As(err, &e); err = e.Err {
		if e.Kind == api.KindRateLimited {
			return e
		}
	}
	return nil
}

// show keeps the progress up to date until the function it returns is called.
func (r *jobRun) show() (stop func()) {
	r.f.IO.SetProgressLines(true)
	r.progress = r.f.IO.Progress(r.name, int64(r.tally.Total), output.Items)
	r.f.OnWait = r.waits
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			r.progress.Set(r.now())
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		r.progress.Set(r.now())
		r.progress.Done()
		r.f.OnWait = nil
	}
}

// waits takes note of a wait that is long enough to be told.
func (r *jobRun) waits(w api.Wait) {
	if w.For < time.Second {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting, r.until = "a rate limit", r.f.Now().Add(w.For)
	if w.Attempt > 0 {
		r.waiting = "another try"
	}
}

// now is how far the job is, in numbers and words, and how long what is left
// will take: at least as long as the server's limits ask, and no shorter than
// the speed so far says.
func (r *jobRun) now() (count int64, detail string, left time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	done := r.tally.Total - r.tally.Skipped
	took := r.f.Now().Sub(r.start)
	var parts []string
	if n := r.tally.Failed(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", n))
	}
	if here := done - r.before; here > 0 && took >= time.Second {
		rate := float64(here) / took.Seconds()
		parts = append(parts, strconv.FormatFloat(rate, 'f', 1, 64)+"/s")
	}
	if wait := r.until.Sub(r.f.Now()); r.waiting != "" && wait > 0 {
		parts = append(parts, fmt.Sprintf("waiting %s for %s", output.HumanDuration(wait.Round(time.Second)), r.waiting))
	}
	for route, n := range r.routes {
		if method, path, ok := strings.Cut(route, " "); ok && n > 0 {
			left = max(left, r.client.Forecast(method, path, n))
			if method == http.MethodPatch { // each looks at the resource first
				left = max(left, r.client.Forecast(http.MethodGet, path, n))
			}
		}
	}
	if left < time.Second {
		left = 0 // the speed so far tells more
	}
	return int64(done), strings.Join(parts, ", "), left
}

// end says how the job went and what to do next.
func (r *jobRun) end(halt error) error {
	resume := "vizora bulk resume " + r.name
	text := fmt.Sprintf("job %s: %s", r.name, r.tally.String())
	limited := rateLimited(halt)
	switch {
	case limited != nil:
		e := AsError(limited)
		return &api.Error{
			Kind: api.KindRateLimited, Message: text + ": the server's rate limit asks for a longer wait than --max-wait allows", Err: limited,
			Hint: fmt.Sprintf("go on in %s or later with: %s", output.HumanDuration(max(e.RetryAfter, time.Second).Round(time.Second)), resume), RetryAfter: e.RetryAfter, Next: []string{resume},
		}
	case api.IsKind(halt, api.KindInterrupted), errors.Is(halt, context.Canceled):
		return &api.Error{Kind: api.KindInterrupted, Message: "interrupted; " + text, Hint: "go on with: " + resume, Next: []string{resume}}
	case errors.Is(halt, errTooMany):
		return &api.Error{Kind: api.KindPartial, Message: text + ": stopped, because more items failed than may", Hint: "look with 'vizora bulk report " + r.name + "'; go on with: " + resume, Next: []string{"vizora bulk report " + r.name, resume}}
	case halt != nil:
		e := AsError(halt)
		kind := e.Kind
		if kind == api.KindNetwork || kind == api.KindDNS {
			kind = api.KindQueued
		}
		end := &api.Error{Kind: kind, Message: text + ": " + e.Error(), Err: halt, Hint: "go on with: " + resume, Next: []string{resume}}
		if r.tally.Total > 0 && r.tally.Skipped == 0 { // others have finished it
			end.Hint, end.Next = "nothing is left of the job: others have finished it", nil
		}
		return end
	case r.tally.Failed() > 0:
		return &api.Error{Kind: api.KindPartial, Message: text, Hint: "look with: vizora bulk report " + r.name, Next: []string{"vizora bulk report " + r.name, "vizora journal list"}}
	case r.tally.Skipped > 0:
		return &api.Error{Kind: api.KindQueued, Message: text, Hint: "go on with: " + resume, Next: []string{resume}}
	}
	r.f.IO.Say("%s", text)
	return nil
}
