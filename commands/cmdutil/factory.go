// Package cmdutil is what every command gets: a factory of lazy dependencies,
// the table of failures, and the commands that come from a resource's
// description.
package cmdutil

// This file is about one thing: the factory. Nothing in it is made until a
// command asks, so that --help and --version read no file.

import (
	"context"
	"crypto/tls"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/api/redis"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

// Build says which build of the program runs.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Date    string `json:"date,omitempty"`
}

// Global holds the flags that every command has.
type Global struct {
	Profile   string
	Config    string
	Output    string
	Columns   []string
	NoHeaders bool
	NoColor   bool
	Quiet     bool
	Confirm   string // the name of a protected profile
	Debug     bool
	Timings   bool          // --trace-timings
	Timeout   time.Duration // of the whole command; 0 = none
	Retries   int           // attempts after the first; -1 = the profile's
	MaxWait   time.Duration // longest wait that a rate limit may ask for; 0 = the default
	Offline   string        // auto, always or never
	Durable   bool          // --require-durable
}

// Factory hands commands what they need, made when first asked for.
type Factory struct {
	IO     *output.IO
	Build  Build
	Env    func(string) (string, bool)
	Now    func() time.Time
	Global Global

	Config  func() (*config.Config, error)
	Profile func() (*config.Profile, error)
	Client  func() (*api.Client, error) // keeps what it reads, and answers from that without a connection
	Live    func() (*api.Client, error) // never does; for the journal and streams, which must not take old for new
	Journal func(context.Context) (*journal.Journal, error)
	Printer func() (*output.Printer, error)
	Format  func() (output.Format, error)

	OnWait func(api.Wait) // shows waits instead of the usual line each; nil: the line

	snapshots *api.Snapshots // nil until a client with snapshots was made
	guarded   bool           // the name of a protected profile was given
	notices   *[]string      // where the configuration's notices go instead of stderr; nil: stderr
	drained   sync.Once
}

// New makes the factory of a real run.
func New(io *output.IO, build Build, env func(string) (string, bool)) *Factory {
	f := &Factory{IO: io, Build: build, Env: env, Now: time.Now, Global: Global{Retries: -1, Offline: string(journal.OfflineAuto)}}
	f.Config = sync.OnceValues(f.loadConfig)
	f.Profile = sync.OnceValues(f.currentProfile)
	f.Live = sync.OnceValues(f.newLive)
	f.Client = sync.OnceValues(f.newClient)
	f.Format = sync.OnceValues(f.parseFormat)
	f.Printer = sync.OnceValues(f.newPrinter)
	f.Journal = onceJournal(f.newJournal)
	return f
}

func (f *Factory) loadConfig() (*config.Config, error) {
	return config.Load(config.Options{
		Env: f.Env, Profile: f.Global.Profile, File: f.Global.Config,
		Notice: f.notice,
	})
}

// notice passes on what the configuration has to say.
func (f *Factory) notice(s string) {
	if f.notices != nil {
		*f.notices = append(*f.notices, s)
		return
	}
	f.IO.Warn("%s", s)
}

// CollectNotices takes what the configuration has to say from here on, in place
// of stderr.
func (f *Factory) CollectNotices() *[]string {
	f.notices = &[]string{}
	return f.notices
}

func (f *Factory) currentProfile() (*config.Profile, error) {
	c, err := f.Config()
	if err != nil {
		return nil, err
	}
	return c.Current()
}

// newLive makes the API client of the current profile.
func (f *Factory) newLive() (*api.Client, error) {
	c, err := f.Config()
	if err != nil {
		return nil, err
	}
	p, err := f.Profile()
	if err != nil {
		return nil, err
	}
	if p.URL == "" {
		return nil, api.Errorf(api.KindUsage, "no server is set for profile %q", p.Name).
			WithHint("sign in with 'vizora auth login --url https://HOST', or set VIZORA_URL; to try without a server: vizora sandbox")
	}
	return f.ClientFor(p, c.Tokens(p))
}

// ClientFor makes a client of a profile that signs with the given tokens.
func (f *Factory) ClientFor(p *config.Profile, tokens api.Tokens) (*api.Client, error) {
	tlsConfig, err := p.TLS()
	if err != nil {
		return nil, err
	}
	pace, err := f.paceServer(p, tlsConfig)
	if err != nil {
		return nil, err
	}
	return api.New(api.Options{
		BaseURL: p.URL, AllowPlainHTTP: p.AllowPlainHTTP, Tokens: tokens, TLS: tlsConfig,
		UserAgent: UserAgent, Retry: api.RetryPolicy{Attempts: f.attempts(p), MaxWait: f.Global.MaxWait},
		OnWait: f.showWait, OnResult: f.watchExchanges(), LogBodies: f.Global.Debug, Now: f.Now, PaceDir: f.paceDir(p),
		Pace: pace, PaceGroup: p.PaceGroup,
	})
}

