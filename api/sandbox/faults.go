// Injected faults: what networks, proxies and servers do to a client.

package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Kinds of faults, as written in a specification.
const (
	faultStatus     = "status"
	faultLatency    = "latency"
	faultDropAnswer = "drop-answer"
	faultCutBody    = "cut-body"
	faultHTML       = "html"
	faultHang       = "hang"
	faultWSDrop     = "ws-drop"
	faultWSRestart  = "ws-restart"
	faultWSRevoke   = "ws-revoke"
	faultWSLose     = "ws-lose"
	faultWSDouble   = "ws-duplicate"
	faultWSReorder  = "ws-reorder"
	faultWSRefuse   = "ws-refuse"
)

// Fault is one clause of a specification.
type Fault struct {
	Method, Path string // "" = all; the path is a route pattern such as /displays/:id, or a prefix ending in *
	Kind         string // one of the constants above
	Probability  float64
	Status       int           // of status and html
	Mean, Spread time.Duration // of latency: mean, plus or minus spread
	PerMinute    float64       // of ws-drop, ws-restart and ws-revoke
}

// ErrFaultSpec is wrapped by every error of ParseFaults.
var ErrFaultSpec = errors.New("bad fault specification")

// ParseFaults reads clauses separated by ";", each "[METHOD /path:] WHAT [PROBABILITY%]" where WHAT is a status code,
// "latency 50ms±20", "drop-answer", "cut-body", "html [STATUS]", "hang", or one of the realtime service: "ws-drop N/min"
// (of each connection), "ws-restart N/min", "ws-revoke N/min" (of each user), "ws-lose", "ws-duplicate", "ws-reorder" (an
// event) and "ws-refuse" (a WebSocket). A clause without a route applies to all. Without a probability a fault always happens.
func ParseFaults(spec string) ([]Fault, error) {
	var out []Fault
	for clause := range strings.SplitSeq(spec, ";") {
		if clause = strings.TrimSpace(clause); clause == "" {
			continue
		}
		f, err := parseFault(clause)
		if err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrFaultSpec, clause, err)
		}
		out = append(out, f)
	}
	return out, nil
}

func parseFault(clause string) (Fault, error) {
	f := Fault{Probability: 1}
	if head, rest, ok := strings.Cut(clause, ": "); ok {
		method, path, ok := strings.Cut(strings.TrimSpace(head), " ")
		if !ok || !strings.HasPrefix(strings.TrimSpace(path), "/") {
			return f, errors.New("a route is METHOD /path")
		}
		f.Method, f.Path = strings.ToUpper(method), strings.TrimPrefix(strings.TrimSpace(path), prefix)
		clause = rest
		if f.Method == "*" || f.Method == "ANY" {
			f.Method = ""
		}
	}
	words := strings.Fields(clause)
	if len(words) == 0 {
		return f, errors.New("no fault named")
	}
	if p, ok := strings.CutSuffix(words[len(words)-1], "%"); ok {
		n, err := strconv.ParseFloat(p, 64)
		if err != nil || n < 0 || n > 100 {
			return f, errors.New("a probability is 0% to 100%")
		}
		f.Probability = n / 100
		words = words[:len(words)-1]
	}
	if err := f.parseWhat(words); err != nil {
		return f, err
	}
	if f.Method != "" && f.realtime() {
		return f, errors.New(f.Kind + " takes no route: it is the realtime service's")
	}
	return f, nil
}

// realtime says whether a fault is the realtime service's.
func (f *Fault) realtime() bool { return strings.HasPrefix(f.Kind, "ws-") }

func (f *Fault) parseWhat(words []string) error {
	if len(words) == 0 {
		return errors.New("no fault named")
	}
	if code, err := strconv.Atoi(words[0]); err == nil && len(words) == 1 {
		f.Kind, f.Status = faultStatus, code
		return validStatus(code)
	}
	f.Kind = words[0]
	arg := strings.Join(words[1:], "")
	switch f.Kind {
	case faultDropAnswer, faultCutBody, faultHang, faultWSLose, faultWSDouble, faultWSReorder, faultWSRefuse:
		if arg != "" {
			return errors.New("unexpected " + arg)
		}
		return nil
	case faultHTML:
		f.Status = http.StatusBadGateway
		if arg == "" {
			return nil
		}
		code, err := strconv.Atoi(arg)
		f.Status = code
		return errors.Join(err, validStatus(code))
	case faultLatency:
		return f.parseLatency(arg)
	case faultWSDrop, faultWSRestart, faultWSRevoke:
		n, err := strconv.ParseFloat(strings.TrimSuffix(arg, "/min"), 64)
		if err != nil || n <= 0 || !strings.HasSuffix(arg, "/min") {
			return errors.New(f.Kind + " takes N/min")
		}
		f.PerMinute = n
		return nil
	}
	return errors.New("unknown fault " + f.Kind)
}

