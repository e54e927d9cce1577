// This file is about one thing: the tokens of one profile. Which place they are
// kept in is places.go's business.

package config

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vizora/vizora-cli/api"
)

// grace is how long a renewal that Ctrl-C interrupts may still take. The server
// may have replaced the tokens already, and they work once (contract rest 1.10).
const grace = 800 * time.Millisecond

// stored is the form in which tokens are kept. They belong to one server and
// one user, and are used for no other.
type stored struct {
	Version int       `json:"version"`
	Server  string    `json:"server"`
	User    string    `json:"user"`
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Saved   time.Time `json:"saved"`
}

const storedVersion = 1

func (s *stored) credentials() api.Credentials {
	return api.Credentials{Access: s.Access, Refresh: s.Refresh}
}

// TokenStore keeps the tokens of one profile, in the system's keyring or in a
// file that only its owner can read. VIZORA_TOKEN wins over both and is never
// stored. It implements api.Tokens and is safe for use by several goroutines
// and processes.
type TokenStore struct {
	profile Profile
	env     api.StaticToken // VIZORA_TOKEN; "" = not set
	places  *places
	lock    string

	mu      sync.Mutex
	cached  *stored
	refused map[string]error // access tokens whose renewal the server refused, and its answer
}

// Tokens returns the keeper of a profile's tokens.
func (c *Config) Tokens(p *Profile) *TokenStore {
	dir := c.StateDir(p)
	token, _ := c.opts.Env(EnvToken)
	return &TokenStore{
		profile: *p,
		env:     api.StaticToken(strings.TrimSpace(token)),
		places: &places{
			keyring: c.opts.Keyring, mode: p.TokenStore, account: p.Name, file: filepath.Join(dir, "tokens.json"),
			short: c.opts.shortPath, notice: c.opts.Notice,
		},
		lock:    filepath.Join(dir, "tokens.lock"),
		refused: map[string]error{},
	}
}

// KeyringError returns why the system's keyring cannot be used for a profile, or nil.
func (c *Config) KeyringError(p *Profile) error { return c.Tokens(p).places.unusable() }

// FromEnvironment reports that VIZORA_TOKEN is in effect.
func (t *TokenStore) FromEnvironment() bool { return t.env != "" }

// Stored returns the same store without VIZORA_TOKEN, for signing out of the
// session that is stored.
func (t *TokenStore) Stored() *TokenStore {
	return &TokenStore{profile: t.profile, places: t.places, lock: t.lock, refused: map[string]error{}}
}

