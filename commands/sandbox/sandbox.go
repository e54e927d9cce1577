// Package sandbox is the command "sandbox": a Vizora server to try things on.
package sandbox

// This file is about one thing: starting a sandbox from the command line and
// saying how to use it.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/redis"
	server "github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/output"
)

type options struct {
	factory *cmdutil.Factory

	addr, realtimeAddr string
	remote             bool
	limits, events     string
	limitScale         float64
	faults             string
	seed               uint64
	state              string
	displays           int
	playlists          int
	contents           int
	fleet              int
	flap               time.Duration
	production         bool
	verbose            bool
	tokenLife          time.Duration
	redis              string
}

// New makes the sandbox command.
func New(f *cmdutil.Factory) *cobra.Command { return newSandbox(f, nil) }

func newSandbox(f *cmdutil.Factory, run func(context.Context, *options) error) *cobra.Command {
	o := &options{factory: f}
	if run == nil {
		run = runSandbox
	}
	cmd := &cobra.Command{
		Use: "sandbox", Args: cmdutil.Args(),
		Short: "Run a Vizora server in this process, to try and test against",
		Long: `Runs a Vizora server in this process: the REST API with the platform's rules,
errors and limits, the realtime service, and simulated displays that connect to
it over real sockets. It prints its addresses, a ready login and lines to set
them for a shell, and stops on Ctrl-C.

Faults are clauses separated by ";", each "[METHOD /path:] WHAT [PROBABILITY%]",
where WHAT is a status code, "latency 50ms±20", "drop-answer" (it is done, and
nobody is told), "cut-body", "html" or "hang"; of the realtime service "ws-drop
N/min", "ws-restart N/min", "ws-revoke N/min", "ws-lose", "ws-duplicate",
"ws-reorder" or "ws-refuse". While it runs, requests to REALTIME-URL/sandbox/...
make trouble on demand: 'vizora help sandbox' lists them.`,
		Example: `  vizora sandbox
  vizora sandbox --limits production --fault 'POST /playlists: 503 10%; drop-answer 5%' --seed 7`,
		RunE: f.RunLocal(func(ctx context.Context, _ []string) error { return run(ctx, o) }),
	}
	fs := cmd.Flags()
	fs.StringVar(&o.addr, "addr", "127.0.0.1:0", "`HOST:PORT` of the REST API; port 0 picks a free one")
	fs.StringVar(&o.realtimeAddr, "realtime-addr", "127.0.0.1:0", "`HOST:PORT` of the realtime service")
	fs.BoolVar(&o.remote, "allow-remote", false, "listen on addresses that other machines can reach")
	fs.StringVar(&o.limits, "limits", "relaxed", "`NAME` of the rate limits: production or relaxed")
	fs.StringVar(&o.events, "events", "platform", "`NAME` of the event names: platform (what it really sends) or product (what its documents promise)")
	fs.StringVar(&o.faults, "fault", "", "`FAULTS` to inject")
	fs.Uint64Var(&o.seed, "seed", 0, "`N` for repeatable runs; 0 is random")
	fs.StringVar(&o.state, "state", "", "`FILE` to keep the state in; in memory without it")
	fs.IntVar(&o.displays, "displays", 12, "`N` displays to begin with")
	fs.IntVar(&o.playlists, "playlists", 40, "`N` playlists to begin with")
	fs.IntVar(&o.contents, "contents", 60, "`N` content items to begin with")
	fs.IntVar(&o.fleet, "fleet", -1, "`N` displays that are simulated and connect; -1 is all, or none where another sandbox of the cluster has them")
	fs.DurationVar(&o.flap, "flap", 0, "`DURATION` between a simulated display's failures, on average; 0 is never")
	fs.BoolVar(&o.production, "production", false, "the error texts of a production server")
	fs.BoolVarP(&o.verbose, "verbose", "v", false, "say on stderr what is asked and answered")
	fs.DurationVar(&o.tokenLife, "token-life", 0, "`DURATION` of access tokens (default 168h, the platform's)")
	fs.Float64Var(&o.limitScale, "limit-scale", 1, "`N` divide the windows of the rate limits by this, to see hours pass in minutes")
	fs.StringVar(&o.redis, "redis", "", "`ADDRESS` of a Redis server (redis://HOST[:PORT]/DB, rediss://) on which sandboxes are one cluster: same logins and events, rows of its own")
	_ = cmd.RegisterFlagCompletionFunc("limits", cobra.FixedCompletions([]string{"production", "relaxed"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("events", cobra.FixedCompletions([]string{"platform", "product"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// world turns the flags into the server's options.
func (o *options) world() (server.WorldOptions, error) {
	w := server.WorldOptions{RealtimeAddr: o.realtimeAddr, Fleet: o.fleet, FlapEvery: o.flap}
	w.Options = server.Options{
		Addr: o.addr, AllowRemote: o.remote, Production: o.production, ObjectStorage: true, Seed: o.seed, StatePath: o.state,
		Displays: o.displays, Playlists: o.playlists, Contents: o.contents, Variety: true, AccessTTL: o.tokenLife,
	}
	if !(o.limitScale > 0) {
		return w, api.Invalid("--limit-scale", fmt.Sprint(o.limitScale), "is not above zero", "1 is real time; 60 makes an hour a minute")
	}
	w.LimitScale = o.limitScale
	switch o.limits {
	case "relaxed":
	case "production":
		w.Limits = server.LimitsProduction
	default:
		return w, api.NotOneOf("--limits", o.limits, "is not a known value", []string{"production", "relaxed"})
	}
	switch o.events {
	case "platform":
	case "product":
		w.Events = server.EventsProduct
	default:
		return w, api.NotOneOf("--events", o.events, "is not a known value", []string{"platform", "product"})
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"--displays", o.displays}, {"--playlists", o.playlists}, {"--contents", o.contents}} {
		if n.value < 0 {
			return w, api.Invalid(n.flag, fmt.Sprint(n.value), "is negative", "give 0 or more")
		}
	}
	faults, err := server.ParseFaults(o.faults)
	if err != nil {
		return w, api.Invalid("--fault", o.faults, err.Error(), "for example 'POST /playlists: 503 10%; latency 50ms±20'")
	}
	w.Faults = faults
	if o.verbose {
		w.Observe = o.showExchange()
	}
	return w, o.cluster(&w)
}

// cluster turns --redis into the server's options.
func (o *options) cluster(w *server.WorldOptions) error {
	if o.redis == "" {
		return nil
	}
	var err error
	if o.redis, err = o.factory.RedisAddress("--redis", o.redis); err != nil {
		return err
	}
	address, err := redis.Parse(o.redis)
	if err != nil {
		return api.Invalid("--redis", redis.Shown(o.redis), err.Error(), "for example redis://127.0.0.1:6379/0")
	}
	var config *tls.Config
	if address.TLS {
		profile, err := o.factory.Profile()
		if err != nil {
			return err
		}
		if config, err = profile.TLS(); err != nil {
			return err
		}
	}
	w.Redis = redis.New(address, config, 0)
	w.Tell = func(text string) { o.factory.IO.Say("%s", text) }
	return nil
}

func (o *options) showExchange() func(server.Exchange) {
	var mu sync.Mutex
	return func(x server.Exchange) {
		mu.Lock()
		defer mu.Unlock()
		fault := ""
		if x.Fault != "" {
			fault = "  fault: " + x.Fault
		}
		o.factory.IO.Say("%s %s -> %d in %s%s", x.Method, x.Path, x.Status, x.Duration.Round(10*time.Microsecond), fault)
	}
}

// login is one account in our output.
type login struct {
	Email        string `json:"email"`
	Password     string `json:"password"`
	Role         string `json:"role"`
	Organization string `json:"organization"`
	TOTPSecret   string `json:"totpSecret,omitempty"`
}

// started is what the command prints: an invented server's invented logins.
type started struct {
	URL         string  `json:"url"`
	RealtimeURL string  `json:"realtimeUrl"`
	Logins      []login `json:"logins"`
	Displays    int     `json:"displays"`
	Playlists   int     `json:"playlists"`
	Contents    int     `json:"contents"`
}

func runSandbox(ctx context.Context, o *options) error {
	opts, err := o.world()
	if err != nil {
		return err
	}
	p, err := o.factory.Printer()
	if err != nil {
		return err
	}
	w, err := server.StartWorld(ctx, opts)
	if err != nil {
		return startError(err, o)
	}
	if err := o.announce(p, w); err != nil {
		return errors.Join(err, w.Close())
	}
	<-ctx.Done()
	o.factory.IO.Say("stopping")
	stop, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	if err := w.Shutdown(stop); err != nil {
		return &api.Error{Kind: api.KindLocal, Message: "the sandbox's state could not be saved: " + err.Error(), Err: err}
	}
	return cmdutil.ErrDone
}

// goodbye is how long clients of the realtime service are given after its notice,
// which the platform gives for 2 s (contract realtime 2.5).
const goodbye = 3 * time.Second

func startError(err error, o *options) error {
	if errors.Is(err, server.ErrNotLoopback) {
		return api.Invalid("--addr", o.addr, "can be reached by other machines", "add --allow-remote if that is meant; the logins are public knowledge")
	}
	if errors.Is(err, server.ErrRedis) {
		address, _ := redis.Parse(o.redis) // has been read before
		return &api.Error{Kind: api.KindLocal, Message: redis.Explain(address, err), Err: err, Hint: redis.Fix(address, err, "--redis")}
	}
	if errors.Is(err, os.ErrPermission) {
		return &api.Error{Kind: api.KindLocal, Message: err.Error(), Err: err}
	}
	return &api.Error{Kind: api.KindLocal, Message: "the sandbox cannot start: " + err.Error(), Err: err, Hint: "is the port taken? --addr 127.0.0.1:0 picks a free one"}
}

// announce prints where the server is and how to use it. The table form is
// shell text, so that `eval` and copying both work.
func (o *options) announce(p *output.Printer, w *server.World) error {
	info := started{URL: w.URL(), RealtimeURL: w.RealtimeURL()}
	info.Displays, info.Playlists, info.Contents = w.Size()
	for _, l := range w.Logins() {
		info.Logins = append(info.Logins, login{l.Email, l.Password, l.Role, l.Organization, l.TOTPSecret})
	}
	format, err := o.factory.Format()
	if err != nil {
		return err
	}
	if format.Name != "table" && format.Name != "wide" {
		return p.One(output.View{Kind: "Sandbox"}, cmdutil.ObjectRecord{Kind: "Sandbox", Value: info, Cells: map[string]any{"url": info.URL, "name": info.URL}})
	}
	admin := info.Logins[0]
	_, err = fmt.Fprintf(o.factory.IO.Out(), `# Vizora sandbox: %d displays, %d playlists, %d content items; Ctrl-C stops it
# REST      %s
# realtime  %s
%s
# For another shell:
export VIZORA_URL=%s
export VIZORA_REALTIME_URL=%s
export VIZORA_EMAIL=%s
export VIZORA_PASSWORD='%s'
# then: vizora auth login && vizora playlist list
`, info.Displays, info.Playlists, info.Contents, info.URL, info.RealtimeURL, loginLines(info.Logins), info.URL, info.RealtimeURL, admin.Email, admin.Password)
	return err
}

func loginLines(logins []login) string {
	text := ""
	for _, l := range logins {
		text += fmt.Sprintf("# %-8s  %-32s %s", l.Role, l.Email, l.Password)
		if l.TOTPSecret != "" {
			text += "  (second factor: TOTP secret " + l.TOTPSecret + ")"
		}
		text += "  " + l.Organization + "\n"
	}
	return text
}
