package doctor

// This file is about one thing: what is looked at on this machine.

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/api/journal"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
)

// patient is what the checks have learnt so far.
type patient struct {
	factory *cmdutil.Factory
	notices *[]string // what the configuration said when it was read
	cfg     *config.Config
	profile *config.Profile
	server  *url.URL
	proxied bool           // the server is reached through a proxy
	answer  *api.Response  // of the sign of life
	me      *api.Response  // of the session
	counts  map[string]int // operations by state
	secrets []string
}

// clean takes every secret that this profile knows out of a text.
func (p *patient) clean(text string) string {
	for _, s := range p.secrets {
		text = strings.ReplaceAll(text, s, api.Redacted)
	}
	return text
}

func checkConfiguration(ctx context.Context, p *patient) finding {
	f := p.factory
	p.learnSecrets(ctx)
	cfg, err := f.Config()
	if err != nil {
		return failed(err, "correct the file, or move it away and sign in again")
	}
	p.cfg = cfg
	profile, err := f.Profile()
	if err != nil {
		return failed(err, "vizora profile list shows what there is")
	}
	p.profile = profile
	p.learnSecrets(ctx)
	if profile.URL == "" {
		return failed(api.Errorf(api.KindUsage, "no server is set for profile %q", profile.Name), "vizora auth login --url https://HOST, or set VIZORA_URL")
	}
	if p.server, err = api.ParseBaseURL(profile.URL); err != nil {
		return failed(err, "vizora profile set url=https://HOST")
	}
	if _, err := profile.TLS(); err != nil {
		return failed(err, "vizora profile show names the file")
	}
	if notes := *p.notices; len(notes) > 0 {
		return warning("correct "+cfg.ConfigFile(), "%s", strings.Join(notes, "; "))
	}
	_, where := cfg.CurrentName()
	return ok("profile %s (%s) of %s, server %s (%s)", profile.Name, where, cfg.ConfigFile(), profile.URL, cfg.Where(config.KeyURL))
}

// learnSecrets collects what must not be shown: from the environment, and the
// tokens of the profile.
func (p *patient) learnSecrets(ctx context.Context) {
	p.secrets = nil
	for _, name := range secretVariables() {
		p.learn(p.factory.Env(name))
	}
	if p.cfg == nil || p.profile == nil {
		return
	}
	if creds, err := p.cfg.Tokens(p.profile).Stored().Current(ctx); err == nil {
		p.learn(creds.Access, true)
		p.learn(creds.Refresh, true)
	}
}

func (p *patient) learn(secret string, known bool) {
	if secret = strings.TrimSpace(secret); known && len(secret) > 3 {
		p.secrets = append(p.secrets, secret)
	}
}

func secretVariables() []string {
	return []string{config.EnvToken, config.EnvPassword, config.EnvMFACode, config.EnvRedis}
}

// checkState tries what every write needs: a file of our own, on disk.
func checkState(_ context.Context, p *patient) finding {
	dir := p.cfg.StateDir(p.profile)
	fix := "make the directory writable for you, or set XDG_STATE_HOME to one that is"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return failed(&api.Error{Kind: api.KindLocal, Message: "the state directory cannot be made: " + err.Error(), Err: err}, fix)
	}
	if err := tryWrite(dir); err != nil {
		return failed(&api.Error{Kind: api.KindLocal, Message: "the state directory cannot be written: " + err.Error(), Err: err}, fix)
	}
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		return warning("chmod 700 "+dir, "%s can be entered by others (mode %04o)", dir, info.Mode().Perm())
	}
	held, all := locks(dir)
	if len(held) > 0 {
		return warning("if no vizora command is running, find out which process holds them, for example with 'lsof'", "%s is writable; held by another process: %s", dir, strings.Join(held, ", "))
	}
	return ok("%s is writable, its %d locks are free", dir, all)
}

func tryWrite(dir string) error {
	probe, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(probe.Name()) }()
	if _, err = probe.WriteString("probe"); err == nil {
		err = probe.Sync()
	}
	if closeErr := probe.Close(); err == nil {
		err = closeErr
	}
	return err
}

// locks tries the lock files of a profile and names those that are held.
func locks(dir string) (held []string, all int) {
	for _, pattern := range []string{"*.lock", "*/*.lock", "*/lock"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			continue
		}
		for _, file := range files {
			all++
			lock := flock.New(file)
			free, err := lock.TryLock()
			_ = lock.Close()
			if err == nil && !free {
				held = append(held, filepath.Base(file))
			}
		}
	}
	return held, all
}

