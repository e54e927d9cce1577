package display

// This file is about one thing: "--wait" of assign and push: what the platform's
// answer, events and REST tell of each display, until enough displays have it.
// It never tells that a screen shows anything, because nobody says so.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

const (
	// waitLimit is how long --wait waits without --timeout.
	waitLimit = 5 * time.Minute
	// fewDisplays are read one by one; more by the list.
	fewDisplays = 10
	// mostTold is how many stragglers are named on stderr.
	mostTold = 20

	notConnected = "its player is not connected"
)

// waitFlags are --wait and --quorum.
type waitFlags struct {
	wait   bool
	quorum string
}

func (w *waitFlags) addFlags(cmd *cobra.Command, what string) {
	fs := cmd.Flags()
	fs.BoolVar(&w.wait, "wait", false, "wait until the displays "+what+"; at most --timeout, or 5m")
	fs.StringVar(&w.quorum, "quorum", "100%", "`N|P%` with --wait: so many displays are enough")
}

// check refuses what makes no sense, before anything is sent.
func (w *waitFlags) check(cmd *cobra.Command, write *cmdutil.WriteFlags) error {
	if !w.wait && cmd.Flags().Changed("quorum") {
		return cmdutil.Usage("--quorum goes with --wait")
	}
	if w.wait && write.Async {
		return cmdutil.Usage("give --wait or --async, not both")
	}
	_, err := w.need(1 << 20)
	return err
}

// checkNeed refuses a quorum that the displays cannot make up.
func (w *waitFlags) checkNeed(total int) error {
	if !w.wait {
		return nil
	}
	_, err := w.need(total)
	return err
}

// need is how many of total displays are enough.
func (w *waitFlags) need(total int) (int, error) {
	bad := func(problem string) error {
		return api.Invalid("--quorum", w.quorum, problem, "give a number of displays such as 3, or a share such as 95%")
	}
	if share, ok := strings.CutSuffix(w.quorum, "%"); ok {
		p, err := strconv.ParseFloat(share, 64)
		if err != nil || !(p > 0 && p <= 100) { // NaN is neither
			return 0, bad("is not a share from above 0% to 100%")
		}
		n := int(p / 100 * float64(total))
		if float64(n)*100 < p*float64(total) {
			n++
		}
		return max(1, n), nil
	}
	n, err := strconv.Atoi(w.quorum)
	if err != nil || n < 1 {
		return 0, bad("is neither a number nor a share")
	}
	if n > total {
		return 0, bad(fmt.Sprintf("is more than the %s", output.Count(total, api.Displays.Noun)))
	}
	return n, nil
}

// target is one display of a rollout.
type target struct {
	display *api.Display
	has     bool   // the platform has recorded the playlist, or delivered the content
	online  bool   // as REST last said
	reason  string // why it is not there yet
	failed  bool   // it will not get there
	gone    bool   // it was deleted
}

func (t *target) delete() { t.gone, t.failed, t.reason = true, true, "deleted" }

// rollout is one waiting.
type rollout struct {
	f       *cmdutil.Factory
	client  *api.Client
	word    string // what has means: "assigned" or "delivered"
	needs   bool   // a display counts only when it is online too
	targets []*target
	byID    map[string]*target
	need    int
	poll    *api.Poll[*api.Display]
	// try does what is still to be done for a display that was read anew, and sets
	// has, reason and failed. An error ends the waiting.
	try func(ctx context.Context, t *target) error
}

func newRollout(f *cmdutil.Factory, w *waitFlags, word string, displays []*api.Display) (*rollout, error) {
	client, err := f.Live()
	if err != nil {
		return nil, err
	}
	r := &rollout{f: f, client: client, word: word, byID: map[string]*target{}}
	if r.need, err = w.need(len(displays)); err != nil {
		return nil, err
	}
	for _, d := range displays {
		t := &target{display: d}
		r.targets = append(r.targets, t)
		r.byID[d.ID] = t
	}
	return r, nil
}

// there says whether a display counts.
func (r *rollout) there(t *target) bool { return t.has && (t.online || !r.needs) && !t.failed }

func (r *rollout) count() (there, failed int) {
	for _, t := range r.targets {
		switch {
		case t.failed:
			failed++
		case r.there(t):
			there++
		}
	}
	return there, failed
}

// told says how far it is: "2 of 3 displays assigned and online".
func (r *rollout) told(n int) string {
	of := fmt.Sprintf("%d of %s", n, output.Count(len(r.targets), api.Displays.Noun))
	if r.needs {
		return of + " " + r.word + " and online"
	}
	return r.word + " to " + of
}

// await waits until enough displays are there, and shows what became of each.
func (r *rollout) await(ctx context.Context) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, waitLimit)
		defer cancel()
	}
	r.f.IO.Say("waiting for: %s", r.told(r.need))
	spin := r.f.IO.Wait("waiting")
	pages := (len(r.targets) + api.PageSize - 1) / api.PageSize
	err := r.f.Await(ctx, cmdutil.Await{
		Display: func(id string) bool { return r.byID[id] != nil }, Most: time.Duration(max(1, pages)) * cmdutil.DefaultLook,
		Trouble: func(err error) { r.f.IO.Warn("cannot look: %v; trying again", err) },
	}, func(ctx context.Context) (bool, error) {
		done, err := r.look(ctx)
		there, _ := r.count()
		spin.Update(r.told(there))
		return done, err
	})
	spin.Stop()
	return r.end(ctx, err)
}

