package config

// This file tests what is stored, where, and for whom.

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/vizora/vizora-cli/api"
)

const lab = "profiles:\n  default:\n    url: https://vizora.example.com\n    email: a@example.com\n"

var first = api.Credentials{Access: "access-1", Refresh: "refresh-1"}

func (w *world) tokens() *TokenStore {
	w.t.Helper()
	c, p := w.current()
	return c.Tokens(p)
}

func (w *world) tokenFile() string {
	return filepath.Join(w.dir, "state", "vizora", "default", "tokens.json")
}

func wantKind(t *testing.T, err error, kind api.ErrorKind) {
	t.Helper()
	if !api.IsKind(err, kind) {
		t.Errorf("err = %v (%s), want %s", err, api.KindOf(err), kind)
	}
}

func TestSaveAndReadBack(t *testing.T) {
	tests := []struct {
		name, store string
		keyring     error
		where       string
		notices     int
	}{
		{"keyring", "", nil, "the system keyring", 0},
		{"no keyring", "", errors.New("locked"), "file ~/state/vizora/default/tokens.json", 1},
		{"file chosen", "file", nil, "file ~/state/vizora/default/tokens.json", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, lab)
			w.env["VIZORA_TOKEN_STORE"] = tt.store
			w.ring.err = tt.keyring
			store := w.tokens()
			if store.Where() != "" {
				t.Errorf("before: %q", store.Where())
			}
			_, err := store.Current(t.Context())
			wantKind(t, err, api.KindUnauthenticated)
			if err := store.Save(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			again := w.tokens() // another process
			if got, err := again.Current(t.Context()); err != nil || got != first {
				t.Errorf("read back %v, %v", got == first, err)
			}
			if got := filepath.ToSlash(again.Where()); got != tt.where {
				t.Errorf("where = %q, want %q", got, tt.where)
			}
			if len(w.notices) != tt.notices {
				t.Errorf("notices = %q", w.notices)
			}
			if info, err := os.Stat(w.tokenFile()); err == nil && runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("mode = %v", info.Mode())
			}
			if err := again.Delete(t.Context()); err != nil && tt.keyring == nil {
				t.Error(err)
			}
			_, err = again.Current(t.Context())
			wantKind(t, err, api.KindUnauthenticated)
			if len(w.ring.secrets) != 0 {
				t.Error("the keyring still has the session")
			}
		})
	}
}

// Where only the keyring may be used, there is no quiet fallback.

func TestKeyringOnly(t *testing.T) {
	w := newWorld(t, lab)
	w.env["VIZORA_TOKEN_STORE"] = "keyring"
	w.ring.err = errors.New("locked")
	store := w.tokens()
	err := store.Save(t.Context(), first)
	wantKind(t, err, api.KindLocal)
	_, err = store.Current(t.Context())
	wantKind(t, err, api.KindLocal)
	if _, err := os.Stat(w.tokenFile()); err == nil {
		t.Error("a file was written")
	}
}

// An unusable keyring may still hold a session: signing out must say so.

func TestDeleteReportsAnUnusableKeyring(t *testing.T) {
	w := newWorld(t, lab)
	store := w.tokens()
	if err := store.Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.ring.err = errKeyringSilent
	wantKind(t, store.Delete(t.Context()), api.KindLocal)
	w.ring.err = errNoKeyring // there is none at all: nothing can be in it
	if err := store.Delete(t.Context()); err != nil {
		t.Error(err)
	}
}

// Tokens belong to one server and one user.