// parseLatency reads "50ms", "50ms±20" (the spread in the unit of the mean) or "50ms±20ms".
func (f *Fault) parseLatency(arg string) error {
	mean, spread, two := strings.Cut(strings.Replace(arg, "+-", "±", 1), "±")
	var err error
	if f.Mean, err = time.ParseDuration(mean); err != nil || f.Mean < 0 {
		return errors.New("latency takes a duration such as 50ms or 50ms±20ms")
	}
	if !two {
		return nil
	}
	if unit := strings.TrimLeft(spread, "0123456789."); unit == "" {
		spread += strings.TrimLeft(mean, "0123456789.")
	}
	if f.Spread, err = time.ParseDuration(spread); err != nil || f.Spread < 0 {
		return errors.New("latency takes a spread such as ±20ms")
	}
	return nil
}

func validStatus(code int) error {
	if code < 200 || code > 599 {
		return errors.New("a status is 200 to 599")
	}
	return nil
}

// faultPlan is the list of a server.
type faultPlan []Fault

// setFaults changes what is injected from now on.
func (s *Server) setFaults(list []Fault) {
	plan := faultPlan(list)
	s.faults.Store(&plan)
}

// drawn is what happens to one request.
type drawn struct {
	delay   time.Duration
	instead *Fault // status, html or hang: the handler does not run
	answer  string // drop-answer or cut-body: the handler runs
}

func (d drawn) kind() string {
	switch {
	case d.instead != nil:
		return d.instead.Kind
	case d.answer != "":
		return d.answer
	case d.delay > 0:
		return faultLatency
	}
	return ""
}

// draw decides by chance. Latencies add up; of the others the first that strikes counts.
func (p faultPlan) draw(method string, rt *route, float func() float64) drawn {
	var d drawn
	for i := range p {
		f := &p[i]
		if f.realtime() || !f.applies(method, rt) || f.Probability < 1 && float() >= f.Probability {
			continue
		}
		switch {
		case f.Kind == faultLatency:
			d.delay += max(0, f.Mean+time.Duration((2*float()-1)*float64(f.Spread)))
		case d.instead != nil || d.answer != "":
		case f.Kind == faultDropAnswer || f.Kind == faultCutBody:
			d.answer = f.Kind
		default:
			d.instead = f
		}
	}
	return d
}

func (f *Fault) applies(method string, rt *route) bool {
	if f.Method != "" && f.Method != method {
		return false
	}
	if f.Path == "" || f.Path == "/*" {
		return true
	}
	if rt == nil {
		return false
	}
	if p, ok := strings.CutSuffix(f.Path, "*"); ok {
		return strings.HasPrefix(rt.pattern, p)
	}
	return rt.pattern == f.Path
}

// before applies what comes ahead of the handler; false means that the request is answered.
func (s *Server) before(d drawn, out *recorder, r *http.Request) bool {
	if d.delay > 0 && !s.wait(r.Context(), d.delay) {
		panic(http.ErrAbortHandler)
	}
	f := d.instead
	if f == nil {
		return true
	}
	switch f.Kind {
	case faultHang:
		s.wait(r.Context(), requestTimeout)
		panic(http.ErrAbortHandler)
	case faultHTML:
		out.Header().Set("Content-Type", "text/html")
		out.WriteHeader(f.Status)
		_, _ = fmt.Fprintf(out, "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
			f.Status, http.StatusText(f.Status), f.Status, http.StatusText(f.Status)) // the recorder cannot fail
	default:
		out.Header().Set("Content-Type", "application/json; charset=utf-8")
		out.WriteHeader(f.Status)
		_, _ = out.Write(mustJSON(fail(f.Status, http.StatusText(f.Status)).render(s.opts.Production)))
	}
	out.finish()
	return false
}