func checkKeyring(ctx context.Context, p *patient) finding {
	if p.profile.TokenStore == config.StoreFile {
		return skipped("token-store is file: the keyring is not used")
	}
	tokens := p.cfg.Tokens(p.profile)
	if tokens.FromEnvironment() {
		return skipped("VIZORA_TOKEN is set: the keyring is not asked")
	}
	if err := p.cfg.KeyringError(p.profile); err != nil {
		if where := tokens.Where(); where != "" && p.profile.TokenStore == config.StoreAuto {
			return ok("not usable (%v); the session is kept in %s", err, where)
		}
		if p.profile.TokenStore == config.StoreKeyring {
			return failed(&api.Error{Kind: api.KindLocal, Message: "the system keyring cannot be used: " + err.Error(), Err: err}, "unlock it, or: vizora profile set token-store=file")
		}
		return warning("nothing to do: a file only you can read takes its place", "not usable: %v", err)
	}
	return ok("answers; the session is kept in %s", orNone(tokens.Where()))
}

func orNone(s string) string {
	if s == "" {
		return "no place yet"
	}
	return s
}

// checkProxy says which proxy the server is reached through.
func checkProxy(ctx context.Context, p *patient) finding {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} { // the library passes over one that it cannot read
		value, _ := p.factory.Env(name)
		if _, err := url.Parse(value); err != nil {
			return failed(api.Errorf(api.KindNetwork, "the proxy setting %s is no address", name), "correct it: http://HOST:PORT")
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server.String(), nil)
	if err != nil {
		return failed(err, "")
	}
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return failed(&api.Error{Kind: api.KindNetwork, Message: "the proxy setting cannot be used: " + err.Error(), Err: err}, "correct HTTPS_PROXY or HTTP_PROXY: http://HOST:PORT")
	}
	if proxy == nil {
		return ok("none for %s", p.server.Hostname())
	}
	p.proxied = true
	if password, has := proxy.User.Password(); has {
		p.learn(password, true)
	}
	return ok("through %s (HTTPS_PROXY, HTTP_PROXY, NO_PROXY)", proxy.Redacted())
}

// slowTrip is from when on a round trip to the server of a shared journal is felt:
// one change takes some ten.
const slowTrip = 20 * time.Millisecond

// checkStore looks at the server that keeps a shared journal.
func checkStore(ctx context.Context, p *patient) finding {
	j, err := p.factory.LookingJournal()
	if err != nil {
		return failed(err, "")
	}
	server, err := j.Shared(ctx)
	if err != nil {
		return failed(err, "")
	}
	version := server.Version
	if version == "" {
		version = "unknown"
	}
	text := fmt.Sprintf("%s, version %s, %s a round trip; %s", server.Address, version, server.Trip.Round(10*time.Microsecond), server.Risk)
	switch {
	case !server.Durable:
		return warning("set appendonly yes, appendfsync always and maxmemory-policy noeviction on the server", "%s", text)
	case server.Trip > slowTrip:
		return warning("use a server nearer by: one change takes some ten round trips", "%s", text)
	}
	return ok("%s", text)
}

// checkJournal reads every record, which checks its sum.
func checkJournal(ctx context.Context, p *patient) finding {
	j := p.factory.LocalJournal()
	if j == nil {
		return ok("empty")
	}
	p.counts = map[string]int{}
	total := 0
	err := j.Each(ctx, journal.Filter{}, func(op *journal.Operation) error {
		p.counts[string(op.State)]++
		total++
		return nil
	})
	if journal.IsDamage(err) {
		return failed(fmt.Errorf("%d operations are whole; %s", total, journal.Told(err)), "keep a copy of the state directory, then drop what is damaged, or import it from a copy")
	}
	if err != nil {
		return failed(err, "keep a copy of the state directory; another copy can be put back in its place")
	}
	waits, err := j.Backlog(ctx)
	if err != nil {
		return failed(err, "vizora journal list")
	}
	text := fmt.Sprintf("%d operations, every record is whole", total)
	for _, state := range []journal.State{journal.Conflict, journal.Rejected, journal.Unknown} {
		if n := p.counts[string(state)]; n > 0 {
			text += fmt.Sprintf("; %d %s", n, state)
		}
	}
	switch {
	case p.counts[string(journal.Unknown)] > 0:
		return warning("look at them and decide: vizora journal list --state unknown", "%s", text)
	case waits.Pending > 0:
		return warning("deliver them: vizora sync", "%s; %d waiting", text, waits.Pending)
	}
	return ok("%s", text)
}