// look reads the displays that are not there yet.
func (r *rollout) look(ctx context.Context) (bool, error) {
	var open []*target
	for _, t := range r.targets {
		if !t.failed && !r.there(t) {
			open = append(open, t)
		}
	}
	if err := r.read(ctx, open); err != nil {
		return false, err
	}
	for _, t := range open {
		if t.gone || t.failed && !r.needs {
			continue
		}
		if err := r.try(ctx, t); err != nil {
			return false, err
		}
	}
	there, failed := r.count()
	if there < r.need && len(r.targets)-failed < r.need {
		return false, cmdutil.Hopeless("%s cannot be reached: %d will not", r.told(r.need), failed)
	}
	return there >= r.need, nil
}

// read asks REST for displays.
func (r *rollout) read(ctx context.Context, open []*target) error {
	if len(open) > fewDisplays {
		return r.readList(ctx, open)
	}
	for _, t := range open {
		d, err := api.Displays.Get(ctx, r.client, t.display.ID)
		if api.IsKind(err, api.KindNotFound) {
			t.delete()
			continue
		}
		if err != nil {
			return err
		}
		r.found(t, d)
	}
	return nil
}

func (r *rollout) readList(ctx context.Context, open []*target) error {
	if r.poll == nil {
		r.poll = api.Displays.Poll(r.client)
	}
	rows, err := r.poll.Read(ctx)
	if err != nil {
		return err
	}
	now := make(map[string]*api.Display, len(rows))
	for _, d := range rows {
		now[d.ID] = d
	}
	for _, t := range open {
		d := now[t.display.ID]
		if d == nil {
			t.delete()
			continue
		}
		r.found(t, d)
	}
	return nil
}

func (r *rollout) found(t *target, d *api.Display) {
	t.display, t.online = d, d.Status == "online"
	if d.IsDisabled {
		t.failed, t.reason = true, "disabled; 'vizora display enable' lets its player in again"
	}
}

// state is what is known of a display, in the words that are true.
func (r *rollout) state(t *target) string {
	words := []string{t.display.Status}
	if t.has {
		words = []string{r.word, t.display.Status}
	}
	if t.reason != "" {
		words = append(words, t.reason)
	}
	return strings.Join(words, ", ")
}

// end shows what became of each display and tells whether it is enough.
func (r *rollout) end(ctx context.Context, err error) error {
	if err != nil && !api.IsKind(err, api.KindTimeout) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	there, _ := r.count()
	var stragglers []string
	for _, t := range r.targets {
		if !r.there(t) {
			stragglers = append(stragglers, fmt.Sprintf("display %s: %s", label(t.display), r.state(t)))
		}
	}
	if len(stragglers) > mostTold {
		stragglers = append(stragglers[:mostTold], fmt.Sprintf("and %d more", len(stragglers)-mostTold))
	}
	if printErr := r.print(); printErr != nil {
		return printErr
	}
	told := r.told(there)
	if err == nil {
		r.f.IO.Say("%s", told)
		for _, s := range stragglers {
			r.f.IO.Warn("%s", s)
		}
		return nil
	}
	e := api.Errorf(api.KindTimeout, "%s, %d needed", told, r.need)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Message += "; the time limit passed"
	}
	e.Details = stragglers
	return e
}

// outcome is what is printed of one display.
type outcome struct {
	DisplayID string `json:"displayId"`
	Display   string `json:"display"`
	Assigned  *bool  `json:"assigned,omitempty"`
	Delivered *bool  `json:"delivered,omitempty"`
	Status    string `json:"status"`
	There     bool   `json:"ok"`
	Reason    string `json:"reason,omitempty"`
}

func (r *rollout) print() error {
	p, err := r.f.Printer()
	if err != nil {
		return err
	}
	records := make([]output.Record, len(r.targets))
	for i, t := range r.targets {
		v := outcome{DisplayID: t.display.ID, Display: t.display.Name(), Status: t.display.Status, There: r.there(t), Reason: t.reason}
		if r.word == "assigned" {
			v.Assigned = &t.has
		} else {
			v.Delivered = &t.has
		}
		records[i] = cmdutil.ObjectRecord{Kind: "Rollout", Value: v, Cells: map[string]any{
			"displayId": v.DisplayID, "display": v.Display, r.word: t.has, "status": v.Status, "ok": v.There, "reason": v.Reason,
		}}
	}
	return p.List(output.View{Kind: "Rollout", Plural: "displays", NameField: "display", IDField: "displayId", Columns: []output.Column{
		{Name: "displayId", Header: "DISPLAY-ID"}, {Name: "display", Header: "DISPLAY", Priority: 1, Max: 40}, {Name: r.word, Header: strings.ToUpper(r.word), Priority: 3},
		{Name: "status", Header: "STATUS", Priority: 2, Styles: map[string]output.Style{"online": output.Good, "offline": output.Bad, "error": output.Bad, "pairing": output.Warning}},
		{Name: "ok", Header: "OK", Priority: 4}, {Name: "reason", Header: "REASON", Priority: 5, Max: 60},
	}}, records)
}