// Current returns the tokens to use now; an api.Error of KindUnauthenticated
// when there are none for the profile's server and user, of KindLocal when they
// cannot be read.
func (t *TokenStore) Current(ctx context.Context) (api.Credentials, error) {
	if t.env != "" {
		return t.env.Current(ctx)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cached == nil {
		s, err := t.load()
		if err != nil {
			return api.Credentials{}, err
		}
		t.cached = s
	}
	return t.cached.credentials(), nil
}

// load reads the stored tokens and checks whose they are.
func (t *TokenStore) load() (*stored, error) {
	raw, _, err := t.places.read()
	if err != nil {
		return nil, err
	}
	if raw == "" {
		return nil, t.notSignedIn("not signed in")
	}
	var s stored
	if err := json.Unmarshal([]byte(raw), &s); err != nil || s.Version != storedVersion || s.Access == "" {
		// The cause may quote what was read, which is a secret.
		return nil, t.notSignedIn("not signed in: the stored session cannot be read")
	}
	if s.Server != t.profile.URL {
		return nil, t.notSignedIn("not signed in to " + t.profile.URL + ": the stored session is for " + s.Server)
	}
	if t.profile.Email != "" && s.User != "" && !strings.EqualFold(s.User, t.profile.Email) {
		return nil, t.notSignedIn("not signed in as " + t.profile.Email + ": the stored session is " + s.User + "'s")
	}
	return &s, nil
}

func (t *TokenStore) notSignedIn(message string) *api.Error {
	e := api.Errorf(api.KindUnauthenticated, "%s", message).WithHint("sign in with 'vizora auth login', or set VIZORA_TOKEN")
	if why := t.places.unusable(); why != nil {
		e.Details = append(e.Details, "the system keyring cannot be used: "+why.Error())
	}
	return e
}

// Renew is api.Tokens' Renew. When the new tokens cannot be stored it fails
// with KindLocal, and the old ones, which the server has taken back, are
// deleted: presenting them again would end every session of this sign-in.
func (t *TokenStore) Renew(ctx context.Context, stale api.Credentials, refresh func(context.Context, api.Credentials) (api.Credentials, error)) (api.Credentials, error) {
	if t.env != "" {
		return t.env.Renew(ctx, stale, refresh)
	}
	var fresh api.Credentials
	err := withLock(ctx, t.lock, func() (err error) {
		fresh, err = t.renewLocked(ctx, stale, refresh)
		return err
	})
	if err != nil {
		return api.Credentials{}, err
	}
	return fresh, nil
}

func (t *TokenStore) renewLocked(ctx context.Context, stale api.Credentials, refresh func(context.Context, api.Credentials) (api.Credentials, error)) (api.Credentials, error) {
	s, err := t.load()
	if err != nil {
		return api.Credentials{}, err
	}
	if s.Access != stale.Access { // another process was faster
		t.keep(s)
		return s.credentials(), nil
	}
	if s.Refresh == "" {
		return api.Credentials{}, api.Errorf(api.KindUnauthenticated, "the server does not accept the stored token, and there is nothing to renew it with")
	}
	t.mu.Lock()
	refused := t.refused[s.Access]
	t.mu.Unlock()
	if refused != nil {
		return api.Credentials{}, refused
	}
	patient, cancel := withGrace(ctx)
	defer cancel()
	fresh, err := refresh(patient, s.credentials())
	if err != nil {
		if api.IsKind(err, api.KindUnauthenticated) {
			t.mu.Lock()
			t.refused[s.Access] = err
			t.mu.Unlock()
		}
		return api.Credentials{}, err
	}
	next := *s
	next.Access, next.Refresh, next.Saved = fresh.Access, fresh.Refresh, time.Now().UTC()
	if err := t.store(&next, t.places.rewrite); err != nil {
		return api.Credentials{}, t.lost(err)
	}
	t.keep(&next)
	return fresh, nil
}

// lost says that the server has new tokens for us that we could not keep.
func (t *TokenStore) lost(err error) error {
	t.keep(nil)
	return &api.Error{
		Kind: api.KindLocal, Err: errors.Join(err, t.places.remove()),
		Message: "the server has replaced the session's tokens, but the new ones cannot be stored: " + cause(err),
		Hint:    "make room or correct the permissions, then sign in again with 'vizora auth login'",
	}
}

// withGrace returns a context that ends a moment after ctx does.
func withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return patient, func() { stop(); cancel() }
}

// keep remembers s, so that requests do not ask the keyring each time.
func (t *TokenStore) keep(s *stored) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cached = s
}

func (t *TokenStore) store(s *stored, write func(string) error) error {
	s.Version = storedVersion
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return write(string(raw))
}

// Save stores the tokens of a sign-in durably, in place of any older ones. The
// user is the one the access token names, or else the profile's.
func (t *TokenStore) Save(ctx context.Context, creds api.Credentials) error {
	s := &stored{Server: t.profile.URL, User: t.profile.Email, Access: creds.Access, Refresh: creds.Refresh, Saved: time.Now().UTC()}
	if claims, ok := api.ParseClaims(creds.Access); ok && claims.Email != "" {
		s.User = claims.Email
	}
	return withLock(ctx, t.lock, func() error {
		if err := t.store(s, t.places.write); err != nil {
			return localError("the session cannot be stored", err).WithHint("correct the cause and sign in again; the tokens of this sign-in were not kept")
		}
		t.keep(s)
		return nil
	})
}

// Delete forgets the stored tokens. It is not an error that there are none; one
// of KindLocal says that some may be left.
func (t *TokenStore) Delete(ctx context.Context) error {
	remove := func() error {
		t.keep(nil)
		return t.places.remove()
	}
	if _, err := os.Stat(filepath.Dir(t.lock)); errors.Is(err, fs.ErrNotExist) {
		return remove() // nobody has ever signed in: no directory is made for that
	}
	return withLock(ctx, t.lock, remove)
}

// Where says where the tokens in use are kept: "environment VIZORA_TOKEN", "the
// system keyring", "file PATH", or "" when there are none.
func (t *TokenStore) Where() string {
	if t.env != "" {
		return "environment " + EnvToken
	}
	raw, where, err := t.places.read()
	if err != nil || raw == "" {
		return ""
	}
	return where
}