func TestTokensAreNotSentElsewhere(t *testing.T) {
	w := newWorld(t, lab)
	if err := w.tokens().Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for variable, value := range map[string]string{
		"VIZORA_URL":   "https://evil.example.com",
		"VIZORA_EMAIL": "b@example.com",
	} {
		w.env[variable] = value
		_, err := w.tokens().Current(t.Context())
		wantKind(t, err, api.KindUnauthenticated)
		if err == nil || !strings.Contains(err.Error(), value) {
			t.Errorf("%v does not name %s", err, value)
		}
		_, err = w.tokens().Renew(t.Context(), first, func(context.Context, api.Credentials) (api.Credentials, error) {
			t.Error("refresh was called")
			return api.Credentials{}, nil
		})
		wantKind(t, err, api.KindUnauthenticated)
		delete(w.env, variable)
	}
	w.env["VIZORA_EMAIL"] = "A@Example.com" // the server lower-cases addresses
	if _, err := w.tokens().Current(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestUserComesFromTheToken(t *testing.T) {
	w := newWorld(t, "profiles:\n  default:\n    url: https://vizora.example.com\n")
	jwt := "h." + base64.RawURLEncoding.EncodeToString([]byte(`{"email":"c@example.com"}`)) + ".s"
	if err := w.tokens().Save(t.Context(), api.Credentials{Access: jwt}); err != nil {
		t.Fatal(err)
	}
	w.env["VIZORA_EMAIL"] = "other@example.com"
	_, err := w.tokens().Current(t.Context())
	if err == nil || !strings.Contains(err.Error(), "c@example.com") {
		t.Errorf("err = %v", err)
	}
}

func TestDeleteMakesNothing(t *testing.T) {
	w := newWorld(t, "")
	if err := w.tokens().Delete(t.Context()); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(w.dir); len(entries) != 0 {
		t.Errorf("files were made: %v", entries)
	}
}

func TestEnvironmentTokenWinsAndIsNeverStored(t *testing.T) {
	w := newWorld(t, lab)
	if err := w.tokens().Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.env[EnvToken] = " bare "
	store := w.tokens()
	if got, err := store.Current(t.Context()); err != nil || got.Access != "bare" || got.Refresh != "" {
		t.Errorf("current = %v", err)
	}
	if store.Where() != "environment VIZORA_TOKEN" || !store.FromEnvironment() {
		t.Errorf("where = %q", store.Where())
	}
	_, err := store.Renew(t.Context(), api.Credentials{Access: "bare"}, nil)
	wantKind(t, err, api.KindUnauthenticated)
	if got, err := store.Stored().Current(t.Context()); err != nil || got != first {
		t.Errorf("stored session: %v", err)
	}
}

func TestOpenTokenFileIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // modes mean nothing there
	}
	w := newWorld(t, lab)
	w.env["VIZORA_TOKEN_STORE"] = "file"
	if err := w.tokens().Save(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o660} {
		if err := os.Chmod(w.tokenFile(), mode); err != nil {
			t.Fatal(err)
		}
		_, err := w.tokens().Current(t.Context())
		wantKind(t, err, api.KindLocal)
		if e, ok := errors.AsType[*api.Error](err); !ok || !strings.Contains(e.Hint, "chmod 600 "+w.tokenFile()) {
			t.Errorf("%v has no fix", err)
		}
	}
}

func TestDamagedTokensAreNoTokens(t *testing.T) {
	for _, text := range []string{"canary-secret", "{}", `{"version":9,"access":"canary-secret"}`, "\x00"} {
		w := newWorld(t, lab)
		w.write(w.tokenFile(), text, 0o600)
		_, err := w.tokens().Current(t.Context())
		wantKind(t, err, api.KindUnauthenticated)
		if s := fmt.Sprintf("%v %+v", err, err); strings.Contains(s, "canary") {
			t.Errorf("what was stored is shown: %s", s)
		}
	}
}

// Tokens stay where they are: a keyring that comes back has older ones.

// A keyring that fails when the new tokens are to be stored is not the end.

// A refused renewal is not asked for again by every request that waits.

// Ctrl-C in the middle of a renewal leaves it a moment to be stored.

// A keyring that never answers is left behind, once.

// TestTwoProcessesRefreshOnce starts two processes that renew the same session

// at the same moment, against a server whose refresh tokens work once.

// TestRefreshingProcess is the process that TestTwoProcessesRefreshOnce starts.
