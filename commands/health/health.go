// Package health is the command "health": whether the platform works, and what
// it complains of.
package health

// This file is about one thing: the command and its result.

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

// health is the result.
type health struct {
	API       part    `json:"api"`
	Realtime  part    `json:"realtime"`
	Readiness string  `json:"readiness"` // READY, DEGRADED, NOT READY, or unknown
	Issues    []issue `json:"issues"`    // behind the readiness; up to an hour old
	Alerts    []alert `json:"alerts"`    // unread notifications of weight
	Score     *int    `json:"score"`     // 100 less 20 for each critical and 10 for each warning alert, at least 0; null: unknown
	Rating    string  `json:"rating"`    // Excellent from 90, Good from 70, Fair from 50, Poor; unknown

	apiErr error // why the API failed
}

// part is the API or the realtime service.
type part struct {
	Status  string  `json:"status"`            // ok or failed
	Detail  string  `json:"detail,omitempty"`  // what it says, or why it failed
	Took    float64 `json:"took"`              // seconds until it answered
	Version string  `json:"version,omitempty"` // of the API
	Uptime  float64 `json:"uptime,omitempty"`  // of the API, in seconds
}

const (
	statusOK     = "ok"
	statusFailed = "failed"
)

// issue is one finding of the platform's own checks (contract rest 11).
type issue struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Entity   string `json:"entity"`
	ID       string `json:"entityId"`
	Name     string `json:"entityName"`
	Message  string `json:"message"`
}

// alert is one unread notification.
type alert struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Severity string    `json:"severity"`
	Title    string    `json:"title"`
	Message  string    `json:"message"`
	At       time.Time `json:"createdAt"`
}

// New makes the health command.
func New(f *cmdutil.Factory) *cobra.Command {
	return &cobra.Command{
		Use: "health", Args: cmdutil.Args(), Short: "See whether the platform works, and what it complains of",
		Long: `Asks the API how it is, signs in to the realtime service as 'watch' does, and
reads the platform's own findings and the unread notifications of weight. The
score is 100 less 20 for each critical and 10 for each warning among these.

Exit code 0: both services work; 1: one does not. Findings and alerts are no
failure.`,
		Example: "  vizora health\n  vizora health -o jq=.score",
		RunE:    f.RunPlain(func(ctx context.Context, _ []string) error { return run(ctx, f) }),
	}
}

func run(ctx context.Context, f *cmdutil.Factory) error {
	p, err := f.Printer()
	if err != nil {
		return err
	}
	client, err := f.Live()
	if err != nil {
		return err
	}
	if _, err := client.Tokens().Current(ctx); err != nil {
		return err
	}
	h := &health{Readiness: "unknown", Issues: []issue{}, Alerts: []alert{}}
	if err := h.ask(ctx, f, client); err != nil {
		return err
	}
	h.rate()
	if err := p.One(view(), record{cmdutil.ObjectRecord{Kind: "Health", Value: h, Cells: h.cells()}, h}); err != nil {
		return err
	}
	return h.failure()
}

// rate makes the score (contract realtime 6.7, health page).
func (h *health) rate() {
	h.Rating = "unknown"
	if h.API.Status != statusOK {
		return
	}
	score := 100
	for _, a := range h.Alerts {
		switch a.Severity {
		case "critical":
			score -= 20
		case "warning":
			score -= 10
		}
	}
	score = max(0, score)
	h.Score = &score
	switch {
	case score >= 90:
		h.Rating = "Excellent"
	case score >= 70:
		h.Rating = "Good"
	case score >= 50:
		h.Rating = "Fair"
	default:
		h.Rating = "Poor"
	}
}

// failure is an error when a service does not work.
func (h *health) failure() error {
	switch {
	case h.API.Status != statusOK:
		kind := api.KindOf(h.apiErr)
		switch kind {
		case api.KindNetwork, api.KindDNS, api.KindTLS, api.KindProtocol:
		default:
			kind = api.KindServer
		}
		return api.Errorf(kind, "the API does not work: %s", h.API.Detail)
	case h.Realtime.Status != statusOK:
		return api.Errorf(api.KindServer, "the realtime service does not work: %s", h.Realtime.Detail).
			WithHint("lists and writes work without it; pushes to displays and 'vizora watch' do not")
	}
	return nil
}

func (h *health) cells() map[string]any {
	score := h.Rating
	if h.Score != nil {
		score = fmt.Sprintf("%d (%s)", *h.Score, h.Rating)
	}
	return map[string]any{
		"api": h.API.words(), "realtime": h.Realtime.words(), "readiness": h.Readiness,
		"score": score, "issues": len(h.Issues), "alerts": len(h.Alerts),
	}
}

func (p *part) words() string {
	text := p.Status
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Version != "" {
		text += ", version " + p.Version
	}
	if p.Uptime > 0 {
		text += ", up for " + output.HumanDuration((time.Duration(p.Uptime) * time.Second))
	}
	return text
}

func view() output.View {
	fields := []string{"api", "realtime", "readiness", "score", "issues", "alerts"}
	v := output.View{Kind: "Health", NameField: "score", IDField: "score", Fields: fields}
	for _, name := range fields {
		v.Columns = append(v.Columns, output.Column{Name: name, Styles: map[string]output.Style{
			"READY": output.Good, "DEGRADED": output.Warning, "NOT READY": output.Bad}})
	}
	return v
}

// record adds what the numbers count.
type record struct {
	cmdutil.ObjectRecord
	health *health
}

// Sections lists alerts and issues.
func (r record) Sections() []output.Section {
	var sections []output.Section
	if len(r.health.Alerts) > 0 {
		s := output.Section{Title: "Alerts (unread)", View: listView("title", "message")}
		for _, a := range r.health.Alerts {
			s.Records = append(s.Records, cmdutil.ObjectRecord{Cells: map[string]any{"severity": a.Severity, "title": a.Title, "message": a.Message, "at": a.At}})
		}
		sections = append(sections, s)
	}
	if len(r.health.Issues) > 0 {
		s := output.Section{Title: "Issues (up to an hour old)", View: listView("name", "message")}
		s.View.Columns = s.View.Columns[:3]
		for _, i := range r.health.Issues {
			s.Records = append(s.Records, cmdutil.ObjectRecord{Cells: map[string]any{"severity": i.Severity, "name": i.Entity + " " + i.Name, "message": i.Message}})
		}
		sections = append(sections, s)
	}
	return sections
}

func listView(what, text string) output.View {
	return output.View{IDField: "severity", Columns: []output.Column{
		{Name: "severity", Header: "SEVERITY", Styles: map[string]output.Style{"critical": output.Bad, "warning": output.Warning}},
		{Name: what, Header: "WHAT", Max: 40}, {Name: text, Header: "MESSAGE", Max: 60, Priority: 1}, {Name: "at", Header: "SINCE", Priority: 2},
	}}
}
