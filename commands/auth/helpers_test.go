package auth_test

// This file is the machine that the tests run commands on.

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vizora/vizora-cli/api/sandbox"
	"github.com/vizora/vizora-cli/commands/auth"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

type ring struct {
	mu      sync.Mutex
	secrets map[string]string
	err     error
}

func (k *ring) Get(service, user string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	secret, ok := k.secrets[service+"/"+user]
	if !ok && k.err == nil {
		return "", config.ErrNoSecret
	}
	return secret, k.err
}

func (k *ring) Set(service, user, secret string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.secrets[service+"/"+user] = secret
	}
	return k.err
}

func (k *ring) Delete(service, user string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.secrets, service+"/"+user)
	return k.err
}

type machine struct {
	t    *testing.T
	dir  string
	env  map[string]string
	ring *ring
	now  func() time.Time
	all  bytes.Buffer // everything any run has printed
}

func newMachine(t *testing.T) *machine {
	dir := t.TempDir()
	return &machine{t: t, dir: dir, ring: &ring{secrets: map[string]string{}}, now: time.Now, env: map[string]string{
		"HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, "config"), "XDG_STATE_HOME": filepath.Join(dir, "state"), "XDG_CACHE_HOME": filepath.Join(dir, "cache"),
	}}
}

type result struct {
	code     int
	out, err string
}

func (m *machine) run(stdin string, args ...string) result {
	m.t.Helper()
	return m.runCtx(m.t.Context(), false, stdin, args...)
}

func (m *machine) runCtx(ctx context.Context, tty bool, stdin string, args ...string) result {
	m.t.Helper()
	io, in, out, errOut := output.Test()
	io.SetTTY(tty, false, tty)
	in.WriteString(stdin)
	env := func(name string) (string, bool) { v, ok := m.env[name]; return v, ok }
	f := cmdutil.New(io, cmdutil.Build{Version: "test"}, env)
	f.Now = m.now
	f.Config = sync.OnceValues(func() (*config.Config, error) {
		return config.Load(config.Options{
			Env: env, Profile: f.Global.Profile, Keyring: m.ring,
			Notice: func(s string) { io.Warn("%s", s) },
		})
	})
	code := execute(ctx, f, args)
	m.all.Write(out.Bytes())
	m.all.Write(errOut.Bytes())
	return result{code, out.String(), errOut.String()}
}

func execute(ctx context.Context, f *cmdutil.Factory, args []string) int {
	root := cmdutil.Group("vizora", nil, "", "", auth.New(f))
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentFlags().StringVar(&f.Global.Profile, "profile", "", "")
	root.PersistentFlags().StringVarP(&f.Global.Output, "output", "o", "", "")
	root.PersistentFlags().BoolVar(&f.Global.Debug, "debug", false, "")
	root.SetArgs(args)
	return f.Report(root.ExecuteContext(ctx))
}

func (m *machine) must(stdin string, args ...string) result {
	m.t.Helper()
	r := m.run(stdin, args...)
	if r.code != 0 {
		m.t.Fatalf("%v: exit %d\n%s%s", args, r.code, r.out, r.err)
	}
	return r
}

func (m *machine) login(s *sandbox.Server, l sandbox.Login) {
	m.t.Helper()
	m.must(l.Password, "auth", "login", "--url", s.URL(), "--email", l.Email, "--password-stdin")
}

func startSandbox(t *testing.T, o sandbox.Options) *sandbox.Server {
	t.Helper()
	s, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func mfaLogin(t *testing.T, s *sandbox.Server) sandbox.Login {
	t.Helper()
	for _, l := range s.Logins() {
		if l.TOTPSecret != "" {
			return l
		}
	}
	t.Fatal("the sandbox has no account with a second factor")
	return sandbox.Login{}
}

func totp(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(secret, "="))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, uint64(now.Unix()/30))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1000000)
}

func want(t *testing.T, r result, code int, parts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, p := range parts {
		if !strings.Contains(r.out+r.err, p) {
			t.Errorf("%q is not in:\n%s%s", p, r.out, r.err)
		}
	}
}