// pacePatience is how long a lost connection is made up for: without the others'
// calls a runner might cross the limits.
const pacePatience = 3 * time.Second

// paceServer is where runners share what is left of the rate limits: with the
// journal that they share.
func (f *Factory) paceServer(p *config.Profile, tlsConfig *tls.Config) (*redis.Client, error) {
	if p.JournalStore == "" {
		return nil, nil
	}
	a, err := redis.Parse(p.JournalStore)
	if err != nil {
		return nil, err
	}
	return redis.New(a, tlsConfig, pacePatience), nil
}

// RedisAddress is a flag's address of a Redis server, with the password of the
// environment where it gives none.
func (f *Factory) RedisAddress(flag, raw string) (string, error) {
	c, err := f.Config()
	if err != nil {
		return "", err
	}
	if redis.HasPassword(raw) {
		f.IO.Warn("the password in %s can be read in the list of processes; give it in %s", flag, config.EnvRedis)
	}
	return c.RedisAddress(raw), nil
}

// paceDir is where the processes of a profile share what is left of the
// server's rate limits.
func (f *Factory) paceDir(p *config.Profile) string {
	c, err := f.Config()
	if err != nil {
		return ""
	}
	return filepath.Join(c.StateDir(p), "pace")
}

// UserAgent is the same for every build and machine: the platform mails users
// about sign-ins from an agent it has not seen (contract rest 2, auth/login).
const UserAgent = "vizora-cli"

func (f *Factory) attempts(p *config.Profile) int {
	switch {
	case f.Global.Retries >= 0:
		return f.Global.Retries + 1
	case p.Retries >= 0:
		return p.Retries + 1
	}
	return 0
}

// showWait makes every pause before a retry visible.
func (f *Factory) showWait(w api.Wait) {
	if f.OnWait != nil {
		f.OnWait(w)
		return
	}
	if w.Attempt == 0 {
		f.IO.Warn("%v; waiting %s", w.Reason, output.HumanDuration(w.For))
		return
	}
	f.IO.Warn("%v; attempt %d of %d in %s", w.Reason, w.Attempt+1, w.Of, w.For.Round(10*time.Millisecond))
}

func (f *Factory) parseFormat() (output.Format, error) {
	name := f.Global.Output
	if name == "" {
		if p, err := f.Profile(); err == nil && p.Output != "" {
			name = p.Output
		}
	}
	if name == "" {
		name = "table"
	}
	return output.ParseFormat(name)
}

func (f *Factory) newPrinter() (*output.Printer, error) {
	format, err := f.Format()
	if err != nil {
		return nil, err
	}
	return output.NewPrinter(f.IO, output.PrintOptions{Format: format, Columns: f.Global.Columns, NoHeaders: f.Global.NoHeaders, Now: f.Now})
}

// onceJournal keeps the first journal; it cannot be sync.OnceValues because the
// owner may have to be asked from the server.
func onceJournal(open func(context.Context) (*journal.Journal, error)) func(context.Context) (*journal.Journal, error) {
	var mu sync.Mutex
	var kept *journal.Journal
	return func(ctx context.Context) (*journal.Journal, error) {
		mu.Lock()
		defer mu.Unlock()
		if kept != nil {
			return kept, nil
		}
		j, err := open(ctx)
		if err == nil {
			kept = j
		}
		return j, err
	}
}

func (f *Factory) newJournal(ctx context.Context) (*journal.Journal, error) {
	dir, err := f.journalDir()
	if err != nil {
		return nil, err
	}
	p, err := f.Profile()
	if err != nil {
		return nil, err
	}
	client, err := f.Live()
	if err != nil {
		return nil, err
	}
	owner, err := Owner(ctx, client)
	if err != nil {
		return nil, err
	}
	o := journal.Options{
		Dir: dir, Owner: owner, Client: client, Capacity: p.JournalCapacity, OnEvent: f.journalEvent, Now: f.Now, Guard: f.guard,
		RequireDurable: f.Global.Durable,
	}
	return OpenJournal(p, o)
}

// Owner tells whose operations these are, from the token itself; only a token
// that is no JWT costs a request.
func Owner(ctx context.Context, client *api.Client) (journal.Owner, error) {
	creds, err := client.Tokens().Current(ctx)
	if err != nil {
		return journal.Owner{}, err
	}
	if claims, ok := api.ParseClaims(creds.Access); ok && claims.Subject != "" {
		return journal.Owner{Server: client.BaseURL(), Organization: claims.Organization, User: claims.Subject}, nil
	}
	me, err := client.Me(ctx)
	if err != nil {
		return journal.Owner{}, err
	}
	return journal.Owner{Server: client.BaseURL(), Organization: me.OrganizationID, User: me.ID}, nil
}

// Get is a GET whose answer is decoded into v.
func Get(ctx context.Context, c *api.Client, path string, v any) error {
	resp, err := c.Do(ctx, api.Request{Method: http.MethodGet, Path: path})
	if err != nil {
		return err
	}
	return resp.Decode(v)
}
