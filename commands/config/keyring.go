// This file is about one thing: the system's keyring, and not waiting for it
// for ever.

package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
)

// Keyring keeps secrets outside files. Get returns ErrNoSecret for what is not
// there; any other error means that the keyring cannot be used.
type Keyring interface {
	Get(service, user string) (string, error)
	Set(service, user, secret string) error
	Delete(service, user string) error
}

// ErrNoSecret is returned by Keyring.Get and Delete for what is not there.
var ErrNoSecret = errors.New("no such secret in the keyring")

var (
	errKeyringSilent = errors.New("the system keyring does not answer")
	errNoKeyring     = errors.New("this session has no system keyring")
)

// keyringPatience is how long a keyring may take: a locked one may be asking
// the person at the screen, and over ssh nobody sees the question.
const keyringPatience = 3 * time.Second

type systemKeyring struct {
	env      func(string) (string, bool)
	patience time.Duration

	mu   sync.Mutex
	dead bool // it has not answered once; it is not asked again
}

func newSystemKeyring(env func(string) (string, bool)) *systemKeyring {
	return &systemKeyring{env: env, patience: keyringPatience}
}

func (k *systemKeyring) Get(service, user string) (string, error) {
	return k.ask(func() (string, error) { return keyring.Get(service, user) })
}

func (k *systemKeyring) Set(service, user, secret string) error {
	_, err := k.ask(func() (string, error) { return "", keyring.Set(service, user, secret) })
	return err
}

func (k *systemKeyring) Delete(service, user string) error {
	_, err := k.ask(func() (string, error) { return "", keyring.Delete(service, user) })
	return err
}

// ask calls the keyring. What does not answer in time is left behind: the
// library's calls have no end of their own.
func (k *systemKeyring) ask(call func() (string, error)) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return "", errKeyringSilent
	}
	if !k.present() {
		return "", errNoKeyring
	}
	type answer struct {
		secret string
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		secret, err := call()
		done <- answer{secret, err}
	}()
	timer := time.NewTimer(k.patience)
	defer timer.Stop()
	select {
	case a := <-done:
		if errors.Is(a.err, keyring.ErrNotFound) {
			a.err = ErrNoSecret
		}
		return a.secret, a.err
	case <-timer.C:
		k.dead = true
		return "", errKeyringSilent
	}
}

// present tells whether there is a session bus to ask. Without one the D-Bus
// library would start a daemon and leave it behind.
func (k *systemKeyring) present() bool {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return true
	}
	if address, ok := k.env("DBUS_SESSION_BUS_ADDRESS"); ok && address != "" {
		return true
	}
	dir, ok := k.env("XDG_RUNTIME_DIR")
	if !ok || dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "bus"))
	return err == nil
}
